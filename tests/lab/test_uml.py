"""The lab with a kernel of its own, as somebody uses it: in a terminal, over pipes, from a second terminal, and cut off."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

from tests.kernel.terminal import Terminal
from tests.kernel.waiting import until

CHECKOUT = Path(__file__).resolve().parents[2]
NOBODY = 65534
BOOT_S = 120.0
"""A guest beside two others on two processors may take its time."""
LAB = ("-m", "bondtui", "lab", "--kernel", "uml")


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for all temporary files, in which nothing may be left; and nothing else may, either."""
    folder = Path(tempfile.mkdtemp(prefix="bondtui-lab-test-"))
    try:
        yield from _left_as_it_was(folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """What bondtui is made of, where every user may read it."""
    folder = Path(tempfile.mkdtemp(prefix="bondtui-lab-installed-"))
    folder.chmod(0o755)
    try:
        for name in ("bondtui", "styles"):
            shutil.copytree(CHECKOUT / name, folder / name)
        for each in _needed("bondtui"):
            for file in each.files or ():
                target = folder / file
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(str(file.locate()), target)
        yield folder
    finally:
        shutil.rmtree(folder)


def _left_as_it_was(folder: Path) -> Iterator[Path]:
    mounts = Path("/proc/self/mounts").read_text()
    interfaces = os.listdir("/sys/class/net")
    yield folder
    until(lambda: not _processes(folder), 30, what=f"no process of the lab ({_processes(folder)})")
    until(lambda: not list(folder.iterdir()), 30, what="no file of the lab")
    assert Path("/proc/self/mounts").read_text() == mounts
    assert os.listdir("/sys/class/net") == interfaces


def test_the_dashboard_in_a_terminal_that_grows_with_a_fault_and_a_drill(scratch: Path) -> None:
    with _terminal(scratch, 80, 24) as lab:
        lab.wait_for("LAB uml", "Traffic is on eno1", "q quit", seconds=BOOT_S)
        lab.wait_for_keys()
        lab.resize(160, 45)
        lab.wait_until(lambda text: any(len(line) > 140 for line in text.split("\n")), what="the whole width used")
        _another_terminal(scratch, lab, "--fault", "pull", "eno1")
        lab.wait_for("LAB faults in place", "Traffic is on eno2")
        told = json.loads(_another_terminal(scratch, lab, "--faults", "--json"))
        assert [(each["kind"], each["subject"]) for each in told["faults"]] == [("pull", "eno1")]
        assert told["lab"] == "uml"
        _another_terminal(scratch, lab, "--fault", "plug", "eno1")
        lab.wait_gone("LAB faults in place")
        lab.wait_until(lambda text: "Both slaves are up" in text, what="eno1 back")
        _drill(lab)
        lab.resize(80, 24)
        lab.wait_until(lambda text: "LAB uml" in text.split("\n", 1)[0], what="the narrow screen")
        lab.send("q")
        assert lab.wait_end() == 0
        assert_terminal_is_clean(lab)


def test_an_ordinary_user_has_the_same(scratch: Path, installed: Path) -> None:
    with _terminal(scratch, 160, 45, installed=installed) as lab:
        lab.wait_for("LAB uml", "Traffic is on eno1", "q quit", seconds=BOOT_S)
        lab.wait_for_keys()
        lab.send("F")
        lab.wait_for("Faults for")
        lab.send("p")
        lab.wait_for("IN PLACE")
        lab.send("p")
        lab.wait_gone("IN PLACE")
        lab.resize(80, 24)
        lab.wait_for("F back")
        lab.send("escape")
        lab.wait_for("q quit")
        lab.send("ctrl+c")
        lab.wait_end()
        assert_terminal_is_clean(lab)


def test_a_command_has_its_own_streams_and_status(scratch: Path) -> None:
    script = "wc -c; echo said >&2; cat /proc/net/bonding/bond0; exit 7"
    done = subprocess.run(
        [sys.executable, "-P", *LAB, "--mode", "802.3ad", "--option", "lacp_rate=slow", "--", "sh", "-c", script],
        input=bytes(1 << 20),
        capture_output=True,
        timeout=BOOT_S,
        check=False,
        cwd=CHECKOUT,
        env={**os.environ, **_environment(scratch)},
    )
    assert done.returncode == 7
    assert done.stdout.startswith(b"1048576\nEthernet Channel Bonding Driver")
    assert b"LACP rate: slow" in done.stdout
    assert b"\r" not in done.stdout
    assert done.stderr == b"said\n"


@pytest.mark.parametrize("end", ["kill", "hang up", "interrupt while it boots"])
def test_however_it_is_cut_off_nothing_is_left(scratch: Path, end: str) -> None:
    with _terminal(scratch, 80, 24, "--", "sleep", "600") as lab:
        if end == "interrupt while it boots":
            lab.wait_for("starting a kernel of its own")
            until(lambda: list(scratch.iterdir()), what="the guest's files")
            lab.send("ctrl+c")
            assert lab.wait_end() == 128 + signal.SIGINT
            return
        until(lambda: _runs(lab), BOOT_S, what="the command")
        if end == "kill":
            lab.process.kill()
        else:
            lab.hang_up()


def test_a_guest_that_is_killed_ends_the_lab_with_a_clean_terminal(scratch: Path) -> None:
    with _terminal(scratch, 80, 24) as lab:
        lab.wait_for("LAB uml", "q quit", seconds=BOOT_S)
        lab.wait_for_keys()
        os.kill(_guest_of(lab), signal.SIGKILL)
        lab.wait_for("the lab ended before its command did")
        assert lab.wait_end() == 3
        assert_terminal_is_clean(lab)


def test_an_interrupt_reaches_all_of_a_command_that_writes_to_a_pipe(scratch: Path) -> None:
    script = "sh -c 'echo up; exec sleep 600'; echo after"
    with _piped(scratch, "--", "sh", "-c", script) as lab:
        assert lab.stdout is not None
        assert lab.stdout.readline() == b"up\n"
        lab.send_signal(signal.SIGINT)
        assert lab.wait(60) == 128 + signal.SIGINT
        assert lab.stdout.read() == b""


def test_a_terminal_that_takes_nothing_does_not_keep_it_from_ending(scratch: Path) -> None:
    with _terminal(scratch, 80, 24, "--", "seq", "200000000") as lab:
        lab.wait_until(lambda text: len(text.split()) > 20, seconds=BOOT_S, what="numbers")
        lab.stall()
        lab.signal(signal.SIGTERM)
        assert lab.process.wait(30) == 128 + signal.SIGTERM


def test_the_time_limit_ends_it_and_is_said(scratch: Path) -> None:
    with _piped(scratch, "--time-limit", "10", "--", "sleep", "600") as lab:
        said, error = lab.communicate(timeout=BOOT_S)
    assert (lab.returncode, said) == (124, b"")
    assert b"the lab has reached its time limit of 10 s" in error


def test_in_a_folder_that_is_gone_it_runs_at_the_top(scratch: Path) -> None:
    gone = scratch / "gone"
    gone.mkdir()
    lab = shlex.join([sys.executable, "-P", *LAB, "--", "pwd"])
    script = f"cd {gone} && rmdir {gone} && exec {lab}"
    environment = {**os.environ, **_environment(scratch)}
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, env=environment, timeout=BOOT_S, check=False
    )
    assert (done.returncode, done.stdout) == (0, "/\n"), done.stderr


def assert_terminal_is_clean(lab: Terminal) -> None:
    """As it was before."""
    assert lab.modes_left_on() == set()
    assert lab.cursor_shown()
    assert lab.settings_restored()


def _drill(lab: Terminal) -> None:
    """One drill through the screens, with a short hold."""
    lab.send("D")
    lab.wait_for("Failover drill of bond0", "192.0.2.254")
    lab.send("up", "0.5", "enter")
    lab.wait_for("Pre-flight:", "Enter start")
    lab.send("enter")
    lab.wait_for("Type bond0 to start")
    lab.send("bond0", "enter")
    lab.wait_for("PASS: failover", seconds=90)
    assert "LAB" in lab.text
    lab.send("enter")
    lab.wait_for("q quit")


@contextmanager
def _terminal(folder: Path, columns: int, rows: int, *more: str, installed: Path | None = None) -> Iterator[Terminal]:
    """A lab in a terminal; an ordinary user's where bondtui is installed for all."""
    argv = [sys.executable, "-P", *LAB]
    if installed is not None and os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        python = installed / "python"
        python.mkdir(exist_ok=True)
        # Python may be where only root comes; it is seen elsewhere by this lab alone
        mount = f"mount --bind {shlex.quote(sys.base_prefix)} {python}"
        drop = f"exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups --"
        program = f"{python}/bin/python3.{sys.version_info.minor}"
        argv = ["unshare", "-m", "sh", "-c", f'cd / && {mount} && {drop} "$@"', "sh", program, "-P", *LAB]
    with Terminal(
        [*argv, *more], columns=columns, rows=rows, environment=_environment(folder, installed or CHECKOUT)
    ) as terminal:
        yield terminal


@contextmanager
def _piped(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A lab without a terminal."""
    pipe, environment = subprocess.PIPE, {**os.environ, **_environment(folder)}
    argv = [sys.executable, "-P", *LAB, *words]
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environment, cwd=CHECKOUT
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def _guest_of(lab: Terminal) -> int:
    """The first process of the guest."""
    for line in Path(f"/proc/{lab.process.pid}/task/{lab.process.pid}/children").read_text().split():
        if b"linux.uml" in Path(f"/proc/{line}/cmdline").read_bytes():
            return int(line)
    raise AssertionError("no guest")


def _environment(folder: Path, python_path: Path = CHECKOUT) -> dict[str, str]:
    return {"TMPDIR": str(folder), "PYTHONPATH": str(python_path), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def _needed(name: str) -> Iterator[Distribution]:
    """What a distribution requires, and what that requires."""
    for line in distribution(name).requires or ():
        required = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        if "extra ==" not in line:
            yield distribution(required)
            yield from _needed(required)


def _another_terminal(folder: Path, lab: Terminal, *words: str) -> str:
    argv = [sys.executable, "-m", "bondtui", "lab", "--lab", str(lab.process.pid), *words]
    environment = {**os.environ, **_environment(folder)}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, cwd=CHECKOUT, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _runs(lab: Terminal) -> bool:
    """Whether the lab answers: then its command runs."""
    argv = [sys.executable, "-m", "bondtui", "lab", "--lab", str(lab.process.pid), "--faults"]
    return subprocess.run(argv, capture_output=True, check=False, cwd=CHECKOUT, timeout=60).returncode == 0


def _processes(folder: Path) -> list[str]:
    """Processes that name the folder on their command line or in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            named = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in named:
            found.append(process.name)
    return found
