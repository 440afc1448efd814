"""Run a program on a pseudo-terminal and see when it writes what, what it costs and how it ends."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, NoReturn, Self

READ_SIZE = 1 << 16
OVERLAP = 200
"""So many bytes of the last read are searched again: a word may be cut in two."""
END_SECONDS = 3.0
CONTROL = re.compile(rb"\x1b\[[0-9;?<=>$]*[a-zA-Z]|\x1b[()].|[\x00-\x1f]")
CPU_CLOCK_OF_PROCESS = 2
"""CPUCLOCK_SCHED: the low bits of a clock id that stands for another process' CPU time."""


class ProgramError(Exception):
    """A program did not do what was waited for; the text says which and what."""


class Size(NamedTuple):
    """Columns and rows of a terminal."""

    columns: int
    rows: int


class Terminal:
    """One program on a terminal of its own. Used as a context manager, which ends it."""

    def __init__(self, name: str, argv: Sequence[str], size: Size, env: Mapping[str, str]) -> None:
        self.name = name
        self.written = 0
        self._seen = b""
        self._status: int | None = None
        told, tell = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            _become(list(argv), size, env, tell)
        os.close(tell)
        self.started: float = struct.unpack("d", os.read(told, 8))[0]
        """The instant of exec, on the monotonic clock, told by the child itself."""
        os.close(told)
        self._exit = os.pidfd_open(self.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the program, gently first, and give everything back."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._status is None:
                signal.pidfd_send_signal(self._exit, number)
                self._await_exit(time.monotonic() + END_SECONDS)
        os.close(self.fd)
        os.close(self._exit)

    def type(self, keys: bytes) -> float:
        """Press keys; returns when."""
        at = time.monotonic()
        os.write(self.fd, keys)
        return at

    def forget(self) -> None:
        """From here on only what is written anew is looked at."""
        self._seen = b""

    def wait_for(self, pattern: bytes, seconds: float) -> float:
        """Wait until the pattern is written; returns when it was."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            at = self.read_once(until)
            if re.search(pattern, self._seen):
                return at
            if len(self._seen) > OVERLAP:
                self._seen = self._seen[-OVERLAP:]
            if self._status is not None:
                break
        raise ProgramError(f"{self.name} did not write {pattern.decode()!r} within {seconds:g} s, {self._last_words()}")

    def read_once(self, until: float) -> float:
        """Read what is there, or what comes until then; returns the time of the read."""
        if select.select([self.fd], [], [], max(0.0, until - time.monotonic()))[0]:
            try:
                data = os.read(self.fd, READ_SIZE)
            except OSError:  # the other side is closed
                self._await_exit(time.monotonic() + END_SECONDS)
                return time.monotonic()
            self.written += len(data)
            self._seen += data
        return time.monotonic()

    def settle(self, quiet: float, seconds: float) -> None:
        """Read until nothing came for ``quiet`` seconds, or ``seconds`` are over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            before = self.written
            self.read_once(min(until, time.monotonic() + quiet))
            if self.written == before:
                return

    def wait_for_exit(self, seconds: float) -> float:
        """Wait until the program has ended, reading on meanwhile; returns when it had."""
        at = self._await_exit(time.monotonic() + seconds)
        if self._status is None:
            raise ProgramError(f"{self.name} did not end within {seconds:g} s")
        return at

    def cpu_seconds(self) -> float:
        """CPU time so far, of all threads, and of children that have ended."""
        return cpu_seconds(self.pid)

    def resident_mib(self) -> float:
        """Resident memory of the program and of its children."""
        return sum(_resident_kib(pid) for pid in (self.pid, *_children(self.pid))) / 1024

    def _last_words(self) -> str:
        plain = CONTROL.sub(b" ", self._seen).decode("utf-8", "replace").split()
        ended = "" if self._status is None else f" and ended with status {self._status}"
        return f"but {' '.join(plain)[-OVERLAP:]!r}{ended}"

    def _await_exit(self, until: float) -> float:
        while self._status is None and (left := until - time.monotonic()) > 0:
            ready = select.select([self._exit, self.fd], [], [], left)[0]
            if self._exit in ready:
                at = time.monotonic()
                self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
                return at
            if self.fd in ready:
                try:
                    self.written += len(os.read(self.fd, READ_SIZE))
                except OSError:
                    select.select([self._exit], [], [], max(0.0, until - time.monotonic()))
        return time.monotonic()


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far, of all threads, and of children that have ended."""
    own = time.clock_gettime((~pid << 3) | CPU_CLOCK_OF_PROCESS)
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return own + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def watch_all(terminals: Iterable[Terminal], seconds: float) -> None:
    """Let several programs run side by side and read whatever they write."""
    by_fd = {terminal.fd: terminal for terminal in terminals}
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        for fd in select.select(list(by_fd), [], [], left)[0]:
            terminal = by_fd[fd]
            terminal.read_once(0.0)
            if terminal._status is not None:
                raise ProgramError(f"{terminal.name} wrote nothing more, {terminal._last_words()}")
            terminal._seen = terminal._seen[-OVERLAP:]


def _become(argv: list[str], size: Size, env: Mapping[str, str], tell: int) -> NoReturn:
    """In the child: set the size, tell the time, become the program."""
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.columns, 0, 0))
        os.set_inheritable(tell, False)
        os.write(tell, struct.pack("d", time.monotonic()))
        os.execvpe(argv[0], argv, env)
    finally:
        os._exit(127)


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def _resident_kib(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("VmRSS:")), 0)
    except OSError:
        return 0
