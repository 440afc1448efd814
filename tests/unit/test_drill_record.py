"""A drill as plain values: names of the contract, times from the fault, and null for what is not known."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from bondtui.drill.defaults import parse_target
from bondtui.drill.record import KEYS, drill_record, repetition, samples_record, target_words
from bondtui.drill.trail import Trail
from bondtui.model.drill import Crossing, Drill, Finding
from bondtui.model.probe import AGAIN, ANSWERED, FAILED, SENT, Flow, News, Target
from tests.builders import HOSTILE_NAMES, a_bond, a_slave
from tests.drills import (
    ASKS,
    BACK_AT,
    BEGAN,
    ENDED,
    FAULT_AT,
    a_drill,
    a_failback,
    a_failover,
    a_preflight,
    a_round,
    a_trail,
)

CONTRACT = ["bond", "verdict", "reason", "objective_ms", "period_ms", "predicted_outage_ms", "targets", "rounds"]
OF_PASSAGE = [
    *("sent", "lost", "late", "duplicated", "outage_ms", "outage_low_ms", "outage_high_ms", "timestamp_outage_ms"),
    *("coarse", "detected_ms", "switched_ms", "notified_ms", "first_answer_ms", "flows", "gaps"),
]


def told(drill: Drill) -> Any:
    """What a machine reads of it."""
    return json.loads(json.dumps(drill_record(drill), allow_nan=False))


def test_the_names_are_those_of_the_contract() -> None:
    record = told(a_drill(a_round(), objective_ms=500.0))
    assert set(record) == set(KEYS) >= set(CONTRACT)
    (one,) = record["rounds"]
    assert {"slave", "fault", "failover", "failback"} <= set(one)
    for passage in ("failover", "failback"):
        assert set(OF_PASSAGE) <= set(one[passage])
    assert (record["bond"], record["verdict"], record["objective_ms"], record["period_ms"]) == (
        *("bond0", "pass", 500.0, 10.0),
    )
    assert (record["targets"], record["predicted_outage_ms"]) == (["192.0.2.1"], 100)


def test_the_figures_of_an_outage() -> None:
    failover = told(a_drill(a_round()))["rounds"][0]["failover"]
    assert (failover["sent"], failover["lost"], failover["late"], failover["duplicated"]) == (400, 12, 0, 0)
    assert failover["outage_ms"] == pytest.approx(120, abs=10)
    assert failover["outage_low_ms"] <= 110.1 <= failover["outage_ms"] <= failover["outage_high_ms"]
    assert failover["timestamp_outage_ms"] == pytest.approx(130, abs=1)
    assert failover["coarse"] is False


def test_times_count_from_the_fault_or_from_the_restoring() -> None:
    one = told(a_drill(a_round()))["rounds"][0]
    failover, failback = one["failover"], one["failback"]
    times = [failover[f"{name}_ms"] for name in ("link", "detected", "switched", "notified", "first_answer")]
    assert times == [0.3, 41.1, 42.1, 43.3, 120.4]
    assert (failback["detected_ms"], failback["switched_ms"], failback["first_answer_ms"]) == (458.0, None, None)
    assert failback["anatomy"]["detected"] == {"ms": 458.0, "words": "MII up", "polled": True}
    (gap,) = failover["gaps"]
    assert (gap["flow"], gap["start"], gap["end"], gap["lost"]) == (0, 0.0, 110.0, 12)
    assert (gap["good_before_ms"], gap["good_after_ms"]) == (-10.0, 120.0)
    assert failover["issued_at"] == "2023-11-14T22:15:02.000Z"


def test_nothing_lost_is_a_bound_and_never_nothing() -> None:
    failback = told(a_drill(a_round()))["rounds"][0]["failback"]
    assert (failback["lost"], failback["outage_ms"], failback["outage_low_ms"]) == (0, None, 0.0)
    assert failback["outage_high_ms"] >= 10.0
    assert (failback["timestamp_outage_ms"], failback["gaps"]) == (None, [])


def test_an_outage_that_is_not_over_has_no_upper_bound() -> None:
    trail = a_trail((FAULT_AT, ENDED))
    record = told(a_drill(a_round(trail, failover=a_failover(trail), failback=None, trouble="no answer for 5 s")))
    one = record["rounds"][0]
    assert (one["failover"]["outage_high_ms"], one["failover"]["outage_ms"], one["failback"]) == (None, None, None)
    assert one["failover"]["outage_low_ms"] > 3000
    assert (one["restored"], one["proven"], one["trouble"]) == (None, False, "no answer for 5 s")
    assert one["failover"]["gaps"][0]["good_after_ms"] is None


def test_the_worst_flow_over_the_slave_is_told_and_the_sums_beside() -> None:
    quiet, short, other = a_trail(), a_trail((FAULT_AT, FAULT_AT + 0.05)), a_trail((FAULT_AT, FAULT_AT + 0.5))
    flows = tuple(Flow(Target("192.0.2.1"), "bond0", port) for port in (40001, 40003, 40005))
    crossing = Crossing(frozenset({2}), frozenset({2, 3}), "told by the counters")
    passage = a_failover(quiet, short, other, crossed=(True, True, False))
    drill = a_drill(
        a_round(failover=passage, failback=a_failback(quiet, short, other)), flows=flows, crossings=(crossing,) * 3
    )
    record = told(drill)
    failover = record["rounds"][0]["failover"]
    assert (failover["worst_flow"], failover["lost"], failover["all_flows"]["lost"]) == (1, 5, 55)
    assert [(each["source_port"], each["lost"], each["crossed"]) for each in failover["flows"]] == [
        *((40001, 0, True), (40003, 5, True), (40005, 50, False)),
    ]
    assert [each["flow"] for each in failover["gaps"]] == [1, 2]
    assert record["flows"][0]["crossing"] == {
        "sent_over": ["eno1"],
        "received_over": ["eno1", "eno2"],
        "evidence": "told by the counters",
    }


def test_shares_are_told_by_name() -> None:
    shares = told(a_drill(a_round()))["rounds"][0]["failover"]["shares"]
    assert shares["before"] == {"eno1": {"tx": 1.0, "rx": 1.0}, "eno2": {"tx": 0.0, "rx": 0.0}}
    assert shares["after"]["eno2"]["tx"] == 1.0
    assert told(a_drill(a_round()))["rounds"][0]["failback"]["shares"] == {"before": None, "after": None}


def test_rounds_are_summed_up_and_each_has_its_verdict() -> None:
    rounds = []
    for number, seconds in enumerate((0.12, 0.02, 0.6, 0.3), start=1):
        trail = a_trail((FAULT_AT, FAULT_AT + seconds))
        rounds.append(a_round(trail, number=number))
    record = told(a_drill(*rounds, rounds=4, objective_ms=400.0))
    summary = record["summary"]["failover"]
    assert summary["rounds"] == 4
    assert [round(summary[key]["outage_ms"], -1) for key in ("min", "median", "max")] == [20, 300, 600]
    assert record["summary"]["failback"]["max"]["outage_ms"] is None
    assert [each["verdict"] for each in record["rounds"]] == ["pass", "pass", "fail", "pass"]
    assert record["verdict"] == "fail"


def test_one_round_with_trouble_is_what_was_interrupted() -> None:
    trail = a_trail((FAULT_AT, ENDED))
    cut = a_round(trail, number=2, failover=a_failover(trail), failback=None, trouble="stopped by SIGTERM")
    record = told(a_drill(a_round(), cut, stopped="stopped by SIGTERM", rounds=2))
    assert [each["verdict"] for each in record["rounds"]] == ["pass", "interrupted"]
    assert (record["verdict"], record["rounds"][0]["restored"]) == ("interrupted", True)


def test_a_drill_that_was_refused_has_the_same_names() -> None:
    record = told(a_drill(verdict="refused", reason="no answer from 192.0.2.1", flows=(), crossings=(), rtt_s=None))
    assert set(record) == set(KEYS)
    assert (record["rounds"], record["flows"], record["targets"], record["rtt_ms"]) == ([], [], [], None)
    assert record["summary"] == {"failover": None, "failback": None}


def test_a_flow_whose_way_was_not_told_has_none() -> None:
    assert told(a_drill(crossings=()))["flows"][0]["crossing"] is None


def test_checks_and_findings_are_there() -> None:
    record = told(a_drill(a_round(), findings=(Finding("warn", "slow"),), preflight=a_preflight(ASKS), typed=True))
    assert record["findings"] == [{"severity": "warn", "words": "slow"}]
    assert record["preflight"]["verdict"] == "ask"
    assert record["preflight"]["checks"][1]["name"] == "session-on-bond"
    assert (record["name_typed"], record["plans"][0]["command"]) == (True, ["ip", "link", "set", "eno1", "down"])
    assert (record["began"], record["ended"]) == ("2023-11-14T22:15:00.000Z", "2023-11-14T22:15:10.000Z")


@pytest.mark.parametrize(
    "text", ["192.0.2.1", "2001:db8::1", "fe80::1%bond0", "tcp:192.0.2.1:80", "udp:[2001:db8::1]:7"]
)
def test_a_target_is_written_as_it_is_read(text: str) -> None:
    assert target_words(parse_target(text)) == text


def test_the_command_that_does_it_again() -> None:
    drill = a_drill(a_round(), objective_ms=250.0, hold_s=1.5, typed=True)
    assert " ".join(repetition(drill)) == (
        "bondtui drill --slave eno1 --fault admin-down --target 192.0.2.1 --period 10 --rounds 1 --hold 1.5 "
        "--objective 250 --yes --confirm bond0 bond0"
    )
    both = a_drill(slaves=(2, 3), period_s=0.0025, targets=(Target("192.0.2.9", "tcp", 80), Target("192.0.2.8")))
    words = " ".join(repetition(both))
    assert "--slave all " in words
    assert "--period 2.5 " in words
    assert "--target tcp:192.0.2.9:80 --target 192.0.2.8 " in words
    assert words.endswith(" --hold 3 --yes bond0")


def test_names_that_look_like_options_are_not_taken_for_them() -> None:
    bond = a_bond(a_slave("-x", 2, state="active"), a_slave("eno2", 3), name="--yes")
    words = repetition(a_drill(preflight=a_preflight(bond=bond), typed=True))
    assert words[2] == "--slave=-x"
    assert words[-3:] == ("--confirm=--yes", "--", "--yes")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_can_be_written_as_json(name: str) -> None:
    bond = a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3), name=name)
    record = told(a_drill(a_round(name=name), preflight=a_preflight(bond=bond)))
    assert os.fsencode(record["rounds"][0]["slave"]) == os.fsencode(name) == os.fsencode(record["bond"])


def test_every_probe_is_in_the_samples() -> None:
    trail = Trail()
    told_of = ((0, SENT, 100.0), (0, ANSWERED, 100.0004), (1, SENT, 100.01), (2, SENT, 100.02), (2, ANSWERED, 100.5))
    for number, kind, at in told_of:
        trail.add(News(0, number, kind, at))
    trail.add(News(0, 2, AGAIN, 100.6))
    trail.add(News(0, 3, FAILED, 100.03, 101))
    (samples,) = samples_record([trail], [Flow(Target("192.0.2.1", "udp", 7), "bond0", 40001)], BEGAN)
    assert samples == {
        "target": "192.0.2.1",
        "kind": "udp",
        "port": 7,
        "source_port": 40001,
        "device": "bond0",
        "sent_ms": [0.0, 10.0, 20.0, 30.0],
        "rtt_ms": [0.4, None, 480.0, None],
        "duplicates": {"2": 1},
        "errors": {"3": 101},
    }
    assert json.dumps(samples, allow_nan=False)


def test_a_failback_with_a_loss_is_an_outage_of_its_own() -> None:
    trail = a_trail((FAULT_AT, FAULT_AT + 0.12), (BACK_AT + 0.4, BACK_AT + 0.43))
    one = told(a_drill(a_round(trail)))["rounds"][0]
    assert (one["failover"]["lost"], one["failback"]["lost"]) == (12, 3)
    assert one["failback"]["coarse"] is True
    assert one["failback"]["gaps"][0]["start"] == pytest.approx(400, abs=10)
