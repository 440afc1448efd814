"""``bondtui status`` against ``ip -d -s -j link`` and /proc/net/bonding, field by field."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from bondtui.model.bond import MODES
from tests.kernel import expected
from tests.kernel.lab import SWITCH_ADDRESS, Lab
from tests.kernel.waiting import until


@pytest.mark.parametrize("mode", MODES)
def test_every_option_and_slave_is_told_as_ip_tells_it(lab: Lab, mode: str) -> None:
    lab.bonds_with_options(mode)
    lab.bond(mode, slaves=["eno1", "eno2", "eno3"])
    lab.settled()
    lab.ip("link", "set", "eno2", "type", "bond_slave", "queue_id", "3")
    lab.pull("eno3")
    lab.slave_is("eno3", "down")
    _send(lab)
    assert_agrees(lab)


@pytest.mark.parametrize("mode", ["active-backup", "balance-tlb", "balance-alb"])
def test_the_primary_and_the_active_slave_are_told_by_name(lab: Lab, mode: str) -> None:
    lab.bond(mode)
    lab.settled()
    lab.ip("link", "set", "bond0", "type", "bond", "primary", "eno2", "primary_reselect", "failure")
    lab.ip("link", "set", "bond0", "type", "bond", "active_slave", "eno1")
    (bond,) = assert_agrees(lab).values()
    assert (bond["primary"], bond["active_slave"]) == ("eno2", "eno1")


def test_slaves_set_down_on_their_way_and_with_priorities(lab: Lab) -> None:
    lab.bond(slaves=["eno1", "eno2"])
    lab.bond("active-backup", "downdelay", "60000", "miimon", "100", name="bond1", slaves=["eno3"])
    lab.bond("active-backup", "updelay", "60000", "miimon", "100", name="bond2", slaves=["eno4", "eno5"])
    lab.bond("802.3ad", name="bond3", slaves=["eno6"])
    for bond in ("bond0", "bond1", "bond3"):
        lab.settled(bond)
    lab.slave_is("eno4", "up")
    lab.ip("link", "set", "eno1", "down")
    lab.ip("link", "set", "eno2", "type", "bond_slave", "prio", "-7")
    lab.pull("eno3")
    lab.ip("link", "set", "bond3", "down")
    lab.slave_is("eno1", "down")
    lab.slave_is("eno3", "going down")
    lab.slave_is("eno5", "going back")
    bonds = assert_agrees(lab)
    slaves = {slave["name"]: slave for bond in bonds.values() for slave in bond["slaves"]}
    assert [slaves[f"eno{number}"]["mii_status"] for number in (1, 3, 5)] == ["down", "going down", "going back"]
    assert (slaves["eno1"]["admin_up"], bonds["bond3"]["admin_up"]) == (False, False)
    assert slaves["eno2"]["prio"] == -7


@pytest.mark.parametrize("rate", ["slow", "fast"])
def test_lacp_details_are_those_of_proc(lab: Lab, rate: str) -> None:
    lab.bond("802.3ad", "lacp_rate", rate, "ad_actor_sys_prio", "77", "ad_user_port_key", "5")
    lab.settled()
    (bond,) = assert_agrees(lab).values()
    assert bond["lacp_rate"] == rate
    assert bond["ad_info"]["num_ports"] == 2
    assert (bond["ad_actor_sys_prio"], bond["ad_user_port_key"]) == (77, 5)
    assert {slave["partner_system_mac"] for slave in bond["slaves"]} == {bond["ad_info"]["partner_mac"]}
    assert [slave["partner_port"] for slave in bond["slaves"]] == [1, 2]
    (bond,) = lab.status(ordinary=True)["bonds"]
    assert [slave["partner_system_mac"] for slave in bond["slaves"]] == [None, None]
    assert {"partner_system_mac", "partner_key", "partner_port", "ad_actor_sys_prio"} <= set(bond["hidden"])
    for ordinary in (False, True):
        done = lab.bondtui("status", ordinary=ordinary)
        assert (done.returncode, done.stderr) == (0, "")
        assert ("hidden: needs CAP_NET_ADMIN" in done.stdout) == ordinary
        assert "bond0" in done.stdout


def test_lacp_without_a_partner_is_told_as_it_is(lab: Lab) -> None:
    lab.bond("802.3ad", "lacp_rate", "fast")
    for peer in ("p1", "p2"):
        lab.on_switch("link", "set", peer, "nomaster")
        lab.on_switch("link", "set", peer, "up")
    defaulted, expired = 64, 128
    until(
        lambda: (
            {lab.info(slave)["ad_actor_oper_port_state"] & (defaulted | expired) for slave in ("eno1", "eno2")}
            == {defaulted}
        ),
        what="no partner",
    )
    (bond,) = assert_agrees(lab).values()
    assert bond["ad_info"]["partner_mac"] == "00:00:00:00:00:00"
    assert len({slave["aggregator_id"] for slave in bond["slaves"]}) == 2


def test_several_bonds_can_be_asked_for_by_name(lab: Lab) -> None:
    for name in ("bond0", "bond1", "bond2"):
        lab.bond(name=name, slaves=[])
    assert [bond["name"] for bond in lab.status("bond2", "bond0")["bonds"]] == ["bond0", "bond2"]


def test_no_bond_at_all_is_fine(lab: Lab) -> None:
    for ordinary in (False, True):
        document = lab.status(ordinary=ordinary)
        assert document["bonds"] == []
        assert document["schema"] == "bondtui.status/1"
        assert document["simulated"] is False
    assert lab.bondtui("status").returncode == 0


@pytest.mark.parametrize("arguments", [["nosuchbond"], ["bond0", "nosuchbond", "--json"]])
def test_an_unknown_bond_is_status_3_and_one_line(lab: Lab, arguments: list[str]) -> None:
    lab.bond(slaves=[])
    done = lab.bondtui("status", *arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert "nosuchbond" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--nosuchoption"], ["status", "--nosuchoption"], ["--interval", "x"]])
def test_wrong_usage_is_status_64_and_one_line(lab: Lab, arguments: list[str]) -> None:
    done = lab.bondtui(*arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.count("\n") == 1


def assert_agrees(lab: Lab) -> dict[str, Any]:
    """Compare the whole document with what others say, for both sorts of users; returns root's bonds."""
    while True:
        before = expected.Truth(lab)
        documents = {ordinary: lab.status(ordinary=ordinary) for ordinary in (True, False)}
        after = expected.Truth(lab)
        if before.bonds(ordinary=False) == after.bonds(ordinary=False):
            break  # else something changed meanwhile, so nobody can say what is right
    bonds: dict[str, Any] = {}
    for ordinary, document in documents.items():
        wanted = before.bonds(ordinary=ordinary)
        assert document.keys() == {"schema", "host", "taken_at", "simulated", "lab", "bonds"}
        bonds = {bond["name"]: bond for bond in document["bonds"]}
        assert bonds.keys() == wanted.keys()
        differences = []
        for name, bond in bonds.items():
            for told in (bond, *bond["slaves"]):
                _assert_counters_between(told["name"], told.pop("counters"), before.links, after.links)
            bond["hidden"] = sorted(bond["hidden"])
            differences += _differences(f"{bond['mode']} {name}", bond, wanted[name])
        assert differences == [], "field: bondtui says, should be"
    return bonds


def _differences(where: str, told: Any, wanted: Any) -> list[str]:
    """Every field that differs, with its path."""
    if isinstance(told, dict) and isinstance(wanted, dict):
        keys = sorted({*told, *wanted})
        parts = [_differences(f"{where} {key}", told.get(key, "?"), wanted.get(key, "?")) for key in keys]
    elif isinstance(told, list) and isinstance(wanted, list) and len(told) == len(wanted):
        parts = [_differences(f"{where}[{n}]", *pair) for n, pair in enumerate(zip(told, wanted, strict=True))]
    else:
        return [] if (type(told), told) == (type(wanted), wanted) else [f"{where}: {told!r}, {wanted!r}"]
    return [each for part in parts for each in part]


def _assert_counters_between(name: str, told: dict[str, int], before: dict[str, Any], after: dict[str, Any]) -> None:
    assert tuple(told) == expected.COUNTERS
    for low, value, high in zip(
        expected.counters(before[name]), told.values(), expected.counters(after[name]), strict=True
    ):
        assert low <= value <= high, name


def _send(lab: Lab) -> None:
    def packets() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(20):
                sender.sendto(b"x" * 100, (SWITCH_ADDRESS, 9))

    lab.within(packets)
