"""The pulse of a flow: slices of equal time, each in the state of the worst of its probes."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from operator import sub

from bondtui.drill.outage import LATE_AT_LEAST_S, is_lost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.drill.trail import Trail

NONE, GOOD, WAITING, LATE, LOST = "none", "good", "waiting", "late", "lost"
"""Nothing sent, all answered, one still waited for, one answered late, one lost: each worse than the one before."""

_ORDER = (NONE, GOOD, WAITING, LATE, LOST)


def slices(trails: Sequence[Trail], begin: float, end: float, cells: int, *, now: float) -> list[str]:
    """One state for each of so many slices of [begin, end), by the time at which the probes were sent."""
    if cells <= 0 or end <= begin:
        return [NONE] * max(0, cells)
    edges = [begin + (end - begin) * each / cells for each in range(cells)]
    edges.append(end)
    worst = [0] * cells
    for trail in trails:
        silent = trail.unanswered(*trail.within(begin, end))
        for cell, (since, until) in enumerate(pairwise(edges)):
            low, high = trail.within(since, until)
            mine = silent[bisect_left(silent, low) : bisect_left(silent, high)]
            worst[cell] = max(worst[cell], _state(trail, low, high, mine, now))
    return [_ORDER[each] for each in worst]


def _state(trail: Trail, low: int, high: int, silent: list[int], now: float) -> int:
    if low >= high:
        return _ORDER.index(NONE)
    if any(is_lost(trail, each, now) for each in silent):
        return _ORDER.index(LOST)
    if any(each > LATE_AT_LEAST_S for each in map(sub, trail.answered[low:high], trail.sent[low:high])):
        return _ORDER.index(LATE)
    return _ORDER.index(WAITING if silent else GOOD)
