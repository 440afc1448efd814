"""Styled lines without a terminal: what the plain first words, Textual and ``status`` all draw.

A line is a tuple of spans, a span is text and a tone. Tones say what the text means; how that looks
is decided where it is drawn. Text that comes from outside has passed through
``core.words.printable`` before it is in one.
"""

from __future__ import annotations

import unicodedata

from bondtui.view.glyphs import UNICODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span = tuple[str, str]
Line = tuple[Span, ...]

PLAIN, DIM, STRONG, GOOD, WARN, BAD = "", "dim", "strong", "good", "warn", "bad"
ACCENT, KEY, LAB, CHOSEN = "accent", "key", "lab", "chosen"
TONES = (PLAIN, DIM, STRONG, GOOD, WARN, BAD, ACCENT, KEY, LAB, CHOSEN)

_ONE_CELL = "".join(UNICODE) + " "
"""Our own signs; graphs and rules consist of these alone, so their width need not be looked up."""


def width(text: str) -> int:
    """How many terminal cells a text takes."""
    if text.isascii() or not text.strip(_ONE_CELL):
        return len(text)
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def line_width(line: Line) -> int:
    """How many cells a line takes."""
    return sum(width(text) for text, _ in line)


def clip(text: str, cells: int, mark: str = "") -> str:
    """The text cut to so many cells; ``mark`` ends a text that was cut."""
    if width(text) <= cells:
        return text
    kept, room = "", cells - width(mark)
    for character in text:
        room -= _cell(character)
        if room < 0:
            break
        kept += character
    return (kept + mark) if cells >= width(mark) else mark[:cells]


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """The text cut and filled to exactly so many cells; ``right`` aligns it to the right."""
    text = clip(text, cells)
    fill = " " * (cells - width(text))
    return fill + text if right else text + fill


def fit(line: Line, cells: int, tone: str = PLAIN) -> Line:
    """The line cut and filled to exactly so many cells."""
    spans: list[Span] = []
    room = cells
    for text, each in line:
        taken = clip(text, room)
        if taken:
            spans.append((taken, each))
        room -= width(taken)
        if taken != text:
            break
    if room > 0:
        spans.append((" " * room, tone))
    return tuple(spans)


def plain(line: Line) -> str:
    """The text of a line alone."""
    return "".join(text for text, _ in line)


def wrapped(text: str, cells: int, *, first: int = 0) -> Iterator[str]:
    """The words of a text in lines of so many cells; the first one has ``first`` cells less."""
    line, room = "", max(1, cells - first)
    for word in text.split():
        if line and width(line) + 1 + width(word) > room:
            yield line
            line, room = "", max(1, cells)
        line = f"{line} {word}" if line else word
        while width(line) > room:
            piece = clip(line, room) or line[0]  # a wide character in a single cell cannot be helped
            yield piece
            line, room = line[len(piece) :], max(1, cells)
    if line:
        yield line


def flowed(line: Line, cells: int, *, first: Line = ((" ", PLAIN),), indent: str = " ") -> Iterator[Line]:
    """The words of a line in lines of so many cells, each in its own tone.

    ``first`` stands before the first of these lines, ``indent`` before the others.
    """
    tones = [tone for text, tone in line for each in text if not each.isspace()]
    begin = 0
    for piece in wrapped(plain(line), cells - width(indent), first=line_width(first) - width(indent)):
        spans: list[Span] = []
        for text in _with_spaces(piece):
            tone = tones[begin]
            begin += 1
            if spans and spans[-1][1] == tone:
                spans[-1] = (spans[-1][0] + text, tone)
            else:
                spans.append((text, tone))
        yield (*(first if begin == len(piece.replace(" ", "")) else ((indent, PLAIN),)), *spans)


def _with_spaces(text: str) -> Iterator[str]:
    """Each character that is drawn, with the space that stands before it."""
    before = ""
    for each in text:
        if each == " ":
            before = each
        else:
            yield before + each
            before = ""


def packed(items: Iterable[Line], cells: int, *, gap: str = "  ", indent: str = " ") -> Iterator[Line]:
    """Items laid into lines, as many to a line as fit, none of them broken."""
    line: list[Span] = [(indent, PLAIN)]
    used = width(indent)
    empty = True
    for item in items:
        size = line_width(item)
        if not empty and used + width(gap) + size > cells:
            yield tuple(line)
            line, used, empty = [(indent, PLAIN)], width(indent), True
        if not empty:
            line.append((gap, PLAIN))
            used += width(gap)
        line.extend(item)
        used += size
        empty = False
    if not empty:
        yield tuple(line)
