"""When which probe is due."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Schedule:
    """When which flow is due: flows take turns in slots of equal length, as many to a period as there are flows.

    All times in whole nanoseconds from one start, so nothing adds up over the days. A slot that was missed
    is not made up for: a flow is due at most once, however late it is.
    """

    def __init__(self, start: int, period: int, flows: int) -> None:
        self._start, self._period, self._flows = start, period, flows
        self._slot = 0
        """The first slot that was not handed out."""
        self.next_at = start
        """When it begins."""

    def due(self, now: int) -> Sequence[int]:
        """The flows whose slots have begun since the last call, each once."""
        if now < self.next_at:
            return ()
        flows, first = self._flows, self._slot
        current = (now - self._start) * flows // self._period
        self._slot = current + 1
        self.next_at = self._start - (-self._slot * self._period // flows)
        if current == first:
            return (current % flows,)
        return [slot % flows for slot in range(max(first, current - flows + 1), current + 1)]
