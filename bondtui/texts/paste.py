"""Take a text apart that a person has copied: one or more of /proc/net/bonding/BOND, and what stands around them.

Any text is accepted. What a mail, a log or a terminal does to lines is undone as far as that is safe: quoting, prefixes,
line ends, lost indentation and blank lines, even lost line ends. What is not understood is kept with its line number.
The time is linear in the length of the text.
"""

from __future__ import annotations

import re

from bondtui.model.record import NamedTuple
from bondtui.texts import ip, values
from bondtui.texts.draft import Doubts, Draft
from bondtui.texts.labels import (
    AGGREGATOR,
    BOND,
    DETAILS_OF,
    DRIVER,
    ENDS,
    IN_DETAILS,
    IN_SLAVE,
    LABELLED,
    LACP_INFO,
    MODE,
    OF_BOND,
    SLAVE,
    known,
)
from bondtui.texts.lines import lines
from bondtui.texts.naming import LONGEST_PREFIX, is_prefix, is_prompt, named, named_before
from bondtui.texts.values import Strange, is_remark, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.texts.labels import Label
    from bondtui.texts.values import Value

_DIGITS = re.compile(r"[0-9]+")
NO_AGGREGATOR = "no active aggregator"
VAGUE = frozenset({"MII Status", "Speed", "Duplex", "System priority", "System MAC address", *IN_DETAILS})
"""Labels that other programs use as well: these alone make no bond."""
NOT_KNOWN = "not a line of the bonding driver that is known"


class Taken(NamedTuple):
    """What is in a text."""

    bonds: tuple[Draft, ...]
    links: ip.Links
    doubts: Doubts


class _Piece(NamedTuple):
    """One labelled value."""

    label: str
    value: str
    begins: int
    """Where its label begins in the line."""


def take(source: str, text: str) -> Taken:
    """Take a text apart."""
    taking = _Taking(source)
    for number, line in lines(text):
        taking.line(number, line)
    return Taken(taking.sure_drafts(), ip.links(taking.ip_lines, taking.doubts), taking.doubts)


class _Taking:
    """Goes through the lines of a text."""

    def __init__(self, source: str) -> None:
        self.drafts: list[Draft] = []
        self.ip_lines: list[ip.Line] = []
        self.doubts = Doubts(source)
        self._in_ip = False
        self._names: list[str] = []
        """Of the bonds that come next, the last one first."""
        self._just_named = False
        self._draft: Draft | None = None
        self._slave: dict[str, Value] | None = None
        self._end = ""
        self._at = (0, "")
        self._prefix = ""
        """What stood before the last line that was understood, with every number as 0."""

    def line(self, number: int, text: str) -> None:
        """The next line."""
        if not text or text.isspace():
            return
        self._at = number, text
        found = _pieces(text) or (_pieces(plain(text)) if "\x1b" in text else [])
        before = text[: found[0].begins] if found else text
        if found and (is_prefix(before) or is_prefix(plain(before))):
            self._in_ip = False
            self._prefix = _shape(before)
            self._labelled(found, named_before(before))
        elif (names := named(text)) or is_prompt(text):
            self._in_ip = False
            if names:
                self._named(names)
        elif ip.begins(text) or (self._in_ip and ip.goes_on(text)):
            self._in_ip = True
            self.ip_lines.append((number, text))
        elif named_before(text) is None and any(map(str.isalnum, text)) and _shape(text) != self._prefix:
            self._in_ip = False
            self.doubts.add(number, text, NOT_KNOWN)

    def sure_drafts(self) -> tuple[Draft, ...]:
        """The bonds; a line that could be of any program makes none."""
        for draft in self.drafts:
            if not draft.sure:
                self.doubts.add(draft.line, draft.text, NOT_KNOWN)
        return tuple(draft for draft in self.drafts if draft.sure)

    def _named(self, names: list[str]) -> None:
        self._names, self._just_named = names[::-1], True

    def _labelled(self, pieces: list[_Piece], name: str | None) -> None:
        """All values of a line; what follows one and is not understood may be part of the next label."""
        doubtful = ""
        for piece in pieces:
            if doubtful:
                self._doubt(NOT_KNOWN, f"{doubtful} {piece.label}: {piece.value}")
                doubtful = ""
                continue
            try:
                rest = self._piece(piece, name)
            except Strange as why:
                self._doubt(str(why), self._at[1])
                continue
            if rest and is_remark(rest):
                return
            doubtful = rest
        if doubtful:
            self._doubt("what follows the value is not understood", self._at[1])

    def _doubt(self, why: str, text: str) -> None:
        self.doubts.add(self._at[0], text, why)

    def _piece(self, piece: _Piece, name: str | None) -> str:
        """One value; returns what stands behind it."""
        label, value = piece.label, piece.value
        draft = self._draft_for(label, name)
        draft.sure = draft.sure or label not in VAGUE
        if label not in IN_DETAILS:
            self._end = DETAILS_OF.get(label, "")
        if label == NO_AGGREGATOR:
            draft.name, draft.aggregator_told = draft.name or value, True
            return ""
        if label == SLAVE:
            return self._begin_slave(draft, value)
        if label in DETAILS_OF or label in (LACP_INFO, AGGREGATOR):
            draft.lacp_told = draft.lacp_told or label == LACP_INFO
            draft.aggregator_told = draft.aggregator_told or label == AGGREGATOR
            return value
        fields, kind, prefix = self._scope(draft, label)
        if fields is draft.bond:
            draft.tried.add(kind.field)
        if not value and label not in ("ARP IP target/s (n.n.n.n form)", "NS IPv6 target/s (xx::xx form)"):
            raise Strange("the value is missing")
        read, rest = kind.read(value if kind.read in (values.name, values.primary) else plain(value))
        fields[prefix + kind.field] = read
        if fields is draft.bond:
            draft.lines[kind.field] = self._at
        return rest

    def _draft_for(self, label: str, name: str | None) -> Draft:
        """The bond that this label is about: the one at hand, or a new one."""
        draft = self._draft
        if draft is not None and not self._begins_new(draft, label, name):
            draft.name = draft.name or name
            return draft
        if name is None and self._names:
            name = self._names.pop()
        self._just_named = False
        draft = self._draft = Draft(name, *self._at)
        self._slave, self._end = None, ""
        self.drafts.append(draft)
        return draft

    def _begins_new(self, draft: Draft, label: str, name: str | None) -> bool:
        if name is not None:
            return draft.name is not None and draft.name != name
        if self._just_named and self._names[-1] != draft.name:
            return True
        if label == DRIVER:
            return bool(draft.bond or draft.slaves)
        if label == MODE:
            return "mode" in draft.bond or bool(draft.slaves)
        return self._slave is not None and (label in OF_BOND or label in (LACP_INFO, AGGREGATOR, NO_AGGREGATOR))

    def _begin_slave(self, draft: Draft, value: str) -> str:
        try:
            name, rest = values.name(value)
        except Strange:
            self._slave = draft.nameless()
            raise
        self._slave = draft.slaves.setdefault(str(name), {})
        return rest

    def _scope(self, draft: Draft, label: str) -> tuple[dict[str, Value], Label, str]:
        """Where the value goes, how it reads, and what comes before the name of its field."""
        if label in IN_DETAILS:
            self._end = ENDS.get(label, self._end)
            if not self._end:
                raise Strange("the text does not tell which end this is about")
            return self._of_slave(draft), IN_DETAILS[label], f"{self._end}_"
        if label in BOND and (self._slave is None or label not in IN_SLAVE):
            return draft.bond, BOND[label], ""
        return self._of_slave(draft), IN_SLAVE[label], ""

    def _of_slave(self, draft: Draft) -> dict[str, Value]:
        if self._slave is None:
            self._slave = draft.nameless()
            self.doubts.note(*self._at, "the text does not name this slave")
        return self._slave


def _shape(before: str) -> str:
    """What stands before a line, with every number as 0: the time goes on."""
    return _DIGITS.sub("0", before[: 2 * LONGEST_PREFIX]).strip(" ")


def _pieces(line: str) -> list[_Piece]:
    """The labelled values of a line, in their order."""
    found = list(LABELLED.finditer(line))
    if not found:
        return []
    ends = [each.start() for each in found[1:]] + [len(line)]
    pieces = []
    for match, end in zip(found, ends, strict=True):
        if match[4] is not None:
            pieces.append(_Piece(NO_AGGREGATOR, match[4], match.start()))
        else:
            value = line[match.end() : end].strip(" ")
            pieces.append(_Piece(known(match[1] or match[2]), value, match.start()))
    return pieces
