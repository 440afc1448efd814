"""The dead-man's switch on a real kernel: whatever becomes of the screen that has set a slave down, it comes back."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kernel import traces
from tests.kernel.lab import ADDRESS, BONDTUI, SCRATCH, Lab
from tests.kernel.remote import SshServer
from tests.kernel.terminal import Terminal
from tests.kernel.waiting import until
from tests.kernel.watch import Watch

REVERT_AFTER = ("--revert-after", "5")
DEADLINE_S, PROMISED_S = 5.0, 1.0
SLACK_S = 3.0
"""The guest is slow and shares its machine."""
DOWN = ("down", "bond0", "eno1", "--yes")
CONFIRMED = ("--yes", "--confirm", "bond0")
"""Where the kernel log, which all machines share, may tell of losses that came before."""


@pytest.fixture
def machine(lab: Lab) -> Iterator[Lab]:
    """A machine whose bond0 has eno1 active and eno2 ready; no process may be left on it."""
    lab.bond()
    lab.settled(active="eno1")
    yield lab
    assert lab.processes() == []


def press_down(terminal: Terminal, *answer: str) -> None:
    """Set eno1 down from the dashboard; returns when the countdown is on the screen."""
    terminal.send("d")
    terminal.wait_for("ip link set eno1 down")
    terminal.send(*answer)
    terminal.wait_for("eno1", "reverts in")


def steps() -> list[str]:
    """What the audit log says happened, oldest first."""
    return [entry["what"] for entry in traces.audit()]


def pending(lab: Lab) -> dict[str, Any]:
    """The document of ``bondtui pending --json``."""
    done = lab.bondtui("pending", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def carried_out(lab: Lab, *arguments: str) -> str:
    """Run a command of bondtui that must succeed; returns what it prints."""
    done = lab.bondtui(*arguments)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def assert_taken_back_in_time(lab: Lab, watch: Watch) -> None:
    """By the switch alone, not later than promised, and with nothing left to settle."""
    down, up = (watch.event(kind, subject="eno1") for kind in ("set-down", "set-up"))
    assert (down.polled, up.polled) == (False, False)
    seconds = up.at.mono - down.at.mono
    assert seconds < DEADLINE_S + PROMISED_S + SLACK_S, f"eno1 was set up again after {seconds:.3f} s"
    until(lambda: traces.switches(lab.processes()) == [], what="the end of the dead-man's switch")
    assert lab.is_admin_up("eno1")
    last = traces.audit()[-1]
    assert (last["what"], last["why"], last["slave"]) == ("reverted", "time was up", "eno1"), f"{seconds:.3f} s"


def assert_free(lab: Lab) -> None:
    """Nothing is pending, and the next change can be made."""
    assert pending(lab)["action"] is None
    lab.slave_is("eno1", "up")
    carried_out(lab, "down", "bond0", "eno1", *CONFIRMED)
    carried_out(lab, "revert")
    assert lab.is_admin_up("eno1")


def killed(terminal: Terminal) -> None:
    terminal.signal(signal.SIGKILL)


def hung_up(terminal: Terminal) -> None:
    terminal.hang_up()


def group_killed(terminal: Terminal) -> None:
    os.killpg(terminal.process.pid, signal.SIGKILL)


def session_killed(terminal: Terminal) -> None:
    for pid in traces.session_of(terminal.process.pid):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("end", [killed, hung_up, group_killed, session_killed], ids=lambda end: end.__name__)
def test_the_slave_comes_back_when_the_screen_is_gone(machine: Lab, end: Callable[[Terminal], None]) -> None:
    with machine.watched() as watch, machine.dashboard(*REVERT_AFTER) as terminal:
        press_down(terminal, "y")
        assert not machine.is_admin_up("eno1")
        end(terminal)
        until(lambda: len(machine.processes()) == 1, what="the dead-man's switch alone")
        assert not machine.is_admin_up("eno1")
        assert_taken_back_in_time(machine, watch)
    assert machine.processes() == []
    assert_free(machine)


def test_the_slave_comes_back_when_the_login_is_killed(machine: Lab) -> None:
    with SshServer(machine) as server, machine.watched() as watch:
        with server.dashboard(ADDRESS, *REVERT_AFTER) as terminal:
            press_down(terminal, "bond0", "enter")
            for session in server.sessions():
                os.kill(session, signal.SIGKILL)
            assert_taken_back_in_time(machine, watch)
            terminal.wait_end()
        assert traces.audit()[-1]["ssh_client"] is not None
        assert_free(machine)


def test_the_slave_comes_back_when_the_network_goes_silent(machine: Lab) -> None:
    with SshServer(machine) as server, machine.watched() as watch:
        with server.dashboard(ADDRESS, *REVERT_AFTER) as terminal:
            press_down(terminal, "bond0", "enter")
            for slave in ("eno1", "eno2"):
                machine.silence(slave)
            terminal.signal(signal.SIGKILL)
            assert_taken_back_in_time(machine, watch)
        assert_free(machine)


def test_the_slave_comes_back_whenever_the_command_is_killed(machine: Lab) -> None:
    record = traces.runtime_folder(machine.machine) / "change.json"
    moments: dict[str, Callable[[], Any]] = {
        "the switch is started": lambda: traces.switches(machine.processes()),
        "it is armed": record.exists,
        "it is written down": lambda: "applying" in steps(),
        "the slave is down": lambda: int(machine.sysfs("eno1", "flags") or "1", 16) & 1 == 0,
        "the driver has settled": lambda: "applied" in steps(),
    }
    for moment, reached in moments.items():
        kill_when(reached, moment, machine.argv(*BONDTUI, *DOWN, "--revert-after", "3"))
        until(lambda: machine.processes() == [], what="the machine left by all")
        assert machine.is_admin_up("eno1"), f"killed when {moment}: down for good; {steps()}"
        machine.slave_is("eno1", "up")
        assert not record.exists()
        traces.AUDIT.unlink(missing_ok=True)


def kill_when(reached: Callable[[], Any], moment: str, argv: list[str]) -> None:
    """Run a command and kill it at this moment."""
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: reached() or process.poll(), what=moment)
        assert process.poll() in (None, 0), process.communicate()
        process.kill()


def test_kept_from_another_terminal_it_stays(machine: Lab) -> None:
    with machine.watched() as watch, machine.dashboard(*REVERT_AFTER) as terminal:
        press_down(terminal, "y")
        assert "eno1 stays" in carried_out(machine, "keep")
        terminal.wait_gone("reverts in")
        watch.quiet(DEADLINE_S + PROMISED_S)
        assert not machine.is_admin_up("eno1")
        terminal.send("q")
        assert terminal.wait_end() == 0
    assert steps()[-1] == "kept"
    carried_out(machine, "up", "bond0", "eno1", *CONFIRMED)
    assert machine.is_admin_up("eno1")


def test_a_slave_that_is_gone_when_time_is_up_is_said_to_be_gone(lab: Lab) -> None:
    lab.bond(slaves=["eno1", "eno2", "eno3"])
    lab.settled(active="eno1")
    carried_out(lab, *DOWN, "--revert-after", "2")
    lab.ip("link", "delete", "eno1")
    until(lambda: "gone" in steps(), what="the end in the audit log")
    until(lambda: lab.processes() == [], what="the end of the dead-man's switch")
    last = traces.audit()[-1]
    assert (last["slave"], "gone" in last["result"]) == ("eno1", True)
    assert pending(lab)["action"] is None
    carried_out(lab, "down", "bond0", "eno2", "--yes")
    carried_out(lab, "revert")


def test_of_two_changes_at_once_one_is_refused(lab: Lab) -> None:
    lab.bond(slaves=["eno1", "eno2", "eno3"])
    lab.settled(active="eno1")
    started = {
        slave: subprocess.Popen(
            lab.argv(*BONDTUI, "down", "bond0", slave, "--yes"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for slave in ("eno1", "eno2")
    }
    said = {slave: process.communicate(timeout=60)[1] for slave, process in started.items()}
    status = {slave: process.returncode for slave, process in started.items()}
    assert sorted(status.values()) == [0, 4], said
    winner, loser = sorted(status, key=lambda slave: status[slave])
    assert (said[winner], said[loser].count("\n")) == ("", 1)
    assert "pending" in said[loser]
    assert winner in said[loser]
    assert [slave for slave in ("eno1", "eno2", "eno3") if not lab.is_admin_up(slave)] == [winner]
    carried_out(lab, "revert")
    assert lab.is_admin_up(winner)


def test_a_change_while_the_dialog_is_open_cancels(machine: Lab) -> None:
    with machine.watched() as watch, machine.dashboard() as terminal:
        terminal.send("d")
        terminal.wait_for("ip link set eno1 down")
        machine.pull("eno2")
        watch.event("mii-changed", "MII down", subject="eno2")
        terminal.send("y")
        terminal.wait_for("eno2", "no carrier")
        terminal.wait_for("ancelled")
        until(lambda: steps()[-1:] == ["cancelled"], what="the audit log")
        watch.event("mii-changed", "MII down", subject="eno2")
        assert [event.words for event in watch.events if event.subject == "eno1" and event.kind == "set-down"] == []
        assert machine.is_admin_up("eno1")


@pytest.fixture
def forsaken(machine: Lab) -> Lab:
    """A machine on which eno1 was set down, and the dead-man's switch killed."""
    carried_out(machine, *DOWN)
    (switch,) = traces.switches(machine.processes())
    os.kill(switch, signal.SIGKILL)
    until(lambda: machine.processes() == [], what="the end of the dead-man's switch")
    return machine


def test_a_killed_switch_is_told_and_its_work_done_on_request(forsaken: Lab) -> None:
    said = carried_out(forsaken, "pending")
    assert "killed" in said
    assert "ip link set eno1 up" in said
    assert "bondtui revert" in said
    refused = forsaken.bondtui("up", "bond0", "eno1", *CONFIRMED)
    assert (refused.returncode, "bondtui revert" in refused.stderr) == (4, True)
    carried_out(forsaken, "revert")
    assert forsaken.is_admin_up("eno1")
    assert steps()[-1] == "reverted"
    assert_free(forsaken)


def test_a_killed_switch_is_told_by_the_next_dashboard(forsaken: Lab) -> None:
    with forsaken.dashboard() as terminal:
        terminal.wait_for("dead-man's switch was killed", "r revert")
        terminal.send("r")
        until(lambda: forsaken.is_admin_up("eno1"), what="eno1 set up")
        terminal.wait_gone("dead-man's switch was killed")
        terminal.send("q")
        assert terminal.wait_end() == 0
    assert pending(forsaken)["action"] is None


def test_the_audit_log_is_for_root_and_its_group(machine: Lab) -> None:
    carried_out(machine, *DOWN)
    carried_out(machine, "revert")
    assert steps() == ["applying", "applied", "reverted"]
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (traces.AUDIT.parent, traces.AUDIT)]
    assert modes == [0o750, 0o640]


@pytest.mark.parametrize("home", [f"{SCRATCH}/home", "/proc"], ids=["state-folder", "runtime-folder"])
def test_the_audit_log_is_elsewhere_where_the_system_s_place_is_read_only(machine: Lab, home: str) -> None:
    read_only = 'mount -o remount,bind,ro /var/log && exec "$@"'
    argv = machine.argv("unshare", "--mount", "sh", "-c", read_only, "sh", "env", f"HOME={home}", *BONDTUI, *DOWN)
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60)
    carried_out(machine, "revert")
    folder = traces.runtime_folder(machine.machine) if home == "/proc" else Path(home, ".local/state/bondtui")
    until(lambda: machine.processes() == [], what="the end of the dead-man's switch")
    log = folder / "audit.jsonl"
    assert [entry["what"] for entry in traces.audit(log)] == ["applying", "applied", "reverted"]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert steps() == []
