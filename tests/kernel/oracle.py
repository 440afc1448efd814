"""pyroute2 as a second opinion: it decodes the same bytes into the same values as our own decoder.

Its attribute maps end where the kernel was some years ago, so they are extended here, before the
first message is decoded. Numbers and types: include/uapi/linux/if_link.h.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ifinfmsg.plugins.bond import bond as bond_data
from pyroute2.netlink.rtnl.marshal import MarshalRtnl

from bondtui.core import rtnetlink
from bondtui.model.bond import AdInfo, BondOptions, Counters, Link, LinkErrors, SlaveState

bond_data.nla_map += (
    ("IFLA_BOND_PEER_NOTIF_DELAY", "uint32"),
    ("IFLA_BOND_AD_LACP_ACTIVE", "uint8"),
    ("IFLA_BOND_MISSED_MAX", "uint8"),
    ("IFLA_BOND_NS_IP6_TARGET", "*ipaddr"),
    ("IFLA_BOND_COUPLED_CONTROL", "uint8"),
    ("IFLA_BOND_BROADCAST_NEIGH", "uint8"),
    ("IFLA_BOND_LACP_STRICT", "uint8"),
)
ifinfmsg.ifinfo.bond_slave_data.nla_map += (
    ("IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE", "uint8"),
    ("IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE", "uint16"),
    ("IFLA_BOND_SLAVE_PRIO", "int32"),
    ("IFLA_BOND_SLAVE_ACTOR_PORT_PRIO", "uint16"),
    ("IFLA_BOND_SLAVE_AD_CHURN_ACTOR_STATE", "uint8"),
    ("IFLA_BOND_SLAVE_AD_CHURN_PARTNER_STATE", "uint8"),
)
ifinfmsg.ifstats64.fields.append(("rx_nohandler", "Q"))

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
COUPLED_CONTROL = 32
RTMGRP_LINK = 0x1
RECEIVE_SIZE = 1 << 17

OPERSTATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")
NUMBERS = {
    "MODE": "mode",
    "ACTIVE_SLAVE": "active_slave",
    "MIIMON": "miimon",
    "UPDELAY": "updelay",
    "DOWNDELAY": "downdelay",
    "USE_CARRIER": "use_carrier",
    "ARP_INTERVAL": "arp_interval",
    "PRIMARY": "primary",
    "RESEND_IGMP": "resend_igmp",
    "NUM_PEER_NOTIF": "num_peer_notif",
    "ALL_SLAVES_ACTIVE": "all_slaves_active",
    "MIN_LINKS": "min_links",
    "LP_INTERVAL": "lp_interval",
    "PACKETS_PER_SLAVE": "packets_per_slave",
    "AD_ACTOR_SYS_PRIO": "ad_actor_sys_prio",
    "AD_USER_PORT_KEY": "ad_user_port_key",
    "AD_ACTOR_SYSTEM": "ad_actor_system",
    "TLB_DYNAMIC_LB": "tlb_dynamic_lb",
    "PEER_NOTIF_DELAY": "peer_notif_delay",
    "MISSED_MAX": "arp_missed_max",
    "COUPLED_CONTROL": "coupled_control",
    "BROADCAST_NEIGH": "broadcast_neighbor",
    "LACP_STRICT": "lacp_strict",
}
WORDS = {
    "ARP_VALIDATE": ("arp_validate", "none active backup all filter filter_active filter_backup"),
    "ARP_ALL_TARGETS": ("arp_all_targets", "any all"),
    "PRIMARY_RESELECT": ("primary_reselect", "always better failure"),
    "FAIL_OVER_MAC": ("fail_over_mac", "none active follow"),
    "XMIT_HASH_POLICY": ("xmit_hash_policy", "layer2 layer3+4 layer2+3 encap2+3 encap3+4 vlan+srcmac"),
    "AD_LACP_RATE": ("lacp_rate", "slow fast"),
    "AD_SELECT": ("ad_select", "stable bandwidth count actor_port_prio"),
    "AD_LACP_ACTIVE": ("lacp_active", "off on"),
}
SLAVE_NUMBERS = {
    "LINK_FAILURE_COUNT": "link_failure_count",
    "PERM_HWADDR": "perm_hwaddr",
    "QUEUE_ID": "queue_id",
    "AD_AGGREGATOR_ID": "aggregator_id",
    "AD_ACTOR_OPER_PORT_STATE": "actor_port_state",
    "AD_PARTNER_OPER_PORT_STATE": "partner_port_state",
    "PRIO": "prio",
    "ACTOR_PORT_PRIO": "actor_port_prio",
}
SLAVE_WORDS = {
    "STATE": ("state", ("active", "backup")),
    "MII_STATUS": ("mii_status", ("up", "going down", "down", "going back")),
    "AD_CHURN_ACTOR_STATE": ("actor_churn", ("monitoring", "churned", "none")),
    "AD_CHURN_PARTNER_STATE": ("partner_churn", ("monitoring", "churned", "none")),
}

Decoded = tuple[int, Link, int | None]
"""Message type, the interface, and its IFLA_EVENT code."""


def ours(data: bytes) -> list[Decoded]:
    """What bondtui's decoder makes of the bytes."""
    found = []
    for kind, _, _, start, end in rtnetlink.messages(data):
        decoded = rtnetlink.link(data, start, end) if kind in (rtnetlink.RTM_NEWLINK, rtnetlink.RTM_DELLINK) else None
        if decoded is not None:
            found.append((kind, *decoded))
    return found


def theirs(data: bytes) -> list[Decoded]:
    """What pyroute2 makes of the bytes, in the same shape."""
    found = []
    for message in MarshalRtnl().parse(data):
        kind = message["header"]["type"]
        if kind in (rtnetlink.RTM_NEWLINK, rtnetlink.RTM_DELLINK) and message["family"] == 0:
            found.append((kind, _link(message), message.get_attr("IFLA_EVENT")))
    return found


def dump() -> list[bytes]:
    """All interfaces of the calling thread's network namespace, undecoded."""
    request = rtnetlink.message(rtnetlink.RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, rtnetlink.link_request())
    received = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as asking:
        asking.settimeout(10)
        asking.send(request)
        while True:
            received.append(asking.recv(RECEIVE_SIZE))
            if any(kind == rtnetlink.NLMSG_DONE for kind, *_ in rtnetlink.messages(received[-1])):
                return received


def set_number(ifindex: int, option: int, value: int) -> None:
    """Set an option of one byte on a bond of the calling thread's network namespace."""
    data = rtnetlink.attribute(rtnetlink.IFLA_INFO_DATA, rtnetlink.attribute(option, bytes([value])))
    kind = rtnetlink.attribute(rtnetlink.IFLA_INFO_KIND, b"bond")
    body = rtnetlink.LINK_HEADER.pack(0, 0, ifindex, 0, 0) + rtnetlink.attribute(rtnetlink.IFLA_LINKINFO, kind + data)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as asking:
        asking.settimeout(10)
        asking.send(rtnetlink.message(rtnetlink.RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, body))
        ((_, _, _, start, _),) = rtnetlink.messages(answer := asking.recv(RECEIVE_SIZE))
    assert answer[start : start + 4] == bytes(4), "the kernel refused"


@contextmanager
def overheard(opened: socket.socket) -> Iterator[list[bytes]]:
    """Collect everything that comes on a socket, undecoded, while the ``with`` block runs."""
    received: list[bytes] = []
    done = threading.Event()
    opened.settimeout(0.05)

    def collect() -> None:
        while True:
            try:
                received.append(opened.recv(RECEIVE_SIZE))
            except TimeoutError:
                if done.is_set():
                    return

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        yield received
    finally:
        done.set()
        thread.join()
        opened.close()


def listening() -> socket.socket:
    """A socket that gets the link events of the calling thread's network namespace."""
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    opened.bind((0, RTMGRP_LINK))
    return opened


def _link(message: Any) -> Link:
    info = message.get_attr("IFLA_LINKINFO")
    kind = info.get_attr("IFLA_INFO_KIND") if info else None
    slave_kind = info.get_attr("IFLA_INFO_SLAVE_KIND") if info else None
    carrier, operstate = message.get_attr("IFLA_CARRIER"), message.get_attr("IFLA_OPERSTATE")
    stats = message.get_attr("IFLA_STATS64")
    return Link(
        ifindex=message["index"],
        name=message.get_attr("IFLA_IFNAME"),
        admin_up=bool(message["flags"] & 1),
        carrier=None if carrier is None else bool(carrier),
        operstate=operstate if operstate is None else _operstate(operstate),
        mtu=message.get_attr("IFLA_MTU"),
        hwaddr=message.get_attr("IFLA_ADDRESS"),
        master=message.get_attr("IFLA_MASTER"),
        kind=kind,
        carrier_changes=message.get_attr("IFLA_CARRIER_CHANGES"),
        counters=None if stats is None else Counters(**{name: stats[name] for name in Counters._fields}),
        errors=None if stats is None else _errors(stats),
        bond=_bond(info.get_attr("IFLA_INFO_DATA")) if kind == "bond" else None,
        slave=_slave(info.get_attr("IFLA_INFO_SLAVE_DATA")) if slave_kind == "bond" else None,
    )


def _errors(stats: Any) -> LinkErrors:
    kinds = [name for name in LinkErrors._fields if name not in ("collisions", "rx_nohandler")]
    return LinkErrors(
        **{name: stats[f"{name}_errors"] for name in kinds},
        collisions=stats["collisions"],
        rx_nohandler=stats["rx_nohandler"],
    )


def _operstate(value: str | int) -> str:
    return OPERSTATES[value] if isinstance(value, int) else value.lower()


def _values(data: Any, prefix: str) -> dict[str, Any]:
    """The attributes by name. Each may be a tuple of two or three, the third being its flags."""
    return {each[0].removeprefix(prefix): each[1] for each in data["attrs"]}


def _bond(data: Any) -> BondOptions:
    values = _values(data, "IFLA_BOND_")
    found: dict[str, Any] = {name: values[key] for key, name in NUMBERS.items() if key in values}
    found |= {name: words.split()[values[key]] for key, (name, words) in WORDS.items() if key in values}
    found["arp_ip_targets"] = tuple(values.get("ARP_IP_TARGET", ()))
    found["ns_ip6_targets"] = tuple(values.get("NS_IP6_TARGET", ()))
    if "AD_INFO" in values:
        info = _values(values["AD_INFO"], "IFLA_BOND_AD_INFO_")
        found["ad_info"] = AdInfo(
            info["AGGREGATOR"], info["NUM_PORTS"], info["ACTOR_KEY"], info["PARTNER_KEY"], info["PARTNER_MAC"]
        )
    unknown = values.keys() - {*NUMBERS, *WORDS, "ARP_IP_TARGET", "NS_IP6_TARGET", "AD_INFO", "UNSPEC"}
    assert not unknown, f"the kernel has attributes that this test does not know: {unknown}"
    return BondOptions(**found)


def _slave(data: Any) -> SlaveState:
    values = _values(data, "IFLA_BOND_SLAVE_")
    found: dict[str, Any] = {name: values[key] for key, name in SLAVE_NUMBERS.items() if key in values}
    found |= {name: words[values[key]] for key, (name, words) in SLAVE_WORDS.items() if key in values}
    unknown = values.keys() - {*SLAVE_NUMBERS, *SLAVE_WORDS, "UNSPEC"}
    assert not unknown, f"the kernel has attributes that this test does not know: {unknown}"
    return SlaveState(**found)
