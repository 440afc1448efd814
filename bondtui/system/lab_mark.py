"""The name by which a network namespace is known to be a lab's.

Whoever keeps a lab holds it, in the namespace of the bonds and in that of their switch. It is an abstract
Unix socket, so it belongs to the namespace and dies with its holder, as the name of a dead-man's switch does.
"""

from __future__ import annotations

import _socket as socket
import errno
import os

NAMES = {"netns": b"\0bondtui-lab:netns", "uml": b"\0bondtui-lab:uml"}
"""By the kernel of the lab, as ``bondtui.model.lab`` calls it; the first words do without that module."""
_known: list[tuple[str, int]] = []
"""The kernel and the keeper's process id, once they were asked for."""


def kind() -> str:
    """Which lab this process is in: ``netns``, ``uml``, or ``""`` for none. It asks once, and remembers the answer."""
    return _asked()[0]


def ends_with_us() -> bool:
    """Whether this process is the command for which the lab was made: the lab ends when it does."""
    here, keeper = _asked()
    return bool(here) and os.getppid() == keeper


def take(kernel: str) -> socket.socket:
    """Make the network namespace of the calling thread one of a lab with this kernel; listens. Raises OSError."""
    from bondtui.system import mark  # noqa: PLC0415 - where there is no lab, nothing of it is needed

    taken = mark.take(NAMES[kernel])
    if taken is None:
        raise OSError(errno.EADDRINUSE, "this network namespace is a lab already")
    _known.clear()
    return taken


def _asked() -> tuple[str, int]:
    if not _known:
        _known.append(_look())
    return _known[0]


def _look() -> tuple[str, int]:
    """Who else takes the name does not count.

    A keeper is root, in a user namespace of its own maybe: it must have been root, or our own user, already when
    it began to listen. Otherwise anybody could take the name and then become a program that root lets anybody run.
    """
    for kernel, name in NAMES.items():
        if not _is_listened_at(name):
            continue
        from bondtui.system import mark  # noqa: PLC0415 - as above

        held = mark.holder(name)
        if held is not None and held.peer.uid in (0, os.geteuid()):
            return kernel, held.peer.pid
    return "", 0


def _is_listened_at(name: bytes) -> bool:
    """Whether anybody does, whoever it is."""
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        asking.connect(name)
    except BlockingIOError:
        return True  # too many ask at this moment
    except OSError:
        return False
    else:
        return True
    finally:
        asking.close()
