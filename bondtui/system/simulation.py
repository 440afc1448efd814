"""The simulated driver as a source of bond facts: its virtual time runs along with the real clocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bondtui.model.reading import Heard, Reading, Stamp
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import MACHINES

MOMENT_S = 1e-6
"""The shortest wait: rounding can leave what is due a hair in the future, and time must move on."""


class SimulatedSource:
    """Plays one scenario, or a driver of one's own. See ``bondtui.ports.Source``.

    ``start_at`` is the second of the scenario to begin with. ``wait`` sleeps for so many seconds, or
    until the event is set. Other threads may do something to the driver through ``driver_now``.
    """

    simulated = True

    def __init__(
        self,
        scenario: str | Driver,
        *,
        start_at: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        self._driver = MACHINES[scenario]() if isinstance(scenario, str) else scenario
        self._driver.advance(start_at)
        self._clock = clock
        self._wall = wall
        self._wait = wait
        self._zero = clock() - self._driver.now
        self._lock = threading.Lock()
        self._stirred = threading.Event()
        """Set when a listener must look again: something was done to the driver, or it was woken."""
        self._woken = False
        self._heard: list[Heard] = []

    def now(self) -> Stamp:
        """This moment on the clocks of the messages."""
        return Stamp(self._clock(), self._wall())

    def stamp(self, virtual: float) -> Stamp:
        """An instant of the driver's time on both clocks."""
        mono = virtual + self._zero
        return Stamp(mono, mono + self._wall() - self._clock())

    def read(self) -> Reading:
        """Everything as it is now. Messages that are due meanwhile are kept for ``listen``."""
        with self._lock:
            self._catch_up()
            return self._driver.reading(self.stamp(self._driver.now))

    def listen(self, seconds: float) -> Sequence[Heard]:
        """Wait until the driver sends something, at most this long."""
        until = self._clock() + seconds
        while True:
            self._stirred.clear()
            with self._lock:
                self._catch_up()
                if self._heard or self._woken or self._clock() >= until:
                    self._woken = False
                    heard, self._heard = self._heard, []
                    return heard
                due = min(until, self._driver.next_due + self._zero)
            self._wait(self._stirred, max(MOMENT_S, due - self._clock()))

    def wake(self) -> None:
        """Make a waiting ``listen`` return at once."""
        self._woken = True
        self._stirred.set()

    def close(self) -> None:
        """Nothing to give back."""

    @contextmanager
    def driver_now(self) -> Iterator[Driver]:
        """The driver, brought up to this moment and for this thread alone. What it says is heard by the listener."""
        with self._lock:
            self._catch_up()
            try:
                yield self._driver
            finally:
                self._stirred.set()

    def _catch_up(self) -> None:
        heard = self._driver.advance(self._clock() - self._zero)
        self._heard += [each._replace(at=self.stamp(each.at.mono)) for each in heard]
