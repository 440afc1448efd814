"""Targets and probes on the running kernel."""

from __future__ import annotations

from bondtui.system import targets
from bondtui.system.prober import start_probes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.model.bond import Bond
    from bondtui.model.probe import Candidate, Flow, Target, Way
    from bondtui.ports import Stream


class KernelProbing:
    """Probes in the network namespace of the calling thread. See ``bondtui.ports.Probing``."""

    def candidates(self, bond: Bond) -> Sequence[Candidate]:
        """Who could answer over this bond, best first; raises ProbeError with the reason for none."""
        return targets.candidates(bond)

    def way(self, bond: Bond, target: Target) -> Way:
        """Which way the kernel sends to this target; raises ProbeError for what is no address."""
        return targets.way(bond, target)

    def start(self, flows: Sequence[Flow], period_s: float) -> Stream:
        """Send probes of all flows from now on; raises ProbeError."""
        return start_probes(flows, period_s)
