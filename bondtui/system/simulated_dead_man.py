"""The dead-man's switch of the simulated driver: an undo and its deadline on the driver's own clock.

It goes by the rules of the real one, but lives in this process: the driver whose change it would
take back does not outlive the process either.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping

from bondtui.actions.record import change_record, pending_of, undo_of
from bondtui.actions.undoing import DONE, GONE, TO_DO, state
from bondtui.core.link_change import refusal
from bondtui.model.action import ACTIVATE, Pending, Plan, Undo
from bondtui.model.bond import Link
from bondtui.ports import ActionError, NothingPending
from bondtui.simulated.driver import Driver

TRY_AGAIN_S = (0.1, 0.3, 1.0, 2.0, 5.0)
"""Pauses between the tries to take a change back; the last one again and again."""
WHO = "you"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.actions.record import Record


class SimulatedDeadMan:
    """Holds at most one change that is not settled yet. Whoever calls it has the driver for himself.

    ``write`` is given each step for the record: what happened, and details.
    """

    def __init__(self, driver: Driver, write: Callable[[str, Record], None]) -> None:
        self._driver = driver
        self._write = write
        self._record: Record | None = None
        self._armed = 0
        self._deadline = self._next_try = 0.0
        self._tries = 0
        self._alive = False

    @property
    def pending(self) -> Pending | None:
        """The change that it holds."""
        return self._told(self._record) if self._record is not None else None

    def arm(self, plan: Plan, wall: float) -> Pending:
        """Hold the undo of this plan from now on; raises ActionError while there is another one."""
        if self._record is not None and not self._alive:
            raise ActionError(
                f"an earlier change {_which(self._record)} is not settled, its dead-man's switch was killed"
            )
        if self._record is not None:
            raise ActionError(f"another change is pending {_which(self._record)}")
        self._armed += 1
        record = change_record(plan, identity=f"simulated-{self._armed}", who={"user": WHO})
        found, why = state(undo_of(record), self._links())
        if found != DONE:
            raise ActionError(f"the change could not be taken back: {why or 'things are not as they were'}")
        after = record["revert_after_s"]
        record |= {"armed_at": wall, "revert_at": wall + after}
        self._record, self._alive, self._tries = record, True, 0
        self._deadline = self._next_try = self._driver.now + after
        self._driver.at(self._deadline, lambda: self._try(record))
        self._write("armed", record)
        return self._told(record)

    def guards(self, plan: Plan) -> bool:
        """Whether it runs and would undo just this plan."""
        return self._alive and self._record is not None and undo_of(self._record) == plan.undo

    def keep(self) -> str:
        """Let the change stay and forget the undo; raises NothingPending."""
        plan = self._held["plan"]
        return self._settle("kept", f"Kept: {plan['slave']} stays as it is in {plan['bond']}.")

    def revert(self) -> str:
        """Take the change back now; raises NothingPending, or ActionError when it is still to be done."""
        record = self._held
        self._next_try = self._driver.now
        said = self._try(record) if self._alive else self._take_back(record)
        if not said:
            yet, again = (" yet", "; it is tried again and again") if self._alive else ("", "")
            raise ActionError(f"it could not be taken back{yet}: {record['trouble']}{again}")
        return said

    def kill(self) -> None:
        """End as SIGKILL ends a process: from now on nothing is taken back by itself."""
        self._alive = False

    def _told(self, record: Record) -> Pending:
        left = self._deadline - self._driver.now
        return pending_of(record, seconds_left=left, who=WHO, alive=self._alive)

    @property
    def _held(self) -> Record:
        if self._record is None:
            raise NothingPending("no change is pending")
        return self._record

    def _try(self, record: Record) -> str:
        """Take the change back if it is still held and it is time; if that does not work, again after a pause."""
        if self._record is not record or not self._alive or self._driver.now < self._next_try:
            return ""
        said = self._take_back(record)
        if not said:
            self._next_try = self._driver.now + TRY_AGAIN_S[min(self._tries, len(TRY_AGAIN_S) - 1)]
            self._tries += 1
            self._driver.at(self._next_try, lambda: self._try(record))
        return said

    def _take_back(self, record: Record) -> str:
        """Do what the undo says, look whether it took, and settle. Returns what came of it; ``""``: still to do."""
        undo = undo_of(record)
        found, why = state(undo, self._links())
        if found == DONE:
            return self._settle("not-needed", f"Nothing was to be taken back: {self._now(undo)}.")
        refused = self._send(undo) if found == TO_DO else ""
        found, why = state(undo, self._links())
        if found == TO_DO:
            self._tell_trouble(record, refused or "the driver took it, but does not show it")
            return ""
        if found == GONE:
            return self._settle("gone", f"Cannot be taken back: {why}.")
        return self._settle("reverted", f"Taken back: {self._now(undo)}.")

    def _tell_trouble(self, record: Record, trouble: str) -> None:
        """Say why it could not be taken back: once, for it is tried for ever."""
        if record.get("trouble") != trouble:
            record["trouble"] = trouble
            self._write("revert-failed", {**record, "result": trouble})

    def _send(self, undo: Undo) -> str:
        """Tell the driver to undo it. Returns why it refused, or ``""``."""
        names = {ifindex: link.name for ifindex, link in self._links().items()}
        if undo.kind != ACTIVATE:
            self._driver.set_up(names[undo.slave])
            return ""
        taken = self._driver.set_active(names[undo.bond], names[undo.active or 0])
        return "" if taken else refusal(errno.EINVAL, "")

    def _settle(self, what: str, words: str) -> str:
        """The change is over; nobody is to take it back any more."""
        self._write(what, {**self._held, "result": words})
        self._record, self._alive = None, False
        return words

    def _now(self, undo: Undo) -> str:
        """What there is when the undo is done."""
        names = {ifindex: link.name for ifindex, link in self._links().items()}
        if undo.kind == ACTIVATE:
            return f"{names[undo.active or 0]} is the active slave of {names[undo.bond]}"
        return f"{names[undo.slave]} is set up in {names[undo.bond]}"

    def _links(self) -> Mapping[int, Link]:
        return {link.ifindex: link for link in self._driver.reading().links}


def _which(record: Record) -> str:
    plan = record["plan"]
    return f"({plan['action']} {plan['slave']} in {plan['bond']})"
