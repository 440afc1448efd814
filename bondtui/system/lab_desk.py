"""Where a lab is asked: names of abstract Unix sockets, one line of JSON in, one line of JSON out.

They belong to a network namespace and die with their holder, so they leave no file behind.
"""

from __future__ import annotations

import _socket as socket
import select
import time
from collections.abc import Sequence

from bondtui.system.request_socket import PATIENCE_SECONDS, Caller, Request, accept

NOT_OURS = "not permitted: the lab is another user's"


class Desk:
    """Listens at sockets that were bound for it. Only root and our own user are heard."""

    def __init__(self, listening: Sequence[socket.socket]) -> None:
        self._listening = {each.fileno(): each for each in listening}
        self._callers: dict[int, Caller] = {}

    @property
    def files(self) -> list[int]:
        """What to wait for with ``select``."""
        return [*self._listening, *self._callers]

    def close(self) -> None:
        """Be asked no more."""
        for each in self._listening.values():
            each.close()
        for caller in self._callers.values():
            caller.connection.close()

    def hear(self, ready: Sequence[int]) -> list[Request]:
        """The requests that are complete, of files that can be read; each is to be answered."""
        requests = []
        for number in ready:
            if number in self._listening:
                accept(self._listening[number], self._callers, NOT_OURS)
            elif number in self._callers:
                caller = self._callers[number]
                if (request := caller.hear()) is not None:
                    requests.append(request)
                if request is not None or caller.connection.fileno() < 0:
                    del self._callers[number]
        self._drop_silent()
        return requests

    def _drop_silent(self) -> None:
        now = time.monotonic()
        for number, caller in list(self._callers.items()):
            if now - caller.since > PATIENCE_SECONDS:
                del self._callers[number]
                caller.connection.close()


def wait_for(files: Sequence[int], writing: Sequence[int], seconds: float | None) -> tuple[list[int], list[int]]:
    """Which files can be read and which can be written, after at most so long; a file at its end can be read."""
    poll = select.poll()
    for number in files:
        poll.register(number, select.POLLIN)
    for number in writing:
        poll.register(number, select.POLLOUT | (select.POLLIN if number in files else 0))
    found = poll.poll(None if seconds is None else max(0.0, seconds) * 1000)
    read = [number for number, event in found if number in files and event & ~select.POLLOUT]
    return read, [number for number, event in found if number in writing and event & ~select.POLLIN]
