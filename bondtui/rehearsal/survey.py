"""The pre-flight of a drill: guards, targets, a baseline of probes without loss, and which flow crosses which slave."""

from __future__ import annotations

from bondtui.actions.prediction import detection_ms
from bondtui.drill import defaults, preflight
from bondtui.model.action import ACTIVATE, DOWN, OK, REFUSE, Action
from bondtui.model.drill import CABLE, SWITCH_ACTIVE, Check, Crossing, Preflight, Wish
from bondtui.model.probe import UDP, Flow
from bondtui.model.reading import SourceError
from bondtui.model.record import NamedTuple
from bondtui.ports import ProbeError
from bondtui.rehearsal.probes import Probes
from bondtui.rehearsal.tools import Tools
from bondtui.rehearsal.tracing import traced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bondtui.model.action import Plan
    from bondtui.model.bond import Bond, Slave
    from bondtui.model.probe import Candidate

FIRST_ANSWER_S = 3.0
"""So long, and at least three periods, a target may take for its first answer."""
CANDIDATES = 3
"""So many targets that were found are tried, one after the other."""
BASELINE_S, BASELINE_PROBES, BASELINE_AT_MOST_S = 1.0, 20, 5.0


class Found(NamedTuple):
    """What the probes have shown."""

    checks: tuple[Check, ...]
    rtt_s: float | None = None
    crossings: tuple[Crossing, ...] = ()
    silent: tuple[str, ...] = ()
    """Who has not answered at all."""


class Choice(NamedTuple):
    """Targets that a drill could have, or why it cannot."""

    check: Check
    flows: tuple[Flow, ...] = ()
    why: str = ""


def survey(tools: Tools, wish: Wish, show: Callable[[Probes], object]) -> Preflight:
    """Everything that can be found out without changing anything; raises SourceError and Interrupted.

    ``show`` is given the probes as soon as they are on their way.
    """
    bond = tools.bond(wish.bond)
    slaves = preflight.wanted_slaves(bond, wish)
    if not slaves or len(slaves) < len(wish.slaves):
        raise SourceError(f"{bond.name} has no slave to test" if not slaves else f"a slave is no longer in {bond.name}")
    period_s = wish.period_s or defaults.period_s(bond.options)
    wish = wish._replace(hold_s=defaults.hold_s(wish.hold_s, period_s))
    tools.say("asking the guards")
    fault = preflight.fault_check(bond, wish.fault)
    checks = [*_privilege(tools, wish), fault]
    plans = _plans(tools, bond, slaves, wish, checks) if fault.result == OK else ()
    predicted_ms, predicted = _predicted(bond, slaves, wish, plans)
    limit_ms = defaults.limit_ms(predicted_ms, wish.objective_ms)
    choices = _choices(tools, bond, wish)
    names = {each.ifindex: each.name for each in bond.slaves}
    choice, found = choices[0], Found(())
    if REFUSE not in {each.result for each in (*checks, choice.check)}:
        choice, found = _first_that_answers(tools, bond, choices, period_s, show)
    checks += [choice.check, *found.checks]
    if found.crossings:
        placed = preflight.must_be_active(bond, wish.fault)
        indexes = [each.ifindex for each in slaves]
        checks += preflight.flow_checks(bond, indexes, found.crossings, names, placed=placed)
        checks += preflight.active_check(bond, wish.fault)
    return Preflight(
        wish=wish,
        bond=bond.name,
        slaves=tuple(each.ifindex for each in slaves),
        names=names,
        flows=choice.flows,
        why_target=choice.why,
        period_s=period_s,
        rtt_s=found.rtt_s,
        crossings=found.crossings,
        plans=() if wish.fault == CABLE else plans,
        checks=tuple(checks),
        predicted_ms=predicted_ms,
        predicted=predicted,
        limit_ms=limit_ms,
        revert_after_s=_revert_after(wish, limit_ms),
        snapshot=bond,
    )


def _privilege(tools: Tools, wish: Wish) -> list[Check]:
    obstacle = "" if wish.fault == CABLE else tools.hands.obstacle()
    return [Check("privilege", REFUSE, obstacle)] if obstacle else []


def _plans(tools: Tools, bond: Bond, slaves: Sequence[Slave], wish: Wish, checks: list[Check]) -> tuple[Plan, ...]:
    """A plan for each slave as things are now; what the guards say goes to the checks."""
    limit_ms = defaults.limit_ms(detection_ms(bond.options), wish.objective_ms)
    revert_after = _revert_after(wish, limit_ms)
    actions: list[Action] = []
    for slave in slaves:
        kind, about = preflight.change_of(bond, slave, wish.fault)
        if preflight.must_be_active(bond, wish.fault) and slave.ifindex != bond.options.active_slave:
            actions.append(Action(ACTIVATE, bond.ifindex, slave.ifindex, revert_after))
        if about is None:
            checks.append(Check("heir", REFUSE, preflight.no_heir(bond, slave.ifindex)))
        elif about.ifindex != bond.options.active_slave or kind == DOWN:
            actions.append(Action(kind, bond.ifindex, about.ifindex, revert_after))
    plans = tuple(tools.operation.plan(each) for each in actions)
    checks += preflight.guard_checks(plans)
    return plans


def _predicted(bond: Bond, slaves: Sequence[Slave], wish: Wish, plans: Sequence[Plan]) -> tuple[int | None, str]:
    """The longest outage of all faults that the options allow, and what the first one is predicted to do."""
    within = detection_ms(bond.options)
    if wish.fault == SWITCH_ACTIVE:
        return 0, plans[0].effect if plans else ""
    placed = preflight.must_be_active(bond, wish.fault)
    later = [each for each in slaves if placed and each.ifindex != bond.options.active_slave]
    faults = [each for each in plans if each.action.kind == DOWN and each.slave not in {one.name for one in later}]
    outages = [each.outage_ms for each in faults] + [within for _ in later]
    longest = None if None in outages else max((each for each in outages if each is not None), default=within)
    if faults:
        return longest, faults[0].effect
    first = f"{later[0].name} is made the active slave first; " if later else ""
    return longest, f"{first}another takes over within about {within} ms." if within is not None else first


def _revert_after(wish: Wish, limit_ms: float) -> float:
    return defaults.revert_after_s(wish.hold_s, limit_ms)


def _choices(tools: Tools, bond: Bond, wish: Wish) -> list[Choice]:
    """The targets that were asked for, or each one that was found, best first; at least one choice, be it a refusal."""
    tools.say("looking for somebody who answers")
    try:
        if wish.targets:
            return [_as_asked(tools, bond, wish)]
        return [_of_candidate(bond, each) for each in tools.probing.candidates(bond)[:CANDIDATES]]
    except (ProbeError, ValueError) as error:
        return [Choice(Check("targets", REFUSE, str(error)))]


def _of_candidate(bond: Bond, found: Candidate) -> Choice:
    flows = defaults.flows_for(bond.options, [found.target], [found.device])
    words = f"{found.target.address}, {found.why}, through {found.device}"
    return Choice(Check("targets", OK, words), flows, found.why)


def _as_asked(tools: Tools, bond: Bond, wish: Wish) -> Choice:
    ways = [tools.probing.way(bond, target) for target in wish.targets]
    for target, way in zip(wish.targets, ways, strict=True):
        if not way.over_bond:
            why = way.trouble or f"the kernel sends there through {way.device}"
            return Choice(Check("targets", REFUSE, f"{target.address} is not reached over {bond.name}: {why}"))
    flows = defaults.flows_for(bond.options, wish.targets, [way.device for way in ways])
    through = ", ".join(dict.fromkeys(" over ".join(reversed(way.path)) or way.device for way in ways))
    addresses = ", ".join(each.address for each in wish.targets)
    return Choice(Check("targets", OK, f"{addresses} through {through}"), flows, "as asked for")


def _first_that_answers(
    tools: Tools, bond: Bond, choices: Sequence[Choice], period_s: float, show: Callable[[Probes], object]
) -> tuple[Choice, Found]:
    """A gateway may be told to answer nobody; then the next one is tried."""
    silent: list[str] = []
    for choice in choices:
        found = _probed(tools, bond, choice.flows, period_s, show)
        if not found.silent:
            return choice, found
        silent += found.silent
    words = f"no answer from {', '.join(dict.fromkeys(silent))} within {_first_answer_s(period_s):g} s"
    hint = "" if len(choices) == 1 else "; name a target that answers with --target"
    return choices[0], Found((Check("reachable", REFUSE, f"{words}{hint}"),))


def _probed(
    tools: Tools, bond: Bond, flows: Sequence[Flow], period_s: float, show: Callable[[Probes], object]
) -> Found:
    """First answers, a baseline, and which flow crosses which slave."""
    try:
        probes = Probes(tools.probing, flows, period_s)
    except ProbeError as error:
        return Found((Check("probes", REFUSE, str(error)),))
    try:
        show(probes)
        if silent := _silent(tools, probes, flows):
            return Found((), silent=tuple(silent))
        check, rtt_s = _baseline(tools, probes, udp=any(each.target.kind == UDP for each in flows))
    except ProbeError as error:
        return Found((Check("probes", REFUSE, str(error)),))
    finally:
        probes.stop()
    if check.result == REFUSE:
        return Found((check,), rtt_s)
    try:
        return Found((check,), rtt_s, traced(tools, bond, flows))
    except ProbeError as error:
        return Found((check, Check("probes", REFUSE, str(error))), rtt_s)


def _first_answer_s(period_s: float) -> float:
    return max(FIRST_ANSWER_S, 3 * period_s)


def _silent(tools: Tools, probes: Probes, flows: Sequence[Flow]) -> list[str]:
    """Who has not answered in time."""
    tools.say("waiting for the first answers")

    def missing() -> list[int]:
        return [n for n, trail in enumerate(probes.trails) if trail.newest_answered is None]

    tools.wait(probes, _first_answer_s(probes.period_s), lambda: not missing())
    return [defaults.flow_words(flows[n]) for n in missing()]


def _baseline(tools: Tools, probes: Probes, *, udp: bool) -> tuple[Check, float | None]:
    """Probes for a while, none of which may be lost; those on their way at the end are waited for."""
    seconds = max(BASELINE_S, min(BASELINE_PROBES * probes.period_s, BASELINE_AT_MOST_S), 3 * probes.period_s)
    tools.say(f"measuring {seconds:.0f} s without any fault")
    begin = tools.hands.now().mono
    tools.wait(probes, seconds)
    until = tools.hands.now().mono
    tools.wait(probes, max(probes.grace_s, 1.0), lambda: not probes.counted(begin, until)[1])
    rtt_s = probes.median_rtt_s(begin, until)
    sent, lost = probes.counted(begin, until)
    return preflight.baseline_check(sent, lost, rtt_s, until - begin, udp=udp), rtt_s
