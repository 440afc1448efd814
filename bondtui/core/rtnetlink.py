"""Decode RTM_NEWLINK and RTM_NEWADDR messages: bytes in, values out, no socket in sight.

Only what bonding needs is decoded, by walking the attributes once; pyroute2 decodes the same bytes
in the kernel tests and must agree. Numbers are those of include/uapi/linux/if_link.h.
"""

from __future__ import annotations

from _operator import itemgetter
from struct import Struct
from sys import byteorder

from bondtui.model.bond import AdInfo, BondOptions, Counters, Link, LinkErrors, SlaveState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22
NLM_F_DUMP_INTR = 0x10

IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_MASTER, IFLA_WIRELESS = 1, 3, 4, 10, 11
IFLA_OPERSTATE, IFLA_LINKINFO, IFLA_STATS64, IFLA_CARRIER = 16, 18, 23, 33
IFLA_CARRIER_CHANGES, IFLA_EVENT = 35, 44
IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA = 1, 2, 4, 5
IFA_ADDRESS, IFA_LOCAL = 1, 2

IFF_UP = 0x1
NESTED_MASK = 0x3FFF

MESSAGE_HEADER = Struct("=IHHII")
LINK_HEADER = Struct("=BxHiII")
ADDRESS_HEADER = Struct("=BBBBI")
ATTRIBUTE_HEADER = Struct("=HH")
_U32, _S32 = Struct("=I"), Struct("=i")
_COUNTERS = Struct("=8Q")
_COUNTERS_OF = itemgetter(2, 0, 4, 6, 3, 1, 5, 7)
"""struct rtnl_link_stats64 interleaves rx and tx, packets before bytes."""
ERRORS_AT = 72
_OLD_ERRORS, _ERRORS = Struct("=12Q"), Struct("=12Q16xQ")
_ERRORS_OF = itemgetter(*range(1, 12), 0, 12)
"""Collisions come first, and ``rx_nohandler`` (4.6) last, behind the compressed packets."""
ERRORS_END = ERRORS_AT + _ERRORS.size

OPERSTATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")
ARP_VALIDATE = ("none", "active", "backup", "all", "filter", "filter_active", "filter_backup")
XMIT_HASH_POLICIES = ("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac")
CHURN_STATES = ("monitoring", "churned", "none")

_U8_OPTIONS = {
    1: "mode",
    6: "use_carrier",
    16: "num_peer_notif",
    17: "all_slaves_active",
    27: "tlb_dynamic_lb",
    30: "arp_missed_max",
    32: "coupled_control",
    33: "broadcast_neighbor",
    34: "lacp_strict",
}
_U16_OPTIONS = {24: "ad_actor_sys_prio", 25: "ad_user_port_key"}
_U32_OPTIONS = {
    2: "active_slave",
    3: "miimon",
    4: "updelay",
    5: "downdelay",
    7: "arp_interval",
    11: "primary",
    15: "resend_igmp",
    18: "min_links",
    19: "lp_interval",
    20: "packets_per_slave",
    28: "peer_notif_delay",
}
_WORD_OPTIONS = {
    9: ("arp_validate", ARP_VALIDATE),
    10: ("arp_all_targets", ("any", "all")),
    12: ("primary_reselect", ("always", "better", "failure")),
    13: ("fail_over_mac", ("none", "active", "follow")),
    14: ("xmit_hash_policy", XMIT_HASH_POLICIES),
    21: ("lacp_rate", ("slow", "fast")),
    22: ("ad_select", ("stable", "bandwidth", "count", "actor_port_prio")),
    29: ("lacp_active", ("off", "on")),
}
_ARP_IP_TARGET, _AD_INFO, _AD_ACTOR_SYSTEM, _NS_IP6_TARGET = 8, 23, 26, 31

_SLAVE_NUMBERS = {
    3: "link_failure_count",
    5: "queue_id",
    6: "aggregator_id",
    7: "actor_port_state",
    8: "partner_port_state",
    10: "actor_port_prio",
}
_SLAVE_WORDS = {
    1: ("state", ("active", "backup")),
    2: ("mii_status", ("up", "going down", "down", "going back")),
    11: ("actor_churn", CHURN_STATES),
    12: ("partner_churn", CHURN_STATES),
}
_SLAVE_PERM_HWADDR, _SLAVE_PRIO = 4, 9


def attributes(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (type, start, end) of each attribute's payload; stop at the first that does not fit."""
    while start + 4 <= end:
        length, kind = ATTRIBUTE_HEADER.unpack_from(data, start)
        if length < 4 or start + length > end:
            return
        yield kind & NESTED_MASK, start + 4, start + length
        start += (length + 3) & ~3


def hwaddr(data: bytes) -> str:
    """A link layer address of any length (20 bytes on InfiniBand) as ``aa:bb:..``."""
    return data.hex(":")


def ipv4(data: bytes) -> str:
    """An IPv4 address in dotted form."""
    return ".".join(map(str, data))


def ipv6(data: bytes) -> str:
    """An IPv6 address in its canonical short form (RFC 5952)."""
    from ipaddress import IPv6Address  # noqa: PLC0415 - only bonds with such ARP targets pay for it

    return str(IPv6Address(data))


def _number(data: bytes, start: int, end: int) -> int:
    return int.from_bytes(data[start:end], byteorder)


def _word(words: tuple[str, ...], number: int) -> str:
    """The kernel's word for an enumeration value; the bare number for one of a newer kernel."""
    return words[number] if number < len(words) else str(number)


def _ad_info(data: bytes, start: int, end: int) -> AdInfo:
    values = {kind: data[a:b] for kind, a, b in attributes(data, start, end)}
    aggregator, ports, actor, partner = (
        int.from_bytes(values[kind], byteorder) if kind in values else None for kind in (1, 2, 3, 4)
    )
    return AdInfo(aggregator, ports, actor, partner, hwaddr(values[5]) if 5 in values else None)


def bond_options(data: bytes, start: int, end: int) -> BondOptions:
    """Decode IFLA_INFO_DATA of a bond (drivers/net/bonding/bond_netlink.c, bond_fill_info)."""
    values: dict[str, object] = {}
    for kind, a, b in attributes(data, start, end):
        if name := _U32_OPTIONS.get(kind) or _U8_OPTIONS.get(kind) or _U16_OPTIONS.get(kind):
            values[name] = _number(data, a, b)
        elif kind in _WORD_OPTIONS:
            word, words = _WORD_OPTIONS[kind]
            values[word] = _word(words, _number(data, a, b))
        elif kind == _ARP_IP_TARGET:
            values["arp_ip_targets"] = tuple(ipv4(data[x:y]) for _, x, y in attributes(data, a, b) if y - x == 4)
        elif kind == _NS_IP6_TARGET:
            values["ns_ip6_targets"] = tuple(ipv6(data[x:y]) for _, x, y in attributes(data, a, b) if y - x == 16)
        elif kind == _AD_INFO:
            values["ad_info"] = _ad_info(data, a, b)
        elif kind == _AD_ACTOR_SYSTEM:
            values["ad_actor_system"] = hwaddr(data[a:b])
    return BondOptions(**values)  # type: ignore[arg-type]


def slave_state(data: bytes, start: int, end: int) -> SlaveState:
    """Decode IFLA_INFO_SLAVE_DATA of a bond's slave (bond_netlink.c, bond_fill_slave_info)."""
    values: dict[str, object] = {}
    for kind, a, b in attributes(data, start, end):
        if name := _SLAVE_NUMBERS.get(kind):
            values[name] = _number(data, a, b)
        elif kind in _SLAVE_WORDS:
            word, words = _SLAVE_WORDS[kind]
            values[word] = _word(words, _number(data, a, b))
        elif kind == _SLAVE_PERM_HWADDR:
            values["perm_hwaddr"] = hwaddr(data[a:b])
        elif kind == _SLAVE_PRIO and b - a == _S32.size:
            values["prio"] = _S32.unpack_from(data, a)[0]
    return SlaveState(**values)  # type: ignore[arg-type]


def counters(data: bytes, start: int, end: int) -> Counters | None:
    """The first eight fields of struct rtnl_link_stats64."""
    if end - start < _COUNTERS.size:
        return None
    return tuple.__new__(Counters, _COUNTERS_OF(_COUNTERS.unpack_from(data, start)))


def errors(data: bytes, start: int, end: int) -> LinkErrors | None:
    """The errors by kind in a struct rtnl_link_stats64."""
    size = end - start - ERRORS_AT
    if size >= _ERRORS.size:
        return tuple.__new__(LinkErrors, _ERRORS_OF(_ERRORS.unpack_from(data, start + ERRORS_AT)))
    if size >= _OLD_ERRORS.size:
        return tuple.__new__(LinkErrors, _ERRORS_OF((*_OLD_ERRORS.unpack_from(data, start + ERRORS_AT), None)))
    return None


PLAIN_ATTRIBUTES = frozenset(
    (
        *(IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_MASTER, IFLA_WIRELESS, IFLA_OPERSTATE, IFLA_CARRIER),
        *(IFLA_CARRIER_CHANGES, IFLA_EVENT),
    )
)
"""What ``link`` reads besides the statistics and IFLA_LINKINFO."""


def ifindex_of(data: bytes, start: int, end: int) -> int:
    """The interface index of an RTM_NEWLINK body; 0 for one that is too short."""
    return int(LINK_HEADER.unpack_from(data, start)[2]) if end - start >= LINK_HEADER.size else 0


def spans(data: bytes, start: int, end: int) -> dict[int, tuple[int, int]]:
    """Where each attribute of an RTM_NEWLINK body begins (with its header) and ends."""
    found = attributes(data, start + LINK_HEADER.size, end)
    return {kind: (a - ATTRIBUTE_HEADER.size, b) for kind, a, b in found}


def link(data: bytes, start: int, end: int) -> tuple[Link, int | None] | None:
    """Decode one RTM_NEWLINK body into the interface and its IFLA_EVENT code.

    ``None`` for messages that do not describe a whole interface: bridge port notices (another
    address family) and wireless events.
    """
    if end - start < LINK_HEADER.size:
        return None
    family, _, ifindex, flags, _ = LINK_HEADER.unpack_from(data, start)
    if family != 0:
        return None
    found = {kind: (a, b) for kind, a, b in attributes(data, start + LINK_HEADER.size, end)}
    if IFLA_WIRELESS in found or IFLA_IFNAME not in found:
        return None

    def number(kind: int) -> int | None:
        return _number(data, *found[kind]) if kind in found else None

    statistics = found.get(IFLA_STATS64, (0, 0))
    carrier, operstate = number(IFLA_CARRIER), number(IFLA_OPERSTATE)
    a, b = found[IFLA_IFNAME]
    kind, bond, slave = _link_info(data, *found[IFLA_LINKINFO]) if IFLA_LINKINFO in found else _NO_LINK_INFO
    return Link(
        ifindex=ifindex,
        name=data[a : b - 1].decode("utf-8", "surrogateescape"),
        admin_up=bool(flags & IFF_UP),
        carrier=None if carrier is None else bool(carrier),
        operstate=None if operstate is None else _word(OPERSTATES, operstate),
        mtu=number(IFLA_MTU),
        hwaddr=hwaddr(data[slice(*found[IFLA_ADDRESS])]) if IFLA_ADDRESS in found else None,
        master=number(IFLA_MASTER),
        kind=kind,
        carrier_changes=number(IFLA_CARRIER_CHANGES),
        counters=counters(data, *statistics),
        errors=errors(data, *statistics),
        bond=bond,
        slave=slave,
    ), number(IFLA_EVENT)


_NO_LINK_INFO: tuple[str | None, BondOptions | None, SlaveState | None] = (None, None, None)


def _link_info(data: bytes, start: int, end: int) -> tuple[str | None, BondOptions | None, SlaveState | None]:
    """Decode IFLA_LINKINFO: the kind, and the data of a bond or of a bond's slave."""
    found = {kind: (a, b) for kind, a, b in attributes(data, start, end)}
    words = {
        kind: data[slice(*found[kind])].rstrip(b"\0").decode("ascii", "replace")
        for kind in (IFLA_INFO_KIND, IFLA_INFO_SLAVE_KIND)
        if kind in found
    }
    kind = words.get(IFLA_INFO_KIND)
    bond = slave = None
    if kind == "bond":
        bond = bond_options(data, *found.get(IFLA_INFO_DATA, (0, 0)))
    if words.get(IFLA_INFO_SLAVE_KIND) == "bond":
        slave = slave_state(data, *found.get(IFLA_INFO_SLAVE_DATA, (0, 0)))
    return kind, bond, slave


def address(data: bytes, start: int, end: int) -> tuple[int, bytes, int] | None:
    """Decode one RTM_NEWADDR body into interface index, raw address (4 or 16 bytes) and prefix length."""
    if end - start < ADDRESS_HEADER.size:
        return None
    _, prefix, _, _, ifindex = ADDRESS_HEADER.unpack_from(data, start)
    found = {kind: data[a:b] for kind, a, b in attributes(data, start + ADDRESS_HEADER.size, end)}
    raw = found.get(IFA_LOCAL) or found.get(IFA_ADDRESS) or b""
    return (ifindex, raw, prefix) if len(raw) in (4, 16) else None


def messages(data: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield (type, flags, sequence, start, end) of each message's body in what one receive gave."""
    offset = 0
    while offset + MESSAGE_HEADER.size <= len(data):
        length, kind, flags, sequence, _ = MESSAGE_HEADER.unpack_from(data, offset)
        if length < MESSAGE_HEADER.size or offset + length > len(data):
            return
        yield kind, flags, sequence, offset + MESSAGE_HEADER.size, offset + length
        offset += (length + 3) & ~3


def message(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    """Build one netlink message."""
    return MESSAGE_HEADER.pack(MESSAGE_HEADER.size + len(body), kind, flags, sequence, 0) + body


def attribute(kind: int, payload: bytes) -> bytes:
    """Build one attribute, padded to four bytes."""
    length = 4 + len(payload)
    return ATTRIBUTE_HEADER.pack(length, kind) + payload + b"\0" * (-length % 4)


def link_request(ifindex: int = 0, *, kind: str | None = None, master: int | None = None) -> bytes:
    """The body of an RTM_GETLINK request: one interface, or a dump filtered by kind or by master."""
    body = LINK_HEADER.pack(0, 0, ifindex, 0, 0)
    if master is not None:
        body += attribute(IFLA_MASTER, _U32.pack(master))
    if kind is not None:
        body += attribute(IFLA_LINKINFO, attribute(IFLA_INFO_KIND, kind.encode()))
    return body


def address_request(ifindex: int) -> bytes:
    """The body of an RTM_GETADDR dump of one interface (the kernel filters with strict checking)."""
    return ADDRESS_HEADER.pack(0, 0, 0, 0, ifindex)
