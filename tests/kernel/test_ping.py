"""The ping strip over a real bond: probes go on through a failover, which is measured and written into the event log."""

from __future__ import annotations

import re
import signal

import pytest

from bondtui.view.glyphs import UNICODE
from tests.kernel.lab import SWITCH_ADDRESS, Lab
from tests.kernel.terminal import Terminal
from tests.kernel.waiting import until

MIIMON_MS, DOWNDELAY_MS, PERIOD_MS, SLACK_MS = 100, 1000, 200, 100
FAILOVER = re.compile(r"bond0 +failover, (\d+) ms \((\d+)-(\d+)\) without answer")


def switch_on(terminal: Terminal) -> None:
    """Press ``p`` and wait for the first answers."""
    terminal.send("p")
    terminal.wait_for(f"ping {SWITCH_ADDRESS}", "▪▪▪▪▪", " ms")


@pytest.fixture
def routed(lab: Lab) -> Lab:
    """A bond whose gateway is the switch, and that waits a second before it gives a slave up."""
    lab.bond("active-backup", "miimon", str(MIIMON_MS), "downdelay", str(DOWNDELAY_MS))
    lab.settled(active="eno1")
    lab.ip("route", "add", "default", "via", SWITCH_ADDRESS)
    return lab


def test_a_failover_that_nobody_planned_is_measured(routed: Lab) -> None:
    with routed.dashboard(columns=100, rows=30) as terminal:
        switch_on(terminal)
        routed.pull("eno1")
        terminal.wait_for(UNICODE.lost)
        terminal.wait_for("active eno1 -> eno2")
        found = FAILOVER.search(terminal.wait_until(FAILOVER.search, what="the outage in the log"))
        assert found is not None
        middle, low, high = map(int, found.groups())
        assert low <= middle <= high
        assert low <= DOWNDELAY_MS + MIIMON_MS + SLACK_MS
        assert high >= DOWNDELAY_MS
        assert high - low <= 2 * PERIOD_MS + SLACK_MS
        terminal.wait_until(lambda text: "▪▪▪▪▪" in text.rpartition(UNICODE.lost)[2], what="answers after the failover")
        assert len(FAILOVER.findall(terminal.text)) == 1


@pytest.mark.parametrize("how", ["q", "kill"])
def test_nothing_sends_probes_after_the_dashboard(routed: Lab, how: str) -> None:
    with routed.dashboard() as terminal:
        switch_on(terminal)
        assert len(routed.processes()) > 1
        if how == "q":
            terminal.send("q")
            assert terminal.wait_end() == 0
        else:
            terminal.signal(signal.SIGKILL)
        until(lambda: not routed.processes(), what="no process left")


def test_where_nothing_is_allowed_to_ping_it_is_said(routed: Lab) -> None:
    with routed.dashboard(ordinary=True) as terminal:
        terminal.send("p")
        terminal.wait_for("no ping: ")
        assert "▪▪" not in terminal.text


def test_a_bond_without_a_gateway_says_that_there_is_no_target(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with lab.dashboard() as terminal:
        terminal.send("p")
        text = terminal.wait_for("no ping: ")
        assert "bond0" in text.partition("no ping: ")[2]
        lab.ip("route", "add", "default", "via", SWITCH_ADDRESS)
        terminal.wait_for(f"ping {SWITCH_ADDRESS}", "▪▪▪")
