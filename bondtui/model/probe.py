"""Probes: to whom they go, over what, and what is heard of them."""

from __future__ import annotations

from bondtui.model.record import NamedTuple

ICMP, TCP, UDP = "icmp", "tcp", "udp"
"""Echo requests (ICMPv6 where the address is one of IPv6), connects, and UDP echo (RFC 792, 4443, 9293, 862)."""

SHORTEST_PERIOD_S, LONGEST_PERIOD_S = 0.001, 10.0
LOST_AFTER_S = 1.0
"""A probe without an answer for so long counts as lost; an answer that comes later still is told as late."""

SENT, ANSWERED, AGAIN, FAILED = "sent", "answered", "again", "failed"


class Target(NamedTuple):
    """Who shall answer."""

    address: str
    """IPv4 or IPv6 as ``inet_ntop`` writes it; a link-local one with its scope: ``fe80::1%bond0``."""
    kind: str = ICMP
    port: int | None = None
    """Of TCP and UDP."""


class Flow(NamedTuple):
    """One stream of probes, which a bond that hashes keeps on one slave."""

    target: Target
    device: str = ""
    """Bound to this interface (SO_BINDTODEVICE); ``""`` leaves the way to the routes."""
    source_port: int | None = None
    """Our own port, or the identifier of ICMP; ``None`` lets the kernel choose."""


class News(NamedTuple):
    """One thing that happened to one probe."""

    flow: int
    """Place of the flow among those that were started."""
    number: int
    """Of the probe in its flow: counts up from 0 without holes, whatever becomes of it."""
    kind: str
    """``sent``; ``answered`` for the first answer, ``again`` for each further one, ``failed`` when it could not be sent."""
    at: float
    """Monotonic clock, in seconds. Answers have the kernel's own receive time."""
    error: int = 0
    """The errno of what has failed."""


class Candidate(NamedTuple):
    """A target that was found, and why it is a good one."""

    target: Target
    device: str
    """Name of the interface through which the kernel sends there: the bond, or what lies over it."""
    why: str
    """Such as ``gateway of the default route``."""


class Way(NamedTuple):
    """Which way the kernel would send to an address."""

    device: str
    """Name of the interface; ``""`` when it would not send at all."""
    over_bond: bool
    """Whether that interface is the bond, or lies over the bond."""
    path: tuple[str, ...] = ()
    """Names from the bond up to the interface: ``("bond0", "bond0.100")``."""
    trouble: str = ""
    """Why nothing would be sent, in words."""
