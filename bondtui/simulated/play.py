"""Play a scenario through the memory of bondtui without a clock or a thread: for tests and pictures."""

from __future__ import annotations

from math import floor

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.reading import Stamp
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import MACHINES

EPOCH = 1_700_000_000.0
"""Second 0 of every scenario on the wall clock, unless told otherwise: 2023-11-14 22:13:20 UTC."""

SETTLE_S = 0.005
"""After an event, so long a silence must pass before everything is read again (as the live reader does)."""


def monitor_at(scenario: str, seconds: float, interval: float = 1.0, wall: float = EPOCH) -> Monitor:
    """What bondtui knows after it has watched a scenario for so many seconds from its start."""
    driver = MACHINES[scenario]()
    return watched(begun(driver, interval, wall), driver, seconds, wall)


def begun(driver: Driver, interval: float = 1.0, wall: float = EPOCH) -> Monitor:
    """What bondtui knows after its first look at the driver."""
    return fold.took(Monitor(interval=interval, simulated=True), driver.reading(_stamp(driver.now, wall)))


def watched(monitor: Monitor, driver: Driver, until: float, wall: float = EPOCH) -> Monitor:
    """What bondtui knows after it has gone on watching up to this virtual time."""
    beat = floor(driver.now / monitor.interval) + 1
    while beat * monitor.interval <= until:
        monitor = _heard(monitor, driver, beat * monitor.interval, wall)
        monitor = fold.took(monitor, driver.reading(_stamp(driver.now, wall)))
        beat += 1
    return _heard(monitor, driver, until, wall)


def _stamp(virtual: float, wall: float) -> Stamp:
    return Stamp(virtual, virtual + wall)


def _heard(monitor: Monitor, driver: Driver, until: float, wall: float) -> Monitor:
    """Hear the driver up to a time; after each burst of messages everything is read again."""
    while driver.next_due <= until:
        batch = driver.advance(driver.next_due)
        settled = driver.now
        while batch and driver.next_due <= min(settled + SETTLE_S, until):
            settled = driver.next_due
            batch += driver.advance(settled)
        if batch:
            monitor = fold.heard(monitor, [each._replace(at=_stamp(each.at.mono, wall)) for each in batch])
            driver.advance(min(settled + SETTLE_S, until))
            monitor = fold.took(monitor, driver.reading(_stamp(driver.now, wall)), steady=False)
    driver.advance(until)
    return monitor
