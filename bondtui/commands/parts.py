"""What a drill is put together from, on the kernel or on the simulated driver."""

from __future__ import annotations

import os
from collections.abc import Callable

from bondtui import __version__
from bondtui.commands.where import lab_of
from bondtui.operation import Operation
from bondtui.ports import Archive, Hands, Probing, Recorder, Source, Watcher
from bondtui.rehearsal import Rehearsal
from bondtui.report.drill import Scribe
from bondtui.system import who
from bondtui.system.archive import FileArchive, MemoryArchive, open_archive
from bondtui.system.simulation import SimulatedSource


def rehearsal(source: Source, hands: Hands) -> Callable[[Watcher, Recorder], Rehearsal]:
    """Makes what conducts a drill where this source reads and these hands act."""
    sends = probing(source)

    def make(watcher: Watcher, recorder: Recorder) -> Rehearsal:
        return Rehearsal(Operation(hands, watcher), hands, watcher, sends, recorder)

    return make


def probing(source: Source | None) -> Probing:
    """What sends probes where this source reads; on the kernel where there is none."""
    if source is None or not source.simulated:
        from bondtui.system.probing import KernelProbing

        return KernelProbing()
    from bondtui.system.simulated_probing import SimulatedProbing

    if not isinstance(source, SimulatedSource):
        raise TypeError(f"no probes for {type(source).__name__}")
    return SimulatedProbing(source)


def archive_for(folder: str | None, *, simulated: bool) -> Archive:
    """Where a drill leaves its report, and what it is remembered in: what is simulated is soon forgotten."""
    if not simulated:
        return open_archive(folder)
    return FileArchive([os.path.abspath(folder)]) if folder else MemoryArchive()


def scribe(*, simulated: bool) -> Scribe:
    """What writes up the drills of this machine."""
    machine = os.uname()
    facts = {"bondtui_version": __version__, "kernel": machine.release, "machine": machine.machine}
    facts["operator"] = who.words(who.asking())
    return Scribe(machine.nodename, simulated, facts, lab_of(simulated=simulated))
