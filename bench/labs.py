"""From ``bondtui lab`` to the first true words about its bond, beside what a lab is made of."""

from __future__ import annotations

import time
from contextlib import closing

from bench.places import Place
from bench.programs import PATIENCE_SECONDS, Program, bondtui
from bench.rows import BARE_GUEST, DASHBOARD, US
from bench.samples import Samples
from tests.guest import Guest

PER_ROUND = 3
FIRST = rb"(?s)LAB (netns|uml).*bond0"
POLL_SECONDS = 0.002


def namespaces(samples: Samples, place: Place, rounds: int) -> None:
    """A lab in namespaces, and the dashboard over bonds that are there already; the first round is not counted."""
    lab = bondtui("lab", "--kernel", "netns")._replace(first=FIRST)
    with closing(place.wire()):
        for number in range(rounds * PER_ROUND + 1):
            for name, program in ((US, lab), (DASHBOARD, place.dashboard())):
                took = _launch(program, place)
                if number > 0:
                    samples.add("lab-netns", place.name, name, took)


def guest(samples: Samples, place: Place, rounds: int) -> None:
    """A lab with a kernel of its own, and a guest that is booted for nothing; the first round is not counted."""
    lab = bondtui("lab", "--kernel", "uml")._replace(first=FIRST)
    for number in range(rounds * PER_ROUND + 1):
        took = {US: _launch(lab, place), BARE_GUEST: _boot()}
        for name in took if number > 0 else ():
            samples.add("lab-uml", place.name, name, took[name])


def _launch(program: Program, place: Place) -> float:
    """Milliseconds from the start to the first words."""
    with program.start() as terminal:
        shown = terminal.wait_for(program.first, PATIENCE_SECONDS * place.patience)
        took = (shown - terminal.started) * 1000
        terminal.settle(0.5, 3.0)
        terminal.type(b"q")
        terminal.wait_for_exit(PATIENCE_SECONDS * place.patience)
    return took


def _boot() -> float:
    """Milliseconds from the start of a guest to the end of the first program in it."""
    began = time.monotonic()
    with Guest(["true"]) as booted:
        while booted.poll() is None:
            time.sleep(POLL_SECONDS)
        return (time.monotonic() - began) * 1000
