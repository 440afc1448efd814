"""Draw the pictures of the README from the simulated driver: ``python screenshots/generate.py``."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from bondtui.core.monitor import Monitor
from bondtui.model.reading import Stamp
from bondtui.simulated.play import monitor_at
from bondtui.simulated.still import Still
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


def app_at(monitor: Monitor, columns: int) -> BondApp:
    """The dashboard as it is at one moment of a scenario."""
    moment = monitor.at or Stamp(0.0, 0.0)
    look = Look(monitor, moment, host="db-07" if columns >= 80 else "", glyphs=UNICODE)
    return BondApp(Still(monitor), look, clock=lambda: moment)


async def draw(name: str, scenario: str, second: float, size: tuple[int, int], keys: tuple[str, ...]) -> Path:
    """Run the dashboard without a terminal, press the keys, and write what it shows."""
    app = app_at(monitor_at(scenario, second), size[0])
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        path = FOLDER / f"{name}.svg"
        path.write_text(app.export_screenshot(title=f"bondtui --demo {scenario}"), encoding="utf-8")
    return path


def main() -> None:
    """Draw them all, in a fixed time zone so that they only change when the screens do."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    for name, scenario, second, columns, rows, keys in PICTURES:
        print(asyncio.run(draw(name, scenario, second, (columns, rows), keys)))


if __name__ == "__main__":
    main()
