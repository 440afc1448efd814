"""The part of the dashboard that leads to its diagnosis: findings, explanations, LACP, and what lies around the bonds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.binding import Binding

from bondtui.core.words import printable
from bondtui.model.bond import LACP
from bondtui.model.reading import Stamp
from bondtui.ports import Archive, Probing, Surroundings, Watcher
from bondtui.ui.actions import Actions
from bondtui.ui.screens.above import Above
from bondtui.ui.screens.pinging import Pinging
from bondtui.view.look import Look, chosen_bond

if TYPE_CHECKING:
    from bondtui.model.around import Around
    from bondtui.model.finding import Finding
    from bondtui.ui.outlook import Outlook


class Triaging(Pinging):
    """A screen whose chosen bond can be looked into."""

    BINDINGS = [
        Binding(
            "f", "findings", "findings", id="findings", tooltip="What is wrong with the chosen bond, with evidence"
        ),
        Binding("e", "explain", "explain", id="explain", tooltip="What the finding and the fields on the screen mean"),
        Binding("l", "lacp", "LACP", id="lacp", tooltip="LACP of the chosen bond, both ends bit by bit"),
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
        surroundings: Surroundings | None,
        colour: bool,
    ) -> None:
        super().__init__(watcher, look, clock, actions=actions, probing=probing, archive=archive, colour=colour)
        self._surroundings = surroundings
        self._outlook: Outlook | None = None
        self._around: Around = look.around
        """The newest; it goes on while the picture is frozen."""
        self._members: list[int] = []
        self._happened = 0

    def action_slave(self, step: int) -> None:
        """Highlight another slave of the chosen bond."""
        raise NotImplementedError

    def choose_slave(self, ifindex: int) -> None:
        """Highlight this slave of the chosen bond."""
        raise NotImplementedError

    def action_bond(self, step: int) -> None:
        """Look at another bond."""
        raise NotImplementedError

    def action_freeze(self) -> None:
        """Stop or go on drawing what is read."""
        raise NotImplementedError

    @property
    def look(self) -> Look:
        """What is looked at, for the pages above."""
        return self._look

    def on_mount(self) -> None:
        """Look around when the first frame is on the screen."""
        self.call_after_refresh(self.look_around)

    def on_unmount(self) -> None:
        """Look around no more."""
        if self._outlook is not None:
            self._outlook.stop()

    def look_around(self) -> None:
        """Begin to look at what lies around the bonds."""
        if self._surroundings is not None and self._outlook is None:
            from bondtui.ui.outlook import Outlook  # noqa: PLC0415 - not needed for the first frame

            self._members, self._happened = list(self._watcher.latest.links), self._watcher.latest.event_count
            self._outlook = Outlook(self._surroundings, self._watcher, self.take_around)
            self._outlook.start()

    def keep_looking_around(self) -> None:
        """Look again at once when an interface has come or gone, and soon when anything has happened."""
        if self._outlook is None:
            return
        latest = self._watcher.latest
        if self._members != (members := list(latest.links)):
            self._members = members
            self._outlook.look_again()
        elif self._happened != latest.event_count:
            self._happened = latest.event_count
            self._outlook.look_soon()

    def take_around(self, around: Around) -> None:
        """Take what lies around the bonds now; a picture that is frozen stays."""
        self._around = around
        if self._look.frozen is None and self.is_running:
            self.draw(around=around)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a bond there is nothing to look into."""
        if action in ("findings", "explain", "lacp"):
            return (None if self.why_not(action) else True) if self._look.monitor.bonds else False
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        """A bond of another mode has no LACP."""
        if action == "lacp" and self._look.monitor.bonds:
            bond = chosen_bond(self._look.bonds, self._look.bond)[0]
            mode = bond.options.mode_name
            return f"the mode of {printable(bond.name)} is {mode}, not 802.3ad" if bond.options.mode != LACP else ""
        return super().why_not(action)

    def draw_above(self) -> bool:
        """Bring the page above up to date, also one below a dialog; tells whether there is one."""
        if not self.is_running or self.app.screen is self:
            return False
        above = next((each for each in reversed(self.app.screen_stack) if isinstance(each, Above)), None)
        if above is not None:
            above.draw()
        return above is not None

    def action_findings(self) -> None:
        """Open the findings."""
        self.open_findings()

    def action_explain(self) -> None:
        """Explain the worst finding; the fields on the screen are listed with it."""
        self.explain()

    def action_lacp(self) -> None:
        """Open LACP."""
        self.open_lacp()

    def open_findings(self, *, instead: bool = False) -> None:
        """All findings of the chosen bond, instead of the page that is open or above it."""
        from bondtui.ui.screens.findings import FindingsScreen  # noqa: PLC0415 - not needed for the first frame

        self._hold_bond()
        self._open(FindingsScreen(self, colour=self._colour), instead=instead)

    def open_lacp(self, *, instead: bool = False) -> None:
        """LACP of the chosen bond, instead of the page that is open or above it."""
        from bondtui.ui.screens.lacp import LacpScreen  # noqa: PLC0415 - not needed for the first frame

        self._hold_bond()
        self._open(LacpScreen(self, colour=self._colour), instead=instead)

    def explain(self, finding: Finding | None = None, label: str | None = None) -> None:
        """A finding, or what the screen calls so."""
        from bondtui.ui.screens.explanation import ExplanationScreen  # noqa: PLC0415 - not needed for the first frame

        self._hold_bond()
        self._open(ExplanationScreen(self, colour=self._colour, finding=finding, label=label), instead=False)

    def _hold_bond(self) -> None:
        """The bond that is looked into stays the chosen one, also when another becomes the worst."""
        self.draw(bond=chosen_bond(self._look.bonds, self._look.bond)[0].ifindex)

    def _open(self, page: Above, *, instead: bool) -> None:
        if self._outlook is not None:
            self._outlook.look_again()  # a page says more of what lies around than the dashboard
        if instead:
            while isinstance(self.app.screen_stack[-2], Above):  # one key leads back to the dashboard
                self.app.pop_screen()
            self.app.switch_screen(page)
        else:
            self.app.push_screen(page)
