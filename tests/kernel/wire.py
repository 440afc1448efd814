"""What programs on the machine ask rtnetlink to change, overheard on an nlmon interface.

A packet socket on it gets every netlink message of the namespace, whoever sends it
(drivers/net/nlmon.c); questions, answers and events are left out here.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pyroute2.netlink.rtnl.marshal import MarshalRtnl

from bondtui.core.rtnetlink import MESSAGE_HEADER
from tests.kernel.lab import Lab
from tests.kernel.oracle import RECEIVE_SIZE

ETH_P_ALL, NETLINK_ROUTE = 3, 0
SOL_PACKET, PACKET_STATISTICS, SO_RCVBUFFORCE = 263, 6, 33
NLM_F_REQUEST, RTM_BASE, GET = 0x1, 16, 2
"""The lowest two bits of a message type are 0 for new, 1 for delete, 2 for get (include/uapi/linux/rtnetlink.h)."""


class Change(NamedTuple):
    """One message that asks for a change of an interface, as pyroute2 decodes it."""

    kind: int
    flags: int
    """Those of the message, not of the interface."""
    header: tuple[int, int, int]
    """Index, flags and mask of flags of the interface."""
    attributes: list[Any]
    """Names and values, as deep as they are nested."""


@contextmanager
def changes(lab: Lab) -> Iterator[list[Change]]:
    """Collect what is asked for on the machine; the list is complete when the ``with`` block has ended."""
    lab.batch(["link add nlmon0 type nlmon", "link set nlmon0 up"])
    heard: list[Change] = []
    done = threading.Event()
    opened = lab.within(_listening)
    thread = threading.Thread(target=_collect, args=(opened, heard, done))
    thread.start()
    try:
        yield heard
    finally:
        done.set()
        thread.join()
        lost = opened.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)[4:]
        opened.close()
        lab.ip("link", "delete", "nlmon0")
    assert lost == bytes(4), "not everything was overheard"


def _listening() -> socket.socket:
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    opened.bind(("nlmon0", 0))
    opened.settimeout(0.05)
    return opened


def _collect(opened: socket.socket, heard: list[Change], done: threading.Event) -> None:
    while True:
        try:
            data, (_, protocol, *_) = opened.recvfrom(RECEIVE_SIZE)
        except TimeoutError:
            if done.is_set():
                return
            continue
        _, kind, flags, *_ = MESSAGE_HEADER.unpack_from(data)
        if protocol == NETLINK_ROUTE and flags & NLM_F_REQUEST and kind >= RTM_BASE and kind & 3 != GET:
            heard += [_change(kind, flags, message) for message in MarshalRtnl().parse(data)]


def _change(kind: int, flags: int, message: Any) -> Change:
    header = (message["index"], message["flags"], message["change"])
    return Change(kind, flags, header, _plain(message["attrs"]))


def _plain(attributes: Any) -> list[Any]:
    return [(name, _plain(value["attrs"]) if hasattr(value, "get_attr") else value) for name, value, *_ in attributes]
