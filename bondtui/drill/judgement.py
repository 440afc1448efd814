"""What a drill has proven: the verdict, and one sentence that says why.

Nothing passes that was not measured to its end over the slave under test, and a bound on the wrong side of the
objective is no proof.
"""

from __future__ import annotations

from bondtui.drill.figures import span, words
from bondtui.model.drill import FAIL, INTERRUPTED, NOT_PROVEN, PASS, Outage, Passage, Preflight, Round
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FAILOVER, FAILBACK = "failover", "failback"


class Measured(NamedTuple):
    """One flow's outage in one passage of one round."""

    outage: Outage
    passage: Passage
    round: Round
    what: str
    """``failover`` or ``failback``."""


def judged(preflight: Preflight, rounds: Sequence[Round], *, stopped: str, whole: bool = True) -> tuple[str, str]:
    """The verdict and its reason. ``stopped`` says who ended the drill early, ``""`` if nobody has.

    ``whole`` is whether these rounds must be all that were asked for; without it they may be some of them.
    """
    judge = _Judge(preflight, rounds)
    if stopped:
        return INTERRUPTED, "; ".join(filter(None, (stopped, judge.figures())))
    if why := judge.failure():
        return FAIL, why
    asked = max(1, len(preflight.slaves)) * max(1, preflight.wish.rounds) if whole else len(rounds)
    if why := judge.doubt(asked):
        return NOT_PROVEN, why
    return PASS, judge.figures()


def round_judged(preflight: Preflight, each: Round, *, stopped: str = "") -> tuple[str, str]:
    """The same of one round by itself; a drill that was ``stopped`` early has interrupted only the round with trouble."""
    return judged(preflight, (each,), stopped=stopped if each.trouble else "", whole=False)


class _Judge(NamedTuple):
    preflight: Preflight
    rounds: Sequence[Round]

    def figures(self) -> str:
        """What was measured: ``failover 120 ms (100-140), failback 0 lost (< 10 ms); objective 500 ms``."""
        worst = [worst_of(self.rounds, what) for what in (FAILOVER, FAILBACK)]
        said = ", ".join(f"{self._worst}{self._said(each)}" for each in worst if each is not None)
        return "; ".join(filter(None, (said, self._objective)))

    def failure(self) -> str:
        """What was missed; ``""`` if nothing was."""
        limit, objective = self.preflight.limit_ms, self.preflight.wish.objective_ms
        for each in sorted(_all(self.rounds), key=length, reverse=True):
            if _never_ended(each, limit):
                return f"{self._said(each)}: no lasting recovery within the limit of {span(limit)}"
        missed = [each for each in _all(self.rounds) if objective is not None and each.outage.low_ms > objective]
        if missed and objective is not None:
            return f"{self._said(max(missed, key=length))} is longer than the objective {objective:g} ms"
        return ""

    def doubt(self, asked: int) -> str:
        """Why it is not proven; ``""`` if it is."""
        for each in self.rounds:
            where = f" in round {each.number}" if self._several else ""
            if each.trouble:
                return f"{each.name} was not measured to the end{where}: {each.trouble}"
            for what, passage in ((FAILOVER, each.failover), (FAILBACK, each.failback)):
                if passage is None:
                    return f"no {what} of {each.name} was measured{where}"
                if not any(passage.crossed):
                    return f"no flow crossed {each.name}{where}, so its {what} was not tested"
                if any(one.outage.high_ms is None for one in _of(each, what)):
                    return f"the probes do not tell how long the {what} of {each.name} took{where}"
            if not each.proven:
                return f"{each.name} was not proven{where}"
        if len(self.rounds) < asked:
            return f"{len(self.rounds)} of {asked} rounds were measured"
        return self._both_sides()

    def _both_sides(self) -> str:
        objective = self.preflight.wish.objective_ms
        for each in sorted(_all(self.rounds), key=length, reverse=True):
            high = each.outage.high_ms
            if objective is not None and high is not None and high > objective:
                return (
                    f"{self._said(each)}: the bounds lie on both sides of the objective {objective:g} ms; "
                    "a shorter --period tells"
                )
        return ""

    @property
    def _several(self) -> bool:
        return len(self.rounds) > 1

    @property
    def _worst(self) -> str:
        return "worst " if self._several else ""

    @property
    def _objective(self) -> str:
        objective = self.preflight.wish.objective_ms
        return "" if objective is None else f"objective {objective:g} ms"

    def _said(self, each: Measured) -> str:
        figure = f"{each.what} {words(each.outage, self.preflight.period_s)}"
        return f"{figure} of {each.round.name} in round {each.round.number}" if self._several else figure


def worst_of(rounds: Sequence[Round], what: str) -> Measured | None:
    """The longest outage of all failovers, or of all failbacks; one that is not over is the longest."""
    return max((each for one in rounds for each in _of(one, what)), key=length, default=None)


def _all(rounds: Sequence[Round]) -> Iterator[Measured]:
    for each in rounds:
        yield from _of(each, FAILOVER)
        yield from _of(each, FAILBACK)


def _of(each: Round, what: str) -> list[Measured]:
    """The flows that count: those that cross the slave under test, and all others that were hit as well."""
    passage = each.failover if what == FAILOVER else each.failback
    if passage is None:
        return []
    crossed = passage.crossed if any(passage.crossed) else (True,) * len(passage.outages)
    flows = zip(passage.outages, crossed, strict=True)
    return [Measured(outage, passage, each, what) for outage, counts in flows if counts or outage.lost]


def _never_ended(each: Measured, limit_ms: float) -> bool:
    """Whether a flow was not answered again for good: out for longer than allowed, at once or again and again."""
    gaps = each.outage.gaps
    return bool(gaps) and (each.outage.low_ms > limit_ms or (each.round.over_limit and _is_last(each)))


def _is_last(each: Measured) -> bool:
    """Whether it is what the round was in when it was ended."""
    return each.what == FAILBACK or each.round.failback is None


def length(each: Measured) -> tuple[bool, bool, float, float]:
    """To put outages in order, those that are not over last."""
    outage = each.outage
    return (
        bool(outage.gaps) and outage.high_ms is None,
        bool(outage.gaps),
        outage.middle_ms or 0.0,
        outage.high_ms or 0.0,
    )
