"""Where the memory of a user-mode-linux guest can lie: an unnamed file that is mapped and run."""

from __future__ import annotations

import os
from pathlib import Path

from bondtui.system.uml_kernel import UmlError

UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
IN_RAM, ON_DISK = "/dev/shm", "/var/tmp"  # noqa: S108 - the file has no name there


def for_memory(memory: str, folder: Path) -> str:
    """A folder with room for so much memory (``384M``), in RAM if possible; raises UmlError when there is none."""
    needed = int(memory[:-1]) * UNITS[memory[-1].upper()]
    tried = (IN_RAM, str(folder), ON_DISK)
    for each in tried:
        if not _obstacle(each, needed):
            return each
    why = "; ".join(
        f"{os.path.dirname(each) if each == str(folder) else each}: {_obstacle(each, needed)}" for each in tried
    )
    raise UmlError(f"no room for {memory} of memory that a kernel guest can run in ({why}): set TMPDIR")


def _obstacle(folder: str, needed: int) -> str:
    """Why not there; ``""`` if it can."""
    try:
        room = os.statvfs(folder)
    except OSError as error:
        return str(error.strerror)
    if not os.access(folder, os.W_OK | os.X_OK):
        return "not writable"
    if room.f_flag & os.ST_NOEXEC:
        return "mounted noexec"
    return "" if room.f_bavail * room.f_frsize >= needed else "too little room"
