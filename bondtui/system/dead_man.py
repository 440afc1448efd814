"""The dead-man's switch: a process of its own that takes a change back unless somebody says *keep*.

``python -P -m bondtui.system.dead_man`` reads its orders as JSON from standard input (``holding.orders``),
lets go of everything that could take it down with it, and answers with one line of JSON, ``armed``
with its record or ``refused`` with the reason. From then on only ``bondtui keep`` and ``bondtui
revert`` can reach it. All that it needs to take the change back is imported before it answers: the
program may be gone from the disk by then.
"""

from __future__ import annotations

import json
import os
import time

from bondtui.system.change_file import DamagedError
from bondtui.system.countdown import Countdown
from bondtui.system.holding import End, RefusedError, hold, orders
from bondtui.system.system_log import SystemLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import Any
else:
    import _signal as signal  # the C part; the Python part costs 3 ms of the start

IGNORED = (
    *(signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU),
    *(signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGALRM),
)
MOST_BYTES = 1 << 20
PAUSE_AFTER_ERROR_S = 1.0


def main() -> int:
    """Run the switch; returns in the last process only, when the change is settled or arming was refused."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    try:
        told = orders(_standard_input())
        _detach()
        countdown = hold(told, lambda record: _answer({"armed": record}), _told_to_end())
    except (RefusedError, DamagedError) as error:
        _answer({"refused": str(error)})
        return 1
    if countdown is None:
        return 1
    _let_go_of_terminal()
    _count(countdown)
    return 0


def _told_to_end() -> End:
    """Have SIGTERM noted."""
    reading, writing = os.pipe()
    for number in (reading, writing):
        os.set_blocking(number, False)
    signals: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: signals.append(number))
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return End(reading, lambda: bool(signals))


def _standard_input() -> bytes:
    data = b""
    while len(data) < MOST_BYTES and (more := os.read(0, MOST_BYTES)):
        data += more
    return data


def _detach() -> None:
    """Become a process that no terminal, no login and no parent knows, and that is not killed for want of memory."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():  # not the leader of its session any more, so it can never get a terminal again
        os._exit(0)
    os.chdir("/")
    os.umask(0o077)
    try:
        with open("/proc/self/oom_score_adj", "wb", buffering=0) as file:
            file.write(b"-1000")
    except OSError:
        return  # it needs CAP_SYS_RESOURCE


def _answer(words: dict[str, Any]) -> bool:
    """Whether somebody could be told."""
    try:
        os.write(1, json.dumps(words).encode() + b"\n")
    except OSError:
        return False
    return True


def _let_go_of_terminal() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)


def _count(countdown: Countdown) -> None:
    """Go on whatever happens: an error is told to syslog, and then it is tried again."""
    while not countdown.settled:
        try:
            countdown.step()
        except Exception as error:  # noqa: BLE001 - nothing may end it before the change is settled
            SystemLog().say(f"the dead-man's switch goes on after {error!r}", loud=True)
            time.sleep(PAUSE_AFTER_ERROR_S)


if __name__ == "__main__":
    os._exit(main())
