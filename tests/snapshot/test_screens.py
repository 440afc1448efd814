"""Pictures of the main screens. Look at the report before you accept a new one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.action import Pending
from bondtui.model.host import HostFacts, Route, Session
from bondtui.model.reading import Stamp
from bondtui.simulated.play import monitor_at
from bondtui.simulated.still import Still
from bondtui.ui.actions import Actions
from bondtui.ui.app import BondApp
from bondtui.ui.screens.dashboard import Dashboard
from bondtui.view.glyphs import ASCII, UNICODE, Glyphs
from bondtui.view.look import Look
from tests.actions import a_plan
from tests.builders import a_situation
from tests.machine import a_pending
from tests.ui.stand_in import StandIn

SnapCompare = Callable[..., bool]
SMALL, LARGE = (80, 24), (160, 45)
BOTH_SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
MOMENT = Stamp(1000.0, 1_700_001_000.0)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    time.tzset()


SSH = HostFacts(
    sessions=(Session("198.51.100.7", "192.168.10.20", "bond0", ("bond0",), mine=True),),
    default_routes=(Route("default", "192.168.10.1", "bond0"),),
    managers={2: "NetworkManager"},
)


def app_over(
    monitor: Monitor, *, glyphs: Glyphs = UNICODE, colour: bool = True, acting: StandIn | None = None, **rest: Any
) -> BondApp:
    moment = monitor.at or MOMENT
    look = Look(monitor, moment, host="db-07", glyphs=glyphs, can_act=acting is not None, **rest)
    actions = Actions(acting, acting) if acting is not None else None
    return BondApp(Still(monitor), look, actions=actions, clock=lambda: moment, colour=colour)


def acting_over(second: float, host: HostFacts | None = None, *, scenario: str = "failover", **rest: Any) -> BondApp:
    monitor = monitor_at(scenario, second)
    return app_over(monitor, acting=StandIn(monitor, host or HostFacts()), **rest)


def a_change(monitor: Monitor, **rest: Any) -> Pending:
    plan = a_plan(a_situation(monitor.bonds[0]))
    return a_pending(plan, who="root from 198.51.100.7", seconds_left=52.0, **rest)


async def ask(pilot: Pilot[int | None]) -> None:
    """Ask to set the first slave down and wait for the dialog."""
    await pilot.pause()
    await pilot.press("d")
    while isinstance(pilot.app.screen, Dashboard):
        await pilot.pause(0.01)
    await settle(pilot)


async def settle(pilot: Pilot[int | None]) -> None:
    await pilot.pause()
    await pilot.pause()


@BOTH_SIZES
@pytest.mark.parametrize(
    ("scenario", "second"),
    [("failover", 15.0), ("healthy", 60.0), ("lacp-split", 30.0), ("silent-partner", 24.0), ("all-modes", 75.0)],
)
def test_scenario(snap_compare: SnapCompare, scenario: str, second: float, size: tuple[int, int]) -> None:
    assert snap_compare(app_over(monitor_at(scenario, second)), terminal_size=size, run_before=settle)


@BOTH_SIZES
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


@BOTH_SIZES
def test_dialog(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(acting_over(5.0), terminal_size=size, run_before=ask)


@BOTH_SIZES
def test_dialog_that_asks_for_the_name(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(acting_over(5.0, SSH), terminal_size=size, run_before=ask)


def test_dialog_that_was_answered_wrongly(snap_compare: SnapCompare) -> None:
    async def answer(pilot: Pilot[int | None]) -> None:
        await ask(pilot)
        await pilot.press(*"bond1", "enter")
        await settle(pilot)

    assert snap_compare(acting_over(5.0, SSH), terminal_size=SMALL, run_before=answer)


@BOTH_SIZES
def test_dialog_that_refuses(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    async def ask_second(pilot: Pilot[int | None]) -> None:
        await pilot.press("down")
        await ask(pilot)

    assert snap_compare(acting_over(15.0, SSH), terminal_size=size, run_before=ask_second)


def test_dialog_on_a_small_screen(snap_compare: SnapCompare) -> None:
    assert snap_compare(acting_over(5.0, SSH), terminal_size=(40, 12), run_before=ask)


def test_dialog_in_ascii(snap_compare: SnapCompare) -> None:
    assert snap_compare(acting_over(5.0, SSH, glyphs=ASCII), terminal_size=SMALL, run_before=ask)


def test_dialog_without_colour(snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(acting_over(5.0, SSH, colour=False), terminal_size=SMALL, run_before=ask)


def test_failed_action(snap_compare: SnapCompare) -> None:
    monitor = monitor_at("failover", 5.0)
    acting = StandIn(monitor)
    acting.result, acting.words = (
        "cancelled",
        "Cancelled, nothing was done, things have changed: eno2 has no carrier now.",
    )

    async def apply(pilot: Pilot[int | None]) -> None:
        await ask(pilot)
        asked = pilot.app.screen
        await pilot.press("y")
        while pilot.app.screen is asked or isinstance(pilot.app.screen, Dashboard):
            await pilot.pause(0.01)
        await settle(pilot)

    assert snap_compare(app_over(monitor, acting=acting), terminal_size=SMALL, run_before=apply)


@BOTH_SIZES
@pytest.mark.parametrize("alive", [True, False], ids=["counting", "killed"])
def test_pending_change(snap_compare: SnapCompare, size: tuple[int, int], alive: bool) -> None:
    monitor = monitor_at("failover", 5.0)
    acting = StandIn(monitor)
    acting.waiting = a_change(monitor, alive=alive)
    app = app_over(monitor, acting=acting, pending=acting.waiting, pending_at=monitor.at)
    assert snap_compare(app, terminal_size=size, run_before=settle)


def test_greyed_key_says_why(snap_compare: SnapCompare) -> None:
    app = app_over(monitor_at("failover", 5.0), cannot_act="needs CAP_NET_ADMIN: start it with sudo")
    assert snap_compare(app, press=["d"], terminal_size=SMALL, run_before=settle)
