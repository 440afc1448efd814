"""Actions on the simulated driver touch nothing: no kernel, no file, no process, no log, no lock.

Python itself is the witness (audit hooks, PEP 578): it reports every socket, file and process, whoever
in the process asks for one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITNESS = """
import os, sys

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
NEVER = {
    "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate",
    "os.kill", "os.killpg", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile",
    "os.system", "subprocess.Popen", "pty.spawn", "socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg",
    "syslog.openlog", "syslog.syslog", "fcntl.fcntl", "fcntl.flock", "fcntl.ioctl", "fcntl.lockf", "ctypes.dlopen",
}
KERNEL = ("/sys", "/proc", "/run", "/var")
seen = []

def witness(event, arguments):
    wrong = event in NEVER
    if event in ("open", "os.listdir", "os.scandir"):
        path = arguments[0]
        named = isinstance(path, (str, bytes, os.PathLike))
        wrong = named and os.path.abspath(os.fsdecode(path)).startswith(KERNEL)
        wrong = wrong or (event == "open" and named and bool((arguments[2] or 0) & WRITING))
    if event == "socket.__new__":
        wrong = arguments[1] != 1  # AF_UNIX: the event loop wakes itself through a pair of them
    if wrong:
        seen.append((event, *map(repr, arguments)))

def untouched():
    for event in seen:
        print(*event)
    harmless = {"reader", "following", "simulation", "terminal"}
    harmless |= {"simulated_hands", "simulated_dead_man", "simulated_probing"}
    system = [name.split(".")[2] for name in sys.modules if name.startswith("bondtui.system.")]
    print(*sorted({*system} - harmless))
"""
HANDS = """
from bondtui.model.action import Action
from bondtui.operation import Operation
from bondtui.simulated.play import monitor_at
from bondtui.system.reader import Reader
from bondtui.system.simulated_hands import SimulatedHands
from bondtui.system.simulation import SimulatedSource
import time
from tests.virtual import VirtualMachine
sys.addaudithook(witness)

source = SimulatedSource("healthy")
reader = Reader(lambda: source, interval=0.1)
reader.start(lambda: None)
while not reader.latest.bonds:
    time.sleep(0.01)
hands = SimulatedHands(source)
bond = reader.latest.bonds[0]
first, second = (slave.ifindex for slave in bond.slaves)
operation = Operation(hands, reader)

def act(kind, slave, settle):
    plan = operation.plan(Action(kind, bond.ifindex, slave, None if kind == "up" else 60.0))
    outcome = operation.carry_out(plan, typed=bond.name)
    assert outcome.result == "applied", outcome.words
    settle()

act("activate", second, hands.keep)
act("down", first, hands.keep)
act("up", first, lambda: None)
act("down", first, hands.revert)
reader.stop()

virtual = VirtualMachine("healthy")
plan = virtual.operation.plan(virtual.wish("down", "eno2"))
assert virtual.operation.carry_out(plan, typed="bond0").result == "applied"
virtual.let_pass(61.0)
assert virtual.hands.pending() is None
assert [each["what"] for each in virtual.hands.written] == ["armed", "applying", "applied", "reverted"]
"""
DASHBOARD = """
import asyncio, time
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.reading import Stamp
from bondtui.operation import Operation
from bondtui.system.reader import Reader
from bondtui.system.simulated_hands import SimulatedHands
from bondtui.system.simulation import SimulatedSource
from bondtui.ui.actions import Actions
from bondtui.ui.app import BondApp
from bondtui.view.look import Look

async def use():
    source = SimulatedSource("healthy")
    hands = SimulatedHands(source)
    monitor = fold.took(Monitor(simulated=True), source.read())
    reader = Reader(lambda: source, interval=0.1, monitor=monitor)
    look = Look(monitor, Stamp(time.monotonic(), time.time()), bond=monitor.bonds[1].ifindex, can_act=True)
    app = BondApp(reader, look, actions=Actions(Operation(hands, reader), hands))
    async with app.run_test(size=(100, 40)) as pilot:
        dashboard = app.screen
        sys.addaudithook(witness)
        await pilot.press("d")
        while app.screen is dashboard:
            await pilot.pause(0.01)
        await pilot.press("y")
        while hands.pending() is None or app.screen is not dashboard:
            await pilot.pause(0.01)
        while hands.pending() is not None:
            await pilot.press("k")
    assert not next(link for link in source.read().links if link.name == "ens1f0np0").admin_up

asyncio.run(asyncio.wait_for(use(), 40.0))
"""
COMMAND = """
from bondtui import cli, operation
from bondtui.commands import change
from bondtui.report import document, plan
from bondtui.system import reader, simulated_hands
sys.addaudithook(witness)
for action, slave in (("down", "eno1"), ("activate", "eno2")):
    arguments = [action, "bond0", slave, "--demo", "healthy", "--yes", "--confirm", "bond0"]
    assert cli.main(arguments) == 0
"""


def touched(code: str) -> list[str]:
    """What a program has touched since it let the witness look; the last line names modules that touch the machine."""
    script = f"{WITNESS}\nsys.path[:0] = [{str(ROOT)!r}]\n{code}\nprint('WITNESS')\nuntouched()\n"
    ran = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.partition("WITNESS\n")[2].splitlines()


@pytest.mark.parametrize("code", [HANDS, COMMAND, DASHBOARD], ids=["hands", "command", "dashboard"])
def test_actions_on_the_simulated_driver_touch_nothing(code: str) -> None:
    assert touched(code) == [""]


@pytest.mark.parametrize(
    "code",
    [
        "import socket\nsys.addaudithook(witness)\nsocket.socket(16, 3, 0)",
        "sys.addaudithook(witness)\nopen('/proc/net/dev')",
        "sys.addaudithook(witness)\nos.open(os.devnull, os.O_WRONLY)",
        "sys.addaudithook(witness)\nos.kill(os.getpid(), 0)",
        "import subprocess\nsys.addaudithook(witness)\nsubprocess.run(['true'])",
        "import fcntl\nfile = open(os.devnull)\nsys.addaudithook(witness)\nfcntl.flock(file, fcntl.LOCK_UN)",
    ],
    ids=["netlink", "proc", "writing", "kill", "process", "lock"],
)
def test_the_witness_sees(code: str) -> None:
    assert len(touched(code)) > 1


def test_the_witness_tells_of_modules_that_touch_the_machine() -> None:
    assert {"netlink", "audit"} <= set(touched("import bondtui.system.netlink, bondtui.system.audit")[-1].split())
