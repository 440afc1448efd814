"""The same bonds beside 2,000 other interfaces and beside none, in two namespaces at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.places import Place
from bench.programs import SMALL, TRUE_WORDS, Program
from bench.rows import ALONE, US
from bench.samples import Samples, median
from bench.windows import cpu_percent

OTHERS = 2000
READS = 20
BLOCKS = 25
"""Blocks of reads per round, taking turns between the namespaces."""
FRESH_NAMESPACE = ("unshare", "--net", "--mount", "sh", "-c", 'mount -t sysfs sysfs /sys && exec "$@"', "sh")


def reads(samples: Samples, place: Place, rounds: int) -> None:
    """One sample is the median of a block of reads."""
    with _reader(place, 0) as alone, _reader(place, OTHERS) as crowded:
        for block in range(rounds * BLOCKS + 1):
            for name, reader in ((US, crowded), (ALONE, alone)):
                value = median(_ask(reader))
                if block > 0:
                    samples.add("crowd", place.name, name, value)


def dashboards(samples: Samples, place: Place, windows: int) -> None:
    """Two whole dashboards side by side, each in its own namespace, with the look for new bonds."""
    with ExitStack() as stack:
        running = []
        for name, others in ((US, OTHERS), (ALONE, 0)):
            argv = (*FRESH_NAMESPACE, sys.executable, "-m", "bench.alone", place.name, str(others))
            running.append(stack.enter_context(Program(name, argv).start(SMALL)))
        for terminal in running:
            terminal.wait_for(TRUE_WORDS, 60.0 * place.patience)
        for name, percent in cpu_percent(running, place, windows):
            samples.add("crowd-cpu", place.name, name, percent)


@contextmanager
def _reader(place: Place, others: int) -> Iterator[subprocess.Popen[str]]:
    argv = (*FRESH_NAMESPACE, sys.executable, "-m", "bench.refresh", place.name, str(others))
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise RuntimeError("the reader did not start")
            yield process
        finally:
            process.terminate()


def _ask(reader: subprocess.Popen[str]) -> list[float]:
    if reader.stdin is None or reader.stdout is None:
        raise RuntimeError("the reader has no pipes")
    reader.stdin.write(f"{READS}\n")
    reader.stdin.flush()
    durations: list[float] = json.loads(reader.stdout.readline())
    return durations
