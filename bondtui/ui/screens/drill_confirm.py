"""The question before a drill: like that before an action, and as hard to answer by mistake."""

from __future__ import annotations

from bondtui.model.action import ASK
from bondtui.model.drill import Preflight
from bondtui.ui.screens.confirm import Confirm, ConfirmByKey, ConfirmByName
from bondtui.ui.screens.sheet import Sheet
from bondtui.view.drill_preflight import agreement_lines, subject
from bondtui.view.line import STRONG, WARN, Line
from bondtui.view.look import Look


class _OfDrill(Confirm):
    """What is said is said of a drill."""

    YES_LABEL = "Start"

    def __init__(self, preflight: Preflight, look: Look, *, colour: bool) -> None:
        tone = WARN if preflight.verdict == ASK else STRONG
        Sheet.__init__(self, look, (f"Start the drill: {subject(preflight)}", tone), colour=colour)
        self.bond = preflight.bond
        self._preflight = preflight

    def text(self, cells: int, rows: int) -> list[Line]:
        """What will be done to the link, and what speaks against it."""
        return agreement_lines(self._preflight, self.look.glyphs, cells)


class DrillByKey(_OfDrill, ConfirmByKey):
    """Where every check is content, one key is enough."""

    HINT = "y starts, n or Esc cancels"


class DrillByName(_OfDrill, ConfirmByName):
    """Where a check asks, the bond's name must be typed."""


def confirm_drill(preflight: Preflight, look: Look, *, colour: bool) -> _OfDrill:
    """The question that suits what the pre-flight says."""
    return (DrillByName if preflight.verdict == ASK else DrillByKey)(preflight, look, colour=colour)
