"""Guarded actions of the whole program in a terminal, over the simulated driver."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.kernel.terminal import Terminal
from tests.ui.test_terminal import BONDTUI, READY, assert_sane, wait_for_the_clock


@contextmanager
def dashboard(*arguments: str, columns: int = 80, rows: int = 24, **environment: str) -> Iterator[Terminal]:
    """A dashboard over two healthy bonds; the first one has the default route, so a guard asks."""
    clean = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **environment}
    command = [*BONDTUI, "bond0", "--demo", "healthy", *arguments]
    with Terminal(command, columns=columns, rows=rows, environment=clean) as terminal:
        terminal.wait_for(READY, "bond0")
        yield terminal


def set_down(terminal: Terminal) -> None:
    """Set the highlighted slave down, typing as fast as can be."""
    terminal.send("d")
    terminal.wait_for("Type bond0 to apply")
    terminal.send("bond0\r")
    terminal.wait_for("set down by you: reverts in")


def test_a_slave_is_set_down_and_comes_back_by_itself() -> None:
    with dashboard("--revert-after", "5") as terminal:
        set_down(terminal)
        terminal.wait_for("DOWN", "AT RISK")
        terminal.wait_until(lambda text: "reverts in" not in text and "AT RISK" not in text)
        terminal.wait_for("eno1   set up")


def test_a_change_is_kept_and_reverted_by_key() -> None:
    with dashboard() as terminal:
        set_down(terminal)
        terminal.send("r")
        terminal.wait_until(lambda text: "taken back" in text.lower())
        terminal.wait_until(lambda text: "reverts in" not in text)
        set_down(terminal)
        terminal.send("k")
        terminal.wait_until(lambda text: "kept" in text.lower())
        terminal.wait_until(lambda text: "reverts in" not in text and "AT RISK" in text)


def test_what_is_painted_beside_a_banner_is_what_is_meant() -> None:
    with dashboard("--interval", "0.2", columns=100, rows=30) as terminal:
        set_down(terminal)
        for _ in range(3):
            wait_for_the_clock(terminal)
        terminal.send("r")
        terminal.wait_until(lambda text: "taken back" in text.lower())
        terminal.send(" ")
        terminal.wait_for("FROZEN")
        painted = terminal.text.split("\n")[1:-2]
        terminal.send("?")
        terminal.wait_for("Keys")
        terminal.send("escape")
        terminal.wait_for(READY)
        assert terminal.text.split("\n")[1:-2] == painted


def test_a_countdown_sends_next_to_nothing() -> None:
    with dashboard("--interval", "60") as terminal:
        set_down(terminal)
        terminal.wait_until(lambda text: "DOWN" in text)
        wait_for_the_clock(terminal)
        before = len(terminal.received)
        for _ in range(3):
            wait_for_the_clock(terminal)
        assert len(terminal.received) - before < 450


def test_leaving_with_a_change_pending_gives_the_terminal_back() -> None:
    with dashboard() as terminal:
        set_down(terminal)
        terminal.send("q")
        assert terminal.wait_end() == 0
        assert_sane(terminal)


def test_a_signal_ends_it_in_good_order_with_a_dialog_open() -> None:
    with dashboard() as terminal:
        terminal.send("d")
        terminal.wait_for("Type bond0 to apply")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_end() in (128 + signal.SIGTERM, -signal.SIGTERM)
        assert_sane(terminal)


def test_read_only_offers_no_action() -> None:
    with dashboard("--read-only") as terminal:
        terminal.wait_for("read-only")
        terminal.send("d")
        terminal.wait_for("down is not possible: started with --read-only")


def test_dialogs_in_ascii_and_without_colour() -> None:
    with dashboard(LC_ALL="C", NO_COLOR="1") as terminal:
        terminal.send("d")
        terminal.wait_for("[>Cancel ]", "SIMULATED", "Type bond0 to apply: ____")
        assert terminal.text.isascii()
        assert not any(f"\x1b[{code}m".encode() in terminal.received for code in (31, 32, 33, 36))
