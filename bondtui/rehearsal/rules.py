"""What holds for the rounds of a drill by its pre-flight, and what a person is told at each step."""

from __future__ import annotations

from bondtui.actions.prediction import recovery_ms
from bondtui.drill import preflight as facts
from bondtui.drill.course import Rules
from bondtui.model.drill import BASELINE, CABLE, FAILBACK, FAILOVER, FAULT, HOLDING, PLACING, RESTORING, SETTLING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.bond import Bond
    from bondtui.model.drill import Preflight, Wish

BASELINE_S = 1.0
SILENT_MS, SILENT_PERIODS = 300.0, 5


def words(wish: Wish, name: str, step: str, *, in_a_lab: bool = False) -> str:
    """What is done or waited for in this step with the slave of this name; in a lab a command has its cable in hand."""
    cable = wish.fault == CABLE
    pull, plug = (f": 'bondtui lab --{each} pull {name}'" if in_a_lab else "" for each in ("fault", "undo"))
    held = f"answers must come for {wish.hold_s:g} s"
    return {
        BASELINE: "the probes must be answered before anything is done",
        PLACING: f"{name} was made the active slave first",
        FAULT: f"pull the cable of {name} now{pull}" if cable else "issuing the fault",
        FAILOVER: "waiting for the driver and for answers",
        HOLDING: held,
        RESTORING: f"put the cable of {name} back{plug}" if cable else "restoring the link",
        FAILBACK: f"waiting until {name} can carry traffic again",
        SETTLING: held,
    }.get(step, "")


def rules(preflight: Preflight, bond: Bond) -> Rules:
    """The rules of the state machine for a round over this bond."""
    wish, period_s = preflight.wish, preflight.period_s
    return Rules(
        fault=wish.fault,
        hold_s=wish.hold_s,
        limit_ms=preflight.limit_ms,
        baseline_s=max(BASELINE_S, 3 * period_s),
        recovery_s=(recovery_ms(bond.options) or 0) / 1000,
        silent_ms=max(SILENT_MS, SILENT_PERIODS * period_s * 1000),
        places=facts.must_be_active(bond, wish.fault),
    )
