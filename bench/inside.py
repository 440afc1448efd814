"""Measure the rows of one place. Started by ``python -m bench`` in a fresh namespace, or in the guest."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench import crowd, events, labs, launches, probes, windows
from bench.places import PLACES, Place
from bench.rows import BY_KEY
from bench.samples import Samples
from bench.terminal import ProgramError
from tests.guest import ended_by_signals

Measure = Callable[[Samples, Place, int], None]

MEASURES: dict[str, Measure] = {
    "idle": windows.idle,
    "slaves": windows.slaves,
    "bytes": windows.written,
    "crowd": crowd.reads,
    "crowd-cpu": crowd.dashboards,
    "event": events.measure,
    "event-asked": events.measure,
    "lab-netns": labs.namespaces,
    "lab-uml": labs.guest,
    "probe-rate": probes.schedule,
    "probe-rate-busy": probes.schedule,
    "probe-cpu": probes.schedule,
    "probe-cpu-busy": probes.schedule,
    "outage": probes.outages,
    "outage-busy": probes.outages,
}
"""All rows but those that come of the launches of one program."""


def main() -> int:
    """Measure what is asked for and leave the samples in a file."""
    parser = argparse.ArgumentParser(prog="python -m bench.inside", description=__doc__)
    parser.add_argument("place", choices=PLACES)
    parser.add_argument("rounds", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("rows", nargs="+", choices=BY_KEY)
    arguments = parser.parse_args()
    samples, place = Samples(), PLACES[arguments.place]
    with ended_by_signals(), tempfile.TemporaryDirectory() as scratch:
        os.environ["BENCH_SCRATCH"] = scratch
        try:
            _measure(samples, place, arguments.rows, arguments.rounds)
        except KeyboardInterrupt:
            return 130
    samples.write(arguments.out)
    return 0


def _measure(samples: Samples, place: Place, keys: Sequence[str], rounds: int) -> None:
    rows = _possible(samples, place, keys)
    if launched := [row for row in rows if row in launches.PROGRAMS]:
        _try(samples, place, launched, partial(launches.measure, samples, place, launched, rounds))
    for measure in dict.fromkeys(MEASURES[row] for row in rows if row in MEASURES):
        served = [row for row in rows if MEASURES.get(row) is measure]
        _try(samples, place, served, partial(measure, samples, place, rounds))


def _possible(samples: Samples, place: Place, keys: Sequence[str]) -> list[str]:
    """The rows whose peers are installed; the others fail and say what to install."""
    possible = []
    for row in (BY_KEY[key] for key in keys):
        absent = [command for command in row.commands if shutil.which(command) is None]
        if absent:
            samples.failures.append((row.key, place.name, f"no {', '.join(absent)} here; make bench installs it"))
        else:
            possible.append(row.key)
    return possible


def _try(samples: Samples, place: Place, rows: Sequence[str], measure: Callable[[], None]) -> None:
    print(f"bench: {place.name}: {', '.join(rows)}", file=sys.stderr, flush=True)
    try:
        measure()
    except (ProgramError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        samples.failures += [(row, place.name, str(error)) for row in rows]


if __name__ == "__main__":
    sys.exit(main())
