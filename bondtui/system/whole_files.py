"""Files that are there whole or not at all, and the folders they are in."""

from __future__ import annotations

import errno
import os
import stat

from bondtui.system import runtime

STATE = "/var/lib/bondtui"
"""What root leaves behind of drills. Everybody may read it: it holds nothing secret, and who may not change a link
can see when it was last proven."""


def make(folder: str) -> None:
    """Make a folder and the way to it; one of the system's for everybody to read, else with 0700 (XDG base directories)."""
    if os.path.isdir(folder):
        return
    parent = os.path.dirname(folder)
    if parent != folder:
        make(parent)
    of_system = _is_of_system(folder)
    try:
        os.mkdir(folder, 0o755 if of_system else 0o700)
    except FileExistsError:
        return  # somebody else has made it at this moment
    if of_system:
        os.chmod(folder, 0o755)  # noqa: S103 - whatever the umask is


def replace(path: str, data: bytes) -> None:
    """Have the file hold this: after a crash it holds either what was there before or all of this."""
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.{os.getpid()}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        with os.fdopen(file, "wb") as writing:
            readable(file, path)
            writing.write(data)
            writing.flush()
            os.fsync(file)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
    sync(folder)


def readable(file: int, path: str) -> None:
    """Let everybody read a file of the system's, whatever the umask is."""
    if _is_of_system(path):
        os.fchmod(file, 0o644)


def _is_of_system(path: str) -> bool:
    """Whether it is kept for all: in the state folder, or in a lab where there is nothing but its runtime folder."""
    return f"{path}/".startswith((f"{STATE}/", f"{runtime.SYSTEM}/"))


def content(path: str, largest: int) -> bytes:
    """All of an ordinary file that is no larger than that; raises OSError."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(file, "rb") as reading:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if found.st_size > largest:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return reading.read(largest)


def sync(folder: str) -> None:
    """Have the names of new files on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
