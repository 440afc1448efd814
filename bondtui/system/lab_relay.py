"""The launcher's standard files, tied to a command in another kernel."""

from __future__ import annotations

import os
import signal

from bondtui.system import lab_channel as line
from bondtui.system.lab_channel import Channel
from bondtui.system.lab_command import Streams
from bondtui.system.lab_places import in_foreground
from bondtui.system.lab_terminal import HostTerminal

INTERRUPT, ENOUGH = b"\x03", 3
"""Ctrl+C, and how often it is typed at a guest that takes no key any more until the lab is ended without asking it."""
SURELY_TAKEN = 512
"""Bytes that a terminal, or a pipe (PIPE_BUF), takes at once when it says that it takes any."""


class Relay:
    """Keys and sizes in, output out. With a terminal at both ends it is as if there were one only."""

    def __init__(self, channel: Channel, terminal: HostTerminal) -> None:
        self._channel = channel
        self._terminal = terminal
        self._streams = streams()
        self._open = False
        self._unheard = 0
        self._under_way = 0
        self._waiting = {1: bytearray(), 2: bytearray()}
        self._closed: set[int] = set()

    @property
    def files(self) -> list[int]:
        """What to wait for with ``select``; not more input than the command takes."""
        waiting = [0] if self._open and self._under_way < line.WINDOW else []
        return [*waiting, *([self._terminal.resized] if self._streams.terminal else [])]

    def begin(self) -> None:
        """The command runs: from now on the terminal is its."""
        self._open = not os.isatty(0) or in_foreground()
        if not self._open:  # a terminal that is another's stops who reads from it
            self._channel.send(line.INPUT)
        if self._streams.terminal:
            self._terminal.raw()
            self._tell_size()

    def hear(self, read: list[int]) -> bool:
        """Pass on what has come, of files that can be read; whether the terminal is still there and the guest is heard of."""
        if self._streams.terminal and self._terminal.resized in read:
            self._terminal.noticed()
            self._tell_size()
        return not (self._open and 0 in read) or self._pass_on()

    def room(self, taken: int) -> None:
        """The command has taken so much of its input."""
        self._under_way -= taken
        self._unheard = 0

    def write(self, number: int, data: bytes) -> None:
        """Have this written to a standard file, as soon as that takes it."""
        if number not in self._closed:
            self._waiting[number] += data

    @property
    def waiting(self) -> list[int]:
        """The standard files for which there is something; ``flush`` them when they take it."""
        return [number for number, data in self._waiting.items() if data]

    @property
    def is_full(self) -> bool:
        """Whether no more should be taken in: a terminal may take nothing for as long as a person likes."""
        return any(len(data) >= line.WINDOW for data in self._waiting.values())

    def flush(self, ready: list[int]) -> None:
        """Write to files that take something, never more than they surely take: their blocking is not ours to change.

        When nobody reads any more the command is told so, as over a pipe of its own.
        """
        for number in set(ready) & set(self.waiting):
            data = self._waiting[number]
            try:
                written = os.write(number, data[:SURELY_TAKEN])
            except BlockingIOError:
                continue
            except OSError:
                self._closed.add(number)
                data.clear()
                self._channel.send(line.SIGNAL, b"%d" % signal.SIGPIPE)
            else:
                del data[:written]

    def _pass_on(self) -> bool:
        try:
            data = os.read(0, line.PIECE)
        except OSError:
            data = b""
        self._open = bool(data)
        self._unheard += data.count(INTERRUPT)
        if self._streams.terminal and (not data or self._unheard >= ENOUGH):
            return False
        self._under_way += len(data)
        self._channel.send(line.INPUT, data)
        return True

    def _tell_size(self) -> None:
        rows, columns = self._terminal.size()
        self._channel.send(line.SIZE, b"%d %d" % (rows, columns))


def streams() -> Streams:
    """How the standard files of this process are."""
    terminal = HostTerminal.is_one() and in_foreground()
    rows, columns = HostTerminal().size() if terminal else (24, 80)
    return Streams(terminal, terminal and not os.isatty(2), rows, columns)
