"""The file that tells everybody of the pending change, and the check of what comes out of a file or a pipe."""

from __future__ import annotations

import errno
import json
import os

from bondtui.actions.record import pending_of
from bondtui.model.action import ACTIVATE, KINDS, LONGEST_REVERT_S, UP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.actions.record import Record
    from bondtui.model.action import Pending, Undo

NAME, DAMAGED = "change.json", "change.json.damaged"
MOST_BYTES = 1 << 20
LARGEST_IFINDEX = 0x7FFFFFFF
LATEST = 1 << 33
"""Seconds of a clock that any calendar can still name."""


class DamagedError(ValueError):
    """This is not the record of a change; the text says in one line what is wrong with it."""


class ChangeFile:
    """``change.json`` in a runtime folder: there while a change is pending, and replaced as a whole."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.path = os.path.join(folder, NAME)
        self._written: tuple[int, int] | None = None

    def read(self) -> Record | None:
        """The record of the pending change, ``None`` when there is none; raises DamagedError or OSError."""
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        try:
            data = os.read(file, MOST_BYTES)
        finally:
            os.close(file)
        return armed(parsed(data))

    def write(self, record: Record) -> None:
        """Replace it, so that a reader sees the old one or the new one, also after a crash; raises OSError."""
        temporary = f"{self.path}.{os.getpid()}"
        try:
            self._written = _new_file(temporary, json.dumps(record).encode())
            os.replace(temporary, self.path)
        except OSError:
            _unlink(temporary)
            raise
        self._sync()

    def is_as_written(self) -> bool:
        """Whether it is still the file that was written last."""
        try:
            found = os.lstat(self.path)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._written

    def remove(self) -> None:
        """The change is settled; raises OSError."""
        _unlink(self.path)
        self._sync()

    def set_aside(self) -> str:
        """Keep a damaged one for whoever wants to look, out of the way. Returns its new path; raises OSError."""
        kept = os.path.join(self._folder, DAMAGED)
        os.replace(self.path, kept)
        return kept

    def _sync(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _new_file(path: str, data: bytes) -> tuple[int, int]:
    """Write a file that everybody may read and wait until it is on the disk. Returns what it is known by."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(file, 0o644)
        if os.write(file, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
        found = os.fstat(file)
        return found.st_dev, found.st_ino
    finally:
        os.close(file)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def parsed(data: bytes) -> object:
    """JSON from outside; raises DamagedError, whatever it is."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"not JSON: {error}") from None


def change(data: object) -> Record:
    """The same, when it is the record of a change (``change_record``) in all that is relied upon; raises DamagedError."""
    if not isinstance(data, dict):
        raise DamagedError("not an object")
    try:
        seen = pending_of({**data, "armed_at": 0.0, "revert_at": 0.0}, seconds_left=0.0, who="", alive=True)
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"a field is missing or of another kind: {error}") from None
    _check(_is_word(seen.id), "id")
    _check(isinstance(data.get("who"), dict), "who")
    _check(_is_number(data.get("revert_after_s"), 0.0, LONGEST_REVERT_S), "revert_after_s")
    _check_plan(seen)
    _check_undo(seen.undo)
    return data


def armed(data: object) -> Record:
    """The same for one that a dead-man's switch has written; raises DamagedError."""
    record = change(data)
    for name in ("armed_at", "revert_at", "deadline"):
        _check(_is_number(record.get(name), 0.0, LATEST), name)
    for name, least in (("pid", 2), ("pid_started", 0)):
        _check(_is_integer(record.get(name), least, LARGEST_IFINDEX if name == "pid" else 1 << 62), name)
    for name in ("boot_id", "trouble"):
        _check(isinstance(record.get(name), str), name)
    return record


def _check_plan(seen: Pending) -> None:
    for name in ("bond", "slave", "effect"):
        _check(isinstance(getattr(seen, name), str), name)
    _check(seen.action in KINDS, "action")
    _check(seen.outage_ms is None or _is_integer(seen.outage_ms, 0, 1 << 62), "predicted_outage_ms")
    texts = (*seen.command, *seen.undo_command, seen.verdict, *(text for guard in seen.guards for text in guard))
    _check(all(isinstance(each, str) for each in texts), "words of the plan")


def _check_undo(undo: Undo) -> None:
    _check(undo.kind in (UP, ACTIVATE), "kind of the undo")
    indexes = (undo.bond, undo.slave, *((undo.active,) if undo.kind == ACTIVATE else ()))
    _check(all(_is_integer(each, 1, LARGEST_IFINDEX) for each in indexes), "index")
    _check(all(each is None or isinstance(each, str) for each in (undo.perm_hwaddr, undo.active_hwaddr)), "address")


def _check(right: bool, what: str) -> None:
    if not right:
        raise DamagedError(f"'{what}' is not what it should be")


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and 0 < len(value) <= 64 and value.replace("-", "").isalnum()


def _is_integer(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least < value <= most
