"""Who can be probed over real bonds, and which way this kernel sends there."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Sequence
from contextlib import closing

import pytest

from bondtui.core import monitor as fold
from bondtui.core import neighbours
from bondtui.core.monitor import Monitor
from bondtui.core.neighbours import Neighbour
from bondtui.drill.defaults import flows_for, parse_target
from bondtui.model.bond import Bond
from bondtui.model.probe import ANSWERED, Candidate, Target, Way
from bondtui.ports import ProbeError, Stream
from bondtui.system import targets
from bondtui.system.netlink import Netlink
from bondtui.system.probing import KernelProbing
from tests.kernel.commands import command
from tests.kernel.lab import ADDRESS, SWITCH_ADDRESS, Lab
from tests.kernel.waiting import until

SOMEBODY, ELSEWHERE = "02:00:00:00:00:77", "203.0.113"
GATEWAY = "gateway of the default route"
OVER_BOND = Way("bond0", over_bond=True, path=("bond0",))
VLAN = ["link add link bond0 name bond0.100 type vlan id 100"]
UPPERS = {
    "bond0.100": (VLAN, ("bond0", "bond0.100")),
    "br0": (["link add br0 type bridge", "link set bond0 master br0"], ("bond0", "br0")),
    "br1": ([*VLAN, "link add br1 type bridge", "link set bond0.100 master br1"], ("bond0", "bond0.100", "br1")),
    "mv0": (["link add link bond0 name mv0 type macvlan"], ("bond0", "mv0")),
}
"""By the last interface: the commands that make it over bond0, and the way up to it."""


@pytest.fixture
def bonded(lab: Lab) -> Lab:
    """A machine with an active-backup bond of eno1 (active) and eno2."""
    lab.bond()
    lab.settled(active="eno1")
    return lab


def the_bond(lab: Lab) -> Bond:
    def read() -> Bond:
        with closing(lab.source()) as source:
            (bond,) = (each for each in fold.took(Monitor(), source.read()).bonds if each.name == "bond0")
            return bond

    return lab.within(read)


def candidates(lab: Lab) -> Sequence[Candidate]:
    bond = the_bond(lab)
    return lab.within(lambda: targets.candidates(bond))


def way(lab: Lab, address: str) -> Way:
    bond, target = the_bond(lab), parse_target(address)
    return lab.within(lambda: targets.way(bond, target))


def found(lab: Lab) -> list[tuple[str, str, str]]:
    """Address, device and reason of each candidate; all of them echo ICMP."""
    told = candidates(lab)
    assert [each.target for each in told] == [Target(each.target.address) for each in told]
    return [(each.target.address, each.device, each.why) for each in told]


def why_nobody(lab: Lab) -> str:
    with pytest.raises(ProbeError) as raised:
        candidates(lab)
    return str(raised.value)


def make(lab: Lab, *commands: str) -> None:
    """Make interfaces and set them up."""
    lab.batch(commands)
    names = {each.split()[each.split().index("type") - 1] for each in commands if " type " in each}
    lab.batch([f"link set {name} up" for name in sorted(names)])


def elsewhere(lab: Lab) -> None:
    """Another interface, away0, with a network of its own."""
    make(lab, "link add away0 type dummy")
    lab.ip("address", "add", f"{ELSEWHERE}.1/24", "dev", "away0")


def knows(lab: Lab, address: str, state: str = "reachable", *, on: str = "bond0", hwaddr: str = SOMEBODY) -> None:
    """Put somebody into the ARP or ND table."""
    lab.ip("neigh", "replace", address, "lladdr", hwaddr, "dev", on, "nud", state)


def dev_of(lab: Lab, *question: str) -> str:
    """The interface that ``ip route get`` tells."""
    return str(json.loads(lab.ip("-j", "route", "get", *question))[0]["dev"])


# Candidates


def test_the_gateway_of_the_default_route_is_the_first_choice(bonded: Lab) -> None:
    knows(bonded, "192.0.2.7")
    bonded.ip("route", "add", "198.51.100.0/24", "via", "192.0.2.253")
    bonded.ip("route", "add", "default", "via", SWITCH_ADDRESS)
    assert found(bonded) == [
        (SWITCH_ADDRESS, "bond0", GATEWAY),
        ("192.0.2.253", "bond0", "gateway of the route to 198.51.100.0/24"),
        ("192.0.2.7", "bond0", "neighbour on bond0 (reachable)"),
    ]


def test_a_gateway_in_any_table_is_a_gateway(bonded: Lab) -> None:
    bonded.ip("route", "add", "default", "via", SWITCH_ADDRESS, "table", "1000")
    assert found(bonded) == [(SWITCH_ADDRESS, "bond0", GATEWAY)]


@pytest.mark.parametrize("upper", UPPERS)
def test_a_gateway_over_what_lies_over_the_bond_is_told_with_its_device(bonded: Lab, upper: str) -> None:
    commands, path = UPPERS[upper]
    make(bonded, *commands)
    bonded.ip("address", "add", "198.51.100.1/24", "dev", upper)
    bonded.ip("route", "add", "default", "via", "198.51.100.254")
    assert found(bonded) == [("198.51.100.254", upper, GATEWAY)]
    assert way(bonded, "198.51.100.254") == Way(upper, over_bond=True, path=path)


def test_a_link_local_gateway_has_its_scope(bonded: Lab) -> None:
    make(bonded, *VLAN)
    bonded.ip("-6", "route", "add", "default", "via", "fe80::1", "dev", "bond0.100")
    bonded.ip("-4", "route", "add", "default", "via", "inet6", "fe80::2", "dev", "bond0")
    assert found(bonded) == [("fe80::2%bond0", "bond0", GATEWAY), ("fe80::1%bond0.100", "bond0.100", GATEWAY)]
    assert way(bonded, "fe80::1%bond0.100") == Way("bond0.100", over_bond=True, path=("bond0", "bond0.100"))


def test_of_a_route_with_several_hops_only_those_over_the_bond_count(bonded: Lab) -> None:
    elsewhere(bonded)
    hops = ["nexthop", "via", f"{ELSEWHERE}.254", "nexthop", "via", SWITCH_ADDRESS]
    bonded.ip("route", "add", "default", *hops)
    assert found(bonded) == [(SWITCH_ADDRESS, "bond0", GATEWAY)]


def test_a_gateway_behind_another_interface_is_none_of_ours(bonded: Lab) -> None:
    elsewhere(bonded)
    bonded.ip("route", "add", "default", "via", f"{ELSEWHERE}.254")
    knows(bonded, f"{ELSEWHERE}.254", on="away0")
    assert why_nobody(bonded).startswith("no route over bond0 has a gateway and nobody is known on it")


def test_without_a_gateway_a_neighbour_that_has_answered_will_do(bonded: Lab) -> None:
    assert "--target" in why_nobody(bonded)

    def talk() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", (SWITCH_ADDRESS, 9))

    bonded.within(talk)
    until(lambda: "lladdr" in bonded.ip("neigh", "show", SWITCH_ADDRESS, "dev", "bond0"), what="an ARP answer")
    ((address, device, why),) = found(bonded)
    assert (address, device) == (SWITCH_ADDRESS, "bond0")
    assert re.fullmatch(r"neighbour on bond0 \((reachable|delay|stale)\)", why)


def test_neighbours_are_told_by_how_sure_they_are_to_answer(bonded: Lab) -> None:
    make(bonded, *VLAN)
    bonded.ip("address", "add", "198.51.100.1/24", "dev", "bond0.100")
    bonded.ip("address", "add", "2001:db8::1/64", "dev", "bond0", "nodad")
    knows(bonded, "192.0.2.7", "permanent")
    knows(bonded, "192.0.2.5", "stale")
    knows(bonded, "2001:db8::7")
    knows(bonded, "fe80::7")
    knows(bonded, "198.51.100.7", on="bond0.100")
    for state in ("failed", "noarp", "incomplete"):
        knows(bonded, f"192.0.2.1{len(state)}", state)
    told = found(bonded)
    assert [each[:2] for each in told[:1]] == [("198.51.100.7", "bond0.100")]
    assert {each[:2] for each in told[1:3]} == {("2001:db8::7", "bond0"), ("fe80::7%bond0", "bond0")}
    assert told[3:] == [
        ("192.0.2.5", "bond0", "neighbour on bond0 (stale)"),
        ("192.0.2.7", "bond0", "neighbour on bond0 (permanent)"),
    ]


def test_targets_of_the_arp_monitor_come_between(lab: Lab) -> None:
    lab.bond("active-backup", "arp_interval", "100", "arp_ip_target", f"192.0.2.99,{SWITCH_ADDRESS},198.51.100.9")
    lab.settled()
    lab.ip("route", "add", "203.0.113.0/24", "via", SWITCH_ADDRESS)
    knows(lab, "192.0.2.7")
    assert [each for each in found(lab) if "stale" not in each[2]][:3] == [
        (SWITCH_ADDRESS, "bond0", "gateway of the route to 203.0.113.0/24"),
        ("192.0.2.99", "bond0", "ARP monitor target"),
        ("192.0.2.7", "bond0", "neighbour on bond0 (reachable)"),
    ]


def test_a_vrf_over_the_bond_has_gateways_of_its_own(bonded: Lab) -> None:
    elsewhere(bonded)
    bonded.ip("route", "add", "default", "via", f"{ELSEWHERE}.254")
    make(bonded, "link add red type vrf table 77", "link set bond0 master red")
    bonded.ip("route", "add", "default", "via", SWITCH_ADDRESS, "vrf", "red")
    assert found(bonded) == [(SWITCH_ADDRESS, "bond0", GATEWAY)]
    assert way(bonded, SWITCH_ADDRESS) == OVER_BOND
    assert way(bonded, "198.51.100.9") == OVER_BOND
    assert "of this machine" in way(bonded, ADDRESS).trouble
    bonded.ip("route", "delete", "default", "vrf", "red")
    assert way(bonded, SWITCH_ADDRESS) == OVER_BOND
    assert way(bonded, "198.51.100.9") == Way("away0", over_bond=False)


def test_who_is_known_but_cannot_be_reached_is_said(bonded: Lab) -> None:
    bonded.ip("route", "add", "198.51.100.0/24", "via", SWITCH_ADDRESS)
    bonded.ip("route", "add", "unreachable", SWITCH_ADDRESS)
    assert why_nobody(bonded) == (
        f"nobody who is known on bond0 can be a target (no route to {SWITCH_ADDRESS}): name a target with --target"
    )


def test_a_guest_of_this_machine_on_the_same_bridge_is_no_target(bonded: Lab) -> None:
    make(bonded, *UPPERS["br0"][0], "link add tap0 type veth peer name tap1", "link set tap0 master br0")
    bonded.ip("address", "add", "198.51.100.1/24", "dev", "br0")
    knows(bonded, "198.51.100.9", on="br0")
    knows(bonded, "198.51.100.8", on="br0", hwaddr="02:00:00:00:00:88")
    learned = ("dev", "tap0", "master", "static")
    command("bridge", "-n", bonded.machine, "fdb", "add", SOMEBODY, *learned)
    assert [each[0] for each in found(bonded)] == ["198.51.100.8"]
    assert way(bonded, "198.51.100.9") == Way(
        "tap0", over_bond=False, trouble="198.51.100.9 is reached through tap0, which is not over bond0"
    )
    command("bridge", "-n", bonded.machine, "fdb", "del", SOMEBODY, *learned)
    command("bridge", "-n", bonded.machine, "fdb", "add", SOMEBODY, "dev", "bond0", "master", "static")
    assert way(bonded, "198.51.100.9") == Way("br0", over_bond=True, path=("bond0", "br0"))


# Probes to what was found


def gateway_on_vlan(lab: Lab) -> str:
    make(lab, *VLAN)
    lab.ip("address", "add", "198.51.100.1/24", "dev", "bond0.100")
    there = ("link", "partner-bond0", "name", "v100", "type", "vlan", "id", "100")
    lab.on_switch("link", "add", *there)
    lab.on_switch("link", "set", "v100", "up")
    lab.on_switch("address", "add", "198.51.100.254/24", "dev", "v100")
    lab.ip("route", "add", "default", "via", "198.51.100.254")
    return "198.51.100.254"


def gateway_in_vrf(lab: Lab) -> str:
    make(lab, "link add red type vrf table 77", "link set bond0 master red")
    lab.ip("route", "add", "default", "via", SWITCH_ADDRESS, "vrf", "red")
    return SWITCH_ADDRESS


def gateway_on_link(lab: Lab) -> str:
    show = ("ip", "-n", lab.switch, "-j", "-6", "address", "show", "dev", "partner-bond0")
    (link,) = until(lambda: json.loads(command(*show)), what="a link-local address")
    (local,) = (each["local"] for each in link["addr_info"] if each["scope"] == "link")
    lab.ip("-6", "route", "add", "default", "via", local, "dev", "bond0")
    return f"{local}%bond0"


@pytest.mark.parametrize("gateway", [gateway_on_vlan, gateway_in_vrf, gateway_on_link])
@pytest.mark.parametrize("mode", ["active-backup", "balance-xor"])
def test_what_was_found_answers(lab: Lab, gateway: Callable[[Lab], str], mode: str) -> None:
    lab.bond(mode)
    lab.settled()
    address = gateway(lab)
    bond = the_bond(lab)

    def start() -> Stream:
        best = KernelProbing().candidates(bond)[0]
        assert best.target == Target(address)
        return KernelProbing().start(flows_for(bond.options, [best.target], [best.device]), 0.05)

    stream, answered = lab.within(start), set[int]()

    def all_answered() -> bool:
        answered.update(each.flow for each in stream.take() if each.kind == ANSWERED)
        return len(answered) == (8 if mode == "balance-xor" else 1)

    try:
        until(all_answered, what=f"answers of {address}")
    finally:
        stream.stop()


def test_by_layer3_4_the_flows_of_a_drill_cross_all_of_three_slaves(lab: Lab) -> None:
    slaves = ("eno1", "eno2", "eno3")
    lab.bond("balance-xor", "xmit_hash_policy", "layer3+4", slaves=slaves)
    lab.settled()
    flows = flows_for(the_bond(lab).options, [Target(SWITCH_ADDRESS)], ["bond0"])
    stream = lab.within(lambda: KernelProbing().start(flows, 0.02))

    def sent() -> list[int]:
        told = lab.links()
        return [told[slave]["stats64"]["tx"]["packets"] for slave in slaves]

    try:
        before = sent()
        until(
            lambda: all(now - then > 50 for now, then in zip(sent(), before, strict=True)), what="probes on all slaves"
        )
    finally:
        stream.stop()


# Ways


def test_what_lies_beyond_the_gateway_is_reached_over_the_bond(bonded: Lab) -> None:
    assert way(bonded, "198.51.100.9") == Way("", over_bond=False, trouble="no route to 198.51.100.9")
    bonded.ip("route", "add", "default", "via", SWITCH_ADDRESS)
    assert way(bonded, "198.51.100.9") == OVER_BOND
    assert way(bonded, "tcp:198.51.100.9:22") == OVER_BOND


def test_what_lies_behind_another_interface_is_not(bonded: Lab) -> None:
    elsewhere(bonded)
    bonded.ip("route", "add", "default", "via", SWITCH_ADDRESS)
    assert way(bonded, f"{ELSEWHERE}.9") == Way("away0", over_bond=False)
    assert way(bonded, SWITCH_ADDRESS) == OVER_BOND


def test_with_several_hops_the_answer_for_this_address_counts(bonded: Lab) -> None:
    elsewhere(bonded)
    bonded.ip("route", "add", "default", "nexthop", "via", f"{ELSEWHERE}.254", "nexthop", "via", SWITCH_ADDRESS)
    addresses = [f"198.51.100.{number}" for number in range(1, 33)]
    asked = {address: dev_of(bonded, address) for address in addresses}
    assert set(asked.values()) == {"bond0", "away0"}
    assert {each: way(bonded, each).device for each in addresses} == asked
    assert {way(bonded, each).over_bond for each in addresses if asked[each] == "away0"} == {False}


def test_policy_rules_are_followed(bonded: Lab) -> None:
    elsewhere(bonded)
    bonded.ip("route", "add", "default", "via", f"{ELSEWHERE}.254")
    bonded.ip("route", "add", "default", "via", SWITCH_ADDRESS, "table", "100")
    bonded.ip("rule", "add", "to", "198.51.100.0/24", "lookup", "100")
    assert way(bonded, "198.51.100.9") == OVER_BOND
    assert way(bonded, "198.51.101.9") == Way("away0", over_bond=False)


def test_a_slave_itself_is_past_the_bond(bonded: Lab) -> None:
    bonded.ip("route", "add", "198.51.100.0/24", "dev", "eno2")
    assert way(bonded, "198.51.100.9") == Way(
        "eno2", over_bond=False, trouble="198.51.100.9 is reached through eno2, past bond0"
    )


@pytest.mark.parametrize("address", [ADDRESS, "127.0.0.1", "::1", "2001:db8::1"])
def test_our_own_addresses_never_leave(bonded: Lab, address: str) -> None:
    bonded.ip("address", "add", "2001:db8::1/64", "dev", "bond0", "nodad")
    assert way(bonded, address) == Way("", over_bond=False, trouble=f"{address} is an address of this machine")


@pytest.mark.parametrize("address", ["192.0.2.255", "255.255.255.255"])
def test_a_broadcast_is_nobody(bonded: Lab, address: str) -> None:
    bonded.ip("route", "add", "default", "via", SWITCH_ADDRESS)
    assert way(bonded, address).trouble == f"{address} is a broadcast address: no single machine answers"


@pytest.mark.parametrize("address", ["224.0.0.1", "ff02::1%bond0", "ff05::2"])
def test_a_group_is_nobody(bonded: Lab, address: str) -> None:
    assert way(bonded, address).trouble == f"{address} is a multicast address: no single machine answers"


@pytest.mark.parametrize("kind", ["unreachable", "prohibit", "blackhole"])
@pytest.mark.parametrize("net", ["198.51.100.0/24", "2001:db8:9::/64"])
def test_routes_that_lead_nowhere_lead_nowhere(bonded: Lab, kind: str, net: str) -> None:
    bonded.ip("route", "add", kind, net)
    address = net.partition("/")[0].removesuffix("0") + "9"
    assert way(bonded, address) == Way("", over_bond=False, trouble=f"no route to {address}")


def test_a_link_local_address_is_on_the_link_that_it_names(bonded: Lab) -> None:
    elsewhere(bonded)
    assert way(bonded, "fe80::1%bond0") == OVER_BOND
    index = json.loads(bonded.ip("-j", "link", "show", "dev", "bond0"))[0]["ifindex"]
    assert way(bonded, f"fe80::1%{index}") == OVER_BOND
    assert way(bonded, "fe80::1%away0") == Way("away0", over_bond=False)
    with pytest.raises(ProbeError, match="there is no interface bond7, which fe80::1%bond7 names"):
        way(bonded, "fe80::1%bond7")


def test_what_is_no_address_is_said(bonded: Lab) -> None:
    bond = the_bond(bonded)
    with pytest.raises(ProbeError, match="'gateway' is no IP address; host names are not looked up"):
        bonded.within(lambda: targets.way(bond, Target("gateway")))


def test_a_bond_that_is_set_down_leads_nowhere(bonded: Lab) -> None:
    bonded.ip("route", "add", "default", "via", SWITCH_ADDRESS)
    bonded.ip("link", "set", "bond0", "down")
    assert way(bonded, SWITCH_ADDRESS) == Way("", over_bond=False, trouble=f"no route to {SWITCH_ADDRESS}")


# The tables


def test_neighbours_decode_as_ip_tells_them(bonded: Lab) -> None:
    states = {"reachable": "REACHABLE", "stale": "STALE", "permanent": "PERMANENT", "noarp": "NOARP"}
    for number, state in enumerate(states, 10):
        knows(bonded, f"192.0.2.{number}", state, hwaddr=f"02:00:00:00:01:{number}")
        knows(bonded, f"2001:db8::{number}", state, hwaddr=f"02:00:00:00:02:{number}")

    def read() -> list[Neighbour]:
        with closing(Netlink()) as netlink:
            both = (neighbours.request(family) for family in (socket.AF_INET, socket.AF_INET6))
            return [
                each for body in both for each in netlink.all_that(neighbours.RTM_NEWNEIGH, body, neighbours.neighbour)
            ]

    bits = {"REACHABLE": 2, "STALE": 4, "PERMANENT": 128, "NOARP": 64}
    ours: set[tuple[str, str, int]] = set()

    def alike() -> bool:
        """The kernel may learn another group between the two readings."""
        nonlocal ours
        told = json.loads(bonded.ip("-j", "neigh", "show", "nud", "all"))
        ours = {
            (socket.inet_ntop(each.family, each.address), each.hwaddr.hex(":"), each.state)
            for each in bonded.within(read)
            if each.state in bits.values() and each.hwaddr
        }
        return ours == {(each["dst"], each["lladdr"], bits[each["state"][0]]) for each in told if "lladdr" in each}

    until(alike, what="both tell the same")
    assert len(ours) >= 2 * len(states)
