"""Ask rtnetlink for links, addresses and LACPDU counters, and hear what it reports: sockets in, decoded values out.

It uses the C part of the socket module alone: the Python part adds nothing that is needed here, and
5 ms to the time before the first words.
"""

from __future__ import annotations

import _socket as socket
import errno
import select
from sys import byteorder

from bondtui.core import lacpdu_counts, link_change, rtnetlink
from bondtui.core.link_memory import LinkMemory
from bondtui.model.bond import Lacpdus, Link
from bondtui.model.reading import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    Found = TypeVar("Found")

NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
SOL_NETLINK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 270, 11, 12
RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR = 0x1, 0x10, 0x100
SO_RCVBUFFORCE = 33

RECEIVE_SIZE = 1 << 16
EVENT_QUEUE_BYTES = 8 << 20
"""Room for about 2,000 messages between two looks at the queue; without root the kernel may cap it."""
ANSWER_QUEUE_BYTES = 1 << 20
ANSWER_SECONDS = 5.0
DUMP_TRIES = 3
DUMP_AT_MOST = 50_000
"""More take longer than a second to decode."""
BATCH = 32
"""Requests sent at once; their answers must fit into the socket's default buffer."""
UNKNOWN_QUESTION = frozenset({errno.EOPNOTSUPP, errno.EINVAL})
"""What a kernel answers to a type of request (before 4.7) or a filter that it does not know."""


class ChangeRefused(Exception):
    """The kernel refused to change a link; the text says why in one line."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Netlink:
    """A socket for questions. Every call blocks until the kernel has answered."""

    def __init__(self) -> None:
        self._socket = _open(groups=0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ANSWER_QUEUE_BYTES)
        self._socket.settimeout(ANSWER_SECONDS)
        self._sequence = 0
        self._memory = LinkMemory()
        self._interrupted = False
        self._counts_lacpdus = True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def bonds(self) -> list[Link]:
        """All bonds of this network namespace; the kernel filters by kind.

        A kernel without the bonding driver ignores that filter and sends every interface.
        """
        return [link for link in self._dump_links(kind="bond") if link.bond is not None]

    def slaves(self, master: int) -> list[Link]:
        """All slaves of one bond; the kernel filters by master."""
        return [link for link in self._dump_links(master=master) if link.slave is not None]

    def links(self, indexes: Iterable[int]) -> list[Link]:
        """The interfaces with these indexes, those that still exist; costs nothing for all others."""
        wanted = list(indexes)
        self._memory.keep_only(set(wanted))
        found: list[Link] = []
        for first in range(0, len(wanted), BATCH):
            found += self._batch(wanted[first : first + BATCH])
        return found

    def lacpdus(self, indexes: Iterable[int]) -> dict[int, Lacpdus]:
        """LACPDU counters by the index of a slave, where the kernel has them.

        A kernel that does not know the question is not asked again.
        """
        wanted = list(indexes) if self._counts_lacpdus else []
        found: dict[int, Lacpdus] = {}
        for first in range(0, len(wanted), BATCH):
            bodies = [lacpdu_counts.request(ifindex) for ifindex in wanted[first : first + BATCH]]
            try:
                for kind, data, start, end in self._ask(lacpdu_counts.RTM_GETSTATS, 0, bodies):
                    told = lacpdu_counts.answer(data, start, end) if kind == lacpdu_counts.RTM_NEWSTATS else None
                    if told is not None and told[1] is not None:
                        found[told[0]] = told[1]
            except SourceError as error:
                if getattr(error.__cause__, "errno", None) not in UNKNOWN_QUESTION:
                    raise
                self._counts_lacpdus = False
                break
        return found

    def addresses(self, ifindex: int) -> tuple[str, ...]:
        """The ``address/prefix`` texts of one interface, IPv4 first."""
        found = []
        body = rtnetlink.address_request(ifindex)
        for kind, data, start, end in self._ask(rtnetlink.RTM_GETADDR, NLM_F_DUMP, [body]):
            decoded = rtnetlink.address(data, start, end) if kind == rtnetlink.RTM_NEWADDR else None
            if decoded is not None and decoded[0] == ifindex:
                found.append((len(decoded[1]), decoded[1], decoded[2]))
        return tuple(
            f"{socket.inet_ntop(socket.AF_INET if size == 4 else socket.AF_INET6, raw)}/{prefix}"
            for size, raw, prefix in sorted(found)
        )

    def all_that(
        self, answer: int, body: bytes, decode: Callable[[bytes, int, int], Found | None], flags: int = NLM_F_DUMP
    ) -> list[Found]:
        """What answers a request and can be decoded; once more when something changed under it (NLM_F_DUMP_INTR).

        ``answer`` is the type of the messages that are meant. Raises SourceError, also when there are
        more of them than anybody would wait for: then the socket must be closed.
        """
        found: list[Found] = []
        for _ in range(DUMP_TRIES):
            self._interrupted = False
            found = []
            for kind, data, start, end in self._ask(answer + 2, flags, [body]):
                if kind == answer and (decoded := decode(data, start, end)) is not None:
                    found.append(decoded)
                    if len(found) > DUMP_AT_MOST:
                        raise SourceError(f"there are more than {DUMP_AT_MOST} of them")
            if not self._interrupted:
                break
        return found

    def change(self, body: bytes) -> None:
        """Send one change of a link and wait for the kernel's answer; raises ChangeRefused."""
        flags = link_change.NLM_F_REQUEST | link_change.NLM_F_ACK
        self._sequence += 1
        try:
            self._socket.send(rtnetlink.message(link_change.RTM_NEWLINK, flags, self._sequence, body))
            while True:
                data = self._socket.recv(RECEIVE_SIZE)
                for kind, told, sequence, start, end in rtnetlink.messages(data):
                    if sequence == self._sequence and kind == rtnetlink.NLMSG_ERROR:
                        code, said = link_change.answer(data, told, start, end)
                        if code:
                            raise ChangeRefused(code, link_change.refusal(code, said))
                        return
        except TimeoutError:
            raise SourceError(f"the kernel did not answer on rtnetlink within {ANSWER_SECONDS:g} s") from None
        except OSError as error:
            raise SourceError(f"rtnetlink: {error.strerror}") from error

    def _dump_links(self, *, kind: str | None = None, master: int | None = None) -> list[Link]:
        body = rtnetlink.link_request(kind=kind, master=master)
        return self.all_that(rtnetlink.RTM_NEWLINK, body, self._memory.link)

    def _batch(self, indexes: list[int]) -> list[Link]:
        bodies = [rtnetlink.link_request(ifindex) for ifindex in indexes]
        return list(self._links(self._ask(rtnetlink.RTM_GETLINK, 0, bodies)))

    def _links(self, answers: Iterator[tuple[int, bytes, int, int]]) -> Iterator[Link]:
        for kind, data, start, end in answers:
            decoded = self._memory.link(data, start, end) if kind == rtnetlink.RTM_NEWLINK else None
            if decoded is not None:
                yield decoded

    def _ask(self, kind: int, flags: int, bodies: list[bytes]) -> Iterator[tuple[int, bytes, int, int]]:
        """Send the requests and yield (type, data, start, end) of each message that answers them."""
        open_requests = set()
        request = b""
        for body in bodies:
            self._sequence += 1
            open_requests.add(self._sequence)
            request += rtnetlink.message(kind, NLM_F_REQUEST | flags, self._sequence, body)
        try:
            self._socket.send(request)
            while open_requests:
                data = self._socket.recv(RECEIVE_SIZE)
                for answer, told, sequence, start, end in rtnetlink.messages(data):
                    if sequence not in open_requests:
                        continue
                    self._interrupted |= bool(told & rtnetlink.NLM_F_DUMP_INTR)
                    if answer == rtnetlink.NLMSG_ERROR:
                        open_requests.discard(sequence)
                        _raise_unless_gone(data, start)
                    elif answer == rtnetlink.NLMSG_DONE:
                        open_requests.discard(sequence)
                    else:
                        if not flags & NLM_F_DUMP:
                            open_requests.discard(sequence)
                        yield answer, data, start, end
        except TimeoutError:
            raise SourceError(f"the kernel did not answer on rtnetlink within {ANSWER_SECONDS:g} s") from None
        except OSError as error:
            raise SourceError(f"rtnetlink: {error.strerror}") from error


class Events:
    """A socket that hears link and address changes of this network namespace."""

    def __init__(self) -> None:
        self._socket = _open(groups=RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)
        self._socket.setblocking(False)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, EVENT_QUEUE_BYTES)
        except OSError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, EVENT_QUEUE_BYTES)
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._poll.register(self._woken, select.POLLIN)

    def close(self) -> None:
        """Close the sockets."""
        for each in (self._socket, self._waker, self._woken):
            each.close()

    def wake(self) -> None:
        """Make a waiting ``wait`` return. Safe from any thread."""
        try:
            self._waker.send(b"\0")
        except OSError:
            return  # the pipe is full of wake-ups already, or closed

    def wait(self, seconds: float) -> bool:
        """Wait until something can be received; False after that many seconds or a wake-up."""
        ready = {fd for fd, _ in self._poll.poll(max(0.0, seconds) * 1000)}
        if self._woken.fileno() in ready:
            self._woken.recv(RECEIVE_SIZE)
        return self._socket.fileno() in ready

    def receive(self) -> bytes | None:
        """One datagram, empty when the queue is; ``None`` when the kernel had to drop messages."""
        try:
            return self._socket.recv(RECEIVE_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                return None
            raise SourceError(f"rtnetlink events: {error.strerror}") from error


def _open(groups: int) -> socket.socket:
    try:
        opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        opened.bind((0, groups))
    except OSError as error:
        reason = f"cannot open rtnetlink ({error.strerror}): is AF_NETLINK forbidden in this container or unit?"
        raise SourceError(reason) from error
    for option in (NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK):
        try:
            opened.setsockopt(SOL_NETLINK, option, 1)
        except OSError:
            continue  # kernels before 4.12 and 4.20; the answers are checked here as well
    return opened


def _raise_unless_gone(data: bytes, start: int) -> None:
    code = -int.from_bytes(data[start : start + 4], byteorder, signed=True)
    if code not in (0, errno.ENODEV):
        raise OSError(code, errno.errorcode.get(code, str(code)))
