"""A plan, and a change that is pending, as plain values that can be written down as JSON.

The names are those of ``bondtui down --json`` and ``bondtui pending --json``.
"""

from __future__ import annotations

from bondtui.model.action import Guarded, Pending, Plan, Undo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Record = dict[str, Any]


PLAN_KEYS = (
    *("action", "bond", "slave", "command", "undo", "predicted_outage_ms", "predicted_effect", "guards", "verdict"),
)


def plan_record(plan: Plan) -> Record:
    """What a plan says, for JSON documents and for the audit log."""
    return _record(plan.action.kind, plan)


def pending_record(pending: Pending) -> Record:
    """The plan's part of a pending change, under the same names."""
    return _record(pending.action, pending)


def _record(action: str, told: Plan | Pending) -> Record:
    guards = [each._asdict() for each in told.guards]
    values = (told.bond, told.slave, list(told.command), list(told.undo_command), told.outage_ms, told.effect, guards)
    return dict(zip(PLAN_KEYS, (action, *values, told.verdict), strict=True))


def change_record(plan: Plan, *, identity: str, who: Record) -> Record:
    """All that the dead-man's switch needs of a plan; raises ValueError for a plan that is not undone."""
    if plan.undo is None or plan.action.revert_after is None:
        raise ValueError(f"'{plan.action.kind}' is not undone by itself")
    return {
        "id": identity,
        "who": who,
        "plan": plan_record(plan),
        "undo": plan.undo._asdict(),
        "revert_after_s": plan.action.revert_after,
    }


def undo_of(record: Record) -> Undo:
    """The undo that a change record holds; raises KeyError or TypeError when it is damaged."""
    return Undo(**record["undo"])


def pending_of(record: Record, *, seconds_left: float, who: str, alive: bool) -> Pending:
    """The pending change that a change record with ``armed_at`` and ``revert_at`` tells of."""
    plan = record["plan"]
    return Pending(
        id=record["id"],
        action=plan["action"],
        bond=plan["bond"],
        slave=plan["slave"],
        command=tuple(plan["command"]),
        undo_command=tuple(plan["undo"]),
        outage_ms=plan["predicted_outage_ms"],
        effect=plan["predicted_effect"],
        guards=tuple(Guarded(**each) for each in plan["guards"]),
        verdict=plan["verdict"],
        undo=undo_of(record),
        armed_at=record["armed_at"],
        revert_at=record["revert_at"],
        seconds_left=seconds_left,
        who=who,
        alive=alive,
        trouble=record.get("trouble", ""),
        applied="applied_at" in record,
    )
