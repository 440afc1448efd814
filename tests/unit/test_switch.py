"""What is pending, as everybody may see it: read from the change file, with all that may be wrong with it."""

from __future__ import annotations

import _socket
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bondtui.model.reading import SourceError
from bondtui.ports import ActionError, NothingPending, NotPermitted
from bondtui.system import mark, runtime, switch
from bondtui.system.change_file import ChangeFile
from bondtui.system.peer import Peer
from bondtui.system.switch import Switch
from tests.changes import a_down_plan, an_armed_change


class Place:
    """A runtime folder, the switch of its namespace, and the log."""

    def __init__(self, folder: Path) -> None:
        self.switch = Switch(system=str(folder / "run"), logs=[str(folder / "log")], systemd="/nowhere")
        self.runtime = Path(runtime.make_folder(str(folder / "run")))
        self.file = ChangeFile(str(self.runtime))


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", name)
        yield Place(Path(name))


def test_nothing_is_pending_where_nobody_has_made_a_change(place: Place) -> None:
    assert place.switch.pending() is None
    for settle in (place.switch.keep, place.switch.revert):
        with pytest.raises(NothingPending, match=r"^no change is pending$"):
            settle()


def test_a_pending_change_is_read_from_its_file(place: Place) -> None:
    place.file.write(an_armed_change(deadline=runtime.boot_clock() + 42.0))
    pending = place.switch.pending()
    assert pending is not None
    assert 41.0 < pending.seconds_left <= 42.0
    assert pending.alive
    assert pending.who == "alice as root, on pts/3, from 192.0.2.7"
    assert pending.undo.slave == 2


def test_a_change_that_is_overdue_is_still_pending(place: Place) -> None:
    place.file.write(an_armed_change(deadline=1.0, trouble="the interface is busy (EBUSY)"))
    pending = place.switch.pending()
    assert pending is not None
    assert pending.seconds_left < 0
    assert pending.trouble == "the interface is busy (EBUSY)"


def test_its_process_counts_only_if_it_is_the_one_that_began_then(place: Place) -> None:
    began = runtime.started(os.getpid())
    assert began is not None
    place.file.write(an_armed_change(pid_started=began - 1))
    pending = place.switch.pending()
    assert pending is not None
    assert not pending.alive


def test_a_change_from_before_the_boot_is_void(place: Place) -> None:
    place.file.write(an_armed_change(boot_id="another"))
    assert place.switch.pending() is None
    assert list(place.runtime.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff", json.dumps({**an_armed_change(), "undo": None})])
def test_a_damaged_file_is_kept_aside(place: Place, text: str) -> None:
    (place.runtime / "change.json").write_text(text, encoding="latin-1")
    assert place.switch.pending() is None
    assert [each.name for each in place.runtime.iterdir()] == ["change.json.damaged"]
    assert (place.runtime / "change.json.damaged").read_text(encoding="latin-1") == text


def test_a_file_that_cannot_be_read_leaves_open_whether_a_change_is_pending(place: Place) -> None:
    (place.runtime / "change.json").mkdir()
    for ask in (place.switch.pending, place.switch.keep, place.switch.revert, lambda: place.switch.arm(a_down_plan())):
        with pytest.raises(SourceError, match=r"^cannot tell whether a change is pending: /.*: Is a directory$"):
            ask()


def test_without_proc_it_cannot_be_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise runtime.NoFolderError("the network namespace cannot be told")

    monkeypatch.setattr(runtime, "namespace", refuse)
    with pytest.raises(SourceError, match="the network namespace cannot be told"):
        place.switch.pending()


def test_a_change_of_a_namespace_that_had_the_same_name_is_void(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "cookie", lambda: 4097)
    place.file.write(an_armed_change(netns_cookie=4096))
    assert place.switch.pending() is None
    assert list(place.runtime.iterdir()) == []
    place.file.write(an_armed_change(netns_cookie=4097))
    assert place.switch.pending() is not None


@pytest.mark.parametrize(("known", "here"), [(None, 4097), (4096, None), (None, None)])
def test_where_the_kernel_gives_no_such_number_the_name_counts(
    place: Place, monkeypatch: pytest.MonkeyPatch, known: int | None, here: int | None
) -> None:
    monkeypatch.setattr(runtime, "cookie", lambda: here)
    place.file.write(an_armed_change(netns_cookie=known))
    assert place.switch.pending() is not None


@pytest.mark.parametrize("void", ["{", json.dumps({**an_armed_change(), "boot_id": "another"})])
def test_an_ordinary_user_may_ask_although_he_cannot_clear_up(
    place: Place, monkeypatch: pytest.MonkeyPatch, void: str
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (place.runtime / "change.json").write_text(void)
    monkeypatch.setattr(ChangeFile, "remove", refuse)
    monkeypatch.setattr(ChangeFile, "set_aside", refuse)
    assert place.switch.pending() is None


def test_a_switch_that_ends_while_it_is_asked_has_nothing_pending(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = iter([mark.Held(Peer(4242, 0)), None])
    monkeypatch.setattr(mark, "holder", lambda _: next(held))
    assert place.switch.pending() is None


def test_a_change_of_another_user_cannot_be_settled(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    place.file.write(an_armed_change(deadline=runtime.boot_clock() + 42.0))
    monkeypatch.setattr(runtime, "cookie", lambda: None)
    monkeypatch.setattr(_socket, "socket", lambda *_: _Refusing())
    with pytest.raises(NotPermitted, match="another user has made the change"):
        place.switch.keep()
    monkeypatch.undo()
    place.file.write(an_armed_change(pid_started=0))
    monkeypatch.setattr("bondtui.system.orphan.Lock", refuse)
    with pytest.raises(NotPermitted, match="another user has made the change"):
        place.switch.keep()


class _Refusing:
    def settimeout(self, _: float) -> None: ...

    def close(self) -> None: ...

    def connect(self, _: str) -> None:
        raise PermissionError(13, "Permission denied")


def test_a_change_that_was_settled_meanwhile_is_not_settled_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.file.write(an_armed_change())

    def end_without_a_word(*_: object) -> None:
        place.file.remove()

    monkeypatch.setattr(switch, "_asked", end_without_a_word)
    with pytest.raises(NothingPending):
        place.switch.revert()


def test_the_change_is_not_begun_without_a_switch_that_answers(place: Place) -> None:
    for begun in ("abc123", "other"):
        with pytest.raises(ActionError, match="the dead-man's switch is gone"):
            place.switch.begin(begun)
        place.file.write(an_armed_change(deadline=runtime.boot_clock() + 42.0))


def test_a_plan_that_is_not_undone_needs_no_switch(place: Place) -> None:
    plan = a_down_plan()
    with pytest.raises(ValueError, match="not undone"):
        place.switch.arm(plan._replace(undo=None))


def test_without_a_safe_folder_nothing_is_armed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise runtime.NoFolderError("no folder for the pending change: /tmp/x is not a folder that belongs to us alone")

    monkeypatch.setattr(runtime, "make_folder", refuse)
    with pytest.raises(ActionError, match="no folder for the pending change"):
        place.switch.arm(a_down_plan())


def test_the_switch_imports_neither_screens_nor_anything_slow() -> None:
    code = "import sys, bondtui.system.dead_man; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    heavy = {"textual", "rich", "psutil", "asyncio", "typing", "subprocess", "logging", "socket", "argparse", "signal"}
    assert set(done.stdout.split()) & heavy == set()
