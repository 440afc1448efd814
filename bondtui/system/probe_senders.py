"""Who sends the probes of one flow and hears their answers: echo requests and UDP echo. They never block."""

from __future__ import annotations

import _socket as socket
import errno
import os
from array import array
from struct import Struct

from bondtui.core import echo
from bondtui.model.probe import ICMP, TCP, Flow
from bondtui.system.probe_connects import ConnectSender
from bondtui.system.probe_sockets import (
    DATAGRAMS_AT_ONCE,
    LONGEST_DATAGRAM,
    ROOM_FOR_CONTROL,
    OpeningError,
    address_of,
    bound,
    stamped,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.system.probe_sockets import Heard, Sender

IPPROTO_ICMP, IPPROTO_ICMPV6, SOL_RAW = 1, 58, 255
SO_ATTACH_FILTER = 26
ICMP_FILTER = ICMPV6_FILTER = 1
RIGHTS = (
    "echo requests are not permitted: they need root (CAP_NET_RAW), "
    "or a group of this user in the sysctl net.ipv4.ping_group_range"
)
_FILTER = Struct("@HP")
_INSTRUCTION = Struct("@HBBI")
# Instructions of the classic packet filter, linux/filter.h.
_LOAD_HEADER_LENGTH, _LOAD_HALF_THERE, _LOAD_HALF, _JUMP_EQUAL, _RETURN = 0xB1, 0x48, 0x28, 0x15, 0x06
_ALL = 0xFFFFFFFF


def opened(flow: Flow, place: int, token: bytes, period: int) -> Sender:
    """The sockets of a flow; raises OpeningError."""
    try:
        if flow.target.kind == ICMP:
            return EchoSender(flow, place, token)
        return ConnectSender(flow, place, period) if flow.target.kind == TCP else UdpSender(flow, place, token)
    except OSError as error:
        raise OpeningError(_why(flow, error)) from None


def _why(flow: Flow, error: OSError) -> str:
    if error.errno == errno.ENODEV:
        return f"there is no interface {flow.device}"
    if error.errno == errno.EADDRINUSE:
        what = "identifier" if flow.target.kind == ICMP else "port"
        return f"{flow.target.kind} {what} {flow.source_port} is in use on this machine"
    device = f" on {flow.device}" if flow.device else ""
    return f"no {flow.target.kind} probes to {flow.target.address}{device}: {os.strerror(error.errno or 0)}"


class EchoSender:
    """ICMP and ICMPv6 echo requests. Errors that come back are no answers: nothing is heard of them."""

    writing = None

    def __init__(self, flow: Flow, place: int, token: bytes) -> None:
        self._place, self._token = place, token
        self._family, self._address = address_of(flow)
        self._address = (self._address[0], 0, *self._address[2:])
        self._six = self._family == socket.AF_INET6
        self._answer = echo.ECHO_REPLY_6 if self._six else echo.ECHO_REPLY
        self._identifier = flow.source_port or 0
        self._raw, self._socket = self._open(flow)
        stamped(self._socket)
        kind = echo.ECHO_REQUEST_6 if self._six else echo.ECHO_REQUEST
        self._requests = echo.Requests(kind, self._identifier, token, place)
        self.reading = self._socket.fileno()

    def _open(self, flow: Flow) -> tuple[bool, socket.socket]:
        """An unprivileged socket where this user may have one, or else a raw one."""
        protocol = IPPROTO_ICMPV6 if self._six else IPPROTO_ICMP
        for raw, kind in ((False, socket.SOCK_DGRAM), (True, socket.SOCK_RAW)):
            try:
                made = socket.socket(self._family, kind, protocol)
            except PermissionError:
                continue
            if raw:
                self._identifier = self._identifier or int.from_bytes(os.urandom(2)) or 1
                self._filter(made)
            return raw, bound(made, flow, self._family, None if raw else flow.source_port)
        raise OpeningError(RIGHTS)

    def _filter(self, made: socket.socket) -> None:
        """A raw socket gets the answers of every process: let through only those with our identifier."""
        if self._six:
            level, option, kinds = IPPROTO_ICMPV6, ICMPV6_FILTER, 256
            load = [(_LOAD_HALF, 0, 0, 4)]
        else:
            level, option, kinds = SOL_RAW, ICMP_FILTER, 32
            load = [(_LOAD_HEADER_LENGTH, 0, 0, 0), (_LOAD_HALF_THERE, 0, 0, 4)]
        blocked = array("I", [_ALL] * (kinds // 32))
        blocked[self._answer // 32] &= ~(1 << self._answer % 32) & _ALL
        made.setsockopt(level, option, blocked.tobytes())
        program = [*load, (_JUMP_EQUAL, 0, 1, self._identifier), (_RETURN, 0, 0, _ALL), (_RETURN, 0, 0, 0)]
        code = array("B", b"".join(_INSTRUCTION.pack(*each) for each in program))
        made.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, _FILTER.pack(len(program), code.buffer_info()[0]))

    def may_send(self, now: int) -> bool:
        return True

    def send(self, number: int) -> None:
        self._socket.sendto(self._requests.numbered(number), self._address)

    def hear(self) -> list[Heard]:
        heard = []
        receive = self._socket.recvmsg
        for _ in range(DATAGRAMS_AT_ONCE):
            try:
                message, ancillary, _, _ = receive(LONGEST_DATAGRAM, ROOM_FOR_CONTROL)
            except OSError:  # there is no more
                break
            start = echo.after_ip_header(message) if self._raw and not self._six else 0
            probe = echo.reply(message, start, self._answer, self._token)
            if probe is not None and (probe[0] == self._place or not self._raw):  # every raw socket gets every answer
                heard.append((*probe, echo.wall_stamp(ancillary)))
        return heard


class UdpSender:
    """UDP echo. Our payload is an answer, and so is "port unreachable" from the target itself: it was reached.

    Linux says "port unreachable" about once a second to one host (net.ipv4.icmp_ratelimit), so a closed port is a
    target for long periods only; with short ones nearly all probes look lost, and no baseline is without loss.
    """

    writing = None

    def __init__(self, flow: Flow, place: int, token: bytes) -> None:
        self._place, self._token = place, token
        family, self._address = address_of(flow)
        self._packed = socket.inet_pton(family, self._address[0])
        self._socket = bound(socket.socket(family, socket.SOCK_DGRAM, 0), flow, family, flow.source_port or 0)
        six = family == socket.AF_INET6
        level, option = (echo.SOL_IPV6, echo.IPV6_RECVERR) if six else (echo.SOL_IP, echo.IP_RECVERR)
        self._socket.setsockopt(level, option, 1)
        stamped(self._socket)
        self._refusals: list[Heard] = []
        self.reading = self._socket.fileno()

    def may_send(self, now: int) -> bool:
        return True

    def send(self, number: int) -> None:
        data = echo.payload(self._token, self._place, number)
        try:
            self._socket.sendto(data, self._address)
        except BlockingIOError:
            raise
        except OSError:  # maybe the word on an earlier one, which the kernel tells first
            self._refusals += self._refused()
            self._socket.sendto(data, self._address)

    def hear(self) -> list[Heard]:
        heard, self._refusals = self._refusals, []
        for _ in range(DATAGRAMS_AT_ONCE):
            try:
                data, ancillary, _, _ = self._socket.recvmsg(LONGEST_DATAGRAM, ROOM_FOR_CONTROL)
            except BlockingIOError:
                break
            except OSError:  # the word on an earlier one, once
                continue
            if (probe := echo.probe_of(data, self._token)) is not None:
                heard.append((*probe, echo.wall_stamp(ancillary)))
        return heard + self._refused()

    def _refused(self) -> list[Heard]:
        """Those of our probes that the target has refused; they come back whole."""
        heard = []
        for _ in range(DATAGRAMS_AT_ONCE):
            try:
                data, ancillary, _, _ = self._socket.recvmsg(LONGEST_DATAGRAM, ROOM_FOR_CONTROL, socket.MSG_ERRQUEUE)
            except OSError:
                break
            probe = echo.probe_of(data, self._token)
            if probe is not None and echo.refusing_address(ancillary) == self._packed:
                heard.append((*probe, echo.wall_stamp(ancillary)))
        return heard
