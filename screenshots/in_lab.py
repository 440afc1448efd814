"""Inside a lab: pull a cable on the page of faults, and print the picture. ``python screenshots/generate.py`` has it run there.

The bonds are a kernel's and the screens the program's own; only the terminal is not there. So this picture is another one each time.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.reading import Stamp
from bondtui.system.kernel import KernelSource
from bondtui.system.lab_client import inside
from bondtui.system.lab_mark import kind
from bondtui.system.reader import Reader
from bondtui.ui.app import BondApp
from bondtui.view.glyphs import UNICODE
from bondtui.view.look import Look
from screenshots.generate import says, until

SIZE = (100, 27)


async def draw() -> str:
    """The page of faults, a moment after the cable of the active slave was pulled."""
    source = KernelSource()
    monitor = fold.took(Monitor(lab=kind()), source.read())
    opened = [source]
    reader = Reader(lambda: opened.pop() if opened else KernelSource(), interval=1.0, monitor=monitor)
    look = Look(monitor, Stamp(time.monotonic(), time.time()), host=os.uname().nodename, glyphs=UNICODE, can_act=True)
    async with BondApp(reader, look, lab=inside()).run_test(size=SIZE) as pilot:
        await until(pilot, lambda: says(pilot, "Traffic is on eno1. If it fails, eno2 takes over."))
        await pilot.press("F")
        await until(pilot, lambda: says(pilot, "pull the cable"))
        await pilot.press("p")
        await until(pilot, lambda: says(pilot, "IN PLACE", "IGMP membership sent again", "Traffic is on eno2."))
        return pilot.app.export_screenshot(title="bondtui lab")


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(draw()))
    sys.stdout.flush()
    os._exit(0)
