"""Decode a link's message by what is already known of it: most of the bytes are those of a second ago.

A steady read gets the same answer for each interface but for its counters. Telling that two pieces
of bytes are equal takes a twentieth of the time of decoding them, and lets everything behind this see
at a glance that nothing has changed, because the very same values come out.
"""

from __future__ import annotations

from bondtui.core import rtnetlink
from bondtui.model.bond import Link
from bondtui.model.record import NamedTuple

_COUNTERS_AT = Link._fields.index("counters")


class _Known(NamedTuple):
    """One interface's last message: its value, and the bytes that must be equal to have it again."""

    link: Link
    head: bytes
    """Everything before the counters: the header and all plain attributes."""
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
            counters_at = start + len(known.head)
            info_at = start + known.info_at
            info_end = info_at + len(known.info)
            if (
                info_end <= end
                and data[start:counters_at] == known.head
                and data[info_at:info_end] == known.info
                and (counters := rtnetlink.counters_at(data, counters_at, end)) is not None
            ):
                old = known.link
                return tuple.__new__(Link, (*old[:_COUNTERS_AT], counters, *old[_COUNTERS_AT + 1 :]))
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
        counters, info = spans.get(rtnetlink.IFLA_STATS64), spans.get(rtnetlink.IFLA_LINKINFO)
        if counters is not None and info is not None:
            plain = [at for kind, at in spans.items() if kind in rtnetlink.PLAIN_ATTRIBUTES]
            if all(at[0] < counters[0] for at in plain) and counters[0] < info[0]:
                head = data[start : counters[0]]
                self._known[decoded[0].ifindex] = _Known(decoded[0], head, info[0] - start, data[info[0] : info[1]])
        return decoded[0]


def unchanged_but_for_counters(old: Link, new: Link) -> bool:
    """Whether nothing is different but the counters; at once for what a LinkMemory made."""
    return old[:_COUNTERS_AT] == new[:_COUNTERS_AT] and old[_COUNTERS_AT + 1 :] == new[_COUNTERS_AT + 1 :]
