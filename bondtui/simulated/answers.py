"""Which way a probe takes over a simulated bond, which way its answer comes back, and how long that lasts.

The peer is a host behind the switch. What the driver does not notice, and the peer does not either, loses probes.
"""

from __future__ import annotations

from zlib import crc32

from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_RR,
    BALANCE_TLB,
    BROADCAST,
    LACP,
    MII_GOING_DOWN,
    MII_UP,
    BondOptions,
)
from bondtui.model.probe import Flow
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.simulated.bond import SimulatedBond
    from bondtui.simulated.slave import Slave

SHORTEST_TRIP_S, LONGEST_TRIP_S = 0.0002, 0.0006
RELEARN_S = 0.06
"""A switch that is not told of a new active slave learns it this long after from what is sent there."""

_BY_PORTS = frozenset({"layer3+4", "encap3+4"})
_BY_ADDRESSES = frozenset({"layer2+3", "encap2+3"})


class Keys(NamedTuple):
    """What the hashes of both ends make of one flow."""

    out: int
    """By the policy of the bond."""
    back: int
    """By addresses and ports, as switches do."""
    peer: int | None = None
    """By which balance-alb chooses the slave whose address the peer learns; IPv6 is not balanced on its way back."""


def keys(flow: Flow, next_hop: str, source_port: int, options: BondOptions) -> Keys:
    """The keys of a flow; ``source_port`` is the one that is used, ``next_hop`` who gets its frames."""
    target = flow.target
    ends = f"{target.address} {target.kind} {target.port} {source_port}"
    policy = options.xmit_hash_policy
    if options.mode == BALANCE_ALB:
        out = target.address
    elif policy in _BY_PORTS:
        out = ends
    elif policy in _BY_ADDRESSES:
        out = f"{next_hop} {target.address}"
    else:
        out = next_hop
    return Keys(_hash(out), _hash(f"back {ends}"), None if ":" in target.address else _hash(f"peer {next_hop}"))


def ways_out(bond: SimulatedBond, keys: Keys, number: int) -> list[Slave]:
    """The slaves over which the driver sends the probe with this number now (bond_main.c, bond_start_xmit).

    A slave among them may be dead: so it is until the driver has noticed.
    """
    if not bond.carrier:
        return []
    if bond.mode == ACTIVE_BACKUP:
        return [bond.active.slave] if bond.active.slave else []
    usable = [slave for slave in bond.slaves if slave.usable and (bond.mode != LACP or not slave.backup)]
    if bond.mode == BROADCAST or not usable:
        return usable
    if bond.mode == BALANCE_RR:
        turn = number // (bond.spec.options.packets_per_slave or 1)
        return [usable[(keys.out + turn) % len(usable)]]
    return [usable[keys.out % len(usable)]]


def way_back(bond: SimulatedBond, keys: Keys, number: int, over: Slave, at: float) -> Slave | None:
    """The slave over which the answer arrives at this time; ``None`` when it is lost.

    ``over`` is the slave by which the probe went out. What was under way over a link that fails is lost.
    """
    if not over.passes:
        return None
    chosen: Slave | None
    if bond.mode == BROADCAST:
        chosen = over
    elif bond.mode in (ACTIVE_BACKUP, BALANCE_TLB):
        chosen = _known_active(bond, at)
    elif bond.mode == BALANCE_ALB:
        learnt = [slave for slave in bond.slaves if slave.mii in (MII_UP, MII_GOING_DOWN)]
        chosen = _known_active(bond, at) if keys.peer is None else _pick(learnt, keys.peer)
    else:
        lit = [slave for slave in bond.slaves if slave.link_ok and (bond.mode != LACP or not slave.backup)]
        turn = number + number // 2 if bond.mode == BALANCE_RR else 0
        chosen = _pick(lit, keys.back + turn)
    return chosen if chosen is not None and chosen.passes else None


def round_trip_s(keys: Keys, number: int) -> float:
    """How long the answer to this probe takes: mostly short, always the same for the same probe."""
    part = ((number + 1) * 2_654_435_761 ^ keys.back) % 1009 / 1009
    return SHORTEST_TRIP_S + (LONGEST_TRIP_S - SHORTEST_TRIP_S) * part * part


def _known_active(bond: SimulatedBond, at: float) -> Slave | None:
    """The active slave, once the switch knows it."""
    active = bond.active
    return active.slave if active.told or at >= active.since + RELEARN_S else None


def _pick(slaves: list[Slave], key: int) -> Slave | None:
    return slaves[key % len(slaves)] if slaves else None


def _hash(text: str) -> int:
    """Any two ends of a bond are as good as any others; what matters is that it is always the same."""
    return crc32(text.encode("utf-8", "surrogateescape")) * 2_654_435_761 >> 7 & 0xFFFFFF
