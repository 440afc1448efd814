"""What happens in a drill, one line for each event, while it runs."""

from __future__ import annotations

from collections.abc import Iterator

from bondtui.core.words import printable, sentence
from bondtui.drill.progress import Progress
from bondtui.model.drill import DONE, Instant
from bondtui.report.drill import figures
from bondtui.report.drill_chart import after, phases


class Follower:
    """Tells of each moment of a drill what was not told before."""

    def __init__(self) -> None:
        self._step: tuple[int, str, str] = (0, "", "")
        self._moments: set[tuple[int, str, Instant]] = set()
        self._rounds = 0

    def lines(self, now: Progress) -> Iterator[str]:
        """What is new; interface names are safe to print."""
        yield from self._phases(now)
        yield from self._ended(now)
        step = (now.round, now.step, now.words)
        if step != self._step and now.words and now.step != DONE:
            self._step = step
            yield f"{_where(now)}{sentence(now.words)}"

    def _phases(self, now: Progress) -> Iterator[str]:
        anatomy = now.anatomy
        if anatomy is None:
            return
        back = anatomy.issued.at != now.origin
        for name, moment in phases(anatomy, back=back):
            key = (now.round, name, moment)
            if key not in self._moments:
                self._moments.add(key)
                yield f"{after(moment.at, anatomy.issued.at):>13}  {name:<12}  {printable(moment.words)}"

    def _ended(self, now: Progress) -> Iterator[str]:
        for each in now.rounds_done[self._rounds :]:
            period_s = now.preflight.period_s if now.preflight else 0.0
            yield f"round {each.number}, {printable(each.name)}: {figures(each.failover, each.failback, period_s)}"
        self._rounds = len(now.rounds_done)


def _where(now: Progress) -> str:
    """Which round of how many, and which slave."""
    if not now.round:
        return ""
    name = now.preflight.names.get(now.slave or 0, "") if now.preflight else ""
    return f"round {now.round} of {now.rounds}{f', {printable(name)}' if name else ''}: "
