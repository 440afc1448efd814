"""The messages that change a link carry nothing but what is meant, and the kernel's answers are read to the word."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bondtui.core.link_change import active_slave_request, admin_request, answer, refusal
from bondtui.core.rtnetlink import MESSAGE_HEADER, attribute, messages
from bondtui.model.reading import SourceError
from bondtui.system import netlink
from bondtui.system.netlink import ChangeRefused, Netlink

NLMSG_ERROR, RTM_NEWLINK = 2, 16
CAPPED, ACK_TLVS = 0x100, 0x200
IFINFO = struct.Struct("=BxHiII")
"""struct ifinfomsg: family, type, index, flags, change."""


@pytest.mark.parametrize(("up", "flags"), [(True, 1), (False, 0)])
def test_the_admin_state_is_one_flag_and_no_attribute(up: bool, flags: int) -> None:
    body = admin_request(7, up=up)
    assert len(body) == IFINFO.size
    assert IFINFO.unpack(body) == (0, 0, 7, flags, 1)


def test_the_active_slave_is_one_attribute_and_no_flag() -> None:
    body = active_slave_request(10, 3)
    assert IFINFO.unpack_from(body) == (0, 0, 10, 0, 0)
    data = struct.pack("=HHI", 8, 2, 3)  # IFLA_BOND_ACTIVE_SLAVE
    kind = struct.pack("=HH", 9, 1) + b"bond\0\0\0\0"  # IFLA_INFO_KIND
    info = kind + struct.pack("=HH", 4 + len(data), 2) + data  # IFLA_INFO_DATA
    assert body[IFINFO.size :] == struct.pack("=HH", 4 + len(info), 18) + info  # IFLA_LINKINFO


REQUEST = active_slave_request(10, 3)


def answered(code: int, said: str = "", *, capped: bool = False, sequence: int = 1, request: bytes = REQUEST) -> bytes:
    """What netlink_ack sends: struct nlmsgerr, the request (or its header alone), and the extack attributes."""
    header = MESSAGE_HEADER.pack(MESSAGE_HEADER.size + len(request), RTM_NEWLINK, 5, sequence, 0)
    body = struct.pack("=i", -code) + header + (b"" if capped else request + b"\0" * (-len(request) % 4))
    flags = CAPPED if capped else 0
    if said:
        flags |= ACK_TLVS
        body += attribute(2, struct.pack("=I", 40)) + attribute(1, said.encode() + b"\0")  # where, and what
    return MESSAGE_HEADER.pack(MESSAGE_HEADER.size + len(body), NLMSG_ERROR, flags, sequence, 0) + body


@pytest.mark.parametrize("capped", [False, True])
@pytest.mark.parametrize(
    ("code", "said"),
    [(0, ""), (errno.EPERM, ""), (errno.EINVAL, "invalid option value"), (0, "only a warning"), (errno.EINVAL, "ä")],
)
def test_the_kernels_own_words_are_read(code: int, said: str, capped: bool) -> None:
    ((_, flags, _, start, end),) = messages(data := answered(code, said, capped=capped))
    assert answer(data, flags, start, end) == (code, said)


def test_a_request_that_ends_unevenly_is_echoed_with_padding() -> None:
    data = answered(errno.EINVAL, "invalid option value", request=REQUEST + b"odd")
    ((_, flags, _, start, end),) = messages(data)
    assert answer(data, flags, start, end) == (errno.EINVAL, "invalid option value")


def test_an_answer_that_is_cut_short_has_no_words() -> None:
    ((_, flags, _, start, end),) = messages(data := answered(errno.EINVAL, "invalid option value", capped=True))
    for shorter in range(start + 20, end - 24):
        assert answer(data, flags, start, shorter) == (errno.EINVAL, "")


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (errno.EPERM, "", "not permitted: CAP_NET_ADMIN is needed over this network namespace (EPERM)"),
        (errno.EACCES, "", "the option does not exist in this bond's mode (EACCES)"),
        (errno.EACCES, "option not supported in mode balance-rr(0)", "option not supported in mode balance-rr(0) (EACCES: the option does not exist in this bond's mode)"),
        (errno.EINVAL, "", "the driver takes no such value: the slave must be in the bond, up and with carrier (EINVAL)"),
        (errno.ENODEV, "", "the interface is gone (ENODEV)"),
        (errno.EBUSY, "", "the interface is busy (EBUSY)"),
        (errno.EOPNOTSUPP, "", "this kernel cannot do that"),
        (errno.ENOMEM, "", f"{os.strerror(errno.ENOMEM)} (ENOMEM)"),
        (4711, "", "(4711)"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_of_words(code: int, said: str, words: str) -> None:
    assert words in refusal(code, said)
    assert "\n" not in refusal(code, said)


def test_no_refusal_for_a_wrong_mode_speaks_of_privilege() -> None:
    assert "CAP_NET_ADMIN" not in refusal(errno.EACCES, "")
    assert "CAP_NET_ADMIN" in refusal(errno.EPERM, "")


class FakeSocket:
    """Gives the answers that the script says, and remembers what was sent."""

    def __init__(self, answers: Sequence[bytes | Exception]) -> None:
        self.answers = list(answers)
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> int:
        self.sent.append(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        said = self.answers.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    def setsockopt(self, *_: object) -> None:
        pass

    def settimeout(self, seconds: float) -> None:
        pass

    def close(self) -> None:
        pass


Opened = Callable[..., tuple[Netlink, FakeSocket]]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    def answering(*answers: bytes | Exception) -> tuple[Netlink, FakeSocket]:
        fake: Any = FakeSocket(answers)
        monkeypatch.setattr(netlink, "_open", lambda **_: fake)
        return Netlink(), fake

    return answering


def test_a_change_is_sent_once_and_acknowledged(opened: Opened) -> None:
    asked, fake = opened(answered(0, capped=True))
    asked.change(REQUEST)
    ((kind, flags, sequence, start, end),) = messages(fake.sent[0])
    assert (len(fake.sent), kind, flags, sequence) == (1, RTM_NEWLINK, 0x1 | 0x4, 1)
    assert fake.sent[0][start:end] == REQUEST


def test_a_refused_change_says_why(opened: Opened) -> None:
    asked, _ = opened(answered(errno.EINVAL, "unable to set option"))
    with pytest.raises(ChangeRefused, match=r"^unable to set option \(EINVAL: ") as raised:
        asked.change(REQUEST)
    assert raised.value.code == errno.EINVAL


def test_answers_to_what_was_asked_before_are_passed_over(opened: Opened) -> None:
    asked, _ = opened(answered(errno.EPERM, sequence=77), answered(errno.EBUSY, sequence=1))
    with pytest.raises(ChangeRefused, match="busy"):
        asked.change(REQUEST)


def test_a_warning_is_no_refusal(opened: Opened) -> None:
    asked, _ = opened(answered(0, "only a warning", capped=True))
    asked.change(REQUEST)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("timed out"), r"did not answer on rtnetlink within 5 s"),
        (OSError(errno.ENOBUFS, "No buffer space available"), r"^rtnetlink: No buffer space available$"),
    ],
)
def test_a_kernel_that_does_not_answer_is_said(opened: Opened, error: Exception, words: str) -> None:
    asked, _ = opened(error)
    with pytest.raises(SourceError, match=words):
        asked.change(REQUEST)


def test_the_running_kernel_refuses_an_interface_that_is_not_there() -> None:
    asked = Netlink()
    try:
        with pytest.raises(ChangeRefused) as raised:
            asked.change(admin_request(2**30, up=True))
    finally:
        asked.close()
    assert raised.value.code in {errno.ENODEV, errno.EPERM}
