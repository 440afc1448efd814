"""Guarded actions on the simulated driver: the same plans and the same rules, and never the kernel."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping

from bondtui.actions.record import plan_record
from bondtui.core.link_change import refusal
from bondtui.model.action import ACTIVATE, DOWN, Pending, Plan
from bondtui.model.bond import Bond
from bondtui.model.host import HostFacts
from bondtui.model.reading import Reading, Stamp
from bondtui.ports import ActionError
from bondtui.simulated.driver import Driver
from bondtui.system.simulated_dead_man import SimulatedDeadMan
from bondtui.system.simulation import SimulatedSource


class SimulatedHands:
    """Acts on the driver that a running source plays. See ``bondtui.ports.Hands``.

    ``pause`` lets time pass on the clocks of the source.
    """

    def __init__(self, source: SimulatedSource, *, pause: Callable[[float], object] = time.sleep) -> None:
        self.written: list[Mapping[str, object]] = []
        """What the real ones write into the audit log, oldest first: here it is kept in memory alone."""
        self._source = source
        self._pause = pause
        with source.driver_now() as driver:
            self._driver = driver
            self._dead_man = SimulatedDeadMan(driver, self._write)

    def obstacle(self) -> str:
        """Nothing is in the way: anybody may change what is simulated."""
        return ""

    def now(self) -> Stamp:
        """This moment on the clocks of the events."""
        return self._source.now()

    def pause(self, seconds: float) -> None:
        """Let so much time pass."""
        self._pause(seconds)

    def look(self) -> Reading:
        """Everything read anew. Messages that come meanwhile are kept for who listens to the source."""
        return self._source.read()

    def host(self, bond: Bond) -> HostFacts:
        """The surroundings as the scenario has them."""
        with self._source.driver_now() as driver:
            return driver.host(bond.ifindex)

    def pending(self) -> Pending | None:
        """The change that is not settled yet."""
        with self._source.driver_now():
            return self._dead_man.pending

    def arm(self, plan: Plan) -> Pending:
        """Start the dead-man's switch; raises ActionError when another change is pending."""
        with self._source.driver_now():
            return self._dead_man.arm(plan, self.now().wall)

    def apply(self, plan: Plan) -> Stamp:
        """Do to the driver what the plan says, if it will be undone as planned; returns when. Raises ActionError."""
        with self._source.driver_now() as driver:
            if plan.undo is not None and not self._dead_man.guards(plan):
                raise ActionError("the dead-man's switch is gone")
            sent = self.now()
            _apply(plan, driver)
            return sent

    def keep(self) -> str:
        """Have the pending change stay; raises ActionError."""
        with self._source.driver_now():
            return self._dead_man.keep()

    def revert(self) -> str:
        """Have the pending change taken back at once; raises ActionError."""
        with self._source.driver_now():
            return self._dead_man.revert()

    def write_down(self, what: str, plan: Plan, details: Mapping[str, object]) -> None:
        """Add an entry to what is ``written``."""
        with self._source.driver_now():
            self._write(what, {"plan": plan_record(plan), **details})

    def kill_switch(self) -> None:
        """Let the dead-man's switch end as if SIGKILL had hit it: the change stays until somebody settles it."""
        with self._source.driver_now():
            self._dead_man.kill()

    def _write(self, what: str, details: Mapping[str, object]) -> None:
        at = self._source.stamp(self._driver.now).wall
        self.written.append({"what": what, "at": at, **details})


def _apply(plan: Plan, driver: Driver) -> None:
    """Tell the driver, by the names that the interfaces have now; raises ActionError."""
    action = plan.action
    names = {link.ifindex: link.name for link in driver.reading().links}
    if action.slave not in names or action.bond not in names:
        raise ActionError(refusal(errno.ENODEV, ""))
    if action.kind == ACTIVATE:
        if not driver.set_active(names[action.bond], names[action.slave]):
            raise ActionError(refusal(errno.EINVAL, ""))
    elif action.kind == DOWN:
        driver.set_down(names[action.slave])
    else:
        driver.set_up(names[action.slave])
