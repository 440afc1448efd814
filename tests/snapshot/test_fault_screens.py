"""Pictures of the faults of a lab. Look at the report before you accept a new one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from bondtui.core.monitor import Monitor
from bondtui.model.lab import AGGREGATOR, LOSS, MTU, PULL, UML, Fault
from bondtui.model.reading import Stamp
from bondtui.simulated.play import monitor_at
from bondtui.simulated.still import Still
from bondtui.ui.app import BondApp
from bondtui.view.glyphs import ASCII, UNICODE, Glyphs
from bondtui.view.look import Look
from tests.builders import a_bond, a_monitor, a_slave
from tests.ui.small_lab import SmallLab, a_lab_bond

SnapCompare = Callable[..., bool]
Play = Callable[[Pilot[int | None]], Awaitable[None]]
SMALL, LARGE, TINY = (80, 24), (160, 45), (40, 12)
PATIENCE_S = 20.0
START = 1_700_000_000.0
"""The wall clock when a scenario begins."""


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    time.tzset()


class Scene:
    """An application over a lab, at a moment that may move on."""

    def __init__(self, monitor: Monitor, lab: SmallLab, *, glyphs: Glyphs = UNICODE, colour: bool = True) -> None:
        assert monitor.at is not None
        self.moment: Stamp = monitor.at
        self.lab = lab
        self.still = Still(monitor._replace(lab=UML, simulated=False))
        look = Look(self.still.latest, self.moment, host="bondtui-lab", glyphs=glyphs)
        self.app = BondApp(self.still, look, clock=lambda: self.moment, colour=colour, lab=lab)

    def go_on(self, monitor: Monitor) -> None:
        """Show another state; what was noted stays, the oldest of the events."""
        assert monitor.at is not None
        self.moment = monitor.at
        events = (*self.still.latest.events, *monitor.events)
        count = len(events)
        self.still.show(monitor._replace(lab=UML, simulated=False, events=events, event_count=count))

    def after(self, *keys: str, sees: str, then: Monitor | None = None) -> Play:
        """Press these keys, wait until something is on the screen, and go on to another state."""

        async def play(pilot: Pilot[int | None]) -> None:
            await pilot.pause()
            await _seen(pilot, lambda: self.lab.asked > 0)
            await pilot.pause()
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            await _seen(pilot, lambda: sees in _text(pilot))
            if then is not None:
                self.go_on(then)
            await pilot.pause()
            await pilot.pause()

        return play


def _text(pilot: Pilot[int | None]) -> str:
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def _seen(pilot: Pilot[int | None], question: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not question():
        assert time.monotonic() < end, _text(pilot)
        await asyncio.sleep(0.01)
        await pilot.pause()


def pulled(*, glyphs: Glyphs = UNICODE, colour: bool = True) -> Scene:
    """Just before the cable of eno1 is pulled."""
    return Scene(monitor_at("failover", 8.0), SmallLab(now=START + 8.0), glyphs=glyphs, colour=colour)


@pytest.mark.parametrize("size", [SMALL, LARGE, TINY], ids=["small", "large", "tiny"])
def test_a_fault_and_what_comes_of_it(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    scene = pulled()
    play = scene.after("F", "p", sees="IN PLACE", then=monitor_at("failover", 20.0))
    assert snap_compare(scene.app, terminal_size=size, run_before=play)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_what_is_in_place_on_the_dashboard(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    scene = pulled()
    scene.lab.put(Fault(PULL, "eno1"))
    scene.lab.put(Fault(LOSS, "eno2", 20))
    play = scene.after(sees="LAB faults in place", then=monitor_at("failover", 20.0))
    assert snap_compare(scene.app, terminal_size=size, run_before=play)


def test_many_slaves_of_an_lacp_bond(snap_compare: SnapCompare) -> None:
    names = [f"eno{n}" for n in range(1, 17)]
    lab = SmallLab(a_lab_bond(*names, mode="802.3ad"), now=1_700_000_000.0)
    for fault in (Fault(AGGREGATOR, "eno9"), Fault(MTU, "bond0", 1280), Fault(LOSS, "eno9", 35)):
        lab.put(fault)
    slaves = [a_slave(name, n, state="active") for n, name in enumerate(names, start=20)]
    scene = Scene(a_monitor(a_bond(*slaves, mode=4)), lab)
    play = scene.after("F", *["tab"] * 8, "down", "down", sees="IN PLACE")
    assert snap_compare(scene.app, terminal_size=SMALL, run_before=play)


def test_without_colours_and_in_ascii(snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    scene = pulled(glyphs=ASCII, colour=False)
    play = scene.after("F", "p", sees="IN PLACE", then=monitor_at("failover", 20.0))
    assert snap_compare(scene.app, terminal_size=SMALL, run_before=play)
