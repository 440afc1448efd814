"""The probes of a drill while they are being sent: one stream, and the trails that it fills."""

from __future__ import annotations

from statistics import median

from bondtui.drill import outage
from bondtui.drill.trail import take, trails
from bondtui.model.record import NamedTuple
from bondtui.ports import ProbeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bondtui.drill.trail import Trail
    from bondtui.model.probe import Flow
    from bondtui.ports import Probing

GRACE_S, GRACE_PERIODS, GRACE_TRIPS = 0.2, 3.0, 10.0
"""An answer is missed after the longest of: this time (answers are told several at once), so many periods, so many round trips."""

STALLED_S = 0.5
"""Probes of which nothing new is heard for so long, and the grace, have come to a halt, whatever the reason."""

STANDS_STILL_S, STANDS_STILL_PERIODS = 2.0, 5.0


class State(NamedTuple):
    """How the probes stand at one moment; see ``bondtui.drill.course.Seen``."""

    quiet_since: float | None
    answered_up_to: float | None
    open_gap_ms: float


class Probes:
    """All flows of a drill. ``stop`` must be called."""

    def __init__(self, probing: Probing, flows: Sequence[Flow], period_s: float, rtt_s: float | None = None) -> None:
        self.trails = trails(len(flows))
        self.period_s = period_s
        self.rtt_s = rtt_s or 0.0
        self._resumed_at: float | None = None
        """Since when all are sent, if it is known."""
        self._stream = probing.start(flows, period_s)

    def look(self, now: float | None = None) -> None:
        """Take in what has happened; raises ProbeError when the engine has ended or, with ``now``, when it stands still."""
        take(self.trails, self._stream.take())
        if now is None or self._resumed_at is None:
            self._resumed_at = now
            return
        newest = max((each.sent[-1] for each in self.trails if len(each)), default=self._resumed_at)
        if now - max(newest, self._resumed_at) > max(STANDS_STILL_S, STANDS_STILL_PERIODS * self.period_s):
            raise ProbeError(
                f"no probe was sent for {now - newest:.1f} s: the engine, or the whole machine, stands still"
            )

    def choose(self, flows: Collection[int] | None) -> None:
        """Send only these from now on; ``None`` for all."""
        self._stream.choose(flows)
        self._resumed_at = None

    def stop(self) -> None:
        """Send no more."""
        self._stream.stop()

    @property
    def grace_s(self) -> float:
        """So old a probe without an answer is missing."""
        return max(GRACE_S, GRACE_PERIODS * self.period_s, GRACE_TRIPS * self.rtt_s)

    def state(self, now: float) -> State:
        """How they stand."""
        quiet = [outage.quiet_since(each, now, grace_s=self.grace_s) for each in self.trails]
        answered = [_newest_answered(each) for each in self.trails]
        known_quiet = [each for each in quiet if each is not None]
        behind = min((each for each in answered if each is not None), default=None) if None not in answered else None
        stalled = behind is None or now - behind > STALLED_S + self.grace_s  # nothing lost, but nothing sent either
        return State(
            quiet_since=max(known_quiet, default=None) if len(known_quiet) == len(quiet) and not stalled else None,
            answered_up_to=behind,
            open_gap_ms=max((self._open_gap_ms(each, now) for each in self.trails), default=0.0),
        )

    def _open_gap_ms(self, trail: Trail, now: float) -> float:
        """How long answers have stayed away, as far as probes were sent meanwhile."""
        lasted = outage.open_gap_ms(trail, now, grace_s=self.grace_s)
        unsent_ms = max(0.0, now - trail.sent[-1] - self.period_s) * 1000 if len(trail) else 0.0
        return max(0.0, lasted - unsent_ms)

    def median_rtt_s(self, begin: float, until: float) -> float | None:
        """Of the probes sent in this time; ``None`` when none was answered."""
        trips = [
            trail.answered[n] - trail.sent[n]
            for trail in self.trails
            for n in range(*trail.within(begin, until))
            if trail.answered[n] == trail.answered[n]  # not nan
        ]
        return median(trips) if trips else None

    def counted(self, begin: float, until: float) -> tuple[int, int]:
        """How many probes were sent in this time, and how many of them have no answer."""
        spans = [(trail, *trail.within(begin, until)) for trail in self.trails]
        return sum(high - low for _, low, high in spans), sum(len(t.unanswered(low, high)) for t, low, high in spans)


def _newest_answered(trail: Trail) -> float | None:
    """When the newest answered probe was sent."""
    position = trail.newest_answered
    return None if position is None else trail.sent[position]
