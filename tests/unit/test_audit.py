"""The audit log: where it is, that it only grows, and what can be read from it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bondtui.system import audit
from bondtui.system.audit import AuditError, AuditLog, entry
from bondtui.system.audit_reading import last_end, recent_downs
from tests.actions import a_plan
from tests.builders import HOSTILE_NAMES, a_bond, a_situation, a_slave
from tests.changes import an_activate_plan, an_armed_change

NAMESPACE = "net-4-1"


def an_entry(what: str = "applying", **rest: Any) -> dict[str, Any]:
    return entry(what, an_armed_change(), **rest)


def written(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_entry_says_who_did_what_from_where_and_why(tmp_path: Path) -> None:
    log = AuditLog([str(tmp_path)])
    assert log.write(an_entry("reverted", why="time was up", result="eno1 is set up in bond0")) == log.path
    (said,) = written(tmp_path / "audit.jsonl")
    expected = {
        "what": "reverted",
        "why": "time was up",
        "result": "eno1 is set up in bond0",
        "action": "down",
        "bond": "bond0",
        "slave": "eno1",
        "id": "abc123",
        "netns": NAMESPACE,
    }
    assert expected.items() <= said.items()
    assert (said["user"], said["sudo_user"], said["tty"], said["ssh_client"]) == ("root", "alice", "pts/3", "192.0.2.7")
    assert said["ifindexes"] == {"bond": 10, "slave": 2}
    assert said["plan"]["command"] == ["ip", "link", "set", "eno1", "down"]
    assert {each["guard"] for each in said["plan"]["guards"]} > {"last-usable-slave", "no-monitor"}


def test_its_time_is_utc_to_the_millisecond() -> None:
    assert audit.rfc3339(1_700_000_000.0416) == "2023-11-14T22:13:20.042Z"
    assert audit.rfc3339(1_700_000_000.9999) == "2023-11-14T22:13:21.000Z"


def test_a_users_log_is_his_own(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        AuditLog([str(tmp_path / "state/bondtui")]).write(an_entry())
    finally:
        os.umask(before)
    assert mode(tmp_path / "state/bondtui/audit.jsonl") == 0o600
    assert mode(tmp_path / "state/bondtui") == 0o700


def test_the_systems_log_may_be_read_by_its_group_whatever_the_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SYSTEM", str(tmp_path / "bondtui"))
    before = os.umask(0o077)
    try:
        AuditLog([audit.SYSTEM]).write(an_entry())
    finally:
        os.umask(before)
    assert mode(tmp_path / "bondtui/audit.jsonl") == 0o640
    assert mode(tmp_path / "bondtui") == 0o750


def test_the_system_has_to_have_a_folder_for_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "SYSTEM", str(tmp_path / "no/bondtui"))
    with pytest.raises(AuditError, match="No such file"):
        AuditLog([audit.SYSTEM]).write(an_entry())
    assert list(tmp_path.iterdir()) == []


def test_where_the_first_place_cannot_be_written_the_next_one_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/audit.jsonl").symlink_to("/dev/full")
    log = AuditLog([str(tmp_path / "file/x"), str(tmp_path / "full"), str(tmp_path / "good")])
    assert log.write(an_entry()) == str(tmp_path / "good/audit.jsonl") == log.path


def test_when_no_place_can_be_written_that_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(AuditError, match=r"cannot write the audit log \(.*Is a directory\)") as raised:
        AuditLog([str(tmp_path)]).write(an_entry())
    assert "\n" not in str(raised.value)


def test_an_entry_that_does_not_fit_is_not_taken_for_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[: len(data) // 2]))
    with pytest.raises(AuditError, match="No space left"):
        AuditLog([str(tmp_path)]).write(an_entry())
    monkeypatch.undo()
    AuditLog([str(tmp_path)]).write(an_entry("kept"))
    cut, whole = (tmp_path / "audit.jsonl").read_text().splitlines()
    assert json.loads(whole)["what"] == "kept"
    assert cut.startswith('{"time"')


def test_it_goes_on_in_a_new_file_when_it_is_rotated(tmp_path: Path) -> None:
    log = AuditLog([str(tmp_path)])
    log.write(an_entry("applying"))
    (tmp_path / "audit.jsonl").rename(tmp_path / "audit.jsonl.1")
    log.write(an_entry("applied"))
    assert [each["what"] for each in written(tmp_path / "audit.jsonl")] == ["applied"]
    assert [each["what"] for each in written(tmp_path / "audit.jsonl.1")] == ["applying"]


def test_entries_of_many_processes_do_not_run_into_each_other(tmp_path: Path) -> None:
    code = f"""
from bondtui.system.audit import AuditLog
log = AuditLog([{str(tmp_path)!r}])
for number in range(40):
    log.write({{"number": number, "filling": "x" * 9000}})
"""
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [each.wait(60) for each in running] == [0] * 4
    assert sorted(each["number"] for each in written(tmp_path / "audit.jsonl")) == sorted([*range(40)] * 4)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_is_one_line_of_plain_text(tmp_path: Path, name: str) -> None:
    plan = a_plan(a_situation(a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3)), slave=name))
    AuditLog([str(tmp_path)]).write(entry("applied", an_armed_change(plan)))
    raw = (tmp_path / "audit.jsonl").read_bytes()
    assert raw.isascii()
    assert b"\x1b" not in raw
    assert raw.count(b"\n") == 1
    (down,) = recent_downs([str(tmp_path / "audit.jsonl")], 60.0)
    assert down.slave == name


def test_root_and_others_have_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert audit.places(["/run/x"]) == ["/var/log/bondtui", "/state/bondtui", "/run/x"]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/alice")
    assert audit.places([]) == ["/home/alice/.local/state/bondtui"]


def test_what_was_set_down_lately_is_found_also_just_after_a_rotation(tmp_path: Path) -> None:
    log = AuditLog([str(tmp_path)])
    log.write({**an_entry("applying"), "id": "1", "slave": "eno9"})
    (tmp_path / "audit.jsonl").rename(tmp_path / "audit.jsonl.1")
    old = {**an_entry("applying"), "id": "2", "time": audit.rfc3339(time.time() - 700)}
    for each in (old, {**an_entry("applying"), "id": "3"}, {**an_entry("applied"), "id": "3"}, an_entry("refused")):
        log.write(each)
    log.write(entry("applied", an_armed_change(an_activate_plan())))
    found = recent_downs([log.path, str(tmp_path / "nowhere")], 600.0)
    assert [(down.bond, down.slave) for down in found] == [("bond0", "eno9"), ("bond0", "eno1")]
    assert all(abs(down.wall - time.time()) < 60 for down in found)


def test_damaged_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog([str(tmp_path)])
    log.write(an_entry("applying"))
    with path.open("ab") as file:
        file.write(b'\n[1]\n\xff\n{"what": "applied"}\n{"what": ["applied"], "time": 7}\n' + b"[" * 99_999 + b"\n{")
    log.write({**an_entry("kept"), "why": "asked by alice", "time": "2026-11-22T12:03:11.000Z"})
    assert len(recent_downs([str(path)], 60.0)) == 1
    assert "was kept at" in last_end([str(path)], NAMESPACE)


def test_how_the_last_change_ended_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    log = AuditLog([str(tmp_path)])
    assert last_end(log.paths, NAMESPACE) == ""
    log.write({**an_entry("kept"), "time": "2026-11-22T12:01:00.000Z"})
    log.write({**an_entry("reverted", why="time was up"), "time": "2026-11-22T12:03:11.042Z"})
    log.write({**an_entry("gone"), "time": "2026-11-22T12:09:11.042Z", "netns": "net-4-2"})
    log.write({**an_entry("refused"), "time": "2026-11-22T12:10:11.042Z"})
    expected = "the last change, down eno1 in bond0, was reverted at 12:03:11: time was up"
    assert last_end(log.paths, NAMESPACE) == expected
    for what, result, words in (
        ("gone", "the interface is gone", "could not be reverted"),
        ("not-needed", "eno1 is up", "did not need to be reverted"),
    ):
        log.write({**an_entry(what, why="time was up"), "result": result, "time": "2026-11-22T12:04:00.000Z"})
        expected = f"the last change, down eno1 in bond0, {words} at 12:04:00: {result}"
        assert last_end([log.paths[0]], NAMESPACE) == expected
        Path(log.paths[0]).unlink()
    monkeypatch.undo()
    time.tzset()
