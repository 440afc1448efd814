"""One drill from the wish to the report.

Everything here blocks, so a screen calls it from a thread of its own; ``latest`` and ``stop`` are for
other threads. Every change goes through the guarded operation and its dead-man's switch: should this
process end at any point, the link comes back by itself, and the report that was written last stays.
"""

from __future__ import annotations

from bondtui.core.words import printable
from bondtui.drill.findings import findings
from bondtui.drill.judgement import judged
from bondtui.drill.progress import PREFLIGHT, Progress
from bondtui.model.action import ASK, REFUSE
from bondtui.model.bond import BALANCE_ALB, BALANCE_TLB
from bondtui.model.drill import BASELINE, DONE, INTERRUPTED, NOT_PROVEN, REFUSED, Drill, Preflight, Round, Wish
from bondtui.model.reading import SourceError
from bondtui.ports import ArchiveError, ProbeError
from bondtui.rehearsal.probes import Probes
from bondtui.rehearsal.round import RoundRun
from bondtui.rehearsal.survey import survey
from bondtui.rehearsal.tools import Tools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bondtui.drill.trail import Trail
    from bondtui.operation import Operation
    from bondtui.ports import Hands, Probing, Recorder, Watcher

CUT_SHORT = "cut short before its end; what was in place then is taken back by the dead-man's switch"
KNOWN_S = 30.0
"""So long it counts which slaves the flows were seen to cross."""


class Rehearsal:
    """One drill: ``preflight``, then ``run``."""

    def __init__(
        self, operation: Operation, hands: Hands, watcher: Watcher, probing: Probing, recorder: Recorder
    ) -> None:
        self._hands = hands
        self._watcher = watcher
        self._recorder = recorder
        self._latest = Progress(at=hands.now().mono)
        self._why_stop = ""
        self._tools = Tools(operation, hands, watcher, probing, self._say, lambda: self._why_stop)
        self._trouble = ""
        self._surveyed_at = -KNOWN_S

    @property
    def latest(self) -> Progress:
        """How far it is. May be read from any thread."""
        return self._latest

    def stop(self, why: str) -> None:
        """End it early: take back at once what is in place, and write the report. May be called from any thread."""
        self._why_stop = self._why_stop or why

    def preflight(self, wish: Wish) -> Preflight:
        """Find out everything that can be found out without changing anything; takes some seconds.

        Raises SourceError, ActionError and Interrupted.
        """
        self._advance(step=PREFLIGHT, at=self._hands.now().mono)
        found = survey(self._tools, wish, lambda probes: self._advance(trails=probes.trails))
        self._surveyed_at = self._hands.now().mono
        self._advance(preflight=found, words="")
        return found

    def run(self, preflight: Preflight, *, typed: str = "") -> Drill:
        """Carry the drill out; ``typed`` is the bond's name where a guard asks for it. What may be expected is a verdict."""
        began = self._hands.now()
        drill = Drill(preflight, began, began, (), INTERRUPTED, CUT_SHORT, typed=bool(typed))
        if preflight.verdict == REFUSE:
            return self._refused(drill, "; ".join(preflight.reasons))
        if preflight.verdict == ASK and typed not in (preflight.bond, printable(preflight.bond)):
            why = f"the name of the bond must be typed, because {'; '.join(preflight.reasons)}"
            return self._refused(drill, why)
        try:
            self._recorder.begin(preflight)
            self._recorder.write(drill, ())
        except ArchiveError as error:
            return self._refused(drill, str(error))
        self._advance(report=self._recorder.report)
        drill, trails = self._rounds(drill, typed)
        return self._ended(drill, trails)

    def _rounds(self, drill: Drill, typed: str) -> tuple[Drill, Sequence[Trail]]:
        preflight = drill.preflight
        turns = [slave for slave in preflight.slaves for _ in range(preflight.wish.rounds)]
        self._advance(step=BASELINE, at=self._hands.now().mono, rounds=len(turns), words="starting the probes")
        try:
            probes = Probes(self._tools.probing, preflight.flows, preflight.period_s, preflight.rtt_s)
        except ProbeError as error:
            return drill._replace(reason=f"not begun: {error}", verdict=REFUSED), ()
        self._advance(trails=probes.trails)
        done: tuple[Round, ...] = ()
        try:
            for number, slave in enumerate(turns, start=1):
                self._advance(round=number, slave=slave, origin=None, anatomy=None, outages=(), revert_at=None)
                try:
                    known = preflight.crossings if number == 1 and self._are_known(preflight) else ()
                    run = RoundRun(self._tools, preflight, probes, self._advance, number, slave, typed, known)
                except SourceError as error:
                    return drill._replace(rounds=done, verdict=NOT_PROVEN, reason=str(error)), probes.trails
                before = done
                done = (*before, run.carried_out(lambda part: self._write(drill, (*before, part))))  # noqa: B023
                self._advance(rounds_done=done)
                if run.refused and not before:
                    return drill._replace(verdict=REFUSED, reason=done[0].trouble), probes.trails
                self._write(drill, done, probes.trails)
                if done[-1].trouble or self._why_stop:
                    break
        finally:
            probes.stop()
        verdict, reason = judged(preflight, done, stopped=self._why_stop)
        return drill._replace(rounds=done, verdict=verdict, reason=reason), probes.trails

    def _are_known(self, preflight: Preflight) -> bool:
        """Whether the flows still cross the slaves that the pre-flight has found; balance-tlb and balance-alb move them."""
        mode = preflight.snapshot.options.mode if preflight.snapshot is not None else None
        fresh = self._hands.now().mono - self._surveyed_at < KNOWN_S
        return fresh and mode not in (BALANCE_TLB, BALANCE_ALB)

    def _write(self, drill: Drill, rounds: tuple[Round, ...], trails: Sequence[Trail] = ()) -> None:
        """The report so far; a disk that is full does not end the drill."""
        so_far = drill._replace(rounds=rounds, ended=self._hands.now())
        self._trouble = _trouble_with(lambda: self._recorder.write(so_far, trails))

    def _refused(self, drill: Drill, reason: str) -> Drill:
        drill = drill._replace(verdict=REFUSED, reason=reason)
        self._advance(step=DONE, drill=drill, words=reason)
        return drill

    def _ended(self, drill: Drill, trails: Sequence[Trail]) -> Drill:
        drill = drill._replace(ended=self._hands.now())
        drill = drill._replace(findings=findings(drill))
        self._trouble = "; ".join(
            filter(
                None,
                (
                    _trouble_with(lambda: self._recorder.write(drill, trails)),
                    _trouble_with(lambda: self._recorder.remember(drill)),
                ),
            )
        )
        if self._trouble:
            drill = drill._replace(reason=f"{drill.reason}; {self._trouble}")
        self._advance(step=DONE, drill=drill, words=drill.reason, revert_at=None)
        return drill

    def _say(self, words: str) -> None:
        self._advance(words=words)

    def _advance(self, **changes: object) -> None:
        self._latest = self._latest._replace(**changes)  # type: ignore[arg-type]


def _trouble_with(writing: Callable[[], None]) -> str:
    """Why something could not be kept; ``""`` if it was."""
    try:
        writing()
    except ArchiveError as error:
        return str(error)
    return ""
