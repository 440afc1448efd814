"""The dashboard: keys and mouse change what is looked at, news and the clock draw it again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from bondtui.model.reading import Stamp
from bondtui.ports import Watcher
from bondtui.ui.widgets.canvas import Canvas
from bondtui.view.look import Look, chosen_bond, chosen_slave
from bondtui.view.screen import Picture, picture

INTERVALS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
LONGEST_PAUSE_S = 1.05
"""The clock and the ages are drawn this often when there is no news; news comes once a second."""


class Dashboard(Screen[None]):
    """Every bond of the machine, live."""

    BINDINGS = [
        Binding("up", "slave(-1)", "slave", id="slave.previous", show=False, tooltip="Highlight the slave above"),
        Binding("down", "slave(1)", "slave", id="slave.next", show=False, tooltip="Highlight the slave below"),
        Binding("tab", "bond(1)", "bond", id="bond.next", tooltip="Look at the next bond"),
        Binding("right", "bond(1)", "bond", id="bond.right", show=False, tooltip="Look at the next bond"),
        Binding("shift+tab", "bond(-1)", "bond", id="bond.previous", show=False, tooltip="Look at the bond before"),
        Binding("left", "bond(-1)", "bond", id="bond.left", show=False, tooltip="Look at the bond before"),
        Binding("space", "freeze", "freeze", id="freeze", tooltip="Stop the picture, or let it run; reading goes on"),
        Binding("plus", "interval(1)", "slower", id="interval.longer", key_display="+", tooltip="Read less often"),
        Binding("minus", "interval(-1)", "faster", id="interval.shorter", key_display="-", tooltip="Read more often"),
        Binding("pageup", "log(10)", "log", id="log.back", show=False, tooltip="Older events"),
        Binding("pagedown", "log(-10)", "log", id="log.forward", show=False, tooltip="Newer events"),
        Binding("home", "log(1000000)", "log", id="log.oldest", show=False, tooltip="The oldest event"),
        Binding("end", "log(-1000000)", "log", id="log.newest", show=False, tooltip="The newest event"),
    ]

    def __init__(
        self,
        watcher: Watcher,
        look: Look,
        clock: Callable[[], Stamp],
        paint: Callable[[str], bool],
        *,
        colour: bool,
    ) -> None:
        super().__init__()
        self._paint = paint
        self._clock = clock
        self._watcher = watcher
        self._look = look
        self._colour = colour
        self._picture = Picture([], [])
        self._alarm: asyncio.TimerHandle | None = None

    def compose(self) -> ComposeResult:
        """One canvas that fills the screen."""
        yield Canvas(colour=self._colour, paint=self._paint, id="canvas")

    def on_unmount(self) -> None:
        """Draw no more."""
        if self._alarm is not None:
            self._alarm.cancel()

    def take_news(self) -> None:
        """Take the newest state, unless the picture is frozen."""
        if self._look.frozen is None:
            latest = self._watcher.latest
            new = latest.event_count - self._look.monitor.event_count
            back = self._look.events_back
            self._draw(monitor=latest, events_back=back + new if back else 0)

    def on_resize(self) -> None:
        """Share the new room out again."""
        self._draw()

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was on top."""
        self.take_news()

    def action_slave(self, step: int) -> None:
        """Highlight another slave of the chosen bond."""
        judged = self._look.bonds
        if not judged or not (bond := chosen_bond(judged, self._look.bond)[0]).slaves:
            return
        indexes = [slave.ifindex for slave in bond.slaves]
        now = chosen_slave(bond, self._look.slave)
        position = indexes.index(now.ifindex) if now else 0
        self._draw(bond=bond.ifindex, slave=indexes[max(0, min(len(indexes) - 1, position + step))])

    def action_bond(self, step: int) -> None:
        """Look at another bond."""
        if judged := self._look.bonds:
            order = [bond.ifindex for bond, _ in judged]
            position = order.index(chosen_bond(judged, self._look.bond)[0].ifindex)
            self._draw(bond=order[(position + step) % len(order)], slave=None)

    def action_freeze(self) -> None:
        """Stop or go on drawing what is read."""
        if self._look.frozen is None:
            self._draw(frozen=self._clock())
        else:
            self._draw(frozen=None, monitor=self._watcher.latest)

    def action_interval(self, step: int) -> None:
        """Read less often or more often."""
        now = self._look.monitor.interval
        slower = [each for each in INTERVALS if each > now]
        faster = [each for each in INTERVALS if each < now]
        chosen = (slower[:1] if step > 0 else faster[-1:]) or [now]
        self._watcher.set_interval(chosen[0])
        self._draw(monitor=self._look.monitor._replace(interval=chosen[0]))

    def action_log(self, step: int) -> None:
        """Scroll the event log."""
        most = max(0, len(self._look.monitor.events) - len(self._picture.log))
        self._draw(events_back=max(0, min(most, self._look.events_back + step)))

    async def on_click(self, event: events.Click) -> None:
        """Choose what was clicked; a key in the footer is pressed."""
        for spot in self._picture.spots:
            if spot.row == event.screen_y and spot.start <= event.screen_x < spot.end:
                if spot.kind == "bond" and isinstance(spot.which, int):
                    self._draw(bond=spot.which, slave=None)
                elif spot.kind == "slave" and isinstance(spot.which, int):
                    self._draw(slave=spot.which)
                elif spot.kind == "key":
                    await self.run_action(self._footer_actions()[str(spot.which)][1])
                return

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Older events, or the slave above."""
        self._scroll(event.screen_y, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Newer events, or the slave below."""
        self._scroll(event.screen_y, -1)

    def _scroll(self, row: int, older: int) -> None:
        if row in self._picture.log:
            self.action_log(3 * older)
        else:
            self.action_slave(-older)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys that would do nothing now."""
        return len(self._look.monitor.bonds) > 1 if action == "bond" else True

    def _footer_actions(self) -> dict[str, tuple[str, str]]:
        """Word and action of each key that the footer offers, from the bindings that are active now."""
        offered = [each.binding for each in self.active_bindings.values() if each.binding.show and each.enabled]
        return {self.app.get_key_display(each): (each.description, each.action) for each in offered}

    def _draw(self, **changes: object) -> None:
        """Change what is looked at and bring the screen up to date."""
        now = self._clock()
        several = len(self._look.monitor.bonds) > 1
        self._look = self._look._replace(now=now, **changes)  # type: ignore[arg-type]
        if not self._look.keys or several != (len(self._look.monitor.bonds) > 1):
            keys = tuple((key, word) for key, (word, _) in self._footer_actions().items())
            self._look = self._look._replace(keys=keys)
        self.on_unmount()
        self._alarm = asyncio.get_running_loop().call_later(LONGEST_PAUSE_S, self._draw)
        if self.is_current and self.size:
            self._picture = picture(self._look, self.size.width, self.size.height)
            self.query_one(Canvas).show(self._picture.lines)
