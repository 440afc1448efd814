"""Hands whose every deed is judged by the state of the simulated driver, without asking the guards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from bondtui.core.lacp import CARRYING, SILENT
from bondtui.model.action import ACTIVATE, UP, Pending, Plan
from bondtui.model.bond import LACP, Bond
from bondtui.model.host import HostFacts
from bondtui.model.reading import Reading, Stamp
from bondtui.simulated.bond import SimulatedBond
from bondtui.simulated.driver import Driver
from bondtui.simulated.slave import Slave
from bondtui.system.simulated_hands import SimulatedHands
from bondtui.system.simulation import SimulatedSource


class JudgedHands(SimulatedHands):
    """Hands that take their time, die when told to, and are judged by the state of the driver itself."""

    def __init__(self, source: SimulatedSource, let_pass: Callable[[float], None], random: Random) -> None:
        super().__init__(source, pause=let_pass)
        self.at_call: dict[int, Callable[[], object]] = {}
        """What happens when so many more calls have come."""
        self._let_pass = let_pass
        self._random = random

    def look(self) -> Reading:
        self._begin()
        return super().look()

    def host(self, bond: Bond) -> HostFacts:
        self._begin()
        return super().host(bond)

    def arm(self, plan: Plan) -> Pending:
        self._begin()
        before = self.pending()
        armed = super().arm(plan)
        assert before is None, "armed while another change was pending"
        return armed

    def apply(self, plan: Plan) -> Stamp:
        with self._source.driver_now() as driver:
            wrong = judged(driver, plan)
        pending = self.pending()
        sent = super().apply(plan)
        assert not wrong, wrong
        if plan.action.kind != UP:
            assert pending is not None, "no switch was armed"
            assert pending.alive, "the switch was dead"
            assert (pending.action, pending.undo) == (plan.action.kind, plan.undo), "the switch holds another undo"
        self._begin()
        return sent

    def write_down(self, what: str, plan: Plan, details: Mapping[str, object]) -> None:
        self._begin()
        super().write_down(what, plan, details)

    def _begin(self) -> None:
        """Every call but the quick ones takes a moment, and anything may happen in it."""
        self._let_pass(self._random.choice((0.0, 0.0, 0.001, 0.03)))
        due, self.at_call = self.at_call.pop(0, None), {left - 1: do for left, do in self.at_call.items() if left}
        if due is not None:
            due()


def judged(driver: Driver, plan: Plan) -> str:
    """Why the change must not be made now, asking nobody but the driver; ``""`` if it may."""
    bond, slave = driver._slaves.get(plan.slave, (None, None))
    if bond is None or slave is None:
        return ""
    if plan.action.kind == ACTIVATE:
        return "" if carries(bond, slave) else f"{plan.slave} was made the active slave and cannot carry anything"
    others = [each for each in bond.slaves if each is not slave]
    if plan.action.kind == UP:
        return ""
    if not any(carries(bond, each) for each in others):
        return f"the last usable slave was taken down: {plan.slave}"
    ports = [each.port for each in others if each.port and each.port.aggregator and each.port.aggregator.active]
    if bond.spec.options.mode == LACP and sum(port.enabled for port in ports) < (bond.spec.options.min_links or 0):
        return "fewer ports were left than min_links asks for"
    return ""


def carries(bond: SimulatedBond, slave: Slave) -> bool:
    """Whether the driver can send and receive through it."""
    if not (slave.admin_up and slave.carrier and slave.mii == "up"):
        return False
    if bond.spec.options.mode != LACP:
        return True
    port = slave.port
    if port is None or port.aggregator is None or not port.aggregator.active:
        return False
    return port.actor & port.partner.state & CARRYING == CARRYING and not port.actor & SILENT
