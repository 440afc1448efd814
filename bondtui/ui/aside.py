"""A thread for what may block: one thing after the other, and nobody waits for it at the end.

Not Textual's thread workers, because leaving the program would wait for them; what is under way when
the dashboard is left is guarded by the dead-man's switch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")

PAUSE_SECONDS = 1.0


class Aside:
    """Runs calls in a thread of its own; between them it looks at something about once a second."""

    def __init__(self, look: Callable[[], Callable[[], None] | None]) -> None:
        """Make it.

        Args:
            look: Called in the thread, about once a second and after every call. What it returns is
                then called in the event loop.
        """
        self.pause = PAUSE_SECONDS
        """How long it waits for a call before it looks again."""
        self._look = look
        self._errands: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._stopping = False
        self._thread = Thread(target=self._run, name="bondtui-aside", daemon=True)

    def start(self) -> None:
        """Begin, from within the event loop."""
        self._event_loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing new; what is under way is left alone."""
        self._stopping = True
        self._errands.put(lambda: None)

    async def run(self, call: Callable[[], Result]) -> Result:
        """Have it done after all that waits; returns or raises what it does."""
        done: asyncio.Future[Result] = self._event_loop.create_future()
        self._errands.put(partial(self._do, call, done))
        return await done

    def _do(self, call: Callable[[], Result], done: asyncio.Future[Result]) -> None:
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - raised again where it was asked for
            self._tell(partial(_fail, done, error))
        else:
            self._tell(partial(_settle, done, result))

    def _run(self) -> None:
        while not self._stopping:
            if (news := self._look()) is not None:
                self._tell(news)
            try:
                self._errands.get(timeout=self.pause)()
            except Empty:
                continue

    def _tell(self, news: Callable[[], None]) -> None:
        try:
            self._event_loop.call_soon_threadsafe(news, context=self._context)
        except RuntimeError:  # the event loop has ended
            self._stopping = True


def _settle(done: asyncio.Future[Result], result: Result) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[Result], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
