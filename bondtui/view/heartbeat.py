"""Probes as a strip: each cell is a slice of time, the newest at the right, and what was lost is a gap in it."""

from __future__ import annotations

from math import ceil, floor

from bondtui.drill.heartbeat import GOOD as ANSWERED
from bondtui.drill.heartbeat import LATE, LOST, NONE, WAITING
from bondtui.model.record import NamedTuple
from bondtui.view.glyphs import Glyphs
from bondtui.view.line import BAD, DIM, GOOD, PLAIN, STRONG, WARN, Line, Span, fit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SLICES_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
TICKS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
EDGE = 1e-6
"""Part of a cell by which an instant may be rounded into the next one."""
TICK_CELLS = 12
"""Times on the axis stand at least so far apart."""

_TONES = {ANSWERED: GOOD, LATE: WARN, LOST: BAD, WAITING: DIM, NONE: PLAIN}


class Strip(NamedTuple):
    """Which stretch of time a strip shows. Monotonic clock, seconds."""

    begin: float
    slice_s: float
    """How much time one cell is."""
    cells: int

    @property
    def end(self) -> float:
        """End of the newest cell."""
        return self.begin + self.slice_s * self.cells

    def cell(self, at: float) -> int:
        """In which cell an instant lies; it may be beside the strip."""
        return floor((at - self.begin) / self.slice_s + EDGE)


def signs(glyphs: Glyphs) -> dict[str, str]:
    """The sign of every state of a cell."""
    return {
        ANSWERED: glyphs.answered,
        LATE: glyphs.late,
        LOST: glyphs.lost,
        WAITING: glyphs.unknown,
        NONE: glyphs.gap,
    }


def strip(now: float, cells: int, *, span_s: float, period_s: float) -> Strip:
    """The last so many seconds or a little more; a cell is never less than the time between two probes.

    Cells begin at whole multiples of their length, so that what is drawn moves by whole cells.
    """
    cells = max(1, cells)
    least = max(span_s / cells, period_s)
    slice_s = next((each for each in SLICES_S if each >= least * 0.999), least)
    return Strip((ceil(now / slice_s) - cells) * slice_s, slice_s, cells)


def beats(states: Sequence[str], glyphs: Glyphs) -> Line:
    """The cells of a strip."""
    spans: list[Span] = []
    drawn = signs(glyphs)
    for state in states:
        tone = _TONES.get(state, PLAIN)
        if spans and spans[-1][1] == tone:
            spans[-1] = (spans[-1][0] + drawn.get(state, "?"), tone)
        else:
            spans.append((drawn.get(state, "?"), tone))
    return tuple(spans)


def axis(shown: Strip, marks: Iterable[tuple[float, str]], origin: float | None, glyphs: Glyphs) -> Line:
    """What lies under a strip: instants by name, and between them the time since ``origin``."""
    taken = [False] * shown.cells
    placed: list[tuple[int, str, str]] = []
    for at, words in marks:
        _place(placed, taken, shown.cell(at), f"{glyphs.mark}{words}", STRONG)
    if origin is not None:
        tick = next((each for each in TICKS_S if each >= shown.slice_s * TICK_CELLS), TICKS_S[-1])
        for number in range(max(1, ceil((shown.begin - origin) / tick)), ceil((shown.end - origin) / tick) + 1):
            _place(placed, taken, shown.cell(origin + number * tick), f"{glyphs.wall}+{number * tick:g} s", DIM)
    spans: list[Span] = []
    here = 0
    for cell, words, tone in sorted(placed):
        spans += [(" " * (cell - here), PLAIN), (words, tone)]
        here = cell + len(words)
    return fit(tuple(each for each in spans if each[0]), shown.cells)


def _place(placed: list[tuple[int, str, str]], taken: list[bool], cell: int, words: str, tone: str) -> None:
    """Put words there unless they would not fit or stand in the way of others."""
    end = cell + len(words) + 1
    if cell >= 0 and end <= len(taken) + 1 and not any(taken[max(0, cell - 1) : end]):
        placed.append((cell, words, tone))
        taken[cell:end] = [True] * (min(end, len(taken)) - cell)
