"""Which slave is active, and how the neighbours learn of a change (drivers/net/bonding/bond_main.c, bond_find_best_slave)."""

from __future__ import annotations

from bondtui.core.words import age, counted
from bondtui.model.bond import ACTIVE_BACKUP, MODES_WITH_ACTIVE_SLAVE
from bondtui.model.finding import CONFIGURATION, INFO, LOW, MEDIUM, Fix
from bondtui.triage.rule import Rule, Sign, proc, step
from bondtui.triage.saying import names, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.model.bond import Slave
    from bondtui.triage.case import Case

_FLAPS = 2
"""So many losses of the primary within the window: each of them has moved the traffic twice."""
_SENDS_LATE = 7
"""Since this major release a lone notification is not lost when all slaves had been down."""


def _primary(case: Case) -> Slave | None:
    """The primary slave, where the mode has one and it is in the bond."""
    if case.options.primary is None or case.options.mode not in MODES_WITH_ACTIVE_SLAVE:
        return None
    return case.bond.slave_at(case.options.primary)


def primary_flaps(case: Case) -> Iterator[Sign]:
    """With ``always`` each loss of the primary costs two switches: away from it and back."""
    if case.options.primary_reselect != "always":
        return
    primary = _primary(case)
    if primary is None or len(case.slaves) < 2 or (times := case.flaps(primary)) < _FLAPS:
        return
    bond = case.bond
    yield Sign(
        primary,
        f"The primary {primary.name} lost its link {times} times lately, and each time {bond.name} moved its traffic away"
        " and back again: two interruptions for one fault.",
        (
            f"primary {primary.name}",
            "primary_reselect always",
            f"{primary.name} lost {counted(times, 'time')} in {age(case.limits.flap_window_s)}",
        ),
        step(
            ("ethtool", primary.name),
            f"repair the link of {primary.name}; until then primary_reselect failure leaves the traffic where it is.",
        ),
        CONFIGURATION,
        fix=Fix(options={"primary_reselect": "failure"}),
    )


def not_on_primary(case: Case) -> Iterator[Sign]:
    """By policy, or because somebody switched by hand: the driver looks again only when a link changes."""
    primary, active = _primary(case), case.bond.active
    if primary is None or active is None or active.ifindex == primary.ifindex or not primary.usable:
        return
    bond, reselect = case.bond, case.options.primary_reselect
    why = {
        "always": "somebody switched by hand, and it goes back when a link changes",
        "better": "primary_reselect better moves it back only to a faster link",
        "failure": "primary_reselect failure moves it back only when the active link fails",
    }.get(reselect or "", "")
    yield Sign(
        bond,
        f"Traffic of {bond.name} is on {active.name} although the primary {primary.name} is up"
        f"{f': {why}' if why else ''}.",
        (
            f"active_slave {active.name}",
            f"primary {primary.name}",
            *told("primary_reselect", reselect),
            f"{primary.name} MII status up",
        ),
        step(
            proc(bond),
            f"no traffic is lost by this; to move it back now, switch the active slave to {primary.name}.",
        ),
        CONFIGURATION,
    )


def prio_ignored(case: Case) -> Iterator[Sign]:
    """The driver does not look at ``prio`` while a primary is set, and warns of it in the kernel log."""
    primary = _primary(case)
    given = [slave for slave in case.slaves if slave.state.prio] if primary is not None else []
    if primary is None or not given:
        return
    bond = case.bond
    yield Sign(
        bond,
        f"The prio of {names(given)} has no effect in {bond.name}, because {primary.name} is"
        " the primary: traffic may go to another slave than was meant.",
        (f"primary {primary.name}", *(f"{slave.name} prio {slave.state.prio}" for slave in given)),
        step(
            ("ip", "-d", "link", "show", "master", bond.name),
            f"decide for one of the two: have the primary removed where {bond.name} is configured, or the prio.",
        ),
        CONFIGURATION,
    )


def no_notification(case: Case) -> Iterator[Sign]:
    """Without a gratuitous ARP the switches send to the old port until they hear from the host again."""
    if case.options.mode != ACTIVE_BACKUP or case.options.num_peer_notif != 0:
        return
    bond = case.bond
    yield Sign(
        bond,
        f"{bond.name} tells nobody of a failover (num_grat_arp 0): what others send to it goes to the dead port until the"
        " switches have learnt anew.",
        ("num_grat_arp 0",),
        step(
            ("cat", f"/sys/class/net/{bond.name}/bonding/num_grat_arp"),
            f"have num_grat_arp set to 3 where {bond.name} is configured.",
        ),
        CONFIGURATION,
        fix=Fix(options={"num_grat_arp": "3"}),
    )


def one_notification(case: Case) -> Iterator[Sign]:
    """Older kernels lose the only notification when every slave had been down."""
    if case.options.mode != ACTIVE_BACKUP or case.options.num_peer_notif != 1:
        return
    major = _major(case.around.kernel)
    if major is None or major >= _SENDS_LATE:
        return
    bond = case.bond
    yield Sign(
        bond,
        f"{bond.name} sends one gratuitous ARP after a failover, and this kernel sends none after all slaves had been"
        " down: the switches may then send to the old port for a while.",
        ("num_grat_arp 1", f"kernel {case.around.kernel}"),
        step(
            ("cat", f"/sys/class/net/{bond.name}/bonding/num_grat_arp"),
            f"have num_grat_arp set to 3 where {bond.name} is configured.",
        ),
        CONFIGURATION,
        fix=Fix(options={"num_grat_arp": "3"}),
    )


def _major(release: str | None) -> int | None:
    """6 of ``6.1.0-13-amd64``."""
    first = (release or "").partition(".")[0]
    return int(first) if first.isascii() and first.isdecimal() else None


def own_mac_told_once(case: Case) -> Iterator[Sign]:
    """With ``fail_over_mac active`` a failover changes the MAC, so every neighbour must hear of it."""
    options = case.options
    if options.mode != ACTIVE_BACKUP or options.fail_over_mac != "active":
        return
    if options.num_peer_notif is None or options.num_peer_notif >= 2:
        return
    bond = case.bond
    yield Sign(
        bond,
        f"A failover changes the MAC of {bond.name}, and it is told {'once' if options.num_peer_notif else 'not at all'}:"
        " whoever misses that keeps sending to the old one until its ARP entry is renewed.",
        ("fail_over_mac active", f"num_grat_arp {options.num_peer_notif}"),
        step(
            ("cat", f"/sys/class/net/{bond.name}/bonding/num_grat_arp"),
            f"have num_grat_arp set to 3 or more where {bond.name} is configured.",
        ),
        CONFIGURATION,
        fix=Fix(options={"num_grat_arp": "3"}),
    )


RULES = (
    Rule("BT018", "primary-flap", MEDIUM, primary_flaps, explained_by=("BT011",)),
    Rule("BT019", "not-on-primary", INFO, not_on_primary),
    Rule("BT021", "prio-ignored", LOW, prio_ignored),
    Rule("BT022", "grat-arp-off", MEDIUM, no_notification),
    Rule("BT023", "grat-arp-one", INFO, one_notification, explained_by=("BT059",)),
    Rule("BT059", "fom-active-arp", LOW, own_mac_told_once, explained_by=("BT022",)),
)
