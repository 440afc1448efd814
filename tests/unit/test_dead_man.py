"""The dead-man's switch as a process: what it lets go of, what it survives, and when it is not armed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import bondtui
from bondtui.model.action import Pending
from bondtui.ports import ActionError, NothingPending
from bondtui.system import arming, holding, mark, orphan, reporting, runtime, switch
from bondtui.system.audit import entry
from bondtui.system.change_file import ChangeFile
from bondtui.system.dead_man import IGNORED
from bondtui.system.holding import End, RefusedError, hold
from bondtui.system.lock import Lock
from bondtui.system.switch import Switch
from tests.changes import a_change, a_down_plan
from tests.dead_man_on_file import VARIABLE, FileKernel, taking_back
from tests.kernel.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

ON_FILE = ("-P", "-m", "tests.dead_man_on_file")


class Machine:
    """A machine whose kernel is a file, with its switch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kernel = FileKernel(folder / "kernel")
        self.kernel.put()
        self.logs = [str(folder / "log")]
        self.switch = Switch(system=str(folder / "run"), logs=self.logs, systemd=str(folder / "systemd"))

    def orders(self, **rest: Any) -> dict[str, Any]:
        """What a switch is started with here."""
        folders = {"folder": self.runtime, "system": str(self.folder / "run"), "logs": self.logs}
        told = {"change": a_change(), **folders, "netns": runtime.namespace()}
        return {**told, **rest}

    @property
    def runtime(self) -> str:
        """The runtime folder."""
        return runtime.make_folder(str(self.folder / "run"))

    def set_down(self, revert_after: float = 3600.0) -> Pending:
        """Arm a switch and set eno1 down."""
        plan = a_down_plan()
        pending = self.switch.arm(plan._replace(action=plan.action._replace(revert_after=revert_after)))
        if revert_after > 1.0:
            self.switch.begin(pending.id)
        self.kernel.put(up=False)
        assert self.switch.applied(pending.id)
        return pending

    def pid(self) -> int:
        """The process of the switch."""
        pid: int = json.loads(Path(self.runtime, "change.json").read_text())["pid"]
        return pid

    def steps(self) -> list[tuple[str, str]]:
        """What the audit log says, and why."""
        path = self.folder / "log/audit.jsonl"
        entries = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [(entry["what"], entry["why"]) for entry in entries]

    def is_free(self) -> bool:
        """Whether nothing is pending and nobody holds the lock."""
        lock = Lock(self.runtime)
        free = lock.take(0.0)
        lock.release() if free else lock.forget()
        left = {each.name for each in Path(self.runtime).iterdir()}
        return free and left == {"lock"}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        monkeypatch.setenv("XDG_RUNTIME_DIR", name)
        monkeypatch.setenv(VARIABLE, str(folder / "kernel"))
        monkeypatch.setattr(arming, "PROGRAM", ON_FILE)
        monkeypatch.setattr(orphan, "TakingBack", taking_back)
        monkeypatch.setattr(runtime, "could_change_links", lambda *_: True)
        made = Machine(folder)
        try:
            yield made
            with suppress(NothingPending):
                made.switch.revert()
            until(made.is_free, what="the end of the switch")
        finally:
            end_all(f"{VARIABLE}={folder / 'kernel'}".encode())


def end_all(environment: bytes) -> None:
    """End what a failed test has left: all processes with this in their environment."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.name != str(os.getpid()) and environment in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_it_has_let_go_of_everything_that_could_take_it_down(machine: Machine) -> None:
    machine.set_down()
    pid = machine.pid()
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    parent, group, session, terminal = (int(each) for each in after_name[1:5])
    assert parent != os.getpid()
    assert pid not in {group, session}, "the leader of a session could get a terminal"
    assert session != os.getsid(0)
    assert terminal == 0
    until(lambda: Path(f"/proc/{pid}/fd/2").readlink() == Path(os.devnull), what="standard error let go of")
    assert {str(Path(f"/proc/{pid}/fd/{number}").readlink()) for number in (0, 1, 2)} == {os.devnull}
    assert str(Path(f"/proc/{pid}/cwd").readlink()) == "/"
    assert status_of(pid)["Umask"] == "0077"
    ignored = int(status_of(pid)["SigIgn"], 16)
    assert all(ignored >> (number - 1) & 1 for number in IGNORED)


def test_it_leaves_the_session_of_whoever_starts_it(machine: Machine) -> None:
    told = json.dumps(machine.orders()).encode()
    subprocess.run([sys.executable, *ON_FILE], input=told, stdout=subprocess.PIPE, timeout=60, check=True)
    pid = machine.pid()
    assert os.getsid(pid) not in {os.getsid(0), pid}


def test_signals_of_terminals_and_logins_do_not_end_it(machine: Machine) -> None:
    machine.set_down()
    for number in IGNORED:
        os.kill(machine.pid(), number)
    pending = machine.switch.pending()
    assert pending is not None
    assert pending.alive
    assert machine.switch.revert() == "Taken back: eno1 is set up in bond0."


def test_when_time_is_up_the_change_is_taken_back(machine: Machine) -> None:
    machine.set_down(revert_after=0.2)
    until(lambda: machine.kernel.state["up"], what="eno1 up")
    until(machine.is_free, what="the lock")
    assert machine.steps() == [("reverted", "time was up")]
    assert machine.switch.pending() is None
    with pytest.raises(
        NothingPending, match=r"no change is pending; the last change, down eno1 in bond0, was reverted"
    ):
        machine.switch.keep()


def test_it_needs_nothing_from_the_disk_any_more(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = machine.folder / "copy"
    shutil.copytree(Path(bondtui.__file__).parent, copy / "bondtui")
    lock = copy / "bondtui/system/lock.py"
    lock.write_text(f"{lock.read_text()}\n\nopen(os.environ['LOADED'], 'w').close()\n")
    monkeypatch.setattr(bondtui, "__file__", str(copy / "bondtui/__init__.py"))
    monkeypatch.setenv("LOADED", str(machine.folder / "loaded"))
    machine.set_down(revert_after=1.0)
    assert (machine.folder / "loaded").exists(), "the copy was not the one that ran"
    shutil.rmtree(copy)
    until(lambda: machine.kernel.state["up"], what="eno1 up")
    until(machine.is_free, what="the lock")
    assert machine.steps() == [("reverted", "time was up")]


def test_told_to_end_it_takes_the_change_back_first(machine: Machine) -> None:
    machine.set_down()
    os.kill(machine.pid(), signal.SIGTERM)
    until(machine.is_free, what="the lock")
    assert machine.kernel.state["up"]
    assert machine.steps() == [("reverted", "the dead-man's switch was told to end")]


def test_keep_and_revert_are_answered_when_everything_is_settled(machine: Machine) -> None:
    for _ in range(3):
        machine.set_down()
        assert machine.switch.keep() == "Kept: eno1 stays as it is in bond0."
        assert machine.switch.pending() is None
        assert not machine.kernel.state["up"]
        machine.kernel.put(up=True)
        machine.set_down()
        assert machine.switch.revert() == "Taken back: eno1 is set up in bond0."
        assert machine.switch.pending() is None


def test_a_pending_change_says_all_about_itself(machine: Machine) -> None:
    machine.set_down(revert_after=60.0)
    pending = machine.switch.pending()
    assert pending is not None
    assert (pending.action, pending.bond, pending.slave) == ("down", "bond0", "eno1")
    assert pending.undo_command == ("ip", "link", "set", "eno1", "up")
    assert 0 < pending.seconds_left <= 60.0
    assert abs(pending.revert_at - pending.armed_at - 60.0) < 0.001
    assert pending.alive
    assert pending.guards


def test_a_second_change_is_refused(machine: Machine) -> None:
    machine.set_down()
    with pytest.raises(ActionError, match=r"^another change is pending \(down eno1 in bond0\)$"):
        machine.switch.arm(a_down_plan())
    with pytest.raises(ActionError, match=r"^another change is pending \(down eno1 in bond0\)$"):
        arming.arm(machine.orders(), systemd="/nowhere")
    pending = machine.switch.pending()
    assert pending is not None
    assert pending.alive


def test_what_could_not_be_taken_back_is_not_begun(machine: Machine) -> None:
    machine.kernel.put(there=False)
    with pytest.raises(ActionError, match="the change could not be taken back: the interface is gone"):
        machine.switch.arm(a_down_plan())
    machine.kernel.put(there=True, up=False)
    with pytest.raises(ActionError, match="could not be taken back: eno1 is set down in bond0"):
        machine.switch.arm(a_down_plan())
    assert machine.is_free()


def test_what_cannot_be_put_where_everybody_finds_it_is_not_armed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(holding, "TakingBack", taking_back)
    monkeypatch.setattr(ChangeFile, "write", fail)
    with pytest.raises(RefusedError, match=r"cannot arm in .*: No space left on device"):
        hold(machine.orders(), lambda _: True, End())
    assert machine.is_free()


def test_a_change_that_was_never_made_ends_by_itself(machine: Machine) -> None:
    plan = a_down_plan()
    machine.switch.arm(plan._replace(action=plan.action._replace(revert_after=0.2)))
    until(machine.is_free, what="the end")
    assert machine.steps() == [("not-needed", "time was up")]


def test_what_cannot_be_taken_back_any_more_is_no_success(machine: Machine) -> None:
    machine.set_down()
    machine.kernel.put(there=False)
    with pytest.raises(ActionError, match=r"^Cannot be taken back: the interface is gone$"):
        machine.switch.revert()
    assert machine.is_free()
    expected = r"the last change, down eno1 in bond0, could not be reverted at [0-9:]+: the interface is gone$"
    with pytest.raises(NothingPending, match=expected):
        machine.switch.keep()


@pytest.fixture
def elsewhere(machine: Machine) -> str:
    """The runtime folder of somebody else, on the same machine."""
    folder = machine.folder / "elsewhere"
    folder.mkdir(mode=0o700)
    return str(folder)


def test_only_one_change_is_pending_whoever_made_it(machine: Machine, elsewhere: str) -> None:
    machine.set_down()
    expected = f"^another change is pending, out of sight of this user: process {machine.pid()} of user {os.geteuid()} "
    with pytest.raises(ActionError, match=expected):
        arming.arm(machine.orders(folder=elsewhere), systemd="/nowhere")
    assert [each.name for each in Path(elsewhere).iterdir()] == ["lock"]
    assert Lock(elsewhere).take(0.0)


def test_a_change_in_a_folder_out_of_sight_is_pending_too(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    armed = machine.set_down()
    monkeypatch.setattr(runtime, "folders", lambda _, **__: [elsewhere])
    pending = machine.switch.pending()
    assert pending is not None
    assert (pending.id, pending.alive, pending.applied, pending.slave) == (armed.id, True, True, "eno1")
    with pytest.raises(ActionError, match=r"^another change is pending \(down eno1 in bond0\)$"):
        machine.switch.arm(a_down_plan())
    assert machine.switch.keep() == "Kept: eno1 stays as it is in bond0."
    assert machine.switch.pending() is None


def test_a_change_of_somebody_who_tells_us_nothing_is_named_by_its_process(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    def refuse(*_: object) -> None:
        raise ActionError("not permitted: the change was made by another user")

    machine.set_down()
    with monkeypatch.context() as patched:
        patched.setattr(runtime, "folders", lambda _, **__: [elsewhere])
        patched.setattr(switch, "_answer_of", refuse)
        expected = f"^a change is pending that process {machine.pid()} of user {os.geteuid()} holds; only that user and"
        for ask in (machine.switch.pending, machine.switch.keep, machine.switch.revert):
            with pytest.raises(ActionError, match=expected):
                ask()
        with pytest.raises(ActionError, match=expected):
            machine.switch.arm(a_down_plan())


@pytest.mark.parametrize("made_anew", [False, True])
@pytest.mark.parametrize(("do", "up"), [("keep", False), ("revert", True)])
def test_a_change_whose_folder_was_deleted_is_still_settled(
    machine: Machine, do: str, *, up: bool, made_anew: bool
) -> None:
    armed = machine.set_down()
    shutil.rmtree(machine.folder / "run", ignore_errors=True)
    shutil.rmtree(machine.folder / "bondtui", ignore_errors=True)
    if made_anew:
        change = Path(machine.runtime, "change.json")
        until(change.exists, what="the change file, written again")
    pending = machine.switch.pending()
    assert pending is not None
    assert pending.id == armed.id
    with pytest.raises(ActionError, match="another change is pending"):
        machine.switch.arm(a_down_plan())
    with pytest.raises(ActionError, match="another change is pending"):
        arming.arm(machine.orders(), systemd="/nowhere")
    assert {"keep": machine.switch.keep, "revert": machine.switch.revert}[do]()
    assert machine.kernel.state["up"] is up
    assert machine.switch.pending() is None


def test_whoever_could_not_make_a_change_cannot_prevent_one_either(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    squatter = mark.take(mark.address(str(machine.folder / "run")))
    assert squatter is not None
    monkeypatch.setattr(holding, "TakingBack", taking_back)
    monkeypatch.setattr(runtime, "may_change_links", lambda: True)
    monkeypatch.setattr(runtime, "could_change_links", lambda *_: False)
    assert machine.switch.pending() is None
    held = hold(machine.orders(), lambda _: True, End())
    assert held is not None
    pending = machine.switch.pending()
    assert pending is not None
    assert pending.id == "abc123"
    held.let_go()
    assert machine.switch.pending() is None
    monkeypatch.setattr(runtime, "could_change_links", lambda *_: True)
    with pytest.raises(RefusedError, match=f"process {os.getpid()} of user {os.geteuid()} holds it"):
        hold(machine.orders(), lambda _: True, End())
    squatter.close()


def test_a_child_that_is_slow_to_end_does_not_keep_the_change_pending(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "TakingBack", taking_back)
    monkeypatch.setattr(reporting, "AUDIT_SECONDS", 1.0)
    held = hold(machine.orders(), lambda _: True, End())
    assert held is not None
    reports = held._around.reports
    with monkeypatch.context() as patched:
        patched.setattr(os, "_exit", lambda _: signal.pause())
        assert reports.write(entry("kept", held.record, why="asked", result="eno1 stays")) == ""
    try:
        assert reports.running() == 1
        held.let_go()
        assert mark.holder(mark.address(str(machine.folder / "run"))) is None
        assert machine.is_free()
    finally:
        until(lambda: not reports.running(), what="the end of the child")
    assert machine.switch.pending() is None


@pytest.fixture
def forsaken(machine: Machine) -> Machine:
    """eno1 was set down, and then the switch was killed."""
    machine.set_down()
    pid = machine.pid()
    os.kill(pid, signal.SIGKILL)
    until(lambda: runtime.started(pid) is None, what="its end")
    return machine


def test_a_change_whose_switch_was_killed_is_still_pending(forsaken: Machine) -> None:
    pending = forsaken.switch.pending()
    assert pending is not None
    assert not pending.alive
    expected = "an earlier change .down eno1 in bond0. is not settled, its dead-man's switch was killed"
    with pytest.raises(ActionError, match=expected):
        forsaken.switch.arm(a_down_plan())
    with pytest.raises(ActionError, match=expected):
        arming.arm(forsaken.orders(), systemd="/nowhere")


def test_it_is_taken_back_by_whoever_asks(forsaken: Machine) -> None:
    assert forsaken.switch.revert() == "Taken back: eno1 is set up in bond0."
    assert forsaken.kernel.state["up"]
    assert forsaken.is_free()
    ((what, why),) = forsaken.steps()
    assert (what, why.endswith("its dead-man's switch was killed")) == ("reverted", True)


def test_it_can_be_kept(forsaken: Machine) -> None:
    assert forsaken.switch.keep() == "Kept: eno1 stays as it is in bond0."
    assert not forsaken.kernel.state["up"]
    assert forsaken.is_free()
    assert forsaken.steps()[-1][0] == "kept"


def test_it_cannot_be_kept_without_a_word_in_the_audit_log(forsaken: Machine) -> None:
    (forsaken.folder / "log").write_text("")
    with pytest.raises(ActionError, match="not kept: cannot write the audit log"):
        forsaken.switch.keep()
    assert forsaken.switch.pending() is not None
    said = forsaken.switch.revert()
    assert said.startswith("Taken back: eno1 is set up in bond0. cannot write the audit log")


def test_an_interface_that_is_gone_is_said(forsaken: Machine) -> None:
    forsaken.kernel.put(there=False)
    with pytest.raises(ActionError, match=r"^Cannot be taken back: the interface is gone$"):
        forsaken.switch.revert()
    assert forsaken.is_free()
    assert forsaken.steps()[-1][0] == "gone"


def test_two_who_settle_it_do_not_meet(forsaken: Machine) -> None:
    lock = Lock(forsaken.runtime)
    assert lock.take(0.0)
    with pytest.raises(ActionError, match="somebody else is settling"):
        forsaken.switch.revert()
    lock.release()


def test_what_somebody_else_has_just_settled_is_left_alone(forsaken: Machine) -> None:
    record = ChangeFile(forsaken.runtime).read()
    assert record is not None
    late = orphan.Orphan(forsaken.runtime, record, forsaken.switch.audit)
    forsaken.switch.keep()
    with pytest.raises(NothingPending, match="somebody else has just settled it"):
        late.revert()
    assert not forsaken.kernel.state["up"]


def test_a_switch_that_does_not_answer_is_said(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.set_down()
    pid = machine.pid()
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(switch, "ANSWER_SECONDS", 0.1)
    with pytest.raises(ActionError, match=rf"the dead-man's switch \(process {pid}\) does not answer"):
        machine.switch.keep()
    monkeypatch.undo()
    os.kill(pid, signal.SIGCONT)


def test_one_that_is_armed_too_late_to_be_heard_ends(machine: Machine) -> None:
    machine.kernel.put(seconds=1.0)
    with pytest.raises(ActionError, match="the dead-man's switch did not answer in time"):
        arming.arm(machine.orders(), systemd="/nowhere", seconds=0.6)
    until(machine.is_free, what="the end of the late switch")
    assert machine.steps() == []


def test_one_that_was_armed_but_not_heard_is_not_left_waiting(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = arming.arm

    def unheard(*given: Any, **rest: Any) -> None:
        really(*given, **rest)
        raise ActionError("the dead-man's switch did not answer in time")

    monkeypatch.setattr(arming, "arm", unheard)
    with pytest.raises(ActionError, match="did not answer in time"):
        machine.switch.arm(a_down_plan())
    assert machine.is_free()
    assert [what for what, _ in machine.steps()] == ["not-needed"]


def test_one_that_nobody_waits_for_is_not_armed(machine: Machine) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, *ON_FILE], input=json.dumps(machine.orders()).encode(), stdout=writing, timeout=60, check=False
    )
    os.close(writing)
    assert done.returncode == 0
    until(machine.is_free, what="the lock")


@pytest.mark.parametrize("orders", [b"", b"{}", b"[1]", b"\xff", b'{"change": {}}'])
def test_without_orders_it_is_not_armed(orders: bytes) -> None:
    argv = [sys.executable, "-P", "-m", "bondtui.system.dead_man"]
    done = subprocess.run(argv, input=orders, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert list(json.loads(done.stdout)) == ["refused"]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("raise SystemExit('no\\nroom')", "could not be started: room"),
        ("pass", "it ended without a word"),
        ("print('hello')", "an answer that is none: b'hello"),
        ("print('[]')", "an answer that is none"),
        ("print('{\"armed\": {}}')", "an answer that is none"),
        ('print(\'{"refused": "so"}\')', "^so$"),
        ("import time; time.sleep(600)", "did not answer in time"),
    ],
)
def test_whatever_is_started_it_is_armed_or_not(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, program: str, said: str
) -> None:
    monkeypatch.setattr(arming, "PROGRAM", ("-c", program))
    with pytest.raises(ActionError, match=said) as raised:
        arming.arm(machine.orders(), systemd="/nowhere", seconds=1.0 if "sleep" in program else 30.0)
    assert "\n" not in str(raised.value)


def test_a_python_that_is_gone_is_said(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ActionError, match="could not be started: /nowhere/python: No such file"):
        machine.switch.arm(a_down_plan())


class FakeSystemd:
    """A systemd-run that does what it is told, and whether systemd is said to run."""

    def __init__(self, folder: Path, then: str) -> None:
        self.marker, self._said = folder / "systemd", folder / "scope"
        self.marker.mkdir()
        program = folder / "bin/systemd-run"
        program.parent.mkdir()
        program.write_text(
            f'#!/bin/sh\nfor each; do case $each in -*) echo "$each" >>{self._said}; shift;; *) break;; esac; done\n'
            f"{then}\n"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"

    @property
    def said(self) -> list[str]:
        """The options it was given."""
        return self._said.read_text().splitlines()


@pytest.mark.parametrize(
    ("then", "in_scope"),
    [('exec "$@"', True), ("echo 'Failed to connect to bus' >&2; exit 1", False), ("exec sleep 600", False)],
    ids=["works", "fails", "hangs"],
)
def test_where_systemd_runs_it_has_a_scope_of_its_own(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, then: str, *, in_scope: bool
) -> None:
    systemd = FakeSystemd(machine.folder, then)
    orders = machine.orders()
    monkeypatch.setenv("PATH", systemd.path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(arming, "SCOPE_SECONDS", 30.0 if in_scope else 0.5)
    record = arming.arm(orders, systemd=str(systemd.marker), seconds=30.0)
    monkeypatch.undo()
    unit = "bondtui-revert-abc123.scope"
    assert record["unit"] == (unit if in_scope else None)
    assert {"--scope", "--collect", "--slice=system.slice", f"--unit={unit}"} <= set(systemd.said)
    os.kill(record["pid"], signal.SIGTERM)
    until(machine.is_free, what="the lock")


def test_elsewhere_systemd_is_not_asked(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    systemd = FakeSystemd(machine.folder, 'exec "$@"')
    monkeypatch.setenv("PATH", systemd.path)
    systemd.marker.rmdir()
    record = arming.arm(machine.orders(), systemd=str(systemd.marker))
    assert record["unit"] is None
    os.kill(record["pid"], signal.SIGTERM)
    until(machine.is_free, what="the lock")
    assert time.time() >= record["armed_at"]
