"""The whole program in a terminal: how it comes, how it goes, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.kernel.terminal import Terminal

BONDTUI = (sys.executable, "-m", "bondtui")
PAGE_DOWN = "\x1b[6~"
READY = "quit"
"""A word of the footer, which is there when keys are answered."""


@contextmanager
def dashboard(*arguments: str, columns: int = 80, rows: int = 24, **environment: str) -> Iterator[Terminal]:
    """A dashboard over the simulated driver."""
    clean = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **environment}
    with Terminal([*BONDTUI, "--demo", *arguments], columns=columns, rows=rows, environment=clean) as terminal:
        yield terminal


def assert_sane(terminal: Terminal) -> None:
    """Everything in the terminal is as it was before."""
    assert terminal.modes_left_on() == set()
    assert terminal.cursor_shown()
    assert terminal.settings_restored()


def wait_for_the_clock(terminal: Terminal) -> None:
    """Wait until the top line tells another second."""
    before = terminal.line("bondtui")
    terminal.wait_until(lambda _: terminal.line("bondtui") != before)


def fills(text: str, rows: int) -> bool:
    """Whether the top line is in the first row and the footer in the last."""
    lines = text.split("\n")
    return lines[0].startswith(" bondtui") and READY in lines[rows - 1]


def test_first_words_are_there_before_the_footer_is() -> None:
    with dashboard("all-modes") as terminal:
        terminal.wait_for(READY)
        first_picture = terminal.received.split(b"\x1b[1;1H")[1]
        assert b"AT RISK" in first_picture
        assert b"quit" not in first_picture


def test_real_screen_takes_the_place_of_the_first_words() -> None:
    with dashboard("healthy", "--interval", "60") as terminal:
        terminal.wait_for("bond0", "active-backup")
        first = terminal.text.split("\n")[1]
        terminal.wait_for(READY)
        assert terminal.text.split("\n")[1] == first


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_leaving_gives_the_terminal_back(key: str) -> None:
    with dashboard() as terminal:
        terminal.wait_for(READY)
        terminal.send(key)
        assert terminal.wait_end() == 0
        assert_sane(terminal)


def test_keys_typed_before_the_screen_is_there_are_not_lost() -> None:
    with dashboard() as terminal:
        terminal.wait_for("bond0")
        terminal.send("q")
        assert terminal.wait_end() == 0
        assert_sane(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("when", ["bond0", READY])
def test_a_signal_ends_it_in_good_order(number: signal.Signals, when: str) -> None:
    with dashboard() as terminal:
        terminal.wait_for(when)
        terminal.signal(number)
        assert terminal.wait_end() in (128 + number, -number)
        if when == READY:
            assert_sane(terminal)


def test_a_closed_terminal_leaves_no_process() -> None:
    with dashboard() as terminal:
        terminal.wait_for(READY)
        terminal.hang_up()
        assert terminal.process.wait(10) in (129, -signal.SIGHUP)


def test_escape_alone_goes_back() -> None:
    with dashboard(columns=100, rows=50) as terminal:
        terminal.wait_for(READY)
        terminal.send("?")
        terminal.wait_for("Keys", "SIMULATED")
        terminal.send("escape")
        terminal.wait_for(READY)


def test_the_screen_follows_the_window() -> None:
    with dashboard("all-modes", columns=160, rows=45) as terminal:
        terminal.wait_for(READY, "│")
        terminal.resize(80, 24)
        terminal.wait_until(lambda text: fills(text, 24) and "│" not in text)
        terminal.resize(160, 45)
        terminal.wait_until(lambda text: fills(text, 45) and "│" in text)


def test_a_window_that_is_back_at_once_is_drawn_anew() -> None:
    with dashboard("all-modes", columns=160, rows=45) as terminal:
        terminal.wait_for(READY, "│")
        for _ in range(5):
            terminal.resize(80, 24)
            terminal.resize(160, 45)
            terminal.wait_until(lambda text: fills(text, 45) and "│" in text)


def test_what_is_painted_is_what_is_meant() -> None:
    with dashboard("failover", "--interval", "0.2") as terminal:
        terminal.wait_for("AT RISK", "active eno1 -> eno2", "peers notified")
        terminal.send(" ")
        terminal.wait_for("FROZEN")
        painted = terminal.text.split("\n")[1:-1]
        terminal.send("?")
        terminal.wait_for("Keys")
        terminal.send("escape")
        terminal.wait_for(READY)
        assert terminal.text.split("\n")[1:-1] == painted


def test_an_idle_screen_sends_next_to_nothing() -> None:
    with dashboard("healthy", "--interval", "60") as terminal:
        terminal.wait_for(READY)
        wait_for_the_clock(terminal)
        before = len(terminal.received)
        for _ in range(3):
            wait_for_the_clock(terminal)
        assert len(terminal.received) - before < 300


def test_no_color_sends_no_colour() -> None:
    with dashboard("lacp-split", NO_COLOR="1") as terminal:
        terminal.wait_for("DEGRADED", READY)
        terminal.send("q")
        terminal.wait_end()
        assert not any(f"\x1b[{code}m".encode() in terminal.received for code in (31, 32, 33, 36))
        assert b";3" not in terminal.received.replace(b"\x1b[39;49m", b"")


def test_an_ascii_locale_gets_ascii() -> None:
    with dashboard("all-modes", LC_ALL="C", columns=160, rows=45) as terminal:
        terminal.wait_for("AT RISK", READY)
        assert terminal.text.isascii()


def test_a_terminal_that_cannot_move_its_cursor_is_refused() -> None:
    with dashboard(TERM="dumb") as terminal:
        assert terminal.wait_end() == 64
        assert "needs a terminal" in terminal.text


def test_stderr_may_go_elsewhere(tmp_path: os.PathLike[str]) -> None:
    log = os.path.join(tmp_path, "stderr")
    command = f"exec {' '.join(BONDTUI)} --demo 2>{log}"
    with Terminal(["sh", "-c", command], environment={"LANG": "C.UTF-8"}) as terminal:
        terminal.wait_for(READY)
        terminal.send("q")
        assert terminal.wait_end() == 0
    assert os.path.getsize(log) == 0


@pytest.mark.parametrize(("key", "word"), [("?", "Highlight the slave above"), ("ctrl+p", "Search")])
def test_nothing_is_painted_over_what_is_open_above(key: str, word: str) -> None:
    with dashboard("failover", "--interval", "0.1") as terminal:
        terminal.wait_for(READY)
        terminal.send(key)
        terminal.wait_for(word)
        terminal.wait_quiet(0.05)
        before = overlay(terminal, key)
        until = time.monotonic() + 1.5  # the dashboard underneath draws ten times a second
        terminal.wait_until(lambda _: time.monotonic() > until)
        assert overlay(terminal, key) == before
        terminal.send("escape")
        terminal.wait_for(READY, "live 0.1 s")


def overlay(terminal: Terminal, key: str) -> list[str]:
    """The rows that an open help or palette covers wholly."""
    lines = terminal.text.split("\n")
    return lines[1:] if key == "?" else [line for line in lines if "Search" in line or "Find" in line]


def test_a_signal_ends_it_also_when_the_terminal_takes_nothing() -> None:
    with dashboard("all-modes", "--interval", "0.1", columns=160, rows=45) as terminal:
        terminal.wait_for(READY)
        terminal.stall()
        while not is_stuck(terminal.process.pid):
            terminal.send("?")
        terminal.signal(signal.SIGTERM)
        assert terminal.process.wait(15) in (128 + signal.SIGTERM, -signal.SIGTERM)


def is_stuck(pid: int) -> bool:
    """Whether the main thread has not run for a second, although it has ten pictures to draw in one."""
    path = f"/proc/{pid}/task/{pid}/schedstat"
    with open(path) as file:
        before = file.read()
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        time.sleep(0.1)
        with open(path) as file:
            if file.read() != before:
                return False
    return True


def test_help_of_a_simulation_says_so_however_far_it_is_scrolled() -> None:
    with dashboard() as terminal:
        terminal.wait_for(READY)
        terminal.send("?")
        terminal.wait_for("SIMULATED", "Keys")
        for _ in range(8):
            terminal.send(PAGE_DOWN)
            terminal.wait_quiet(0.3)
            assert "SIMULATED" in terminal.text
        terminal.wait_for("goes back", "SIMULATED")


def test_an_ascii_locale_gets_ascii_help_and_palette() -> None:
    with dashboard("healthy", LC_ALL="C", columns=100, rows=30) as terminal:
        terminal.wait_for(READY)
        terminal.send("?")
        assert terminal.wait_for("Keys", "shift+tab").isascii()
        terminal.send("escape")
        terminal.wait_for(READY)
        terminal.send("ctrl+p")
        terminal.wait_for("Look at the next bond")
        assert terminal.text.isascii()
