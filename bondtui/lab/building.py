"""The ``ip -batch`` lines that build a lab: its cables, the peer of each bond, and the bond."""

from __future__ import annotations

import re

from bondtui.core.words import listed
from bondtui.lab.layout import BRIDGE, LACP_PARTNER, ipv6, number_of, peer_mac, port_mac, slave_mac
from bondtui.model.lab import SPREAD, LabBond

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PEERS = {
    BRIDGE: "bridge mcast_snooping 0",
    LACP_PARTNER: "bond mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer3+4",
}
STATIC = "bond mode balance-xor miimon 100 xmit_hash_policy layer3+4"

NAMES_OF_IP = {"peer_notif_delay": "peer_notify_delay", "num_peer_notif": "num_grat_arp"}
"""Options that ``ip`` names otherwise than sysfs and netlink do."""
NAMES_OF_SYSFS = {"peer_notify_delay": "peer_notif_delay", "num_peer_notif": "num_grat_arp"}
WITH_SLAVES = frozenset({"primary", "active_slave"})
"""Options of a bond that name one of its slaves."""
OF_SLAVES = frozenset({"prio", "queue_id", "actor_port_prio"})
"""Options of a slave, whose value is ``SLAVE:NUMBER``."""
FIRST_TABLE = 100
"""Of the routing tables of the hosts; it is the preference of their rules too."""

_WORD = re.compile(r"[A-Za-z0-9_.:+,/-]+", re.ASCII)
_OTHERS_NEED = ("miimon", "arp_interval", "arp_ip_target", "ns_ip6_target")


def mistake(bond: LabBond) -> str:
    """What is wrong with its options before any kernel sees them, in one line; ``""`` for nothing."""
    for key, value in bond.options:
        option = f"{key}={value}"
        if not _WORD.fullmatch(key) or not _WORD.fullmatch(value):
            return f"{option!a} is no option for {bond.name}: one word is expected on both sides of ="
        if key in ("mode", "help", "clear_active_slave"):
            return f"{option} is no option for {bond.name}: its mode is given as such, and everything else by its value"
        if key in WITH_SLAVES | OF_SLAVES:
            named = [value] if key in WITH_SLAVES else [each.partition(":")[0] for each in value.split(",")]
            if strangers := [each for each in named if each not in bond.slaves]:
                return f"{option} for {bond.name}: {strangers[0]} is none of its slaves, {listed(list(bond.slaves))}"
    return ""


def early(bond: LabBond) -> list[tuple[str, str]]:
    """The options that a bond is made with, those first that others need.

    In one message their order is of no account, because the driver has its own (bond_netlink.c, bond_changelink).
    """
    found = [each for each in bond.options if each[0] not in WITH_SLAVES | OF_SLAVES]
    return sorted(found, key=lambda each: each[0] not in _OTHERS_NEED)


def late(bond: LabBond) -> list[tuple[str, str]]:
    """The options that want the slaves to be there; the active slave last, for a primary would take its place."""
    found = [each for each in bond.options if each[0] in WITH_SLAVES | OF_SLAVES]
    return sorted(found, key=lambda each: each[0] == "active_slave")


def cable_lines(bond: LabBond, machine: str) -> list[str]:
    """In the switch: the cables, whose other ends are in the machine's network namespace, as ``ip`` is to be told it."""
    pairs = zip(bond.slaves, bond.ports, strict=True)
    return [
        f"link add {port} address {port_mac(bond, place)} type veth "
        f"peer name {slave} address {slave_mac(bond, place)} netns {machine}"
        for place, (slave, port) in enumerate(pairs)
    ]


def switch_lines(bond: LabBond, traffic: str, *, with_ipv6: bool = True) -> list[str]:
    """In the switch, after the cables: the peer with its ports, the gateway and the hosts.

    A bridge does not know the hosts' MAC addresses, which lie on itself, so it must not flood frames to them over the other ports.
    """
    peer = bond.peer
    lines = [f"link add {peer} address {peer_mac(bond)} type {PEERS.get(bond.peer_kind, STATIC)}"]
    for port in bond.ports:
        lines += [f"link set {port} master {peer}", f"link set {port} up"]
        if bond.peer_kind == BRIDGE:
            lines.append(f"link set {port} type bridge_slave flood off isolated {_on(bond.mode == 'broadcast')}")
    lines += [f"address add {bond.gateway}/24 dev {peer}"]
    if with_ipv6:
        lines += [f"address add {ipv6(bond, 'fe')} dev {peer} nodad"]
    lines.append(f"link set {peer} up")
    if traffic == SPREAD:
        lines += _host_lines(bond)
    return lines


def bond_line(bond: LabBond, options: Iterable[tuple[str, str]] | None = None) -> str:
    """On the machine: the bond alone, with all its early options or with these."""
    chosen = early(bond) if options is None else options
    words = [f"{NAMES_OF_IP.get(key, key)} {value}" for key, value in chosen]
    return " ".join((f"link add {bond.name} type bond mode {bond.mode}", *words))


def no_bond_line(bond: LabBond) -> str:
    """On the machine: the bond is taken away again."""
    return f"link delete {bond.name}"


def machine_lines(bond: LabBond, *, with_ipv6: bool = True) -> list[str]:
    """On the machine, after the bond: its slaves, addresses and routes. It is up last, so that LACP need not wait."""
    name = bond.name
    lines = [f"link set {slave} master {name}" for slave in bond.slaves]
    lines += [f"address add {bond.address} dev {name}"]
    if with_ipv6:
        lines += [f"address add {ipv6(bond)} dev {name} nodad"]
    lines += [f"link set {name} up"]
    if number_of(bond) == 0:
        lines += [f"route add default via {bond.gateway}"]
    return lines


def late_lines(bond: LabBond, option: tuple[str, str]) -> list[str]:
    """An option that names slaves, as ``ip`` takes it."""
    key, value = option
    if key in WITH_SLAVES:
        return [f"link set {bond.name} type bond {key} {value}"]
    pairs = (each.partition(":") for each in value.split(","))
    return [f"link set {slave} type bond_slave {key} {number}" for slave, _, number in pairs]


def _host_lines(bond: LabBond) -> list[str]:
    """The hosts behind the peer: each has an interface of its own, and answers through it."""
    lines = []
    network = bond.gateway.rpartition(".")[0]
    for place, host in enumerate(bond.hosts):
        name = f"h{number_of(bond)}-{place + 1}"
        table = FIRST_TABLE + 16 * number_of(bond) + place
        lines += [
            f"link add {name} link {bond.peer} address {host.hwaddr} type macvlan mode bridge",
            f"address add {host.address}/32 dev {name}",
            f"link set {name} up",
            f"route add {network}.0/24 dev {name} src {host.address} table {table}",
            f"rule add from {host.address} lookup {table} preference {table}",
        ]
    return lines


def _on(wanted: bool) -> str:
    return "on" if wanted else "off"
