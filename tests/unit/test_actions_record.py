"""Plans and pending changes as JSON values: nothing is lost on the way, and what is damaged is noticed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.actions.record import PLAN_KEYS, change_record, pending_of, pending_record, plan_record, undo_of
from bondtui.model.action import ACTIVATE, DOWN, KINDS, UP, Plan
from bondtui.model.bond import Bond
from tests.actions import a_plan, random_bonds
from tests.builders import HOSTILE_NAMES, a_bond, a_pair, a_situation, a_slave
from tests.machine import a_pending, with_slave

CONTRACT = "action bond slave command undo predicted_outage_ms predicted_effect guards verdict"


def through_json(record: dict[str, Any]) -> dict[str, Any]:
    """Written down and read again."""
    read: dict[str, Any] = json.loads(json.dumps(record))
    return read


def switch_to(name: str) -> Plan:
    return a_plan(a_situation(a_bond(a_slave("eno1", 2), a_slave(name, 3)), ACTIVATE, name))


def test_a_plan_is_written_under_the_names_of_the_contract() -> None:
    assert tuple(CONTRACT.split()) == PLAN_KEYS
    plan = a_plan(a_situation(a_pair()))
    record = plan_record(plan)
    assert list(record) == CONTRACT.split()
    assert {key: record[key] for key in CONTRACT.split()[:7]} == {
        "action": "down",
        "bond": "bond0",
        "slave": "eno1",
        "command": ["ip", "link", "set", "eno1", "down"],
        "undo": ["ip", "link", "set", "eno1", "up"],
        "predicted_outage_ms": 100,
        "predicted_effect": "eno2 takes over within about 100 ms.",
    }
    assert record["verdict"] == "ok"
    assert [list(each) for each in record["guards"]] == [["guard", "result", "evidence"]] * 14
    assert record["guards"][3] == {
        "guard": "min-links",
        "result": "ok",
        "evidence": "min_links has no effect in active-backup",
    }


def test_an_outage_that_nothing_bounds_is_null() -> None:
    record = plan_record(a_plan(a_situation(a_pair(miimon=0))))
    assert (record["predicted_outage_ms"], record["verdict"]) == (None, "refuse")


@given(bond=random_bonds(), kind=st.sampled_from(KINDS))
def test_a_pending_change_says_what_its_plan_said(bond: Bond, kind: str) -> None:
    plan = a_plan(a_situation(bond, kind, bond.slaves[0].name))
    if plan.undo is not None:
        assert pending_record(a_pending(plan)) == plan_record(plan)


@pytest.mark.parametrize("name", ["eno2", *HOSTILE_NAMES])
def test_a_pending_change_survives_being_written_down(name: str) -> None:
    plan = switch_to(name)
    change = change_record(plan, identity="7", who={"user": "ann"})
    assert change["revert_after_s"] == 60.0
    record = through_json({**change, "armed_at": 1000.0, "revert_at": 1060.0, "applied_at": 1000.1})
    assert undo_of(record) == plan.undo
    pending = pending_of(record, seconds_left=42.5, who="ann", alive=False)
    assert pending == a_pending(
        plan, id="7", armed_at=1000.0, revert_at=1060.0, seconds_left=42.5, who="ann", alive=False
    )
    assert not pending_of({**change, "armed_at": 1.0, "revert_at": 61.0}, seconds_left=60.0, who="", alive=True).applied
    assert pending_of({**record, "trouble": "no answer"}, seconds_left=-1.0, who="", alive=True).trouble == "no answer"


@pytest.mark.parametrize(
    "plan",
    [
        a_plan(a_situation(with_slave(a_pair(), "eno1", admin_up=False), UP)),
        a_plan(a_situation(a_pair(active_slave=None), ACTIVATE)),
        a_plan(a_situation(a_pair()))._replace(action=a_situation(a_pair()).action._replace(revert_after=None)),
    ],
)
def test_what_is_not_undone_has_no_change_record(plan: Plan) -> None:
    with pytest.raises(ValueError, match="is not undone by itself"):
        change_record(plan, identity="1", who={})


@pytest.mark.parametrize("damage", [{}, {"undo": {}}, {"undo": {"kind": "up"}}, {"undo": {"x": 1}}, {"undo": None}])
def test_a_damaged_record_is_noticed(damage: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError)):
        undo_of(damage)


def test_a_record_is_all_that_the_undo_needs() -> None:
    plan = a_plan(a_situation(a_pair(), DOWN))
    assert through_json(change_record(plan, identity="1", who={}))["undo"] == {
        "kind": "up",
        "bond": 10,
        "slave": 2,
        "perm_hwaddr": "02:00:00:00:00:02",
        "active": None,
        "active_hwaddr": None,
    }
