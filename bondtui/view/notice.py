"""A few words about what was just done, directly above the footer."""

from __future__ import annotations

from bondtui.core.words import printable
from bondtui.view.head import shortened
from bondtui.view.line import BAD, GOOD, PLAIN, STRONG, WARN, Line, fit, flowed
from bondtui.view.look import Look

LINES_AT_MOST = 3
LEAST_ROWS = 4
"""Below this there is room for the top line, the verdict and the footer alone."""


def notice_lines(look: Look, cells: int, rows: int) -> list[Line]:
    """Its lines; none when there is nothing to say, or no more."""
    notice = look.notice
    if notice is None or look.now.mono >= notice.until or rows < LEAST_ROWS:
        return []
    sign, tone = {
        "good": (look.glyphs.ok, GOOD),
        "warn": (look.glyphs.warn, WARN),
        "bad": (look.glyphs.bad, BAD),
    }.get(notice.severity, (look.glyphs.chosen, STRONG))
    said: Line = ((f"{sign} ", tone), (printable(notice.words), tone if notice.severity != "good" else PLAIN))
    lines = [fit(line, cells) for line in flowed(said, cells, indent="   ")]
    return shortened(lines, max(1, min(LINES_AT_MOST, rows // 6)), cells, look.glyphs.cut)
