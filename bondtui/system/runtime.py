"""Where a network namespace keeps its pending change, and what tells namespaces, boots and processes apart.

It is a folder of its own for each network namespace: two of them may have the same interface
indexes, and what is pending in one is no matter of the other.
"""

from __future__ import annotations

import _socket as socket
import os
import stat
import time
from sys import byteorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.actions.record import Record

SYSTEM = "/run/bondtui"
CAP_NET_ADMIN = 12
SO_NETNS_COOKIE = 71
NEEDS_PRIVILEGE = "changing a link needs CAP_NET_ADMIN: start it with sudo"
ENDED = frozenset("ZXx")
"""States of a process in /proc/PID/stat that has ended and only waits for somebody to notice (zombie, dead)."""


class NoFolderError(Exception):
    """There is no safe place for a pending change; the text says why in one line."""


def namespace() -> str:
    """The name of the calling thread's network namespace, as the kernel tells them apart: ``net-4-4026531840``."""
    try:
        found = os.stat("/proc/thread-self/ns/net")
    except OSError as error:
        raise NoFolderError(f"the network namespace cannot be told: {error.strerror}; is /proc mounted?") from None
    return f"net-{found.st_dev}-{found.st_ino}"


def folders(system: str = SYSTEM, *, own: bool = True) -> list[str]:
    """Where changes of this network namespace may be pending, whoever made them; the system's place first.

    ``own`` are the places of an ordinary user.
    """
    name = namespace()
    bases = [base for base in (system, *(_own_bases() if own else ())) if _trusted(base)]
    return [path for path in (os.path.join(base, name) for base in bases) if _trusted(path)]


def make_folder(system: str = SYSTEM, *, own: bool = True) -> str:
    """The folder in which this process may make a change pending; raises NoFolderError.

    Everybody may read the system's folder, so that ``bondtui pending`` works for everybody. Root has
    no access to it on a read-only system and in a user namespace.
    """
    name = namespace()
    trouble = f"{system} is for root"
    for base in (*((system,) if os.geteuid() == 0 else ()), *(_own_bases() if own else ())):
        mode = 0o755 if base == system else 0o700
        try:
            return _made(os.path.join(_made(base, mode), name), mode)
        except OSError as error:
            trouble = f"{base}: {error.strerror}"
        except NoFolderError as error:
            trouble = str(error)
    raise NoFolderError(f"no folder for the pending change: {trouble}")


def _own_bases() -> list[str]:
    """An ordinary user's places, best first. With ``sudo -E`` the first may be somebody else's: then it is not used."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    mine = [os.path.join(own, "bondtui")] if os.path.isabs(own) and _is_ours(own) else []
    return [*mine, f"/tmp/bondtui-{os.geteuid()}"]  # noqa: S108 - only used when it is ours alone


def _made(path: str, mode: int) -> str:
    """Make a folder unless it is there; raises NoFolderError when somebody else could change what is in it."""
    try:
        os.mkdir(path, mode)
        os.chmod(path, mode)
    except FileExistsError:
        if not _is_ours(path):
            raise NoFolderError(f"{path} is not a folder that belongs to us alone") from None
    return path


def _is_ours(path: str) -> bool:
    return _trusted(path, only_ours=True)


def _trusted(path: str, *, only_ours: bool = False) -> bool:
    """Whether it is a folder, not a link to one, of root or of ourselves, in which nobody else may change anything."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    owners = {os.geteuid()} if only_ours else {0, os.geteuid()}
    return stat.S_ISDIR(found.st_mode) and found.st_uid in owners and not found.st_mode & 0o022


def boot_clock() -> float:
    """Seconds since the boot, those in suspend included; nobody can set this clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """What this boot of the machine is called by the kernel; ``""`` where it does not tell."""
    return text("/proc/sys/kernel/random/boot_id").strip()


def started(pid: int) -> int | None:
    """When a process began, in clock ticks since the boot; ``None`` if there is none or it has ended."""
    after_name = text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return int(after_name[19]) if len(after_name) > 19 and after_name[0] not in ENDED else None


def is_alive(pid: int, since: int) -> bool:
    """Whether the process that began then still runs; another one with its number does not count."""
    if os.path.exists(f"/proc/{pid}/stat"):
        return started(pid) == since
    try:
        os.kill(pid, 0)  # asks without sending anything
    except PermissionError:
        return True  # it is there, and /proc hides the processes of others (hidepid)
    except OSError:
        return False
    return not os.path.exists("/proc/self/stat")


def may_change_links() -> bool:
    """Whether this process has CAP_NET_ADMIN in effect."""
    return could_change_links("self", os.geteuid())


def could_change_links(pid: int | str, uid: int) -> bool:
    """Whether that process has CAP_NET_ADMIN in effect; where /proc does not tell, whether its user is root."""
    for line in text(f"/proc/{pid}/status").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_NET_ADMIN & 1)
    return uid == 0


def is_in_our_user_namespace(pid: int) -> bool:
    """Whether that process has its capabilities where we have ours; one that we may not look at counts."""
    try:
        return os.readlink(f"/proc/{pid}/ns/user") == os.readlink("/proc/self/ns/user")
    except OSError:
        return True


def is_of_here(record: Record) -> bool:
    """Whether a change record belongs to this boot and this network namespace: names of namespaces are given again."""
    known, here = record.get("netns_cookie"), cookie()
    return bool(record["boot_id"] == boot_id()) and (known is None or here is None or known == here)


def cookie() -> int | None:
    """A number of the calling thread's network namespace that is never given again; ``None`` before Linux 5.14."""
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    try:
        return int.from_bytes(asking.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8), byteorder)
    except OSError:
        return None
    finally:
        asking.close()


def text(path: str) -> str:
    """A file of /proc; ``""`` when it is not there or may not be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read().decode("utf-8", "surrogateescape")
    except OSError:
        return ""
