"""LACP on the screen: what the keys and the mouse choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from bondtui.ui.screens.above import Above
from bondtui.view.lacp import lacp_page
from bondtui.view.page import Page, Scroll

if TYPE_CHECKING:
    from bondtui.ui.screens.triaging import Triaging
    from bondtui.view.look import Look


class LacpScreen(Above):
    """Both ends of every port of the chosen bond. The highlighted slave is that of the dashboard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "explain", "explain", id="lacp.explain", tooltip="Explain the bits of the highlighted slave"),
        Binding("f", "findings", "findings", id="lacp.findings", tooltip="Findings of the chosen bond"),
        Binding("l", "back", "back", id="lacp.back", tooltip="Back to the dashboard"),
    ]
    FOOTER: ClassVar[Mapping[str, int]] = {
        "lacp.explain": 0,
        "lacp.findings": 2,
        "above.bond": 1,
        "above.keep": 0,
        "above.revert": 0,
        "above.freeze": 3,
        "help": 1,
        "lacp.back": 0,
    }

    def __init__(self, desk: Triaging, *, colour: bool) -> None:
        super().__init__(desk, colour=colour)
        self._scroll = Scroll()

    def page(self, look: Look, cells: int, rows: int) -> Page:
        """Draw it."""
        drawn = lacp_page(look, self._scroll, cells, rows)
        self._scroll = drawn.scroll
        return drawn

    def choose(self, which: int) -> None:
        """Highlight the slave that was clicked."""
        self._scroll = self._scroll._replace(free=False)
        self.desk.choose_slave(which)

    def action_move(self, step: int) -> None:
        """Highlight another slave."""
        self._scroll = self._scroll._replace(free=False)
        self.desk.action_slave(step)

    def action_scroll(self, rows: int) -> None:
        """Scroll by hand, until another slave is chosen."""
        self._scroll = Scroll(max(0, min(self._page.hidden, self._page.scroll.top + rows)), free=True)
        self.draw()

    def action_explain(self) -> None:
        """What the bits mean."""
        self.desk.explain(label="actor")

    def action_findings(self) -> None:
        """The findings instead."""
        self.desk.open_findings(instead=True)
