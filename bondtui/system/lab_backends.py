"""The kernels that a lab can have, each with its keeper: how one is started, watched and ended.

What differs between them is here, and the rest of the launcher does not know which one it has.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bondtui.lab import messages
from bondtui.model.lab import NETNS, UML, LabWish
from bondtui.model.record import NamedTuple
from bondtui.ports import LabError
from bondtui.system.lab_channel import Channel
from bondtui.system.lab_entering import HOSTNAME
from bondtui.system.lab_places import in_foreground, python
from bondtui.system.lab_terminal import HostTerminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.system.lab_relay import Relay

CANNOT_OBSERVE = 3
MEMORY = "384M"
PASSED_ON = frozenset({"TERM", "COLORTERM", "LANG", "LANGUAGE", "NO_COLOR", "TZ", "EDITOR", "PAGER", "PYTHONPATH"})
"""What a guest learns of the caller's environment, beside LC_*; the rest names things that are not in there."""


class NoKernelError(LabError):
    """That kernel is not to be had for a lab; the text says what exactly is missing, and the cure."""

    def __init__(self, words: str) -> None:
        super().__init__(words, CANNOT_OBSERVE)


class Backend(NamedTuple):
    """A keeper that was started, and how to end it whatever state it is in."""

    channel: Channel
    ended: int
    """A file that can be read when its process has ended, whoever else still has the channel open."""
    terminal: HostTerminal
    stop: Callable[[], str]
    """Ends everything; returns the last words of a keeper that has ended without saying why."""
    obstacle: Callable[[], str]
    """What of the kernel is to blame when the network could not be built; ``""`` for nothing."""
    relay: Relay | None = None
    """Of the standard files, where the command does not have those of this process."""
    wish: bytes = b""
    """For a keeper that asks what to build."""


@contextmanager
def in_namespaces(wish: LabWish) -> Iterator[Backend]:
    """A lab in namespaces of this kernel."""
    from bondtui.system import lab_netns
    from bondtui.system.lab_keeper import keep

    apart = not in_foreground()
    terminal = HostTerminal()
    terminal.remember()
    try:
        started = lab_netns.start(
            lambda channel: keep(wish, NETNS, Channel(channel.fileno(), channel.fileno()), None, apart=apart)
        )
    except LabError as error:
        raise NoKernelError(str(error)) from None
    number, ended = started.channel.fileno(), os.pidfd_open(started.pid)
    stopped: list[int] = []

    def stop() -> str:
        if not stopped:
            _end(started.pid)
            stopped.append(started.pid)
        return "its first process was killed"

    try:
        yield Backend(Channel(number, number), ended, terminal, stop, lab_netns.obstacle)
    finally:
        stop()
        os.close(ended)
        started.channel.close()


@contextmanager
def in_guest(wish: LabWish) -> Iterator[Backend]:
    """A lab in a user-mode-linux guest of the calling user."""
    from bondtui.system import uml
    from bondtui.system.lab_relay import Relay, streams

    said = {"wish": messages.wish_record(wish), "kernel": UML, "streams": streams()._asdict()}
    here = _here()
    passed_on = {key: value for key, value in os.environ.items() if key in PASSED_ON or key.startswith("LC_")}
    try:
        guest = uml.Guest(
            python("bondtui.system.lab_keeper"),
            cwd=here or Path("/"),
            environment=passed_on,
            memory=MEMORY,
            talk=True,
            writable=here,
            hostname=HOSTNAME,
            modules=uml.LAB_MODULES,
        )
    except uml.UmlError as error:
        raise NoKernelError(str(error)) from None

    def stop() -> str:
        words = guest.last_words()
        guest.stop()
        return words

    with guest:
        channel, terminal, ended = Channel(*guest.channel), HostTerminal(), os.pidfd_open(guest.pid)
        try:
            relay = Relay(channel, terminal)
            yield Backend(channel, ended, terminal, stop, str, relay, json.dumps(said).encode())
        finally:
            os.close(ended)


BACKENDS = {NETNS: in_namespaces, UML: in_guest}


def _here() -> Path | None:
    """The folder in which we were started; ``None`` when it is no more, or not for us to enter."""
    try:
        here = Path.cwd()
    except OSError:
        return None
    return here if os.access(here, os.X_OK) else None


def _end(pid: int) -> None:
    """Have a child end now; it may have ended already."""
    deadline = time.monotonic() + 1.0
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(0.01)
