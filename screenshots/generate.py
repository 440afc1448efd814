"""Draw the pictures of the README from the simulated driver: ``python screenshots/generate.py``."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from bondtui.core.monitor import Monitor
from bondtui.model.action import DOWN, Action
from bondtui.model.reading import Stamp
from bondtui.operation import Operation
from bondtui.simulated.machines import MACHINES
from bondtui.simulated.play import EPOCH, begun, monitor_at, watched
from bondtui.simulated.still import Still
from bondtui.system.simulated_hands import SimulatedHands
from bondtui.system.simulation import SimulatedSource
from bondtui.ui.actions import Actions
from bondtui.ui.app import BondApp
from bondtui.view.glyphs import UNICODE
from bondtui.view.look import Look

FOLDER = Path(__file__).resolve().parent
PICTURES = (
    # name, scenario, second of the scenario, columns, rows, keys pressed
    ("failover", "failover", 15.0, 100, 26, ()),
    ("failover-80x24", "failover", 15.0, 80, 24, ()),
    ("lacp-split", "lacp-split", 30.0, 110, 22, ()),
    ("silent-partner", "silent-partner", 24.0, 110, 26, ()),
    ("all-modes", "all-modes", 75.0, 160, 45, ("tab", "tab")),
    ("healthy", "healthy", 60.0, 100, 24, ()),
    ("help", "failover", 10.0, 100, 44, ("?",)),
)


REHEARSALS = (
    # name, scenario, whether the slave is set down already, columns, rows, keys pressed
    ("confirm", "healthy", False, 100, 26, ("d",)),
    ("pending", "healthy", True, 100, 26, ()),
)
BEFORE_S, AFTER_S = 30.0, 8.0
"""Seconds of the scenario before the slave is set down, and after it."""


def app_at(monitor: Monitor, columns: int, actions: Actions | None = None) -> BondApp:
    """The dashboard as it is at one moment of a scenario."""
    moment = monitor.at or Stamp(0.0, 0.0)
    look = Look(monitor, moment, host="db-07" if columns >= 80 else "", glyphs=UNICODE, can_act=True)
    return BondApp(Still(monitor), look, actions=actions, clock=lambda: moment)


def rehearsal(scenario: str, columns: int, *, applied: bool) -> BondApp:
    """The dashboard over a simulated machine of which the first slave can be set down, or was a few seconds ago."""
    driver = MACHINES[scenario]()
    source = SimulatedSource(driver, clock=lambda: driver.now, wall=lambda: driver.now + EPOCH)
    hands = SimulatedHands(source)
    monitor = watched(begun(driver), driver, BEFORE_S)
    operation = Operation(hands, Still(monitor))
    if applied:
        bond = monitor.bonds[0]
        plan = operation.plan(Action(DOWN, bond.ifindex, bond.slaves[0].ifindex))
        hands.arm(plan)
        hands.apply(plan)
        monitor = watched(monitor, driver, BEFORE_S + AFTER_S)
    return app_at(monitor, columns, Actions(operation, hands))


async def draw(name: str, app: BondApp, title: str, size: tuple[int, int], keys: tuple[str, ...]) -> Path:
    """Run the dashboard without a terminal, press the keys, and write what it shows."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        for _ in range(20):  # what is asked of the hands comes from another thread
            await pilot.pause(0.02)
        path = FOLDER / f"{name}.svg"
        path.write_text(app.export_screenshot(title=title), encoding="utf-8")
    return path


def main() -> None:
    """Draw them all, in a fixed time zone so that they only change when the screens do."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    for name, scenario, second, columns, rows, keys in PICTURES:
        app = app_at(monitor_at(scenario, second), columns)
        print(asyncio.run(draw(name, app, f"bondtui --demo {scenario}", (columns, rows), keys)))
    for name, scenario, applied, columns, rows, keys in REHEARSALS:
        app = rehearsal(scenario, columns, applied=applied)
        print(asyncio.run(draw(name, app, f"bondtui --demo {scenario}", (columns, rows), keys)))


if __name__ == "__main__":
    main()
