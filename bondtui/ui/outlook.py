"""Looks at what lies around the bonds: now and then, in a thread of its own, because it may block for seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from threading import Condition, Thread
from time import monotonic, thread_time

from bondtui.model.around import Around
from bondtui.model.bond import Bond
from bondtui.ports import Surroundings, Watcher

PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 10.0, 120.0
"""From one look to the next: at least, unless it is asked for, and at most."""
REST = 3000.0
"""So many times the CPU time of a look is waited when nothing happens: little changes around bonds that are quiet, and a
look costs more the more interfaces the machine has."""


def pause_after(spent_s: float) -> float:
    """Seconds to the next look after one that took so much CPU time, when nothing happens."""
    return min(LONGEST_PAUSE_SECONDS, max(PAUSE_SECONDS, REST * spent_s))


class Outlook:
    """Tells in the event loop what there is around the bonds that are watched."""

    def __init__(self, surroundings: Surroundings, watcher: Watcher, take: Callable[[Around], None]) -> None:
        """Make it.

        Args:
            surroundings: Where it looks.
            watcher: Knows which bonds there are.
            take: Called in the event loop with all that was found, every time.
        """
        self._surroundings = surroundings
        self._watcher = watcher
        self._take = take
        self._changed = Condition()
        self._again = self._news = self._stopping = False
        self._thread = Thread(target=self._run, name="bondtui-outlook", daemon=True)

    def start(self) -> None:
        """Begin, from within the event loop."""
        self._event_loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what is under way is left alone."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def look_again(self) -> None:
        """Look at once, or as soon as the look that is under way has ended."""
        with self._changed:
            self._again = True
            self._changed.notify()

    def look_soon(self) -> None:
        """Something has happened: wait no longer than the shortest pause."""
        with self._changed:
            self._news = True
            self._changed.notify()

    def _run(self) -> None:
        while not self._stopping:
            began, spent_s = monotonic(), thread_time()
            if bonds := self._watcher.latest.bonds:
                self._tell(self._around(bonds))
            self._rest(began, pause_after(thread_time() - spent_s))

    def _rest(self, began: float, pause: float) -> None:
        """Wait until it is time to look again."""
        with self._changed:
            while not (self._stopping or self._again):
                left = began + (PAUSE_SECONDS if self._news else pause) - monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._again = self._news = False

    def _around(self, bonds: Sequence[Bond]) -> Around:
        try:
            return self._surroundings.around(bonds)
        except Exception as error:  # noqa: BLE001 - the findings say so; the dashboard goes on
            return Around(unknown={"surroundings": f"a mistake in bondtui: {type(error).__name__}: {error}"})

    def _tell(self, around: Around) -> None:
        try:
            self._event_loop.call_soon_threadsafe(partial(self._take, around), context=self._context)
        except RuntimeError:  # the event loop has ended
            self._stopping = True
