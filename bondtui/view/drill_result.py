"""How a drill has ended: the verdict first, then why, the figures, the findings and where the report is."""

from __future__ import annotations

from bondtui.core.label import fleeting
from bondtui.core.words import counted, printable, sentence
from bondtui.drill.figures import words as figure
from bondtui.model.drill import FAIL, INTERRUPTED, NOT_PROVEN, PASS, REFUSED, Drill, Outage, Passage, Preflight, Round
from bondtui.view.drill_live import round_line
from bondtui.view.drill_page import Body, fact
from bondtui.view.drill_phases import Passed, both, probes_lost
from bondtui.view.drill_preflight import predicted, subject
from bondtui.view.glyphs import Glyphs
from bondtui.view.line import BAD, DIM, GOOD, PLAIN, STRONG, WARN, Line, flowed
from bondtui.view.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = {
    PASS: "PASS",
    FAIL: "FAIL",
    NOT_PROVEN: "NOT PROVEN",
    INTERRUPTED: "INTERRUPTED",
    REFUSED: "REFUSED",
}
BLANK: Line = ((" ", PLAIN),)


def result(drill: Drill, report: str, look: Look, cells: int, rows: int) -> Body:
    """All of it; what there is no room for is reached by scrolling."""
    sign, tone = verdict_sign(drill.verdict, look.glyphs)
    preflight = drill.preflight
    said: Line = ((f"{sign} {WORDS.get(drill.verdict, drill.verdict)}: ", tone), (sentence(drill.reason), STRONG))
    lines: list[Line] = [BLANK, *flowed(said, cells, indent="   "), BLANK]
    lines += _figures(drill, cells)
    lines += fact("Predicted", predicted(preflight), cells)
    objective = preflight.wish.objective_ms
    lines += fact("Objective", "none given" if objective is None else f"{objective:g} ms", cells)
    if len(drill.rounds) > 1 or any(each.trouble for each in drill.rounds):
        lines.append(BLANK)
        for each in drill.rounds:
            lines += round_line(each, preflight, cells)
    if drill.findings:
        lines.append(BLANK)
        lines += _findings(drill, look.glyphs, cells)
    if report or not look.monitor.simulated:
        lines.append(BLANK)
        path = f"{printable(report)}{fleeting(report, look.monitor.lab)}" or "none was written"
        lines += fact("Report", path, cells, STRONG if report else WARN)
    for each in drill.rounds:
        taken_apart = _taken_apart(each, drill, look.glyphs, cells)
        if len(lines) + len(taken_apart) <= rows:
            lines += taken_apart
    title: Line = (("Drill of ", STRONG), (printable(preflight.bond), STRONG), (f": {subject(preflight)}", PLAIN))
    return Body(title, lines)


def _taken_apart(each: Round, drill: Drill, glyphs: Glyphs, cells: int) -> list[Line]:
    """The phases of a round, where there is room for them."""
    over, back = each.failover, each.failback
    drawn = both(
        Passed(over.anatomy, over.outages, each.slave) if over is not None else None,
        Passed(back.anatomy, back.outages, each.slave, back=True) if back is not None else None,
        drill.preflight,
        glyphs,
        cells,
    )
    title = f" round {each.number}, {printable(each.name)}"
    return [BLANK, ((title, DIM),), *drawn] if drawn else []


def parting(preflight: Preflight, report: str, drill: Drill | None) -> str:
    """What a person must know who has left while a drill was under way, in one line."""
    name = printable(preflight.bond)
    if drill is None:
        return f"the drill of {name} was not finished; 'bondtui pending' tells what will be taken back by itself"
    said = f"the drill of {name} was {drill.verdict}: {printable(drill.reason)}"
    return f"{said}; report: {printable(report)}" if report else said


def verdict_sign(verdict: str, glyphs: Glyphs) -> tuple[str, str]:
    """Sign and tone of a verdict."""
    if verdict == PASS:
        return glyphs.ok, GOOD
    return (glyphs.bad, BAD) if verdict in (FAIL, REFUSED) else (glyphs.warn, WARN)


def _figures(drill: Drill, cells: int) -> Iterator[Line]:
    """Failover and failback: the only one, or shortest, middle and longest of all rounds."""
    for label, passages in (
        ("Failover", [each.failover for each in drill.rounds]),
        ("Failback", [each.failback for each in drill.rounds]),
    ):
        measured = [each for each in passages if each is not None]
        yield from fact(label, _spread(measured, drill), cells)


def _spread(passages: list[Passage], drill: Drill) -> Line:
    period_s = drill.preflight.period_s
    found = sorted((each.worst for each in passages if each.worst is not None), key=_length)
    if not found:
        return (("not measured", WARN),)
    if len(found) == 1:
        return (*_told(found[0], drill),)
    middle = found[len(found) // 2]
    said = [("min ", found[0]), (", median ", middle), (", max ", found[-1])]
    spans: list[tuple[str, str]] = []
    for label, outage in said:
        spans += [(label, DIM), (figure(outage, period_s), _tone(outage, drill))]
    return (*spans, (f" of {counted(len(found), 'round')}", DIM))


def _told(outage: Outage, drill: Drill) -> Line:
    said: Line = ((figure(outage, drill.preflight.period_s), _tone(outage, drill)),)
    said = (*said, (f", {probes_lost(outage)}", PLAIN))
    if outage.lost and outage.coarse:
        said = (*said, (", coarse", WARN))
    if outage.timestamp_ms is not None and outage.lost:
        said = (*said, (f", time stamps {outage.timestamp_ms:.0f} ms", DIM))
    return said


def _tone(outage: Outage, drill: Drill) -> str:
    objective = drill.preflight.wish.objective_ms
    if outage.lost and outage.high_ms is None:
        return BAD
    return BAD if objective is not None and (outage.middle_ms or 0.0) > objective else STRONG


def _length(outage: Outage) -> tuple[bool, float, float]:
    return outage.high_ms is None, outage.middle_ms or 0.0, outage.high_ms or 0.0


def _findings(drill: Drill, glyphs: Glyphs, cells: int) -> Iterator[Line]:
    for each in drill.findings:
        sign, tone = {"bad": (glyphs.bad, BAD), "warn": (glyphs.warn, WARN)}.get(each.severity, (glyphs.chosen, DIM))
        yield from flowed(((f"{sign} ", tone), (sentence(each.words), PLAIN)), cells, indent="   ")
