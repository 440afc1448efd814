"""What lies around bonds: devices, messages and files as the system lays them out, and what it will not tell."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import around as beside
from bondtui.core import devices
from bondtui.core import monitor as fold
from bondtui.core.around import Interface
from bondtui.core.monitor import Monitor
from bondtui.core.stacking import Stacked
from bondtui.model.around import Around, Configured, Device, LogWord, Neighbour
from bondtui.model.bond import Bond
from bondtui.model.finding import INFO
from bondtui.model.reading import SourceError
from bondtui.ports import Surroundings
from bondtui.simulated.machines import MACHINES
from bondtui.system import around, lldp
from bondtui.system.around import KernelAround
from bondtui.system.netlink import Netlink
from bondtui.system.simulated_around import SimulatedAround
from bondtui.triage import around as around_rules
from bondtui.triage import hardware
from bondtui.triage.case import Case
from tests.builders import BOND, HOSTILE_NAMES, a_bond, a_pair, a_slave
from tests.unit.test_lldp import FRAME, NEIGHBOUR, json0, stored
from tests.virtual import VirtualMachine

MAC = "02:00:00:00:00:0a"

# Devices

BOARD = "/sys/devices/pci0000:00/0000:00:01.0"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{BOARD}/0000:04:00.1", Device("0000:04:00")),
        ("/sys/devices/pci0000:00/0000:00:1f.6", Device("0000:00:1f")),
        (f"{BOARD}/0000:02:00.0/0000:03:08.0/0000:04:00.0", Device("0000:04:00", "0000:02:00.0")),
        (
            f"{BOARD}/0000:02:00.0/0000:03:08.0/0000:05:00.0/0000:06:01.0/0000:07:00.0",
            Device("0000:07:00", "0000:02:00.0"),
        ),
        (f"{BOARD}/0000:01:00.0/virtio1", Device("0000:01:00")),
        (f"{BOARD}/0000:03:00.0/mlx5_core.sf.2", Device("0000:03:00")),
        ("/sys/devices/pci0000:5d/0000:5d:05.5/pci10000:00/10000:00:02.0/10000:01:00.0", Device("10000:01:00")),
        ("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0", Device("usb 1-2")),
        ("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/1-2.4.1/1-2.4.1:2.0", Device("usb 1-2.4.1", "usb 1-2")),
        ("/sys/devices/platform/soc/fd580000.ethernet", Device("fd580000.ethernet")),
        ("/", Device()),
    ],
)
def test_a_path_tells_the_adapter_and_what_is_above_it(path: str, expected: Device) -> None:
    assert devices.device(path) == expected


def test_a_virtual_function_is_on_the_adapter_of_its_physical_one() -> None:
    assert devices.device(f"{BOARD}/0000:04:10.3", f"{BOARD}/0000:04:00.1") == Device("0000:04:00")


@given(st.text("pci0:12-./usbaf", max_size=60))
def test_any_path_will_do(path: str) -> None:
    devices.device(path)


# Messages


def nla(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", len(payload) + 4, kind) + payload + bytes(-len(payload) % 4)


def test_an_interface_has_two_addresses() -> None:
    octets = bytes.fromhex("02000000000a")
    data = struct.pack("=BxHiII", 0, 1, 7, 1, 0) + nla(3, b"eno1\0") + nla(1, octets) + nla(54, octets[::-1])
    assert beside.interface(b"x" + data + b"y", 1, 1 + len(data)) == Interface(
        Stacked(7, "eno1"), True, MAC, "0a:00:00:00:00:02"
    )
    assert beside.interface(data, 0, 10) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_an_interface_a_queue_or_nothing(data: bytes) -> None:
    beside.interface(data, 0, len(data))
    beside.queue(data, 0, len(data))


def test_a_queue_has_a_kind() -> None:
    data = struct.pack("=BxxxiIII", 0, 7, 0, 0xFFFFFFF1, 0) + nla(1, b"clsact\0") + nla(2, b"")
    assert beside.queue(data, 0, len(data)) == (7, "clsact")
    assert beside.queue(data[:20], 0, 20) is None


def an_interface(index: int, name: str, **rest: Any) -> Interface:
    """One that is up, has the MAC of the bond, and does not tell its permanent one."""
    link = {key: rest.pop(key) for key in ("kind", "below", "master") if key in rest}
    return Interface(**{"admin_up": True, "hwaddr": MAC, "permanent": None, **rest}, link=Stacked(index, name, **link))


def twins(*others: Interface, over: tuple[int, ...] = ()) -> tuple[str, ...]:
    """Who uses the MAC of a bond of eno1 and eno2, over which lie ``over``."""
    bond = a_pair()
    mine = (
        an_interface(BOND, "bond0", kind="bond"),
        an_interface(2, "eno1", master=BOND, permanent=MAC),
        an_interface(3, "eno2", master=BOND, permanent="02:00:00:00:00:03"),
    )
    known = {each.link.ifindex: each for each in (*mine, *others)}
    return beside.twins([bond], known, {BOND, 2, 3, *over})[BOND]


def test_who_uses_the_mac_of_a_bond_elsewhere_is_its_twin() -> None:
    assert twins(an_interface(9, "eno9", permanent=MAC)) == ("eno9",)
    assert twins(an_interface(9, "veth9", kind="veth"), an_interface(8, "eno8")) == ("veth9", "eno8")
    assert twins(an_interface(9, "eno9", master=8), an_interface(8, "br0", kind="bridge")) == ("eno9",)


@pytest.mark.parametrize(
    "others",
    [
        [],
        [an_interface(9, "eno9", admin_up=False)],
        [an_interface(9, "eno9", hwaddr="02:00:00:00:00:09")],
        [an_interface(9, "eno9", hwaddr="02:00:00:00:00:09", permanent=MAC)],
        [an_interface(9, "eno9", permanent="02:00:00:00:00:09")],
        [an_interface(9, "eno9", hwaddr=None)],
        [an_interface(9, "vlan9", below=8, kind="vlan")],
        [an_interface(9, "eno9", master=8), an_interface(8, "bond1", kind="bond", hwaddr="02:00:00:00:00:08")],
        [an_interface(9, "tap9", master=8, hwaddr=None), an_interface(8, "br0", kind="bridge")],
        [an_interface(9, "vf0", master=2, permanent=MAC)],
    ],
)
def test_what_is_a_part_of_a_bond_or_made_of_others_is_none(others: list[Interface]) -> None:
    assert twins(*others) == ()


def test_what_lies_over_the_bond_may_have_its_mac() -> None:
    assert twins(an_interface(9, "br-ex", kind="openvswitch"), over=(9,)) == ()


def masters(bond: Interface, *others: Interface) -> dict[int, str]:
    return beside.masters([a_pair()], {each.link.ifindex: each for each in (bond, *others)})


def test_the_master_of_a_bond_is_told_by_its_kind() -> None:
    bridge = an_interface(9, "br0", kind="bridge")
    assert masters(an_interface(BOND, "bond0", kind="bond", master=9), bridge) == {BOND: "bridge"}
    assert masters(an_interface(BOND, "bond0", kind="bond"), bridge) == {BOND: ""}
    assert masters(an_interface(BOND, "bond0", kind="bond", master=9)) == {}
    assert masters(bridge) == {}


# The machine

ENO1, ENO2, BOND0 = 2**30, 2**30 + 1, 2**30 + 2
"""Indexes that no interface has."""


def a_bond_of_nobody(name: str = "eno1", failures: int | None = 0) -> Bond:
    return a_bond(a_slave(name, ENO1, failures=failures), a_slave("eno2", ENO2), ifindex=BOND0)


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What stands in for the reader of configurations."""
    stand_in = SimpleNamespace(look=lambda _: ((), ()))
    monkeypatch.setitem(sys.modules, "bondtui.system.configured", stand_in)
    return stand_in


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine on which nothing runs, with an empty kernel log and two cards."""
    for folder in ("dev", "proc/self", "run", "usr/sbin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dev/kmsg").write_text("6,0,0,-;start\n")
    interface(tmp_path, "eno1", ENO1, "devices/pci0000:00/0000:00:01.0/0000:04:00.0")
    interface(tmp_path, "eno2", ENO2, "devices/pci0000:00/0000:00:02.0/0000:05:00.0")
    return tmp_path


def interface(root: Path, name: str, ifindex: int, device: str = "") -> None:
    """Put an interface into sysfs, as the kernel does: with relative links."""
    folder = root / "sys" / (device or "devices/virtual") / "net" / name
    folder.mkdir(parents=True)
    (folder / "ifindex").write_text(f"{ifindex}\n")
    if device:
        (folder / "device").symlink_to("../..")
    (root / "sys/class/net").mkdir(parents=True, exist_ok=True)
    (root / "sys/class/net" / name).symlink_to(Path("../..") / folder.relative_to(root / "sys"))


def runs(root: Path, name: str, pid: int = 500) -> None:
    (root / f"proc/{pid}").mkdir()
    (root / f"proc/{pid}/comm").write_text(f"{name[:15]}\n")


def found(root: Path, *bonds: Bond, **rest: Any) -> Around:
    asked: Surroundings = KernelAround(str(root), **rest)
    return asked.around(bonds or [a_bond_of_nobody()])


def test_around_a_bond_that_nothing_depends_on_there_is_nothing_and_that_is_known(root: Path) -> None:
    told = found(root)
    nothing: tuple[object, ...] = ({ENO1: (), ENO2: ()},) * 3
    assert (told.addresses, told.routes, told.lost_links) == nothing
    assert (told.configured, told.managers, told.log) == ((), {}, ())
    assert told.devices == {ENO1: Device("0000:04:00"), ENO2: Device("0000:05:00")}
    assert (told.masters, told.twins, told.qdiscs) == ({}, {}, {})  # there is no such bond
    assert told.kernel
    assert told.unknown == {"neighbours": "neither lldpd nor systemd-networkd runs here"}


def test_without_bonds_nothing_is_asked(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(around, "Netlink", refuse)
    told = KernelAround(str(root)).around([])
    assert told == Around(configured=(), kernel=told.kernel)


def refuse(*_: object, **__: object) -> NoReturn:
    raise SourceError("cannot open rtnetlink")


def test_a_system_that_forbids_everything_is_told_field_by_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: SimpleNamespace
) -> None:
    configured.look = lambda _: (None, ("netplan: Permission denied", "ifcfg: Permission denied"))
    monkeypatch.setattr(around, "Netlink", refuse)
    told = found(tmp_path)
    assert told._replace(unknown={}) == Around(kernel=told.kernel)
    assert {*told.unknown} == {*Around._fields} - {"kernel", "unknown"}
    for field in ("addresses", "routes", "masters", "twins", "qdiscs"):
        assert told.unknown[field] == "cannot open rtnetlink"
    assert told.unknown["configured"] == "netplan: Permission denied; ifcfg: Permission denied"
    assert told.unknown["log"] == told.unknown["lost_links"]
    assert told.unknown["devices"] == "sysfs does not show the interfaces of this network namespace"


@pytest.mark.parametrize(("answer", "field"), [(24, "routes"), (36, "qdiscs")])
def test_too_many_routes_or_queues_are_not_waited_for(
    root: Path, monkeypatch: pytest.MonkeyPatch, answer: int, field: str
) -> None:
    asked = Netlink.all_that

    def limited(self: Netlink, kind: int, *rest: Any, **more: Any) -> list[Any]:
        if kind == answer:
            raise SourceError("there are more than 50000 of them")
        return asked(self, kind, *rest, **more)

    monkeypatch.setattr(Netlink, "all_that", limited)
    told = found(root)
    assert told.unknown[field].endswith("cannot be read: there are more than 50000 of them")
    assert getattr(told, field) == {}
    assert told.addresses == {ENO1: (), ENO2: ()}


def test_what_was_configured_is_handed_on(root: Path, configured: SimpleNamespace) -> None:
    file = Configured("ifupdown", "/etc/network/interfaces", "bond0")
    configured.look = lambda _: ((file,), ("NetworkManager: Permission denied",))
    told = found(root)
    assert told.configured == (file,)
    assert told.unknown["configured"] == "NetworkManager: Permission denied"


def test_a_virtual_function_and_a_virtual_interface_are_told_apart(root: Path) -> None:
    interface(root, "vf0", 77, "devices/pci0000:00/0000:00:01.0/0000:04:10.2")
    (root / "sys/devices/pci0000:00/0000:00:01.0/0000:04:10.2/physfn").symlink_to("../0000:04:00.0")
    interface(root, "veth1", 78)
    told = found(root, a_bond(a_slave("vf0", 77), a_slave("veth1", 78), ifindex=BOND0))
    assert told.devices == {77: Device("0000:04:00"), 78: Device(virtual=True)}


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if name.isprintable()])
def test_any_name_has_a_device(root: Path, name: str) -> None:
    interface(root, name, 77, "devices/platform/x")
    assert found(root, a_bond(a_slave(name, 77), ifindex=BOND0)).devices == {77: Device("x")}


def test_the_sysfs_of_another_namespace_says_nothing(root: Path) -> None:
    (root / "sys/class/net/eno1/ifindex").write_text("5\n")
    told = found(root)
    assert told.devices == {ENO2: Device("0000:05:00")}
    assert told.unknown["devices"] == "sysfs shows the interfaces of another network namespace"


def test_managers_of_bonds_and_slaves_are_told(root: Path) -> None:
    runs(root, "systemd-networkd")
    (root / "run/systemd/netif/links").mkdir(parents=True)
    for index in (BOND0, ENO2):
        (root / f"run/systemd/netif/links/{index}").write_text("ADMIN_STATE=configured\n")
    assert found(root).managers == {BOND0: "systemd-networkd", ENO2: "systemd-networkd"}


def says(root: Path, ago_s: float, text: str, number: int = 1) -> None:
    """Write a line into the kernel log that is so old."""
    at = int((time.clock_gettime(time.CLOCK_MONOTONIC) - ago_s) * 1e6)
    with (root / "dev/kmsg").open("a") as log:
        log.write(f"6,{number},{at},-;{text}\n")


def test_the_kernel_log_tells_lost_links_and_what_the_driver_said(root: Path) -> None:
    says(root, 60, "bond0: (slave eno1): link status definitely down, disabling slave")
    says(root, 30, "bond0: (slave eno2): An illegal loopback occurred on slave\\x0aCheck")
    says(root, 20, "bond7: Warning: No 802.3ad response from the link partner for any adapters in the bond")
    told = found(root, a_bond_of_nobody(failures=1))
    assert told.lost_links == {ENO1: (pytest.approx(60, abs=5),), ENO2: ()}
    assert [word._replace(ago_s=0) for word in told.log] == [LogWord("loopback", 0, "bond0", "eno2")]
    assert told.log[0].ago_s == pytest.approx(30, abs=5)
    own = ("bond0", "eno1", time.time() - 60.2)
    assert found(root, a_bond_of_nobody(failures=1), own_downs=lambda: [own]).lost_links == {ENO1: (), ENO2: ()}


def test_a_log_that_does_not_reach_back_far_enough_leaves_a_slave_unknown(root: Path) -> None:
    (root / "dev/kmsg").write_text("")
    says(root, 60, "something else")
    told = found(root, a_bond_of_nobody(failures=2))
    assert told.lost_links == {ENO2: ()}
    assert told.unknown["lost_links"].startswith("eno1 has lost its link 2 times, when is not known")


def test_networkd_tells_neighbours_while_it_runs(root: Path) -> None:
    folder = root / "run/systemd/netif/lldp"
    folder.mkdir(parents=True)
    (folder / str(ENO1)).write_bytes(stored(FRAME))
    assert found(root).neighbours == {}
    runs(root, "systemd-networkd")
    told = found(root)
    assert told.neighbours == {ENO1: NEIGHBOUR}
    assert "neighbours" not in told.unknown


@pytest.mark.parametrize("error", [False, True])
def test_varlink(root: Path, error: bool) -> None:
    """Newer versions of networkd answer a question; the files are those of older ones, which do not know it."""
    runs(root, "systemd-networkd")
    (root / "run/systemd/netif/lldp").mkdir(parents=True)
    (root / f"run/systemd/netif/lldp/{ENO1}").write_bytes(stored(FRAME))
    heard = [{"InterfaceIndex": ENO2, "Neighbors": [{"ChassisID": "other", "PortID": "e1"}]}]
    answer = {"error": "org.varlink.service.MethodNotFound"} if error else {"parameters": {"Neighbors": heard}}
    questions: list[bytes] = []

    def serve() -> None:
        with listener.accept()[0] as asked:
            questions.append(asked.recv(1000))
            asked.sendall(json.dumps(answer).encode() + b"\0")

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "run/systemd/netif/io.systemd.Network"))
        listener.listen()
        listener.settimeout(20)
        thread = threading.Thread(target=serve)
        thread.start()
        told = found(root)
        thread.join()
    assert json.loads(questions[0].removesuffix(b"\0"))["method"] == "io.systemd.Network.GetLLDPNeighbors"
    other = Neighbour("other", None, "e1", None, "systemd-networkd")
    assert told.neighbours == ({ENO1: NEIGHBOUR} if error else {ENO2: other})


def test_a_networkd_that_does_not_answer_is_not_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lldp, "NETWORKD_SECONDS", 0.05)
    runs(root, "systemd-networkd")
    (root / "run/systemd/netif").mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "run/systemd/netif/io.systemd.Network"))
        listener.listen()
        assert found(root).neighbours == {}


def test_a_daemon_in_another_namespace_speaks_of_other_interfaces(root: Path) -> None:
    runs(root, "systemd-networkd")
    (root / "run/systemd/netif/lldp").mkdir(parents=True)
    (root / f"run/systemd/netif/lldp/{ENO1}").write_bytes(stored(FRAME))
    for process in ("thread-self", "500"):
        (root / f"proc/{process}/ns").mkdir(parents=True)
        (root / f"proc/{process}/ns/net").touch()
    assert found(root).neighbours == {}
    (root / "proc/500/ns/net").unlink()
    (root / "proc/500/ns/net").hardlink_to(root / "proc/thread-self/ns/net")
    assert found(root).neighbours == {ENO1: NEIGHBOUR}


LLDPD_SAYS = NEIGHBOUR._replace(told_by="lldpd", port_id="e9")
Program = Callable[[str], None]


@pytest.fixture
def lldpcli(root: Path) -> Program:
    """A machine with lldpd; the program is handed in as what its shell script does."""
    runs(root, "lldpd", 501)
    (root / "run/lldpd.socket").touch()

    def write(script: str) -> None:
        program = root / "usr/sbin/lldpcli"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return write


def answer(*entries: dict[str, Any]) -> str:
    return (
        f"test \"$*\" = '-f json0 show neighbors' && cat <<'END'\n{json.dumps({'lldp': [{'interface': entries}]})}\nEND"
    )


def test_lldpd_is_asked_and_is_believed_first(root: Path, lldpcli: Program) -> None:
    lldpcli(answer(json0("eno1", port="e9"), json0("other")))
    assert found(root).neighbours == {ENO1: LLDPD_SAYS}
    runs(root, "systemd-networkd")
    folder = root / "run/systemd/netif/lldp"
    folder.mkdir(parents=True)
    for index in (ENO1, ENO2):
        (folder / str(index)).write_bytes(stored(FRAME))
    assert found(root).neighbours == {ENO1: LLDPD_SAYS, ENO2: NEIGHBOUR}


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'unable to connect to socket' >&2; exit 1", "lldpd: unable to connect to socket"),
        ("exit 3", "lldpd: lldpcli failed with status 3"),
        ("echo no json", "lldpd: lldpcli failed with status 0"),
        ("exec sleep 60", "lldpd: lldpcli did not answer within 0.2 s"),
    ],
)
def test_why_lldpd_did_not_tell_is_told(
    root: Path, lldpcli: Program, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    monkeypatch.setattr(lldp, "LLDPCLI_SECONDS", 0.2 if "sleep" in script else 20.0)
    lldpcli(script)
    assert found(root).unknown["neighbours"] == why


def test_lldpd_without_its_program_or_its_socket_is_not_asked(root: Path, lldpcli: Program) -> None:
    assert found(root).unknown["neighbours"] == "lldpd: the program lldpcli is not installed"
    lldpcli(answer(json0("eno1")))
    (root / "run/lldpd.socket").unlink()
    assert found(root).unknown["neighbours"] == "lldpd: its control socket is not there"


# The simulated machine


def simulated(scenario: str) -> tuple[Sequence[Bond], Around]:
    machine = VirtualMachine(scenario, start_at=5.0)
    bonds = fold.took(Monitor(), machine.source.read()).bonds
    asked: Surroundings = SimulatedAround(machine.source)
    return bonds, asked.around(bonds)


def signs(bond: Bond, told: Around) -> list[tuple[str, str]]:
    rules = (*hardware.RULES, *around_rules.RULES)
    case = Case(bond, around=told)
    return [(rule.name, sign.severity or rule.severity) for rule in rules for sign in rule.look(case)]


@pytest.mark.parametrize("scenario", MACHINES)
def test_nothing_around_a_simulated_bond_does_harm(scenario: str) -> None:
    bonds, told = simulated(scenario)
    assert {severity for bond in bonds for _, severity in signs(bond, told)} <= {INFO}
    for bond in bonds:
        assert told.masters[bond.ifindex] == ""
        for slave in bond.slaves:
            assert not told.addresses[slave.ifindex]
            assert not told.routes[slave.ifindex]
            assert (slave.ifindex in told.neighbours) == bool(slave.link.carrier)
            assert slave.ifindex in told.lost_links
    assert told.configured is None
    assert {"configured", "kernel"} == {*told.unknown}


def test_both_ports_of_the_healthy_bond_end_at_one_switch_and_of_the_split_one_at_two() -> None:
    _, told = simulated("lacp")
    first, second = told.neighbours.values()
    assert first == Neighbour("00:23:04:ee:be:01", "switch1", "Ethernet273", None, "lldpd")
    assert second.chassis_id == first.chassis_id
    _, told = simulated("lacp-split")
    assert [each.system_name for each in told.neighbours.values()] == ["switch1", "switch2"]


def test_the_links_that_a_scenario_loses_are_told() -> None:
    machine = VirtualMachine("failover", start_at=30.0)
    told = SimulatedAround(machine.source).around([machine.bond])
    assert told.lost_links == {2: (pytest.approx(30 - 8.03, abs=0.1),), 3: ()}
