"""Probes on the driver's own time: sent at absolute times, answered as the bond is at that moment.

They are worked out when somebody brings the driver up to date, from one change of the bond to the next; so they
cost nothing while nobody looks, and are the same however often somebody does.
"""

from __future__ import annotations

from errno import ENETUNREACH
from heapq import heappop, heappush
from math import inf

from bondtui.model.probe import AGAIN, ANSWERED, FAILED, SENT, News
from bondtui.model.record import NamedTuple
from bondtui.simulated.answers import Keys, round_trip_s, way_back, ways_out
from bondtui.simulated.bond import SimulatedBond
from bondtui.simulated.slave import Slave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

NEWS_AT_MOST = 200_000
"""More than this nobody has taken: nobody will."""
BEGIN_S = 0.0005
"""An engine needs a moment before its first probe."""
SAME_COPY_S = 0.00001
"""The answers to the copies of one probe come so far apart."""


class Line(NamedTuple):
    """The way of one flow."""

    bond: SimulatedBond
    keys: Keys
    answered: bool = True
    """Whether there is anybody with this address."""


class Prober:
    """One probe of every flow in each period, spread evenly over it; virtual seconds.

    A flow without a line has no route. ``zero`` is added to every time that is told.
    """

    def __init__(self, lines: Sequence[Line | None], period_s: float, start: float, zero: float) -> None:
        self.ended = False
        """Too much was left lying: no more probes are sent."""
        self._lines = lines
        self._start, self._step, self._zero = start + BEGIN_S, period_s / max(1, len(lines)), zero
        self._slot = 0
        self._numbers = [0] * len(lines)
        self._chosen: frozenset[int] = frozenset(range(len(lines)))
        self._answered = [-1] * len(lines)
        """The latest number of each flow that was answered: answers keep their order."""
        self._under_way: list[tuple[float, int, int, Slave]] = []
        """Answers by the time at which they arrive: flow, number, the slave that the probe left by."""
        self._news: list[News] = []

    def advance(self, to: float) -> None:
        """Send and receive all that is due before this time; until then the bonds have stayed as they are."""
        while not self.ended:
            due = self._start + self._slot * self._step if self._lines else inf
            arrives = self._under_way[0][0] if self._under_way else inf
            if min(due, arrives) >= to:
                return
            if arrives <= due:
                self._receive(*heappop(self._under_way))
            else:
                self._send(self._slot % len(self._lines), due)
                self._slot += 1
            self.ended = len(self._news) >= NEWS_AT_MOST

    def take(self) -> list[News]:
        """All news since the last call, in the order of their times."""
        news, self._news = self._news, []
        return news

    def choose(self, flows: Collection[int] | None) -> None:
        """From now on only these."""
        self._chosen = frozenset(range(len(self._lines)) if flows is None else flows)

    def _send(self, flow: int, at: float) -> None:
        if flow not in self._chosen:
            return
        number, line = self._numbers[flow], self._lines[flow]
        self._numbers[flow] += 1
        if line is None:
            self._tell(flow, number, FAILED, at, ENETUNREACH)
            return
        self._tell(flow, number, SENT, at)
        arrival = at + round_trip_s(line.keys, number)
        for slave in ways_out(line.bond, line.keys, number):
            if slave.link_ok:
                slave.meter.probes(sent=1)
            if line.answered and slave.passes:
                heappush(self._under_way, (arrival, flow, number, slave))
                arrival += SAME_COPY_S

    def _receive(self, at: float, flow: int, number: int, over: Slave) -> None:
        line = self._lines[flow]
        slave = way_back(line.bond, line.keys, number, over, at) if line else None
        if slave is not None:
            slave.meter.probes(received=1)
            self._tell(flow, number, AGAIN if number == self._answered[flow] else ANSWERED, at)
            self._answered[flow] = number

    def _tell(self, flow: int, number: int, kind: str, at: float, error: int = 0) -> None:
        self._news.append(News(flow, number, kind, at + self._zero, error))
