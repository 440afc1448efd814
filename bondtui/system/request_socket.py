"""The socket at which a dead-man's switch is asked: one line of JSON in, one line of JSON out.

Nobody can hold it up: a caller that says nothing, too much or nonsense is dropped.
"""

from __future__ import annotations

import _socket as socket
import json
import os
import select
import time

from bondtui.model.record import NamedTuple
from bondtui.system.peer import peer_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "socket"
LONGEST_LINE = 1 << 16
MOST_CALLERS = 32
NOT_OURS = "not permitted: the change was made by another user"
PATIENCE_SECONDS = 5.0


class Request(NamedTuple):
    """What somebody asks for, and the line to answer on."""

    do: str
    id: str | None
    who: dict[str, Any]
    """What the caller says about himself, but for ``pid`` and ``uid``, which the kernel says."""
    caller: Caller
    said: dict[str, Any]
    """All of it, as it was said."""


class Caller:
    """One connection. Only root and our own user are heard; anybody else is told ``not_ours``."""

    def __init__(self, connection: socket.socket, not_ours: str) -> None:
        connection.setblocking(False)
        self._not_ours = not_ours
        self.connection = connection
        self.peer = peer_of(connection)
        self.since = time.monotonic()
        self._said = b""

    def answer(self, **words: object) -> None:
        """Send the one answer and hang up; whoever does not take it at once does not get it."""
        try:
            self.connection.send(json.dumps(words).encode() + b"\n")
        except OSError:
            return
        finally:
            self.connection.close()

    def hear(self) -> Request | None:
        """The request, once it is complete; a caller who makes none is refused or dropped."""
        try:
            data = self.connection.recv(LONGEST_LINE)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        self._said += data
        line, end, _ = self._said.partition(b"\n")
        if not end and data and len(self._said) < LONGEST_LINE:
            return None
        request = self._request(line)
        if request is None:
            self.answer(refused="that is no request")
        elif self.peer.uid not in (0, os.geteuid()):
            self.answer(refused=self._not_ours)
            return None
        return request

    def _request(self, line: bytes) -> Request | None:
        try:
            said = json.loads(line)
            do, identity, who = said["do"], said.get("id"), said.get("who") or {}
            return Request(str(do), identity, {**who, **self.peer._asdict()}, self, said)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None


class RequestSocket:
    """Listens in a runtime folder. Only root and our own user can connect."""

    def __init__(self, folder: str, *, wake: int | None = None, mark: socket.socket | None = None) -> None:
        """Begin to listen; at ``mark``, which listens already, too."""
        self._path = os.path.join(folder, NAME)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._callers: dict[int, Caller] = {}
        self._wake = wake
        self._poll = select.poll()
        _unlink(self._path)  # of a switch that was killed: we have its lock
        self._socket.bind(self._path)
        os.chmod(self._path, 0o600)
        self._socket.listen(MOST_CALLERS)
        self._listening = {each.fileno(): each for each in (self._socket, mark) if each is not None}
        for number in self._listening:
            self._poll.register(number, select.POLLIN)
        if wake is not None:
            self._poll.register(wake, select.POLLIN)

    def close(self) -> None:
        """Take it away, so that nobody calls in vain."""
        _unlink(self._path)
        for each in self._listening.values():
            each.close()
        for caller in self._callers.values():
            caller.connection.close()
        self._callers.clear()

    def forget(self) -> None:
        """Close what is listened at in a forked child: a name belongs to whoever has it open, and only we shall hold it."""
        for each in self._listening.values():
            each.close()

    def listen(self, seconds: float) -> list[Request]:
        """Wait for requests, at most so long; returns early and maybe with none when the wake file can be read."""
        requests = []
        for number, _ in self._poll.poll(max(0.0, seconds) * 1000):
            if number == self._wake:
                os.read(number, LONGEST_LINE)
            elif number in self._listening:
                self._accept(self._listening[number])
            elif (request := self._hear(number)) is not None:
                requests.append(request)
        self._drop_silent()
        return requests

    def _accept(self, listening: socket.socket) -> None:
        number = accept(listening, self._callers, NOT_OURS)
        if number is not None:
            self._poll.register(number, select.POLLIN)

    def _hear(self, number: int) -> Request | None:
        caller = self._callers[number]
        request = caller.hear()
        if request is not None or caller.connection.fileno() < 0:
            self._poll.unregister(number)
            del self._callers[number]
        return request

    def _drop_silent(self) -> None:
        now = time.monotonic()
        for number, caller in list(self._callers.items()):
            if now - caller.since > PATIENCE_SECONDS:
                self._poll.unregister(number)
                del self._callers[number]
                caller.connection.close()


def accept(listening: socket.socket, callers: dict[int, Caller], not_ours: str) -> int | None:
    """Take a caller in, unless there are too many; returns the file of the connection."""
    try:
        number, _ = listening._accept()  # type: ignore[attr-defined]  # what the Python part wraps
    except OSError:
        return None
    connection = socket.socket(fileno=number)
    if len(callers) >= MOST_CALLERS:
        connection.close()
        return None
    os.set_inheritable(number, False)
    callers[number] = Caller(connection, not_ours)
    return int(number)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
