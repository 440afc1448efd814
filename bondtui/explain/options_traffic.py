"""Options of the spread of traffic, and of LACP."""

from __future__ import annotations

from bondtui.explain.entry import AD, BOND, OPTION, RST, Entry

_DOWN = "The bond must be down while it is set."
_LACP = "802.3ad only."
_HIDDEN = "The kernel shows it only to CAP_NET_ADMIN."


def _file(name: str) -> tuple[str, ...]:
    return (f"cat /sys/class/net/bond0/bonding/{name}",)


ENTRIES = (
    Entry(
        OPTION,
        "mode",
        ("Bonding Mode", "mode_number", "bond-mode", "modes"),
        "How the bond uses its slaves",
        means="0 balance-rr, 1 active-backup, 2 balance-xor, 3 broadcast, 4 802.3ad, 5 balance-tlb, 6 balance-alb. Each has an entry of"
        " its own. It can be changed only while the bond is down and without slaves.",
        see=_file("mode"),
        source=f"{RST} 2, mode",
    ),
    Entry(
        OPTION,
        "xmit_hash_policy",
        (
            "hash",
            "Transmit Hash Policy",
            "TransmitHashPolicy",
            "transmit-hash-policy",
            "layer2",
            "layer3+4",
            "layer2+3",
            "encap2+3",
            "encap3+4",
            "vlan+srcmac",
        ),
        "What decides which slave a flow is sent on",
        means="layer2: MAC addresses (default). layer2+3: and IP addresses. layer3+4: IP addresses and ports. encap2+3, encap3+4: the"
        " same inside tunnels. vlan+srcmac. It has an effect in balance-xor, 802.3ad, and balance-tlb without tlb_dynamic_lb.",
        why="With layer2 all that goes to one gateway uses one slave (BT049). What is received is spread by the switch's own hash.",
        see=_file("xmit_hash_policy"),
        do="layer3+4 for most hosts. It can be set at any time.",
        source=f"{RST} 2, xmit_hash_policy",
    ),
    Entry(
        OPTION,
        "packets_per_slave",
        ("PacketsPerSlave", "packets-per-member"),
        "balance-rr: packets on one slave before the next",
        means="1 is the default; 0 chooses at random.",
        see=_file("packets_per_slave"),
        source=f"{RST} 2, packets_per_slave",
    ),
    Entry(
        OPTION,
        "tlb_dynamic_lb",
        ("DynamicTransmitLoadBalancing",),
        "balance-tlb: spread by load instead of by hash",
        means="1: flows move between slaves by load (default). 0: xmit_hash_policy decides. balance-alb always has 1 at first."
        f" {_DOWN}",
        see=_file("tlb_dynamic_lb"),
        source=f"{RST} 2, tlb_dynamic_lb",
    ),
    Entry(
        OPTION,
        "lp_interval",
        ("lp_interval_s", "LearnPacketIntervalSec", "learn-packet-interval"),
        "Seconds between learning packets to the switches",
        means="For balance-tlb and balance-alb. 1 is the default.",
        see=_file("lp_interval"),
        source=f"{RST} 2, lp_interval",
    ),
    Entry(
        OPTION,
        "all_slaves_active",
        ("AllSlavesActive", "all-members-active", "all-slaves-active"),
        "Whether frames on a backup slave are delivered",
        means="0: dropped as duplicates (default), which is why rx_dropped grows on a backup slave; that is benign (BT063). 1: delivered.",
        see=_file("all_slaves_active"),
        source=f"{RST} 2, all_slaves_active",
    ),
    Entry(
        OPTION,
        "queue_id",
        ("Slave queue ID", "bond-port.queue-id", "bond-queue-id"),
        "The transmit queue that belongs to a slave",
        means="0 means none. tc can steer traffic to a slave by this number; without such a rule it has no effect (BT064).",
        see=("cat /sys/class/net/eno1/bonding_slave/queue_id",),
        source=f"{RST} 3.6",
    ),
    Entry(
        OPTION,
        "min_links",
        ("Min links", "MinLinks", "min-links"),
        "How many ports with a link the bond needs to have carrier",
        means=f"{_LACP} 0, the default, and 1 are the same. Ports with a link are counted, not ports that carry traffic.",
        why="Above 1 it turns the bond off although a link works (BT005); at 0 or 1 nobody is told of lost capacity (BT045).",
        see=_file("min_links"),
        source=f"{RST} 2, min_links",
    ),
    Entry(
        OPTION,
        "lacp_rate",
        ("lacp", "LACP rate", "rate", "LACPTransmitRate", "lacp-rate", "slow", "fast"),
        "How often the partner is asked to speak",
        means=f"{_LACP} slow: every 30 s, silent after 90 s (default). fast: every 1 s, silent after 3 s. It is what we ask of the"
        f" partner; the partner's own setting decides how often we speak. {_DOWN}",
        why="It decides how fast a silent path is seen (BT041, BT042).",
        see=_file("lacp_rate"),
        do="fast, on both ends.",
        source=f"{RST} 2, lacp_rate",
    ),
    Entry(
        OPTION,
        "lacp_active",
        ("LACP active",),
        "Whether we send LACPDUs by ourselves",
        means=f"{_LACP} on is the default. off: only in answer; if the partner is passive too the link dies (BT043). {_DOWN}",
        see=_file("lacp_active"),
        source=f"{RST} 2, lacp_active",
    ),
    Entry(
        OPTION,
        "lacp_strict",
        (),
        "Whether no partner means no carrier",
        means=f"{_LACP} off is the default: one port stays in use without any LACP (BT030). on: no partner, no carrier. Kernel 7.2 on."
        " There is no file in sysfs for it.",
        see=(BOND,),
        source=f"{AD}; IFLA_BOND_LACP_STRICT",
    ),
    Entry(
        OPTION,
        "ad_select",
        ("Aggregator selection policy (ad_select)", "AdSelect", "ad-select", "stable", "bandwidth", "count"),
        "Which aggregator is the active one",
        means=f"{_LACP} stable: it changes only when the active one has no port left (default). bandwidth, count: the best one at any"
        f" change. actor_port_prio: by the ports' priorities (kernel 6.18 on). {_DOWN}",
        see=_file("ad_select"),
        source=f"{RST} 2, ad_select",
    ),
    Entry(
        OPTION,
        "ad_actor_sys_prio",
        (
            "System priority",
            "actor system prio",
            "actor system priority",
            "partner system priority",
            "sysprio",
            "prio",
            "AdActorSystemPriority",
        ),
        "Our system priority in LACPDUs",
        means=f"{_LACP} 1 to 65535, default 65535; the lower end decides which ports are used when there are too many. {_HIDDEN}",
        see=_file("ad_actor_sys_prio"),
        source=f"{RST} 2, ad_actor_sys_prio",
    ),
    Entry(
        OPTION,
        "ad_actor_system",
        ("System MAC address", "actor system", "actor_system_mac", "AdActorSystem"),
        "Our system MAC address in LACPDUs",
        means=f"{_LACP} All zero, the default, means the bond's own. {_HIDDEN}",
        see=_file("ad_actor_system"),
        source=f"{RST} 2, ad_actor_system",
    ),
    Entry(
        OPTION,
        "ad_user_port_key",
        ("AdUserPortKey",),
        "The upper ten bits of our port key",
        means=f"{_LACP} 0 to 1023, default 0. The rest of the key is speed and duplex. {_HIDDEN} {_DOWN}",
        see=_file("ad_user_port_key"),
        source=f"{RST} 2, ad_user_port_key",
    ),
    Entry(
        OPTION,
        "actor_port_prio",
        ("actor port priority",),
        "The LACP priority of one of our ports",
        means=f"{_LACP} Default 255. With ad_select actor_port_prio it decides which aggregator is active. Kernel 6.18 on.",
        see=("ip -d link show dev eno1",),
        source="IFLA_BOND_SLAVE_ACTOR_PORT_PRIO in include/uapi/linux/if_link.h",
    ),
    Entry(
        OPTION,
        "coupled_control",
        (),
        "Whether a port collects and distributes in one step",
        means=f"{_LACP} 1 is the default. 0: it collects first, and distributes when the partner collects. {_DOWN} There is no"
        " file in sysfs for it.",
        see=(BOND,),
        source=f"{AD}, ad_mux_machine; IFLA_BOND_COUPLED_CONTROL",
    ),
    Entry(
        OPTION,
        "broadcast_neighbor",
        (),
        "Whether ARP and neighbour discovery go out on every slave",
        means=f"{_LACP} off is the default. For hosts whose two switches are not one MLAG. There is no file in sysfs for it.",
        see=(BOND,),
        source="IFLA_BOND_BROADCAST_NEIGH in include/uapi/linux/if_link.h",
    ),
)
"""The spread of traffic, and LACP."""
