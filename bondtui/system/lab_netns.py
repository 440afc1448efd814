"""A lab in namespaces of this kernel: whether there can be one, and its processes.

::

    launcher            in the machine's own namespaces
      └─ middle         waits, and passes the exit status on
           └─ first     process 1 of the lab: everything in there ends with it

Each is killed when the one before it ends (PR_SET_PDEATHSIG), and the kernel kills everything in a
process-id namespace when its first process ends, so the lab is gone whichever of them is killed. No
name of its network is outside: the namespaces go with the last process in them.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from bondtui.model.record import NamedTuple
from bondtui.ports import LabError
from bondtui.system import lab_entering as entering
from bondtui.system.lab_entering import HOSTNAME, StepRefused
from bondtui.system.lab_obstacles import LOAD_BONDING, Machine, search_path, why_not_built, why_refused, without_driver

__all__ = ["HOSTNAME", "Started", "load_driver", "obstacle", "start"]

CANNOT_OBSERVE, BROKEN = 3, 70
LEFT_TO_OTHERS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
"""What a terminal, ``timeout`` or a shutdown sends to all processes: the launcher and the keeper decide what it means."""
LONGEST_WORDS = 1 << 12

Keep = Callable[[socket.socket], int]


class Started(NamedTuple):
    """A lab that runs."""

    pid: int
    """The middle process, a child of this one: its exit status is the lab's."""
    channel: socket.socket
    """This end of the connection; the other one was handed to what keeps the lab, and is at its end when that is gone."""


def load_driver() -> str:
    """Load the bonding driver if that is up to us, without a bond in the machine's own namespace.

    Returns:
        What was done, or why that failed; ``""`` where nothing is to be done, or not by an ordinary user.
    """
    machine = Machine()
    if machine.has_bonding() or os.geteuid() != 0 or not machine.has_module("bonding"):
        return ""
    command = " ".join(LOAD_BONDING)
    program = shutil.which(LOAD_BONDING[0], path=search_path())
    if program is None:
        return f"the bonding driver is not loaded, and {LOAD_BONDING[0]} is missing: install kmod"
    done = subprocess.run(
        [program, *LOAD_BONDING[1:]],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if machine.has_bonding():
        return f"the bonding driver was not loaded and now is: {command}"
    said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return f"the bonding driver cannot be loaded: {command}: {said[-1]}"


def obstacle() -> str:
    """What exactly is missing for a lab in namespaces, with the cure, in one phrase; ``""`` if this user can have one.

    Found by trying, in namespaces that are gone afterwards. It has no driver loaded for bonding, neither
    by itself nor by the kernel on its behalf: see ``LOAD_BONDING``.
    """
    try:
        started = start(_try)
    except LabError as error:
        return str(error)
    with started.channel as channel:
        words = b"".join(iter(lambda: channel.recv(LONGEST_WORDS), b"")).decode()
    status = os.waitstatus_to_exitcode(os.waitpid(started.pid, 0)[1])
    return words or ("" if status == 0 else f"namespaces ended by themselves, with status {status}")


def _try(channel: socket.socket) -> int:
    channel.sendall(why_not_built(Machine()).encode())
    return 0


def start(keep: Keep) -> Started:
    """Start a lab with ``keep`` as its first process; returns when that is about to be called. Raises LabError.

    ``keep`` has a loopback, /proc, /sys and an empty /run of its own, the files 0, 1 and 2 of this process
    and the channel, all signals by default, and PATH with the folders of system programs; an
    exception in it ends the lab. As a first process it is ended by no signal that it does not handle but
    SIGKILL from outside. The exit status of the middle process is what ``keep`` returns, or
    128 and the number of the signal that killed it.

    To be called by a thread that lives as long as the lab does: the kernel takes its end for that of the process.
    """
    machine = Machine()
    if not machine.has_bonding():
        raise LabError(without_driver("bonding", machine), CANNOT_OBSERVE)
    if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:  # inherited; the kernel would not tell of a child's end
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    channel, theirs = socket.socketpair()
    hearing, telling = os.pipe()
    try:
        pid = _forked(lambda launcher: _middle(launcher, keep, theirs, telling))
    finally:
        theirs.close()
        os.close(telling)
    try:
        with open(hearing, "rb") as told:
            refused = told.read(LONGEST_WORDS).decode()
        if refused:
            _raise(refused, machine)
    except BaseException:
        channel.close()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    return Started(pid, channel)


def _raise(refused: str, machine: Machine) -> NoReturn:
    """Say what ``_tell`` has told."""
    step, code = refused.split()
    raise LabError(why_refused(step, int(code), machine, as_root=os.geteuid() == 0), CANNOT_OBSERVE)


def _forked(run: Callable[[int], int]) -> int:
    """A child that ends with what ``run``, which gets our process id, returns. No signal comes between."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    parent = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if pid == 0:
            _run_to_the_end(run, parent)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _run_to_the_end(run: Callable[[int], int], parent: int) -> NoReturn:
    """Nothing of what this process was forked from is gone back to or cleaned up."""
    status = BROKEN
    try:
        status = run(parent)
    except BaseException:  # noqa: BLE001 - a copy of the launcher must not go on as one
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _middle(launcher: int, keep: Keep, channel: socket.socket, telling: int) -> int:
    """The middle process. It is ended by SIGKILL, or with its child."""
    ignored = _take_signals()
    entering.end_with_parent()
    _forget_files({channel.fileno(), telling})
    try:
        entering.unshare()
    except StepRefused as refused:
        _tell(telling, refused)
        return BROKEN
    entering.end_with_parent()  # new credentials may have undone it
    if os.getppid() != launcher:
        return BROKEN
    alive, held = os.pipe()
    pid = _forked(lambda _: _first(keep, channel, telling, ignored, (alive, held)))
    for number in (alive, telling):
        os.close(number)
    channel.close()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code


def _first(
    keep: Keep, channel: socket.socket, telling: int, ignored: set[signal.Signals], middle: tuple[int, int]
) -> int:
    """The first process of the lab."""
    for number in LEFT_TO_OTHERS:
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    alive, held = middle
    os.close(held)
    entering.end_with_parent()
    if _hung_up(alive):  # the middle process, whose id is in another namespace
        return BROKEN
    os.close(alive)
    try:
        entering.settle()
    except StepRefused as refused:
        _tell(telling, refused)
        return BROKEN
    os.environ["PATH"] = search_path()
    os.close(telling)
    return keep(channel)


def _take_signals() -> set[signal.Signals]:
    """Drop the launcher's handlers and leave what ends it to others; returns what the launcher ignores of that."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    ignored = {number for number in LEFT_TO_OTHERS if signal.getsignal(number) == signal.SIG_IGN}
    for number in LEFT_TO_OTHERS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    return ignored


def _forget_files(kept: set[int]) -> None:
    """Close what could lead out of the lab. The numbers stay in use: objects of the launcher's may close them again."""
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in {null, *kept}:
            os.dup2(null, number, inheritable=False)


def _hung_up(pipe: int) -> bool:
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    return bool(waiting.poll(0))


def _tell(telling: int, refused: StepRefused) -> None:
    os.write(telling, f"{refused.step} {refused.code}".encode())
