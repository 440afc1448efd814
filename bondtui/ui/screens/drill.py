"""The failover drill on the screen: what the keys and the mouse do at each of its stages."""

from __future__ import annotations

from textual import events
from textual.binding import Binding

from bondtui.ui.screens.drill_confirm import confirm_drill
from bondtui.ui.screens.drill_keys import CHECKED, CHECKING, FAILED, LIVE, RESULT, SETUP
from bondtui.ui.screens.drill_stages import DrillStages
from bondtui.view import drill_form


class DrillScreen(DrillStages):
    """One bond's drill after the other, until somebody goes back."""

    BINDINGS = [
        Binding("enter", "forward", "go on", show=False),
        Binding("escape,q,ctrl+c", "leave", "back", show=False),
        Binding("up,shift+tab", "move(-1)", "up", show=False),
        Binding("down,tab", "move(1)", "down", show=False),
        Binding("pageup", "scroll(-8)", "up", show=False),
        Binding("pagedown", "scroll(8)", "down", show=False),
        Binding("left", "choose(-1)", "choice", show=False),
        Binding("right", "choose(1)", "choice", show=False),
        Binding("backspace", "erase", "erase", show=False),
        Binding("r", "stop", "stop and revert", show=False),
        Binding("D", "again", "again", show=False),
        Binding("y", "answer(True)", "yes", show=False),
        Binding("n", "answer(False)", "no", show=False),
        Binding("question_mark,ctrl+p", "nothing", show=False),  # they are about the dashboard
    ]

    def on_key(self, event: events.Key) -> None:
        """What is typed goes into the field; letters are keys where a field takes none."""
        if self._stage != SETUP or not event.is_printable or event.character is None:
            return
        if drill_form.takes_text(self._form) or event.character in "0123456789.":
            event.stop()
            event.prevent_default()
            self.fill(drill_form.typed(self._form, event.character))

    def on_paste(self, event: events.Paste) -> None:
        """The first line of what is pasted goes into the field."""
        event.stop()
        if self._stage == SETUP and event.text:
            self.fill(drill_form.typed(self._form, event.text.splitlines()[0]))

    def action_nothing(self) -> None:
        """Keys of the dashboard that have no meaning here."""

    def action_forward(self) -> None:
        """What Enter means now."""
        if self._stage == SETUP:
            wish, self._form = drill_form.wish(self._form)
            self.begin(wish) if wish is not None else self.fill(self._form)
        elif self._stage == CHECKED and self._preflight is not None and not self.refused:
            dialog = confirm_drill(self._preflight, self._look(), colour=self._colour)
            self.app.push_screen(dialog, self.answered)
        elif self._stage in (CHECKED, FAILED):
            self.turn(SETUP)
        elif self._stage == RESULT:
            self.dismiss(None)

    def action_leave(self) -> None:
        """What Esc means now: one step back, and a question while a drill is under way."""
        if self._stage == LIVE:
            self._asking = not self._asking and not (self._scene is not None and self._scene.stopping)
            self.draw()
        elif self._stage in (CHECKING, CHECKED, FAILED):
            self.stop("cancelled")
            self._errand = None
            self.turn(SETUP)
        else:
            self.dismiss(None)

    def action_stop(self) -> None:
        """Stop the drill and revert, without a question."""
        if self._stage == LIVE and self._scene is not None and not self._scene.stopping:
            self._asking = False
            self._scene = self._scene._replace(stopping="stopped, reverting at once")
            self.stop("stopped by a person")
            self.draw()

    def action_answer(self, yes: bool) -> None:
        """The answer to the question."""
        if self._asking:
            self._asking = False
            self.action_stop() if yes else self.draw()

    def action_again(self) -> None:
        """The same drill once more; it is asked about again."""
        if self._stage in (RESULT, FAILED) and self._wish is not None:
            self.begin(self._wish)

    def action_move(self, step: int) -> None:
        """Another field, or another line."""
        if self._stage == SETUP:
            self.fill(drill_form.moved(self._form, step))
        else:
            self.action_scroll(step)

    def action_choose(self, step: int) -> None:
        """Another choice of the highlighted field."""
        if self._stage == SETUP:
            self.fill(drill_form.chosen(self._form, step))

    def action_erase(self) -> None:
        """Take the last character away."""
        if self._stage == SETUP:
            self.fill(drill_form.erased(self._form))

    def action_scroll(self, rows: int) -> None:
        """Read on, or back."""
        self._top = max(0, min(self._page.hidden, self._page.top + rows))
        self.draw()

    async def on_click(self, event: events.Click) -> None:
        """Choose the field that was clicked; a key in the footer is pressed."""
        for start, end, key in self._page.keys:
            if event.screen_y == self.size.height - 1 and start <= event.screen_x < end:
                action = next(action for shown, _, action in self.offered if shown == key)
                await self.run_action(action)
                return
        if self._stage == SETUP and (name := self._page.fields.get(event.screen_y)) is not None:
            again = name == self._form.at
            self.fill(self._form._replace(at=name, fresh=True))
            if again:
                self.action_choose(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Read back."""
        self.action_scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Read on."""
        self.action_scroll(3)
