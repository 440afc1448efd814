"""What is lost if a slave dies now: in short, and in sentences."""

from __future__ import annotations

from bondtui.core.words import printable, sentence
from bondtui.view.head import shortened
from bondtui.view.line import DIM, PLAIN, STRONG, Line, fit, flowed, line_width, packed, pad, width
from bondtui.view.weight import loss_tone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.finding import Judgement, Loss

TITLE = "If a slave dies now"
NAME_AT_MOST = 15
LABELS = ("lost if it dies now:", "if it dies:")
"""The second where there is little room."""


def what_if_in_short(judgement: Judgement, cells: int, rows: int, cut: str) -> list[Line]:
    """A word for each slave, as many to a line as fit; the label has at least one of them beside it."""
    if not judgement.losses:
        return []
    first, *others = map(_in_short, judgement.losses)
    lines: list[Line] = []
    for label in LABELS:
        lines = list(packed([((f"{label}  ", DIM), *first), *others], cells))
        if len(lines) <= rows and all(line_width(line) <= cells for line in lines):
            return lines
    return shortened([_clipped(line, cells, cut) for line in lines], rows, cells, cut)


def _clipped(line: Line, cells: int, cut: str) -> Line:
    return line if line_width(line) <= cells else (*fit(line, max(0, cells - 2)), (f" {cut}", DIM))


def _in_short(loss: Loss) -> Line:
    spans: Line = ((f"{printable(loss.slave)} ", STRONG), (loss.alone, loss_tone(loss.alone)))
    if loss.lost != loss.alone:
        spans = (*spans, (f" ({printable(shared_thing(loss))}: ", DIM), (loss.lost, loss_tone(loss.lost)), (")", DIM))
    return spans


def shared_thing(loss: Loss) -> str:
    """What it would take to lose more than the link alone: ``its NIC 0000:04:00``."""
    return f"its {loss.weakest}"


def what_if_lines(judgement: Judgement, cells: int) -> list[Line]:
    """A sentence for each slave, and what it shares with others."""
    names = min(NAME_AT_MOST, max(width(printable(each.slave)) for each in judgement.losses))
    lines: list[Line] = [((f" {TITLE}", STRONG),)]
    for each in judgement.losses:
        first: Line = ((f" {pad(printable(each.slave), names)}  ", PLAIN),)
        said: Line = ((sentence(each.words), loss_tone(each.lost)),)
        if each.shared and each.lost == each.alone:  # otherwise the words tell of it
            said = (*said, (f" Shares {', '.join(map(printable, each.shared))}.", DIM))
        lines += flowed(said, cells, first=first, indent=" " * (names + 3))
    return lines
