"""Print a bond as /proc/net/bonding did in each version of the driver, and say what such a text tells.

A second account of drivers/net/bonding/bond_procfs.c beside ``bondtui.texts``: each line that is printed says itself what
it tells, so what a version does not print is not expected.
"""

from __future__ import annotations

from typing import Any, NamedTuple

MODE_PHRASES = (
    "load balancing (round-robin)",
    "fault-tolerance (active-backup)",
    "load balancing (xor)",
    "fault-tolerance (broadcast)",
    "IEEE 802.3ad Dynamic link aggregation",
    "transmit load balancing",
    "adaptive load balancing",
)
BACKUP, XOR, LACP, TLB, ALB = 1, 2, 4, 5, 6
ONE_ACTIVE = (BACKUP, TLB, ALB)
POLICIES = ("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac", "of-the-future")
HIDDEN = ("partner_system_mac", "partner_key", "partner_port", "ad_info", "actor_port_state", "partner_port_state")


class Version(NamedTuple):
    """A version of the driver: what it prints."""

    header: str
    since: int
    """A place in the order of the versions."""
    kernel: str | None = None


VERSIONS = (
    Version("2.6.1 (October 29, 2004)", 261),
    Version("v3.0.3 (March 23, 2006)", 303),
    Version("v3.2.4 (January 28, 2008)", 324),
    Version("v3.5.0 (November 4, 2008)", 350),
    Version("v3.6.0 (September 26, 2009)", 360),
    Version("v3.7.1 (April 27, 2011)", 371),
    Version("v3.7.1 (April 27, 2011)", 402),
    Version("v3.7.1 (April 27, 2011)", 503),
    Version("v5.10.0-8-amd64", 510, "5.10.0-8-amd64"),
    Version("v6.1.176", 601, "6.1.176"),
    Version("v7.3.4", 703, "7.3.4"),
)


class Printed:
    """A text, and what it tells."""

    def __init__(self, bond: dict[str, Any], version: Version, *, privileged: bool) -> None:
        self.lines: list[str] = []
        self.version = version.since
        self.kernel = version.kernel
        self.privileged = privileged or version.since < 402
        self.carrier: bool | None = None
        self.options: dict[str, Any] = {"arp_ip_targets": None, "ns_ip6_targets": None, "mode": bond["mode"]}
        self.slaves: list[dict[str, Any]] = []
        hidden = bond["mode"] == LACP and not self.privileged
        self.hidden = HIDDEN if hidden else ()
        self._bond(bond, version)
        for slave in bond["slaves"]:
            self._slave(slave, bond)

    @property
    def text(self) -> str:
        """The whole text."""
        return "\n".join(self.lines) + "\n"

    def _say(self, label: str, value: Any, told: dict[str, Any] | None = None, **fields: Any) -> None:
        self.lines.append(f"{label}: {value}" if value != "" else f"{label}:")
        (self.options if told is None else told).update(fields)

    def _bond(self, bond: dict[str, Any], version: Version) -> None:
        mode, since = bond["mode"], version.since
        self.lines.append(f"Ethernet Channel Bonding Driver: {version.header}")
        if since > 303:
            self.lines.append("")
        suffix = ""
        if mode == BACKUP and since >= 350:
            policy = bond["fail_over_mac"]
            suffix = f" (fail_over_mac {policy})" if policy != "none" else ""
            if policy != "none" or since >= 360:
                self.options["fail_over_mac"] = policy
        self._say("Bonding Mode", MODE_PHRASES[mode] + suffix)
        static = mode in (TLB, ALB) and since >= 402 and bond["tlb_dynamic_lb"] == 0
        if (mode in (XOR, LACP) and since >= 303) or static:
            policy = bond["xmit_hash_policy"]
            self._say("Transmit Hash Policy", f"{policy} ({POLICIES.index(policy)})", xmit_hash_policy=policy)
            if static:
                self.options["tlb_dynamic_lb"] = 0
        if mode in ONE_ACTIVE:
            self._roles(bond, since)
        self.carrier = bond["carrier"]
        self._say("MII Status", "up" if bond["carrier"] else "down")
        for label, field in (
            ("MII Polling Interval (ms)", "miimon"),
            ("Up Delay (ms)", "updelay"),
            ("Down Delay (ms)", "downdelay"),
        ):
            self._say(label, bond[field], **{field: bond[field]})
        if since >= 503:
            self._say(
                "Peer Notification Delay (ms)", bond["peer_notif_delay"], peer_notif_delay=bond["peer_notif_delay"]
            )
        self._arp(bond, since)
        if mode == LACP:
            self._lacp(bond, since)

    def _roles(self, bond: dict[str, Any], since: int) -> None:
        primary, active = bond["primary"], bond["active"]
        if since >= 303:
            suffix = f" (primary_reselect {bond['primary_reselect']})" if primary and since >= 360 else ""
            self._say("Primary Slave", (primary or "None") + suffix, primary=primary or 0)
            if suffix:
                self.options["primary_reselect"] = bond["primary_reselect"]
        self._say("Currently Active Slave", active or "None", active_slave=active or 0)

    def _arp(self, bond: dict[str, Any], since: int) -> None:
        interval = bond["arp_interval"]
        if not interval:
            if bond["slaves"] or bond["mode"] == LACP:
                self.options["arp_interval"] = 0
            return
        self._say("ARP Polling Interval (ms)", interval, arp_interval=interval)
        if since >= 601:
            self._say("ARP Missed Max", bond["arp_missed_max"], arp_missed_max=bond["arp_missed_max"])
        targets = bond["arp_ip_targets"]
        self._say("ARP IP target/s (n.n.n.n form)", ", ".join(targets), arp_ip_targets=targets)
        if since >= 601:
            targets = bond["ns_ip6_targets"]
            self._say("NS IPv6 target/s (xx::xx form)", ", ".join(targets), ns_ip6_targets=targets)

    def _lacp(self, bond: dict[str, Any], since: int) -> None:
        self.lines += ["", "802.3ad info"]
        if since >= 601:
            self._say("LACP active", bond["lacp_active"], lacp_active=bond["lacp_active"])
        self._say("LACP rate", bond["lacp_rate"], lacp_rate=bond["lacp_rate"])
        if since >= 371:
            self._say("Min links", bond["min_links"], min_links=bond["min_links"])
        if since >= 350:
            self._say("Aggregator selection policy (ad_select)", bond["ad_select"], ad_select=bond["ad_select"])
        if not self.privileged:
            return
        if since >= 402:
            self._say("System priority", bond["ad_actor_sys_prio"], ad_actor_sys_prio=bond["ad_actor_sys_prio"])
            self._say("System MAC address", bond["system_mac"])
        if bond["ad_info"] is None:
            self.lines.append(f"bond {bond['name']} has no active aggregator")
            return
        self.options["ad_info"] = bond["ad_info"]
        self.lines.append("Active Aggregator Info:")
        labels = ("Aggregator ID", "Number of ports", "Actor Key", "Partner Key", "Partner Mac Address")
        self.lines += [f"\t{label}: {value}" for label, value in zip(labels, bond["ad_info"], strict=True)]

    def _slave(self, slave: dict[str, Any], bond: dict[str, Any]) -> None:
        told: dict[str, Any] = {"name": slave["name"]}
        self.slaves.append(told)
        self.lines += ["", f"Slave Interface: {slave['name']}"]
        since = self.version
        self._say("MII Status", slave["mii_status"], told, mii_status=slave["mii_status"])
        if since >= 360:
            speed, duplex = slave["speed_mbps"], slave["duplex"]
            self._say("Speed", "Unknown" if speed is None else f"{speed} Mbps", told, speed_mbps=speed)
            self._say("Duplex", duplex or "Unknown", told, duplex=duplex)
        self._say(
            "Link Failure Count", slave["link_failure_count"], told, link_failure_count=slave["link_failure_count"]
        )
        if since >= 303:
            self._say("Permanent HW addr", slave["perm_hwaddr"], told, perm_hwaddr=slave["perm_hwaddr"])
        if since >= 402:
            self._say("Slave queue ID", slave["queue_id"], told, queue_id=slave["queue_id"])
        if bond["mode"] == LACP:
            aggregator = slave["aggregator_id"]
            self._say("Aggregator ID", "N/A" if aggregator is None else aggregator, told, aggregator_id=aggregator)
            if aggregator is not None and since >= 402:
                self._port(slave, told)
        if 360 <= since < 402:
            self._say("Slave queue ID", slave["queue_id"], told, queue_id=slave["queue_id"])

    def _port(self, slave: dict[str, Any], told: dict[str, Any]) -> None:
        for label, field in (
            ("Actor Churn State", "actor_churn"),
            ("Partner Churn State", "partner_churn"),
            ("Actor Churned Count", "actor_churned_count"),
            ("Partner Churned Count", "partner_churned_count"),
        ):
            self._say(label, slave[field], told, **{field: slave[field]})
        if not self.privileged:
            return
        for end, key in (("actor", "port key"), ("partner", "oper key")):
            self.lines.append(f"details {end} lacp pdu:")
            for label, field in (
                ("system priority", "system_priority"),
                ("system mac address", "system_mac"),
                (key, "key"),
                ("port priority", "port_priority"),
                ("port number", "port"),
                ("port state", "port_state"),
            ):
                value = slave[f"{end}_{field}"]
                self._say(f"    {label}", value, told, **{f"{end}_{field}": value})
