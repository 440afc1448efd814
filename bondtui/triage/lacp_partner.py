"""Rules on who answers LACP: nobody, several, ourselves, or too few; they find root causes."""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.core.words import age, counted
from bondtui.model.bond import Slave
from bondtui.model.finding import (
    CABLE,
    CERTAIN,
    CONFIGURATION,
    CRITICAL,
    HIGH,
    HOST,
    LIKELY,
    SWITCH,
    Fix,
)
from bondtui.triage.case import Case
from bondtui.triage.lacp_port import each, partners, ports
from bondtui.triage.rule import Rule, Sign, proc, step
from bondtui.triage.saying import are, names, told, verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


LOOP = lacp.DEFAULTED | lacp.EXPIRED
BEGINNING_S = 5.0
"""A port that begins anew is in the same state for 3 s, until its first timer has run out (bond_3ad.c, ad_rx_machine)."""
SPEED_OF_KEY = 0x3E
"""The part of a port key that stands for the speed (bond_3ad.c, AD_SPEED_KEY_MASKS); the lowest bit is full duplex."""
ONE_CHANNEL = "into one port-channel with LACP active (one switch, or MLAG)"


def too_few_ports(case: Case) -> Iterator[Sign]:
    """min_links holds the carrier of the bond down although links are up."""
    info, least = case.options.ad_info, case.options.min_links
    if not case.is_lacp or info is None or not info.num_ports or not least or info.num_ports >= least:
        return
    if case.bond.link.carrier is not False or case.bond.link.admin_up is False:
        return
    name, usable = case.bond.name, case.usable
    yield Sign(
        case.bond,
        f"{name} has no carrier although {names(usable)} {are(usable)} up: the active aggregator has "
        f"{counted(info.num_ports, 'port')}, min_links asks for {least}.",
        (f"min_links {least}", f"ports in the active aggregator {info.num_ports}", f"{name} carrier lost"),
        step(proc(case.bond), f"bring the other slaves back, or have min_links lowered where {name} is configured."),
        CONFIGURATION,
        fix=Fix({"min_links": str(info.num_ports)}),
    )


def no_partner(case: Case) -> Iterator[Sign]:
    """Nobody answers LACP on any port."""
    info, there = case.options.ad_info, ports(case)
    if not there or len(case.slaves) < 2 or (info is not None and info.partner_mac not in (None, lacp.NO_PARTNER)):
        return
    if info is None or info.partner_mac is None:
        if not all(port.silent for port in there):
            return
    elif any(port.heard for port in there):
        return
    if not any(port.lasting or case.lacp_was_heard(port.slave) for port in there):
        return
    bond, slaves = case.bond, [port.slave for port in there]
    yield Sign(
        bond,
        f"No LACP partner answers {bond.name}: at most one slave is used, and the switch may drop its frames.",
        (
            *told("partner MAC", info.partner_mac if info else None),
            *(line for port in there[:4] for line in port.evidence),
        ),
        step(proc(bond), f"on the switch, are the ports of {names(slaves)} in one port-channel with LACP active?"),
        SWITCH,
    )


def split_aggregator(case: Case) -> Iterator[Sign]:
    """Ports with partners are in different aggregators, of which only one carries traffic."""
    hidden = case.text and all(port.actor is None for port in ports(case))
    there = [port for port in (ports(case) if hidden else partners(case)) if port.aggregator is not None]
    if len({port.aggregator for port in there}) < 2:
        return
    info = case.options.ad_info
    active = info.aggregator_id if info is not None else None
    apart = [port.slave for port in there if port.aggregator != active] if active is not None else []
    slaves = [port.slave for port in there]
    if apart:
        said = f"{names(apart)} {are(apart)} in another aggregator than the active one ({active})"
        said += f" and {verb(apart, 'carries', 'carry')} nothing."
    else:
        said = f"The slaves of {case.bond.name} are in different aggregators, of which only one carries traffic."
    yield Sign(
        case.bond,
        said,
        (*told("active aggregator", active), *(line for port in there[:6] for line in port.evidence)),
        step(proc(case.bond), f"on the switch, put the ports of {names(slaves)} {ONE_CHANNEL}."),
        SWITCH,
        LIKELY if hidden else CERTAIN,
    )


def partner_mismatch(case: Case) -> Iterator[Sign]:
    """The ports are plugged into different switches or port-channels."""
    found: dict[tuple[str, int | None], list[Slave]] = {}
    for port in partners(case):
        details = port.slave.lacp
        if details.partner_system_mac not in (None, lacp.NO_PARTNER):
            found.setdefault((details.partner_system_mac, details.partner_key), []).append(port.slave)
    if len(found) < 2:
        return
    systems = {system for system, _ in found}
    what = "different switches" if len(systems) > 1 else "different port-channels of one switch"
    yield Sign(
        case.bond,
        f"The slaves of {case.bond.name} are plugged into {what}: only one group carries traffic.",
        tuple(f"partner system {system} key {key}: {names(slaves)}" for (system, key), slaves in found.items()),
        step(proc(case.bond), f"put the ports of {case.bond.name} {ONE_CHANNEL}; a cable may be in the wrong port."),
        SWITCH if len(found) == len(partners(case)) else CABLE,
    )


def loop(case: Case) -> Iterator[Sign]:
    """Our own LACPDUs come back to us."""
    logged = {word.slave: word for word in case.around.log if word.kind == "loopback" and word.bond == case.bond.name}
    for port in ports(case):
        word = logged.get(port.slave.name)
        looks_so = port.actor is not None and port.actor & LOOP == LOOP and port.lasting
        by_bits = looks_so and case.mii_for_s(port.slave) > BEGINNING_S
        if by_bits or (word is not None and port.silent):
            yield Sign(
                port.slave,
                f"{port.slave.name} receives its own LACPDUs: its cable or switch port is looped back.",
                (*port.evidence, *((f"kernel log: loopback {age(word.ago_s)} ago",) if word else ())),
                step(("dmesg",), f"look for 'illegal loopback'; unplug {port.slave.name} and trace its cable."),
                CABLE,
            )


def both_passive(case: Case) -> Iterator[Sign]:
    """Neither end begins to speak."""
    for port in each(case, lambda port: not (port.actor or 0) & lacp.ACTIVITY and port.partner is not None):
        known = port.heard or port.lasting or case.lacp_was_heard(port.slave)
        if known and not (port.partner or 0) & lacp.ACTIVITY:
            yield Sign(
                port.slave,
                f"Both ends of {port.slave.name} are passive: no LACPDUs are sent, so the link falls out of the bond.",
                (*told("lacp_active", case.options.lacp_active), *port.evidence),
                step(
                    proc(case.bond),
                    f"have lacp_active set to on where {case.bond.name} is configured, or LACP active on the switch.",
                ),
                CONFIGURATION,
                fix=Fix({"lacp_active": "on"}),
            )


def key_zero(case: Case) -> Iterator[Sign]:
    """The driver does not take a port for full duplex at a known speed, and keeps LACP off on it."""
    for port in ports(case):
        name, key, hardware = port.slave.name, port.slave.lacp.actor_key, port.slave.hardware
        if not port.lasting or not (hardware.speed_unknown if key is None else key % 2 == 0):
            continue
        half = key is not None and bool(key & SPEED_OF_KEY)
        why = "is not full duplex for the bonding driver" if half else "has no speed that the bonding driver knows"
        yield Sign(
            port.slave,
            f"LACP is off on {name}: it {why}.",
            (
                *told(f"{name} port key", key),
                *told(f"{name} speed", "Unknown" if hardware.speed_unknown else hardware.speed_mbps),
                *told(f"{name} duplex", hardware.duplex),
            ),
            step(("ethtool", name), "a virtual NIC may need a speed to be set; a new fast NIC a newer kernel."),
            HOST,
            CERTAIN if key is not None else LIKELY,
        )


RULES = (
    Rule("BT005", "bond-no-carrier-min-links", CRITICAL, too_few_ports),
    Rule("BT030", "lacp-no-partner", CRITICAL, no_partner, ("BT036", "BT043", "BT044")),
    Rule("BT031", "lacp-split-agg", HIGH, split_aggregator, ("BT044", "BT032", "BT046")),
    Rule("BT032", "lacp-partner-mismatch", HIGH, partner_mismatch),
    Rule("BT036", "lacp-loop", CRITICAL, loop),
    Rule("BT043", "lacp-both-passive", HIGH, both_passive),
    Rule("BT044", "lacp-key-zero", HIGH, key_zero, ("BT047", "BT048")),
)
