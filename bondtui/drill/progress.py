"""How far a drill has come, for whoever shows it."""

from __future__ import annotations

from bondtui.model.drill import Anatomy, Drill, Outage, Preflight, Round
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.drill.trail import Trail

PREFLIGHT = "preflight"


class Progress(NamedTuple):
    """One moment of a drill. Immutable but for the trails, which only grow."""

    step: str = PREFLIGHT
    """``preflight``, or a step of ``bondtui.model.drill``."""
    words: str = ""
    """What is being done or waited for, with interface names as the kernel spells them."""
    at: float = 0.0
    """When the step began; monotonic clock, as all times here."""
    preflight: Preflight | None = None
    round: int = 0
    """From 1, over all slaves."""
    rounds: int = 0
    slave: int | None = None
    """The slave under test."""
    origin: float | None = None
    """When the fault of this round was issued."""
    anatomy: Anatomy | None = None
    """Of the failover or failback that runs or has just ended, as far as it is known."""
    outages: tuple[Outage, ...] = ()
    """By flow, of the same."""
    trails: Sequence[Trail] = ()
    """By flow; of the pre-flight until the drill begins."""
    rounds_done: tuple[Round, ...] = ()
    revert_at: float | None = None
    """When the dead-man's switch takes the change back that is in place."""
    drill: Drill | None = None
    """The whole, when it has ended."""
    report: str = ""
    """Path of the report for people, once there is one."""
