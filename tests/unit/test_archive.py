"""Reports and history on disk: whole or not at all, never over another's, and damage is kept aside."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bondtui.ports import ArchiveError
from bondtui.system import history_file, whole_files
from bondtui.system.archive import FileArchive, MemoryArchive, open_archive, places, safe
from bondtui.system.history_file import HistoryFile
from tests.builders import HOSTILE_NAMES

NAME = "2026-11-22T121314Z-bond0-eno1"


def an_archive(path: Path, *, reports: str = "drills") -> FileArchive:
    return FileArchive([str(path / reports)], HistoryFile([str(path)]))


def files(path: Path) -> list[str]:
    return sorted(str(each.relative_to(path)) for each in path.rglob("*") if each.is_file())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_both_files_are_there_and_are_put_in_place_of_the_ones_before(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    archive.begin(NAME)
    archive.write({"verdict": "interrupted"}, "# interrupted\n")
    archive.write({"verdict": "pass"}, "# pass\n")
    as_json, as_text = archive.paths
    assert (as_json, as_text) == (str(tmp_path / f"drills/{NAME}.json"), str(tmp_path / f"drills/{NAME}.md"))
    assert json.loads(Path(as_json).read_text()) == {"verdict": "pass"}
    assert Path(as_text).read_text() == "# pass\n"
    assert files(tmp_path) == [f"drills/{NAME}.json", f"drills/{NAME}.md"]


def test_samples_stand_close_together_and_are_read_as_they_were(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    archive.begin(NAME)
    document = {"verdict": "pass", "samples": [{"sent_ms": list(range(1000)), "rtt_ms": [None] * 1000}]}
    archive.write(document, "")
    written = Path(archive.paths[0]).read_text()
    assert json.loads(written) == document
    assert written.count("\n") == 4


def test_without_room_for_the_samples_the_verdict_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = whole_files.replace

    def small(path: str, content: bytes) -> None:
        if len(content) > 1000:
            raise OSError(28, "No space left on device")
        replace(path, content)

    monkeypatch.setattr(whole_files, "replace", small)
    archive = an_archive(tmp_path)
    archive.begin(NAME)
    with pytest.raises(ArchiveError, match=r"No space left on device; it is without its samples"):
        archive.write({"verdict": "pass", "samples": list(range(1000))}, "# pass\n")
    as_json, as_text = (Path(each) for each in archive.paths)
    assert json.loads(as_json.read_text()) == {"verdict": "pass", "samples": None}
    assert as_text.read_text() == "# pass\n"


def test_no_report_is_written_over_another(tmp_path: Path) -> None:
    for number in range(3):
        archive = an_archive(tmp_path)
        archive.begin(NAME)
        archive.write({"number": number}, f"{number}")
    names = [f"drills/{NAME}{end}" for end in ("-2.json", "-2.md", "-3.json", "-3.md", ".json", ".md")]
    assert files(tmp_path) == names
    assert [(tmp_path / f"drills/{NAME}{end}.md").read_text() for end in ("", "-2", "-3")] == ["0", "1", "2"]


def test_one_file_of_that_name_is_enough_to_take_another(tmp_path: Path) -> None:
    (tmp_path / "drills").mkdir()
    (tmp_path / f"drills/{NAME}.md").write_text("a note")
    archive = an_archive(tmp_path)
    archive.begin(NAME)
    assert archive.paths[0].endswith("-2.json")
    assert files(tmp_path) == [f"drills/{NAME}-2.json", f"drills/{NAME}-2.md", f"drills/{NAME}.md"]


@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_what_goes_wrong_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    archive = an_archive(tmp_path)
    archive.begin(NAME)
    archive.write({"verdict": "interrupted"}, "before")

    def fail(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, at, fail)
    with pytest.raises(ArchiveError, match=r"the report cannot be written \(.*No space left"):
        archive.write({"verdict": "pass"}, "after")
    monkeypatch.undo()
    assert json.loads(Path(archive.paths[0]).read_text()) == {"verdict": "interrupted"}
    assert files(tmp_path) == [f"drills/{NAME}.json", f"drills/{NAME}.md"]


KILLED = """
import os, sys
from bondtui.system import whole_files
real = getattr(os, {at!r})
calls = []
def stop(*arguments):
    calls.append(1)
    if len(calls) == {call}:
        os._exit(9)
    return real(*arguments)
setattr(os, {at!r}, stop)
whole_files.replace({path!r}, b"new" * 100000)
"""


@pytest.mark.parametrize(
    ("at", "call", "expected"), [("fsync", 1, b"old"), ("replace", 1, b"old"), ("fsync", 2, b"new")]
)
def test_a_crash_leaves_the_old_or_the_new(tmp_path: Path, at: str, call: int, expected: bytes) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"old")
    code = KILLED.format(at=at, call=call, path=str(path))
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 9
    assert path.read_bytes() == (expected if expected == b"old" else expected * 100000)


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "../../etc/x", ".", "..", "", "-rf", ".hidden", "x" * 300, "漢" * 90])
def test_a_name_is_safe_for_a_file(tmp_path: Path, name: str) -> None:
    archive = an_archive(tmp_path)
    archive.begin(name)
    archive.write({}, "")
    assert len(files(tmp_path)) == 2
    assert all(Path(path).parent == tmp_path / "drills" for path in archive.paths)
    assert safe(name).isascii()
    assert not safe(name).startswith(("-", "."))


def a_file(path: Path) -> None:
    path.write_text("")


def a_full_disk(path: Path) -> None:
    path.symlink_to("/proc/nothing")


@pytest.mark.parametrize("make", [a_file, a_full_disk])
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "drills")
    with pytest.raises(ArchiveError, match="the report cannot be written") as raised:
        an_archive(tmp_path).begin(NAME)
    assert str(tmp_path / "drills") in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_next_folder_is_tried(tmp_path: Path) -> None:
    a_file(tmp_path / "no")
    archive = FileArchive([str(tmp_path / "no/drills"), str(tmp_path / "good/drills")])
    archive.begin(NAME)
    assert archive.paths[1] == str(tmp_path / f"good/drills/{NAME}.md")


def test_a_users_reports_are_his_own_and_the_systems_may_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_files, "STATE", str(tmp_path / "system"))
    before = os.umask(0o077)
    try:
        for place in ("system", "home"):
            archive = an_archive(tmp_path / place)
            archive.begin(NAME)
            archive.write({}, "")
            archive.remember([{"a": 1}])
    finally:
        os.umask(before)
    assert [mode(tmp_path / "system" / each) for each in ("", "drills", f"drills/{NAME}.md", "history.jsonl")] == [
        *(0o755, 0o755, 0o644, 0o644),
    ]
    assert (mode(tmp_path / "home"), mode(tmp_path / "home/drills")) == (0o700, 0o700)


def test_root_and_others_have_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert places() == ["/var/lib/bondtui", "/state/bondtui"]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/alice")
    assert places() == ["/home/alice/.local/state/bondtui"]


def test_the_history_is_in_the_state_folder_also_when_a_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_files, "STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    archive = open_archive(str(tmp_path / "ticket"))
    archive.begin(NAME)
    archive.write({}, "")
    archive.remember([{"a": 1}])
    assert archive.history() == ({"a": 1},)
    state = "state" if os.geteuid() == 0 else "home/bondtui"
    assert {f"{state}/history.jsonl", f"ticket/{NAME}.json", f"ticket/{NAME}.md"} <= set(files(tmp_path))


def test_a_user_sees_what_root_has_remembered_too(tmp_path: Path) -> None:
    an_archive(tmp_path / "system").remember([{"who": "root"}])
    an_archive(tmp_path / "home").remember([{"who": "alice"}])
    both = HistoryFile([str(tmp_path / "home")], also_read=[str(tmp_path / "system")])
    assert both.entries() == ({"who": "alice"}, {"who": "root"})
    both.append([{"who": "bob"}])
    assert len((tmp_path / "system/history.jsonl").read_text().splitlines()) == 1


def test_the_history_only_grows(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    assert archive.history() == ()
    assert archive.trouble == ""
    archive.remember([{"n": 1}, {"n": 2}])
    archive.remember([])
    an_archive(tmp_path).remember([{"n": 3}])
    assert archive.history() == ({"n": 1}, {"n": 2}, {"n": 3})


def test_entries_of_many_processes_do_not_run_into_each_other(tmp_path: Path) -> None:
    code = f"""
from bondtui.system.history_file import HistoryFile
history = HistoryFile([{str(tmp_path)!r}])
for number in range(15):
    history.append([{{"number": number, "filling": "x" * 9000}}])
    history.entries()
"""
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [each.wait(60) for each in running] == [0] * 3
    found: Any = an_archive(tmp_path).history()
    assert sorted(each["number"] for each in found) == sorted([*range(15)] * 3)
    assert [each for each in files(tmp_path) if "damaged" in each] == []


DAMAGED = b'{"n": 1}\n[1]\n\xff\xfe\n\x00\x00\x00\n' + b"[" * 99_999 + b'\n{"n": 2}\n{"n": 3, "cut'


def test_a_damaged_history_is_kept_aside_once_and_the_good_lines_go_on(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_bytes(DAMAGED)
    archive = an_archive(tmp_path)
    assert archive.history() == ({"n": 1}, {"n": 2})
    (aside,) = tmp_path.glob("history.jsonl.damaged-*")
    assert aside.read_bytes() == DAMAGED
    assert (tmp_path / "history.jsonl").read_bytes() == b'{"n": 1}\n{"n": 2}\n'
    assert str(aside) in archive.trouble
    archive.remember([{"n": 4}])
    assert archive.history() == ({"n": 1}, {"n": 2}, {"n": 4})
    assert (archive.trouble, len(list(tmp_path.glob("history.jsonl.damaged-*")))) == ("", 1)


def test_nothing_is_lost_that_is_remembered_while_another_puts_the_file_right(tmp_path: Path) -> None:
    code = f"""
from bondtui.system.history_file import HistoryFile
history = HistoryFile([{str(tmp_path)!r}])
for number in range(60):
    history.append([{{"number": number}}])
"""
    running = subprocess.Popen([sys.executable, "-c", code])
    archive = an_archive(tmp_path)
    while running.poll() is None:
        if (tmp_path / "history.jsonl").exists():
            with (tmp_path / "history.jsonl").open("ab") as file:
                file.write(b"rubbish\n")
            archive.history()
    found: Any = archive.history()
    assert [each["number"] for each in found] == list(range(60))
    assert list(tmp_path.glob("history.jsonl.damaged-*"))


def test_a_line_that_was_cut_off_does_not_spoil_the_next(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_bytes(b'{"n": 1}\n{"n": 2, "cut')
    archive = an_archive(tmp_path)
    archive.remember([{"n": 3}])
    assert archive.history() == ({"n": 1}, {"n": 3})


def test_entries_of_other_schemas_are_kept(tmp_path: Path) -> None:
    line = b'{"schema": "bondtui.history-entry/9", "new": [1, 2]}\n'
    (tmp_path / "history.jsonl").write_bytes(line + b"rubbish\n")
    archive = an_archive(tmp_path)
    archive.history()
    assert (tmp_path / "history.jsonl").read_bytes() == line


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_giant(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(history_file.LARGEST + 1)


@pytest.mark.parametrize("make", [a_folder, a_pipe, a_giant])
def test_a_history_that_cannot_be_read_is_empty_and_said(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "history.jsonl")
    archive = an_archive(tmp_path)
    assert archive.history() == ()
    assert archive.trouble.startswith(f"the history of drills cannot be read ({tmp_path}/history.jsonl: ")
    assert "\n" not in archive.trouble


@pytest.mark.parametrize("make", [a_folder, a_pipe])
def test_a_history_that_cannot_be_written_is_one_line(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "history.jsonl")
    with pytest.raises(ArchiveError, match="the history of drills cannot be written") as raised:
        an_archive(tmp_path).remember([{"n": 1}])
    assert "\n" not in str(raised.value)


def test_a_damaged_history_that_cannot_be_put_right_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "history.jsonl").write_bytes(DAMAGED)

    def fail(*_: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(whole_files, "replace", fail)
    archive = an_archive(tmp_path)
    assert archive.history() == ({"n": 1}, {"n": 2})
    assert "is damaged and cannot be put right" in archive.trouble
    assert (tmp_path / "history.jsonl").read_bytes() == DAMAGED


def test_a_name_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "history.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArchiveError):
        an_archive(tmp_path).remember([{"n": 1}])
    assert (tmp_path / "elsewhere").read_text() == ""


def test_what_is_simulated_leaves_nothing_behind(tmp_path: Path) -> None:
    memory = MemoryArchive()
    memory.begin(NAME)
    memory.write({"verdict": "pass"}, "# pass")
    memory.remember([{"n": 1}])
    assert (memory.paths, memory.document, memory.text) == (("", ""), {"verdict": "pass"}, "# pass")
    assert memory.history() == ({"n": 1},)
    named = FileArchive([str(tmp_path)])
    named.begin(NAME)
    named.write({}, "")
    named.remember([{"n": 1}])
    assert named.history() == ({"n": 1},)
    assert files(tmp_path) == [f"{NAME}.json", f"{NAME}.md"]


def test_names_that_are_not_unicode_can_be_written(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    archive.begin("b\udcff")
    archive.write({"bond": "b\udcff"}, "b\udcff")
    archive.remember([{"bond": "b\udcff"}])
    assert json.loads(Path(archive.paths[0]).read_bytes())["bond"] == "b\udcff"
    assert archive.history() == ({"bond": "b\udcff"},)
