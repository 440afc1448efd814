"""A widget that shows styled lines and repaints only the cells that changed.

It draws by overriding ``render_lines`` with strips made once per changed line, and hands changed
spans to whoever can paint them at once. That is what keeps an idle dashboard as cheap as a C program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from bondtui.view.line import TONES, Line, line_width, width
from bondtui.view.tones import BOLD, FAINT, REVERSE, escaped, sgr


def rich_style(tone: str, *, colour: bool) -> Style:
    """A tone as a Rich style."""
    parameters = sgr(tone, colour=colour)
    hue = next((each for each in parameters if each >= 30), None)
    return Style(
        color=None if hue is None else Color.from_ansi(hue - 30),
        bold=BOLD in parameters or None,
        dim=FAINT in parameters or None,
        reverse=REVERSE in parameters or None,
    )


def changed_runs(old: Line, new: Line) -> list[tuple[int, Line]]:
    """The parts of a line that must be drawn again: where each begins, and its spans."""
    if len(old) != len(new):
        return [(0, new)]
    runs: list[tuple[int, Line]] = []
    cell = 0
    joined = False
    for before, after in zip(old, new, strict=True):
        size = width(after[0])
        if before == after:
            joined = False
        elif width(before[0]) != size:
            return [(0, new)]
        elif joined:
            runs[-1] = (runs[-1][0], (*runs[-1][1], after))
        else:
            runs.append((cell, (after,)))
            joined = True
        cell += size
    return runs


class Canvas(Widget):
    """Shows the lines it was last given; each must be as wide as the widget."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Canvas { width: 1fr; height: 1fr; }"

    def __init__(self, *, colour: bool, paint: Callable[[str], bool], id: str | None = None) -> None:  # noqa: A002
        """Make an empty canvas.

        Args:
            colour: Whether colours are wanted.
            paint: Writes to the terminal past Textual's compositor, which draws whole rows and takes
                longer than everything else in a second. It answers False where it cannot.
            id: Textual's own.
        """
        super().__init__(id=id)
        self._colour = colour
        self._paint = paint
        self._styles_of = {tone: rich_style(tone, colour=colour) for tone in TONES}
        self._lines: list[Line] = []
        self._strips: list[Strip | None] = []

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines; what is already on screen is left alone."""
        old, self._lines = self._lines, list(lines)
        if len(old) != len(lines):
            self._strips = [None] * len(lines)
            self.refresh()
            return
        painted: list[str] = []
        regions: list[Region] = []
        for row, (before, after) in enumerate(zip(old, lines, strict=True)):
            if before == after:
                continue
            self._strips[row] = None
            for start, spans in changed_runs(before, after):
                painted.append(f"\x1b[{row + 1};{start + 1}H{escaped(spans, colour=self._colour)}")
                regions.append(Region(start, row, line_width(spans), 1))
        if painted and not self._paint("".join(painted)):
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of the rows asked for, cut to the columns asked for."""
        return [self._strip(row).crop_extend(crop.x, crop.right, None) for row in range(crop.y, crop.bottom)]

    def _strip(self, row: int) -> Strip:
        if row >= len(self._lines):
            return Strip([])
        strip = self._strips[row]
        if strip is None:
            strip = Strip([Segment(text, self._styles_of[tone]) for text, tone in self._lines[row]])
            self._strips[row] = strip
        return strip
