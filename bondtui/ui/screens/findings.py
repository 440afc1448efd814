"""The findings on the screen: what the keys and the mouse choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from bondtui.model.finding import Finding
from bondtui.ui.screens.above import Above
from bondtui.view.findings import At, findings_page, highlighted, moved
from bondtui.view.look import Look, chosen_bond
from bondtui.view.page import Page, Scroll

if TYPE_CHECKING:
    from bondtui.ui.screens.triaging import Triaging


class FindingsScreen(Above):
    """All findings of the chosen bond, one of them opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "explain", "explain", id="findings.explain", tooltip="Explain the highlighted finding"),
        Binding(
            "enter", "explain", "explain", id="findings.open", show=False, tooltip="Explain the highlighted finding"
        ),
        Binding("m", "manager", "manager", id="findings.manager", show=False, tooltip="The fix for another manager"),
        Binding("l", "lacp", "LACP", id="findings.lacp", tooltip="LACP of the chosen bond"),
        Binding("f", "back", "back", id="findings.back", tooltip="Back to the dashboard"),
    ]
    FOOTER: ClassVar[Mapping[str, int]] = {
        "findings.explain": 0,
        "findings.lacp": 2,
        "above.bond": 1,
        "above.keep": 0,
        "above.revert": 0,
        "above.freeze": 3,
        "help": 1,
        "findings.back": 0,
    }

    def __init__(self, desk: Triaging, *, colour: bool) -> None:
        super().__init__(desk, colour=colour)
        self._bond = desk.look.bond
        self._at = moved(self._found, At(), 0)

    @property
    def _found(self) -> Sequence[Finding]:
        look = self.desk.look
        return chosen_bond(look.bonds, look.bond)[1].findings if look.monitor.bonds else ()

    def page(self, look: Look, cells: int, rows: int) -> Page:
        """Draw them; another bond begins at its worst."""
        shown = chosen_bond(look.bonds, look.bond)[0].ifindex
        if shown != self._bond:
            self._bond = shown
            self._at = moved(self._found, At(manager=self._at.manager), 0)
        drawn = findings_page(look, self._at, cells, rows)
        self._at = self._at._replace(scroll=drawn.scroll)
        return drawn

    def choose(self, which: int) -> None:
        """Highlight the one that was clicked; a second click explains it."""
        found = self._found
        if not found:
            return
        here = highlighted(found, self._at)
        if which == here and self._at.finding is not None:
            self.action_explain()
            return
        self.action_move(which - here)

    def action_move(self, step: int) -> None:
        """Highlight another one."""
        self._at = moved(self._found, self._at, step)._replace(scroll=Scroll(self._at.scroll.top))
        self.draw()

    def action_scroll(self, rows: int) -> None:
        """Scroll by hand, until another one is chosen."""
        top = max(0, min(self._page.hidden, self._page.scroll.top + rows))
        self._at = self._at._replace(scroll=Scroll(top, free=True))
        self.draw()

    def action_manager(self) -> None:
        """The permanent fix for the next network manager."""
        self._at = self._at._replace(manager=self._at.manager + 1)
        self.draw()

    def action_explain(self) -> None:
        """What the highlighted one means."""
        found = self._found
        self.desk.explain(found[highlighted(found, self._at)] if found else None)

    def action_lacp(self) -> None:
        """LACP instead."""
        self.desk.open_lacp(instead=True)
