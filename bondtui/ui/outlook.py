"""Looks at what lies around the bonds: now and then, in a thread of its own, because it may block for seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from threading import Event, Thread

from bondtui.model.around import Around
from bondtui.model.bond import Bond
from bondtui.ports import Surroundings, Watcher

PAUSE_SECONDS = 10.0


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
        self._again = Event()
        self._stopping = False
        self._thread = Thread(target=self._run, name="bondtui-outlook", daemon=True)

    def start(self) -> None:
        """Begin, from within the event loop."""
        self._event_loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what is under way is left alone."""
        self._stopping = True
        self._again.set()

    def look_again(self) -> None:
        """Look at once, or as soon as the look that is under way has ended."""
        self._again.set()

    def _run(self) -> None:
        while not self._stopping:
            if bonds := self._watcher.latest.bonds:
                self._tell(self._around(bonds))
            self._again.wait(PAUSE_SECONDS)
            self._again.clear()

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
