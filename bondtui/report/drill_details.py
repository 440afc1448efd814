"""The second half of the report of a drill: the machine, the probes, the checks, every gap, and who carried the traffic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bondtui.core.words import UNKNOWN, counted, speed
from bondtui.drill.defaults import flow_words
from bondtui.drill.figures import span
from bondtui.model.drill import Drill, Preflight, Share
from bondtui.report.marks import said, table, text

Document = Mapping[str, Any]

GAPS_AT_MOST = 100


def setting(before: Preflight, document: Document) -> Iterator[str]:
    yield "## The machine and the bond"
    yield ""
    yield f"- host {text(document['host'])}, kernel {said(document['kernel'])}, {said(document['machine'])}"
    yield f"- bondtui {said(document['bondtui_version'])}, started by {said(document['operator'])}"
    yield f"- bond {text(before.bond)}, mode {said(document['mode'])}"
    options = document["options"] or {}
    told = [f"{name} {said(value)}" for name, value in options.items() if value not in (None, [], {})]
    if told:
        yield f"- options: {', '.join(text(name) for name in told)}"
    yield ""
    heads = ("slave", "role", "permanent MAC", "driver", "bus", "speed", "MII status")
    keys = ("name", "role", "permanent_hwaddr", "driver", "bus_info", "speed_mbps", "mii_status")
    rows = [
        tuple(speed(each[key]) if key == "speed_mbps" else said(each[key]) for key in keys)
        for each in document["slaves"]
    ]
    yield from table(heads, rows)


def probes(before: Preflight) -> Iterator[str]:
    yield "## Probes"
    yield ""
    why = f" ({text(before.why_target)})" if before.why_target else ""
    rtt = UNKNOWN if before.rtt_s is None else span(before.rtt_s * 1000)
    yield (
        f"{counted(len(before.flows), 'flow')}{why}, one probe every {span(before.period_s * 1000)} each; "
        f"median round trip before {rtt}. An outage longer than {span(before.limit_ms)} would have ended the drill; "
        f"all flows had to be answered for {before.wish.hold_s:g} s before each next step."
    )
    if not before.flows:
        return
    yield ""
    rows = []
    for place, flow in enumerate(before.flows):
        crossing = before.crossings[place] if place < len(before.crossings) else None
        names = [[before.names.get(each, str(each)) for each in sorted(way)] for way in (crossing or ((), ()))[:2]]
        told = [text(", ".join(each)) if each else UNKNOWN for each in names]
        evidence = text(crossing.evidence) if crossing and crossing.evidence else UNKNOWN
        rows.append((str(place), text(flow_words(flow)), text(flow.device or UNKNOWN), *told, evidence))
    yield from table(("flow", "to", "bound to", "sent over", "answered over", "told by"), rows)


def preflight(before: Preflight) -> Iterator[str]:
    yield "## Pre-flight"
    yield ""
    rows = [
        (check.name, {"refuse": "no-go", "ask": "asked"}.get(check.result, "go"), text(check.words))
        for check in before.checks
    ]
    yield from table(("check", "result", "what was seen"), rows)


def gaps(drill: Drill) -> Iterator[str]:
    rows = []
    for each in drill.rounds:
        for name, passage in (("failover", each.failover), ("failback", each.failback)):
            for flow, outage in enumerate(passage.outages if passage else ()):
                for gap in outage.gaps:
                    origin = passage.anatomy.issued.at if passage else 0.0
                    start, end = (f"{(at - origin) * 1000:.1f} ms" for at in (gap.first_lost, gap.last_lost))
                    after = UNKNOWN if gap.good_after is None else f"{(gap.good_after - origin) * 1000:.1f} ms"
                    rows.append((str(each.number), text(each.name), name, str(flow), start, end, after, str(gap.lost)))
    yield "## Gaps"
    yield ""
    if not rows:
        yield "No probe was lost."
        return
    yield "Times from the fault, or from the restoring: when the first and the last lost probe and the next answered one were sent."
    yield ""
    heads = ("round", "slave", "passage", "flow", "first lost", "last lost", "answered again", "lost")
    yield from table(heads, rows[:GAPS_AT_MOST])
    if len(rows) > GAPS_AT_MOST:
        yield ""
        yield f"{len(rows) - GAPS_AT_MOST} more are in the JSON file."


def shares(drill: Drill) -> Iterator[str]:
    rows = []
    for each in drill.rounds:
        passage = each.failover
        if passage is None or passage.before is None or passage.after is None:
            continue
        for index, name in drill.preflight.names.items():
            parts = [_part(share, way, index) for share in (passage.before, passage.after) for way in ("tx", "rx")]
            rows.append((str(each.number), text(name), *parts))
    if rows:
        yield "## Who carried the traffic"
        yield ""
        yield "Each slave's share of the bond's bytes, before the fault and after it."
        yield ""
        yield from table(("round", "slave", "tx before", "rx before", "tx after", "rx after"), rows)


def _part(share: Share, way: str, index: int) -> str:
    value = getattr(share, way).get(index)
    return UNKNOWN if value is None else f"{value * 100:.0f} %"
