"""Rules on what LACP has gone through: negotiating, churn, a partner that comes and goes, a path that fell silent."""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.core.words import age, counted
from bondtui.model.bond import MII_UP
from bondtui.model.finding import (
    HIGH,
    INFO,
    LIKELY,
    LOW,
    MEDIUM,
    SWITCH,
    UNKNOWN_SIDE,
)
from bondtui.triage.case import Case
from bondtui.triage.lacp_port import Port, ports
from bondtui.triage.rule import Rule, Sign, proc, step
from bondtui.triage.saying import names, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def churned(case: Case) -> Iterator[Sign]:
    """The kernel's own churn machine has given up waiting for sync."""
    for slave in (port.slave for port in ports(case)):
        ends = [
            end for end, state in (("actor", slave.actor_churn), ("partner", slave.partner_churn)) if state == "churned"
        ]
        carries = lacp.carries(slave.state.actor_port_state, slave.state.partner_port_state)
        if ends and carries:
            yield Sign(
                slave,
                f"LACP on {slave.name} took more than 60 s to settle ({' and '.join(ends)} churned); its bits say that it has.",
                (*told(f"{slave.name} actor churn", slave.actor_churn), *Port(slave, case).evidence),
                step(proc(case.bond), "nothing to do: the churn state stays as it is until the link is lost again."),
                severity=INFO,
            )
        elif ends:
            yield Sign(
                slave,
                f"LACP on {slave.name} has not settled within 60 s ({' and '.join(ends)} churned).",
                (
                    *told(f"{slave.name} actor churn", slave.actor_churn),
                    *told(f"{slave.name} partner churn", slave.partner_churn),
                ),
                step(proc(case.bond), f"this is a symptom; look at partner, key and aggregator of {slave.name}."),
                SWITCH,
                LIKELY,
            )


def churn_history(case: Case) -> Iterator[Sign]:
    """The churn machine has given up at some time, and is content now."""
    for slave in case.usable if case.is_lacp else ():
        counts = slave.lacp.actor_churned_count, slave.lacp.partner_churned_count
        if any(counts) and (slave.actor_churn, slave.partner_churn) == ("none", "none"):
            yield Sign(
                slave,
                f"LACP on {slave.name} was unsettled for more than 60 s at some time; it is settled now.",
                (
                    *told(f"{slave.name} actor churned count", counts[0]),
                    *told(f"{slave.name} partner churned count", counts[1]),
                ),
                step(proc(case.bond), "nothing to do unless the counts rise."),
            )


def churn_monitoring(case: Case) -> Iterator[Sign]:
    """The first minute after a port came up."""
    there = [
        port.slave
        for port in ports(case)
        if lacp.carries(port.actor, port.partner) and "monitoring" in (port.slave.actor_churn, port.slave.partner_churn)
    ]
    if there:
        yield Sign(
            case.bond,
            f"The churn state of {names(there)} reads 'monitoring': that is normal in the first minute, traffic is fine.",
            tuple(
                line
                for slave in there[:8]
                for line in (
                    *told(f"{slave.name} actor churn", slave.actor_churn),
                    *told(f"{slave.name} partner churn", slave.partner_churn),
                )
            ),
            step(proc(case.bond), "it reads 'none' when a minute has passed."),
        )


def lacp_flapping(case: Case) -> Iterator[Sign]:
    """The partner comes and goes while the link stays: no cable does that."""
    for port in ports(case):
        times = case.silences(port.slave)
        if times >= case.limits.flap_lacp_silences and not case.carrier_losses(port.slave):
            window = age(case.limits.flap_window_s)
            now = ", and is silent now" if port.silent else ""
            yield Sign(
                port.slave,
                f"The LACP partner of {port.slave.name} was lost {counted(times, 'time')} in {window}"
                f" while the link stayed up{now}.",
                (
                    f"{port.slave.name} partner lost in {window}: {times}",
                    f"{port.slave.name} carrier losses in {window}: 0",
                    *port.evidence,
                ),
                step(
                    proc(case.bond), "the switch's CPU or its LACP timers are suspect; lacp_rate slow is more patient."
                ),
                SWITCH,
                LIKELY,
            )


def silent_path(case: Case) -> Iterator[Sign]:
    """Who answered before answers no more, and the carrier never went."""
    for slave in case.slaves:
        track = case.track(slave)
        if (
            case.carrier_losses(slave)
            or not slave.link.carrier
            or not slave.link.admin_up
            or not case.bond.link.admin_up
        ):
            continue
        state = slave.state.actor_port_state
        by_lacp = case.is_lacp and slave.usable and bool((state or 0) & lacp.SILENT) and bool(track.silences)
        by_arp = (
            bool(case.options.arp_interval)
            and slave.state.mii_status not in (None, MII_UP)
            and track.down_since is not None
        )
        if by_lacp or by_arp:
            who = "LACP partner" if by_lacp else "ARP target"
            since = track.silences[-1] if by_lacp else track.down_since.mono if track.down_since else case.mono
            yield Sign(
                slave,
                f"The path behind {slave.name} fell silent {age(case.mono - since)} ago: no {who} answers, yet carrier never went.",
                (
                    f"{slave.name} carrier up, losses in {age(case.limits.flap_window_s)}: 0",
                    *told(f"{slave.name} MII", slave.state.mii_status),
                    *(told(f"{slave.name} actor port state", state) if by_lacp else ()),
                ),
                step(
                    proc(case.bond),
                    f"the cable is good; look at the switch behind {slave.name}: hung port, uplink, VLAN.",
                ),
                SWITCH,
                LIKELY,
            )


def illegal_pdus(case: Case) -> Iterator[Sign]:
    """LACPDUs that the driver could not use."""
    for slave in case.slaves if case.is_lacp else ():
        pdus = slave.lacpdus
        if pdus is not None and (pdus.unknown_rx or pdus.illegal_rx):
            yield Sign(
                slave,
                f"{slave.name} has received slow-protocol frames that are no valid LACPDUs.",
                (f"{slave.name} LACPDUs unknown {pdus.unknown_rx}, illegal {pdus.illegal_rx}, good {pdus.rx}",),
                step(
                    ("ip", "stats", "show", "dev", slave.name, "group", "xstats_slave", "subgroup", "bond"),
                    "if the counts rise, look at the switch's LACP version.",
                ),
                SWITCH,
                LIKELY,
            )


def negotiating(case: Case) -> Iterator[Sign]:
    """Ports that have just come up."""
    there = [
        port
        for port in ports(case)
        if port.actor is not None
        and lacp.carries(port.actor, port.partner) is False
        and not port.lasting
        and not case.lacp_was_heard(port.slave)
    ]
    if there:
        slaves = [port.slave for port in there]
        yield Sign(
            case.bond,
            f"LACP on {names(slaves)} is still being negotiated; it takes up to {case.limits.lacp_settle_s:.0f} s after a link came up.",
            tuple(line for port in there[:4] for line in port.evidence),
            step(proc(case.bond), "look again in a few seconds."),
            UNKNOWN_SIDE,
        )


RULES = (
    Rule(
        "BT039",
        "lacp-churned",
        MEDIUM,
        churned,
        (
            "BT036",
            "BT043",
            "BT044",
            "BT030",
            "BT032",
            "BT046",
            "BT031",
            "BT075",
            "BT035",
            "BT034",
            "BT037",
            "BT038",
            "BT033",
        ),
    ),
    Rule("BT040", "lacp-churn-history", INFO, churn_history),
    Rule("BT074", "lacp-flapping", HIGH, lacp_flapping, ("BT043",)),
    Rule("BT075", "silent-path", HIGH, silent_path, ("BT043", "BT074", "BT030", "BT024", "BT029")),
    Rule("BT080", "lacp-illegal-pdus", LOW, illegal_pdus),
    Rule("BT082", "lacp-negotiating", INFO, negotiating),
    Rule("BT084", "churn-monitoring", INFO, churn_monitoring),
)
