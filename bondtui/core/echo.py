"""Echo requests and what comes back, as bytes (RFC 792, RFC 4443, RFC 862), and when it came back."""

from __future__ import annotations

from struct import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Ancillary = Iterable[tuple[int, int, bytes]]
    """Control messages of ``recvmsg``: level, type, data."""

ECHO_REQUEST, ECHO_REPLY = 8, 0
ECHO_REQUEST_6, ECHO_REPLY_6 = 128, 129
TOKEN_SIZE = 8
_PAYLOAD = Struct("!8sQQ")
_MESSAGE, _WORDS = Struct("!BBHHH8sQQ"), Struct("!16H")
"""A whole message, and the same for its checksum (RFC 1071)."""

SOL_SOCKET, SOL_IP, SOL_IPV6 = 1, 0, 41
SO_TIMESTAMPNS, SO_TIMESTAMPNS_NEW = 35, 64
"""include/uapi/asm-generic/socket.h; the newer one is 64 bits wide everywhere."""
IP_RECVERR, IPV6_RECVERR = 11, 25
_NATIVE, _WIDE = Struct("@ll"), Struct("=qq")
_ERROR = Struct("=IBBBxII")
"""struct sock_extended_err of include/uapi/linux/errqueue.h; the address of who has sent it follows."""
ORIGIN_ICMP, ORIGIN_ICMP6 = 2, 3
PORT_UNREACHABLE, PORT_UNREACHABLE_6 = (ORIGIN_ICMP, 3, 3), (ORIGIN_ICMP6, 1, 4)
NANOSECONDS = 1_000_000_000


def payload(token: bytes, flow: int, number: int) -> bytes:
    """What a probe carries, so that its answer is known whatever socket it comes to."""
    return _PAYLOAD.pack(token, flow, number)


class Requests:
    """The echo requests of one flow. Their checksum is that of IPv4; the kernel makes the one of IPv6 itself."""

    def __init__(self, kind: int, identifier: int, token: bytes, flow: int) -> None:
        self._parts = kind, identifier, token, flow
        self._sum = sum(_WORDS.unpack(_MESSAGE.pack(kind, 0, 0, identifier, 0, token, flow, 0)))

    def numbered(self, number: int) -> bytes:
        """The one with this number, whose lowest 16 bits are the sequence number too."""
        kind, identifier, token, flow = self._parts
        sequence = number & 0xFFFF
        total = self._sum + 2 * sequence + (number >> 16 & 0xFFFF) + (number >> 32 & 0xFFFF) + (number >> 48)
        total = (total & 0xFFFF) + (total >> 16)
        checksum = ~(total + (total >> 16)) & 0xFFFF
        return _MESSAGE.pack(kind, 0, checksum, identifier, sequence, token, flow, number)


def after_ip_header(packet: bytes) -> int:
    """Where the payload of an IPv4 packet begins."""
    return (packet[0] & 0x0F) * 4 if packet else 0


def reply(message: bytes, start: int, kind: int, token: bytes) -> tuple[int, int] | None:
    """Flow and number of the probe that this message answers; ``None`` for what is not an answer to us.

    ``start`` is where the ICMP header begins.
    """
    if len(message) - start != _MESSAGE.size:
        return None
    told_kind, _, _, _, _, told_token, flow, number = _MESSAGE.unpack_from(message, start)
    return (flow, number) if told_kind == kind and told_token == token else None


def probe_of(data: bytes, token: bytes) -> tuple[int, int] | None:
    """Flow and number in a payload; ``None`` unless it is one of ours, unchanged."""
    if len(data) != _PAYLOAD.size:
        return None
    found, flow, number = _PAYLOAD.unpack(data)
    return (flow, number) if found == token else None


def wall_stamp(ancillary: Ancillary) -> int | None:
    """When the kernel has received a datagram, in nanoseconds of the wall clock; ``None`` where it does not say."""
    for level, kind, data in ancillary:
        if level == SOL_SOCKET and kind in (SO_TIMESTAMPNS, SO_TIMESTAMPNS_NEW):
            form = _NATIVE if kind == SO_TIMESTAMPNS else _WIDE
            if len(data) == form.size:
                seconds, nanoseconds = form.unpack(data)
                return int(seconds) * NANOSECONDS + int(nanoseconds)
    return None


def refusing_address(ancillary: Ancillary) -> bytes | None:
    """The packed address of who says that a port is unreachable; ``None`` for every other error of the error queue.

    Network, host and protocol unreachable are the words of somebody on the way, or of nobody who has the port.
    """
    for level, kind, data in ancillary:
        if (level, kind) not in ((SOL_IP, IP_RECVERR), (SOL_IPV6, IPV6_RECVERR)) or len(data) < _ERROR.size:
            continue
        _, origin, icmp_type, code, _, _ = _ERROR.unpack_from(data)
        address = data[_ERROR.size :]
        if (origin, icmp_type, code) == PORT_UNREACHABLE:
            return address[4:8]  # struct sockaddr_in: family, port, address
        if (origin, icmp_type, code) == PORT_UNREACHABLE_6:
            return address[8:24]  # struct sockaddr_in6: family, port, flow label, address
    return None


def received_at(stamp: int | None, sent: int, now: int, ahead_before: int, ahead: int) -> int:
    """When an answer came, on the monotonic clock; all in nanoseconds.

    ``stamp`` is the kernel's, on the wall clock, which has been ahead of the monotonic one by ``ahead_before``
    when it was last looked at and is by ``ahead`` now, when the answer is read. If the wall clock was set in
    between, one of them gives a time that cannot be. No answer comes before its request or after it is read.
    """
    if stamp is not None:
        for at in (stamp - ahead, stamp - ahead_before):
            if sent <= at <= now:
                return at
    return now
