"""What every screen of a drill has in common: the top line, a title, lines that scroll, and the keys."""

from __future__ import annotations

from bondtui.model.record import NamedTuple
from bondtui.view.head import footer, rule, top_line
from bondtui.view.line import DIM, KEY, PLAIN, WARN, Line, fit, flowed, line_width
from bondtui.view.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RULES_FROM_ROWS = 12
LABEL_CELLS = 11


class Body(NamedTuple):
    """What one screen says."""

    title: Line
    lines: Sequence[Line]
    """Scrolled where there is not room for all."""
    right: tuple[Line, ...] = ()
    """What stands at the end of the title, in ever shorter words; the first that leaves room for the title is drawn."""
    question: str = ""
    """Asked directly above the keys, to be answered with y or n."""
    keep: int | None = None
    """A line that must be in sight."""
    fields: Mapping[int, str] = {}
    """What a click on a line means."""


class Page(NamedTuple):
    """All lines of a screen, each exactly as wide as the screen."""

    lines: list[Line]
    top: int = 0
    """How many lines of the body are hidden above."""
    hidden: int = 0
    """How many are hidden altogether."""
    fields: Mapping[int, str] = {}
    """What a click on a row of the screen means."""
    keys: Sequence[tuple[int, int, str]] = ()
    """Where the keys of the last row are: first cell, cell after it, key."""


def page(look: Look, body: Body, cells: int, rows: int, *, top: int = 0) -> Page:
    """Draw a screen of a drill for a terminal of this size, scrolled down by ``top`` lines if that makes sense."""
    head = [top_line(look, cells, look.bonds), titled(body, cells)]
    if rows >= RULES_FROM_ROWS:
        head.append(rule(look, cells))
    keys, places = footer(look, cells)
    foot = [*question_lines(body.question, look, cells), keys]
    room = max(0, rows - len(head) - len(foot))
    lines = [fit(line, cells) for line in body.lines]
    hidden = max(0, len(lines) - room)
    if hidden and room > 1:
        room -= 1
        hidden += 1
    top = max(0, min(top, hidden))
    if body.keep is not None and room:
        top = min(max(top, body.keep - room + 1), body.keep)
    shown = lines[top : top + room]
    blank: Line = ((" " * cells, PLAIN),)
    shown += [blank] * (room - len(shown))
    if hidden and rows - len(head) - len(foot) > 1:
        said = f" up and down scroll: {top + 1} to {top + room} of {len(lines)}"
        shown.append(fit(((said, DIM),), cells))
    first = len(head) - top
    fields = {first + line: name for line, name in body.fields.items() if top <= line < top + room}
    return Page([*head, *shown, *foot][:rows], top, hidden, fields, places if len(head) + len(foot) <= rows else ())


def titled(body: Body, cells: int) -> Line:
    """The title, and at its right what there is room for."""
    title: Line = ((" ", PLAIN), *body.title)
    for right in body.right:
        if line_width(title) + line_width(right) + 2 <= cells:
            return (*fit(title, cells - line_width(right) - 1), *right, (" ", PLAIN))
    if body.right:
        right = body.right[-1]
        return fit((*fit(title, max(0, cells - line_width(right) - 2)), (" ", PLAIN), *right), cells)
    return fit(title, cells)


def fact(label: str, said: str | Line, cells: int, tone: str = PLAIN) -> Iterator[Line]:
    """A label and what there is to say, broken beside the label."""
    first: Line = ((f" {label:<{LABEL_CELLS}}", DIM),)
    line: Line = ((said, tone),) if isinstance(said, str) else said
    return flowed(line, cells, first=first, indent=" " * (LABEL_CELLS + 1))


def question_lines(words: str, look: Look, cells: int) -> list[Line]:
    """Something that is answered with y or n; the answers stay together."""
    if not words:
        return []
    lines = list(flowed(((f"{look.glyphs.warn} {words}", WARN),), cells, indent="   "))
    answers: Line = ((" ", PLAIN), ("y", KEY), (" yes  ", DIM), ("n", KEY), (" no", DIM))
    if line_width(lines[-1]) + line_width(answers) <= cells:
        lines[-1] = (*lines[-1], *answers)
    else:
        lines.append(answers)
    return [fit(line, cells) for line in lines]
