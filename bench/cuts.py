"""A cable that is cut for a known time: veth pairs through a bridge, one port of which is disabled and forwards again.

Nothing but frames is lost: both links keep their carrier, and both ends know each other's hardware address for good.
"""

from __future__ import annotations

import os
import random
import socket
import struct
import time
from collections.abc import Iterator
from typing import NamedTuple

from bench.network import NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR, Namespace, ip

NEAR, TARGET = "198.18.0.1", "198.18.0.2"
"""Of the network that is kept for measurements (RFC 2544)."""
_NEAR_MAC, _TARGET_MAC = "02:00:00:00:18:01", "02:00:00:00:18:02"
RTM_SETLINK, AF_BRIDGE, IFLA_PROTINFO, NLA_F_NESTED, IFLA_BRPORT_STATE = 19, 7, 12, 0x8000, 1
FORWARDING, DISABLED = 3, 0
"""A port that is merely set to blocking, a bridge without spanning tree sets to forwarding again."""
SHORTEST_S, LONGEST_S = 0.03, 1.0
CARRIER_SECONDS, CARRIER_GLANCE_SECONDS = 5.0, 0.05
REST_S = 0.15
"""Between two cuts, and as much again at random."""


class Cut(NamedTuple):
    """One interruption; monotonic clock, seconds."""

    began: float
    ended: float
    """Each in the middle between the request and its acknowledgement."""

    @property
    def ms(self) -> float:
        """How long it lasted."""
        return (self.ended - self.began) * 1000


class Cable:
    """From this namespace to ``TARGET``."""

    def __init__(self) -> None:
        self._bridge, self._target = Namespace(), Namespace()
        ip(f"link add near0 address {_NEAR_MAC} type veth peer name port0 netns {self._bridge.path}")
        with self._bridge.entered():
            ip(
                "link add bridge0 type bridge stp_state 0 forward_delay 0",
                f"link add port1 type veth peer name far0 address {_TARGET_MAC} netns {self._target.path}",
                *(f"link set {port} master bridge0" for port in ("port0", "port1")),
                *(f"link set {name} up" for name in ("port0", "port1", "bridge0")),
            )
            self._port = socket.if_nametoindex("port1")
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        _plug("near0", NEAR, TARGET, _TARGET_MAC)
        with self._target.entered():
            _plug("far0", TARGET, NEAR, _NEAR_MAC)
        self._await_carrier(time.monotonic() + CARRIER_SECONDS)

    def close(self) -> None:
        """Remove the links; the other namespaces go with them."""
        self._socket.close()
        ip("link delete near0")
        self._bridge.close()
        self._target.close()

    def cuts(self, count: int, seed: int) -> Iterator[Cut]:
        """Cut the cable so many times, for lengths that are in no step with any period."""
        lengths = random.Random(seed)
        for _ in range(count):
            time.sleep(REST_S * (1 + random.random()))
            began = self._set(DISABLED)
            time.sleep(SHORTEST_S * (LONGEST_S / SHORTEST_S) ** lengths.random())
            yield Cut(began, self._set(FORWARDING))
        time.sleep(REST_S)

    def _await_carrier(self, until: float) -> None:
        """A port has no state before the bridge has heard of its carrier."""
        while True:
            try:
                self._set(FORWARDING)
            except OSError:
                if time.monotonic() > until:
                    self.close()
                    raise
                time.sleep(CARRIER_GLANCE_SECONDS)
            else:
                return

    def _set(self, state: int) -> float:
        """Set the state of the target's port; returns when."""
        attribute = struct.pack("=HHHHBxxx", 12, IFLA_PROTINFO | NLA_F_NESTED, 5, IFLA_BRPORT_STATE, state)
        body = struct.pack("=BxHiII", AF_BRIDGE, 0, self._port, 0, 0) + attribute
        header = struct.pack("=IHHII", 16 + len(body), RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, 0, 0)
        asked = time.monotonic()
        self._socket.send(header + body)
        data = self._socket.recv(1 << 16)
        acknowledged = time.monotonic()
        _, kind, _, _, _, error = struct.unpack_from("=IHHIIi", data)
        if kind != NLMSG_ERROR or error:
            raise OSError(-error, f"the state of a bridge port: {os.strerror(-error)}")
        return (asked + acknowledged) / 2


def _plug(link: str, address: str, other: str, hwaddr: str) -> None:
    ip(
        f"address add {address}/24 dev {link}",
        f"link set {link} up",
        f"neighbour replace {other} lladdr {hwaddr} nud permanent dev {link}",
    )
