"""Start programs again and again: first words, first answered key, memory, and the way out.

The key is typed at once, before the program can read it, as a hurried person does. It is answered
when what it changes is on the terminal. Should a program throw early keys away, it is typed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from bench.places import Place
from bench.programs import BTOP, PATIENCE_SECONDS, SMALLEST, Program
from bench.rows import US
from bench.samples import Samples
from bench.terminal import ProgramError

KEY_AGAIN_SECONDS = 3.0
SETTLE_SECONDS = 1.5
PER_ROUND = 3
PROGRAMS = {
    "words": (US, BTOP.name),
    "interactive": (US, SMALLEST.name),
    "memory": (US, SMALLEST.name),
    "quit": (US, BTOP.name),
}


def measure(samples: Samples, place: Place, rows: Iterable[str], rounds: int) -> None:
    """Round after round, each program once; the first round only warms the caches and is not counted."""
    asked = [row for row in PROGRAMS if row in rows]
    ours = place.dashboard()
    with closing(place.wire()):
        for number in range(rounds * PER_ROUND + 1):
            for program in (ours, SMALLEST, BTOP):
                wanted = [row for row in asked if program.name in PROGRAMS[row]]
                measured = _launch(program, place) if wanted else {}
                for row in wanted if number > 0 else ():
                    samples.add(row, place.name, program.name, measured[row])


def _launch(program: Program, place: Place) -> dict[str, float]:
    """One life of a program."""
    patience = PATIENCE_SECONDS * place.patience
    measured = {}
    with program.start() as terminal:
        if program is not BTOP:
            terminal.type(b" ")
        measured["words"] = (terminal.wait_for(program.first, patience) - terminal.started) * 1000
        if program is not BTOP:
            try:
                answered = terminal.wait_for(program.answer, KEY_AGAIN_SECONDS * place.patience)
            except ProgramError:
                terminal.type(b" ")
                answered = terminal.wait_for(program.answer, patience)
            measured["interactive"] = (answered - terminal.started) * 1000
        terminal.settle(SETTLE_SECONDS / 3, SETTLE_SECONDS)
        measured["memory"] = terminal.resident_mib()
        pressed = terminal.type(b"q")
        measured["quit"] = (terminal.wait_for_exit(patience) - pressed) * 1000
    return measured
