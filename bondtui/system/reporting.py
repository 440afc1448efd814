"""What the dead-man's switch says to the outside, without ever being held up by it.

A disk may hang, above all one that is reached over the very bond that the change has cut off. So the
audit log is written by a child process that is not waited for beyond a limit.
"""

from __future__ import annotations

import os
import select
import time

from bondtui.core.words import printable
from bondtui.system import lab_mark
from bondtui.system.audit import AuditError, line

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Sequence

    from bondtui.system.audit import AuditLog, Entry
    from bondtui.system.system_log import SystemLog
else:
    import _signal as signal  # the C part; the Python part costs 3 ms of the start

AUDIT_SECONDS = 3.0
WALL = ("/usr/bin/wall", "/bin/wall")
WALL_SECONDS = 10.0
"""wall(1) waits for terminals that take nothing."""
TOO_SLOW = "the disk of the audit log does not answer"


class Reports:
    """The audit log, syslog, and every logged-in terminal.

    ``in_child`` is called first in each child process: there it lets go of what only the parent shall hold.
    """

    def __init__(
        self,
        audit: AuditLog,
        system_log: SystemLog,
        *,
        in_child: Callable[[], None] = lambda: None,
        wall: Sequence[str] = WALL,
    ) -> None:
        self._audit = audit
        self._system_log = system_log
        self._in_child = in_child
        self._wall = wall
        self._ends: dict[int, float] = {}
        """Children that run, and when each is to be ended."""

    def write(self, entry: Entry, *, needed: bool = False, loud: bool = False) -> str:
        """Write an entry to the audit log and to syslog. Returns why the former did not work, or ``""``.

        Where it is needed, syslog is not told of what then does not come about.
        """
        self.running()
        trouble = self._within(AUDIT_SECONDS, lambda: self._audit.write(entry))
        if not (trouble and needed):
            self._system_log.say(f"{line(entry)}{trouble and f'; {trouble}'}", loud=loud or bool(trouble))
        return trouble

    def cry_out(self, entry: Entry) -> None:
        """Write an entry, and tell everybody who is logged in; of a lab nobody but its user wants to hear."""
        self.write(entry, loud=True)
        if lab_mark.kind():
            return
        program = next((each for each in self._wall if os.access(each, os.X_OK)), None)
        if program is None:
            return
        said = printable(f"bondtui: {line(entry)}")
        quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
        heeded = [number for number in signal.valid_signals() if number not in (signal.SIGKILL, signal.SIGSTOP)]
        try:
            child = os.posix_spawn(program, [program, said], os.environ, file_actions=quiet, setsigdef=heeded)
        except OSError as error:
            self._system_log.say(f"{program}: {error.strerror}", loud=True)
        else:
            self._ends[child] = time.monotonic() + WALL_SECONDS

    def running(self) -> int:
        """How many children still run; takes note of those that have ended, and ends those that take too long."""
        for child, end in list(self._ends.items()):
            try:
                if os.waitpid(child, os.WNOHANG)[0] == child:
                    del self._ends[child]
                elif time.monotonic() > end:
                    os.kill(child, signal.SIGKILL)
            except OSError:
                del self._ends[child]
        return len(self._ends)

    def _within(self, seconds: float, work: Callable[[], object]) -> str:
        """Do it in a child. Returns what is wrong with it, or ``""``."""
        reading, writing = os.pipe()
        try:
            child = os.fork()
        except OSError as error:
            os.close(reading)
            os.close(writing)
            return f"no process for the audit log: {error.strerror}"
        if child == 0:
            self._work(work, writing)
        os.close(writing)
        self._ends[child] = time.monotonic() + seconds
        try:
            waiting = select.poll()
            waiting.register(reading, select.POLLIN)
            said = os.read(reading, 4096) if waiting.poll(seconds * 1000) else TOO_SLOW.encode()
        finally:
            os.close(reading)
        self.running()
        return "" if said == b"done" else said.decode("utf-8", "replace") or "the audit log was not written"

    def _work(self, work: Callable[[], object], writing: int) -> None:
        """The child's whole life."""
        try:
            self._in_child()
            work()
            said = "done"
        except AuditError as error:
            said = str(error)
        except BaseException as error:  # noqa: BLE001 - a child must not go on as a second parent
            said = repr(error)
        try:
            os.write(writing, said.encode("utf-8", "replace"))
        finally:
            os._exit(0)
