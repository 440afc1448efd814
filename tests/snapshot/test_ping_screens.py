"""Pictures of the ping strip and of the line about drills. Look at the report before you accept a new one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.drill.history import SCHEMA
from bondtui.model.reading import Stamp
from bondtui.simulated.play import monitor_at
from bondtui.simulated.still import Still
from bondtui.ui.app import BondApp
from bondtui.ui.screens.dashboard import Dashboard
from bondtui.view.glyphs import ASCII, UNICODE, Glyphs
from bondtui.view.look import Look
from tests.builders import told
from tests.ui.probing import Moment, StandInProbing

SnapCompare = Callable[..., bool]
SMALL, LARGE = (80, 24), (160, 45)
BOTH_SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
GATEWAY = "192.168.10.1"
PATIENCE_S = 30.0


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    time.tzset()


class Scene:
    """A dashboard over probes, and the time that a test lets pass."""

    def __init__(self, monitor: Monitor, *, glyphs: Glyphs = UNICODE, colour: bool = True, **look: Any) -> None:
        at = monitor.at or Stamp(0.0, 0.0)
        self.moment = Moment(at.mono)
        self.probing = StandInProbing(self.moment, [GATEWAY])
        self.still = Still(monitor)
        first = Look(monitor, self.moment(), host="db-07", glyphs=glyphs, can_act=True, **look)
        self.app = BondApp(self.still, first, probing=self.probing, clock=self.moment, colour=colour)

    def pass_by(self, seconds: float) -> None:
        """Let time pass; everything was just read anew and is as it was."""
        self.moment.mono += seconds
        self.still.show(self.still.latest._replace(at=self.moment()))

    def says(self, *words: str) -> bool:
        """Whether all of it is on the screen."""
        drawn = self.app.screen._compositor.render_strips() if self.app.screen.is_running else []
        text = "\n".join("".join(segment.text for segment in strip) for strip in drawn)
        return all(each in text for each in words)

    async def sees(self, pilot: Pilot[int | None], *words: str) -> None:
        """Wait for it."""
        end = time.monotonic() + PATIENCE_S
        while not (isinstance(pilot.app.screen, Dashboard) and self.says(*words)):
            assert time.monotonic() < end, f"waited in vain for {words}"
            await pilot.pause(0.01)

    async def switch_on(self, pilot: Pilot[int | None]) -> None:
        """Ten seconds of answers."""
        await pilot.pause()
        await pilot.press("p")
        await self.sees(pilot, f"ping {GATEWAY}")
        self.pass_by(10.0)
        await self.sees(pilot, "0.31 ms")

    async def fail_over(self, pilot: Pilot[int | None]) -> None:
        """Half a second without answers, in which the bond changes its active slave."""
        await self.switch_on(pilot)
        began = self.moment.mono
        self.probing.lost = [(began + 0.1, began + 0.9)]
        self.pass_by(3.0)
        bond = self.still.latest.bonds[0]
        first, second = bond.slaves
        gone = first.link._replace(carrier=False)
        moved = bond.link._replace(bond=bond.options._replace(active_slave=second.ifindex))
        self.still.show(fold.heard(self.still.latest, [told(gone, began + 0.1), told(moved, began + 0.195)]))
        await self.sees(pilot, "failover, 800 ms", "▪▪▪" if self.app._look.glyphs is UNICODE else "ooo")
        await pilot.pause()


@BOTH_SIZES
def test_failover_on_the_strip(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    scene = Scene(monitor_at("failover", 5.0))
    assert snap_compare(scene.app, terminal_size=size, run_before=scene.fail_over)


def test_strip_in_ascii(snap_compare: SnapCompare) -> None:
    scene = Scene(monitor_at("failover", 5.0), glyphs=ASCII)
    assert snap_compare(scene.app, terminal_size=SMALL, run_before=scene.fail_over)


def test_strip_without_colour(snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    scene = Scene(monitor_at("failover", 5.0), colour=False)
    assert snap_compare(scene.app, terminal_size=SMALL, run_before=scene.fail_over)


@BOTH_SIZES
def test_nobody_answers(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    scene = Scene(monitor_at("failover", 5.0))

    async def cut_off(pilot: Pilot[int | None]) -> None:
        await scene.switch_on(pilot)
        scene.probing.lost = [(scene.moment.mono, scene.moment.mono + 60)]
        scene.pass_by(2.5)
        await scene.sees(pilot, "2.5 s")
        await pilot.pause()

    assert snap_compare(scene.app, terminal_size=size, run_before=cut_off)


@BOTH_SIZES
def test_no_target(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    scene = Scene(monitor_at("failover", 5.0))
    scene.probing.no_target = "no route leaves through bond0 to a gateway, and no neighbour is known on it; set a route"

    async def switch_on(pilot: Pilot[int | None]) -> None:
        await pilot.pause()
        await pilot.press("p")
        await scene.sees(pilot, "no ping")
        await pilot.pause()

    assert snap_compare(scene.app, terminal_size=size, run_before=switch_on)


@BOTH_SIZES
def test_line_about_drills(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    monitor = monitor_at("failover", 15.0)
    assert monitor.at is not None
    entry = {
        "schema": SCHEMA,
        "wall_s": monitor.at.wall - 41.5 * 86_400,
        "bond": "bond0",
        "slave": "eno1",
        "permanent_hwaddr": None,
        "verdict": "pass",
        "proven": True,
        "failover": {"outage_ms": 120.0, "outage_low_ms": 100.0, "outage_high_ms": 140.0, "lost": 12},
    }
    app = BondApp(
        Still(monitor),
        Look(monitor, monitor.at, host="db-07", history=(entry,)),
        clock=lambda: monitor.at or Stamp(0, 0),
    )

    async def settle(pilot: Pilot[int | None]) -> None:
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=settle)
