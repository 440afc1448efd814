"""What has been read of one bond so far, field by field, and what was not understood."""

from __future__ import annotations

from bondtui.model.text import Unread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.texts.values import Value

MOST_UNREAD = 200
"""So many lines that are not understood are kept of one text; of the others, how many there are."""
LONGEST_KEPT = 300
NAMELESS = "unnamed slave"
"""Stands for a slave whose name was cut off; the blank in it makes sure that no interface is called so."""


class Draft:
    """One bond."""

    def __init__(self, name: str | None, line: int, text: str) -> None:
        self.name = name
        self.line = line
        self.text = text
        self.bond: dict[str, Value] = {}
        self.lines: dict[str, tuple[int, str]] = {}
        """Where the fields of the bond were read."""
        self.tried: set[str] = set()
        """The fields of the bond whose lines are there, also if the value was not understood."""
        self.slaves: dict[str, dict[str, Value]] = {}
        self.sure = False
        """Whether a line is there that nothing but the bonding driver prints."""
        self.lacp_told = False
        """The heading of the part that an 802.3ad bond alone has."""
        self.aggregator_told = False
        """Which aggregator is active, or that none is: before 4.2 to everybody, since then with CAP_NET_ADMIN."""

    def nameless(self) -> dict[str, Value]:
        """The slave whose name is not in the text; what was taken for the bond's before it is moved to it."""
        if NAMELESS not in self.slaves:
            moved = self.slaves[NAMELESS] = {}
            if self.bond.keys() <= {"carrier", "aggregator_id"}:
                if "aggregator_id" in self.bond:
                    moved["aggregator_id"] = self.bond.pop("aggregator_id")
                if (up := self.bond.pop("carrier", None)) is not None:
                    moved["mii_status"] = "up" if up else "down"
        return self.slaves[NAMELESS]


class Doubts:
    """The lines of one text that were not understood, at most so many."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines: list[Unread] = []
        self._notes: list[Unread] = []
        self._more = 0

    def add(self, line: int, text: str, why: str) -> None:
        """A line."""
        if len(self._lines) < MOST_UNREAD:
            self._lines.append(Unread(self._source, line, _short(text), why))
        else:
            self._more += 1

    def note(self, line: int, text: str, why: str) -> None:
        """What the text leaves open; there are few of these."""
        if len(self._notes) < MOST_UNREAD:
            self._notes.append(Unread(self._source, line, _short(text), why))

    def all(self) -> tuple[Unread, ...]:
        """All of them in the order of their lines."""
        found = sorted((*self._notes, *self._lines), key=lambda each: each.line)
        if self._more:
            found.append(Unread(self._source, 0, "", f"{self._more} more lines are not understood"))
        return tuple(found)


def _short(text: str) -> str:
    said = text[: 2 * LONGEST_KEPT].strip(" ")
    return said if len(said) <= LONGEST_KEPT else said[:LONGEST_KEPT] + "..."
