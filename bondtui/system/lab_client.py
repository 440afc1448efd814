"""Asking a running lab, from inside it or from the machine that it runs on. See ``bondtui.ports.Lab``."""

from __future__ import annotations

import _socket as socket
import json
import os

from bondtui.lab import messages
from bondtui.model.lab import About, Fault
from bondtui.ports import LabError
from bondtui.system import lab_mark
from bondtui.system.peer import peer_of
from bondtui.system.request_socket import LONGEST_LINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ON_THE_HOST = b"\0bondtui-lab/"
"""And the launcher's process id: under which a lab is asked from the machine that it runs on."""
ASK_S = 20.0
"""Longer than any fault takes to be made in a slow guest."""
CANNOT_OBSERVE = 3


class LabClient:
    """One lab, by its abstract address."""

    def __init__(self, address: bytes, pid: int | None = None) -> None:
        self._address = address
        self.pid = pid
        """The launcher's; ``None`` inside."""

    def about(self) -> About:
        """What stands in it, and which faults are in place."""
        return self._ask(messages.request(messages.ABOUT))

    def put(self, fault: Fault) -> About:
        """Make something go wrong."""
        return self._ask(messages.request(messages.PUT, fault))

    def undo(self, fault: Fault) -> About:
        """Put it right again."""
        return self._ask(messages.request(messages.UNDO, fault))

    def undo_all(self) -> About:
        """Put everything right again."""
        return self._ask(messages.request(messages.UNDO_ALL))

    def _ask(self, said: messages.Record) -> About:
        try:
            answer = self._said_and_heard(json.dumps(said).encode() + b"\n")
        except TimeoutError:
            raise LabError("the lab does not answer", CANNOT_OBSERVE) from None
        except (OSError, ValueError):
            raise LabError("the lab has ended", CANNOT_OBSERVE) from None
        if error := answer.get("error") or answer.get("refused"):
            raise LabError(str(error), int(answer.get("status", CANNOT_OBSERVE)))
        return messages.about_of(answer["about"])

    def _said_and_heard(self, said: bytes) -> dict[str, Any]:
        asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            asking.settimeout(ASK_S)
            asking.connect(self._address)
            asking.send(said)
            heard = b""
            while not heard.endswith(b"\n") and (more := asking.recv(LONGEST_LINE)):
                heard += more
        finally:
            asking.close()
        told: dict[str, Any] = json.loads(heard)
        return told


def inside() -> LabClient | None:
    """The lab that this process is in; ``None`` outside."""
    kind = lab_mark.kind()
    return LabClient(lab_mark.NAMES[kind]) if kind else None


def running() -> list[LabClient]:
    """The labs that run on this machine and that we may ask, oldest process id first."""
    with open("/proc/net/unix", "rb", buffering=0) as file:
        lines = file.read().splitlines()
    mark = b"@" + ON_THE_HOST[1:]
    numbers = {name[len(mark) :] for line in lines if (name := line.rpartition(b" ")[2]).startswith(mark)}
    pids = sorted(int(each) for each in numbers if each.isdigit())
    return [LabClient(ON_THE_HOST + b"%d" % pid, pid) for pid in pids if _may_ask(pid)]


def _may_ask(pid: int) -> bool:
    """Whether that launcher is really there, and is ours (or we are root)."""
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        asking.settimeout(ASK_S)
        asking.connect(ON_THE_HOST + b"%d" % pid)
        peer = peer_of(asking)
    except OSError:
        return False
    finally:
        asking.close()
    return peer.pid == pid and (os.geteuid() in (0, peer.uid))
