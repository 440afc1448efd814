"""Which network manager manages an interface: state files and processes under a root of our own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bondtui.system.link_managers import LinkManagers
from bondtui.system.processes import Processes

NM, NETWORKD = "NetworkManager", "systemd-networkd"
ENO1, ENO2 = 2, 3


class Machine:
    """A /proc and a /run that hold what a test writes; our network namespace is ``ours``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for namespace in ("ours", "theirs"):
            (root / namespace).touch()
        self.write("proc/thread-self/comm", "bondtui\n")
        self.put_in("thread-self", "ours")
        self.write("proc/self/comm", "bondtui\n")
        self.write("proc/version", "Linux\n")

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(os.fsencode(text))

    def put_in(self, process: int | str, namespace: str) -> None:
        link = self.root / f"proc/{process}/ns/net"
        link.parent.mkdir(parents=True)
        link.symlink_to(self.root / namespace)

    def runs(self, name: str, pid: int = 500, *, namespace: str = "ours") -> None:
        self.write(f"proc/{pid}/comm", f"{name[:15]}\n")
        self.put_in(pid, namespace)

    def network_manager_says(self, text: str, ifindex: int = ENO1) -> None:
        self.write(f"run/NetworkManager/devices/{ifindex}", text)

    def networkd_says(self, text: str, ifindex: int = ENO1) -> None:
        self.write(f"run/systemd/netif/links/{ifindex}", text)

    @property
    def managers(self) -> dict[int, str]:
        return LinkManagers(str(self.root)).of([ENO1, ENO2])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("text", "managed"),
    [
        ("[device]\nmanaged=true\nconnection-uuid=7f3a\n", True),
        ("[device]\nmanaged=true\n", True),
        ("[device]\nmanaged=false\nperm-hw-addr-fake=02:00:00:00:00:01\n", False),
        ("[device]\nconnection-uuid=7f3a\n", True),
        ("[device]\nnm-owned=1\n", False),
        ("[device]\nmanaged=false\nconnection-uuid=7f3a\n", False),
        ("", False),
        ("\xff\x00=\n==\nmanaged", False),
    ],
)
def test_network_manager_says_whether_it_manages_an_interface(machine: Machine, text: str, managed: bool) -> None:
    machine.runs(NM)
    machine.network_manager_says(text)
    assert machine.managers == ({ENO1: NM} if managed else {})


@pytest.mark.parametrize(
    ("state", "managed"),
    [
        ("configured", True),
        ("configuring", True),
        ("failed", True),
        ("initialized", True),
        ("pending", True),
        ("unmanaged", False),
        ("linger", False),
    ],
)
def test_networkd_says_in_which_state_an_interface_is(machine: Machine, state: str, managed: bool) -> None:
    machine.runs(NETWORKD)
    machine.networkd_says(
        f"# This is private data. Do not parse.\nADMIN_STATE={state}\nOPER_STATE=enslaved\n"
        'NETWORK_FILE=/etc/systemd/network/eno1.network\nNETWORK_FILE_DROPINS=""\n'
    )
    assert machine.managers == ({ENO1: NETWORKD} if managed else {})


def test_a_file_of_networkd_without_a_state_says_nothing(machine: Machine) -> None:
    machine.runs(NETWORKD)
    machine.networkd_says("# ADMIN_STATE=configured\n")
    assert machine.managers == {}


def test_what_a_daemon_has_left_behind_does_not_count(machine: Machine) -> None:
    machine.network_manager_says("[device]\nmanaged=true\n")
    machine.networkd_says("ADMIN_STATE=configured\n")
    assert machine.managers == {}
    machine.runs("NetworkManagerX")
    machine.runs("systemd-resolved", 501)
    assert machine.managers == {}


def test_a_daemon_of_another_network_namespace_means_other_interfaces(machine: Machine) -> None:
    machine.runs(NM, namespace="theirs")
    machine.network_manager_says("[device]\nmanaged=true\n")
    assert machine.managers == {}
    machine.runs(NM, 501)
    assert machine.managers == {ENO1: NM}


def test_a_daemon_whose_namespace_is_hidden_counts(machine: Machine) -> None:
    machine.write("proc/500/comm", "NetworkManager\n")
    machine.network_manager_says("[device]\nmanaged=true\n")
    assert machine.managers == {ENO1: NM}


def test_each_interface_has_its_own_manager(machine: Machine) -> None:
    machine.runs(NM)
    machine.runs(NETWORKD, 501)
    machine.network_manager_says("[device]\nmanaged=true\n", ENO1)
    machine.network_manager_says("[device]\nmanaged=false\n", ENO2)
    machine.networkd_says("ADMIN_STATE=unmanaged\n", ENO1)
    machine.networkd_says("ADMIN_STATE=configured\n", ENO2)
    assert machine.managers == {ENO1: NM, ENO2: NETWORKD}


def test_a_state_that_cannot_be_read_is_an_error(machine: Machine) -> None:
    machine.runs(NM)
    (machine.root / f"run/NetworkManager/devices/{ENO1}").mkdir(parents=True)
    with pytest.raises(OSError, match="devices"):
        _ = machine.managers


def test_processes_that_cannot_be_listed_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LinkManagers(str(tmp_path)).of([ENO1])


def test_a_process_that_has_ended_has_no_name_and_no_namespace(machine: Machine) -> None:
    processes = Processes(str(machine.root))
    assert (processes.name(999), processes.in_our_network(999)) == (None, None)
    machine.write("proc/998/comm", "e\x1b[31m\udcff\n")
    assert processes.name(998) == "e\x1b[31m\udcff"


def test_our_own_machine_can_be_read() -> None:
    pid = os.getpid()
    name = Processes().name(pid)
    assert name is not None
    assert (pid, name) in Processes().named(frozenset({name}))
    assert Processes().in_our_network(pid) is True
