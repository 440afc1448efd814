"""What the dashboard acts with: the guarded operation, and the hands that keep and revert."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from bondtui.model.action import REVERT_AFTER_S, Action, Pending, Plan
from bondtui.operation import Outcome
from bondtui.ui.drilling import Drills


class Acting(Protocol):
    """The part of ``bondtui.operation.Operation`` that a screen needs. Every call may block."""

    def plan(self, action: Action) -> Plan:
        """A plan on what is read anew now; raises SourceError."""

    def carry_out(self, plan: Plan, *, typed: str = "") -> Outcome:
        """Do what the plan says, if it still holds."""


class Settling(Protocol):
    """The part of ``bondtui.ports.Hands`` that a screen needs. Every call may block."""

    def pending(self) -> Pending | None:
        """The change that is not settled yet, whoever made it."""

    def keep(self) -> str:
        """Have it stay; raises ActionError."""

    def revert(self) -> str:
        """Have it taken back at once; raises ActionError."""


class Actions(NamedTuple):
    """What changes links, and what settles a change."""

    operation: Acting
    hands: Settling
    revert_after: float = REVERT_AFTER_S
    """Seconds until a change is taken back unless somebody keeps it."""
    drills: Drills | None = None
    """Without it no drill is offered."""
