"""Read texts about bonds that were copied on some machine: files, standard input, folders, and sosreports."""

from __future__ import annotations

import codecs
import itertools
import os
import re
import stat
import sys

from bondtui.core.words import printable
from bondtui.model.reading import SourceError
from bondtui.model.text import Copy, Unread
from bondtui.system import configured, packed
from bondtui.texts import sos
from bondtui.texts.joining import Beside, Text, copy_of
from bondtui.texts.naming import in_file_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LIMIT = 10_000_000
"""So many bytes are read at most, of a file and of what is wanted of a folder. A bond of 64 slaves has 50,000."""
STDIN = "-"
GIVE = "give a copy of /proc/net/bonding/BOND"
MOST_FILES = 20_000

_ROOT = re.compile(r"((?:[^/]+/){0,3}?)((?:proc|sos_commands|sys|etc|run|usr/lib)/.+|hostname|uname|date)")


def read_files(paths: Sequence[str]) -> list[Copy]:
    """What each text tells; ``-`` is standard input, a folder or an archive is read like a sosreport.

    Raises SourceError for the first one that cannot be read or holds no bond. An interface whose index is not told gets a
    negative one that no other has.
    """
    made_up = itertools.count(-1, -1)
    copies: list[Copy] = []
    for path in dict.fromkeys(paths):
        if path != STDIN and (os.path.isdir(path) or packed.is_packed(path)):
            copies += _sos(path, made_up)
        else:
            copies.append(_file(path, made_up))
    return copies


def read_sos(path: str) -> list[Copy]:
    """What a sosreport tells, unpacked or as .tar.xz; also any folder with copies of /proc/net/bonding/BOND.

    A folder of several sosreports gives as many copies. Raises SourceError where there is no bond.
    """
    if path == STDIN:
        return read_files([path])
    return _sos(path, itertools.count(-1, -1))


def _file(path: str, made_up: Iterator[int]) -> Copy:
    name = "standard input" if path == STDIN else printable(path)
    try:
        data = _stdin() if path == STDIN else _bytes(path, LIMIT)
    except OSError as error:
        raise SourceError(f"cannot read {name}: {error.strerror or error}") from error
    if len(data) > LIMIT:
        raise SourceError(f"{name} is longer than {LIMIT // 1_000_000} MB; {GIVE}, or what is around it")
    if packed.begins_packed(data):
        raise SourceError(f"{name} is an archive, which is read from a file and not from a pipe; {GIVE}")
    text = _decoded(data)
    if not text.strip(" \t\r\n\0"):
        raise SourceError(f"{name} is empty; {GIVE}")
    copy = copy_of([Text(path, text)], Beside(), made_up)
    if not copy.bonds:
        raise SourceError(f"{name} holds no bond; {GIVE}")
    return copy


def _sos(path: str, made_up: Iterator[int]) -> list[Copy]:
    copies = list(_folders(path, made_up) if os.path.isdir(path) else _archives(path, made_up))
    found = [copy for copy in copies if copy.bonds]
    if not found:
        raise SourceError(f"{printable(path)} holds no bond: there is no proc/net/bonding/BOND in it")
    return found


def _stdin() -> bytes:
    return b"" if sys.stdin is None else sys.stdin.buffer.read(LIMIT + 1)


def _bytes(path: str, most: int) -> bytes:
    """The beginning of a file, one byte more than ``most`` of a longer one."""
    with open(path, "rb") as file:
        parts = []
        while most >= 0 and (part := file.read(most + 1)):
            parts.append(part)
            most -= len(part)
    return b"".join(parts)


def _decoded(data: bytes) -> str:
    """The text; bytes that are not UTF-8 are kept, because a name may hold them."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "surrogateescape")


# Folders


def _folders(path: str, made_up: Iterator[int]) -> Iterator[Copy]:
    roots = [path] if _is_root(path) else [each for each in _below(path, "") if _is_root(each)]
    for root in roots:
        files = _Folder(root).texts()
        named = configured.found(root)
        yield copy_of(sos.texts(files, root), sos.beside(files, root, named), made_up)
    if not roots:
        named_so = [Text(each, text) for each, text in _Folder(path).named_like_bonds() if text.strip()]
        yield copy_of(named_so, Beside(), made_up)


def _is_root(path: str) -> bool:
    return any(os.path.isdir(os.path.join(path, folder)) for folder in sos.FOLDERS_OF_FILES)


def _below(root: str, folder: str) -> list[str]:
    """The paths in a folder, sorted; none where it cannot be listed."""
    path = os.path.join(root, folder) if folder else root
    try:
        with os.scandir(path) as entries:
            return sorted(entry.path for entry in itertools.islice(entries, MOST_FILES))
    except OSError:
        return []


class _Folder:
    """Reads files below a root, and none that a link places outside."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._real_root = os.path.realpath(root)
        self._left = LIMIT

    def texts(self) -> dict[str, str]:
        """The wanted files by their paths on the machine."""
        wanted = [path for folder in sos.FOLDERS_OF_FILES for path in self._listed(folder) if sos.is_wanted(path)]
        wanted += [f"{path}/{name}" for path in self._listed(sos.SYSFS) for name in sos.SYSFS_FILES]
        found = {path: self._text(path) for path in (*wanted, *sos.HOSTNAME, *sos.UNAME, *sos.DATE)}
        return {path: text for path, text in found.items() if text is not None}

    def named_like_bonds(self) -> Iterator[tuple[str, str]]:
        """The files in the root itself that are called like bonds."""
        for path in _below(self._root, ""):
            if in_file_name(path) and (text := self._text(os.path.relpath(path, self._root))) is not None:
                yield path, text

    def _listed(self, folder: str) -> list[str]:
        if not self._is_inside(folder):
            return []
        return [os.path.relpath(path, self._root) for path in _below(self._root, folder)]

    def _is_inside(self, path: str) -> bool:
        real = os.path.realpath(os.path.join(self._root, path))
        return os.path.commonpath((self._real_root, real)) == self._real_root

    def _text(self, path: str) -> str | None:
        """The text of a regular file; ``None`` where there is none that can be read."""
        below = os.path.join(self._root, path)
        try:
            if not self._is_inside(path) or not stat.S_ISREG(os.stat(below).st_mode):
                return None
            data = _bytes(below, self._left)
        except (OSError, ValueError):
            return None
        self._left -= len(data)
        if self._left < 0:
            raise SourceError(f"{printable(self._root)} holds more than {LIMIT // 1_000_000} MB about networking")
        return _decoded(data)


# Archives


def _archives(path: str, made_up: Iterator[int]) -> Iterator[Copy]:
    if not os.path.exists(path):
        raise SourceError(f"cannot read {printable(path)}: there is no such file or folder")
    if not os.path.isfile(path):
        raise SourceError(f"{printable(path)} is neither a file nor a folder, and a sosreport is one of them")
    if not packed.is_packed(path):
        raise SourceError(f"{printable(path)} is no sosreport; a copy of /proc/net/bonding/BOND is read with --proc")
    taken = packed.unpacked(path, _is_wanted, LIMIT)
    machines: dict[str, dict[str, str]] = {}
    for name, data in taken.files.items():
        root, inner = _split(name)
        machines.setdefault(root, {})[inner] = _decoded(data)
    for root, files in machines.items():
        files.update(_linked(taken.links, root, files))
        source = f"{path}:{root}".rstrip("/:")
        copy = copy_of(sos.texts(files, source), sos.beside(files, source, sos.configuration(files)), made_up)
        trouble = (Unread(path, 0, "", taken.trouble),) if taken.trouble else ()
        yield copy._replace(unread=(*trouble, *copy.unread))


def _is_wanted(name: str) -> bool:
    return sos.is_wanted(_split(name)[1])


def _split(name: str) -> tuple[str, str]:
    """The folder of the machine in the archive, and the path on the machine."""
    found = _ROOT.fullmatch(name)
    return (found[1], found[2]) if found else ("", name)


def _linked(links: Mapping[str, str], root: str, files: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The files of interfaces that are there under another path: /sys/class/net holds links."""
    for name, target in links.items():
        if name.startswith(f"{root}{sos.SYSFS}/") and target.startswith(root):
            inner, leads_to = name[len(root) :], target[len(root) :]
            yield from (
                (f"{inner}/{each}", files[f"{leads_to}/{each}"])
                for each in sos.SYSFS_FILES
                if f"{leads_to}/{each}" in files
            )
