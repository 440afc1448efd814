"""A page above the dashboard: it shows what the dashboard looks at, and goes on with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from bondtui.ui.screens.offering import Offering
from bondtui.ui.widgets.canvas import Canvas
from bondtui.view.page import Page

if TYPE_CHECKING:
    from bondtui.ui.screens.triaging import Triaging
    from bondtui.view.look import Look

PAGE_ROWS = 8


class Above(Offering):
    """One of the pages. The dashboard beneath knows the time and the news, and has it drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", id="above.up", show=False, tooltip="Highlight the one above"),
        Binding("down", "move(1)", "choose", id="above.down", show=False, tooltip="Highlight the one below"),
        Binding("pageup", f"scroll(-{PAGE_ROWS})", "up", id="above.back", show=False, tooltip="Scroll back"),
        Binding("pagedown", f"scroll({PAGE_ROWS})", "down", id="above.forward", show=False, tooltip="Scroll on"),
        Binding("home", "move(-1000000)", "first", id="above.first", show=False, tooltip="Highlight the first one"),
        Binding("end", "move(1000000)", "last", id="above.last", show=False, tooltip="Highlight the last one"),
        Binding("tab", "bond(1)", "bond", id="above.bond", tooltip="Look at the next bond"),
        Binding("shift+tab", "bond(-1)", "bond", id="above.bond.back", show=False, tooltip="Look at the bond before"),
        Binding("right", "bond(1)", "bond", id="above.bond.right", show=False, tooltip="Look at the next bond"),
        Binding("left", "bond(-1)", "bond", id="above.bond.left", show=False, tooltip="Look at the bond before"),
        Binding("space", "freeze", "freeze", id="above.freeze", tooltip="Stop the picture, or let it run"),
        Binding("k", "settle('keep')", "keep", id="above.keep", tooltip="Keep the pending change"),
        Binding("r", "settle('revert')", "revert", id="above.revert", tooltip="Take the pending change back now"),
        Binding("escape,q,ctrl+c", "back", "back", id="above.leave", show=False, tooltip="Go back"),
    ]
    FOOTER: ClassVar[Mapping[str, int]] = {}
    """The keys of the footer from left to right, and their ranks (see ``Key.rank``)."""

    def __init__(self, desk: Triaging, *, colour: bool) -> None:
        """Make it.

        Args:
            desk: The dashboard beneath, whose look is shown.
            colour: Whether colours are wanted.
        """
        super().__init__()
        self.desk = desk
        self._colour = colour
        self._page = Page([])

    def page(self, look: Look, cells: int, rows: int) -> Page:
        """The picture of this page."""
        raise NotImplementedError

    def choose(self, which: int) -> None:
        """What a click on a line means."""
        raise NotImplementedError

    def action_move(self, step: int) -> None:
        """Highlight another line."""
        raise NotImplementedError

    def action_scroll(self, rows: int) -> None:
        """Scroll what does not fit."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """One canvas that fills the screen."""
        yield Canvas(colour=self._colour, paint=lambda _: False, id="canvas")

    def draw(self) -> None:
        """Bring the page up to date; without a bond there is nothing to show any more."""
        if not (self.is_running and self.is_current and self.size):
            return
        if not self.desk.look.monitor.bonds:
            if self.app.screen is self:
                self.action_back()
            return
        look = self.desk.look._replace(keys=self.footer_keys(self.FOOTER))
        self._page = self.page(look, self.size.width, self.size.height)
        self.query_one(Canvas).show(self._page.lines)

    def on_resize(self) -> None:
        """Share the new room out again."""
        self.draw()

    def on_screen_resume(self) -> None:
        """Catch up with what happened under another page."""
        self.draw()

    def why_not(self, action: str) -> str:
        """What the dashboard would say."""
        return self.desk.why_not(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the dashboard offers of its own keys is offered here too."""
        return self.desk.check_action(action, parameters)

    def say(self, words: str, severity: str = "") -> None:
        """By way of the dashboard, which takes it away in time."""
        self.desk.say(words, severity)

    async def on_key(self, event: events.Key) -> None:
        """A key of the dashboard alone says where it works."""
        here = {each.binding.key for each in self.offers}
        there = {each.binding.key: each.binding for each in self.desk.offers}
        if event.key in there and event.key not in here:
            event.stop()
            binding = there[event.key]
            key = self.app.get_key_display(binding)
            self.say(f"{key} ({binding.description}) works on the dashboard alone: Esc goes back", "warn")

    def action_back(self) -> None:
        """Leave this page."""
        self.dismiss(None)

    def action_bond(self, step: int) -> None:
        """Look at another bond."""
        self.desk.action_bond(step)

    def action_freeze(self) -> None:
        """Stop or go on drawing what is read."""
        self.desk.action_freeze()

    def action_settle(self, how: str) -> None:
        """Keep the pending change, or take it back."""
        self.desk.action_settle(how)

    async def on_click(self, event: events.Click) -> None:
        """Choose what was clicked; a key in the footer or in the banner is pressed."""
        for spot in self._page.spots:
            if spot.row == event.screen_y and spot.start <= event.screen_x < spot.end:
                if spot.kind == "key":
                    await self.press_shown(str(spot.which))
                elif isinstance(spot.which, int):
                    self.choose(spot.which)
                return

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Read back."""
        self.action_scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Read on."""
        self.action_scroll(3)
