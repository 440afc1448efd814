"""The keeper of a lab, inside it: builds the network, runs the command, makes and undoes faults, and ends with the command.

It is the first process of a process-id namespace, or the one that the guest was booted for; either
way everything in the lab ends with it. To whoever started it it talks over a channel, to everybody
inside over the name that marks the lab.
"""

from __future__ import annotations

import _socket as socket
import json
import os
import signal
import sys
import time
from contextlib import suppress

from bondtui.core.words import printable
from bondtui.lab import messages
from bondtui.lab.faults import Done, check
from bondtui.lab.layout import layout
from bondtui.model.lab import About, LabWish
from bondtui.ports import LabError
from bondtui.system import lab_channel as line
from bondtui.system import lab_mark, lab_network, lab_traffic
from bondtui.system.lab_channel import Channel
from bondtui.system.lab_command import NOT_FOUND, NOT_RUNNABLE, Command, Streams
from bondtui.system.lab_desk import Desk, wait_for
from bondtui.system.lab_faults import Faults
from bondtui.system.lab_places import python, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WRONG_USAGE = 64
SETTLE_S = 10.0
"""How long a command that was named waits for links and LACP; the dashboard shows them come up."""
GRACE_S = 3.0
"""From a signal that ends the command to its end by force."""
FORWARDED = (signal.SIGTERM, signal.SIGHUP)


def keep(wish: LabWish, kernel: str, channel: Channel, streams: Streams | None, *, apart: bool = False) -> int:
    """Be the keeper of a lab until its command has ended; returns the command's exit status.

    With ``apart`` the command that has our own standard files is a process group of its own: no terminal signals it.
    """
    try:
        keeper = Keeper(wish, kernel, channel, streams, apart=apart)
        return keeper.run()
    except LabError as error:
        _say(channel, line.FAILED, {"error": str(error), "status": error.status})
        return error.status
    except EOFError:  # nobody is there any more
        return 128 + signal.SIGHUP
    finally:
        _drain(channel)


class Keeper:
    """One lab. Its bonds stand when it is made."""

    def __init__(self, wish: LabWish, kernel: str, channel: Channel, streams: Streams | None, *, apart: bool) -> None:
        self._wish, self._kernel, self._channel, self._streams = wish, kernel, channel, streams
        self._apart = apart
        self._wake, write = os.pipe()
        for number in (self._wake, write):
            os.set_blocking(number, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGQUIT, *FORWARDED):
            signal.signal(number, _note)  # and not ignored, which the command would inherit
        self._bonds = layout(wish.bonds)
        lab_network.build(self._bonds, wish.traffic)
        self._faults = Faults(self._bonds)
        self._desk = Desk(_names(kernel))
        lab_traffic.start(self._bonds, wish.traffic)
        self._command: Command | None = None
        self._deadline: float | None = None

    def run(self) -> int:
        """Run the command and serve until it has ended; returns its exit status."""
        if self._wish.command:
            lab_network.settled(self._bonds, SETTLE_S)
        argv = self._wish.command or python("bondtui")
        try:
            self._command = Command(argv, self._streams, apart=self._apart)
        except OSError as error:
            status = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE
            raise LabError(f"cannot run '{printable(argv[0])}': {error.strerror}", status) from None
        self._channel.send(line.UP)
        while self._command.status is None:
            self._serve(self._command)
        self._pass_on_the_rest(self._command)
        self._channel.send(line.ENDED, b"%d" % self._command.status)
        return self._command.status

    def _serve(self, command: Command) -> None:
        """Wait for the next thing to do, and do it."""
        outputs = list(command.outputs) if self._channel.waiting < line.WINDOW else []
        files = [self._wake, self._channel.reading, *self._desk.files, *outputs]
        read, write = wait_for(files, [*command.inputs, *self._writing()], self._seconds())
        if self._wake in read:
            self._hear_signals(command)
        if self._channel.writing in write:
            self._channel.flush()
        if self._channel.reading in read:
            for kind, carried in self._channel.receive():
                self._obey(command, kind, carried)
        if command.inputs:
            self._taken(command.feed())
        for number in command.outputs.keys() & set(read):
            self._pass_on(command, number)
        for request in self._desk.hear(read):
            request.caller.answer(**self._answer(request.said))
        self._be_punctual(command)

    def _be_punctual(self, command: Command) -> None:
        """Do what is due."""
        if (due := self._faults.due()) is not None and due <= 0:
            with suppress(LabError):  # a port that somebody took away cannot be plugged in again
                self._faults.tick()
        if self._deadline is not None and time.monotonic() >= self._deadline:
            command.signal(signal.SIGKILL)

    def _writing(self) -> list[int]:
        return [self._channel.writing] if self._channel.waiting else []

    def _seconds(self) -> float | None:
        due = self._faults.due()
        left = None if self._deadline is None else self._deadline - time.monotonic()
        return min((each for each in (due, left) if each is not None), default=None)

    def _hear_signals(self, command: Command) -> None:
        for number in os.read(self._wake, line.PIECE):
            if number in FORWARDED:
                self._end(command, number)
        command.reap()

    def _obey(self, command: Command, kind: bytes, carried: bytes) -> None:
        """Do what the launcher says."""
        if kind == line.INPUT:
            command.write(carried)
            self._taken(command.feed())
        elif kind == line.SIZE:
            rows, columns = map(int, carried.split())
            command.resize(rows, columns)
        elif kind == line.SIGNAL:
            self._end(command, int(carried))
        elif kind == line.REQUEST:
            asked = json.loads(carried)
            _say(self._channel, line.ANSWER, {"id": asked["id"], "answer": self._answer(asked["request"])})

    def _end(self, command: Command, number: int) -> None:
        """Pass a signal on; what ends a command has to end it soon."""
        command.signal(number)
        if number in FORWARDED and self._deadline is None:
            self._deadline = time.monotonic() + GRACE_S

    def _taken(self, taken: int) -> None:
        if taken:
            self._channel.send(line.ROOM, b"%d" % taken)

    def _pass_on(self, command: Command, number: int) -> bool:
        kind = command.outputs[number]
        data = command.read(number)
        if data:
            self._channel.send(kind, data)
        return bool(data)

    def _pass_on_the_rest(self, command: Command) -> None:
        """What it wrote before it ended; what its children may write later is not waited for."""
        for number in list(command.outputs):
            while self._pass_on(command, number):
                while self._channel.waiting >= line.WINDOW:
                    wait_for([], [self._channel.writing], None)
                    self._channel.flush()

    def _answer(self, said: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked of the lab, and say how it is then."""
        try:
            done = self._do(said)
        except ValueError as error:
            return {"error": str(error), "status": WRONG_USAGE}
        except LabError as error:
            return {"error": str(error), "status": error.status}
        about = self._about()._replace(said=done.words, commands=done.commands)
        return {"about": messages.about_record(about)}

    def _do(self, said: dict[str, Any]) -> Done:
        do = said.get("do")
        if do == messages.PUT:
            return self._faults.put(check(messages.fault_of(said), self._bonds))
        if do == messages.UNDO:
            return self._faults.undo(check(messages.fault_of(said), self._bonds))
        if do == messages.UNDO_ALL:
            return self._faults.undo_all()
        if do == messages.ABOUT:
            return Done("")
        raise ValueError(f"a lab cannot {printable(str(do))}")

    def _about(self) -> About:
        return About(self._kernel, os.uname().release, self._bonds, self._faults.in_place, self._wish.traffic)


def _names(kernel: str) -> list[socket.socket]:
    """The name of the lab, in the network namespaces of the machine and of the switch."""
    return [lab_mark.take(kernel), within(lab_network.SWITCH, lambda: lab_mark.take(kernel))]


def _note(number: int, frame: object) -> None:
    """The wake-up file has it already."""


def _say(channel: Channel, kind: bytes, words: dict[str, Any]) -> None:
    channel.send(kind, json.dumps(words).encode())


def _drain(channel: Channel) -> None:
    """Give the last words a moment to be taken."""
    deadline = time.monotonic() + GRACE_S
    try:
        while channel.waiting and time.monotonic() < deadline:
            wait_for([], [channel.writing], deadline - time.monotonic())
            channel.flush()
    except EOFError:
        return


def main() -> int:
    """In a guest: the channel is standard input and output, and what is wished for comes over it."""
    reading, writing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(null, number)
    channel = Channel(reading, writing)
    channel.send(line.HELLO)
    said = json.loads(_next(channel, line.WISH))
    return keep(messages.wish_of(said["wish"]), said["kernel"], channel, Streams(**said["streams"]))


def _next(channel: Channel, wanted: bytes) -> bytes:
    """Wait for a frame of that kind; raises EOFError."""
    while True:
        wait_for([channel.reading], [channel.writing] if channel.waiting else [], None)
        channel.flush()
        for kind, carried in channel.receive():
            if kind == wanted:
                return carried


if __name__ == "__main__":
    sys.exit(main())
