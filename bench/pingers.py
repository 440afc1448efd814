"""Programs that send a probe every few milliseconds: ours, fping and ping, and what they say about interruptions."""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from bench import rows
from bench.cuts import TARGET, Cut
from bench.terminal import ProgramError, cpu_seconds
from bondtui.drill import outage, trail
from bondtui.model.probe import Flow, Target
from bondtui.system.prober import start_probes

PERIOD_S = 0.005
AROUND_S = 0.05
"""So much of the good time before and after a cut belongs to it."""
END_SECONDS = 5.0
FPING_LINE = re.compile(rb"^\[([0-9.]+)\] \S+ : \[(\d+)\], \d+ bytes", re.MULTILINE)
PING_LINE = re.compile(rb"^\[([0-9.]+)\] .*icmp_seq=(\d+) .*time=", re.MULTILINE)


class Pinger(Protocol):
    """A program at work."""

    name: str

    def cpu_seconds(self) -> float:
        """CPU time so far."""

    def stop(self) -> None:
        """End it; what it has found out is known then."""

    def period_ms(self) -> float:
        """The mean time between two probes."""

    def lost_ms(self, cuts: Sequence[Cut]) -> list[float]:
        """How long each interruption was, as the program has it; raises ProgramError."""


class Ours:
    """The probe engine, and the figure that drills report."""

    name = rows.US

    def __init__(self) -> None:
        self._stream = start_probes([Flow(Target(TARGET))], PERIOD_S)
        self._trail = trail.Trail()

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._stream.pid)

    def stop(self) -> None:
        trail.take([self._trail], self._stream.take())
        self._stream.stop()

    def period_ms(self) -> float:
        sent = self._trail.sent
        return (sent[-1] - sent[0]) / (len(sent) - 1) * 1000

    def lost_ms(self, cuts: Sequence[Cut]) -> list[float]:
        now = self._trail.sent[-1] + 10.0
        found = []
        for cut in cuts:
            begin, end = cut.began - AROUND_S, cut.ended + AROUND_S
            told = outage.measured(self._trail, begin, end, now=now, rtt_s=None, period_s=PERIOD_S)
            if told.middle_ms is None:
                raise ProgramError(f"a cut of {cut.ms:.1f} ms was not noticed")
            found.append(told.middle_ms)
        return found


class Other:
    """A program that prints a line with a time and a number for each answer; it counts what is lost."""

    def __init__(self, name: str, argv: Sequence[str], line: re.Pattern[bytes]) -> None:
        self.name, self._line = name, line
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - until it is read
        self._process = subprocess.Popen(argv, stdout=self._said, stderr=subprocess.STDOUT)
        self._answers: list[tuple[float, int]] = []

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._process.pid)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(END_SECONDS)
        self._said.seek(0)
        said = self._said.read()
        self._said.close()
        self._answers = sorted((float(at), int(number)) for at, number in self._line.findall(said))
        if len(self._answers) < 2:
            raise ProgramError(f"{self.name} had no answers, but {said[-200:]!r}")

    def period_ms(self) -> float:
        (first_at, first), (last_at, last) = self._answers[0], self._answers[-1]
        return (last_at - first_at) / (last - first) * 1000

    def lost_ms(self, cuts: Sequence[Cut]) -> list[float]:
        """Lost probes times the period, as both say in their manuals."""
        lost = [after - before - 1 for (_, before), (_, after) in pairwise(self._answers)]
        found = [each * PERIOD_S * 1000 for each in lost if each]
        if len(found) != len(cuts):
            raise ProgramError(f"{self.name} has seen {len(found)} interruptions of {len(cuts)}")
        return found


def fping() -> Pinger:
    """``fping``, as fast as it may."""
    argv = ["fping", "-D", "-l", "-i1", f"-p{PERIOD_S * 1000:g}", TARGET]
    return Other(rows.FPING, argv, FPING_LINE)


def ping() -> Pinger:
    """``ping``; root may ask for so short a period."""
    return Other(rows.PING, ["ping", "-D", "-n", f"-i{PERIOD_S:g}", TARGET], PING_LINE)
