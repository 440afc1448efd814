"""One bond that does what the driver would, as source, hands and watcher in one, and a record of every step taken.

``Machine`` has a clock that moves only when somebody lets time pass; ``LiveMachine`` runs on the real
one and is read by a reader's thread. What shall happen at a step is said in ``at``: a function that
changes the bond or raises.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor, Note
from bondtui.model.action import ACTIVATE, DOWN, UP, Action, Pending, Plan
from bondtui.model.bond import MODES_WITH_ACTIVE_SLAVE, Bond, Slave
from bondtui.model.host import HostFacts
from bondtui.model.reading import Heard, Reading, SourceError, Stamp
from bondtui.ports import ActionError, NothingPending
from tests.builders import WALL, a_monitor, a_reading, told

TOOK_S = 0.094
"""So long the driver needs for what it is told to do."""
NOBODY = HostFacts()


def a_pending(plan: Plan, **rest: Any) -> Pending:
    """The pending change that this plan makes."""
    assert plan.undo is not None
    told_by_plan: dict[str, Any] = {
        "id": "1",
        "action": plan.action.kind,
        "bond": plan.bond,
        "slave": plan.slave,
        "command": plan.command,
        "undo_command": plan.undo_command,
        "outage_ms": plan.outage_ms,
        "effect": plan.effect,
        "guards": plan.guards,
        "verdict": plan.verdict,
        "undo": plan.undo,
        "armed_at": WALL + 100.0,
        "revert_at": WALL + 160.0,
        "seconds_left": 60.0,
    }
    return Pending(**{**told_by_plan, **rest})


def with_slave(bond: Bond, name: str, /, **link: Any) -> Bond:
    """The bond after one of its slaves has changed: ``mii`` is the driver's word, all else fields of its link."""
    return bond._replace(slaves=tuple(_changed(each, link) if each.name == name else each for each in bond.slaves))


def with_options(bond: Bond, **options: Any) -> Bond:
    """The bond with other options."""
    changed = bond.options._replace(**options)
    return bond._replace(link=bond.link._replace(bond=changed), options=changed)


def with_carrier(bond: Bond, carrier: bool | None) -> Bond:
    """The bond with or without carrier."""
    return bond._replace(link=bond.link._replace(carrier=carrier))


def _changed(slave: Slave, link: Mapping[str, Any]) -> Slave:
    fields = dict(link)
    state = slave.state._replace(mii_status=fields.pop("mii", slave.state.mii_status))
    return slave._replace(link=slave.link._replace(**fields, slave=state), state=state)


def done(bond: Bond, plan: Plan) -> Bond:
    """The bond when the driver has done what a plan says: the first usable slave takes over."""
    kind, name = plan.action.kind, plan.slave
    if kind == ACTIVATE:
        return with_options(bond, active_slave=plan.action.slave)
    fields: dict[str, Any] = {"admin_up": kind == UP, "carrier": kind == UP, "mii": kind}
    bond = with_slave(bond, name, **fields)
    usable = [each for each in bond.slaves if each.usable]
    if bond.options.mode in MODES_WITH_ACTIVE_SLAVE and (bond.active is None or not bond.active.usable):
        bond = with_options(bond, active_slave=usable[0].ifindex if usable else None)
    return with_carrier(bond, bool(usable))


class Machine:
    """Hands and watcher of one bond on a clock of its own."""

    simulated = False

    def __init__(self, bond: Bond, *, host: HostFacts = NOBODY, pending: Pending | None = None) -> None:
        self.bonds: tuple[Bond, ...] = (bond,)
        self.facts = host
        self.held = pending
        self.hindrance = ""
        self.drive: Callable[[Bond, Plan], Bond] = done
        """What the driver makes of a plan."""
        self.took_s = TOOK_S
        self.reports = True
        """Whether the watcher hears of it."""
        self.at: dict[str, Callable[[], object]] = {}
        self.steps: list[str] = []
        self.written: list[tuple[str, Plan, Mapping[str, object]]] = []
        self.notes: list[Note] = []
        self.paused = 0.0
        self._mono = 100.0
        self._monitor = a_monitor(bond)

    @property
    def bond(self) -> Bond:
        """The only bond."""
        return self.bonds[0]

    @bond.setter
    def bond(self, bond: Bond) -> None:
        self.bonds = (bond,)

    def wish(self, kind: str, slave: str, revert_after: float = 60.0) -> Action:
        """What a person asks for, by the name of now."""
        index = next(each.ifindex for each in self.bond.slaves if each.name == slave)
        return Action(kind, self.bond.ifindex, index, None if kind == UP else revert_after)

    # hands

    def obstacle(self) -> str:
        return self.hindrance

    def now(self) -> Stamp:
        return Stamp(self._mono, WALL + self._mono)

    def pause(self, seconds: float) -> None:
        self._mono += seconds
        self.paused += seconds

    def look(self) -> Reading:
        self._step("look")
        return a_reading(*self.bonds, mono=self.now().mono)

    def host(self, bond: Bond) -> HostFacts:
        self._step("host")
        return self.facts

    def pending(self) -> Pending | None:
        self._step("pending")
        return self.held

    def arm(self, plan: Plan) -> Pending:
        self._step("arm")
        if self.held is not None:
            raise ActionError(f"'{self.held.action}' of {self.held.slave} is pending already")
        self.held = a_pending(plan)
        return self.held

    def apply(self, plan: Plan) -> Stamp:
        self._step("apply")
        sent = self.now()
        self.bond = self.drive(self.bond, plan)
        self._mono += self.took_s
        if self.reports:
            self._report(self.bond)
        return sent

    def keep(self) -> str:
        self._step("keep")
        return f"'{self._settled().action}' is kept"

    def revert(self) -> str:
        self._step("revert")
        pending = self._settled()
        if pending.action == DOWN and self.bonds:
            fields: dict[str, Any] = {"admin_up": True, "carrier": True, "mii": "up"}
            self.bond = with_slave(self.bond, pending.slave, **fields)
        return f"'{pending.action}' of {pending.slave} is taken back"

    def write_down(self, what: str, plan: Plan, details: Mapping[str, object]) -> None:
        self._step(f"write {what}")
        self.written.append((what, plan, details))

    # watcher

    @property
    def latest(self) -> Monitor:
        return self._monitor

    def start(self, on_news: Callable[[], None]) -> None:
        pass

    def stop(self) -> None:
        pass

    def set_interval(self, seconds: float) -> None:
        pass

    def note(self, note: Note) -> None:
        self.notes.append(note)
        self._monitor = fold.noted(self._monitor, note)

    def _step(self, what: str) -> None:
        self.steps.append(what)
        if what in self.at:
            self.at[what]()

    def _settled(self) -> Pending:
        if self.held is None:
            raise NothingPending("no change is pending")
        pending, self.held = self.held, None
        return pending

    def _report(self, bond: Bond) -> None:
        self._monitor = fold.heard(self._monitor, self._messages(bond))

    def _messages(self, bond: Bond) -> list[Heard]:
        changed: list[Slave | Bond] = [*bond.slaves, bond]
        return [told(each, self.now().mono) for each in changed]


class LiveMachine(Machine):
    """The same on the real clock, and a source that a reader's thread listens to."""

    def __init__(self, bond: Bond, **rest: Any) -> None:
        super().__init__(bond, **rest)
        self._news: queue.Queue[list[Heard]] = queue.Queue()

    def now(self) -> Stamp:
        return Stamp(time.monotonic(), time.time())

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def read(self) -> Reading:
        if not self.bonds:
            raise SourceError("the kernel did not answer")
        return a_reading(*self.bonds, mono=self.now().mono)

    def listen(self, seconds: float) -> Sequence[Heard]:
        try:
            return self._news.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return ()

    def wake(self) -> None:
        self._news.put([])

    def close(self) -> None:
        pass

    def _report(self, bond: Bond) -> None:
        self._news.put(self._messages(bond))
