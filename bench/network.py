"""Namespaces, links and traffic for the measurements: made here, gone with the process that made them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

CLONE_NEWNET = 0x40000000
NLMSG_ERROR, RTM_NEWLINK, NLM_F_REQUEST, NLM_F_ACK, IFF_UP = 2, 16, 0x1, 0x4, 0x1

_libc = ctypes.CDLL(None, use_errno=True)

Plan = Mapping[str, Sequence[str]]
"""Bond names and the names of their slaves."""


class Namespace:
    """A network namespace without a name: it ends when its last user and this descriptor do."""

    def __init__(self) -> None:
        with _back_home_after():
            _check(_libc.unshare(CLONE_NEWNET))
            self._fd = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    @property
    def path(self) -> str:
        """A path by which ``ip`` finds the namespace."""
        return f"/proc/{os.getpid()}/fd/{self._fd}"

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Sockets and children made inside belong to the namespace."""
        with _back_home_after():
            _check(_libc.setns(self._fd, CLONE_NEWNET))
            yield

    def close(self) -> None:
        """Let go of the namespace."""
        os.close(self._fd)


class LinkSwitch:
    """Sets one link of this namespace up and down, with one netlink request each time."""

    def __init__(self, interface: str) -> None:
        self._ifindex = socket.if_nametoindex(interface)
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self._socket.bind((0, 0))
        self._sequence = 0

    def set(self, *, up: bool) -> tuple[float, float]:
        """Ask and wait for the acknowledgement; returns when it was asked, and when acknowledged."""
        self._sequence += 1
        body = struct.pack("=BxHiII", 0, 0, self._ifindex, IFF_UP if up else 0, IFF_UP)
        header = struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, self._sequence, 0)
        asked = time.monotonic()
        self._socket.send(header + body)
        while True:
            data = self._socket.recv(1 << 16)
            at = time.monotonic()
            _, kind, _, sequence, _, error = struct.unpack_from("=IHHIIi", data)
            if kind == NLMSG_ERROR and sequence == self._sequence:
                if error:
                    raise OSError(-error, os.strerror(-error))
                return asked, at

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class Wiring:
    """Bonds in this namespace, each slave a veth pair whose other end is in a namespace of its own.

    Where the kernel has no bonding driver, a bridge takes the place of each bond.
    """

    def __init__(self, plan: Plan, *, real: bool) -> None:
        self.plan = plan
        self.far = Namespace()
        _hush()
        with self.far.entered():
            _hush()
            ip("link set lo up")
        kind = "bond mode active-backup miimon 100" if real else "bridge"
        lines = ["link set lo up", *(f"link add {bond} type {kind}" for bond in plan)]
        for bond, slaves in plan.items():
            lines += [f"link add {slave} type veth peer name {slave} netns {self.far.path}" for slave in slaves]
            lines += [f"link set {slave} master {bond}" for slave in slaves]
            lines += [f"link set {slave} up" for slave in slaves]
        ip(*lines, *(f"link set {bond} up" for bond in plan))
        with self.far.entered():
            ip(*(f"link set {slave} up" for slave in self.slaves))
        ip(*(f"address add 192.0.2.{number}/32 dev {bond}" for number, bond in enumerate(plan, start=1)))

    @property
    def slaves(self) -> list[str]:
        """The slaves of all bonds."""
        return [slave for slaves in self.plan.values() for slave in slaves]

    def close(self) -> None:
        """Remove the links; the namespace of the far ends goes when nothing uses it any more."""
        ip(*(f"link delete {name}" for name in (*self.plan, *self.slaves)))
        self.far.close()

    def far_switch(self, slave: str) -> LinkSwitch:
        """What pulls and plugs the cable of this slave, at its far end."""
        with self.far.entered():
            return LinkSwitch(slave)

    @contextlib.contextmanager
    def traffic(self) -> Iterator[None]:
        """Frames on all slaves from the far side, and from the bonds, at a low and changing rate."""
        near = [_packet_socket(bond) for bond in self.plan]
        with self.far.entered():
            sockets = near + [_packet_socket(slave) for slave in self.slaves]
        numbers = [each.fileno() for each in sockets]
        argv = [sys.executable, "-m", "bench.traffic", str(os.getpid()), *map(str, numbers)]
        with subprocess.Popen(argv, pass_fds=numbers, start_new_session=True) as sender:
            for each in sockets:
                each.close()
            try:
                yield
            finally:
                sender.terminate()


def ip(*lines: str) -> None:
    """Run ``ip`` over these lines in the namespace of the caller."""
    if lines:
        subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def add_crowd(count: int) -> None:
    """Add so many interfaces that have nothing to do with any bond, as veth pairs, and set them up."""
    names = [(f"crowd{number}a", f"crowd{number}b") for number in range(count // 2)]
    ip(*(f"link add {one} type veth peer name {other}" for one, other in names))
    ip(*(f"link set {name} up" for pair in names for name in pair))


def _hush() -> None:
    """No IPv6 here: its own chatter would count as traffic."""
    for which in ("all", "default"):
        with contextlib.suppress(OSError), open(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6", "w") as file:
            file.write("1")


def _packet_socket(interface: str) -> socket.socket:
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    opened.bind((interface, 0))
    return opened


@contextlib.contextmanager
def _back_home_after() -> Iterator[None]:
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        _check(_libc.setns(home, CLONE_NEWNET))
        os.close(home)


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
