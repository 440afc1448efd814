"""Writes up a drill into an archive, from its first moment on. See ``bondtui.ports.Recorder``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bondtui.drill.history import entries
from bondtui.drill.trail import Trail
from bondtui.model.drill import Drill, Preflight
from bondtui.ports import Archive
from bondtui.report.drill import Scribe


class ReportRecorder:
    """``wall`` tells the time of day in seconds since 1970."""

    def __init__(self, archive: Archive, scribe: Scribe, wall: Callable[[], float] = time.time) -> None:
        self._archive = archive
        self._scribe = scribe
        self._wall = wall

    def begin(self, preflight: Preflight) -> None:
        """Settle where the report will be; raises ArchiveError."""
        self._archive.begin(file_name(preflight, self._wall()))

    def write(self, drill: Drill, trails: Sequence[Trail]) -> None:
        """Put the report in place of the one before; raises ArchiveError."""
        self._archive.write(*self._scribe.written(drill, self._wall(), trails))

    def remember(self, drill: Drill) -> None:
        """Add a drill that has ended to the history; raises ArchiveError."""
        self._archive.remember(entries(drill, self._archive.paths[0], self._scribe.lab))

    @property
    def report(self) -> str:
        """The path of the report for people; ``""`` where nothing is kept."""
        return self._archive.paths[1]


def file_name(preflight: Preflight, wall: float) -> str:
    """``2026-11-22T121314Z-bond0-eno1``; names are as the kernel spells them."""
    at = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime(wall))
    slave = preflight.names.get(preflight.slaves[0], "") if len(preflight.slaves) == 1 else "all"
    return "-".join(filter(None, (at, preflight.bond, slave)))
