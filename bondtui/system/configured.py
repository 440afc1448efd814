"""Read the configuration files of the network managers; what they say is for ``bondtui.core.configured`` to tell.

The root is handed in: it may be the folder of a copy, so that a link in there must not lead out of it.
"""

from __future__ import annotations

import errno
import glob
import itertools
import os
import stat

from bondtui.core import configured, configured_ifcfg, configured_ifupdown, configured_networkd, configured_profiles
from bondtui.core.configured import Files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bondtui.model.around import Configured

    Texts = dict[str, str | None]

FILE_BYTES = 1 << 18
"""A longer file is passed over: no manager's file is like that."""
FILES_AT_MOST = 4096
"""Of one manager."""
PATTERN_LENGTH, PATTERN_DEPTH = 256, 8
SOURCED_BELOW = ("/etc/", "/run/")
ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
UNITS = (".netdev", ".network")


def found(root: str = "/") -> tuple[Configured, ...] | None:
    """What the files that can be read say of bonds; ``None`` if there are files and not one can be read."""
    return look(root)[0]


def trouble(root: str = "/") -> tuple[str, ...]:
    """One line for each manager some of whose files cannot be read, such as NetworkManager's for an ordinary user."""
    return look(root)[1]


def look(root: str = "/") -> tuple[tuple[Configured, ...] | None, tuple[str, ...]]:
    """Both at once. Blocks for as long as reading some small files takes; never raises."""
    each = {name: _Files(root) for name in ("systemd-networkd", "NetworkManager", "ifupdown", "ifcfg")}
    _networkd(each["systemd-networkd"])
    _profiles(each["NetworkManager"])
    _ifupdown(each["ifupdown"])
    _ifcfg(each["ifcfg"])
    said = tuple(f"{name}: {files.trouble}" for name, files in each.items() if files.trouble)
    if said and not any(files.any_read for files in each.values()):
        return None, said
    return configured.read(Files(*(files.texts for files in each.values()))), said


class _Files:
    """The files of one manager below the root, by their paths on the machine."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._real_root = os.path.realpath(root)
        self.texts: Texts = {}
        self._why: dict[str, str] = {}
        """By path: why it could not be read."""

    @property
    def any_read(self) -> bool:
        """Whether at least one file was read."""
        return any(text is not None for text in self.texts.values())

    @property
    def trouble(self) -> str:
        """What could not be read and why, in one line; ``""`` if all was."""
        if not self._why:
            return ""
        path, why = next(iter(self._why.items()))
        more = len(self._why) - 1
        return f"{path}{f' and {more} more' if more else ''} cannot be read ({why})"

    def take_folder(self, folder: str, wanted: Callable[[str], bool]) -> None:
        """Read the files of a folder whose names are wanted."""
        for name in self.names(folder):
            if wanted(name):
                self.take(f"{folder}/{name}")

    def names(self, folder: str) -> list[str]:
        """What is in a folder; nothing if it is not there."""
        try:
            with os.scandir(self._below(folder)) as entries:
                return sorted(entry.name for entry in itertools.islice(entries, FILES_AT_MOST))
        except OSError as error:
            if error.errno not in ABSENT:
                self._why[folder] = _reason(error)
            return []

    def take(self, path: str) -> str:
        """Read one file once; returns its text, ``""`` where it has none to give."""
        if path in self.texts or len(self.texts) >= FILES_AT_MOST:
            return ""
        try:
            self.texts[path] = text = _text(self._below(path))
        except OSError as error:
            if error.errno not in ABSENT:
                self.texts[path] = None
                self._why[path] = _reason(error)
            return ""
        return text

    def matching(self, pattern: str) -> Iterator[str]:
        """The paths that match a shell pattern."""
        below = self._root.rstrip("/")
        for each in sorted(itertools.islice(glob.iglob(glob.escape(below) + pattern), FILES_AT_MOST)):
            yield each[len(below) :]

    def _below(self, path: str) -> str:
        """Where a path of the machine is here; raises OSError if it leads out of the root."""
        below = os.path.join(self._root, path.lstrip("/"))
        if self._real_root == "/":
            return below
        if os.path.islink(below) and os.path.isabs(target := os.readlink(below)):
            if target == os.devnull:
                return target
            below = os.path.join(self._root, target.lstrip("/"))
        real = os.path.realpath(below)
        if os.path.commonpath((self._real_root, real)) != self._real_root:
            raise OSError(errno.EXDEV, "it is a link that leads out of the copy")
        return real


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _text(path: str) -> str:
    """The text of a regular file, with bytes that are no UTF-8 kept; that of a masked one, a link to /dev/null, is ``""``."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(file, "rb") as opened:
        mode = os.fstat(file).st_mode
        if not stat.S_ISREG(mode) and not os.path.samefile(path, os.devnull):
            raise OSError(errno.EINVAL, "it is no file")
        raw = opened.read(FILE_BYTES + 1)
    if len(raw) > FILE_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {FILE_BYTES >> 10} KiB")
    return raw.decode("utf-8", "surrogateescape")


def _networkd(files: _Files) -> None:
    for folder in configured_networkd.FOLDERS:
        for name in files.names(folder):
            if name.endswith(UNITS):
                files.take(f"{folder}/{name}")
            elif name.endswith(tuple(f"{unit}.d" for unit in UNITS)):
                files.take_folder(f"{folder}/{name}", lambda each: each.endswith(".conf"))


def _profiles(files: _Files) -> None:
    for folder in configured_profiles.FOLDERS:
        files.take_folder(folder, lambda name: configured_profiles.is_profile(name, legacy=True))


def _ifcfg(files: _Files) -> None:
    for folder in configured_ifcfg.FOLDERS:
        files.take_folder(folder, configured_ifcfg.is_ifcfg)


def _ifupdown(files: _Files) -> None:
    """The files in the order of the lines that source them, each once; one that sources is read before its sources."""
    waiting = [configured_ifupdown.START]
    while waiting and len(files.texts) < FILES_AT_MOST:
        path = waiting.pop(0)
        for pattern, is_folder in itertools.islice(configured_ifupdown.sources(files.take(path)), FILES_AT_MOST):
            whole = os.path.join(os.path.dirname(path), pattern)
            if _is_harmless(whole):
                waiting += [each for folder in files.matching(whole) for each in _sourced(files, folder, is_folder)]
            if len(waiting) > FILES_AT_MOST:
                break


def _is_harmless(pattern: str) -> bool:
    """Whether looking for it cannot take long, and stays where configuration is."""
    return (
        len(pattern) <= PATTERN_LENGTH
        and pattern.count("/") <= PATTERN_DEPTH
        and pattern.startswith(SOURCED_BELOW)
        and ".." not in pattern
        and "**" not in pattern
        and "\0" not in pattern
    )


def _sourced(files: _Files, path: str, is_folder: bool) -> list[str]:
    if not is_folder:
        return [path]
    return [f"{path}/{name}" for name in files.names(path) if name.replace("-", "").replace("_", "").isalnum()]
