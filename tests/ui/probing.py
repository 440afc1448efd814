"""Probes for tests of the screens: the clock, who answers and what goes wrong are the test's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from bondtui.model.bond import Bond
from bondtui.model.probe import ANSWERED, SENT, Candidate, Flow, News, Target, Way
from bondtui.model.reading import Stamp
from bondtui.ports import ProbeError

RTT_S = 0.00031
WALL_S = 1_700_000_000.0


class Moment:
    """A clock that a test moves on."""

    def __init__(self, mono: float) -> None:
        self.mono = mono

    def __call__(self) -> Stamp:
        return Stamp(self.mono, WALL_S + self.mono)


class StandInStream:
    """Probes on schedule, as of the clock; lost are those that the line says are."""

    def __init__(self, line: StandInProbing, flow: Flow, period_s: float) -> None:
        self.flow = flow
        self.stopped = 0
        self.fails = ""
        """Why the engine has ended."""
        self._line = line
        self._begin = line.clock().mono
        self._period_s = period_s
        self._sent = 0

    def take(self) -> Sequence[News]:
        """All that has happened up to now."""
        if self.fails:
            raise ProbeError(self.fails)
        news: list[News] = []
        while (at := self._begin + self._sent * self._period_s) + RTT_S <= self._line.clock().mono:
            news.append(News(0, self._sent, SENT, at))
            if not self._line.is_lost(at):
                news.append(News(0, self._sent, ANSWERED, at + RTT_S))
            self._sent += 1
        return news

    def choose(self, flows: Collection[int] | None) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        """Remember it."""
        self.stopped += 1


class StandInProbing:
    """See ``bondtui.ports.Probing``."""

    def __init__(self, clock: Callable[[], Stamp], addresses: Sequence[str] = ("192.0.2.1",)) -> None:
        self.clock = clock
        self.addresses = list(addresses)
        """Of the candidates of every bond, best first."""
        self.no_target = ""
        """Why there are none."""
        self.cannot_start = ""
        self.lost: list[tuple[float, float]] = []
        """Times in which nothing is answered: from, and until."""
        self.streams: list[StandInStream] = []

    def is_lost(self, at: float) -> bool:
        """Whether a probe that is sent at this time is."""
        return any(begin <= at < until for begin, until in self.lost)

    def candidates(self, bond: Bond) -> Sequence[Candidate]:
        """The addresses, through the bond itself."""
        if self.no_target:
            raise ProbeError(self.no_target)
        return [Candidate(Target(each), bond.name, "gateway") for each in self.addresses]

    def way(self, bond: Bond, target: Target) -> Way:
        raise NotImplementedError

    def start(self, flows: Sequence[Flow], period_s: float) -> StandInStream:
        """Begin one; there is one flow only."""
        if self.cannot_start:
            raise ProbeError(self.cannot_start)
        (flow,) = flows
        self.streams.append(StandInStream(self, flow, period_s))
        return self.streams[-1]
