"""What lies over a bond and its slaves: RTM_NEWLINK bodies in, places out.

Numbers are those of include/uapi/linux/if_link.h. An interface lies over another one when it names it
as its IFLA_LINK (VLAN, macvlan, ipvlan, a tunnel bound to it) or is its master (bridge, VRF, team).
"""

from __future__ import annotations

from struct import Struct
from sys import byteorder

from bondtui.core.rtnetlink import (
    IFLA_IFNAME,
    IFLA_INFO_KIND,
    IFLA_LINKINFO,
    IFLA_MASTER,
    LINK_HEADER,
    attribute,
    attributes,
)
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bondtui.model.bond import Bond

IFLA_LINK, IFLA_EXT_MASK, IFLA_LINK_NETNSID = 5, 29, 37
RTEXT_FILTER_SKIP_STATS = 8

PAIRED = frozenset({"veth", "vxcan", "netkit"})
"""Their IFLA_LINK is the other end of the pair: beside them, not below."""
OPEN_VSWITCH = "openvswitch"

_U32 = Struct("=I")


class Stacked(NamedTuple):
    """One interface and what it is stacked upon."""

    ifindex: int
    name: str
    kind: str | None = None
    below: int | None = None
    """The interface that it lies over, if that is in this network namespace."""
    master: int | None = None


class Place(NamedTuple):
    """Where an interface lies: on the bond, or past it on one of its slaves."""

    path: tuple[str, ...]
    """Names from the bond (or slave) up to the interface itself."""
    slave: int | None = None


def request() -> bytes:
    """The body of an RTM_GETLINK dump of everything, with as few statistics as the kernel will send."""
    return LINK_HEADER.pack(0, 0, 0, 0, 0) + attribute(IFLA_EXT_MASK, _U32.pack(RTEXT_FILTER_SKIP_STATS))


def stacked(data: bytes, start: int, end: int) -> Stacked | None:
    """Decode one RTM_NEWLINK body; ``None`` for one that does not describe a whole interface."""
    if end - start < LINK_HEADER.size:
        return None
    family, _, ifindex, _, _ = LINK_HEADER.unpack_from(data, start)
    found = {kind: (a, b) for kind, a, b in attributes(data, start + LINK_HEADER.size, end)}
    if family != 0 or IFLA_IFNAME not in found:
        return None
    a, b = found[IFLA_IFNAME]
    info = {kind: data[x:y] for kind, x, y in attributes(data, *found.get(IFLA_LINKINFO, (0, 0)))}
    kind = info.get(IFLA_INFO_KIND, b"").rstrip(b"\0").decode("ascii", "replace")
    is_over = IFLA_LINK_NETNSID not in found and kind not in PAIRED
    return Stacked(
        ifindex,
        data[a : b - 1].decode("utf-8", "surrogateescape"),
        kind or None,
        _index(data, found.get(IFLA_LINK)) if is_over else None,
        _index(data, found.get(IFLA_MASTER)),
    )


def _index(data: bytes, span: tuple[int, int] | None) -> int | None:
    return int.from_bytes(data[slice(*span)], byteorder) or None if span else None


def places(bond: Bond, links: Mapping[int, Stacked]) -> dict[int, Place]:
    """The bond, its slaves and all that lies over one of them, by interface index."""
    over = _uppers(links.values())
    bottoms = [(bond.link, None), *((slave.link, slave.ifindex) for slave in bond.slaves)]
    found = {bottom.ifindex: Place((bottom.name,), slave) for bottom, slave in bottoms}
    for bottom, slave in bottoms:
        waiting = [bottom.ifindex]
        for lower in waiting:
            for upper in over.get(lower, ()):
                if upper in links and upper not in found:
                    found[upper] = Place((*found[lower].path, links[upper].name), slave)
                    waiting.append(upper)
    return found


def _uppers(links: Iterable[Stacked]) -> dict[int, list[int]]:
    """What lies directly over each interface."""
    over: dict[int, list[int]] = {}
    switched = [link.ifindex for link in links if link.kind == OPEN_VSWITCH]
    for link in links:
        if link.below is not None:
            over.setdefault(link.below, []).append(link.ifindex)
        if link.master is not None:
            over.setdefault(link.ifindex, []).append(link.master)
        if link.kind == OPEN_VSWITCH:
            # Which of its ports a packet leaves through is not told: any one may lead through the bond.
            over.setdefault(link.ifindex, []).extend(switched)
    return over
