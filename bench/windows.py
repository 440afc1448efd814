"""Let programs run side by side for a while and count their CPU time and what they write."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, closing

from bench.places import SIXTY_FOUR, TWO_BY_TWO, Place
from bench.programs import SMALL, TALL, Program
from bench.samples import Samples
from bench.terminal import Size, Terminal, watch_all

WINDOW_SECONDS = 20.0
QUIET_SECONDS = 12.0
GRAPHS_FULL_SECONDS = 20.0
"""After so long the graphs are full of samples; until then each new one is a change on the screen."""
SETTLE_SECONDS = 4.0


def idle(samples: Samples, place: Place, windows: int) -> None:
    """Two bonds of two slaves with traffic, beside watch and bmon."""
    with closing(place.wire(TWO_BY_TWO)) as wiring, wiring.traffic():
        programs = [place.dashboard(even=True), place.watch(), place.bmon()]
        _cpu(samples, "idle", place, programs, SMALL, windows)


def slaves(samples: Samples, place: Place, windows: int) -> None:
    """One bond of 64 slaves with traffic on a terminal that shows them all, beside bmon on the same."""
    with closing(place.wire(SIXTY_FOUR)) as wiring, wiring.traffic():
        _cpu(samples, "slaves", place, [place.dashboard(even=True), place.bmon()], TALL, windows)


def written(samples: Samples, place: Place, windows: int) -> None:
    """Nothing changes but the clock."""
    program = place.dashboard()
    with closing(place.wire(TWO_BY_TWO)), program.start(SMALL) as terminal:
        watch_all([terminal], GRAPHS_FULL_SECONDS)
        for _ in range(windows):
            before = terminal.written
            watch_all([terminal], QUIET_SECONDS)
            samples.add("bytes", place.name, program.name, (terminal.written - before) / QUIET_SECONDS)


def _cpu(samples: Samples, row: str, place: Place, programs: Iterable[Program], size: Size, windows: int) -> None:
    with ExitStack() as stack:
        running = [stack.enter_context(program.start(size)) for program in programs]
        for name, percent in cpu_percent(running, place, windows):
            samples.add(row, place.name, name, percent)


def cpu_percent(running: list[Terminal], place: Place, windows: int) -> Iterable[tuple[str, float]]:
    """For every window and program the CPU time per time, in percent of one core."""
    watch_all(running, SETTLE_SECONDS * place.patience)
    for _ in range(windows):
        before = [terminal.cpu_seconds() for terminal in running]
        watch_all(running, WINDOW_SECONDS)
        for terminal, earlier in zip(running, before, strict=True):
            yield terminal.name, (terminal.cpu_seconds() - earlier) / WINDOW_SECONDS * 100
