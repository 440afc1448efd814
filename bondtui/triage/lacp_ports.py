"""Rules on single ports of an 802.3ad bond: how far the two ends have come."""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.model.bond import MII_UP
from bondtui.model.finding import (
    HIGH,
    HOST,
    INFO,
    LIKELY,
    MEDIUM,
    SWITCH,
)
from bondtui.triage.case import Case, carrying
from bondtui.triage.lacp_port import each, switch_port
from bondtui.triage.rule import Rule, Sign, proc, step
from bondtui.triage.saying import names, verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


UNSYNC_S = 5.0
"""So long may a partner take to bring a port into sync."""


def port_idle(case: Case) -> Iterator[Sign]:
    """Our own port is not in sync."""
    for port in each(case, lambda port: port.heard and port.lasting):
        if not (port.actor or 0) & lacp.SYNC:
            yield Sign(
                port.slave,
                f"{port.slave.name} carries nothing: the link is up, but our port is not in sync with the partner's.",
                port.evidence,
                step(proc(case.bond), "compare aggregator, key and partner of all slaves; then the switch's port log."),
                SWITCH,
                LIKELY,
            )


def expired(case: Case) -> Iterator[Sign]:
    """The partner has just fallen silent."""
    for port in each(
        case, lambda port: bool((port.actor or 0) & lacp.EXPIRED and not (port.actor or 0) & lacp.DEFAULTED)
    ):
        if port.lasting or case.lacp_was_heard(port.slave):
            yield Sign(
                port.slave,
                f"{port.slave.name} has just lost its LACP partner although the link is up.",
                port.evidence,
                step(proc(case.bond), f"look again in 3 s; {switch_port(port)}"),
                SWITCH,
                LIKELY,
            )


def defaulted(case: Case) -> Iterator[Sign]:
    """No partner is heard on one port."""
    left = carrying(case.bond)
    for port in each(case, lambda port: (port.actor or 0) & lacp.SILENT == lacp.DEFAULTED):
        if port.lasting or case.lacp_was_heard(port.slave):
            others = [slave for slave in left if slave.ifindex != port.slave.ifindex]
            only = f": only {names(left)} {verb(left, 'carries', 'carry')} traffic" if others else ""
            yield Sign(
                port.slave,
                f"{port.slave.name} hears no LACP partner although the link is up{only}.",
                port.evidence,
                step(proc(case.bond), switch_port(port)),
                SWITCH,
            )


def partner_unsync(case: Case) -> Iterator[Sign]:
    """The switch answers and refuses."""
    for port in each(case, lambda port: port.heard and port.partner is not None):
        if not (port.partner or 0) & lacp.SYNC and case.lacp_for_s(port.slave) > UNSYNC_S:
            yield Sign(
                port.slave,
                f"The switch does not let {port.slave.name} carry traffic: its port answers but is not in sync.",
                port.evidence,
                step(
                    proc(case.bond),
                    "the switch's log of that port tells why: suspended, other key, or too many links.",
                ),
                SWITCH,
            )


def not_distributing(case: Case) -> Iterator[Sign]:
    """Our end is ready, the partner is in sync but does not pass traffic both ways."""
    both = lacp.COLLECTING | lacp.DISTRIBUTING
    for port in each(case, lambda port: port.heard and port.partner is not None):
        ready = (port.actor or 0) & lacp.CARRYING == lacp.CARRYING and (port.partner or 0) & lacp.SYNC
        if ready and (port.partner or 0) & both != both and case.lacp_for_s(port.slave) > UNSYNC_S:
            lacks = " and ".join(word for bit, _, word in lacp.BITS if bit & both and not (port.partner or 0) & bit)
            yield Sign(
                port.slave,
                f"The switch is in sync on {port.slave.name} but is not {lacks}: traffic passes one way at most.",
                port.evidence,
                step(proc(case.bond), "if it stays so, the switch's state of that port tells more."),
                SWITCH,
                LIKELY,
            )


def stale_state(case: Case) -> Iterator[Sign]:
    """A port without link still shows the bits it had."""
    for slave in case.slaves if case.is_lacp else ():
        state, mii = slave.state.actor_port_state, slave.state.mii_status
        if mii not in (None, MII_UP) and state is not None and state & lacp.CARRYING == lacp.CARRYING:
            yield Sign(
                slave,
                f"The LACP bits of {slave.name} are old: its link is down, and this kernel leaves them as they were.",
                (f"{slave.name} MII {mii}", f"{slave.name} actor port state {state} {lacp.letters(state)}"),
                step(proc(case.bond), "believe the MII status; kernels from 7.2 on clear the bits."),
                HOST,
            )


RULES = (
    Rule("BT033", "lacp-port-idle", HIGH, port_idle, ("BT044", "BT043", "BT032", "BT046", "BT031", "BT037")),
    Rule("BT034", "lacp-expired", HIGH, expired, ("BT036", "BT043", "BT075")),
    Rule("BT035", "lacp-defaulted", HIGH, defaulted, ("BT036", "BT043", "BT044", "BT030", "BT075")),
    Rule("BT037", "lacp-partner-unsync", HIGH, partner_unsync, ("BT043", "BT032", "BT046", "BT031")),
    Rule("BT038", "lacp-not-distributing", MEDIUM, not_distributing, ("BT032", "BT031")),
    Rule("BT066", "stale-lacp-state", INFO, stale_state),
)
