"""Routes: RTM_NEWROUTE bodies in, values out. Numbers: include/uapi/linux/rtnetlink.h."""

from __future__ import annotations

from struct import Struct
from sys import byteorder

from bondtui.core.rtnetlink import attribute, attributes
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Spans = Mapping[int, tuple[int, int]]

RTM_NEWROUTE = 24
AF_INET, AF_INET6 = 2, 10
ADDRESS_SIZE = {AF_INET: 4, AF_INET6: 16}
RTA_DST, RTA_SRC, RTA_OIF, RTA_GATEWAY, RTA_MULTIPATH, RTA_TABLE, RTA_VIA = 1, 2, 4, 5, 9, 15, 18
RTN_UNICAST, RT_TABLE_LOCAL, RTM_F_CLONED = 1, 255, 0x200
COMES_BACK = frozenset({1, 2, 9})
"""Protocols of routes that come back by themselves: redirect, kernel, router advertisement."""

HEADER = Struct("=8BI")
NEXT_HOP = Struct("=HBBi")


class Hop(NamedTuple):
    """One way that a route offers."""

    ifindex: int
    gateway: bytes = b""


class KernelRoute(NamedTuple):
    """A unicast route of any table but ``local``."""

    destination: bytes
    """4 or 16 bytes."""
    prefix: int
    comes_back: bool = False
    hops: tuple[Hop, ...] = ()
    """Empty for a route by a nexthop object that the kernel was told not to spell out."""


def request(family: int) -> bytes:
    """The body of an RTM_GETROUTE dump of all tables of one family."""
    return HEADER.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)


def way_request(destination: bytes, source: bytes) -> bytes:
    """The body of the question which way a packet takes, as ``ip route get DESTINATION from SOURCE``."""
    bits = len(destination) * 8
    family = AF_INET if bits == 32 else AF_INET6
    ends = attribute(RTA_DST, destination) + attribute(RTA_SRC, source)
    return HEADER.pack(family, bits, bits, 0, 0, 0, 0, 0, 0) + ends


def way(data: bytes, start: int, end: int) -> int | None:
    """The interface index in the answer to ``way_request``."""
    return _number(data, _spans(data, start + HEADER.size, end).get(RTA_OIF)) if end - start >= HEADER.size else None


def route(data: bytes, start: int, end: int) -> KernelRoute | None:
    """Decode one RTM_NEWROUTE body; ``None`` for what leads nowhere or only to ourselves."""
    if end - start < HEADER.size:
        return None
    family, prefix, _, _, table, protocol, _, kind, flags = HEADER.unpack_from(data, start)
    size = ADDRESS_SIZE.get(family)
    if size is None or kind != RTN_UNICAST or flags & RTM_F_CLONED:
        return None
    found = _spans(data, start + HEADER.size, end)
    if (_number(data, found.get(RTA_TABLE)) or table) == RT_TABLE_LOCAL:
        return None
    destination = data[slice(*found.get(RTA_DST, (0, 0)))][:size].ljust(size, b"\0")
    return KernelRoute(destination, prefix, protocol in COMES_BACK, tuple(_hops(data, found)))


def _hops(data: bytes, found: Spans) -> Iterator[Hop]:
    if (index := _number(data, found.get(RTA_OIF))) is not None:
        yield Hop(index, _gateway(data, found))
    start, end = found.get(RTA_MULTIPATH, (0, 0))
    while start + NEXT_HOP.size <= end:
        length, _, _, index = NEXT_HOP.unpack_from(data, start)
        if length < NEXT_HOP.size or start + length > end:
            return
        yield Hop(index, _gateway(data, _spans(data, start + NEXT_HOP.size, start + length)))
        start += (length + 3) & ~3


def _gateway(data: bytes, found: Spans) -> bytes:
    """The gateway's address; one of the other family comes as RTA_VIA, behind two bytes of family."""
    if RTA_GATEWAY in found:
        return data[slice(*found[RTA_GATEWAY])]
    a, b = found.get(RTA_VIA, (0, 0))
    return data[a + 2 : b]


def _spans(data: bytes, start: int, end: int) -> dict[int, tuple[int, int]]:
    return {kind: (a, b) for kind, a, b in attributes(data, start, end)}


def _number(data: bytes, span: tuple[int, int] | None) -> int | None:
    return int.from_bytes(data[slice(*span)], byteorder) if span else None
