"""What the dashboard drills with: rehearsals, one for each drill, and who could answer its probes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from bondtui.drill.progress import Progress
from bondtui.model.bond import Bond
from bondtui.model.drill import Drill, Preflight, Wish
from bondtui.model.probe import Candidate


class Rehearsing(Protocol):
    """The part of ``bondtui.rehearsal.Rehearsal`` that a screen needs."""

    def preflight(self, wish: Wish) -> Preflight:
        """Find out what can be found out without changing anything. Blocks for seconds; ends early after ``stop``."""

    def run(self, preflight: Preflight, *, typed: str = "") -> Drill:
        """Carry it out and write the report. Blocks for minutes; what may be expected is a verdict."""

    def stop(self, why: str) -> None:
        """Take back at once what is in place, and end. Never waits; from any thread or signal handler."""

    @property
    def latest(self) -> Progress:
        """How far it is; from any thread."""


class Drills(NamedTuple):
    """Where rehearsals come from."""

    begin: Callable[[], Rehearsing]
    """A new one for each drill."""
    candidates: Callable[[Bond], Sequence[Candidate]]
    """Who could answer over a bond, best first; blocks, raises ProbeError with the reason for none."""
