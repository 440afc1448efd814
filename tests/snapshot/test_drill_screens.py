"""Pictures of the screens of a drill. Look at the report before you accept a new one."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from bondtui.model.drill import CABLE, FAIL, FAILBACK, FAILOVER, FAULT, HOLDING, INTERRUPTED, NOT_PROVEN, Finding
from bondtui.model.probe import Flow, Target
from bondtui.ports import ProbeError
from bondtui.simulated.play import monitor_at
from bondtui.simulated.still import Still
from bondtui.ui.actions import Actions
from bondtui.ui.app import BondApp
from bondtui.ui.screens.drill import DrillScreen
from bondtui.view.glyphs import ASCII, UNICODE, Glyphs
from bondtui.view.look import Look
from tests.rehearsed import (
    ASKED,
    DOUBT,
    NO_GO,
    Rehearsed,
    a_drill,
    a_preflight,
    a_round,
    a_trail,
    an_anatomy,
    an_outage,
)
from tests.ui.stand_in import StandIn

SnapCompare = Callable[..., bool]
Play = Callable[[Pilot[int | None]], Awaitable[None]]
SMALL, LARGE, TINY = (80, 24), (160, 45), (40, 10)
BOTH_SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
BEFORE, AFTER = 5.0, 11.0
"""Seconds of the scenario: before eno1 loses its carrier, and three seconds after."""
BOND = monitor_at("failover", BEFORE).bonds[0]
FAULT_AT = 8.03


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    time.tzset()


def app_over(rehearsal: Rehearsed, second: float = BEFORE, *, glyphs: Glyphs = UNICODE, colour: bool = True) -> BondApp:
    monitor = monitor_at("failover", second)
    moment = monitor.at
    assert moment is not None
    moment = moment._replace(mono=second, wall=moment.wall - moment.mono + second)
    look = Look(monitor, moment, host="db-07", glyphs=glyphs, can_act=True)
    acting = StandIn(monitor)
    actions = Actions(acting, acting, drills=rehearsal.drills)
    return BondApp(Still(monitor), look, actions=actions, clock=lambda: moment, colour=colour)


async def until(pilot: Pilot[int | None], stage: str) -> None:
    """Wait until the screen of the drill is at this stage, and drawn."""
    while not (isinstance(pilot.app.screen, DrillScreen) and pilot.app.screen._stage == stage):
        await pilot.pause(0.01)
    await pilot.pause()


def played(stage: str, rehearsal: Rehearsed, **progress: Any) -> Play:
    """Open the drill of the first slave and go on to a stage."""

    async def play(pilot: Pilot[int | None]) -> None:
        await pilot.pause()
        await pilot.press("D")
        await until(pilot, "setup")
        screen = pilot.app.screen
        assert isinstance(screen, DrillScreen)
        while screen._form.looking:
            await pilot.pause(0.01)
        if stage != "setup":
            await pilot.press("enter")
            await until(pilot, "checked")
        if stage in ("live", "result"):
            await pilot.press("enter")
            await pilot.pause()
            await pilot.press("y")
            await until(pilot, "live")
            rehearsal.shows(**progress)
            screen.draw()
        if stage == "result":
            rehearsal.over.set()
            await until(pilot, "result")
        await pilot.pause()

    return play


def underway(step: str = HOLDING, **rest: Any) -> dict[str, Any]:
    """Three seconds after the fault."""
    trail = a_trail(1.0, AFTER, (FAULT_AT, FAULT_AT + 0.12))
    return {
        "step": step,
        "words": "all probes must be answered for 3 s",
        "at": AFTER - 1.2,
        "round": 2,
        "rounds": 3,
        "slave": 2,
        "origin": FAULT_AT,
        "anatomy": an_anatomy(FAULT_AT),
        "outages": (an_outage(trail, FAULT_AT - 0.5, AFTER),),
        "trails": (trail,),
        "rounds_done": (a_round(),),
        "revert_at": AFTER + 51.4,
        **rest,
    }


@BOTH_SIZES
def test_setup(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    rehearsal = Rehearsed()
    assert snap_compare(app_over(rehearsal), terminal_size=size, run_before=played("setup", rehearsal))


def test_setup_with_a_mistake(snap_compare: SnapCompare) -> None:
    rehearsal = Rehearsed()
    rehearsal.candidates = ProbeError("no route leaves through bond0 and it has no neighbour")

    async def wrong(pilot: Pilot[int | None]) -> None:
        await played("setup", rehearsal)(pilot)
        await pilot.press("enter")
        await pilot.pause()

    assert snap_compare(app_over(rehearsal), terminal_size=SMALL, run_before=wrong)


@BOTH_SIZES
def test_go(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    rehearsal = Rehearsed(a_preflight(BOND))
    assert snap_compare(app_over(rehearsal), terminal_size=size, run_before=played("checked", rehearsal))


@BOTH_SIZES
def test_no_go(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    rehearsal = Rehearsed(a_preflight(BOND, ASKED, DOUBT, NO_GO))
    assert snap_compare(app_over(rehearsal), terminal_size=size, run_before=played("checked", rehearsal))


@pytest.mark.parametrize("checks", [(), (ASKED, DOUBT)], ids=["key", "name"])
def test_confirmation(snap_compare: SnapCompare, checks: Any) -> None:
    rehearsal = Rehearsed(a_preflight(BOND, *checks))

    async def asked(pilot: Pilot[int | None]) -> None:
        await played("checked", rehearsal)(pilot)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app_over(rehearsal), terminal_size=SMALL, run_before=asked)


def lives(snap_compare: SnapCompare, size: tuple[int, int], progress: dict[str, Any], **rest: Any) -> bool:
    preflight = rest.pop("preflight", a_preflight(BOND, rounds=3))
    rehearsal = Rehearsed(preflight)
    before = played("live", rehearsal, **progress)
    try:
        return snap_compare(app_over(rehearsal, AFTER, **rest), terminal_size=size, run_before=before)
    finally:
        rehearsal.over.set()


@BOTH_SIZES
def test_live(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert lives(snap_compare, size, underway())


@BOTH_SIZES
def test_live_while_nothing_is_answered(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    trail = a_trail(1.0, AFTER, (FAULT_AT, AFTER))
    outage = an_outage(trail, FAULT_AT - 0.5, AFTER)
    progress = underway(
        FAILOVER,
        words="waiting until all probes are answered",
        anatomy=an_anatomy(FAULT_AT, phases=2),
        trails=(trail,),
        outages=(outage,),
    )
    assert lives(snap_compare, size, progress)


@BOTH_SIZES
def test_live_failback(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    restored = AFTER - 0.5
    progress = underway(FAILBACK, words="eno1 comes back", anatomy=an_anatomy(restored, phases=3, back=True))
    progress["outages"] = (an_outage(progress["trails"][0], restored - 0.2, AFTER),)
    rehearsal = Rehearsed(a_preflight(BOND, rounds=3))

    async def back(pilot: Pilot[int | None]) -> None:
        await played("live", rehearsal, **underway())(pilot)
        rehearsal.shows(**progress)
        assert isinstance(pilot.app.screen, DrillScreen)
        pilot.app.screen.draw()
        await pilot.pause()

    assert snap_compare(app_over(rehearsal, AFTER), terminal_size=size, run_before=back)
    rehearsal.over.set()


@BOTH_SIZES
def test_live_with_several_flows(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    flows = tuple(Flow(Target("192.0.2.1"), "bond0", 65_024 + 2 * n) for n in range(4))
    trails = [a_trail(1.0, AFTER, (FAULT_AT, FAULT_AT + 0.1 * n)) for n in range(4)]
    preflight = a_preflight(BOND, rounds=3, flows=flows)
    assert lives(snap_compare, size, underway(trails=trails), preflight=preflight)


def test_live_cable(snap_compare: SnapCompare) -> None:
    progress = underway(
        FAULT, words="pull the cable of eno1 now", anatomy=None, outages=(), origin=None, revert_at=None
    )
    assert lives(snap_compare, SMALL, progress, preflight=a_preflight(BOND, fault=CABLE))


def test_live_question(snap_compare: SnapCompare) -> None:
    rehearsal = Rehearsed(a_preflight(BOND, rounds=3))

    async def asked(pilot: Pilot[int | None]) -> None:
        await played("live", rehearsal, **underway())(pilot)
        await pilot.press("escape")
        await pilot.pause()

    assert snap_compare(app_over(rehearsal, AFTER), terminal_size=SMALL, run_before=asked)
    rehearsal.over.set()


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_live_on_a_tiny_screen(snap_compare: SnapCompare, glyphs: Glyphs) -> None:
    assert lives(snap_compare, TINY, underway(), glyphs=glyphs)


def test_live_in_ascii(snap_compare: SnapCompare) -> None:
    assert lives(snap_compare, SMALL, underway(), glyphs=ASCII)


def test_live_without_colour(snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert lives(snap_compare, SMALL, underway(), colour=False)


@BOTH_SIZES
@pytest.mark.parametrize("verdict", ["pass", FAIL, NOT_PROVEN, INTERRUPTED])
def test_result(snap_compare: SnapCompare, verdict: str, size: tuple[int, int]) -> None:
    preflight = a_preflight(BOND)
    drills = {
        "pass": a_drill(a_preflight(BOND, rounds=3), a_round(), a_round(2, lost_s=0.2), a_round(3, lost_s=0.05)),
        FAIL: a_drill(
            preflight,
            a_round(lost_s=1.2),
            verdict=FAIL,
            reason="the longest outage, 1200 ms, is beyond the objective of 500 ms",
            findings=(
                Finding("bad", "measured 1.2 s, options predict at most 100 ms: the switch port was not forwarding"),
                Finding("", "eno2 carried 100 % of the traffic after the fault"),
            ),
        ),
        NOT_PROVEN: a_drill(preflight, verdict=NOT_PROVEN, reason="no flow crossed eno1"),
        INTERRUPTED: a_drill(
            preflight,
            a_round(failback=None, trouble="stopped by a person"),
            verdict=INTERRUPTED,
            reason="stopped by a person",
        ),
    }
    rehearsal = Rehearsed(preflight, drills[verdict])
    before = played("result", rehearsal)
    assert snap_compare(app_over(rehearsal, AFTER), terminal_size=size, run_before=before)


def test_result_in_ascii(snap_compare: SnapCompare) -> None:
    rehearsal = Rehearsed(a_preflight(BOND))
    app = app_over(rehearsal, AFTER, glyphs=ASCII)
    assert snap_compare(app, terminal_size=SMALL, run_before=played("result", rehearsal))


def test_setup_on_a_tiny_screen(snap_compare: SnapCompare) -> None:
    rehearsal = Rehearsed()
    assert snap_compare(app_over(rehearsal), terminal_size=TINY, run_before=played("setup", rehearsal))
