"""The terminal in front of a lab, as a process at a pseudo terminal sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from bondtui.system.lab_terminal import HostTerminal
from bondtui.system.terminal import LEAVE

CHECKOUT = Path(__file__).resolve().parents[2]
RAW_AND_BACK = """
import os, select, sys
from bondtui.system.lab_terminal import HostTerminal

terminal = HostTerminal()
say = lambda *words: os.write(1, " ".join(map(str, words)).encode() + b"\\n")
os.read(0, 10)
say("is one", terminal.is_one(), *terminal.size())
terminal.raw()
terminal.raw()
say("raw")
say("key", os.read(0, 10))
select.select([terminal.resized], [], [])
terminal.noticed()
say("size", *terminal.size(), select.select([terminal.resized], [], [], 0)[0])
os.read(0, 1)
terminal.restore(screen=sys.argv[1] == "screen")
terminal.restore(screen=True)
say("back")
os.read(0, 10)
"""


class Session:
    """A program at a pseudo terminal."""

    def __init__(self, program: str, argument: str) -> None:
        self.pid, self.master = pty.fork()
        if not self.pid:
            os.execve(
                sys.executable, [sys.executable, "-c", program, argument], {**os.environ, "PYTHONPATH": str(CHECKOUT)}
            )
        self.seen = b""

    def until(self, words: bytes) -> bytes:
        """Wait for output; returns what came up to its end."""
        while words not in self.seen:
            assert select.select([self.master], [], [], 20)[0], self.seen
            self.seen += os.read(self.master, 4096)
        before, _, self.seen = self.seen.partition(words)
        return before + words

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@pytest.fixture
def started(request: pytest.FixtureRequest) -> Iterator[Session]:
    session = Session(RAW_AND_BACK, request.param)
    yield session
    os.kill(session.pid, signal.SIGKILL)
    os.waitpid(session.pid, 0)
    os.close(session.master)


@pytest.mark.parametrize("started", ["screen", "no screen"], indirect=True)
def test_every_key_and_size_goes_in_and_all_is_as_it_was_afterwards(
    started: Session, request: pytest.FixtureRequest
) -> None:
    started.resize(45, 160)
    before = termios.tcgetattr(started.master)
    os.write(started.master, b"\n")
    assert b"is one True 45 160" in started.until(b"raw\n")
    os.write(started.master, b"\x03")
    started.until(b"key b'\\x03'\n")
    started.resize(31, 97)
    started.until(b"size 31 97 []\n")
    os.write(started.master, b"q")
    left = started.until(b"back\r\n")
    assert (LEAVE.encode() in left) == (request.node.callspec.params["started"] == "screen")
    assert left.count(LEAVE.encode()) <= 1
    assert termios.tcgetattr(started.master) == before


@pytest.mark.parametrize("started", ["no screen"], indirect=True)
def test_it_is_raw_again_after_a_stop(started: Session) -> None:
    os.write(started.master, b"\n")
    started.until(b"raw\n")
    cooked = termios.tcgetattr(started.master)
    cooked[3] |= termios.ICANON | termios.ECHO
    termios.tcsetattr(started.master, termios.TCSANOW, cooked)  # as a shell does that has stopped it
    os.kill(started.pid, signal.SIGCONT)
    os.write(started.master, b"x")
    started.until(b"key b'x'\n")
    started.until(b"size")


def test_what_is_no_terminal_is_left_alone() -> None:
    winch = signal.getsignal(signal.SIGWINCH)
    null = os.open(os.devnull, os.O_RDWR)
    saved = os.dup(0), os.dup(1)
    try:
        for number in (0, 1):
            os.dup2(null, number)
        terminal = HostTerminal()
        terminal.raw()
        assert signal.getsignal(signal.SIGWINCH) is winch
        terminal.restore(screen=True)
        answers = terminal.is_one(), terminal.size()
    finally:
        for number, file in enumerate(saved):
            os.dup2(file, number)
            os.close(file)
        os.close(null)
    assert answers == (False, (24, 80))
