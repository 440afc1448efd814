"""Believable traffic: rates that wander and burst, and the counters that come of them.

Everything is a closed function of time, so that counters are the same however often they are read.
"""

from __future__ import annotations

from math import cos, pi

from bondtui.model.bond import Counters, LinkErrors
from bondtui.model.record import NamedTuple

RX_PACKET_BYTES, TX_PACKET_BYTES, CHATTER_PACKET_BYTES = 450.0, 380.0, 92.0
"""On average. A rate wanders by the size of its packets, from a quarter of this to a little more than three times as
much: their number is steady, so that a few packets more can be told from the rest."""
GOLDEN_ANGLE = 2.399963
"""Multiples of it never line up: a cheap way to give every wave other phases."""

_SINES = ((0.28, 97.0), (0.20, 41.0), (0.13, 17.0), (0.09, 7.3), (0.06, 3.1))
"""Height and period in seconds. The heights add up to less than 1: a rate is never negative."""
_BURSTS = ((0.9, 61.0, 9.0), (0.6, 37.0, 4.0))
"""Height, period and length in seconds."""
PROBE_BYTES = 98
"""An echo request with 56 bytes of data, and its answer, as the counters of an Ethernet card have them."""


_RX_BYTES, _TX_BYTES = Counters._fields.index("rx_bytes"), Counters._fields.index("tx_bytes")
"""Places of the counters; that of the packets comes next."""


class Wave:
    """How busy one direction of one bond is over time; about 1 in the long run."""

    def __init__(self, number: int) -> None:
        self._sines = []
        self._bursts = []
        for row, (height, period) in enumerate(_SINES):
            speed = 2 * pi / (period * (1 + 0.06 * ((number + row) % 5)))
            self._sines.append((height / speed, speed, GOLDEN_ANGLE * (number + 1) * (row + 1)))
        for row, (height, period, length) in enumerate(_BURSTS):
            start = period * ((GOLDEN_ANGLE * (number + row + 1)) % 1)
            self._bursts.append((2 * height * length / pi, period, length, start))

    def integral(self, at: float) -> float:
        """How much has flowed up to this time; only differences of two such values mean anything."""
        total = at
        for weight, speed, phase in self._sines:
            total -= weight * cos(speed * at + phase)
        for area, period, length, start in self._bursts:
            count, inside = divmod(at - start, period)
            total += area * count
            total += area if inside >= length else area * (1 - cos(pi * inside / length)) / 2
        return total


class Flow(NamedTuple):
    """What one slave carries, as averages per second."""

    rx_bytes: float = 0.0
    tx_bytes: float = 0.0
    chatter: float = 0.0
    """Broadcast packets received, wanted or not."""
    unwanted: float = 0.0
    """Received packets that nobody takes because the slave is not in use: kernels from 4.6 on do not call them dropped."""
    rx_errors: float = 0.0


class Meter:
    """The counters of one slave."""

    def __init__(self, wave: int, start: float, before: Counters) -> None:
        self._rx, self._tx = Wave(2 * wave), Wave(2 * wave + 1)
        self._before: list[float] = [*before, 0.0]
        self._read: tuple[float, Counters, LinkErrors] | None = None
        self._flow = Flow()
        self._since = (start, self._rx.integral(start), self._tx.integral(start))

    def turn(self, at: float, flow: Flow) -> None:
        """Let another flow begin now."""
        if flow != self._flow:
            self._before = self._grown(at)
            self._since = (at, self._rx.integral(at), self._tx.integral(at))
            self._flow = flow

    def age(self, seconds: float) -> None:
        """Count what the present flow brought in all the time before the start."""
        self._read = None
        past = _brought(self._flow, seconds, seconds, seconds)
        self._before = [a + b for a, b in zip(self._before, past, strict=True)]

    def probes(self, *, sent: int = 0, received: int = 0) -> None:
        """Count so many probes and answers on top."""
        self._read = None
        for field, count in ((_RX_BYTES, received), (_TX_BYTES, sent)):
            self._before[field] += count * PROBE_BYTES
            self._before[field + 1] += count

    def read(self, at: float) -> Counters:
        """The counters now."""
        return self._read_at(at)[1]

    def errors(self, at: float) -> LinkErrors:
        """The errors by kind now."""
        return self._read_at(at)[2]

    def _read_at(self, at: float) -> tuple[float, Counters, LinkErrors]:
        if self._read is None or self._read[0] != at:
            *counted, unwanted = map(int, self._grown(at))
            counters = Counters(*counted)
            self._read = at, counters, errors_among(counters, unwanted)
        return self._read

    def _grown(self, at: float) -> list[float]:
        since, rx, tx = self._since
        brought = _brought(self._flow, at - since, self._rx.integral(at) - rx, self._tx.integral(at) - tx)
        return [a + b for a, b in zip(self._before, brought, strict=True)]


def errors_among(counters: Counters, unwanted: int) -> LinkErrors:
    """The errors by kind behind these counters: a dying transceiver spoils frames, so their checksums are wrong."""
    return _NO_ERRORS._replace(rx_crc=counters.rx_errors, rx_nohandler=unwanted)


_NO_ERRORS = LinkErrors(*[0] * len(LinkErrors._fields))


def _brought(flow: Flow, seconds: float, rx: float, tx: float) -> tuple[float, ...]:
    """What the flow adds in so many seconds, and average seconds of receiving and of sending.

    That is to each counter, and to the packets that nobody takes.
    """
    return (
        rx * (flow.rx_bytes + flow.chatter * CHATTER_PACKET_BYTES),
        seconds * flow.rx_bytes / RX_PACKET_BYTES + rx * flow.chatter,
        rx * flow.rx_errors,
        0.0,
        tx * flow.tx_bytes,
        seconds * flow.tx_bytes / TX_PACKET_BYTES,
        0.0,
        0.0,
        rx * flow.unwanted,
    )
