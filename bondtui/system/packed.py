"""Read wanted files out of a packed folder, such as the .tar.xz of a sosreport, without unpacking it to disk.

The archive is hostile until it is read: what it unpacks to is bounded, nothing outside it is touched, and of its links
only those are told that stay in it.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import posixpath
import tarfile
import zlib

from bondtui.model.reading import SourceError
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

MOST_UNPACKED = 4_000_000_000
"""So many bytes an archive may hold; it is read once from its beginning to its end."""
FEW_UNPACKED = 100_000_000
MOST_TIMES = 1000
"""An archive that holds more than ``FEW_UNPACKED`` may be so many times as long as its file; text is packed 5 to 50 times."""
MOST_MEMBERS = 500_000
MOST_LINKS = 50_000
MAGIC = {b"\xfd7zXZ\x00": lzma.open, b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
BROKEN = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError, OverflowError, RecursionError)
"""What damaged archives raise."""


class Packed(NamedTuple):
    """What was taken out."""

    files: dict[str, bytes]
    """By path in the archive."""
    links: dict[str, str]
    """Symbolic links: where each leads to in the archive."""
    trouble: str
    """Why not everything could be read; ``""`` if it was."""


class TooMuch(SourceError):
    """The archive holds more than is read."""


def is_packed(path: str) -> bool:
    """Whether a regular file is an archive, by its content; nothing else is opened, for a pipe can be read only once."""
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return begins_packed(file.read(263))
    except OSError:
        return False


def begins_packed(start: bytes) -> bool:
    """Whether an archive begins so; 263 bytes are enough."""
    return any(start.startswith(magic) for magic in MAGIC) or start[257:262] == b"ustar"


def unpacked(path: str, wanted: Callable[[str], bool], most_wanted: int) -> Packed:
    """The wanted files; raises SourceError where nothing can be read, or more than ``most_wanted`` bytes are wanted."""
    packed = Packed({}, {}, "")
    try:
        with _opened(path) as file:
            size = os.stat(path).st_size
            most = min(MOST_UNPACKED, max(FEW_UNPACKED, MOST_TIMES * size))
            _take(_Bounded(file, path, most, most_wanted), packed, wanted, most_wanted)
    except TooMuch:
        raise
    except BROKEN as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if not packed.files:
            raise SourceError(f"cannot read {path} as an archive: {why}") from error
        return packed._replace(trouble=f"the archive is damaged ({why}); only what comes before that was read")
    return packed


def _opened(path: str) -> IO[bytes]:
    with open(path, "rb") as file:
        start = file.read(8)
    for magic, opener in MAGIC.items():
        if start.startswith(magic):
            return opener(path, "rb")  # type: ignore[operator, no-any-return]
    return open(path, "rb")


def _take(file: _Bounded, packed: Packed, wanted: Callable[[str], bool], most_wanted: int) -> None:
    taken = 0
    with tarfile.open(fileobj=file, mode="r:") as tar:  # type: ignore[call-overload]
        for number, member in enumerate(tar):
            if number >= MOST_MEMBERS:
                raise TooMuch(f"{file.path} holds more than {MOST_MEMBERS} files; unpack it and give the folder")
            tar.members = []  # it would remember all of them
            name = _inside(member.name)
            if name is None:
                continue
            if member.issym() and len(packed.links) < MOST_LINKS:
                target = _inside(posixpath.join(posixpath.dirname(name), member.linkname))
                if target is not None and not member.linkname.startswith("/"):
                    packed.links[name] = target
            elif member.isreg() and wanted(name):
                taken += member.size
                if taken > most_wanted:
                    raise TooMuch(f"{file.path} holds more than {most_wanted // 1_000_000} MB about networking")
                opened = tar.extractfile(member)
                packed.files[name] = opened.read() if opened else b""


def _inside(path: str) -> str | None:
    """The path without ``.`` and ``..``; ``None`` for one that leads out."""
    path = posixpath.normpath(path)
    return None if path.startswith(("/", "..")) else path


class _Bounded:
    """A file of which only so much is read, by tarfile."""

    def __init__(self, file: IO[bytes], path: str, most: int, at_once: int) -> None:
        self.path = path
        self._file = file
        self._most = most
        self._at_once = at_once

    def read(self, size: int) -> bytes:
        """So many bytes."""
        if size > self._at_once or self._file.tell() + size > self._most:
            raise self._too_much()
        return self._file.read(size)

    def seek(self, position: int, whence: int = 0) -> int:
        """Forward only, as tarfile does."""
        if whence != 0 or position > self._most:
            raise self._too_much()
        return self._file.seek(position)

    def tell(self) -> int:
        """Where it is."""
        return self._file.tell()

    def _too_much(self) -> TooMuch:
        return TooMuch(f"{self.path} would unpack to more than is read; unpack it yourself and give the folder")
