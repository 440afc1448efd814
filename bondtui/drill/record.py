"""A drill as plain values that can be written down as JSON, under the names of ``bondtui drill --json``."""

from __future__ import annotations

import math

from bondtui.actions.record import plan_record
from bondtui.drill.judgement import round_judged
from bondtui.drill.passage_record import flow_record, milliseconds, passage_record, rfc3339, summary
from bondtui.model.drill import INTERRUPTED
from bondtui.model.probe import ICMP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from bondtui.drill.trail import Trail
    from bondtui.model.drill import Crossing, Drill, Preflight, Round
    from bondtui.model.probe import Flow, Target

    Record = dict[str, Any]

KEYS = (
    *("bond", "verdict", "reason", "objective_ms", "period_ms", "predicted_outage_ms", "predicted_effect"),
    *("targets", "why_target", "fault", "slaves_tested", "rounds_of_each", "hold_s", "limit_ms", "revert_after_s"),
    *("rtt_ms", "began", "ended", "name_typed", "command", "preflight", "flows", "plans", "rounds", "summary"),
    "findings",
)
"""What the body of the document holds."""


def drill_record(drill: Drill) -> Record:
    """The body of the document, without samples."""
    before, wish = drill.preflight, drill.preflight.wish
    values = (
        *(before.bond, drill.verdict, drill.reason, wish.objective_ms, milliseconds(before.period_s)),
        *(before.predicted_ms, before.predicted, targets(before), before.why_target, wish.fault),
        *([before.names.get(each) for each in before.slaves], wish.rounds, wish.hold_s, before.limit_ms),
        *(before.revert_after_s, milliseconds(before.rtt_s, 3), rfc3339(drill.began.wall), rfc3339(drill.ended.wall)),
        *(drill.typed, list(repetition(drill)), _checks(before), _flows(before)),
        [plan_record(each) for each in before.plans],
        [round_record(each, drill) for each in drill.rounds],
        {
            "failover": summary([each.failover for each in drill.rounds if each.failover]),
            "failback": summary([each.failback for each in drill.rounds if each.failback]),
        },
        [each._asdict() for each in drill.findings],
    )
    return dict(zip(KEYS, values, strict=True))


def samples_record(trails: Sequence[Trail], flows: Sequence[Flow], origin: float) -> list[Record]:
    """Every probe: when it was sent in milliseconds from ``origin``, and after how many it was answered or ``None``."""
    return [
        {
            **flow_record(flow),
            "sent_ms": [round((at - origin) * 1000, 3) for at in trail.sent],
            "rtt_ms": [_rtt_ms(*each) for each in zip(trail.sent, trail.answered, strict=True)],
            "duplicates": {str(number): count for number, count in trail.duplicates.items()},
            "errors": {str(number): error for number, error in trail.errors.items()},
        }
        for flow, trail in zip(flows, trails, strict=False)
    ]


def round_record(each: Round, drill: Drill) -> Record:
    """One slave, once."""
    return {
        "number": each.number,
        "slave": each.name,
        "permanent_hwaddr": each.perm_hwaddr,
        "fault": each.fault,
        "command": list(each.command),
        "other_commands": [list(command) for command in each.besides],
        "verdict": round_verdict(each, drill),
        "proven": each.proven,
        "restored": each.restored,
        "trouble": each.trouble or None,
        "failover": passage_record(each.failover, drill.preflight),
        "failback": passage_record(each.failback, drill.preflight),
    }


def round_verdict(each: Round, drill: Drill) -> str:
    """What this round says by itself: ``pass``, ``fail``, ``not-proven`` or ``interrupted``."""
    stopped = drill.reason if drill.verdict == INTERRUPTED else ""
    return round_judged(drill.preflight, each, stopped=stopped)[0]


def targets(preflight: Preflight) -> list[str]:
    """Who was probed, as ``--target`` takes it."""
    named = preflight.wish.targets or tuple(each.target for each in preflight.flows)
    return list(dict.fromkeys(target_words(each) for each in named))


def target_words(target: Target) -> str:
    """``192.0.2.1``, ``tcp:192.0.2.1:80`` or ``udp:[2001:db8::1]:7``."""
    if target.kind == ICMP:
        return target.address
    address = f"[{target.address}]" if ":" in target.address else target.address
    return f"{target.kind}:{address}:{target.port}"


def repetition(drill: Drill) -> tuple[str, ...]:
    """The words of the command that does the same drill again."""
    before, wish = drill.preflight, drill.preflight.wish
    names = [before.names.get(each, "") for each in before.slaves]
    slave = names[0] if len(names) == 1 else "all"
    objective = [] if wish.objective_ms is None else ["--objective", f"{wish.objective_ms:g}"]
    confirm = _option("--confirm", before.bond) if drill.typed else []
    bond = ["--", before.bond] if before.bond.startswith("-") else [before.bond]
    return (
        *("bondtui", "drill", *_option("--slave", slave), "--fault", wish.fault),
        *(word for each in targets(before) for word in ("--target", each)),
        *("--period", f"{before.period_s * 1000:g}", "--rounds", str(wish.rounds), "--hold", f"{wish.hold_s:g}"),
        *(*objective, "--yes", *confirm, *bond),
    )


def _option(name: str, value: str) -> list[str]:
    """Two words, or one where the value looks like an option itself."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def _checks(preflight: Preflight) -> Record:
    return {"verdict": preflight.verdict, "checks": [each._asdict() for each in preflight.checks]}


def _flows(preflight: Preflight) -> list[Record]:
    crossings: Iterable[Crossing | None] = preflight.crossings or (None,) * len(preflight.flows)
    return [
        {**flow_record(flow), "crossing": _crossing(crossing, preflight.names)}
        for flow, crossing in zip(preflight.flows, crossings, strict=False)
    ]


def _crossing(crossing: Crossing | None, names: Mapping[int, str]) -> Record | None:
    if crossing is None:
        return None
    return {
        "sent_over": sorted(names.get(each, str(each)) for each in crossing.sent_over),
        "received_over": sorted(names.get(each, str(each)) for each in crossing.received_over),
        "evidence": crossing.evidence,
    }


def _rtt_ms(sent: float, answered: float) -> float | None:
    return None if math.isnan(answered) else round((answered - sent) * 1000, 3)
