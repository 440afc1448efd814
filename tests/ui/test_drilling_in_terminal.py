"""A drill of the whole program in a terminal, over the simulated driver."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.kernel.terminal import Terminal
from tests.ui.test_terminal import BONDTUI, READY, assert_sane


@contextmanager
def drill_of_bond0(*, columns: int = 80, rows: int = 24, **environment: str) -> Iterator[Terminal]:
    """The form of a drill; the bond has the default route, so a guard asks."""
    clean = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **environment}
    command = [*BONDTUI, "bond0", "--demo", "healthy"]
    with Terminal(command, columns=columns, rows=rows, environment=clean) as terminal:
        terminal.wait_for(READY, "bond0")
        terminal.send("D")
        terminal.wait_for("Failover drill of bond0", "192.168.10.1")
        yield terminal


def start(terminal: Terminal) -> None:
    """Hold for half a second only, and agree."""
    terminal.send("\x1b[A0.5\r")  # up: the last field
    terminal.wait_for("Pre-flight:", "default-route", "Enter start")
    terminal.send("\r")
    terminal.wait_for("Type bond0 to start")
    terminal.send("bond0\r")
    terminal.wait_for("Drill: eno1 admin-down")


def test_a_drill_measures_failover_and_failback_and_ends_with_a_verdict() -> None:
    with drill_of_bond0() as terminal:
        start(terminal)
        terminal.wait_for("auto-revert in", "active eno1 -> eno2", "outage")
        terminal.wait_for("PASS: failover", "Failback")
        assert "SIMULATED" in terminal.text
        terminal.send("\r")
        terminal.wait_for("eno1   set up", "active eno2 -> eno1")


def test_r_takes_the_fault_back_at_once() -> None:
    with drill_of_bond0() as terminal:
        start(terminal)
        terminal.wait_for("auto-revert in")
        terminal.send("r")
        terminal.wait_for("INTERRUPTED", "stopped by a person")
        terminal.send("\r")
        terminal.wait_until(lambda text: "AT RISK" not in text and "eno1   set up" in text)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_drill_in_good_order(number: signal.Signals) -> None:
    with drill_of_bond0() as terminal:
        start(terminal)
        terminal.wait_for("auto-revert in")
        terminal.signal(number)
        assert terminal.wait_end() in (128 + number, -number)
        assert_sane(terminal)


def test_in_ascii_and_without_colour() -> None:
    with drill_of_bond0(LC_ALL="C", NO_COLOR="1") as terminal:
        start(terminal)
        terminal.wait_for("PASS: failover")
        assert terminal.text.isascii()
        assert not any(f"\x1b[{code}m".encode() in terminal.received for code in (31, 32, 33, 36))
