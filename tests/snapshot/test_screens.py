"""Pictures of the main screens. Look at the report before you accept a new one."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.reading import Stamp
from bondtui.simulated.play import monitor_at
from bondtui.simulated.still import Still
from bondtui.ui.app import BondApp
from bondtui.view.glyphs import ASCII, UNICODE, Glyphs
from bondtui.view.look import Look

SnapCompare = Callable[..., bool]
SMALL, LARGE = (80, 24), (160, 45)
MOMENT = Stamp(1000.0, 1_700_001_000.0)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    time.tzset()


def app_over(monitor: Monitor, *, glyphs: Glyphs = UNICODE, colour: bool = True) -> BondApp:
    moment = monitor.at or MOMENT
    look = Look(monitor, moment, host="db-07", glyphs=glyphs)
    return BondApp(Still(monitor), look, clock=lambda: moment, colour=colour)


async def settle(pilot: Pilot[int | None]) -> None:
    await pilot.pause()
    await pilot.pause()


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    ("scenario", "second"),
    [("failover", 15.0), ("healthy", 60.0), ("lacp-split", 30.0), ("silent-partner", 24.0), ("all-modes", 75.0)],
)
def test_scenario(snap_compare: SnapCompare, scenario: str, second: float, size: tuple[int, int]) -> None:
    assert snap_compare(app_over(monitor_at(scenario, second)), terminal_size=size, run_before=settle)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_no_bond(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(app_over(Monitor(at=MOMENT)), terminal_size=size, run_before=settle)


def test_no_bonding_driver(snap_compare: SnapCompare) -> None:
    monitor = fold.failed(Monitor(), "this kernel has no bonding driver loaded; 'modprobe bonding' loads it")
    assert snap_compare(app_over(monitor), terminal_size=SMALL, run_before=settle)


def test_smallest(snap_compare: SnapCompare) -> None:
    assert snap_compare(app_over(monitor_at("failover", 15.0)), terminal_size=(40, 10), run_before=settle)


def test_help(snap_compare: SnapCompare) -> None:
    app = app_over(monitor_at("failover", 15.0))
    assert snap_compare(app, press=["question_mark"], terminal_size=(100, 44))


def test_no_colour(snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_over(monitor_at("failover", 15.0), colour=False)
    assert snap_compare(app, terminal_size=SMALL, run_before=settle)


def test_ascii(snap_compare: SnapCompare) -> None:
    app = app_over(monitor_at("silent-partner", 24.0), glyphs=ASCII)
    assert snap_compare(app, terminal_size=SMALL, run_before=settle)
