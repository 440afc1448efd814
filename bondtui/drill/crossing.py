"""Which slaves a flow crosses, told by the slaves' own counters, and how the traffic is shared among them.

A flow is sent in bursts with equally long silences between them. What rises with the bursts belongs to the flow, what
rises in the silences too is other traffic: the same thought as in a lock-in amplifier.
"""

from __future__ import annotations

from operator import sub
from statistics import median

from bondtui.core.words import listed
from bondtui.model.drill import Crossing, Share
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bondtui.model.bond import Bond

LEAST_PART = 0.5
"""Of the packets that a slave would have if all slaves had the same number of them (balance-rr)."""
LEAST_PACKETS = 2.0
"""A single packet may be anybody's, however even the other traffic is; with many slaves the part is less than that."""
MOST_PART = 6.0
"""Of the probes; a TCP probe is several packets. What rises by more than that is other traffic."""
ABOVE_NOISE = 3.0
"""So many times the spread of equal counts must be exceeded: with three pairs 2 in 1000 looks at other traffic alone do that."""


class Counted(NamedTuple):
    """Packets of each slave at one time, by index; slaves whose counters the kernel did not give are not in it."""

    at: float
    tx: Mapping[int, int]
    rx: Mapping[int, int]
    names: Mapping[int, str] = {}


def counted(bond: Bond, at: float) -> Counted:
    """The packet counters of the slaves as the bond was read at that time."""
    known = [(each, each.link.counters) for each in bond.slaves]
    return Counted(
        at=at,
        tx={each.ifindex: counters.tx_packets for each, counters in known if counters},
        rx={each.ifindex: counters.rx_packets for each, counters in known if counters},
        names={each.ifindex: each.name for each in bond.slaves},
    )


def crossing(
    pairs: Sequence[tuple[Counted, Counted, Counted]], sent: Sequence[int], slaves: Collection[int]
) -> Crossing:
    """Which slaves carry a flow; each pair is counted before and after a burst of only this flow, and after a silence.

    ``sent`` are the probes of each burst. A slave counts when it has in the middle of all pairs at least half of its
    even part more in the burst than in the silence, when its every burst beats its every silence, and when that is
    three times as much as the bursts, or the silences, differ from each other.
    """
    if not pairs or not slaves or not median(sent or (0,)):
        return Crossing(evidence="no probe was sent to look for")
    names, middle = pairs[0][0].names, median(sent)
    least = max(LEAST_PACKETS, LEAST_PART * middle / len(slaves))
    over: dict[str, set[int]] = {"tx": set(), "rx": set()}
    told, hidden = [], []
    for index in sorted(slaves):
        name = names.get(index, f"interface {index}")
        for way, verb in (("tx", "sent"), ("rx", "received")):
            rise = _rise(pairs, index, way)
            if rise is None:
                return Crossing(evidence=f"the counters of {name} are not known throughout")
            if rise.distinct and least <= rise.more <= MOST_PART * middle:
                over[way].add(index)
                told.append(f"{name} {verb} {rise.more:.0f} packets more than in silence")
            elif ABOVE_NOISE * rise.spread > middle:
                hidden.append(name)
    if not told and hidden:
        return Crossing(evidence=f"other traffic on {listed(list(dict.fromkeys(hidden)))} hides the probes")
    words = "; ".join(told) if told else "no slave's counters rose with the probes"
    return Crossing(frozenset(over["tx"]), frozenset(over["rx"]), f"{words} ({middle:.0f} probes sent)")


class _Rise(NamedTuple):
    """How the counter of one slave rose, in packets."""

    more: float
    """In a burst more than in the silence after it; the middle of all pairs."""
    spread: float
    """How much the bursts, or the silences, differ from each other."""
    distinct: bool
    """Whether the least of a burst is more than the most of a silence, and clearly so."""


def _rise(pairs: Sequence[tuple[Counted, Counted, Counted]], index: int, way: str) -> _Rise | None:
    bursts, silences = [], []
    usual_s = median([each[1].at - each[0].at for each in pairs])
    for each in pairs:
        counts = [getattr(one, way).get(index) for one in each]
        if None in counts or counts != sorted(counts):
            return None  # not given, or gone backwards as after a reset of the driver
        burst_s, silence_s = each[1].at - each[0].at, each[2].at - each[1].at
        other = (counts[2] - counts[1]) / silence_s if burst_s > 0 < silence_s else 0.0
        bursts.append(counts[1] - counts[0] - other * (burst_s - usual_s))  # as if all had lasted equally long
        silences.append(other * usual_s if other else float(counts[2] - counts[1]))
    more, spread = median(map(sub, bursts, silences)), max(max(each) - min(each) for each in (bursts, silences))
    return _Rise(more, spread, min(bursts) > max(silences) and more >= ABOVE_NOISE * spread)


def share(before: Bond, after: Bond) -> Share:
    """The part of the bytes that each slave carried between two readings of one bond, by index, from 0 to 1.

    ``None`` for all when nothing flowed, or when a slave came, went, or has counters that are not known or ran backwards.
    """
    return Share(tx=_parts(before, after, "tx_bytes"), rx=_parts(before, after, "rx_bytes"))


def _parts(before: Bond, after: Bond, counter: str) -> dict[int, float | None]:
    first, second = (
        {each.ifindex: each.link.counters for each in bond.slaves if each.link.counters} for bond in (before, after)
    )
    indexes = sorted({each.ifindex for bond in (before, after) for each in bond.slaves})
    if any(index not in first or index not in second for index in indexes):
        return dict.fromkeys(indexes)
    moved = {index: getattr(second[index], counter) - getattr(first[index], counter) for index in indexes}
    total = sum(moved.values())
    if total <= 0 or min(moved.values()) < 0:
        return dict.fromkeys(indexes)
    return {index: each / total for index, each in moved.items()}
