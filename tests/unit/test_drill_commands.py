"""``bondtui drill | history``: exit status, one line on stderr, what is on stdout, and what signals do."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bondtui import cli
from bondtui.cli import main
from bondtui.core.words import printable
from bondtui.model.drill import CABLE, FAIL, INTERRUPTED, NOT_PROVEN, PASS, Drill, Preflight
from bondtui.model.probe import Target
from bondtui.model.reading import NoBonding, SourceError
from bondtui.ports import ActionError, ArchiveError, NotPermitted, ProbeError, Recorder, Watcher
from bondtui.report.document import Head
from bondtui.report.drill import not_planned
from bondtui.system import whole_files
from tests.builders import HOSTILE_NAMES, a_bond, a_pair, a_slave
from tests.drills import ASKS, NO_PRIVILEGE, REFUSES, Conductor, a_drill, a_preflight, a_round, an_entry
from tests.machine import LiveMachine

ROOT = Path(__file__).parents[2]
FINE, NOT_PASSED, CANNOT_OBSERVE, GUARD_REFUSED, NOT_PERMITTED, WRONG_USAGE = 0, 1, 3, 4, 5, 64
NOW = 1_800_000_000.0


class Ran:
    """What a command has left behind."""

    def __init__(self, status: int, out: str, error: str) -> None:
        self.status, self.out, self.error = status, out, error

    @property
    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.out)
        return read


class Keys:
    """Standard input: a terminal where this is typed (``""``: its end), or nothing at all."""

    def __init__(self, typed: str | BaseException | None) -> None:
        self._typed = typed

    def isatty(self) -> bool:
        return self._typed is not None

    def readline(self) -> str:
        if isinstance(self._typed, BaseException):
            raise self._typed
        return f"{self._typed}\n" if self._typed else ""


Command = Callable[..., Ran]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which reports and history are, for whoever runs the tests."""
    folder = tmp_path / "state"
    monkeypatch.setattr(whole_files, "STATE", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if os.geteuid() != 0:
        folder.symlink_to(tmp_path / "bondtui")
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command on this machine with this conductor; without a terminal, unless it is said what a person types."""

    def command(conductor: Conductor, *arguments: str, machine: LiveMachine | None = None, **keys: Any) -> Ran:
        there = machine or LiveMachine(a_pair())
        typed = keys.get("typed")

        def make(_: Watcher, recorder: Recorder) -> Conductor:
            conductor.recorder = recorder
            return conductor

        monkeypatch.setattr(cli, "_open", lambda _: there)
        monkeypatch.setattr(cli, "_hands", lambda _: there)
        monkeypatch.setattr(cli, "_rehearsal", lambda *_: make)
        monkeypatch.setattr(sys, "stdin", Keys(typed))
        if typed is not None:
            monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        try:
            status = main(list(arguments))
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        out, error = capsys.readouterr()
        assert all(line.startswith("bondtui: ") and printable(line) == line for line in error.splitlines()), error
        return Ran(status, out, error)

    return command


def ready(*checks: Any, **rest: Any) -> Conductor:
    return Conductor(a_preflight(*checks, **rest))


NO, YES, NAMED, MISNAMED = (), ("--yes",), ("--yes", "--confirm", "bond0"), ("--yes", "--confirm", "bond1")
ONLY_NAMED = ("--confirm", "bond0")
EXPECTED: dict[str, tuple[tuple[Any, ...], dict[tuple[str, ...], int]]] = {
    "ok": ((), {NO: 64, YES: 0, NAMED: 0, MISNAMED: 4, ONLY_NAMED: 64}),
    "asks": ((ASKS,), {NO: 64, YES: 4, NAMED: 0, MISNAMED: 4, ONLY_NAMED: 64}),
    "refuses": ((REFUSES,), dict.fromkeys((NO, YES, NAMED, MISNAMED, ONLY_NAMED), 4)),
    "refuses and asks": ((REFUSES, ASKS), dict.fromkeys((NO, YES, NAMED, MISNAMED, ONLY_NAMED), 4)),
    "no privilege": ((NO_PRIVILEGE,), {NO: 5, YES: 5, NAMED: 5, MISNAMED: 4, ONLY_NAMED: 5}),
    "no privilege, refuses": ((NO_PRIVILEGE, REFUSES), dict.fromkeys((NO, YES, NAMED, MISNAMED, ONLY_NAMED), 4)),
}
MATRIX = [
    pytest.param(checks, (*flags, *form), status, id=f"{name}: {' '.join((*flags, *form)) or 'nothing said'}")
    for name, (checks, table) in EXPECTED.items()
    for flags, status in table.items()
    for form in ((), ("--json",))
]


@pytest.mark.parametrize(("checks", "flags", "status"), MATRIX)
def test_without_a_terminal(run: Command, checks: tuple[Any, ...], flags: tuple[str, ...], status: int) -> None:
    conductor = ready(*checks)
    ran = run(conductor, "drill", "bond0", *flags)
    assert ran.status == status, ran.error
    assert (ran.error == "") == (status == FINE)
    assert conductor.restored == (status == FINE)
    if "--json" in flags:
        assert set(ran.document) == set(not_planned("", "", "", Head("", 0.0)))
        assert ran.document["verdict"] == ("pass" if status == FINE else "refused")
        assert status == FINE or f"bondtui: {printable(ran.document['reason'])}\n" == ran.error
        assert "samples" not in ran.document
    else:
        assert ran.out.startswith("Drill of bond0: admin-down of eno1, 1 round\n")


@pytest.mark.parametrize(
    ("checks", "typed", "status"),
    [
        *itertools.product(((),), ("y", "YES "), (0,)),
        *itertools.product(((),), ("", "n", "bond0", KeyboardInterrupt()), (4,)),
        *itertools.product(((ASKS,),), ("bond0", " bond0 "), (0,)),
        *itertools.product(((ASKS,),), ("", "y", "Bond0", KeyboardInterrupt()), (4,)),
    ],
)
def test_at_a_terminal_one_is_asked_and_silence_is_no(
    run: Command, checks: tuple[Any, ...], typed: str | BaseException, status: int
) -> None:
    conductor = ready(*checks)
    ran = run(conductor, "drill", "bond0", typed=typed)
    assert ran.status == status
    assert conductor.restored == (status == FINE)
    assert ("Type bond0 to do it: " in ran.out) == bool(checks)
    assert ("Do it? [y/N] " in ran.out) == (not checks)
    assert ran.error == ("" if status == FINE else "bondtui: nothing was done\n")


def test_what_was_typed_is_handed_on(run: Command) -> None:
    asking = ready(ASKS)
    run(asking, "drill", "bond0", typed="bond0")
    named = ready(ASKS)
    run(named, "drill", "bond0", *NAMED)
    assert (asking.typed, named.typed) == (["bond0"], ["bond0"])


def test_a_missing_privilege_is_found_before_one_is_asked(run: Command) -> None:
    machine = LiveMachine(a_pair())
    machine.hindrance = "changing a link needs CAP_NET_ADMIN: start it with sudo"
    ran = run(ready(), "drill", "bond0", machine=machine, typed=AssertionError("nobody must be asked"))
    assert (ran.status, ran.error) == (NOT_PERMITTED, f"bondtui: {machine.hindrance}\n")


@pytest.mark.parametrize(
    ("verdict", "status"), [(PASS, FINE), (FAIL, NOT_PASSED), (NOT_PROVEN, NOT_PASSED), (INTERRUPTED, NOT_PASSED)]
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_verdict_is_the_exit_status(run: Command, verdict: str, status: int, form: tuple[str, ...]) -> None:
    preflight = a_preflight()
    ends = a_drill(a_round(), preflight=preflight, verdict=verdict, reason="because of that")
    ran = run(Conductor(preflight, ends), "drill", "bond0", "--yes", *form)
    assert (ran.status, ran.error) == (status, "")
    if form:
        assert (ran.document["verdict"], ran.document["reason"]) == (verdict, "because of that")
    else:
        assert f"{verdict.upper()}: because of that.\n" in ran.out


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SourceError("no answer"), CANNOT_OBSERVE),
        (ProbeError("no target: bond0 has no gateway"), GUARD_REFUSED),
        (ActionError("another change is pending"), GUARD_REFUSED),
        (NotPermitted("the kernel will not have it"), NOT_PERMITTED),
        (ArchiveError("the report cannot be written"), GUARD_REFUSED),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("early", [True, False])
def test_what_goes_wrong_is_the_one_line(
    run: Command, error: Exception, status: int, form: tuple[str, ...], early: bool
) -> None:
    conductor = Conductor(error if early else a_preflight(), error)
    ran = run(conductor, "drill", "bond0", "--yes", *form)
    assert (ran.status, ran.error) == (status, f"bondtui: {error}\n")
    if form:
        assert (ran.document["verdict"], ran.document["bond"], ran.document["rounds"]) == ("refused", "bond0", [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bond7",), "no bond named 'bond7' here; there is bond0"),
        (("bond0", "--slave", "eno7"), "no slave named 'eno7' in bond0; there is eno1, eno2"),
        (("b\x1b[31m\udcff",), "no bond named 'b\\x1b[31m\\xff' here"),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_name_that_is_not_there_is_said_with_those_that_are(
    run: Command, arguments: tuple[str, ...], words: str, form: tuple[str, ...]
) -> None:
    ran = run(ready(), "drill", *arguments, "--yes", *form)
    assert (ran.status, words in ran.error) == (CANNOT_OBSERVE, True)
    assert not form or words in printable(ran.document["reason"])


def test_the_wish_is_what_was_said(run: Command) -> None:
    conductor = ready()
    said = "--slave eno2 --fault switch-active --target 192.0.2.7 --target tcp:192.0.2.8:22 192.0.2.9 --period 2.5"
    run(conductor, "drill", "bond0", *said.split(), "--rounds=3", "--hold", "7", "--objective", "250", "--yes")
    wish = conductor.wish
    assert wish is not None
    assert (wish.bond, wish.slaves, wish.fault, wish.rounds) == (10, (3,), "switch-active", 3)
    assert wish.targets == (Target("192.0.2.7"), Target("192.0.2.8", "tcp", 22), Target("192.0.2.9"))
    assert (wish.period_s, wish.hold_s, wish.objective_ms) == (0.0025, 7.0, 250.0)


def test_what_is_not_said_is_left_to_the_drill(run: Command) -> None:
    conductor, every = ready(), ready()
    run(conductor, "drill", "bond0", "--yes")
    run(every, "drill", "bond0", "--slave", "all", "--yes")
    assert conductor.wish is not None
    assert every.wish is not None
    assert (conductor.wish.slaves, conductor.wish.targets, conductor.wish.period_s) == ((), (), None)
    assert every.wish.slaves == (2, 3)


def test_what_happens_is_told_and_the_verdict_before_the_figures(run: Command, state: Path) -> None:
    ran = run(ready(), "drill", "bond0", "--yes")
    lines = ran.out.splitlines()
    verdict = next(place for place, line in enumerate(lines) if line.startswith("PASS: "))
    assert lines[verdict + 1].startswith("  round 1, eno1: failover 120 ms (")
    (report,) = state.glob("drills/*.md")
    assert lines[-1] == f"  report: {report}"
    assert "PASS" in report.read_text().splitlines()[0]


def test_the_report_has_the_samples_and_standard_output_has_not(run: Command, tmp_path: Path, state: Path) -> None:
    ran = run(ready(), "drill", "bond0", "--yes", "--json", "--report", str(tmp_path / "ticket"))
    (path,) = (tmp_path / "ticket").glob("*.json")
    written = json.loads(path.read_text())
    assert len(written.pop("samples")[0]["sent_ms"]) == 1000
    assert "samples" not in ran.document
    assert written["rounds"] == ran.document["rounds"]
    (entry,) = [json.loads(line) for line in (state / "history.jsonl").read_text().splitlines()]
    assert (entry["slave"], entry["report"]) == ("eno1", str(path))


def test_a_folder_that_cannot_be_written_is_the_one_line(run: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run(ready(), "drill", "bond0", "--yes", "--report", str(tmp_path / "file"))
    assert ran.status == GUARD_REFUSED
    assert ran.error.startswith("bondtui: the report cannot be written")


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_words_about_a_cable_are_said_to_a_person(run: Command, form: tuple[str, ...]) -> None:
    preflight = a_preflight(fault=CABLE)
    conductor = Conductor(preflight)
    conductor.go_on.clear()
    conductor.at_fault = lambda: threading.Timer(0.3, conductor.go_on.set).start()
    ran = run(conductor, "drill", "bond0", "--fault", "cable", "--yes", *form)
    assert ran.status == FINE
    assert ("pull the cable of eno1 now" in ran.out) == (not form)
    assert ran.error == ("bondtui: pull the cable of eno1 now.\n" if form else "")
    if form:
        assert ran.document["fault"] == "cable"


@pytest.fixture
def handlers() -> Iterator[None]:
    """Nobody's signals are changed for longer than a drill takes."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_signal_stops_the_drill_and_its_end_is_waited_for(
    run: Command, number: signal.Signals, form: tuple[str, ...]
) -> None:
    conductor = ready()
    conductor.go_on.clear()
    conductor.at_fault = lambda: os.kill(os.getpid(), number)
    ran = run(conductor, "drill", "bond0", "--yes", *form)
    assert conductor.stops == [f"stopped by {number.name}"]
    assert conductor.restored
    assert (ran.status, ran.error) == (NOT_PASSED, "")
    if form:
        assert (ran.document["verdict"], ran.document["reason"]) == ("interrupted", f"stopped by {number.name}")
    else:
        assert f"INTERRUPTED: stopped by {number.name}.\n" in ran.out


class Stubborn(Conductor):
    """Needs its time to restore the link."""

    def stop(self, why: str) -> None:
        self.stops.append(why)
        if len(self.stops) < 3:
            os.kill(os.getpid(), signal.SIGINT)
        else:
            self.go_on.set()


@pytest.mark.usefixtures("handlers")
def test_a_second_and_a_third_signal_do_not_break_the_restoring(run: Command) -> None:
    conductor = Stubborn(a_preflight())
    conductor.go_on.clear()
    conductor.at_fault = lambda: os.kill(os.getpid(), signal.SIGINT)
    ran = run(conductor, "drill", "bond0", "--yes")
    assert (len(conductor.stops), conductor.restored, ran.status) == (3, True, NOT_PASSED)


class Impatient(Conductor):
    """Somebody presses Ctrl+C while the pre-flight runs."""

    def preflight(self, wish: Any) -> Preflight:
        raise KeyboardInterrupt


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_interrupted_before_the_fault_nothing_was_done(run: Command, form: tuple[str, ...]) -> None:
    ran = run(Impatient(a_preflight()), "drill", "bond0", "--yes", *form)
    assert (ran.status, ran.error) == (NOT_PASSED, "bondtui: interrupted before the first fault; nothing was done\n")
    assert not form or ran.document["verdict"] == "interrupted"


@pytest.mark.usefixtures("handlers")
def test_a_mistake_in_the_drill_is_not_hidden(run: Command) -> None:
    with pytest.raises(ZeroDivisionError):
        run(Conductor(a_preflight(), ZeroDivisionError("x")), "drill", "bond0", "--yes")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_hostile_names_are_printed_and_never_interpreted(run: Command, name: str, form: tuple[str, ...]) -> None:
    bond = a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3), name=name)
    preflight = a_preflight(ASKS, bond=bond)
    ends: Drill = a_drill(a_round(name=name), preflight=preflight)
    machine = LiveMachine(bond)
    ran = run(Conductor(preflight, ends), "drill", *form, "--yes", f"--confirm={name}", "--", name, machine=machine)
    assert ran.status == FINE, ran.error
    if form:
        assert (ran.document["bond"], ran.document["rounds"][0]["slave"]) == (name, name)
    else:
        assert all(printable(line) == line for line in ran.out.splitlines())
        assert f"Drill of {printable(name)}: " in ran.out


# History


def remembered(state: Path, *entries: dict[str, Any]) -> None:
    state.resolve().mkdir(parents=True, exist_ok=True)
    (state / "history.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in entries))


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bondtui.commands.history.time.time", lambda: NOW)


def test_the_history_lists_who_is_there_and_who_was(run: Command, state: Path) -> None:
    remembered(state, an_entry(41, now=NOW), an_entry(2, now=NOW, bond="bond9", ms=3200.0, verdict="fail"))
    ran = run(ready(), "history")
    assert (ran.status, ran.error) == (FINE, "")
    assert ran.out.splitlines() == [
        "bond0",
        "  eno1: 41 days ago, 120 ms, PASS; failback 0 lost (< 11 ms)",
        "  eno2: never proven",
        "bond9 (not there now)",
        "  eno1: 2 days ago, 3.2 s, FAIL; failback 0 lost (< 11 ms)",
    ]
    only = run(ready(), "history", "bond9")
    assert only.out.splitlines()[0] == "bond9 (not there now)"
    assert "bond0" not in only.out


def test_the_document_of_the_history(run: Command, state: Path) -> None:
    remembered(state, an_entry(41, now=NOW))
    told = run(ready(), "history", "bond0", "--json").document
    assert list(told) == ["schema", "host", "taken_at", "simulated", "lab", "bonds", "trouble"]
    assert (told["schema"], told["simulated"]) == ("bondtui.history/1", False)
    assert [each["proven"] for each in told["bonds"][0]["slaves"]] == [True, False]


def test_a_host_on_which_nothing_was_rehearsed_says_so(run: Command) -> None:
    ran = run(ready(), "history")
    assert ran.status == FINE
    assert ran.out.splitlines()[:2] == ["No drill has been done here.", "bond0"]


def test_a_bond_that_nobody_knows_is_the_one_line(run: Command) -> None:
    ran = run(ready(), "history", "bond\x1b7")
    assert (ran.status, ran.out) == (CANNOT_OBSERVE, "")
    assert ran.error == "bondtui: no bond named 'bond\\x1b7' here, and no drill of it is remembered\n"


def test_without_the_bonding_driver_the_history_is_told(
    run: Command, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = LiveMachine(a_pair())

    def fail() -> None:
        raise NoBonding("this kernel has no bonding driver loaded")

    monkeypatch.setattr(machine, "read", fail)
    assert run(ready(), "history", machine=machine).out == "No drill has been done here.\n"
    remembered(state, an_entry(41, now=NOW))
    ran = run(ready(), "history", machine=machine)
    assert ran.status == FINE
    assert ran.out.splitlines()[0] == "bond0 (not there now)"


def test_a_damaged_history_is_said_and_stops_nothing(run: Command, state: Path) -> None:
    remembered(state, an_entry(41, now=NOW))
    with (state / "history.jsonl").open("ab") as file:
        file.write(b"\xff\x00rubbish\n")
    ran = run(ready(), "history")
    assert ran.status == FINE
    assert "eno1: 41 days ago, 120 ms, PASS" in ran.out
    assert ran.error.startswith("bondtui: the history of drills was damaged; it is kept as ")
    assert run(ready(), "history").error == ""


# The whole of it, on the simulated driver


def bondtui(*arguments: str, **rest: Any) -> subprocess.Popen[bytes]:
    """A drill as a person does it, with nobody at a terminal."""
    command = [sys.executable, "-m", "bondtui", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **rest)


DRILL = ("drill", "bond0", "--demo", "healthy", "--yes", "--confirm", "bond0", "--hold", "0.5")


def test_a_simulated_drill_from_beginning_to_end(tmp_path: Path) -> None:
    with bondtui(
        *DRILL, "--json", "--objective", "5000", "--report", str(tmp_path / "x"), stdout=subprocess.PIPE
    ) as ran:
        out, error = ran.communicate(timeout=60)
    told = json.loads(out)
    assert (ran.returncode, error) == (FINE, b"")
    assert (told["verdict"], told["simulated"], told["rounds"][0]["slave"]) == ("pass", True, "eno1")
    failover = told["rounds"][0]["failover"]
    assert failover["sent"] > failover["lost"] >= 0  # the driver may look just after the fault
    (path,) = (tmp_path / "x").glob("*.md")
    assert "SIMULATED: nothing here is about a real interface." in path.read_text()
    assert not (tmp_path / "state").exists()


def test_a_reader_that_goes_away_does_not_end_the_drill(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with bondtui(*DRILL, "--report", str(tmp_path / "x"), stdout=write) as ran:
        os.close(write)
        _, error = ran.communicate(timeout=60)
    assert (ran.returncode, error) == (FINE, b"")
    (path,) = (tmp_path / "x").glob("*.json")
    assert json.loads(path.read_text())["verdict"] == "pass"


def test_a_drill_that_is_terminated_restores_and_reports(tmp_path: Path) -> None:
    with bondtui(*DRILL, "--hold=30", "--report", str(tmp_path / "x"), stdout=subprocess.PIPE) as ran:
        assert ran.stdout is not None
        for line in ran.stdout:
            if b"noticed" in line:
                ran.send_signal(signal.SIGTERM)
                break
        rest, error = ran.communicate(timeout=60)
    assert (ran.returncode, error) == (NOT_PASSED, b"")
    assert b"INTERRUPTED: stopped by SIGTERM" in rest
    (path,) = (tmp_path / "x").glob("*.json")
    assert json.loads(path.read_text())["verdict"] == "interrupted"
