"""A page that stands above the dashboard: what must stay in sight, panes that scroll, and the keys."""

from __future__ import annotations

from bondtui.core.words import age, printable
from bondtui.model.record import NamedTuple
from bondtui.view.banner import banner
from bondtui.view.head import footer, rule, shortened, top_line
from bondtui.view.line import BAD, DIM, PLAIN, Line, fit, flowed, line_width
from bondtui.view.look import Judged, Look
from bondtui.view.notice import notice_lines
from bondtui.view.screen import Spot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RULES_FROM_ROWS = 14
"""From this height on there is room for lines between the parts."""
WIDE_FROM = 120
"""From this width on two panes stand beside each other."""
LABEL_CELLS = 11
BLANK: Line = ((" ", PLAIN),)


class Scroll(NamedTuple):
    """How far a pane is scrolled."""

    top: int = 0
    """How many of its lines are hidden above."""
    free: bool = False
    """It was scrolled by hand: what is highlighted need not be in sight."""


class Pane(NamedTuple):
    """Lines that scroll where there is not room for all."""

    lines: Sequence[Line]
    by_hand: bool = False
    """It is scrolled with the page keys; otherwise what is highlighted says what is seen."""
    keep: range | None = None
    """What is highlighted: it stays in sight, or at least its beginning."""
    spots: Mapping[int, int] = {}
    """What a click on a line chooses."""


class Page(NamedTuple):
    """All lines of a page, each exactly as wide as the screen."""

    lines: list[Line]
    spots: list[Spot] = []
    scroll: Scroll = Scroll()
    """Of the pane that is scrolled by hand, as it was drawn."""
    hidden: int = 0
    """How far that pane can be scrolled."""


class Window(NamedTuple):
    """What is seen of a pane."""

    lines: list[Line]
    top: int
    hidden: int
    spots: Mapping[int, int] = {}
    """By row of the window."""


def window(pane: Pane, cells: int, rows: int, scroll: Scroll) -> Window:
    """The lines of a pane that there is room for; where lines are hidden the last row says so."""
    lines = [fit(line, cells) for line in pane.lines]
    room = rows
    if len(lines) > rows > 2:
        room -= 1
    hidden = max(0, len(lines) - room)
    top = max(0, min(scroll.top, hidden))
    if pane.keep is not None and not scroll.free:
        top = min(max(top, pane.keep.stop - room), pane.keep.start, hidden)
    shown = lines[top : top + room]
    blank = fit((), cells)
    shown += [blank] * (room - len(shown))
    if room < rows:
        keys = " PgUp PgDn:" if pane.by_hand else ""
        shown.append(fit(((f"{keys} lines {top + 1} to {top + room} of {len(lines)}", DIM),), cells))
    spots = {line - top: which for line, which in pane.spots.items() if top <= line < top + room}
    return Window(shown[: max(0, rows)], top, hidden, spots)


class Frame:
    """A page whose upper and lower end are drawn: what lies between them is to be filled in."""

    def __init__(self, look: Look, judged: list[Judged], title: Line, cells: int, rows: int) -> None:
        self._look = look
        self._cells = cells
        self._rows = rows
        self._spots: list[Spot] = []
        self._below: list[Line] = []
        self._keys: list[tuple[int, int, str]] = []
        self._lines: list[Line] = [top_line(look, cells, judged)]
        said, places = banner(look, cells, rows)
        self._spots += [Spot(1 + line, start, end, "key", key) for line, start, end, key in places]
        self._lines += said
        if rows > 1:
            line, self._keys = footer(look, cells)
            self._below = [*notice_lines(look, cells, rows), line]
        self.tall = rows - len(said)
        """The rows of the screen without those of what is pending."""
        self.add([fit(title, cells), *not_read(look, cells)])

    @property
    def room(self) -> int:
        """How many rows are left."""
        return max(0, self._rows - len(self._lines) - len(self._below))

    @property
    def row(self) -> int:
        """The row of the screen that is drawn next."""
        return len(self._lines)

    def add(self, lines: Sequence[Line]) -> None:
        """Put these lines below the others."""
        self._lines += [fit(line, self._cells) for line in lines[: self.room]]

    def rule(self, title: str = "") -> None:
        """A line across the screen, where there is room for such things."""
        if self.tall >= RULES_FROM_ROWS:
            self.add([rule(self._look, self._cells, title)])

    def beside(self, left: Window, right: Window) -> None:
        """Two windows beside each other."""
        wall = (f"{self._look.glyphs.wall} ", DIM)
        self._spot(left)
        self.add([(*one, wall, *two) for one, two in zip(left.lines, right.lines, strict=True)])

    def below(self, one: Window) -> None:
        """A window over the whole width."""
        self._spot(one)
        self.add(one.lines)

    def _spot(self, one: Window) -> None:
        first = len(self._lines)
        end = line_width(one.lines[0]) if one.lines else 0
        self._spots += [Spot(first + row, 0, end, "line", which) for row, which in one.spots.items()]

    def done(self, scrolled: Window | None = None, *, free: bool = False) -> Page:
        """The page; ``scrolled`` is the window that is scrolled by hand."""
        upper = max(0, self._rows - len(self._below))
        lines = [*self._lines, *[fit((), self._cells)] * self.room][:upper]
        spots = [each for each in self._spots if each.row < len(lines)]
        spots += [Spot(self._rows - 1, start, end, "key", key) for start, end, key in self._keys]
        lines += self._below
        if scrolled is None:
            return Page(lines, spots)
        return Page(lines, spots, Scroll(scrolled.top, free), scrolled.hidden)


def titled(title: Line, right: Sequence[Line], cells: int) -> Line:
    """A title, and at its right the first that there is room for."""
    line: Line = ((" ", PLAIN), *title)
    for each in right:
        if line_width(line) + line_width(each) + 2 <= cells:
            return (*fit(line, cells - line_width(each) - 1), *each, (" ", PLAIN))
    return fit(line, cells)


def not_read(look: Look, cells: int) -> list[Line]:
    """That what is shown is old, or could not be read again; nothing while all is well."""
    if look.stale_s is None and look.monitor.error is None:
        return []
    said = f"Data is {age(look.stale_s)} old" if look.stale_s is not None else "The last read failed"
    why = printable(look.monitor.error or "the kernel is slow to answer.")
    return shortened([*flowed(((f"{look.glyphs.bad} {said}: ", BAD), (why, PLAIN)), cells)], 2, cells, look.glyphs.cut)


def has_labels(cells: int) -> bool:
    """Whether there is room for labels beside what they are about."""
    return cells >= LABEL_CELLS + 31


def labelled(label: str, said: str | Line, cells: int) -> Iterator[Line]:
    """A label and what there is to say, broken beside the label; one ``""`` goes on with what is above."""
    line: Line = ((said, PLAIN),) if isinstance(said, str) else said
    if not has_labels(cells):
        start = f" {label}: " if label else "   "
        return flowed(line, cells, first=((start, DIM),), indent="   ")
    return flowed(line, cells, first=((f" {label:<{LABEL_CELLS}}", DIM),), indent=" " * (LABEL_CELLS + 1))
