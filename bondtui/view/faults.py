"""The faults of the lab: what can be made to go wrong at the peer's port of one slave, what is, and what comes of it."""

from __future__ import annotations

from bondtui.core.words import UNKNOWN, printable, sentence
from bondtui.lab.faults import KINDS
from bondtui.model.record import NamedTuple
from bondtui.view.faults_slaves import slave_lines
from bondtui.view.faults_table import At, Place, Told, highlighted, table
from bondtui.view.head import shortened
from bondtui.view.lab_news import LabNews, ending
from bondtui.view.line import BAD, DIM, GOOD, PLAIN, STRONG, WARN, Line, flowed, line_width, width
from bondtui.view.log import log_lines, log_title
from bondtui.view.look import chosen_bond, chosen_slave, sign
from bondtui.view.page import BLANK, WIDE_FROM, Frame, Page, Pane, Scroll, labelled, titled, window
from bondtui.view.ping import ping_lines
from bondtui.view.screen import Spot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bondtui.model.bond import Bond, Slave
    from bondtui.model.finding import Judgement
    from bondtui.view.look import Look

LEFT_CELLS = 80
TITLE_SPACE = 4
"""Before, between and behind the two parts of the title."""
LINES_EACH = 6
"""So many lines at most may each of the things take that are said of a kind; more where there is much room."""
LOG_FROM_ROWS = 3
"""With fewer rows left the events are not shown: their title and two of them."""
STRIP_FROM_ROWS = 20
"""With fewer rows on the screen the ping strip is not shown."""
SIGNS = {"good": GOOD, "warn": WARN, "bad": BAD}


class _Part(NamedTuple):
    """One of the things that are said of the highlighted kind."""

    rank: int
    """Where there is not room for all, the highest rank gives way first."""
    lines: list[Line]


def faults_page(look: Look, at: At, cells: int, rows: int) -> Page:
    """Draw it for a terminal of this size. There must be a bond."""
    judged = look.bonds
    bond, judgement = chosen_bond(judged, look.bond)
    slave = chosen_slave(bond, look.slave)
    news = look.lab or LabNews()
    place = place_of(news, bond, slave)
    strip = ping_lines(look, cells, rows) if rows >= STRIP_FROM_ROWS else []
    frame = Frame(look, judged, _title(look, bond, judgement, place, cells), cells, rows - len(strip))
    frame.rule()
    if news.trouble:
        said: Line = ((f"{look.glyphs.bad} The lab is silent: ", BAD), (sentence(news.trouble), PLAIN))
        frame.add(shortened(list(flowed(said, cells, indent="   ")), 2, cells, look.glyphs.cut))
    if place is None:
        said = (*(((f"{at.told.words}. ", WARN),) if at.told.words else ()), (_why_nowhere(news, bond), DIM))
        frame.add(list(flowed(said, cells)))
        return frame.done()
    spots = slave_lines(frame, look, bond, place, cells)
    frame.rule()
    spots += (_beside if cells >= WIDE_FROM else _below)(frame, look, at, place, cells)
    if frame.room >= LOG_FROM_ROWS:
        frame.rule(log_title(look))
        frame.add(log_lines(look, cells, frame.room))
    drawn = frame.done()
    return _with_strip(drawn._replace(spots=[*spots, *drawn.spots]), strip)


def _with_strip(drawn: Page, strip: list[Line]) -> Page:
    """The ping strip above the footer: what the others notice of a fault."""
    footer = len(drawn.lines) - 1
    spots = [each._replace(row=each.row + len(strip) * (each.row == footer)) for each in drawn.spots]
    return drawn._replace(lines=[*drawn.lines[:footer], *strip, *drawn.lines[footer:]], spots=spots)


def _title(look: Look, bond: Bond, judgement: Judgement, place: Place | None, cells: int) -> Line:
    glyph, tone = sign(judgement.rank, look.glyphs)
    right: Line = ((f"{glyph} {judgement.verdict}", tone),)
    if place is None:
        return titled((("Faults for ", STRONG), (printable(bond.name), STRONG)), (right,), cells)
    ours = place.bond
    title: Line = (("Faults for ", STRONG), (printable(f"{place.slave} of {ours.name}"), STRONG))
    where = f"  slave {1 + ours.slaves.index(place.slave)} of {len(ours.slaves)}"
    for more in (f"{where}, {ours.mode}, plugged into {ours.peer} ({ours.peer_kind})", f"{where}, {ours.mode}", where):
        if line_width((*title, *right)) + width(more) + TITLE_SPACE <= cells:
            return titled((*title, (printable(more), DIM)), (right,), cells)
    return titled(title, (right,), cells)


def place_of(news: LabNews, bond: Bond, slave: Slave | None) -> Place | None:
    """Where the highlighted slave is plugged in; ``None`` where that is nowhere, or not known yet."""
    for ours in news.about.bonds if news.about is not None else ():
        if slave is not None and slave.name in ours.slaves and ours.name == bond.name:
            return Place(ours, slave.name)
    return None


def _why_nowhere(news: LabNews, bond: Bond) -> str:
    if news.about is None:
        return "" if news.trouble else "The lab is asked what is in place ..."
    if not bond.slaves:
        return f"{printable(bond.name)} has no slaves."
    return (
        f"{printable(bond.name)} was not built by the lab as it is now: nothing can be made to go wrong for this slave."
    )


def _beside(frame: Frame, look: Look, at: At, place: Place, cells: int) -> list[Spot]:
    """The table at the left, all there is to say at the right."""
    drawn, room = table(look, at, place, LEFT_CELLS), cells - LEFT_CELLS - 2
    said = [
        line
        for part in _said(look, at, place, room, max(LINES_EACH, frame.room // 3), fully=True)
        for line in (*part.lines, BLANK)
    ][:-1]
    rows = min(frame.room, max(len(KINDS), len(said)))
    first = frame.row
    left = window(drawn.pane, LEFT_CELLS, rows, Scroll())
    frame.beside(left, window(Pane(said), room, rows, Scroll()))
    return _spots(left.spots, drawn.signs, at, first, LEFT_CELLS)


def _below(frame: Frame, look: Look, at: At, place: Place, cells: int) -> list[Spot]:
    """The table, and below it what there is room for."""
    drawn = table(look, at, place, cells)
    first = frame.row
    seen = window(drawn.pane, cells, min(len(KINDS), max(1, frame.room - 1)), Scroll())
    frame.add(seen.lines)
    if frame.room > LOG_FROM_ROWS:
        frame.rule()
    parts = _fitting(look, at, place, cells, frame.room)
    frame.add([line for part in parts for line in part.lines])
    return _spots(seen.spots, drawn.signs, at, first, cells)


def _fitting(look: Look, at: At, place: Place, cells: int, rows: int) -> list[_Part]:
    """What is to be said in so many rows: shortened so that there is room for some events, or else for all of it."""
    parts: list[_Part] = []
    for most, left in (
        (max(LINES_EACH, rows // 3), LOG_FROM_ROWS),
        (3, LOG_FROM_ROWS),
        (LINES_EACH, 0),
        (3, 0),
        (2, 0),
        (1, 0),
    ):
        parts = _said(look, at, place, cells, most)
        if sum(len(part.lines) for part in parts) <= rows - left:
            return parts
    while len(parts) > max(1, rows):
        parts.remove(max(parts))
    return parts


def _spots(rows: Mapping[int, int], signs: Sequence[tuple[int, str]], at: At, first: int, cells: int) -> list[Spot]:
    """A click on the highlighted kind is its key, on a sign beside its value that sign; on another kind it highlights."""
    spots: list[Spot] = []
    for row, n in rows.items():
        here = KINDS[n] is highlighted(at)
        if here:
            spots += [Spot(first + row, max(0, cell - 1), cell + 2, "key", sign) for cell, sign in signs]
        what = ("key", KINDS[n].key) if here else ("kind", KINDS[n].name)
        spots.append(Spot(first + row, 0, cells, *what))
    return spots


def _said(look: Look, at: At, place: Place, cells: int, most: int, *, fully: bool = False) -> list[_Part]:
    """What the highlighted kind would do or is to lead to, what was run, what was answered, and how the bond is now.

    Unless ``fully`` what was done is left to the table and to the events, which need the room.
    """
    kind, told = highlighted(at), _still(at.told, look.lab or LabNews())
    there = look.lab is not None and look.lab.in_place(kind.name, place.subject(kind)) is not None
    judgement = chosen_bond(look.bonds, look.bond)[1]
    glyph, tone = sign(judgement.rank, look.glyphs)
    verdict = judgement.verdict[:1].upper() + judgement.verdict[1:]
    marks = {"good": look.glyphs.ok, "warn": look.glyphs.warn, "bad": look.glyphs.bad}
    mark = f"{marks.get(told.severity, look.glyphs.chosen)} " if told.words else ""
    is_plain = told.put is not None and told.put.words == told.words
    answer: Line = ((mark, SIGNS.get(told.severity, STRONG)), (printable(told.words) or UNKNOWN, PLAIN))
    commands = [
        line
        for n, each in enumerate(told.commands)
        for line in labelled("" if n else "Command", printable(each), cells)
    ]
    parts = (
        (4, [] if there and not fully else [*labelled("Does", kind.does, cells)]),
        (3, [*labelled("Expect", kind.expect, cells)]),
        (2, commands or [*labelled("Command", UNKNOWN, cells)]),
        (0, [] if is_plain and not fully else [*labelled("Answer", answer, cells)]),
        (1, [*labelled("Bond", ((f"{glyph} {verdict}. ", tone), (printable(judgement.sentence), PLAIN)), cells)]),
    )
    return [_Part(rank, shortened(lines, most, cells, look.glyphs.cut)) for rank, lines in parts if lines]


def _still(told: Told, news: LabNews) -> Told:
    """What was said when it was put in place, or how that is now if somebody else has changed it or it has ended."""
    if told.put is None:
        return told
    there = news.in_place(*told.put.fault[:2])
    if there is None:
        return Told(f"{ending(told.put)}: {told.put.words}")
    return told if there.fault == told.put.fault else Told(there.words)
