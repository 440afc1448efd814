"""``bondtui status`` for people, also for screen readers: no columns to follow, no cursor, no colour."""

from __future__ import annotations

from collections.abc import Iterator

from bondtui.core import label, lacp
from bondtui.core.options import applies
from bondtui.core.words import UNKNOWN, bond_mii_status, counted, printable, role, speed
from bondtui.model.bond import LACP, Bond, BondOptions, Counters, Slave
from bondtui.model.finding import Judgement

HIDDEN = "hidden: needs CAP_NET_ADMIN"
_SAID_ABOVE = frozenset({"mode", "active_slave", "primary", "ad_info"})
_UNITS = {
    **dict.fromkeys(("miimon", "updelay", "downdelay", "arp_interval", "peer_notif_delay"), " ms"),
    "lp_interval": " s",
}


def status(judged: list[tuple[Bond, Judgement]], *, simulated: bool, lab: str = "") -> Iterator[str]:
    """Everything known, line by line, the worst bond first."""
    if said := label.sentence(simulated=simulated, lab=lab):
        yield said
        yield ""
    if not judged:
        yield "No bond here: the bonding driver is loaded, but this network namespace has no bond."
    for number, (bond, verdict) in enumerate(judged):
        if number:
            yield ""
        yield from map(printable, _bond(bond, verdict))


def _bond(bond: Bond, verdict: Judgement) -> Iterator[str]:
    link, options = bond.link, bond.options
    yield f"{bond.name}: {verdict.word}. {verdict.sentence}"
    if verdict.consequence:
        yield f"  {verdict.consequence}"
    if verdict.next_step:
        yield f"  Next: {verdict.next_step}"
    yield (
        f"  mode {options.mode_name} ({options.mode}), {_up(link.admin_up)}, operstate {_said(link.operstate)}, "
        f"MII {_said(bond_mii_status(bond))}, mtu {_said(link.mtu)}, MAC {_said(link.hwaddr)}, ifindex {bond.ifindex}"
    )
    yield f"  addresses {_addresses(bond)}"
    if applies("active_slave", options):
        primary = bond.slave_at(options.primary)
        yield f"  active slave {bond.active.name if bond.active else 'none'}, primary {primary.name if primary else 'none'}"
    yield f"  {', '.join(_options(options))}"
    if options.mode == LACP:
        yield f"  {_ad_info(options)}"
    if bond.hidden:
        yield f"  {HIDDEN}: {', '.join(bond.hidden)}"
    yield f"  {_counters(link.counters)}"
    for slave in bond.slaves:
        yield from _slave(slave, bond)


def _options(options: BondOptions) -> Iterator[str]:
    for name in BondOptions._fields:
        value = getattr(options, name)
        if name in _SAID_ABOVE or value is None or value == () or not applies(name, options):
            continue
        yield f"{name} {' '.join(value) if isinstance(value, tuple) else value}{_UNITS.get(name, '')}"


def _ad_info(options: BondOptions) -> str:
    info = options.ad_info
    if info is None:
        return "no active aggregator"
    partner = "none" if info.partner_mac in (None, lacp.NO_PARTNER) else info.partner_mac
    return (
        f"active aggregator {_said(info.aggregator_id)} with {counted(info.num_ports or 0, 'port')}, "
        f"actor key {_said(info.actor_key)}, partner key {_said(info.partner_key)}, partner {partner}"
    )


def _slave(slave: Slave, bond: Bond) -> Iterator[str]:
    link, state, hardware = slave.link, slave.state, slave.hardware
    part = role(bond, slave)
    named = f"{part}, " if part else ""
    yield (
        f"  {slave.name}: {named}admin {_up(link.admin_up)}, "
        f"carrier {_up(link.carrier)}, MII {_said(state.mii_status)}, "
        f"speed {speed(hardware.speed_mbps)}, duplex {_said(hardware.duplex)}"
    )
    yield (
        f"    link failures {_said(state.link_failure_count)}, carrier changes {_said(link.carrier_changes)}, "
        f"queue {_said(state.queue_id)}, prio {_said(state.prio)}, mtu {_said(link.mtu)}, ifindex {slave.ifindex}"
    )
    yield (
        f"    permanent MAC {_said(state.perm_hwaddr)}, MAC {_said(link.hwaddr)}, "
        f"driver {_said(hardware.driver)}, bus {_said(hardware.bus_info)}, operstate {_said(link.operstate)}"
    )
    if bond.options.mode == LACP:
        yield from _lacp(slave, bond)
    yield f"    {_counters(link.counters)}"


def _lacp(slave: Slave, bond: Bond) -> Iterator[str]:
    state, details = slave.state, slave.lacp
    actor, partner = state.actor_port_state, state.partner_port_state
    yield (
        f"    aggregator {_said(state.aggregator_id)}, actor {_said(actor)} {lacp.letters(actor)}, "
        f"partner {_said(partner)} {lacp.letters(partner)}, "
        f"churn {_said(slave.actor_churn)} (actor) "
        f"{_said(slave.partner_churn)} (partner)"
    )
    if "partner_key" not in bond.hidden:
        yield (
            f"    partner system {_said(details.partner_system_mac)}, "
            f"key {_said(details.partner_key)}, port {_said(details.partner_port)}"
        )


def _counters(counters: Counters | None) -> str:
    if counters is None:
        return "counters unknown"
    c = counters
    return (
        f"rx {c.rx_bytes} bytes {c.rx_packets} packets {c.rx_errors} errors {c.rx_dropped} dropped, "
        f"tx {c.tx_bytes} bytes {c.tx_packets} packets {c.tx_errors} errors {c.tx_dropped} dropped"
    )


def _addresses(bond: Bond) -> str:
    return UNKNOWN if bond.addresses is None else ", ".join(bond.addresses) or "none"


def _up(value: bool | None) -> str:
    return "unknown" if value is None else "up" if value else "down"


def _said(value: object) -> str:
    return UNKNOWN if value is None else str(value)
