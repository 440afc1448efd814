"""What changed between two descriptions of one interface, in words. Every event starts here."""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.core.options import applies
from bondtui.core.words import counted
from bondtui.model.bond import LACP, MII_DOWN, MII_UP, AdInfo, BondOptions, Link, SlaveState
from bondtui.model.reading import EVENT_NOTIFY_PEERS, EVENT_RESEND_IGMP
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GOOD, WARN, BAD, PLAIN = "good", "warn", "bad", ""


class Change(NamedTuple):
    """One difference. ``kind`` is the stable word for it; ``others`` are interfaces it names."""

    kind: str
    words: str
    severity: str = PLAIN
    others: tuple[int | None, ...] = ()


def appeared(link: Link, names: Mapping[int, str]) -> Change:
    """The interface was not known before."""
    if link.slave:
        return Change("slave-added", f"added to {name_of(link.master, names)}")
    return Change("bond-created", f"bond created ({link.bond.mode_name if link.bond else 'unknown'})")


def disappeared(old: Link, new: Link | None, names: Mapping[int, str], *, deleted: bool) -> Change:
    """The interface is gone (``new`` is None), or is still there but in no bond any more."""
    if not old.slave:
        return Change("bond-deleted", "bond deleted", BAD)
    bond = name_of(old.master, names)
    if new is None and deleted:
        return Change("slave-deleted", f"interface deleted, was in {bond}", BAD)
    return Change("slave-released", f"released from {bond}", WARN)


def link_changes(old: Link, new: Link, names: Mapping[int, str]) -> Iterator[Change]:
    """Everything that is different, causes before effects."""
    if old.name != new.name:
        yield Change("renamed", f"renamed, was {old.name}")
    if old.slave and new.slave and old.master != new.master:
        yield Change("slave-moved", f"moved from {name_of(old.master, names)} to {name_of(new.master, names)}", WARN)
    yield from _admin_and_carrier(old, new)
    if old.mtu != new.mtu:
        yield Change("mtu-changed", f"mtu {old.mtu} -> {new.mtu}")
    if old.hwaddr != new.hwaddr:
        yield Change("hwaddr-changed", f"MAC {old.hwaddr} -> {new.hwaddr}")
    if old.slave and new.slave:
        yield from _slave_changes(old.slave, new.slave)
    if old.bond and new.bond:
        yield from _bond_changes(old.bond, new.bond, names)


def notice(event: int | None) -> Iterator[Change]:
    """What the IFLA_EVENT code of a message says beyond the state that the message carries."""
    if event == EVENT_NOTIFY_PEERS:
        yield Change("peers-notified", "peers notified", GOOD)
    elif event == EVENT_RESEND_IGMP:
        yield Change("igmp-resent", "IGMP membership sent again")


def name_of(ifindex: int | None, names: Mapping[int, str]) -> str:
    """The name of an interface; its index when it has no name here."""
    return "none" if not ifindex else names.get(ifindex, f"interface {ifindex}")


def _admin_and_carrier(old: Link, new: Link) -> Iterator[Change]:
    if old.admin_up and not new.admin_up:
        yield Change("set-down", "set down", BAD if new.slave else WARN)
    elif new.admin_up and not old.admin_up:
        yield Change("set-up", "set up", GOOD)
    if old.carrier is not None and new.carrier is not None:
        if old.carrier and not new.carrier and new.admin_up:
            yield Change("carrier-lost", "carrier lost", BAD)
        elif new.carrier and not old.carrier:
            yield Change("carrier-back", "carrier back", GOOD)
    yield from _unseen_carrier_changes(old, new)


def _unseen_carrier_changes(old: Link, new: Link) -> Iterator[Change]:
    """The kernel counts carrier changes but may report several of them as one, or as none."""
    if old.carrier_changes is None or new.carrier_changes is None:
        return
    unseen = new.carrier_changes - old.carrier_changes - (old.carrier != new.carrier)
    if unseen > 0:
        words = f"carrier changed {counted(unseen, 'more time')}, not reported one by one"
        yield Change("carrier-changed-unseen", words, WARN)


def _slave_changes(old: SlaveState, new: SlaveState) -> Iterator[Change]:
    if old.mii_status != new.mii_status:
        severity = {MII_UP: GOOD, MII_DOWN: BAD}.get(new.mii_status or "", WARN)
        yield Change("mii-changed", f"MII {new.mii_status}", severity)
    if None not in (old.actor_port_state, old.aggregator_id) and old.aggregator_id != new.aggregator_id:
        yield Change("aggregator-changed", f"aggregator {old.aggregator_id} -> {_or_none(new.aggregator_id)}")
    yield from _port_state_changes("actor", old.actor_port_state, new.actor_port_state)
    yield from _port_state_changes("partner", old.partner_port_state, new.partner_port_state)
    for side, before, after in (
        ("actor", old.actor_churn, new.actor_churn),
        ("partner", old.partner_churn, new.partner_churn),
    ):
        if before is not None and after is not None and before != after:
            yield Change("churn-changed", f"{side} churn {before} -> {after}", WARN if after == "churned" else PLAIN)
    if old.state != new.state:
        yield Change("role-changed", f"{new.state} (was {old.state})")


def _port_state_changes(side: str, old: int | None, new: int | None) -> Iterator[Change]:
    if old is None or new is None or old == new:
        return
    severity = PLAIN
    if new & lacp.CARRYING == lacp.CARRYING != old & lacp.CARRYING:
        severity = GOOD
    elif new & lacp.SILENT or (old & ~new & lacp.CARRYING):
        severity = WARN
    kind = f"{side}-state-changed"
    if side == "actor" and new & ~old & lacp.EXPIRED:
        kind = "lacp-expired"
    elif side == "actor" and old & lacp.SILENT and not new & lacp.SILENT:
        kind = "lacp-heard"
    yield Change(kind, f"{side} {old} -> {new}: {lacp.difference(old, new)}", severity)


def _bond_changes(old: BondOptions, new: BondOptions, names: Mapping[int, str]) -> Iterator[Change]:
    if (old.active_slave or 0) != (new.active_slave or 0):
        before, after = name_of(old.active_slave, names), name_of(new.active_slave, names)
        severity = WARN if new.active_slave else BAD
        yield Change("active-changed", f"active {before} -> {after}", severity, (old.active_slave, new.active_slave))
    if new.mode == LACP and old.mode == LACP:
        yield from _ad_info_changes(old.ad_info or AdInfo(), new.ad_info or AdInfo())
    for option in BondOptions._fields:
        before, after = getattr(old, option), getattr(new, option)
        if before != after and option not in _TOLD_ELSEWHERE and applies(option, new):
            if option == "primary":
                before, after = name_of(before, names), name_of(after, names)
            elif option == "mode":
                before, after = old.mode_name, new.mode_name
            yield Change("option-changed", f"{option} {_or_none(before)} -> {_or_none(after)}")


_TOLD_ELSEWHERE = frozenset({"active_slave", "ad_info", "ad_actor_sys_prio", "ad_user_port_key", "ad_actor_system"})


def _ad_info_changes(old: AdInfo, new: AdInfo) -> Iterator[Change]:
    if _partner(old) != _partner(new):
        severity = BAD if new.partner_mac in (None, lacp.NO_PARTNER) else GOOD
        yield Change("partner-changed", f"LACP partner {_partner(old)} -> {_partner(new)}", severity)
    if old.aggregator_id != new.aggregator_id:
        before, after = _or_none(old.aggregator_id), _or_none(new.aggregator_id)
        yield Change("active-aggregator-changed", f"active aggregator {before} -> {after}", WARN)
    if old.num_ports != new.num_ports:
        fewer = (new.num_ports or 0) < (old.num_ports or 0)
        words = f"ports in the active aggregator {old.num_ports or 0} -> {new.num_ports or 0}"
        yield Change("ports-changed", words, WARN if fewer else GOOD)


def _partner(info: AdInfo) -> str:
    return info.partner_mac if info.partner_mac not in (None, lacp.NO_PARTNER) else "none"


def _or_none(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
