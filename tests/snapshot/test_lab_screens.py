"""Pictures of a lab: its name stays in sight. Look at the report before you accept a new one."""

from __future__ import annotations

import time

import pytest
from textual.pilot import Pilot

from bondtui.model.host import HostFacts
from bondtui.simulated.play import monitor_at
from bondtui.ui.app import BondApp
from tests.snapshot.test_screens import BOTH_SIZES, SMALL, SnapCompare, app_over, ask, settle
from tests.ui.stand_in import StandIn


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    time.tzset()


def a_lab(kernel: str, scenario: str, second: float) -> BondApp:
    monitor = monitor_at(scenario, second)._replace(simulated=False, lab=kernel)
    return app_over(monitor, acting=StandIn(monitor, HostFacts()))


@BOTH_SIZES
def test_dashboard(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(a_lab("uml", "failover", 15.0), terminal_size=size, run_before=settle)


def test_dialog(snap_compare: SnapCompare) -> None:
    assert snap_compare(a_lab("netns", "failover", 5.0), terminal_size=SMALL, run_before=ask)


def test_help_on_a_small_screen(snap_compare: SnapCompare) -> None:
    async def help_asked(pilot: Pilot[int | None]) -> None:
        await settle(pilot)
        await pilot.press("question_mark")
        await settle(pilot)

    assert snap_compare(a_lab("netns", "failover", 15.0), terminal_size=(40, 12), run_before=help_asked)
