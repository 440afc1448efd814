"""From verdicts and findings to the exit status of a check: ok, warning, critical or unknown.

The numbers are those of monitoring plugins (Monitoring Plugins Development Guidelines, "Plugin Return Codes").
"""

from __future__ import annotations

from bondtui.core.words import counted
from bondtui.model import finding as found
from bondtui.model.bond import Bond
from bondtui.model.finding import CRITICAL as CRITICAL_FINDING
from bondtui.model.finding import MEDIUM, SEVERITIES, Judgement
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bondtui.model.text import Unread

OK, WARNING, CRITICAL, UNKNOWN = range(4)
WORDS = ("ok", "warning", "critical", "unknown")
NEVER = "never"
_WORST_FIRST = (CRITICAL, WARNING, UNKNOWN, OK)
_OF_VERDICT = {
    found.OK: OK,
    found.UNKNOWN: UNKNOWN,
    found.DEGRADED: WARNING,
    found.AT_RISK: WARNING,
    found.DOWN: CRITICAL,
}


class Levels(NamedTuple):
    """From which severity on a finding is a warning, and from which on it is critical; ``never`` for neither."""

    warning: str = MEDIUM
    critical: str = CRITICAL_FINDING

    def of(self, severity: str) -> int:
        """What a finding of this severity comes to."""
        if _reaches(severity, self.critical):
            return CRITICAL
        return WARNING if _reaches(severity, self.warning) else OK


class Checked(NamedTuple):
    """One bond and what is to be said about it."""

    bond: Bond
    judgement: Judgement
    grade: int
    """The worst that the verdict and the findings come to."""
    source: str | None = None
    """The text that it was read from; ``None`` for a bond of this machine."""
    muted: tuple[str, ...] = ()
    """The rules that were not asked, as the settings name them."""


class Checks(NamedTuple):
    """Everything that one run of ``bondtui check`` has found out."""

    host: str | None
    wall: float | None
    """When what was judged was so, in seconds since 1970; ``None`` where a text does not tell, as with the host."""
    checked: tuple[Checked, ...]
    levels: Levels = Levels()
    simulated: bool = False
    lab: str = ""
    """Which lab the bonds are in; ``""`` for none."""
    there: tuple[str, ...] = ()
    """Names of all bonds, whether they were checked or not."""
    from_text: bool = False
    missing: tuple[str, ...] = ()
    """Names of bonds that were asked for and are not there."""
    ignored: tuple[str, ...] = ()
    """Names of bonds that the settings leave out."""
    unread: tuple[Unread, ...] = ()
    """Lines of a text that were not understood."""
    settings: str = ""
    """The file that thresholds and muted rules come from."""
    none_is_fine: bool = False
    """Whether it is in order that there is no bond at all."""

    @property
    def grade(self) -> int:
        """The worst of all bonds; unknown where one is missing or there is none."""
        grades = [each.grade for each in self.checked]
        if self.missing or not (grades or self.ignored or self.none_is_fine):
            grades.append(UNKNOWN)
        return worst(grades)

    @property
    def worst_first(self) -> list[Checked]:
        """The bonds in the order in which they are told."""
        return sorted(self.checked, key=lambda each: (_WORST_FIRST.index(each.grade), -each.judgement.rank))

    @property
    def why_none(self) -> str:
        """What is to be said where there is no bond to tell of."""
        if self.ignored:
            return f"no bond to check, {counted(len(self.ignored), 'bond')} ignored"
        return "no bond here"


def of_judgement(judgement: Judgement, levels: Levels) -> int:
    """The worst that the verdict and the findings come to. Only findings can be muted: the verdict stands.

    A bond that nobody uses is in order.
    """
    verdict = _OF_VERDICT[judgement.rank] if judgement.in_use else OK
    return worst((verdict, *(levels.of(each.severity) for each in judgement.findings)))


def worst(grades: Iterable[int]) -> int:
    """Critical before warning before unknown before ok."""
    return min(grades, key=_WORST_FIRST.index, default=OK)


def _reaches(severity: str, level: str) -> bool:
    return level != NEVER and SEVERITIES.index(severity) >= SEVERITIES.index(level)
