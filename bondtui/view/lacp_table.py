"""The table of LACP: the heads of its columns, and two rows for each slave, actor and partner."""

from __future__ import annotations

from bondtui.core.lacp import BITS, CARRYING, SILENT, TIMEOUT
from bondtui.core.words import UNKNOWN
from bondtui.model.record import NamedTuple
from bondtui.view.lacp_words import CHURNED, is_old
from bondtui.view.line import BAD, DIM, PLAIN, STRONG, WARN, Line, Span, pad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.model.bond import Slave

INDENT = 4
BIT_HEADS = ("active", "timeout", "aggregating", "in sync", "collecting", "distributing", "defaulted", "expired")
"""The words of the bits as heads of columns, lowest bit first."""


class End(NamedTuple):
    """One end of a port's link, as far as the kernel tells."""

    name: str
    state: int | None
    old: bool
    """The bits are left from before the link went down."""
    system: str | None
    system_priority: int | None
    key: int | None
    port: int | None
    priority: int | None
    churn: str | None


class Column(NamedTuple):
    """One column. The lowest ranks are shown first, where there is not room for all."""

    rank: int
    title: str
    cells: int
    right: bool = False


COLUMNS = (
    Column(0, "end", 7),
    Column(0, "raw", 3, True),
    Column(0, "bits", 8),
    Column(2, "system", 17),
    Column(5, "sysprio", 7, True),
    Column(1, "key", 5, True),
    Column(3, "port", 5, True),
    Column(6, "prio", 5, True),
    Column(4, "churn", 10),
)
"""All columns in their order on screen, but for the words of the bits."""


def ends(slave: Slave) -> tuple[End, End]:
    """Actor and partner of one port."""
    state, lacp, old = slave.state, slave.lacp, is_old(slave)
    priority = state.actor_port_prio if state.actor_port_prio is not None else lacp.actor_port_priority
    return (
        End(
            *("actor", state.actor_port_state, old, lacp.actor_system_mac, lacp.actor_system_priority),
            *(lacp.actor_key, lacp.actor_port, priority, slave.actor_churn),
        ),
        End(
            *("partner", state.partner_port_state, old, lacp.partner_system_mac, lacp.partner_system_priority),
            *(lacp.partner_key, lacp.partner_port, lacp.partner_port_priority, slave.partner_churn),
        ),
    )


def columns_for(cells: int) -> list[Column]:
    """The columns that fit into this width."""
    room, shown = cells - INDENT, set()
    for rank in sorted({each.rank for each in COLUMNS}):
        needed = sum(each.cells + 1 for each in COLUMNS if each.rank == rank)
        if needed > room + 1 and rank:
            break
        shown.add(rank)
        room -= needed
    return [each for each in COLUMNS if each.rank in shown]


def has_words(cells: int) -> bool:
    """Whether there is room for a column for each bit."""
    return cells >= INDENT + sum(each.cells + 1 for each in COLUMNS) + sum(len(each) + 1 for each in BIT_HEADS)


def head(cells: int) -> Line:
    """The titles of the columns."""
    text = " " * INDENT + "".join(pad(each.title, each.cells, right=each.right) + " " for each in columns_for(cells))
    if has_words(cells):
        text += " " + " ".join(BIT_HEADS)
    return ((text, DIM),)


def row(end: End, cells: int) -> Line:
    """One end in its columns."""
    spans: list[Span] = [(" " * INDENT, PLAIN)]
    for column, drawn in zip(COLUMNS, _drawn(end), strict=True):
        if column not in columns_for(cells):
            continue
        if column.title == "bits":
            spans += [*_letters(end), (" ", PLAIN)]
        else:
            text, tone = drawn
            spans.append((pad(text, column.cells, right=column.right) + " ", tone))
    if has_words(cells):
        spans.append((" ", PLAIN))
        spans += _words(end)
    return tuple(spans)


def _drawn(end: End) -> Sequence[Span]:
    plain = DIM if end.old else PLAIN
    churn = WARN if end.churn == CHURNED and not end.old else plain
    return (
        (end.name, plain),
        _number(end.state, plain),
        ("", plain),
        (end.system or UNKNOWN, plain if end.system else DIM),
        _number(end.system_priority, plain),
        _number(end.key, plain),
        _number(end.port, plain),
        _number(end.priority, plain),
        (end.churn or UNKNOWN, churn if end.churn else DIM),
    )


def _number(value: int | None, tone: str) -> Span:
    return (UNKNOWN, DIM) if value is None else (str(value), tone)


def _tone(end: End, bit: int) -> str:
    """How a bit is drawn: what must be set and is not, or is set and must not be, stands out."""
    state = end.state or 0
    if end.old:
        return DIM
    wrong = (bit & CARRYING and not state & bit) or (bit & SILENT and state & bit)
    return BAD if wrong else STRONG if state & bit else DIM


def _letters(end: End) -> list[Span]:
    if end.state is None:
        return [(pad(UNKNOWN, len(BITS)), DIM)]
    drawn = [(letter.lower() if end.old else letter, bit) for bit, letter, _ in BITS]
    return [(letter if end.state & bit else "-", _tone(end, bit)) for letter, bit in drawn]


def _words(end: End) -> list[Span]:
    spans: list[Span] = []
    for title, (bit, _, _) in zip(BIT_HEADS, BITS, strict=True):
        if end.state is None:
            word, tone = UNKNOWN, DIM
        else:
            word, tone = _word(end.state, bit), _tone(end, bit)
        spans.append((pad(word, len(title)) + " ", tone))
    return spans


def _word(state: int, bit: int) -> str:
    if bit == TIMEOUT:
        return "short" if state & bit else "long"
    return "yes" if state & bit else "no"
