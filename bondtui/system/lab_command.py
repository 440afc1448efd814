"""What runs inside a lab: with the files of its starter, at a terminal of its own, or over pipes."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import termios
from collections.abc import Sequence
from contextlib import suppress

from bondtui.model.record import NamedTuple
from bondtui.system.lab_channel import ERRORS, OUTPUT, PIECE

FROM_A_TERMINAL = frozenset({signal.SIGINT, signal.SIGQUIT})
"""What goes to whoever has the terminal, such as a shell's foreground job."""
NOT_FOUND, NOT_RUNNABLE = 127, 126
"""The exit statuses of a shell for a command that is not there, and for one that cannot be run."""


class Streams(NamedTuple):
    """How a command in another kernel is tied to the launcher's standard files."""

    terminal: bool
    """Whether standard input and output are a terminal: then it gets one, too."""
    errors_apart: bool
    rows: int
    columns: int


class Command:
    """A process and its ends of the streams. With no ``streams`` it has the files of this process."""

    def __init__(self, argv: Sequence[str], streams: Streams | None, *, apart: bool = False) -> None:
        """Start it, in a process group of its own unless it shares our terminal.

        Raises OSError when there is no such program or it cannot be run.
        """
        self.status: int | None = None
        self._process: subprocess.Popen[bytes]
        """Kept, and never asked: it would wait for the process itself, and its end would be lost to ``reap``."""
        self.outputs: dict[int, bytes] = {}
        """Files to read from, and as which kind of frame it is passed on."""
        self._input = -1
        self._to_write = bytearray()
        self._ended_input = False
        self._terminal = -1
        self._leads = apart or streams is not None
        if streams is None:
            self._process = subprocess.Popen(argv, process_group=0 if apart else None)
        elif streams.terminal:
            self._at_terminal(argv, streams)
        else:
            self._over_pipes(argv)
        self.pid = self._process.pid

    @property
    def inputs(self) -> list[int]:
        """The file that is waited for to be writable, if there is something to write."""
        return [self._input] if self._to_write and self._input >= 0 else []

    def write(self, data: bytes) -> None:
        """More for its standard input, nothing for its end; ``feed`` passes it on."""
        self._to_write += data
        self._ended_input = self._ended_input or not data

    def feed(self) -> int:
        """Pass on what it takes of its standard input without waiting; returns how much."""
        taken = 0
        while self._to_write and self._input >= 0:
            try:
                written = os.write(self._input, self._to_write[:PIECE])
            except BlockingIOError:
                return taken
            except OSError:  # it reads no more
                written = len(self._to_write)
            del self._to_write[:written]
            taken += written
        if self._ended_input and self._input >= 0 and self._terminal < 0:
            os.close(self._input)
            self._input = -1
        return taken

    def read(self, number: int) -> bytes:
        """What it has written there; nothing when that file is at its end, which is then closed."""
        try:
            data = os.read(number, PIECE)
        except BlockingIOError:
            return b""
        except OSError:  # a terminal that nobody has open
            data = b""
        if not data:
            del self.outputs[number]
            if number != self._terminal:
                os.close(number)
        return data

    def resize(self, rows: int, columns: int) -> None:
        """Tell its terminal the new size; the kernel tells the programs."""
        if self._terminal >= 0:
            fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def signal(self, number: int) -> None:
        """Send it a signal, unless it has ended; a group of its own gets it whole, as from a terminal."""
        if self.status is not None:
            return
        with suppress(ProcessLookupError):
            if self._terminal >= 0 and number in FROM_A_TERMINAL:
                os.killpg(os.tcgetpgrp(self._terminal), number)
            elif self._leads:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)

    def reap(self) -> None:
        """Take note of every child that has ended; the first process of a system is the parent of all orphans."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.pid:
                code = os.waitstatus_to_exitcode(status)
                self.status = code if code >= 0 else 128 - code
                self._process.returncode = code

    def _at_terminal(self, argv: Sequence[str], streams: Streams) -> None:
        self._terminal, theirs = os.openpty()
        self.resize(streams.rows, streams.columns)
        read, write = os.pipe() if streams.errors_apart else (-1, theirs)
        try:
            self._process = subprocess.Popen(
                argv,
                stdin=theirs,
                stdout=theirs,
                stderr=write,
                start_new_session=True,
                preexec_fn=_take_terminal,  # noqa: PLW1509 - there is one thread
            )
        finally:
            os.close(theirs)
            if streams.errors_apart:
                os.close(write)
        self._input = self._terminal
        self.outputs = {self._terminal: OUTPUT, **({read: ERRORS} if read >= 0 else {})}
        self._not_blocking()

    def _over_pipes(self, argv: Sequence[str]) -> None:
        (theirs, self._input), (output, written), (errors, complained) = os.pipe(), os.pipe(), os.pipe()
        try:
            self._process = subprocess.Popen(
                argv, stdin=theirs, stdout=written, stderr=complained, start_new_session=True
            )
        finally:
            for each in (theirs, written, complained):
                os.close(each)
        self.outputs = {output: OUTPUT, errors: ERRORS}
        self._not_blocking()

    def _not_blocking(self) -> None:
        for number in (self._input, *self.outputs):
            os.set_blocking(number, False)


def _take_terminal() -> None:
    """In the new process, which leads its session: its standard input is its controlling terminal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
