"""The state of the ping strip: what is seen of light probes, and the outages that are written down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bondtui.drill.heartbeat import GOOD, LATE, LOST, NONE, WAITING
from bondtui.drill.strip import (
    CELLS_AT_MOST,
    LONGEST_S,
    PERIOD_S,
    PROBES_AT_MOST,
    SAID_S,
    Ended,
    Tape,
    figure,
    happening,
    sentence,
)
from bondtui.model.bond import LACP
from bondtui.model.event import Event
from bondtui.model.probe import ANSWERED, FAILED, SENT, News
from tests.builders import BOND, a_bond, a_pair, a_slave, a_stamp

BEGIN_S = 1000.0
RTT_S = 0.001
GATEWAY = "192.168.10.1"
BALANCE_XOR = 2


class Watch:
    """Somebody who takes the news five times a second, and reads what there is to see."""

    def __init__(self, missing: Callable[[int], bool], *, rtt_s: Callable[[int], float] = lambda _: RTT_S) -> None:
        self.tape = Tape(BOND, GATEWAY)
        self.now = BEGIN_S
        self.ended: list[Ended] = []
        self._missing = missing
        self._rtt_s = rtt_s
        self._number = 0
        self._answers: list[News] = []

    def until(self, number: int) -> Watch:
        """Go on until just before the probe of this number is sent."""
        while self._number < number:
            self.beat(self._sent())
        return self

    def _sent(self) -> list[News]:
        number, at = self._number, BEGIN_S + self._number * PERIOD_S
        self._number += 1
        if not self._missing(number):
            self._answers.append(News(0, number, ANSWERED, at + self._rtt_s(number)))
        return [News(0, number, SENT, at)]

    def beat(self, news: Iterable[News] = ()) -> None:
        """The news that there are after another period."""
        self.now = BEGIN_S + self._number * PERIOD_S - 0.001
        here = [each for each in self._answers if each.at <= self.now]
        self._answers = [each for each in self._answers if each.at > self.now]
        self.tape.take([*news, *here])
        self.ended += self.tape.ended(self.now)

    @property
    def beats(self) -> tuple[str, ...]:
        return self.tape.strip(self.now).beats


def without(*numbers: int) -> Callable[[int], bool]:
    return lambda number: number in numbers


def between(first: int, last: int) -> Callable[[int], bool]:
    return lambda number: first <= number <= last


def at(number: float) -> float:
    """When the probe of this number is sent."""
    return BEGIN_S + number * PERIOD_S


def an_event(kind: str, number: float, severity: str = "warn", *, bond: int = BOND, polled: bool = False) -> Event:
    return Event(1, a_stamp(at(number)), kind, "bond0", "words", bond, bond, polled=polled, severity=severity)


def the_outage(missing: Callable[[int], bool] | None = None) -> Ended:
    return the_only(Watch(missing or between(10, 11)).until(30).ended)


def the_only(ended: list[Ended]) -> Ended:
    (one,) = ended
    return one


def test_a_healthy_strip_has_one_answered_cell_for_each_probe() -> None:
    watch = Watch(without()).until(30)
    strip = watch.tape.strip(watch.now)
    assert strip.beats == (GOOD,) * 30
    assert strip.bond == BOND
    assert strip.address == GATEWAY
    assert strip.rtt_ms == pytest.approx(1.0)
    assert strip.silent_ms is None
    assert strip.outage == ""
    assert strip.until == pytest.approx(at(29.5))
    assert watch.ended == []


def test_before_the_first_probe_there_is_nothing_to_see() -> None:
    strip = Tape(BOND, GATEWAY).strip(BEGIN_S)
    assert (strip.beats, strip.rtt_ms, strip.silent_ms) == ((), None, None)


def test_a_lost_probe_is_waited_for_before_it_is_called_lost() -> None:
    watch = Watch(between(5, 100))
    assert watch.until(7).beats == (*(GOOD,) * 5, WAITING, WAITING)
    assert watch.until(12).beats[5:7] == (LOST, LOST)
    assert watch.beats[-1] == WAITING


def test_lost_probes_are_never_bridged() -> None:
    beats = Watch(without(5, 6, 9)).until(20).beats
    assert beats == (*(GOOD,) * 5, LOST, LOST, GOOD, GOOD, LOST, *(GOOD,) * 10)


def test_a_late_answer_is_drawn_as_late_and_is_no_outage() -> None:
    watch = Watch(without(), rtt_s=lambda number: 0.7 if number == 5 else RTT_S).until(20)
    assert watch.beats == (*(GOOD,) * 5, LATE, *(GOOD,) * 14)
    assert watch.ended == []


def test_only_what_can_be_shown_is_shown() -> None:
    watch = Watch(without(3, 300)).until(400)
    assert len(watch.beats) == CELLS_AT_MOST
    assert [n for n, each in enumerate(watch.beats) if each == LOST] == [300 - (400 - CELLS_AT_MOST)]


def test_where_no_probe_was_sent_there_is_a_gap_of_another_sort() -> None:
    tape = Tape(BOND, GATEWAY)
    for number, sent in enumerate((0, 1, 2, 6, 7)):
        tape.take([News(0, number, SENT, at(sent)), News(0, number, ANSWERED, at(sent) + RTT_S)])
    assert tape.strip(at(7.1)).beats == (GOOD, GOOD, GOOD, NONE, NONE, NONE, GOOD, GOOD)


def test_the_strip_goes_on_when_the_engine_sends_no_more() -> None:
    watch = Watch(without()).until(5)
    later = watch.tape.strip(at(12.1))
    assert later.beats == (*(GOOD,) * 5, *(NONE,) * 6)
    assert later.until == pytest.approx(at(10.5))


def test_probes_that_are_sent_a_little_early_or_late_keep_their_cells() -> None:
    tape = Tape(BOND, GATEWAY)
    for number in range(50):
        sent = at(number) + (0.09, -0.09, 0.0)[number % 3] * (number > 0)
        tape.take([News(0, number, SENT, sent), News(0, number, ANSWERED, sent + RTT_S)])
    assert tape.strip(at(49.5)).beats == (GOOD,) * 50


def test_silence_is_told_while_it_lasts() -> None:
    watch = Watch(between(10, 19))
    assert watch.until(11).tape.strip(watch.now).silent_ms is None
    strip = watch.until(20).tape.strip(watch.now)
    assert strip.silent_ms == pytest.approx(10 * PERIOD_S * 1000, abs=2)
    assert strip.rtt_ms == pytest.approx(1.0)
    strip = watch.until(22).tape.strip(watch.now)
    assert strip.silent_ms is None


def test_a_target_that_never_answers_is_silent_from_the_start_and_has_no_round_trip() -> None:
    watch = Watch(lambda _: True).until(30)
    strip = watch.tape.strip(watch.now)
    assert strip.silent_ms == pytest.approx(6000, abs=2)
    assert strip.rtt_ms is None
    assert watch.ended == []
    assert watch.tape.unfinished(watch.now) is None


def test_silence_before_the_first_answer_is_no_outage_and_later_losses_are() -> None:
    watch = Watch(lambda number: number < 10 or number in (20, 21)).until(40)
    assert the_only(watch.ended).began == pytest.approx(at(20))


def test_a_long_round_trip_is_no_silence() -> None:
    watch = Watch(without(), rtt_s=lambda _: 0.35).until(40)
    assert watch.tape.strip(watch.now).silent_ms is None
    assert watch.ended == []


def test_an_outage_is_told_once_with_its_bounds_when_it_is_over() -> None:
    watch = Watch(between(10, 11)).until(12)
    assert watch.ended == []
    assert len(watch.until(20).ended) == 1
    (ended,) = watch.until(200).ended
    assert ended.began == pytest.approx(at(10))
    assert ended.until == pytest.approx(at(12))
    assert ended.outage.lost == 2
    assert ended.outage.low_ms <= 200 <= (ended.outage.middle_ms or 0) <= 600 <= (ended.outage.high_ms or 0)
    assert figure(ended.outage) == "400 ms (199-601)"


def test_the_figure_stays_beside_the_strip_for_a_while() -> None:
    watch = Watch(between(10, 11)).until(20)
    assert watch.tape.strip(watch.now).outage == "400 ms (199-601)"
    watch.until(int(SAID_S / PERIOD_S) + 15)
    assert watch.tape.strip(watch.now).outage == ""


def test_a_single_lost_probe_is_said_as_one() -> None:
    ended = the_outage(without(10))
    assert figure(ended.outage) == "1 probe lost (< 401 ms)"
    assert sentence(ended.outage, GATEWAY) == "1 probe lost (< 401 ms)"
    assert sentence(ended.outage, GATEWAY, "failover") == "failover, 1 probe lost (< 401 ms)"


def test_losses_close_together_are_one_outage_and_others_are_another() -> None:
    one = Watch(without(10, 11, 13)).until(40).ended
    assert [(each.outage.lost, len(each.outage.gaps)) for each in one] == [(3, 2)]
    assert figure(one[0].outage).endswith(" in 2 gaps")
    two = Watch(without(10, 11, 19)).until(40).ended
    assert [each.outage.lost for each in two] == [2, 1]


def test_losses_without_end_are_told_piece_by_piece() -> None:
    watch = Watch(lambda number: number % 3 == 2).until(int(2.5 * LONGEST_S / PERIOD_S))
    assert len(watch.ended) == 2
    assert watch.ended[0].until <= watch.ended[1].began
    assert all(each.until - each.began == pytest.approx(LONGEST_S, abs=2) for each in watch.ended)


def test_an_outage_of_minutes_is_told_only_when_it_is_decided_what_was_lost() -> None:
    last = int(2 * LONGEST_S / PERIOD_S)
    assert Watch(between(10, last)).until(last + 3).ended == []
    assert the_only(Watch(between(10, last)).until(last + 30).ended).outage.lost == last - 9


def test_probes_that_cannot_be_sent_are_lost() -> None:
    tape = Tape(BOND, GATEWAY)
    ended = []
    for number in range(30):
        failed = 10 <= number < 15
        tape.take([News(0, number, FAILED if failed else SENT, at(number), 101 if failed else 0)])
        tape.take([] if failed else [News(0, number, ANSWERED, at(number) + RTT_S)])
        ended += tape.ended(at(number + 0.5))
    assert [(each.outage.lost, each.outage.failed) for each in ended] == [(5, 5)]


def test_what_is_not_over_can_be_told_when_the_probes_are_stopped() -> None:
    watch = Watch(between(10, 1000)).until(30)
    assert watch.ended == []
    unfinished = watch.tape.unfinished(watch.now)
    assert unfinished is not None
    assert unfinished.began == pytest.approx(at(10))
    assert sentence(unfinished.outage, GATEWAY).startswith(f"no answer from {GATEWAY} for at least ")
    assert sentence(unfinished.outage, GATEWAY).endswith("not over")
    assert sentence(unfinished.outage, GATEWAY, "failover").startswith("failover, no answer from ")


def test_nothing_is_left_to_tell_when_all_was_answered_or_told() -> None:
    for watch in (Watch(without()).until(30), Watch(between(10, 11)).until(30)):
        assert watch.tape.unfinished(watch.now) is None


def test_a_long_outage_is_measured_and_costs_no_memory() -> None:
    last = 10 + 4 * PROBES_AT_MOST
    watch = Watch(between(10, last))
    most = max(watch.until(number).tape.kept for number in range(100, last + 200, 100))
    assert most <= PROBES_AT_MOST
    (ended,) = watch.ended
    assert ended.began == pytest.approx(at(10))
    assert ended.outage.middle_ms == pytest.approx((last - 9) * PERIOD_S * 1000, abs=1)
    assert (ended.outage.high_ms or 0) - ended.outage.low_ms == pytest.approx(2 * PERIOD_S * 1000, abs=3)


def test_little_is_kept_while_all_is_well() -> None:
    assert Watch(without()).until(5000).tape.kept <= CELLS_AT_MOST + 10


@pytest.mark.parametrize(
    ("event", "mode", "words"),
    [
        (an_event("active-changed", 10.4), 1, "failover"),
        (an_event("active-changed", 8), 1, "failover"),
        (an_event("active-changed", 14), 1, "failover"),
        (an_event("active-changed", 7), 1, ""),
        (an_event("active-changed", 15), 1, ""),
        (an_event("active-changed", 15, polled=True), 1, "failover"),
        (an_event("active-changed", 20, polled=True), 1, ""),
        (an_event("active-changed", 10, bond=99), 1, ""),
        (an_event("active-changed", 10, "bad"), 1, ""),
        (an_event("mii-changed", 10), 1, ""),
        (an_event("mii-changed", 10), BALANCE_XOR, "failover"),
        (an_event("mii-changed", 10, "bad"), BALANCE_XOR, "failover"),
        (an_event("ports-changed", 10), LACP, "failover"),
        (an_event("bond-carrier-lost", 10, "bad"), 1, "bond without carrier"),
        (an_event("outage", 10), 1, ""),
    ],
)
def test_what_has_happened_to_the_bond_about_that_time_is_told(event: Event, mode: int, words: str) -> None:
    bond = a_bond(a_slave("eno1", 2), a_slave("eno2", 3), mode=mode)
    assert happening(the_outage(), [event], bond, 1.0) == words


def test_the_log_reads_like_a_sentence() -> None:
    ended = the_outage()
    assert sentence(ended.outage, GATEWAY, "failover") == "failover, 400 ms (199-601) without answer"
    assert sentence(ended.outage, GATEWAY) == f"no answer from {GATEWAY} for 400 ms (199-601)"
    events = [an_event("carrier-lost", 9.9, "bad"), an_event("active-changed", 10.3)]
    assert happening(ended, events, a_pair(), 1.0) == "failover"


@settings(max_examples=60, deadline=None)
@given(lost=st.sets(st.integers(1, 150)), stop=st.integers(160, 200))
def test_every_lost_probe_is_told_in_exactly_one_outage(lost: Collection[int], stop: int) -> None:
    watch = Watch(lambda number: number in lost).until(stop)
    assert sum(each.outage.lost for each in watch.ended) == len(lost)
    assert all(low.until <= high.began for low, high in zip(watch.ended, watch.ended[1:], strict=False))
    for each in watch.ended:
        assert each.outage.high_ms is not None
    shown = watch.beats
    assert [n for n, each in enumerate(shown) if each == LOST] == sorted(lost)
