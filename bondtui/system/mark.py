"""The name under which a dead-man's switch is known in its whole network namespace, whoever started it.

The folder of a pending change may be out of sight: of another user, in another mount namespace, or
deleted. A name of an abstract Unix socket belongs to the network namespace itself and dies with its
holder. Anybody can take such a name, so it counts only when the holder could have made a change.
"""

from __future__ import annotations

import _socket as socket
import errno

from bondtui.model.record import NamedTuple
from bondtui.system import runtime
from bondtui.system.peer import Peer, peer_of

ASK_SECONDS = 0.5
WAITING = 32


class Held(NamedTuple):
    """Who holds the name."""

    peer: Peer

    def __str__(self) -> str:
        return f"process {self.peer.pid} of user {self.peer.uid}"


def address(system: str) -> bytes:
    """The address for a machine that keeps its pending changes in this folder; it is the same for all its users."""
    return b"\0bondtui-change:" + system.encode("utf-8", "surrogateescape")


def take(name: bytes) -> socket.socket | None:
    """Listen under the name; ``None`` when it is taken."""
    taken = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        taken.bind(name)
        taken.listen(WAITING)
    except OSError as error:
        taken.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return taken


def holder(name: bytes) -> Held | None:
    """Who listens under the name and could change a link; ``None`` when nobody does."""
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    asking.settimeout(ASK_SECONDS)
    try:
        asking.connect(name)
        peer = peer_of(asking)
    except OSError:
        return None  # nobody, or somebody who only bound the name
    finally:
        asking.close()
    # in a user namespace of one's own anybody has every capability, but none over this network namespace
    counts = runtime.could_change_links(peer.pid, peer.uid) and runtime.is_in_our_user_namespace(peer.pid)
    return Held(peer) if counts else None
