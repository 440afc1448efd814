"""Rates and history of one interface: never a number that the counters do not give."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.tracks import DOWNS_KEPT, SAMPLES, Rates, Track, followed, rates, sampled
from bondtui.model.bond import Counters, Link
from tests.builders import a_lost_slave, a_pair, a_slave, a_stamp, some_counters


def link_with(rx: int, tx: int = 0) -> Link:
    return a_slave(counters=some_counters(rx, tx)).link


def sampled_at(times: list[float], interval: float = 1.0) -> Track:
    track = Track(None)
    for n, mono in enumerate(times):
        track = sampled(track, link_with(n * 1000), mono, interval)
    return track


def test_a_rate_is_the_difference_per_second_in_bits() -> None:
    old, new = Counters(1000, 1, 1, 2, 3000, 4, 5, 6), Counters(2000, 2, 3, 3, 3500, 9, 6, 9)
    assert rates(old, new, 2.0) == Rates(rx_bits=4000, tx_bits=2000, errors=1.5, drops=2.0)


@pytest.mark.parametrize("field", Counters._fields)
def test_a_counter_that_went_backwards_gives_no_rate(field: str) -> None:
    old = Counters(*[100] * 8)
    assert rates(old, Counters(*[200] * 8)._replace(**{field: 99}), 1.0) is None


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_time_gives_no_rate(seconds: float) -> None:
    assert rates(some_counters(), some_counters(1), seconds) is None


COUNTERS = st.builds(Counters, *[st.integers(0, 2**64 - 1)] * 8)


@given(COUNTERS, COUNTERS, st.floats(0.001, 1e6))
def test_a_rate_is_never_negative(old: Counters, new: Counters, seconds: float) -> None:
    found = rates(old, new, seconds)
    backwards = any(after < before for before, after in zip(old, new, strict=True))
    assert (found is None) == backwards
    assert found is None or min(found) >= 0


def test_the_first_reading_gives_no_rate() -> None:
    track = sampled_at([0.0])
    assert (track.rates, track.samples) == (None, ())


def test_each_later_reading_gives_one_sample() -> None:
    assert sampled_at([0.0, 1.0, 2.0]).samples == (Rates(8000, 0, 0, 0), Rates(8000, 0, 0, 0))


def test_a_reset_is_a_gap_and_no_spike() -> None:
    track = sampled(sampled_at([0.0, 1.0]), link_with(10), 2.0, 1.0)
    assert (track.rates, track.samples) == (None, (Rates(8000, 0, 0, 0), None))
    assert sampled(track, link_with(1010), 3.0, 1.0).rates == Rates(8000, 0, 0, 0)


def test_missed_beats_leave_gaps() -> None:
    track = sampled_at([0.0, 1.0, 4.0])
    assert track.samples == (Rates(8000, 0, 0, 0), None, None, Rates(8000 / 3, 0, 0, 0))


def test_a_beat_that_comes_a_little_late_is_not_missed() -> None:
    assert len(sampled_at([0.0, 1.3, 2.1, 3.4]).samples) == 3


def test_other_intervals_count_their_own_beats() -> None:
    assert len(sampled_at([0.0, 0.1, 0.4], interval=0.1).samples) == 4
    assert len(sampled_at([0.0, 5.0, 10.0], interval=5.0).samples) == 2


def test_counters_that_are_not_told_give_no_rate() -> None:
    track = sampled(sampled_at([0.0, 1.0]), link_with(0)._replace(counters=None), 2.0, 1.0)
    assert track.rates is None
    assert sampled(track, link_with(5000), 3.0, 1.0).rates is None


@given(st.lists(st.floats(0, 10_000), min_size=2, max_size=30))
def test_the_history_is_bounded_and_keeps_the_newest(times: list[float]) -> None:
    track = sampled_at(sorted(times))
    assert len(track.samples) <= SAMPLES
    assert track.samples[-1] == track.rates
    beats = sum(max(0, round(after - before) - 1) + 1 for before, after in pairwise(sorted(times)))
    assert len(track.samples) == min(SAMPLES, beats)


UP, LOST = a_slave().link, a_lost_slave().link


def test_a_loss_is_remembered_until_the_slave_is_back() -> None:
    lost = followed(Track(None), UP, LOST, a_stamp(5))
    assert (lost.down_since, lost.downs, lost.new_failures) == (a_stamp(5), (a_stamp(5).mono,), 1)
    still = followed(lost, LOST, LOST._replace(mtu=9000), a_stamp(6))
    assert still == lost
    assert followed(lost, LOST, UP, a_stamp(7)) == lost._replace(down_since=None)


@pytest.mark.parametrize(
    "lost",
    [
        a_slave(carrier=False).link,
        a_slave(admin_up=False).link,
        a_slave(mii="going down").link,
        a_slave(mii="down").link,
        a_slave(mii=None).link,
        a_slave()._replace().link._replace(slave=None),
    ],
)
def test_each_way_to_lose_a_slave_counts(lost: Link) -> None:
    assert followed(Track(None), UP, lost, a_stamp(5)).down_since == a_stamp(5)


def test_carrier_that_is_not_told_is_no_loss() -> None:
    assert followed(Track(None), UP, UP._replace(carrier=None), a_stamp(5)).down_since is None


def test_a_bond_is_never_lost_as_a_slave_is() -> None:
    up, down = a_pair().link, a_pair(carrier=False).link
    assert followed(Track(None), up, down, a_stamp(5)) == Track(None)


def test_failures_are_counted_since_the_first_sight() -> None:
    three, five, none = (a_slave(failures=n).link for n in (3, 5, None))
    track = followed(Track(None), three, five, a_stamp(1))
    assert track.new_failures == 2
    assert followed(track, five, three, a_stamp(2)).new_failures == 2
    assert followed(track, five, none, a_stamp(2)).new_failures == 2
    assert followed(track, none, five, a_stamp(2)).new_failures == 2


def test_losses_lately_are_those_of_ten_minutes() -> None:
    track = Track(None, downs=(0.0, 100.0, 650.0, 700.0))
    assert [track.downs_within(mono) for mono in (0.0, 600.0, 600.1, 700.1, 2000.0)] == [4, 4, 3, 2, 0]


def test_losses_are_bounded() -> None:
    track = Track(None)
    for n in range(DOWNS_KEPT + 50):
        track = followed(track, UP, LOST, a_stamp(n))
    assert len(track.downs) == DOWNS_KEPT
    assert track.downs[-1] == a_stamp(DOWNS_KEPT + 49).mono
