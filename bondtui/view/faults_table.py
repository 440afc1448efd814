"""The kinds of fault as a table: key, title, value, and whether it is in place here."""

from __future__ import annotations

from bondtui.core.words import age, printable
from bondtui.lab.faults import KINDS
from bondtui.model.record import NamedTuple
from bondtui.view.lab_news import LabNews, valued
from bondtui.view.line import ACCENT, CHOSEN, DIM, KEY, PLAIN, STRONG, WARN, Line, Span, fit, line_width, pad, width
from bondtui.view.page import Pane

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bondtui.lab.faults import Kind
    from bondtui.model.lab import Fault, FaultInPlace, LabBond
    from bondtui.view.look import Look

LESS, MORE = "-", "+"
"""The keys that change the highlighted value."""
NARROW_BELOW = 60
"""Below this width there is room for a value or for what is the case, not for both."""
WHERE_AT_MOST = 8
STEPS = {"percent": 5, "bytes": 100}
"""By how much a value is changed at once, by its unit; by one where nothing stands here."""


class Told(NamedTuple):
    """What came of the last key."""

    words: str = ""
    severity: str = ""
    """As that of a notice."""
    commands: Sequence[str] = ()
    """What was run at the peer."""
    put: FaultInPlace | None = None
    """What is in place since then, for as long as it is."""


class At(NamedTuple):
    """What the reader of the faults has chosen, and what came of it."""

    kind: str = KINDS[0].name
    """The highlighted one."""
    values: Mapping[str, int] = {}
    """Those that were chosen, by the kind's name."""
    told: Told = Told()
    wanted: Fault | None = None
    """What is in place and is to have another value, as soon as the lab has answered what it was asked before."""


class Place(NamedTuple):
    """Where the faults are to be."""

    bond: LabBond
    slave: str

    def subject(self, kind: Kind) -> str:
        """What a fault of this kind is of here."""
        return self.bond.name if kind.of_a_bond else self.slave

    def where(self, kind: Kind) -> str:
        """The interface of the peer at which it is made."""
        return self.bond.peer if kind.of_a_bond else self.bond.ports[self.bond.slaves.index(self.slave)]

    def offers(self, kind: Kind) -> bool:
        """Whether it makes sense in the mode of this bond."""
        return not kind.modes or self.bond.mode in kind.modes


class Table(NamedTuple):
    """The kinds, one in a line, and where the signs are that change the highlighted value: (cell, sign)."""

    pane: Pane
    signs: Sequence[tuple[int, str]] = ()


def highlighted(at: At) -> Kind:
    """The kind that is highlighted."""
    return next(kind for kind in KINDS if kind.name == at.kind)


def moved(at: At, step: int) -> At:
    """Another one is highlighted, so many further down."""
    there = KINDS.index(highlighted(at)) + step
    return at._replace(kind=KINDS[max(0, min(len(KINDS) - 1, there))].name)


def value_of(at: At, kind: Kind) -> int | None:
    """The value with which it would be made; ``None`` where it takes none."""
    return at.values.get(kind.name, kind.value.default) if kind.value is not None else None


def chosen_as(at: At, there: FaultInPlace | None) -> At:
    """The value with which something is in place is the chosen one, whoever has put it."""
    if there is None or there.by_itself or there.fault.value is None:
        return at
    if at.wanted is not None and at.wanted[:2] == there.fault[:2]:
        return at
    return at._replace(values={**at.values, there.fault.kind: there.fault.value})


def changed(at: At, step: int) -> At:
    """The value of the highlighted one is a step greater or less, as far as it goes; steps lead to round numbers.

    One with which nothing would be wrong is stepped over.
    """
    kind = highlighted(at)
    value = value_of(at, kind)
    if kind.value is None or value is None:
        return at
    size = STEPS.get(kind.value.unit, 1)
    wanted = (value // size + 1 if step > 0 else -(-value // size) - 1) * size
    if wanted == kind.value.sound:
        wanted += size if step > 0 else -size
    return at._replace(values={**at.values, kind.name: max(kind.value.least, min(kind.value.most, wanted))})


def table(look: Look, at: At, place: Place, cells: int) -> Table:
    """All kinds, for a place in the lab."""
    news = look.lab or LabNews()
    here = KINDS.index(highlighted(at))
    wheres = min(WHERE_AT_MOST, max(width(printable(place.where(kind))) for kind in KINDS))
    lines: list[Line] = []
    signs: list[tuple[int, str]] = []
    for n, kind in enumerate(KINDS):
        there = news.in_place(kind.name, place.subject(kind))
        left = _left(look, kind, there, chosen=n == here, offered=place.offers(kind))
        value, places = _value(chosen_as(at, there), kind, chosen=n == here, offered=place.offers(kind))
        if cells >= NARROW_BELOW:
            left = (*left, (pad(printable(place.where(kind)), wheres), DIM), ("  ", PLAIN))
            value = (*fit(value, _VALUES), ("  ", PLAIN))
        room = cells - line_width(left)
        state = _state(look, place, kind, there, room - line_width(value) * (cells >= NARROW_BELOW))
        if cells < NARROW_BELOW and state[0]:
            value, places = (), []
        signs += [(line_width(left) + cell, sign) for cell, sign in places]
        lines.append((*left, *value, state))
    return Table(Pane(lines, keep=range(here, here + 1), spots={n: n for n in range(len(lines))}), signs)


_TITLES = max(width(kind.title) for kind in KINDS)
_VALUES = max(width(valued(kind.value, kind.value.most)) for kind in KINDS if kind.value is not None) + 4
"""How wide a value is with the signs that change it."""


def _left(look: Look, kind: Kind, there: FaultInPlace | None, *, chosen: bool, offered: bool) -> Line:
    """Mark, key and title."""
    tone = CHOSEN if chosen else STRONG if there else PLAIN if offered else DIM
    return (
        (f"{look.glyphs.chosen if chosen else ' '} ", ACCENT),
        (kind.key, KEY if offered else DIM),
        ("  ", PLAIN),
        (kind.title, tone),
        (" " * (_TITLES - width(kind.title) + 2), PLAIN),
    )


def _value(at: At, kind: Kind, *, chosen: bool, offered: bool) -> tuple[Line, list[tuple[int, str]]]:
    """The value, for the highlighted one between the signs that change it."""
    if kind.value is None:
        return (), []
    said = valued(kind.value, value_of(at, kind))
    if not chosen or not offered:
        return ((f"  {said}", PLAIN if offered else DIM),), []
    line: Line = ((LESS, KEY), (f" {said} ", STRONG), (MORE, KEY))
    return line, [(0, LESS), (line_width(line) - 1, MORE)]


def _state(look: Look, place: Place, kind: Kind, there: FaultInPlace | None, cells: int) -> Span:
    """Whether it is in place here, or why it cannot be; in as many words as there is room for."""
    if there is None:
        modes = " or ".join(kind.modes)
        return ("" if place.offers(kind) else _fitting((f"only in mode {modes}", f"{modes} only"), cells)), DIM
    mark, since = f"{look.glyphs.warn} IN PLACE", age(look.now.wall - there.since)
    said = [f"{mark} since {since}", f"{mark} {since}", mark]
    if kind.value is not None and there.fault.value is not None:
        said.insert(0, f"{mark} since {since}, {valued(kind.value, there.fault.value)}")
    if there.by_itself:
        said.insert(0, f"{said[0]}, ends by itself")
    return _fitting(said, cells), WARN


def _fitting(said: Sequence[str], cells: int) -> str:
    """The first that there is room for; the last where there is for none."""
    return next((each for each in said if width(each) <= cells), said[-1])
