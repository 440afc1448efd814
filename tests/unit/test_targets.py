"""Who can be probed over a bond, on a kernel whose tables are written by hand; the real one is asked in tests/kernel."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Collection, Sequence
from ipaddress import ip_address
from typing import Any, NoReturn

import pytest

from bondtui.model.bond import Bond
from bondtui.model.probe import Candidate, Flow, News, Target, Way
from bondtui.model.reading import SourceError
from bondtui.ports import ProbeError, Probing, Stream
from bondtui.system import probing, targets
from bondtui.system.probing import KernelProbing
from tests.builders import BOND, a_bond, a_slave

ENO1, ENO2, VLAN, BRIDGE, TAP, VRF, AWAY = 2, 3, 20, 21, 22, 23, 99
REACHABLE, STALE, FAILED = 0x02, 0x04, 0x20
UNICAST, LOCAL, BROADCAST, UNREACHABLE = 1, 2, 3, 7
NEWLINK, NEWROUTE, NEWNEIGH = 16, 24, 28
AT_MOST = 1000
"""Instead of the 50,000 of bondtui.system.netlink."""
HWADDR = bytes.fromhex("020000000077")

Decoder = Callable[[bytes, int, int], Any]


def nla(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", len(payload) + 4, kind) + payload + bytes(-len(payload) % 4)


def number(value: int) -> bytes:
    return struct.pack("=I", value)


def raw(address: str) -> bytes:
    return ip_address(address).packed


def family(packed: bytes) -> int:
    return 2 if len(packed) == 4 else 10


class Kernel:
    """rtnetlink's answers, as bytes for the real decoders."""

    def __init__(self) -> None:
        self.links: list[bytes] = []
        self.routes: list[bytes] = []
        self.known: list[bytes] = []
        self.learned: list[bytes] = []
        self.ways: dict[tuple[str, int], bytes] = {}
        self.asked: list[str] = []
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    def link(self, ifindex: int, name: str, kind: str = "", *, below: int = 0, master: int = 0) -> None:
        told = nla(3, name.encode() + b"\0")
        told += nla(5, number(below)) if below else b""
        told += nla(10, number(master)) if master else b""
        told += nla(18, nla(1, kind.encode() + b"\0")) if kind else b""
        self.links.append(struct.pack("=BxHiII", 0, 1, ifindex, 1, 0) + told)

    def route(self, to: str, ifindex: int, gateway: str = "") -> None:
        address, _, prefix = ("0.0.0.0/0" if to == "default" else to).partition("/")
        told = nla(1, raw(address)) + nla(4, number(ifindex)) + (nla(5, raw(gateway)) if gateway else b"")
        self.routes.append(struct.pack("=8BI", family(raw(address)), int(prefix), 0, 0, 254, 4, 0, UNICAST, 0) + told)

    def way(self, address: str, ifindex: int, *, kind: int = UNICAST, gateway: str = "", oif: int = 0) -> None:
        told = nla(4, number(ifindex)) + (nla(5, raw(gateway)) if gateway else b"")
        self.ways[address, oif] = struct.pack("=8BI", family(raw(address)), 0, 0, 0, 254, 0, 0, kind, 0) + told

    def neighbour(self, address: str, ifindex: int = BOND, state: int = REACHABLE) -> None:
        told = nla(1, raw(address)) + nla(2, HWADDR)
        self.known.append(struct.pack("=BBHiHBB", family(raw(address)), 0, 0, ifindex, state, 0, 1) + told)

    def learns(self, port: int) -> None:
        self.learned.append(struct.pack("=BBHiHBB", 7, 0, 0, port, 0, 0, 0) + nla(2, HWADDR))

    def all_that(self, answer: int, body: bytes, decode: Decoder, flags: int = 0x300) -> list[Any]:
        if answer == NEWROUTE and not flags & 0x300:
            told = [self._way(body)]
        elif answer == NEWROUTE:
            told = [each for each in self.routes if each[0] == body[0]]
        elif answer == NEWNEIGH:
            told = self.learned if body[0] == 7 else [each for each in self.known if each[0] == body[0]]
        else:
            told = self.links
        decoded = [found for each in told if (found := decode(each, 0, len(each))) is not None]
        if len(decoded) > AT_MOST:
            raise SourceError(f"there are more than {AT_MOST} of them")
        return decoded

    def _way(self, body: bytes) -> bytes:
        size = 4 if body[0] == 2 else 16
        address = str(ip_address(body[16 : 16 + size]))
        oif = struct.unpack("=I", body[20 + size : 24 + size])[0] if len(body) > 16 + size else 0
        self.asked.append(address)
        if (address, oif) in self.ways:
            return self.ways[address, oif]
        raise SourceError("rtnetlink: Network is unreachable") from OSError(errno.ENETUNREACH, os.strerror(101))


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel()
    monkeypatch.setattr(targets, "Netlink", lambda: made)
    for ifindex, name in ((ENO1, "eno1"), (ENO2, "eno2")):
        made.link(ifindex, name, master=BOND)
    made.link(BOND, "bond0", "bond")
    made.link(AWAY, "away0", "dummy")
    return made


def bond(**options: Any) -> Bond:
    return a_bond(a_slave("eno1", ENO1), a_slave("eno2", ENO2), **options)


def found(**options: Any) -> Sequence[Candidate]:
    port: Probing = KernelProbing()
    return port.candidates(bond(**options))


def way(address: str) -> Way:
    return KernelProbing().way(bond(), Target(address))


def why_nobody(**options: Any) -> str:
    with pytest.raises(ProbeError) as raised:
        found(**options)
    return str(raised.value)


def test_gateways_come_first_then_arp_targets_then_neighbours(kernel: Kernel) -> None:
    kernel.neighbour("192.0.2.7")
    kernel.neighbour("192.0.2.8", state=STALE)
    kernel.route("198.51.100.0/24", BOND, "192.0.2.253")
    kernel.route("::/0", BOND, "2001:db8::fe")
    kernel.route("default", BOND, "192.0.2.254")
    for address in ("192.0.2.7", "192.0.2.8", "192.0.2.99", "192.0.2.253", "192.0.2.254", "2001:db8::fe"):
        kernel.way(address, BOND)
    assert found(arp_ip_targets=("192.0.2.254", "192.0.2.99", "203.0.113.1")) == (
        Candidate(Target("192.0.2.254"), "bond0", "gateway of the default route"),
        Candidate(Target("2001:db8::fe"), "bond0", "gateway of the default route"),
        Candidate(Target("192.0.2.253"), "bond0", "gateway of the route to 198.51.100.0/24"),
        Candidate(Target("192.0.2.99"), "bond0", "ARP monitor target"),
        Candidate(Target("192.0.2.7"), "bond0", "neighbour on bond0 (reachable)"),
        Candidate(Target("192.0.2.8"), "bond0", "neighbour on bond0 (stale)"),
    )


def test_a_link_local_target_of_the_monitor_is_on_the_bond(kernel: Kernel) -> None:
    kernel.way("fe80::7", BOND, oif=BOND)
    assert found(ns_ip6_targets=("fe80::7",)) == (Candidate(Target("fe80::7%bond0"), "bond0", "ARP monitor target"),)


def test_a_neighbour_to_whom_the_kernel_sends_elsewhere_is_none(kernel: Kernel) -> None:
    kernel.link(VLAN, "bond0.100", "vlan", below=BOND)
    kernel.neighbour("192.0.2.7", VLAN)
    kernel.neighbour("192.0.2.8", VLAN)
    kernel.way("192.0.2.7", BOND)
    kernel.way("192.0.2.8", VLAN)
    assert [each.target.address for each in found()] == ["192.0.2.8"]


def test_an_address_of_ours_is_no_target_whatever_a_table_says(kernel: Kernel) -> None:
    kernel.neighbour("192.0.2.1")
    kernel.way("192.0.2.1", 1, kind=LOCAL)
    assert "192.0.2.1 is an address of this machine" in why_nobody()


def test_without_anybody_it_is_said_what_to_do(kernel: Kernel) -> None:
    kernel.route("default", AWAY, "203.0.113.254")
    kernel.neighbour("192.0.2.7", state=FAILED)
    assert why_nobody() == ("no route over bond0 has a gateway and nobody is known on it: name a target with --target")


def test_a_gateway_past_the_bond_is_none_of_ours(kernel: Kernel) -> None:
    kernel.route("default", ENO1, "192.0.2.254")
    kernel.neighbour("192.0.2.7", ENO1)
    kernel.way("192.0.2.254", ENO1)
    assert why_nobody().startswith("no route over bond0 has a gateway")


def test_routes_that_are_too_many_hide_no_neighbour(kernel: Kernel) -> None:
    for number in range(AT_MOST + 1):
        kernel.route(f"198.{number >> 8}.{number & 255}.0/24", BOND, "192.0.2.254")
    assert why_nobody().startswith("the routes cannot be read (there are more than 1000 of them) and nobody")
    kernel.neighbour("192.0.2.7")
    kernel.way("192.0.2.7", BOND)
    assert len(found()) == 1


def test_a_crowd_on_other_interfaces_hides_no_neighbour(kernel: Kernel) -> None:
    for number in range(AT_MOST + 1):
        kernel.neighbour(f"203.0.{number >> 8}.{number & 255}", AWAY)
    kernel.neighbour("192.0.2.7")
    kernel.way("192.0.2.7", BOND)
    assert len(found()) == 1


def test_the_same_gateway_of_many_routes_is_asked_for_once(kernel: Kernel) -> None:
    for third in range(100):
        kernel.route(f"198.51.{third}.0/24", BOND, "192.0.2.254")
        kernel.route(f"198.52.{third}.0/24", BOND, "192.0.2.253")
    kernel.way("192.0.2.254", BOND)
    assert len(found()) == 1
    assert sorted(kernel.asked) == ["192.0.2.253", "192.0.2.254"]


def test_a_crowd_is_not_asked_for_one_by_one(kernel: Kernel) -> None:
    for last in range(200):
        kernel.neighbour(f"192.0.2.{last}")
        kernel.way(f"192.0.2.{last}", BOND)
    assert len(found()) == 16
    assert len(kernel.asked) == 16
    kernel.ways.clear()
    why_nobody()
    assert len(kernel.asked) == 16 + 64


def test_every_socket_is_closed(kernel: Kernel) -> None:
    why_nobody()
    assert kernel.closed == 2
    way("192.0.2.1")
    assert kernel.closed == 3


def test_a_way_has_its_path(kernel: Kernel) -> None:
    kernel.link(VLAN, "bond0.100", "vlan", below=BOND)
    kernel.way("192.0.2.9", VLAN, gateway="192.0.2.254")
    assert way("192.0.2.9") == Way("bond0.100", over_bond=True, path=("bond0", "bond0.100"))


def test_a_way_past_the_bond_is_none(kernel: Kernel) -> None:
    kernel.way("192.0.2.9", AWAY)
    kernel.way("192.0.2.10", ENO2)
    assert way("192.0.2.9") == Way("away0", over_bond=False)
    assert way("192.0.2.10").trouble == "192.0.2.10 is reached through eno2, past bond0"


@pytest.mark.parametrize(
    ("kind", "words"),
    [(LOCAL, "is an address of this machine"), (BROADCAST, "is a broadcast address"), (UNREACHABLE, "no route to")],
)
def test_what_no_other_machine_gets_is_said(kernel: Kernel, kind: int, words: str) -> None:
    kernel.way("192.0.2.9", BOND, kind=kind)
    found = way("192.0.2.9")
    assert (found.device, found.over_bond) == ("", False)
    assert words in found.trouble


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("address", ["224.0.0.251", "ff02::fb%bond0"])
def test_a_group_is_nobody(address: str) -> None:
    assert way(address).trouble == f"{address} is a multicast address: no single machine answers"


def test_the_port_of_a_vrf_takes_its_routes(kernel: Kernel) -> None:
    kernel.link(VLAN, "bond0.100", "vlan", below=BOND, master=VRF)
    kernel.link(VRF, "red", "vrf")
    kernel.way("192.0.2.9", AWAY)
    assert way("192.0.2.9") == Way("away0", over_bond=False)
    kernel.way("192.0.2.9", VLAN, oif=VRF)
    assert way("192.0.2.9") == Way("bond0.100", over_bond=True, path=("bond0", "bond0.100"))
    kernel.way("fe80::1", AWAY, oif=AWAY)
    kernel.way("fe80::1", VLAN, oif=VRF)
    assert way("fe80::1%away0") == Way("away0", over_bond=False)
    kernel.way("192.0.2.9", VRF, kind=LOCAL, oif=VRF)
    assert way("192.0.2.9").trouble == "192.0.2.9 is an address of this machine"


def test_what_a_bridge_has_learned_counts(kernel: Kernel) -> None:
    kernel.links.clear()
    kernel.link(BOND, "bond0", "bond", master=BRIDGE)
    kernel.link(BRIDGE, "br0", "bridge")
    kernel.link(VLAN, "br0.5", "vlan", below=BRIDGE)
    kernel.link(TAP, "tap0", "tun", master=BRIDGE)
    kernel.link(AWAY, "away0", "dummy", master=BRIDGE + 100)
    for address, ifindex, gateway in (("192.0.2.9", BRIDGE, ""), ("198.51.100.9", VLAN, "192.0.2.9")):
        kernel.way(address, ifindex, gateway=gateway)
        kernel.neighbour("192.0.2.9", ifindex)
    aside = "{} is reached through tap0, which is not over bond0"
    for address, path in (("192.0.2.9", ("bond0", "br0")), ("198.51.100.9", ("bond0", "br0", "br0.5"))):
        kernel.learned.clear()
        kernel.learns(AWAY)  # older kernels tell of every bridge
        assert way(address) == Way(path[-1], over_bond=True, path=path)
        kernel.learns(TAP)
        assert way(address) == Way("tap0", over_bond=False, trouble=aside.format(address))
        kernel.learns(BOND)
        assert way(address).over_bond


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("address", ["gateway", "192.0.2.1/24", "fe80::1", "0.0.0.0"])
def test_what_is_no_address_is_refused_in_one_line(address: str) -> None:
    with pytest.raises(ProbeError, match=r"^[^\n]+$"):
        way(address)


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("scope", ["bond7", "4711", pytest.param("9" * 5000, id="long")])
def test_a_scope_that_is_no_interface_is_refused(scope: str) -> None:
    with pytest.raises(ProbeError, match="there is no interface"):
        way(f"fe80::1%{scope}")


def test_a_name_goes_before_an_index(kernel: Kernel) -> None:
    kernel.link(77, str(BOND), "dummy")
    kernel.way("fe80::1", 77, oif=77)
    kernel.way("fe80::1", BOND, oif=BOND)
    assert way(f"fe80::1%{BOND}") == Way(str(BOND), over_bond=False)
    assert way("fe80::1%bond0").over_bond


def test_a_kernel_that_does_not_answer_is_no_missing_route(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise SourceError("rtnetlink: ENOBUFS") from OSError(errno.ENOBUFS, "ENOBUFS")

    monkeypatch.setattr(kernel, "_way", fail)
    with pytest.raises(ProbeError, match=r"the way to 192\.0\.2\.9 cannot be asked for: rtnetlink: ENOBUFS"):
        way("192.0.2.9")


def test_forbidden_netlink_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> NoReturn:
        raise SourceError("cannot open rtnetlink")

    monkeypatch.setattr(targets, "Netlink", refuse)
    assert why_nobody() == "targets cannot be looked for: cannot open rtnetlink"
    with pytest.raises(ProbeError, match="cannot open rtnetlink"):
        way("192.0.2.9")


def test_the_loopback_of_this_machine_is_ours() -> None:
    here = a_bond(a_slave("eno1", 2**30), ifindex=2**30 + 1)
    assert KernelProbing().way(here, Target("127.0.0.1")).trouble == "127.0.0.1 is an address of this machine"


class Silence:
    """A stream in which nothing happens."""

    def take(self) -> Sequence[News]:
        return ()

    def choose(self, flows: Collection[int] | None) -> None:
        pass

    def stop(self) -> None:
        pass


def test_probes_are_those_of_the_prober(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Sequence[Flow], float]] = []
    stream = Silence()

    def start_probes(flows: Sequence[Flow], period_s: float) -> Stream:
        asked.append((flows, period_s))
        return stream

    monkeypatch.setattr(probing, "start_probes", start_probes)
    flows = [Flow(Target("192.0.2.1"), "bond0")]
    assert KernelProbing().start(flows, 0.01) is stream
    assert asked == [(flows, 0.01)]
