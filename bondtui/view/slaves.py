"""The table of slaves: a head line, and one line for each slave that there is room for."""

from __future__ import annotations

from _operator import itemgetter

from bondtui.core.tracks import Rates, Track
from bondtui.model.bond import Bond
from bondtui.view.columns import Column, Row, columns_for
from bondtui.view.graph import bars
from bondtui.view.line import ACCENT, CHOSEN, DIM, GOOD, PLAIN, Line, Span, clip, fit, pad, width
from bondtui.view.look import Look, chosen_slave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MARK_CELLS = 2
_RX, _TX = itemgetter(0), itemgetter(1)


def slave_table(look: Look, bond: Bond, cells: int, rows: int) -> tuple[list[Line], list[int | None]]:
    """The lines around the highlighted slave, and the interface index that each is about."""
    if rows <= 0 or not bond.slaves:
        return [], []
    tracks = look.monitor.tracks
    total = total_rates(tracks[slave.ifindex].rates for slave in bond.slaves if slave.ifindex in tracks)
    chosen = chosen_slave(bond, look.slave)
    shown = _window(len(bond.slaves), bond.slaves.index(chosen) if chosen else 0, rows - 1)
    table = [
        Row(slave, tracks.get(slave.ifindex) or Track(None), bond, total)
        for slave in bond.slaves[shown.start : shown.stop]
    ]
    columns = columns_for(bond, cells - MARK_CELLS)
    ceiling = _ceiling(table, max((each.cells for each in columns if each.graph_of is not None), default=0))
    lines = [_head(columns, cells, _more(shown, len(bond.slaves)))]
    lines += [_line(look, row, columns, ceiling, row.slave is chosen, cells) for row in table]
    return lines[:rows], [None, *(row.slave.ifindex for row in table)][:rows]


def total_rates(all_rates: Iterable[Rates | None]) -> Rates:
    """The sum of those that are known."""
    known = [each for each in all_rates if each is not None]
    return Rates(*(sum(column) for column in zip(*known, strict=True))) if known else Rates(0, 0, 0, 0)


def _window(count: int, chosen: int, rows: int) -> range:
    """Which slaves are shown when there is not room for all: the chosen one is among them."""
    if count <= rows:
        return range(count)
    first = max(0, min(chosen - rows // 2, count - rows))
    return range(first, first + max(0, rows))


def _more(shown: range, count: int) -> str:
    if len(shown) == count:
        return ""
    return f"{shown.start + 1}-{shown.stop} of {count}"


def _ceiling(table: list[Row], cells: int) -> float:
    """One ceiling for all graphs: the highest sample in sight, so that they can be compared."""
    if not cells:
        return 0.0
    highest = 0.0
    for row in table:
        known = list(filter(None, row.track.samples[-cells:]))
        if known:
            highest = max(highest, *map(_RX, known), *map(_TX, known))
    return highest


def _head(columns: list[Column], cells: int, more: str) -> Line:
    text = " " * MARK_CELLS + "".join(pad(each.title, each.cells, right=each.right) + " " for each in columns)
    if more:
        text = pad(text, max(0, cells - width(more) - 2)) + " " + more
    return fit(((text, DIM),), cells)


def _line(look: Look, row: Row, columns: list[Column], ceiling: float, chosen: bool, cells: int) -> Line:
    spans: list[Span] = [(f"{look.glyphs.chosen} " if chosen else "  ", ACCENT)]
    used = MARK_CELLS
    for column in columns:
        if column.graph_of is not None:
            samples = [each and each[column.graph_of] for each in row.track.samples[-column.cells :]]
            text = bars(samples, column.cells, ceiling, look.glyphs)
            tone = GOOD if row.slave.usable else DIM
        else:
            text, tone = column.draw(row)
            if column.title == "slave":
                text, tone = clip(text, column.cells, look.glyphs.cut), CHOSEN if chosen else tone
            text = pad(text, column.cells, right=column.right)
        spans += [(text, tone), (" ", PLAIN)] if tone == CHOSEN else [(text + " ", tone)]
        used += column.cells + 1
    if used > cells:
        return fit(tuple(spans), cells)
    return (*spans, (" " * (cells - used), PLAIN))
