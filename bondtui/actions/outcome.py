"""What an action has brought about, judged by the events after it and by the state of the bond."""

from __future__ import annotations

from bondtui.actions.prediction import detection_ms, recovery_ms
from bondtui.actions.readiness import ready
from bondtui.model.action import ACTIVATE, DOWN, UP, Plan
from bondtui.model.bond import LACP, MII_DOWN, MII_UP, MODES_WITH_ACTIVE_SLAVE, Bond
from bondtui.model.event import Event
from bondtui.model.reading import Stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LACP_SETTLES_MS = 6000
"""LACP exchange, aggregate wait of 2 s and a few ticks (IEEE 802.1AX-2020 6.4.4, drivers/net/bonding/bond_3ad.c)."""
PATIENCE_MS, LONGEST_MS = 1500, 15_000


def taken(plan: Plan, bond: Bond) -> bool:
    """Whether the kernel shows what was asked for."""
    slave = bond.slave_at(plan.action.slave)
    if plan.action.kind == ACTIVATE:
        return bond.options.active_slave == plan.action.slave
    return slave is not None and slave.link.admin_up == (plan.action.kind == UP)


def settled(plan: Plan, bond: Bond) -> bool:
    """Whether the driver has made of it what it will."""
    slave = bond.slave_at(plan.action.slave)
    if slave is None or not taken(plan, bond):
        return False
    if plan.action.kind == DOWN:
        moved = bond.options.mode not in MODES_WITH_ACTIVE_SLAVE or bond.options.active_slave != slave.ifindex
        return slave.state.mii_status == MII_DOWN and moved
    if plan.action.kind == UP:
        return slave.state.mii_status == MII_UP and (bond.options.mode != LACP or ready(bond, slave))
    return True


def patience_s(plan: Plan, bond: Bond) -> float:
    """How long to wait until it is settled."""
    own = {DOWN: detection_ms, UP: recovery_ms}.get(plan.action.kind, lambda _: 0)(bond.options) or 0
    lacp = LACP_SETTLES_MS if plan.action.kind == UP and bond.options.mode == LACP else 0
    return min(LONGEST_MS, own + lacp + PATIENCE_MS) / 1000


def cut_off(bond: Bond | None) -> bool:
    """Whether the bond carries nothing now, so that a change must be taken back at once."""
    if bond is None or bond.link.carrier is False:
        return bond is not None
    if bond.options.mode in MODES_WITH_ACTIVE_SLAVE and bond.active is None:
        return True
    return not any(slave.usable for slave in bond.slaves)


def measured(plan: Plan, events: Iterable[Event], since: Stamp) -> str:
    """The changes that followed, with the time that each took: ``active eno1 -> eno2 after 94 ms``.

    What became of the bond comes first, for a narrow screen cuts the end off.
    """
    effects = sorted(_effects(plan, events, since), key=lambda effect: effect[0])
    return ", ".join(dict.fromkeys(words for _, words in effects))


def _effects(plan: Plan, events: Iterable[Event], since: Stamp) -> Iterator[tuple[bool, str]]:
    """Whether it is the slave's own change, and the change in words."""
    wanted = {"active-changed", "active-aggregator-changed", "ports-changed", "bond-carrier-lost", "bond-carrier-back"}
    for event in events:
        if event.at.mono < since.mono or event.bond != plan.action.bond:
            continue
        mine = event.kind == "mii-changed" and event.ifindex == plan.action.slave
        if mine or event.kind in wanted:
            words = f"{event.subject} {event.words}" if mine or event.kind.startswith("bond-") else event.words
            took = "seen on re-reading" if event.polled else f"after {(event.at.mono - since.mono) * 1000:.0f} ms"
            yield mine, f"{words} {took}"
