"""Tie each change to the change that caused it, so that the log can say how long the driver took.

A carrier or admin change of a slave starts a chain. What the driver then does with that slave, and
what the bond does because of it, belongs to the chain if it comes soon enough. A change of the
active slave for which no slave gave a reason starts a chain of its own: somebody switched it.
"""

from __future__ import annotations

from bondtui.model.bond import LACP, BondOptions
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ROOTS = frozenset(
    {"carrier-lost", "carrier-back", "set-down", "set-up", "slave-added", "slave-released", "slave-deleted"}
    | {"slave-moved", "lacp-expired", "lacp-heard"}
)
SLAVE_EFFECTS = frozenset(
    {"mii-changed", "role-changed", "aggregator-changed", "actor-state-changed", "partner-state-changed"}
    | {"carrier-changed-unseen", "churn-changed"}
)
ACTIVE_EFFECT = "active-changed"
ALONGSIDE_S = 0.25
"""The driver changes the active slave in the same breath as the slave's state that makes it do so."""
BOND_EFFECTS = frozenset(
    {"partner-changed", "active-aggregator-changed", "ports-changed", "bond-carrier-lost", "bond-carrier-back"}
)
SWITCH_EFFECTS = frozenset({"peers-notified", "igmp-resent"})


class Root(NamedTuple):
    """The first event of a chain."""

    number: int
    mono: float
    ifindex: int
    latest: float
    """When the newest event of the chain came."""
    exact: bool = True
    """Whether the kernel reported it, so that times since then mean something."""


class Chains(NamedTuple):
    """The chains that later events may still join, by slave and by bond."""

    by_slave: Mapping[int, Root] = {}
    by_bond: Mapping[int, Root] = {}
    by_switch: Mapping[int, Root] = {}
    """By bond: the chain that last changed the active slave."""


class Happening(NamedTuple):
    """What must be known of an event to find its cause."""

    number: int
    mono: float
    kind: str
    ifindex: int
    bond: int
    others: tuple[int | None, ...]
    """For a change of the active slave: the old and the new one."""
    exact: bool


def join(chains: Chains, now: Happening, window_s: float) -> tuple[Chains, Root | None]:
    """The chains after this event, and the root it belongs to (None for a root itself)."""
    mine = Root(now.number, now.mono, now.ifindex, now.mono, now.exact)
    if now.kind in ROOTS:
        return _with_root(chains, mine, now.bond), None
    if now.kind in SLAVE_EFFECTS:
        root = _open(chains.by_slave.get(now.ifindex), now.mono, window_s)
        if root is None:
            return (_with_root(chains, mine, now.bond), None) if now.kind == "mii-changed" else (chains, None)
        return _with_root(chains, root._replace(latest=now.mono), now.bond), root
    if now.kind == ACTIVE_EFFECT:
        candidates = [chains.by_slave.get(other or 0) for other in now.others]
        fresh = [each for each in candidates if each and now.mono - each.latest <= ALONGSIDE_S]
        root = max(fresh, key=lambda each: each.mono, default=None)
        return chains._replace(by_switch={**chains.by_switch, now.bond: root or mine}), root
    if now.kind in SWITCH_EFFECTS:
        return chains, _open(chains.by_switch.get(now.bond), now.mono, window_s)
    if now.kind in BOND_EFFECTS:
        return chains, _open(chains.by_bond.get(now.bond), now.mono, window_s)
    return chains, None


def window(options: BondOptions | None) -> float:
    """How many seconds after its cause an effect is still believed, from the bond's own timers."""
    if options is None:
        return 2.0
    monitor = 2 * (options.miimon or 0) + max(options.updelay or 0, options.downdelay or 0)
    arp = ((options.arp_missed_max or 2) + 2) * (options.arp_interval or 0)
    lacp = 6000 if options.mode == LACP else 0
    return (2000 + max(monitor, arp) + lacp) / 1000


def _with_root(chains: Chains, root: Root, bond: int) -> Chains:
    return chains._replace(
        by_slave={**chains.by_slave, root.ifindex: root},
        by_bond={**chains.by_bond, bond: root},
    )


def _open(root: Root | None, mono: float, window_s: float) -> Root | None:
    return root if root is not None and mono - root.mono <= window_s else None
