"""What is lost if one slave dies now, alone or with what it shares: told from the bits that carry traffic, not from MII alone."""

from __future__ import annotations

from bondtui.core.words import listed, speed
from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BROADCAST,
    MODES_WITH_ACTIVE_SLAVE,
    Slave,
)
from bondtui.model.finding import CAPACITY, EVERYTHING, NOTHING, UNTOLD, Loss
from bondtui.triage.case import Case, bits_known, carrying, mii_known, standby, unpartnered
from bondtui.triage.saying import verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ORDER = (NOTHING, CAPACITY, UNTOLD, EVERYTHING)


def losses(case: Case) -> tuple[Loss, ...]:
    """One for each slave, in the order of the slaves."""
    left = _Left(case)
    return tuple(_loss(slave, left) for slave in case.slaves)


class _Left:
    """The slaves that carry traffic now, and what is asked of them again and again."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.slaves = carrying(case.bond)
        self.indexes = {slave.ifindex for slave in self.slaves}
        self.known = _known(case)
        self.standby = standby(case.bond)
        self.unpartnered = unpartnered(case.bond)
        self.total = _total(self.slaves)


def _loss(slave: Slave, left: _Left) -> Loss:
    by_itself, words = _without([slave], left)
    worst, told = by_itself, words
    shared, weakest = [], ""
    for what, others in _shared(slave, left.case):
        with_whom = listed([other.name for other in others])
        shared.append(f"{what} with {with_whom}")
        lost, why = _without([slave, *others], left)
        if _ORDER.index(lost) > _ORDER.index(worst):
            worst, weakest, told = (
                lost,
                what,
                f"{words}; with its {what}, which {with_whom} {verb(others, 'shares', 'share')}: {why}",
            )
    return Loss(slave.name, slave.ifindex, by_itself, worst, told, tuple(shared), weakest)


def _without(dead: list[Slave], left: _Left) -> tuple[str, str]:
    """What goes if these die together."""
    case = left.case
    lost = [slave for slave in dead if slave.ifindex in left.indexes]
    remain = len(left.slaves) - len(lost)
    if not left.known:
        return UNTOLD, "cannot be told: what the ports carry is not known"
    if not lost:
        return NOTHING, f"nothing: {verb(dead, 'it carries', 'they carry')} no traffic now"
    if not remain:
        return _nothing_left(left, {slave.ifindex for slave in dead})
    least = case.options.min_links or 0
    if case.is_lacp and remain < least:
        return EVERYTHING, f"everything: min_links {least} takes the carrier away"
    unnoticed = case.monitored is False and case.options.mode in MODES_WITH_ACTIVE_SLAVE
    if unnoticed and any(slave.ifindex == case.options.active_slave for slave in lost):
        return EVERYTHING, "everything, until somebody acts: no link monitor is on"
    if case.options.mode == BROADCAST:
        return NOTHING, "nothing: everything is sent on every slave"
    if case.options.mode == ACTIVE_BACKUP:
        return _failover(lost, left)
    gone = _total(lost)
    if left.total is None or gone is None:
        return CAPACITY, f"capacity: {remain} of {len(left.slaves)} slaves {'is' if remain == 1 else 'are'} left"
    return CAPACITY, f"capacity: {speed(left.total - gone)} of {speed(left.total)} is left"


def _nothing_left(left: _Left, dead: set[int]) -> tuple[str, str]:
    """What becomes of the traffic when all that carry it are dead."""
    if takers := [slave.name for slave in left.standby if slave.ifindex not in dead]:
        return (
            NOTHING,
            f"nothing: {listed(takers)} {'takes' if len(takers) == 1 else 'take'} over within about a second",
        )
    if perhaps := [slave.name for slave in left.unpartnered if slave.ifindex not in dead]:
        return UNTOLD, f"perhaps everything: {perhaps[0]} is used without LACP then, which the switch may drop"
    return EVERYTHING, "everything: nothing else carries traffic"


def _failover(lost: list[Slave], left: _Left) -> tuple[str, str]:
    active = left.case.bond.active
    gone = {slave.ifindex for slave in lost}
    if active is None or active.ifindex not in gone:
        return NOTHING, "nothing but redundancy: it is a backup"
    rest = [slave for slave in left.slaves if slave.ifindex not in gone]
    taker = f"{rest[0].name} takes over" if len(rest) == 1 else f"one of {len(rest)} others takes over"
    fastest = max((slave.hardware.speed_mbps or 0 for slave in rest), default=0)
    if active.hardware.speed_mbps and 0 < fastest < active.hardware.speed_mbps:
        return CAPACITY, f"capacity: {taker} with {speed(fastest)} instead of {speed(active.hardware.speed_mbps)}"
    return NOTHING, f"nothing: {taker}"


def _known(case: Case) -> bool:
    return mii_known(case.bond) and (not case.is_lacp or all(bits_known(slave) for slave in case.usable))


def _total(slaves: Iterable[Slave]) -> int | None:
    speeds = [slave.hardware.speed_mbps for slave in slaves]
    return None if None in speeds else sum(each or 0 for each in speeds)


def _shared(slave: Slave, case: Case) -> Iterator[tuple[str, list[Slave]]]:
    """The things that this slave shares with others: adapter, bus device, switch."""
    devices, neighbours = case.around.devices, case.around.neighbours
    mine, switch = devices.get(slave.ifindex), neighbours.get(slave.ifindex)
    others = [other for other in case.slaves if other.ifindex != slave.ifindex]

    def same(attribute: str) -> list[Slave]:
        value = getattr(mine, attribute, None)
        return [o for o in others if value is not None and getattr(devices.get(o.ifindex), attribute, None) == value]

    if mine is not None and (sharing := same("card")):
        yield f"NIC {mine.card}", sharing
    if mine is not None and (sharing := same("parent")):
        yield f"bus device {mine.parent}", sharing
    if switch is not None:
        sharing = [o for o in others if getattr(neighbours.get(o.ifindex), "chassis_id", None) == switch.chassis_id]
        if sharing:
            yield f"switch {switch.system_name or switch.chassis_id}", sharing
