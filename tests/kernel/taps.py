"""Interfaces whose speed can be chosen: taps, whose driver lets anybody say what it is (drivers/net/tun.c)."""

from __future__ import annotations

import array
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from tests.kernel.lab import Lab

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x2, 0x1000
SIOCETHTOOL, ETHTOOL_SSET = 0x8946, 0x2
_SETTINGS = struct.Struct("=3IH6B2I2BH5I")
"""struct ethtool_cmd (include/uapi/linux/ethtool.h): command, supported, advertising, speed, duplex and what is left 0."""


@contextmanager
def tap(lab: Lab, name: str, *, mbps: int) -> Iterator[None]:
    """A tap on the machine; it has carrier and exists as long as the ``with`` block runs."""

    def make() -> int:
        opened = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
        fcntl.ioctl(opened, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
        return opened

    opened = lab.within(make)
    try:
        set_speed(lab, name, mbps)
        yield
    finally:
        os.close(opened)


def set_speed(lab: Lab, name: str, mbps: int, *, full_duplex: bool = True) -> None:
    """Have the tap say that it has this speed."""
    settings = _SETTINGS.pack(
        ETHTOOL_SSET, 0, 0, mbps & 0xFFFF, full_duplex, *bytes(5), 0, 0, mbps >> 16, 0, 0, *bytes(5)
    )

    def ask() -> None:
        data = array.array("B", settings)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
            fcntl.ioctl(opened, SIOCETHTOOL, struct.pack("16sP", name.encode(), data.buffer_info()[0]))

    lab.within(ask)
