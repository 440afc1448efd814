"""The verdict of a drill: never a pass for what was not proven."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bondtui.drill.judgement import judged, round_judged
from bondtui.model.drill import FAIL, INTERRUPTED, NOT_PROVEN, PASS, Round
from tests.judged_drills import a_passage, a_preflight, a_round, good_round, lost_for, not_over


def verdict(*rounds: Round, stopped: str = "", **preflight: object) -> tuple[str, str]:
    return judged(a_preflight(**preflight), rounds, stopped=stopped)  # type: ignore[arg-type]


def test_a_drill_within_its_objective_passes() -> None:
    reason = "failover 120 ms (109-131), failback 0 lost (< 11 ms)"
    assert verdict(good_round(), objective_ms=500) == (PASS, f"{reason}; objective 500 ms")
    assert verdict(good_round()) == (PASS, reason)


def test_a_drill_beyond_its_objective_fails() -> None:
    said = verdict(good_round(620), objective_ms=500)
    assert said == (FAIL, "failover 620 ms (609-631) is longer than the objective 500 ms")
    said = verdict(good_round(120, 620), objective_ms=500)
    assert said == (FAIL, "failback 620 ms (609-631) is longer than the objective 500 ms")


def test_bounds_on_both_sides_of_the_objective_prove_nothing() -> None:
    said = verdict(good_round(500), objective_ms=500)
    words = "failover 500 ms (489-511): the bounds lie on both sides of the objective 500 ms; a shorter --period tells"
    assert said == (NOT_PROVEN, words)
    assert verdict(good_round(0), objective_ms=10)[0] == NOT_PROVEN  # 0 lost (< 11 ms)
    assert verdict(good_round(0), objective_ms=11)[0] == PASS


@pytest.mark.parametrize(
    ("objective", "expected"), [(130.5001, PASS), (130.4, NOT_PROVEN), (109.6, NOT_PROVEN), (109.4, FAIL)]
)
def test_the_bounds_decide(objective: float, expected: str) -> None:
    assert verdict(good_round(120), objective_ms=objective)[0] == expected


def test_an_outage_that_is_not_over_fails() -> None:
    trouble = "no answer for 5.0 s, longer than the limit of 5 s"
    part = a_round(a_passage(not_over(4900)), None, trouble=trouble, over_limit=True)
    words = "failover at least 4.8 s, not over: no lasting recovery within the limit of 5.0 s"
    assert verdict(part) == (FAIL, words)
    back = a_round(a_passage(lost_for(100)), a_passage(not_over(900)), trouble=trouble, over_limit=True)
    assert verdict(back)[1].startswith("failback")
    assert verdict(good_round(5100))[0] == FAIL  # over, but longer than allowed


def test_answers_that_come_and_go_to_the_end_fail() -> None:
    shaky = lost_for(100)
    shaky = shaky._replace(gaps=(shaky.gaps[0], shaky.gaps[0]._replace(good_after=1002.9)))
    part = a_round(a_passage(shaky), None, trouble="the probes do not come to rest", over_limit=True)
    assert verdict(part)[0] == FAIL
    assert verdict(part._replace(trouble="", over_limit=False, failback=a_passage(lost_for(0))))[0] == PASS


def test_what_was_ended_early_for_another_reason_is_not_proven_and_says_the_reason() -> None:
    trouble = "eno2 cannot carry the traffic any more"
    for outage in (lost_for(94), not_over(900)):
        said = verdict(a_round(a_passage(outage), None, trouble=trouble))
        assert said == (NOT_PROVEN, f"eno1 was not measured to the end: {trouble}")


def test_a_stopped_drill_is_interrupted_whatever_it_has_measured() -> None:
    assert verdict(stopped="Ctrl+C") == (INTERRUPTED, "Ctrl+C")
    said = verdict(good_round(620), stopped="Ctrl+C", objective_ms=500)
    assert said == (INTERRUPTED, "Ctrl+C; failover 620 ms (609-631), failback 0 lost (< 11 ms); objective 500 ms")
    assert verdict(a_round(a_passage(not_over(900)), None, trouble="Ctrl+C"), stopped="Ctrl+C")[0] == INTERRUPTED


def test_nothing_is_proven_without_a_flow_over_the_slave() -> None:
    missed = a_passage(lost_for(0), crossed=(False,))
    assert verdict(a_round(missed, missed)) == (NOT_PROVEN, "no flow crossed eno1, so its failover was not tested")
    assert verdict(good_round(), a_round(missed, missed, 2), rounds=2)[0] == NOT_PROVEN


@pytest.mark.parametrize("what", ["no cable was pulled within 180 s", "the link did not come back within 180 s"])
def test_a_round_that_was_not_measured_to_its_end_proves_nothing(what: str) -> None:
    said = verdict(a_round(a_passage(lost_for(100)), None, trouble=what))
    assert said == (NOT_PROVEN, f"eno1 was not measured to the end: {what}")
    assert verdict(a_round(None, None, trouble=what))[0] == NOT_PROVEN
    assert verdict(good_round(trouble=what))[0] == NOT_PROVEN


def test_missing_rounds_and_passages_never_pass() -> None:
    assert verdict() == (NOT_PROVEN, "0 of 1 rounds were measured")
    assert verdict(good_round(), rounds=3) == (NOT_PROVEN, "1 of 3 rounds were measured")
    assert verdict(good_round(), slaves=(2, 3)) == (NOT_PROVEN, "1 of 2 rounds were measured")
    assert verdict(a_round(a_passage(lost_for(10)), None)) == (NOT_PROVEN, "no failback of eno1 was measured")
    assert verdict(a_round(None, a_passage(lost_for(10))))[0] == NOT_PROVEN
    nothing = lost_for(0)._replace(sent=0, high_ms=None)
    assert verdict(a_round(a_passage(nothing), a_passage(lost_for(0))))[0] == NOT_PROVEN
    assert verdict(a_round(a_passage(lost_for(0)), a_passage(nothing)))[0] == NOT_PROVEN
    assert verdict(a_round(a_passage(), a_passage()))[0] == NOT_PROVEN


def test_of_several_rounds_the_worst_counts() -> None:
    rounds = (good_round(120), good_round(200, 30, 2), good_round(80, 0, 3))
    words = "worst failover 200 ms (189-211) of eno1 in round 2, worst failback 30 ms (19-41) of eno1 in round 2"
    assert verdict(*rounds, rounds=3) == (PASS, words)
    assert verdict(*rounds, rounds=3, objective_ms=150)[1].startswith(
        "failover 200 ms (189-211) of eno1 in round 2 is longer"
    )


def test_a_flow_elsewhere_that_was_hit_counts_too() -> None:
    hit = a_passage(lost_for(50), lost_for(900), lost_for(0), crossed=(True, False, False))
    assert verdict(a_round(hit, a_passage(lost_for(0)), 1), flows=3, objective_ms=500)[0] == FAIL
    other = a_passage(lost_for(50), lost_for(0, period=0.4), crossed=(True, False))
    assert verdict(a_round(other, a_passage(lost_for(0))), objective_ms=100)[0] == PASS


def test_one_round_is_judged_by_itself() -> None:
    preflight = a_preflight(rounds=3, objective_ms=500)
    assert round_judged(preflight, good_round())[0] == PASS
    assert round_judged(preflight, good_round(), stopped="Ctrl+C")[0] == PASS
    assert round_judged(preflight, good_round(trouble="Ctrl+C"), stopped="Ctrl+C")[0] == INTERRUPTED
    late = a_round(a_passage(not_over(6000)), None, trouble="no answer for 6.0 s", over_limit=True)
    assert round_judged(preflight, late)[0] == FAIL


lengths = some.integers(0, 700)


@given(
    some.lists(some.tuples(lengths, lengths, some.booleans(), some.sampled_from(("", "trouble"))), max_size=3), lengths
)
def test_a_pass_means_that_everything_was_proven(parts: list[tuple[int, int, bool, str]], objective: int) -> None:
    rounds = tuple(
        a_round(a_passage(lost_for(over), crossed=(crossed,)), a_passage(lost_for(back)), number, trouble=trouble)
        for number, (over, back, crossed, trouble) in enumerate(parts, start=1)
    )
    said, reason = verdict(*rounds, rounds=2, objective_ms=objective)
    assert reason
    assert "\n" not in reason
    if said == PASS:
        assert len(rounds) >= 2
        assert all(each.proven for each in rounds)
        assert all(max(over, back) <= objective for over, back, _, _ in parts)
    if said == FAIL:
        assert any(max(over, back) > objective for over, back, _, _ in parts)
