"""The terminal before Textual has it: words at once, and everything as it was when we leave."""

from __future__ import annotations

import os
import select
import sys
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # the C part; the Python part costs 3 ms that the words would wait for

ENTER = "\x1b[?1049h\x1b[2J\x1b[?25l"
LEAVE = "\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?2004l\x1b[?1004l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h"
"""Also ends what a screen library may have begun: mouse, paste and focus reports, its own key protocol."""


ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def is_terminal() -> bool:
    """Whether there is somebody to look and to type."""
    return os.isatty(0) and os.isatty(1) and os.environ.get("TERM", "dumb") != "dumb"


def size() -> tuple[int, int]:
    """Columns and rows."""
    try:
        columns, rows = os.get_terminal_size(1)
    except OSError:
        return 80, 24
    return columns or 80, rows or 24


class FirstWords:
    """The alternate screen with plain lines on it, while the real screen is still being loaded.

    Typed keys are not echoed but wait for the real screen. The ending signals put the terminal back,
    until the real screen does that by itself.
    """

    def __init__(self, painted: str) -> None:
        self._before = termios.tcgetattr(0)
        self._encoding = sys.stdout.encoding or "utf-8"
        self._asked: int | None = None
        for number in ENDING_SIGNALS:
            signal.signal(number, self._end)
        self._write(ENTER + painted)

    def keep_quiet(self) -> None:
        """Echo nothing that is typed; it waits for the real screen."""
        quiet = termios.tcgetattr(0)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(0, termios.TCSANOW, quiet)

    def hand_over(self) -> None:
        """Leave drawing and ending to the real screen; it looks at ``asked_to_end`` when it is ready."""
        for number in ENDING_SIGNALS:
            signal.signal(number, self._note)

    def asked_to_end(self) -> int | None:
        """The signal that came while the real screen was not ready yet."""
        return self._asked

    def restore(self, *, screen: bool) -> None:
        """Put the terminal's settings back, and the ordinary screen when nobody else did."""
        try:
            if screen and select.select([], [1], [], 0)[1]:  # a terminal that takes nothing would hold us up
                self._write(LEAVE)
            termios.tcsetattr(0, termios.TCSANOW, self._before)
        except (OSError, termios.error):
            return  # the terminal is gone; there is nothing left to put back

    def leave(self, status: int) -> None:
        """Put back what can be put back at once, and end."""
        self.restore(screen=True)
        os._exit(status)

    def _note(self, number: int, frame: object) -> None:
        if self._asked is not None:
            self._end(number, frame)
        self._asked = number

    def _end(self, number: int, _frame: object) -> None:
        self.leave(128 + number)

    def _write(self, text: str) -> None:
        os.write(1, text.encode(self._encoding, "replace"))
