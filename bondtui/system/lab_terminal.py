"""The terminal in front of a lab: its keys go in as they are typed, and it is as it was afterwards."""

from __future__ import annotations

import os
import select
import signal
import termios
import tty
from contextlib import suppress
from types import FrameType

from bondtui.system.terminal import LEAVE

NOTICED = (signal.SIGWINCH, signal.SIGCONT)
"""Another size; and back in the foreground, where a shell has put its own settings meanwhile."""
USUAL_SIZE = 24, 80


class HostTerminal:
    """Standard input and output of this process. Nothing is changed where they are no terminal."""

    def __init__(self) -> None:
        self.resized, self._noticing = os.pipe()
        """A file to wait for: it can be read when the size may be another one; then call ``noticed``."""
        for number in (self.resized, self._noticing):
            os.set_blocking(number, False)
        self._before: list[int | list[bytes | int]] | None = None
        self._handlers: dict[int, object] = {}

    def __del__(self) -> None:
        for number in (self.resized, self._noticing):
            os.close(number)

    @staticmethod
    def is_one() -> bool:
        """Whether somebody types and looks."""
        return os.isatty(0) and os.isatty(1)

    @staticmethod
    def size() -> tuple[int, int]:
        """Rows and columns."""
        try:
            columns, rows = os.get_terminal_size(1)
        except OSError:
            return USUAL_SIZE
        return rows or USUAL_SIZE[0], columns or USUAL_SIZE[1]

    def raw(self) -> None:
        """Every key goes to whoever reads: no echo, no lines, no signals."""
        if self._before is not None or not self.is_one():
            return
        self._before = termios.tcgetattr(0)
        self._handlers = {number: signal.signal(number, self._notice) for number in NOTICED}
        tty.setraw(0, termios.TCSANOW)

    def remember(self) -> None:
        """Note the settings, for ``restore`` after a program that could not put them back."""
        if self.is_one():
            self._before = termios.tcgetattr(0)

    def noticed(self) -> None:
        """The notice was heard."""
        with suppress(BlockingIOError):
            os.read(self.resized, select.PIPE_BUF)

    def restore(self, *, screen: bool = False) -> None:
        """Put the settings back; with ``screen`` what a program that had no time to do so has left on the screen, too.

        May be called twice; never waits for a terminal that takes nothing.
        """
        before, self._before = self._before, None
        if before is None:
            return
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # as signal() gave it
        stopping = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # from the background this would stop us for ever
        try:
            if screen and select.select([], [1], [], 0)[1]:
                os.write(1, LEAVE.encode())
            termios.tcsetattr(0, termios.TCSANOW, before)
        except (OSError, termios.error):
            return  # the terminal is gone; there is nothing left to put back
        finally:
            signal.signal(signal.SIGTTOU, stopping)

    def _notice(self, number: int, _: FrameType | None) -> None:
        with suppress(OSError, termios.error):
            if number == signal.SIGCONT and os.tcgetpgrp(0) == os.getpgrp():
                tty.setraw(0, termios.TCSANOW)
        with suppress(BlockingIOError):
            os.write(self._noticing, b".")
