"""``bondtui down | up | activate | pending | keep | revert``: exit status, one line on stderr, and what is on stdout."""

from __future__ import annotations

import itertools
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bondtui import cli
from bondtui.cli import main
from bondtui.core.words import printable
from bondtui.model.action import DOWN, Pending
from bondtui.model.bond import Bond
from bondtui.model.host import HostFacts, Session
from bondtui.model.reading import SourceError
from bondtui.operation import Operation
from bondtui.ports import ActionError, NothingPending, NotPermitted
from tests.builders import HOSTILE_NAMES, a_bond, a_lost_slave, a_pair, a_slave
from tests.machine import LiveMachine, Machine, a_pending, done, with_slave

ROOT = Path(__file__).parents[2]
MINE = Session("198.51.100.7", "192.0.2.10", "bond0", ("bond0",), mine=True)
HEAD = ["schema", "host", "taken_at", "simulated", "lab"]
PLAN = ["action", "bond", "slave", "command", "undo", "predicted_outage_ms", "predicted_effect", "guards", "verdict"]
TAIL = ["applied", "result", "revert_at", "seconds_left"]

FINE, CANNOT_OBSERVE, GUARD_REFUSED, NOT_PERMITTED, WRONG_USAGE = 0, 3, 4, 5, 64


def one_down() -> Bond:
    return with_slave(a_pair(active_slave=3), "eno1", admin_up=False, carrier=False, mii="down")


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


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command on this machine; without a terminal, unless it is said what a person types."""

    def command(machine: Machine, *arguments: str, typed: str | BaseException | None = None) -> Ran:
        monkeypatch.setattr(cli, "_open", lambda _: machine)
        monkeypatch.setattr(cli, "_hands", lambda _: machine)
        monkeypatch.setattr(cli, "_kernel_hands", lambda: machine)
        monkeypatch.setattr(sys, "stdin", Keys(typed))
        if typed is not None:
            monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        try:
            status = main(list(arguments))
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        out, error = capsys.readouterr()
        assert error == "" or (error.startswith("bondtui: ") and error.count("\n") == 1 and error[-1] == "\n"), error
        assert printable(error.rstrip("\n")) == error.rstrip("\n")
        return Ran(status, out, error)

    return command


def healthy() -> LiveMachine:
    return LiveMachine(a_pair())


def asking() -> LiveMachine:
    return LiveMachine(a_pair(), host=HostFacts(sessions=(MINE,)))


def refusing() -> LiveMachine:
    return LiveMachine(a_bond(a_slave("eno1", 2, state="active"), a_lost_slave("eno2", 3)))


def settled_already() -> LiveMachine:
    return LiveMachine(one_down())


def powerless(machine: Callable[[], LiveMachine]) -> Callable[[], LiveMachine]:
    def made() -> LiveMachine:
        it = machine()
        it.hindrance = "changing a link needs CAP_NET_ADMIN: run it with sudo"
        return it

    return made


NO, YES, DRY = (), ("--yes",), ("--dry-run",)
NAMED, MISNAMED = ("--yes", "--confirm", "bond0"), ("--yes", "--confirm", "bond1")
BOTH = ("--yes", "--dry-run")
ONLY_NAMED = ("--confirm", "bond0")
EXPECTED: dict[str, tuple[Callable[[], LiveMachine], dict[tuple[str, ...], int]]] = {
    "ok": (healthy, {NO: 64, YES: 0, DRY: 0, NAMED: 0, MISNAMED: 4, BOTH: 0, ONLY_NAMED: 64}),
    "asks": (asking, {NO: 64, YES: 4, DRY: 0, NAMED: 0, MISNAMED: 4, BOTH: 0, ONLY_NAMED: 64}),
    "refuses": (refusing, dict.fromkeys((NO, YES, DRY, NAMED, MISNAMED, BOTH, ONLY_NAMED), 4)),
    "nothing to do": (settled_already, {**dict.fromkeys((NO, YES, DRY, NAMED, BOTH, ONLY_NAMED), 0), MISNAMED: 4}),
    "no privilege": (powerless(healthy), {NO: 5, YES: 5, DRY: 0, NAMED: 5, MISNAMED: 4, BOTH: 0, ONLY_NAMED: 5}),
    "no privilege, asks": (powerless(asking), {NO: 5, YES: 4, DRY: 0, NAMED: 5, MISNAMED: 4, BOTH: 0}),
    "no privilege, refuses": (powerless(refusing), dict.fromkeys((NO, YES, DRY, NAMED, MISNAMED, BOTH), 4)),
    "no privilege, nothing to do": (powerless(settled_already), dict.fromkeys((NO, YES, DRY, NAMED, BOTH), 0)),
}
MATRIX = [
    pytest.param(make, (*flags, *form), status, id=f"{name}: {' '.join((*flags, *form)) or 'nothing said'}")
    for name, (make, table) in EXPECTED.items()
    for flags, status in table.items()
    for form in ((), ("--json",))
]


@pytest.mark.parametrize(("make", "flags", "status"), MATRIX)
def test_without_a_terminal(run: Command, make: Callable[[], LiveMachine], flags: tuple[str, ...], status: int) -> None:
    machine = make()
    there = machine.bond.slaves[0].link.admin_up
    ran = run(machine, "down", "bond0", "eno1", *flags)
    assert ran.status == status, ran.error
    assert (ran.error == "") == (status == FINE)
    did = status == FINE and "--yes" in flags and "--dry-run" not in flags and there
    assert machine.steps.count("apply") == did
    assert machine.steps.count("arm") == did
    assert (machine.held is not None) == did
    if "--json" in flags:
        assert list(ran.document) == [*HEAD, *PLAN, *TAIL]
        assert ran.document["applied"] is did
    else:
        assert "Set eno1 of bond0 down" in ran.out


YES_AT_TERMINAL = [
    (healthy, "y", 0),
    (healthy, "YES ", 0),
    (healthy, "", 4),
    (healthy, "n", 4),
    (healthy, "bond0", 4),
    (asking, "bond0", 0),
    (asking, " bond0 ", 0),
    (asking, "y", 4),
    (asking, "", 4),
    (asking, "Bond0", 4),
    *itertools.product((healthy, asking), (KeyboardInterrupt(),), (4,)),
    *((make, UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), 4) for make in (healthy, asking)),
]


@pytest.mark.parametrize(("make", "typed", "status"), YES_AT_TERMINAL)
def test_at_a_terminal_one_is_asked_and_silence_is_no(
    run: Command, make: Callable[[], LiveMachine], typed: str | BaseException, status: int
) -> None:
    machine = make()
    ran = run(machine, "down", "bond0", "eno1", typed=typed)
    assert ran.status == status
    assert machine.steps.count("apply") == (status == FINE)
    assert ("Type bond0 to do it: " in ran.out) == (make is asking)
    assert ("Do it? [y/N] " in ran.out) == (make is healthy)
    assert ran.error == ("" if status == FINE else "bondtui: nothing was done\n")


@pytest.mark.parametrize(
    ("make", "flags", "status"),
    [
        (refusing, NO, 4),
        (settled_already, NO, 0),
        (powerless(healthy), NO, 5),
        (healthy, DRY, 0),
        (healthy, YES, 0),
        (asking, YES, 4),
        (asking, NAMED, 0),
        (healthy, ("--json",), 64),
    ],
)
def test_at_a_terminal_nobody_is_asked_where_there_is_no_question(
    run: Command, make: Callable[[], LiveMachine], flags: tuple[str, ...], status: int
) -> None:
    ran = run(make(), "down", "bond0", "eno1", *flags, typed=AssertionError("nobody must be asked"))
    assert ran.status == status


def test_the_plan_is_all_there_in_text(run: Command) -> None:
    ran = run(asking(), "down", "bond0", "eno1", "--dry-run", "--revert-after", "90")
    lines = ran.out.splitlines()
    assert lines[:4] == [
        "Set eno1 of bond0 down",
        "  command  ip link set eno1 down",
        "  undo     ip link set eno1 up  (by itself after 90 s unless kept)",
        "  effect   eno2 takes over within about 100 ms. Worst-case outage: 100 ms.",
    ]
    assert lines[4] == (
        "  ask      session-on-bond: your own session from 198.51.100.7 comes in at 192.0.2.10 on bond0"
    )
    assert lines[5] == "  ok       last-usable-slave: eno2 can carry the traffic"
    assert len(lines) == 4 + 14


def test_a_refused_plan_says_the_worst_first(run: Command) -> None:
    ran = run(refusing(), "down", "bond0", "eno1", "--dry-run")
    assert "  refused  last-usable-slave: no other slave of bond0 is usable: eno2 has no carrier" in ran.out
    assert "Worst-case outage: nothing bounds it." in ran.out
    assert ran.error == "bondtui: refused: no other slave of bond0 is usable: eno2 has no carrier\n"


def test_an_action_that_makes_no_sense_has_no_effect_to_tell(run: Command) -> None:
    ran = run(LiveMachine(a_pair(mode=0)), "activate", "bond0", "eno2", "--yes")
    assert ran.status == GUARD_REFUSED
    assert "  refused  bond0 is in mode balance-rr, which has no active slave" in ran.out
    assert "  effect   " not in ran.out
    assert ran.error == "bondtui: Refused: bond0 is in mode balance-rr, which has no active slave.\n"


def test_what_was_done_is_said_with_its_undo(run: Command) -> None:
    ran = run(healthy(), "down", "bond0", "eno1", "--yes")
    done_line, when = ran.out.splitlines()[-2:]
    assert done_line.startswith("eno1 set down: active eno1 -> eno2 after ")
    assert "active eno1 -> eno2 after " in done_line
    assert when.startswith("undone by itself in 60 s, at ")
    assert when.endswith("'bondtui keep' lets it stay, 'bondtui revert' undoes it now.")


def test_a_slave_is_set_up_for_good(run: Command) -> None:
    machine = settled_already()
    ran = run(machine, "up", "bond0", "eno1", "--yes", "--json")
    assert (ran.status, ran.document["applied"], ran.document["action"]) == (FINE, True, "up")
    assert (ran.document["revert_at"], ran.document["seconds_left"]) == (None, None)
    assert "arm" not in machine.steps
    text = run(settled_already(), "up", "bond0", "eno1", "--dry-run").out
    assert "  undo     ip link set eno1 down  (not by itself)" in text


def test_the_document_of_what_was_done(run: Command) -> None:
    ran = run(healthy(), "activate", "bond0", "eno2", "--yes", "--json", "--revert-after", "5")
    told = ran.document
    assert told["schema"] == "bondtui.activate/1"
    assert told["host"] == os.uname().nodename
    assert datetime.fromisoformat(told["taken_at"]).tzinfo is not None
    assert told["simulated"] is False
    assert told["command"] == ["ip", "link", "set", "bond0", "type", "bond", "active_slave", "eno2"]
    assert told["undo"] == ["ip", "link", "set", "bond0", "type", "bond", "active_slave", "eno1"]
    assert (told["bond"], told["slave"], told["predicted_outage_ms"], told["verdict"]) == ("bond0", "eno2", 0, "ok")
    assert told["applied"] is True
    assert told["result"].startswith("eno2 made the active slave: active eno1 -> eno2 after ")
    assert told["revert_at"] == "2023-11-14T22:16:00.000Z"
    assert told["seconds_left"] == 60.0
    assert [each["result"] for each in told["guards"]] == ["ok"] * 14


@pytest.mark.parametrize(
    ("make", "flags", "result"),
    [
        (healthy, DRY, None),
        (healthy, NO, "nothing was done: say --yes to do it, or --dry-run to see the plan only"),
        (asking, DRY, "your own session from 198.51.100.7 comes in at 192.0.2.10 on bond0"),
        (refusing, NO, "refused: no other slave of bond0 is usable: eno2 has no carrier"),
        (refusing, YES, "Refused: no other slave of bond0 is usable: eno2 has no carrier."),
        (settled_already, YES, "eno1 is set down already"),
        (powerless(healthy), YES, "Not permitted: changing a link needs CAP_NET_ADMIN: run it with sudo."),
        (powerless(healthy), NO, "changing a link needs CAP_NET_ADMIN: run it with sudo"),
        (healthy, MISNAMED, "nothing was done: --confirm names 'bond1', the bond is 'bond0'"),
    ],
)
def test_the_document_says_why_nothing_was_done(
    run: Command, make: Callable[[], LiveMachine], flags: tuple[str, ...], result: str | None
) -> None:
    told = run(make(), "down", "bond0", "eno1", "--json", *flags).document
    assert (told["applied"], told["result"], told["revert_at"], told["seconds_left"]) == (False, result, None, None)


def test_the_missing_privilege_is_in_the_audit_log_where_it_was_tried(run: Command) -> None:
    machine = powerless(healthy)()
    assert run(machine, "down", "bond0", "eno1", "--yes").status == NOT_PERMITTED
    assert [what for what, _, _ in machine.written] == ["not permitted"]


def test_a_name_that_is_another_bonds_is_refused_at_a_terminal_too(run: Command) -> None:
    machine = healthy()
    nobody = AssertionError("nobody must be asked")
    ran = run(machine, "down", "bond0", "eno1", "--confirm", "bond1", typed=nobody)
    assert (ran.status, machine.steps.count("apply")) == (GUARD_REFUSED, 0)


def test_the_missing_name_is_asked_for_by_its_option(run: Command) -> None:
    ran = run(asking(), "down", "bond0", "eno1", "--yes")
    assert ran.error.startswith("bondtui: Refused: the name of the bond must be typed, because your own session")
    assert ran.error.endswith(". Say '--confirm bond0'.\n")


def test_what_changed_meanwhile_is_the_one_line(run: Command) -> None:
    machine = healthy()
    machine.at["arm"] = lambda: setattr(machine, "bond", with_slave(machine.bond, "eno2", carrier=False))
    ran = run(machine, "down", "bond0", "eno1", "--yes")
    assert ran.status == GUARD_REFUSED
    assert ran.error == (
        "bondtui: Cancelled, nothing was done, things have changed: no other slave of bond0 is usable: "
        "eno2 has no carrier. 'down' of eno1 is taken back.\n"
    )
    assert "apply" not in machine.steps


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ActionError("invalid option value (EINVAL)"), GUARD_REFUSED),
        (NotPermitted("the kernel will not have it (EPERM)"), NOT_PERMITTED),
        (SourceError("the kernel did not answer"), GUARD_REFUSED),
    ],
)
def test_what_the_kernel_refuses_is_the_one_line(run: Command, error: Exception, status: int) -> None:
    machine = healthy()

    def fail() -> None:
        raise error

    machine.at["apply"] = fail
    ran = run(machine, "down", "bond0", "eno1", "--yes", "--json")
    assert (ran.status, ran.document["applied"]) == (status, False)
    assert ran.error == f"bondtui: Not done: {error}. 'down' of eno1 is taken back.\n"


def test_a_bond_that_was_cut_off_is_the_one_line(run: Command) -> None:
    machine = healthy()
    machine.drive = lambda bond, plan: done(with_slave(bond, "eno2", carrier=False, mii="down"), plan)
    ran = run(machine, "down", "bond0", "eno1", "--yes")
    assert ran.status == GUARD_REFUSED
    assert ran.error == "bondtui: bond0 was left without a usable slave. 'down' of eno1 is taken back.\n"


def test_an_interrupted_action_is_left_to_its_switch(run: Command) -> None:
    machine = healthy()

    def interrupt() -> None:
        raise KeyboardInterrupt

    machine.at["apply"] = interrupt
    ran = run(machine, "down", "bond0", "eno1", "--yes")
    assert ran.status == 130
    assert "'bondtui pending' tells whether the change was made" in ran.error
    assert machine.held is not None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bond7", "eno1"), "no bond named 'bond7' here; there is bond0"),
        (("bond0", "eno7"), "no slave named 'eno7' in bond0; there is eno1, eno2"),
        (("b\x1b[31m\udcff", "eno1"), "no bond named 'b\\x1b[31m\\xff' here; there is bond0"),
        (("bond0", "e\x1b[31m\udcff"), "no slave named 'e\\x1b[31m\\xff' in bond0; there is eno1, eno2"),
        (("", "eno1"), "no bond named '' here"),
        (("eno1", "bond0"), "no bond named 'eno1' here"),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_name_that_is_not_there_is_said_with_those_that_are(
    run: Command, arguments: tuple[str, ...], words: str, form: tuple[str, ...]
) -> None:
    ran = run(healthy(), "down", *arguments, "--yes", *form)
    assert (ran.status, words in ran.error) == (CANNOT_OBSERVE, True)
    assert_nothing_was_planned(ran, form)


def assert_nothing_was_planned(ran: Ran, form: tuple[str, ...]) -> None:
    """Nothing on standard output, or a document without a plan that says why."""
    if not form:
        assert ran.out == ""
        return
    assert list(ran.document) == [*HEAD, *PLAN, *TAIL]
    assert {ran.document[key] for key in PLAN} == {None}
    assert (ran.document["applied"], ran.document["revert_at"], ran.document["seconds_left"]) == (False, None, None)
    assert ran.error == f"bondtui: {printable(ran.document['result'])}\n"
    assert ran.document["schema"] == "bondtui.down/1"


def test_a_host_without_bonds_or_slaves_is_said(run: Command) -> None:
    machine = healthy()
    machine.bonds = (a_bond(mode=0),)
    assert "there is no slave at all" in run(machine, "up", "bond0", "eno1").error
    machine.read = lambda: Machine(a_pair()).look()._replace(links=())  # type: ignore[method-assign]
    assert "there is no bond at all" in run(machine, "up", "bond0", "eno1").error


@pytest.mark.parametrize("step", ["look", "host", "pending"])
@pytest.mark.parametrize(
    ("error", "status"),
    [(SourceError("no answer"), CANNOT_OBSERVE), (ActionError("no answer"), GUARD_REFUSED), (NotPermitted("no answer"), NOT_PERMITTED)],
)  # fmt: skip
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_cannot_be_read_is_the_one_line(
    run: Command, step: str, error: Exception, status: int, form: tuple[str, ...]
) -> None:
    machine = healthy()

    def fail() -> None:
        raise error

    machine.at[step] = fail
    ran = run(machine, "down", "bond0", "eno1", "--yes", *form)
    assert (ran.status, ran.error) == (status, "bondtui: no answer\n")
    assert_nothing_was_planned(ran, form)


def test_a_source_that_cannot_be_read_is_the_one_line(run: Command) -> None:
    machine = healthy()
    machine.bonds = ()
    assert run(machine, "down", "bond0", "eno1").error == "bondtui: the kernel did not answer\n"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_hostile_names_are_printed_and_never_interpreted(run: Command, name: str, form: tuple[str, ...]) -> None:
    bond = a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3), name=name)
    machine = LiveMachine(bond, host=HostFacts(sessions=(MINE,)))
    ran = run(machine, "down", *form, "--yes", f"--confirm={name}", "--", name, name)
    assert ran.status == FINE, ran.error
    if form:
        assert (ran.document["bond"], ran.document["slave"]) == (name, name)
    else:
        assert all(printable(line) == line for line in ran.out.splitlines())
        assert f"Set {printable(name)} of {printable(name)} down" in ran.out
    assert machine.steps.count("apply") == 1


def test_the_name_may_be_typed_as_it_is_printed(run: Command) -> None:
    name = "b\x1b\udcff"
    machine = LiveMachine(a_pair(name=name), host=HostFacts(sessions=(MINE,)))
    assert run(machine, "down", name, "eno1", typed="b\\x1b\\xff").status == FINE


def shell(command: str) -> list[bytes]:
    """The words that bash makes of a line."""
    ran = subprocess.run(
        ["bash", "-c", f'ip() {{ printf "%s\\0" "$@"; }}; {command}'], capture_output=True, check=True, timeout=30
    )
    return ran.stdout.split(b"\0")[:-1]


@pytest.mark.parametrize(
    "name", [*HOSTILE_NAMES, "$(reboot)", "`id`", "a;b", "a&b", "'", "\\", "a'\\b", "~", "*", "#x", "!!"]
)
def test_the_command_can_be_pasted_into_a_shell(run: Command, name: str) -> None:
    machine = LiveMachine(a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3)))
    ran = run(machine, "down", "bond0", "--dry-run", "--", name)
    command = next(line for line in ran.out.splitlines() if line.startswith("  command  ")).removeprefix("  command  ")
    assert shell(command) == [b"link", b"set", b"dev", os.fsencode(name), b"down"]


def waiting(**rest: Any) -> Machine:
    """A machine on which a change is pending."""
    machine = healthy()
    machine.held = a_pending(Operation(machine, machine).plan(machine.wish(DOWN, "eno1")), **rest)
    return machine


def test_the_pending_change_is_shown_with_its_undo(run: Command) -> None:
    ran = run(waiting(who="ann on pts/1 from 198.51.100.7", seconds_left=41.6), "pending")
    assert ran.status == FINE
    first, command, undo, when = ran.out.splitlines()
    assert first.startswith("Set eno1 of bond0 down: pending since ")
    assert first.endswith(", by ann on pts/1 from 198.51.100.7")
    assert (command, undo) == ("  command  ip link set eno1 down", "  undo     ip link set eno1 up")
    assert when.startswith("  undone by itself in 42 s, at ")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            {"alive": False},
            "its dead-man's switch was killed: nothing takes this back by itself; 'bondtui revert' does",
        ),
        ({"seconds_left": -3.2}, "overdue since 3 s, still trying; 'bondtui keep' ends that"),
        ({"trouble": "the kernel did not answer"}, "  trouble  the kernel did not answer"),
        ({"who": "x\x1b[31m"}, ", by x\\x1b[31m"),
    ],
)
def test_a_pending_change_in_trouble_is_said(run: Command, told: dict[str, Any], words: str) -> None:
    assert words in run(waiting(**told), "pending").out


def test_the_document_of_a_pending_change(run: Command) -> None:
    told = run(waiting(seconds_left=41.64, trouble="no answer"), "pending", "--json").document
    assert list(told) == [*HEAD, *PLAN, *TAIL]
    assert (told["schema"], told["action"], told["bond"], told["slave"]) == (
        "bondtui.pending/1",
        "down",
        "bond0",
        "eno1",
    )
    assert (told["applied"], told["seconds_left"], told["revert_at"]) == (True, 41.6, "2023-11-14T22:16:00.000Z")
    assert told["result"].startswith("undone by itself in 42 s")
    assert told["result"].endswith("; no answer")
    assert len(told["guards"]) == 14


def test_a_change_that_is_armed_but_not_made_yet_is_not_called_applied(run: Command) -> None:
    told = run(waiting(applied=False), "pending", "--json").document
    assert (told["applied"], told["slave"], told["seconds_left"]) == (False, "eno1", 60.0)


def test_that_nothing_is_pending_is_no_mistake_to_ask(run: Command) -> None:
    ran = run(healthy(), "pending")
    assert (ran.status, ran.out, ran.error) == (FINE, "No change is pending.\n", "")
    told = run(healthy(), "pending", "--json").document
    assert list(told) == [*HEAD, *PLAN, *TAIL]
    assert {told[key] for key in (*PLAN, *TAIL)} == {None}


@pytest.mark.parametrize("command", ["keep", "revert"])
def test_nothing_to_keep_or_to_revert_is_the_one_line(run: Command, command: str) -> None:
    ran = run(healthy(), command)
    assert (ran.status, ran.out, ran.error) == (CANNOT_OBSERVE, "", "bondtui: no change is pending\n")
    ran = run(healthy(), command, "--json")
    assert (ran.status, ran.error) == (CANNOT_OBSERVE, "bondtui: no change is pending\n")
    assert list(ran.document) == [*HEAD, *PLAN, *TAIL]
    assert ran.document["result"] == "no change is pending"
    assert {ran.document[key] for key in (*PLAN, *TAIL) if key != "result"} == {None}


@pytest.mark.parametrize(
    ("command", "result", "applied"),
    [("keep", "'down' is kept", True), ("revert", "'down' of eno1 is taken back", False)],
)
def test_a_change_is_settled(run: Command, command: str, result: str, applied: bool) -> None:
    machine = waiting()
    ran = run(machine, command)
    assert (ran.status, ran.out, ran.error, machine.held) == (FINE, f"{result}\n", "", None)
    told = run(waiting(), command, "--json").document
    assert list(told) == [*HEAD, *PLAN, *TAIL]
    assert (told["schema"], told["result"]) == (f"bondtui.{command}/1", result)
    assert (told["applied"], told["revert_at"], told["seconds_left"]) == (applied, None, None)
    assert told["slave"] == "eno1"


@pytest.mark.parametrize("command", ["pending", "keep", "revert"])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotPermitted("it is root's change"), NOT_PERMITTED),
        (NothingPending("it is over"), CANNOT_OBSERVE),
        (SourceError("no answer"), CANNOT_OBSERVE),
        (ActionError("it is tried again"), GUARD_REFUSED),
    ],
)
def test_what_cannot_be_settled_is_the_one_line(run: Command, command: str, error: Exception, status: int) -> None:
    machine = waiting()

    def fail() -> None:
        raise error

    machine.at[command] = fail
    ran = run(machine, command)
    assert (ran.status, ran.out, ran.error) == (status, "", f"bondtui: {error}\n")
    ran = run(machine, command, "--json")
    assert (ran.status, ran.document["result"]) == (status, str(error))


def test_a_change_that_could_not_be_taken_back_is_still_applied(run: Command) -> None:
    machine = waiting()

    def fail() -> None:
        raise ActionError("it is tried again")

    machine.at["revert"] = fail
    told = run(machine, "revert", "--json").document
    assert (told["applied"], told["seconds_left"], told["slave"]) == (True, 60.0, "eno1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("down",), "BOND, SLAVE"),
        (("down", "bond0"), "SLAVE"),
        (("down", "bond0", "eno1", "eno2"), "eno2"),
        (("down", "bond0", "eno1", "--revert-after", "0"), "'0' is not a number of seconds from 1 to 3600"),
        (("down", "bond0", "eno1", "--revert-after", "3601"), "3601"),
        (("activate", "bond0", "eno1", "--revert-after", "nan"), "nan"),
        (("up", "bond0", "eno1", "--revert-after", "60"), "--revert-after"),
        (("down", "bond0", "eno1", "--confirm"), "--confirm"),
        (("down", "bond0", "eno1", "--ye"), "--ye"),
        (("down", "bond0", "eno1", "--interval", "1"), "--interval"),
        (("down", "bond0", "eno1", "--demo", "nonsense"), "nonsense"),
        (("pending", "bond0"), "bond0"),
        (("keep", "--yes"), "--yes"),
        (("revert", "--demo"), "--demo"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_done(run: Command, arguments: tuple[str, ...], words: str) -> None:
    machine = healthy()
    ran = run(machine, *arguments)
    assert (ran.status, ran.out, words in ran.error) == (WRONG_USAGE, "", True)
    assert machine.steps == []


DRIVER = """
import json, os, sys
sys.path.insert(0, {root!r})
from bondtui import cli
from tests.builders import a_bond, a_pair, a_slave
from tests.machine import LiveMachine
machine = LiveMachine(a_bond(a_slave({slave!r}, 2, state="active"), a_slave("eno2", 3)))
cli._open = lambda _: machine
cli._hands = lambda _: machine
status = cli.main(sys.argv[1:])
with open({steps!r}, "w") as file:
    json.dump([status, machine.steps], file)
sys.exit(status)
"""


Program = Callable[..., tuple[subprocess.CompletedProcess[bytes], list[str]]]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Run a command in a process of its own, its files opened by a shell as said."""
    steps = tmp_path / "steps"

    def ran(
        files: str, *arguments: str, slave: str = "eno1", **environment: str
    ) -> tuple[subprocess.CompletedProcess[bytes], list[str]]:
        driver = tmp_path / "driver.py"
        driver.write_text(DRIVER.format(root=str(ROOT), slave=slave, steps=str(steps)))
        words = ["bash", "-c", f'"$@" {files}', "bash", sys.executable, str(driver), *arguments]
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, **environment},
            timeout=60,
            check=False,
        )
        told = json.loads(steps.read_text()) if steps.exists() else [None, []]
        return done, told[1]

    return ran


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize(
    "files", [">&-", "<&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full", ">/dev/full 2>/dev/full", "> >(exec <&-)"]
)
def test_an_action_is_completed_although_nobody_reads_what_it_says(
    program: Program, files: str, form: tuple[str, ...]
) -> None:
    ran, steps = program(files, "down", "bond0", "eno1", "--yes", *form)
    assert (ran.returncode, ran.stderr) == (FINE, b"")
    assert steps.count("apply") == 1
    assert steps[-1] == "write applied"


def test_the_one_line_is_not_printed_elsewhere_when_stderr_is_closed(program: Program) -> None:
    ran, _ = program("2>&-", "down", "bond0", "eno1", "--json")
    assert ran.returncode == WRONG_USAGE
    assert json.loads(ran.stdout)["applied"] is False
    ran, _ = program("2>/dev/full", "down", "bond0", "eno1", "--json")
    assert (ran.returncode, json.loads(ran.stdout)["verdict"]) == (WRONG_USAGE, "ok")


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("environment", [{"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX"}])
def test_names_that_the_locale_cannot_show_are_spelled_out(
    program: Program, form: tuple[str, ...], environment: dict[str, str]
) -> None:
    ran, steps = program("", "down", "bond0", "漢1", "--yes", *form, slave="漢1", **environment)
    assert (ran.returncode, ran.stderr, steps.count("apply")) == (FINE, b"", 1)
    if environment.get("PYTHONIOENCODING"):
        assert ran.stdout.isascii()


def test_the_question_is_asked_at_a_real_terminal(tmp_path: Path) -> None:
    steps, driver = tmp_path / "steps", tmp_path / "driver.py"
    driver.write_text(DRIVER.format(root=str(ROOT), slave="eno1", steps=str(steps)))
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, str(driver), "down", "bond0", "eno1"], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE
    )
    os.close(theirs)
    os.write(ours, b"y\n")
    try:
        _, error = running.communicate(timeout=60)
    finally:
        running.kill()
        said = os.read(ours, 1 << 16)
        os.close(ours)
    assert (running.returncode, error) == (FINE, b"")
    assert b"Do it? [y/N] " in said
    assert json.loads(steps.read_text())[1].count("apply") == 1


def demo(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bondtui", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("down", "bond0", "eno2", "--demo", "healthy"), WRONG_USAGE),
        (("down", "bond0", "eno2", "--demo", "healthy", "--dry-run"), FINE),
        (("down", "bond0", "eno9", "--demo", "healthy"), CANNOT_OBSERVE),
        (("up", "bond0", "eno1", "--demo", "healthy", "--yes"), FINE),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_same_commands_work_on_the_simulated_driver(
    arguments: tuple[str, ...], status: int, form: tuple[str, ...]
) -> None:
    ran = demo(*arguments, *form)
    assert ran.returncode == status, ran.stderr
    assert ran.stderr.count(b"\n") == (status != FINE)
    if status == CANNOT_OBSERVE and not form:
        assert ran.stdout == b""
    elif form:
        assert json.loads(ran.stdout)["simulated"] is True
    else:
        assert ran.stdout.startswith(b"SIMULATED")


def test_a_pending_change_is_told_by_anybody_who_plans(run: Command) -> None:
    machine = waiting()
    ran = run(machine, "activate", "bond0", "eno2", "--yes")
    assert ran.status == GUARD_REFUSED
    assert "'down' of eno1 in bond0 is pending" in ran.error
    assert isinstance(machine.held, Pending)


def test_a_slave_that_is_up_already_is_left_alone(run: Command) -> None:
    machine = healthy()
    ran = run(machine, "up", "bond0", "eno1", "--yes")
    assert ran.out.endswith("nothing to do: eno1 is set up already\n")
    assert "write applied" not in machine.steps
