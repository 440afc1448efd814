"""The process that sends probes: ``probe_engine PERIOD FLOW...``, the period in nanoseconds, see ``core.probe_wire``.

It sends to an absolute schedule and writes records to standard output: ``READY`` first, or one line to standard error
why not. It ends when standard input does, so with its parent. Nobody can hold it up: what is not read waits in memory,
and when that is too much it ends too. A short period costs one wake-up a probe: answers carry the kernel's receive
time, so they can be read later, several at once.
"""

from __future__ import annotations

import gc
import os
import select
import sys
import time
from array import array

from bondtui.core import probe_wire
from bondtui.core.echo import TOKEN_SIZE, received_at
from bondtui.core.probe_wire import AGAIN_CODE, ANSWERED_CODE, FAILED_CODE, NANOSECONDS, READY, RECORD, SENT_CODE
from bondtui.core.schedule import Schedule
from bondtui.system.probe_senders import opened
from bondtui.system.probe_sockets import OpeningError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence

    from bondtui.system.probe_sockets import Sender
else:
    import _signal as signal  # the C part, which is all that is needed

INPUT, OUTPUT = 0, 1
MOST_BYTES_WAITING = 500_000 * RECORD.size
REMEMBERED = 1 << 16
"""Answers to this many newest probes of a flow are told; what comes after more than a minute of the shortest period is not."""
NEWS_PERIOD = 50_000_000
"""So many nanoseconds news may be old before they are told. With more between two probes, answers wake us up."""
GOOD_SAMPLE, SAMPLES_AT_MOST = 20_000, 3
"""Two clocks are read within so many nanoseconds, or read again."""


LOWEST_PRIORITY = 1
"""Of those that come before ordinary processes (sched(7))."""


class EndError(Exception):
    """It is over; the text is for standard error."""


class Told:
    """Records on their way out of a pipe that is never waited for."""

    def __init__(self, output: int, most_waiting: int = MOST_BYTES_WAITING) -> None:
        self.waiting = bytearray()
        self._output, self._most_waiting = output, most_waiting
        os.set_blocking(output, False)

    def record(self, flow: int, number: int, code: int, at: int, error: int = 0) -> None:
        """Add one; the time in nanoseconds."""
        self.waiting += RECORD.pack(at / NANOSECONDS, number, error, flow, code)

    def flush(self) -> None:
        """Write what the pipe takes; raises EndError when nobody reads any more."""
        while self.waiting:
            try:
                written = os.write(self._output, self.waiting)
            except BlockingIOError:
                break
            except OSError:
                raise EndError("") from None
            del self.waiting[:written]
        if len(self.waiting) > self._most_waiting:
            raise EndError("the results of the probes were not read for too long")


class Line:
    """One flow: its sockets, and what is remembered of its newest probes."""

    def __init__(self, place: int, sender: Sender, told: Told) -> None:
        self.sender = sender
        self.chosen = True
        self._may_wait = sender.reading is None
        self._place, self._told = place, told
        self._next = 0
        self._sent = array("q", [0]) * REMEMBERED
        self._answered = bytearray(REMEMBERED)

    def take_turn(self) -> None:
        """Send the next probe, unless this flow is not chosen or its sender has to wait, and tell so.

        It is sent at the moment before the kernel has it.
        """
        if not self.chosen or (self._may_wait and not self.sender.may_send(time.monotonic_ns())):
            return
        number = self._next
        self._next = number + 1
        error = 0
        at = time.monotonic_ns()
        try:
            self.sender.send(number)
        except OSError as refused:
            error = refused.errno or 0
        place = number % REMEMBERED
        self._sent[place], self._answered[place] = at, False
        self._told.record(self._place, number, SENT_CODE, at)
        if error:
            self._told.record(self._place, number, FAILED_CODE, time.monotonic_ns(), error)

    def answered(self, number: int, stamp: int | None, now: int, ahead: tuple[int, int]) -> None:
        """Tell of an answer; ``ahead`` is by how much the wall clock was and is ahead of the monotonic one."""
        if not self._next - REMEMBERED <= number < self._next:
            return
        place = number % REMEMBERED
        at = received_at(stamp, self._sent[place], now, *ahead)
        self._told.record(self._place, number, AGAIN_CODE if self._answered[place] else ANSWERED_CODE, at)
        self._answered[place] = True


class Engine:
    """All flows on one schedule."""

    def __init__(self, senders: list[Sender], period: int) -> None:
        self._told = Told(OUTPUT)
        self._lines = [Line(place, sender, self._told) for place, sender in enumerate(senders)]
        between = NEWS_PERIOD * len(senders) // period
        self._turns_between = max(1, between)
        """So many turns after one another without a look at the answers."""
        self._reading = [INPUT]
        if between < 1:
            self._reading += [sender.reading for sender in senders if sender.reading is not None]
        self._connecting = [sender for sender in senders if sender.reading is None]
        self._commands = b""
        self._parent = os.getppid()
        self._ahead = _clocks()[1]
        self._told.waiting += READY
        self._told.flush()
        self._schedule = Schedule(time.monotonic_ns(), period, len(senders))

    def run(self) -> None:
        """Send and listen until EndError."""
        schedule, lines, clock = self._schedule, self._lines, time.monotonic_ns
        turns = 0
        while True:
            ready = self._wait(max(0, schedule.next_at - clock()) / NANOSECONDS)
            for place in schedule.due(clock()):
                lines[place].take_turn()
                turns += 1
            if ready or turns >= self._turns_between:
                turns = 0
                self._hear()
                self._told.flush()
                if os.getppid() != self._parent:
                    raise EndError("")

    def _wait(self, seconds: float) -> bool:
        """Sleep until the next probe, a command or an answer; whether there may be an answer."""
        writing: Sequence[int] = ()
        if self._connecting:
            writing = [number for sender in self._connecting if (number := sender.writing) is not None]
        readable, writable, _ = select.select(self._reading, writing, (), seconds)
        if not readable and not writable:
            return False
        if INPUT in readable:
            self._command()
        return True

    def _hear(self) -> None:
        for line in self._lines:
            heard = line.sender.hear()
            if heard:
                now, ahead = _clocks()
                for flow, number, stamp in heard:
                    if flow < len(self._lines):
                        self._lines[flow].answered(number, stamp, now, (self._ahead, ahead))
                self._ahead = ahead

    def _command(self) -> None:
        said = os.read(INPUT, 1 << 16)
        if not said:
            raise EndError("")
        *lines, self._commands = (self._commands + said).split(b"\n")
        for each in lines:
            chosen = probe_wire.choice_of(each, len(self._lines))
            if chosen is not None:
                for place, line in enumerate(self._lines):
                    line.chosen = place in chosen


def _clocks() -> tuple[int, int]:
    """The monotonic clock, and by how much the wall clock is ahead of it, in nanoseconds."""
    samples = 0
    while True:
        before, wall, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        samples += 1
        if after - before < GOOD_SAMPLE or samples == SAMPLES_AT_MOST:
            return after, wall - before


def main(arguments: list[str]) -> int:
    """Send probes until nobody wants them any more."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # they are for the parent, who ends us when it ends
    period = int(arguments[0])
    flows = [probe_wire.flow_of(word) for word in arguments[1:]]
    token = os.urandom(TOKEN_SIZE)
    try:
        engine = Engine([opened(flow, place, token, period) for place, flow in enumerate(flows)], period)
        _wake_up_in_time()
        gc.disable()  # nothing here refers to itself
        engine.run()
    except (EndError, OpeningError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the last words
    return 1


def _wake_up_in_time() -> None:
    """Wake up to the microsecond, and where it is permitted (CAP_SYS_NICE) before whatever else would run.

    A turn takes about 100 us, and the kernel keeps a share of the time for the others (sched_rt_runtime_us).
    """
    try:
        with open("/proc/self/timerslack_ns", "wb", buffering=0) as file:
            file.write(b"1")  # else the kernel may be 50 us late
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(LOWEST_PRIORITY))
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
