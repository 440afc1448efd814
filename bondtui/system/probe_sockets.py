"""Sockets for probes: the target's address, the interface and the port they are bound to, the receive time.

A socket that is bound to an interface (SO_BINDTODEVICE) is bound to its index: while the interface is gone, every
probe fails with ENODEV, and one that is made anew under the same name is another interface, which it does not use.
"""

from __future__ import annotations

import _socket as socket
import os

from bondtui.core import echo
from bondtui.model.probe import Flow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    Address = tuple[str, int] | tuple[str, int, int, int]
    Heard = tuple[int, int, int | None]
    """Flow, number and the kernel's receive stamp (wall clock, nanoseconds) of an answer."""

    class Sender(Protocol):
        """The sockets of one flow."""

        @property
        def reading(self) -> int | None:
            """The socket that can be read when there is an answer."""

        @property
        def writing(self) -> int | None:
            """The socket that can be written when there is an answer."""

        def may_send(self, now: int) -> bool:
            """Whether the next probe need not wait for an earlier one; nanoseconds, monotonic."""

        def send(self, number: int) -> None:
            """Send a probe; raises OSError with what the kernel says against it."""

        def hear(self) -> list[Heard]:
            """The answers that are there."""


IPV6_V6ONLY = 26
LONGEST_DATAGRAM, ROOM_FOR_CONTROL = 512, 256
DATAGRAMS_AT_ONCE = 64
"""So many answers are read before the next probe has its turn."""


class OpeningError(Exception):
    """A flow cannot be probed; the text says why in one line."""


def address_of(flow: Flow) -> tuple[int, Address]:
    """Family and socket address of the target; raises OpeningError."""
    host, _, scope = flow.target.address.partition("%")
    port = flow.target.port or 0
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed = socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        if family == socket.AF_INET and not scope:
            return family, (host, port)
        if family == socket.AF_INET6:
            if not scope and packed[0] == 0xFE and packed[1] & 0xC0 == 0x80:
                scope = flow.device  # link-local (RFC 4291): means nothing without
            return family, (host, port, 0, _scope(flow, scope))
    raise OpeningError(f"{flow.target.address} is no IP address")


def _scope(flow: Flow, scope: str) -> int:
    if not scope or scope.isdigit():
        return int(scope or 0)
    try:
        return int(socket.if_nametoindex(scope))
    except OSError:
        raise OpeningError(f"{flow.target.address}: there is no interface {scope}") from None


def bound(made: socket.socket, flow: Flow, family: int, port: int | None) -> socket.socket:
    """Bind to the flow's interface and to a port; ``None`` leaves the port to the kernel."""
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if flow.device:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, os.fsencode(flow.device))
    if port is not None:
        if family == socket.AF_INET6:
            made.setsockopt(echo.SOL_IPV6, IPV6_V6ONLY, 1)
        made.bind(("", port) if family == socket.AF_INET else ("::", port))
    return made


def stamped(made: socket.socket) -> None:
    """Have the kernel stamp what it receives; older ones know only the older option."""
    for option in (echo.SO_TIMESTAMPNS_NEW, echo.SO_TIMESTAMPNS):
        try:
            made.setsockopt(socket.SOL_SOCKET, option, 1)
        except OSError:
            continue
        return
