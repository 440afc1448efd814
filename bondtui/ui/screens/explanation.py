"""Explanations on the screen: what the keys and the mouse ask about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from bondtui.ui.screens.above import Above
from bondtui.view.explained import at_topic, chosen_at, explained_page, first_asked, first_asked_of, moved, offered
from bondtui.view.look import Look, chosen_bond
from bondtui.view.page import Page, Scroll

if TYPE_CHECKING:
    from bondtui.model.finding import Finding
    from bondtui.ui.screens.triaging import Triaging


class ExplanationScreen(Above):
    """What is on the screen, and the text of one of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "back", "back", id="explanation.back", tooltip="Back to where this was asked"),
        Binding("f", "findings", "findings", id="explanation.findings", tooltip="Findings of the chosen bond"),
        Binding("l", "lacp", "LACP", id="explanation.lacp", tooltip="LACP of the chosen bond"),
    ]
    FOOTER: ClassVar[Mapping[str, int]] = {
        "explanation.findings": 2,
        "explanation.lacp": 2,
        "above.bond": 1,
        "above.keep": 0,
        "above.revert": 0,
        "above.freeze": 3,
        "help": 1,
        "explanation.back": 0,
    }

    def __init__(
        self, desk: Triaging, *, colour: bool, finding: Finding | None = None, label: str | None = None
    ) -> None:
        """Make it.

        Args:
            desk: The dashboard beneath.
            colour: Whether colours are wanted.
            finding: What is explained first,
            label: or what the screen calls it; without either the worst finding or the verdict.
        """
        super().__init__(desk, colour=colour)
        self._bond = desk.look.bond
        offers = offered(desk.look)
        self._asked = first_asked(offers)
        for n, each in enumerate(offers):
            if (finding is not None and each.finding == finding) or (finding is None and each.label == label):
                self._asked = at_topic(offers, n)
                break

    def page(self, look: Look, cells: int, rows: int) -> Page:
        """Draw it; another bond is explained from its beginning."""
        shown = chosen_bond(look.bonds, look.bond)[0].ifindex
        if shown != self._bond:
            self._bond = shown
            self._asked = first_asked_of(offered(look), self._asked)
        drawn = explained_page(look, self._asked, cells, rows)
        self._asked = self._asked._replace(scroll=drawn.scroll)
        return drawn

    def choose(self, which: int) -> None:
        """Explain what was clicked."""
        self._asked = chosen_at(offered(self.desk.look), self._asked, which)
        self.draw()

    def action_move(self, step: int) -> None:
        """Explain another one."""
        self._asked = moved(offered(self.desk.look), self._asked, step)
        self.draw()

    def action_scroll(self, rows: int) -> None:
        """Read on in the text, or back."""
        top = max(0, min(self._page.hidden, self._page.scroll.top + rows))
        self._asked = self._asked._replace(scroll=Scroll(top, free=True))
        self.draw()

    def action_findings(self) -> None:
        """The findings instead."""
        self.desk.open_findings(instead=True)

    def action_lacp(self) -> None:
        """LACP instead."""
        self.desk.open_lacp(instead=True)
