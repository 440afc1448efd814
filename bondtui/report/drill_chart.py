"""The anatomy of an outage as a small chart of plain text: all phases on one axis of time, and the pulse of the probes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from bondtui.core.words import printable
from bondtui.drill import heartbeat
from bondtui.drill.trail import Trail
from bondtui.model.drill import Anatomy, Instant, Passage

WIDTH, LABEL = 50, 13
BEFORE, AFTER = 0.12, 0.15
"""Parts of the time from the fault to the last moment that are shown before and after it."""
PROBES_AT_LEAST = 10
"""The time from the fault to the end of the axis is never shorter than so many probes take."""
SIGNS = {
    heartbeat.NONE: " ",
    heartbeat.GOOD: "▪",
    heartbeat.WAITING: "·",
    heartbeat.LATE: "▫",
    heartbeat.LOST: "x",
}
LEGEND = "▪ answered  ▫ late  x lost"


def chart(passage: Passage, trails: Sequence[Trail] = (), *, period_s: float, back: bool = False) -> Iterator[str]:
    """One row for each phase with its time, and one for the probes over the slave under test, the worst of each moment."""
    moments = list(phases(passage.anatomy, back=back))
    axis = _Axis(passage, period_s)
    yield f"{'':{LABEL}}{axis.scale()}"
    for label, moment in moments:
        ms = after(moment.at, axis.origin)
        seen = " (found by a re-read)" if moment.polled else ""
        yield f"{label:{LABEL}}{axis.row(moment.at):{WIDTH}}{ms:>12}  {printable(moment.words)}{seen}"
    counting = [trail for trail, counts in zip(trails, passage.crossed, strict=False) if counts]
    if counting or trails:
        states = axis.states(counting or trails)
        yield f"{'probes':{LABEL}}{''.join(SIGNS[each] for each in states)}  {LEGEND}"


def after(at: float, origin: float) -> str:
    """``41.0 ms``: so long after the origin."""
    return f"{round((at - origin) * 1000, 1) + 0.0:.1f} ms"


def phases(anatomy: Anatomy, *, back: bool) -> Iterator[tuple[str, Instant]]:
    """The moments that there were, each with its name, in the order in which they are expected."""
    named = {
        "restored" if back else "fault": anatomy.issued,
        "link": anatomy.link,
        "noticed": anatomy.detected,
        "switched": anatomy.switched,
        "notified": anatomy.notified,
        "first answer": anatomy.first_answer,
    }
    for label, moment in named.items():
        if moment is not None:
            yield label, moment


class _Axis:
    """Where a moment is in a row of so many columns."""

    def __init__(self, passage: Passage, period_s: float) -> None:
        self._period_s = period_s
        self.origin = passage.anatomy.issued.at
        ends = [moment.at for _, moment in phases(passage.anatomy, back=False)]
        ends += [min(gap.good_after or inf, passage.until) for each in passage.outages for gap in each.gaps]
        self.last = max(*ends, self.origin + PROBES_AT_LEAST * period_s)
        length = self.last - self.origin
        self.begin, self.end = self.origin - BEFORE * length, self.last + AFTER * length

    def column(self, at: float) -> int:
        return min(WIDTH - 1, max(0, int((at - self.begin) / (self.end - self.begin) * WIDTH)))

    def row(self, at: float) -> str:
        """A line from the fault to the moment."""
        zero, here = self.column(self.origin), self.column(at)
        return f"{' ' * min(zero, here)}{'·' * max(0, here - zero)}|"

    def scale(self) -> str:
        """The fault and the last moment, in milliseconds."""
        left = f"{' ' * self.column(self.origin)}0"
        right = f"{(self.last - self.origin) * 1000:.0f} ms"
        return f"{left}{' ' * max(1, self.column(self.last) - len(left))}{right}"

    def states(self, trails: Sequence[Trail]) -> list[str]:
        """The probes' state in each column; where probes are rarer than columns, each has several."""
        cells = min(WIDTH, max(1, int((self.end - self.begin) / self._period_s)))
        now = max((trail.sent[-1] for trail in trails if len(trail)), default=self.end)
        found = heartbeat.slices(trails, self.begin, self.end, cells, now=now)
        return [found[column * cells // WIDTH] for column in range(WIDTH)]
