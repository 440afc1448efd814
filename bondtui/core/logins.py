"""Which TCP connections are logins from elsewhere that come in through a bond, and which one is our own."""

from __future__ import annotations

from bondtui.core.ways import plain
from bondtui.model.host import Session
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bondtui.core.stacking import Place

    Way = Callable[[str, str], Place | None]
    """Where a connection between these two addresses, ours first, meets the bond; ``None`` if it does not."""

SERVERS = frozenset(
    (
        *(
            "sshd",
            "sshd-session",
            "sshd-auth",
            "dropbear",
            "tinysshd",
            "telnetd",
            "in.telnetd",
            "in.rlogind",
            "in.rshd",
        ),
        *("xrdp", "Xvnc", "Xtigervnc", "x11vnc", "etserver", "ttyd", "shellinaboxd", "cockpit-ws", "cockpit-tls"),
    )
)
"""Process names, at most 15 characters, of what lets people in from elsewhere."""
MOSH = "mosh-server"
PORTS = frozenset({22, 23})
"""Local ports that are taken for a login where the owner of the connection is hidden from us."""


class Ends(NamedTuple):
    """One TCP connection, seen from here."""

    local: str
    local_port: int
    peer: str
    peer_port: int


class Connection(NamedTuple):
    """An established connection and whose it is."""

    ends: Ends
    pid: int | None = None
    owner: str | None = None
    """Name of the process that holds it; ``None`` if that is hidden from us."""
    ancestor: bool = False
    """Whether it is one that has started us, directly or not."""
    inbound: bool = True
    """Whether somebody listens on its local port."""


class Logins(NamedTuple):
    """What the machine tells about connections and about how we came to run."""

    connections: tuple[Connection, ...] = ()
    told: tuple[Ends, ...] = ()
    """What SSH_CONNECTION says, our own first and then those of our ancestors."""
    ancestors: tuple[str, ...] = ()
    """Names of the processes that have started us, the nearest first."""
    remote: bool = False
    """Whether the environment speaks of a remote login at all."""
    trouble: str = ""
    """Why the connections could not be had."""


def ssh_connection(text: str) -> Ends | None:
    """The value of SSH_CONNECTION, ``client port server port``; ``None`` if it is not like that."""
    words = text.split()
    if len(words) != 4 or not all(word.isascii() and word.isdecimal() and len(word) <= 5 for word in words[1::2]):
        return None
    return Ends(plain(words[2]), int(words[3]), plain(words[0]), int(words[1]))


def sessions(logins: Logins, way: Way) -> tuple[Session, ...]:
    """The logins that come in through the bond or a slave, our own first."""
    found: dict[Ends, Session] = {}
    for ends, mine in _candidates(logins):
        place = way(ends.local, ends.peer)
        if place is not None and (mine or ends not in found):
            found[ends] = Session(ends.peer, ends.local, place.path[-1], place.path, mine=mine, slave=place.slave)
    return tuple(sorted(found.values(), key=lambda session: not session.mine))


def _candidates(logins: Logins) -> Iterator[tuple[Ends, bool]]:
    ports = PORTS | {ends.local_port for ends in logins.told}
    for connection in _without_forwarded(logins.connections):
        ends, owner = connection.ends, connection.owner
        mine = connection.ancestor or ends in logins.told
        if mine or owner in SERVERS or (owner is None and ends.local_port in ports):
            yield ends, mine
    if MOSH in logins.ancestors:
        # It has taken over from an SSH connection that ended long ago, at the same address of ours.
        yield from ((ends, True) for ends in logins.told)


def _without_forwarded(connections: Iterable[Connection]) -> Iterator[Connection]:
    """Leave out what a login server itself has opened to somewhere for one that is logged in."""
    serving = {each.pid for each in connections if each.inbound and each.pid is not None}
    return (each for each in connections if each.inbound or each.pid not in serving)


def own_session_unknown(logins: Logins, way: Way) -> str:
    """Why it is not known whether we hang on a connection over the bond; ``""`` if it is.

    The table of connections is that of this network namespace and whole: what is not in it does not
    ride on this bond. Only the owners may be hidden.
    """
    remote = logins.remote or any(name in SERVERS or name == MOSH for name in logins.ancestors)
    if not remote:
        return ""
    if logins.trouble:
        return logins.trouble
    if MOSH in logins.ancestors:
        return "" if logins.told else f"this runs under {MOSH}, and SSH_CONNECTION does not tell its address"
    if logins.told or any(each.ancestor for each in logins.connections):
        return ""
    hidden = [each.ends for each in logins.connections if each.owner is None]
    if not any(way(ends.local, ends.peer) for ends in hidden):
        return ""
    return "this is a remote login, and it is hidden which connection it has"
