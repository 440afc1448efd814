"""The course of a round: what is seen goes in, the next order comes out."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from bondtui.drill import course as machine
from bondtui.drill.course import (
    FINISH,
    GIVE_UP,
    INJECT,
    KEEP,
    NOTHING,
    PERSON_PATIENCE_S,
    PLACE,
    RESTORE,
    RETURN,
    Course,
    Rules,
    Seen,
    advance,
    begin,
    carried_out,
)
from bondtui.model.drill import (
    ADMIN_DOWN,
    BASELINE,
    CABLE,
    DONE,
    FAILBACK,
    FAILOVER,
    FAULT,
    HOLDING,
    PLACING,
    RESTORING,
    SETTLING,
)

RULES = Rules(ADMIN_DOWN, hold_s=3.0, limit_ms=5000.0)


def seen(now: float, **facts: Any) -> Seen:
    """All is well and has been for long, but for the facts given."""
    return Seen(**{"now": now, "quiet_since": 0.0, "answered_up_to": now, "open_gap_ms": 0.0, **facts})


def at(step: str, *, rules: Rules = RULES, since: float = 10.0, **facts: Any) -> Course:
    """A round that has come so far."""
    placed = step in (FAILOVER, HOLDING) and rules.fault != CABLE
    return Course(rules, step, since, **{"origin": 10.0, "in_place": placed, **facts})


def test_a_round_goes_through_all_its_steps() -> None:
    course = begin(RULES, 0.0)
    steps, orders = [course.step], []
    noticed: float | None = None
    now = 0.0
    while course.step != DONE and now < 60:
        now += 0.5
        course = advance(course, seen(now, noticed=noticed))
        if course.ordered:
            orders.append(course.ordered)
            if course.ordered == INJECT:
                noticed = now
            course = carried_out(course, now, in_place=course.ordered == INJECT)
        if course.step != steps[-1]:
            steps.append(course.step)
    assert orders == [INJECT, RESTORE, FINISH]
    assert steps == [BASELINE, FAILOVER, HOLDING, FAILBACK, SETTLING, DONE]
    assert (course.trouble, course.in_place) == ("", False)


def test_the_baseline_must_be_without_loss_for_its_whole_time() -> None:
    course = begin(RULES, 10.0)
    assert advance(course, seen(10.9)).ordered == NOTHING
    assert advance(course, seen(11.1, quiet_since=10.5)).ordered == NOTHING
    assert advance(course, seen(11.6, quiet_since=10.5)).ordered == INJECT


def test_probes_that_are_lost_without_a_fault_end_it() -> None:
    course = advance(begin(RULES, 10.0), seen(22.0, quiet_since=None))
    assert course.ordered == GIVE_UP
    assert "without any fault" in course.trouble


def test_a_slave_that_must_be_active_is_made_so_and_stays_so_only_after_answers() -> None:
    rules = RULES._replace(places=True)
    course = advance(begin(rules, 10.0), seen(11.0, slave_active=False))
    assert course.ordered == PLACE
    course = carried_out(course, 12.0, in_place=True)
    assert (course.step, course.in_place) == (PLACING, True)
    assert advance(course, seen(13.5, quiet_since=12.8)).ordered == NOTHING
    course = advance(course, seen(13.5))
    assert course.ordered == KEEP
    course = carried_out(course, 13.6)
    assert (course.step, course.ordered, course.in_place) == (FAULT, INJECT, False)


def test_a_slave_that_carries_nothing_is_not_kept_active() -> None:
    course = at(PLACING, in_place=True)
    assert advance(course, seen(30.0, quiet_since=None, open_gap_ms=900.0)).ordered == GIVE_UP


def test_recovery_needs_the_driver_and_an_answer_after_it() -> None:
    course = at(FAILOVER)
    assert advance(course, seen(10.05)).step == FAILOVER, "the driver has not noticed yet"
    assert advance(course, seen(10.2, noticed=10.1, answered_up_to=10.09)).step == FAILOVER
    assert advance(course, seen(10.2, noticed=10.1, quiet_since=None)).step == FAILOVER
    assert advance(course, seen(10.3, noticed=10.1, answered_up_to=10.2)).step == HOLDING


def test_a_gap_that_came_and_went_is_a_recovery_though_the_driver_is_silent() -> None:
    course = at(FAILOVER)
    assert advance(course, seen(13.0, lost_since=10.1, quiet_since=None)).step == FAILOVER
    assert advance(course, seen(13.5, lost_since=10.1, quiet_since=13.2)).step == HOLDING


def test_holding_begins_anew_after_another_gap() -> None:
    course = at(HOLDING, since=11.0)
    assert advance(course, seen(12.0, quiet_since=None)).step == FAILOVER
    assert advance(course, seen(14.5, quiet_since=12.5)).ordered == NOTHING
    assert advance(course, seen(15.6, quiet_since=12.5)).ordered == RESTORE


@pytest.mark.parametrize("step", [FAILOVER, HOLDING])
def test_an_outage_beyond_the_limit_ends_it_at_once(step: str) -> None:
    assert advance(at(step), seen(14.0, quiet_since=None, open_gap_ms=4900.0)).ordered == NOTHING
    course = advance(at(step), seen(15.2, quiet_since=None, open_gap_ms=5100.0))
    assert (course.ordered, course.stopped) == (GIVE_UP, False)
    assert "5.1 s" in course.trouble


@pytest.mark.parametrize("step", [FAILOVER, HOLDING])
def test_a_remaining_slave_that_gets_worse_ends_it(step: str) -> None:
    course = advance(at(step), seen(10.5, degraded="eno2 cannot carry the traffic any more"))
    assert (course.ordered, course.trouble) == (GIVE_UP, "eno2 cannot carry the traffic any more")


@pytest.mark.parametrize("step", [BASELINE, PLACING, FAULT, FAILOVER, HOLDING, RESTORING, FAILBACK, SETTLING])
def test_whoever_asks_to_stop_is_heard_in_every_step(step: str) -> None:
    rules = RULES._replace(fault=CABLE) if step in (FAULT, RESTORING) else RULES
    course = advance(at(step, rules=rules), seen(10.5, stop="Ctrl+C"))
    assert (course.ordered, course.stopped, course.trouble) == (GIVE_UP, True, "Ctrl+C")


def test_a_change_that_somebody_else_has_settled_ends_it() -> None:
    course = advance(at(HOLDING), seen(10.5, settled="kept by somebody else"))
    assert (course.ordered, course.trouble) == (GIVE_UP, "kept by somebody else")
    assert advance(at(SETTLING), seen(10.5, settled="kept by somebody else")).ordered == NOTHING, "it is restored"


def test_a_slave_that_comes_back_before_its_time_ends_it() -> None:
    back = "eno1 was set up by somebody else before its time"
    assert advance(at(HOLDING), seen(10.5, came_back=back)).trouble == back
    assert advance(at(FAILBACK), seen(10.5, came_back=back)).ordered == NOTHING


@pytest.mark.parametrize(("step", "limit_ms"), [(PLACING, 5e3), (FAILOVER, 5e3), (HOLDING, 5e3), (SETTLING, 60e3)])
def test_only_answers_that_stay_away_are_over_the_limit(step: str, limit_ms: float) -> None:
    """Spanning tree takes 30 s after the restoring, when nothing is left to take back: that is to be measured."""
    now = 10 + limit_ms / 1000
    assert not advance(at(step), seen(now - 0.2, quiet_since=None, open_gap_ms=limit_ms - 100)).over_limit
    over = advance(at(step), seen(now + 0.2, quiet_since=None, open_gap_ms=limit_ms + 100))
    assert (over.ordered, over.over_limit) == (GIVE_UP, True)
    assert not advance(at(step), seen(10.5, stop="Ctrl+C", open_gap_ms=5100.0)).over_limit
    assert not advance(at(FAILOVER), seen(10.5, degraded="eno2 is gone")).over_limit


def test_a_driver_that_never_notices_ends_it() -> None:
    rules = RULES._replace(limit_ms=1000.0, hold_s=1.0)
    course = advance(at(FAILOVER, rules=rules), seen(14.5))
    assert (course.ordered, course.trouble) == (GIVE_UP, "the driver has not noticed the fault")


def test_the_slave_that_was_active_before_is_made_so_again() -> None:
    course = at(FAILBACK, back=20.0, since=20.0)
    assert advance(course, seen(20.1, slave_ready=False)).ordered == NOTHING
    assert advance(course, seen(20.2, home_active=False)).ordered == RETURN
    assert advance(course, seen(20.2)).step == SETTLING
    assert carried_out(course._replace(ordered=RETURN), 21.0).step == SETTLING


def test_a_slave_that_does_not_come_back_ends_it() -> None:
    course = advance(at(FAILBACK, since=20.0), seen(40.0, slave_ready=False))
    assert (course.ordered, course.trouble) == (GIVE_UP, "the slave under test does not carry traffic again")


CABLED = RULES._replace(fault=CABLE)


def test_a_cable_is_waited_for_and_nothing_is_ordered() -> None:
    course = advance(begin(CABLED, 10.0), seen(11.0))
    assert (course.step, course.ordered) == (FAULT, NOTHING)
    assert advance(course, seen(60.0)).step == FAULT
    pulled = advance(course, seen(60.3, link_lost=60.2, noticed=60.25))
    assert (pulled.step, pulled.origin) == (FAILOVER, 60.2)
    held = advance(at(HOLDING, rules=CABLED, since=61.0), seen(64.1))
    assert (held.step, held.ordered) == (RESTORING, NOTHING)
    assert advance(held, seen(90.0, slave_ready=False)).step == RESTORING
    plugged = advance(held, seen(90.0, slave_ready=False, link_back=89.9))
    assert (plugged.step, plugged.back) == (FAILBACK, 89.9)


def test_a_peer_that_falls_silent_is_a_fault_too_but_a_single_lost_probe_is_none() -> None:
    course = at(FAULT, rules=CABLED, origin=None)
    assert advance(course, seen(20.2, quiet_since=None, lost_since=20.0, open_gap_ms=200.0)).step == FAULT
    assert advance(course, seen(20.2, quiet_since=20.1, lost_since=20.0)).step == FAULT
    silent = advance(course, seen(20.4, quiet_since=None, lost_since=20.0, open_gap_ms=400.0))
    assert (silent.step, silent.origin) == (FAILOVER, 20.0)


def test_a_silent_peer_is_out_since_its_first_lost_probe_not_since_the_driver_noticed() -> None:
    course = at(FAULT, rules=CABLED, origin=None)
    told = advance(course, seen(20.3, quiet_since=None, lost_since=20.0, open_gap_ms=260.0, noticed=20.25))
    assert (told.step, told.origin) == (FAILOVER, 20.0)


@pytest.mark.parametrize(("step", "words"), [(FAULT, "no cable was pulled"), (RESTORING, "did not come back")])
def test_a_person_is_not_waited_for_without_end(step: str, words: str) -> None:
    course = at(step, rules=CABLED)
    assert advance(course, seen(10.0 + PERSON_PATIENCE_S - 1, slave_ready=False)).ordered == NOTHING
    course = advance(course, seen(10.0 + PERSON_PATIENCE_S + 1, slave_ready=False))
    assert course.ordered == GIVE_UP
    assert words in course.trouble


def test_an_order_that_fails_ends_the_round_and_says_why() -> None:
    course = at(FAULT, ordered=INJECT)
    course = carried_out(course, 11.0, trouble="Refused: eno2 has no carrier.", in_place=False)
    assert (course.ordered, course.trouble) == (GIVE_UP, "Refused: eno2 has no carrier.")
    course = carried_out(course, 11.1)
    assert (course.step, course.trouble) == (DONE, "Refused: eno2 has no carrier.")


def test_nothing_moves_while_an_order_waits() -> None:
    course = at(FAULT, ordered=INJECT)
    assert advance(course, seen(500.0, stop="Ctrl+C")) == course


@pytest.mark.parametrize("seed", range(300))
def test_every_round_ends_and_never_with_a_change_in_place(seed: int) -> None:
    chance = Random(seed)

    def some_time() -> float | None:
        return chance.choice([None, chance.uniform(0.0, 100.0)])

    rules = chance.choice([RULES, CABLED, RULES._replace(places=True)])
    course, now = begin(rules, 0.0), 0.0
    for _ in range(400):
        if course.step == DONE:
            break
        now += chance.uniform(0.01, 30.0)
        course = advance(
            course,
            Seen(
                now=now,
                quiet_since=some_time(),
                answered_up_to=some_time(),
                open_gap_ms=chance.choice([0.0, 200.0, 6000.0]),
                lost_since=some_time(),
                link_lost=some_time(),
                noticed=some_time(),
                link_back=some_time(),
                slave_ready=chance.random() < 0.5,
                slave_active=chance.random() < 0.5,
                home_active=chance.random() < 0.5,
            ),
        )
        if order := course.ordered:
            trouble = "it did not work" if chance.random() < 0.2 else ""
            in_place = {PLACE: not trouble, INJECT: not trouble, RESTORE: bool(trouble), KEEP: bool(trouble)}
            course = carried_out(course, now, trouble=trouble, in_place=in_place.get(order, False))
    assert course.step == DONE
    assert not course.in_place


def test_all_steps_have_a_function() -> None:
    every = {BASELINE, PLACING, FAULT, FAILOVER, HOLDING, RESTORING, FAILBACK, SETTLING}
    assert set(machine._STEPS) == every
