"""How long a flow was interrupted, told from its probes, and how sure that is.

Everything is reckoned from real send times, never from the period: a probe that was sent too late or not at all is
no loss. The interruption cannot be shorter than from the first lost probe to the last one, less the round trip that
the first may have had behind it, and not longer than from the last good probe before to the answer of the first
good one after (RFC 6412, RFC 6414; with n lost at a period p these are (n-1)p and (n+1)p, widened by the round trip).
"""

from __future__ import annotations

from itertools import pairwise
from math import isnan
from operator import sub

from bondtui.drill.figures import span, words
from bondtui.model.drill import COARSE_BELOW, Gap, Outage
from bondtui.model.probe import LOST_AFTER_S
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.drill.trail import Trail

__all__ = ["gaps", "is_lost", "measured", "open_gap_ms", "patience_s", "quiet_since", "span", "words"]

LATE_AT_LEAST_S, LATE_AT_MOST_S = 0.1, 0.9 * LOST_AFTER_S


def patience_s(rtt_s: float | None, period_s: float | None) -> float:
    """An answer that takes longer is late; a probe without one for so long, overtaken by a later one, is lost."""
    return min(max(2 * (period_s or 0.0), 10 * (rtt_s or 0.0), LATE_AT_LEAST_S), LATE_AT_MOST_S)


def measured(  # noqa: PLR0913
    trail: Trail,
    begin: float,
    until: float,
    *,
    now: float,
    rtt_s: float | None,
    period_s: float,
    late_after_s: float | None = None,
) -> Outage:
    """What the flow went through, told by the probes sent in [begin, until), as far as is known at ``now``.

    A gap that reaches over an edge of the window is taken whole, but only its probes inside the window are counted.
    ``high_ms`` is ``None`` also while none is lost yet but the latest ones wait for their answers too long already.
    """
    patience = patience_s(rtt_s, period_s)
    view = _View(trail, *trail.within(begin, until), now, rtt_s, patience)
    missing = [each for each in trail.unanswered(view.low, view.high) if view.is_lost(each)]
    slow = view.round_trips_above(patience if late_after_s is None else late_after_s)
    here = trail.numbers[view.low : view.high]
    outage = Outage(
        sent=view.high - view.low,
        lost=len(missing),
        late=len(slow),
        duplicated=sum(trail.duplicates.get(each, 0) for each in here) if trail.duplicates else 0,
        failed=sum(map(trail.failed, missing)),
        gaps=view.gaps(),
        middle_ms=None,
        low_ms=0.0,
        high_ms=None,
        timestamp_ms=None,
        coarse=0 < len(missing) < COARSE_BELOW,
        longest_late_ms=max(slow) * 1000 if slow else None,
    )
    return _with_figures(outage, view)


def is_lost(trail: Trail, position: int, now: float, patience: float = LATE_AT_LEAST_S) -> bool:
    """Whether a probe without an answer is waited for no more."""
    if trail.failed(position):
        return True
    waited, newest = now - trail.sent[position], trail.newest_answered
    return waited > LOST_AFTER_S or (waited > patience and newest is not None and position < newest)


def gaps(trail: Trail, begin: float, until: float, *, now: float, rtt_s: float | None) -> tuple[Gap, ...]:
    """The runs of lost probes of which at least one was sent in [begin, until), each of them whole."""
    return _View(trail, *trail.within(begin, until), now, rtt_s, patience_s(rtt_s, None)).gaps()


def quiet_since(trail: Trail, now: float, *, grace_s: float) -> float | None:
    """When the first probe of the unbroken run of answered ones was sent that reaches up to now.

    ``None`` when nothing was answered yet, or when at the end one is missing for longer than ``grace_s``.
    """
    newest = trail.newest_answered
    if newest is None:
        return None
    due, _ = trail.within(now - grace_s, now)
    latest = next((each for each in reversed(trail.unanswered()) if each < due or trail.failed(each)), -1)
    if latest > newest:
        return None
    return trail.sent[next(each for each in range(latest + 1, newest + 1) if not isnan(trail.answered[each]))]


def open_gap_ms(trail: Trail, now: float, *, grace_s: float = LATE_AT_LEAST_S) -> float:
    """How long the present run of missing probes has lasted; 0.0 while the first of them is younger than ``grace_s``."""
    newest = trail.newest_answered
    first = 0 if newest is None else newest + 1
    if first >= len(trail):
        return 0.0
    lasted = max(0.0, now - trail.sent[first])
    return lasted * 1000 if lasted > grace_s or trail.failed(first) else 0.0


def _with_figures(outage: Outage, view: _View) -> Outage:
    if not outage.gaps:
        return outage._replace(high_ms=view.unnoticed_ms())
    bounds = [_bounds_s(each, view) for each in outage.gaps]
    outage = outage._replace(low_ms=sum(each.low for each in bounds) * 1000)
    if any(each.high is None for each in bounds):
        return outage
    return outage._replace(
        middle_ms=sum(each.middle or 0.0 for each in bounds) * 1000,
        high_ms=sum(each.high or 0.0 for each in bounds) * 1000,
        timestamp_ms=sum(each.timestamp or 0.0 for each in bounds) * 1000,
    )


class _Bounds(NamedTuple):
    """Of one gap, in seconds."""

    low: float
    middle: float | None = None
    high: float | None = None
    timestamp: float | None = None


def _bounds_s(gap: Gap, view: _View) -> _Bounds:
    between = gap.last_lost - gap.first_lost
    trip = view.rtt_s or 0.0
    if gap.good_before is not None and gap.answer_before is not None:
        trip = max(trip, gap.answer_before - gap.good_before)
    low = max(0.0, between - trip)
    if gap.good_before is None or gap.good_after is None or gap.answer_before is None or gap.answer_after is None:
        return _Bounds(low)
    middle = (gap.good_after - gap.good_before + between) / 2
    return _Bounds(low, middle, gap.answer_after - gap.good_before, gap.answer_after - gap.answer_before)


class _View(NamedTuple):
    """The probes at positions [low, high) of a trail, looked at at one time."""

    trail: Trail
    low: int
    high: int
    now: float
    rtt_s: float | None
    patience: float

    def is_lost(self, position: int) -> bool:
        """Whether a probe without an answer is waited for no more."""
        return is_lost(self.trail, position, self.now, self.patience)

    def round_trips_above(self, seconds: float) -> list[float]:
        """The round trips that took longer than this."""
        answered, sent = self.trail.answered[self.low : self.high], self.trail.sent[self.low : self.high]
        return [each for each in map(sub, answered, sent) if each > seconds]

    def gaps(self) -> tuple[Gap, ...]:
        """The gaps that touch the view."""
        return tuple(self._gap(lost) for lost in self._runs() if any(self.low <= each < self.high for each in lost))

    def _runs(self) -> Iterator[list[int]]:
        """Positions of the lost probes of each unbroken run without an answer, beyond the edges of the view too."""
        run: list[int] = []
        for position in self.trail.unanswered(*self._widened()):
            if run and position != run[-1] + 1:
                yield list(filter(self.is_lost, run))
                run = []
            run.append(position)
        yield list(filter(self.is_lost, run))

    def _widened(self) -> tuple[int, int]:
        answered, low, high = self.trail.answered, self.low, self.high
        while 0 < low < high and isnan(answered[low - 1]):
            low -= 1
        while low < high < len(self.trail) and isnan(answered[high]):
            high += 1
        return low, high

    def _gap(self, lost: list[int]) -> Gap:
        sent, answered = self.trail.sent, self.trail.answered
        before, after = self._answered_next_to(lost[0] - 1, -1), self._answered_next_to(lost[-1] + 1, 1)
        return Gap(
            first_lost=sent[lost[0]],
            last_lost=sent[lost[-1]],
            lost=len(lost),
            good_before=None if before is None else sent[before],
            good_after=None if after is None else sent[after],
            answer_before=None if before is None else answered[before],
            answer_after=None if after is None else answered[after],
        )

    def _answered_next_to(self, position: int, step: int) -> int | None:
        answered = self.trail.answered
        while 0 <= position < len(self.trail) and isnan(answered[position]):
            position += step
        return position if 0 <= position < len(self.trail) else None

    def unnoticed_ms(self) -> float | None:
        """The longest interruption that would have hit no probe of the view: it lies between two of them."""
        trail, newest = self.trail, self.trail.newest_answered
        if newest is None or (newest + 1 < self.high and self.now - trail.sent[newest + 1] > self.patience):
            return None
        first, last = self._edge(self.low - 1, -1), self._edge(self.high, 1)
        sent, answered = trail.sent[first : last + 1], trail.answered[first : last + 1]
        met = [
            (each, 0.0 if isnan(answer) else answer - each)
            for position, each, answer in zip(range(first, last + 1), sent, answered, strict=True)
            if not isnan(answer) or self.is_lost(position)  # a lost one belongs to an outage of another window
        ]
        usual = self.rtt_s
        if usual is None:
            usual = max((trip for _, trip in met if trip <= self.patience), default=0.0)
        longest = 0.0
        for (before, _), (after, trip) in pairwise(met):
            longest = max(longest, after - before + (trip if trip > self.patience else usual))
        return longest * 1000 if longest else None

    def _edge(self, position: int, step: int) -> int:
        """The nearest probe outside the view whose fate is known."""
        if not 0 <= position < len(self.trail):
            return position - step
        while (
            0 <= position + step < len(self.trail)
            and isnan(self.trail.answered[position])
            and not self.is_lost(position)
        ):
            position += step
        return position
