"""A bond of the lab under triage: what is found of it now, by all that a running bondtui has seen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bondtui.model.around import Around
from bondtui.model.bond import Bond
from bondtui.model.finding import INFO, Finding, Judgement
from bondtui.system.around import KernelAround
from bondtui.triage.case import Case
from bondtui.triage.limits import Limits
from bondtui.triage.verdict import case_of, judge
from tests.kernel.lab import Lab
from tests.kernel.waiting import NotReachedError, until
from tests.kernel.watch import Watch

INTERVAL_S = 0.25


class Patient:
    """One bond, read again and again."""

    def __init__(self, lab: Lab, watch: Watch, bond: str, limits: Limits) -> None:
        self.lab = lab
        self.watch = watch
        self._bond = bond
        self._limits = limits
        self.around = Around()

    def look_around(self) -> None:
        """Take in what lies around the bond now."""
        bonds = self.watch.monitor.bonds
        self.around = self.lab.within(lambda: KernelAround(str(self.lab.root)).around(bonds))

    @property
    def judged(self) -> Judgement:
        """What is said of it at this moment."""
        return judge(self.case_of(next(each for each in self.watch.monitor.bonds if each.name == self._bond)))

    def case_of(self, bond: Bond) -> Case:
        """This bond with all that has been seen of it."""
        return case_of(self.watch.monitor, bond, time.monotonic(), self.around, self._limits)

    def has(self, rule: str, subject: str | None = None) -> Finding:
        """Wait until this rule, by id, has found something."""

        def found() -> Finding | None:
            return next((f for f in self.judged.findings if f.rule == rule and subject in (None, f.subject)), None)

        try:
            finding = until(found, what=rule)
        except NotReachedError:
            raise NotReachedError(f"no {rule} of {subject or 'anything'}:\n{self.said()}") from None
        assert finding is not None
        return finding

    def has_no_more(self, rule: str) -> None:
        """Wait until this rule finds nothing."""
        try:
            until(lambda: rule not in {f.rule for f in self.judged.findings}, what=f"no {rule}")
        except NotReachedError:
            raise NotReachedError(f"{rule} is still found:\n{self.said()}") from None

    def is_judged(self, verdict: str, *words: str) -> Judgement:
        """Wait for this verdict, with these words in its sentence."""

        def so() -> Judgement | None:
            now = self.judged
            return now if now.verdict == verdict and all(each in now.sentence for each in words) else None

        try:
            judged = until(so, what=verdict)
        except NotReachedError:
            raise NotReachedError(f"not judged {verdict!r} with {words}:\n{self.said()}") from None
        assert judged is not None
        return judged

    def is_well(self) -> None:
        """Wait until nothing above info is found."""
        try:
            until(lambda: all(f.severity == INFO for f in self.judged.findings), what="well")
        except NotReachedError:
            raise NotReachedError(f"not well:\n{self.said()}") from None

    def said(self) -> str:
        """Everything, for messages of failed tests."""
        judged = self.judged
        lines = [f"{judged.verdict}: {judged.sentence}"]
        lines += [
            f"{f.rule} {f.severity} {f.subject}: {f.summary} {f.evidence} <- {f.because_of}" for f in judged.findings
        ]
        return "\n".join(lines)


@contextmanager
def patient(lab: Lab, bond: str = "bond0", **limits: float) -> Iterator[Patient]:
    """Watch a bond that is there already."""
    with lab.watched(INTERVAL_S) as watch:
        yield Patient(lab, watch, bond, Limits(**limits))  # type: ignore[arg-type]
