"""Draw the pictures of the README: ``python screenshots/generate.py``.

All but that of the lab are from the simulated driver. Nothing in them is made up: the drill and the ping strip are carried out, in
virtual time, and stopped at a moment; the lab is a real one (see ``in_lab``).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from textual.pilot import Pilot

from bondtui.commands import later
from bondtui.drill.progress import Progress
from bondtui.model.action import DOWN, Action
from bondtui.model.drill import HOLDING
from bondtui.model.reading import Stamp
from bondtui.operation import Operation
from bondtui.rehearsal import Rehearsal
from bondtui.simulated.machines import MACHINES
from bondtui.simulated.play import EPOCH, begun, watched
from bondtui.simulated.still import Still
from bondtui.system.archive import MemoryArchive
from bondtui.system.following import Following
from bondtui.system.simulated_hands import SimulatedHands
from bondtui.system.simulated_probing import SimulatedProbing
from bondtui.system.simulation import SimulatedSource
from bondtui.ui.actions import Actions
from bondtui.ui.app import BondApp
from bondtui.ui.drilling import Drills
from bondtui.ui.screens.drill import DrillScreen
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
    ("confirm", "healthy", 30.0, 100, 26, ("d",)),
    ("findings", "lacp-split", 75.0, 120, 34, ("f",)),
    ("lacp", "silent-partner", 24.0, 120, 28, ("l",)),
    ("explain", "lacp-split", 75.0, 120, 34, ("f", "e")),
)
SET_DOWN = ("pending", "healthy", 30.0, 100, 26)
"""A slave is set down at that second, and the picture drawn some seconds later."""
SET_DOWN_FOR_S = 8.0
DRILL_SIZES = {"drill-preflight": (100, 26), "drill-live": (100, 26), "drill-result": (80, 24)}
DRILLED, DRILLED_AT, OBJECTIVE_MS = "healthy", 29.986, "500"
"""Scenario, the second of it at which the drill is begun, and what is typed as its objective."""
HELD_S = 1.5
"""So long after the fault the drill under way is drawn."""
PINGED, PINGED_FROM, PINGED_UNTIL, PING_SIZE = "failover", 2.05, 13.0, (100, 28)
"""Scenario, the seconds of it at which the strip is switched on and drawn, and the size."""
PATIENCE_S = 60.0


class Machine:
    """A simulated machine at one moment of a scenario; its clocks go on only when somebody lets time pass."""

    def __init__(self, scenario: str, seconds: float) -> None:
        driver = MACHINES[scenario]()
        monitor = watched(begun(driver), driver, seconds)
        self._now = driver.now
        self.source = SimulatedSource(driver, clock=lambda: self._now, wall=lambda: self._now + EPOCH)
        self.hands = SimulatedHands(self.source, pause=self.pause)
        self.probing = SimulatedProbing(self.source)
        self.watcher = Following(self.source, monitor)
        """What a drill watches the machine with."""
        self.still = Still(self.watcher.latest)
        """What the screen shows."""
        self.archive = MemoryArchive()
        self.while_paused: Callable[[], object] = lambda: None
        self.rehearsal: Rehearsal | None = None

    def now(self) -> Stamp:
        """This moment."""
        return self.source.now()

    def pause(self, seconds: float) -> None:
        """Let time pass for whoever acts, and go on watching."""
        self._now += seconds
        _ = self.watcher.latest
        self.while_paused()

    def let_pass(self, until: float) -> None:
        """Watch the machine up to this second, and show what is known then."""
        with self.source.driver_now() as driver:
            self._now = until
            self.still.show(watched(self.still.latest, driver, until))

    def show(self) -> None:
        """Have the screen show what a drill knows now."""
        self.still.show(self.watcher.latest)

    def set_down(self) -> None:
        """Set the first slave down, as somebody else would who does not watch what comes of it."""
        bond = self.still.latest.bonds[0]
        plan = Operation(self.hands, self.still).plan(Action(DOWN, bond.ifindex, bond.slaves[0].ifindex))
        self.hands.arm(plan)
        self.hands.apply(plan)
        self.show()

    def begin(self) -> Rehearsal:
        """A new drill."""
        arguments = (self.hands, self.watcher, self.probing, self.archive)
        self.rehearsal = later.rehearsal(*arguments, simulated=True)
        return self.rehearsal

    def app(self, columns: int) -> BondApp:
        """The dashboard over it, with everything that its keys need."""
        drills = Drills(self.begin, self.probing.candidates)
        return BondApp(
            self.still,
            Look(self.still.latest, self.now(), host="db-07" if columns >= 80 else "", glyphs=UNICODE, can_act=True),
            actions=Actions(Operation(self.hands, self.watcher), self.hands, drills=drills),
            probing=self.probing,
            archive=self.archive,
            clock=self.now,
        )


async def until(pilot: Pilot[int], question: Callable[[], object]) -> None:
    """Wait for what another thread brings about."""
    end = time.monotonic() + PATIENCE_S
    while not question():
        if time.monotonic() > end:
            raise TimeoutError("the screen has never come to what shall be drawn")
        await pilot.pause(0.01)
    await pilot.pause()


def says(pilot: Pilot[int], *words: str) -> bool:
    """Whether each of these stands on the screen, in one tone."""
    drawn = pilot.app.export_screenshot().replace("&#160;", " ")
    return all(each in drawn for each in words)


def write(pilot: Pilot[int], name: str, title: str) -> None:
    """Write what the screen shows."""
    path = FOLDER / f"{name}.svg"
    path.write_text(pilot.app.export_screenshot(title=title), encoding="utf-8")
    print(path)


async def look(machine: Machine, name: str, title: str, size: tuple[int, int], keys: tuple[str, ...] = ()) -> None:
    """Press keys on the dashboard."""
    async with machine.app(size[0]).run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        for _ in range(20):  # what is asked of the hands comes from another thread
            await pilot.pause(0.02)
        write(pilot, name, title)


async def drill(machine: Machine, title: str) -> None:
    """Drill the first slave: what the pre-flight says, the drill some time after the fault, and how it ends."""
    held, go_on = Event(), Event()

    def hold() -> None:
        """In the drill's thread: stand still once."""
        latest = machine.rehearsal.latest if machine.rehearsal is not None else Progress()
        waited = machine.now().mono - (latest.origin or machine.now().mono)
        if latest.step == HOLDING and waited >= HELD_S and not held.is_set():
            machine.show()
            held.set()
            go_on.wait(PATIENCE_S)

    async def draw(name: str, *words: str) -> None:
        await pilot.resize_terminal(*DRILL_SIZES[name])
        await until(pilot, lambda: says(pilot, *words))
        if isinstance(pilot.app.screen, DrillScreen):
            pilot.app.screen.draw()
        await pilot.pause()
        write(pilot, name, title)

    machine.while_paused = hold
    async with machine.app(100).run_test(size=(100, 26)) as pilot:
        await pilot.press("D")
        await until(pilot, lambda: says(pilot, "gateway of the default route"))
        await pilot.press("down", "down", "down", *OBJECTIVE_MS, "enter")
        await draw("drill-preflight", "Pre-flight: ", "Command")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, DrillScreen))
        await pilot.press(*"bond0", "enter")  # the default route leads through it
        await until(pilot, held.is_set)
        await draw("drill-live", "auto-revert in ")
        go_on.set()
        await until(pilot, lambda: says(pilot, "PASS"))
        machine.show()
        await draw("drill-result", "PASS")


async def ping(machine: Machine, title: str) -> None:
    """Switch the ping strip on, and let a cable be pulled."""
    async with machine.app(PING_SIZE[0]).run_test(size=PING_SIZE) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: says(pilot, "ping 192.168.10.1"))
        machine.let_pass(PINGED_UNTIL)
        await until(pilot, lambda: any(each.kind == "outage" for each in machine.still.latest.events))
        await pilot.pause(0.5)
        write(pilot, "ping", title)


def lab() -> None:
    """Pull a cable in a real lab."""
    python = [sys.executable, "-m"]
    argv = [*python, "bondtui", "lab", "--kernel", "uml", "--", *python, "screenshots.in_lab"]
    drawn = subprocess.run(argv, stdout=subprocess.PIPE, cwd=FOLDER.parent, check=True).stdout
    path = FOLDER / "lab.svg"
    path.write_bytes(drawn)
    print(path)


def main() -> None:
    """Draw them all, in a fixed time zone so that those of the simulated driver only change when the screens do."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    for name, scenario, second, columns, rows, keys in PICTURES:
        asyncio.run(look(Machine(scenario, second), name, f"bondtui --demo {scenario}", (columns, rows), keys))
    name, scenario, second, columns, rows = SET_DOWN
    machine = Machine(scenario, second)
    machine.set_down()
    machine.let_pass(second + SET_DOWN_FOR_S)
    asyncio.run(look(machine, name, f"bondtui --demo {scenario}", (columns, rows)))
    asyncio.run(drill(Machine(DRILLED, DRILLED_AT), f"bondtui --demo {DRILLED}"))
    asyncio.run(ping(Machine(PINGED, PINGED_FROM), f"bondtui --demo {PINGED}"))
    lab()


if __name__ == "__main__":
    main()
