"""One guarded action from the wish to the record: plan, show, confirm, plan again, arm, act, verify, write down.

Showing and confirming is left to whoever asks: a dialog or the command line. Everything here blocks,
so a screen calls it from a thread.
"""

from __future__ import annotations

import os

from bondtui.actions import outcome
from bondtui.actions.plan import difference
from bondtui.actions.plan import plan as _plan
from bondtui.actions.readiness import unready
from bondtui.actions.situation import Situation
from bondtui.core import monitor as fold
from bondtui.core.monitor import Note
from bondtui.core.words import printable
from bondtui.model.action import ASK, REFUSE, Plan
from bondtui.model.reading import SourceError
from bondtui.model.record import NamedTuple
from bondtui.ports import ActionError, NothingPending, NotPermitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bondtui.core.monitor import Monitor
    from bondtui.model.action import Action, Pending
    from bondtui.model.bond import Bond
    from bondtui.model.reading import Stamp
    from bondtui.ports import Hands, Watcher

APPLIED, NOTHING, REFUSED, CANCELLED, FAILED, REVERTED, NOT_PERMITTED = (
    *("applied", "nothing to do", "refused", "cancelled", "failed", "reverted", "not permitted"),
)
LOOK_EVERY_S = 0.02
SETTLED_MEANWHILE = "It is not pending any more: it was taken back or kept meanwhile."


class Outcome(NamedTuple):
    """How an action ended."""

    result: str
    """One of the words above."""
    words: str
    """What happened, in one or two sentences, with interface names as the kernel spells them."""
    plan: Plan
    pending: Pending | None = None
    """The change that is undone by itself unless it is kept."""


class Follower(NamedTuple):
    """Who wants to know what becomes of an action while it is carried out."""

    sent: Callable[[Stamp], object] = lambda _: None
    """Called as soon as the kernel has taken the change, with the moment at which it was sent."""
    enough: Callable[[], bool] = lambda: False
    """Called again and again while the driver is waited for; ``True`` ends the waiting."""


NOBODY = Follower()


class Operation:
    """Guarded actions with the hands of one machine, watched by one watcher."""

    def __init__(self, hands: Hands, watcher: Watcher) -> None:
        self._hands = hands
        self._watcher = watcher
        self._names: dict[int, str] = {}
        """What the plan calls its bond and slave: the watcher forgets what is gone."""

    def plan(self, action: Action) -> Plan:
        """A plan on what is read anew now; raises SourceError when nothing can be read or the slave is gone."""
        return _plan(self._situation(action))

    def _situation(self, action: Action, known: Situation | None = None) -> Situation:
        """What the guards look at, read anew; of ``known``, the surroundings are taken as they were a moment ago."""
        fresh = self._fresh()
        bond = fresh.bond_at(action.bond)
        slave = bond.slave_at(action.slave) if bond else None
        if bond is None or slave is None:
            index = action.slave if bond else action.bond
            link = self._watcher.latest.links.get(index)
            name = link.name if link else self._names.get(index, f"interface {index}")
            raise SourceError(f"{name} is no longer in {bond.name}" if bond else f"{name} is gone")
        if known is not None:
            return known._replace(bond=bond, slave=slave, tracks=fresh.tracks)
        return Situation(action, bond, slave, self._hands.host(bond), self._hands.pending(), fresh.tracks)

    def carry_out(self, plan: Plan, *, typed: str = "", follower: Follower = NOBODY) -> Outcome:
        """Do what the plan says, if it still holds: ``typed`` is the bond's name where a guard asks for it.

        Raises nothing that is expected: refusals of the guards and of the kernel are outcomes.
        """
        self._names = {plan.action.bond: plan.bond, plan.action.slave: plan.slave}
        if plan.nothing_to_do:
            return Outcome(NOTHING, f"Nothing to do: {plan.nothing_to_do}.", plan)
        if why := self._objection(plan, typed):
            return self._ended(REFUSED, f"Refused: {why}.", plan)
        if obstacle := self._hands.obstacle():
            return self._ended(NOT_PERMITTED, f"Not permitted: {obstacle}.", plan)
        try:
            situation = self._situation(plan.action)
        except (ActionError, SourceError) as error:
            return self._ended(CANCELLED, f"Cancelled, nothing was done: {error}.", plan)
        again = _plan(situation)
        if changed := difference(plan, again):
            return self._ended(CANCELLED, f"Cancelled, nothing was done, things have changed: {changed}.", plan)
        return self._do(again, situation, follower)

    def _objection(self, plan: Plan, typed: str) -> str:
        if plan.verdict == REFUSE:
            return "; ".join(plan.reasons)
        if plan.verdict == ASK and not _is_name(typed, plan.bond):
            return f"the name of the bond must be typed, because {'; '.join(plan.reasons)}"
        return ""

    def _do(self, plan: Plan, situation: Situation, follower: Follower) -> Outcome:
        """Arm, write down, look once more (both take a moment), act and verify."""
        pending = None
        try:
            if plan.undo is not None:
                pending = self._hands.arm(plan)
            self._hands.write_down("applying", plan, {"id": pending.id if pending else None, "why": _allowed(plan)})
            if changed := difference(plan, _plan(self._situation(plan.action, situation))):
                words = f"Cancelled, nothing was done, things have changed: {changed}."
                return self._ended(CANCELLED, self._disarmed(words, pending), plan)
            since = self._hands.apply(plan)
        except (ActionError, SourceError) as error:
            result = NOT_PERMITTED if isinstance(error, NotPermitted) else FAILED
            return self._ended(result, self._disarmed(f"Not done: {error}.", pending), plan)
        follower.sent(since)
        return self._verified(plan, since, pending, follower)

    def _disarmed(self, words: str, pending: Pending | None) -> str:
        return f"{words} {self._take_back(pending)}" if pending else words

    def _verified(self, plan: Plan, since: Stamp, pending: Pending | None, follower: Follower) -> Outcome:
        """Wait for what the driver makes of it, and take it back at once if the bond is cut off."""
        bond = self._settle(plan, since, follower)
        effects = outcome.measured(plan, self._watcher.latest.events, since)
        identity = pending.id if pending else None
        details: Mapping[str, object] = {"effects": effects, "id": identity, "why": _allowed(plan)}
        if bond is None or not outcome.taken(plan, bond):
            words = f"Not verified: the kernel does not show {plan.slave} {_done(plan)}."
            return self._ended(FAILED, self._disarmed(words, pending), plan, details)
        if pending is not None and outcome.cut_off(bond):
            words = f"{bond.name} was left without a usable slave. {self._take_back(pending)}"
            return self._ended(REVERTED, words, plan, details)
        said = f": {effects}" if effects else ""
        if not outcome.settled(plan, bond):
            said += f"; {_unsettled(plan, bond)}"
        words = f"{_done(plan)} by bondtui{said}"
        self._watcher.note(Note(self._hands.now(), "action", plan.slave, words, plan.action.bond, plan.action.slave))
        return self._ended(
            APPLIED, f"{plan.slave} {_done(plan)}{said}.", plan, details, self._pending() if pending else None
        )

    def _settle(self, plan: Plan, since: Stamp, follower: Follower) -> Bond | None:
        """The bond when the driver is done with the change, or when it has taken too long."""
        until = None
        while True:
            bond = self._watcher.latest.bond_at(plan.action.bond)
            if bond is not None and outcome.settled(plan, bond):
                break
            now = self._hands.now().mono
            until = until or since.mono + (outcome.patience_s(plan, bond) if bond else 1.0)
            if follower.enough() or now >= until:
                break
            self._hands.pause(LOOK_EVERY_S)
        try:
            return self._fresh().bond_at(plan.action.bond)
        except SourceError:
            return self._watcher.latest.bond_at(plan.action.bond)

    def _pending(self) -> Pending | None:
        try:
            return self._hands.pending()
        except (ActionError, SourceError):
            return None  # it cannot be told at this moment

    def _take_back(self, armed: Pending) -> str:
        """Take this change back, and not one that somebody else has made since."""
        try:
            now = self._hands.pending()
            if now is None or now.id != armed.id:
                return SETTLED_MEANWHILE
            return f"{self._hands.revert().removesuffix('.')}."
        except NothingPending:
            return SETTLED_MEANWHILE
        except (ActionError, SourceError) as error:
            return f"It could not be taken back at once: {error}."

    def _ended(
        self,
        result: str,
        words: str,
        plan: Plan,
        details: Mapping[str, object] | None = None,
        pending: Pending | None = None,
    ) -> Outcome:
        try:
            self._hands.write_down(result, plan, {"result": words, **(details or {})})
        except ActionError as error:
            words += f" The audit log could not be written: {error}."
        return Outcome(result, words, plan, pending)

    def _fresh(self) -> Monitor:
        """What the watcher knows, with everything read anew."""
        return fold.took(self._watcher.latest, self._hands.look(), steady=False)


def _is_name(typed: str, name: str) -> bool:
    return os.fsencode(typed) == os.fsencode(name) or typed == printable(name)


def _allowed(plan: Plan) -> str:
    """Why it was allowed, for the audit log."""
    asked = ", ".join(each.guard for each in plan.guards if each.result == ASK)
    return f"the bond's name was typed for {asked}" if asked else "confirmed, no guard speaks against it"


def _done(plan: Plan) -> str:
    return {"down": "set down", "up": "set up"}.get(plan.action.kind, "made the active slave")


def _unsettled(plan: Plan, bond: Bond) -> str:
    slave = bond.slave_at(plan.action.slave)
    why = unready(bond, slave)[1] if slave and plan.action.kind == "up" else ""
    return why or "the driver has not settled yet"
