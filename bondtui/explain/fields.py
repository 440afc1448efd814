"""Fields that are no options: columns and labels of the screen, fields of the JSON documents, labels of /proc."""

from __future__ import annotations

from bondtui.explain.entry import (
    BOND,
    ETHTOOL,
    FIELD,
    MAIN,
    NETLINK,
    PROC,
    PROCFS,
    RST,
    SLAVE,
    Entry,
)

_STATUS = "bondtui status --json"
_IP = "ip-link(8)"
_STATS = "include/uapi/linux/if_link.h, struct rtnl_link_stats64"

ENTRIES = (
    Entry(
        FIELD,
        "schema",
        ("host", "taken_at", "bonds", "slaves"),
        "The frame of a JSON document",
        means="schema: its kind and version, such as bondtui.status/1. host: the machine's name. taken_at: RFC 3339, UTC."
        ' bonds, slaves: lists. What the kernel does not tell is null, never 0 or "".',
        see=(_STATUS,),
    ),
    Entry(
        FIELD,
        "simulated",
        (),
        "Whether the data are made up by the simulated driver",
        means="true with --demo only; then every screen says SIMULATED.",
        see=(_STATUS,),
    ),
    Entry(
        FIELD,
        "lab",
        ("LAB netns", "LAB uml"),
        "Which lab the bonds are in",
        means="netns: a throw-away network of bondtui's own in namespaces of this kernel. uml: the same with a kernel of its own"
        " (user-mode-linux). null: bonds of the machine. In a lab every screen says LAB, all that bondtui keeps is gone with"
        " the lab, and no drill counts as proof for a real bond.",
        see=(_STATUS,),
    ),
    Entry(
        FIELD,
        "slave",
        ("Slave Interface", "bond", "name"),
        "The name of an interface",
        means="As the kernel has it. What cannot be drawn is spelled as bytes (\\x1b). On the screen the bond has a list of its own.",
        see=("ip link show master bond0",),
        source=_IP,
    ),
    Entry(
        FIELD,
        "ifindex",
        (),
        "The number of an interface",
        means="It stays while the interface exists, also when it is renamed: bondtui goes by it.",
        see=(SLAVE,),
        source=_IP,
    ),
    Entry(
        FIELD,
        "role",
        ("state", "ACTIVE", "backup", "shares"),
        "The part of a slave in its bond",
        means="ACTIVE: the one the bond names. active, backup: the driver's words. shares: balance-tlb and -alb, it carries its part."
        " '-' or null: the mode has no roles, where the driver calls every slave active, dead ones too.",
        see=("cat /sys/class/net/eno1/bonding_slave/state",),
        source=f"{NETLINK}, IFLA_BOND_SLAVE_STATE",
    ),
    Entry(
        FIELD,
        "admin",
        ("admin_up", "IFF_UP"),
        "Whether somebody has set the interface up",
        means="DOWN is a decision on this host, not a fault of the cable (BT009; of the bond itself: BT071).",
        see=(SLAVE,),
        source=_IP,
    ),
    Entry(
        FIELD,
        "carr",
        ("carrier", "LOST", "NO-CARRIER", "LOWER_UP"),
        "Whether the NIC sees a link partner",
        means="LOST: no light, no signal, or the other end is off (BT008). It says nothing of what lies behind the first cable, and"
        " a virtual NIC may never lose it (BT055).",
        see=("cat /sys/class/net/eno1/carrier",),
        source=f"{_IP}; IFLA_CARRIER",
    ),
    Entry(
        FIELD,
        "MII",
        ("mii_status", "MII Status", "up", "down", "going down", "going back"),
        "The driver's own opinion of a link",
        means="up, going down (in downdelay), down, going back (in updelay). For the bond: its carrier. Without a monitor it always"
        " reads up and means nothing (BT001).",
        why="Only slaves that are up are used. In 802.3ad the port must be in sync besides.",
        see=("cat /sys/class/net/eno1/bonding_slave/mii_status", PROC),
        source=f"{RST} 7; {MAIN}, bond_miimon_inspect",
    ),
    Entry(
        FIELD,
        "operstate",
        (),
        "The state of an interface in one word",
        means="up, down, dormant, lowerlayerdown, unknown (RFC 2863). For slaves the MII status says more.",
        see=(SLAVE,),
        source="Documentation/networking/operstates.rst; RFC 2863",
    ),
    Entry(
        FIELD,
        "speed",
        ("speed_mbps",),
        "The speed of a slave's link",
        means="In Mb/s in JSON. '-': the NIC does not tell. A slave that is down often keeps its last speed: no evidence of a link"
        " (BT046, BT048).",
        see=(ETHTOOL, "cat /sys/class/net/eno1/speed"),
        source="ethtool(8)",
    ),
    Entry(
        FIELD,
        "duplex",
        (),
        "Full or half duplex",
        means="half is a fault nowadays (BT047).",
        see=(ETHTOOL,),
        source="ethtool(8)",
    ),
    Entry(
        FIELD,
        "fail",
        ("link_failure_count", "Link Failure Count", "failures"),
        "How often the driver has taken a slave down",
        means="Since it was enslaved; +n are new since bondtui started. A steady number is history and benign (BT012); a growing one is"
        " a fault (BT011).",
        see=("cat /sys/class/net/eno1/bonding_slave/link_failure_count",),
        source=f"{MAIN}, link_failure_count",
    ),
    Entry(
        FIELD,
        "carrier_changes",
        (),
        "How often the carrier came or went",
        means="Since the interface was made, independent of the monitor: flaps between two looks of miimon are counted too.",
        see=("cat /sys/class/net/eno1/carrier_changes",),
        source="IFLA_CARRIER_CHANGES in include/uapi/linux/if_link.h",
    ),
    Entry(
        FIELD,
        "permanent_hwaddr",
        ("Permanent HW addr", "perm_hwaddr"),
        "The MAC address that a slave was made with",
        means="The bond gives its slaves another one while they are in it.",
        see=(PROC, SLAVE),
        source=PROCFS,
    ),
    Entry(
        FIELD,
        "hwaddr",
        ("mac", "address"),
        "The MAC address in use now",
        means="Normally that of the bond on all slaves; with fail_over_mac each keeps its own.",
        see=(SLAVE,),
        source=_IP,
    ),
    Entry(
        FIELD,
        "mtu",
        (),
        "The largest packet that is sent",
        means="The slaves have that of the bond; if not, large packets get lost (BT061).",
        see=(BOND, SLAVE),
        source=_IP,
    ),
    Entry(
        FIELD,
        "addresses",
        (),
        "The IP addresses of the bond",
        means="They belong to the bond, not to its slaves (BT060).",
        see=("ip address show dev bond0",),
        source="ip-address(8)",
    ),
    Entry(
        FIELD,
        "driver",
        ("bus_info",),
        "The kernel driver of a NIC, and its place on the bus",
        means="Slaves with the same place but for the last digit are ports of one card (BT054). A driver such as virtio_net or vmxnet3"
        " is virtual (BT055).",
        see=("ethtool -i eno1",),
        source="ethtool(8)",
    ),
    Entry(
        FIELD,
        "hidden",
        ("hidden: needs CAP_NET_ADMIN",),
        "What the kernel keeps from this user",
        means="Names of fields that only a reader with CAP_NET_ADMIN in the first user namespace is shown. Rules say nothing of them.",
        see=("sudo bondtui status",),
        source=f"{PROCFS}; {NETLINK}, bond_fill_info",
    ),
    Entry(
        FIELD,
        "monitor",
        ("arp", "none"),
        "How the driver watches its links",
        means="miimon, or arp with its interval and targets. 'none': it does not (BT001).",
        see=("cat /sys/class/net/bond0/bonding/miimon", "cat /sys/class/net/bond0/bonding/arp_interval"),
        source=f"{RST} 7",
    ),
)
"""What an interface is."""
