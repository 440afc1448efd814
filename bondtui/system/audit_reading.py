"""What the audit log tells about the last minutes: how a change ended, and which links bondtui itself has set down."""

from __future__ import annotations

import json
import os
import stat
import time
from datetime import datetime

from bondtui.model.action import DOWN
from bondtui.model.record import NamedTuple
from bondtui.system.audit import ENDS, GONE, KEPT, NOT_NEEDED, REVERTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bondtui.actions.record import Record

TAIL_BYTES = 1 << 20
ROTATED = ".1"
_WORDS = {
    KEPT: "was kept",
    REVERTED: "was reverted",
    GONE: "could not be reverted",
    NOT_NEEDED: "did not need to be reverted",
}


class OwnDown(NamedTuple):
    """A slave that bondtui has set down, under the names of that time."""

    bond: str
    slave: str
    wall: float
    """Just before; the kernel was told within milliseconds."""


def recent_downs(paths: Iterable[str], seconds: float) -> list[OwnDown]:
    """The slaves set down by bondtui within the last seconds, oldest first."""
    since = time.time() - seconds
    found: dict[str, OwnDown] = {}
    for entry in _entries(paths):
        if entry.get("what") not in ("applying", "applied") or entry.get("action") != DOWN:
            continue
        bond, slave, wall = entry.get("bond"), entry.get("slave"), _wall(entry)
        if wall >= since and isinstance(bond, str) and isinstance(slave, str):
            found.setdefault(str(entry.get("id") or len(found)), OwnDown(bond, slave, wall))
    return sorted(found.values(), key=lambda down: down.wall)


def last_end(paths: Iterable[str], namespace: str) -> str:
    """How the last change of this network namespace ended, in a sentence without its full stop; ``""``: not known.

    An ordinary user may not read the system's log.
    """
    ends = [each for each in _entries(paths) if each.get("what") in ENDS and each.get("netns") == namespace]
    if not ends:
        return ""
    last = max(ends, key=_wall)
    at = time.strftime("%H:%M:%S", time.localtime(_wall(last)))
    change = f"the last change, {last.get('action')} {last.get('slave')} in {last.get('bond')},"
    told = last.get("why") if last["what"] in (KEPT, REVERTED) else last.get("result")
    return f"{change} {_WORDS[last['what']]} at {at}: {told or last.get('result')}"


def _entries(paths: Iterable[str]) -> Iterator[Record]:
    """The entries at the end of these files and of those that they were just rotated to; damaged lines are left out."""
    for path in paths:
        for each in (path + ROTATED, path):
            for line in _tail(each).split(b"\n"):
                try:
                    entry = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(entry, dict):
                    yield entry


def _tail(path: str) -> bytes:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            return b""
        return os.pread(file, TAIL_BYTES, max(0, found.st_size - TAIL_BYTES))
    except OSError:
        return b""
    finally:
        os.close(file)


def _wall(entry: Record) -> float:
    """When it was written, in seconds of the wall clock."""
    try:
        return datetime.fromisoformat(entry["time"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return 0.0
