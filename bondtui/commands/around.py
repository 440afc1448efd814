"""What looks around the bonds of a source: at the machine, or at the simulated one. Imported when it is asked for."""

from __future__ import annotations

from math import inf

from bondtui.commands.where import lab_of
from bondtui.ports import Source, Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.system.audit_reading import OwnDown


OWN_DOWNS_S = 900.0
"""Somewhat more than the window in which lost links count."""


def surroundings(source: Source | None) -> Surroundings:
    """Around the bonds that this source reads; around those of the kernel where there is none."""
    if source is None or not source.simulated:
        from bondtui.system.around import KernelAround

        return KernelAround(own_downs=_own_downs, lab=lab_of(simulated=False))
    from bondtui.system.simulated_around import SimulatedAround
    from bondtui.system.simulation import SimulatedSource

    if not isinstance(source, SimulatedSource):
        raise TypeError(f"nothing is known around {type(source).__name__}")
    return SimulatedAround(source)


def _own_downs() -> Sequence[OwnDown]:
    """What bondtui itself has set down lately: no sign of a bad link."""
    from bondtui.system.audit_reading import recent_downs
    from bondtui.system.switch import Switch

    return recent_downs(Switch().logs, inf if lab_of(simulated=False) else OWN_DOWNS_S)
