"""The dashboard in a terminal, over a real driver: what a person sees while things happen under it."""

from __future__ import annotations

import re
import signal
import time

import pytest

from tests.kernel.lab import BONDTUI, Lab
from tests.kernel.terminal import Terminal
from tests.kernel.test_names import NAMES, make_hostile, unprintable
from tests.kernel.waiting import until

USERS = pytest.mark.parametrize("ordinary", [False, True], ids=["root", "ordinary-user"])
MILLISECOND = r"\d\d:\d\d:\d\d\.\d{3}"


def log_line(terminal: Terminal, subject: str, words: str) -> str:
    """The line of the event log that says this; waits for it."""
    pattern = re.compile(rf"^ {MILLISECOND} +{re.escape(subject)} +{re.escape(words)}.*$", re.MULTILINE)
    text = terminal.wait_until(pattern.search, what=f"{subject} {words}")
    found = pattern.search(text)
    assert found is not None
    return found[0]


def delta(line: str) -> int | None:
    """The milliseconds since the cause that a line of the log tells."""
    found = re.search(r"\+(\d+) ms", line)
    return int(found[1]) if found else None


def slave_row(terminal: Terminal, slave: str) -> str:
    """The row of a slave in the table: name and what follows, without the mark of the highlighted one."""
    found = re.search(rf"^.{{0,2}}{re.escape(slave)} .*$", terminal.text, re.MULTILINE)
    return found[0] if found else ""


@USERS
def test_a_failover_is_seen_and_explained(lab: Lab, ordinary: bool) -> None:
    lab.bond("active-backup", "miimon", "100", "num_grat_arp", "2")
    lab.settled(active="eno1")
    with lab.dashboard(ordinary=ordinary) as terminal:
        assert "ACTIVE" in slave_row(terminal, "eno1")
        assert "backup" in slave_row(terminal, "eno2")
        lab.pull("eno1")
        cause = log_line(terminal, "eno1", "carrier lost")
        effects = [
            log_line(terminal, "eno1", "MII down"),
            log_line(terminal, "bond0", "active eno1 -> eno2"),
            log_line(terminal, "bond0", "peers notified"),
        ]
        assert delta(cause) is None
        deltas = [delta(line) for line in effects]
        assert deltas == sorted(each for each in deltas if each is not None)
        terminal.wait_until(lambda _: "ACTIVE" in slave_row(terminal, "eno2"), what="eno2 active")
        terminal.wait_until(lambda _: "LOST" in slave_row(terminal, "eno1"), what="eno1 without carrier")
        assert "lost carrier" in terminal.text.split("───")[0]
        lab.plug("eno1")
        log_line(terminal, "eno1", "carrier back")
        assert delta(log_line(terminal, "eno1", "MII up")) is not None
        terminal.wait_until(lambda text: "OK" in text.split("───")[0], what="all is well again")
        terminal.send("q")
        assert terminal.wait_end() == 0


def test_a_slave_set_down_is_seen(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with lab.dashboard() as terminal:
        lab.ip("link", "set", "eno1", "down")
        log_line(terminal, "eno1", "set down")
        assert delta(log_line(terminal, "bond0", "active eno1 -> eno2")) is not None
        terminal.wait_until(lambda text: "set down" in text.split("───")[0], what="the verdict")


def test_the_last_slave_lost_is_seen(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with lab.dashboard() as terminal:
        lab.pull("eno2")
        log_line(terminal, "eno2", "MII down")
        lab.pull("eno1")
        assert delta(log_line(terminal, "bond0", "active eno1 -> none")) is not None
        terminal.wait_until(lambda text: "DOWN" in text.split("───")[0], what="the verdict")
        assert "192.0.2.1" in terminal.text.split("───")[0]


def test_a_silent_lacp_partner_is_seen(lab: Lab) -> None:
    lab.bond("802.3ad", "lacp_rate", "fast")
    lab.settled()
    with lab.dashboard(columns=100, rows=30) as terminal:
        lab.silence("eno1")
        terminal.wait_for("eno1", "expired")
        terminal.wait_until(lambda text: "no LACP partner" in text.split("───")[0], what="the verdict")
        terminal.wait_for("defaulted")


def test_a_switch_by_hand_is_seen(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with lab.dashboard() as terminal:
        lab.ip("link", "set", "bond0", "type", "bond", "active_slave", "eno2")
        assert delta(log_line(terminal, "bond0", "active eno1 -> eno2")) is None
        assert delta(log_line(terminal, "bond0", "peers notified")) is not None
        terminal.wait_until(lambda _: "ACTIVE" in slave_row(terminal, "eno2"), what="eno2 active")


def test_bonds_come_and_go_under_it(lab: Lab) -> None:
    with lab.dashboard(rows=30) as terminal:
        terminal.wait_for("No bond")
        lab.bond()
        log_line(terminal, "bond0", "bond created")
        terminal.wait_for("eno1", "eno2")
        lab.ip("link", "set", "eno2", "nomaster")
        log_line(terminal, "eno2", "released from bond0")
        lab.enslave("eno2", "bond0")
        log_line(terminal, "eno2", "added to bond0")
        lab.ip("link", "set", "bond0", "down")
        lab.ip("link", "set", "bond0", "name", "uplink")
        log_line(terminal, "uplink", "renamed, was bond0")
        lab.ip("link", "delete", "uplink")
        terminal.wait_for("No bond")
        terminal.send("q")
        assert terminal.wait_end() == 0


@USERS
def test_what_is_hidden_from_an_ordinary_user_is_said(lab: Lab, ordinary: bool) -> None:
    lab.bond("802.3ad", "lacp_rate", "fast")
    lab.settled()
    with lab.dashboard(ordinary=ordinary, columns=160, rows=45) as terminal:
        terminal.wait_for("eno2")
        assert ("hidden: needs CAP_NET_ADMIN" in terminal.text) == ordinary


def test_hostile_names_are_drawn_and_not_obeyed(lab: Lab) -> None:
    make_hostile(lab)
    with lab.dashboard(columns=160, rows=45) as terminal:
        terminal.wait_for("[red]x", "束", r"\x1b[31mz\x07"[:8])
        terminal.send("tab", "tab", "down", "?")
        terminal.wait_gone("q quit")
        terminal.send("escape")
        terminal.wait_for("q quit")
        terminal.send("q")
        assert terminal.wait_end() == 0
    for name in NAMES:
        if unprintable(name):
            assert name.encode("utf-8", "surrogateescape") not in terminal.received
    assert terminal.received.decode("utf-8", "strict")


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (20, 3), (160, 45)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_any_size_will_do_and_may_change(lab: Lab, size: tuple[int, int]) -> None:
    lab.bond("802.3ad", slaves=["eno1", "eno2", "eno3"])
    with lab.dashboard(columns=size[0], rows=size[1]) as terminal:
        for columns, rows in ((40, 10), (10, 2), (200, 60), (80, 24)):
            terminal.resize(columns, rows)
            terminal.wait_quiet(0.2)
        terminal.wait_for("bondtui", "bond0", "eno3", "q quit")
        terminal.send("q")
        assert terminal.wait_end() == 0


def test_500_flaps_leave_it_answering_keys(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with lab.dashboard() as terminal:
        for _ in range(5):
            lab.batch_on_switch([f"link set p1 {way}" for _ in range(100) for way in ("down", "up")])
            terminal.send("?")
            terminal.wait_gone("q quit", seconds=10)
            terminal.send("escape")
            terminal.wait_for("q quit", seconds=10)
        lab.slave_is("eno1", "up")
        terminal.wait_for("eno1 flaps: it lost carrier")
        terminal.wait_until(lambda text: "DEGRADED" in text.split("───")[0], what="it is up, and not to be relied on")
        terminal.send("q")
        assert terminal.wait_end() == 0


@pytest.mark.parametrize("way", ["q", "ctrl+c", "SIGTERM", "SIGINT", "SIGHUP"])
def test_leaving_leaves_the_terminal_as_it_was(lab: Lab, way: str) -> None:
    lab.bond(slaves=[])
    with lab.dashboard() as terminal:
        terminal.wait_for("bond0")
        if way.startswith("SIG"):
            terminal.signal(signal.Signals[way])
            assert terminal.wait_end() == 128 + signal.Signals[way]
        else:
            terminal.send(way)
            assert terminal.wait_end() == 0
        assert terminal.modes_left_on() == set()
        assert terminal.cursor_shown()
        assert terminal.settings_restored()


def test_a_signal_at_any_moment_of_the_start_leaves_the_terminal_as_it_was(lab: Lab) -> None:
    lab.bond(slaves=[])
    moments = [("bondtui", delay) for delay in (0.0, 0.1, 0.3, 0.6)] + [("keys", delay) for delay in (0.0, 0.02, 0.05)]
    for words, delay in moments:
        with Terminal(lab.argv(*BONDTUI)) as terminal:
            if words == "keys":
                terminal.wait_for_keys()
            else:
                terminal.wait_for(words)
            time.sleep(delay)  # a moment to hit, not a wait for something
            terminal.signal(signal.SIGTERM)
            status = terminal.wait_end()
            left = (status, terminal.modes_left_on(), terminal.cursor_shown(), terminal.settings_restored())
            assert left == (128 + signal.SIGTERM, set(), True, True), f"{delay} s after {words}:\n{terminal.text}"


def test_a_closed_terminal_ends_it(lab: Lab) -> None:
    lab.bond()
    with lab.dashboard() as terminal:
        terminal.hang_up()
        until(lambda: terminal.process.poll() is not None, 5, what="the end of bondtui")
    assert lab.processes() == []


def test_an_unknown_bond_is_refused_before_the_screen_is_touched(lab: Lab) -> None:
    lab.bond(slaves=[])
    with Terminal(lab.argv(*BONDTUI, "nosuchbond")) as terminal:
        assert terminal.wait_end() == 3
        assert "nosuchbond" in terminal.text
        assert b"\x1b[?1049h" not in terminal.received


def test_a_bond_can_be_chosen(lab: Lab) -> None:
    for name in ("bond0", "bond1"):
        lab.bond(name=name, slaves=[f"{name}-a"])
    with lab.dashboard("bond1") as terminal:
        terminal.wait_for("bond1-a")


def test_no_color_is_honoured(lab: Lab) -> None:
    lab.bond()
    with lab.dashboard(environment=["NO_COLOR=1"]) as terminal:
        lab.pull("eno1")
        log_line(terminal, "bond0", "active eno1 -> eno2")
        colours = re.findall(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m", terminal.received)
        assert colours == []
