"""Traffic across a bond: echo requests of our own on a fixed schedule, answered by the switch's kernel."""

from __future__ import annotations

import itertools
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Sequence
from typing import Self

from tests.kernel import namespaces
from tests.kernel.lab import SWITCH_ADDRESS, Lab
from tests.kernel.waiting import until

PERIOD_S = 0.02
ECHO_REQUEST, ECHO_REPLY = 8, 0
_HEADER = struct.Struct("!BBHHH")


class Traffic:
    """Echo requests from the machine to the switch while the ``with`` block runs."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._identity = os.getpid() & 0xFFFF
        self._sent: list[float] = []
        """When each request was sent; its place is its number."""
        self._answered: dict[int, float] = {}
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.goes_on()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def goes_on(self, answers: int = 5) -> None:
        """Wait until so many requests that are sent from now on are answered."""
        first = len(self._sent)
        until(
            lambda: sum(number >= first for number in list(self._answered)) >= answers,
            what=f"answers from {SWITCH_ADDRESS}; {self._failures} requests could not even be sent",
        )

    def longest_gap_s(self) -> float:
        """The longest time without an answer that lies between two answered requests, by when they were sent."""
        pairs = itertools.pairwise(sorted(self._answered))
        return max((self._sent[after] - self._sent[before] for before, after in pairs if after - before > 1), default=0)

    def carrier(self, slaves: Sequence[str]) -> str:
        """The slave through which the requests leave now, by the kernel's counters."""

        def sent() -> dict[str, int]:
            return {each: int(self._lab.sysfs(each, "statistics/tx_packets") or 0) for each in slaves}

        before = sent()
        self.goes_on(20)
        return max(slaves, key=lambda each: sent()[each] - before[each])

    def _run(self) -> None:
        namespaces.enter(self._lab.machine)
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as opened:
            opened.setblocking(False)
            due = time.monotonic()
            while not self._stopping.is_set():
                self._send(opened)
                due = max(due + PERIOD_S, time.monotonic())
                while (left := due - time.monotonic()) > 0:
                    if select.select([opened], [], [], left)[0]:
                        self._receive(opened)

    def _send(self, opened: socket.socket) -> None:
        number = len(self._sent)
        self._sent.append(time.monotonic())
        try:
            opened.sendto(_echo_request(self._identity, number), (SWITCH_ADDRESS, 0))
        except OSError:
            self._failures += 1  # no neighbour, a full queue: a request without an answer like any other

    def _receive(self, opened: socket.socket) -> None:
        packet = opened.recv(2048)
        body = packet[(packet[0] & 15) * 4 :]
        kind, _, _, identity, number = _HEADER.unpack_from(body)
        if (kind, identity) == (ECHO_REPLY, self._identity):
            self._answered.setdefault(number, time.monotonic())


def _echo_request(identity: int, number: int) -> bytes:
    """An ICMP message without a payload: the sum of its 16-bit words in ones' complement is 0."""
    total = (ECHO_REQUEST << 8) + identity + number
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return _HEADER.pack(ECHO_REQUEST, 0, total ^ 0xFFFF, identity, number)
