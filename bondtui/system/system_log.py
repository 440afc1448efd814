"""One line for syslog, never waiting for it: the C library's syslog(3) blocks when the daemon hangs."""

from __future__ import annotations

import _socket as socket
import os
import time

from bondtui.core.words import printable
from bondtui.system import lab_mark

PATH = "/dev/log"
DAEMON = 3 << 3
"""The facility LOG_DAEMON."""
CRITICAL, NOTICE = 2, 5
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONGEST = 1000


class SystemLog:
    """The local syslog socket (RFC 3164, as syslog(3) writes to it)."""

    def __init__(self, path: str = PATH) -> None:
        self._path = path

    def say(self, text: str, *, loud: bool = False) -> None:
        """Send one line, of the highest priority that is not for the kernel when loud; if nobody takes it, never mind.

        The log is the machine's, so what happens in a lab is not for it.
        """
        if lab_mark.kind():
            return
        now = time.localtime()
        stamp = f"{MONTHS[now.tm_mon - 1]} {now.tm_mday:2} {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02}"
        head = f"<{DAEMON | (CRITICAL if loud else NOTICE)}>{stamp} bondtui[{os.getpid()}]: "
        line = (head + printable(text)).encode("utf-8", "backslashreplace")[:LONGEST]
        sending = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            sending.sendto(line, self._path)
        except OSError:
            return
        finally:
            sending.close()
