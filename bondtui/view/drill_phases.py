"""A failover or a failback taken apart, filling in while it happens: one line for each phase, and the outage."""

from __future__ import annotations

from bondtui.core.words import counted, printable
from bondtui.drill.figures import words
from bondtui.model.drill import Anatomy, Instant, Outage, Preflight
from bondtui.model.record import NamedTuple
from bondtui.view.line import BAD, DIM, GOOD, PLAIN, STRONG, WARN, Line, Span, fit, flowed, line_width, pad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.view.glyphs import Glyphs

TIME_CELLS, WORDS_CELLS = 11, 24
BESIDE_FROM = 130
"""From this width on failover and failback stand beside each other."""
WAITED_FOR = ("link", "detected", "switched", "notified", "first_answer")
NOT_YET = {
    "link": "link down",
    "detected": "MII down",
    "switched": "traffic moved",
    "notified": "peers notified",
    "first_answer": "first answer",
}
NOT_YET_BACK = {**NOT_YET, "link": "link up", "detected": "MII up", "switched": "traffic moved back"}


class Passed(NamedTuple):
    """A failover or a failback as far as it has come."""

    anatomy: Anatomy
    outages: tuple[Outage, ...]
    slave: int | None
    back: bool = False


def phase_lines(passed: Passed, preflight: Preflight, glyphs: Glyphs, cells: int) -> list[Line]:
    """Each phase with its time since the fault (or since the restoring), then the outage."""
    anatomy = passed.anatomy
    outage = worst(passed.outages, crossed(preflight, passed.slave))
    first = Instant(anatomy.issued.at, "restoring issued" if passed.back else "fault issued")
    lines: list[Line] = [_phase(0.0, first, printable(anatomy.issued.words), cells)]
    for name in WAITED_FOR:
        instant: Instant | None = getattr(anatomy, name)
        if instant is not None:
            note = _limit(preflight) if name == "detected" and not passed.back else ""
            lines.append(_phase((instant.at - anatomy.issued.at) * 1000, instant, note, cells))
            continue
        expected = (NOT_YET_BACK if passed.back else NOT_YET)[name]
        if name == "first_answer" and anatomy.detected is not None and outage is not None and not outage.lost:
            expected = "no answer was missed so far"
        lines.append(fit(((pad("-", TIME_CELLS - 2, right=True), DIM), (f"  {expected}", DIM)), cells))
    if outage is not None:
        lines += outage_lines(outage, preflight, glyphs, cells)
    return lines


def both(over: Passed | None, back: Passed | None, preflight: Preflight, glyphs: Glyphs, cells: int) -> list[Line]:
    """Failover and failback, beside each other where there is room, else one below the other."""
    passages = [each for each in (over, back) if each is not None]
    share = cells // 2 if cells >= BESIDE_FROM else cells
    columns = [
        [
            fit(((" Failback" if each.back else " Failover", STRONG),), share),
            *phase_lines(each, preflight, glyphs, share),
        ]
        for each in passages
    ]
    if share == cells:
        return [line for column in columns for line in column]
    height = max(map(len, columns), default=0)
    filled = [[*column, *[fit((), share)] * (height - len(column))] for column in columns]
    return [fit(tuple(span for line in row for span in line), cells) for row in zip(*filled, strict=True)]


def outage_lines(outage: Outage, preflight: Preflight, glyphs: Glyphs, cells: int) -> list[Line]:
    """The outage with its bounds, what was counted, and what limits the figure."""
    told: list[Span] = [(words(outage, preflight.period_s), _tone(outage, preflight))]
    told.append((f", {probes_lost(outage)}", PLAIN))
    if outage.lost and outage.coarse:
        told.append((", coarse", WARN))
    if outage.timestamp_ms is not None and outage.lost:
        told.append((f", time stamps {outage.timestamp_ms:.0f} ms", DIM))
    if outage.late:
        told.append((f", {outage.late} late", WARN))
    sign = glyphs.lost if outage.lost else glyphs.answered
    first: Line = ((pad(sign, TIME_CELLS - 2, right=True), BAD if outage.lost else GOOD), ("  outage ", STRONG))
    return [fit(line, cells) for line in flowed(tuple(told), cells, first=first, indent=" " * TIME_CELLS)]


def probes_lost(outage: Outage) -> str:
    """What was counted; that none was lost has been said already."""
    return f"{outage.lost} of {outage.sent} probes lost" if outage.lost else counted(outage.sent, "probe")


def worst(outages: Sequence[Outage], crossing: Sequence[bool]) -> Outage | None:
    """The longest outage of the flows that cross the slave under test; of all flows when none does."""
    counts = [each for each, crosses in zip(outages, crossing, strict=False) if crosses] or list(outages)
    return max(counts, key=lambda each: (each.high_ms is None, each.middle_ms or 0.0), default=None)


def crossed(preflight: Preflight, slave: int | None) -> list[bool]:
    """By flow: whether it was seen to cross this slave."""
    return [slave in each.slaves for each in preflight.crossings]


def since(milliseconds: float) -> str:
    """Time since the fault: ``0 ms``, ``+41 ms``, ``+12.3 s``."""
    if milliseconds >= 9999.5:
        return f"+{milliseconds / 1000:.1f} s"
    return f"{milliseconds:+.0f} ms" if abs(milliseconds) >= 0.5 else "0 ms"


def _phase(milliseconds: float, instant: Instant, note: str, cells: int) -> Line:
    time = f"{'~' if instant.polled else ''}{since(milliseconds)}"
    said = printable(instant.words)
    line: Line = ((pad(time, TIME_CELLS - 2, right=True), STRONG), (f"  {said}", PLAIN))
    if not note:
        return fit(line, cells)
    gap = TIME_CELLS + WORDS_CELLS - line_width(line)
    if gap < 2 or line_width(line) + gap + len(note) > cells:
        gap = 2
    return fit((*line, (" " * gap, PLAIN), (note, DIM)), cells)


def _limit(preflight: Preflight) -> str:
    return "nothing bounds it" if preflight.predicted_ms is None else f"predicted at most {preflight.predicted_ms} ms"


def _tone(outage: Outage, preflight: Preflight) -> str:
    objective = preflight.wish.objective_ms
    if outage.high_ms is None and outage.lost:
        return BAD
    if objective is None or outage.middle_ms is None:
        return STRONG
    return BAD if outage.middle_ms > objective else STRONG
