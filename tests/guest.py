"""Run a command as root of a throw-away kernel that has the bonding driver: ``bondtui.system.uml`` for tests.

Scratch space is a tmpfs on /mnt, and what shall outlive the guest is written to ``OUT``, which is a
folder of the host. Try it with ``python -m tests.guest -- ip link``.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from bondtui.system.uml import OUT, Guest, kernel
from bondtui.system.uml import UmlError as GuestError

__all__ = ["DIED", "OUT", "Guest", "GuestError", "ended_by_signals", "kernel", "run"]

POLL_SECONDS = 0.02
DIED = 125
"""Exit status of a guest that did not get as far as running the command to its end."""


def run(argv: Sequence[str], *, seconds: float = 300.0, memory: str = "1G", cwd: Path | None = None) -> int:
    """Run a command in a guest, its output passed on as it comes; returns its exit status."""
    deadline = time.monotonic() + seconds
    with Guest(argv, cwd=cwd, memory=memory) as guest, guest.output.open("rb") as output:
        while True:
            status = guest.poll()
            sys.stdout.buffer.write(output.read())
            sys.stdout.flush()
            if status is not None:
                return status
            if time.monotonic() > deadline:
                raise GuestError(f"the command did not end within {seconds:g} s; the kernel guest was stopped")
            time.sleep(POLL_SECONDS)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the program like Ctrl+C does, so that nothing is left behind."""

    def leave(number: int, _: FrameType | None) -> None:
        raise KeyboardInterrupt(number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.guest", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="stop the guest after so long (%(default)s)")
    parser.add_argument("--memory", default="1G", help="the guest's memory (%(default)s)")
    parser.add_argument("command", nargs="+", metavar="-- COMMAND", help="what to run in it")
    arguments = parser.parse_args()
    with ended_by_signals():
        try:
            return run(arguments.command, seconds=arguments.seconds, memory=arguments.memory)
        except GuestError as error:
            sys.stderr.write(f"guest: {error}\n")
            return DIED
        except KeyboardInterrupt as interrupt:
            return 128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
