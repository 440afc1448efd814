"""A simulated machine whose clocks move only when a test lets time pass, with all that acts on it and watches it."""

from __future__ import annotations

import threading

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.action import REVERT_AFTER_S, UP, Action
from bondtui.model.bond import Bond, Slave
from bondtui.operation import Operation
from bondtui.simulated.driver import Driver
from bondtui.simulated.play import EPOCH
from bondtui.system.following import Following
from bondtui.system.simulated_hands import SimulatedHands
from bondtui.system.simulated_probing import SimulatedProbing
from bondtui.system.simulation import SimulatedSource

BOOT = 5000.0
"""What the monotonic clock shows when the scenario begins."""
VirtualWatcher = Following


class VirtualMachine:
    """A driver, a source that plays it, hands, and a watcher; ``clock`` and ``wall`` are its clocks."""

    def __init__(self, scenario: str | Driver = "failover", *, start_at: float = 0.0) -> None:
        self.clock = BOOT
        self.source = SimulatedSource(
            scenario, start_at=start_at, clock=lambda: self.clock, wall=lambda: self.wall, wait=self._wait
        )
        with self.source.driver_now() as driver:
            self.driver = driver
        self.hands = SimulatedHands(self.source, pause=self.let_pass)
        self.watcher = VirtualWatcher(self.source)

    @property
    def wall(self) -> float:
        """Seconds since 1970."""
        return EPOCH + self.clock - BOOT

    @property
    def operation(self) -> Operation:
        """Guarded actions, as somebody begins them who has just come."""
        return Operation(self.hands, self.watcher)

    @property
    def probing(self) -> SimulatedProbing:
        """Probes over the driver's bonds."""
        return SimulatedProbing(self.source)

    @property
    def bond(self) -> Bond:
        """The first bond as it is now."""
        return fold.took(Monitor(), self.source.read()).bonds[0]

    def slave(self, name: str) -> Slave:
        """A slave of the first bond as it is now."""
        return next(slave for slave in self.bond.slaves if slave.name == name)

    def wish(self, kind: str, slave: str, revert_after: float = REVERT_AFTER_S) -> Action:
        """What a person asks for, by the names of now."""
        return Action(kind, self.bond.ifindex, self.slave(slave).ifindex, None if kind == UP else revert_after)

    def let_pass(self, seconds: float) -> None:
        """Move both clocks on."""
        self.clock += seconds

    def _wait(self, woken: threading.Event, seconds: float) -> None:
        if not woken.is_set():
            self.clock += seconds
