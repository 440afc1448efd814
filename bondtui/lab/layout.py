"""Names and addresses of a lab: what is plugged into what, and who answers behind it.

The addresses are those that are kept for documentation (RFC 5737) and for benchmarks (RFC 2544), and local ones of IPv6
(RFC 4193). They exist in the lab's own network namespaces only.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from bondtui.lab import hashing
from bondtui.model.lab import MOST_BONDS, MOST_SLAVES, BondWish, Host, LabBond

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BRIDGE, STATIC_GROUP, LACP_PARTNER = "bridge", "static group", "LACP partner"
PEER_OF_MODE = {
    "active-backup": BRIDGE,
    "balance-tlb": BRIDGE,
    "balance-alb": BRIDGE,
    "broadcast": BRIDGE,
    "balance-rr": STATIC_GROUP,
    "balance-xor": STATIC_GROUP,
    "802.3ad": LACP_PARTNER,
}
"""What each mode needs at the other end (Documentation/networking/bonding.rst, "Switch Configuration").

A broadcast bond has a bridge whose ports cannot reach each other, as if each were a switch of its own. It takes every copy, so
that no single port matters even if it is silent; the price is that each question is answered once for every port. A bond as
the peer would take one copy only, but would need its own monitor to find a better port.
"""
MODES = tuple(PEER_OF_MODE)

FIRST_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
MACHINE, GATEWAY, FIRST_HOST, LAST_HOST = 1, 254, 101, 253
FEWEST_HOSTS = 2
HASHED_MAC = 0
"""The last byte of the MAC address that a bond has from its first slave: what layer2 hashes."""
USUAL_MIIMON = ("miimon", "100")


def layout(bonds: Sequence[BondWish]) -> tuple[LabBond, ...]:
    """All bonds that are wished for, with their cables; raises ValueError with one line."""
    if not 1 <= len(bonds) <= MOST_BONDS:
        raise ValueError(f"a lab has 1 to {MOST_BONDS} bonds, not {len(bonds)}")
    made: list[LabBond] = []
    cable = 1
    for number, wish in enumerate(bonds):
        made.append(_bond(number, wish, cable))
        cable += wish.slaves
    return tuple(made)


def number_of(bond: LabBond) -> int:
    """Which bond of its lab it is, from 0."""
    return int(bond.name.removeprefix("bond"))


def slave_mac(bond: LabBond, place: int) -> str:
    """The MAC address of a slave; those of one bond differ in the upper half of the last byte."""
    return f"02:00:00:01:{number_of(bond):02x}:{HASHED_MAC + (place << 4):02x}"


def port_mac(bond: LabBond, place: int) -> str:
    """The MAC address of the peer's end of a cable."""
    return f"02:00:00:02:{number_of(bond):02x}:{place:02x}"


def peer_mac(bond: LabBond) -> str:
    """The MAC address of the gateway, which is the system id of an LACP partner too."""
    return f"02:00:00:fe:{number_of(bond):02x}:fe"


def ipv6(bond: LabBond, last: str = "1") -> str:
    """An IPv6 address of the machine, or of the gateway (``fe``), with its prefix length."""
    return f"fd00:{number_of(bond):x}::{last}/64"


def _bond(number: int, wish: BondWish, cable: int) -> LabBond:
    if wish.mode not in PEER_OF_MODE:
        raise ValueError(f"'{wish.mode}' is no bonding mode: {', '.join(MODES)}")
    if not 1 <= wish.slaves <= MOST_SLAVES:
        raise ValueError(f"a bond of a lab has 1 to {MOST_SLAVES} slaves, not {wish.slaves}")
    network = FIRST_NETWORKS[number] if number < len(FIRST_NETWORKS) else f"198.18.{number}"
    cables = range(cable, cable + wish.slaves)
    gateway = f"{network}.{GATEWAY}"
    return LabBond(
        name=f"bond{number}",
        mode=wish.mode,
        slaves=tuple(f"eno{each}" for each in cables),
        ports=tuple(f"p{each}" for each in cables),
        address=f"{network}.{MACHINE}/24",
        gateway=gateway,
        peer=f"sw{number}",
        peer_kind=PEER_OF_MODE[wish.mode],
        hosts=_hosts(number, network, wish.slaves),
        options=_options(wish, gateway),
    )


def _options(wish: BondWish, gateway: str) -> tuple[tuple[str, str], ...]:
    """Those that were given, after the ones that a bond of a lab has where nobody says otherwise."""
    named = dict(wish.options)
    usual: list[tuple[str, str]] = []
    if not {"miimon", "arp_interval"} & named.keys():
        usual.append(USUAL_MIIMON)
    if "arp_interval" in named and not {"arp_ip_target", "ns_ip6_target"} & named.keys():
        usual.append(("arp_ip_target", gateway))
    if wish.mode == "802.3ad" and "lacp_rate" not in named:
        usual.append(("lacp_rate", "fast"))
    return (*usual, *wish.options)


def _hosts(number: int, network: str, slaves: int) -> tuple[Host, ...]:
    """One host for each slave, and two at least: layer2 and layer2+3 each choose another slave for every one of them.

    An address for which there is no such MAC address is left out.
    """
    machine = IPv4Address(f"{network}.{MACHINE}").packed
    count = max(slaves, FEWEST_HOSTS)
    hosts: list[Host] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for last in range(FIRST_HOST, LAST_HOST):
        address = IPv4Address(f"{network}.{last}")
        for mac in range(256):
            chosen = (
                hashing.layer2(HASHED_MAC, mac) % count,
                hashing.layer23(HASHED_MAC, mac, (machine, address.packed)) % count,
            )
            if chosen[0] not in taken[0] and chosen[1] not in taken[1]:
                taken[0].add(chosen[0])
                taken[1].add(chosen[1])
                hosts.append(Host(str(address), f"02:00:00:03:{number:02x}:{mac:02x}"))
                break
        if len(hosts) == count:
            break
    return tuple(hosts)
