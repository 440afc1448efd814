"""The history of drills: one line of JSON for each entry, appended and never changed.

What is damaged is kept aside: the whole file under another name, once, and the good lines go on in a new one.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from contextlib import contextmanager

from bondtui.ports import ArchiveError
from bondtui.system import whole_files
from bondtui.system.audit import rfc3339
from bondtui.system.lock import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Entry = Mapping[str, object]

NAME = "history.jsonl"
LARGEST = 64 << 20
"""No history is longer; what is is not read."""
TURN_SECONDS = 10.0
"""A slow disk must not cost an entry: who writes does so without a turn only beside one that hangs."""


class HistoryFile:
    """The history in the first of several folders that takes it, read together with that of other folders."""

    def __init__(self, folders: Sequence[str], also_read: Sequence[str] = ()) -> None:
        self._folders = folders
        self._read = list(dict.fromkeys([*folders, *also_read]))
        self.trouble = ""
        """What was wrong when it was last read, in words; ``""`` if nothing was."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries, each with one write, and wait until they are on the disk; raises ArchiveError."""
        trouble = []
        for folder in self._folders:
            try:
                _append(folder, [json.dumps(each, default=str).encode() + b"\n" for each in entries])
            except OSError as error:
                trouble.append(f"{os.path.join(folder, NAME)}: {error.strerror or error}")
            else:
                return
        raise ArchiveError(f"the history of drills cannot be written ({'; '.join(trouble)})")

    def entries(self) -> Sequence[Entry]:
        """All entries, the oldest of each file first. Never fails: ``trouble`` says what could not be read."""
        self.trouble = ""
        return tuple(entry for folder in self._read for entry in self._of(folder))

    def _of(self, folder: str) -> list[Entry]:
        path = os.path.join(folder, NAME)
        try:
            good, damaged = _sorted_out(whole_files.content(path, LARGEST))
        except FileNotFoundError:
            return []
        except OSError as error:
            self._say(f"the history of drills cannot be read ({path}: {error.strerror or error})")
            return []
        if damaged:
            self._say(_put_right(folder))
        return [entry for entry, _ in good]

    def _say(self, words: str) -> None:
        self.trouble = "; ".join(filter(None, (self.trouble, words)))


def _sorted_out(content: bytes) -> tuple[list[tuple[Entry, bytes]], bool]:
    """The entries with their lines, and whether there was anything else."""
    good: list[tuple[Entry, bytes]] = []
    damaged = False
    for line in filter(None, content.split(b"\n")):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if isinstance(entry, dict):
            good.append((entry, line))
        else:
            damaged = True
    return good, damaged


def _put_right(folder: str) -> str:
    """Keep the damaged file aside and go on with the good lines in a new one. Returns what was done in words."""
    path = os.path.join(folder, NAME)
    aside = f"{path}.damaged-{rfc3339(time.time()).replace(':', '')}"
    try:
        with _turn(folder) as ours:
            damaged = whole_files.content(path, LARGEST)
            good, is_damaged = _sorted_out(damaged)
            if not (ours and is_damaged):
                return ""  # somebody else has done it, or is at it
            whole_files.replace(aside, damaged)
            whole_files.replace(path, b"".join(line + b"\n" for _, line in good))
    except OSError as error:
        return f"the history of drills is damaged and cannot be put right ({path}: {error.strerror or error})"
    return f"the history of drills was damaged; it is kept as {aside}, and its good lines go on in {path}"


def _append(folder: str, lines: Sequence[bytes]) -> None:
    """On lines of their own even after one that was cut off."""
    whole_files.make(folder)
    path = os.path.join(folder, NAME)
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    with _turn(folder):
        file = os.open(path, flags, 0o666)
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            whole_files.readable(file, path)
            if found.st_size and os.pread(file, 1, found.st_size - 1) != b"\n":
                lines = [b"\n" + lines[0], *lines[1:]]
            for line in lines:
                if os.write(file, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        finally:
            os.close(file)
    whole_files.sync(folder)


@contextmanager
def _turn(folder: str) -> Iterator[bool]:
    """Wait for others that write, but not for one that hangs; tells whether nobody else writes now."""
    lock = Lock(folder)
    try:
        ours = lock.take(TURN_SECONDS)
    except OSError:
        ours = False  # a file system without locks
    try:
        yield ours
    finally:
        (lock.release if ours else lock.forget)()
