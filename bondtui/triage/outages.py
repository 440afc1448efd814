"""Rules on bonds that carry nothing, or have nothing left to lose."""

from __future__ import annotations

from bondtui.core.words import counted
from bondtui.model.bond import MII_UP, MODES_WITH_ACTIVE_SLAVE, Slave
from bondtui.model.finding import (
    CERTAIN,
    CONFIGURATION,
    CRITICAL,
    HIGH,
    HOST,
    LIKELY,
    Fix,
)
from bondtui.triage.case import Case, aggregators_known, bits_known, carrying, mii_known, standby, unpartnered
from bondtui.triage.lacp_port import Port
from bondtui.triage.link import evidence, next_step, show, side_of
from bondtui.triage.rule import Rule, Sign, command, proc, step
from bondtui.triage.saying import are, names, told, trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


LONGEST_S = 2.0
"""Traffic that is lost for longer is an outage, however long the monitor is allowed to take."""
GRACE_S = 1.0
"""The driver may need so long beside its own delays."""


def stale_active(case: Case) -> Iterator[Sign]:
    """The active slave has no link, and the driver goes on using it."""
    active = case.bond.active
    if active is None or case.options.mode not in MODES_WITH_ACTIVE_SLAVE:
        return
    if active.state.mii_status != MII_UP or (active.link.admin_up is not False and active.link.carrier is not False):
        return
    if case.monitored is None or (case.monitored and not _overdue(active, case)):
        return
    why = "has no carrier" if active.link.admin_up is not False else "is set down"
    because = "the link monitor has not noticed" if case.monitored else "no link monitor is on, so nobody noticed"
    yield Sign(
        case.bond,
        f"Traffic goes to {active.name}, which {why}: {because}.",
        (f"active slave {active.name}", *evidence(active)),
        step(proc(case.bond), "'bondtui activate' can move the traffic to a slave that has a link."),
        HOST if case.monitored else CONFIGURATION,
    )


def _overdue(active: Slave, case: Case) -> bool:
    """Whether the link monitor should have noticed by now, or takes too long for anybody to wait."""
    track = case.track(active)
    since = track.down_since.mono if track.down_since else track.first_at
    patience = min(LONGEST_S, max((case.options.miimon or 0) / 1000 + GRACE_S, case.arp_patience_s))
    return case.text or (since is not None and case.mono - since > patience)


def no_slaves(case: Case) -> Iterator[Sign]:
    """The bond is set up and empty."""
    if not case.slaves and not case.partial and case.bond.link.admin_up is not False:
        yield Sign(
            case.bond,
            f"{case.bond.name} has no slaves: it carries no traffic.",
            ("slaves none",),
            step(
                proc(case.bond), "'networkctl status', 'nmcli device' or the interfaces file tell why none was added."
            ),
            CONFIGURATION,
            LIKELY if case.text else CERTAIN,
            Fix(kind="enslave"),
        )


def all_down(case: Case) -> Iterator[Sign]:
    """There are slaves, and the driver can use none of them."""
    slaves = case.slaves
    if not slaves or case.usable or any(slave.state.mii_status is None for slave in slaves):
        return
    reasons = "; ".join(f"{slave.name} {trouble(slave, case)}" for slave in slaves[:3])
    more = f"; and {len(slaves) - 3} more" if len(slaves) > 3 else ""
    yield Sign(
        case.bond,
        f"No slave is up, {case.bond.name} carries no traffic: {reasons}{more}.",
        tuple(line for slave in slaves[:8] for line in evidence(slave)),
        next_step(slaves[0], case),
        side_of(slaves[0], case),
        CERTAIN if all(slave.link.admin_up is False for slave in slaves) else LIKELY,
    )


def single_slave(case: Case) -> Iterator[Sign]:
    """There is nothing to fail over to, by the number of slaves."""
    if len(case.slaves) == 1 and not case.partial:
        only = case.slaves[0].name
        yield Sign(
            case.bond,
            f"{case.bond.name} has a single slave, {only}: there is nothing to fail over to.",
            (f"slaves {only}",),
            step(proc(case.bond), f"find the missing slave in the configuration of {case.bond.name}."),
            CONFIGURATION,
            fix=Fix(kind="enslave"),
        )


def redundancy_lost(case: Case) -> Iterator[Sign]:
    """One slave carries everything although there are others."""
    if not mii_known(case.bond) or (
        case.is_lacp and not (aggregators_known(case.bond) and all(map(bits_known, case.usable)))
    ):
        return
    left = carrying(case.bond)
    if case.is_lacp and not all(map(case.lacp_settled, case.usable)):
        return  # who is still being negotiated with is not lost
    if case.options.mode is not None and len(case.slaves) > 1 and len(left) == 1 and not standby(case.bond):
        others = [slave for slave in case.slaves if slave.ifindex != left[0].ifindex]
        perhaps = [slave for slave in unpartnered(case.bond) if slave.ifindex != left[0].ifindex]
        what_then = (
            "a port without LACP partner is used, which the switch may drop" if perhaps else "everything is lost"
        )
        yield Sign(
            case.bond,
            f"Only {left[0].name} can carry the traffic of {case.bond.name}: if it fails, {what_then}.",
            (
                f"{counted(len(case.slaves), 'slave')}, usable {left[0].name}",
                *(line for slave in others[:4] for line in _why_useless(slave, case)),
            ),
            step(proc(case.bond), f"repair {names(others)} before anybody touches {left[0].name}."),
        )


def _why_useless(slave: Slave, case: Case) -> tuple[str, ...]:
    """What keeps a slave from carrying traffic."""
    if not slave.usable or not case.is_lacp:
        return tuple(line for line in evidence(slave) if not line.endswith(" up"))
    return Port(slave, case).evidence[:3]


def bond_set_down(case: Case) -> Iterator[Sign]:
    """Somebody has set the bond itself down."""
    if case.bond.link.admin_up is False and case.slaves:
        name = case.bond.name
        yield Sign(
            case.bond,
            f"{name} is set down: it carries no traffic.",
            (f"{name} admin down",),
            step(
                show(name),
                f"find out who set it down; {command('ip', 'link', 'set', 'dev', name, 'up')} brings it back.",
            ),
            HOST,
        )


def bond_no_carrier(case: Case) -> Iterator[Sign]:
    """A slave is up, and yet the bond has no carrier."""
    usable, link = case.usable, case.bond.link
    if not usable or case.options.mode is None or link.admin_up is False or link.carrier is not False:
        return
    if case.is_lacp and not any(case.lacp_settled(slave) for slave in usable):
        return  # no aggregator has been chosen yet
    yield Sign(
        case.bond,
        f"{case.bond.name} has no carrier although {names(usable)} {are(usable)} up: it carries no traffic.",
        (
            f"{case.bond.name} carrier lost",
            *(f"{slave.name} MII up" for slave in usable),
            *told("min_links", case.options.min_links),
        ),
        step(show(case.bond.name), "the kernel log ('dmesg') tells more."),
        HOST,
    )


def no_active_slave(case: Case) -> Iterator[Sign]:
    """A slave is up, and yet none is active."""
    usable = case.usable
    if usable and case.has_no_active:
        yield Sign(
            case.bond,
            f"No slave of {case.bond.name} is active although {names(usable)} {are(usable)} up: it carries no traffic.",
            ("active slave none", *(f"{slave.name} MII up" for slave in usable)),
            step(show(case.bond.name), "the kernel log ('dmesg') tells more."),
            HOST,
        )


RULES = (
    Rule("BT002", "stale-active", CRITICAL, stale_active, ("BT001", "BT015", "BT014")),
    Rule("BT003", "no-slaves", CRITICAL, no_slaves, ("BT081",)),
    Rule("BT004", "all-down", CRITICAL, all_down, ("BT024", "BT029", "BT071")),
    Rule("BT006", "single-slave", HIGH, single_slave, ("BT081",)),
    Rule(
        "BT007",
        "redundancy-lost",
        HIGH,
        redundancy_lost,
        (
            *(
                "BT071",
                "BT002",
                "BT030",
                "BT043",
                "BT036",
                "BT032",
                "BT046",
                "BT031",
                "BT044",
                "BT075",
                "BT035",
                "BT034",
                "BT037",
            ),
            *("BT038", "BT033", "BT008", "BT009", "BT076", "BT010", "BT048"),
        ),
    ),
    Rule("BT071", "bond-set-down", CRITICAL, bond_set_down),
    Rule("BT072", "bond-no-carrier", CRITICAL, bond_no_carrier, ("BT005",)),
    Rule("BT073", "no-active-slave", CRITICAL, no_active_slave),
)
