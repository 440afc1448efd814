"""A probe every 5 ms: is the schedule kept, at what cost, and how true is the measured length of an outage.

Quiet, and beside a dashboard that draws ten times a second. Every program is alone with the cable.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from bench import programs
from bench.cuts import Cable
from bench.pingers import Ours, Pinger, fping, ping
from bench.places import Place
from bench.programs import PATIENCE_SECONDS
from bench.samples import Samples
from bench.terminal import watch_all

SETTLE_SECONDS, WINDOW_SECONDS = 1.0, 8.0
CUTS = 12
"""Per program and round."""
BUSY = "-busy"
"""Ends the names of the rows that are measured beside a dashboard."""
DRAWING = ("--demo", "--interval", "0.1")
GLANCE_SECONDS = 0.1


def schedule(samples: Samples, place: Place, rounds: int) -> None:
    """The time between two probes, and CPU time per time."""
    with closing(Cable()):
        for _, suffix in _turns(place, rounds):
            for start in (Ours, fping):
                with _running(start) as pinger:
                    before, began = pinger.cpu_seconds(), time.monotonic()
                    time.sleep(WINDOW_SECONDS)
                    spent, lasted = pinger.cpu_seconds() - before, time.monotonic() - began
                samples.add(f"probe-cpu{suffix}", place.name, pinger.name, spent / lasted * 100)
                samples.add(f"probe-rate{suffix}", place.name, pinger.name, pinger.period_ms())


def outages(samples: Samples, place: Place, rounds: int) -> None:
    """The difference between the length that is told and the true one, for the same cuts in each program's turn."""
    with closing(Cable()) as cable:
        for number, suffix in _turns(place, rounds):
            for start in (Ours, fping, ping):
                with _running(start) as pinger:
                    cuts = list(cable.cuts(CUTS, seed=number))
                told = pinger.lost_ms(cuts)
                errors = [abs(each - cut.ms) for each, cut in zip(told, cuts, strict=True)]
                samples.add(f"outage{suffix}", place.name, pinger.name, *errors)


@contextmanager
def _running(start: Callable[[], Pinger]) -> Iterator[Pinger]:
    """A program past its start; stopped after the block."""
    pinger = start()
    try:
        time.sleep(SETTLE_SECONDS)
        yield pinger
    finally:
        pinger.stop()


def _turns(place: Place, rounds: int) -> Iterator[tuple[int, str]]:
    """Each round twice: quiet, and beside a dashboard. Its number, and what the names of the rows end with."""
    for number in range(rounds):
        yield number, ""
        with _drawing(place):
            yield number, BUSY


@contextmanager
def _drawing(place: Place) -> Iterator[None]:
    """A dashboard that draws, on a terminal that takes everything."""
    ended = threading.Event()
    program = programs.bondtui(*DRAWING)

    def take() -> None:
        while not ended.is_set():
            watch_all([terminal], GLANCE_SECONDS)

    with program.start() as terminal:
        terminal.wait_for(rb"SIMULATED", PATIENCE_SECONDS * place.patience)
        taking = threading.Thread(target=take)
        taking.start()
        try:
            yield
        finally:
            ended.set()
            taking.join()
