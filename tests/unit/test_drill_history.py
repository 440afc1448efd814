"""What is remembered of drills: one entry a round, and for each slave when it was last proven."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bondtui.drill.history import Proof, ago, entries, figure, proof_of, proofs, words
from bondtui.model.bond import Bond
from tests.builders import a_bond, a_pair, a_slave
from tests.drills import FAULT_AT, a_drill, a_round, a_trail, an_entry

NOW = 1_800_000_000.0
DAY = 86_400.0


def entry(days: float = 41.0, **rest: Any) -> dict[str, Any]:
    return an_entry(days, now=NOW, **rest)


def said(*remembered: dict[str, Any], bond: Bond | None = None) -> list[str]:
    return [words(each, NOW) for each in proofs(remembered, [bond or a_pair()], NOW)]


def test_an_entry_holds_what_is_folded_later() -> None:
    (told,) = entries(a_drill(a_round(), objective_ms=500.0), "/var/lib/bondtui/drills/x.json")
    expected = {
        "bond": "bond0",
        "slave": "eno1",
        "permanent_hwaddr": "02:00:00:00:00:02",
        "mode": "active-backup",
        "fault": "admin-down",
        "verdict": "pass",
        "proven": True,
        "period_ms": 10.0,
        "objective_ms": 500.0,
        "report": "/var/lib/bondtui/drills/x.json",
        "schema": "bondtui.history-entry/1",
        "trouble": None,
        "time": "2023-11-14T22:15:02.000Z",
    }
    assert expected.items() <= told.items()
    assert (told["failover"]["lost"], told["failback"]["outage_ms"]) == (12, None)
    assert json.loads(json.dumps(told)) == told


def test_each_round_that_came_to_its_failover_is_remembered() -> None:
    never = a_round(number=3, failover=None, failback=None, trouble="no answer")
    drill = a_drill(a_round(), a_round(number=2, slave=3, name="eno2"), never)
    assert [(each["slave"], each["proven"]) for each in entries(drill)] == [("eno1", True), ("eno2", True)]
    assert entries(a_drill(verdict="refused", reason="no")) == []


def test_the_newest_proof_is_told_with_its_age_and_the_rest_as_never_proven() -> None:
    assert said(entry(80, ms=300.0), entry(41)) == ["eno1: 41 days ago, 120 ms, PASS", "eno2: never proven"]
    assert said() == ["eno1: never proven", "eno2: never proven"]


def test_a_newer_failure_is_told_with_the_last_pass() -> None:
    failed = entry(2, ms=3200.0, verdict="fail")
    assert said(entry(41), failed)[0] == "eno1: 2 days ago, 3.2 s, FAIL (last PASS 41 days ago, 120 ms)"
    assert said(failed, entry(60, verdict="fail"))[0] == "eno1: 2 days ago, 3.2 s, FAIL"
    assert said(failed, entry(1))[0] == "eno1: 24 h ago, 120 ms, PASS"


@pytest.mark.parametrize(
    "rest", [{"proven": False}, {"proven": None}, {"proven": 1}, {"verdict": "not-proven"}, {"verdict": "interrupted"}]
)
def test_what_proved_nothing_is_no_proof(rest: dict[str, Any]) -> None:
    (found, _) = proofs([entry(**rest)], [a_pair()], NOW)
    assert (found.newest, found.rounds) == (None, 1)


def test_entries_out_of_order_are_put_in_order() -> None:
    assert said(entry(3, ms=30.0), entry(9, ms=90.0))[0] == "eno1: 3 days ago, 30 ms, PASS"


def test_a_rename_does_not_lose_the_proof() -> None:
    renamed = a_bond(a_slave("lan0", 2, state="active"), a_slave("eno1", 3))
    assert said(entry(), bond=renamed) == ["lan0: 41 days ago, 120 ms, PASS", "eno1: never proven"]


def test_another_card_under_the_same_name_was_never_proven() -> None:
    bond = a_bond(a_slave("eno1", 2, hwaddr="02:00:00:00:99:99"))
    assert said(entry(), bond=bond) == ["eno1: never proven", "eno1: 41 days ago, 120 ms, PASS"]


def test_a_slave_of_another_bond_does_not_count() -> None:
    bond = a_pair(name="bond1")
    assert said(entry(), bond=bond) == ["eno1: never proven", "eno2: never proven", "eno1: 41 days ago, 120 ms, PASS"]


def test_where_an_address_is_not_known_the_name_has_to_do() -> None:
    unknown = entry(permanent_hwaddr=None)
    assert said(unknown)[0] == "eno1: 41 days ago, 120 ms, PASS"
    nameless = a_bond(a_slave("eno1", 2, perm_hwaddr=None), a_slave("eno2", 3))
    assert said(entry(), bond=nameless)[0] == "eno1: 41 days ago, 120 ms, PASS"
    assert said(entry(slave="eno7", permanent_hwaddr=None))[0] == "eno1: never proven"


def test_slaves_with_one_address_are_told_apart_by_their_names() -> None:
    twins = a_bond(*(a_slave(name, index, hwaddr="02:00:00:00:00:02") for name, index in (("eno1", 2), ("eno2", 3))))
    assert said(entry(), bond=twins) == ["eno1: 41 days ago, 120 ms, PASS", "eno2: never proven"]
    assert said(entry(slave="eno2"), bond=twins) == ["eno1: never proven", "eno2: 41 days ago, 120 ms, PASS"]


def test_slaves_that_are_gone_come_last_each_once() -> None:
    gone = entry(5, slave="eno8", permanent_hwaddr="02:00:00:00:00:08")
    found = proofs([entry(), gone, {**gone, "slave": "eno9"}], [a_pair()], NOW)
    assert [(each.slave, each.present, each.rounds) for each in found] == [
        *(("eno1", True, 1), ("eno2", True, 0), ("eno9", False, 2)),
    ]
    assert found[2].perm_hwaddr == "02:00:00:00:00:08"


def test_one_slave_can_be_asked_for() -> None:
    bond = a_pair()
    assert words(proof_of([entry()], bond, bond.slaves[0], NOW), NOW) == "eno1: 41 days ago, 120 ms, PASS"
    assert words(proof_of([entry()], bond, bond.slaves[1], NOW), NOW) == "eno2: never proven"


@pytest.mark.parametrize(
    "strange",
    [
        {"schema": "bondtui.history-entry/2"},
        {"schema": None},
        {"wall_s": NOW + 3600},
        {"wall_s": None},
        {"wall_s": True},
        {"wall_s": float("nan")},
        {"wall_s": 10**400},
        {"wall_s": "yesterday"},
        {"bond": 7},
        {"slave": None},
        {"verdict": ["pass"]},
    ],
)
def test_what_we_do_not_understand_is_passed_over(strange: dict[str, Any]) -> None:
    assert said({**entry(1), **strange}, entry(41))[0] == "eno1: 41 days ago, 120 ms, PASS"


@pytest.mark.parametrize("strange", [{}, {"failover": None}, {"failover": "x"}, {"failover": {"outage_ms": "x"}}])
def test_an_entry_with_less_in_it_is_no_mistake(strange: dict[str, Any]) -> None:
    told = {key: value for key, value in entry().items() if key not in ("failover", "failback")}
    assert said({**told, **strange})[0] == "eno1: 41 days ago, not measured, PASS"


def test_an_address_that_is_none_is_not_known() -> None:
    assert said(entry(permanent_hwaddr=[1]))[0] == "eno1: 41 days ago, 120 ms, PASS"


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ({"outage_ms": 120.4, "outage_low_ms": 100.0, "outage_high_ms": 140.0, "lost": 12}, "120 ms"),
        ({"outage_ms": None, "outage_low_ms": 0.0, "outage_high_ms": 10.0, "lost": 0}, "0 lost (< 10 ms)"),
        ({"outage_ms": None, "outage_low_ms": 3200.0, "outage_high_ms": None, "lost": 320}, "at least 3.2 s"),
        ({"outage_ms": 1250.0, "outage_low_ms": 1.0, "outage_high_ms": 2.0, "lost": 1}, "1.2 s"),
        (None, "not measured"),
    ],
)
def test_a_remembered_outage_in_words(passage: object, expected: str) -> None:
    assert figure(passage) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-30, "0 s ago"), (14, "14 s ago"), (200, "3 min ago"), (3 * 3600, "3 h ago"), (2 * DAY, "2 days ago"), (41.9 * DAY, "41 days ago")],
)  # fmt: skip
def test_an_age_in_words(seconds: float, expected: str) -> None:
    assert ago(seconds) == expected


def test_a_proof_that_is_not_there_is_said() -> None:
    assert words(Proof("bond0", "eno2", None), NOW) == "eno2: never proven"


def test_a_round_over_another_slave_proves_nothing() -> None:
    drill = a_drill(a_round(a_trail((FAULT_AT, FAULT_AT + 0.12))))
    passage = drill.rounds[0].failover
    assert passage is not None
    elsewhere = a_round(failover=passage._replace(crossed=(False,)))
    (told,) = entries(a_drill(elsewhere))
    assert (told["proven"], told["verdict"]) == (False, "not-proven")
