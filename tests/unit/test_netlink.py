"""The netlink sockets when the system will not have it."""

from __future__ import annotations

import _socket
import errno
import struct
from collections.abc import Callable
from typing import NoReturn

import psutil
import pytest

from bondtui.core import rtnetlink
from bondtui.core.lacpdu_counts import RTM_GETSTATS, RTM_NEWSTATS
from bondtui.core.rtnetlink import attribute, message
from bondtui.model.bond import Lacpdus
from bondtui.model.reading import SourceError
from bondtui.system import netlink
from bondtui.system.link_settings import link_settings


def test_forbidden_netlink_is_one_line_that_says_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(_socket, "socket", refuse)
    with pytest.raises(SourceError, match=r"cannot open rtnetlink \(Operation not permitted\).*container") as raised:
        netlink.Netlink()
    assert "\n" not in str(raised.value)


def test_a_kernel_without_bonding_answers_the_kind_filter_with_everything_and_we_look() -> None:
    asked = netlink.Netlink()
    assert asked.bonds() == [] or all(link.kind == "bond" for link in asked.bonds())
    asked.close()


def test_interfaces_that_are_gone_are_left_out() -> None:
    asked = netlink.Netlink()
    (loopback,) = asked.links([2**30, 1, 2**30 + 1])
    assert loopback.name == "lo"
    assert "127.0.0.1/8" in asked.addresses(1)
    asked.close()


class KernelInAJar:
    """The other end of a netlink socket: answers each request as it is told to, in one datagram each."""

    def __init__(self, answers: Callable[[int], tuple[int, bytes]]) -> None:
        self.asked: list[list[int]] = []
        """The interface indexes of each datagram that was sent."""
        self._answers = answers
        self._queue: list[bytes] = []

    def send(self, data: bytes) -> None:
        """Take requests."""
        requests = list(rtnetlink.messages(data))
        assert {kind for kind, *_ in requests} == {RTM_GETSTATS}
        self.asked.append([struct.unpack_from("=BxxxII", data, start)[1] for *_, start, _ in requests])
        for (_, _, sequence, _, _), ifindex in zip(requests, self.asked[-1], strict=True):
            kind, body = self._answers(ifindex)
            self._queue.append(message(kind, 0, sequence, body))

    def recv(self, _: int) -> bytes:
        """Give the oldest answer."""
        return self._queue.pop(0)


def counted(ifindex: int) -> tuple[int, bytes]:
    """Counters that tell whose they are."""
    numbers = b"".join(attribute(kind, struct.pack("=Q", ifindex + kind)) for kind in range(9))
    nest = attribute(3, attribute(2, attribute(1, numbers)))
    return RTM_NEWSTATS, struct.pack("=BxxxII", 0, ifindex, 4) + nest


def refused(code: int) -> tuple[int, bytes]:
    return rtnetlink.NLMSG_ERROR, struct.pack("=i", -code)


def asking(answers: Callable[[int], tuple[int, bytes]]) -> tuple[netlink.Netlink, KernelInAJar]:
    asked, jar = netlink.Netlink(), KernelInAJar(answers)
    asked.close()
    asked._socket = jar  # type: ignore[assignment]
    return asked, jar


def test_lacpdu_counters_are_asked_for_in_batches() -> None:
    asked, jar = asking(counted)
    indexes = range(2, 2 + netlink.BATCH + 3)
    assert asked.lacpdus(indexes) == {n: Lacpdus(n, n + 1, n + 2, n + 3) for n in indexes}
    assert [len(each) for each in jar.asked] == [netlink.BATCH, 3]
    assert asked.lacpdus([]) == {}
    assert len(jar.asked) == 2


def test_a_slave_that_is_gone_has_no_lacpdu_counters() -> None:
    asked, jar = asking(lambda ifindex: refused(errno.ENODEV) if ifindex == 3 else counted(ifindex))
    for _ in range(2):
        assert asked.lacpdus([2, 3, 4]).keys() == {2, 4}
    assert jar.asked == [[2, 3, 4]] * 2


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.EINVAL])
def test_a_kernel_that_counts_no_lacpdus_is_asked_once(code: int) -> None:
    asked, jar = asking(lambda _: refused(code))
    for _ in range(3):
        assert asked.lacpdus([2, 3]) == {}
    assert jar.asked == [[2, 3]]


def test_a_kernel_that_answers_without_counters_has_none() -> None:
    asked, _ = asking(lambda ifindex: (RTM_NEWSTATS, struct.pack("=BxxxII", 0, ifindex, 4)))
    assert asked.lacpdus([2]) == {}


def test_any_other_refusal_is_an_error_of_the_source() -> None:
    asked, _ = asking(lambda _: refused(errno.EPERM))
    with pytest.raises(SourceError, match="rtnetlink: EPERM"):
        asked.lacpdus([2])


def test_this_kernel_is_asked_in_a_way_that_it_understands() -> None:
    asked = netlink.Netlink()
    assert asked.lacpdus([1, 2**30]) == {}
    assert asked._counts_lacpdus
    asked.close()


def test_waiting_for_events_ends_when_woken() -> None:
    events = netlink.Events()
    events.wake()
    assert events.wait(60.0) is False
    assert events.receive() == b""
    events.close()


def test_speed_by_ioctl_is_unknown_for_an_interface_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no-such-thing" not in link_settings()
    assert link_settings()["lo"][0] is None

    def fail() -> NoReturn:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(psutil, "net_if_stats", fail)
    assert link_settings() == {}
