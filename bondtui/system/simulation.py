"""The simulated driver as a source of bond facts: its virtual time runs along with the real clocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from bondtui.model.reading import Heard, Reading, Stamp
from bondtui.simulated.machines import MACHINES
from bondtui.simulated.play import stamped

MOMENT_S = 1e-6
"""The shortest wait: rounding can leave what is due a hair in the future, and time must move on."""


class SimulatedSource:
    """Plays one scenario. See ``bondtui.ports.Source``.

    ``start_at`` is the second of the scenario to begin with. ``wait`` sleeps for so many seconds, or
    until the event is set.
    """

    simulated = True

    def __init__(
        self,
        scenario: str,
        *,
        start_at: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        self._driver = MACHINES[scenario]()
        self._driver.advance(start_at)
        self._clock = clock
        self._wall = wall
        self._wait = wait
        self._zero = clock() - start_at
        self._woken = threading.Event()
        self._heard: list[Heard] = []

    def read(self) -> Reading:
        """Everything as it is now. Messages that are due meanwhile are kept for ``listen``."""
        self._catch_up()
        now = self._driver.now + self._zero
        return self._driver.reading(Stamp(now, now + self._wall() - self._clock()))

    def listen(self, seconds: float) -> Sequence[Heard]:
        """Wait until the driver sends something, at most this long."""
        until = self._clock() + seconds
        while True:
            self._catch_up()
            if self._heard or self._woken.is_set() or self._clock() >= until:
                self._woken.clear()
                heard, self._heard = self._heard, []
                return heard
            due = min(until, self._driver.next_due + self._zero)
            self._wait(self._woken, max(MOMENT_S, due - self._clock()))

    def wake(self) -> None:
        """Make a waiting ``listen`` return at once."""
        self._woken.set()

    def close(self) -> None:
        """Nothing to give back."""

    def _catch_up(self) -> None:
        heard = self._driver.advance(self._clock() - self._zero)
        if heard:
            wall = self._zero + self._wall() - self._clock()
            self._heard += [stamped(each, self._zero, wall) for each in heard]
