"""Each kind of change, and the words it is told with."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.changes import Change, appeared, disappeared, link_changes, name_of, notice
from bondtui.model.bond import AdInfo, Bond, Slave
from tests.builders import BOND, PARTNER, a_bond, a_lacp_bond, a_lost_slave, a_pair, a_port, a_slave, in_bond

NAMES = {BOND: "bond0", 11: "bond1", 2: "eno1", 3: "eno2"}
NOBODY = "00:00:00:00:00:00"


def between(old: Slave | Bond, new: Slave | Bond) -> list[tuple[str, str, str]]:
    return [(each.kind, each.words, each.severity) for each in link_changes(old.link, new.link, NAMES)]


def option(old: dict[str, Any], new: dict[str, Any], mode: int = 1) -> list[str]:
    return [words for _, words, _ in between(a_pair(mode=mode, **old), a_pair(mode=mode, **new))]


@pytest.mark.parametrize("same", [a_slave(), a_pair(), a_lacp_bond(), a_port()])
def test_nothing_different_is_no_change(same: Slave | Bond) -> None:
    assert between(same, same) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (a_slave("a"), a_slave("b"), [("renamed", "renamed, was a", "")]),
        (a_slave(carrier=True), a_slave(carrier=False), [("carrier-lost", "carrier lost", "bad")]),
        (a_slave(carrier=False), a_slave(carrier=True), [("carrier-back", "carrier back", "good")]),
        (a_slave(carrier=None), a_slave(carrier=False), []),
        (a_slave(carrier=True), a_slave(carrier=None), []),
        (a_slave(), a_slave(admin_up=False), [("set-down", "set down", "bad")]),
        (a_slave(), a_slave(admin_up=False, carrier=False), [("set-down", "set down", "bad")]),
        (a_slave(admin_up=False), a_slave(), [("set-up", "set up", "good")]),
        (a_pair(), a_pair(admin_up=False), [("set-down", "set down", "warn")]),
        (a_slave(mii="up"), a_slave(mii="going down"), [("mii-changed", "MII going down", "warn")]),
        (a_slave(mii="going down"), a_slave(mii="down"), [("mii-changed", "MII down", "bad")]),
        (a_slave(mii="down"), a_slave(mii="going back"), [("mii-changed", "MII going back", "warn")]),
        (a_slave(mii="going back"), a_slave(mii="up"), [("mii-changed", "MII up", "good")]),
        (a_slave(state="active"), a_slave(state="backup"), [("role-changed", "backup (was active)", "")]),
        (
            a_port(aggregator=1),
            a_port(aggregator=2),
            [("aggregator-changed", "aggregator 1 -> 2", "")],
        ),
        (
            a_port(actor=63),
            a_port(actor=7),
            [("actor-state-changed", "actor 63 -> 7: lost in sync, collecting, distributing", "warn")],
        ),
        (
            a_port(partner=7),
            a_port(partner=63),
            [("partner-state-changed", "partner 7 -> 63: now in sync, collecting, distributing", "good")],
        ),
        (
            a_port(actor=63),
            a_port(actor=191),
            [("lacp-expired", "actor 63 -> 191: now expired", "warn")],
        ),
        (
            a_port(partner=63),
            a_port(partner=61),
            [("partner-state-changed", "partner 63 -> 61: lost short timeout", "")],
        ),
        (
            a_port(actor=135),
            a_port(actor=71),
            [("actor-state-changed", "actor 135 -> 71: lost expired; now defaulted", "warn")],
        ),
        (a_port(actor=None), a_port(actor=63), []),
        (
            a_port(actor_churn="monitoring"),
            a_port(actor_churn="churned"),
            [("churn-changed", "actor churn monitoring -> churned", "warn")],
        ),
        (
            a_port(partner_churn="monitoring"),
            a_port(partner_churn="none"),
            [("churn-changed", "partner churn monitoring -> none", "")],
        ),
        (a_port(partner_churn=None), a_port(partner_churn="none"), []),
    ],
)
def test_each_change_has_its_kind_words_and_severity(
    old: Slave | Bond, new: Slave | Bond, expected: list[tuple[str, str, str]]
) -> None:
    assert between(old, new) == expected


def test_mtu_and_address_changes_say_both_values() -> None:
    old = a_slave()
    new = old._replace(link=old.link._replace(mtu=9000, hwaddr="02:00:00:00:00:0b"))
    assert between(old, new) == [
        ("mtu-changed", "mtu 1500 -> 9000", ""),
        ("hwaddr-changed", "MAC 02:00:00:00:00:0a -> 02:00:00:00:00:0b", ""),
    ]


def test_a_move_names_both_bonds() -> None:
    moved = list(link_changes(in_bond(a_slave()), in_bond(a_slave(), 11), NAMES))
    assert moved == [Change("slave-moved", "moved from bond0 to bond1", "warn")]


def test_causes_come_before_effects() -> None:
    lost = [kind for kind, _, _ in between(a_slave(state="active"), a_lost_slave())]
    assert lost == ["carrier-lost", "mii-changed", "role-changed"]


@pytest.mark.parametrize(
    ("before", "after", "carrier", "unseen"),
    [(2, 3, False, 0), (2, 2, True, 0), (2, 4, True, 2), (2, 5, False, 2), (5, 2, True, 0), (None, 9, True, 0)],
)
def test_carrier_changes_that_were_not_reported_are_counted(
    before: int | None, after: int, carrier: bool, unseen: int
) -> None:
    found = between(a_slave(carrier_changes=before), a_slave(carrier=carrier, carrier_changes=after))
    said = [words for kind, words, _ in found if kind == "carrier-changed-unseen"]
    assert said == ([f"carrier changed {unseen} more times, not reported one by one"] if unseen else [])


def test_one_unreported_carrier_change_is_one_time() -> None:
    ((_, words, _),) = between(a_slave(), a_slave(carrier_changes=3))
    assert "1 more time," in words


@pytest.mark.parametrize(
    ("old", "new", "words", "severity"),
    [
        (2, 3, "active eno1 -> eno2", "warn"),
        (2, None, "active eno1 -> none", "bad"),
        (None, 3, "active none -> eno2", "warn"),
        (2, 0, "active eno1 -> none", "bad"),
        (2, 99, "active eno1 -> interface 99", "warn"),
    ],
)
def test_a_new_active_slave_is_named_with_the_old_one(
    old: int | None, new: int | None, words: str, severity: str
) -> None:
    (found,) = link_changes(a_pair(active_slave=old).link, a_pair(active_slave=new).link, NAMES)
    assert found == Change("active-changed", words, severity, (old, new))


def test_no_active_slave_is_the_same_as_index_zero() -> None:
    assert between(a_pair(active_slave=None), a_pair(active_slave=0)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            AdInfo(1, 2, 15, 33, PARTNER),
            AdInfo(1, 1, 15, 33, PARTNER),
            [("ports-changed", "ports in the active aggregator 2 -> 1", "warn")],
        ),
        (
            AdInfo(1, 1, 15, 33, PARTNER),
            AdInfo(1, 2, 15, 33, PARTNER),
            [("ports-changed", "ports in the active aggregator 1 -> 2", "good")],
        ),
        (
            AdInfo(1, 2, 15, 33, PARTNER),
            AdInfo(1, 2, 15, 1, NOBODY),
            [("partner-changed", f"LACP partner {PARTNER} -> none", "bad")],
        ),
        (
            AdInfo(1, 2, 15, 1, NOBODY),
            AdInfo(1, 2, 15, 33, PARTNER),
            [("partner-changed", f"LACP partner none -> {PARTNER}", "good")],
        ),
        (
            AdInfo(1, 2, 15, 33, PARTNER),
            AdInfo(2, 2, 15, 33, PARTNER),
            [("active-aggregator-changed", "active aggregator 1 -> 2", "warn")],
        ),
        (
            AdInfo(1, 2, 15, 33, PARTNER),
            None,
            [
                ("partner-changed", f"LACP partner {PARTNER} -> none", "bad"),
                ("active-aggregator-changed", "active aggregator 1 -> none", "warn"),
                ("ports-changed", "ports in the active aggregator 2 -> 0", "warn"),
            ],
        ),
        (None, None, []),
    ],
)
def test_a_change_of_the_aggregator_is_told_part_by_part(
    old: AdInfo | None, new: AdInfo | None, expected: list[tuple[str, str, str]]
) -> None:
    assert between(a_lacp_bond(info=old), a_lacp_bond(info=new)) == expected


@pytest.mark.parametrize(
    ("mode", "old", "new", "words"),
    [
        (1, {"miimon": 100}, {"miimon": 200}, ["miimon 100 -> 200"]),
        (1, {"primary": None}, {"primary": 2}, ["primary none -> eno1"]),
        (1, {"primary": 2}, {"primary": None}, ["primary eno1 -> none"]),
        (1, {"fail_over_mac": "none"}, {"fail_over_mac": "active"}, ["fail_over_mac none -> active"]),
        (0, {"fail_over_mac": "none"}, {"fail_over_mac": "active"}, []),
        (2, {"xmit_hash_policy": "layer2"}, {"xmit_hash_policy": "layer3+4"}, ["xmit_hash_policy layer2 -> layer3+4"]),
        (4, {"lacp_rate": "slow"}, {"lacp_rate": "fast"}, ["lacp_rate slow -> fast"]),
        (
            1,
            {"arp_ip_targets": ()},
            {"arp_ip_targets": ("192.0.2.1", "192.0.2.2")},
            ["arp_ip_targets none -> 192.0.2.1, 192.0.2.2"],
        ),
        (4, {"ad_user_port_key": None}, {"ad_user_port_key": 3}, []),
    ],
)
def test_options_are_told_where_they_apply(
    mode: int, old: dict[str, Any], new: dict[str, Any], words: list[str]
) -> None:
    assert option(old, new, mode) == words


def test_a_change_of_mode_names_both_modes() -> None:
    words = [words for _, words, _ in between(a_bond(mode=1), a_bond(mode=3))]
    assert "mode active-backup -> broadcast" in words


def test_interfaces_come_and_go_in_words() -> None:
    slave, bond = a_slave().link, a_pair().link
    assert appeared(slave, NAMES) == Change("slave-added", "added to bond0")
    assert appeared(bond, NAMES) == Change("bond-created", "bond created (active-backup)")
    assert disappeared(bond, None, NAMES, deleted=True) == Change("bond-deleted", "bond deleted", "bad")
    assert disappeared(slave, None, NAMES, deleted=True) == Change(
        "slave-deleted", "interface deleted, was in bond0", "bad"
    )
    for left, deleted in ((slave._replace(slave=None, master=None), False), (None, False)):
        assert disappeared(slave, left, NAMES, deleted=deleted) == Change(
            "slave-released", "released from bond0", "warn"
        )


def test_the_kernels_own_notices_are_told() -> None:
    assert [[(each.kind, each.words) for each in notice(event)] for event in (None, 3, 4, 5, 6)] == [
        [],
        [],
        [("peers-notified", "peers notified")],
        [("igmp-resent", "IGMP membership sent again")],
        [],
    ]


@pytest.mark.parametrize(("ifindex", "name"), [(None, "none"), (0, "none"), (2, "eno1"), (77, "interface 77")])
def test_an_interface_without_a_name_here_is_its_index(ifindex: int | None, name: str) -> None:
    assert name_of(ifindex, NAMES) == name


STATES = st.one_of(st.none(), st.integers(0, 255))
PORTS = st.builds(
    a_port,
    mii=st.sampled_from([None, "up", "down", "going back", "9"]),
    aggregator=st.one_of(st.none(), st.integers(1, 3)),
    actor=STATES,
    partner=STATES,
    carrier=st.sampled_from([None, True, False]),
    admin_up=st.booleans(),
    failures=st.one_of(st.none(), st.integers(0, 9)),
    carrier_changes=st.one_of(st.none(), st.integers(0, 9)),
)


@given(PORTS, PORTS)
def test_a_difference_is_told_and_sameness_is_not(old: Slave, new: Slave) -> None:
    assert between(old, old) == []
    kinds = [kind for kind, _, _ in between(old, new)]
    assert ("mii-changed" in kinds) == (old.state.mii_status != new.state.mii_status)
    assert ("set-down" in kinds) == (old.link.admin_up and not new.link.admin_up)
    assert all(words and severity in ("good", "warn", "bad", "") for _, words, severity in between(old, new))
