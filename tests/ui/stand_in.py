"""Operation and hands in one, for tests of the screens: plans truly, does nothing, and remembers everything."""

from __future__ import annotations

import threading

from bondtui.actions.plan import plan
from bondtui.actions.situation import Situation
from bondtui.core.monitor import Monitor
from bondtui.model.action import Action, Pending, Plan
from bondtui.model.host import HostFacts
from bondtui.operation import APPLIED, Outcome
from bondtui.ports import NothingPending
from tests.machine import a_pending

NOBODY = HostFacts()
LONG_S = 30.0


class StandIn:
    """Answers like ``bondtui.operation.Operation`` and like the settling part of ``bondtui.ports.Hands``."""

    def __init__(self, monitor: Monitor, host: HostFacts = NOBODY) -> None:
        self.monitor = monitor
        self.host = host
        self.carried_out: list[tuple[str, str, str]] = []
        """Kind, slave and what was typed, in order."""
        self.settled: list[str] = []
        self.waiting: Pending | None = None
        """What is pending."""
        self.result, self.words = APPLIED, "eno1 set down: active eno1 -> eno2 after 94 ms."
        """What carrying out comes to."""
        self.fails: Exception | None = None
        """What planning, keeping and reverting raise."""
        self.go_on = threading.Event()
        """Planning and carrying out wait for this."""
        self.go_on.set()

    def plan(self, action: Action) -> Plan:
        """The true plan on the monitor that a test shows."""
        self._begin()
        bond = self.monitor.bond_at(action.bond)
        slave = bond.slave_at(action.slave) if bond else None
        assert bond is not None
        assert slave is not None
        return plan(Situation(action, bond, slave, self.host, self.waiting))

    def carry_out(self, plan: Plan, *, typed: str = "") -> Outcome:
        """Remember it, and let it come to what the test says."""
        self.carried_out.append((plan.action.kind, plan.slave, typed))
        self._begin()
        if self.result == APPLIED and plan.undo is not None:
            self.waiting = a_pending(plan, who="root", seconds_left=52.0)
        return Outcome(self.result, self.words, plan, self.waiting)

    def pending(self) -> Pending | None:
        """What a test lets wait."""
        return self.waiting

    def keep(self) -> str:
        """Forget what waits."""
        return self._settle("kept")

    def revert(self) -> str:
        """Forget what waits."""
        return self._settle("taken back")

    def _settle(self, how: str) -> str:
        self._begin()
        if self.waiting is None:
            raise NothingPending("no change is pending")
        words = f"'{self.waiting.action}' of {self.waiting.slave} in {self.waiting.bond} is {how}"
        self.settled.append(how)
        self.waiting = None
        return words

    def _begin(self) -> None:
        assert self.go_on.wait(LONG_S)
        if self.fails is not None:
            raise self.fails
