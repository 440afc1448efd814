"""The surroundings of real bonds: what lies over them, routes, addresses, connections and lost links."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from bondtui.core import monitor as fold
from bondtui.core import routes, rtnetlink, stacking
from bondtui.core.monitor import Monitor
from bondtui.core.routes import KernelRoute
from bondtui.core.stacking import Place, Stacked
from bondtui.model.bond import Bond
from bondtui.model.host import HostFacts, Route
from bondtui.system.host import Host
from bondtui.system.netlink import Netlink
from tests.kernel import namespaces
from tests.kernel.lab import ADDRESS, BONDTUI, SWITCH_ADDRESS, Lab
from tests.kernel.waiting import until

VLAN = "link add link bond0 name bond0.100 type vlan id 100"
BRIDGE = "link add br0 type bridge"
MACVLAN = "link add link bond0 name mv0 type macvlan mode bridge"
UPPERS = {
    "bond0": ([], ("bond0",)),
    "bond0.100": ([VLAN], ("bond0", "bond0.100")),
    "br0": ([BRIDGE, "link set bond0 master br0"], ("bond0", "br0")),
    "br1": (
        [VLAN, "link add br1 type bridge", "link set bond0.100 master br1"],
        ("bond0", "bond0.100", "br1"),
    ),
    "mv0": ([MACVLAN], ("bond0", "mv0")),
    "iv0": (["link add link bond0 name iv0 type ipvlan"], ("bond0", "iv0")),
    "mv1": ([VLAN, "link add link bond0.100 name mv1 type macvlan"], ("bond0", "bond0.100", "mv1")),
    "red": (["link add red type vrf table 77", VLAN, "link set bond0.100 master red"], ("bond0", "bond0.100", "red")),
}
"""By the last interface: the commands that make it over bond0, and the way up to it."""
LISTENER = """
import socket, subprocess, sys
name, address, *command = sys.argv[1:]
with open("/proc/self/comm", "w") as comm:
    comm.write(name)
listener = socket.create_server((address, 2222), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
print("listening", flush=True)
connection, _ = listener.accept()
print(subprocess.run(command, capture_output=True, text=True, check=True).stdout if command else "accepted", flush=True)
connection.recv(1)
"""
TELL_SESSIONS = """
import json
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.system.host import Host
from bondtui.system.kernel import KernelSource
(bond,) = fold.took(Monitor(), KernelSource("/").read()).bonds
facts = Host().facts(bond)
print(json.dumps([[each._asdict() for each in facts.sessions], dict(facts.unknown)]))
"""


@pytest.fixture
def bonded(lab: Lab) -> Lab:
    """A machine with an active-backup bond of eno1 (active) and eno2."""
    lab.bond()
    lab.settled(active="eno1")
    return lab


def facts(lab: Lab, host: Host | None = None, name: str = "bond0") -> HostFacts:
    """What Host tells of a bond, asked from the machine."""
    asked, bond = host or Host(), the_bond(lab, name)
    return lab.within(lambda: asked.facts(bond))


def the_bond(lab: Lab, name: str = "bond0") -> Bond:
    def read() -> Bond:
        with closing(lab.source()) as source:
            (bond,) = (each for each in fold.took(Monitor(), source.read()).bonds if each.name == name)
            return bond

    return lab.within(read)


def links_of(lab: Lab) -> dict[int, Stacked]:
    def read() -> list[Stacked]:
        with closing(Netlink()) as netlink:
            return netlink.all_that(rtnetlink.RTM_NEWLINK, stacking.request(), stacking.stacked)

    return {link.ifindex: link for link in lab.within(read)}


def index(lab: Lab, name: str) -> int:
    (link,) = json.loads(lab.ip("-j", "link", "show", "dev", name))
    return int(link["ifindex"])


def make(lab: Lab, *commands: str) -> None:
    lab.batch(commands)
    names = {command.split()[command.split().index("type") - 1] for command in commands if " type " in command}
    lab.batch([f"link set {name} up" for name in sorted(names)])


@pytest.mark.parametrize("upper", UPPERS)
def test_an_upper_is_found_over_the_bond(bonded: Lab, upper: str) -> None:
    commands, path = UPPERS[upper]
    make(bonded, *commands)
    places = stacking.places(the_bond(bonded), links_of(bonded))
    assert places[index(bonded, upper)] == Place(path)
    assert {place.path[0] for place in places.values()} == {"bond0", "eno1", "eno2"}


@pytest.mark.parametrize("upper", UPPERS)
def test_a_default_route_over_any_upper_is_told(bonded: Lab, upper: str) -> None:
    make(bonded, *UPPERS[upper][0])
    assert facts(bonded).default_routes == ()
    bonded.ip("route", "add", "default", "dev", upper, "table", "500")
    assert facts(bonded).default_routes == (Route("default", None, upper),)


def test_links_decode_as_ip_tells_them(bonded: Lab) -> None:
    make(bonded, *UPPERS["br1"][0], *UPPERS["mv0"][0], BRIDGE, "link add link eno1 name eno1.5 type vlan id 5")
    bonded.batch(["link add pair0 type veth peer name pair1", "link add away0 type veth peer name away1"])
    bonded.ip("link", "set", "away1", "netns", bonded.switch)
    bonded.ip("link", "add", "e[31m]\udcff", "type", "dummy")
    found = links_of(bonded)
    told = bonded.links()
    assert {link.name for link in found.values()} == set(told)
    for link in found.values():
        other = told[link.name]
        kind = other.get("linkinfo", {}).get("info_kind")
        below = None if kind == "veth" or "link_netnsid" in other else other.get("link")
        assert link.kind == kind
        assert (found[link.below].name if link.below else None) == below
        assert (found[link.master].name if link.master else None) == other.get("master")


def test_routes_decode_as_ip_tells_them(bonded: Lab) -> None:
    bonded.batch(
        [
            "address add 203.0.113.1/24 dev eno1",
            "address add 2001:db8::1/64 dev bond0 nodad",
            "route add default via 192.0.2.254 metric 7",
            "route add default via 192.0.2.253 table 4000000000",
            "route add 10.0.0.0/8 nexthop via 192.0.2.254 dev bond0 nexthop via 203.0.113.9 dev eno1",
            "route add 11.0.0.0/8 via inet6 fe80::9 dev bond0",
            "route add unreachable 12.0.0.0/8",
            "route add 13.0.0.5 dev eno1 proto static",
            "route add 0.0.0.0/1 dev bond0",
        ]
    )
    for route in (
        "default via 2001:db8::9 proto ra",
        "2001:db8:7::/48 nexthop via 2001:db8::8 dev bond0 nexthop via 2001:db8::9 dev bond0",
        "blackhole 2001:db8:8::/48",
    ):
        bonded.ip("-6", "route", "add", *route.split())
    mine = {each for family in (routes.AF_INET, routes.AF_INET6) for each in spelled(bonded, family)}
    assert mine == {*told(bonded, "-4"), *told(bonded, "-6")}
    assert len(mine) > 12


def spelled(lab: Lab, family: int) -> Iterator[tuple[str, str, str | None, bool]]:
    """Destination, interface, gateway, and whether it is lost for good, of every way of every route."""

    def read() -> list[KernelRoute]:
        with closing(Netlink()) as netlink:
            return netlink.all_that(routes.RTM_NEWROUTE, routes.request(family), routes.route)

    names = {key: link.name for key, link in links_of(lab).items()}
    for route in lab.within(read):
        to = f"{ip_address(route.destination)}/{route.prefix}" if route.prefix else "default"
        for hop in route.hops:
            gateway = str(ip_address(hop.gateway)) if hop.gateway else None
            yield to, names[hop.ifindex], gateway, not route.comes_back


def told(lab: Lab, family: str) -> Iterator[tuple[str, str, str | None, bool]]:
    """The same as ``ip`` tells it."""
    for route in json.loads(lab.ip(family, "-j", "route", "show", "table", "all")):
        if route.get("type", "unicast") != "unicast" or route.get("table") == "local":
            continue
        to = route["dst"] if "/" in route["dst"] or route["dst"] == "default" else f"{route['dst']}/32"
        for hop in route.get("nexthops", [route]):
            gateway = hop.get("gateway") or hop.get("via", {}).get("host")
            yield to, hop["dev"], gateway, route.get("protocol", "boot") not in ("kernel", "ra", "redirect")


def test_routes_and_addresses_past_the_bond_are_told_by_slave(bonded: Lab) -> None:
    assert facts(bonded) == HostFacts()
    bonded.batch(
        [
            "address add 203.0.113.1/24 dev eno1",
            "address add 2001:db8:1::1/64 dev eno2 nodad",
            "route add 10.0.0.0/8 via 203.0.113.9",
            "route add 11.0.0.0/8 nexthop via 203.0.113.9 nexthop via 192.0.2.254",
            "route add default nexthop via 203.0.113.9 nexthop via 192.0.2.254",
        ]
    )
    one, two = index(bonded, "eno1"), index(bonded, "eno2")
    found = facts(bonded)
    assert found.addresses == {one: ("203.0.113.1/24",), two: ("2001:db8:1::1/64",)}
    assert set(found.routes[one]) == {
        Route("203.0.113.0/24", None, "eno1", static=False),
        Route("10.0.0.0/8", "203.0.113.9", "eno1"),
        Route("11.0.0.0/8", "203.0.113.9", "eno1"),
        Route("default", "203.0.113.9", "eno1"),
    }
    assert set(found.routes[two]) == {Route("2001:db8:1::/64", None, "eno2", static=False)}
    assert set(found.default_routes) == {
        Route("default", "203.0.113.9", "eno1"),
        Route("default", "192.0.2.254", "bond0"),
    }


def test_what_lies_over_a_slave_past_the_bond_is_the_slaves(bonded: Lab) -> None:
    make(bonded, "link add link eno2 name eno2.5 type vlan id 5")
    bonded.batch(["address add 203.0.113.1/24 dev eno2.5", "route add 10.0.0.0/8 via 203.0.113.9"])
    found = facts(bonded)
    two = index(bonded, "eno2")
    assert found.addresses == {two: ("203.0.113.1/24 on eno2.5",)}
    assert Route("10.0.0.0/8", "203.0.113.9", "eno2.5") in found.routes[two]


def test_what_lies_beside_the_bond_is_not_told(bonded: Lab) -> None:
    make(bonded, "link add beside type dummy", "link add link beside name beside.5 type vlan id 5")
    bonded.batch(["address add 203.0.113.1/24 dev beside.5", "route add default via 203.0.113.9"])
    assert facts(bonded) == HostFacts()


def test_a_nexthop_object_is_followed_unless_the_kernel_is_told_not_to_spell_it_out(bonded: Lab) -> None:
    bonded.batch(["nexthop add id 7 via 192.0.2.254 dev bond0", "route add default nhid 7"])
    assert facts(bonded).default_routes == (Route("default", "192.0.2.254", "bond0"),)

    def spell_out(value: str) -> None:
        Path("/proc/sys/net/ipv4/nexthop_compat_mode").write_text(value)

    bonded.within(lambda: spell_out("0"))
    found = facts(bonded)
    assert found.default_routes == ()
    assert "nexthop object" in found.unknown["default-route"]


def test_a_link_that_was_lost_is_told_with_its_time(bonded: Lab) -> None:
    one = index(bonded, "eno1")
    before = time.monotonic()
    for _ in range(2):
        bonded.pull("eno1")
        bonded.slave_is("eno1", "down")
        bonded.plug("eno1")
        bonded.slave_is("eno1", "up")
    found = facts(bonded)
    assert found.unknown == {}
    assert list(found.lost_links) == [one]
    latest, earlier = found.lost_links[one]
    assert 0 <= latest < earlier <= time.monotonic() - before + 1


@pytest.mark.parametrize(
    "settings",
    [
        ("802.3ad",),
        ("balance-rr", "miimon", "50", "downdelay", "100"),
        ("balance-xor", "arp_interval", "250", "arp_ip_target", SWITCH_ADDRESS),
        ("active-backup", "arp_interval", "250", "arp_ip_target", SWITCH_ADDRESS, "arp_validate", "all"),
    ],
    ids=lambda settings: "-".join(settings[:2]),
)
def test_every_monitor_says_it_in_the_kernel_log(lab: Lab, settings: tuple[str, ...]) -> None:
    lab.bond(*settings)
    lab.settled()
    lab.pull("eno2")
    lab.slave_is("eno2", "down")
    assert index(lab, "eno2") in facts(lab).lost_links


def test_what_we_set_down_ourselves_is_not_a_lost_link(lab: Lab) -> None:
    lab.bond(name="own0", slaves=("own1", "own2"))  # the kernel log still has the losses of other machines' eno1
    lab.settled("own0", active="own1")
    lab.ip("link", "set", "own1", "down")
    lab.slave_is("own1", "down")
    asked, lost = time.time(), facts(lab, name="own0").lost_links
    while (
        time.time() - asked > 0.5
    ):  # on a slow machine neither the command's own time nor a look that took long will do
        asked, lost = time.time(), facts(lab, name="own0").lost_links
    assert list(lost) == [index(lab, "own1")]
    at = asked - lost[index(lab, "own1")][0]
    assert facts(lab, Host(own_downs=lambda: [("own0", "own1", at)]), "own0") == HostFacts()
    for other in (("own0", "own1", at - 60), ("own0", "own2", at), ("bond1", "own1", at)):
        assert len(facts(lab, Host(own_downs=lambda: [other]), "own0").lost_links) == 1  # noqa: B023


def test_another_machine_with_the_same_names_loses_links_of_its_own(bonded: Lab) -> None:
    other = Lab()
    try:
        other.bond()
        other.settled()
        other.pull("eno1")
        other.slave_is("eno1", "down")
        assert facts(bonded).lost_links == {}
        assert len(facts(other).lost_links) == 1
    finally:
        other.close()


def test_names_of_any_bytes_are_found_in_the_kernel_log(lab: Lab) -> None:
    for name in ("e\x1b[31m", "b\udcff\\x", "(slave)"):
        slave = f"{name}_"
        lab.bond(name=name, slaves=[slave])
        lab.is_up(name)
        lab.pull(slave)
        until(lambda: facts(lab, name=name).lost_links, what="the lost link told")  # noqa: B023


@contextmanager
def listening(lab: Lab, name: str, address: str, *command: str) -> Iterator[subprocess.Popen[str]]:
    """A process of this name that listens on port 2222 of the machine and runs a command when somebody connects."""
    argv = lab.argv(BONDTUI[0], "-c", LISTENER, name, address, *command)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd="/") as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "listening\n"
            yield process
        finally:
            process.kill()


def sessions(
    lab: Lab, name: str, address: str, *, inside: bool = True, ordinary: bool = False, **environment: str
) -> Any:
    """The sessions, and what is unknown, as told by a process that was started by the listener, or beside it."""
    settings = [f"{key}={value}" for key, value in environment.items()]
    tell = ["env", *settings, BONDTUI[0], "-c", TELL_SESSIONS]
    with listening(lab, name, address, *(tell if inside else ())) as process:
        connect = lab.within if address.startswith("127.") else lambda call: namespaces.within(lab.switch, call)
        with connect(lambda: socket.create_connection((address, 2222), timeout=30)) as client:
            assert process.stdout is not None
            said = process.stdout.readline()
            if not inside:
                settings = [each.replace("PORT", str(client.getsockname()[1])) for each in settings]
                argv = lab.argv("env", *settings, *tell[-3:], ordinary=ordinary)
                said = subprocess.run(argv, capture_output=True, text=True, check=True, cwd="/").stdout
            return json.loads(said)


def session(address: str, path: list[str], *, peer: str = SWITCH_ADDRESS, **rest: Any) -> dict[str, Any]:
    known = {"peer": peer, "local": address, "interface": path[-1], "path": path, "mine": True, "slave": None}
    return known | rest


def test_the_connection_that_we_hang_on_is_ours(bonded: Lab) -> None:
    assert sessions(bonded, "sshd", ADDRESS) == [[session(ADDRESS, ["bond0"])], {}]
    assert sessions(bonded, "whatever", ADDRESS) == [[session(ADDRESS, ["bond0"])], {}]


def test_somebody_elses_login_is_told_and_another_connection_is_not(bonded: Lab) -> None:
    assert sessions(bonded, "sshd", ADDRESS, inside=False) == [[session(ADDRESS, ["bond0"], mine=False)], {}]
    assert sessions(bonded, "postgres", ADDRESS, inside=False) == [[], {}]


def test_ssh_connection_is_ours_while_it_is_established(bonded: Lab) -> None:
    told = f"{SWITCH_ADDRESS} PORT {ADDRESS} 2222"
    found = sessions(bonded, "sshd", ADDRESS, inside=False, SSH_CONNECTION=told)
    assert found == [[session(ADDRESS, ["bond0"])], {}]
    stale = sessions(bonded, "sshd", ADDRESS, inside=False, SSH_CONNECTION=told.replace("PORT", "1"))
    assert stale == [[session(ADDRESS, ["bond0"], mine=False)], {}]


def test_an_ordinary_user_sees_no_owners_and_is_told_what_that_means(bonded: Lab) -> None:
    told = f"{SWITCH_ADDRESS} PORT {ADDRESS} 2222"
    found = sessions(bonded, "sshd", ADDRESS, inside=False, ordinary=True, SSH_CONNECTION=told)
    assert found == [[session(ADDRESS, ["bond0"])], {}]
    found, unknown = sessions(bonded, "sshd", ADDRESS, inside=False, ordinary=True, SSH_TTY="/dev/pts/0")
    assert found == []
    assert list(unknown) == ["session-on-bond"]


def test_a_login_through_a_vlan_in_a_bridge_is_followed_down_to_the_bond(bonded: Lab) -> None:
    make(bonded, *UPPERS["br1"][0])
    bonded.ip("address", "add", "198.51.100.1/24", "dev", "br1")
    bonded.batch_on_switch(
        [
            "link add link partner-bond0 name far.100 type vlan id 100",
            "address add 198.51.100.254/24 dev far.100",
            "link set far.100 up",
        ]
    )
    expected = session("198.51.100.1", ["bond0", "bond0.100", "br1"], peer="198.51.100.254")
    assert sessions(bonded, "sshd", "198.51.100.1") == [[expected], {}]


def test_a_login_at_an_address_of_the_loopback_is_followed_by_its_way_back(bonded: Lab) -> None:
    bonded.ip("address", "add", "203.0.113.7/32", "dev", "lo")
    bonded.on_switch("route", "add", "203.0.113.7/32", "via", ADDRESS)
    assert sessions(bonded, "sshd", "203.0.113.7") == [[session("203.0.113.7", ["bond0"])], {}]


def test_a_login_at_an_address_of_a_slave_is_past_the_bond(lab: Lab) -> None:
    lab.bond("balance-xor")
    lab.settled()
    lab.ip("link", "add", "eno3", "type", "veth", "peer", "name", "p3", "netns", lab.switch)
    lab.ip("address", "add", "203.0.113.1/24", "dev", "eno3")
    lab.on_switch("address", "add", "203.0.113.254/24", "dev", "p3")
    lab.on_switch("link", "set", "p3", "up")
    lab.ip("link", "add", "link", "eno3", "name", "eno3.9", "type", "vlan", "id", "9")
    lab.enslave("eno3", "bond0")
    lab.slave_is("eno3", "up")
    three = index(lab, "eno3")
    # The bond takes what its slave receives; a VLAN of the slave is still its own.
    lab.ip("address", "add", "198.51.100.1/24", "dev", "eno3.9")
    lab.ip("link", "set", "eno3.9", "up")
    lab.batch_on_switch(
        ["link add link p3 name p3.9 type vlan id 9", "address add 198.51.100.9/24 dev p3.9", "link set p3.9 up"]
    )
    expected = session("198.51.100.1", ["eno3", "eno3.9"], peer="198.51.100.9", slave=three)
    assert sessions(lab, "sshd", "198.51.100.1") == [[expected], {}]
    assert "203.0.113.1/24" in facts(lab).addresses[three]


def test_a_login_that_comes_in_beside_the_bond_is_not_told(bonded: Lab) -> None:
    assert sessions(bonded, "sshd", "127.0.0.1") == [[], {}]
    bonded.ip("link", "add", "eth9", "type", "veth", "peer", "name", "p9", "netns", bonded.switch)
    bonded.batch(["address add 203.0.113.1/24 dev eth9", "link set eth9 up"])
    bonded.batch_on_switch(["address add 203.0.113.254/24 dev p9", "link set p9 up"])
    assert sessions(bonded, "sshd", "203.0.113.1") == [[], {}]
