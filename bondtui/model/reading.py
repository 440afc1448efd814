"""What a source of bond facts hands over: whole readings, and messages heard between them."""

from __future__ import annotations

from bondtui.model.bond import Hardware, LacpDetails, Lacpdus, Link
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT_FAILOVER = 3
EVENT_NOTIFY_PEERS = 4
EVENT_RESEND_IGMP = 5
"""IFLA_EVENT codes that bonding sends (include/uapi/linux/if_link.h, since 4.13)."""


class Stamp(NamedTuple):
    """One instant on both clocks, in seconds; taken when a message is received."""

    mono: float
    wall: float


class Reading(NamedTuple):
    """Everything known at one instant: all bonds and slaves, and the facts around them."""

    at: Stamp
    links: tuple[Link, ...]
    addresses: Mapping[int, tuple[str, ...]] = {}
    """``address/prefix`` texts by the bond's interface index."""
    hardware: Mapping[int, Hardware] = {}
    lacp: Mapping[int, LacpDetails] = {}
    hidden: Mapping[int, tuple[str, ...]] = {}
    lacpdus: Mapping[int, Lacpdus] = {}


class Heard(NamedTuple):
    """One message of the kernel about one interface, stamped on receipt."""

    at: Stamp
    ifindex: int
    link: Link | None = None
    """The interface as it is now; ``None`` when it is gone."""
    event: int | None = None
    """The IFLA_EVENT code, where the message has one."""


class Overflow(NamedTuple):
    """The kernel dropped messages because its queue to us was full (ENOBUFS)."""

    at: Stamp


class SourceError(Exception):
    """The source cannot be read; the text says why and what to do, in one line."""


class NoBonding(SourceError):
    """This kernel has no bonding driver loaded, so there is nothing to observe."""
