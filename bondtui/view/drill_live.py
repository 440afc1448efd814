"""A drill while it runs: what is waited for, the phases with their times, the heartbeat, and who carries the traffic."""

from __future__ import annotations

from bondtui.core.words import printable, sentence
from bondtui.drill.defaults import flow_words
from bondtui.drill.figures import words as figure
from bondtui.drill.heartbeat import slices
from bondtui.drill.progress import Progress
from bondtui.model.drill import CABLE, FAILBACK, FAULT, RESTORING, SETTLING, Passage, Preflight, Round
from bondtui.model.record import NamedTuple
from bondtui.view.banner import seconds
from bondtui.view.drill_page import Body
from bondtui.view.drill_phases import BESIDE_FROM, Passed, both, crossed, phase_lines, worst
from bondtui.view.drill_rates import rate_lines
from bondtui.view.head import rule
from bondtui.view.heartbeat import Strip, axis, beats, signs, strip
from bondtui.view.line import (
    ACCENT,
    BAD,
    DIM,
    GOOD,
    KEY,
    PLAIN,
    STRONG,
    WARN,
    Line,
    clip,
    fit,
    flowed,
    line_width,
    pad,
)
from bondtui.view.log import log_lines, log_title
from bondtui.view.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOMY_ROWS = 30
"""From so many rows on every flow has a strip of its own, and there may be room for the event log."""
FLOWS_AT_MOST = 8
LABEL_CELLS = 30
LEAST_LOG_ROWS = 4
SPAN_MARGIN_S = 4.0
SHORTEST_SPAN_S, LONGEST_SPAN_S = 6.0, 30.0
BACK = frozenset({RESTORING, FAILBACK, SETTLING})
"""Steps in which what is measured is the failback."""
BLANK: Line = ((" ", PLAIN),)


class Scene(NamedTuple):
    """Everything that decides what is drawn of a drill under way, but the size."""

    look: Look
    preflight: Preflight
    progress: Progress
    failover: Passed | None = None
    """Of the round that runs."""
    failback: Passed | None = None
    stopping: str = ""
    """Why it is being stopped, as soon as it is."""


def remembered(scene: Scene, progress: Progress) -> Scene:
    """The scene one moment later; the failover is kept while the failback is measured."""
    if progress.round != scene.progress.round:
        scene = scene._replace(failover=None, failback=None)
    scene = scene._replace(progress=progress)
    if progress.anatomy is None:
        return scene
    if progress.step in BACK and progress.anatomy != (scene.failover.anatomy if scene.failover else None):
        passed = Passed(progress.anatomy, progress.outages, progress.slave, back=True)
        return scene._replace(failback=passed)
    passed = Passed(progress.anatomy, progress.outages, progress.slave)
    return scene if progress.step in BACK or scene.failback else scene._replace(failover=passed)


def live(scene: Scene, cells: int, rows: int) -> Body:
    """All of it; what there is no room for is reached by scrolling."""
    roomy = rows >= ROOMY_ROWS
    heartbeat, key = _heartbeat(scene, cells, each_flow=roomy)
    above = [list(_waiting(scene, cells)), _phases(scene, cells)]
    below: list[list[Line]] = [
        _rates(scene, cells),
        [line for each in scene.progress.rounds_done for line in round_line(each, scene.preflight, cells)],
    ]
    lines = _spaced([*above, [*heartbeat, *key], *below])
    if len(lines) > rows:
        lines = _spaced([*above, heartbeat, *below])
    if len(lines) > rows:
        lines = [line for part in (*above, heartbeat, *below) for line in part]
    room = rows - len(lines) - 2
    if roomy and room >= LEAST_LOG_ROWS:
        lines += [BLANK, rule(scene.look, cells, log_title(scene.look)), *log_lines(scene.look, cells, room)]
    return Body(_title(scene), lines, right=_countdown(scene))


def _spaced(parts: Iterable[list[Line]]) -> list[Line]:
    """An empty line before each part."""
    return [line for part in parts if part for line in (BLANK, *part)]


def _title(scene: Scene) -> Line:
    progress, preflight = scene.progress, scene.preflight
    name = printable(preflight.names.get(progress.slave or 0, preflight.bond))
    said = f", round {progress.round} of {progress.rounds}" if progress.round else ""
    return ("Drill: ", STRONG), (f"{name} {preflight.wish.fault}", STRONG), (said, PLAIN)


def _countdown(scene: Scene) -> tuple[Line, ...]:
    stop: Line = (("   stopping", BAD),) if scene.stopping else (("   r", KEY), (" stop and revert", DIM))
    if scene.progress.revert_at is None:
        return stop, ()
    left = seconds(scene.progress.revert_at - scene.look.now.mono)
    return (
        (("auto-revert in ", PLAIN), (left, WARN), *stop),
        (("auto-revert in ", PLAIN), (left, WARN)),
        (("revert ", PLAIN), (left, WARN)),
    )


def _waiting(scene: Scene, cells: int) -> Iterator[Line]:
    """What is done or waited for; what a person must do stands out."""
    progress, glyphs = scene.progress, scene.look.glyphs
    if scene.stopping:
        said: Line = ((f"{glyphs.warn} ", WARN), (sentence(scene.stopping), WARN))
        return flowed(said, cells, indent="   ")
    age = f" ({max(0.0, scene.look.now.mono - progress.at):.0f} s so far)"
    asked = scene.preflight.wish.fault == CABLE and progress.step in (FAULT, RESTORING)
    sign, tone = (ACCENT, ACCENT) if asked else (DIM, PLAIN)
    line: Line = ((f"{glyphs.chosen} ", sign), (printable(progress.words), tone), (age, DIM))
    return flowed(line, cells, indent="   ")


def _phases(scene: Scene, cells: int) -> list[Line]:
    glyphs, preflight = scene.look.glyphs, scene.preflight
    over, back = scene.failover, scene.failback
    if over is None and back is None:
        return []
    if cells >= BESIDE_FROM:
        return both(over, back, preflight, glyphs, cells)
    if back is None:
        return phase_lines(over, preflight, glyphs, cells) if over else []
    lines = phase_lines(back, preflight, glyphs, cells)
    if over is None:
        return lines
    outage = worst(over.outages, crossed(preflight, over.slave))
    said = figure(outage, preflight.period_s) if outage else "not measured"
    return [fit(((" failover ", DIM), (said, STRONG), ("   now failback:", DIM)), cells), *lines]


def _heartbeat(scene: Scene, cells: int, *, each_flow: bool) -> tuple[list[Line], list[Line]]:
    """The strips with their axis, and what their signs mean."""
    progress, preflight, now = scene.progress, scene.preflight, scene.look.now.mono
    if not progress.trails:
        return [], []
    separate = each_flow and 1 < len(progress.trails) <= FLOWS_AT_MOST
    margin = LABEL_CELLS if separate else 1
    span_s = preflight.wish.hold_s + (preflight.predicted_ms or 0) / 1000 + SPAN_MARGIN_S
    span_s = min(LONGEST_SPAN_S, max(SHORTEST_SPAN_S, span_s))
    shown = strip(now, cells - margin - 1, span_s=span_s, period_s=preflight.period_s)
    rows = [[each] for each in progress.trails] if separate else [progress.trails]
    lines: list[Line] = []
    for number, trails in enumerate(rows):
        label = f" {flow_words(preflight.flows[number])}" if separate and number < len(preflight.flows) else ""
        states = slices(trails, shown.begin, shown.end, shown.cells, now=now)
        label = pad(clip(printable(label), margin - 1, scene.look.glyphs.cut), margin - 1) + " "
        lines.append(fit(((label, DIM), *beats(states, scene.look.glyphs)), cells))
    lines.append(fit(((" " * margin, PLAIN), *_axis(scene, shown)), cells))
    return lines, _key(scene, shown, margin, cells)


def _axis(scene: Scene, shown: Strip) -> Line:
    origin, back = scene.progress.origin, scene.failback
    marks = [(origin, "fault")] if origin is not None else []
    if back is not None:
        marks.append((back.anatomy.issued.at, "restored"))
    return axis(shown, marks, origin, scene.look.glyphs)


def _key(scene: Scene, shown: Strip, margin: int, cells: int) -> list[Line]:
    """What the signs mean."""
    drawn = signs(scene.look.glyphs)
    said = (
        f"one cell is {shown.slice_s * 1000:g} ms; {drawn['good']} answered, {drawn['late']} late, {drawn['lost']} lost"
    )
    return [fit(((" " * margin, PLAIN), (said, DIM)), cells)]


def _rates(scene: Scene, cells: int) -> list[Line]:
    bond = scene.look.monitor.bond_at(scene.preflight.wish.bond)
    return rate_lines(scene.look, bond, scene.progress.slave, cells) if bond is not None else []


def round_line(each: Round, preflight: Preflight, cells: int) -> Iterator[Line]:
    """A round that is over, in one line."""
    first: Line = ((f" round {each.number} ", DIM), (printable(each.name), STRONG), ("  ", PLAIN))
    said: Line = (("failover ", DIM), *_figure(each.failover, preflight))
    said = (*said, (", failback ", DIM), *_figure(each.failback, preflight))
    if each.trouble:
        said = (*said, (": ", PLAIN), (sentence(each.trouble), BAD))
    indent = " " * min(line_width(first), cells // 3)
    return flowed(said, cells, first=first, indent=indent)


def _figure(passage: Passage | None, preflight: Preflight) -> Line:
    outage = passage.worst if passage is not None else None
    if outage is None:
        return (("not measured", DIM),)
    return ((figure(outage, preflight.period_s), STRONG if outage.lost else GOOD),)
