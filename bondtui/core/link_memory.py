"""Decode a link's message by what is already known of it: most of the bytes are those of a second ago.

A steady read gets the same answer for each interface but for its counters and errors. Telling that two pieces
of bytes are equal takes a twentieth of the time of decoding them, and lets everything behind this see
at a glance that nothing has changed, because the very same values come out.
"""

from __future__ import annotations

from bondtui.core import rtnetlink
from bondtui.model.bond import Link
from bondtui.model.record import NamedTuple

_COUNTERS_AT, _AFTER_ERRORS = Link._fields.index("counters"), Link._fields.index("errors") + 1
"""The errors come right after the counters, so that both can be put in at once."""


class _Known(NamedTuple):
    """One interface's last message: its value, and the bytes that must be equal to have it again."""

    link: Link
    head: bytes
    """Everything before the counters: the header, all plain attributes, and the header of the statistics."""
    size: int
    """The length of the statistics."""
    kinds: bytes
    """The errors by kind; of other ones than these only they are decoded anew."""
    info_at: int
    info: bytes
    """IFLA_LINKINFO, where it was: the options of a bond, the state of a slave."""


class LinkMemory:
    """A decoder for RTM_NEWLINK answers that remembers the last one of each interface."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    def link(self, data: bytes, start: int, end: int) -> Link | None:
        """What ``rtnetlink.link`` makes of the message, without its event code."""
        ifindex = rtnetlink.ifindex_of(data, start, end)
        known = self._known.get(ifindex)
        if known is not None:
            at = start + len(known.head)
            info_at = start + known.info_at
            info_end = info_at + len(known.info)
            if (
                info_end <= end
                and data[start:at] == known.head
                and data[info_at:info_end] == known.info
                and (counters := rtnetlink.counters(data, at, at + known.size)) is not None
            ):
                old, errors_at = known.link, at + rtnetlink.ERRORS_AT
                same = data[errors_at : errors_at + len(known.kinds)] == known.kinds
                errors = old.errors if same else rtnetlink.errors(data, at, at + known.size)
                return tuple.__new__(Link, (*old[:_COUNTERS_AT], counters, errors, *old[_AFTER_ERRORS:]))
        return self._decode(data, start, end)

    def keep_only(self, indexes: set[int]) -> None:
        """Forget all other interfaces."""
        for gone in self._known.keys() - indexes:
            del self._known[gone]

    def _decode(self, data: bytes, start: int, end: int) -> Link | None:
        decoded = rtnetlink.link(data, start, end)
        if decoded is None:
            return None
        spans = rtnetlink.spans(data, start, end)
        told, info = spans.get(rtnetlink.IFLA_STATS64), spans.get(rtnetlink.IFLA_LINKINFO)
        if told is not None and info is not None:
            plain = [at for kind, at in spans.items() if kind in rtnetlink.PLAIN_ATTRIBUTES]
            if all(at[0] < told[0] for at in plain) and told[0] < info[0]:
                self._known[decoded[0].ifindex] = _known(decoded[0], data, start, told, info)
        return decoded[0]


def _known(link: Link, data: bytes, start: int, told: tuple[int, int], info: tuple[int, int]) -> _Known:
    """What to remember of a message whose statistics and IFLA_LINKINFO lie there, each with its header."""
    at = told[0] + rtnetlink.ATTRIBUTE_HEADER.size
    kinds = data[at + rtnetlink.ERRORS_AT : min(at + rtnetlink.ERRORS_END, told[1])]
    return _Known(link, data[start:at], told[1] - at, kinds, info[0] - start, data[info[0] : info[1]])


def unchanged_but_for_counters(old: Link, new: Link) -> bool:
    """Whether nothing is different but the counters and errors; at once for what a LinkMemory made."""
    return old[:_COUNTERS_AT] == new[:_COUNTERS_AT] and old[_AFTER_ERRORS:] == new[_AFTER_ERRORS:]
