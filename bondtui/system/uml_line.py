"""A way to talk to a command in a user-mode-linux guest, over its serial lines.

The guest's driver never listens again to a line that it had to throttle (``line_throttle`` in
arch/um/drivers/line.c takes the file out of its poll set, and nothing puts it back). So no more may
be under way than the terminal layer holds unread (4096 bytes, throttled 128 before, drivers/tty/n_tty.c):
``tee`` in the guest reads the line at once, and writes all it could pass on back to us.
"""

from __future__ import annotations

import os
import select
import threading

WINDOW = 3072


class Line:
    """Two pipes of the caller's, ``reading`` and ``writing``, and those of the guest; a thread stands between."""

    def __init__(self) -> None:
        self.reading, self.output = os.pipe()
        self._fed, self.writing = os.pipe()
        self.input, self._feeding = os.pipe()
        self._acknowledged, self.taken = os.pipe()
        self._thread: threading.Thread | None = None

    @property
    def guests(self) -> tuple[int, int, int]:
        """The files that the guest inherits."""
        return self.output, self.input, self.taken

    def begin(self) -> None:
        """The guest has its files."""
        for each in self.guests:
            os.close(each)
        self._thread = threading.Thread(target=self._pump, name="uml line", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close everything; the guest must have ended. May be called twice."""
        if self.reading < 0:
            return
        os.close(self.reading)
        os.close(self.writing)
        self.reading = self.writing = -1
        if self._thread is not None:
            self._thread.join()
        else:
            for each in (*self.guests, self._fed, self._feeding, self._acknowledged):
                os.close(each)

    def _pump(self) -> None:
        """Pass bytes on as the guest takes them, until it or the caller has closed its end."""
        try:
            os.read(self._acknowledged, 1)  # the line is open and raw
            self._pass_on()
        except OSError:
            return  # the guest is gone
        finally:
            for each in (self._fed, self._feeding, self._acknowledged):
                os.close(each)

    def _pass_on(self) -> None:
        under_way, open_ = 0, True
        poll = select.poll()
        poll.register(self._acknowledged, select.POLLIN)
        while open_ or under_way:
            if open_ and under_way < WINDOW:
                poll.register(self._fed, select.POLLIN)
            ready = [number for number, _ in poll.poll()]
            if self._acknowledged in ready:
                taken = len(os.read(self._acknowledged, WINDOW))
                if not taken:
                    return
                under_way -= taken
            if self._fed in ready:
                data = os.read(self._fed, WINDOW - under_way)
                open_ = bool(data)
                os.write(self._feeding, data)
                under_way += len(data)
                poll.unregister(self._fed)
