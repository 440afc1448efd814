"""What the dashboard needs only later, or when somebody asks for it: what lies around the bonds, probes, the history, drills.

Imported and made on first use.
"""

from __future__ import annotations

from functools import cached_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bondtui.model.around import Around
    from bondtui.model.bond import Bond
    from bondtui.model.probe import Candidate, Flow, Target, Way
    from bondtui.ports import Archive, Hands, Probing, Source, Stream, Surroundings, Watcher
    from bondtui.rehearsal import Rehearsal


class LaterProbing:
    """Sends probes where the source reads. See ``bondtui.ports.Probing``."""

    def __init__(self, source: Source | None) -> None:
        self._source = source

    @cached_property
    def _made(self) -> Probing:
        from bondtui.commands.parts import probing

        return probing(self._source)

    def candidates(self, bond: Bond) -> Sequence[Candidate]:
        """Who could answer over this bond; raises ProbeError."""
        return self._made.candidates(bond)

    def way(self, bond: Bond, target: Target) -> Way:
        """Which way the kernel sends to this target; raises ProbeError."""
        return self._made.way(bond, target)

    def start(self, flows: Sequence[Flow], period_s: float) -> Stream:
        """Send probes from now on; raises ProbeError."""
        return self._made.start(flows, period_s)


class LaterSurroundings:
    """Looks around the bonds of the source. See ``bondtui.ports.Surroundings``."""

    def __init__(self, source: Source | None) -> None:
        self._source = source

    @cached_property
    def _made(self) -> Surroundings:
        from bondtui.commands.around import surroundings

        return surroundings(self._source)

    def around(self, bonds: Sequence[Bond]) -> Around:
        """What lies around these bonds. May block for a while."""
        return self._made.around(bonds)


class LaterArchive:
    """The history that drills are remembered in, and a place for the report of the next one. See ``bondtui.ports.Archive``."""

    def __init__(self, *, simulated: bool) -> None:
        self._simulated = simulated

    @cached_property
    def _made(self) -> Archive:
        from bondtui.commands.parts import archive_for

        return archive_for(None, simulated=self._simulated)

    @property
    def paths(self) -> tuple[str, str]:
        """The report's JSON and Markdown files; empty words where nothing is kept."""
        return self._made.paths

    def begin(self, name: str) -> None:
        """Settle where the report of a drill will be; raises ArchiveError."""
        self._made.begin(name)

    def write(self, document: Mapping[str, object], text: str) -> None:
        """Put the report in place of the one before; raises ArchiveError."""
        self._made.write(document, text)

    def remember(self, entries: Sequence[Mapping[str, object]]) -> None:
        """Add to the history; raises ArchiveError."""
        self._made.remember(entries)

    def history(self) -> Sequence[Mapping[str, object]]:
        """Everything that is remembered, oldest first."""
        return self._made.history()


def rehearsal(hands: Hands, watcher: Watcher, probing: Probing, archive: Archive, *, simulated: bool) -> Rehearsal:
    """A new drill for a dashboard."""
    from bondtui.commands.parts import scribe
    from bondtui.operation import Operation
    from bondtui.rehearsal import Rehearsal
    from bondtui.report.recorder import ReportRecorder

    recorder = ReportRecorder(archive, scribe(simulated=simulated))
    return Rehearsal(Operation(hands, watcher), hands, watcher, probing, recorder)
