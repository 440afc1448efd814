"""What the dead-man's switch tells the outside, and that nothing there can hold it up."""

from __future__ import annotations

import json
import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bondtui.system import reporting
from bondtui.system.audit import AuditError, AuditLog, entry
from bondtui.system.reporting import TOO_SLOW, Reports
from bondtui.system.system_log import SystemLog
from tests.actions import a_plan
from tests.builders import a_bond, a_situation, a_slave
from tests.changes import an_armed_change
from tests.kernel.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

LOUD, QUIET = 3 << 3 | 2, 3 << 3 | 5


class Daemon:
    """A syslog daemon of the test's own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(20.0)

    def line(self) -> str:
        """The next message."""
        return self._socket.recv(4096).decode()

    def silent(self) -> bool:
        """Whether there is no message."""
        self._socket.setblocking(False)
        try:
            self._socket.recv(4096)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def daemon(folder: Path) -> Iterator[Daemon]:
    opened = Daemon(folder / "log")
    yield opened
    opened.close()


def reports(folder: Path, **rest: Any) -> Reports:
    return Reports(AuditLog([str(folder)]), SystemLog(str(folder / "log")), **rest)


def an_entry(what: str = "reverted", **rest: Any) -> dict[str, Any]:
    return entry(what, an_armed_change(), why="time was up", **rest)


def test_an_entry_goes_to_the_audit_log_and_to_syslog(folder: Path, daemon: Daemon) -> None:
    assert reports(folder).write(an_entry(result="eno1 is set up in bond0")) == ""
    assert json.loads((folder / "audit.jsonl").read_text())["what"] == "reverted"
    line = daemon.line()
    assert line.startswith(f"<{QUIET}>")
    assert f"bondtui[{os.getpid()}]: reverted: down eno1 in bond0; time was up; eno1 is set up in bond0;" in line
    assert line.endswith("by alice as root, on pts/3, from 192.0.2.7, pid 4242")


def test_names_are_printed_and_never_interpreted(folder: Path, daemon: Daemon) -> None:
    hostile = "e\x1b\udcff"
    plan = a_plan(a_situation(a_bond(a_slave(hostile, 2, state="active"), a_slave("eno2", 3)), slave=hostile))
    assert reports(folder).write(entry("kept", an_armed_change(plan))) == ""
    assert "kept: down e\\x1b\\xff in bond0" in daemon.line()


def test_an_audit_log_that_cannot_be_written_is_said_aloud(folder: Path, daemon: Daemon) -> None:
    (folder / "audit.jsonl").mkdir()
    trouble = reports(folder).write(an_entry())
    assert trouble.startswith("cannot write the audit log")
    line = daemon.line()
    assert line.startswith(f"<{LOUD}>")
    assert "cannot write the audit log" in line


def test_where_the_entry_is_needed_syslog_does_not_run_ahead(folder: Path, daemon: Daemon) -> None:
    (folder / "audit.jsonl").mkdir()
    assert reports(folder).write(an_entry("kept"), needed=True).startswith("cannot write")
    assert daemon.silent()


def test_a_disk_that_hangs_is_not_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(AuditLog):
        def write(self, entry: dict[str, Any]) -> str:
            os.read(os.pipe()[0], 1)
            raise AuditError("never")

    monkeypatch.setattr(reporting, "AUDIT_SECONDS", 0.05)
    slow = Reports(Hanging([str(folder)]), SystemLog(str(folder / "log")))
    assert slow.write(an_entry()) == TOO_SLOW
    until(lambda: slow.running() == 0, what="the end of the child that hangs")


def test_the_child_lets_go_of_what_only_the_switch_may_hold(folder: Path) -> None:
    done = folder / "done"
    assert reports(folder, in_child=done.touch).write(an_entry()) == ""
    assert done.exists()


def test_a_child_that_fails_says_why(folder: Path) -> None:
    def fail() -> None:
        raise RuntimeError("out of luck")

    assert "out of luck" in reports(folder, in_child=fail).write(an_entry())


def a_wall(folder: Path, script: str) -> str:
    program = folder / "wall"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


def test_when_it_cannot_be_taken_back_everybody_is_told(folder: Path, daemon: Daemon) -> None:
    wall = a_wall(folder, f'printf "%s" "$1" > {folder}/said.new; mv {folder}/said.new {folder}/said')
    telling = reports(folder, wall=["/nowhere/wall", wall])
    telling.cry_out(an_entry("revert-failed", result="the interface is busy"))
    until((folder / "said").exists, what="wall")
    said = (folder / "said").read_text()
    assert said.startswith("bondtui: revert-failed: down eno1 in bond0; time was up; the interface is busy")
    assert daemon.line().startswith(f"<{LOUD}>")
    until(lambda: telling.running() == 0, what="the end of wall")


def test_a_wall_that_hangs_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "WALL_SECONDS", 0.0)
    telling = reports(folder, wall=[a_wall(folder, "exec sleep 600")])
    telling.cry_out(an_entry("revert-failed"))
    until(lambda: telling.running() == 0, what="the end of wall")


def test_without_wall_and_syslog_it_goes_on(folder: Path) -> None:
    reports(folder, wall=[]).cry_out(an_entry("revert-failed"))
    assert json.loads((folder / "audit.jsonl").read_text())["what"] == "revert-failed"


def test_a_syslog_that_takes_nothing_does_not_hold_anybody_up(daemon: Daemon) -> None:
    for _ in range(5000):
        SystemLog(str(daemon.path)).say("x" * 500)
