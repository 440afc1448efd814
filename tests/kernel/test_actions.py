"""Actions on real bonds: what is asked for is done, is all that is done, and is taken back."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from bondtui.actions.guards import GUARDS
from bondtui.actions.record import PLAN_KEYS
from bondtui.model.action import ACTIVATE, DOWN, Action, Plan
from bondtui.ports import ActionError, NotPermitted
from tests.kernel import traces, wire
from tests.kernel.commands import command
from tests.kernel.lab import BONDTUI, Lab
from tests.kernel.terminal import Terminal
from tests.kernel.traffic import Traffic
from tests.kernel.waiting import until
from tests.kernel.wire import Change

MODES = ("active-backup", "balance-tlb", "balance-alb", "802.3ad", "balance-rr", "balance-xor")
WITH_ACTIVE_SLAVE = MODES[:3]
CONFIRMED = ("--yes", "--confirm", "bond0")
"""The kernel log, which all machines share, may tell of losses that came before."""
HARNESS_S = 2.0
"""How long the guest may be kept from its work by whatever else runs beside it."""
RTM_NEWLINK, REQUEST_AND_ACK, IFF_UP = 16, 5, 1

OF_THE_DRIVER = {
    *("active_slave", "state", "num_ports", "link_failure_count"),
    *(f"ad_{end}_oper_port_state{form}" for end in ("actor", "partner") for form in ("", "_str")),
}
"""What the driver changes by itself when a slave comes or goes."""
ALSO = {"balance-tlb": {"address"}, "balance-alb": {"address", "promiscuity"}, "802.3ad": {"ad_aggregator_id"}}
"""The first two swap the addresses of slaves; a port that comes back may gather the others in its own aggregator."""


@pytest.fixture
def lab(lab: Lab) -> Lab:
    """A machine whose own addresses are settled at once: without looking for duplicates."""
    for which in ("all", "default"):
        path = Path("/proc/sys/net/ipv6/conf", which, "accept_dad")
        lab.within(lambda: path.write_text("0"))  # noqa: B023
    return lab


def told(done: CompletedProcess[str], status: int = 0) -> dict[str, Any]:
    """The JSON document of a run that ended with this status."""
    assert (done.returncode, done.stderr.count("\n")) == (status, 1 if status else 0), done
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def carried_out(lab: Lab, *arguments: str) -> dict[str, Any]:
    """Do something that must be done; returns the document."""
    document = told(lab.bondtui(*arguments, *CONFIRMED, "--json"))
    assert document["applied"] is True
    return document


def settle(lab: Lab, what: str) -> None:
    """``bondtui keep`` or ``bondtui revert``; returns when nothing is left to do."""
    assert lab.bondtui(what).returncode == 0
    until(lambda: lab.processes() == [], what="the end of the dead-man's switch")


def seen(lab: Lab) -> dict[str, Any]:
    """All that ``ip`` tells of interfaces, addresses and routes, but for counters; by where it is told."""
    found: dict[str, Any] = {}
    for link in json.loads(lab.ip("-d", "-j", "address")):
        found |= dict(_leaves(link["ifname"], link))
    for family in ("-4", "-6"):
        routes = json.loads(lab.ip(family, "-j", "route", "show", "table", "all"))
        found |= {f"route {each}": True for each in routes}
    return found


def _leaves(path: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        return [(path, value)]
    return [leaf for key, each in value.items() for leaf in _leaves(f"{path} {key}", each)]


def different(before: dict[str, Any], after: dict[str, Any], mode: str) -> set[str]:
    """Where something is different that the driver of this mode does not change by itself."""
    own = OF_THE_DRIVER | ALSO.get(mode, set())
    places = {place for place in before | after if before.get(place) != after.get(place)}
    return {place for place in places if place.split()[-1] not in own}


def assert_complete(document: dict[str, Any], kind: str, slave: str) -> None:
    """Every field of the contract is there and tells something sane."""
    head = ["schema", "host", "taken_at", "simulated", "lab"]
    assert list(document) == [*head, *PLAN_KEYS, "applied", "result", "revert_at", "seconds_left"]
    assert (document["schema"], document["simulated"]) == (f"bondtui.{kind}/1", False)
    assert (document["action"], document["bond"], document["slave"]) == (kind, "bond0", slave)
    assert [each["guard"] for each in document["guards"]] == list(GUARDS)
    assert {each["result"] for each in document["guards"]} <= {"ok", "ask"}
    assert all(each["evidence"] for each in document["guards"])
    assert document["verdict"] in ("ok", "ask")
    if kind == "up":
        assert (document["revert_at"], document["seconds_left"]) == (None, None)
    else:
        left = datetime.fromisoformat(document["revert_at"]) - datetime.fromisoformat(document["taken_at"])
        assert 0 < document["seconds_left"] <= 60
        assert abs(left.total_seconds() - document["seconds_left"]) < HARNESS_S


@pytest.mark.parametrize("mode", MODES)
def test_a_slave_set_down_changes_nothing_else_and_comes_back(lab: Lab, mode: str) -> None:
    lab.bond(mode)
    lab.settled()
    with Traffic(lab) as traffic:
        slave = traffic.carrier(["eno1", "eno2"])
        before = seen(lab)
        document = carried_out(lab, "down", "bond0", slave)
        during = seen(lab)
        traffic.goes_on()
        settle(lab, "revert")
        lab.settled()
        traffic.goes_on()
    assert_complete(document, "down", slave)
    assert (document["command"], document["undo"]) == (
        ["ip", "link", "set", slave, "down"],
        ["ip", "link", "set", slave, "up"],
    )
    assert re.fullmatch(rf"{slave} set down: .*{slave} MII down after \d+ ms\.", document["result"])
    assert different(before, during, mode) == {
        f"{slave} flags",
        f"{slave} operstate",
        f"{slave} linkinfo info_slave_data mii_status",
    }
    assert "UP" not in during[f"{slave} flags"]
    assert different(before, seen(lab), mode) == set()
    if mode == "active-backup":
        assert re.search(r"active eno1 -> eno2 after \d+ ms", document["result"])
        assert traffic.longest_gap_s() < document["predicted_outage_ms"] / 1000 + HARNESS_S


@pytest.mark.parametrize("mode", WITH_ACTIVE_SLAVE)
def test_the_active_slave_is_changed_and_changed_back(lab: Lab, mode: str) -> None:
    lab.bond(mode)
    lab.settled(active="eno1")
    with Traffic(lab) as traffic:
        before = seen(lab)
        document = carried_out(lab, "activate", "bond0", "eno2")
        assert lab.info("bond0")["active_slave"] == "eno2"
        traffic.goes_on()
        assert different(before, seen(lab), mode) == set()
        settle(lab, "revert")
        assert lab.info("bond0")["active_slave"] == "eno1"
        traffic.goes_on()
    assert_complete(document, "activate", "eno2")
    assert document["command"][-2:] == ["active_slave", "eno2"]
    assert document["undo"][-2:] == ["active_slave", "eno1"]
    assert document["predicted_outage_ms"] == 0
    assert document["result"].startswith("eno2 made the active slave: active eno1 -> eno2 ")
    assert different(before, seen(lab), mode) == set()


@pytest.mark.parametrize("mode", ["active-backup", "802.3ad"])
def test_what_is_kept_stays_until_it_is_set_up(lab: Lab, mode: str) -> None:
    lab.bond(mode)
    lab.settled()
    before = seen(lab)
    carried_out(lab, "down", "bond0", "eno1")
    settle(lab, "keep")
    assert not lab.is_admin_up("eno1")
    document = carried_out(lab, "up", "bond0", "eno1")
    assert_complete(document, "up", "eno1")
    gathers = r"(; LACP port eno1 is in aggregator \d+, the active one is \d+)?" if mode == "802.3ad" else ""
    assert re.fullmatch(rf"eno1 set up: .*eno1 MII up after \d+ ms{gathers}\.", document["result"])
    assert lab.processes() == []
    lab.settled()
    assert different(before, seen(lab), mode) == set()


def test_one_message_with_one_attribute_is_all_that_is_sent(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    index = {name: link["ifindex"] for name, link in lab.links().items()}

    def sent(*arguments: str) -> list[Change]:
        with wire.changes(lab) as heard:
            assert lab.bondtui(*arguments).returncode == 0
            until(lambda: len(lab.processes()) <= 1, what="the end of bondtui")
        return heard

    def flag(slave: str, up: int) -> list[Change]:
        return [Change(RTM_NEWLINK, REQUEST_AND_ACK, (index[slave], up, IFF_UP), [])]

    def active(slave: str) -> list[Change]:
        data = ("IFLA_INFO_DATA", [("IFLA_BOND_ACTIVE_SLAVE", index[slave])])
        info = ("IFLA_LINKINFO", [("IFLA_INFO_KIND", "bond"), data])
        return [Change(RTM_NEWLINK, REQUEST_AND_ACK, (index["bond0"], 0, 0), [info])]

    assert sent("down", "bond0", "eno1", "--dry-run") == []
    assert sent("activate", "bond0", "eno2", *CONFIRMED) == active("eno2")
    assert sent("revert") == active("eno1")
    assert sent("down", "bond0", "eno1", *CONFIRMED) == flag("eno1", 0)
    assert sent("keep") == []
    assert sent("up", "bond0", "eno1", *CONFIRMED) == flag("eno1", IFF_UP)
    lab.settled()
    assert sent("down", "bond0", "eno2", *CONFIRMED) == flag("eno2", 0)
    assert sent("revert") == flag("eno2", IFF_UP)


def test_every_ending_has_its_status_and_its_one_line(lab: Lab) -> None:
    lab.bond()
    lab.bond("balance-rr", name="bond1", slaves=["eno7", "eno8"])
    lab.settled(active="eno1")
    lab.settled("bond1")
    lab.ip("route", "add", "default", "via", "192.0.2.254")
    before = seen(lab)
    down = ("down", "bond0", "eno1")
    endings: list[tuple[tuple[str, ...], int, str]] = [
        ((*down, "--dry-run"), 0, ""),
        (down, 64, "--yes"),
        ((*down, "--yes"), 4, "--confirm bond0"),
        ((*down, "--yes", "--confirm", "bond1"), 4, "--confirm names 'bond1', the bond is 'bond0'"),
        (("up", "bond0", "eno1", "--yes"), 0, ""),
        (("activate", "bond0", "eno1", "--yes"), 0, ""),
        (("down", "bond9", "eno1", "--yes"), 3, "there is bond0, bond1"),
        (("down", "bond0", "eno7", "--yes"), 3, "there is eno1, eno2"),
        (("activate", "bond1", "eno8", "--yes"), 4, "balance-rr, which has no active slave"),
        (("keep",), 3, "no change is pending"),
        (("revert",), 3, "no change is pending"),
        (("pending",), 0, ""),
    ]
    for arguments, status, part in endings:
        done = lab.bondtui(*arguments)
        assert (done.returncode, done.stderr.count("\n")) == (status, 1 if status else 0), done
        assert part in done.stderr, done
    for arguments, status in (((*down, "--dry-run"), 0), (down, 64), ((*down, "--yes"), 4)):
        document = told(lab.bondtui(*arguments, "--json"), status)
        assert (document["applied"], document["verdict"], document["revert_at"]) == (False, "ask", None)
    assert different(before, seen(lab), "active-backup") == set()
    assert lab.processes() == []


def test_the_plan_is_told_in_words(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    lab.pull("eno2")
    lab.slave_is("eno2", "down")
    text = lab.bondtui("down", "bond0", "eno1", "--dry-run").stdout
    assert "Set eno1 of bond0 down\n" in text
    assert "ip link set eno1 down\n" in text
    assert "ip link set eno1 up  (by itself after 60 s unless kept)\n" in text
    assert text.index("refused  last-usable-slave: no other slave of bond0 is usable: eno2") < text.index(" ok ")
    assert re.search(r"^  ok +no-monitor: miimon 100 ms$", text, re.MULTILINE)
    lab.plug("eno2")
    lab.slave_is("eno2", "up")
    done = lab.bondtui("down", "bond0", "eno1", *CONFIRMED, "--revert-after", "90")
    assert (done.returncode, done.stderr) == (0, "")
    assert "eno2 takes over within about 100 ms. Worst-case outage: 100 ms.\n" in done.stdout
    assert re.search(
        r"^eno1 set down: active eno1 -> eno2 after \d+ ms, eno1 MII down after \d+ ms\.$", done.stdout, re.MULTILINE
    )
    assert re.search(r"^undone by itself in (90|8\d) s, at \d\d:\d\d:\d\d; 'bondtui keep'", done.stdout, re.MULTILINE)
    assert "Set eno1 of bond0 down: pending since" in lab.bondtui("pending").stdout
    settle(lab, "revert")


def test_an_ordinary_user_is_shown_the_plan_and_nothing_more(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    done = lab.bondtui("down", "bond0", "eno1", "--dry-run", ordinary=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ip link set eno1 down" in done.stdout
    for arguments in (("down", "bond0", "eno1"), ("activate", "bond0", "eno2")):
        done = lab.bondtui(*arguments, *CONFIRMED, ordinary=True)
        assert (done.returncode, done.stderr.count("\n")) == (5, 1), done
        assert "CAP_NET_ADMIN" in done.stderr
    document = told(lab.bondtui("down", "bond0", "eno1", *CONFIRMED, "--json", ordinary=True), 5)
    assert (document["applied"], "CAP_NET_ADMIN" in document["result"]) == (False, True)
    carried_out(lab, "down", "bond0", "eno1")
    assert "eno1" in lab.bondtui("pending", ordinary=True).stdout
    for what in ("keep", "revert"):
        assert lab.bondtui(what, ordinary=True).returncode == 5
    assert not lab.is_admin_up("eno1")
    settle(lab, "revert")


def test_who_has_no_power_over_the_network_is_told_so_by_the_kernel(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    for arguments in (("down", "bond0", "eno1"), ("activate", "bond0", "eno2")):
        root_elsewhere = lab.argv("unshare", "--user", "--map-root-user", *BONDTUI, *arguments, *CONFIRMED)
        done = subprocess.run(root_elsewhere, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.count("\n")) == (5, 1), done
        assert "CAP_NET_ADMIN is needed over this network namespace" in done.stderr
        assert "Nothing was to be taken back" in done.stderr
    assert (lab.is_admin_up("eno1"), lab.info("bond0")["active_slave"]) == (True, "eno1")
    assert lab.bondtui("pending").stdout == "No change is pending.\n"


def test_the_dashboard_tells_what_was_done_and_how_long_it_took(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with lab.dashboard(columns=140) as terminal:
        terminal.send("d")
        terminal.wait_for("ip link set eno1 down")
        terminal.send("y")
        told_so = re.compile(r"eno1 +set down by bondtui: active eno1 -> eno2 after \d+ ms, eno1 MII down after \d+ ms")
        terminal.wait_until(told_so.search, what="the line of the event log")
        terminal.send("q")
        assert terminal.wait_end() == 0
    assert not lab.is_admin_up("eno1")
    settle(lab, "revert")


def asked(lab: Lab, *arguments: str) -> Terminal:
    """bondtui at a terminal, where it can ask."""
    return Terminal(lab.argv(*BONDTUI, *arguments), columns=120, rows=40)


def test_at_a_terminal_it_asks(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    for answer in ("n\n", "bond0\n", "ctrl+c"):
        with asked(lab, "down", "bond0", "eno1") as terminal:
            terminal.wait_for("Do it? [y/N]")
            assert lab.is_admin_up("eno1")
            terminal.send(answer)
            assert terminal.wait_end() == 4, terminal.text
            assert "nothing was done" in terminal.text
    assert (lab.is_admin_up("eno1"), traces.audit()) == (True, [])
    with asked(lab, "down", "bond0", "eno1") as terminal:
        terminal.wait_for("Do it? [y/N]")
        terminal.send("y\n")
        assert terminal.wait_end() == 0, terminal.text
        assert "active eno1 -> eno2 after" in terminal.text
    assert not lab.is_admin_up("eno1")
    settle(lab, "revert")


def test_at_a_terminal_the_name_is_typed_where_a_guard_asks(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    lab.ip("route", "add", "default", "via", "192.0.2.254")
    for answer, status in (("y\n", 4), ("bond0\n", 0)):
        with asked(lab, "down", "bond0", "eno1") as terminal:
            terminal.wait_for("Type bond0 to do it:")
            terminal.send(answer)
            assert terminal.wait_end() == status, terminal.text
        assert lab.is_admin_up("eno1") is (status != 0)
    settle(lab, "revert")


def gone(lab: Lab) -> str:
    lab.ip("link", "delete", "eno1")
    return "eno1 is no longer in bond0"


def renamed(lab: Lab) -> str:
    lab.batch(["link set eno1 down", "link set eno1 name eno9", "link set eno9 up"])
    return "eno9"


def alone(lab: Lab) -> str:
    lab.pull("eno2")
    return "eno2 has no carrier"


def without_the_bond(lab: Lab) -> str:
    lab.ip("link", "delete", "bond0")
    return "bond0 is gone"


@pytest.mark.parametrize("happens", [gone, renamed, alone, without_the_bond], ids=lambda each: each.__name__)
def test_what_happens_before_the_answer_cancels(lab: Lab, happens: Callable[[Lab], str]) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with asked(lab, "down", "bond0", "eno1") as terminal:
        terminal.wait_for("Do it? [y/N]")
        expected = happens(lab)
        terminal.send("y\n")
        assert terminal.wait_end() == 4
        assert "Cancelled, nothing was done" in terminal.text
        assert expected in terminal.text
    assert [entry["what"] for entry in traces.audit()] == ["cancelled"]
    assert lab.processes() == []


ODD = ("up", "e\x1b[1m'\"", "\udcff$(x)", "--help")
"""A word of ``ip``, an escape sequence with quotes, not UTF-8 and a shell's command, an option."""


def test_slaves_of_any_name_are_set_down_and_up(lab: Lab) -> None:
    bond, plain = "\x1b[2Jb", [f"eno{number}" for number in range(len(ODD))]
    lab.bond("balance-rr", name=bond, slaves=plain)
    for before, name in zip(plain, ODD, strict=True):
        lab.ip("link", "set", "dev", before, "down")
        lab.ip("link", "set", "dev", before, "name", name)
        lab.ip("link", "set", "dev", name, "up")
    for name in ODD:
        until(lambda: lab.proc(bond).count("MII Status: up") == len(ODD) + 1, what="all slaves up")
        document = told(lab.bondtui("down", "--yes", "--confirm", bond, "--json", "--", bond, name))
        assert (document["applied"], document["bond"], document["slave"]) == (True, bond, name)
        assert [each for each in ODD if not is_up(lab, each)] == [name]
        settle(lab, "revert")
        assert all(is_up(lab, each) for each in ODD)
        for words, up in ((document["command"], False), (document["undo"], True)):
            command(words[0], "-n", lab.machine, *words[1:])
            assert is_up(lab, name) is up


def is_up(lab: Lab, name: str) -> bool:
    return bool(int(lab.sysfs(name, "flags") or "", 16) & IFF_UP)


def a_plan(kind: str, bond: int, slave: int) -> Plan:
    """A plan that no guard has seen."""
    return Plan(Action(kind, bond, slave, None), "bond0", "eno1", (), (), None, None, "", ())


def test_the_kernel_refuses_in_its_own_words(lab: Lab) -> None:
    lab.bond()
    lab.bond("balance-rr", name="bond1", slaves=["eno7", "eno8"])
    lab.settled(active="eno1")
    lab.pull("eno2")
    lab.slave_is("eno2", "down")
    index = {name: link["ifindex"] for name, link in lab.links().items()}

    def refused(kind: str, bond: int, slave: int) -> str:
        with pytest.raises(ActionError) as caught:
            lab.within(lambda: lab.hands().apply(a_plan(kind, bond, slave)))
        assert not isinstance(caught.value, NotPermitted)
        return str(caught.value)

    wrong_mode = refused(ACTIVATE, index["bond1"], index["eno7"])
    assert wrong_mode.startswith("option not supported in mode (EACCES: ")
    assert "ermi" not in wrong_mode
    for slave in ("eno2", "eno7"):
        assert "invalid" in refused(ACTIVATE, index["bond0"], index[slave])
    lab.ip("link", "delete", "eno8")
    assert "the interface is gone" in refused(DOWN, index["bond1"], index["eno8"])
