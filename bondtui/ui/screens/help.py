"""The help screen: keys from the bindings themselves, then the signs."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from bondtui.core.words import printable
from bondtui.ui.screens.offering import Offer
from bondtui.view.glyphs import ASCII
from bondtui.view.legend import legend
from bondtui.view.line import wrapped
from bondtui.view.look import Look

INDENT = 20


class Help(ModalScreen[None]):
    """Keys, signs and words explained."""

    BINDINGS = [("escape,question_mark,q,space", "dismiss", "back")]
    AUTO_FOCUS = "#help"

    def __init__(self, offers: Iterable[Offer], look: Look) -> None:
        super().__init__()
        self._offers = list(offers)
        self._look = look

    def compose(self) -> ComposeResult:
        """One page of text that scrolls; that it is simulated or a lab stays in sight."""
        if label := self._look.monitor.label:
            yield Static(f" {label} ", id="label")
        with VerticalScroll(id="help", classes="-ascii" if self._look.glyphs is ASCII else ""):
            yield Static(id="page")

    def on_resize(self) -> None:
        """Break the lines where the screen ends."""
        self.query_one("#page", Static).update(self._text(max(20, self.size.width - 5)))

    def _shown(self, binding: Binding) -> str:
        return binding.key if self._look.glyphs is ASCII else self.app.get_key_display(binding)

    def _text(self, cells: int) -> Content:
        keys: dict[str, list[str]] = {}
        for _, binding, why_not in self._offers:
            meaning = f"{binding.tooltip} (not possible: {printable(why_not)})" if why_not else binding.tooltip
            keys.setdefault(meaning, []).append(self._shown(binding))
        sections = [("Keys", [(" ".join(dict.fromkeys(each)), tooltip) for tooltip, each in keys.items()])]
        parts: list[Content | str] = []
        for title, rows in [*sections, *legend(self._look.glyphs)]:
            parts.append(Content.styled(f"{title}\n", "bold"))
            for sign, meaning in rows:
                parts.append(Content.styled(f"  {sign:<{INDENT - 2}}", "bold"))
                parts.append(f"\n{' ' * INDENT}".join(wrapped(meaning, cells - INDENT)) + "\n")
            parts.append("\n")
        parts.append(Content.styled("? or Esc goes back", "dim"))
        return Content.assemble(*parts)
