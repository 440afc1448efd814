"""The part of the drill's screen that has no keys: its stages, what goes on aside, and how it is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from textual.app import ComposeResult
from textual.screen import Screen

from bondtui.core.monitor import Monitor
from bondtui.model.action import REFUSE
from bondtui.model.bond import Bond
from bondtui.model.drill import Drill, Preflight, Wish
from bondtui.model.probe import Candidate
from bondtui.model.reading import SourceError, Stamp
from bondtui.ports import ActionError, ArchiveError, ProbeError
from bondtui.ui.drilling import Drills, Rehearsing
from bondtui.ui.errand import Errand
from bondtui.ui.screens.drill_keys import CHECKED, CHECKING, FAILED, KEYS, LIVE, NO_GO, RANKS, RESULT, SETUP, Keys
from bondtui.ui.widgets.canvas import Canvas
from bondtui.view.drill_form import Form
from bondtui.view.drill_live import Scene, live, remembered
from bondtui.view.drill_page import Body, Page, page
from bondtui.view.drill_preflight import checking, failed, preflight_body
from bondtui.view.drill_result import parting, result
from bondtui.view.drill_setup import setup
from bondtui.view.look import Key, Look

BUSY_PAUSE_S, IDLE_PAUSE_S = 0.1, 1.0
"""So often the screen is drawn while something is going on, and while nothing is."""
CHROME_ROWS = 5
"""Rows that a screen needs beside its lines, at most."""


class DrillStages(Screen[None]):
    """Setup, pre-flight, live and result of one drill after the other."""

    def __init__(
        self,
        drills: Drills,
        form: Form,
        look: Look,
        *,
        latest: Callable[[], Monitor],
        clock: Callable[[], Stamp],
        colour: bool,
    ) -> None:
        """Make it.

        Args:
            drills: Where rehearsals come from.
            form: What is filled in at first.
            look: For the signs and the top line.
            latest: The newest state of affairs.
            clock: The time.
            colour: Whether colours are wanted.
        """
        super().__init__()
        self._drills = drills
        self._form = form
        self._first_look = look
        self._latest = latest
        self._clock = clock
        self._colour = colour
        self._stage = SETUP
        self._wish: Wish | None = None
        self._rehearsal: Rehearsing | None = None
        self._errand: Errand[Preflight] | Errand[Drill] | None = None
        self._preflight: Preflight | None = None
        self._scene: Scene | None = None
        self._drill: Drill | None = None
        self._trouble = ""
        self._asking = False
        self._cut_short = False
        self._top = 0
        self._page = Page([])
        self._alarm: asyncio.TimerHandle | None = None

    def compose(self) -> ComposeResult:
        """One canvas that fills the screen."""
        yield Canvas(colour=self._colour, paint=lambda _: False, id="canvas")

    def on_mount(self) -> None:
        """Find out meanwhile who could answer."""
        bond: Bond = self._form.bond
        self._form = self._form._replace(looking=True)
        looking = Errand(partial(self._drills.candidates, bond), "bondtui-targets")
        looking.done.add_done_callback(self._found)

    def on_unmount(self) -> None:
        """Draw no more."""
        if self._alarm is not None:
            self._alarm.cancel()

    # what somebody who leaves the program must know

    @property
    def running(self) -> Errand[Drill] | None:
        """The drill that is under way, if one is."""
        errand = self._errand
        return errand if self._stage == LIVE and errand is not None and errand.running else None  # type: ignore[return-value]

    @property
    def parting_words(self) -> str:
        """What becomes of a drill that was cut short by leaving; ``""`` if nothing must be said."""
        if not (self._stage == LIVE or self._cut_short) or self._latest().simulated:
            return ""
        if self._scene is None or self._rehearsal is None:
            return ""
        return parting(self._scene.preflight, self._rehearsal.latest.report, self._drill)

    def interrupt(self, why: str) -> None:
        """Have the drill that is under way end at once, because we are left; never waits, also from a signal handler."""
        self._cut_short = self._stage == LIVE
        self.stop(why)

    def stop(self, why: str) -> None:
        """Have what is under way end at once."""
        if self._rehearsal is not None and self._stage in (CHECKING, LIVE):
            self._rehearsal.stop(why)

    # what goes on aside

    def _found(self, done: asyncio.Future[Sequence[Candidate]]) -> None:
        error = done.exception()
        if error is None:
            self.fill(self._form._replace(looking=False, found=tuple(done.result()), no_target=""))
        elif isinstance(error, ProbeError | SourceError | ActionError):
            self.fill(self._form._replace(looking=False, no_target=str(error)))
        else:
            self.fill(self._form._replace(looking=False))

    def begin(self, wish: Wish) -> None:
        """The pre-flight, in a thread of its own."""
        self._wish = wish
        self._preflight = self._scene = self._drill = None
        try:
            self._rehearsal = self._drills.begin()
        except Exception as error:  # noqa: BLE001 - said on the screen
            self._fail(error)
            return
        self._errand = errand = Errand(partial(self._rehearsal.preflight, wish), "bondtui-preflight")
        self.turn(CHECKING)
        errand.done.add_done_callback(partial(self._checked, errand))

    def _checked(self, errand: Errand[Preflight], done: asyncio.Future[Preflight]) -> None:
        if errand is not self._errand or not self.is_attached:
            return  # it was cancelled
        if (error := done.exception()) is not None:
            self._fail(error)
            return
        self._preflight = done.result()
        self.turn(CHECKED)

    def answered(self, typed: str | None) -> None:
        """Carry it out, in a thread of its own, if that was agreed to."""
        if typed is None or self._rehearsal is None or self._preflight is None:
            return
        self._scene = Scene(self._look(), self._preflight, self._rehearsal.latest)
        self._errand = errand = Errand(partial(self._rehearsal.run, self._preflight, typed=typed), "bondtui-drill")
        self._asking = False
        self.turn(LIVE)
        errand.done.add_done_callback(self._over)

    def _over(self, done: asyncio.Future[Drill]) -> None:
        if not self.is_attached:
            return
        if (error := done.exception()) is not None:
            self._fail(error)
            return
        self._drill = done.result()
        self._asking = False
        self.turn(RESULT)

    def _fail(self, error: BaseException) -> None:
        expected = isinstance(error, ActionError | SourceError | ProbeError | ArchiveError)
        self._trouble = str(error) if expected else f"a mistake in bondtui: {type(error).__name__}: {error}"
        if self._stage == LIVE:
            self._trouble += "; what may still be changed, the dead-man's switch takes back"
        self.turn(FAILED)

    # drawing

    def on_resize(self) -> None:
        """Share the new room out again."""
        self.draw()

    def on_screen_resume(self) -> None:
        """Catch up with what happened under a dialog."""
        self.draw()

    def draw(self) -> None:
        """Bring the screen up to date."""
        if self._alarm is not None:
            self._alarm.cancel()
        pause = BUSY_PAUSE_S if self._stage in (CHECKING, LIVE) else IDLE_PAUSE_S
        self._alarm = asyncio.get_running_loop().call_later(pause, self.draw)
        if self.is_attached and self.is_current and self.size:
            look, cells, rows = self._look(), self.size.width, self.size.height
            body = self._body(look, cells, max(1, rows - CHROME_ROWS))
            if self._asking:
                body = body._replace(question="Stop the drill and revert at once?")
            self._page = page(look, body, cells, rows, top=self._top)
            self.query_one(Canvas).show(self._page.lines)

    def _body(self, look: Look, cells: int, rows: int) -> Body:
        if self._stage == CHECKING and self._rehearsal is not None:
            return checking(self._rehearsal.latest, look, cells)
        if self._stage == CHECKED and self._preflight is not None:
            return preflight_body(self._preflight, look, cells, rows)
        if self._stage == LIVE and self._scene is not None and self._rehearsal is not None:
            self._scene = remembered(self._scene, self._rehearsal.latest)._replace(look=look)
            return live(self._scene, cells, rows)
        if self._stage == RESULT and self._drill is not None and self._rehearsal is not None:
            return result(self._drill, self._rehearsal.latest.report, look, cells, rows)
        if self._stage == FAILED:
            return failed(self._trouble, look, cells, begun=self._scene is not None)
        return setup(self._form, look, cells)

    @property
    def refused(self) -> bool:
        """Whether the pre-flight says no-go."""
        return self._preflight is not None and self._preflight.verdict == REFUSE

    @property
    def offered(self) -> Keys:
        """What the footer offers now: key, word, action."""
        if self._stage == CHECKED and self.refused:
            return NO_GO
        return KEYS[self._stage]

    def _look(self) -> Look:
        keys = tuple(Key(key, word, RANKS.get(action, 0)) for key, word, action in self.offered)
        return self._first_look._replace(monitor=self._latest(), now=self._clock(), keys=keys)

    def fill(self, form: Form) -> None:
        """The form is filled in like this now."""
        self._form = form
        if self.is_attached:
            self.draw()

    def turn(self, stage: str) -> None:
        """Another stage."""
        self._stage = stage
        self._top = 0
        self.draw()
