"""How severities and losses are drawn: a sign, a word and a tone each."""

from __future__ import annotations

from bondtui.model.finding import CAPACITY, CRITICAL, EVERYTHING, HIGH, INFO, LOW, MEDIUM, SEVERITIES
from bondtui.view.glyphs import Glyphs
from bondtui.view.line import BAD, DIM, PLAIN, WARN, Line, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bondtui.model.finding import Finding

SEVERITY_CELLS = max(map(len, SEVERITIES))
_TONES = {CRITICAL: BAD, HIGH: BAD, MEDIUM: WARN, LOW: PLAIN, INFO: DIM}
_LOSS_TONES = {EVERYTHING: BAD, CAPACITY: WARN}


def severity_sign(severity: str, glyphs: Glyphs) -> Span:
    """The sign of a severity in its tone."""
    signs = {CRITICAL: glyphs.bad, HIGH: glyphs.warn, MEDIUM: glyphs.warn}
    return signs.get(severity, glyphs.note), _TONES.get(severity, PLAIN)


def loss_tone(lost: str) -> str:
    """The tone of what is lost."""
    return _LOSS_TONES.get(lost, PLAIN)


def tally(findings: Iterable[Finding], glyphs: Glyphs) -> Line:
    """How many findings there are of each severity, the worst first."""
    counts = dict.fromkeys(reversed(SEVERITIES), 0)
    for each in findings:
        counts[each.severity] += 1
    spans: list[Span] = []
    for severity, count in counts.items():
        if count:
            sign, tone = severity_sign(severity, glyphs)
            spans += [("  " if spans else "", PLAIN), (f"{sign} {count} {severity}", tone)]
    return tuple(spans)
