"""Rates and history of one interface: never a number that the counters do not give."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.tracks import DOWNS_KEPT, SAMPLES, Rates, Track, followed, rates, sampled
from bondtui.model.bond import Counters, Link, LinkErrors
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import lacp
from bondtui.simulated.play import begun, watched
from tests.builders import (
    a_lost_slave,
    a_monitor,
    a_pair,
    a_port,
    a_slave,
    a_stamp,
    a_track,
    some_counters,
    some_errors,
)


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
    assert followed(lost, LOST, UP, a_stamp(7)) == lost._replace(down_since=None, mii_at=7, carrier_at=7)


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
    track = followed(Track(None), up, down, a_stamp(5))
    assert (track.down_since, track.downs) == (None, ())


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


def seen(*links: Link) -> Track:
    """The track of an interface that was described so, once a second from second 0 on."""
    track = a_track(first_at=0.0)
    for second, (old, new) in enumerate(pairwise(links), start=1):
        track = followed(track, old, new, a_stamp(second))
    return track


def test_an_interface_is_first_seen_once() -> None:
    monitor = a_monitor(a_pair(), mono=40.0)
    assert {track.first_at for track in monitor.tracks.values()} == {40.0}


def test_the_latest_change_of_the_mii_status_is_known() -> None:
    states = [a_slave(mii=mii).link for mii in ("up", "going down", "going down", "down", "down")]
    assert seen(*states).mii_at == 3
    assert seen(states[0], states[0]._replace(mtu=9000)).mii_at is None


@pytest.mark.parametrize("changed", [{"actor": 7}, {"partner": 7}, {"actor": 71}, {"actor": None}])
def test_it_is_known_since_when_a_port_carries_no_traffic(changed: dict[str, int]) -> None:
    usual, other = a_port().link, a_port(**changed).link  # type: ignore[arg-type]
    assert seen(usual, usual, other, other).lacp_at == 2
    assert seen(other, other, usual).lacp_at == 2
    assert seen(usual, a_port(failures=1).link).lacp_at is None


@pytest.mark.parametrize("changed", [{"aggregator": 2}, {"actor": 15}, {"actor": 143}, {"partner": 0}])
def test_steps_on_the_way_of_a_port_are_no_new_beginning(changed: dict[str, int]) -> None:
    idle, other = a_port(actor=7, partner=7).link, a_port(**{"actor": 7, "partner": 7, **changed}).link  # type: ignore[arg-type]
    assert seen(idle, other, idle).lacp_at is None


def test_failures_of_a_slave_that_is_set_up_have_their_times() -> None:
    counted = [a_slave(failures=n).link for n in (1, 1, 3, 0, 1)]
    track = seen(*counted)
    assert (track.failures, track.new_failures) == ((2, 2, 4), 3)
    set_down = a_slave(failures=2, admin_up=False).link
    assert seen(counted[0], set_down).failures == ()


def test_times_of_failures_are_bounded() -> None:
    track = seen(a_slave(failures=0).link, a_slave(failures=2**32 - 1).link)
    assert len(track.failures) == DOWNS_KEPT
    assert track.new_failures == 2**32 - 1


def with_carrier(carrier: bool | None, changes: int | None, *, admin_up: bool = True) -> Link:
    return a_slave(carrier=carrier, carrier_changes=changes, admin_up=admin_up).link


@pytest.mark.parametrize(
    ("old", "new", "losses"),
    [
        (with_carrier(True, 2), with_carrier(False, 3), 1),
        (with_carrier(False, 3), with_carrier(True, 4), 0),
        (with_carrier(True, 2), with_carrier(True, 2), 0),
        (with_carrier(True, 2), with_carrier(True, 4), 1),
        (with_carrier(True, 2), with_carrier(False, 7), 3),
        (with_carrier(False, 3), with_carrier(False, 5), 1),
        (with_carrier(False, 3), with_carrier(True, 8), 2),
        (with_carrier(True, None), with_carrier(False, None), 1),
        (with_carrier(None, 2), with_carrier(True, 2), 0),
        (with_carrier(True, 9), with_carrier(True, 1), 0),
        (with_carrier(True, 2), with_carrier(False, 3, admin_up=False), 0),
        (with_carrier(False, 3, admin_up=False), with_carrier(True, 4), 0),
    ],
)
def test_carrier_is_lost_as_often_as_was_seen_or_counted(old: Link, new: Link, losses: int) -> None:
    assert seen(old, new).carrier_losses == (1,) * losses


HEARD, EXPIRED, DEFAULTED = 63, 135, 71


def test_a_partner_that_falls_silent_on_a_good_link_is_remembered() -> None:
    heard, expired, defaulted = (a_port(actor=actor).link for actor in (HEARD, EXPIRED, DEFAULTED))
    track = seen(heard, expired, defaulted, heard, heard, defaulted)
    assert list(track.silences) == [1, 5]
    assert seen(defaulted, expired).silences == ()
    assert seen(heard, a_port(actor=7).link).silences == ()
    assert seen(a_port(actor=None).link, defaulted).silences == ()


def test_a_partner_that_is_lost_with_the_link_has_not_fallen_silent() -> None:
    lost = a_port(actor=DEFAULTED, carrier=False, mii="down").link
    assert seen(a_port().link, lost).silences == ()


def test_the_state_that_outlived_a_lost_link_says_nothing_of_silence() -> None:
    driver = lacp()
    monitor = begun(driver, interval=0.1)
    for lap in range(3):
        driver.cut("ens1f0np0")
        monitor = watched(monitor, driver, 20.0 * lap + 5.0)
        driver.plug("ens1f0np0")
        monitor = watched(monitor, driver, 20.0 * lap + 20.0)
    track = monitor.tracks[2]
    assert len(track.carrier_losses) == 3
    assert track.silences == ()


def test_a_silent_partner_is_seen_in_the_simulated_driver() -> None:
    driver = lacp()
    monitor = begun(driver)
    for lap in range(2):
        Driver.silence(driver, "ens1f0np0")
        monitor = watched(monitor, driver, 30.0 * lap + 10.0)
        Driver.speak(driver, "ens1f0np0")
        monitor = watched(monitor, driver, 30.0 * lap + 30.0)
    assert len(monitor.tracks[2].silences) == 2
    assert monitor.tracks[3].silences == ()


def errors_of(*samples: LinkErrors | None) -> Track:
    """The track after one sample in each second, from second 0 on."""
    track = a_track()
    for mono, errors in enumerate(samples):
        track = sampled(track, a_slave(errors=errors).link, float(mono), 1.0)
    return track


def test_a_rise_of_errors_is_remembered_with_what_was_before() -> None:
    three, five = some_errors(rx_crc=3), some_errors(rx_crc=5)
    track = errors_of(three, three, five, five)
    assert (track.errors, track.errors_at, track.errors_before) == (five, 2.0, three)
    assert errors_of(three, three).errors_at is None
    assert errors_of(three).errors == three


@pytest.mark.parametrize("kind", [each for each in LinkErrors._fields if each != "rx_nohandler"])
def test_every_kind_of_error_counts(kind: str) -> None:
    assert errors_of(some_errors(), some_errors(**{kind: 1})).errors_at == 1.0


def test_frames_that_nobody_wanted_are_no_errors() -> None:
    track = errors_of(some_errors(rx_nohandler=1), some_errors(rx_nohandler=9))
    assert (track.errors, track.errors_at) == (some_errors(rx_nohandler=9), None)
    old = errors_of(some_errors(rx_nohandler=None), some_errors(rx_nohandler=None, tx_carrier=1))
    assert old.errors_at == 1.0


def test_errors_that_fall_back_or_are_not_told_are_no_rise() -> None:
    five, none = some_errors(rx_crc=5), some_errors()
    assert errors_of(five, none).errors_at is None
    assert errors_of(five, none).errors == none
    assert errors_of(five, None).errors == five


def test_being_set_down_is_no_failure_of_the_link_though_it_is_counted_when_up_again() -> None:
    up, down = a_slave(failures=0).link, a_slave(failures=0, admin_up=False, carrier=False).link
    counted = a_slave(failures=1).link
    assert seen(up, down, counted).failures == ()
    assert seen(up, down, up, up, up, up, counted).failures == (6,)


def test_it_is_known_since_when_there_is_carrier() -> None:
    up, lost = a_slave().link, a_slave(carrier=False).link
    assert seen(up, up).carrier_at is None
    assert seen(up, lost, lost, up, up).carrier_at == 3
