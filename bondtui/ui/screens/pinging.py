"""The part of the dashboard that looks beyond the kernel's word: the ping strip, and what drills have proven."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding

from bondtui.model.reading import Stamp
from bondtui.ports import Archive, Probing, Watcher
from bondtui.ui.actions import Actions
from bondtui.ui.screens.acting import Acting
from bondtui.view.look import Look, chosen_bond

if TYPE_CHECKING:
    from bondtui.drill.strip import Strip
    from bondtui.ui.ping import Ping


class Pinging(Acting):
    """A screen whose chosen bond can be probed, and that knows the history of its drills."""

    BINDINGS = [
        Binding("p", "ping", "ping", id="ping", tooltip="Ping over the chosen bond all the time, or stop that"),
    ]

    def __init__(  # noqa: PLR0913 - all that the application hands on
        self,
        watcher: Watcher,
        look: Look,
        clock: Callable[[], Stamp],
        *,
        actions: Actions | None,
        probing: Probing | None,
        archive: Archive | None,
        colour: bool,
    ) -> None:
        super().__init__(look, clock, actions, colour=colour)
        self._watcher = watcher
        self._probing = probing
        self._archive = archive
        self._ping: Ping | None = None
        self._strip: Strip | None = None
        """The newest of the ping strip; it goes on while the picture is frozen."""

    def draw_strip(self) -> None:
        """Bring the ping strip on the screen up to date, and leave all else alone."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Read the history when the first frame is on the screen."""
        self.call_after_refresh(self.load_history)

    def on_unmount(self) -> None:
        """Send no more probes."""
        if self._ping is not None:
            self._ping.stop()

    def load_history(self) -> None:
        """Read the history of drills, aside; without one nothing is said about it."""
        if self._archive is not None and self._aside is not None:
            self.run_worker(self._load_history(self._archive.history), group="history", exit_on_error=False)

    async def _load_history(self, read: Callable[[], Sequence[Mapping[str, object]]]) -> None:
        if self._aside is not None:
            self.draw(history=tuple(await self._aside.run(read)))

    def _drilled(self, answer: None) -> None:
        super()._drilled(answer)
        self.load_history()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer no probes where there is nothing to probe, or nothing to do it with."""
        if action == "ping":
            return self._probing is not None and bool(self._look.monitor.bonds)
        return super().check_action(action, parameters)

    def action_ping(self) -> None:
        """Probe over the chosen bond, which stays the chosen one then; or stop that."""
        if self._ping is not None and self._ping.bond is not None:
            self._follow(None)
            self.draw(ping=None)
        elif self._look.monitor.bonds:
            bond = chosen_bond(self._look.bonds, self._look.bond)[0]
            self._follow(bond.ifindex)
            self.draw(bond=bond.ifindex, ping=self._strip)

    def take_strip(self, strip: Strip) -> None:
        """Take what there is to see now; a picture that is frozen stays, once there is something on it."""
        if self._ping is None or self._ping.bond != strip.bond:
            return  # told before another bond was chosen
        self._strip = strip
        if self._look.frozen is None or (self._look.ping is not None and not self._look.ping.address):
            self._look = self._look._replace(ping=strip)
            self.draw_strip()

    def keep_pinged(self) -> None:
        """Have the probes go with the chosen bond; where it is gone, with the one that is shown instead."""
        if self._ping is None or self._ping.bond is None or not self._look.monitor.bonds:
            return
        shown = self._look.bond
        if self._look.monitor.bond_at(shown) is None:
            shown = chosen_bond(self._look.bonds, shown)[0].ifindex
        if shown != self._ping.bond:
            self._follow(shown)
            self._look = self._look._replace(ping=self._strip)

    def _follow(self, bond: int | None) -> None:
        if self._ping is None and self._probing is not None:
            from bondtui.ui.ping import Ping  # noqa: PLC0415 - not needed for the first frame

            self._ping = Ping(self._probing, self._watcher, self._clock, self.take_strip)
        self._strip = self._ping.follow(bond) if self._ping is not None else None
