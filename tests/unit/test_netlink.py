"""The netlink sockets when the system will not have it."""

from __future__ import annotations

import _socket
import errno
from typing import NoReturn

import psutil
import pytest

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
