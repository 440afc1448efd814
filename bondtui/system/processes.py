"""Names and network namespaces of processes, from /proc. The root is handed in."""

from __future__ import annotations

import os

NAME_BYTES = 15
"""The kernel cuts a process name off here (TASK_COMM_LEN)."""


class Processes:
    """The processes that can be seen from here."""

    def __init__(self, root: str = "/") -> None:
        self._proc = os.path.join(root, "proc")

    def named(self, names: frozenset[str]) -> list[tuple[int, str]]:
        """Process id and name of all that are called so; raises OSError when there is no list of processes."""
        wanted = {name[:NAME_BYTES]: name for name in names}
        pids = [int(entry) for entry in os.listdir(self._proc) if entry.isdecimal()]
        return [(pid, wanted[name]) for pid in pids if (name := self.name(pid)) in wanted]

    def name(self, pid: int) -> str | None:
        """A process's name, at most 15 bytes; ``None`` if it has ended or is hidden from us."""
        try:
            with open(os.path.join(self._proc, str(pid), "comm"), "rb", buffering=0) as file:
                return os.fsdecode(file.read()).removesuffix("\n")
        except OSError:
            return None

    def in_our_network(self, pid: int) -> bool | None:
        """Whether a process is in our network namespace; ``None`` if that is hidden from us or it has ended."""
        try:
            ours = os.stat(os.path.join(self._proc, "thread-self/ns/net"))
            its = os.stat(os.path.join(self._proc, str(pid), "ns/net"))
        except OSError:
            return None
        return (ours.st_dev, ours.st_ino) == (its.st_dev, its.st_ino)
