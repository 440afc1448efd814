"""The JSON documents: one place where the names of fields are written down.

Names are the kernel's in snake_case, times carry their unit, and what the kernel does not tell or
what has no effect in the bond's mode is ``None``. Interface names are decoded with
``surrogateescape``, so ``os.fsencode`` gives back the kernel's bytes.
"""

from __future__ import annotations

import time
from typing import Any

from bondtui.actions.record import PLAN_KEYS, pending_record, plan_record
from bondtui.core.options import applies
from bondtui.core.words import bond_mii_status
from bondtui.model.action import Pending, Plan
from bondtui.model.bond import MODES_WITHOUT_ROLES, Bond, Counters, Slave
from bondtui.model.record import NamedTuple
from bondtui.operation import APPLIED, Outcome

Document = dict[str, Any]


class Head(NamedTuple):
    """What every document begins with, beside its schema."""

    host: str
    wall: float
    simulated: bool = False
    lab: str = ""
    """Which lab the bonds are in; ``""`` for none."""


_NAMED_WITH_UNIT = {
    "miimon": "miimon_ms",
    "updelay": "updelay_ms",
    "downdelay": "downdelay_ms",
    "peer_notif_delay": "peer_notif_delay_ms",
    "arp_interval": "arp_interval_ms",
    "lp_interval": "lp_interval_s",
}
_OPTIONS = (
    "miimon",
    "updelay",
    "downdelay",
    "peer_notif_delay",
    "arp_interval",
    "arp_ip_targets",
    "ns_ip6_targets",
    "arp_validate",
    "arp_all_targets",
    "arp_missed_max",
    "use_carrier",
    "fail_over_mac",
    "xmit_hash_policy",
    "min_links",
    "num_peer_notif",
    "resend_igmp",
    "all_slaves_active",
    "packets_per_slave",
    "lp_interval",
    "tlb_dynamic_lb",
    "lacp_rate",
    "lacp_active",
    "lacp_strict",
    "ad_select",
    "ad_actor_sys_prio",
    "ad_user_port_key",
    "ad_actor_system",
    "coupled_control",
    "broadcast_neighbor",
)


def status(bonds: tuple[Bond, ...], *, host: str, wall: float, simulated: bool, lab: str = "") -> Document:
    """The document of ``bondtui status --json``."""
    return {**_head("status", Head(host, wall, simulated, lab)), "bonds": [_bond(bond) for bond in bonds]}


def action(plan: Plan, outcome: Outcome | None, pending: Pending | None, head: Head, why: str = "") -> Document:
    """The document of ``bondtui down|up|activate --json``; ``outcome`` is None when nothing was tried, for ``why``."""
    result = outcome.words if outcome else plan.nothing_to_do or why or "; ".join(plan.reasons) or None
    applied = outcome is not None and outcome.result == APPLIED
    return {
        **_head(plan.action.kind, head),
        **plan_record(plan),
        "applied": applied,
        "result": result,
        **_left(pending),
    }


def settling(
    command: str, pending: Pending | None, result: str | None, head: Head, *, settled: bool = False
) -> Document:
    """The document of ``bondtui pending|keep|revert --json``; all of the plan is null when nothing is pending.

    ``settled`` says that the change was kept or taken back.
    """
    plan = pending_record(pending) if pending else dict.fromkeys(PLAN_KEYS)
    return {
        **_head(command, head),
        **plan,
        "applied": None if pending is None else pending.applied and not (settled and command == "revert"),
        "result": result,
        **_left(None if settled else pending),
    }


def whereabouts(*, simulated: bool, lab: str) -> Document:
    """Whose bonds a document is about."""
    return {"simulated": simulated, "lab": lab or None}


def _left(pending: Pending | None) -> Document:
    if pending is None:
        return {"revert_at": None, "seconds_left": None}
    return {"revert_at": _time(pending.revert_at), "seconds_left": round(pending.seconds_left, 1)}


def _head(command: str, head: Head) -> Document:
    schema = f"bondtui.{command}/1"
    return {
        "schema": schema,
        "host": head.host,
        "taken_at": _time(head.wall),
        **whereabouts(simulated=head.simulated, lab=head.lab),
    }


def _time(wall: float) -> str:
    """A time as RFC 3339 in UTC, to the millisecond."""
    whole, fraction = divmod(round(wall * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{fraction:03d}Z"


def _bond(bond: Bond) -> Document:
    link, options = bond.link, bond.options
    active, primary = bond.active, bond.slave_at(options.primary)
    document: Document = {
        "name": bond.name,
        "ifindex": _told(bond.ifindex),
        "mode": options.mode_name,
        "mode_number": options.mode,
        "operstate": link.operstate,
        "admin_up": link.admin_up,
        "mtu": link.mtu,
        "hwaddr": link.hwaddr,
        "addresses": None if bond.addresses is None else list(bond.addresses),
        "active_slave": active.name if active and applies("active_slave", options) else None,
        "primary": primary.name if primary and applies("primary", options) else None,
        "primary_reselect": options.primary_reselect if applies("primary_reselect", options) else None,
        "mii_status": bond_mii_status(bond),
    }
    for option in _OPTIONS:
        value = getattr(options, option) if applies(option, options) else None
        document[_NAMED_WITH_UNIT.get(option, option)] = list(value) if isinstance(value, tuple) else value
    info = options.ad_info if applies("ad_info", options) else None
    document["ad_info"] = None if info is None else info._asdict()
    document["hidden"] = list(bond.hidden)
    document["counters"] = _counters(link.counters)
    document["slaves"] = [_slave(slave, bond) for slave in bond.slaves]
    return document


def _slave(slave: Slave, bond: Bond) -> Document:
    link, state, lacp = slave.link, slave.state, slave.lacp
    return {
        "name": slave.name,
        "ifindex": _told(slave.ifindex),
        "role": None if bond.options.mode in MODES_WITHOUT_ROLES else state.state,
        "mii_status": state.mii_status,
        "admin_up": link.admin_up,
        "carrier": link.carrier,
        "operstate": link.operstate,
        "speed_mbps": slave.hardware.speed_mbps,
        "duplex": slave.hardware.duplex,
        "link_failure_count": state.link_failure_count,
        "permanent_hwaddr": state.perm_hwaddr,
        "hwaddr": link.hwaddr,
        "mtu": link.mtu,
        "queue_id": state.queue_id,
        "prio": state.prio,
        "carrier_changes": link.carrier_changes,
        "aggregator_id": state.aggregator_id,
        "actor_churn": slave.actor_churn,
        "partner_churn": slave.partner_churn,
        "actor_port_state": state.actor_port_state,
        "partner_port_state": state.partner_port_state,
        "partner_system_mac": lacp.partner_system_mac,
        "partner_key": lacp.partner_key,
        "partner_port": lacp.partner_port,
        "driver": slave.hardware.driver,
        "bus_info": slave.hardware.bus_info,
        "counters": _counters(link.counters),
    }


def _told(ifindex: int) -> int | None:
    return ifindex if ifindex > 0 else None


def _counters(counters: Counters | None) -> Document | None:
    return None if counters is None else counters._asdict()
