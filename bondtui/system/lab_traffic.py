"""The traffic of a lab: one small process that sends from the machine's addresses, and one that answers in the switch.

Their rate is bounded (``bondtui.lab.flows``), also where nothing can be sent, and what could not be sent in time is left out.
They end with the thread that has started them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import time
from contextlib import suppress
from itertools import cycle

from bondtui.lab.flows import ECHO_PORT, HEADER_BYTES, PACKET_BYTES, flows, packets_per_second
from bondtui.model.record import NamedTuple
from bondtui.ports import LabError
from bondtui.system.lab_network import SWITCH
from bondtui.system.lab_places import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bondtui.lab.flows import TrafficFlow
    from bondtui.model.lab import LabBond

PR_SET_PDEATHSIG = 1
IP_PKTINFO = getattr(socket, "IP_PKTINFO", 8)  # in Python since 3.14
PKTINFO = struct.Struct("=I4s4s")
"""struct in_pktinfo: interface, our address, address in the header (ip(7))."""
MOST_BYTES = 2048
LATE_S = 0.1
"""Packets that are later than this are not sent any more."""
PAUSE_S = 0.1
"""After an error that may come at once again."""


def start(bonds: Sequence[LabBond], traffic: str) -> list[int]:
    """Start it between the calling thread's network namespace and the switch; returns the process ids, none without traffic.

    Raises LabError.
    """
    streams = [_stream(bond, traffic, len(bonds)) for bond in bonds]
    if not any(each.flows for each in streams):
        return []
    try:
        answering = within(SWITCH, _answering_socket)
    except OSError as error:
        raise LabError(f"no traffic in the lab: {error.strerror}") from error
    with answering:
        return [_child(lambda: _answer(answering), answering.fileno()), _child(lambda: _send(streams))]


class _Stream(NamedTuple):
    """The traffic of one bond."""

    flows: tuple[TrafficFlow, ...]
    period_s: float
    copies: int
    """So many answers there may be to each packet."""


def _stream(bond: LabBond, traffic: str, bonds: int) -> _Stream:
    copies = len(bond.slaves) if bond.mode == "broadcast" else 1
    return _Stream(flows(bond, traffic), 1 / packets_per_second(bond, bonds), copies)


# The machine's side


def _send(streams: Sequence[_Stream]) -> None:
    """Send for ever: each stream at its own pace, its flows in turn."""
    now = time.monotonic()
    due = [now + each.period_s * place / len(streams) for place, each in enumerate(streams)]
    turns = [_turns(each) for each in streams]
    while True:
        place = due.index(min(due))
        now = time.monotonic()
        if due[place] > now:
            time.sleep(due[place] - now)
        elif due[place] < now - LATE_S:
            due[place] = now
        next(turns[place])
        due[place] += streams[place].period_s


def _turns(stream: _Stream) -> Iterator[None]:
    """With every step one packet of the next flow is sent, and what came back for it is taken."""
    data = bytes(PACKET_BYTES - HEADER_BYTES)
    sockets: dict[TrafficFlow, socket.socket] = {}
    for flow in cycle(stream.flows):
        with suppress(OSError):  # no address, no route, no room: the next packet may go
            if flow not in sockets:
                sockets[flow] = _sending_socket(flow)
            sockets[flow].sendto(data, (flow.destination, ECHO_PORT))
        with suppress(OSError, KeyError):
            for _ in range(stream.copies):
                sockets[flow].recv(1)
        yield


def _sending_socket(flow: TrafficFlow) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        made.bind((flow.source, flow.source_port))
    except OSError:
        made.close()
        raise
    return made


# The switch's side


def _answering_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        made.bind(("", ECHO_PORT))
    except OSError:
        made.close()
        raise
    return made


def _answer(answering: socket.socket) -> None:
    """Send everything back for ever, from the address and through the interface that it came to."""
    room = socket.CMSG_SPACE(PKTINFO.size)
    while True:
        try:
            data, said, _, sender = answering.recvmsg(MOST_BYTES, room)
            if sender[1] != ECHO_PORT:  # or two who answer would never come to an end (RFC 862)
                answering.sendmsg([data], said, 0, sender)
        except OSError:
            time.sleep(PAUSE_S)


# The processes


def _child(work: Callable[[], None], keep: int = -1) -> int:
    """A process that does nothing but this and holds no file but one; it is killed when the calling thread ends."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            _let_go(keep)
            work()
    finally:
        os._exit(1)


def _let_go(keep: int) -> None:
    """Give up the terminal, the signals and the files of the parent."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(each, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    last = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, keep if keep > 2 else last)
    if keep > 2:
        os.closerange(keep + 1, last)
