"""Routes: RTM_NEWROUTE bodies in, values out. Numbers: include/uapi/linux/rtnetlink.h."""

from __future__ import annotations

from struct import Struct
from sys import byteorder

from bondtui.core.rtnetlink import attribute, attributes
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    Spans = Mapping[int, tuple[int, int]]

RTM_NEWROUTE = 24
AF_INET, AF_INET6 = 2, 10
ADDRESS_SIZE = {AF_INET: 4, AF_INET6: 16}
RTA_DST, RTA_SRC, RTA_OIF, RTA_GATEWAY, RTA_MULTIPATH, RTA_TABLE, RTA_VIA = 1, 2, 4, 5, 9, 15, 18
RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST, RTN_MULTICAST = 1, 2, 3, 4, 5
RT_TABLE_LOCAL, RTM_F_CLONED = 255, 0x200
COMES_BACK = frozenset({1, 2, 9})
"""Protocols of routes that come back by themselves: redirect, kernel, router advertisement."""

_U32 = Struct("=I")
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


class Gateway(NamedTuple):
    """Who passes on what a route covers."""

    address: bytes
    """4 or 16 bytes, and not always of the route's own family."""
    ifindex: int
    route: KernelRoute


class Way(NamedTuple):
    """Where the kernel would send a packet now."""

    kind: int
    """RTN_* of include/uapi/linux/rtnetlink.h."""
    ifindex: int | None
    gateway: bytes = b""
    """Empty when the packet goes to its destination itself."""


def request(family: int) -> bytes:
    """The body of an RTM_GETROUTE dump of all tables of one family."""
    return HEADER.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)


def way_request(destination: bytes, source: bytes = b"", outgoing: int = 0) -> bytes:
    """The body of the question which way a packet takes, as ``ip route get DESTINATION from SOURCE oif OUTGOING``."""
    bits = len(destination) * 8
    family = AF_INET if bits == 32 else AF_INET6
    asked = attribute(RTA_DST, destination)
    if source:
        asked += attribute(RTA_SRC, source)
    if outgoing:
        asked += attribute(RTA_OIF, _U32.pack(outgoing))
    return HEADER.pack(family, bits, len(source) * 8, 0, 0, 0, 0, 0, 0) + asked


def way(data: bytes, start: int, end: int) -> int | None:
    """The interface index in the answer to ``way_request``."""
    found = whole_way(data, start, end)
    return found.ifindex if found else None


def whole_way(data: bytes, start: int, end: int) -> Way | None:
    """All of the answer to ``way_request``; ``None`` for one that is too short."""
    if end - start < HEADER.size:
        return None
    found = _spans(data, start + HEADER.size, end)
    kind = HEADER.unpack_from(data, start)[7]
    return Way(kind, _number(data, found.get(RTA_OIF)), _gateway(data, found))


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


def gateways(known: Iterable[KernelRoute], over: Container[int]) -> list[Gateway]:
    """Those of the routes through these interfaces: of default routes first, then IPv4 before IPv6."""
    found = [
        Gateway(hop.gateway, hop.ifindex, each)
        for each in known
        for hop in each.hops
        if hop.ifindex in over and len(hop.gateway) in ADDRESS_SIZE.values()
    ]
    found.sort(key=lambda each: (each.route.prefix != 0, len(each.route.destination), len(each.address)))
    return found


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
