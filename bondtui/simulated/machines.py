"""What the scenarios are made of: bonds, network cards, switches, and what is done to the cables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_RR,
    BALANCE_TLB,
    BALANCE_XOR,
    BROADCAST,
    LACP,
    BondOptions,
)
from bondtui.simulated.driver import Driver, Step
from bondtui.simulated.slave import Nic
from bondtui.simulated.spec import BondSpec

OPTIONS = BondOptions(
    miimon=100,
    updelay=0,
    downdelay=0,
    use_carrier=1,
    arp_interval=0,
    arp_validate="none",
    arp_all_targets="any",
    primary_reselect="always",
    fail_over_mac="none",
    xmit_hash_policy="layer2",
    resend_igmp=1,
    num_peer_notif=1,
    all_slaves_active=0,
    min_links=0,
    lp_interval=1,
    packets_per_slave=1,
    lacp_rate="slow",
    ad_select="stable",
    tlb_dynamic_lb=1,
    peer_notif_delay=0,
    lacp_active="on",
    arp_missed_max=2,
    coupled_control=1,
    broadcast_neighbor=0,
)
"""The kernel's defaults, but for the mode and a link monitor."""
LACP_OPTIONS = OPTIONS._replace(
    mode=LACP,
    lacp_rate="fast",
    xmit_hash_policy="layer3+4",
    ad_actor_sys_prio=65535,
    ad_user_port_key=0,
    ad_actor_system="00:00:00:00:00:00",
)

GATEWAY = "192.168.10.1"
SWITCH, OTHER_SWITCH = "00:23:04:ee:be:01", "44:4c:a8:12:7d:c5"

# Two ports each of a kind of card: driver, speed, seconds until there is carrier, start of the MAC, bus address.
_CARDS = {
    "ixgbe": (10_000, 0.4, "a0:36:9f:1c:2b", "0000:04:00"),
    "i40e": (10_000, 0.5, "3c:fd:fe:9e:51", "0000:3b:00"),
    "mlx5_core": (25_000, 0.6, "b8:59:9f:d2:04", "0000:5e:00"),
}


def card(driver: str, names: tuple[str, str], ifindex: int, slot: int = 0) -> tuple[Nic, Nic]:
    """Both ports of one network card, with cables to two neighbouring ports of one switch."""
    speed, training, mac, bus = _CARDS[driver]
    first, second = (
        Nic(
            ifindex=ifindex + port,
            name=name,
            hwaddr=f"{mac}:{0x3C + 4 * slot + port:02x}",
            driver=driver,
            bus_info=f"{bus[:5]}{int(bus[5:7], 16) + slot:02x}{bus[7:]}.{port}",
            speed_mbps=speed,
            training=training,
            partner=(SWITCH, 32_769 + slot, 273 + 2 * slot + port),
        )
        for port, name in enumerate(names)
    )
    return first, second


def link_local(hwaddr: str) -> str:
    """The IPv6 link-local address that belongs to a MAC address (RFC 4291, appendix A)."""
    octets = [int(part, 16) for part in hwaddr.split(":")]
    octets[0] ^= 2
    eight = [*octets[:3], 0xFF, 0xFE, *octets[3:]]
    groups = [f"{eight[n] << 8 | eight[n + 1]:x}" for n in range(0, 8, 2)]
    return f"fe80::{':'.join(groups)}/64"


def failover_bond(driver: str = "ixgbe") -> BondSpec:
    """The usual server: two 10G ports, one of them preferred; the way to everybody else leads through it."""
    first, second = card(driver, ("eno1", "eno2"), 2)
    options = OPTIONS._replace(mode=ACTIVE_BACKUP, primary=first.ifindex, num_peer_notif=2)
    addresses = ("192.168.10.20/24", link_local(first.hwaddr))
    return BondSpec(4, "bond0", options, (first, second), addresses, GATEWAY)


def lacp_bond(ifindex: int = 4, name: str = "bond0", network: int = 10) -> BondSpec:
    """Two 25G ports in one port channel of one switch."""
    ports = card("mlx5_core", ("ens1f0np0", "ens1f1np1"), ifindex - 2)
    addresses = (f"192.168.{network}.20/24", link_local(ports[0].hwaddr))
    return BondSpec(ifindex, name, LACP_OPTIONS, ports, addresses, mtu=9000, rx_bytes=1.5e9, tx_bytes=0.64e9)


def plain_bond(options: BondOptions, slaves: int = 2) -> BondSpec:
    """``bond0`` over ``eno1``, ``eno2``, ... with what is needed and no more, for tests and comparisons.

    The cards have carrier as soon as their cable is in, as the veth pairs of a kernel test have.
    """
    nics = tuple(
        Nic(11 + number, f"eno{1 + number}", f"a0:36:9f:1c:2b:{1 + number:02x}", partner=(SWITCH, 17, 101 + number))
        for number in range(slaves)
    )
    return BondSpec(10, "bond0", options, nics)


def failover() -> Driver:
    """A cable is pulled 8 seconds into every 40, and put back 14 seconds later."""

    def script() -> Iterator[Step]:
        for lap in count():
            moment = 40.0 * lap + 0.013 * (lap * 5 % 8)  # the driver's tick is never hit at the same place twice
            yield Step(moment + 8.03, Driver.cut, "eno1")
            yield Step(moment + 21.62, Driver.plug, "eno1")

    return Driver([failover_bond()], script())


def lacp() -> Driver:
    """Nothing happens."""
    return Driver([lacp_bond()])


def lacp_split() -> Driver:
    """Somebody has put the second cable into another switch."""
    spec = lacp_bond()
    first, second = spec.nics
    return Driver([spec._replace(nics=(first, second._replace(partner=(OTHER_SWITCH, 32_801, 41))))])


def silent_partner() -> Driver:
    """12 seconds into every 60 the second port's partner falls silent, for half a minute."""

    def script() -> Iterator[Step]:
        for lap in count():
            yield Step(60.0 * lap + 12.21, Driver.silence, "ens1f1np1")
            yield Step(60.0 * lap + 42.48, Driver.speak, "ens1f1np1")

    return Driver([lacp_bond()], script())


def flapping() -> Driver:
    """The transceiver of the primary is dying."""

    def script() -> Iterator[Step]:
        moment = 3.0
        for turn in count():
            yield Step(moment, Driver.cut, "eno1")
            moment += 0.45 + (turn * 0.77) % 2.3
            yield Step(moment, Driver.plug, "eno1")
            moment += 1.9 + (turn * 2.39) % 6.1

    spec = failover_bond("i40e")
    first, second = spec.nics
    return Driver([spec._replace(nics=(first._replace(rx_errors=3.7, failures=37), second))], script())


def all_modes() -> Driver:
    """Every mode beside every other; a cable of the balance-xor bond has been out for a while."""
    modes = (BALANCE_RR, ACTIVE_BACKUP, BALANCE_XOR, BROADCAST, LACP, BALANCE_TLB, BALANCE_ALB)
    specs = []
    for number, mode in enumerate(modes):
        ifindex = 16 + number
        kind = ("ixgbe", "i40e", "mlx5_core")[number % 3]
        nics = card(kind, (f"ens{number + 1}f0", f"ens{number + 1}f1"), 2 + 2 * number, slot=number)
        options = LACP_OPTIONS if mode == LACP else OPTIONS._replace(mode=mode)
        network = ("192.168.10.20/24", link_local(nics[0].hwaddr)) if number == 0 else (f"10.{number}.0.20/16",)
        quiet = 1 / (1 + number)
        spec = BondSpec(ifindex, f"bond{number}", options, nics, network, rx_bytes=210e6 * quiet, tx_bytes=83e6 * quiet)
        specs.append(spec._replace(gateway=GATEWAY) if number == 0 else spec)
    return Driver(specs, iter([Step(-60.0, Driver.cut, "ens3f1")]))


def healthy() -> Driver:
    """Nothing happens."""
    return Driver([failover_bond(), lacp_bond(7, "bond1", network=20)])


def spanning_tree() -> Driver:
    """Nothing happens by itself. The switch port of the primary has no portfast: its link is up before it forwards."""
    spec = failover_bond()
    first, second = spec.nics
    return Driver([spec._replace(nics=(first._replace(listening=1.3), second))])


MACHINES: dict[str, Callable[[], Driver]] = {
    "failover": failover,
    "lacp": lacp,
    "lacp-split": lacp_split,
    "silent-partner": silent_partner,
    "flapping": flapping,
    "all-modes": all_modes,
    "healthy": healthy,
    "spanning-tree": spanning_tree,
}
"""How to start each scenario of ``bondtui.simulated.scenarios``."""
