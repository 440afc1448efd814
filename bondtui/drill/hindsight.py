"""Findings about the measuring itself and about the traffic: how good the probes were, and who carried what."""

from __future__ import annotations

from bondtui.core.words import counted, listed
from bondtui.drill.defaults import ONE_SLAVE_PER_FLOW, flow_words
from bondtui.drill.figures import span, words
from bondtui.model.bond import BALANCE_ALB, BALANCE_TLB, BROADCAST
from bondtui.model.drill import SWITCH_ACTIVE, Finding
from bondtui.model.probe import SHORTEST_PERIOD_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bondtui.model.drill import Drill, Outage, Passage, Round

BAD, WARN, INFO = "bad", "warn", ""
SCHEDULE_KEPT, PROBES_TO_JUDGE = 0.9, 20
WHOLE_PART, STRAY_PART = 0.995, 0.01
"""From the first on a share is called 100 %; up to the second it is no share worth a word."""
FLOWS_NAMED = 4
BALANCED_BY_HOST = frozenset({BALANCE_TLB, BALANCE_ALB})


def of_probes(drill: Drill) -> Iterator[Finding]:
    """Late, failed and repeated probes, and whether there were enough of them at the right times."""
    passages = _passages(drill)
    outages = [outage for each in passages for outage in each.outages]
    if late := sum(each.late for each in outages):
        longest = span(max(each.longest_late_ms or 0.0 for each in outages))
        yield Finding(
            WARN, f"{counted(late, 'answer')} came late, up to {longest} after the probe; late is not lost, but slow"
        )
    if failed := sum(each.failed for each in outages):
        yield Finding(
            WARN, f"{counted(failed, 'probe')} could not be sent at all (no route, or no room); counted as lost"
        )
    if duplicated := sum(each.duplicated for each in outages):
        yield _about_duplicates(drill, duplicated)
    yield from _coarse(drill)
    ended = [
        each for one in drill.rounds if not one.trouble for each in (one.failover, one.failback) if each is not None
    ]
    yield from _schedule(drill.preflight.period_s, ended)


def of_flows(drill: Drill) -> Iterator[Finding]:
    """Which flows cross the slaves under test, and whether others were hit as well."""
    for slave in dict.fromkeys(each.slave for each in drill.rounds):
        mine = [each for each in drill.rounds if each.slave == slave and each.failover is not None]
        if mine:
            yield from _crossings(drill, mine)


def of_shares(drill: Drill) -> Iterator[Finding]:
    """Who carried the traffic while the slave under test was out."""
    for each in {one.slave: one for one in drill.rounds if one.failover is not None}.values():
        passage = each.failover
        if passage is None or passage.after is None or passage.before is None:
            continue
        told = [_moved(f"{done} bytes", way, passage, drill) for way, done in (("tx", "sent"), ("rx", "received"))]
        if said := [words for words in told if words]:
            yield Finding(INFO, f"share of the {'; of the '.join(said)}")
        stray = passage.after.tx.get(each.slave) or 0.0
        if stray > STRAY_PART and drill.preflight.wish.fault != SWITCH_ACTIVE:
            words = f"{each.name} was still given {_percent(stray)} of what was sent after the failover"
            yield Finding(WARN, f"{words}: for the driver it can still carry")


def _moved(what: str, way: str, passage: Passage, drill: Drill) -> str:
    """``sent bytes: eno1 100 % before the fault, eno2 100 % after it``; ``""`` where it is not known, or nothing flowed."""
    shares = [getattr(each, way) for each in (passage.before, passage.after) if each is not None]
    parts = [_parts(each, drill.preflight.names) for each in shares]
    return f"{what}: {parts[0]} before the fault, {parts[1]} after it" if all(parts) else ""


def _passages(drill: Drill) -> list[Passage]:
    return [each for one in drill.rounds for each in (one.failover, one.failback) if each is not None]


def _about_duplicates(drill: Drill, number: int) -> Finding:
    said = f"{counted(number, 'answer')} came more than once"
    snapshot = drill.preflight.snapshot
    if snapshot is not None and snapshot.options.mode == BROADCAST:
        return Finding(INFO, f"{said}: broadcast sends every frame over every slave")
    return Finding(WARN, f"{said}: look for two hosts with one address, a loop, or a switch that floods")


def _coarse(drill: Drill) -> Iterator[Finding]:
    period_s = drill.preflight.period_s
    worst = [each.worst for each in _passages(drill)]
    if any(each is not None and each.coarse for each in worst):
        advice = "; a shorter --period tells more" if period_s > SHORTEST_PERIOD_S else ""
        few = min(each.lost for each in worst if each is not None and each.coarse)
        yield Finding(
            WARN, f"coarse: only {counted(few, 'probe')} lost in one outage, at {_period(period_s)} apart{advice}"
        )


def _schedule(period_s: float, passages: list[Passage]) -> Iterator[Finding]:
    """Probes that should have been sent and were not are no losses, but they widen the bounds."""
    sent = sum(outage.sent for each in passages for outage in each.outages)
    due = sum(len(each.outages) * int((each.until - each.began.mono) / period_s) for each in passages)
    if due >= PROBES_TO_JUDGE and sent < SCHEDULE_KEPT * due:
        why = "this machine did not keep the schedule, so the bounds are wider"
        yield Finding(WARN, f"only {sent} of {due} probes were sent: {why}")


def _period(period_s: float) -> str:
    return f"{period_s * 1000:g} ms"


def _crossings(drill: Drill, rounds: list[Round]) -> Iterator[Finding]:
    name = rounds[0].name
    for each in rounds:
        if each.failover is not None and not any(each.failover.crossed):
            hint = _hint(drill)
            yield Finding(BAD, f"no flow crossed {name}, so nothing is proven of it: {hint}")
            return
    failover = rounds[-1].failover
    if failover is None:
        return
    if _hashes(drill) and drill.preflight.flows:
        flows = [
            flow_words(flow) for flow, crossed in zip(drill.preflight.flows, failover.crossed, strict=False) if crossed
        ]
        more = f" and {len(flows) - FLOWS_NAMED} more" if len(flows) > FLOWS_NAMED else ""
        named = ", ".join(flows[:FLOWS_NAMED])
        yield Finding(INFO, f"{len(flows)} of {counted(len(failover.crossed), 'flow')} crossed {name}: {named}{more}")
    others = [outage for each in rounds if each.failover for outage in _others_hit(each.failover)]
    if others:
        worst = max(others, key=lambda each: (each.high_ms is None, each.middle_ms or 0.0))
        said = words(worst, drill.preflight.period_s)
        yield Finding(WARN, f"flows that do not cross {name} were interrupted by its failover as well: {said}")


def _hint(drill: Drill) -> str:
    """What would have a flow cross the slave."""
    if not _hashes(drill) or drill.preflight.snapshot is None:
        return "it carried nothing"
    options = drill.preflight.snapshot.options
    if options.mode not in BALANCED_BY_HOST and "3+4" in (options.xmit_hash_policy or ""):
        return "name more targets, or tcp: and udp: ones, whose ports are hashed too"
    return "name targets on other hosts of this network: flows to one host stay on one slave here"


def _hashes(drill: Drill) -> bool:
    snapshot = drill.preflight.snapshot
    return snapshot is not None and snapshot.options.mode in ONE_SLAVE_PER_FLOW


def _others_hit(passage: Passage) -> list[Outage]:
    return [
        outage for outage, crossed in zip(passage.outages, passage.crossed, strict=True) if outage.lost and not crossed
    ]


def _parts(share: Mapping[int, float | None], names: Mapping[int, str]) -> str:
    """``eno2 100 %``; ``""`` when nothing flowed."""
    known = sorted(
        ((part, index) for index, part in share.items() if part is not None and part > STRAY_PART), reverse=True
    )
    return (
        listed([f"{names.get(index, f'interface {index}')} {_percent(part)}" for part, index in known]) if known else ""
    )


def _percent(part: float) -> str:
    return "100 %" if part >= WHOLE_PART else f"{part * 100:.0f} %"
