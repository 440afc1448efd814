"""A call that may take minutes, in a thread of its own; nobody waits for it when the program is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from threading import Thread
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Errand(Generic[Result]):
    """Is under way as soon as it is made; to be made in the event loop."""

    def __init__(self, call: Callable[[], Result], name: str) -> None:
        """Begin.

        Args:
            call: What to do.
            name: Of the thread.
        """
        self._event_loop = asyncio.get_running_loop()
        self._context = copy_context()
        self.done: asyncio.Future[Result] = self._event_loop.create_future()
        """What came of it, told in the event loop."""
        self.done.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may be asked by nobody
        self._thread = Thread(target=self._run, args=(call,), name=name, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is still under way."""
        return self._thread.is_alive()

    def _run(self, call: Callable[[], Result]) -> None:
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - raised again where it is asked for
            self._tell(partial(_unless_done, self.done, partial(self.done.set_exception, error)))
        else:
            self._tell(partial(_unless_done, self.done, partial(self.done.set_result, result)))

    def _tell(self, news: Callable[[], None]) -> None:
        try:
            self._event_loop.call_soon_threadsafe(news, context=self._context)
        except RuntimeError:  # the event loop has ended
            return


def _unless_done(done: asyncio.Future[Result], settle: Callable[[], None]) -> None:
    if not done.done():
        settle()
