"""The file of the pending change, and what is made of one that is damaged."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.actions.record import pending_of
from bondtui.system import change_file
from bondtui.system.change_file import ChangeFile, DamagedError
from bondtui.system.holding import orders
from tests.actions import a_plan
from tests.builders import HOSTILE_NAMES, a_bond, a_situation, a_slave
from tests.changes import a_change, an_activate_plan, an_armed_change

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def paths_in(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a record."""
    inner: list[tuple[Any, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(each for key, below in inner for each in paths_in(below, (*path, key)))]


def replaced(record: object, path: tuple[Any, ...], value: object) -> Any:
    """A copy of the record with another value at that place."""
    if not path:
        return value
    copy: Any = json.loads(json.dumps(record))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


@st.composite
def damaged_records(draw: st.DrawFn) -> Any:
    """A record as the switch writes it, with something else in one place."""
    record = an_armed_change(draw(st.sampled_from((None, an_activate_plan()))))
    return replaced(record, draw(st.sampled_from(paths_in(record))), draw(JSON))


def assert_can_be_shown(record: Any) -> None:
    """What everybody does with a pending change works."""
    seen = pending_of(record, seconds_left=1.0, who="", alive=True)
    time.localtime(seen.revert_at)
    assert all(
        isinstance(each, str)
        for each in (*seen.command, *seen.undo_command, seen.bond, seen.slave, seen.effect, seen.trouble)
    )
    assert all(isinstance(text, str) for guard in seen.guards for text in guard)
    json.dumps(record)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_in_the_file_it_is_a_change_or_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError) as raised:
        change_file.armed(change_file.parsed(data))
    assert "\n" not in str(raised.value)


@given(damaged_records())
def test_a_record_that_passes_the_check_can_be_shown(record: Any) -> None:
    try:
        passed = change_file.armed(record)
    except DamagedError:
        return
    assert_can_be_shown(passed)


@given(damaged_records() | JSON, JSON, JSON)
def test_orders_are_orders_or_damaged(change: Any, folder: Any, logs: Any) -> None:
    told = json.dumps({"change": change, "folder": folder, "logs": logs, "netns": "n", "unit": None}).encode()
    with pytest.raises(DamagedError):
        orders(told)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("pid",), -1),  # kill(-1, 0) would ask for everybody
        (("pid",), 1),
        (("pid",), True),
        (("pid_started",), -1),
        (("revert_at",), 1e300),
        (("deadline",), float("nan")),
        (("revert_after_s",), 0),
        (("id",), "../x"),
        (("boot_id",), None),
        (("undo", "kind"), "down"),
        (("undo", "bond"), 0),
        (("undo", "slave"), 1 << 31),
        (("undo", "perm_hwaddr"), 7),
        (("plan", "action"), "detach"),
    ],
)
def test_what_would_do_harm_is_damaged(path: tuple[str, ...], value: object) -> None:
    with pytest.raises(DamagedError):
        change_file.armed(replaced(an_armed_change(), path, value))


def test_an_undo_must_know_the_active_slave_of_before() -> None:
    with pytest.raises(DamagedError):
        change_file.armed(replaced(an_armed_change(an_activate_plan()), ("undo", "active"), None))


def test_good_orders_pass() -> None:
    folders = {"folder": "/run/x", "system": "/run/bondtui", "logs": ["/var/log"]}
    told = {"change": a_change(), **folders, "netns": "net-4-1", "unit": None}
    assert orders(json.dumps(told).encode()) == told


@pytest.mark.parametrize("data", [b"[" * 100_000, b"{", b"\xff", b"", b"NaN", b'{"id": 1e999}'])
def test_text_that_is_hard_to_parse_is_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        change_file.change(change_file.parsed(data))


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_comes_out_as_it_went_in(tmp_path: Path, name: str) -> None:
    plan = a_plan(a_situation(a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3)), slave=name))
    ChangeFile(str(tmp_path)).write(an_armed_change(plan))
    record = ChangeFile(str(tmp_path)).read()
    assert record is not None
    assert record["plan"]["slave"] == name
    assert_can_be_shown(record)


def test_everybody_may_read_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = ChangeFile(str(tmp_path))
    file.write(an_armed_change())
    file.write(an_armed_change(trouble="x"))
    assert [each.name for each in tmp_path.iterdir()] == ["change.json"]
    assert stat.S_IMODE((tmp_path / "change.json").stat().st_mode) == 0o644
    assert file.is_as_written()
    file.remove()
    assert file.read() is None
    assert not file.is_as_written()


def test_one_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ChangeFile(str(tmp_path))
    file.write(an_armed_change())

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        file.write(an_armed_change(trouble="x"))
    record = file.read()
    assert record is not None
    assert record["trouble"] == ""
    assert [each.name for each in tmp_path.iterdir()] == ["change.json"]


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(json.dumps(an_armed_change()))
    (tmp_path / "change.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        ChangeFile(str(tmp_path)).read()
