"""A program in a terminal that is not there: keys in, a VT100 screen out."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import pyte

DEADLINE_SECONDS = 30.0
POLL_SECONDS = 0.02
ASK_AGAIN_SECONDS = 0.1
"""Where nothing comes to the screen: what is asked for may be elsewhere, or the program may have ended."""
KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "tab": "\t",
    "enter": "\r",
    "escape": "\x1b",
    "ctrl+c": "\x03",
    "ctrl+p": "\x10",
}
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[P^_X\]].*?(?:\x1b\\|\x07)|[^\[P^_X\]])", re.DOTALL)
_NOT_FOR_PYTE = re.compile(rb"\x1b(?:\[[<=>][0-?]*[ -/]*[@-~]|\[[0-?]*[ -/]+[@-~]|[P^_X].*?(?:\x1b\\|\x07))", re.DOTALL)
"""Questions about the terminal and keyboard protocols: pyte would print half of them."""
BRACKETED_PASTE = 2004
"""The mode that Textual sets when it begins to read keys."""
ON_AT_FIRST = {7, 25}
"""Automatic wrapping and a visible cursor."""
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")


class Terminal:
    """Runs a program under a pseudo terminal; leaving the ``with`` block hangs up."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        """Notified when something has come."""
        self._drawn: tuple[int, str] = (-1, "")
        """How much had come when the text was made last, and that text: making it is slow."""
        self._held = b""
        self._received = bytearray()
        self._ended = threading.Event()
        self._master, self._slave = pty.openpty()
        termios.tcsetwinsize(self._master, (rows, columns))
        self._settings = termios.tcgetattr(self._slave)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *argv],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env={**os.environ, "TERM": "xterm-256color", **(environment or {})},
        )
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def text(self) -> str:
        """What is on the screen now, line by line."""
        with self._lock:
            if self._drawn[0] != len(self._received):
                self._drawn = len(self._received), "\n".join(line.rstrip() for line in self._screen.display)
            return self._drawn[1]

    @property
    def received(self) -> bytes:
        """Every byte that the program has written so far."""
        with self._lock:
            return bytes(self._received)

    def line(self, part: str) -> str:
        """The first line on the screen that contains this, or ``""``."""
        return next((line for line in self.text.split("\n") if part in line), "")

    def send(self, *keys: str) -> None:
        """Press keys: names from KEYS, or text as it is."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window; the program gets SIGWINCH."""
        with self._lock:
            self._screen.resize(rows, columns)
            self._drawn = -1, ""
        termios.tcsetwinsize(self._master, (rows, columns))

    def wait_for(self, *parts: str, seconds: float = DEADLINE_SECONDS) -> str:
        """Wait until all of these are on the screen; returns the screen's text."""
        return self.wait_until(lambda text: all(part in text for part in parts), seconds=seconds, what=str(parts))

    def wait_gone(self, part: str, *, seconds: float = DEADLINE_SECONDS) -> str:
        """Wait until this is no longer on the screen."""
        return self.wait_until(lambda text: part not in text, seconds=seconds, what=f"{part!r} gone")

    def wait_for_keys(self) -> None:
        """Wait until Textual begins to read keys; what is on the screen before that only looks so."""
        self.wait_until(lambda _: BRACKETED_PASTE in self.modes_left_on(), what="keys being read")

    def wait_until(self, question: Callable[[str], Any], *, seconds: float = DEADLINE_SECONDS, what: str = "") -> str:
        """Wait until the screen's text answers the question with something true."""
        deadline = time.monotonic() + seconds
        while True:
            size = len(self._received)
            if question(text := self.text):
                return text
            if time.monotonic() > deadline or (self.process.poll() is not None and self._quiet()):
                state = self.process.poll()
                raise AssertionError(f"waited for {what or question}, status {state}, the screen is:\n{text}")
            self._more_than(size, ASK_AGAIN_SECONDS)

    def wait_quiet(self, quiet_seconds: float, *, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until nothing was written for so long."""
        deadline = time.monotonic() + seconds
        while self._more_than(len(self._received), quiet_seconds):
            if time.monotonic() > deadline:
                raise AssertionError(f"never quiet for {quiet_seconds:g} s")

    def wait_end(self, seconds: float = DEADLINE_SECONDS) -> int:
        """Wait until the program has ended and all it wrote has come; returns its exit status."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {seconds:g} s, the screen is:\n{self.text}") from None
        deadline = time.monotonic() + 1.0
        while not self._quiet() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return status

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def modes_left_on(self) -> set[int]:
        """Private modes set and not reset, such as 1049 (alternate screen) or 1000 (mouse); beyond the usual."""
        on: set[int] = set()
        for found in _MODE.finditer(self.received):
            numbers = {int(number) for number in found[1].split(b";")}
            on = on | numbers if found[2] == b"h" else on - numbers
        return on - ON_AT_FIRST

    def cursor_shown(self) -> bool:
        """Whether the cursor was left visible."""
        changes = [found[2] for found in _MODE.finditer(self.received) if b"25" in found[1].split(b";")]
        return not changes or changes[-1] == b"h"

    def settings_restored(self) -> bool:
        """Whether echo, line mode and the rest are as they were at the start."""
        return termios.tcgetattr(self._slave) == self._settings

    def stall(self) -> None:
        """Take nothing any more, as a connection that is cut does; the program's writes will block."""
        self._ended.set()
        self._thread.join()

    def hang_up(self) -> None:
        """Close the terminal under the program, as a lost connection does."""
        if self._master >= 0:
            self.stall()
            os.close(self._slave)
            os.close(self._master)
            self._master = self._slave = -1

    def close(self) -> None:
        """Hang up and wait for the program; one that does not go is killed."""
        self.hang_up()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _more_than(self, size: int, seconds: float) -> bool:
        """Wait until more than so many bytes have come; whether they have within this time."""
        with self._news:
            return self._news.wait_for(lambda: len(self._received) > size, seconds)

    def _quiet(self) -> bool:
        return not select.select([self._master], [], [], 0)[0]

    def _collect(self) -> None:
        while not self._ended.is_set():
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                return
            with self._lock:
                self._received += data
                self._feed(self._held + data)
                self._news.notify_all()

    def _feed(self, data: bytes) -> None:
        """Draw what is complete; hold back an escape sequence of which the rest is still to come."""
        last = data.rfind(b"\x1b")
        if last >= 0 and not _SEQUENCE.match(data, last):
            start = max((found.start() for found in _SEQUENCE.finditer(data) if found.end() > last), default=last)
            data, self._held = data[:start], data[start:]
        else:
            self._held = b""
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data))
