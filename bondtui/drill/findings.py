"""What the comparison of predicted and measured tells, in words: where the time went, and what to look at.

Interface names are as the kernel spells them. Where there are several rounds of a slave, its worst one is told of.
"""

from __future__ import annotations

from bondtui.actions.prediction import detection_ms, recovery_ms
from bondtui.drill import hindsight
from bondtui.drill.figures import span, words
from bondtui.drill.judgement import FAILBACK, FAILOVER, Measured, length, worst_of
from bondtui.drill.preflight import PROVES
from bondtui.model.bond import ACTIVE_BACKUP, LACP, MODES_WITH_ACTIVE_SLAVE, BondOptions
from bondtui.model.drill import SWITCH_ACTIVE, Anatomy, Finding
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bondtui.model.drill import Drill, Instant, Round

BAD, WARN, INFO = "bad", "warn", ""
MARGIN_MS, MARGIN_PART = 50.0, 0.1
"""What is measured may be longer than predicted by so much, or by this part of it, before it is worth a word: the
driver's own work, the lock it waits for, and the kernel's tick (250 to 100 Hz) are in no option."""
SLOW_LINK_MS = 1000.0


def findings(drill: Drill) -> tuple[Finding, ...]:
    """All findings of a drill, the serious ones first; each said once."""
    found = [*_of_rounds(drill), *hindsight.of_probes(drill), *hindsight.of_flows(drill), *hindsight.of_shares(drill)]
    if drill.rounds:
        found.append(Finding(INFO, PROVES[drill.preflight.wish.fault]))
    ranks = {BAD: 0, WARN: 1, INFO: 2}
    return tuple(sorted(dict.fromkeys(found), key=lambda each: ranks[each.severity]))


class _Worst(NamedTuple):
    """One slave's worst failover or failback, beside what was predicted of it."""

    drill: Drill
    measured: Measured

    @property
    def options(self) -> BondOptions:
        """Of the bond, as they were before."""
        snapshot = self.drill.preflight.snapshot
        return snapshot.options if snapshot else BondOptions()

    @property
    def predicted_ms(self) -> float | None:
        """Of the failover."""
        return self.drill.preflight.predicted_ms

    @property
    def anatomy(self) -> Anatomy:
        """Of the passage."""
        return self.measured.passage.anatomy

    @property
    def name(self) -> str:
        """Of the slave under test."""
        return self.measured.round.name

    @property
    def label(self) -> str:
        """``failover of eno1``, with the round if there were several."""
        said = f"{self.measured.what} of {self.name}"
        return f"{said} (round {self.measured.round.number})" if len(self.drill.rounds) > 1 else said

    @property
    def said(self) -> str:
        """The measured outage in words."""
        return f"measured {words(self.measured.outage, self.drill.preflight.period_s)}"

    def until_ms(self, instant: Instant | None, since: Instant | None = None) -> float | None:
        """Milliseconds from the issue, or from ``since``; ``None`` where the kernel has not told both times."""
        start = since or self.anatomy.issued
        return None if instant is None or instant.polled or start.polled else (instant.at - start.at) * 1000


def _of_rounds(drill: Drill) -> Iterator[Finding]:
    for each in drill.rounds:
        if each.trouble:
            yield Finding(BAD, f"round {each.number} ({each.name}) was ended early: {each.trouble}")
    for slave in dict.fromkeys(each.slave for each in drill.rounds):
        mine = [each for each in drill.rounds if each.slave == slave]
        failover, failback = worst_of(mine, FAILOVER), worst_of(mine, FAILBACK)
        if failover is not None and any(failover.passage.crossed):
            yield from _of_failover(_Worst(drill, failover))
        if failback is not None and any(failback.passage.crossed):
            yield from _of_failback(_Worst(drill, failback))
        if len(mine) > 1:
            yield from _spread(mine, drill.preflight.period_s)


# The failover


def _of_failover(worst: _Worst) -> Iterator[Finding]:
    outage, predicted = worst.measured.outage, worst.predicted_ms
    bound = predicted if predicted is not None else detection_ms(worst.options) or 0
    promise = "the options promise no bound"
    if predicted is not None:
        promise = f"the options predict at most {span(predicted)}" if predicted else "no loss was predicted"
    over = outage.low_ms > _with_margin(bound)
    if over or _is_open(worst):
        severity = BAD if _is_open(worst) or outage.low_ms > 2 * _with_margin(bound) else WARN
        yield Finding(severity, f"{worst.label}: {worst.said}, {promise}: {_cause(worst, bound)}")
    else:
        yield Finding(INFO, f"{worst.label}: {worst.said}, {promise}")
    yield from _late_driver(worst, detection_ms(worst.options), "noticed the loss")
    yield from _in_pieces(worst)
    yield from _re_read(worst)


def _is_open(worst: _Worst) -> bool:
    return bool(worst.measured.outage.gaps) and worst.measured.outage.high_ms is None


def _cause(worst: _Worst, bound: float) -> str:
    """What most likely took the time beyond the bound, by what the kernel has told meanwhile."""
    anatomy = worst.anatomy
    reached = anatomy.switched or anatomy.detected
    if reached is None:
        return f"the driver said nothing of {worst.name}, so for it the link was good; only the ARP monitor or LACP see more"
    if reached.words.endswith("-> none"):
        return "there was no other slave left that could take over"
    took = worst.until_ms(reached)
    if took is None:
        return "when the driver moved was not told"
    if took > _with_margin(bound):
        return f"the driver itself took {span(took)} ({reached.words})"
    return f"the driver was done after {span(took)} ({reached.words}), so {_behind_the_driver(worst)}"


def _behind_the_driver(worst: _Worst) -> str:
    options = worst.options
    if options.mode not in MODES_WITH_ACTIVE_SLAVE:
        rate = f" (lacp_rate here: {options.lacp_rate})" if options.mode == LACP and options.lacp_rate else ""
        return f"the other end still sent to {worst.name}; look at how it notices a lost link{rate}"
    if options.mode == ACTIVE_BACKUP and options.num_peer_notif == 0:
        return "the switch was not told where the addresses are now (num_grat_arp 0)"
    unsaid = " and no notification of the peers was seen" if _is_unsaid(worst) else ""
    return f"the switch port was not forwarding{unsaid}; look at spanning tree and at what the switch has learned"


def _is_unsaid(worst: _Worst) -> bool:
    return worst.options.mode == ACTIVE_BACKUP and worst.anatomy.switched is not None and worst.anatomy.notified is None


def _late_driver(worst: _Worst, allowed: float | None, did: str) -> Iterator[Finding]:
    """The driver took longer from the kernel's word on the link to its own than its options allow."""
    if worst.anatomy.link is None or allowed is None:
        return
    took = worst.until_ms(worst.anatomy.detected, worst.anatomy.link)
    if took is not None and took > _with_margin(allowed):
        why = "it was held up (a busy processor, or another program that holds the lock of the network settings)"
        yield Finding(
            WARN,
            f"{worst.label}: the driver {did} {span(took)} after the link, its options allow {span(allowed)}: {why}",
        )


def _in_pieces(worst: _Worst) -> Iterator[Finding]:
    pieces = len(worst.measured.outage.gaps)
    if pieces > 1:
        yield Finding(WARN, f"{worst.label}: answers stayed away {pieces} times, not once; the figures are the sums")


def _re_read(worst: _Worst) -> Iterator[Finding]:
    anatomy = worst.anatomy
    polled = [
        each.words for each in (anatomy.link, anatomy.detected, anatomy.switched) if each is not None and each.polled
    ]
    if polled:
        yield Finding(
            INFO, f"{worst.label}: the kernel told no time of {', '.join(polled)}; found by a re-read, it was earlier"
        )


# The failback


def _of_failback(worst: _Worst) -> Iterator[Finding]:
    outage = worst.measured.outage
    if _is_open(worst) or outage.low_ms > MARGIN_MS:
        severity = BAD if _is_open(worst) or outage.low_ms > SLOW_LINK_MS else WARN
        yield Finding(severity, f"{worst.label}: {worst.said}: {_too_early(worst)}")
    elif outage.gaps:
        yield Finding(INFO, f"{worst.label}: {worst.said}")
    yield from _in_pieces(worst)
    yield from _late_driver(worst, recovery_ms(worst.options), "took the slave back")
    link = worst.until_ms(worst.anatomy.link)
    if link is not None and link > SLOW_LINK_MS:
        yield Finding(INFO, f"{worst.label}: the link of {worst.name} took {span(link)} to come up (autonegotiation)")


def _too_early(worst: _Worst) -> str:
    options, name = worst.options, worst.name
    if worst.drill.preflight.wish.fault == SWITCH_ACTIVE:
        return f"the switch learned late that the addresses are behind {name} again; look at num_grat_arp"
    if options.mode == LACP:
        return (
            f"one end used {name} again before the other one did; look at how long the switch takes to distribute on it"
        )
    said = f"{name} was used again before its switch port was forwarding; look at spanning tree on that port"
    if options.updelay is not None:
        said += f", or set updelay (now {options.updelay} ms) above the time it needs"
    if options.mode in MODES_WITH_ACTIVE_SLAVE and options.primary and options.primary_reselect != "failure":
        said += "; primary_reselect failure would have kept the traffic where it was"
    return said


def _with_margin(predicted: float) -> float:
    return predicted + max(MARGIN_MS, MARGIN_PART * predicted)


def _spread(rounds: Sequence[Round], period_s: float) -> Iterator[Finding]:
    """Shortest, middle and longest; of an even number the longer middle one."""
    for what in (FAILOVER, FAILBACK):
        each_worst = [worst_of((each,), what) for each in rounds]
        ranked = sorted((each for each in each_worst if each is not None), key=length)
        if len(ranked) > 1:
            chosen = (("min", ranked[0]), ("median", ranked[len(ranked) // 2]), ("max", ranked[-1]))
            said = ", ".join(f"{name} {words(each.outage, period_s)}" for name, each in chosen)
            yield Finding(INFO, f"{what} of {rounds[0].name} in {len(ranked)} rounds: {said}")
