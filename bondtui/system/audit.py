"""The audit log: one line of JSON for each step of each action, appended and never changed.

Each entry is one write(2) to a file that is opened for it alone, so the log may be rotated at any
time without telling anybody, and entries of several processes do not run into each other.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import time

from bondtui.system import lab_mark, runtime, who

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from bondtui.system.system_log import SystemLog

    Entry = dict[str, Any]

SYSTEM = "/var/log/bondtui"
NAME = "audit.jsonl"
TURN_SECONDS = 0.5

KEPT, REVERTED, GONE, NOT_NEEDED, REVERT_FAILED = "kept", "reverted", "gone", "not-needed", "revert-failed"
ENDS = (KEPT, REVERTED, GONE, NOT_NEEDED)
"""The steps that settle a change."""


class AuditError(Exception):
    """No place takes the entry; the text says in one line where and why."""


def entry(what: str, change: Entry, *, why: str = "", **more: object) -> Entry:
    """What is written about one step of the action that a change record with its ``netns`` tells of (``actions.record``)."""
    plan, undo, asked = change["plan"], change.get("undo") or {}, change.get("who") or {}
    return {
        "time": rfc3339(time.time()),
        "what": what,
        "why": why,
        "id": change.get("id"),
        "host": os.uname().nodename,
        "netns": change.get("netns"),
        **{key: asked.get(key) for key in ("user", "uid", "sudo_user", "login_user", "tty", "ssh_client", "pid")},
        "action": plan["action"],
        "bond": plan["bond"],
        "slave": plan["slave"],
        "ifindexes": {"bond": undo.get("bond"), "slave": undo.get("slave")},
        "plan": plan,
        **more,
    }


def line(entry: Entry) -> str:
    """The entry in one line for syslog; interface names are as the kernel spells them."""
    said = [f"{entry['what']}: {entry['action']} {entry['slave']} in {entry['bond']}"]
    said += [str(entry[key]) for key in ("why", "result", "trouble") if entry.get(key)]
    return "; ".join([*said, f"by {who.words(entry)}, pid {entry['pid']}"])


class AuditLog:
    """The first of several places that can be written: a read-only system has its log elsewhere.

    With ``system_log``, each entry is said there too, whether it could be written or not.
    """

    def __init__(self, folders: Sequence[str], system_log: SystemLog | None = None) -> None:
        self._system_log = system_log
        self.paths = tuple(os.path.join(folder, NAME) for folder in folders if os.path.isabs(folder))
        self.path = self.paths[0]
        """The file that has taken the last entry, or would be tried first."""

    def write(self, entry: Entry) -> str:
        """Append one entry and wait until it is on the disk. Returns the file; raises AuditError."""
        if self._system_log is not None:
            self._system_log.say(line(entry), loud=entry["what"] == REVERT_FAILED)
        data = json.dumps(entry, default=str).encode() + b"\n"
        trouble = []
        for path in self.paths:
            try:
                _append(path, data)
            except OSError as error:
                trouble.append(f"{path}: {error.strerror or error}")
            else:
                self.path = path
                return path
        raise AuditError(f"cannot write the audit log ({'; '.join(trouble)})")


def places(runtime_folders: Iterable[str]) -> list[str]:
    """The folders for the audit log, best first: the system's for root, the user's own, and what goes with the boot.

    What is done in a lab is written down in the lab.
    """
    if lab_mark.kind():
        return [runtime.SYSTEM]
    state = os.environ.get("XDG_STATE_HOME", "")
    home = state if os.path.isabs(state) else os.path.join(os.path.expanduser("~"), ".local/state")
    return [*([SYSTEM] if os.geteuid() == 0 else []), os.path.join(home, "bondtui"), *runtime_folders]


def rfc3339(wall: float) -> str:
    """A time as ``2026-11-22T12:03:11.042Z``."""
    milliseconds = round(wall * 1000)
    now = time.gmtime(milliseconds // 1000)
    day = f"{now.tm_year:04}-{now.tm_mon:02}-{now.tm_mday:02}"
    return f"{day}T{now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02}.{milliseconds % 1000:03}Z"


def _append(path: str, data: bytes) -> None:
    """One entry in one write, on a line of its own even after an entry that was cut off."""
    folder = os.path.dirname(path)
    of_system = folder == SYSTEM
    _make(folder, of_system=of_system)
    file, is_new = _open(path, 0o640 if of_system else 0o600)
    try:
        _take_turn(file)
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            data = b"\n" + data
        if os.write(file, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fcntl.flock(file, fcntl.LOCK_UN)
        os.fsync(file)
    finally:
        os.close(file)
    if is_new:
        _sync(folder)


def _take_turn(file: int) -> None:
    """Wait for others that write, but not for one that hangs: at worst there is an empty line then."""
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(TURN_SECONDS / 100)
        except OSError:
            return  # a file system without locks
        else:
            return


def _make(folder: str, *, of_system: bool) -> None:
    """Make the log's own folder, and for a user the way to it (XDG base directories are made with 0700)."""
    if os.path.isdir(folder):
        return
    if not of_system:
        os.makedirs(folder, 0o700, exist_ok=True)
        return
    try:
        os.mkdir(folder)
        os.chmod(folder, 0o750)  # noqa: S103 - for the group that reads logs
    except FileExistsError:
        return  # somebody else has made it at this moment


def _open(path: str, mode: int) -> tuple[int, bool]:
    """The open file, and whether it is new; then it has this mode whatever the umask is."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        file = os.open(path, flags | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return os.open(path, flags), False
    os.fchmod(file, mode)
    return file, True


def _sync(folder: str) -> None:
    """Have the new file's name on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
