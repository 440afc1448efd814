"""The event log: newest last, local time to the millisecond, and how long after its cause."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.monitor import Monitor
from bondtui.model.event import Event
from bondtui.model.reading import Stamp
from bondtui.view.line import line_width, plain
from bondtui.view.log import log_lines, log_title, stamp
from bondtui.view.look import Look
from tests.builders import a_stamp


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def an_event(number: int = 1, **rest: Any) -> Event:
    return Event(**{"number": number, "at": a_stamp(), "kind": "k", "subject": "eno1", "words": f"w{number}", **rest})


def look_at(*events: Event, count: int | None = None, back: int = 0) -> Look:
    monitor = Monitor(events=events, event_count=len(events) if count is None else count)
    return Look(monitor, a_stamp(), events_back=back)


def drawn(*events: Event, cells: int = 100, rows: int = 10, back: int = 0) -> list[str]:
    return [plain(line) for line in log_lines(look_at(*events, back=back), cells, rows)]


MANY = [an_event(n) for n in range(1, 31)]


def numbers(lines: list[str]) -> list[int]:
    return [int(line.split()[2][1:]) for line in lines]


@pytest.mark.parametrize(
    ("wall", "text"),
    [
        (1_700_000_000.0, "22:13:20.000"),
        (1_700_000_000.0625, "22:13:20.062"),
        (1_700_000_000.9999, "22:13:20.999"),
        (1_700_000_059.999, "22:14:19.999"),
    ],
)
def test_the_time_is_local_and_exact_to_the_millisecond(wall: float, text: str) -> None:
    assert stamp(wall) == text


def test_an_event_says_when_who_what_and_how_long_after() -> None:
    (line,) = drawn(an_event(words="MII down", delta_ms=93.4, at=Stamp(1.0, 1_700_000_000.5)))
    assert line.split() == ["22:13:20.500", "eno1", "MII", "down", "+93", "ms"]


def test_what_was_seen_on_re_reading_says_so() -> None:
    (line,) = drawn(an_event(polled=True))
    assert line.rstrip().endswith("~ seen on re-reading")
    (narrow,) = drawn(an_event(polled=True), cells=40)
    assert narrow.rstrip().endswith("~")


def test_words_that_nothing_stands_behind_have_the_whole_line() -> None:
    long = "set down: MII down after 94 ms, active eno1 -> eno2"
    (line,) = drawn(an_event(kind="action", words=long), cells=80)
    assert long in line
    assert "…" in drawn(an_event(words=long, delta_ms=1.0), cells=70)[0]


def test_the_newest_events_are_shown_and_the_newest_is_last() -> None:
    assert numbers(drawn(*MANY)) == list(range(21, 31))
    assert numbers(drawn(*MANY[:3])) == [1, 2, 3]


@pytest.mark.parametrize(("back", "last"), [(0, 30), (1, 29), (20, 10), (25, 10), (10_000, 10)])
def test_the_log_scrolls_back_to_its_beginning_and_no_further(back: int, last: int) -> None:
    assert numbers(drawn(*MANY, back=back)) == list(range(last - 9, last + 1))


def test_scrolling_a_short_log_changes_nothing() -> None:
    assert drawn(*MANY[:3], back=2) == drawn(*MANY[:3])


def test_an_empty_log_says_so() -> None:
    assert "nothing has changed" in drawn()[0]
    assert log_lines(look_at(), 80, 0) == []


@pytest.mark.parametrize(
    ("look", "title"),
    [
        (look_at(), "events"),
        (look_at(*MANY), "events 30"),
        (look_at(*MANY, count=2500), "events 2500 (the last 30 are kept)"),
        (look_at(*MANY, back=4), "events 30, 4 newer below"),
    ],
)
def test_the_title_says_how_many_there_are(look: Look, title: str) -> None:
    assert log_title(look) == title


@pytest.mark.parametrize(("severity", "tone"), [("bad", "bad"), ("warn", "warn"), ("good", "good"), ("", "")])
def test_the_tone_is_that_of_the_severity(severity: str, tone: str) -> None:
    (line,) = log_lines(look_at(an_event(severity=severity)), 100, 5)
    assert [each for text, each in line if "w1" in text] == [tone]


TEXTS = st.text(alphabet=st.characters(exclude_categories=[]), max_size=20).filter(
    lambda text: not any("\udc00" <= each < "\udc80" or "\udcff" < each <= "\udfff" for each in text)
)


@given(
    st.lists(st.builds(an_event, st.integers(1, 99), subject=TEXTS, words=TEXTS, polled=st.booleans()), max_size=6),
    st.integers(1, 120),
    st.integers(0, 10),
)
def test_whatever_happened_fits_and_controls_nothing(events: list[Event], cells: int, rows: int) -> None:
    lines = log_lines(look_at(*events), cells, rows)
    assert len(lines) <= rows
    assert all(line_width(line) == cells for line in lines)
    assert all(plain(line).isprintable() or max(plain(line)) >= "\u0300" for line in lines)
