"""Pictures of findings, explanations and LACP. Look at the report before you accept a new one."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from bondtui.core.monitor import Monitor
from bondtui.simulated.play import monitor_at
from bondtui.simulated.still import Still
from bondtui.ui.actions import Actions
from bondtui.ui.app import BondApp
from bondtui.view.glyphs import ASCII, UNICODE, Glyphs
from bondtui.view.look import Look
from tests.actions import a_plan
from tests.builders import a_lacp_bond, a_monitor, a_pair, a_port, a_situation
from tests.machine import a_pending
from tests.ui.stand_in import StandIn

SnapCompare = Callable[..., bool]
Play = Callable[[Pilot[int | None]], Awaitable[None]]
SMALL, LARGE, TINY = (80, 24), (160, 45), (40, 12)
BOTH_SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    time.tzset()


def app_over(monitor: Monitor, *, glyphs: Glyphs = UNICODE, colour: bool = True, late_s: float = 0.0) -> BondApp:
    moment = monitor.at
    assert moment is not None
    moment = moment._replace(mono=moment.mono + late_s, wall=moment.wall + late_s)
    look = Look(monitor, moment, host="db-07", glyphs=glyphs)
    return BondApp(Still(monitor), look, clock=lambda: moment, colour=colour)


def after(*keys: str) -> Play:
    """Press these keys, one after the other."""

    async def play(pilot: Pilot[int | None]) -> None:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()

    return play


@BOTH_SIZES
@pytest.mark.parametrize(("scenario", "second"), [("lacp-split", 30.0), ("silent-partner", 24.0), ("flapping", 75.0)])
def test_findings(snap_compare: SnapCompare, scenario: str, second: float, size: tuple[int, int]) -> None:
    assert snap_compare(app_over(monitor_at(scenario, second)), terminal_size=size, run_before=after("f"))


@BOTH_SIZES
def test_no_findings(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(app_over(a_monitor(a_pair())), terminal_size=size, run_before=after("f"))


def test_the_end_of_a_finding(snap_compare: SnapCompare) -> None:
    app = app_over(a_monitor(a_pair(miimon=0)))
    assert snap_compare(app, terminal_size=SMALL, run_before=after("f", "m", "pagedown"))


@BOTH_SIZES
def test_explained(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(app_over(monitor_at("lacp-split", 30.0)), terminal_size=size, run_before=after("e"))


def test_explained_field(snap_compare: SnapCompare) -> None:
    keys = ("e", *["down"] * 12)
    assert snap_compare(app_over(monitor_at("failover", 15.0)), terminal_size=SMALL, run_before=after(*keys))


@BOTH_SIZES
@pytest.mark.parametrize(("scenario", "second"), [("lacp-split", 30.0), ("silent-partner", 24.0)])
def test_lacp(snap_compare: SnapCompare, scenario: str, second: float, size: tuple[int, int]) -> None:
    assert snap_compare(app_over(monitor_at(scenario, second)), terminal_size=size, run_before=after("l"))


def test_many_lacp_ports_with_old_bits_and_hidden_fields(snap_compare: SnapCompare) -> None:
    ports = [a_port(f"port{n}", 100 + n, actor=61, mii="up" if n % 3 else "down", carrier=n % 3 > 0) for n in range(64)]
    app = app_over(a_monitor(a_lacp_bond(*ports, hidden=("partner_system_mac", "partner_key"))))
    assert snap_compare(app, terminal_size=SMALL, run_before=after("l", "down", "down"))


@pytest.mark.parametrize("key", ["f", "e", "l"])
def test_tiny(snap_compare: SnapCompare, key: str) -> None:
    assert snap_compare(app_over(monitor_at("lacp-split", 30.0)), terminal_size=TINY, run_before=after(key))


@pytest.mark.parametrize("key", ["f", "l"])
def test_ascii(snap_compare: SnapCompare, key: str) -> None:
    app = app_over(monitor_at("silent-partner", 24.0), glyphs=ASCII)
    assert snap_compare(app, terminal_size=SMALL, run_before=after(key))


@pytest.mark.parametrize("key", ["f", "l"])
def test_no_colour(snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_over(monitor_at("silent-partner", 24.0), colour=False)
    assert snap_compare(app, terminal_size=SMALL, run_before=after(key))


def test_stale(snap_compare: SnapCompare) -> None:
    app = app_over(monitor_at("lacp-split", 30.0), late_s=95.0)
    assert snap_compare(app, terminal_size=SMALL, run_before=after("f"))


@pytest.mark.parametrize("key", ["f", "l"])
def test_pending_change(snap_compare: SnapCompare, key: str) -> None:
    monitor = monitor_at("lacp-split", 30.0)
    moment = monitor.at
    assert moment is not None
    acting = StandIn(monitor)
    acting.waiting = a_pending(a_plan(a_situation(a_pair())), who="root from 198.51.100.7", seconds_left=52.0)
    look = Look(monitor, moment, host="db-07", can_act=True, pending=acting.waiting, pending_at=moment)
    app = BondApp(Still(monitor), look, actions=Actions(acting, acting), clock=lambda: moment)
    assert snap_compare(app, terminal_size=SMALL, run_before=after(key))
