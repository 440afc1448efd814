"""The course of one round of a drill as a state machine: what is seen goes in, what to do next comes out.

It knows no clock, no probe and no kernel: whoever runs it says what is seen now and carries out the
orders. The steps and their order::

    baseline -> [placing ->] fault -> failover -> holding -> restoring -> failback -> settling -> done

A step is left when its function in ``_STEPS`` says so, and early from every step when somebody asks to
stop or when it would not be safe to go on. Then the order is ``give up``: take back at once what is in place.
"""

from __future__ import annotations

from bondtui.model.drill import (
    BASELINE,
    CABLE,
    DONE,
    FAILBACK,
    FAILOVER,
    FAULT,
    HOLDING,
    PLACING,
    RESTORING,
    SETTLING,
)
from bondtui.model.record import NamedTuple

NOTHING, PLACE, KEEP, INJECT, RESTORE, RETURN, GIVE_UP, FINISH = (
    *("", "place", "keep", "inject", "restore", "return", "give up", "finish"),
)
"""Orders: make the slave under test the active one; let that stay; do the fault; take it back; make the slave that was
active at the start active again; take everything back at once; go on with the next round."""

BASELINE_PATIENCE_S = 10.0
"""So long the probes may take until none is missing."""
PERSON_PATIENCE_S = 180.0
"""So long a person may take to pull a cable, or to put it back."""
RESTORED_LIMIT_MS = 60_000.0
"""Longer than a switch port needs until it forwards again (spanning tree, twice 15 s)."""
COME_BACK_S = 15.0
"""So long a slave that is up again may take beyond the driver's own time until it can carry traffic."""


class Rules(NamedTuple):
    """What holds for every round of a drill."""

    fault: str
    hold_s: float
    limit_ms: float
    baseline_s: float = 1.0
    recovery_s: float = 1.0
    """How long the driver takes by its options to use a slave again whose link is back."""
    silent_ms: float = 300.0
    """So long answers must stay away to be taken for the fault where the kernel says nothing."""
    places: bool = False
    """Whether the slave under test must be the active one."""


class Seen(NamedTuple):
    """What is seen at one moment."""

    now: float
    quiet_since: float | None
    """Since when every flow has been answered without a gap (the send time of a probe); ``None`` while answers are missing."""
    answered_up_to: float | None
    """Every flow has been answered up to here: the send time of the newest answered probe of the flow that is furthest behind."""
    open_gap_ms: float
    """How long the longest present run of missing probes has lasted."""
    lost_since: float | None = None
    """When the first probe was sent that is missing since the step before the fault; ``None`` when none is."""
    link_lost: float | None = None
    """When the kernel said that the slave under test lost its carrier, since the round began."""
    noticed: float | None = None
    """When the driver said that it does not use the slave under test any more, since the round began."""
    link_back: float | None = None
    """When the kernel said that its link is back, since the fault was over."""
    slave_ready: bool = True
    """Whether the slave under test can carry traffic in every respect."""
    slave_active: bool = True
    """Whether it is the active slave."""
    home_active: bool = True
    """Whether the slave is active that was so when the drill began; also where the mode has none."""
    degraded: str = ""
    """What has become worse on the slaves that must carry the traffic meanwhile, in words."""
    came_back: str = ""
    """How the slave under test is in use again though nobody has restored it yet, in words."""
    settled: str = ""
    """What has become of the pending change without us, in words."""
    stop: str = ""
    """Who or what wants the drill to stop, in words."""


class Course(NamedTuple):
    """Where a round stands."""

    rules: Rules
    step: str
    since: float
    """When the step began."""
    origin: float | None = None
    """When the fault was issued, or was seen for a cable."""
    back: float | None = None
    """When the restoring was issued, or the link was seen again for a cable."""
    in_place: bool = False
    """Whether a change of ours waits to be taken back."""
    ordered: str = NOTHING
    """What is to be done now; whoever has done it says so with ``carried_out``."""
    trouble: str = ""
    """Why the round was ended early."""
    stopped: bool = False
    """Whether a person or a signal ended it."""
    over_limit: bool = False
    """Whether answers stayed away, or came and went, for longer than is allowed."""


def begin(rules: Rules, now: float) -> Course:
    """A round at its start: the probes are on their way."""
    return Course(rules, BASELINE, now)


def advance(course: Course, seen: Seen) -> Course:
    """Go on by what is seen now. While an order waits to be carried out, nothing moves."""
    if course.step == DONE or course.ordered:
        return course
    if seen.stop:
        return _given_up(course, seen.stop, stopped=True)
    if course.step in (PLACING, FAILOVER, HOLDING, SETTLING) and seen.open_gap_ms > _limit_ms(course):
        limit = f"longer than the limit of {_limit_ms(course) / 1000:g} s"
        return _given_up(course, f"no answer for {seen.open_gap_ms / 1000:.1f} s, {limit}", over_limit=True)
    if trouble := _unsafe(course, seen):
        return _given_up(course, trouble)
    return _STEPS[course.step](course, seen)


def carried_out(course: Course, at: float, *, trouble: str = "", in_place: bool | None = None) -> Course:
    """The order was carried out at that time, or was not because of the trouble."""
    order = course.ordered
    course = course._replace(ordered=NOTHING, since=at, in_place=course.in_place if in_place is None else in_place)
    if order in (GIVE_UP, FINISH):
        return course._replace(step=DONE, trouble="; ".join(filter(None, (course.trouble, trouble))))
    if trouble:
        return _given_up(course, trouble)
    if order == KEEP:
        return course._replace(step=FAULT, ordered=_fault_order(course.rules), in_place=False)
    if order == INJECT:
        return course._replace(step=FAILOVER, origin=at)
    if order == RESTORE:
        return course._replace(step=FAILBACK, back=at)
    return course._replace(step={PLACE: PLACING, RETURN: SETTLING}[order])


def _given_up(course: Course, trouble: str, *, stopped: bool = False, over_limit: bool = False) -> Course:
    return course._replace(ordered=GIVE_UP, trouble=trouble, stopped=stopped, over_limit=over_limit)


def _limit_ms(course: Course) -> float:
    """So long answers may stay away. Once all is restored there is nothing to take back, so it is measured on."""
    return max(course.rules.limit_ms, RESTORED_LIMIT_MS) if course.step == SETTLING else course.rules.limit_ms


def _unsafe(course: Course, seen: Seen) -> str:
    """Why the round must not go on, or would prove nothing; ``""`` when it may."""
    if course.step in (FAILOVER, HOLDING) and seen.degraded:
        return seen.degraded
    if course.step == HOLDING and seen.came_back:
        return seen.came_back
    return seen.settled if course.in_place else ""


def _baseline(course: Course, seen: Seen) -> Course:
    if _quiet(course, seen, course.rules.baseline_s):
        if course.rules.places and not seen.slave_active:
            return course._replace(ordered=PLACE)
        return course._replace(step=FAULT, since=seen.now, ordered=_fault_order(course.rules))
    if seen.now - course.since > course.rules.baseline_s + BASELINE_PATIENCE_S:
        return _given_up(course, "probes are lost without any fault, so nothing could be measured")
    return course


def _placing(course: Course, seen: Seen) -> Course:
    if _quiet(course, seen, course.rules.baseline_s):
        return course._replace(ordered=KEEP)
    if seen.now - course.since > course.rules.baseline_s + BASELINE_PATIENCE_S:
        return _given_up(course, "probes are lost over the slave that was made the active one")
    return course


def _fault(course: Course, seen: Seen) -> Course:
    """Only a cable is waited for: it is out when the kernel says so, or when nothing comes through any more."""
    told = [each for each in (seen.link_lost, seen.noticed) if each is not None]
    if seen.link_lost is None and seen.lost_since is not None and (told or seen.open_gap_ms >= course.rules.silent_ms):
        told.append(seen.lost_since)  # where the link stays, the first lost probe tells when it began
    if told:
        return course._replace(step=FAILOVER, since=seen.now, origin=min(told))
    if seen.now - course.since > PERSON_PATIENCE_S:
        return _given_up(course, f"no cable was pulled within {PERSON_PATIENCE_S:g} s")
    return course


def _failover(course: Course, seen: Seen) -> Course:
    if _recovered(course, seen):
        return course._replace(step=HOLDING, since=seen.now)
    waited = seen.now - (course.origin or course.since)
    if waited > course.rules.limit_ms / 1000 + 3 * course.rules.hold_s:
        noticed = seen.noticed is not None or seen.lost_since is not None
        return _given_up(
            course, "the probes do not come to rest" if noticed else "the driver has not noticed the fault"
        )
    return course


def _recovered(course: Course, seen: Seen) -> bool:
    """Every flow is answered, and that after the driver has moved or after a gap has come and gone."""
    if seen.quiet_since is None or seen.answered_up_to is None:
        return False
    if seen.noticed is not None and seen.answered_up_to >= max(seen.noticed, course.origin or 0.0):
        return True
    return seen.lost_since is not None and seen.quiet_since > seen.lost_since


def _holding(course: Course, seen: Seen) -> Course:
    if seen.quiet_since is None:
        return course._replace(step=FAILOVER)
    if _quiet(course, seen, course.rules.hold_s):
        if course.rules.fault == CABLE:
            return course._replace(step=RESTORING, since=seen.now)
        return course._replace(step=RESTORING, ordered=RESTORE)
    return course


def _restoring(course: Course, seen: Seen) -> Course:
    """Only a cable is waited for."""
    if seen.link_back is not None or seen.slave_ready:
        return course._replace(step=FAILBACK, since=seen.now, back=seen.link_back or seen.now)
    if seen.now - course.since > PERSON_PATIENCE_S:
        return _given_up(course, f"the link did not come back within {PERSON_PATIENCE_S:g} s")
    return course


def _failback(course: Course, seen: Seen) -> Course:
    if seen.slave_ready:
        if not seen.home_active:
            return course._replace(ordered=RETURN)
        return course._replace(step=SETTLING, since=seen.now)
    if seen.now - course.since > course.rules.recovery_s + COME_BACK_S:
        return _given_up(course, "the slave under test does not carry traffic again")
    return course


def _settling(course: Course, seen: Seen) -> Course:
    if _quiet(course, seen, course.rules.hold_s):
        return course._replace(ordered=FINISH)
    if seen.now - course.since > 2 * course.rules.hold_s + _limit_ms(course) / 1000 + COME_BACK_S:
        words = "the probes do not come to rest after the slave was restored"
        return _given_up(course, words, over_limit=True)
    return course


def _fault_order(rules: Rules) -> str:
    """A person pulls the cable; everything else is done by us."""
    return NOTHING if rules.fault == CABLE else INJECT


def _quiet(course: Course, seen: Seen, seconds: float) -> bool:
    """Whether every flow has been answered for so long since the step began."""
    return seen.quiet_since is not None and seen.now - max(seen.quiet_since, course.since) >= seconds


_STEPS = {
    BASELINE: _baseline,
    PLACING: _placing,
    FAULT: _fault,
    FAILOVER: _failover,
    HOLDING: _holding,
    RESTORING: _restoring,
    FAILBACK: _failback,
    SETTLING: _settling,
}
