"""How long a path was cut, told from its probes: the truth lies within the bounds, whatever the probes were like."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as some

from bondtui.drill.outage import gaps, measured, open_gap_ms, quiet_since, span, words
from bondtui.drill.trail import Trail
from bondtui.model.drill import Gap, Outage
from bondtui.model.probe import ANSWERED, FAILED, SENT, News
from tests.probe_paths import Cut, Probes, answered_at, news, probed, shape, shuffled, trail_of

TRIP = 0.0005


def outage_of(
    trail: Trail,
    begin: float = 0.0,
    until: float = inf,
    *,
    now: float = 100.0,
    rtt_s: float | None = TRIP,
    period_s: float = 0.01,
    late_after_s: float | None = None,
) -> Outage:
    """Measured long after everything has happened, unless ``now`` says otherwise."""
    return measured(trail, begin, until, now=now, rtt_s=rtt_s, period_s=period_s, late_after_s=late_after_s)


def test_one_cut_is_measured_with_its_bounds() -> None:
    outage = outage_of(probed(Probes(), Cut(0.5, 0.62)))
    assert (outage.sent, outage.lost, outage.late, outage.failed, outage.duplicated) == (200, 12, 0, 0, 0)
    assert outage.middle_ms == pytest.approx(120)
    assert outage.low_ms == pytest.approx(109.5)
    assert outage.high_ms == pytest.approx(130.5)
    assert outage.timestamp_ms == pytest.approx(130)
    assert not outage.coarse
    (gap,) = outage.gaps
    assert tuple(gap) == pytest.approx((0.5, 0.61, 12, 0.49, 0.62, 0.4905, 0.6205))


@pytest.mark.parametrize(("lost", "coarse"), [(0, False), (1, True), (4, True), (5, False)])
def test_few_lost_probes_are_coarse(lost: int, coarse: bool) -> None:
    outage = outage_of(shape("..." + "x" * lost + "..."))
    assert (outage.lost, outage.coarse) == (lost, coarse)


def test_several_gaps_are_summed() -> None:
    outage = outage_of(shape("...xx...xxx.."))
    assert [each.lost for each in outage.gaps] == [2, 3]
    assert outage.middle_ms == pytest.approx(20 + 30)
    assert outage.low_ms == pytest.approx(9.5 + 19.5)
    assert outage.high_ms == pytest.approx(30.5 + 40.5)
    assert outage.timestamp_ms == pytest.approx(30 + 40)


def test_with_nothing_lost_the_longest_distance_bounds_what_went_unnoticed() -> None:
    outage = outage_of(shape("......"))
    assert (outage.lost, outage.low_ms, outage.middle_ms, outage.timestamp_ms, outage.gaps) == (0, 0.0, None, None, ())
    assert outage.high_ms == pytest.approx(10.5)


def test_a_probe_that_was_never_sent_is_no_loss_but_widens_the_bound() -> None:
    assert outage_of(shape("...___...")).high_ms == pytest.approx(40.5)
    outage = outage_of(shape("...x___x..."))
    assert (outage.lost, len(outage.gaps)) == (2, 1)
    assert (outage.low_ms, outage.middle_ms, outage.high_ms) == pytest.approx((39.5, 50.0, 60.5))


def test_only_probes_sent_in_the_window_count_but_gaps_are_whole() -> None:
    trail = shape("..xx....xx..")
    first = outage_of(trail, 0.03, 0.06)
    assert (first.sent, first.lost, [each.lost for each in first.gaps]) == (3, 1, [2])
    assert first.gaps[0].good_before == pytest.approx(0.01)
    last = outage_of(trail, 0.06, 0.09)
    assert (last.sent, last.lost, [each.lost for each in last.gaps]) == (3, 1, [2])
    assert last.gaps[0].good_after == pytest.approx(0.1)
    none = outage_of(trail, 0.041, 0.079)
    assert (none.sent, none.lost) == (3, 0)
    assert none.high_ms == pytest.approx(10.5)


def test_a_bound_without_loss_reaches_over_the_edges_of_the_window() -> None:
    trail = shape("..___.._____..")
    assert outage_of(trail, 0.045, 0.065).high_ms == pytest.approx(60.5)  # to the next probe after the window
    assert outage_of(trail, 0.045, 0.055).high_ms == pytest.approx(40.5)  # from the last one before it
    assert outage_of(shape("..x...."), 0.025, 0.05).high_ms == pytest.approx(10.5)  # that loss is another window's


def test_an_outage_that_is_not_over_is_bounded_below_only() -> None:
    outage = outage_of(shape("...xxxx"))
    assert (outage.lost, outage.middle_ms, outage.high_ms, outage.timestamp_ms) == (4, None, None, None)
    assert outage.low_ms == pytest.approx(29.5)
    assert outage.gaps[0].good_after is None


def test_an_outage_from_the_first_probe_on_is_not_bounded_above() -> None:
    outage = outage_of(shape("xxx..."))
    assert (outage.high_ms, outage.middle_ms, outage.gaps[0].good_before) == (None, None, None)
    assert outage.low_ms == pytest.approx(19.5)


def test_no_probes_prove_nothing() -> None:
    outage = outage_of(Trail())
    assert (outage.sent, outage.lost, outage.high_ms) == (0, 0, None)
    assert outage_of(shape("."), 0.0, 1.0).high_ms is None
    assert outage_of(shape("...."), 0.021, 0.029).high_ms == pytest.approx(10.5)  # between two probes


# Waiting, late, failed


def test_a_young_probe_without_an_answer_is_waited_for() -> None:
    trail = shape("....xx")
    assert outage_of(trail, now=0.06).lost == 0
    assert outage_of(trail, now=0.06).high_ms == pytest.approx(10.5)
    assert outage_of(trail, now=0.9).high_ms is None  # nothing is known to be lost, but nothing bounds it either
    assert outage_of(trail, now=1.045).lost == 1
    assert outage_of(trail, now=1.06).lost == 2


def test_a_probe_that_later_ones_have_overtaken_is_lost_sooner() -> None:
    trail = shape("....xx" + "." * 20)
    assert outage_of(trail, now=0.1).lost == 0
    assert outage_of(trail, now=0.3).lost == 2
    assert outage_of(trail, now=0.3, rtt_s=0.05).lost == 0  # such a path may well reorder
    assert outage_of(trail, now=0.3, period_s=0.2).lost == 0


def test_a_late_answer_is_no_loss() -> None:
    outage = outage_of(shape("....l..."))
    assert (outage.lost, outage.late, outage.gaps) == (0, 1, ())
    assert outage.longest_late_ms == pytest.approx(300)
    assert outage.high_ms == pytest.approx(310)  # so long something may have been held up
    outage = outage_of(answered_at(0.001, 1.7, 0.001))
    assert (outage.lost, outage.late) == (0, 1)
    assert outage.longest_late_ms == pytest.approx(1700)


def test_what_is_late_depends_on_the_path_the_period_and_the_caller() -> None:
    trail = answered_at(0.15, 0.15)
    assert outage_of(trail).late == 2
    assert outage_of(trail, rtt_s=0.02).late == 0
    assert outage_of(trail, period_s=0.1).late == 0
    assert outage_of(trail, period_s=0.1, late_after_s=0.14).late == 2
    assert outage_of(answered_at(0.95), rtt_s=1.0).late == 1  # nearly as long as a loss


def test_what_could_not_be_sent_is_lost_and_failed() -> None:
    outage = outage_of(shape("..ff.."), now=0.06)
    assert (outage.sent, outage.lost, outage.failed) == (6, 2, 2)
    assert outage.middle_ms == pytest.approx(20)


def test_duplicates_are_counted_in_the_window() -> None:
    assert outage_of(shape("2.22.2"), 0.015, 0.045).duplicated == 2


# Against the truth

micro = 1e-6
paths = some.builds(
    Probes,
    period=some.integers(1000, 40_000).map(micro.__mul__),
    rtt=some.integers(50, 30_000).map(micro.__mul__),
    jitter=some.integers(0, 40_000).map(micro.__mul__),
    trip_jitter=some.just(0.0),
    phase=some.integers(0, 40_000).map(micro.__mul__),
    skipped=some.sampled_from((0.0, 0.0, 0.05, 0.4)),
    until=some.just(1.0),
    seed=some.integers(0, 10**6),
)
cuts = some.builds(
    lambda at, length: Cut(at / 1e6, (at + length) / 1e6), some.integers(300_000, 400_000), some.integers(1, 300_000)
)


def check_the_truth(probes: Probes, cut: Cut, begin: float) -> None:
    trail = probed(probes, cut)
    sent = [*trail.sent]
    assume(sent[0] < cut.down - 0.05)
    assume(sent[-1] > cut.up + 0.05)
    trip = probes.rtt + probes.trip_jitter
    outage = outage_of(trail, begin, rtt_s=trip, period_s=probes.period)
    assert outage.high_ms is not None
    assert outage.low_ms <= cut.length * 1000 + micro
    assert outage.high_ms >= cut.length * 1000 - micro
    if outage.gaps:
        around = [after - before for before, after in pairwise(sent) if after >= cut.down - trip and before <= cut.up]
        assert outage.middle_ms is not None
        assert outage.low_ms <= outage.middle_ms <= outage.high_ms
        assert abs(outage.middle_ms - cut.length * 1000) <= (max(around) + trip) * 1000 + micro
    else:
        assert outage.middle_ms is None


@given(paths, cuts)
@example(Probes(until=1.0), Cut(0.3, 0.3051))
def test_the_truth_lies_within_the_bounds(probes: Probes, cut: Cut) -> None:
    check_the_truth(probes, cut, 0.0)


@given(paths, cuts)
def test_the_truth_lies_within_the_bounds_of_a_window_that_begins_with_the_cut(probes: Probes, cut: Cut) -> None:
    check_the_truth(probes, cut, cut.down)


@given(paths, cuts, some.integers(0, 30_000))
def test_the_truth_lies_within_the_bounds_when_round_trips_differ(probes: Probes, cut: Cut, trips: int) -> None:
    probes = probes._replace(trip_jitter=trips * micro)
    assume(cut.length > 2 * (probes.rtt + probes.trip_jitter))
    outage = outage_of(probed(probes, cut), rtt_s=probes.rtt + probes.trip_jitter, period_s=probes.period)
    assume(outage.high_ms is not None)
    assert outage.low_ms <= cut.length * 1000 + micro
    assert (outage.high_ms or 0) >= cut.length * 1000 - micro


@given(paths, cuts, some.integers(0, 10**6))
def test_order_and_repetition_of_the_news_change_nothing(probes: Probes, cut: Cut, seed: int) -> None:
    told = news(probes._replace(period=max(0.005, probes.period)), cut)
    plain, mixed = outage_of(trail_of(told)), outage_of(trail_of(shuffled(told, seed)))
    assert mixed._replace(duplicated=0) == plain


@given(paths, some.lists(cuts, min_size=1, max_size=3), some.floats(0, 1.2), some.floats(0, 1.2), some.floats(0, 3))
def test_any_window_at_any_time_gives_a_sound_outage(
    probes: Probes, several: list[Cut], begin: float, until: float, now: float
) -> None:
    seen = [each for each in news(probes, *several) if each.at <= now]
    outage = outage_of(trail_of(seen), begin, until, now=now, period_s=probes.period)
    assert 0 <= outage.failed <= outage.lost <= outage.sent
    assert 0 <= outage.low_ms <= (inf if outage.high_ms is None else outage.high_ms)
    assert bool(outage.gaps) == bool(outage.lost)
    assert not words(outage, probes.period).startswith("0 ms")


@given(
    some.lists(
        some.builds(
            News,
            some.just(0),
            some.integers(0, 40),
            some.sampled_from((SENT, SENT, ANSWERED, FAILED)),
            some.floats(0, 2),
            some.just(1),
        )
    ),
    some.floats(-1, 3),
    some.floats(-1, 3),
    some.floats(-1, 5),
)
def test_random_news_never_raises(told: list[News], begin: float, until: float, now: float) -> None:
    trail = trail_of(told)
    outage = outage_of(trail, begin, until, now=now, rtt_s=None)
    assert words(outage, 0.01)
    assert gaps(trail, begin, until, now=now, rtt_s=None) == outage.gaps
    assert open_gap_ms(trail, now) >= 0
    since = quiet_since(trail, now, grace_s=0.1)
    assert since is None or since in trail.sent


# How the probes stand now


def test_the_probes_are_quiet_since_the_first_answer_after_the_last_loss() -> None:
    assert quiet_since(shape("..xx...."), 0.08, grace_s=0.03) == pytest.approx(0.04)
    assert quiet_since(shape("........"), 0.08, grace_s=0.03) == 0.0


def test_probes_on_their_way_disturb_nobody() -> None:
    assert quiet_since(shape("..x....xx"), 0.085, grace_s=0.03) == pytest.approx(0.03)
    assert quiet_since(shape("..x....xx"), 0.11, grace_s=0.03) is None
    assert quiet_since(shape("..x....f"), 0.08, grace_s=0.03) is None
    assert quiet_since(shape("..x....x."), 0.085, grace_s=0.03) == pytest.approx(0.03)
    assert quiet_since(shape("..x....x."), 0.11, grace_s=0.03) == pytest.approx(0.08)


def test_without_an_answer_nothing_is_quiet() -> None:
    assert quiet_since(Trail(), 1.0, grace_s=0.1) is None
    assert quiet_since(shape("xx"), 0.02, grace_s=0.1) is None


def test_an_open_gap_lasts_from_its_first_probe_to_now() -> None:
    assert open_gap_ms(shape("..xxx"), 0.3) == pytest.approx(280)
    assert open_gap_ms(shape("..xxx"), 0.05) == 0.0
    assert open_gap_ms(shape("..xxx"), 0.05, grace_s=0.02) == pytest.approx(30)
    assert open_gap_ms(shape("..xxx."), 3.0) == 0.0
    assert open_gap_ms(shape("..f"), 0.025) == pytest.approx(5)
    assert open_gap_ms(shape("xx"), 1.0) == pytest.approx(1000)
    assert open_gap_ms(Trail(), 3.0) == 0.0


# In words


@pytest.mark.parametrize(
    ("middle", "low", "high", "said"),
    [
        (120, 100, 140, "120 ms (100-140)"),
        (120, 99.9999999, 140.0000001, "120 ms (100-140)"),
        (120, 109.5, 130.5, "120 ms (109-131)"),
        (10, 0, 20.5, "10 ms (0-21)"),
        (4.2, 3.14, 5.21, "4.2 ms (3.1-5.3)"),
        (0.01, 0, 0.03, "0.1 ms (0.0-0.1)"),
        (3210, 3190, 3230, "3210 ms (3190-3230)"),
        (12_300, 12_210, 12_390, "12.3 s (12.2-12.4)"),
    ],
)
def test_a_figure_is_said_with_its_bounds(middle: float, low: float, high: float, said: str) -> None:
    gap = Gap(0.0, 0.1, 5, 0.0, 0.2, 0.0, 0.2)
    outage = Outage(9, 5, 0, 0, 0, (gap,), middle, low, high, middle, coarse=False)
    assert words(outage, 0.01) == said


def test_what_has_no_figure_is_said_in_words() -> None:
    assert words(outage_of(shape("......")), 0.01) == "0 lost (< 11 ms)"
    assert words(outage_of(shape("......", trip=0.0), rtt_s=0.0), 0.01) == "0 lost (< 10 ms)"
    assert words(outage_of(shape("......")), 0.1) == "0 lost (< 100 ms)"
    assert words(outage_of(shape("...xxxx")), 0.01) == "at least 29 ms, not over"
    assert words(outage_of(shape("..." + "x" * 325)), 0.01) == "at least 3.2 s, not over"
    assert words(outage_of(shape("...x")), 0.01) == "1 lost, not over"
    assert words(outage_of(shape("xxx...")), 0.01) == "at least 19 ms, begun before the first answer"
    assert words(outage_of(shape("...xx"), now=0.5), 0.01) == "0 lost so far"
    assert words(outage_of(Trail()), 0.01) == "no probe was sent"


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0.1 ms"),
        (0.04, "0.1 ms"),
        (1, "1 ms"),
        (4.24, "4.2 ms"),
        (9.97, "10 ms"),
        (999.4, "999 ms"),
        (3210, "3.2 s"),
    ],
)
def test_a_length_of_time_is_never_nothing(ms: float, said: str) -> None:
    assert span(ms) == said
