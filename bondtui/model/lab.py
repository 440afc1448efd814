"""The lab: what is wished for, what stands there, and what can be made to go wrong in it."""

from __future__ import annotations

from bondtui.model.record import NamedTuple

AUTO, NETNS, UML = "auto", "netns", "uml"
"""Which kernel the bonds of a lab belong to: this machine's, in namespaces, or one of their own (user-mode-linux)."""
KERNELS = (AUTO, NETNS, UML)

MOST_SLAVES, MOST_BONDS = 16, 8
DEFAULT_SLAVES = 2
DEFAULT_LIFE_S = 12 * 3600.0
"""Seconds after which a forgotten lab ends by itself."""

SPREAD, GATEWAY, NO_TRAFFIC = "spread", "gateway", "none"
"""To whom the traffic of a lab goes: hosts enough that each hash policy spreads it, the gateway alone, or nobody."""
TRAFFICS = (SPREAD, GATEWAY, NO_TRAFFIC)

PULL, SILENT, LOSS, FLAP = "pull", "silent", "loss", "flap"
LACP_STOP, AGGREGATOR, MTU = "lacp-stop", "aggregator", "mtu"
FAULTS = (PULL, SILENT, LOSS, FLAP, LACP_STOP, AGGREGATOR, MTU)
OF_A_BOND = frozenset({LACP_STOP, MTU})
"""Faults of the whole peer; the others are of one of its ports."""


class BondWish(NamedTuple):
    """One bond that a lab shall have."""

    mode: str = "active-backup"
    slaves: int = DEFAULT_SLAVES
    options: tuple[tuple[str, str], ...] = ()
    """Bonding options in the kernel's words, in the order in which they were given."""


class LabWish(NamedTuple):
    """A whole lab as the command line asks for it."""

    bonds: tuple[BondWish, ...] = (BondWish(),)
    kernel: str = AUTO
    traffic: str = SPREAD
    life_s: float = DEFAULT_LIFE_S
    command: tuple[str, ...] = ()
    """What runs inside; empty for the dashboard."""


class Host(NamedTuple):
    """Somebody behind the peer who answers pings and traffic."""

    address: str
    hwaddr: str
    """``""`` for an address of the peer itself."""


class LabBond(NamedTuple):
    """One bond of a lab, its cables, and what they are plugged into."""

    name: str
    mode: str
    slaves: tuple[str, ...]
    ports: tuple[str, ...]
    """The peer's ends of the cables, in the order of the slaves."""
    address: str
    """With its prefix length: ``192.0.2.1/24``."""
    gateway: str
    peer: str
    """The interface of the peer in which the ports are."""
    peer_kind: str
    """``bridge``, ``static group`` or ``LACP partner``; more in ``bondtui.lab.layout``."""
    hosts: tuple[Host, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


class Fault(NamedTuple):
    """Something that goes wrong at the peer."""

    kind: str
    subject: str
    """A slave, or a bond for those in ``OF_A_BOND``."""
    value: int | None = None
    """Percent of frames (loss), times (flap) or bytes (mtu); ``None`` for the usual ones."""


class FaultInPlace(NamedTuple):
    """A fault that was made and not yet undone."""

    fault: Fault
    words: str
    """What is the case now: ``eno1: cable pulled at p1``."""
    since: float
    """Seconds of the lab's own wall clock."""
    by_itself: bool = False
    """Whether it ends by itself (flap)."""


class About(NamedTuple):
    """What a running lab tells of itself."""

    kernel: str
    release: str
    """The version of the kernel whose bonds these are."""
    bonds: tuple[LabBond, ...]
    faults: tuple[FaultInPlace, ...] = ()
    traffic: str = SPREAD
    said: str = ""
    """What came of the request that this answers, in words."""
    commands: tuple[str, ...] = ()
    """What was run at the peer for it; nothing where all was so already."""
