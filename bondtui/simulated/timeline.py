"""The virtual clock of the simulated driver: what is due when, and what was told to listeners."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from math import floor, inf

from bondtui.model.bond import Link
from bondtui.model.reading import Heard, Stamp

MESSAGE_S = 0.0001
"""The driver sends the messages of one tick one after the other, about so far apart."""


class Timeline:
    """Runs actions at their time and keeps the messages that they send, in seconds of virtual time."""

    def __init__(self, start: float) -> None:
        self.now = start
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._order = 0
        self._told: deque[Heard] = deque()
        self._last_told = -inf
        self._followers: list[Callable[[float], None]] = []

    def at(self, due: float, action: Callable[[], object]) -> None:
        """Run the action at that time; of actions due at once, the first one asked for runs first."""
        self._order += 1
        heappush(self._queue, (max(due, self.now), self._order, action))

    def follow(self, follower: Callable[[float], None]) -> None:
        """Have it called before anything changes, with the time up to which all has stayed as it was."""
        self._followers.append(follower)

    def unfollow(self, follower: Callable[[float], None]) -> None:
        """Call it no more."""
        self._followers = [each for each in self._followers if each != follower]

    def tell(self, link: Link, event: int | None = None) -> None:
        """Send a message about an interface as it is now."""
        self._last_told = max(self.now, self._last_told + MESSAGE_S)
        self._told.append(Heard(Stamp(self._last_told, self._last_told), link.ifindex, link, event))

    def tell_gone(self, ifindex: int) -> None:
        """Send the message that an interface is there no more."""
        self._last_told = max(self.now, self._last_told + MESSAGE_S)
        self._told.append(Heard(Stamp(self._last_told, self._last_told), ifindex))

    def run(self, to: float) -> list[Heard]:
        """Let time pass and return the messages that have come by then, oldest first."""
        while self._queue and self._queue[0][0] <= to:
            self._bring_up(self._queue[0][0])
            self.now, _, action = heappop(self._queue)
            action()
        self._bring_up(to)
        self.now = max(self.now, to)
        heard = []
        while self._told and self._told[0].at.mono <= self.now:
            heard.append(self._told.popleft())
        return heard

    def _bring_up(self, to: float) -> None:
        for follower in self._followers:
            follower(to)

    def next_due(self) -> float:
        """The earliest time at which anything can happen or be heard."""
        action = self._queue[0][0] if self._queue else inf
        return min(action, self._told[0].at.mono) if self._told else action


class Ticker:
    """Work of the driver that recurs with a fixed period, and is asleep while there is nothing to do.

    A tick that would find nothing to do changes nothing, so it need not be run: that keeps an idle
    bond free of cost, and the ticks that are run come at the very times of a driver that never sleeps.
    """

    def __init__(self, timeline: Timeline, period: float, phase: float, work: Callable[[], None]) -> None:
        self._timeline = timeline
        self._period = period
        self._phase = phase
        self._work = work
        self._due = inf

    def wake(self, not_before: float = -inf) -> None:
        """Have the first tick run that comes after now and not before the given time."""
        after = max(self._timeline.now, not_before)
        if after == inf:
            return
        number = floor((after - self._phase) / self._period)
        due = self._phase + number * self._period
        while due <= self._timeline.now or due < not_before:
            number += 1
            due = self._phase + number * self._period
        if due < self._due:
            self._due = due
            self._timeline.at(due, self._fire)

    def _fire(self) -> None:
        if self._timeline.now < self._due:
            return  # an earlier tick was asked for later and has done this one's work
        self._due = inf
        self._work()
