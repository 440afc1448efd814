"""The drill as it is carried out: pre-flight, rounds, report, over the ports and through the guarded operation."""

from bondtui.drill.progress import Progress
from bondtui.rehearsal.rehearsal import Rehearsal

__all__ = ["Progress", "Rehearsal"]
