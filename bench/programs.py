"""The programs that are measured: what starts them, what their first true figure is, what they answer to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from bench import rows
from bench.terminal import Size, Terminal

SMALL, TALL = Size(100, 30), Size(140, 90)
PATIENCE_SECONDS = 30.0
TRUE_WORDS = rb"slaves are up"
"""Of the verdict on the first bond, which is in order."""


class Program(NamedTuple):
    """One program on a terminal."""

    name: str
    argv: tuple[str, ...]
    first: bytes = b"."
    """What its first write with a true figure in it contains."""
    answer: bytes = b"."
    """What it writes when the space bar is heard."""

    def start(self, size: Size = SMALL) -> Terminal:
        """Start it on a terminal of its own, with none of the user's settings."""
        return Terminal(self.name, self.argv, size, environment())


def environment() -> dict[str, str]:
    """The same for all: a capable terminal, UTF-8, and no settings from anybody's home."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    scratch = os.environ.get("BENCH_SCRATCH")
    if scratch:
        kept |= {"HOME": scratch, "XDG_CONFIG_HOME": scratch}
    return kept | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


def bondtui(*arguments: str) -> Program:
    """The dashboard, as it is installed."""
    script = Path(sys.executable).with_name("bondtui")
    start = (str(script),) if script.exists() else (sys.executable, "-m", "bondtui")
    return Program(rows.US, (*start, *arguments), first=TRUE_WORDS, answer=rb"FROZEN")


def dressed(*arguments: str, name: str = rows.US) -> Program:
    """The dashboard over the kernel's bridges, which are shown to it as bonds."""
    return Program(name, (sys.executable, "-m", "bench.dressed", *arguments), first=TRUE_WORDS, answer=rb"FROZEN")


SMALLEST = Program(rows.SMALLEST, (sys.executable, "-m", "bench.smallest"), first=rb"smallest app", answer=rb"answered")
BTOP = Program(rows.BTOP, ("btop",), first=rb"LAV: \d")
IP_MONITOR = Program(rows.IP_MONITOR, ("ip", "monitor", "link"))


def bmon(period: float = 1.0) -> Program:
    """Every interface of the namespace, on curses."""
    return Program(rows.BMON, ("bmon", "-o", "curses", "-r", f"{period:g}"), first=rb"bond0")


def watch(path: str, period: float = 1.0) -> Program:
    """What people do today."""
    return Program(rows.WATCH, ("watch", f"-n{period:g}", "cat", path), first=rb"Slave Interface")
