"""What happens in a lab says so everywhere, stays in the lab, and proves nothing about a real bond."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bondtui import cli
from bondtui.commands.parts import scribe
from bondtui.core.monitor import Monitor
from bondtui.drill import history
from bondtui.model.bond import Bond
from bondtui.ports import ActionError
from bondtui.report import drill as drill_report
from bondtui.report.drill_markdown import markdown
from bondtui.report.recorder import ReportRecorder
from bondtui.system import audit, lab_mark, mark, runtime, whole_files
from bondtui.system.archive import open_archive
from bondtui.system.around import KernelAround
from bondtui.system.audit import AuditLog
from bondtui.system.host import FLAPPING, Host
from bondtui.system.peer import Peer
from bondtui.system.reporting import Reports
from bondtui.system.switch import Switch
from bondtui.system.system_log import SystemLog
from bondtui.view.drill_page import page as drill_page
from bondtui.view.drill_result import result
from bondtui.view.findings import At, findings_page
from bondtui.view.lacp import lacp_page
from bondtui.view.line import plain
from bondtui.view.page import Scroll
from bondtui.view.proven import proven_lines
from bondtui.view.screen import picture
from tests.actions import a_plan
from tests.builders import a_bond, a_look, a_pair, a_situation, a_slave
from tests.changes import a_down_plan, an_armed_change
from tests.drills import Conductor, a_drill, a_preflight, a_round, an_entry
from tests.machine import LiveMachine, a_pending

NOW = 1_800_000_000.0
LABS = pytest.mark.parametrize(("lab", "words"), [("netns", "namespaces of this kernel"), ("uml", "user-mode-linux")])


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The name of a lab in namespaces, which is not that of the machine that runs the tests."""
    mine = f"\0bondtui-lab-test-{os.getpid()}".encode()
    monkeypatch.setattr(lab_mark, "NAMES", {"netns": mine, "uml": mine + b"-uml"})
    monkeypatch.setattr(lab_mark, "_known", [])
    return mine


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Go into such a lab; returns the only folder in which anything may be kept. All others are looked after."""
    run = tmp_path / "run"
    monkeypatch.setattr(runtime, "SYSTEM", str(run))
    monkeypatch.setattr(audit, "SYSTEM", str(tmp_path / "log"))
    monkeypatch.setattr(whole_files, "STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def go(lab: str) -> Path:
        monkeypatch.setattr(lab_mark, "kind", lambda: lab)
        return run

    return go


def files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


# The mark


@pytest.mark.usefixtures("name")
@pytest.mark.parametrize("kernel", ["netns", "uml"])
def test_whoever_keeps_a_lab_makes_it_one(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "could_change_links", lambda *_: True)
    assert lab_mark.kind() == ""
    taken = lab_mark.take(kernel)
    with pytest.raises(OSError, match="a lab already"):
        lab_mark.take(kernel)
    assert (lab_mark.kind(), lab_mark.ends_with_us()) == (kernel, False)
    monkeypatch.setattr(os, "getppid", os.getpid)
    assert lab_mark.ends_with_us()
    taken.close()
    assert lab_mark.kind() == kernel, "it is asked once"


def test_a_stranger_who_takes_the_name_makes_no_lab_of_a_real_host(name: bytes) -> None:
    code = f"from bondtui.system import mark; held = mark.take({name!r}); print(1, flush=True); input()"
    argv = ["unshare", "--user", "--map-root-user", sys.executable, "-c", code]
    stranger = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert stranger.stdout is not None
    said = stranger.stdout.readline()
    could, there = runtime.could_change_links(stranger.pid, os.geteuid()), lab_mark.kind()
    stranger.kill()
    stranger.communicate()
    assert (said, could, there) == (b"1\n", True, "")


@pytest.mark.parametrize(("uid", "there"), [(0, "netns"), (4242, "")])
def test_who_becomes_root_after_taking_the_name_does_not_count(
    name: bytes, monkeypatch: pytest.MonkeyPatch, uid: int, there: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(mark, "holder", lambda asked: mark.Held(Peer(77, uid)) if asked == name else None)
    taken = mark.take(name)
    assert taken is not None
    assert lab_mark.kind() == there
    taken.close()


# What is kept


def test_a_drill_in_a_lab_leaves_everything_in_the_lab(
    inside: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = a_drill(a_round())
    run = inside("netns")
    for folder in (tmp_path / "state", tmp_path / "home/bondtui"):
        folder.mkdir(parents=True)
        (folder / "history.jsonl").write_text(json.dumps(an_entry(41, now=NOW)) + "\n")
    (tmp_path / "log").mkdir()
    (tmp_path / "log/audit.jsonl").write_text("{}\n")
    before = files(tmp_path)
    archive = open_archive()
    recorder = ReportRecorder(archive, scribe(simulated=False), lambda: NOW)
    recorder.begin(drill.preflight)
    recorder.write(drill, [])
    recorder.remember(drill)
    AuditLog(audit.places([])).write(audit.entry("applying", an_armed_change()))
    report, text = archive.paths
    new = files(tmp_path) - before
    assert {each for each in new if not each.endswith("lock")} == {
        *(os.path.relpath(each, tmp_path) for each in (report, text)),
        *("run/history.jsonl", "run/audit.jsonl"),
    }
    assert all(each.startswith("run/") for each in new)
    assert (run.stat().st_mode & 0o777, json.loads(Path(report).read_text())["lab"]) == (0o755, "netns")
    (remembered,) = archive.history()
    assert remembered["lab"] == "netns"
    assert set(Switch(system=str(run)).logs) == {f"{run}/audit.jsonl"}
    monkeypatch.setattr(runtime, "_own_bases", lambda: [str(tmp_path / "elsewhere")])
    assert runtime.folders(str(run), own=False) == []
    assert Switch(system=str(run)).pending() is None
    assert Path(runtime.make_folder(str(run), own=False)).parent == run
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(ActionError, match="is for root"):
        Switch(system=str(run)).arm(a_down_plan())


def test_a_report_goes_where_it_is_wanted_and_the_history_does_not(
    inside: Callable[[str], Path], tmp_path: Path
) -> None:
    inside("uml")
    drill = a_drill(a_round())
    recorder = ReportRecorder(open_archive(str(tmp_path / "mine")), scribe(simulated=False), lambda: NOW)
    recorder.begin(drill.preflight)
    recorder.write(drill, [])
    recorder.remember(drill)
    assert {each.partition("/")[0] for each in files(tmp_path)} == {"mine", "run"}


@pytest.mark.parametrize(("lab", "heard"), [("", ["said", "cried"]), ("netns", []), ("uml", [])])
def test_nobody_outside_hears_of_a_lab(
    inside: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lab: str, heard: list[str]
) -> None:
    told: list[str] = []

    def spawn(*_: object, **__: object) -> int:
        told.append("cried")
        return 2**30

    monkeypatch.setattr(os, "posix_spawn", spawn)
    log = AuditLog([str(inside(lab))])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(tmp_path / "log"))
        daemon.setblocking(False)
        Reports(log, SystemLog(str(tmp_path / "log")), wall=["/bin/sh"]).cry_out(
            audit.entry("revert-failed", an_armed_change())
        )
        with suppress(BlockingIOError):
            told.insert(0, "said" if daemon.recv(1 << 16) else "")
    assert told == heard
    assert files(tmp_path) == {"run/audit.jsonl"}


# What is proven


@pytest.mark.parametrize(
    ("here", "proven", "drawn"),
    [
        ("", "real", "drill  eno1: 41 days ago, 120 ms, PASS   eno2: never proven"),
        ("netns", "lab", "drill  eno1: never proven   eno2: 3 days ago, 120 ms, PASS"),
        ("uml", "lab", "drill  eno1: never proven   eno2: 3 days ago, 120 ms, PASS"),
    ],
)
def test_a_drill_in_a_lab_is_no_proof_outside_nor_the_other_way_round(here: str, proven: str, drawn: str) -> None:
    remembered = [
        an_entry(41, now=NOW, report="real"),
        an_entry(3, now=NOW, slave="eno2", permanent_hwaddr="02:00:00:00:00:03", lab="netns", report="lab"),
        an_entry(2, now=NOW, bond="bond9", lab="uml" if not here else None),
    ]
    there = history.proofs(remembered, [a_pair()], NOW, here)
    assert [each.newest["report"] for each in there if each.newest] == [proven]
    look = a_look(a_pair(), history=remembered, monitor={"lab": here})
    look = look._replace(now=look.now._replace(wall=NOW))
    assert [plain(line).strip() for line in proven_lines(look, look.monitor.bonds[0], 160)] == [drawn]


# What is looked at


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine whose own bond0 has lost the link of its own eno1 just now, and is configured."""
    for folder in ("dev", "proc/self", "run", "etc/network"):
        (tmp_path / folder).mkdir(parents=True)
    now = time.clock_gettime(time.CLOCK_MONOTONIC)
    (tmp_path / "dev/kmsg").write_text(
        "6,0,0,-;start\n"
        f"4,1,{round((now - 20) * 1e6)},-;bond0: (slave eno1): link status definitely down, disabling slave\n"
        f"4,2,{round((now - 20) * 1e6)},-;bond0: Warning: No 802.3ad response from the link partner for any adapters in the bond\n"
    )
    (tmp_path / "etc/network/interfaces").write_text(
        "iface bond0 inet manual\n  bond-slaves eno1 eno2\n  bond-mode 4\n"
    )
    return tmp_path


def of_the_lab(failures: int) -> Bond:
    slaves = (a_slave("eno1", 2**30, failures=failures), a_slave("eno2", 2**30 + 1))
    return a_bond(*slaves, ifindex=2**30 + 2)


@pytest.mark.parametrize(
    ("lab", "failures", "own", "lost", "unknown"),
    [
        ("", 1, 0, 1, ""),
        ("uml", 1, 0, 1, ""),
        ("netns", 0, 0, 0, ""),
        (
            "netns",
            1,
            0,
            None,
            "eno1 has lost its link 1 time, when is not known: the kernel log is that of the whole machine",
        ),
        ("netns", 1, 1, 0, ""),
        (
            "netns",
            3,
            2,
            None,
            "eno1 has lost its link 3 times, when is not known: the kernel log is that of the whole machine",
        ),
    ],
)
def test_the_log_of_the_machine_is_not_that_of_a_lab_in_its_namespaces(
    root: Path, lab: str, failures: int, own: int, lost: int | None, unknown: str
) -> None:
    bond, downs = (
        of_the_lab(failures),
        [("bond0", "eno1", 1.0), ("bond0", "eno9", 1.0)][: own and own + 1] * max(1, own),
    )
    facts = Host(str(root), lambda: downs, lab=lab).facts(bond)
    told = KernelAround(str(root), lambda: downs, lab=lab).around([bond])
    assert (len(facts.lost_links.get(2**30, ())), facts.unknown.get(FLAPPING, "")) == (lost or 0, unknown)
    known = told.lost_links.get(2**30)
    assert (None if known is None else len(known), told.unknown.get("lost_links", "")) == (lost, unknown)
    assert told.lost_links[2**30 + 1] == ()
    assert [each.kind for each in told.log] == ([] if lab == "netns" else ["no-partner"])
    assert ("log" in told.unknown) == (lab == "netns")


@pytest.mark.parametrize(("lab", "configured"), [("", ["bond0"]), ("netns", None), ("uml", None)])
def test_the_configuration_of_the_machine_is_not_that_of_a_lab(
    root: Path, lab: str, configured: list[str] | None
) -> None:
    told = KernelAround(str(root), lab=lab).around([of_the_lab(0)])
    assert (told.configured and [each.bond for each in told.configured]) == configured
    assert told.unknown.get("configured") == ("a lab has no configuration" if lab else None)


# What is said


@pytest.fixture
def command(
    inside: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """What a command prints in this lab, over a healthy bond whose slave was set down."""
    bond = a_pair()
    pending = a_pending(a_plan(a_situation(bond)), seconds_left=52.0)

    def run(lab: str, *arguments: str) -> str:
        inside(lab)
        machine = LiveMachine(bond, pending=pending if arguments[0] in ("pending", "keep") else None)
        conductor = Conductor(a_preflight(), a_drill(a_round()))

        def make(_: object, recorder: Any) -> Conductor:
            conductor.recorder = recorder
            return conductor

        monkeypatch.setattr(cli, "_open", lambda _: machine)
        monkeypatch.setattr(cli, "_hands", lambda _: machine)
        monkeypatch.setattr(cli, "_kernel_hands", lambda: machine)
        monkeypatch.setattr(cli, "_rehearsal", lambda *_: make)
        cli.main(list(arguments))
        return capsys.readouterr().out

    return run


COMMANDS = pytest.mark.parametrize(
    "arguments",
    [
        *(["status"], ["check"], ["history"], ["pending"], ["keep"]),
        *(["down", "bond0", "eno1", "--dry-run"], ["drill", "bond0", "--slave", "eno1", "--yes"]),
    ],
    ids=" ".join,
)


@LABS
@COMMANDS
def test_every_text_begins_with_it(command: Callable[..., str], arguments: list[str], lab: str, words: str) -> None:
    first = command(lab, *arguments).splitlines()[0]
    assert first.startswith("LAB: these bonds are a throw-away network of bondtui's own, ")
    assert words in first
    assert "LAB" not in command("", *arguments)


@COMMANDS
def test_every_document_tells_which(command: Callable[..., str], arguments: list[str]) -> None:
    for lab in ("netns", "uml", ""):
        told = json.loads(command(lab, *arguments, "--json"))
        assert (list(told)[3:5], told["simulated"], told["lab"]) == (["simulated", "lab"], False, lab or None)


def test_a_monitoring_system_is_told(command: Callable[..., str]) -> None:
    assert command("uml", "check", "--nagios").startswith("BONDTUI OK: LAB: bond0 ok")
    assert command("netns", "check", "--nagios", "--config", "/nowhere").startswith("BONDTUI UNKNOWN: LAB: /nowhere: ")


@pytest.mark.parametrize(
    ("lab", "folder", "said"),
    [
        (
            "",
            "state",
            ["bond0", "  eno1: 41 days ago, 120 ms, PASS; failback 0 lost (< 11 ms)", "  eno2: never proven"],
        ),
        (
            "uml",
            "run",
            ["bond0", "  eno1: 3 days ago, 120 ms, PASS; failback 0 lost (< 11 ms)", "  eno2: never proven"],
        ),
    ],
)
def test_a_history_that_was_copied_is_told_apart(
    command: Callable[..., str], tmp_path: Path, lab: str, folder: str, said: list[str]
) -> None:
    now = time.time()
    (tmp_path / folder).mkdir()
    mixed = [an_entry(41, now=now), an_entry(3, now=now, lab="netns")]
    (tmp_path / folder / "history.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in mixed))
    assert command(lab, "history").splitlines()[-3:] == said
    assert len(command(lab, "history").splitlines()) == 3 + bool(lab)


def test_a_simulated_machine_in_a_lab_is_simulated(
    inside: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    inside("uml")
    for arguments in (["status"], ["check"], ["down", "bond0", "eno1", "--dry-run"]):
        cli.main([*arguments, "--demo", "--json"])
        told = json.loads(capsys.readouterr().out)
        assert (told["simulated"], told["lab"]) == (True, None)


def test_the_settings_of_the_machine_are_not_for_a_lab(
    command: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "check.toml"
    settings.write_text("[bond.bond0]\nignore = true\n")
    monkeypatch.setattr("bondtui.commands.check_settings.SETTINGS_FILE", str(settings))
    ignored = [json.loads(command(lab, "check", "--json"))["ignored"] for lab in ("", "netns")]
    assert ignored == [["bond0"], []]
    assert json.loads(command("netns", "check", "--json", "--config", str(settings)))["ignored"] == ["bond0"]


def test_the_report_for_a_ticket_says_it_twice() -> None:
    drill = a_drill(a_round())
    document = drill_report.Scribe("bondtui-lab", False, {}, "uml").document(drill, NOW)
    text = markdown(drill, document)
    assert "> **LAB: these bonds are a throw-away network of bondtui's own, with a kernel of its own" in text
    assert "It was done in a lab: it proves nothing of a real bond." in text
    real = markdown(drill, drill_report.Scribe("db-07", False, {}).document(drill, NOW))
    assert "LAB" not in real
    assert "a lab" not in real
    last = list(drill_report.result_lines(drill, ("", "/run/bondtui/drills/x.md"), simulated=False, lab="uml"))[-1]
    assert last == "  report: /run/bondtui/drills/x.md (gone with the lab)"


@pytest.mark.parametrize(("columns", "rows"), [(160, 45), (80, 24), (40, 10), (30, 6)])
@pytest.mark.parametrize("lab", ["netns", "uml"])
def test_every_page_says_it_at_any_size_whatever_the_host_is_called(columns: int, rows: int, lab: str) -> None:
    look = a_look(a_pair(), monitor={"lab": lab}, host="a-host-with-a-very-long-name-in-some-rack-of-some-room")
    drawn = {
        "dashboard": picture(look, columns, rows).lines,
        "first words": picture(look._replace(first_words=True), columns, rows).lines,
        "findings": findings_page(look, At(), columns, rows).lines,
        "lacp": lacp_page(look, Scroll(), columns, rows).lines,
        "drill": drill_page(look, result(a_drill(a_round()), "", look, columns, rows), columns, rows).lines,
    }
    for what, lines in drawn.items():
        assert f" LAB {lab} " in plain(lines[0]), what
        assert all(len(plain(line)) == columns for line in lines), what
    assert "LAB" not in plain(picture(a_look(a_pair()), columns, rows).lines[0])
    assert Monitor(simulated=True, lab="uml").label == "SIMULATED"
