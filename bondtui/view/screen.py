"""The whole dashboard as lines: how a screen of any size is shared out, and what lies where."""

from __future__ import annotations

from bondtui.model.record import NamedTuple
from bondtui.view.facts import bond_facts, bond_list, hidden_line
from bondtui.view.head import footer, rule, shortened, top_line, verdict_lines
from bondtui.view.line import DIM, PLAIN, Line, fit
from bondtui.view.log import log_lines, log_title
from bondtui.view.look import Judged, Look, chosen_bond
from bondtui.view.slaves import slave_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.model.bond import Bond

LIST_CELLS = 40
LIST_BESIDE_FROM = 140
"""From this width on the list of bonds stands at the left of the slaves."""
RULES_FROM_ROWS = 14
"""From this height on there is room for lines between the parts."""


class Spot(NamedTuple):
    """A place on the screen that answers the mouse: what it is, and which one."""

    row: int
    start: int
    end: int
    kind: str
    """``bond``, ``slave`` or ``key``."""
    which: int | str


class Picture(NamedTuple):
    """All lines of a screen, each exactly as wide as the screen, and its places."""

    lines: list[Line]
    spots: list[Spot]
    log: range = range(0)
    """The rows of the event log."""
    ping: range = range(0)
    """The rows of the ping strip."""


def picture(look: Look, cells: int, rows: int) -> Picture:
    """Draw the dashboard for a terminal of this size."""
    judged = look.bonds
    ping = _ping_lines(look, cells, rows)
    below = [*ping, *_notice_lines(look, cells, rows)]
    page = _Page(look, cells, max(min(rows, 1), rows - 1 - len(below)))
    page.add([top_line(look, cells, judged)])
    page.draw_banner(rows)
    page.draw_faults(rows)
    if judged:
        page.draw_bonds(judged)
    else:
        from bondtui.view.empty import empty_lines  # noqa: PLC0415 - there mostly is a bond

        page.add(empty_lines(look, cells, page.room))
    page.fill()
    page.spots = [spot for spot in page.spots if spot.row < page.rows]
    if rows > 1:
        page.ping = range(len(page.lines), len(page.lines) + len(ping))
        page.rows = rows
        page.add(below)
        page.draw_footer()
    return Picture(page.lines[:rows], page.spots, page.log, page.ping)


def _notice_lines(look: Look, cells: int, rows: int) -> list[Line]:
    if look.notice is None:
        return []
    from bondtui.view.notice import notice_lines  # noqa: PLC0415 - nothing has been done yet at the first words

    return notice_lines(look, cells, rows)


def with_ping(drawn: Picture, look: Look, cells: int) -> Picture | None:
    """The same picture with the ping strip as it is now; ``None`` if that takes more or fewer rows than before."""
    rows = drawn.ping
    lines = _ping_lines(look, cells, len(drawn.lines))
    if not rows or len(lines) != len(rows):
        return None
    return drawn._replace(lines=[*drawn.lines[: rows.start], *lines, *drawn.lines[rows.stop :]])


def _ping_lines(look: Look, cells: int, rows: int) -> list[Line]:
    if look.ping is None:
        return []
    from bondtui.view.ping import ping_lines  # noqa: PLC0415 - off at the start, so the first words need not wait for it

    return ping_lines(look, cells, rows)


def _proven_lines(look: Look, bond: Bond, cells: int) -> list[Line]:
    if look.history is None:
        return []
    from bondtui.view.proven import proven_lines  # noqa: PLC0415 - the history is read after the first words

    return proven_lines(look, bond, cells)


class _Shares(NamedTuple):
    """How many rows each part of the screen gets."""

    verdict: int
    bonds: int
    facts: int
    slaves: int
    log: int


class _Page:
    """A screen being filled from the top."""

    def __init__(self, look: Look, cells: int, rows: int) -> None:
        self.look = look
        self.cells = cells
        self.rows = rows
        self.lines: list[Line] = []
        self.spots: list[Spot] = []
        self.log = range(0)
        self.ping = range(0)
        self._banner = 0

    @property
    def room(self) -> int:
        """How many rows are left."""
        return max(0, self.rows - len(self.lines))

    @property
    def tall(self) -> int:
        """How many rows there are beside those of the banner."""
        return self.rows - self._banner

    def add(self, lines: Sequence[Line]) -> None:
        """Put these lines below the others."""
        self.lines += lines

    def spot(self, row: int, start: int, end: int, kind: str, which: int | str) -> None:
        """Remember what lies where."""
        self.spots.append(Spot(row, start, end, kind, which))

    def fill(self) -> None:
        """Leave what is left empty."""
        blank: Line = ((" " * self.cells, PLAIN),)
        self.lines = [*self.lines[: self.rows], *[blank] * self.room]

    def draw_banner(self, rows: int) -> None:
        """The change that waits to be kept or reverted."""
        if self.look.pending is None:
            return
        from bondtui.view.banner import banner  # noqa: PLC0415 - it is seldom needed

        lines, places = banner(self.look, self.cells, rows)
        for line, start, end, key in places:
            self.spot(len(self.lines) + line, start, end, "key", key)
        self.add(lines)
        self._banner = len(lines)

    def draw_faults(self, rows: int) -> None:
        """What was made to go wrong in the lab."""
        if self.look.lab is None:
            return
        from bondtui.view.lab_news import lab_lines  # noqa: PLC0415 - only in a lab

        lines, places = lab_lines(self.look, self.cells, rows)
        for start, end, key in places:
            self.spot(len(self.lines), start, end, "key", key)
        self.add(lines)
        self._banner += len(lines)

    def draw_footer(self) -> None:
        """The keys, in the last row."""
        line, places = footer(self.look, self.cells)
        for start, end, key in places:
            self.spot(len(self.lines), start, end, "key", key)
        self.add([line])

    def draw_bonds(self, judged: list[Judged]) -> None:
        """Verdict, bonds, facts, slaves and log below the top line."""
        look, cells = self.look, self.cells
        bond, verdict = chosen_bond(judged, look.bond)
        beside = len(judged) > 1 and cells >= LIST_BESIDE_FROM
        width = cells - LIST_CELLS - 2 if beside else cells
        facts = [
            *bond_facts(look, bond, width),
            *hidden_line(bond, width, look.glyphs.cut),
            *_proven_lines(look, bond, width),
        ]
        listed = bond_list(look, judged, bond, LIST_CELLS if beside else cells) if len(judged) > 1 else []
        said = verdict_lines(look, bond, verdict, cells)
        shares = _shares(self.room, len(said), 0 if beside else len(listed), len(facts), len(bond.slaves) + 1)
        self.add(shortened(said, shares.verdict, cells, look.glyphs.cut))
        self._rule()
        position = [each.ifindex for each, _ in judged].index(bond.ifindex)
        if listed and not beside:
            self._list(judged, listed, position, shares.bonds)
            self._rule()
        top = len(self.lines)
        table, indexes = slave_table(look, bond, width, shares.slaves)
        for n, ifindex in enumerate(indexes, start=top + min(shares.facts, len(facts))):
            if ifindex is not None:
                self.spot(n, cells - width, cells, "slave", ifindex)
        block = [*facts[: shares.facts], *table]
        if beside:
            height = max(len(block), min(len(listed), max(1, self.room - 1 - _least_log(self.tall))))
            self._list(judged, listed, position, height)
            self._stand_beside(top, height, block, width)
        else:
            self.add(block)
        if shares.log and self.room >= 2:
            self._log()

    def _rule(self) -> None:
        if self.tall >= RULES_FROM_ROWS:
            self.add([rule(self.look, self.cells)])

    def _list(self, judged: list[Judged], listed: list[Line], position: int, rows: int) -> None:
        """The bonds around the chosen one."""
        first = max(0, min(position - rows // 2, len(listed) - rows))
        for n in range(first, min(first + rows, len(listed))):
            self.spot(len(self.lines), 0, min(self.cells, LIST_CELLS), "bond", judged[n][0].ifindex)
            self.add([listed[n]])

    def _stand_beside(self, top: int, height: int, block: list[Line], width: int) -> None:
        """Put the block to the right of the list that was drawn from row ``top`` on."""
        left = self.lines[top:]
        blank: Line = ((" " * LIST_CELLS, PLAIN),)
        wall = (f"{self.look.glyphs.wall} ", DIM)
        self.lines[top:] = [
            (*(left[n] if n < len(left) else blank), wall, *fit(block[n] if n < len(block) else (), width))
            for n in range(height)
        ]

    def _log(self) -> None:
        self.add([rule(self.look, self.cells, log_title(self.look))])
        self.log = range(len(self.lines), self.rows)
        self.add(log_lines(self.look, self.cells, self.room))


def _least_log(rows: int) -> int:
    return 0 if rows < 13 else 3 if rows < 23 else 5


def _shares(rows: int, verdict: int, bonds: int, facts: int, slaves: int) -> _Shares:
    """Share the rows out: the verdict is never cut below one line, the log gives way first."""
    rules = (3 if bonds else 2) if rows >= RULES_FROM_ROWS - 1 else 0
    room = rows - rules
    verdict = min(verdict, max(1, room // 3 if rows >= RULES_FROM_ROWS - 1 else room // 2))
    room -= verdict
    bonds = min(bonds, max(1, room // 4)) if bonds else 0
    room -= bonds
    slaves_least = min(slaves, 3)
    facts = min(facts, max(0, room - slaves_least - _least_log(rows)), 9 if rows >= 10 else 1) if rows >= 7 else 0
    room -= facts
    slaves = max(0, min(slaves, max(slaves_least, room - _least_log(rows)), room))
    return _Shares(verdict, bonds, facts, slaves, max(0, room - slaves))
