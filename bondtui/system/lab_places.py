"""Where a lab runs what: in which network namespace, and with which Python."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

import bondtui

CLONE_NEWNET = 0x40000000
NAMESPACES = "/run/netns"
Result = TypeVar("Result")


def within(namespace: str, function: Callable[[], Result]) -> Result:
    """Call a function in a thread that is in a network namespace of ``ip netns``; raises OSError, and what it raises."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            enter(namespace)
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def enter(namespace: str) -> None:
    """Put the calling thread, and it alone, into a network namespace of ``ip netns``; raises OSError (setns(2))."""
    file = os.open(os.path.join(NAMESPACES, namespace), os.O_RDONLY | os.O_CLOEXEC)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(file, CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), namespace)
    finally:
        os.close(file)


def python(module: str) -> tuple[str, ...]:
    """The command that runs a module of this bondtui, wherever it was imported from."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(bondtui.__file__)))
    found_without_here = bool(sys.flags.safe_path) or root in sys.path[1:]
    return (sys.executable, *(("-P",) if found_without_here else ()), "-m", module)


def in_foreground() -> bool:
    """Whether our process group has the terminal: then its keys and signals are ours, and we may set it."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
