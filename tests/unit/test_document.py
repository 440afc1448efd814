"""``status --json``: the names are a contract, what the kernel does not tell is null."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from bondtui.model.bond import AdInfo, Bond, BondOptions, Counters, Hardware, LacpDetails, Link, Slave, SlaveState
from bondtui.report import document
from tests.builders import (
    HOSTILE_NAMES,
    PARTNER,
    a_bond,
    a_lacp_bond,
    a_lost_slave,
    a_pair,
    a_port,
    a_slave,
)

BOND_CONTRACT = [
    "name",
    "ifindex",
    "mode",
    "mode_number",
    "operstate",
    "admin_up",
    "mtu",
    "hwaddr",
    "addresses",
    "active_slave",
    "primary",
    "primary_reselect",
    "mii_status",
    "miimon_ms",
    "updelay_ms",
    "downdelay_ms",
    "peer_notif_delay_ms",
    "arp_interval_ms",
    "arp_ip_targets",
    "arp_validate",
    "arp_missed_max",
    "use_carrier",
    "fail_over_mac",
    "xmit_hash_policy",
    "min_links",
    "num_peer_notif",
    "lacp_rate",
    "lacp_active",
    "ad_select",
    "ad_info",
    "counters",
    "slaves",
]
FURTHER = {
    "ns_ip6_targets",
    "arp_all_targets",
    "resend_igmp",
    "all_slaves_active",
    "packets_per_slave",
    "lp_interval_s",
    "tlb_dynamic_lb",
    "lacp_strict",
    "ad_actor_sys_prio",
    "ad_user_port_key",
    "ad_actor_system",
    "coupled_control",
    "broadcast_neighbor",
    "hidden",
}
"""Options beyond the contract's list, by the kernel's names."""
SLAVE_CONTRACT = [
    "name",
    "ifindex",
    "role",
    "mii_status",
    "admin_up",
    "carrier",
    "operstate",
    "speed_mbps",
    "duplex",
    "link_failure_count",
    "permanent_hwaddr",
    "hwaddr",
    "mtu",
    "queue_id",
    "prio",
    "carrier_changes",
    "aggregator_id",
    "actor_churn",
    "partner_churn",
    "actor_port_state",
    "partner_port_state",
    "partner_system_mac",
    "partner_key",
    "partner_port",
    "driver",
    "bus_info",
    "counters",
]
COUNTERS = ["rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped"]


def made(*bonds: Bond, **rest: Any) -> dict[str, Any]:
    return document.status(bonds, **{"host": "db-07", "wall": 1_700_000_000.0, "simulated": False, **rest})


def of_bond(bond: Bond) -> dict[str, Any]:
    found: dict[str, Any] = made(bond)["bonds"][0]
    return found


def of_slave(slave: Slave, **rest: Any) -> dict[str, Any]:
    found: dict[str, Any] = of_bond(a_bond(slave, **rest))["slaves"][0]
    return found


BARE = Bond(Link(7, "bond0", False), BondOptions(), slaves=(Slave(Link(8, "a", False), SlaveState()),))
ANY_BOND = pytest.mark.parametrize(
    "bond", [a_pair(), a_lacp_bond(), a_bond(), BARE, *(a_pair(mode=mode) for mode in (0, 2, 3, 5, 6, 9))]
)


def test_a_document_says_what_it_is_and_when_it_was_taken() -> None:
    found = made(simulated=True, wall=1_700_000_000.0625)
    assert found == {
        "schema": "bondtui.status/1",
        "host": "db-07",
        "taken_at": "2023-11-14T22:13:20.062Z",
        "simulated": True,
        "lab": None,
        "bonds": [],
    }


@pytest.mark.parametrize(
    ("wall", "taken_at"),
    [(0.0, "1970-01-01T00:00:00.000Z"), (59.9996, "1970-01-01T00:01:00.000Z"), (1.0004, "1970-01-01T00:00:01.000Z")],
)
def test_the_time_is_rounded_to_the_millisecond(wall: float, taken_at: str) -> None:
    assert made(wall=wall)["taken_at"] == taken_at


@ANY_BOND
def test_every_bond_has_the_same_names(bond: Bond) -> None:
    assert set(of_bond(bond)) == set(BOND_CONTRACT) | FURTHER


def test_the_names_of_a_bond_come_in_the_order_of_the_contract() -> None:
    assert [name for name in of_bond(a_pair()) if name not in FURTHER] == BOND_CONTRACT


@ANY_BOND
def test_the_order_is_the_same_for_every_bond(bond: Bond) -> None:
    assert list(of_bond(bond)) == list(of_bond(a_pair()))


@ANY_BOND
def test_every_slave_has_the_same_names_in_the_same_order(bond: Bond) -> None:
    assert all(list(slave) == SLAVE_CONTRACT for slave in of_bond(bond)["slaves"])


def test_nested_parts_have_their_names_too() -> None:
    found = of_bond(a_lacp_bond())
    assert list(found["ad_info"]) == ["aggregator_id", "num_ports", "actor_key", "partner_key", "partner_mac"]
    assert list(found["counters"]) == list(found["slaves"][0]["counters"]) == COUNTERS


def test_a_healthy_bond_is_told_in_the_kernels_words() -> None:
    found = of_bond(a_pair(primary=3, arp_validate="none", fail_over_mac="active", use_carrier=1, peer_notif_delay=300))
    expected = {
        "name": "bond0",
        "ifindex": 10,
        "mode": "active-backup",
        "mode_number": 1,
        "operstate": "up",
        "admin_up": True,
        "mtu": 1500,
        "hwaddr": "02:00:00:00:00:0a",
        "addresses": ["192.0.2.10/24"],
        "active_slave": "eno1",
        "primary": "eno2",
        "primary_reselect": "always",
        "mii_status": "up",
        "miimon_ms": 100,
        "updelay_ms": 0,
        "downdelay_ms": 0,
        "peer_notif_delay_ms": 300,
        "arp_interval_ms": 0,
        "arp_ip_targets": [],
        "arp_validate": "none",
        "fail_over_mac": "active",
        "use_carrier": 1,
        "num_peer_notif": 1,
        "hidden": [],
    }
    assert {name: found[name] for name in expected} == expected


def test_options_that_do_not_apply_are_null() -> None:
    pair, lacp = (
        of_bond(a_pair(lacp_rate="slow", lp_interval=1)),
        of_bond(a_lacp_bond(active_slave=2, arp_validate="all")),
    )
    lacp_alone = (
        "lacp_rate",
        "min_links",
        "ad_select",
        "ad_info",
        "ad_actor_system",
        "lp_interval_s",
        "xmit_hash_policy",
    )
    assert [pair[name] for name in lacp_alone] == [None] * len(lacp_alone)
    others = ("active_slave", "primary", "primary_reselect", "arp_interval_ms", "arp_ip_targets", "arp_validate")
    assert [lacp[name] for name in others] == [None] * len(others)


def test_what_the_kernel_does_not_tell_is_null_and_never_zero_or_empty() -> None:
    found = of_bond(BARE)
    lists = {"addresses", "arp_ip_targets", "ns_ip6_targets", "hidden", "slaves"}
    told = {"name": "bond0", "ifindex": 7, "admin_up": False, "mode": "unknown"}
    assert {name: value for name, value in found.items() if name not in told and name not in lists} == dict.fromkeys(
        found.keys() - told.keys() - lists
    )
    (slave,) = found["slaves"]
    assert {name: value for name, value in slave.items() if value is not None} == {
        "name": "a",
        "ifindex": 8,
        "admin_up": False,
    }


@pytest.mark.parametrize(
    ("mode", "role"), [(0, None), (1, "backup"), (2, None), (3, None), (4, "backup"), (5, "backup")]
)
def test_a_role_is_told_where_the_mode_has_roles(mode: int, role: str | None) -> None:
    assert of_slave(a_slave(state="backup"), mode=mode)["role"] == role


def test_a_slave_is_told_whole() -> None:
    slave = a_port(
        hardware=Hardware(25_000, "full", "ice", "0000:3b:00.0"),
        lacp=LacpDetails(PARTNER, 33, 101, "none", "churned"),
        counters=Counters(1, 2, 3, 4, 5, 6, 7, 8),
        prio=-3,
    )
    assert of_slave(slave, mode=4) == {
        "name": "eno1",
        "ifindex": 2,
        "role": "active",
        "mii_status": "up",
        "admin_up": True,
        "carrier": True,
        "operstate": "up",
        "speed_mbps": 25_000,
        "duplex": "full",
        "link_failure_count": 0,
        "permanent_hwaddr": "02:00:00:00:00:02",
        "hwaddr": "02:00:00:00:00:0a",
        "mtu": 1500,
        "queue_id": 0,
        "prio": -3,
        "carrier_changes": 2,
        "aggregator_id": 1,
        "actor_churn": "none",
        "partner_churn": "churned",
        "actor_port_state": 63,
        "partner_port_state": 63,
        "partner_system_mac": PARTNER,
        "partner_key": 33,
        "partner_port": 101,
        "driver": "ice",
        "bus_info": "0000:3b:00.0",
        "counters": dict(zip(COUNTERS, range(1, 9), strict=True)),
    }


def test_churn_of_the_newer_kernel_counts_before_that_of_proc() -> None:
    slave = a_port(actor_churn="monitoring", lacp=LacpDetails(actor_churn="none", partner_churn="none"))
    found = of_slave(slave, mode=4)
    assert (found["actor_churn"], found["partner_churn"]) == ("monitoring", "none")


def test_the_mii_status_of_a_bond_is_its_carrier() -> None:
    assert [of_bond(a_pair(carrier=carrier))["mii_status"] for carrier in (True, False, None)] == ["up", "down", None]


def test_an_active_slave_that_is_not_in_the_bond_is_null() -> None:
    assert of_bond(a_pair(active_slave=99, primary=98))["active_slave"] is None
    assert of_bond(a_pair(active_slave=99, primary=98))["primary"] is None


def test_hidden_fields_are_named() -> None:
    assert of_bond(a_lacp_bond(hidden=("partner_key", "partner_port")))["hidden"] == ["partner_key", "partner_port"]


def test_an_aggregator_is_told_where_there_is_one() -> None:
    assert of_bond(a_lacp_bond(info=AdInfo(3, 2, 15, 33, PARTNER)))["ad_info"]["partner_mac"] == PARTNER
    assert of_bond(a_lacp_bond(info=None))["ad_info"] is None


def test_hostile_names_survive_the_document_byte_for_byte() -> None:
    bonds = [a_bond(a_lost_slave(name, 2), name=name) for name in HOSTILE_NAMES]
    text = json.dumps(made(*bonds))
    assert text.isascii()
    assert text.isprintable()
    read = json.loads(text)["bonds"]
    for found in (read, [bond["slaves"][0] for bond in read]):
        assert [os.fsencode(each["name"]) for each in found] == [os.fsencode(name) for name in HOSTILE_NAMES]


def test_the_document_is_plain_json() -> None:
    found = made(a_pair(), a_lacp_bond(), BARE)
    assert json.loads(json.dumps(found)) == found
