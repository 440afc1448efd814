"""The one change that a drill has in place: made through the guarded operation, kept or taken back, and watched over."""

from __future__ import annotations

from bondtui.model.action import Action
from bondtui.model.reading import SourceError
from bondtui.operation import APPLIED, CANCELLED, NOT_PERMITTED, NOTHING, REFUSED, Follower
from bondtui.ports import ActionError, NothingPending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bondtui.model.action import Plan
    from bondtui.model.drill import Preflight
    from bondtui.model.reading import Stamp
    from bondtui.rehearsal.tools import Tools

LOOK_EVERY_S = 1.0
UNGUARDED = "the dead-man's switch has ended by itself"
SETTLED = "the change was kept or taken back by somebody else, or its time was up"


class Grip:
    """``tell`` is given the time at which the dead-man's switch takes the change back, as ``revert_at``."""

    def __init__(self, tools: Tools, preflight: Preflight, typed: str, tell: Callable[..., object]) -> None:
        self._tools = tools
        self._preflight = preflight
        self._typed = typed
        self._tell = tell
        self._pending: str | None = None
        self._looked_at = 0.0
        self.refused = False
        """Whether the last action was not done at all, because a guard or a difference spoke against it."""
        self.settled = ""
        """What has become of the change without us, in words."""

    def act(
        self,
        kind: str,
        slave: int,
        *,
        sent: Callable[[Plan, Stamp], object] = lambda _plan, _at: None,
        enough: Callable[[], bool] = lambda: False,
    ) -> str:
        """Make a change; returns why it was not made, ``""`` if it was. Raises SourceError and ActionError.

        ``sent`` is told when the kernel was; ``enough`` ends the waiting for the driver.
        """
        tools, preflight = self._tools, self._preflight
        plan = tools.operation.plan(Action(kind, preflight.wish.bond, slave, preflight.revert_after_s))
        try:
            follower = Follower(lambda at: sent(plan, at), enough)
            outcome = tools.operation.carry_out(plan, typed=self._typed, follower=follower)
        except BaseException:
            self._adopt(plan)
            raise
        if outcome.pending is not None:
            self._pending, self.settled = outcome.pending.id, ""
            self._looked_at = tools.hands.now().mono
            self._tell(revert_at=self._looked_at + outcome.pending.seconds_left)
        self.refused = outcome.result in (REFUSED, CANCELLED, NOT_PERMITTED)
        return "" if outcome.result in (APPLIED, NOTHING) else outcome.words

    @property
    def holds(self) -> bool:
        """Whether a change of ours waits to be kept or taken back."""
        return self._pending is not None

    def keep(self) -> str:
        """Have the change stay, if there is one; returns why that was not possible, ``""`` if it was."""
        return self._settle(self._tools.hands.keep) if self.holds else ""

    def revert(self) -> str:
        """Take the change back, if there is one; returns why that was not possible, ``""`` if it was."""
        return self._settle(self._tools.hands.revert) if self.holds else ""

    def look(self) -> None:
        """See about once a second whether the change still waits."""
        now = self._tools.hands.now().mono
        if self._pending is None or now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        try:
            pending = self._tools.hands.pending()
            if pending is None or pending.id != self._pending:
                self.settled = SETTLED
            elif not pending.alive:
                self.settled = UNGUARDED
        except (ActionError, SourceError):
            return  # it cannot be told at this moment

    def _adopt(self, plan: Plan) -> None:
        """An action that has ended in an error may have left its change in place."""
        try:
            pending = self._tools.hands.pending()
        except (ActionError, SourceError):
            return  # the dead-man's switch takes it back when its time is up
        if pending is not None and (pending.action, pending.bond, pending.slave) == (
            plan.action.kind,
            plan.bond,
            plan.slave,
        ):
            self._pending = pending.id

    def _settle(self, call: Callable[[], str]) -> str:
        """Keep or revert the change of ours, and no other."""
        try:
            if not self._is_ours():
                return SETTLED
            call()
        except NothingPending:
            return SETTLED
        except (ActionError, SourceError) as error:
            return str(error)
        finally:
            self._tell(revert_at=None)
        self._pending = None
        return ""

    def _is_ours(self) -> bool:
        pending = self._tools.hands.pending()
        return pending is not None and pending.id == self._pending
