"""The watching thread over a scripted source: its clock runs as fast as the script, nothing waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from bondtui.core.monitor import Monitor, Note
from bondtui.model.bond import Bond
from bondtui.model.reading import Heard, NoBonding, Overflow, Reading, SourceError
from bondtui.system import reader as module
from bondtui.system.reader import RETRY_SECONDS, Reader
from tests.builders import a_lost_slave, a_monitor, a_pair, a_reading, a_slave, a_stamp, told

PATIENCE = 20.0
"""Seconds after which a test gives up on a thread; none of them is ever waited for."""


class Clock:
    """Time that passes only when somebody lets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class ScriptedSource:
    """Reads cost what the script says, messages come when it says; at ``until`` it waits to be woken."""

    simulated = False

    def __init__(self, clock: Clock, until: float) -> None:
        self.clock = clock
        self.until = until
        self.bond: Bond = a_pair()
        self.costs: dict[int, float] = {}
        self.errors: dict[int, Exception] = {}
        self.messages: list[tuple[float, list[Heard | Overflow]]] = []
        self.reads: list[float] = []
        self.opened: list[float] = []
        self.closed = 0
        self.over = threading.Event()
        self._woken = threading.Event()

    def open(self) -> ScriptedSource:
        self.opened.append(self.clock.now)
        return self

    def read(self) -> Reading:
        number = len(self.reads)
        self.reads.append(self.clock.now)
        self.clock.now += self.costs.get(number, 0.0)
        if number in self.errors:
            raise self.errors[number]
        return a_reading(self.bond, mono=self.clock.now)

    def listen(self, seconds: float) -> Sequence[Heard | Overflow]:
        end = self.clock.now + seconds
        if self.messages and self.messages[0][0] <= end:
            due, batch = self.messages.pop(0)
            self.clock.now = max(self.clock.now, due)
            return batch
        if end > self.until:
            self.over.set()
            assert self._woken.wait(PATIENCE)
            self._woken.clear()
            return ()
        self.clock.now = end
        return ()

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        self.closed += 1


class Watch:
    """A reader at work, and every Monitor it has told of."""

    def __init__(self, source: ScriptedSource, interval: float) -> None:
        self.source = source
        self.reader = Reader(source.open, interval=interval)
        self.news: list[Monitor] = []

    def to_the_end(self) -> ScriptedSource:
        """Let the script run out."""
        self.source.over.clear()
        self.reader.start(self._on_news)
        return self.awaited()

    def awaited(self) -> ScriptedSource:
        assert self.source.over.wait(PATIENCE)
        return self.source

    def ended(self) -> bool:
        self.reader.stop()
        self.reader._thread.join(PATIENCE)
        return not self.reader._thread.is_alive()

    def _on_news(self) -> None:
        self.news.append(self.reader.latest)


Start = Callable[..., Watch]


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    watches: list[Watch] = []

    def start(until: float, interval: float = 1.0) -> Watch:
        watches.append(Watch(ScriptedSource(clock, until), interval))
        return watches[-1]

    yield start
    assert all(watch.ended() for watch in watches)


def test_everything_is_read_on_a_steady_beat(watching: Start) -> None:
    watch = watching(until=4.0)
    assert watch.to_the_end().reads == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert len(watch.news) == 5
    assert watch.reader.latest.bonds == (a_pair(),)
    assert watch.reader.latest.event_count == 0


def test_the_beat_is_the_interval(watching: Start) -> None:
    assert watching(until=1.1, interval=0.25).to_the_end().reads == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_reads_that_take_time_do_not_shift_the_beat(watching: Start) -> None:
    watch = watching(until=4.0)
    watch.source.costs = {0: 0.3, 1: 0.7, 2: 0.01}
    assert watch.to_the_end().reads == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_slow_source_skips_beats_and_they_do_not_pile_up(watching: Start) -> None:
    watch = watching(until=6.0)
    watch.source.costs = {1: 2.6}
    assert watch.to_the_end().reads == [0.0, 1.0, 3.6, 4.0, 5.0, 6.0]


def test_events_are_folded_in_at_once_and_followed_by_a_reading(watching: Start) -> None:
    watch = watching(until=2.0)
    lost = a_lost_slave("eno2", 3)
    watch.source.bond = a_pair()
    watch.source.messages = [
        (1.25, [told(a_slave("eno2", 3, carrier=False, carrier_changes=3), 1.25)]),
        (1.253, [told(lost, 1.253)]),
    ]
    source = watch.to_the_end()
    assert source.reads[:2] == [0.0, 1.0]
    assert source.reads[2] == pytest.approx(1.258)
    assert source.reads[3] == 2.0
    kinds = [[event.kind for event in monitor.events] for monitor in watch.news]
    assert kinds[:4] == [[], [], ["carrier-lost"], ["carrier-lost", "mii-changed"]]
    assert [event.polled for event in watch.reader.latest.events[:3]] == [False, False, True]


def test_a_reading_after_an_event_is_no_sample_for_the_graphs(watching: Start) -> None:
    watch = watching(until=3.0)
    watch.source.messages = [(n + 0.5, [told(a_pair(), n + 0.5)]) for n in range(3)]
    assert len(watch.to_the_end().reads) == 7
    assert len(watch.reader.latest.tracks[2].samples) == 3


def test_a_storm_does_not_keep_everything_from_being_read(watching: Start) -> None:
    watch = watching(until=1.0)
    watch.source.messages = [
        (0.5 + n / 1000, [told(a_slave("eno2", 3, carrier=bool(n % 2)), 0.5 + n / 1000)]) for n in range(400)
    ]
    during = [mono for mono in watch.to_the_end().reads if 0.5 < mono < 0.9]
    assert len(during) == 3
    assert watch.reader.latest.event_count >= 399


def test_an_overflow_is_told_and_everything_read_again(watching: Start) -> None:
    watch = watching(until=0.9)
    watch.source.messages = [(0.5, [Overflow(a_reading(mono=0.5).at)])]
    assert watch.to_the_end().reads == [0.0, pytest.approx(0.505)]
    assert [event.kind for event in watch.reader.latest.events] == ["events-lost"]


@pytest.mark.parametrize(
    ("error", "pause", "words"),
    [
        (SourceError("the kernel did not answer"), RETRY_SECONDS, "the kernel did not answer"),
        (NoBonding("no driver; 'modprobe bonding' loads it"), 2 * RETRY_SECONDS, "modprobe"),
        (OSError(24, "Too many open files"), RETRY_SECONDS, "Too many open files"),
        (ZeroDivisionError("x"), RETRY_SECONDS, "ZeroDivisionError"),
    ],
)
def test_what_goes_wrong_is_shown_and_tried_again(watching: Start, error: Exception, pause: float, words: str) -> None:
    watch = watching(until=6.0)
    watch.source.errors = {2: error}
    source = watch.to_the_end()
    assert source.reads[:3] == [0.0, 1.0, 2.0]
    assert source.opened == [0.0, pytest.approx(2.0 + pause, abs=0.051)]
    assert source.closed == 1
    failed = watch.news[2]
    assert words in (failed.error or "")
    assert failed.bonds == (a_pair(),)
    assert (watch.reader.latest.error, watch.reader.latest.event_count) == (None, 0)


def test_a_source_that_cannot_be_opened_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    source = ScriptedSource(clock, until=3.0)
    errors: list[Exception] = [SourceError("cannot open rtnetlink")]

    def opened() -> ScriptedSource:
        if errors:
            raise errors.pop()
        return source.open()

    watch = Watch(source, 1.0)
    watch.reader = Reader(opened, interval=1.0)
    watch.to_the_end()
    assert [monitor.error for monitor in watch.news[:2]] == ["cannot open rtnetlink", None]
    assert watch.ended()


def test_a_new_interval_wakes_a_reader_that_listens(watching: Start) -> None:
    watch = watching(until=0.5, interval=60.0)
    assert watch.to_the_end().reads == [0.0]
    watch.source.until = 1.0
    watch.source.over.clear()
    watch.reader.set_interval(0.25)
    assert watch.awaited().reads == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert watch.reader.latest.interval == 0.25


def test_stop_wakes_a_reader_that_listens_and_the_source_is_closed(watching: Start) -> None:
    watch = watching(until=0.5, interval=60.0)
    watch.to_the_end()
    assert watch.ended()
    assert watch.source.closed == 1
    assert watch.source.reads == [0.0]


def test_a_reader_goes_on_from_what_is_known() -> None:
    known = a_monitor(a_pair())
    reader = Reader(lambda: ScriptedSource(Clock(), 0.0), interval=1.0, monitor=known)
    assert reader.latest is known
    assert Reader(lambda: ScriptedSource(Clock(), 0.0), interval=2.0).latest == Monitor(interval=2.0)


def test_a_reader_that_hangs_holds_nobody_up() -> None:
    assert Reader(lambda: ScriptedSource(Clock(), 0.0), interval=1.0)._thread.daemon


def test_messages_that_came_during_a_read_are_told_first_and_kept(watching: Start) -> None:
    watch = watching(until=2.0)
    watch.source.costs = {1: 0.5}
    watch.source.messages = [(1.2, [told(a_slave("eno2", 3, carrier=False, carrier_changes=3), 1.2)])]
    assert watch.to_the_end().reads[:3] == [0.0, 1.0, 1.5]
    events = watch.reader.latest.events
    assert [(event.kind, event.polled) for event in events][:1] == [("carrier-lost", False)]


def a_note(words: str = "eno1 set down", mono: float = 0.2) -> Note:
    return Note(a_stamp(mono), "action", "eno1", words, 10, 2)


def noted(watch: Watch) -> list[str]:
    return [event.words for event in watch.reader.latest.events]


def test_a_note_wakes_a_reader_that_listens_and_is_told(watching: Start) -> None:
    watch = watching(until=0.5, interval=60.0)
    watch.to_the_end()
    watch.source.until = 0.75
    watch.source.over.clear()
    watch.reader.note(a_note())
    watch.awaited()
    assert noted(watch) == ["eno1 set down"]
    assert noted(watch) == [event.words for event in watch.news[-1].events]
    assert watch.source.reads == [0.0]


def test_notes_are_kept_in_their_order_from_before_the_start(watching: Start) -> None:
    watch = watching(until=0.5, interval=60.0)
    for words in ("one", "two", "three"):
        watch.reader.note(a_note(words))
    watch.to_the_end()
    assert noted(watch) == ["one", "two", "three"]
    assert [event.number for event in watch.reader.latest.events] == [1, 2, 3]


def test_a_note_that_comes_during_a_reading_does_not_wait_for_the_next_beat(watching: Start) -> None:
    watch = watching(until=0.5, interval=60.0)
    source = watch.source
    read, listen = source.read, source.listen

    def read_and_note() -> Reading:
        watch.reader.note(a_note())
        return read()

    def listen_and_forget(seconds: float) -> Sequence[Heard | Overflow]:
        if seconds == 0.0:
            source._woken.clear()
        return listen(seconds)

    source.read, source.listen = read_and_note, listen_and_forget  # type: ignore[method-assign]
    watch.to_the_end()
    assert noted(watch) == ["eno1 set down"]


def test_a_note_survives_a_source_that_fails(watching: Start) -> None:
    watch = watching(until=6.0)
    watch.source.errors = {0: SourceError("no answer")}
    watch.reader.note(a_note())
    watch.to_the_end()
    assert noted(watch) == ["eno1 set down"]
