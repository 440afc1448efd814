"""Words and fields of LACP that are no bits: aggregators, actor and partner, keys, churn, LACPDUs."""

from __future__ import annotations

from bondtui.explain.entry import AD, LACP, LACPDUS, NETLINK, PROC, RST, Entry

_SLAVE = "cat /sys/class/net/eno1/bonding_slave/"
_ADMIN = "The kernel shows them only to CAP_NET_ADMIN in the first user namespace."
_EACH = "That of each slave is shown only to CAP_NET_ADMIN in the first user namespace."
_CHURN = f"IEEE 802.1AX-2020 6.4.13; {AD}, ad_churn_machine"

ENTRIES = (
    Entry(
        LACP,
        "actor",
        ("actor_port_state", "details actor lacp pdu", "port state", "actor port state", "bits", "raw", "end"),
        "Our own end of the link, and the state of our port",
        means="Eight bits, on the screen as letters (ATGSCDFE), in JSON and /proc as a number. Healthy is S, C and D without F and E:"
        " 63, or 61 with lacp_rate slow, which is as good. 'bondtui explain 61' reads any number.",
        why="A port carries traffic only when both ends are in sync, collecting and distributing.",
        see=(f"{_SLAVE}ad_actor_oper_port_state",),
        source=f"IEEE 802.1AX-2020 6.4.2.3; {AD}",
    ),
    Entry(
        LACP,
        "partner",
        ("partner_port_state", "details partner lacp pdu", "partner port state"),
        "The switch's end of the link, and the state of its port",
        means="The same eight bits as the switch last told them; 0 or 1 when it never did. On the line of the bond: the switch's"
        " system MAC address, 'none' when nobody answers (BT030).",
        see=(f"{_SLAVE}ad_partner_oper_port_state",),
        source=f"IEEE 802.1AX-2020 6.4.2.3; {AD}",
    ),
    Entry(
        LACP,
        "agg",
        ("aggregator_id", "Aggregator ID", "aggregator", "active aggregator", "other aggregator", "other aggregators"),
        "The aggregator that a port is in",
        means="Only the ports of the one active aggregator carry traffic. A slave with another number is idle (BT031). 'none': the"
        " bond has no active one.",
        see=(f"{_SLAVE}ad_aggregator_id", "cat /sys/class/net/bond0/bonding/ad_aggregator"),
        source=f"{RST} 2, ad_select; {AD}",
    ),
    Entry(
        LACP,
        "ad_info",
        ("Active Aggregator Info", "802.3ad info"),
        "The active aggregator",
        means="aggregator_id, num_ports, actor_key, partner_key, partner_mac. null: there is no active one, or another mode.",
        see=(PROC,),
        source=f"{NETLINK}, IFLA_BOND_AD_INFO",
    ),
    Entry(
        LACP,
        "num_ports",
        ("Number of ports", "ports"),
        "Ports of the active aggregator with their link enabled",
        means="Fewer than there are slaves means that some are idle. It does not count which ones carry traffic.",
        see=("cat /sys/class/net/bond0/bonding/ad_num_ports",),
        source=AD,
    ),
    Entry(
        LACP,
        "actor_key",
        ("Actor Key", "port key", "actor key", "key"),
        "Our key: speed, duplex and ad_user_port_key in one number",
        means="Ports with different keys never aggregate: they differ in speed or duplex. Compare keys, do not decode them: kernels"
        " number the speeds differently. 0 or even: LACP is off on this port (BT044).",
        see=(PROC,),
        source=f"{AD}; {RST} 2, ad_user_port_key",
    ),
    Entry(
        LACP,
        "partner_key",
        ("Partner Key", "oper key", "partner key", "key"),
        "The switch's key: which of its port-channels it is",
        means=f"It must be the same on all slaves (BT032). 1 with an all-zero MAC: there is no partner. {_EACH}",
        see=(PROC,),
        source=AD,
    ),
    Entry(
        LACP,
        "partner_mac",
        ("partner_system_mac", "Partner Mac Address", "partner system", "system mac address", "system"),
        "The system MAC address of the switch",
        means="partner_mac is that of the active aggregator, partner_system_mac that of one slave's partner. It must be the same on all"
        f" slaves (BT032). All zero: nobody speaks LACP (BT030). {_EACH}",
        see=(PROC,),
        source=f"IEEE 802.1AX-2020 6.4; {AD}",
    ),
    Entry(
        LACP,
        "partner_port",
        (
            "port number",
            "port",
            "prio",
            "partner port",
            "port priority",
            "partner port priority",
            "actor port",
            "portprio",
            "actor port priority",
        ),
        "Number and priority of a port, as its end tells them",
        means=f"They help to find the port on the switch. {_ADMIN}",
        see=(PROC, "lldpctl eno1"),
        source=AD,
    ),
    Entry(
        LACP,
        "actor_churn",
        ("Actor Churn State", "churn", "churned", "monitoring", "none"),
        "Whether our port settles",
        means="monitoring: the first 60 s after a port begins; every healthy port reads so, it is benign (BT084). none: settled."
        " churned: not in sync for 60 s (BT039).",
        see=(PROC,),
        source=_CHURN,
    ),
    Entry(
        LACP,
        "partner_churn",
        ("Partner Churn State",),
        "Whether the partner's port settles",
        means="The same words as actor_churn, for the switch's end.",
        see=(PROC,),
        source=_CHURN,
    ),
    Entry(
        LACP,
        "churned_count",
        ("Actor Churned Count", "Partner Churned Count", "actor_churned_count", "partner_churned_count"),
        "How often a port was churned",
        means="History: with a churn state of none it is fine now (BT040).",
        see=(PROC,),
        source=_CHURN,
    ),
    Entry(
        LACP,
        "LACPDU",
        ("lacpdus", "LACPDU rx", "LACPDU tx", "lacpdu_rx", "lacpdu_tx"),
        "The messages of LACP, received and sent",
        means="Since the slave was enslaved. Received must go on: one a second (fast) or every 30 s (slow). Standing still for more"
        " than three periods: the partner is silent (BT034).",
        see=(LACPDUS,),
        source="include/uapi/linux/if_bonding.h, BOND_3AD_STAT_LACPDU_RX",
    ),
    Entry(
        LACP,
        "unknown_rx",
        ("illegal_rx", "illegal", "unknown"),
        "Slow-protocol frames that were not understood",
        means="unknown: of a kind that the driver does not know. illegal: malformed (BT080).",
        see=(LACPDUS,),
        source="include/uapi/linux/if_bonding.h, BOND_3AD_STAT_LACPDU_ILLEGAL_RX",
    ),
)
"""All of LACP but the bits."""
