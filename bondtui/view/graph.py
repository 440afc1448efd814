"""A rate graph in one line: zero floor, a given ceiling, one cell per sample, newest at the right."""

from __future__ import annotations

from bondtui.view.glyphs import Glyphs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def bars(samples: Sequence[float | None], cells: int, ceiling: float, glyphs: Glyphs) -> str:
    """The last samples as bars. Cells without a sample show a gap, and nothing is stretched.

    Anything above zero is at least one step above the floor, so that little is not nothing.
    """
    if cells <= 0:
        return ""
    shown = samples[-cells:]
    levels, gap, floor = glyphs.levels, glyphs.gap, glyphs.levels[0]
    if max(filter(None, shown), default=0.0) > ceiling:
        shown = [each and min(each, ceiling) for each in shown]
    steps = (len(levels) - 1) / ceiling if ceiling else 0.0
    drawn = [gap if each is None else floor if each <= 0 else levels[int(each * steps + 0.5) or 1] for each in shown]
    return gap * (cells - len(shown)) + "".join(drawn)
