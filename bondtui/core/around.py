"""What lies beside bonds, of the answers of rtnetlink: their masters, their twins and their queues.

Numbers are those of include/uapi/linux/if_link.h and include/uapi/linux/rtnetlink.h.
"""

from __future__ import annotations

from struct import Struct

from bondtui.core.rtnetlink import IFF_UP, IFLA_ADDRESS, LINK_HEADER, attributes, hwaddr
from bondtui.core.stacking import Stacked, stacked
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bondtui.model.bond import Bond

IFLA_PERM_ADDRESS = 54
RTM_NEWQDISC, TCA_KIND = 36, 1
_QUEUE_HEADER = Struct("=BxxxiIII")
AGGREGATES = frozenset({"bond", "team"})
"""Kinds of masters that give their slaves an address of their own."""


class Interface(NamedTuple):
    """An interface, what it is stacked upon, and its addresses."""

    link: Stacked
    admin_up: bool
    hwaddr: str | None
    permanent: str | None
    """``None`` where the kernel does not tell: before 5.6, and for an interface that has none."""


def interface(data: bytes, start: int, end: int) -> Interface | None:
    """Decode one RTM_NEWLINK body; ``None`` for one that does not describe a whole interface."""
    link = stacked(data, start, end)
    if link is None:
        return None
    _, _, _, flags, _ = LINK_HEADER.unpack_from(data, start)
    found = {
        kind: hwaddr(data[a:b])
        for kind, a, b in attributes(data, start + LINK_HEADER.size, end)
        if kind in (IFLA_ADDRESS, IFLA_PERM_ADDRESS)
    }
    return Interface(link, bool(flags & IFF_UP), found.get(IFLA_ADDRESS), found.get(IFLA_PERM_ADDRESS))


def masters(bonds: Iterable[Bond], known: Mapping[int, Interface]) -> dict[int, str]:
    """By bond: the kind of its master; ``""`` for none."""
    found = {}
    for bond in bonds:
        here = known.get(bond.ifindex)
        if here is None:
            continue  # gone since
        master = known.get(here.link.master) if here.link.master is not None else None
        if here.link.master is None or (master is not None and master.link.kind):
            found[bond.ifindex] = (master.link.kind or "") if master is not None else ""
    return found


def twins(bonds: Iterable[Bond], known: Mapping[int, Interface], bonded: Collection[int]) -> dict[int, tuple[str, ...]]:
    """By bond: who else uses its MAC as its own one.

    ``bonded`` are the bonds, their slaves and all that lies over them: those may well have it. So may what is
    made of other interfaces, or is the other half of a slave (a virtual function below hv_netvsc or net_failover).
    """
    stacked_upon = {each.link.master for each in known.values()}
    by_mac: dict[str, list[str]] = {}
    for index, each in known.items():
        is_bottom = each.link.below is None and index not in stacked_upon
        if index in bonded or not each.admin_up or not is_bottom or _is_half(each, known, bonded):
            continue
        if each.hwaddr is not None and each.permanent in (None, each.hwaddr):
            by_mac.setdefault(each.hwaddr, []).append(each.link.name)
    return {bond.ifindex: tuple(by_mac.get(bond.link.hwaddr or "", ())) for bond in bonds if bond.ifindex in known}


def _is_half(each: Interface, known: Mapping[int, Interface], bonded: Collection[int]) -> bool:
    """Whether it is a part of a bond, or of a slave of one. A bridge over a bond is none of these."""
    master = known.get(each.link.master) if each.link.master is not None else None
    if master is None:
        return False
    return master.link.kind in AGGREGATES or (master.link.kind is None and master.link.ifindex in bonded)


def queue_request() -> bytes:
    """The body of an RTM_GETQDISC dump; the kernel does not filter it by interface."""
    return _QUEUE_HEADER.pack(0, 0, 0, 0, 0)


def queue(data: bytes, start: int, end: int) -> tuple[int, str] | None:
    """Decode one RTM_NEWQDISC body into interface index and kind."""
    if end - start < _QUEUE_HEADER.size:
        return None
    ifindex = int(_QUEUE_HEADER.unpack_from(data, start)[1])
    for kind, a, b in attributes(data, start + _QUEUE_HEADER.size, end):
        if kind == TCA_KIND:
            return ifindex, data[a:b].rstrip(b"\0").decode("ascii", "replace")
    return None
