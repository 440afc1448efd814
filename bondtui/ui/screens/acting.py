"""The part of the dashboard that changes links: its keys, what it asks, and the change that is pending."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding

from bondtui.core.monitor import Monitor
from bondtui.model.action import UP, Action, Pending, Plan
from bondtui.model.bond import Bond, Slave
from bondtui.model.reading import Stamp
from bondtui.ui.actions import Actions
from bondtui.ui.aside import Aside
from bondtui.ui.conduct import Conduct
from bondtui.ui.screens.offering import Offering
from bondtui.view.banner import parting_words
from bondtui.view.look import Look, Notice, chosen_bond, chosen_slave

if TYPE_CHECKING:
    from bondtui.ui.screens.drill import DrillScreen

NOTICE_SECONDS = 12.0
DRIFT_SECONDS = 0.5


class Acting(Offering):
    """A screen whose highlighted slave can be acted on."""

    BINDINGS = [
        Binding("d", "act('down')", "down", id="down", tooltip="Set the highlighted slave down"),
        Binding("u", "act('up')", "up", id="up", tooltip="Set the highlighted slave up"),
        Binding("a", "act('activate')", "activate", id="activate", tooltip="Make the highlighted slave active"),
        Binding(
            "D", "drill", "drill", id="drill", tooltip="Rehearse a failover of the highlighted slave and measure it"
        ),
        Binding("k", "settle('keep')", "keep", id="keep", tooltip="Keep the pending change"),
        Binding("r", "settle('revert')", "revert", id="revert", tooltip="Take the pending change back now"),
    ]

    def __init__(self, look: Look, clock: Callable[[], Stamp], actions: Actions | None, *, colour: bool) -> None:
        super().__init__()
        self._look = look
        self._clock = clock
        self._colour = colour
        self._actions = actions
        self._aside: Aside | None = None
        self._conduct: Conduct | None = None
        self._unanswered = ""
        self.drill: DrillScreen | None = None
        """The drill that is on the screen."""
        if actions is not None:
            self._aside = Aside(self._look_for_pending)
            self._conduct = Conduct(actions, self._aside, self)

    def draw(self, **changes: object) -> None:
        """Change what is looked at and bring the screen up to date."""
        raise NotImplementedError

    def newest(self) -> Monitor:
        """What is known now, whatever the picture shows."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Begin to look for a change that is pending."""
        if self._aside is not None:
            self._aside.start()

    def on_unmount(self) -> None:
        """Leave; what is under way is guarded by the dead-man's switch."""
        if self._aside is not None:
            self._aside.stop()

    @property
    def chosen(self) -> tuple[Bond, Slave] | None:
        """The highlighted slave and its bond, as they are drawn."""
        if not self._look.monitor.bonds:
            return None
        bond = chosen_bond(self._look.bonds, self._look.bond)[0]
        slave = chosen_slave(bond, self._look.slave)
        return (bond, slave) if slave is not None else None

    @property
    def pending_mine(self) -> bool:
        """Whether the pending change was made from here."""
        pending = self._look.pending
        return pending is not None and self._conduct is not None and pending.id in self._conduct.made_here

    @property
    def parting_words(self) -> str:
        """What a person must know who leaves now; ``""`` if nothing."""
        if self.drill is not None and (words := self.drill.parting_words):
            return words
        plan = self._conduct.under_way if self._conduct is not None else None
        if plan is not None and not self._look.monitor.simulated:
            return f"'{' '.join(plan.command)}' was not finished; 'bondtui pending' tells what became of it"
        return parting_words(self._look._replace(now=self._clock()))

    def why_not(self, action: str) -> str:
        """Why an action does nothing now; ``""`` if it does."""
        if action not in ("act", "drill", "settle"):
            return ""
        if self._conduct is None or not self._look.can_act:
            return self._look.cannot_act or "this is read-only"
        return "there is no slave here" if action != "settle" and not self.chosen else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey what cannot be done, and hide what would have no meaning."""
        if action == "settle" and self._look.pending is None:
            return False
        if action == "drill" and (self._actions is None or self._actions.drills is None):
            return False
        return None if self.why_not(action) else True

    def action_act(self, kind: str) -> None:
        """Ask for something to be done to the highlighted slave."""
        if self.chosen is not None and self._conduct is not None and self._actions is not None:
            bond, slave = self.chosen
            revert_after = None if kind == UP else self._actions.revert_after
            self._work(self._conduct.act(Action(kind, bond.ifindex, slave.ifindex, revert_after)))

    def action_drill(self) -> None:
        """Open the drill of the highlighted slave."""
        from bondtui.ui.screens.drill import DrillScreen  # noqa: PLC0415 - not needed for the first frame
        from bondtui.view.drill_form import Form  # noqa: PLC0415

        if self.chosen is not None and self._actions is not None and self._actions.drills is not None:
            bond, slave = self.chosen
            opened = DrillScreen(
                self._actions.drills,
                Form(bond, slave.ifindex),
                self._look._replace(notice=None, pending=None, frozen=None, events_back=0),
                latest=self.newest,
                clock=self._clock,
                colour=self._colour,
            )
            self.drill = opened
            self.app.push_screen(opened, self._drilled)

    def _drilled(self, _: None) -> None:
        self.drill = None

    def action_settle(self, how: str) -> None:
        """Keep the pending change, or take it back."""
        if self._conduct is not None:
            self._work(self._conduct.keep() if how == "keep" else self._conduct.revert())

    def _work(self, doing: Coroutine[None, None, None]) -> None:
        self.run_worker(doing, group="action", exit_on_error=False)

    def say(self, words: str, severity: str = "", *, stays: bool = False) -> None:
        """A few words above the footer."""
        until = float("inf") if stays else self._clock().mono + NOTICE_SECONDS
        self.draw(notice=Notice(words, severity, until) if words else None)

    async def ask(self, plan: Plan) -> str | None:
        """Whether it shall be done: the name that was typed (or ``""``), ``None`` for no."""
        from bondtui.ui.screens.confirm import dialog  # noqa: PLC0415 - not needed for the first frame

        return await self.app.push_screen_wait(dialog(plan, self._look, colour=self._colour))

    async def tell(self, title: str, words: str) -> None:
        """Something that must not be missed."""
        from bondtui.ui.screens.confirm import Told  # noqa: PLC0415 - not needed for the first frame

        await self.app.push_screen_wait(Told(title, words, self._look, colour=self._colour))

    def _look_for_pending(self) -> Callable[[], None] | None:
        """In the thread for what may block: a change that is pending, or no longer."""
        if self._actions is None:
            return None
        try:
            pending = self._actions.hands.pending()
        except Exception as error:  # noqa: BLE001 - said on the screen
            return partial(self._no_answer, f"cannot tell whether a change is pending: {error}")
        if pending is None and self._look.pending is None and not self._unanswered:
            return None
        return partial(self._take_pending, pending)

    def _no_answer(self, words: str) -> None:
        if words != self._unanswered:
            self._unanswered = words
            self.say(words, "bad", stays=True)

    def _take_pending(self, pending: Pending | None) -> None:
        """Draw at once what is new; seconds that merely run down are drawn with the clock."""
        if self._look.notice is not None and self._look.notice.words == self._unanswered:
            self.say("")
        self._unanswered = ""
        before, left = self._look.pending, self._look._replace(now=self._clock()).seconds_left
        changes = {"pending": pending, "pending_at": self._clock()}
        if pending is not None and before is not None and left is not None:
            same = pending._replace(seconds_left=0.0) == before._replace(seconds_left=0.0)
            if same and abs(left - pending.seconds_left) < DRIFT_SECONDS:
                self._look = self._look._replace(**changes)  # type: ignore[arg-type]
                return
        if pending != before:
            self.draw(**changes)
