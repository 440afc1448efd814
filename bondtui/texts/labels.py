"""The lines of /proc/net/bonding: labels, where each belongs, and how its value reads (drivers/net/bonding/bond_procfs.c).

They have been stable since 2.6; what comes and goes between kernels and privileges is which of them are there. A
proposal to call slaves otherwise is read as well.
"""

from __future__ import annotations

import re

from bondtui.model.record import NamedTuple
from bondtui.texts import values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.texts.values import Reader

SLAVE = "Slave Interface"
DRIVER = "Ethernet Channel Bonding Driver"
MODE = "Bonding Mode"
LACP_INFO = "802.3ad info"
AGGREGATOR = "Active Aggregator Info"
DETAILS_OF = {"details actor lacp pdu": "actor", "details partner lacp pdu": "partner"}


class Label(NamedTuple):
    """What a label stands for: a field of the records in ``bondtui.texts.draft``, and how its value reads."""

    field: str
    read: Reader


BOND = {
    DRIVER: Label("driver", values.driver),
    MODE: Label("mode", values.mode),
    "Transmit Hash Policy": Label("xmit_hash_policy", values.policy),
    "Primary Slave": Label("primary", values.primary),
    "Currently Active Slave": Label("active_slave", values.name),
    "MII Status": Label("carrier", values.carrier),
    "MII Polling Interval (ms)": Label("miimon", values.number),
    "Up Delay (ms)": Label("updelay", values.number),
    "Down Delay (ms)": Label("downdelay", values.number),
    "Peer Notification Delay (ms)": Label("peer_notif_delay", values.number),
    "ARP Polling Interval (ms)": Label("arp_interval", values.number),
    "ARP Missed Max": Label("arp_missed_max", values.number),
    "ARP IP target/s (n.n.n.n form)": Label("arp_ip_targets", values.targets(4)),
    "NS IPv6 target/s (xx::xx form)": Label("ns_ip6_targets", values.targets(6)),
    "LACP active": Label("lacp_active", values.word),
    "LACP rate": Label("lacp_rate", values.word),
    "Min links": Label("min_links", values.number),
    "Aggregator selection policy (ad_select)": Label("ad_select", values.word),
    "System priority": Label("ad_actor_sys_prio", values.number),
    "System MAC address": Label("system_mac", values.mac),
    "Aggregator ID": Label("aggregator_id", values.number_or_none),
    "Number of ports": Label("num_ports", values.number),
    "Actor Key": Label("actor_key", values.number),
    "Partner Key": Label("partner_key", values.number),
    "Partner Mac Address": Label("partner_mac", values.mac),
}
IN_SLAVE = {
    "MII Status": Label("mii_status", values.mii_status),
    "Speed": Label("speed_mbps", values.speed),
    "Duplex": Label("duplex", values.one_of("full", "half")),
    "Link Failure Count": Label("link_failure_count", values.number),
    "Permanent HW addr": Label("perm_hwaddr", values.mac),
    "Slave queue ID": Label("queue_id", values.number),
    "Aggregator ID": Label("aggregator_id", values.number_or_none),
    "Actor Churn State": Label("actor_churn", values.one_of("monitoring", "churned", "none")),
    "Partner Churn State": Label("partner_churn", values.one_of("monitoring", "churned", "none")),
    "Actor Churned Count": Label("actor_churned_count", values.number),
    "Partner Churned Count": Label("partner_churned_count", values.number),
}
IN_DETAILS = {
    "system priority": Label("system_priority", values.number),
    "system mac address": Label("system_mac", values.mac),
    "port key": Label("key", values.number),
    "oper key": Label("key", values.number),
    "port priority": Label("port_priority", values.number),
    "port number": Label("port", values.number),
    "port state": Label("port_state", values.number),
}
"""The field gets the end in front: ``actor_key``."""
ENDS = {"port key": "actor", "oper key": "partner"}
"""These tell the end by themselves."""

OF_BOND = frozenset(BOND) - frozenset(IN_SLAVE)
"""The labels that no slave has: after a slave another bond begins with one of them."""
OF_LACP = frozenset(
    {"lacp_active", "lacp_rate", "min_links", "ad_select", "ad_actor_sys_prio", "system_mac", "aggregator_id"}
    | {"num_ports", "actor_key", "partner_key", "partner_mac"}
)
"""Fields of a bond that the driver tells in mode 802.3ad alone; the same with ``LACP_FIELDS_OF_SLAVE``."""
LACP_FIELDS_OF_SLAVE = frozenset({"aggregator_id", "actor_churn", "partner_churn", "actor_key", "partner_key"})

_OTHER_WORDS = ("Port", "Link", "Member")
ALIASES = {
    each.replace("Slave", word): each
    for each in ("Primary Slave", "Currently Active Slave", SLAVE, "Slave queue ID")
    for word in _OTHER_WORDS
}


def _spelled(label: str) -> str:
    return " +".join(re.escape(word) for word in label.split(" "))


_ALL = sorted({SLAVE, *BOND, *IN_SLAVE, *IN_DETAILS, *ALIASES, AGGREGATOR, *DETAILS_OF}, key=len, reverse=True)
LABELLED = re.compile(
    rf"(?:^|(?<=[ >|:\])}}+-]))(?:({'|'.join(map(_spelled, _ALL))}) *:|({_spelled(LACP_INFO)})(?![\w:])"
    r"|(bond +([^ ]+) +has +no +active +aggregator))",
    re.ASCII,
)
"""One labelled value or mark, wherever it stands in a line whose blanks are all spaces."""


def known(spelled: str) -> str:
    """The label as the driver spells it."""
    label = " ".join(spelled.split())
    return ALIASES.get(label, label)
