"""Rules on single links: lost, set down, unsteady."""

from __future__ import annotations

from bondtui.core.words import age, counted
from bondtui.model.bond import MII_DOWN, MII_GOING_BACK, MII_GOING_DOWN, MII_UP, Slave
from bondtui.model.finding import (
    CABLE,
    CONFIGURATION,
    HIGH,
    HOST,
    INFO,
    LIKELY,
    MEDIUM,
    POSSIBLE,
    SWITCH,
    UNKNOWN_SIDE,
    Fix,
)
from bondtui.triage.case import Case, mii_known
from bondtui.triage.link import evidence, given_up_by_arp, next_step, side_of
from bondtui.triage.rule import Rule, Sign, proc, step
from bondtui.triage.saying import place, told, trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


TOGETHER_S = 1.0
"""Links that were lost within this time were lost together."""


def slave_down(case: Case) -> Iterator[Sign]:
    """A slave is set up but has no link."""
    for slave in case.slaves:
        status = slave.state.mii_status
        if status not in (MII_DOWN, MII_GOING_DOWN) or slave.link.admin_up is False or given_up_by_arp(slave, case):
            continue
        if slave.link.carrier is not False and not _arp_ruled_out(case):
            continue
        if status == MII_DOWN and slave.link.carrier:
            continue
        said = trouble(slave, case)
        if slave.link.carrier is None and not case.options.arp_interval:
            said += ": it has no carrier, or is set down; the text does not tell which"
        yield Sign(
            slave,
            f"{slave.name} {said}.",
            evidence(slave),
            next_step(slave, case),
            side_of(slave, case),
            LIKELY,
        )


def _arp_ruled_out(case: Case) -> bool:
    """Whether it is known that not the ARP monitor alone has taken all slaves for dead."""
    interval = case.options.arp_interval
    return interval == 0 or (interval is not None and mii_known(case.bond))


def slave_admin_down(case: Case) -> Iterator[Sign]:
    """Somebody has set a slave down."""
    for slave in case.slaves:
        if slave.link.admin_up is False:
            yield Sign(
                slave,
                f"{slave.name} {trouble(slave, case)}.",
                evidence(slave),
                next_step(slave, case),
                HOST,
                fix=Fix(kind="up", slave=slave.name),
            )


def mii_down_but_carrier(case: Case) -> Iterator[Sign]:
    """There is carrier, and yet the driver does not use the slave."""
    options = case.options
    patience_s = ((options.updelay or 0) + 2 * (options.miimon or 0)) / 1000
    for slave in case.slaves:
        status, by_arp = slave.state.mii_status, given_up_by_arp(slave, case)
        if status in (None, MII_UP) or slave.link.admin_up is False or slave.link.carrier is False:
            continue
        if options.arp_interval is None or (by_arp and case.unusable_for_s(slave) <= case.arp_patience_s):
            continue
        if not by_arp and (status != MII_DOWN or not slave.link.carrier or _for_s(slave, case) <= patience_s):
            continue
        yield Sign(
            slave,
            f"{slave.name} {trouble(slave, case)}.",
            (*evidence(slave), *(told("ARP targets", ", ".join(options.arp_targets) or None) if by_arp else ())),
            next_step(slave, case),
            side_of(slave, case) if by_arp else HOST,
            LIKELY if slave.link.carrier else POSSIBLE,
        )


def _for_s(slave: Slave, case: Case) -> float:
    """How long both the carrier and the driver's opinion are as they are."""
    return min(case.mii_for_s(slave), case.carrier_for_s(slave))


def flapping(case: Case) -> Iterator[Sign]:
    """A slave loses its link again and again."""
    limits = case.limits
    for slave in case.slaves:
        flaps, losses = case.flaps(slave), case.carrier_losses(slave)
        if flaps < limits.flap_failures and losses < limits.flap_carrier_losses:
            continue
        window = age(limits.flap_window_s)
        by_carrier, by_arp = losses >= limits.flap_carrier_losses, bool(case.options.arp_interval)
        if by_carrier:
            said = f"flaps: it lost carrier {counted(losses, 'time')} in {window}."
            cure = f"replace cable or optics of {slave.name}{place(slave)}; look at the switch port."
        elif by_arp:
            said = f"was taken for dead by the ARP monitor {counted(flaps, 'time')} in {window}."
            cure = "do the ARP targets answer each time? Then look at cable and switch port."
        else:
            said = f"flaps: it lost its link, or was set down, {counted(flaps, 'time')} in {window}."
            cure = f"was it set down by somebody ('dmesg' tells when)? Else replace cable or optics of {slave.name}{place(slave)}."
        yield Sign(
            slave,
            f"{slave.name} {said}",
            (
                *((f"{slave.name} link failures in {window}: {flaps}",) if flaps else ()),
                *((f"{slave.name} carrier losses in {window}: {losses}",) if losses else ()),
                *told(f"{slave.name} link failures", slave.state.link_failure_count),
                *told(f"{slave.name} carrier changes", slave.link.carrier_changes),
            ),
            step(("ethtool", "-S", slave.name), cure),
            CABLE if by_carrier else UNKNOWN_SIDE,
            LIKELY if by_carrier else POSSIBLE,
            Fix({"updelay": "5000"}) if case.options.miimon else None,
        )


def failures_history(case: Case) -> Iterator[Sign]:
    """A slave has lost its link at some time since it was enslaved, and is steady now."""
    limits = case.limits
    for slave in case.slaves:
        count = slave.state.link_failure_count
        if count and slave.usable and case.flaps(slave) < limits.flap_failures:
            yield Sign(
                slave,
                f"{slave.name} has lost its link {counted(count, 'time')} since it was enslaved; it is up now.",
                (f"{slave.name} link failures {count}",),
                step(
                    ("dmesg",),
                    "tells when, if it goes back so far; the count begins anew when the slave is enslaved again.",
                ),
                UNKNOWN_SIDE,
            )


def all_lost_at_once(case: Case) -> Iterator[Sign]:
    """All slaves lost their link in the same moment, which no cable does."""
    if len(case.slaves) < 2:
        return
    latest = []
    for slave in case.slaves:
        times = case.track(slave).carrier_losses
        if not times or case.mono - times[-1] > case.limits.flap_window_s:
            return
        latest.append(times[-1])
    if max(latest) - min(latest) <= TOGETHER_S:
        yield Sign(
            case.bond,
            f"All slaves of {case.bond.name} lost carrier together lately: no single cable does that.",
            tuple(
                f"{slave.name} carrier lost {age(case.mono - at)} ago"
                for slave, at in zip(case.slaves, latest, strict=True)
            ),
            step(("journalctl", "-b", "-n", "200"), "was the network restarted here? If not: did the switch restart?"),
            SWITCH,
            LIKELY,
        )


def updelay_running(case: Case) -> Iterator[Sign]:
    """The driver waits before it uses a link again, as it was told to."""
    for slave in case.slaves:
        if slave.state.mii_status == MII_GOING_BACK and case.options.arp_interval == 0:
            yield Sign(
                slave,
                f"{slave.name} {trouble(slave, case)}; this is as configured.",
                (f"{slave.name} MII going back", *told("updelay", case.options.updelay)),
                step(proc(case.bond), f"wait; {slave.name} is used again when updelay is over."),
                CONFIGURATION,
            )


RULES = (
    Rule("BT008", "slave-down", MEDIUM, slave_down, ("BT004",)),
    Rule("BT009", "slave-admin-down", MEDIUM, slave_admin_down, ("BT004",)),
    Rule("BT010", "mii-down-but-carrier", HIGH, mii_down_but_carrier, ("BT024", "BT076", "BT027", "BT048", "BT004")),
    Rule("BT011", "flapping", HIGH, flapping, ("BT029", "BT027")),
    Rule("BT012", "failures-history", INFO, failures_history, ("BT011",)),
    Rule("BT078", "all-lost-at-once", MEDIUM, all_lost_at_once, ("BT004",)),
    Rule("BT083", "updelay-running", INFO, updelay_running),
)
