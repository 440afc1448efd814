"""The way to a command in a guest: never more under way than the guest's driver can hold."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

import pytest

from bondtui.system.uml_line import Line

UNREAD_AT_MOST = 4096 - 128
"""What the guest's terminal layer holds before it throttles the line."""


class Guest:
    """The guest's ends of a line, in the test's hands."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.output, self.input, self.taken = self._files = tuple(os.dup(each) for each in line.guests)
        line.begin()

    def end(self) -> None:
        for each in self._files:
            os.close(each)
        self._files = ()

    def reads(self, most: int = 1 << 16, *, seconds: float = 20.0) -> bytes | None:
        """What has come, ``None`` when there is nothing."""
        ready = select.select([self.input], [], [], seconds)[0]
        return os.read(self.input, most) if ready else None


@pytest.fixture
def guest() -> Iterator[Guest]:
    line = Line()
    made = Guest(line)
    yield made
    made.end()
    line.close()
    line.close()


def test_nothing_is_sent_before_the_line_is_open_and_then_no_more_than_is_taken(guest: Guest) -> None:
    said = bytes(range(256)) * 64
    os.write(guest.line.writing, said)
    assert guest.reads(seconds=0.1) is None
    os.write(guest.taken, b".")
    heard = guest.reads() or b""
    while more := guest.reads(seconds=0.1):
        heard += more
    assert 0 < len(heard) <= UNREAD_AT_MOST
    while len(heard) < len(said):
        os.write(guest.taken, b"x" * 100)
        more = guest.reads()
        assert more
        assert len(more) <= 100
        heard += more
    assert heard == said


def test_the_end_reaches_the_guest_after_all_that_was_said_is_taken(guest: Guest) -> None:
    os.write(guest.taken, b".")
    os.write(guest.line.writing, b"last words")
    assert guest.reads() == b"last words"
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, guest.line.writing)
    os.close(null)
    assert guest.reads(seconds=0.1) is None
    os.write(guest.taken, b"last words")
    assert guest.reads() == b""
    os.write(guest.output, b"answer")
    assert os.read(guest.line.reading, 100) == b"answer"


@pytest.mark.parametrize("opened", [b"", b"."], ids=["before it is open", "later"])
def test_the_end_of_the_guest_reaches_the_caller(guest: Guest, opened: bytes) -> None:
    os.write(guest.taken, opened)
    guest.end()
    assert os.read(guest.line.reading, 100) == b""
    poll = select.poll()
    poll.register(guest.line.writing, 0)
    assert poll.poll(20_000) == [(guest.line.writing, select.POLLERR)]


def test_a_line_that_was_never_used_closes_all_its_files() -> None:
    before = set(os.listdir("/proc/self/fd"))
    Line().close()
    assert set(os.listdir("/proc/self/fd")) == before
