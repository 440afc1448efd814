"""An observer of outages who knows nothing of bondtui: numbered datagrams both ways across a bond.

At every beat one datagram leaves the machine for the switch and one leaves the switch for the machine, both with the
number of the beat. Receivers at the two ends note which came and when, by the kernel's own receive time. A beat is
whole when both came; an outage is a run of beats that are not.
"""

from __future__ import annotations

import itertools
import math
import select
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import NamedTuple, Self

from tests.kernel import namespaces
from tests.kernel.lab import ADDRESS, SWITCH_ADDRESS, Lab
from tests.kernel.waiting import until

BEAT_S = 0.01
"""One tick of the guest: it cannot do anything more often."""
MACHINE_PORT, SWITCH_PORT = 5001, 5001
"""Equal, so that a hash over ports gives both ways the same slave where it is symmetric, as the driver's is."""
IN_FLIGHT_S = 0.5
"""A datagram that has not come after so long will not come."""
SO_TIMESTAMPNS = 35
_NUMBER, _TIME = struct.Struct("!Q"), struct.Struct("@ll")


class Blackout(NamedTuple):
    """A run of beats that did not come through, or not both ways. Wall clock, seconds."""

    begin: float
    """When the last whole beat before was sent: the outage began later."""
    end: float
    """When the first whole beat after had come through: the outage was over by then."""
    lost: int
    between_s: float
    """From the first lost beat to the last one: the outage was at least about so long."""

    @property
    def middle_s(self) -> float:
        """How long it was, half a beat more or less at each end."""
        return (self.end - self.begin + self.between_s) / 2


class Observer:
    """Datagrams both ways while the ``with`` block runs."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._sent: list[float] = []
        """When each beat was sent; its place is its number."""
        self._out: dict[int, float] = {}
        self._back: dict[int, float] = {}
        self._late: list[float] = []
        """By how much each beat was late."""
        self._stopping = threading.Event()
        self._resting = threading.Event()
        self._machine = lab.within(lambda: _opened(ADDRESS, MACHINE_PORT))
        self._switch = namespaces.within(lab.switch, lambda: _opened(SWITCH_ADDRESS, SWITCH_PORT))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.goes_on()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._machine.close()
        self._switch.close()

    def goes_on(self, beats: int = 10) -> None:
        """Wait until so many beats that are sent from now on come through both ways."""
        self._resting.clear()
        first = len(self._sent)
        until(lambda: sum(each >= first for each in self._whole()) >= beats, what="datagrams across the bond")

    def rests(self) -> None:
        """Send nothing until it ``goes_on``: what is not sent is neither whole nor lost."""
        self._resting.set()

    def carrier(self, *slaves: str) -> str:
        """The slave through which the machine's datagrams leave, by the kernel's counters."""

        def packets() -> dict[str, int]:
            return {each: int(self._lab.sysfs(each, "statistics/tx_packets") or 0) for each in slaves}

        before = packets()
        self.goes_on(50)
        after = packets()
        return max(slaves, key=lambda each: after[each] - before[each])

    def blackouts(self, since: float = 0.0, before: float = math.inf) -> list[Blackout]:
        """The outages that were not over before ``since`` and had begun ``before`` then."""
        settled = (time.time() if math.isinf(before) else before) + IN_FLIGHT_S
        until(lambda: time.time() > settled, what="everything that is under way")
        return [each for each in self._blackouts() if each.end > since and each.begin < before]

    def held_up_s(self, since: float, before: float) -> float:
        """How long this thread, and so the guest, was kept from its work in this time, all beats together."""
        pairs = zip(list(self._sent), list(self._late), strict=False)
        return sum(late for at, late in pairs if since <= at < before and late > BEAT_S)

    def _whole(self) -> list[int]:
        """The numbers of the beats that came through both ways, ascending."""
        return sorted(set(self._out) & set(self._back))

    def _blackouts(self) -> list[Blackout]:
        return [
            Blackout(
                begin=self._sent[good],
                end=max(self._out[next_good], self._back[next_good]),
                lost=next_good - good - 1,
                between_s=self._sent[next_good - 1] - self._sent[good + 1],
            )
            for good, next_good in itertools.pairwise(self._whole())
            if next_good - good > 1
        ]

    def _run(self) -> None:
        ways = {self._machine: self._back, self._switch: self._out}
        due = time.monotonic()
        while not self._stopping.is_set():
            if not self._resting.is_set():
                self._late.append(time.monotonic() - due)
                self._send()
            due = max(due + BEAT_S, time.monotonic())
            while (left := due - time.monotonic()) > 0:
                for ready in select.select([*ways], [], [], left)[0]:
                    _receive(ready, ways[ready])

    def _send(self) -> None:
        data = _NUMBER.pack(len(self._sent))
        self._sent.append(time.time())
        for opened, address, port in (
            (self._machine, SWITCH_ADDRESS, SWITCH_PORT),
            (self._switch, ADDRESS, MACHINE_PORT),
        ):
            with suppress(OSError):  # no way at this moment: a datagram that does not come, like any other
                opened.sendto(data, (address, port))


def _opened(address: str, port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    opened.bind((address, port))
    return opened


def _receive(opened: socket.socket, came: dict[int, float]) -> None:
    """Take in everything that has come."""
    while True:
        try:
            data, control, _, _ = opened.recvmsg(_NUMBER.size, 64)
        except OSError:
            return
        seconds, nanoseconds = _TIME.unpack(control[0][2])
        came.setdefault(_NUMBER.unpack(data)[0], seconds + nanoseconds / 1e9)
