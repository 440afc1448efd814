"""The dashboard: keys and mouse change what is looked at or act on a slave, news and the clock draw it again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding

from bondtui.core.monitor import Monitor
from bondtui.model.reading import Stamp
from bondtui.ports import Archive, Lab, Probing, Surroundings, Watcher
from bondtui.ui.actions import Actions
from bondtui.ui.screens.faulting import Faulting
from bondtui.ui.widgets.canvas import Canvas
from bondtui.view.look import Look, chosen_bond, chosen_slave
from bondtui.view.screen import Picture, picture, with_ping

INTERVALS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
LONGEST_PAUSE_S = 1.05
"""The clock and the ages are drawn this often when there is no news; news comes once a second."""
TICK_MARGIN_S = 0.02
"""The countdown is drawn so long after its second has passed, so that it never shows the same one twice."""
FOOTER = {
    "down": 1,
    "up": 2,
    "activate": 3,
    "drill": 1,
    "findings": 1,
    "faults": 1,
    "explain": 3,
    "lacp": 4,
    "keep": 0,
    "revert": 0,
    "bond.next": 4,
    "ping": 4,
    "freeze": 5,
    "interval.longer": 7,
    "interval.shorter": 7,
    "palette": 6,
    "help": 0,
    "quit": 0,
}
"""The keys of the footer from left to right, and their ranks (see ``Key.rank``)."""


class Dashboard(Faulting):
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

    def __init__(  # noqa: PLR0913 - all that the application hands on
        self,
        watcher: Watcher,
        look: Look,
        clock: Callable[[], Stamp],
        paint: Callable[[str], bool],
        *,
        actions: Actions | None,
        colour: bool,
        probing: Probing | None = None,
        archive: Archive | None = None,
        surroundings: Surroundings | None = None,
        lab: Lab | None = None,
    ) -> None:
        super().__init__(
            *(watcher, look, clock),
            actions=actions,
            probing=probing,
            archive=archive,
            surroundings=surroundings,
            colour=colour,
        )
        self._lab = lab
        self._paint = paint
        self._picture = Picture([], [])
        self._alarm: asyncio.TimerHandle | None = None
        self._keys_of: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """One canvas that fills the screen."""
        yield Canvas(colour=self._colour, paint=self._paint, id="canvas")

    def on_unmount(self) -> None:
        """Draw no more."""
        if self._alarm is not None:
            self._alarm.cancel()

    def newest(self) -> Monitor:
        """What is known now, whatever the picture shows."""
        return self._watcher.latest

    def take_news(self) -> None:
        """Take the newest state, unless the picture is frozen."""
        self.keep_looking_around()
        if self._look.frozen is None:
            latest = self._watcher.latest
            new = latest.event_count - self._look.monitor.event_count
            back = self._look.events_back
            self.draw(monitor=latest, events_back=back + new if back else 0)

    def on_resize(self) -> None:
        """Share the new room out again."""
        self.draw()

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
        self.draw(bond=bond.ifindex, slave=indexes[max(0, min(len(indexes) - 1, position + step))])

    def choose_slave(self, ifindex: int) -> None:
        """Highlight this slave of the chosen bond, which must not change under the pointer."""
        self.draw(bond=chosen_bond(self._look.bonds, self._look.bond)[0].ifindex, slave=ifindex)

    def action_bond(self, step: int) -> None:
        """Look at another bond."""
        if judged := self._look.bonds:
            order = [bond.ifindex for bond, _ in judged]
            position = order.index(chosen_bond(judged, self._look.bond)[0].ifindex)
            self.draw(bond=order[(position + step) % len(order)], slave=None)

    def action_freeze(self) -> None:
        """Stop or go on drawing what is read."""
        if self._look.frozen is None:
            self.draw(frozen=self._clock())
        else:
            self.draw(frozen=None, monitor=self._watcher.latest, ping=self._strip, around=self._around)

    def action_interval(self, step: int) -> None:
        """Read less often or more often."""
        now = self._look.monitor.interval
        slower = [each for each in INTERVALS if each > now]
        faster = [each for each in INTERVALS if each < now]
        chosen = (slower[:1] if step > 0 else faster[-1:]) or [now]
        self._watcher.set_interval(chosen[0])
        self.draw(monitor=self._look.monitor._replace(interval=chosen[0]))

    def action_log(self, step: int) -> None:
        """Scroll the event log."""
        most = max(0, len(self._look.monitor.events) - len(self._picture.log))
        self.draw(events_back=max(0, min(most, self._look.events_back + step)))

    async def on_click(self, event: events.Click) -> None:
        """Choose what was clicked; a key in the footer is pressed."""
        for spot in self._picture.spots:
            if spot.row == event.screen_y and spot.start <= event.screen_x < spot.end:
                if spot.kind == "bond" and isinstance(spot.which, int):
                    self.draw(bond=spot.which, slave=None)
                elif spot.kind == "slave" and isinstance(spot.which, int):
                    self.choose_slave(spot.which)
                elif spot.kind == "key":
                    await self.press_shown(str(spot.which))
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
        """Hide the keys that would have no meaning now."""
        if action == "bond":
            return len(self._look.monitor.bonds) > 1
        return super().check_action(action, parameters)

    def draw(self, **changes: object) -> None:
        """Change what is looked at and bring the screen up to date."""
        self._look = self._look._replace(now=self._clock(), **changes)  # type: ignore[arg-type]
        if self._look.pending_mine != self.pending_mine:
            self._look = self._look._replace(pending_mine=self.pending_mine)
        if self._look.notice is not None and self._look.notice.until <= self._look.now.mono:
            self._look = self._look._replace(notice=None)
        self.keep_pinged()
        self.keep_asking()
        offered = (
            self.check_action("bond", ()),
            self.check_action("ping", ()),
            self.why_not("act"),
            self.check_action("lacp", ()),
            self.check_action("settle", ()),
        )
        if offered != self._keys_of:
            self._keys_of = offered
            self._look = self._look._replace(keys=self.footer_keys(FOOTER))
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(self._pause(), self.draw)
        if not self.draw_above() and self._can_draw:
            self._picture = picture(self._look, self.size.width, self.size.height)
            self.query_one(Canvas).show(self._picture.lines)

    @property
    def _can_draw(self) -> bool:
        """Whether there is something to draw on: no other screen is above, and this one is not being left."""
        return self.is_running and self.is_current and bool(self.size)

    def draw_strip(self) -> None:
        """Bring the ping strip on the screen up to date, and leave all else alone."""
        if not self._can_draw:
            return
        drawn = with_ping(self._picture, self._look, self.size.width)
        if drawn is None:
            self.draw()
            return
        self._picture = drawn
        self.query_one(Canvas).show(drawn.lines)

    def _pause(self) -> float:
        """How long the picture stays true when nothing happens: a countdown changes on its own second."""
        left, notice = self._look.seconds_left, self._look.notice
        pause = LONGEST_PAUSE_S if left is None else left % 1.0 + TICK_MARGIN_S
        return max(TICK_MARGIN_S, min(pause, notice.until - self._look.now.mono)) if notice else pause
