"""LACPDU counters of one slave: the body of an RTM_GETSTATS request, and what its answer tells.

The answer nests IFLA_STATS_LINK_XSTATS_SLAVE, LINK_XSTATS_TYPE_BOND and BOND_XSTATS_3AD, which holds numbers of
64 bits (include/uapi/linux/if_link.h and if_bonding.h; drivers/net/bonding/bond_3ad.c, bond_3ad_stats_fill, since 5.1).
"""

from __future__ import annotations

from struct import Struct

from bondtui.core.rtnetlink import attributes
from bondtui.model.bond import Lacpdus

RTM_NEWSTATS, RTM_GETSTATS = 92, 94
STATS_HEADER = Struct("=BxxxII")
IFLA_STATS_LINK_XSTATS_SLAVE = 3
FILTER = 1 << (IFLA_STATS_LINK_XSTATS_SLAVE - 1)
LINK_XSTATS_TYPE_BOND = 2
BOND_XSTATS_3AD = 1
RX, TX, UNKNOWN_RX, ILLEGAL_RX = range(4)
_U64 = Struct("=Q")


def request(ifindex: int) -> bytes:
    """The body that asks for what the master of this interface counts for it, and for nothing else."""
    return STATS_HEADER.pack(0, ifindex, FILTER)


def answer(data: bytes, start: int, end: int) -> tuple[int, Lacpdus | None] | None:
    """The interface index of an RTM_NEWSTATS body, and the counters; ``None`` for those when it has none.

    That is so in kernels before 5.1, and for what is no slave of an 802.3ad bond.
    """
    if end - start < STATS_HEADER.size:
        return None
    _, ifindex, _ = STATS_HEADER.unpack_from(data, start)
    start += STATS_HEADER.size
    for nest in (IFLA_STATS_LINK_XSTATS_SLAVE, LINK_XSTATS_TYPE_BOND, BOND_XSTATS_3AD):
        start, end = next(((a, b) for kind, a, b in attributes(data, start, end) if kind == nest), (0, 0))
    told = {kind: _U64.unpack_from(data, a)[0] for kind, a, b in attributes(data, start, end) if b - a == _U64.size}
    if not told.keys() >= {RX, TX, UNKNOWN_RX, ILLEGAL_RX}:
        return ifindex, None
    return ifindex, Lacpdus(told[RX], told[TX], told[UNKNOWN_RX], told[ILLEGAL_RX])
