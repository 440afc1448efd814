"""The command line: what may be said, and one line on stderr for what may not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bondtui import __version__
from bondtui.arguments import parse
from bondtui.cli import CANNOT_OBSERVE, FINE, WRONG_USAGE, main
from bondtui.core.words import printable
from bondtui.model.probe import Target
from bondtui.options import Options
from bondtui.triage.limits import Limits

ROOT = Path(__file__).parents[2]
Captured = pytest.CaptureFixture[str]


def status_of(*arguments: str) -> int:
    """The exit status of a command that ends by itself."""
    try:
        return main(list(arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


def refused(capsys: Captured, *arguments: str) -> str:
    """The one line that a mistake is answered with."""
    assert status_of(*arguments) == WRONG_USAGE
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("bondtui: ")
    assert error.count("\n") == 1
    assert error.endswith("\n")
    return error


def test_a_bare_command_has_the_documented_defaults() -> None:
    bare, parsed = vars(Options()), vars(parse(["--interval", "1"]))
    assert bare == parsed
    assert bare == {
        "command": "dashboard",
        "bond": None,
        "bonds": [],
        "demo": None,
        "interval": 1.0,
        "read_only": False,
        "json": False,
        "slave": "",
        "revert_after": 60.0,
        "dry_run": False,
        "yes": False,
        "confirm": "",
        "fault": "admin-down",
        "targets": [],
        "period": None,
        "rounds": 1,
        "hold": 3.0,
        "objective": None,
        "report": None,
        "proc": [],
        "sos": [],
        "nagios": False,
        "config": None,
        "words": [],
        "lab": None,
        "lab_request": None,
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["bond0"], {"bond": "bond0"}),
        (["--demo"], {"demo": "failover"}),
        (["--demo", "lacp"], {"demo": "lacp"}),
        (["bond0", "--demo=lacp-split"], {"bond": "bond0", "demo": "lacp-split"}),
        (["--interval", "0.1"], {"interval": 0.1}),
        (["--interval", "60"], {"interval": 60.0}),
        (["--read-only"], {"read_only": True}),
        (["status"], {"command": "status"}),
        (["status", "bond0", "bond1"], {"command": "status", "bonds": ["bond0", "bond1"]}),
        (["status", "--json", "--demo"], {"command": "status", "json": True, "demo": "failover"}),
        (["status", "b\udcff"], {"command": "status", "bonds": ["b\udcff"]}),
        (["status", "--proc", "-"], {"command": "status", "proc": ["-"]}),
        (["status", "bond0", "--proc", "a", "b"], {"command": "status", "bonds": ["bond0"], "proc": ["a", "b"]}),
        (["check"], {"command": "check"}),
        (["check", "bond0", "b\udcff", "--json"], {"command": "check", "bonds": ["bond0", "b\udcff"], "json": True}),
        (["check", "--nagios", "--demo", "lacp"], {"command": "check", "nagios": True, "demo": "lacp"}),
        (
            ["check", "--proc", "a", "-", "--sos", "d", "--proc", "b", "--config", "c", "--", "-b"],
            {"command": "check", "proc": ["a", "-", "b"], "sos": ["d"], "config": "c", "bonds": ["-b"]},
        ),
        (["explain"], {"command": "explain"}),
        (["explain", "BT001", "802.3ad"], {"command": "explain", "words": ["BT001", "802.3ad"]}),
        (["--revert-after", "3600"], {"revert_after": 3600.0}),
        (["down", "bond0", "eno1"], {"command": "down", "bond": "bond0", "slave": "eno1"}),
        (["up", "bond0", "eno1", "--yes"], {"command": "up", "bond": "bond0", "slave": "eno1", "yes": True}),
        (
            ["activate", "--json", "bond0", "--dry-run", "eno1", "--confirm", "bond0", "--revert-after=1"],
            {
                "command": "activate",
                "bond": "bond0",
                "slave": "eno1",
                "json": True,
                "dry_run": True,
                "confirm": "bond0",
                "revert_after": 1.0,
            },
        ),
        (
            ["down", "bond0", "eno1", "--demo", "lacp"],
            {"command": "down", "bond": "bond0", "slave": "eno1", "demo": "lacp"},
        ),
        (["down", "--yes", "--", "-b", "--yes"], {"command": "down", "bond": "-b", "slave": "--yes", "yes": True}),
        (["up", "b\udcff", "e\udcff"], {"command": "up", "bond": "b\udcff", "slave": "e\udcff"}),
        *(([command], {"command": command}) for command in ("pending", "keep", "revert")),
        (["pending", "--json"], {"command": "pending", "json": True}),
        (["drill", "bond0"], {"command": "drill", "bond": "bond0"}),
        (["drill", "b\udcff", "--yes", "--json"], {"command": "drill", "bond": "b\udcff", "yes": True, "json": True}),
        (
            ["drill", "--slave", "all", "bond0", "--fault", "cable", "--confirm", "bond0", "--report", "/x"],
            {
                "command": "drill",
                "bond": "bond0",
                "slave": "all",
                "fault": "cable",
                "confirm": "bond0",
                "report": "/x",
            },
        ),
        (
            [
                "drill",
                "bond0",
                "--target",
                "192.0.2.1",
                "tcp:192.0.2.2:22",
                "--demo",
                "lacp",
                "--target",
                "2001:db8::1",
            ],
            {
                "command": "drill",
                "bond": "bond0",
                "demo": "lacp",
                "targets": [Target("192.0.2.1"), Target("192.0.2.2", "tcp", 22), Target("2001:db8::1")],
            },
        ),
        *(
            (["drill", "bond0", f"--{name}", text], {"command": "drill", "bond": "bond0", name: value})
            for name, text, value in (
                ("period", "1", 1.0),
                ("period", "10000", 10_000.0),
                ("rounds", "100", 100),
                ("hold", "0.5", 0.5),
                ("objective", "120.5", 120.5),
            )
        ),
        (["history"], {"command": "history"}),
        (["history", "bond0", "--json"], {"command": "history", "bond": "bond0", "json": True}),
        (["--", "-bond"], {"bond": "-bond"}),
        (["--", "down"], {"bond": "down"}),
        (["--", "--demo"], {"bond": "--demo"}),
    ],
)
def test_what_is_said_is_understood(arguments: list[str], expected: dict[str, object]) -> None:
    assert vars(parse(arguments)) == {**vars(Options()), **expected}


@pytest.mark.parametrize(
    "scenario", ["failover", "lacp", "lacp-split", "silent-partner", "flapping", "all-modes", "healthy"]
)
def test_every_scenario_can_be_asked_for(scenario: str) -> None:
    assert parse(["--demo", scenario]).demo == scenario


def test_the_version_is_printed(capsys: Captured) -> None:
    assert status_of("--version") == FINE
    assert capsys.readouterr() == (f"bondtui {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--help"], "--demo"),
        (["--help"], "bondtui pending|keep|revert"),
        (["status", "--help"], "--json"),
        (["down", "--help"], "--revert-after"),
        (["up", "--help"], "--confirm BOND"),
        (["activate", "--help"], "--dry-run"),
        (["revert", "--help"], "now"),
        (["--help"], "bondtui drill BOND"),
        (["--help"], "bondtui history [BOND]"),
        (["drill", "--help"], "--objective MS"),
        (["drill", "--help"], "admin-down,switch-active,cable"),
        (["history", "--help"], "last proven"),
        (["--help"], "bondtui check [BOND ...]"),
        (["--help"], "2 a check with something critical"),
        (["status", "--help"], "--proc FILE"),
        (["check", "--help"], "/etc/bondtui/check.toml"),
        (["check", "--help"], 'mute = ["BT055", "same-nic"]'),
        (["check", "--help"], "10 seconds at most"),
        (["check", "--help"], "2 critical"),
        (["explain", "--help"], "802.3ad"),
    ],
)
def test_help_goes_to_stdout(capsys: Captured, arguments: list[str], word: str) -> None:
    assert status_of(*arguments) == FINE
    out, error = capsys.readouterr()
    assert word in out
    assert error == ""


@pytest.mark.parametrize("text", ["0", "61", "nan", "abc", "-1", "inf", "", "0.09", "1e9", "60.01"])
def test_an_interval_out_of_range_is_refused(capsys: Captured, text: str) -> None:
    assert f"'{text}' is not a number of seconds from 0.1 to 60" in refused(capsys, f"--interval={text}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--wrong"], "--wrong"),
        (["-x"], "-x"),
        (["bond0", "bond1"], "bond1"),
        (["--demo", "nonsense"], "nonsense"),
        (["--interval"], "--interval"),
        (["--inter", "1"], "--inter"),
        (["--json"], "--json"),
        (["status", "--wrong"], "--wrong"),
        (["status", "--interval", "1"], "--interval"),
        (["status", "--demo", "nonsense"], "nonsense"),
        (["drill"], "BOND"),
        (["drill", "bond0", "bond1"], "bond1"),
        (["drill", "bond0", "--fault", "hammer"], "hammer"),
        (["drill", "bond0", "--revert-after", "9"], "--revert-after"),
        (["drill", "bond0", "--dry-run"], "--dry-run"),
        (["drill", "bond0", "--target"], "--target"),
        (["drill", "bond0", "--target", "nobody"], "nobody"),
        (["drill", "bond0", "--target", "192.0.2.1", "tcp:192.0.2.1"], "tcp:192.0.2.1"),
        (["drill", "bond0", "--report="], "no name"),
        (["history", "bond0", "bond1"], "bond1"),
        (["history", "--demo"], "--demo"),
        (["status", "--demo", "--proc", "x"], "--demo is a simulated machine"),
        (["status", "--proc"], "--proc"),
        (["status", "--proc", ""], "the name is empty"),
        (["status", "--sos", "x"], "--sos"),
        (["check", "--json", "--nagios"], "--nagios"),
        (["check", "--demo", "lacp", "--proc", "x"], "--demo is a simulated machine"),
        (["check", "--sos", "x", "--demo"], "--demo is a simulated machine"),
        (["check", "--config", ""], "the name is empty"),
        (["check", "--sos="], "the name is empty"),
        (["check", "--interval", "1"], "--interval"),
        (["explain", "--json"], "--json"),
    ],
)
def test_a_mistake_is_named(capsys: Captured, arguments: list[str], words: str) -> None:
    assert words in refused(capsys, *arguments)


@pytest.mark.parametrize("text", ["0", "0.9", "3601", "nan", "inf", "-1", "", "1 s"])
@pytest.mark.parametrize("command", [["down", "bond0", "eno1"], ["activate", "bond0", "eno1"], []])
def test_a_time_to_revert_that_is_out_of_range_is_refused(capsys: Captured, command: list[str], text: str) -> None:
    words = f"'{text}' is not a number of seconds from 1 to 3600"
    assert words in refused(capsys, *command, f"--revert-after={text}")


@pytest.mark.parametrize(
    ("option", "words", "texts"),
    [
        ("--period", "milliseconds from 1 to 10000", ["0", "0.99", "10001", "nan", "-5", "x", ""]),
        ("--hold", "seconds from 0.5 to 600", ["0", "0.4", "601", "inf", "x"]),
        ("--objective", "milliseconds from 1 to 3600000", ["0", "-1", "nan", "4000000"]),
        ("--rounds", "rounds from 1 to 100", ["0", "101", "1.5", "-1", "", "x", "\u0661", "9" * 5000]),
    ],
)
def test_a_number_of_a_drill_that_is_out_of_range_is_refused(
    capsys: Captured, option: str, words: str, texts: list[str]
) -> None:
    for text in texts:
        assert words in refused(capsys, "drill", "bond0", f"{option}={text}")


def test_the_help_of_check_names_every_key_of_the_settings(capsys: Captured) -> None:
    assert status_of("check", "--help") == FINE
    said = " ".join(capsys.readouterr().out.split())
    for key, default in Limits()._asdict().items():
        assert f"{key} = {default}" in said
    for words in (
        'no_bonds = "unknown"',
        'warning = "medium", critical = "critical"',
        "ignore = false",
        "[bond.NAME.limits]",
    ):
        assert words in said


def test_every_command_of_the_contract_is_known(capsys: Captured) -> None:
    for command in [
        "status",
        "check",
        "explain",
        "down",
        "up",
        "activate",
        "pending",
        "keep",
        "revert",
        "drill",
        "history",
        "lab",
    ]:
        assert status_of(command, "--help") == FINE
        assert capsys.readouterr().out.startswith(f"usage: bondtui {command}")


def test_what_is_done_by_itself_is_said_where_it_is_asked_for(capsys: Captured) -> None:
    for command in ("down", "activate"):
        assert status_of(command, "--help") == FINE
        assert "unless" in capsys.readouterr().out
    assert status_of("up", "--help") == FINE
    assert "--revert-after" not in capsys.readouterr().out


@pytest.mark.parametrize("nasty", ["--a\nb", "--\x1b[31mred", "--\x07", "--\u202ex"])
def test_a_mistake_is_answered_in_one_line_that_controls_nothing(capsys: Captured, nasty: str) -> None:
    commands = (
        ["status"],
        ["check"],
        ["explain"],
        ["down", "bond0", "eno1"],
        ["keep"],
        ["drill", "bond0"],
        ["history"],
    )
    for arguments in ([nasty], *([*c, nasty] for c in commands), ["--demo", nasty[2:]], ["--interval", nasty[2:]]):
        line = refused(capsys, *arguments)
        assert printable(line[:-1]) == line[:-1]


def test_a_bond_that_is_not_there_is_said_with_those_that_are(capsys: Captured) -> None:
    assert status_of("status", "no\x1b\udcff", "--demo", "healthy") == CANNOT_OBSERVE
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("bondtui: no bond named 'no\\x1b\\xff' here; there is bond0")
    assert error.count("\n") == 1


def test_the_document_is_all_there_is_on_stdout(capsys: Captured) -> None:
    assert status_of("status", "--json", "--demo", "healthy") == FINE
    out, error = capsys.readouterr()
    document = json.loads(out)
    assert (document["schema"], document["simulated"], error) == ("bondtui.status/1", True, "")
    assert document["host"] == os.uname().nodename


def test_only_the_bonds_asked_for_are_told(capsys: Captured) -> None:
    assert status_of("status", "--json", "--demo", "all-modes") == FINE
    names = [bond["name"] for bond in json.loads(capsys.readouterr().out)["bonds"]]
    assert len(names) == 7
    assert status_of("status", names[3], names[1], "--json", "--demo", "all-modes") == FINE
    told = [bond["name"] for bond in json.loads(capsys.readouterr().out)["bonds"]]
    assert sorted(told) == sorted((names[1], names[3]))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run bondtui as a person does, with nobody at a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "bondtui", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", [[], ["--demo"], ["bond0"]])
def test_the_dashboard_without_a_terminal_is_refused_in_one_line(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.returncode, ran.stdout) == (WRONG_USAGE, b"")
    assert ran.stderr.startswith(b"bondtui: the dashboard needs a terminal")
    assert ran.stderr.count(b"\n") == 1


def test_text_that_the_locale_cannot_show_is_spelled_out() -> None:
    ran = run("status", "--demo", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (ran.returncode, ran.stderr) == (FINE, b"")
    assert ran.stdout.startswith(b"SIMULATED")
    assert b"\x1b" not in ran.stdout
