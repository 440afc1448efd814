"""What ``bondtui drill`` prints: the pre-flight list, what happens and the verdict, or one JSON document at the end."""

from __future__ import annotations

import time

from bondtui.commands.saying import tell, tell_aside, tell_json
from bondtui.core.words import sentence
from bondtui.drill.progress import Progress
from bondtui.model.drill import CABLE, FAULT, RESTORING, Drill, Preflight
from bondtui.report import drill as report
from bondtui.report.document import Head
from bondtui.report.drill_progress import Follower


class Words:
    """Says each thing once, to standard output; only what a person has to do to a cable also beside a document."""

    def __init__(self, scribe: report.Scribe, bond: str, *, as_json: bool) -> None:
        self.scribe = scribe
        self.begun = False
        """Whether the drill is under way."""
        self.refused = 0
        """The exit status where nothing was done."""
        self._bond = bond
        self._as_json = as_json
        self._follower = Follower()
        self._asked = ""

    def not_planned(self, verdict: str, reason: str) -> None:
        """Nothing could be found out, for this reason."""
        if self._as_json:
            head = Head(self.scribe.host, time.time(), self.scribe.simulated, self.scribe.lab)
            tell_json(report.not_planned(self._bond, verdict, reason, head, self.scribe.facts))

    def preflight(self, preflight: Preflight) -> None:
        """The list, and what would be done."""
        if not self._as_json:
            tell(report.preflight_lines(preflight, simulated=self.scribe.simulated, lab=self.scribe.lab))

    def document(self, drill: Drill) -> None:
        """The document alone: in text everything is said already."""
        if self._as_json:
            tell_json(self.scribe.document(drill, time.time()))

    def progress(self, now: Progress) -> None:
        """What is new."""
        if not self._as_json:
            if lines := list(self._follower.lines(now)):
                tell(lines)
            return
        if now.preflight is None or now.preflight.wish.fault != CABLE or now.step not in (FAULT, RESTORING):
            return
        if now.words != self._asked:
            self._asked = now.words
            tell_aside(sentence(now.words))

    def result(self, drill: Drill, paths: tuple[str, str]) -> None:
        """The verdict first."""
        if self._as_json:
            self.document(drill)
        else:
            tell(report.result_lines(drill, paths, simulated=self.scribe.simulated, lab=self.scribe.lab))
