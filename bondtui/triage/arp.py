"""The ARP monitor: what it asks, whom it believes, and when it fools itself (Documentation/networking/bonding.rst, 7).

A positive ``arp_interval`` is enough to know that it is on: the driver sets it to 0 in the modes that cannot have one.
"""

from __future__ import annotations

from bondtui.core.words import age, counted, listed
from bondtui.model.bond import ACTIVE_BACKUP, BALANCE_RR, BALANCE_XOR, MII_DOWN, MII_UP
from bondtui.model.finding import CONFIGURATION, CRITICAL, HIGH, LIKELY, MEDIUM, POSSIBLE, Fix
from bondtui.triage.rule import Rule, Sign, proc, step
from bondtui.triage.saying import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.model.bond import Slave
    from bondtui.triage.case import Case

_MISSED_MAX = 2
"""The driver's default of arp_missed_max, and its only value before 5.17."""
_FALSE_DOWNS = 2
_MILDER = {"all": "active", "backup": "active", "filter_backup": "filter_active"}
"""With these a backup slave stays up only while it hears the requests that the active one sends; and the same without."""


def _targets(case: Case) -> tuple[str, ...] | None:
    """All targets of the ARP monitor that is on; ``None`` when it is off, or not all of them are told."""
    options = case.options
    if not options.arp_interval or options.arp_ip_targets is None or options.ns_ip6_targets is None:
        return None
    return options.arp_targets


def no_target(case: Case) -> Iterator[Sign]:
    """It has nobody to ask."""
    if _targets(case) != ():
        return
    bond = case.bond
    yield Sign(
        bond,
        f"The ARP monitor of {bond.name} has no target: it has nobody to ask, so slaves are given up or kept by chance.",
        (f"arp_interval {case.options.arp_interval}", "arp_ip_target (none)"),
        step(
            ("cat", f"/sys/class/net/{bond.name}/bonding/arp_ip_target"),
            "have two or more targets set (such as both gateways), or miimon 100 instead of the ARP monitor.",
        ),
        CONFIGURATION,
        fix=Fix(options={"arp_interval": "0", "miimon": "100"}),
    )


def one_target(case: Case) -> Iterator[Sign]:
    """Its restart looks like the loss of every link."""
    if not case.options.arp_interval:
        return
    targets = _targets(case)
    if targets is None or len(targets) != 1:
        return
    bond = case.bond
    yield Sign(
        bond,
        f"The ARP monitor of {bond.name} asks one target only, {targets[0]}: when that one is away, every slave is taken"
        " for dead.",
        (f"arp_interval {case.options.arp_interval}", f"arp_ip_target {targets[0]}"),
        step(
            proc(bond), "have a second target set that is up at other times than the first, with arp_all_targets any."
        ),
        CONFIGURATION,
    )


def not_validated(case: Case) -> Iterator[Sign]:
    """Without validation any frame that comes in proves that a slave works."""
    options = case.options
    if options.mode != ACTIVE_BACKUP or not options.arp_interval or options.arp_validate != "none":
        return
    bond = case.bond
    yield Sign(
        bond,
        f"The ARP monitor of {bond.name} takes any frame for an answer (arp_validate none): a slave whose path to the"
        " targets is dead stays up as long as it hears somebody's broadcasts.",
        (f"arp_interval {options.arp_interval}", "arp_validate none"),
        step(proc(bond), f"have arp_validate set to active where {bond.name} is configured."),
        CONFIGURATION,
        fix=Fix(options={"arp_validate": "active"}),
    )


def answers_on_one_link(case: Case) -> Iterator[Sign]:
    """In these modes the switch sends each reply down one link, so the others look dead."""
    options = case.options
    if options.mode not in (BALANCE_RR, BALANCE_XOR) or not options.arp_interval:
        return
    lost = [(slave, times) for slave in case.slaves if (times := _false_downs(case, slave))]
    dead = [
        slave
        for slave in case.slaves
        if slave.link.carrier
        and slave.state.mii_status == MII_DOWN
        and case.unusable_for_s(slave) > case.arp_patience_s
    ]
    if sum(times for _, times in lost) < _FALSE_DOWNS and not (dead and case.usable):
        return
    bond = case.bond
    yield Sign(
        bond,
        f"Slaves of {bond.name} are taken for dead although their links are up: in {options.mode_name} the"
        " ARP replies come back on one link only, so the monitor misses them on the others.",
        (
            f"mode {options.mode_name}",
            f"arp_interval {options.arp_interval}",
            *(_times(case, slave, times) for slave, times in lost),
            *(f"{slave.name} carrier up, MII {slave.state.mii_status}" for slave in dead),
        ),
        step(proc(bond), f"have miimon 100 instead of arp_interval set where {bond.name} is configured."),
        CONFIGURATION,
        LIKELY,
        Fix(options={"miimon": "100", "arp_interval": "0"}),
    )


def too_fast(case: Case) -> Iterator[Sign]:
    """A short delay of a reply is then enough for a false alarm."""
    options = case.options
    interval, short = options.arp_interval or 0, case.limits.arp_interval_short_ms
    if not interval or (interval >= short and options.arp_missed_max != 1):
        return
    bond, allowed = case.bond, options.arp_missed_max
    fix = {"arp_interval": "250"} if interval < short else {}
    if allowed == 1:
        fix["arp_missed_max"] = str(_MISSED_MAX)
    yield Sign(
        bond,
        f"The ARP monitor of {bond.name} gives up a slave after"
        f" {'one missed answer' if allowed == 1 else 'answers missing for a moment'}: a busy target or"
        " switch is enough for a false failover.",
        (f"arp_interval {interval}", *told("arp_missed_max", allowed)),
        step(proc(bond), "have arp_interval set to 250 or more, and arp_missed_max to 2 or more."),
        CONFIGURATION,
        fix=Fix(options=fix),
    )


def all_lost_together(case: Case) -> Iterator[Sign]:
    """When every slave misses the answers at once, it is the target or the way to it, not the slaves."""
    options, slaves = case.options, case.slaves
    if not options.arp_interval or len(slaves) < 2:
        return
    lost = [(slave, _false_downs(case, slave)) for slave in slaves]
    if not all(times for _, times in lost) or not _together(case):
        return
    bond = case.bond
    targets = listed(list(options.arp_targets)) if options.arp_targets else "its targets"
    command = ("ip", "route", "get", options.arp_targets[0]) if options.arp_targets else proc(bond)
    yield Sign(
        bond,
        f"All slaves of {bond.name} were taken for dead together while their links stayed up: the ARP targets, the way to"
        " them, or the address that the bond asks from is the cause, and each time all traffic stops.",
        (f"arp_interval {options.arp_interval}", *(_times(case, slave, times) for slave, times in lost)),
        step(command, f"is {targets} up, on {bond.name} and in its VLAN, and does {bond.name} have an address there?"),
        confidence=LIKELY,
    )


def _false_downs(case: Case, slave: Slave) -> int:
    """How often the slave was given up within the window although it had its carrier.

    The kernel log does not tell whether it had, but a carrier that has changed so seldom cannot have gone each time.
    """
    if slave.link.carrier is False or case.carrier_losses(slave):
        return 0
    window, changes = case.limits.flap_window_s, slave.link.carrier_changes
    watched = sum(1 for each in case.track(slave).failures if case.mono - each <= window)
    logged = sum(1 for ago in case.around.lost_links.get(slave.ifindex, ()) if ago <= window)
    return max(watched, logged - (changes + 1) // 2 if changes is not None else 0)


def _together(case: Case) -> bool:
    """Whether the latest losses of all slaves lie as close as the monitor needs for trying one after the other."""
    options = case.options
    rounds = len(case.slaves) * ((options.arp_missed_max or _MISSED_MAX) + 2)
    latest = [_latest_loss(case, slave) for slave in case.slaves]
    known = [each for each in latest if each is not None]
    return len(known) == len(latest) and max(known) - min(known) <= 1.0 + rounds * (options.arp_interval or 0) / 1000


def _latest_loss(case: Case, slave: Slave) -> float | None:
    """How many seconds ago the slave was last lost, as watched or else as the kernel log tells."""
    watched = [case.mono - each for each in case.track(slave).failures[-1:]]
    return min([*watched, *case.around.lost_links.get(slave.ifindex, ())], default=None)


def _times(case: Case, slave: Slave, times: int) -> str:
    return f"{slave.name} {counted(times, 'link failure')} in {age(case.limits.flap_window_s)}, carrier losses 0"


def backup_not_heard(case: Case) -> Iterator[Sign]:
    """A backup slave must hear the active one's requests over the switch; where it cannot, it counts as dead."""
    options, active = case.options, case.bond.active
    milder = _MILDER.get(options.arp_validate or "")
    if options.mode != ACTIVE_BACKUP or not options.arp_interval or milder is None:
        return
    if active is None or active.state.mii_status != MII_UP:
        return
    for slave in case.slaves:
        if slave.ifindex == active.ifindex or slave.state.mii_status != MII_DOWN or slave.link.carrier is not True:
            continue
        if case.unusable_for_s(slave) <= case.arp_patience_s:
            continue
        was_up = case.track(slave).mii_at is not None
        yield Sign(
            slave,
            f"{slave.name} is taken for dead although its link is up: with arp_validate {options.arp_validate} it must"
            f" hear the requests that {active.name} sends, and it does not; so nothing is there to fail over to.",
            (
                f"arp_validate {options.arp_validate}",
                f"{slave.name} carrier 1",
                f"{slave.name} MII status down",
                f"{active.name} MII status up",
            ),
            step(
                ("tcpdump", "-nni", slave.name, "arp"),
                f"where no requests of {active.name} arrive, see that both ports are in one VLAN; else have"
                f" arp_validate set to {milder}.",
            ),
            CONFIGURATION,
            POSSIBLE if was_up else LIKELY,
            Fix(options={"arp_validate": milder}),
        )


RULES = (
    Rule("BT024", "arp-no-target", CRITICAL, no_target),
    Rule("BT025", "arp-one-target", MEDIUM, one_target),
    Rule("BT026", "arp-novalidate", MEDIUM, not_validated, explained_by=("BT024",)),
    Rule("BT027", "arp-in-lb", HIGH, answers_on_one_link, explained_by=("BT024", "BT029")),
    Rule("BT028", "arp-too-fast", MEDIUM, too_fast),
    Rule("BT029", "arp-all-flap", HIGH, all_lost_together, explained_by=("BT024", "BT028")),
    Rule("BT076", "arp-validate-backup", MEDIUM, backup_not_heard, explained_by=("BT024",)),
)
