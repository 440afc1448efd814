"""What the events and the state of a bond say about the slave under test: lost, noticed, back, and who else got worse."""

from __future__ import annotations

from bondtui.actions.readiness import ready
from bondtui.core.words import listed
from bondtui.model.bond import LACP, MII_UP, MODES_WITH_ACTIVE_SLAVE, Bond, Slave
from bondtui.model.drill import ADMIN_DOWN, SWITCH_ACTIVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bondtui.model.event import Event

OF_SLAVE = frozenset({"mii-changed", "role-changed", "aggregator-changed", "slave-released", "slave-deleted"})
LIFE = frozenset({"carrier-back", "set-up", "lacp-heard"})
OF_BOND = frozenset({"active-changed", "ports-changed", "active-aggregator-changed"})


def link_lost(events: Iterable[Event], bond: int, slave: int, since: float) -> float | None:
    """When the slave lost its carrier, or was set down by somebody, for the first time since then."""
    return _first(_since(events, bond, since), slave, {"carrier-lost", "set-down"})


def link_back(events: Iterable[Event], bond: int, slave: int, since: float) -> float | None:
    """When the slave's carrier came back since then."""
    return _first(_since(events, bond, since), slave, {"carrier-back"})


def sign_of_life(events: Iterable[Event], bond: int, slave: int, since: float) -> float | None:
    """When the slave was first heard to be back since then, be it that its LACP partner speaks again."""
    mine = [each for each in _since(events, bond, since) if each.ifindex == slave and not each.polled]
    back = [
        each for each in mine if each.kind in LIFE or (each.kind == "mii-changed" and each.words == f"MII {MII_UP}")
    ]
    return back[0].at.mono if back else None


def noticed(events: Iterable[Event], bond: Bond, slave: int, since: float, *, was_active: bool) -> float | None:
    """When the driver said that it does not use the slave any more; ``None`` while it uses it.

    Where it has told of nothing, but does not use the slave, the moment of the reading counts: ``inf`` stands for it.
    """
    if in_use(bond, slave, was_active=was_active):
        return None
    told = [
        each.at.mono
        for each in _since(events, bond.ifindex, since)
        if (each.kind in OF_SLAVE and each.ifindex == slave) or each.kind in OF_BOND
    ]
    return min(told, default=float("inf"))


def in_use(bond: Bond, slave: int, *, was_active: bool) -> bool:
    """Whether the driver sends over the slave: as the active one if it was that, else as one of those that are up."""
    found = bond.slave_at(slave)
    if found is None:
        return False
    if bond.options.mode in MODES_WITH_ACTIVE_SLAVE and was_active:
        return bond.options.active_slave == slave
    if bond.options.mode == LACP:
        return ready(bond, found)
    return found.state.mii_status == MII_UP


def is_ready(bond: Bond | None, slave: int) -> bool:
    """Whether the slave can carry traffic in every respect."""
    found = bond.slave_at(slave) if bond is not None else None
    return bond is not None and found is not None and ready(bond, found)


def ready_others(bond: Bond, slave: int) -> frozenset[int]:
    """The other slaves that can carry traffic."""
    return frozenset(each.ifindex for each in bond.slaves if each.ifindex != slave and ready(bond, each))


def degraded(bond: Bond | None, slave: int, before: Collection[int]) -> str:
    """Which of the slaves that must carry the traffic cannot any more, or that the slave under test is gone; ``""`` if all is well."""
    if bond is None:
        return "the bond is gone"
    if bond.slave_at(slave) is None:
        return f"the slave under test is no longer in {bond.name}"
    worse = [each.name for each in bond.slaves if each.ifindex in before and not _carries(bond, each)]
    missing = len(set(before) - {each.ifindex for each in bond.slaves})
    if worse or missing:
        return f"{listed(worse) if worse else 'a slave'} cannot carry the traffic any more"
    return ""


def _carries(bond: Bond, slave: Slave) -> bool:
    """Whether a slave may be counted on.

    The ARP monitor calls backups down for a while when what the active slave sends, their only sign of life, has gone
    silent, and then tries them one after the other; so there the link itself must do.
    """
    return slave.usable or (bool(bond.options.arp_interval and slave.link.admin_up) and slave.link.carrier is not False)


def came_back(bond: Bond, slave: int, fault: str, *, told: bool) -> str:
    """How the slave is in use although nobody has restored it yet: then the fault is over too early; ``""`` if it is not.

    ``told`` is whether the kernel has said at all that the slave was lost.
    """
    found = bond.slave_at(slave)
    if found is None:
        return ""
    if fault == SWITCH_ACTIVE:
        return f"{found.name} became the active slave again by itself" if bond.options.active_slave == slave else ""
    if fault == ADMIN_DOWN:
        return f"{found.name} was set up by somebody else before its time" if found.link.admin_up else ""
    if not ready(bond, found):
        return ""
    if not told:
        return (
            f"answers stayed away and came back, but the driver noticed nothing: {found.name} was in use all the time"
        )
    return f"the link of {found.name} came back before its time"


def was_told(events: Iterable[Event], bond: int, slave: int, since: float) -> bool:
    """Whether the kernel has said since then that the slave's link or its part in the bond changed."""
    kinds = OF_SLAVE | {"carrier-lost", "set-down"}
    return any(each.kind in kinds and each.ifindex == slave for each in _since(events, bond, since))


def _since(events: Iterable[Event], bond: int, since: float) -> Iterator[Event]:
    return (each for each in events if each.bond == bond and each.at.mono >= since)


def _first(events: Iterable[Event], slave: int, kinds: Collection[str]) -> float | None:
    return min((each.at.mono for each in events if each.ifindex == slave and each.kind in kinds), default=None)
