"""System calls for network and mount namespaces, for what the ``ip`` command does not do in-process."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)
Result = TypeVar("Result")


def private_mounts() -> None:
    """From now on, mounts of this process are seen by it and its children only, and end with them."""
    _checked(_libc.unshare(CLONE_NEWNS), "unshare")
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def mount(source: str | Path, target: str | Path, kind: str = "none", flags: int = 0) -> None:
    """Mount a file system."""
    status = _libc.mount(os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), None)
    _checked(status, f"mount {target}")


def bind(source: str | Path, target: Path) -> None:
    """Make a folder appear at a second place."""
    target.mkdir()
    mount(source, target, flags=MS_BIND | MS_REC)


def unmount(target: Path) -> None:
    """Unmount a file system, now or when nobody uses it any more."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def enter(namespace: str) -> None:
    """Put the calling thread, and it alone, into a network namespace made with ``ip netns add``."""
    file = os.open(f"/run/netns/{namespace}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _checked(_libc.setns(file, CLONE_NEWNET), f"setns {namespace}")
    finally:
        os.close(file)


def within(namespace: str, function: Callable[[], Result]) -> Result:
    """Call a function in a thread of its own in that network namespace."""
    with ThreadPoolExecutor(1, initializer=enter, initargs=(namespace,)) as pool:
        return pool.submit(function).result()


def _checked(status: int, what: str) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
