"""Neighbours: RTM_NEWNEIGH bodies in, values out. Numbers: include/uapi/linux/neighbour.h.

The same message tells the ARP table, the ND table, and what a bridge has learned.
"""

from __future__ import annotations

from struct import Struct
from sys import byteorder

from bondtui.core.addresses import is_multicast
from bondtui.core.routes import ADDRESS_SIZE
from bondtui.core.rtnetlink import attribute, attributes
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable

RTM_NEWNEIGH = 28
AF_BRIDGE = 7
NDA_DST, NDA_LLADDR, NDA_CACHEINFO, NDA_MASTER = 1, 2, 3, 9
NUD_INCOMPLETE, NUD_REACHABLE, NUD_STALE, NUD_DELAY = 0x01, 0x02, 0x04, 0x08
NUD_PROBE, NUD_FAILED, NUD_NOARP, NUD_PERMANENT = 0x10, 0x20, 0x40, 0x80

HEADER = Struct("=B3xiHBB")
_U32 = Struct("=I")

ANSWERS = {
    NUD_REACHABLE: "reachable",
    NUD_DELAY: "delay",
    NUD_PROBE: "probe",
    NUD_STALE: "stale",
    NUD_PERMANENT: "permanent",
}
"""States in which somebody can be expected to answer, best first, with the words of ``ip neighbour``."""


class Neighbour(NamedTuple):
    """One entry of a table."""

    family: int
    ifindex: int
    """The interface; in what a bridge has learned, its port."""
    state: int
    """NUD_* of include/uapi/linux/neighbour.h."""
    address: bytes = b""
    """4 or 16 bytes; empty in what a bridge has learned."""
    hwaddr: bytes = b""
    confirmed: int | None = None
    """How long ago it was last confirmed, in ticks of USER_HZ."""


def request(family: int) -> bytes:
    """The body of an RTM_GETNEIGH dump of one family."""
    return HEADER.pack(family, 0, 0, 0, 0)


def learned_request(bridge: int) -> bytes:
    """The body of an RTM_GETNEIGH dump of what one bridge has learned; older kernels tell of all bridges."""
    return HEADER.pack(AF_BRIDGE, 0, 0, 0, 0) + attribute(NDA_MASTER, _U32.pack(bridge))


def neighbour(data: bytes, start: int, end: int) -> Neighbour | None:
    """Decode one RTM_NEWNEIGH body; ``None`` for one that is damaged or of another protocol."""
    if end - start < HEADER.size:
        return None
    family, ifindex, state, _, _ = HEADER.unpack_from(data, start)
    found = {kind: data[a:b] for kind, a, b in attributes(data, start + HEADER.size, end)}
    address, hwaddr = found.get(NDA_DST, b""), found.get(NDA_LLADDR, b"")
    if family == AF_BRIDGE:
        return Neighbour(family, ifindex, state, hwaddr=hwaddr) if hwaddr else None
    if len(address) != ADDRESS_SIZE.get(family):
        return None
    times = found.get(NDA_CACHEINFO, b"")  # struct nda_cacheinfo: confirmed, used, updated, references
    confirmed = int.from_bytes(times[:4], byteorder) if len(times) >= 4 else None
    return Neighbour(family, ifindex, state, address, hwaddr, confirmed)


def answering(known: Iterable[Neighbour], over: Container[int]) -> list[Neighbour]:
    """Those on these interfaces that can be expected to answer.

    The surest state first, then IPv4 before IPv6, then the one that was confirmed last.
    """
    ranks = {state: rank for rank, state in enumerate(ANSWERS)}
    found = [each for each in known if each.ifindex in over and each.state in ranks and not is_multicast(each.address)]
    found.sort(key=lambda each: (ranks[each.state], each.family, each.confirmed is None, each.confirmed or 0))
    return found
