"""One failover or failback as plain values: counts, figures with their bounds, phases, gaps and shares.

The figures (``sent`` to ``coarse``) are those of the worst flow, so that they belong together; the
sums over all flows are under ``all_flows``. Times count in milliseconds from the moment in which the
fault, or the restoring, was issued. ``None`` is what did not happen.
"""

from __future__ import annotations

import math
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from bondtui.model.drill import Anatomy, Gap, Instant, Outage, Passage, Preflight, Share
    from bondtui.model.probe import Flow

    Record = dict[str, Any]

COUNTS = ("sent", "lost", "late", "duplicated", "failed")
MEASURES = ("outage_ms", "outage_low_ms", "outage_high_ms", "timestamp_outage_ms", "longest_late_ms", "coarse")
PHASES = ("link", "detected", "switched", "notified", "first_answer")


def passage_record(passage: Passage | None, preflight: Preflight) -> Record | None:
    """A failover or a failback; ``None`` when it did not happen."""
    if passage is None:
        return None
    worst, origin = passage.worst, passage.anatomy.issued.at
    sums = {key: sum(getattr(each, key) for each in passage.outages) for key in COUNTS}
    gaps = [(place, gap) for place, each in enumerate(passage.outages) for gap in each.gaps]
    return {
        **figures(worst),
        **_phases(passage.anatomy),
        "issued_at": rfc3339(passage.began.wall),
        "measured_for_ms": milliseconds(passage.until - origin),
        "worst_flow": next((place for place, each in enumerate(passage.outages) if each is worst), None),
        "all_flows": sums,
        "flows": [_flow(*each) for each in zip(preflight.flows, passage.outages, passage.crossed, strict=False)],
        "gaps": [_gap(*each, origin) for each in gaps],
        "anatomy": _told(passage.anatomy),
        "shares": {"before": _share(passage.before, preflight), "after": _share(passage.after, preflight)},
    }


def figures(outage: Outage | None) -> Record:
    """What was counted and measured of one flow; with no probe lost there is no outage but a bound."""
    if outage is None:
        return dict.fromkeys((*COUNTS, *MEASURES))
    counted = {key: getattr(outage, key) for key in COUNTS}
    values = (outage.middle_ms, outage.low_ms, outage.high_ms, outage.timestamp_ms, outage.longest_late_ms)
    return {**counted, **dict(zip(MEASURES, map(number, values), strict=False)), "coarse": outage.coarse}


def summary(passages: Sequence[Passage]) -> Record | None:
    """The shortest, the middle and the longest outage; of an even number of rounds the longer middle one."""
    found = [each.worst for each in passages]
    ranked = sorted((each for each in found if each is not None), key=_length)
    if not ranked:
        return None
    chosen = {"min": ranked[0], "median": ranked[len(ranked) // 2], "max": ranked[-1]}
    return {
        "rounds": len(ranked),
        **{name: {key: figures(each)[key] for key in MEASURES[:3]} for name, each in chosen.items()},
    }


def flow_record(flow: Flow) -> Record:
    """To whom a flow goes, and over what."""
    target = flow.target
    return {
        "target": target.address,
        "kind": target.kind,
        "port": target.port,
        "source_port": flow.source_port,
        "device": flow.device or None,
    }


def rfc3339(wall: float) -> str:
    """A time in UTC, to the millisecond."""
    whole, fraction = divmod(round(wall * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{fraction:03d}Z"


def milliseconds(seconds: float | None, digits: int = 1) -> float | None:
    """So many milliseconds, rounded."""
    return None if seconds is None else number(seconds * 1000, digits)


def number(value: float | None, digits: int = 1) -> float | None:
    """Rounded, and only what JSON can say: what is not finite is not known."""
    return None if value is None or not math.isfinite(value) else round(value, digits) + 0.0


def _phases(anatomy: Anatomy) -> Record:
    return {f"{name}_ms": _after(getattr(anatomy, name), anatomy.issued.at) for name in PHASES}


def _told(anatomy: Anatomy) -> Record:
    """The moments in words."""
    origin = anatomy.issued.at
    moments = {name: getattr(anatomy, name) for name in ("issued", *PHASES)}
    return {
        name: None if each is None else {"ms": _after(each, origin), "words": each.words, "polled": each.polled}
        for name, each in moments.items()
    }


def _flow(flow: Flow, outage: Outage, crossed: bool) -> Record:
    return {**flow_record(flow), "crossed": crossed, **figures(outage)}


def _gap(flow: int, gap: Gap, origin: float) -> Record:
    """``start`` and ``end`` are when the first and the last of the lost probes were sent."""
    return {
        "flow": flow,
        "start": milliseconds(gap.first_lost - origin),
        "end": milliseconds(gap.last_lost - origin),
        "lost": gap.lost,
        **{
            f"{name}_ms": _since(getattr(gap, name), origin)
            for name in ("good_before", "good_after", "answer_before", "answer_after")
        },
    }


def _share(share: Share | None, preflight: Preflight) -> Record | None:
    if share is None:
        return None
    return {
        name: {way: number(told.get(index), 4) for way, told in (("tx", share.tx), ("rx", share.rx))}
        for index, name in preflight.names.items()
    }


def _length(outage: Outage) -> tuple[bool, float, float]:
    return outage.high_ms is None, outage.middle_ms or 0.0, outage.high_ms or outage.low_ms


def _after(moment: Instant | None, origin: float) -> float | None:
    return None if moment is None else _since(moment.at, origin)


def _since(at: float | None, origin: float) -> float | None:
    return None if at is None else milliseconds(at - origin)
