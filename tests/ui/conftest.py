"""The dashboard without a terminal, over whatever a test wants to show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from textual import _wait
from textual.pilot import Pilot

from bondtui.core.monitor import Monitor
from bondtui.model.reading import Stamp
from bondtui.ports import Archive, Lab, Probing, Surroundings
from bondtui.simulated.still import Still
from bondtui.ui.actions import Actions
from bondtui.ui.app import BondApp
from bondtui.ui.drilling import Drills
from bondtui.view.glyphs import UNICODE, Glyphs
from bondtui.view.look import Look
from tests.ui.stand_in import StandIn

PATIENCE_S = 20.0
_wait.SLEEP_GRANULARITY, _wait.SLEEP_IDLE = 0.008, 0.0004
"""Textual's pilot looks so often whether the program is idle; its own 20 ms are most of the time that these tests take."""


class Desk:
    """A running dashboard: what it shows, the keys, and what it is fed."""

    def __init__(self, app: BondApp, still: Still, pilot: Pilot[int]) -> None:
        self.app = app
        self.still = still
        self.pilot = pilot

    @property
    def lines(self) -> list[str]:
        """The rows of the screen as text, as a person sees them."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def line_with(self, words: str) -> str:
        """The first row that has these words."""
        return next((line for line in self.lines if words in line), "")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, question: Callable[[], object]) -> None:
        """Wait for something that another thread brings about."""
        end = time.monotonic() + PATIENCE_S
        while not question():
            assert time.monotonic() < end, f"waited in vain; the screen is:\n{self.text}"
            await asyncio.sleep(0.01)
            await self.pilot.pause()

    async def sees(self, *words: str) -> None:
        """Wait until all these words are on the screen."""
        await self.until(lambda: all(each in self.text for each in words))

    async def show(self, monitor: Monitor) -> None:
        self.still.show(monitor)
        await self.pilot.pause()
        await self.pilot.pause()


OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()


@pytest.fixture
def open_desk() -> OpenDesk:
    """Open a dashboard over a Monitor; its clock stands still unless one is given. ``look`` are fields of Look."""

    @asynccontextmanager
    async def opened(
        monitor: Monitor,
        size: tuple[int, int] = (100, 30),
        *,
        clock: Callable[[], Stamp] | None = None,
        glyphs: Glyphs = UNICODE,
        acting: StandIn | None = None,
        drills: Drills | None = None,
        probing: Probing | None = None,
        archive: Archive | None = None,
        surroundings: Surroundings | None = None,
        lab: Lab | None = None,
        **look: Any,
    ) -> AsyncIterator[Desk]:
        moment = monitor.at or Stamp(0.0, 0.0)
        still = Still(monitor)
        first = Look(**{"monitor": monitor, "now": moment, "host": "db-07", "glyphs": glyphs, **look})
        actions = Actions(acting, acting, 60.0, drills) if acting is not None else None
        if actions is not None and "can_act" not in look:
            first = first._replace(can_act=True)
        app = BondApp(
            *(still, first),
            actions=actions,
            probing=probing,
            archive=archive,
            surroundings=surroundings,
            lab=lab,
            clock=clock or (lambda: moment),
        )
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield Desk(app, still, pilot)

    return opened
