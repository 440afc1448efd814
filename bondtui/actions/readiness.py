"""Whether the guards count a slave as usable. Stricter than the screen: what is not known is not counted on."""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.model.bond import LACP, MII_GOING_BACK, MII_UP, Bond, Slave

ADMIN, CARRIER, UPDELAY, MII, LACP_NOT_READY = "admin", "carrier", "updelay", "mii", "lacp"
"""Why a slave is not ready."""


def unready(bond: Bond, slave: Slave) -> tuple[str, str]:
    """Why the slave cannot carry traffic now: one of the words above, and a phrase. Two empty texts if it can.

    Admin up, carrier and MII up; for 802.3ad also in the active aggregator, with sync, collecting
    and distributing set on both ends.
    """
    link, mii = slave.link, slave.state.mii_status
    if not link.admin_up:
        return ADMIN, f"{slave.name} is set down"
    if mii == MII_GOING_BACK:
        return UPDELAY, f"{slave.name} is still in its updelay (MII going back)"
    if link.carrier is not True:
        return CARRIER, f"{slave.name} has no carrier" if link.carrier is False else f"carrier of {slave.name} unknown"
    if mii != MII_UP:
        return MII, f"MII of {slave.name} is {mii or 'unknown'}"
    if bond.options.mode == LACP and (why := _lacp_unready(bond, slave)):
        return LACP_NOT_READY, f"LACP port {slave.name} {why}"
    return "", ""


def ready(bond: Bond, slave: Slave) -> bool:
    """Whether the slave can carry traffic now."""
    return not unready(bond, slave)[0]


def ready_without(bond: Bond, slave: Slave) -> tuple[Slave, ...]:
    """The slaves that are left to carry the traffic without this one."""
    return tuple(each for each in bond.slaves if each.ifindex != slave.ifindex and ready(bond, each))


def _lacp_unready(bond: Bond, slave: Slave) -> str:
    info = bond.options.ad_info
    if info is None or info.aggregator_id is None:
        return "is in no active aggregator"
    if slave.state.aggregator_id != info.aggregator_id:
        mine = slave.state.aggregator_id
        return f"is in aggregator {'unknown' if mine is None else mine}, the active one is {info.aggregator_id}"
    actor, partner = slave.state.actor_port_state, slave.state.partner_port_state
    if lacp.carries(actor, partner) is None:
        return "does not tell its port state"
    if not lacp.carries(actor, partner):
        return f"is not in sync on both ends (actor {lacp.letters(actor)}, partner {lacp.letters(partner)})"
    return ""
