"""The seven modes: what each does, what fails over and how fast, what it needs of the switch."""

from __future__ import annotations

from bondtui.explain.entry import AD, ALB, MAIN, MODE, RST, Entry

_SEE = ("cat /sys/class/net/bond0/bonding/mode",)
_NO_SWITCH = "Nothing of the switch: plain ports, all in the same VLANs, on one switch or on several."
_STATIC = "A static LAG on the switch (EtherChannel, 'mode on', no LACP), so one switch or one MLAG."

ENTRIES = (
    Entry(
        MODE,
        "balance-rr",
        ("0", "load balancing (round-robin)", "round-robin", "rr"),
        "Packets go out over all slaves in turn",
        means="Mode 0. One flow can use all slaves and so exceed the speed of one, at the price of packets out of order."
        " All slaves are active. It is the default of a new bond, without any monitor.",
        why="Lost carrier: what is sent moves at once, even without a monitor; what is received follows when the switch has"
        " noticed. A silent path: with miimon never, about 1/n of the packets are lost each way; with the ARP monitor after"
        " arp_missed_max to arp_missed_max + 1 intervals.",
        see=_SEE,
        do=_STATIC,
        source=f"{RST} 2, mode, and 12.1.1; {MAIN}",
    ),
    Entry(
        MODE,
        "active-backup",
        ("1", "fault-tolerance (active-backup)"),
        "One slave carries everything, the others wait",
        means="Mode 1. The only mode for redundancy alone, and the only one for IPoIB. Drops on a backup slave are normal.",
        why="Lost carrier: after at most miimon + downdelay (100 ms with miimon 100). With the ARP monitor, for a lost carrier"
        " as for a silent path: arp_missed_max to arp_missed_max + 1 intervals. miimon never sees a silent path. Without a"
        " monitor nothing ever fails over.",
        see=_SEE,
        do=_NO_SWITCH,
        source=f"{RST} 2, mode, and 11.2.1; {MAIN}",
    ),
    Entry(
        MODE,
        "balance-xor",
        ("2", "load balancing (xor)", "xor"),
        "Each flow has its slave, chosen by a hash",
        means="Mode 2. xmit_hash_policy chooses the slave; one flow never exceeds one slave. There is no LACP: wrong cabling"
        " goes unnoticed. All slaves are active.",
        why="Lost carrier: what is sent moves at once; what is received follows when the switch has noticed. A silent path: with"
        " miimon the flows on that slave are lost for good.",
        see=_SEE,
        do=_STATIC,
        source=f"{RST} 2, mode and xmit_hash_policy; {MAIN}",
    ),
    Entry(
        MODE,
        "broadcast",
        ("3", "fault-tolerance (broadcast)"),
        "Every frame goes out on every slave",
        means="Mode 3. For special networks: traffic is multiplied, and receivers must stand duplicates. All slaves are active.",
        why="Nothing has to fail over: a lost carrier and a silent path both cost nothing while one slave gets through.",
        see=_SEE,
        do="Separate networks for the slaves, or receivers that drop duplicates.",
        source=f"{RST} 2, mode, and 11.2.1",
    ),
    Entry(
        MODE,
        "802.3ad",
        ("4", "IEEE 802.3ad Dynamic link aggregation", "lacp"),
        "Link aggregation agreed with the switch by LACP",
        means="Mode 4. Ports with the same speed and the same partner form an aggregator; one aggregator is active, and a hash"
        " spreads the flows over its ports. Choosing the mode sets miimon to 100 where it was 0.",
        why="Lost carrier: what is sent moves at once; what is received follows when the switch has noticed. A silent path: the"
        " flows on that port are lost for 2 to 3 s with lacp_rate fast on both ends, for 60 to 90 s with slow; others are not"
        " touched. If all partners fall silent one port stays in use and the carrier stays up (BT030).",
        see=(*_SEE, "cat /proc/net/bonding/bond0"),
        do="A LAG with LACP on the switch ('mode active'), or on two switches that act as one (MLAG). Same speed on all ports.",
        source=f"{RST} 2, mode, and 5; {AD}; IEEE 802.1AX-2020",
    ),
    Entry(
        MODE,
        "balance-tlb",
        ("5", "transmit load balancing", "tlb"),
        "Sends over all slaves, receives on one",
        means="Mode 5. What is sent is spread by load (tlb_dynamic_lb 1) or by a hash (0); all that is received comes in on the active"
        " slave. The driver calls all usable slaves active. Choosing the mode sets miimon to 100 where it was 0.",
        why="Lost carrier of the active slave: after at most miimon + downdelay. A silent path is never seen: the ARP monitor is not"
        " allowed.",
        see=_SEE,
        do=f"{_NO_SWITCH} The NICs must tell their speed.",
        source=f"{RST} 2, mode; {ALB}",
    ),
    Entry(
        MODE,
        "balance-alb",
        ("6", "adaptive load balancing", "alb"),
        "Like balance-tlb, and receives over all slaves",
        means="Mode 6. Each IPv4 neighbour is told the MAC address of one slave, in ARP replies that the driver rewrites. It does not"
        " go together with a bridge on the bond. Choosing the mode sets miimon to 100 where it was 0.",
        why="Lost carrier of the active slave: after at most miimon + downdelay; neighbours are told of a new MAC address, which may"
        " take up to 2 s more. A silent path is never seen: the ARP monitor is not allowed.",
        see=_SEE,
        do=f"{_NO_SWITCH} NICs that can change their MAC address while they are up and that tell their speed.",
        source=f"{RST} 2, mode; {ALB}",
    ),
)
"""By number."""
