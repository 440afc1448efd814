"""The facts as a whole: what the system will not tell is named under its guard, and nothing raises."""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import psutil
import pytest

from bondtui.actions.guards import GUARDS
from bondtui.core.logins import Connection, Ends, Logins
from bondtui.model.bond import Bond
from bondtui.model.host import HostFacts
from bondtui.model.reading import SourceError
from bondtui.system import host, netlink, sessions
from bondtui.system.host import Host
from bondtui.system.netlink import Netlink
from tests.builders import a_bond, a_slave

LOOPBACK = 1


class Address(NamedTuple):
    ip: str
    port: int


class Row(NamedTuple):
    """One connection as psutil has it."""

    laddr: Address | tuple[()]
    raddr: Address | tuple[()]
    status: str
    pid: int | None


def a_bond_of_nobody(failures: int | None = 0, **rest: Any) -> Bond:
    """A bond whose interface indexes no interface has."""
    return a_bond(a_slave("eno1", 2**30, failures=failures), a_slave("eno2", 2**30 + 1), ifindex=2**30 + 2, **rest)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine on which nothing runs, with an empty kernel log."""
    for folder in ("dev", "proc/self", "run"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dev/kmsg").write_text("6,0,0,-;start\n")
    return tmp_path


def facts(root: Path, bond: Bond | None = None, **rest: Any) -> HostFacts:
    return Host(str(root), **rest).facts(bond or a_bond_of_nobody())


def lost(root: Path, seconds_ago: float, text: str = "bond0: (slave eno1): link status definitely down") -> None:
    """Write into the kernel log that a slave lost its link so long ago."""
    at = int((time.clock_gettime(time.CLOCK_MONOTONIC) - seconds_ago) * 1e6)
    with (root / "dev/kmsg").open("a") as log:
        log.write(f"6,1,{at},-;{text}\n")


def test_a_bond_that_nothing_depends_on_has_no_facts(root: Path) -> None:
    assert facts(root) == HostFacts()


def test_every_name_is_that_of_a_guard() -> None:
    assert {host.SESSION, host.OTHERS, host.DEFAULT_ROUTE, host.MANAGED, host.ADDRESS, host.FLAPPING} <= set(GUARDS)


def test_a_system_that_forbids_everything_is_told_guard_by_guard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise SourceError("cannot open rtnetlink")

    monkeypatch.setattr(host, "Netlink", refuse)
    found = facts(tmp_path, a_bond_of_nobody(failures=3))
    assert found._replace(unknown={}) == HostFacts()
    for guard in (host.SESSION, host.OTHERS, host.DEFAULT_ROUTE, host.ADDRESS):
        assert found.unknown[guard] == "cannot open rtnetlink"
    assert found.unknown[host.MANAGED].endswith("proc cannot be read (No such file or directory)")
    assert found.unknown[host.FLAPPING] == (
        "eno1 has lost its link 3 times, when is not known: the kernel log cannot be read (No such file or directory)"
    )


def test_a_slave_that_never_lost_its_link_needs_no_log(tmp_path: Path) -> None:
    assert host.FLAPPING not in facts(tmp_path).unknown


def test_a_log_on_another_clock_is_no_log(root: Path) -> None:
    lost(root, -1000)
    found = facts(root, a_bond_of_nobody(failures=1))
    assert found.unknown == {
        host.FLAPPING: "eno1 has lost its link 1 time, when is not known: the clock of the kernel log is not known"
    }
    assert found.lost_links == {}


def test_a_log_that_does_not_reach_back_far_enough_says_so_beside_what_it_knows(root: Path) -> None:
    (root / "dev/kmsg").write_text("")
    lost(root, 60)
    found = facts(root, a_bond_of_nobody(failures=2))
    (ago,) = found.lost_links[2**30]
    assert ago == pytest.approx(60, abs=5)
    assert "eno1 has lost its link 2 times" in found.unknown[host.FLAPPING]
    assert "the kernel log begins 6" in found.unknown[host.FLAPPING]


def test_links_that_were_lost_are_told_but_for_those_we_set_down(root: Path) -> None:
    lost(root, 60)
    bond = a_bond_of_nobody(failures=1)
    assert list(facts(root, bond).lost_links) == [2**30]
    own = ("bond0", "eno1", time.time() - 60.2)
    assert facts(root, bond, own_downs=lambda: [own]).lost_links == {}
    assert list(facts(root, bond, own_downs=lambda: [(*own[:2], own[2] - 60)]).lost_links) == [2**30]


def test_without_a_record_of_what_we_set_down_every_lost_link_counts(root: Path) -> None:
    def refuse() -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    lost(root, 60)
    assert list(facts(root, a_bond_of_nobody(failures=1), own_downs=refuse).lost_links) == [2**30]


def test_a_manager_is_told(root: Path) -> None:
    (root / "proc/500").mkdir()
    (root / "proc/500/comm").write_text("NetworkManager\n")
    (root / "run/NetworkManager/devices").mkdir(parents=True)
    (root / f"run/NetworkManager/devices/{2**30}").write_text("[device]\nmanaged=true\n")
    assert facts(root).managers == {2**30: "NetworkManager"}


def test_too_many_routes_are_not_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Netlink.all_that

    def limited(self: Netlink, answer: int, *rest: Any, **more: Any) -> list[Any]:
        monkeypatch.setattr(netlink, "DUMP_AT_MOST", -1 if answer == 24 else 50_000)
        found = asked(self, answer, *rest, **more)
        if answer == 24:
            raise SourceError("there are more than -1 of them")
        return found

    monkeypatch.setattr(Netlink, "all_that", limited)
    found = facts(root)
    assert set(found.unknown) == {host.DEFAULT_ROUTE, host.ADDRESS}
    assert "more than -1" in found.unknown[host.DEFAULT_ROUTE]


def test_the_loopback_of_this_machine_is_read_like_any_interface(root: Path) -> None:
    here = a_bond(a_slave("lo", LOOPBACK), ifindex=2**30)
    assert "127.0.0.1/8" in facts(root, here).addresses[LOOPBACK]


def test_the_kernel_tells_the_way_and_that_there_is_none() -> None:
    asked = Netlink()
    local = socket.inet_aton("127.0.0.1")
    assert host._outgoing(asked, local, local) == LOOPBACK
    assert host._outgoing(asked, socket.inet_aton("198.51.100.77"), socket.inet_aton("203.0.113.77")) is None
    asked.close()


def test_a_kernel_that_does_not_answer_is_not_a_missing_route(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise SourceError("rtnetlink: No buffer space") from OSError(errno.ENOBUFS, "No buffer space")

    monkeypatch.setattr(Netlink, "all_that", fail)
    asked = Netlink()
    with pytest.raises(SourceError):
        host._outgoing(asked, bytes(4), bytes(4))
    asked.close()


class Table:
    """What psutil tells: connections, and which processes have started us."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self._patch, self._root = monkeypatch, root
        self.rows: list[Row] = []
        self.families: dict[int, list[int]] = {os.getpid(): []}
        self.environments: dict[int, dict[str, str]] = {}
        monkeypatch.setattr(psutil, "net_connections", lambda kind: self.rows if kind == "tcp" else None)
        monkeypatch.setattr(psutil, "Process", lambda pid=None: Relative(self, pid or os.getpid()))

    def process(self, pid: int, name: str, **environment: str) -> int:
        (self._root / f"proc/{pid}").mkdir(parents=True, exist_ok=True)
        (self._root / f"proc/{pid}/comm").write_text(f"{name}\n")
        self.environments[pid] = environment
        return pid

    def started_us(self, *pids: int) -> None:
        self.families[os.getpid()] += pids

    def connection(self, pid: int | None, local: str = "192.0.2.1", peer: str = "198.51.100.7", port: int = 22) -> None:
        self.rows.append(Row(Address(local, port), Address(peer, 50_000), psutil.CONN_ESTABLISHED, pid))

    def listener(self, port: int) -> None:
        self.rows.append(Row(Address("::", port), (), psutil.CONN_LISTEN, 1))

    def logins(self, **environment: str) -> Logins:
        return sessions.logins(str(self._root), environment)


class Relative:
    """One process as psutil has it."""

    def __init__(self, table: Table, pid: int) -> None:
        self._table, self.pid = table, pid

    def parents(self) -> list[Relative]:
        if self.pid not in self._table.families:
            raise psutil.NoSuchProcess(self.pid)
        return [Relative(self._table, each) for each in self._table.families[self.pid]]

    def environ(self) -> dict[str, str]:
        if self.pid not in self._table.environments:
            raise psutil.AccessDenied(self.pid)
        return self._table.environments[self.pid]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch, root: Path) -> Table:
    return Table(monkeypatch, root)


ENDS = Ends("192.0.2.1", 22, "198.51.100.7", 50_000)
TOLD = "198.51.100.7 50000 192.0.2.1 22"


def test_a_connection_has_its_owner_and_whether_that_has_started_us(table: Table) -> None:
    table.process(100, "sshd")
    table.process(200, "postgres")
    table.started_us(100)
    table.listener(22)
    table.connection(100)
    table.connection(200, port=5432)
    table.connection(None)
    assert table.logins().connections == (
        Connection(ENDS, 100, "sshd", ancestor=True, inbound=True),
        Connection(ENDS._replace(local_port=5432), 200, "postgres", ancestor=False, inbound=False),
        Connection(ENDS, None, None, ancestor=False, inbound=True),
    )


def test_only_what_is_established_is_a_connection(table: Table) -> None:
    for status in (psutil.CONN_TIME_WAIT, psutil.CONN_CLOSE_WAIT, psutil.CONN_SYN_RECV):
        table.rows.append(Row(Address("192.0.2.1", 22), Address("198.51.100.7", 1), status, None))
    table.rows.append(Row((), (), psutil.CONN_ESTABLISHED, None))
    assert table.logins().connections == ()


def test_addresses_are_spelled_in_one_way(table: Table) -> None:
    table.connection(None, "::ffff:192.0.2.1", "::ffff:198.51.100.7")
    table.connection(None, "fe80::1%bond0", "fe80::7%bond0")
    assert [each.ends for each in table.logins().connections] == [ENDS, Ends("fe80::1", 22, "fe80::7", 50_000)]


def test_ssh_connection_is_taken_from_whoever_still_has_it(table: Table) -> None:
    table.process(100, "sudo")
    table.process(101, "bash", SSH_CONNECTION=TOLD)
    table.process(102, "sshd", SSH_CONNECTION="198.51.100.7 1 192.0.2.1 22")
    table.started_us(99, 100, 101, 102)
    found = table.logins()
    assert found.told == (ENDS, ENDS._replace(peer_port=1))
    assert found.ancestors == ("", "sudo", "bash", "sshd")
    assert found.remote is False
    assert table.logins(SSH_CONNECTION=TOLD).told == (ENDS, ENDS._replace(peer_port=1))


@pytest.mark.parametrize("sign", ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])
def test_the_environment_of_a_remote_login_is_known(table: Table, sign: str) -> None:
    assert table.logins(**{sign: "x"}).remote is True
    assert table.logins(**{sign: ""}).remote is False


def test_the_first_process_is_nobodys_terminal_unless_it_lets_people_in(table: Table) -> None:
    table.process(1, "systemd")
    table.started_us(1)
    table.connection(1)
    assert [each.ancestor for each in table.logins().connections] == [False]
    table.process(1, "sshd")
    assert [each.ancestor for each in table.logins().connections] == [True]


@pytest.mark.parametrize(("server", "client"), [("tmux: server", "tmux: client"), ("screen", "screen")])
def test_under_a_multiplexer_we_hang_on_who_is_attached(table: Table, server: str, client: str) -> None:
    table.process(100, server, SSH_CONNECTION="203.0.113.9 1 192.0.2.1 22")
    table.started_us(100, 1)
    table.process(200, client)
    table.process(201, "sshd", SSH_CONNECTION=TOLD)
    table.families[200] = [201]
    table.connection(201)
    (connection,) = table.logins().connections
    assert connection.ancestor is True
    assert ENDS in table.logins().told


def test_without_a_multiplexer_nobody_elses_is_ours(table: Table) -> None:
    table.process(100, "bash")
    table.started_us(100)
    table.process(200, "tmux: client")
    table.process(201, "sshd")
    table.families[200] = [201]
    table.connection(201)
    assert [each.ancestor for each in table.logins().connections] == [False]


def test_processes_that_end_while_we_look_are_no_trouble(table: Table) -> None:
    table.process(100, "tmux: server")
    table.process(200, "tmux: client")
    table.started_us(100)
    assert table.logins().trouble == ""
    table.families.clear()
    assert table.logins().ancestors == ()


@pytest.mark.parametrize(
    "error",
    [OSError(errno.EACCES, "Permission denied"), psutil.AccessDenied(1), RuntimeError("malformed"), KeyError("0D")],
)
def test_a_table_that_cannot_be_read_is_said(
    table: Table, root: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(psutil, "net_connections", refuse)
    assert "cannot be read" in table.logins(SSH_CONNECTION=TOLD).trouble
    assert "cannot be read" in facts(root).unknown[host.OTHERS]


def test_a_login_at_an_address_of_a_slave_is_told(table: Table, root: Path) -> None:
    table.process(100, "sshd")
    table.started_us(100)
    table.connection(100, "127.0.0.1")
    (found,) = facts(root, a_bond(a_slave("lo", LOOPBACK), ifindex=2**30)).sessions
    assert (found.peer, found.local, found.path, found.mine, found.slave) == (
        "198.51.100.7",
        "127.0.0.1",
        ("lo",),
        True,
        LOOPBACK,
    )
