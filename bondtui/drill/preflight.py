"""What must hold before a drill begins: the pre-flight list, from plans and from what was found out."""

from __future__ import annotations

from bondtui.actions.readiness import ready, ready_without
from bondtui.core.words import counted, listed
from bondtui.drill.outage import span
from bondtui.model.action import ACTIVATE, ASK, DOWN, OK, REFUSE
from bondtui.model.bond import ACTIVE_BACKUP, BALANCE_RR, BROADCAST, MODES_WITH_ACTIVE_SLAVE, Bond, Slave
from bondtui.model.drill import CABLE, SWITCH_ACTIVE, Check, Crossing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bondtui.model.action import Plan
    from bondtui.model.drill import Wish

RANK = {OK: 0, ASK: 1, REFUSE: 2}


def slave_under_test(bond: Bond) -> Slave | None:
    """The slave that carries the traffic now: the active one, else the first that is ready; ``None`` if there is none."""
    if bond.options.mode in MODES_WITH_ACTIVE_SLAVE and bond.active is not None:
        return bond.active
    return next((each for each in bond.slaves if ready(bond, each)), bond.slaves[0] if bond.slaves else None)


def in_turn(bond: Bond) -> tuple[Slave, ...]:
    """Every slave, the one that carries the traffic first."""
    first = slave_under_test(bond)
    return tuple(sorted(bond.slaves, key=lambda each: each != first))


def must_be_active(bond: Bond, fault: str) -> bool:
    """Whether only the active slave can be tested: any other is made the active one first."""
    if fault == CABLE:
        return False  # a person pulls it; nothing else is changed
    mode = bond.options.mode
    return mode == ACTIVE_BACKUP or (fault == SWITCH_ACTIVE and mode in MODES_WITH_ACTIVE_SLAVE)


def heir(bond: Bond, slave: Slave) -> Slave | None:
    """Who is made the active slave instead: the primary, else the highest prio, else the first that is ready."""
    left = ready_without(bond, slave)
    primary = bond.options.primary
    ranked = sorted(left, key=lambda each: (each.ifindex != primary, -(each.state.prio or 0), each.ifindex))
    return ranked[0] if ranked else None


def fault_check(bond: Bond, fault: str) -> Check:
    """Whether the fault exists in this mode, and what it proves."""
    if fault == SWITCH_ACTIVE and bond.options.mode not in MODES_WITH_ACTIVE_SLAVE:
        return Check(
            "fault", REFUSE, f"{bond.options.mode_name} has no active slave to switch; use admin-down or cable"
        )
    return Check("fault", OK, PROVES[fault])


def active_check(bond: Bond, fault: str) -> list[Check]:
    """What a drill leaves as it was found, beside the link: it stays so, and is not undone by itself."""
    if fault == CABLE or bond.options.mode not in MODES_WITH_ACTIVE_SLAVE or bond.active is None:
        return []
    words = (
        f"{bond.active.name} is made the active slave again after each round, where the driver does not do so itself"
    )
    return [Check("active", OK, words)]


PROVES = {
    "admin-down": "admin-down tests the driver, not the detection of a lost link nor a switch that drops frames",
    "switch-active": "switch-active tests a planned change, not the detection of a failure",
    "cable": "cable tests the detection of a lost link, not a switch that stays up and drops frames",
}
"""By fault: what it proves, and what it does not."""


def guard_checks(plans: Iterable[Plan]) -> list[Check]:
    """What the guards say, each guard once with its worst result; and why a plan makes no sense at all."""
    worst: dict[str, Check] = {}
    for plan in plans:
        said = [(each.guard, each.result, each.evidence) for each in plan.guards]
        if plan.refusal:
            said.append(("fault", REFUSE, plan.refusal))
        if plan.nothing_to_do:
            said.append(("state", REFUSE, f"there is nothing to rehearse: {plan.nothing_to_do}"))
        for name, result, words in said:
            known = worst.get(name)
            if known is None or RANK[result] > RANK[known.result]:
                worst[name] = Check(name, result, words)
    return list(worst.values())


def flow_checks(
    bond: Bond, slaves: Iterable[int], crossings: Sequence[Crossing], names: Mapping[int, str], *, placed: bool
) -> list[Check]:
    """Whether each slave under test is crossed by a flow; where it is made the active one first, all will cross it."""
    checks = []
    for slave in slaves:
        crossing = sum(slave in each.slaves for each in crossings)
        name = names.get(slave, f"interface {slave}")
        if placed:
            flows = counted(len(crossings), "flow")
            words = f"{flows} over the active slave {name}"
            if slave != bond.options.active_slave:
                words = f"{name} is made the active slave first, so that the probes cross it"
            checks.append(Check("flows", OK, words))
        elif crossing:
            checks.append(Check("flows", OK, f"{crossing} of {counted(len(crossings), 'flow')} over {name}"))
        else:
            hint = "name more targets with --target" if bond.options.mode != ACTIVE_BACKUP else "it is the backup"
            words = f"no flow crosses {name}, so the verdict cannot be better than not-proven; {hint}"
            checks.append(Check("flows", OK, words, doubtful=True))
    return checks


def crossing_by_mode(bond: Bond) -> Crossing | None:
    """Which slaves every flow crosses, where the mode alone says it; ``None`` where the flows must be looked at."""
    mode = bond.options.mode
    if mode == ACTIVE_BACKUP and bond.active is not None:
        only = frozenset({bond.active.ifindex})
        return Crossing(only, only, f"active-backup sends and receives over the active slave {bond.active.name}")
    if mode in (BALANCE_RR, BROADCAST):
        every = frozenset(each.ifindex for each in bond.slaves if ready(bond, each))
        what = "in turn" if mode == BALANCE_RR else "at once"
        return Crossing(every, frozenset(), f"{bond.options.mode_name} sends over all slaves {what}")
    return None


def baseline_check(sent: int, lost: int, rtt_s: float | None, seconds: float, *, udp: bool = False) -> Check:
    """Whether the probes came back before any fault."""
    if not sent or rtt_s is None:
        return Check("baseline", REFUSE, "no probe was answered before any fault")
    if lost:
        words = f"{lost} of {sent} probes were lost before any fault; a drill would measure that"
        if udp:
            words += (
                " (a closed UDP port refuses about once a second only: probe an echo service, or say a longer --period)"
            )
        return Check("baseline", REFUSE, words)
    return Check("baseline", OK, f"{sent} probes in {seconds:.1f} s, none lost, round trip {span(rtt_s * 1000)}")


def change_of(bond: Bond, slave: Slave, fault: str) -> tuple[str, Slave | None]:
    """The guarded action that is the fault, and the slave it is about: ``down``, or ``activate`` of the heir."""
    return (ACTIVATE, heir(bond, slave)) if fault == SWITCH_ACTIVE else (DOWN, slave)


def wanted_slaves(bond: Bond, wish: Wish) -> tuple[Slave, ...]:
    """The slaves to test; those that are gone meanwhile are left out."""
    if not wish.slaves:
        one = slave_under_test(bond)
        return (one,) if one is not None else ()
    found = (bond.slave_at(each) for each in wish.slaves)
    return tuple(each for each in found if each is not None)


def no_heir(bond: Bond, slave: int) -> str:
    """Why nobody can take over."""
    others = [each.name for each in bond.slaves if each.ifindex != slave]
    return f"no other slave is ready to become the active one ({listed(others)})"
