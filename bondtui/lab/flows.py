"""The flows of a lab's traffic: so chosen that they go round all slaves in turn, whatever policy hashes them.

Each cycle of as many flows as there are slaves crosses every slave once, so a slave sees its packets at even distances. This
is not only good to look at: a drill tells its probes from other traffic by the slaves' counters, and what is even hides nothing.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from bondtui.lab import hashing
from bondtui.model.lab import GATEWAY, SPREAD, Host, LabBond
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ECHO_PORT = 7
"""Where the hosts send back what they are sent (RFC 862)."""
FIRST_SOURCE, LAST_SOURCE = 20_000, 32_767
"""Below the kernel's ip_local_port_range, so that nobody else is given them."""
ROUNDS = 2
"""Flows of each slave."""
PACKET_BYTES, HEADER_BYTES = 1200, 42
"""On the wire, and of them the headers of Ethernet, IPv4 and UDP."""
MOST_PACKETS_PER_SECOND = 100.0
"""In each direction, of the whole lab: with packets of 1200 bytes somewhat less than 1 Mb/s."""


class TrafficFlow(NamedTuple):
    """One flow of UDP packets that come back."""

    source: str
    source_port: int
    destination: str


def flows(bond: LabBond, traffic: str) -> tuple[TrafficFlow, ...]:
    """The flows over one bond, in the order in which they take turns.

    ``spread`` goes to hosts that differ in address and MAC address, so layer2, layer2+3, layer3+4 and the encap policies reach
    every slave; vlan+srcmac never can, because it looks at nothing that the destination changes, and balance-tlb and balance-alb
    share by load, anew every 10 s and when a slave comes up. ``gateway`` goes to one host on many ports: layer2 and layer2+3 put
    all of it on one slave.
    """
    if traffic == SPREAD:
        hosts: Sequence[Host] = bond.hosts
    elif traffic == GATEWAY:
        hosts = (Host(bond.gateway, ""),)
    else:
        return ()
    source = bond.address.partition("/")[0]
    count = max(len(bond.slaves), len(bond.hosts))
    made: list[TrafficFlow] = []
    port = FIRST_SOURCE
    for number in range(ROUNDS * count):
        host = hosts[number % len(hosts)]
        port = _port(port, (source, host.address), number, len(bond.slaves))
        made.append(TrafficFlow(source, port, host.address))
        port += 1
    return tuple(made)


def packets_per_second(bond: LabBond, bonds: int) -> float:
    """How many packets are sent over one of so many bonds; in broadcast mode each of them is sent over all slaves."""
    copies = len(bond.slaves) if bond.mode == "broadcast" else 1
    return MOST_PACKETS_PER_SECOND / bonds / copies


def _port(first: int, addresses: tuple[str, str], number: int, slaves: int) -> int:
    """A source port with which layer3+4 chooses the slave of this number at both ends; the first one if there is none."""
    packed = [IPv4Address(each).packed for each in addresses]
    for port in range(first, LAST_SOURCE):
        ways = ((port, ECHO_PORT), (ECHO_PORT, port))
        if all((hashing.layer34(way, packed) - number) % slaves == 0 for way in ways):
            return port
    return first
