"""The slaves of a bond on the page of its faults: which one is told of, and at which of them something is in place."""

from __future__ import annotations

from bondtui.core.words import UNKNOWN, printable, rate, role
from bondtui.view.lab_news import LabNews
from bondtui.view.line import ACCENT, BAD, CHOSEN, DIM, PLAIN, WARN, Line, fit, line_width
from bondtui.view.page import WIDE_FROM
from bondtui.view.screen import Spot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.bond import Bond, Slave
    from bondtui.view.faults_table import Place
    from bondtui.view.look import Look
    from bondtui.view.page import Frame

RATE_CELLS = 5


def slave_lines(frame: Frame, look: Look, bond: Bond, place: Place, cells: int) -> list[Spot]:
    """All slaves of the bond in columns, those that are told of apart; where the mouse chooses them."""
    news = look.lab or LabNews()
    rates = cells >= WIDE_FROM
    items = [_slave(look, news, bond, each, chosen=each.name == place.slave, rates=rates) for each in bond.slaves]
    taken = max(map(line_width, items)) + 2
    per_line = max(1, (cells - 1) // taken)
    here = [each.name for each in bond.slaves].index(place.slave) // per_line
    lines = -(-len(items) // per_line)
    shown = min(lines, max(1, frame.tall // 8))
    first = max(0, min(here - shown // 2, lines - shown))
    spots: list[Spot] = []
    for row in range(first, first + shown):
        line: Line = ()
        for n, item in enumerate(items[row * per_line : (row + 1) * per_line], start=row * per_line):
            spots.append(
                Spot(frame.row, line_width(line), line_width(line) + taken - 2, "slave", bond.slaves[n].ifindex)
            )
            line = (*line, *item, (" " * (taken - line_width(item)), PLAIN))
        if (row == first and first > 0) or (row == first + shown - 1 and row < lines - 1):
            line = (*fit(line, cells - 1), (look.glyphs.cut, DIM))
        frame.add([line])
    return spots


def _slave(look: Look, news: LabNews, bond: Bond, slave: Slave, *, chosen: bool, rates: bool) -> Line:
    """Mark, name, role and state, what it carries, and whether something is in place at its port."""
    status = slave.state.mii_status
    parts: Line = (
        (f"{look.glyphs.chosen if chosen else ' '} ", ACCENT),
        (printable(slave.name), CHOSEN if chosen else PLAIN),
    )
    if (said := role(bond, slave)) is not None:
        parts = (*parts, (f" {said}", ACCENT if said == "ACTIVE" else DIM))
    parts = (*parts, (f" {status or UNKNOWN}", PLAIN if slave.usable else BAD))
    if rates:
        track = look.monitor.tracks.get(slave.ifindex)
        carried = track.rates if track is not None else None
        rx, tx = (rate(each) for each in ((carried.rx_bits, carried.tx_bits) if carried is not None else (None, None)))
        parts = (*parts, (f"  rx {rx:>{RATE_CELLS}}  tx {tx:>{RATE_CELLS}} b/s", DIM))
    at_fault = any(each.fault.subject == slave.name for each in news.faults)
    return (*parts, (f" {look.glyphs.warn}" if at_fault else "  ", WARN))
