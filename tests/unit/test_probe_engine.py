"""Parts of the probe engine on their own: the records on their way out, one flow's memory, what is imported."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator

import pytest

from bondtui.core import probe_wire
from bondtui.core.probe_wire import RECORD
from bondtui.model.probe import AGAIN, ANSWERED, FAILED, SENT, News
from bondtui.system.probe_engine import REMEMBERED, EndError, Line, Told
from tests.unit.test_import_hygiene import all_loaded_by

MOST = 40 * RECORD.size


class FakeSender:
    """Sends nothing and remembers what it was to send."""

    reading = writing = None

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.error: OSError | None = None

    def may_send(self, now: int) -> bool:
        return True

    def send(self, number: int) -> None:
        self.sent.append(number)
        if self.error is not None:
            raise self.error

    def hear(self) -> list[tuple[int, int, int | None]]:
        return []


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)
    os.close(writing)


@pytest.fixture
def told(pipe: tuple[int, int]) -> Told:
    return Told(pipe[1], MOST)


def said(told: Told) -> list[News]:
    found, rest = probe_wire.news(bytes(told.waiting))
    assert rest == b""
    return found


def drained(reading: int) -> bytes:
    data = b""
    try:
        while more := os.read(reading, 1 << 16):
            data += more
    except BlockingIOError:
        pass
    return data


def test_nothing_is_lost_when_nobody_reads_for_a_while(told: Told, pipe: tuple[int, int]) -> None:
    number = 0
    while not told.waiting:
        told.record(0, number, probe_wire.SENT_CODE, 0)
        told.flush()
        number += 1
    for _ in range(20):
        told.record(0, number, probe_wire.SENT_CODE, 0)
        told.flush()
        number += 1
    data = b""
    while told.waiting:
        data += drained(pipe[0])
        told.flush()
    news, rest = probe_wire.news(data + drained(pipe[0]))
    assert [each.number for each in news] == list(range(number))
    assert rest == b""


def test_it_ends_when_nobody_reads_for_too_long(told: Told) -> None:
    def tell_on() -> None:
        while True:
            told.record(0, 0, probe_wire.SENT_CODE, 0)
            told.flush()
            assert len(told.waiting) <= MOST

    with pytest.raises(EndError, match="were not read for too long"):
        tell_on()


def test_it_ends_when_nobody_can_read() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    told = Told(writing)
    told.record(0, 0, probe_wire.SENT_CODE, 0)
    with pytest.raises(EndError):
        told.flush()
    os.close(writing)


def test_probes_are_counted_without_holes_whatever_becomes_of_them(told: Told) -> None:
    sender = FakeSender()
    line = Line(3, sender, told)
    before = time.monotonic()
    line.take_turn()
    sender.error = OSError(errno.ENETUNREACH, "no")
    line.take_turn()
    sender.error = None
    line.take_turn()
    news = said(told)
    assert sender.sent == [0, 1, 2]
    assert [(each.flow, each.number, each.kind, each.error) for each in news] == [
        (3, 0, SENT, 0),
        (3, 1, SENT, 0),
        (3, 1, FAILED, errno.ENETUNREACH),
        (3, 2, SENT, 0),
    ]
    assert before <= news[0].at <= news[1].at <= news[2].at <= time.monotonic()


def test_a_second_answer_is_told_as_such_and_an_impossible_one_not_at_all(told: Told) -> None:
    line = Line(0, FakeSender(), told)
    line.take_turn()
    line.take_turn()
    for number in (1, 0, 1, 2, 2**63):
        line.answered(number, None, time.monotonic_ns(), (0, 0))
    answers = [(each.number, each.kind) for each in said(told)[2:]]
    assert answers == [(1, ANSWERED), (0, ANSWERED), (1, AGAIN)]


def test_an_answer_to_a_probe_that_is_forgotten_is_not_taken_for_another(told: Told) -> None:
    line = Line(0, FakeSender(), told)
    for _ in range(REMEMBERED + 1):
        line.take_turn()
    told.waiting.clear()
    line.answered(0, None, time.monotonic_ns(), (0, 0))
    assert said(told) == []
    line.answered(REMEMBERED, None, time.monotonic_ns(), (0, 0))
    line.answered(1, None, time.monotonic_ns(), (0, 0))
    assert [(each.number, each.kind) for each in said(told)] == [(REMEMBERED, ANSWERED), (1, ANSWERED)]


def test_the_engine_imports_next_to_nothing() -> None:
    loaded = all_loaded_by("bondtui.system.probe_engine")
    assert "bondtui.system.probe_sockets" in loaded
    heavy = {
        "textual",
        "rich",
        "asyncio",
        "typing",
        "re",
        "json",
        "socket",
        "subprocess",
        "ctypes",
        "logging",
        "threading",
    }
    assert {name.partition(".")[0] for name in loaded} & heavy == set()
    assert [name for name in loaded if name.startswith(("bondtui.ui", "bondtui.view", "bondtui.actions"))] == []
