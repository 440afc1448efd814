"""The simulated driver behind the port of the kernel: virtual time runs along with the clocks."""

from __future__ import annotations

import threading
import time

import pytest

from bondtui.model.reading import EVENT_FAILOVER
from bondtui.ports import Source
from bondtui.system.reader import Reader
from bondtui.system.simulation import SimulatedSource


class Clock:
    """Two clocks that move only when somebody waits."""

    def __init__(self) -> None:
        self.mono, self.wall = 5000.0, 1_700_000_000.0
        self.waits = 0

    def wait(self, woken: threading.Event, seconds: float) -> None:
        self.waits += 1
        if not woken.is_set():
            self.mono += seconds
            self.wall += seconds

    def source(self, scenario: str = "failover", start_at: float = 0.0) -> SimulatedSource:
        return SimulatedSource(
            scenario, start_at=start_at, clock=lambda: self.mono, wall=lambda: self.wall, wait=self.wait
        )


def test_it_is_a_source_and_says_that_it_is_simulated() -> None:
    source: Source = Clock().source()
    assert source.simulated
    source.close()


def test_a_reading_is_stamped_with_the_real_clocks() -> None:
    clock = Clock()
    source = clock.source()
    assert source.read().at == (5000.0, 1_700_000_000.0)
    clock.mono, clock.wall = 5003.5, 1_800_000_000.0
    assert source.read().at == pytest.approx((5003.5, 1_800_000_000.0))


def test_listening_returns_the_messages_at_the_moment_they_are_due() -> None:
    clock = Clock()
    source = clock.source()
    assert source.listen(1.0) == []
    assert clock.mono == pytest.approx(5001.0)
    (lost,) = source.listen(30.0)
    assert lost.at == pytest.approx((5008.03, 1_700_000_008.03))
    assert lost.at.mono == pytest.approx(clock.mono)
    heard = [each for _ in range(12) for each in source.listen(0.2)]
    assert EVENT_FAILOVER in [each.event for each in heard]
    times = [each.at.mono for each in heard]
    assert times == sorted(times)


def test_an_idle_scenario_is_waited_for_in_one_go() -> None:
    clock = Clock()
    assert clock.source("healthy").listen(60.0) == []
    assert clock.waits == 1


def test_messages_due_before_a_reading_are_kept() -> None:
    clock = Clock()
    source = clock.source(start_at=8.0)
    clock.mono += 1.0
    assert not next(link for link in source.read().links if link.name == "eno1").carrier
    assert [each.link.name for each in source.listen(0.0) if each.link][:3] == ["eno1", "eno1", "eno1"]


def test_it_starts_where_it_is_told_to() -> None:
    clock = Clock()
    source = clock.source(start_at=12.0)
    reading = source.read()
    assert reading.at.mono == 5000.0
    assert not next(link for link in reading.links if link.name == "eno1").carrier
    assert source.listen(0.0) == [], "what was before is not heard"


def test_wake_ends_the_wait_once() -> None:
    clock = Clock()
    source = clock.source()
    source.wake()
    assert source.listen(5.0) == []
    assert clock.mono == 5000.0
    assert source.listen(5.0) == []
    assert clock.mono == pytest.approx(5005.0)


def test_wake_works_from_another_thread() -> None:
    source = SimulatedSource("healthy")
    threading.Timer(0.05, source.wake).start()
    start = time.monotonic()
    assert source.listen(10.0) == []
    assert time.monotonic() - start < 5.0


def test_the_live_reader_sees_the_chain_of_a_failover() -> None:
    reader = Reader(lambda: SimulatedSource("failover", start_at=7.97), interval=5.0)
    notified = threading.Event()

    def look() -> None:
        if any(event.kind == "igmp-resent" for event in reader.latest.events):
            notified.set()

    reader.start(look)
    try:
        assert notified.wait(10.0)
    finally:
        reader.stop()
    kinds = [event.kind for event in reader.latest.events if not event.polled]
    assert kinds == ["carrier-lost", "mii-changed", "active-changed", "peers-notified", "igmp-resent"]
