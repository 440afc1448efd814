"""System calls for network and mount namespaces: in-process, since each start of a program is slow in a guest."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
MS_BIND, MS_REC, MS_PRIVATE, MS_SLAVE = 0x1000, 0x4000, 0x40000, 0x80000
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)
Result = TypeVar("Result")


def private_mounts() -> None:
    """From now on, mounts of this process are seen by it and its children only, and end with them."""
    _checked(_libc.unshare(CLONE_NEWNS), "unshare")
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def mount(source: str | Path, target: str | Path, kind: str = "none", flags: int = 0, options: str = "") -> None:
    """Mount a file system."""
    words = os.fsencode(options) or None
    status = _libc.mount(os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), words)
    _checked(status, f"mount {target}")


def bind(source: str | Path, target: Path) -> None:
    """Make a folder appear at a second place."""
    target.mkdir()
    mount(source, target, flags=MS_BIND | MS_REC)


def unmount(target: Path) -> None:
    """Unmount a file system, now or when nobody uses it any more."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def add(namespace: str) -> None:
    """Make a network namespace for ``ip netns`` too, with its loopback up."""

    def make() -> None:
        _checked(_libc.unshare(CLONE_NEWNET), f"unshare {namespace}")
        _path(namespace).touch()
        mount("/proc/thread-self/ns/net", _path(namespace), flags=MS_BIND)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(make).result()


def delete(namespace: str) -> None:
    """Give a network namespace up; it ends when nobody is in it any more."""
    unmount(_path(namespace))
    _path(namespace).unlink()


def processes(namespace: str) -> list[str]:
    """The process ids of who runs in a network namespace. One that is about to end has no command line any more."""
    wanted = os.stat(_path(namespace))
    return [pid for pid in os.listdir("/proc") if pid.isdigit() and _runs_in(pid, wanted)]


def _runs_in(pid: str, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(f"/proc/{pid}/ns/net"), wanted) and bool(
            Path("/proc", pid, "cmdline").read_bytes()
        )
    except OSError:  # it has ended
        return False


def enter(namespace: str) -> None:
    """Put the calling thread, and it alone, into a network namespace made with ``ip netns add``."""
    file = os.open(_path(namespace), os.O_RDONLY | os.O_CLOEXEC)
    try:
        _checked(_libc.setns(file, CLONE_NEWNET), f"setns {namespace}")
    finally:
        os.close(file)


def within(namespace: str, function: Callable[[], Result]) -> Result:
    """Call a function in a thread of its own in that network namespace."""
    with ThreadPoolExecutor(1, initializer=enter, initargs=(namespace,)) as pool:
        return pool.submit(function).result()


def as_for_programs(namespace: str, function: Callable[[], Result]) -> Result:
    """Call a function in a thread where it is as ``ip netns exec`` makes it for a program: with a /sys of its own."""

    def prepare() -> None:
        enter(namespace)
        _checked(_libc.unshare(CLONE_NEWNS), "unshare")
        mount("none", "/", flags=MS_REC | MS_SLAVE)
        unmount(Path("/sys"))
        mount(namespace, "/sys", "sysfs")

    with ThreadPoolExecutor(1, initializer=prepare) as pool:
        return pool.submit(function).result()


def _path(namespace: str) -> Path:
    return Path("/run/netns", namespace)


def _checked(status: int, what: str) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
