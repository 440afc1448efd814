"""A path that is down for a known time, and the probes that a flow sends over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import NamedTuple

from bondtui.drill.trail import Trail
from bondtui.model.probe import AGAIN, ANSWERED, FAILED, SENT, News


class Cut(NamedTuple):
    """The path carries nothing in [down, up)."""

    down: float
    up: float

    @property
    def length(self) -> float:
        return self.up - self.down

    def hits(self, at: float) -> bool:
        return self.down <= at < self.up


class Probes(NamedTuple):
    """How a flow is probed; times in seconds."""

    period: float = 0.01
    rtt: float = 0.0005
    jitter: float = 0.0
    """So much later than on schedule a probe may be sent, at most."""
    trip_jitter: float = 0.0
    """So much longer than ``rtt`` a round trip may take, at most."""
    phase: float = 0.0
    skipped: float = 0.0
    """Part of the probes that are not sent at all."""
    until: float = 2.0
    seed: int = 0


def news(probes: Probes, *cuts: Cut, flow: int = 0) -> list[News]:
    """What the probes of one flow bring, in the order of time."""
    random, found, number, tick = Random(probes.seed), [], 0, 0
    while (due := probes.phase + tick * probes.period) < probes.until:
        tick += 1
        sent = due + random.random() * min(probes.jitter, 0.9 * probes.period)
        trip = probes.rtt + random.random() * probes.trip_jitter
        there, back = sorted((sent + trip * random.random(), sent + trip * random.random()))
        if random.random() < probes.skipped:
            continue
        found.append(News(flow, number, SENT, sent))
        if not any(cut.hits(there) or cut.hits(back) for cut in cuts):
            found.append(News(flow, number, ANSWERED, sent + trip))
        number += 1
    return sorted(found, key=lambda each: (each.at, each.kind != SENT))


def trail_of(told: Iterable[News]) -> Trail:
    """The trail after all this news."""
    trail = Trail()
    for each in told:
        trail.add(each)
    return trail


def probed(probes: Probes, *cuts: Cut) -> Trail:
    """The trail of one flow over a path with these cuts."""
    return trail_of(news(probes, *cuts))


def answered_at(*trips: float | None, period: float = 0.01) -> Trail:
    """Probes at exact times, each answered after so many seconds or not at all (``None``)."""
    told = []
    for number, trip in enumerate(trips):
        told.append(News(0, number, SENT, number * period))
        if trip is not None:
            told.append(News(0, number, ANSWERED, number * period + trip))
    return trail_of(sorted(told, key=lambda each: each.at))


def shape(of: str, period: float = 0.01, trip: float = 0.0005) -> Trail:
    """A probe for each letter: ``.`` answered, ``x`` lost, ``f`` failed, ``l`` answered late, ``2`` answered twice, ``_`` not sent."""
    told, number = [], 0
    for place, letter in enumerate(of):
        if letter == "_":
            continue
        at = place * period
        told.append(News(0, number, SENT, at))
        if letter == "f":
            told.append(News(0, number, FAILED, at, 101))
        elif letter != "x":
            told.append(News(0, number, ANSWERED, at + (0.3 if letter == "l" else trip)))
        if letter == "2":
            told.append(News(0, number, AGAIN, at + 2 * trip))
        number += 1
    return trail_of(sorted(told, key=lambda each: each.at))


def shuffled(told: Sequence[News], seed: int) -> list[News]:
    """The same news in another order, some of it twice."""
    random = Random(seed)
    again = [
        each._replace(kind=AGAIN, at=each.at + 0.001)
        for each in told
        if each.kind == ANSWERED and random.random() < 0.3
    ]
    ordered = [(each.at + random.random() * 0.02, each) for each in (*told, *again)]
    sent = [each for each in told if each.kind == SENT]  # the engine tells of these in their order
    rest = [each for _, each in sorted(ordered, key=lambda each: each[0]) if each.kind != SENT]
    mixed = []
    while sent or rest:
        source = sent if not rest or (sent and random.random() < len(sent) / (len(sent) + len(rest))) else rest
        mixed.append(source.pop(0))
    return mixed
