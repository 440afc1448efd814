"""The application: one dashboard over one watcher, and the keys that work everywhere."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextvars import copy_context
from functools import partial
from threading import Timer

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette
from textual.screen import Screen

from bondtui.core.words import printable
from bondtui.model.drill import Drill
from bondtui.model.reading import Stamp
from bondtui.ports import Archive, Lab, Probing, Surroundings, Watcher
from bondtui.ui.actions import Actions
from bondtui.ui.driver import TerminalDriver
from bondtui.ui.screens.dashboard import Dashboard
from bondtui.ui.screens.offering import Offering
from bondtui.ui.styles import stylesheets
from bondtui.view.glyphs import ASCII
from bondtui.view.look import Look

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
LAST_RESORT_SECONDS = 2.0
DRILL_ENDS_SECONDS = 6.0
"""So long a drill may take to revert and to write its report when we are told to end; the dead-man's switch does the rest."""


def now() -> Stamp:
    """This moment, on both clocks."""
    return Stamp(time.monotonic(), time.time())


class BondApp(App[int]):
    """The dashboard over whatever the watcher watches."""

    TITLE = "bondtui"
    CSS_PATH = stylesheets()
    ENABLE_COMMAND_PALETTE = True
    BINDINGS = [
        Binding(
            "ctrl+p", "command_palette", "palette", id="palette", key_display="^p", tooltip="Find a command by name"
        ),
        Binding("question_mark", "help", "help", id="help", key_display="?", tooltip="Keys, signs and words explained"),
        Binding("q", "quit", "quit", id="quit", tooltip="Leave"),
        Binding("ctrl+c", "quit", "quit", id="quit.interrupt", show=False, tooltip="Leave"),
    ]

    def __init__(  # noqa: PLR0913 - all that the composition root decides
        self,
        watcher: Watcher,
        look: Look,
        *,
        actions: Actions | None = None,
        probing: Probing | None = None,
        archive: Archive | None = None,
        surroundings: Surroundings | None = None,
        lab: Lab | None = None,
        clock: Callable[[], Stamp] = now,
        asked_to_end: Callable[[], int | None] = lambda: None,
        leave_anyway: Callable[[int], object] = os._exit,
        colour: bool = True,
    ) -> None:
        """Make the application.

        Args:
            watcher: Whose Monitor is shown.
            look: What is looked at first; it says whether the actions may be used.
            actions: What changes links; without it nothing is offered, and a pending change is not seen.
            probing: What sends probes; without it none are offered.
            archive: Where the history of drills is; without it nothing is said about what was proven.
            surroundings: What tells of all that lies around the bonds; without it nothing is known of that.
            lab: The lab in which the bonds are; without it no fault can be made.
            clock: The time; tests let it stand still.
            asked_to_end: A signal that came before the application could hear any.
            leave_anyway: Ends the program at once, with the terminal as sane as can be.
            colour: Whether colours are wanted.
        """
        super().__init__(driver_class=TerminalDriver, ansi_color=True)
        self.theme = "ansi-dark"
        self._watcher = watcher
        self._look = look
        self._actions = actions
        self._probing = probing
        self._archive = archive
        self._surroundings = surroundings
        self._lab = lab
        self._dashboard: Dashboard | None = None
        self._clock = clock
        self._asked_to_end = asked_to_end
        self._leave_anyway = leave_anyway
        self._colour = colour
        self._news_on_its_way = False
        self.set_class(look.glyphs is ASCII, "-ascii")

    def get_default_screen(self) -> Dashboard:
        """The dashboard is the screen under all others."""
        self._dashboard = Dashboard(
            self._watcher,
            self._look,
            self._clock,
            self._paint,
            actions=self._actions,
            colour=self._colour,
            probing=self._probing,
            archive=self._archive,
            surroundings=self._surroundings,
            lab=self._lab,
        )
        return self._dashboard

    @property
    def parting_words(self) -> str:
        """What a person must know after leaving: a change that is pending, in one line; ``""`` if there is none."""
        return self._dashboard.parting_words if self._dashboard is not None else ""

    def on_mount(self) -> None:
        """Begin to watch, and leave the terminal sane when we are told to end."""
        self._of_the_app = copy_context()
        self._event_loop = asyncio.get_running_loop()
        for number in ENDING_SIGNALS:
            signal.signal(number, self._signalled)
        self._watcher.start(self._tell)
        if (asked := self._asked_to_end()) is not None:
            self._end(128 + asked)

    def on_unmount(self) -> None:
        """Stop watching."""
        self._watcher.stop()

    async def on_event(self, event: events.Event) -> None:
        """Let a dialog move its focus before the next key is handed on, so that none overtakes another."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            attend = getattr(self.screen, "attend", None)
            if attend is not None:
                attend(event)
        await super().on_event(event)

    def on_resize(self) -> None:
        """Draw everything anew, also when the size is what it was.

        A window that goes from one size to another and back at once may tell us only once, but the
        terminal has dropped what did not fit meanwhile.
        """
        self.screen.refresh()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers what the keys offer, once where several keys do the same."""
        if not isinstance(screen, Offering):
            return
        keys: dict[str, list[str]] = {}
        for binding in (offer.binding for offer in screen.offers):
            key = binding.key if self._look.glyphs is ASCII else self.get_key_display(binding)
            keys.setdefault(binding.tooltip, []).append(key)
        for offer in screen.offers:
            binding = offer.binding
            if binding.action != "command_palette" and (all_of_them := keys.pop(binding.tooltip, None)):
                why_not = f" (not possible: {printable(offer.why_not)})" if offer.why_not else ""
                said = f"{', '.join(all_of_them)}  {binding.description}"
                yield SystemCommand(f"{binding.tooltip}{why_not}", said, partial(screen.press, offer))

    def action_command_palette(self) -> None:
        """Open the palette."""
        self.push_screen(CommandPalette(placeholder="Search for a command"))

    def action_help(self) -> None:
        """Explain keys, signs and words."""
        from bondtui.ui.screens.help import Help  # noqa: PLC0415 - not needed for the first frame

        if self._dashboard is not None:
            asked = self.screen if isinstance(self.screen, Offering) else self._dashboard
            self.push_screen(Help(asked.offers, self._look))

    def _paint(self, text: str) -> bool:
        """Write to the terminal at once; not possible without one, or while something is drawn above."""
        if not isinstance(self._driver, TerminalDriver) or self._batch_count or len(self.screen_stack) > 1:
            return False
        self._driver.paint(text)
        return True

    def _signalled(self, number: int, _frame: object) -> None:
        """Told to end. Not by way of the event loop, which may be waiting for a terminal that takes nothing."""
        self._end(128 + number)

    def _end(self, status: int) -> None:
        """Leave in good order; should that hang on a terminal that is stalled or gone, leave anyway."""
        drill = self._dashboard.drill if self._dashboard is not None else None
        under_way = drill.running if drill is not None else None
        if drill is not None:
            drill.interrupt("bondtui was told to end")
        patience = LAST_RESORT_SECONDS + (DRILL_ENDS_SECONDS if under_way is not None else 0.0)
        last_resort = Timer(patience, self._leave_anyway, [status])
        last_resort.daemon = True
        last_resort.start()
        leaving = partial(self._leave, status, under_way.done if under_way is not None else None)
        self._event_loop.call_soon_threadsafe(leaving, context=self._of_the_app)

    def _leave(self, status: int, drill: asyncio.Future[Drill] | None) -> None:
        """Exit as soon as the drill has taken back what it has changed, or has had its time."""
        if drill is None or drill.done():
            self.exit(status)
        else:
            drill.add_done_callback(lambda _: self.exit(status))
            self._event_loop.call_later(DRILL_ENDS_SECONDS, partial(self.exit, status))

    def _tell(self) -> None:
        """From the watcher's thread: have the event loop take the news, once for all that has piled up.

        This is a plain callback and not a message, because it comes every second and a message would
        cost as much as drawing does.
        """
        if not self._news_on_its_way and not self._event_loop.is_closed():
            self._news_on_its_way = True
            self._event_loop.call_soon_threadsafe(self._take_news, context=self._of_the_app)

    def _take_news(self) -> None:
        self._news_on_its_way = False
        for screen in self.screen_stack:
            if isinstance(screen, Dashboard):
                screen.take_news()
