"""What becomes of each probe, whatever order the news comes in."""

from __future__ import annotations

from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bondtui.drill.trail import Trail, take, trails
from bondtui.model.probe import AGAIN, ANSWERED, FAILED, SENT, News
from tests.probe_paths import Cut, Probes, news, shape, shuffled, trail_of


def test_a_probe_is_sent_and_answered() -> None:
    trail = trail_of([News(0, 0, SENT, 1.0), News(0, 1, SENT, 1.01), News(0, 0, ANSWERED, 1.0004)])
    assert len(trail) == 2
    assert list(trail.sent) == [1.0, 1.01]
    assert trail.answered[0] == 1.0004
    assert isnan(trail.answered[1])
    assert trail.unanswered() == [1]
    assert trail.newest_answered == 0


def test_nothing_is_answered_at_first() -> None:
    trail = Trail()
    assert (len(trail), trail.newest_answered, trail.unanswered(), trail.within(0.0, 9.0)) == (0, None, [], (0, 0))
    trail.forget(5.0)
    assert len(trail) == 0


def test_probes_are_found_by_the_time_at_which_they_were_sent() -> None:
    trail = shape("......")
    assert trail.within(0.01, 0.03) == (1, 3)
    assert trail.within(0.005, 0.0301) == (1, 4)
    assert trail.within(-1.0, 9.0) == (0, 6)
    assert trail.within(0.03, 0.01) == (3, 3)


def test_further_answers_are_counted_and_the_first_one_holds() -> None:
    trail = trail_of([News(0, 0, SENT, 1.0), News(0, 0, ANSWERED, 1.3), News(0, 0, AGAIN, 1.4), News(0, 0, AGAIN, 1.2)])
    assert trail.answered[0] == 1.2
    assert trail.duplicates == {0: 2}


def test_what_could_not_be_sent_keeps_its_error() -> None:
    trail = trail_of([News(0, 0, SENT, 1.0), News(0, 0, FAILED, 1.0, 101), News(0, 1, FAILED, 1.1, 105)])
    assert trail.errors == {0: 101, 1: 105}
    assert list(trail.sent) == [1.0, 1.1]
    assert trail.unanswered() == [0, 1]
    assert trail.failed(1)


def test_an_answer_may_be_told_before_its_probe() -> None:
    trail = trail_of([News(0, 0, ANSWERED, 1.1), News(0, 1, AGAIN, 1.2), News(0, 1, SENT, 1.05), News(0, 0, SENT, 1.0)])
    assert list(trail.numbers) == [1]
    assert trail.answered[0] == 1.2
    trail = trail_of([News(0, 0, ANSWERED, 1.1), News(0, 0, SENT, 1.0)])
    assert (trail.answered[0], trail.unanswered()) == (1.1, [])


def test_no_answer_comes_before_its_probe() -> None:
    assert trail_of([News(0, 0, SENT, 1.0), News(0, 0, ANSWERED, 0.9999)]).answered[0] == 1.0


def test_numbers_may_be_left_out() -> None:
    trail = trail_of(
        [News(0, n, SENT, n / 10) for n in (0, 3, 4, 9)] + [News(0, 4, ANSWERED, 0.5), News(0, 5, ANSWERED, 1)]
    )
    assert list(trail.numbers) == [0, 3, 4, 9]
    assert trail.unanswered() == [0, 1, 3]
    assert trail.newest_answered == 2


@pytest.mark.parametrize(
    "odd",
    [
        News(0, 7, ANSWERED, 1.0),
        News(0, -1, SENT, 1.0),
        News(0, -1, ANSWERED, 1.0),
        News(0, 2**70, SENT, 1.0),
        News(0, 1, SENT, 5.0),
        News(0, 0, SENT, nan),
        News(0, 3, SENT, inf),
        News(0, 0, ANSWERED, nan),
        News(0, 0, "unheard of", 1.0),
        News(0, 2**70, FAILED, 1.0, 1),
    ],
)
def test_news_that_makes_no_sense_changes_nothing(odd: News) -> None:
    trail = shape("..x")
    before = (
        list(trail.sent),
        trail.unanswered(),
        dict(trail.errors),
        dict(trail.duplicates),
        list(trail.answered)[:2],
    )
    trail.add(odd)
    assert (
        list(trail.sent),
        trail.unanswered(),
        dict(trail.errors),
        dict(trail.duplicates),
        list(trail.answered)[:2],
    ) == before


def test_old_probes_are_forgotten_and_numbers_go_on() -> None:
    trail = shape("2f...x..")
    trail.forget(0.045)
    assert list(trail.numbers) == [5, 6, 7]
    assert (len(trail), trail.unanswered(), trail.newest_answered) == (3, [0], 2)
    assert (trail.errors, trail.duplicates) == ({}, {})
    trail.add(News(0, 2, ANSWERED, 0.1))
    trail.add(News(0, 2, SENT, 0.1))
    trail.add(News(0, 8, SENT, 0.08))
    trail.add(News(0, 5, ANSWERED, 0.081))
    assert list(trail.numbers) == [5, 6, 7, 8]
    assert trail.unanswered() == [3]
    trail.forget(1.0)
    assert (len(trail), trail.newest_answered) == (0, None)
    trail.add(News(0, 8, SENT, 0.08))
    trail.add(News(0, 9, SENT, 1.1))
    assert list(trail.numbers) == [9]
    assert trail.unanswered() == [0]


def test_forgetting_keeps_what_is_measured_of_the_rest() -> None:
    told = news(Probes(until=1.0), Cut(0.6, 0.7))
    whole, short = trail_of(told), trail_of(told)
    short.forget(0.5)
    gone = len(whole) - len(short)
    assert gone > 0
    assert short.unanswered() == [each - gone for each in whole.unanswered()]
    assert list(short.sent) == list(whole.sent)[gone:]


def test_news_goes_to_the_trail_of_its_flow() -> None:
    both = trails(2)
    take(both, [News(0, 0, SENT, 1.0), News(1, 0, SENT, 1.1), News(2, 0, SENT, 1.2), News(-1, 0, SENT, 1.3)])
    assert [list(each.sent) for each in both] == [[1.0], [1.1]]


@given(some.integers(0, 10**6))
def test_order_and_repetition_of_the_news_do_not_matter(seed: int) -> None:
    told = news(Probes(period=0.01, trip_jitter=0.03, skipped=0.1, until=0.6, seed=seed), Cut(0.2, 0.3))
    plain, mixed = trail_of(told), trail_of(shuffled(told, seed))
    assert list(mixed.sent) == list(plain.sent)
    assert mixed.unanswered() == plain.unanswered()
    assert mixed.newest_answered == plain.newest_answered
    assert [each for each in mixed.answered if not isnan(each)] == [each for each in plain.answered if not isnan(each)]


times = some.floats(allow_nan=True, allow_infinity=True) | some.floats(0, 3)
kinds = some.sampled_from((SENT, SENT, ANSWERED, ANSWERED, AGAIN, FAILED, "?"))


@given(some.lists(some.builds(News, some.integers(-1, 2), some.integers(-2, 30), kinds, times, some.integers(0, 200))))
def test_random_news_never_raises_and_leaves_a_sound_trail(told: list[News]) -> None:
    both = trails(2)
    take(both, told)
    for trail in both:
        assert len(trail.sent) == len(trail.answered) == len(trail.numbers) == len(trail)
        assert list(trail.sent) == sorted(trail.sent)
        assert list(trail.numbers) == sorted(set(trail.numbers))
        assert trail.unanswered() == [n for n, each in enumerate(trail.answered) if isnan(each)]
        answered = [n for n, each in enumerate(trail.answered) if not isnan(each)]
        assert trail.newest_answered == (answered[-1] if answered else None)
        assert set(trail.errors) | set(trail.duplicates) <= set(trail.numbers)
        trail.forget(1.0)
        assert all(each >= 1.0 for each in trail.sent)
        assert trail.unanswered() == [n for n, each in enumerate(trail.answered) if isnan(each)]
