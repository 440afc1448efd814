"""Options of the link monitors, of the active slave, and of what is announced after a failover."""

from __future__ import annotations

from bondtui.explain.entry import BOND, OPTION, RST, Entry

_ARP_MODES = "Modes balance-rr, active-backup, balance-xor and broadcast."
_ACTIVE_MODES = "Modes active-backup, balance-tlb and balance-alb."
_BOTH = "miimon and the ARP monitor exclude each other: setting one sets the other to 0."


def _file(name: str) -> tuple[str, ...]:
    return (f"cat /sys/class/net/bond0/bonding/{name}",)


ENTRIES = (
    Entry(
        OPTION,
        "miimon",
        ("miimon_ms", "MII Polling Interval (ms)", "MIIMonitorSec", "mii-monitor-interval", "bond-miimon"),
        "How often the driver looks at its slaves' carrier, in ms",
        means="0 is off, and the default; choosing 802.3ad, balance-tlb or balance-alb sets 100 where it was 0. It sees a lost"
        " carrier and nothing beyond the first cable.",
        why="A failover takes up to miimon + downdelay. Without any monitor there is none (BT001).",
        see=_file("miimon"),
        do=f"100 is a good value. {_BOTH} In systemd-networkd write '100ms': a bare number means seconds (BT015).",
        source=f"{RST} 2, miimon, and 7.3",
    ),
    Entry(
        OPTION,
        "updelay",
        ("updelay_ms", "Up Delay (ms)", "UpDelaySec", "up-delay", "bond-updelay"),
        "How long a link must be back before it is used, in ms",
        means="Rounded down to a multiple of miimon. While it runs the MII status is 'going back'. If no other slave is usable the"
        " first one is used at once.",
        why="It keeps the traffic off a switch port that does not forward yet (BT016).",
        see=_file("updelay"),
        do="0 is the default; 30000 where the switch port runs spanning tree.",
        source=f"{RST} 2, updelay, and 13.1",
    ),
    Entry(
        OPTION,
        "downdelay",
        ("downdelay_ms", "Down Delay (ms)", "DownDelaySec", "down-delay", "bond-downdelay"),
        "How long a link must be gone to be given up, in ms",
        means="Rounded down to a multiple of miimon. While it runs the MII status is 'going down'.",
        why="It adds to every outage (BT017).",
        see=_file("downdelay"),
        do="0 is the default and mostly right.",
        source=f"{RST} 2, downdelay",
    ),
    Entry(
        OPTION,
        "use_carrier",
        (),
        "How miimon asks for the link",
        means="1: by the carrier (default). 0: by MII or ethtool calls; deprecated, and refused by newer kernels (BT065).",
        see=_file("use_carrier"),
        source=f"{RST} 2, use_carrier",
    ),
    Entry(
        OPTION,
        "arp_interval",
        ("arp_interval_ms", "ARP Polling Interval (ms)", "ARPIntervalSec", "arp-interval"),
        "How often the ARP monitor asks its targets, in ms",
        means=f"0 is off, the default. {_ARP_MODES} {_BOTH}",
        why="The only monitor that sees a silent path; a slave is given up after arp_missed_max to arp_missed_max + 1 intervals.",
        see=_file("arp_interval"),
        do="250 to 1000. It needs targets (BT024) and arp_validate (BT026).",
        source=f"{RST} 2, arp_interval, and 7.1",
    ),
    Entry(
        OPTION,
        "arp_ip_targets",
        ("arp_ip_target", "ARP IP target/s (n.n.n.n form)", "ARPIPTargets", "arp-ip-targets", "targets"),
        "The IPv4 addresses that the ARP monitor asks, at most 16",
        means="A slave is alive when they answer. The route to them must lead through the bond or a VLAN on it.",
        why="One target is one more thing that can fail (BT025).",
        see=_file("arp_ip_target"),
        do="Two machines that are always there, such as both gateways.",
        source=f"{RST} 2, arp_ip_target, and 7.2",
    ),
    Entry(
        OPTION,
        "ns_ip6_targets",
        ("ns_ip6_target", "NS IPv6 target/s (xx::xx form)"),
        "The IPv6 addresses that the ARP monitor asks",
        means="Asked by neighbour solicitation, at most 16; otherwise as arp_ip_targets. There is no file in sysfs for it.",
        see=(BOND,),
        source=f"{RST} 2, ns_ip6_target",
    ),
    Entry(
        OPTION,
        "arp_validate",
        ("ARPValidate", "arp-validate"),
        "Which received frames count as a sign of life",
        means="none: any frame (BT026). active, backup, all: only ARP of the targets, on these slaves. filter, filter_active,"
        " filter_backup: only ARP of anybody, validated on these slaves. A backup slave is proved by hearing the active one's"
        " requests (BT076).",
        see=_file("arp_validate"),
        do="active, or all where the switch floods the requests to the backup slaves.",
        source=f"{RST} 2, arp_validate",
    ),
    Entry(
        OPTION,
        "arp_all_targets",
        ("ARPAllTargets", "arp-all-targets"),
        "How many targets must answer",
        means="any: one of them (default). all: every one. It counts in active-backup with arp_validate.",
        see=_file("arp_all_targets"),
        do="any: with all, one dead target is a failover.",
        source=f"{RST} 2, arp_all_targets",
    ),
    Entry(
        OPTION,
        "arp_missed_max",
        ("ARP Missed Max", "ARPMissedMax"),
        "So many intervals without an answer make a slave down",
        means="1 to 255, default 2; a backup slave gets one more.",
        why="1 lets one late reply be a failover (BT028).",
        see=_file("arp_missed_max"),
        source=f"{RST} 2, arp_missed_max",
    ),
    Entry(
        OPTION,
        "active_slave",
        ("active", "Currently Active Slave", "active slave"),
        "The slave that carries the traffic now",
        means=f"{_ACTIVE_MODES} 'none': no slave is up. It is a state, and can be set to make another slave active.",
        see=_file("active_slave"),
        do="To change it: 'bondtui activate bond0 eno2'. A primary may take it back.",
        source=f"{RST} 2, active_slave",
    ),
    Entry(
        OPTION,
        "primary",
        ("Primary Slave", "PrimarySlave", "bond-primary"),
        "The slave that is preferred",
        means=f"{_ACTIVE_MODES} When it becomes active again is up to primary_reselect. Setting it makes it active at once.",
        why="With primary_reselect always a flapping primary doubles every outage (BT018).",
        see=_file("primary"),
        do="Set it only if the slaves are not equal.",
        source=f"{RST} 2, primary",
    ),
    Entry(
        OPTION,
        "primary_reselect",
        ("PrimaryReselectPolicy", "primary-reselect-policy"),
        "When the primary takes over again",
        means="always: whenever it is up (default). better: only if it is faster. failure: only when the active slave fails.",
        see=_file("primary_reselect"),
        do="failure or better: then the way back costs no outage.",
        source=f"{RST} 2, primary_reselect",
    ),
    Entry(
        OPTION,
        "prio",
        ("bond-port.prio",),
        "The priority of one slave",
        means="A signed number, default 0; the highest that is up becomes active. It has no effect while a primary is set (BT021).",
        see=("ip -d link show dev eno1",),
        source=f"{RST} 2, prio",
    ),
    Entry(
        OPTION,
        "fail_over_mac",
        ("FailOverMACPolicy", "fail-over-mac-policy"),
        "Which MAC address moves in a failover",
        means="none: all slaves have the bond's (default). active: the bond takes that of the active slave. follow: the slaves swap."
        " In effect in active-backup; settable without slaves only.",
        why="Virtual NICs often may not send with a foreign MAC address (BT058).",
        see=_file("fail_over_mac"),
        do="active for virtual functions and IPoIB; then num_grat_arp 3 (BT059).",
        source=f"{RST} 2, fail_over_mac",
    ),
    Entry(
        OPTION,
        "num_peer_notif",
        ("num_grat_arp", "num_unsol_na", "GratuitousARP", "gratuitous-arp"),
        "How many announcements are sent after a failover",
        means="Gratuitous ARP and unsolicited neighbour advertisements; 0 to 255, default 1. num_grat_arp and num_unsol_na are one value.",
        why="They tell switches and neighbours where the bond is now (BT022, BT023).",
        see=_file("num_grat_arp"),
        do="2 or 3.",
        source=f"{RST} 2, num_grat_arp",
    ),
    Entry(
        OPTION,
        "peer_notif_delay",
        ("peer_notif_delay_ms", "peer_notify_delay", "Peer Notification Delay (ms)", "PeerNotifyDelaySec"),
        "The time between two announcements, in ms",
        means="0 to 300000; 0, the default, means every miimon. A multiple of miimon.",
        see=_file("peer_notif_delay"),
        source=f"{RST} 2, peer_notif_delay",
    ),
    Entry(
        OPTION,
        "resend_igmp",
        ("ResendIGMP", "resend-igmp"),
        "How many IGMP reports are sent after a failover",
        means="0 to 255, default 1, every 200 ms; so that multicast follows.",
        see=_file("resend_igmp"),
        source=f"{RST} 2, resend_igmp",
    ),
)
"""Monitors, selection and announcements."""
