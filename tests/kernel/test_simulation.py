"""The simulated driver does what the real one does: the same events in the same order, the same end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bondtui.core.monitor import Monitor
from bondtui.model.bond import BondOptions
from bondtui.model.event import Event
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import plain_bond
from bondtui.simulated.play import begun, watched
from tests.kernel.lab import Lab

Said = tuple[str, str, str]
Step = tuple[str, str]

FIRST_SLAVE = 11
"""Interface index of eno1 in the model."""
FAILOVER: tuple[Step, ...] = (("pull", "eno1"), ("plug", "eno1"))
WITHOUT_PRIMARY: tuple[Step, ...] = (*FAILOVER, ("switch", "eno1"), ("set down", "eno1"), ("set up", "eno1"))
LAST_LOST: tuple[Step, ...] = (("pull", "eno2"), ("pull", "eno1"), ("plug", "eno2"), ("plug", "eno1"))


def said(events: list[Event]) -> list[Said]:
    """What is compared: the order of what was reported, and the words that name a state or a slave."""
    telling = ("active-changed", "mii-changed")
    return [(each.subject, each.kind, each.words if each.kind in telling else "") for each in events if not each.polled]


def state(monitor: Monitor) -> list[object]:
    """How it ends: who is active, and what the driver keeps for each slave."""
    (bond,) = monitor.bonds
    return [
        (bond.link.carrier, bond.active.name if bond.active else None),
        *((slave.name, slave.link.admin_up, slave.link.carrier, *slave.state[:3]) for slave in bond.slaves),
    ]


def modelled(options: BondOptions, steps: tuple[Step, ...]) -> tuple[list[list[Said]], list[object]]:
    """Play the steps on the model, each long enough for everything that follows from it."""
    driver = Driver([plain_bond(options)])
    monitor = watched(begun(driver, interval=60.0), driver, 3.0)
    do: dict[str, Callable[[str], object]] = {
        "pull": driver.cut,
        "plug": driver.plug,
        "set down": driver.set_down,
        "set up": driver.set_up,
        "switch": lambda slave: driver.set_active("bond0", slave),
    }
    told = []
    for what, slave in steps:
        before = monitor.event_count
        do[what](slave)
        monitor = watched(monitor, driver, driver.now + 3.0)
        told.append(said([each for each in monitor.events if each.number > before]))
    return told, state(monitor)


@pytest.mark.parametrize(
    ("settings", "primary", "steps"),
    [
        pytest.param((), None, (*WITHOUT_PRIMARY, *LAST_LOST), id="no-primary"),
        pytest.param(("num_grat_arp", "3"), None, (*FAILOVER, *LAST_LOST), id="three-notices"),
        pytest.param((), "eno1", (*FAILOVER, ("set down", "eno1"), ("set up", "eno1"), *LAST_LOST), id="primary"),
        pytest.param(("updelay", "300", "downdelay", "200"), None, FAILOVER, id="delays"),
    ],
)
def test_same_events_in_the_same_order_and_the_same_end(
    lab: Lab, settings: tuple[str, ...], primary: str | None, steps: tuple[Step, ...]
) -> None:
    lab.bond("active-backup", *settings)
    if primary:
        lab.ip("link", "set", "bond0", "type", "bond", "primary", primary)
    lab.settled(active="eno1")
    do: dict[str, Callable[[str], object]] = {
        "pull": lab.pull,
        "plug": lab.plug,
        "set down": lambda slave: lab.ip("link", "set", slave, "down"),
        "set up": lambda slave: lab.ip("link", "set", slave, "up"),
        "switch": lambda slave: lab.ip("link", "set", "bond0", "type", "bond", "active_slave", slave),
    }
    with lab.watched(interval=60.0) as watch:
        watch.quiet(1.0)
        real = watch.monitor.bonds[0].options
        options = real._replace(active_slave=None, primary=FIRST_SLAVE if primary else None)
        expected, end = modelled(options, steps)
        for (what, slave), wanted in zip(steps, expected, strict=True):
            do[what](slave)
            watch.quiet_after(len(wanted), 0.6)
            assert said(watch.latest) == wanted, f"{what} {slave}"
        assert state(watch.monitor) == end
