"""The verdict on a bond: one of five, told from what carries traffic, and one sentence, told from the findings."""

from __future__ import annotations

from bondtui.core.words import age
from bondtui.model.around import Around
from bondtui.model.bond import ACTIVE_BACKUP, MODES_WITH_ACTIVE_SLAVE, Bond, Slave
from bondtui.model.finding import AT_RISK, DEGRADED, DOWN, MEDIUM, OK, SEVERITIES, UNKNOWN, Finding, Judgement, Loss
from bondtui.triage.case import Case, bits_known, carrying, mii_known, returning, standby, unpartnered
from bondtui.triage.engine import OUTAGES, findings
from bondtui.triage.limits import Limits
from bondtui.triage.rule import proc, step
from bondtui.triage.saying import if_lost, names, traffic, verb, what_it_carries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.core.monitor import Monitor

NO_AROUND = Around()
NO_LIMITS = Limits()
IN_A_LAB = Limits(share_at_least_mbps=0.2)
"""The traffic of a lab is bounded to about one Mb/s."""
NO_PARTNER, NO_MONITOR, NEGOTIATING, SPLIT = "BT030", "BT001", "BT082", "BT031"
WITHOUT_LINKS = frozenset({NO_MONITOR, "BT006", NO_PARTNER, "BT024"})
"""Rules whose summary needs no word on who carries the traffic."""
ABOUT_CARRYING = frozenset(
    {NO_MONITOR, *OUTAGES, "BT006", "BT007", "BT008", "BT009", "BT010", NO_PARTNER, NEGOTIATING, "BT083"}
    | {"BT031", "BT032", "BT033", "BT034", "BT035", "BT036", "BT037", "BT038", "BT043", "BT044", "BT046", "BT047"}
    | {"BT048", "BT074", "BT075", "BT076", "BT081", "BT024", "BT027", "BT029"}
    | {"BT014", "BT015"}
)
"""Rules that can be the reason of a verdict."""
PASSING = frozenset({NEGOTIATING, "BT083"})
"""Rules on what is over in a moment; where nothing else is wrong, they tell why redundancy is lost."""
UNSTEADY = frozenset({"BT011", "BT027", "BT029", "BT036", "BT047", "BT057", "BT074"})
"""Rules on what troubles the traffic of a bond of which all slaves can be used at this moment."""
ONE_SLAVE = ("BT008", "BT009", "BT010")
"""Rules that find one slave at a time: the sentence names one of them and counts the rest."""
_MEDIUM = SEVERITIES.index(MEDIUM)


def case_of(  # noqa: PLR0913 - all that a case is made of
    monitor: Monitor,
    bond: Bond,
    mono: float,
    around: Around = NO_AROUND,
    limits: Limits = NO_LIMITS,
    set_down: int | None = None,
    *,
    first_words: bool = False,
) -> Case:
    """A bond of a running bondtui and all that is remembered of it, at this moment."""
    if monitor.lab and limits == NO_LIMITS:
        limits = IN_A_LAB
    return Case(bond, mono, monitor.tracks, around, limits, set_down=set_down, first_words=first_words)


def judge(case: Case, muted: frozenset[str] = frozenset()) -> Judgement:
    """The verdict with its findings. To mute a rule, by id or name, takes its finding away; what carries traffic is not changed by that."""
    every = findings(case)
    shown = without(every, muted) if muted else every
    rank = _rank(case, {each.rule for each in every})
    if rank == OK and any(each.rule in UNSTEADY for each in shown):
        rank = DEGRADED
    roots = [each for each in shown if not each.because_of]
    reason = None if rank in (OK, UNKNOWN) else _reason(case, roots)
    if rank == OK and returning(case.bond):
        reason = next((each for each in roots if each.rule == "BT083"), None)
    outage = next((each for each in every if each.rule in OUTAGES), None)
    said = ONE_SLAVE if reason is not None and reason.rule in ONE_SLAVE else ()
    others = [each for each in roots if each is not reason and each.rule not in said and each.weight >= _MEDIUM]
    sentence = _calm(case, rank) if reason is None else _alarmed(case, rank, reason)
    if rank == DOWN and reason is not None and reason.rule not in OUTAGES:
        sentence = f"{outage.summary} {sentence}" if outage else sentence
    if others:
        sentence = f"{sentence} Also: {others[0].summary}"
    head = outage or reason or next(iter(others), None)
    return Judgement(
        rank,
        sentence.strip(),
        _consequence(case, rank, reason),
        head.next_step if head else step(proc(case.bond), "tells all that the driver says.") if rank == UNKNOWN else "",
        shown if reason is None else _with_first(reason, shown),
        () if case.first_words else _losses(case),
        in_use=bool(case.slaves) or case.bond.link.admin_up is not False,
    )


def out_of_date(judged: Judgement, age_s: float) -> Judgement:
    """What is left of a judgement when nothing new could be read for so long: what was the case, and no finding."""
    before = f"{judged.word}: {judged.sentence}" if judged.sentence else judged.word
    sentence = f"Nothing was read for {age(age_s)}. Before that {before}"
    return Judgement(UNKNOWN, sentence, judged.consequence, judged.next_step)


def without(every: Sequence[Finding], muted: frozenset[str]) -> tuple[Finding, ...]:
    """The findings of all other rules; what a muted one explains stands for itself."""
    gone = {each.rule for each in every if each.rule in muted or each.name in muted}
    return tuple(
        each._replace(because_of="") if each.because_of in gone else each for each in every if each.rule not in gone
    )


def _losses(case: Case) -> tuple[Loss, ...]:
    from bondtui.triage.what_if import losses  # noqa: PLC0415 - the first words do without it

    return losses(case)


def _with_first(reason: Finding, shown: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with the one that the sentence begins with in front, and what it explains behind it."""
    begin = shown.index(reason)
    end = next((n for n in range(begin + 1, len(shown)) if not shown[n].because_of), len(shown))
    return (*shown[begin:end], *shown[:begin], *shown[end:])


def _rank(case: Case, found: set[str]) -> int:
    bond = case.bond
    if found & OUTAGES:
        return DOWN
    if NO_PARTNER in found:
        return AT_RISK  # one port may still be used by itself, as a link without LACP
    left = carrying(bond)
    if not mii_known(bond) or not bond.slaves or (case.partial and len(left) < 2):
        return UNKNOWN
    if case.is_lacp and not all(bits_known(slave) for slave in case.usable):
        return _by_aggregators(case) if SPLIT in found else UNKNOWN
    if not left:
        return UNKNOWN if NEGOTIATING in found else AT_RISK if case.is_lacp else DOWN
    if len(left) == 1 and not standby(bond):
        return AT_RISK
    return _of_several(case, found, len(left))


def _of_several(case: Case, found: set[str], left: int) -> int:
    """The rank where something else takes over if one slave dies."""
    if case.options.mode == ACTIVE_BACKUP and case.monitored:
        left += len(returning(case.bond))  # a backup in its updelay is taken early if need be
    if (case.monitored is False and case.options.mode in MODES_WITH_ACTIVE_SLAVE) or "BT024" in found:
        return AT_RISK
    if case.monitored is False:
        return DEGRADED  # the other modes avoid a link without carrier, and nothing else that is dead
    return DEGRADED if left < len(case.slaves) else OK


def _by_aggregators(case: Case) -> int:
    """Where the bits are hidden: only one of the aggregators carries traffic."""
    ids = [slave.state.aggregator_id for slave in case.usable]
    return DEGRADED if max(map(ids.count, ids)) > 1 else AT_RISK


def _reason(case: Case, roots: Sequence[Finding]) -> Finding | None:
    """The finding that the sentence begins with; of several lost slaves the latest that nobody has set down."""
    reason = next((each for each in roots if each.rule in ABOUT_CARRYING | UNSTEADY), None)
    if reason is not None and reason.rule == "BT007":
        reason = next((each for each in roots if each.rule in PASSING), reason)
    if reason is None or reason.rule not in ONE_SLAVE:
        return reason
    alike = [each for each in roots if each.rule in ONE_SLAVE]
    return max(alike, key=lambda each: (each.rule != "BT009", _lost_at(case, each.ifindex)))


def _lost_at(case: Case, ifindex: int | None) -> float:
    track = case.tracks.get(ifindex or 0)
    return track.down_since.mono if track and track.down_since else 0.0


def _alarmed(case: Case, rank: int, reason: Finding) -> str:
    left = carrying(case.bond)
    if rank == DOWN or reason.rule in WITHOUT_LINKS or not left or (case.is_lacp and not all(map(bits_known, left))):
        return reason.summary
    said = reason.summary
    more = sum(not slave.usable for slave in case.slaves) - 1
    if reason.rule in ONE_SLAVE and more > 0:
        said = f"{said.removesuffix('.')} ({more} more down)."
    return f"{said} {traffic(case.bond, left)}".strip()


def _calm(case: Case, rank: int) -> str:
    bond, slaves = case.bond, list(case.slaves)
    if rank == UNKNOWN:
        return _cannot_tell(case)
    if rank != OK:
        return f"{names(carrying(bond))} of {len(slaves)} slaves can carry traffic."
    if len(slaves) > 1 and bond.options.mode == ACTIVE_BACKUP and bond.active is not None:
        others = [slave for slave in slaves if slave.ifindex != bond.active.ifindex]
        takers = f"{others[0].name} takes" if len(others) == 1 else f"one of {len(others)} others takes"
        return f"{_all(slaves)} up. {traffic(bond, slaves)} If it fails, {takers} over.{_lately(case)}"
    return f"{_all(slaves)} up. {traffic(bond, slaves)}{_lately(case)}"


def _cannot_tell(case: Case) -> str:
    name = case.bond.name
    if case.partial:
        return f"The text about {name} is not whole: there may be more slaves than it shows."
    if not case.slaves:
        return f"{name} is set down and has no slaves: it is not in use."
    if not mii_known(case.bond):
        return f"What {name} carries cannot be told: the MII status of a slave is not known."
    if not all(bits_known(slave) for slave in case.usable):
        hidden = "hidden (needs CAP_NET_ADMIN)" if case.bond.hidden else "not known"
        return (
            f"Links are up, but whether {name} carries traffic cannot be told: the LACP state of its ports is {hidden}."
        )
    return f"LACP on {name} is still being negotiated."


def _lately(case: Case) -> str:
    """What is no flapping yet, which a rule would tell."""
    window = case.limits.flap_window_s
    lost = ((slave, case.track(slave).downs_within(case.mono, window)) for slave in case.slaves)
    return "".join(
        f" {slave.name} was lost {times} times in {age(window)}."
        for slave, times in lost
        if 1 < times < case.limits.flap_failures
    )


def _all(slaves: list[Slave]) -> str:
    return {1: "The only slave is", 2: "Both slaves are"}.get(len(slaves), f"All {len(slaves)} slaves are")


def _consequence(case: Case, rank: int, reason: Finding | None) -> str:
    if reason is None:
        return ""
    if rank == DOWN:
        return f"Lost now: {what_it_carries(case.bond)}." if case.slaves else ""
    if reason.rule == NO_PARTNER:
        return f"Carrier stays up, so nothing fails over by itself: at stake is {what_it_carries(case.bond)}."
    if reason.rule == NO_MONITOR and case.options.mode in MODES_WITH_ACTIVE_SLAVE:
        return "If the link in use fails, its traffic is lost until somebody acts."
    left, takers = carrying(case.bond), standby(case.bond)
    if len(left) == 1 and takers:
        return f"If {left[0].name} fails, {names(takers)} {verb(takers, 'takes', 'take')} over within about a second."
    if perhaps := [slave for slave in unpartnered(case.bond) if slave not in left]:
        return f"If {names(left)} fails, {perhaps[0].name} is used without LACP, which the switch may drop: {what_it_carries(case.bond)}."
    return if_lost(case.bond, left) if all(map(bits_known, case.usable)) or not case.is_lacp else ""
