"""The whole catalogue of rules."""

from __future__ import annotations

from bondtui.triage import around, balance, configuration, hardware, lacp_settings, selection, traffic
from bondtui.triage.engine import FIRST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.triage.rule import Rule

LATER = (selection, lacp_settings, balance, traffic, hardware, around, configuration)
RULES: tuple[Rule, ...] = tuple(
    sorted((*FIRST, *(rule for module in LATER for rule in module.RULES)), key=lambda rule: rule.id)
)
"""By id."""
