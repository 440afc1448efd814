"""Read /dev/kmsg, and tell the time on its clock."""

from __future__ import annotations

import errno
import os
import time

from bondtui.core import kernel_log
from bondtui.core.kernel_log import Tail

RECORD_BYTES = 1 << 14
"""More than the longest record; each read gives one."""
RECORDS_AT_MOST = 1 << 17
OF_MACHINE = "the kernel log is that of the whole machine"
"""Why it is not asked about the bonds of a lab in namespaces."""
CLOCK_SLACK_S = 5.0
"""How far the log's clock may be ahead of the one that stands in for it: they do not start at the same instant."""


def read(root: str = "/") -> Tail:
    """All that the kernel log holds now, without waiting for more; raises OSError where it is forbidden."""
    records: list[bytes] = []
    file = os.open(os.path.join(root, "dev/kmsg"), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        for _ in range(RECORDS_AT_MOST):
            try:
                record = os.read(file, RECORD_BYTES)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.EPIPE:
                    raise
                records.clear()  # overwritten while we read: what came before is not what comes next
                continue
            if not record:
                break
            records.append(record)
    finally:
        os.close(file)
    return kernel_log.tail(b"".join(records))


def now(log: Tail, root: str = "/") -> float | None:
    """This moment on the log's clock; ``None`` if no clock can stand in for it.

    NTP does not slew the log's clock, so that CLOCK_MONOTONIC can be minutes off after a year:
    CLOCK_MONOTONIC_RAW is not. But where the processor's counter is not trusted, the kernel ties the
    log to the former. The earlier one makes a lost link more recent, so it is the one to choose.
    """
    offset = _time_namespace_offset(root)
    clocks = sorted(time.clock_gettime(each) - offset for each in (time.CLOCK_MONOTONIC, time.CLOCK_MONOTONIC_RAW))
    return next((clock for clock in clocks if clock >= log.until - CLOCK_SLACK_S), None)


def _time_namespace_offset(root: str) -> float:
    """What a time namespace adds to the monotonic clocks (time_namespaces(7)), but not to the kernel log's."""
    try:
        with open(os.path.join(root, "proc/self/timens_offsets"), "rb") as file:
            lines = [line.split() for line in file.read().splitlines()]
    except OSError:
        return 0.0
    offsets = [words for words in lines if len(words) == 3 and words[0] in (b"monotonic", b"1")]
    return sum(int(seconds) + int(nanoseconds) / 1e9 for _, seconds, nanoseconds in offsets)
