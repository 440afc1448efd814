"""The guards against cutting off a login: a real ssh to a real sshd over the bond, and beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.kernel.commands import command
from tests.kernel.lab import ADDRESS, BONDTUI, SCRATCH, SWITCH_ADDRESS, Lab
from tests.kernel.remote import SshServer

OWN, OTHER = "session-on-bond", "other-sessions"
THERE, PEER = "198.51.100.1", "198.51.100.254"
"""A second network, where a test needs one: addresses of the machine and of the switch."""


@pytest.fixture
def server(lab: Lab) -> Iterator[SshServer]:
    """sshd on a machine whose bond0 is ready for anything."""
    lab.bond()
    lab.settled(active="eno1")
    with SshServer(lab) as server:
        yield server


def guards(done: CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    """Result and evidence by the guard's name, of a plan that was printed and not carried out."""
    assert done.stdout, done
    plan: dict[str, Any] = json.loads(done.stdout)
    assert (plan["applied"], done.returncode) == (False, 4 if plan["verdict"] == "refuse" else 0)
    return {each["guard"]: (each["result"], each["evidence"]) for each in plan["guards"]}


def planned_at(server: SshServer, address: str, *, before: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    """What the guards say when eno1 shall be set down by somebody who has logged in at this address."""
    return guards(server.bondtui(address, "down", "bond0", "eno1", "--dry-run", "--json", before=before))


def planned_here(lab: Lab) -> dict[str, tuple[str, str]]:
    """The same for somebody at the machine itself."""
    return guards(lab.bondtui("down", "bond0", "eno1", "--dry-run", "--json"))


def beside(lab: Lab) -> None:
    """A second cable between machine and switch, not in any bond."""
    lab.ip("link", "add", "mgmt0", "type", "veth", "peer", "name", "pm0", "netns", lab.switch)
    lab.batch(["link set mgmt0 up", f"address add {THERE}/24 dev mgmt0"])
    lab.batch_on_switch(["link set pm0 up", f"address add {PEER}/24 dev pm0"])


def assert_asks(said: tuple[str, str], *seen: str) -> None:
    """The guard asks, and its evidence names all of these."""
    result, evidence = said
    assert result == "ask"
    assert [word for word in seen if word not in evidence] == [], evidence


def test_a_login_at_the_address_of_the_bond_is_asked_about(server: SshServer) -> None:
    said = planned_at(server, ADDRESS)
    assert_asks(said[OWN], SWITCH_ADDRESS, ADDRESS, "bond0")
    assert said[OTHER][0] == "ok"


def test_a_login_on_a_vlan_over_the_bond_is_asked_about(lab: Lab, server: SshServer) -> None:
    lab.ip("link", "add", "link", "bond0", "name", "bond0.100", "type", "vlan", "id", "100")
    lab.batch(["link set bond0.100 up", f"address add {THERE}/24 dev bond0.100"])
    lab.on_switch("link", "add", "link", "partner-bond0", "name", "vlan100", "type", "vlan", "id", "100")
    lab.batch_on_switch(["link set vlan100 up", f"address add {PEER}/24 dev vlan100"])
    assert_asks(planned_at(server, THERE)[OWN], PEER, THERE, "bond0.100", "bond0)")


def test_a_login_on_a_bridge_over_the_bond_is_asked_about(lab: Lab, server: SshServer) -> None:
    lab.batch(["link add br0 type bridge", "link set bond0 master br0", "link set br0 up"])
    lab.ip("address", "add", f"{THERE}/24", "dev", "br0")
    lab.on_switch("address", "add", f"{PEER}/24", "dev", "partner-bond0")
    assert_asks(planned_at(server, THERE)[OWN], PEER, THERE, "br0", "bond0)")


def test_a_login_past_the_bond_is_not_asked_about(lab: Lab, server: SshServer) -> None:
    beside(lab)
    said = planned_at(server, THERE)
    assert (said[OWN][0], said[OTHER][0]) == ("ok", "ok")


def test_a_login_that_has_lost_its_environment_is_still_seen(server: SshServer) -> None:
    said = planned_at(server, ADDRESS, before=("env", "-i", "setsid", "--wait"))
    assert_asks(said[OWN], SWITCH_ADDRESS, "bond0")


def test_the_login_of_somebody_else_over_the_bond_is_asked_about(lab: Lab, server: SshServer) -> None:
    with server.visitor(ADDRESS):
        said = planned_here(lab)
    assert_asks(said[OTHER], SWITCH_ADDRESS, ADDRESS, "bond0")
    assert said[OWN][0] == "ok"


def test_the_login_of_somebody_else_past_the_bond_is_not_asked_about(lab: Lab, server: SshServer) -> None:
    beside(lab)
    with server.visitor(THERE):
        said = planned_here(lab)
    assert (said[OWN][0], said[OTHER][0]) == ("ok", "ok")


def test_ones_own_login_past_the_bond_does_not_hide_one_over_it(lab: Lab, server: SshServer) -> None:
    beside(lab)
    with server.visitor(ADDRESS):
        said = planned_at(server, THERE)
    assert said[OWN][0] == "ok"
    assert_asks(said[OTHER], SWITCH_ADDRESS, ADDRESS)


def test_a_terminal_that_was_there_before_and_is_attached_to_over_the_bond_is_asked_about(
    lab: Lab, server: SshServer
) -> None:
    tmux = ("env", f"TMUX_TMPDIR={SCRATCH}", "tmux", "-f", "/dev/null")
    command(*lab.argv(*tmux, "new-session", "-d", "sh"))
    plan = SCRATCH / f"plan-{lab.machine}"
    with server.terminal(ADDRESS, *tmux, "attach") as terminal:
        terminal.wait_for("[0]")
        terminal.send(f"{' '.join(BONDTUI)} down bond0 eno1 --dry-run --json >{plan}; echo re''ady", "enter")
        terminal.wait_for("ready")
    said = {each["guard"]: (each["result"], each["evidence"]) for each in json.loads(plan.read_text())["guards"]}
    assert_asks(said[OWN], SWITCH_ADDRESS, ADDRESS)


def test_a_login_at_an_address_of_the_slave_itself_is_refused(lab: Lab, server: SshServer) -> None:
    lab.ip("address", "add", f"{THERE}/24", "dev", "eno1")
    lab.on_switch("address", "add", f"{PEER}/24", "dev", "partner-bond0")
    # Answers to eno1's own questions come in through the bond, so it never learns who is where.
    (peer,) = json.loads(lab.on_switch("-j", "link", "show", "dev", "partner-bond0"))
    lab.ip("neighbor", "add", PEER, "lladdr", peer["address"], "dev", "eno1", "nud", "permanent")
    result, evidence = planned_at(server, THERE)["address-on-slave"]
    assert (result, "eno1" in evidence) == ("refuse", True)
    done = server.bondtui(THERE, "down", "bond0", "eno1", "--yes", "--confirm", "bond0")
    assert (done.returncode, lab.is_admin_up("eno1")) == (4, True)


def test_nothing_is_done_from_a_login_over_the_bond_without_its_name(lab: Lab, server: SshServer) -> None:
    done = server.bondtui(ADDRESS, "down", "bond0", "eno1", "--yes")
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "--confirm bond0" in done.stderr
    assert lab.is_admin_up("eno1")
    assert json.loads(lab.bondtui("pending", "--json").stdout)["result"] is None


def test_it_is_done_from_a_login_over_the_bond_with_its_name(lab: Lab, server: SshServer) -> None:
    done = server.bondtui(ADDRESS, "down", "bond0", "eno1", "--yes", "--confirm", "bond0", "--json")
    assert (done.returncode, json.loads(done.stdout)["applied"]) == (0, True), done
    assert not lab.is_admin_up("eno1")
    assert server.bondtui(ADDRESS, "revert").returncode == 0
    assert lab.is_admin_up("eno1")
