"""Textual's Linux driver with three things changed, each for a reason that was measured.

- Its input thread wakes ten times a second to look whether it should end; ours sleeps until
  something comes, which halves the cost of an idle screen and lets ``q`` return at once.
- At the end of input (a closed terminal) its thread spins; ours tells the application to end.
- A write to a terminal that is gone ends its writer thread, and then the whole program waits for
  it for ever; ours tells the application to end.

This leans on parts of Textual that are not public, so the tests that close a terminal, send Escape
and press ``q`` guard it, and the dependency is held below the next major version.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from codecs import getincrementaldecoder
from threading import Event, Lock
from typing import Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

ESCAPE_SECONDS = 0.1
"""After input, so long we wait before a lone Escape byte is taken for the Escape key."""
READ_SIZE = 4096
AT_ONCE = 1024
"""So many bytes a terminal that is ready takes without blocking."""


class TerminalDriver(LinuxDriver):
    """Reads keys and writes frames, and ends with its terminal."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._output = _Output()
        self._file: Any = self._output
        self._wake, wake = os.pipe()
        self.exit_event = _WakingEvent(wake)

    def write(self, data: str) -> None:
        """Hand a frame to the writer thread."""
        self._output.expect()
        super().write(data)

    def paint(self, text: str) -> None:
        """Write a little now, if nothing is waiting to be written and the terminal takes it; else as a frame."""
        if not self._output.write_now(text):
            self.write(text)

    def run_input_thread(self) -> None:
        """Turn what is typed into messages, from the driver's own thread."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        timeout: float | None = None
        while not self.exit_event.is_set():
            ready = {fd for fd, _ in poll.poll(timeout)}
            if self._wake in ready:
                os.read(self._wake, READ_SIZE)
                continue
            timeout = ESCAPE_SECONDS * 1000 if ready else None
            if self.fileno in ready:
                data = _read(self.fileno)
                if not data:
                    _end()
                    return
                for message in parser.feed(decode(data)):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)


class _WakingEvent(Event):
    """An event that wakes who sleeps on a pipe; set first, so that the sleeper sees it."""

    def __init__(self, wake: int) -> None:
        super().__init__()
        self._wake = wake

    def set(self) -> None:
        super().set()
        os.write(self._wake, b"\0")


class _Output:
    """The terminal as a file that never raises: when it is gone, the program is told to end."""

    def __init__(self) -> None:
        self._encoding = sys.__stdout__.encoding if sys.__stdout__ else "utf-8"
        self._parts: list[str] = []
        self._gone = False
        self._expected = 0
        self._counting = Lock()
        self._poll = select.poll()
        self._poll.register(1, select.POLLOUT)

    def expect(self) -> None:
        """A frame is on its way here, through the writer thread."""
        with self._counting:
            self._expected += 1

    def write_now(self, text: str) -> bool:
        """Write a short text past the queue; False when that would overtake a frame or could block."""
        data = text.encode(self._encoding, "replace")
        if self._expected or len(data) > AT_ONCE or not self._poll.poll(0):
            return False
        self._write(data)
        return True

    def write(self, text: str) -> None:
        self._parts.append(text)

    def flush(self) -> None:
        data = "".join(self._parts).encode(self._encoding, "replace")
        self._write(data)
        with self._counting:
            self._expected -= len(self._parts)
        self._parts.clear()

    def _write(self, data: bytes) -> None:
        try:
            while data and not self._gone:
                data = data[os.write(1, data) :]
        except OSError:
            self._gone = True
            _end()

    def fileno(self) -> int:
        return 1

    def isatty(self) -> bool:
        return True


def _read(fileno: int) -> bytes:
    try:
        return os.read(fileno, READ_SIZE)
    except OSError:
        return b""


def _end() -> None:
    """What the terminal's own hang-up would have done."""
    os.kill(os.getpid(), signal.SIGHUP)
