"""Who is at the other end of a Unix socket, as the kernel vouches for it (SO_PEERCRED, unix(7))."""

from __future__ import annotations

import _socket as socket
from struct import Struct

from bondtui.model.record import NamedTuple

SO_PEERCRED = 17
_CREDENTIALS = Struct("=iII")


class Peer(NamedTuple):
    """The process at the other end."""

    pid: int
    uid: int


def peer_of(connection: socket.socket) -> Peer:
    """Who has connected; of who is connected to, as it was when it began to listen."""
    pid, uid, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, SO_PEERCRED, _CREDENTIALS.size))
    return Peer(pid, uid)
