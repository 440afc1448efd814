"""Names, addresses and traffic of a lab on paper; the driver's hash decides whether traffic reaches every slave."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_interface

import pytest

from bondtui.lab import building, hashing
from bondtui.lab.flows import (
    ECHO_PORT,
    MOST_PACKETS_PER_SECOND,
    PACKET_BYTES,
    TrafficFlow,
    flows,
    packets_per_second,
)
from bondtui.lab.layout import BRIDGE, LACP_PARTNER, MODES, STATIC_GROUP, layout, slave_mac
from bondtui.model.bond import MODES as DRIVER_MODES
from bondtui.model.lab import GATEWAY, MOST_BONDS, NO_TRAFFIC, SPREAD, BondWish, LabBond


def one(mode: str = "active-backup", slaves: int = 2, *options: tuple[str, str]) -> LabBond:
    (bond,) = layout([BondWish(mode, slaves, options)])
    return bond


def slaves_hit(bond: LabBond, traffic: str, policy: str) -> list[int]:
    """How many flows each slave gets, as the driver hashes them on the machine, or (``peer``) at the other end."""
    hits = [0] * len(bond.slaves)
    macs = {host.address: int(host.hwaddr[-2:], 16) for host in bond.hosts} | {bond.gateway: 0xFE}
    bond_mac = int(slave_mac(bond, 0)[-2:], 16)
    for flow in flows(bond, traffic):
        addresses = [IPv4Address(each).packed for each in (flow.source, flow.destination)]
        mac = macs[flow.destination]
        hashes = {
            "layer2": hashing.layer2(bond_mac, mac),
            "layer2+3": hashing.layer23(bond_mac, mac, addresses),
            "layer3+4": hashing.layer34((flow.source_port, ECHO_PORT), addresses),
            "peer": hashing.layer34((ECHO_PORT, flow.source_port), addresses),
        }
        hits[hashes[policy] % len(hits)] += 1
    return hits


def test_hashes_are_the_drivers() -> None:
    # bond_main.c by hand: 0x07 ^ 0x0800; ports 5001 -> 80 and 192.0.2.1 -> 192.0.2.254 in the bytes of the wire
    addresses = (bytes((192, 0, 2, 1)), bytes((192, 0, 2, 254)))
    assert hashing.layer2(0x03, 0x04) == 0x0807
    assert hashing.layer34((5001, 80), addresses) & 0x7F == (0x13 ^ 0x89 ^ 0x00 ^ 0x50 ^ 0x01 ^ 0xFE) >> 1
    assert hashing.layer23(0x03, 0x04, addresses) & 0xFF == 0x07 ^ 0x08 ^ 0x01 ^ 0xFE


@pytest.mark.parametrize("policy", ["layer2", "layer2+3", "layer3+4", "peer"])
def test_spread_traffic_reaches_all_slaves_evenly(policy: str) -> None:
    for slaves in range(2, 17):
        hits = slaves_hit(one("802.3ad", slaves), SPREAD, policy)
        assert len(set(hits)) == 1, slaves
        assert hits[0] > 0, slaves


def test_gateway_traffic_spreads_by_ports_only() -> None:
    for slaves in (2, 3, 8, 16):
        bond = one("balance-xor", slaves)
        for policy in ("layer2", "layer2+3"):
            assert sum(1 for hits in slaves_hit(bond, GATEWAY, policy) if hits) == 1
        for policy in ("layer3+4", "peer"):
            assert all(slaves_hit(bond, GATEWAY, policy))


def test_flows_take_turns_over_the_slaves() -> None:
    bond = one("802.3ad", 4)
    macs = {host.address: int(host.hwaddr[-2:], 16) for host in bond.hosts}
    chosen = [hashing.layer2(0, macs[flow.destination]) % 4 for flow in flows(bond, SPREAD)]
    assert all(len(set(chosen[at : at + 4])) == 4 for at in range(0, len(chosen), 4))


def test_no_two_flows_are_alike_and_none_without_traffic() -> None:
    bonds = layout([BondWish("802.3ad", 16)] * MOST_BONDS)
    all_flows = [flow for bond in bonds for flow in flows(bond, SPREAD)]
    assert len({(flow.source, flow.source_port) for flow in all_flows}) == len(all_flows)
    assert flows(bonds[0], NO_TRAFFIC) == ()
    assert isinstance(all_flows[0], TrafficFlow)


@pytest.mark.parametrize("modes", [["802.3ad"], ["broadcast"], list(MODES), ["broadcast"] * MOST_BONDS])
def test_traffic_stays_within_its_bound(modes: list[str]) -> None:
    bonds = layout([BondWish(mode, 16) for mode in modes])
    copies = [16 if bond.mode == "broadcast" else 1 for bond in bonds]
    sent = sum(packets_per_second(bond, len(bonds)) * each for bond, each in zip(bonds, copies, strict=True))
    assert sent == pytest.approx(MOST_PACKETS_PER_SECOND)
    assert 2 * sent * PACKET_BYTES * 8 <= 2_000_000


def test_every_mode_has_its_peer() -> None:
    kinds = {bond.mode: bond.peer_kind for bond in layout([BondWish(mode) for mode in DRIVER_MODES])}
    assert kinds == {
        "balance-rr": STATIC_GROUP,
        "active-backup": BRIDGE,
        "balance-xor": STATIC_GROUP,
        "broadcast": BRIDGE,
        "802.3ad": LACP_PARTNER,
        "balance-tlb": BRIDGE,
        "balance-alb": BRIDGE,
    }


def test_nothing_has_a_name_or_an_address_twice() -> None:
    bonds = layout([BondWish("802.3ad", 16)] * MOST_BONDS)
    names = [name for bond in bonds for name in (bond.name, bond.peer, *bond.slaves, *bond.ports)]
    macs = [host.hwaddr for bond in bonds for host in bond.hosts]
    macs += [slave_mac(bond, place) for bond in bonds for place in range(16)]
    networks = [ip_interface(bond.address).network for bond in bonds]
    assert len(set(names)) == len(names)
    assert len(set(macs)) == len(macs)
    assert len(set(networks)) == len(networks)
    for bond, network in zip(bonds, networks, strict=True):
        assert all(IPv4Address(each) in network for each in (bond.gateway, *(host.address for host in bond.hosts)))
    assert bonds[1].slaves[0] == "eno17"
    assert bonds[1].ports[0] == "p17"
    assert (bonds[0].address, bonds[0].gateway, bonds[3].gateway) == ("192.0.2.1/24", "192.0.2.254", "198.18.3.254")


@pytest.mark.parametrize(
    ("wish", "options"),
    [
        (BondWish(), {"miimon": "100"}),
        (BondWish("balance-rr", 1, (("miimon", "0"),)), {"miimon": "0"}),
        (BondWish("802.3ad"), {"miimon": "100", "lacp_rate": "fast"}),
        (BondWish("802.3ad", 2, (("lacp_rate", "slow"),)), {"miimon": "100", "lacp_rate": "slow"}),
        (BondWish(options=(("arp_interval", "200"),)), {"arp_interval": "200", "arp_ip_target": "192.0.2.254"}),
        (
            BondWish(options=(("arp_ip_target", "192.0.2.101"), ("arp_interval", "200"))),
            {"arp_ip_target": "192.0.2.101", "arp_interval": "200"},
        ),
    ],
)
def test_options_where_nobody_says_otherwise(wish: BondWish, options: dict[str, str]) -> None:
    (bond,) = layout([wish])
    assert dict(bond.options) == options
    assert len(bond.options) == len(options)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ([], "a lab has 1 to 8 bonds, not 0"),
        ([BondWish()] * 9, "a lab has 1 to 8 bonds, not 9"),
        ([BondWish("bonding")], "'bonding' is no bonding mode: active-backup"),
        ([BondWish("802.3ad", 17)], "a bond of a lab has 1 to 16 slaves, not 17"),
        ([BondWish("802.3ad", 0)], "a bond of a lab has 1 to 16 slaves, not 0"),
    ],
)
def test_wishes_that_cannot_be(wishes: list[BondWish], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        layout(wishes)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("miimon", "100\nlink delete lo"), "one word"),
        (("miimon", "100 type"), "one word"),
        (("miimon", ""), "one word"),
        (("miimon\n", "1"), "one word"),
        (("mode", "802.3ad"), "mode=802.3ad is no option for bond0"),
        (("primary", "eno3"), "primary=eno3 for bond0: eno3 is none of its slaves, eno1 and eno2"),
        (("prio", "eno1:5,eth0:1"), "prio=eno1:5,eth0:1 for bond0: eth0 is none of its slaves, eno1 and eno2"),
    ],
)
def test_options_that_no_kernel_need_see(option: tuple[str, str], words: str) -> None:
    mistake = building.mistake(one("active-backup", 2, option))
    assert words in mistake
    assert "\n" not in mistake
    assert building.mistake(one("active-backup", 2, ("primary", "eno2"), ("prio", "eno1:-5"))) == ""


def test_each_option_has_its_place() -> None:
    given = [
        ("active_slave", "eno2"),
        ("updelay", "200"),
        ("primary", "eno2"),
        ("miimon", "100"),
        ("peer_notif_delay", "1"),
    ]
    bond = one("active-backup", 2, *given)
    assert building.bond_line(bond) == (
        "link add bond0 type bond mode active-backup miimon 100 updelay 200 peer_notify_delay 1"
    )
    assert [building.late_lines(bond, each) for each in building.late(bond)] == [
        ["link set bond0 type bond primary eno2"],
        ["link set bond0 type bond active_slave eno2"],
    ]
    assert building.late_lines(bond, ("prio", "eno1:5,eno2:7")) == [
        "link set eno1 type bond_slave prio 5",
        "link set eno2 type bond_slave prio 7",
    ]


def test_hosts_are_there_for_spread_traffic_only() -> None:
    bond = one("802.3ad", 4)
    hosts = [line for line in building.switch_lines(bond, SPREAD) if "macvlan" in line]
    assert len(hosts) == len(bond.hosts) == 4
    assert not [line for line in building.switch_lines(bond, GATEWAY) if "macvlan" in line]
    without = building.switch_lines(bond, SPREAD, with_ipv6=False) + building.machine_lines(bond, with_ipv6=False)
    assert not [line for line in without if "fd00" in line]
