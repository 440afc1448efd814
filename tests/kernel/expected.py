"""What ``bondtui status --json`` must say, put together from ``ip``, /proc, sysfs and pyroute2.

Nothing of bondtui is used here. Every field of the document has to be in one of these tables, so a
new field without a second source is a failed test.
"""

from __future__ import annotations

import json
import re
from typing import Any

from bondtui.model.bond import MODES, BondOptions
from tests.kernel import oracle
from tests.kernel.lab import Lab

RR, BACKUP, XOR, BROADCAST, LACP, TLB, ALB = range(7)
EVERY_MODE = frozenset(range(7))
ARP = frozenset({RR, BACKUP, XOR, BROADCAST})
ONE_ACTIVE = frozenset({BACKUP, TLB, ALB})

OPTIONS = {
    "primary_reselect": ("primary_reselect", ONE_ACTIVE),
    "miimon_ms": ("miimon", EVERY_MODE),
    "updelay_ms": ("updelay", EVERY_MODE),
    "downdelay_ms": ("downdelay", EVERY_MODE),
    "peer_notif_delay_ms": ("peer_notify_delay", {BACKUP}),
    "arp_interval_ms": ("arp_interval", ARP),
    "arp_ip_targets": ("arp_ip_target", ARP),
    "ns_ip6_targets": ("ns_ip6_target", ARP),
    "arp_validate": ("arp_validate", ARP),
    "arp_all_targets": ("arp_all_targets", ARP),
    "arp_missed_max": ("arp_missed_max", ARP),
    "use_carrier": ("use_carrier", EVERY_MODE),
    "fail_over_mac": ("fail_over_mac", {BACKUP}),
    "xmit_hash_policy": ("xmit_hash_policy", {XOR, LACP, TLB, ALB}),
    "min_links": ("min_links", {LACP}),
    "num_peer_notif": ("num_peer_notif", {BACKUP}),
    "resend_igmp": ("resend_igmp", {RR, BACKUP, TLB, ALB}),
    "all_slaves_active": ("all_slaves_active", EVERY_MODE),
    "packets_per_slave": ("packets_per_slave", {RR}),
    "lp_interval_s": ("lp_interval", {TLB, ALB}),
    "tlb_dynamic_lb": ("tlb_dynamic_lb", {TLB, ALB}),
    "lacp_rate": ("ad_lacp_rate", {LACP}),
    "lacp_active": ("ad_lacp_active", {LACP}),
    "ad_select": ("ad_select", {LACP}),
    "ad_actor_sys_prio": ("ad_actor_sys_prio", {LACP}),
    "ad_user_port_key": ("ad_user_port_key", {LACP}),
    "ad_actor_system": ("ad_actor_system", {LACP}),
}
"""Field, its name in ``ip -d -j link``, and the modes in which it has an effect."""
YOUNGER_THAN_IP = ("lacp_strict", "coupled_control", "broadcast_neighbor")
HIDDEN_OPTIONS = ("ad_actor_sys_prio", "ad_user_port_key", "ad_actor_system")
HIDDEN_DETAILS = ("partner_system_mac", "partner_key", "partner_port")
COUNTERS = tuple(f"{way}_{what}" for way in ("rx", "tx") for what in ("bytes", "packets", "errors", "dropped"))


class Truth:
    """What is true of the machine at one moment, for both sorts of users."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.links = lab.links()
        """``ip -d -s -j link`` by name."""
        self._decoded = {link.name: link for data in lab.within(oracle.dump) for _, link, _ in oracle.theirs(data)}
        self._addresses = {each["ifname"]: each["addr_info"] for each in json.loads(lab.ip("-j", "address"))}
        names = [name for name, link in self.links.items() if link.get("linkinfo", {}).get("info_kind") == "bond"]
        self._bonds = {name: self._bond(name) for name in names}

    def bonds(self, *, ordinary: bool) -> dict[str, dict[str, Any]]:
        """The bonds by name, without counters, as an ordinary or a privileged user must see them."""
        return {name: _hidden(bond) if ordinary else bond for name, bond in self._bonds.items()}

    def _bond(self, name: str) -> dict[str, Any]:
        link, proc = self.links[name], self._lab.proc(name)
        info = link["linkinfo"]["info_data"]
        mode = MODES.index(info["mode"])
        fields = {
            "name": name,
            "ifindex": link["ifindex"],
            "mode": info["mode"],
            "mode_number": mode,
            "operstate": link["operstate"].lower(),
            "admin_up": "UP" in link["flags"],
            "mtu": link["mtu"],
            "hwaddr": link["address"],
            "addresses": [f"{each['local']}/{each['prefixlen']}" for each in self._addresses[name]],
            "active_slave": info.get("active_slave") if mode in ONE_ACTIVE else None,
            "primary": info.get("primary") if mode in ONE_ACTIVE else None,
            "mii_status": _first(r"MII Status: (\w+)", proc),
            "ad_info": _ad_info(info.get("ad_info")) if mode == LACP else None,
            "hidden": [],
        }
        for field, (word, modes) in OPTIONS.items():
            fields[field] = _option(field, info.get(word)) if mode in modes else None
        if mode in (TLB, ALB) and info["tlb_dynamic_lb"] == 1:
            fields["xmit_hash_policy"] = None
        options = self._decoded[name].bond or BondOptions()
        for field in YOUNGER_THAN_IP:
            fields[field] = getattr(options, field) if mode == LACP else None
        blocks = {block.split("\n", 1)[0]: block for block in proc.split("Slave Interface: ")[1:]}
        slaves = [each for each, link in self.links.items() if link.get("master") == name]
        slaves.sort(key=lambda each: int(self.links[each]["ifindex"]))
        fields["slaves"] = [self._slave(each, mode, blocks[each]) for each in slaves]
        return fields

    def _slave(self, name: str, mode: int, block: str) -> dict[str, Any]:
        link = self.links[name]
        info = link["linkinfo"]["info_slave_data"]
        up = "UP" in link["flags"]
        return {
            "name": name,
            "ifindex": link["ifindex"],
            "role": None if mode in (RR, XOR, BROADCAST) else info["state"].lower(),
            "mii_status": info["mii_status"].lower().replace("_", " "),
            "admin_up": up,
            "carrier": "LOWER_UP" in link["flags"] if up else self._decoded[name].carrier,
            "operstate": link["operstate"].lower(),
            "speed_mbps": _number(_first(r"Speed: (\d+) Mbps", block)),
            "duplex": _first(r"Duplex: (full|half)", block),
            "link_failure_count": info["link_failure_count"],
            "permanent_hwaddr": info["perm_hwaddr"],
            "hwaddr": link["address"],
            "mtu": link["mtu"],
            "queue_id": info["queue_id"],
            "prio": info["prio"],
            "carrier_changes": _number(self._lab.sysfs(name, "carrier_changes")),
            "aggregator_id": info.get("ad_aggregator_id"),
            "actor_port_state": info.get("ad_actor_oper_port_state"),
            "partner_port_state": info.get("ad_partner_oper_port_state"),
            "driver": None,
            "bus_info": None,
            **_details(block),
        }


def counters(link: dict[str, Any]) -> list[int]:
    """The counters that ``ip -s -j`` shows, in the order of COUNTERS."""
    return [link["stats64"][name[:2]][name[3:]] for name in COUNTERS]


def _details(block: str) -> dict[str, Any]:
    """The 802.3ad lines that /proc/net/bonding has for one slave."""
    partner = block.partition("details partner lacp pdu:")[2]
    return {
        "partner_system_mac": _first(r"system mac address: (\S+)", partner),
        "partner_key": _number(_first(r"oper key: (\d+)", partner)),
        "partner_port": _number(_first(r"port number: (\d+)", partner)),
        "actor_churn": _first(r"Actor Churn State: (\w+)", block),
        "partner_churn": _first(r"Partner Churn State: (\w+)", block),
    }


def port_details(block: str) -> dict[str, Any]:
    """Everything that /proc/net/bonding has for one 802.3ad port, by the names of LacpDetails."""
    _, _, pdus = block.partition("details actor lacp pdu:")
    actor, _, partner = pdus.partition("details partner lacp pdu:")
    return {
        **_details(block),
        "actor_churned_count": _number(_first(r"Actor Churned Count: (\d+)", block)),
        "partner_churned_count": _number(_first(r"Partner Churned Count: (\d+)", block)),
        "actor_system_mac": _first(r"system mac address: (\S+)", actor),
        "actor_system_priority": _number(_first(r"system priority: (\d+)", actor)),
        "actor_key": _number(_first(r"port key: (\d+)", actor)),
        "actor_port": _number(_first(r"port number: (\d+)", actor)),
        "actor_port_priority": _number(_first(r"port priority: (\d+)", actor)),
        "partner_system_priority": _number(_first(r"system priority: (\d+)", partner)),
        "partner_port_priority": _number(_first(r"port priority: (\d+)", partner)),
    }


def _hidden(bond: dict[str, Any]) -> dict[str, Any]:
    """The bond as the kernel shows it to a reader without CAP_NET_ADMIN."""
    if bond["mode_number"] != LACP:
        return bond
    slaves = [{**slave, **dict.fromkeys(HIDDEN_DETAILS)} for slave in bond["slaves"]]
    return {
        **bond,
        **dict.fromkeys(HIDDEN_OPTIONS),
        "slaves": slaves,
        "hidden": sorted(HIDDEN_DETAILS + HIDDEN_OPTIONS),
    }


def _option(field: str, value: Any) -> Any:
    if field in ("arp_ip_targets", "ns_ip6_targets"):
        return value or []
    return "none" if field == "arp_validate" and value is None else value


def _ad_info(info: dict[str, Any] | None) -> dict[str, Any] | None:
    if info is None:
        return None
    renamed = dict(info)
    renamed["aggregator_id"] = renamed.pop("aggregator")
    return renamed


def _first(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
