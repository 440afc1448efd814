"""The launcher of a lab: starts the keeper on one kernel or the other, and stands between it and the world.

It passes on keys, output, the size of the terminal, signals, and what is asked of the lab from other
terminals. Whatever ends it, the lab ends with it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time

from bondtui.ports import LabError
from bondtui.system import lab_channel as line
from bondtui.system import mark
from bondtui.system.lab_backends import BACKENDS, CANNOT_OBSERVE, NoKernelError
from bondtui.system.lab_client import ON_THE_HOST
from bondtui.system.lab_desk import Desk, wait_for
from bondtui.system.lab_places import in_foreground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.lab import LabWish
    from bondtui.system.lab_backends import Backend
    from bondtui.system.request_socket import Request

REFUSED, TIMED_OUT = 4, 124
LAST_WORDS_S = 1.0
"""How long a terminal may take for what a command that was ended has written last."""
KILLED = 128
"""From here on an exit status says which signal ended the command."""
START_S = 90.0
"""How long a lab may take to stand: a guest boots in some seconds, on a busy machine in some tens."""
END_S = 8.0
"""How long the keeper may take to end after it was told to."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def launch(wish: LabWish, kernel: str) -> int:
    """Run a lab on that kernel to its end; returns the exit status of its command. Raises LabError, and NoKernelError."""
    with BACKENDS[kernel](wish) as backend:
        launcher = Launcher(wish, backend)
        try:
            return launcher.run()
        except EOFError:
            words = backend.stop()
            if launcher.stands:
                raise LabError(f"the lab ended before its command did: {words}", CANNOT_OBSERVE) from None
            raise NoKernelError(words) from None
        except LabError as error:
            if not launcher.stands and error.status == REFUSED and (words := backend.obstacle()):
                raise NoKernelError(words) from None
            raise
        finally:
            backend.stop()  # before the terminal is put back: a program that is ended may still set it
            launcher.close()


class Launcher:
    """One running lab, seen from outside."""

    def __init__(self, wish: LabWish, backend: Backend) -> None:
        self._backend = backend
        self._channel, self._relay = backend.channel, backend.relay
        self._wake, self._woken = os.pipe()
        for number in (self._wake, self._woken):
            os.set_blocking(number, False)
        self._before = {number: signal.signal(number, _note) for number in ENDING}
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        name = mark.take(ON_THE_HOST + b"%d" % os.getpid())
        self._desk = Desk([name] if name else [])
        self._asked: dict[int, Request] = {}
        self._early: list[Request] = []
        """Asked before the lab stood."""
        self._number = 0
        self.stands = False
        """Whether the network is built and the command runs."""
        self._status: int | None = None
        self._ended_by = 0
        self._interrupts = 0
        self._parting_words = ""
        self._deadline = time.monotonic() + START_S
        self._why = f"the lab did not stand within {START_S:g} s"
        self._life_s = wish.life_s

    def run(self) -> int:
        """Serve until the command has ended; returns its exit status."""
        while self._status is None:
            self._serve()
        self._write_the_rest()
        return self._status

    def close(self) -> None:
        """Give the terminal back, and be asked no more."""
        in_order = self._status is not None and self._status < KILLED and not self._ended_by
        self._backend.terminal.restore(screen=not in_order)
        self._desk.close()
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._wake)
        os.close(self._woken)
        if self._parting_words:
            sys.stderr.write(f"bondtui: {self._parting_words}\n")

    def _serve(self) -> None:
        full = self._relay is not None and self._relay.is_full and not self._ended_by
        keeper = [] if full else [self._channel.reading, self._backend.ended]
        writing = [self._channel.writing] if self._channel.waiting else []
        read, write = wait_for(
            [self._wake, *keeper, *self._desk.files, *self._relayed()],
            [*writing, *(self._relay.waiting if self._relay is not None else ())],
            self._deadline - time.monotonic(),
        )
        if self._wake in read:
            self._hear_signals()
        self._write(write)
        if self._channel.reading in read:
            for kind, carried in self._channel.receive():
                self._obey(kind, carried)
        elif self._backend.ended in read:
            raise EOFError
        if self._relay is not None and not self._relay.hear(read):
            self._end(signal.SIGHUP)
        for request in self._desk.hear(read):
            self._ask(request)
        if time.monotonic() >= self._deadline and self._status is None:
            self._time_is_up()

    def _write(self, ready: list[int]) -> None:
        if self._channel.writing in ready:
            self._channel.flush()
        if self._relay is not None:
            self._relay.flush(ready)

    def _write_the_rest(self) -> None:
        """What the command wrote before it ended, for as long as somebody may still want to read it."""
        deadline = min(self._deadline, time.monotonic() + LAST_WORDS_S) if self._ended_by else self._deadline
        while self._relay is not None and (waiting := self._relay.waiting) and time.monotonic() < deadline:
            read, write = wait_for([self._wake], waiting, deadline - time.monotonic())
            if self._wake in read and not self._ended_by:
                self._ended_by = 128 + os.read(self._wake, 1)[0]
                return
            self._relay.flush(write)

    def _relayed(self) -> list[int]:
        return self._relay.files if self._relay is not None and self.stands else []

    def _obey(self, kind: bytes, carried: bytes) -> None:
        if kind == line.HELLO:
            self._channel.send(line.WISH, self._backend.wish)
        elif kind == line.UP:
            self._begin()
        elif self._relay is not None and kind in (line.OUTPUT, line.ERRORS):
            self._relay.write(1 if kind == line.OUTPUT else 2, carried)
        elif self._relay is not None and kind == line.ROOM:
            self._relay.room(int(carried))
        elif kind == line.ANSWER:
            told = json.loads(carried)
            self._asked.pop(told["id"]).caller.answer(**told["answer"])
        elif kind == line.ENDED:
            self._status = self._ended_by or int(carried)
        elif kind == line.FAILED:
            told = json.loads(carried)
            raise LabError(told["error"], told["status"])

    def _begin(self) -> None:
        """The command runs."""
        self.stands = True
        self._deadline = time.monotonic() + self._life_s
        self._why = f"the lab has reached its time limit of {self._life_s:g} s"
        if self._relay is not None:
            self._relay.begin()
        for request in self._early:
            self._ask(request)

    def _hear_signals(self) -> None:
        for number in os.read(self._wake, line.PIECE):
            if not self.stands:
                raise KeyboardInterrupt(number)
            if number in (signal.SIGINT, signal.SIGQUIT):
                self._interrupt(number)
            elif number in ENDING:
                self._end(number)

    def _interrupt(self, number: int) -> None:
        """Pass on what a terminal does not send to the command itself; who repeats it means it."""
        if self._relay is None and in_foreground():
            return
        self._interrupts += 1
        if self._interrupts > 1:
            self._end(signal.SIGTERM)
            self._ended_by = 128 + number
        else:
            self._channel.send(line.SIGNAL, b"%d" % number)

    def _end(self, number: int) -> None:
        """Have the command end, and the lab with it."""
        self._channel.send(line.SIGNAL, b"%d" % number)
        self._ended_by = 128 + number
        self._deadline = min(self._deadline, time.monotonic() + END_S)

    def _time_is_up(self) -> None:
        if self._ended_by:
            self._status = self._ended_by
            return
        if not self.stands:
            raise LabError(self._why, CANNOT_OBSERVE)
        self._end(signal.SIGTERM)
        self._ended_by = TIMED_OUT
        self._parting_words = self._why

    def _ask(self, request: Request) -> None:
        """Pass on what is asked from another terminal; while the lab is being built it waits."""
        if not self.stands:
            self._early.append(request)
            return
        self._number += 1
        self._asked[self._number] = request
        asked = {key: value for key, value in request.said.items() if key != "who"}
        self._channel.send(line.REQUEST, json.dumps({"id": self._number, "request": asked}).encode())


def _note(number: int, frame: object) -> None:
    """The wake-up file has it already."""
