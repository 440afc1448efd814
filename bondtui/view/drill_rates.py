"""Who carries the traffic while a drill runs: the slaves' rates, so that they can be seen to cross over."""

from __future__ import annotations

from bondtui.core.tracks import Track
from bondtui.core.words import UNKNOWN, printable, rate, role
from bondtui.view.graph import bars
from bondtui.view.line import ACCENT, DIM, GOOD, PLAIN, Line, Span, clip, fit, pad, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.core.tracks import Rates
    from bondtui.model.bond import Bond, Slave
    from bondtui.view.look import Look

NAME_AT_MOST, FIXED_CELLS, GRAPH_AT_LEAST, GRAPH_AT_MOST = 15, 46, 6, 60


def rate_lines(look: Look, bond: Bond, tested: int | None, cells: int) -> list[Line]:
    """A head and a line for each slave, the one under test first: role, MII, rates, and its part of what all carry."""
    slaves = sorted(bond.slaves, key=lambda each: each.ifindex != tested)
    names = min(NAME_AT_MOST, max([5, *(width(printable(each.name)) for each in slaves)]))
    room = (cells - FIXED_CELLS - names) // 2
    graph = 0 if room < GRAPH_AT_LEAST else min(GRAPH_AT_MOST, room)
    tracks = {each.ifindex: look.monitor.tracks.get(each.ifindex) or Track(None) for each in slaves}
    total = [sum(_known(track, which) for track in tracks.values()) for which in (0, 1)]
    shown = [sample for track in tracks.values() for sample in track.samples[-max(1, graph) :]]
    ceiling = max((max(each[0], each[1]) for each in shown if each is not None), default=0.0)
    head = f"  {pad('slave', names)} {pad('role', 6)} {pad('MII', 10)} "
    for word in ("tx", "rx"):
        head += (
            f"{pad('', graph)} {word + ' b/s':>6} {word + '%':>4} " if graph else f"{word + ' b/s':>6} {word + '%':>4} "
        )
    lines: list[Line] = [fit(((head, DIM),), cells)]
    for slave in slaves:
        spans: list[Span] = [
            (f"{look.glyphs.chosen if slave.ifindex == tested else ' '} ", ACCENT),
            (f"{pad(clip(printable(slave.name), names, look.glyphs.cut), names)} ", PLAIN),
            *_state(bond, slave),
        ]
        for which in (1, 0):
            spans += _rates(tracks[slave.ifindex], which, total[which], graph, ceiling, look)
        lines.append(fit(tuple(spans), cells))
    return lines


def _state(bond: Bond, slave: Slave) -> Sequence[Span]:
    word = role(bond, slave) or UNKNOWN
    mii = "admin down" if not slave.link.admin_up else slave.state.mii_status or UNKNOWN
    return [
        (f"{pad(word, 6)} ", ACCENT if word == "ACTIVE" else PLAIN),
        (f"{pad(mii, 10)} ", PLAIN if slave.usable else DIM),
    ]


def _rates(track: Track, which: int, total: float, graph: int, ceiling: float, look: Look) -> Sequence[Span]:
    now: Rates | None = track.rates
    share = UNKNOWN if now is None or total <= 0 else f"{100 * now[which] / total:.0f}%"
    drawn: list[Span] = []
    if graph:
        samples = [None if each is None else each[which] for each in track.samples]
        drawn = [(f"{bars(samples, graph, ceiling, look.glyphs)} ", GOOD)]
    return [*drawn, (f"{rate(None if now is None else now[which]):>6} {share:>4} ", PLAIN)]


def _known(track: Track, which: int) -> float:
    return track.rates[which] if track.rates is not None else 0.0
