"""Probes by TCP connects (RFC 9293)."""

from __future__ import annotations

import _socket as socket
import errno
import os
import select
import time
from struct import Struct

from bondtui.model.probe import Flow
from bondtui.system.probe_sockets import address_of, bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.system.probe_sockets import Heard

PATIENCE, LONGEST_PATIENCE = 20_000_000, 1_000_000_000
"""A connect is given up after so many nanoseconds at the earliest, and if the period is no longer, at the latest."""
_LINGER_NOT = Struct("@ii").pack(1, 0)
"""struct linger: close sends RST, and nothing is left of the connection."""


class ConnectSender:
    """TCP connects from one port. SYN-ACK and RST are answers; the connection is reset at once.

    Two connects with the same four addresses and ports cannot be under way at once. The next probe waits until the
    one before is answered or given up: after the period, four times what an answer takes, a tenth of the time without
    answers or ``PATIENCE``, whichever is longest. What is given up can only be lost, never late.
    """

    reading = None

    def __init__(self, flow: Flow, place: int, period: int) -> None:
        self._flow, self._place, self._period = flow, place, period
        self._family, self._address = address_of(flow)
        self._keeper = self._made(flow.source_port or 0)
        """Holds the port between two connects."""
        self._port = int(self._keeper.getsockname()[1])
        self._waiting: socket.socket | None = None
        self._number = self._since = 0
        self._heard_at: int | None = None
        self._usual = 0
        """How long an answer takes, a moving average in nanoseconds."""
        self._answered: list[Heard] = []

    def _made(self, port: int) -> socket.socket:
        made = socket.socket(self._family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC, 0)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        return bound(made, self._flow, self._family, port)

    @property
    def writing(self) -> int | None:
        return None if self._waiting is None else self._waiting.fileno()

    def may_send(self, now: int) -> bool:
        if self._waiting is None:
            return True
        if self._heard_at is None:
            patience = LONGEST_PATIENCE
        else:  # the way there may be a longer one by now
            patience = min(LONGEST_PATIENCE, max(PATIENCE, 4 * self._usual, (now - self._heard_at) // 10))
        return now - self._since >= max(self._period, patience)

    def send(self, number: int) -> None:
        self._give_up()
        self._waiting, self._number = self._made(self._port), number
        self._since = time.monotonic_ns()
        error = self._waiting.connect_ex(self._address)
        if error in (0, errno.ECONNREFUSED):
            self._ended(error)
        elif error != errno.EINPROGRESS:
            self._give_up()
            raise OSError(error, os.strerror(error))

    def hear(self) -> list[Heard]:
        if self._waiting is not None and select.select((), (self._waiting,), (), 0)[1]:
            self._ended(self._waiting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        heard, self._answered = self._answered, []
        return heard

    def _ended(self, error: int) -> None:
        """Other errors, such as host unreachable or timed out, are no answer of the target."""
        if error in (0, errno.ECONNREFUSED):
            now = time.monotonic_ns()
            took = now - self._since
            self._usual = took if self._heard_at is None else (7 * self._usual + took) // 8
            self._heard_at = now
            self._answered.append((self._place, self._number, time.time_ns()))
        self._give_up()

    def _give_up(self) -> None:
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None
