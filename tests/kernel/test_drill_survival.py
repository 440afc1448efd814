"""Whatever becomes of a drill, the slave comes back, nobody goes on sending, and the report says how far it came."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from tests.kernel import drills, traces
from tests.kernel.drills import CONFIRMED, TARGET, Running
from tests.kernel.lab import BONDTUI, SWITCH_ADDRESS, Lab
from tests.kernel.terminal import Terminal
from tests.kernel.waiting import until

FOR_LONG = ("--hold", "30")
"""So that nothing but the signal can be why the slave comes back: the switch would wait more than two minutes."""
BRIEFLY = ("--hold", "1")
PATIENCE_S = 60.0
"""The switch waits for 15 s of the driver's, the limit of 5 s, four times the hold time and 10 s: 34 s."""
HOLDING = "answers must come for"
Moment = Callable[[Lab, Running], Any]


def is_down(lab: Lab, _: Running) -> None:
    """The fault was issued just now."""
    until(lambda: not lab.is_admin_up("eno1"), what="the fault")


def is_up_again(lab: Lab, running: Running) -> None:
    """The restoring was issued just now."""
    is_down(lab, running)
    until(lambda: lab.is_admin_up("eno1"), what="the restoring")


MOMENTS: dict[str, Moment] = {
    "failover": is_down,
    "holding": lambda _, running: running.says(HOLDING),
    "restoring": is_up_again,
    "failback": lambda _, running: running.says("can carry traffic again"),
    "settling": lambda _, running: running.says(HOLDING, times=2),
    "baseline": lambda _, running: running.says("before anything is done"),
    "preflight": lambda lab, _: until(lambda: drills.engines(lab), what="the first probes"),
}
IN_PLACE = ("failover", "holding")
"""Here the link is down when the drill is killed."""
WITHOUT_REPORT = ("preflight",)


@pytest.fixture
def labs(_prepared: None) -> Iterator[dict[str, Lab]]:
    """A machine for each moment, so that all dead-man's switches wait at the same time."""
    with ExitStack() as stack:
        made = {moment: Lab() for moment in MOMENTS}
        for each in made.values():
            stack.callback(each.close)
            each.bond()
        yield made


@pytest.mark.timeout(170)
def test_killed_at_any_moment_it_leaves_nothing_behind(labs: dict[str, Lab]) -> None:
    for moment, lab in labs.items():
        lab.settled(active="eno1")
        with Running(lab, *TARGET, *BRIEFLY, "--report", str(drills.report_folder(lab))) as running:
            MOMENTS[moment](lab, running)
            running.signal(signal.SIGKILL)
            running.process.wait()
        until(lambda: not drills.engines(lab), what=f"{moment}: the end of the probes")  # noqa: B023
        assert [int(each) for each in lab.processes()] == traces.switches(lab.processes()), moment
        if moment in IN_PLACE:
            assert not lab.is_admin_up("eno1"), moment
    for moment, lab in labs.items():
        until(lambda: lab.processes() == [], PATIENCE_S, what=f"{moment}: the end of the switch")  # noqa: B023
        assert lab.is_admin_up("eno1"), moment
        lab.settled()
        found = drills.reports(drills.report_folder(lab))
        expected = [] if moment in WITHOUT_REPORT else ["interrupted"]
        assert [each["verdict"] for each in found] == expected, moment
        assert lab.bondtui("pending").stdout == "No change is pending.\n"
    reverted = [entry["why"] for entry in traces.audit() if entry["what"] == "reverted"]
    assert reverted.count("time was up") == len(IN_PLACE)


class Stop(NamedTuple):
    """A moment, and how the drill is ended there."""

    moment: str
    number: signal.Signals


STOPS = [Stop("baseline", signal.SIGINT), Stop("failover", signal.SIGTERM), Stop("holding", signal.SIGINT)]


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: f"{stop.moment}-{stop.number.name}")
def test_a_signal_has_everything_taken_back_at_once(lab: Lab, stop: Stop) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with Running(lab, *TARGET, *FOR_LONG) as running:
        MOMENTS[stop.moment](lab, running)
        running.signal(stop.number)
        assert running.process.wait(drills.ENDS_WITHIN_S) == 1, running.stderr
        assert_interrupted(lab, stop.number)
        until(lambda: "INTERRUPTED" in running.stdout, what="the verdict")


def test_a_lost_connection_leaves_the_whole_document(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with Running(lab, "--json", *TARGET, *FOR_LONG) as running:
        is_down(lab, running)
        running.signal(signal.SIGHUP)
        ended = running.ended()
    assert (ended.status, ended.document["verdict"]) == (1, "interrupted"), ended.stderr
    assert ended.document["rounds"][0]["failover"]["lost"] is not None
    assert_interrupted(lab, signal.SIGHUP)


def test_a_lost_terminal_has_everything_taken_back_at_once(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    argv = lab.argv(*BONDTUI, "drill", "bond0", *CONFIRMED, *TARGET, *FOR_LONG)
    with Terminal(argv, columns=120, rows=40) as terminal:
        terminal.wait_for(HOLDING)
        assert not lab.is_admin_up("eno1")
        terminal.hang_up()
        assert terminal.process.wait(drills.ENDS_WITHIN_S) == 1
        assert_interrupted(lab, signal.SIGHUP)


def test_a_dashboard_that_loses_its_terminal_takes_everything_back(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    lab.ip("route", "add", "default", "via", SWITCH_ADDRESS)
    with lab.dashboard() as terminal:
        terminal.send("D")
        terminal.wait_for("Enter pre-flight")
        terminal.send("up", "30", "enter")
        terminal.wait_for("Pre-flight:", "Enter start")
        terminal.send("enter")
        terminal.wait_for("Type bond0 to start")
        terminal.send("bond0", "enter")
        terminal.wait_for("auto-revert in")
        assert not lab.is_admin_up("eno1")
        terminal.hang_up()
        until(lambda: terminal.process.poll() is not None, what="the end of bondtui")
        until(lambda: lab.is_admin_up("eno1"), what="the slave back")
        assert_interrupted(lab)


def assert_interrupted(lab: Lab, number: signal.Signals | None = None) -> None:
    """The slave is up, nothing is pending, nobody goes on, and the report says who has ended it."""
    assert lab.is_admin_up("eno1")
    until(lambda: lab.processes() == [], what="the machine left by all")
    assert lab.bondtui("pending").stdout == "No change is pending.\n"
    assert "time was up" not in [entry.get("why") for entry in traces.audit()]
    (document,) = drills.reports(drills.REPORTS)
    assert document["verdict"] == "interrupted"
    assert number is None or f"stopped by {number.name}" in document["reason"], document["reason"]
    assert "samples" in document


def test_a_remaining_slave_that_fails_meanwhile_ends_it_at_once(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with Running(lab, *TARGET, *FOR_LONG) as running:
        running.says(HOLDING)
        lab.pull("eno2")
        assert running.process.wait(drills.ENDS_WITHIN_S) == 1, running.stderr
        running.says("NOT-PROVEN: eno1 was not measured to the end: eno2 cannot carry the traffic any more")
    assert lab.is_admin_up("eno1")
    assert drills.engines(lab) == []


def test_an_outage_beyond_the_limit_ends_it_at_once(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    lab.silence("eno2")  # its link is up, and nothing comes back over it
    ended = drills.drilled(lab, *TARGET, *drills.SHORT)
    assert (ended.status, ended.document["verdict"]) == (1, "fail"), ended.stderr
    assert "no lasting recovery within the limit of 5.0 s" in ended.document["reason"]
    failover = ended.only_round()["failover"]
    assert (failover["outage_ms"], failover["outage_high_ms"]) == (None, None)
    assert failover["outage_low_ms"] > 4000
    assert lab.is_admin_up("eno1")
    until(lambda: lab.info("bond0")["active_slave"] == "eno1", what="eno1 active again")
