"""A lab in namespaces of this kernel, as root and as an ordinary user: it is new, apart, and gone whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.kernel.lab import BONDTUI, Lab
from tests.kernel.waiting import until

PROGRAM = """
import json, os, socket, subprocess, sys
from bondtui.system import lab_netns

def tell(**words):
    print(json.dumps(words), flush=True)

def namespaces():
    return {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "mnt", "pid", "uts", "ipc")}

def links():
    return subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout

def keep(channel):
    subprocess.run(["ip", "netns", "add", "switch"], check=True)
    subprocess.run(["ip", "netns", "exec", "switch", "setsid", "--fork", "sleep", "1000"], check=True)
    subprocess.run(["ip", "link", "add", "bond0", "type", "bond"], check=True)
    others = set(os.listdir("/proc/self/fd")) - {"0", "1", "2", str(channel.fileno())}
    files = sorted({os.readlink(path) for each in others if os.path.lexists(path := f"/proc/self/fd/{each}")})
    user = (os.getpid(), os.geteuid(), os.uname().nodename)
    shown = (sorted(os.listdir("/sys/class/net")), os.listdir("/run"))
    tell(first=user, namespaces=namespaces(), links=links(), shown=shown, files=files)
    sys.stdin.readline()
    return 42

def mounts():
    return len(open("/proc/self/mountinfo").readlines())

if os.geteuid() == 0:  # as systemd has it
    subprocess.run(["mount", "--make-rshared", "/"], check=True)
before = mounts()
held = socket.socket()  # a way out of the lab, if it were handed on
tell(obstacle=lab_netns.obstacle(), namespaces=namespaces())
for each in sys.argv[1:]:
    started = lab_netns.start(keep)
    tell(middle=started.pid)
    started.channel.recv(1)  # nothing is said: it ends
    spread = mounts() - before
    tell(status=os.waitstatus_to_exitcode(os.waitpid(started.pid, 0)[1]), spread=spread)
"""
HARMLESS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
"""Sent by a terminal or by ``timeout`` to every process: what they mean is for others to decide."""


def test_a_lab_of_roots_is_apart_and_gone_whoever_is_killed(lab: Lab) -> None:
    before = lab.ip("link"), os.listdir("/run/netns")
    with launched(lab, "ends", "first", "middle") as launcher:
        outside = told(launcher)
        assert outside["obstacle"] == ""
        for killed, status in (("", 42), ("first", 128 + signal.SIGKILL), ("middle", -signal.SIGKILL)):
            inside, middle = standing(launcher)
            assert_apart(inside, outside)
            first = min(within(inside))
            if killed:
                os.kill(middle if killed == "middle" else first, signal.SIGKILL)
            else:
                for number in HARMLESS:
                    os.kill(middle, number)
                    os.kill(first, number)
                print(file=launcher.stdin, flush=True)
            assert told(launcher) == {"status": status, "spread": 0}
            wait_until_gone(inside)
    assert (lab.ip("link"), os.listdir("/run/netns")) == before


def test_an_ordinary_users_lab_is_gone_when_its_launcher_is_killed(lab: Lab) -> None:
    before = lab.ip("link"), os.listdir("/run/netns")
    with launched(lab, "killed", ordinary=True) as launcher:
        outside = told(launcher)
        assert outside["obstacle"] == ""
        inside, _ = standing(launcher)
        assert_apart(inside, outside)
        assert len(within(inside)) == 2  # the first process, and one that has left its session and network
        launcher.kill()
        wait_until_gone(inside)
    assert (lab.ip("link"), os.listdir("/run/netns")) == before


def test_switched_off_user_namespaces_are_named_with_the_cure(lab: Lab) -> None:
    setting = Path("/proc/sys/user/max_user_namespaces")
    before = setting.read_text()
    setting.write_text("0")
    try:
        with launched(lab, ordinary=True) as launcher:
            words = told(launcher)["obstacle"]
    finally:
        setting.write_text(before)
    assert words.startswith("user namespaces are switched off: 'sysctl user.max_user_namespaces=")
    assert words.endswith("or start it as root")


@contextmanager
def launched(lab: Lab, *labs: str, ordinary: bool = False) -> Iterator[subprocess.Popen[str]]:
    argv = lab.argv(BONDTUI[0], "-P", "-c", PROGRAM, *labs, ordinary=ordinary)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/") as process:
        try:
            yield process
        finally:
            process.kill()


def told(launcher: subprocess.Popen[str]) -> dict[str, Any]:
    assert launcher.stdout is not None
    words: dict[str, Any] = json.loads(launcher.stdout.readline())
    return words


def standing(launcher: subprocess.Popen[str]) -> tuple[dict[str, Any], int]:
    """What a new lab tells of itself, and its middle process; either may come first."""
    said = {**told(launcher), **told(launcher)}
    return said, said["middle"]


def assert_apart(inside: dict[str, Any], outside: dict[str, Any]) -> None:
    assert not set(inside["namespaces"].values()) & set(outside["namespaces"].values())
    assert inside["first"] == [1, 0, "bondtui-lab"]
    lo, bond = inside["links"].splitlines()
    assert "lo: <LOOPBACK,UP" in lo
    assert "bond0: " in bond
    assert inside["shown"] == [["bond0", "bonding_masters", "lo"], ["netns"]]
    assert inside["files"] == ["/dev/null"]


def wait_until_gone(inside: dict[str, Any]) -> None:
    until(lambda: not within(inside), what="every process of the lab gone")


def within(inside: dict[str, Any]) -> list[int]:
    """The processes in that lab's process-id namespace, as they are called here."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                where = os.readlink(entry / "ns/pid")
            except OSError:  # it has ended
                continue
            if where == inside["namespaces"]["pid"]:
                found.append(int(entry.name))
    return found
