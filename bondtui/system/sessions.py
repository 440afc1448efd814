"""Connections, their owners, and the processes that have started us, through psutil."""

from __future__ import annotations

import os

from bondtui.core.logins import SERVERS, Connection, Ends, Logins, ssh_connection
from bondtui.core.ways import plain
from bondtui.system.processes import Processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import psutil

SSH_CONNECTION = "SSH_CONNECTION"
SIGNS = (SSH_CONNECTION, "SSH_CLIENT", "SSH_TTY", "REMOTEHOST")
INIT = 1
MULTIPLEXERS = frozenset({"tmux: server", "screen", "zellij", "dtach", "abduco"})
ATTACHED = frozenset({"tmux: client", "screen", "zellij", "dtach", "abduco"})
"""Under a multiplexer we hang on whoever is attached to it now, and not on who has started it once."""


def logins(root: str = "/", environment: Mapping[str, str] = os.environ) -> Logins:
    """What can be seen now. It sees the connections of our network namespace alone; only those ride on its bonds."""
    import psutil  # noqa: PLC0415 - 25 ms that only an action needs

    processes = Processes(root)
    ancestors = _ancestors(processes)
    names = {each.pid: processes.name(each.pid) or "" for each in ancestors}
    told = tuple(_told(environment, ancestors))
    known = Logins((), told, tuple(names.values()), remote=any(environment.get(sign) for sign in SIGNS))
    # Everything descends from the first process; what that one holds is nobody's terminal.
    started_us = {pid for pid, name in names.items() if pid != INIT or name in SERVERS}
    try:
        return known._replace(connections=tuple(_connections(started_us, processes)))
    except (psutil.Error, OSError, RuntimeError, LookupError, ValueError) as error:
        return known._replace(trouble=f"the table of TCP connections cannot be read ({error})")


def _ancestors(processes: Processes) -> list[psutil.Process]:
    """The nearest first, as far as they are visible; then those of who is attached to our multiplexer."""
    found = {each.pid: each for each in _parents()}
    if any(processes.name(pid) in MULTIPLEXERS for pid in found):
        for pid, _ in processes.named(ATTACHED):
            found.update((each.pid, each) for each in _parents(pid))
    return list(found.values())


def _parents(pid: int | None = None) -> list[psutil.Process]:
    import psutil  # noqa: PLC0415

    try:
        return psutil.Process(pid).parents()
    except (psutil.Error, OSError):
        return []  # it has ended, or is hidden from us


def _told(environment: Mapping[str, str], ancestors: Iterable[psutil.Process]) -> Iterable[Ends]:
    """What SSH_CONNECTION says here and in our ancestors: sudo takes it away."""
    import psutil  # noqa: PLC0415

    texts = [environment.get(SSH_CONNECTION, "")]
    for ancestor in ancestors:
        try:
            texts.append(ancestor.environ().get(SSH_CONNECTION, ""))
        except (psutil.Error, OSError):
            continue  # another user's
    return dict.fromkeys(ends for ends in map(ssh_connection, texts) if ends is not None)


def _connections(started_us: set[int], processes: Processes) -> Iterator[Connection]:
    import psutil  # noqa: PLC0415

    rows = psutil.net_connections(kind="tcp")
    served = {row.laddr.port for row in rows if row.status == psutil.CONN_LISTEN and row.laddr}
    names: dict[int | None, str | None] = {None: None}
    for row in rows:
        if row.status != psutil.CONN_ESTABLISHED or not row.laddr or not row.raddr:
            continue
        if row.pid is not None and row.pid not in names:
            names[row.pid] = processes.name(row.pid)
        ends = Ends(plain(row.laddr.ip), row.laddr.port, plain(row.raddr.ip), row.raddr.port)
        yield Connection(ends, row.pid, names[row.pid], row.pid in started_us, inbound=ends.local_port in served)
