"""The change that is pending, in words: on the screen until it is settled, and after the screen is left."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.words import printable
from bondtui.model.action import Pending
from bondtui.view.banner import banner, parting_words, seconds
from bondtui.view.glyphs import ASCII
from bondtui.view.line import line_width, plain
from bondtui.view.look import Look
from tests.actions import a_plan
from tests.builders import HOSTILE_NAMES, a_look, a_pair, a_situation, a_stamp
from tests.machine import a_pending

NOW = 500.0


def pending(kind: str = "down", slave: str = "eno1", **rest: Any) -> Pending:
    return a_pending(a_plan(a_situation(a_pair(), kind, slave)), **{"seconds_left": 52.0, **rest})


def look_at(change: Pending | None, *, now: float = NOW, **rest: Any) -> Look:
    given = {"can_act": True, "pending": change, "pending_at": a_stamp(NOW), **rest}
    return a_look(a_pair(), **given)._replace(now=a_stamp(now))


def said(look: Look, cells: int = 200, rows: int = 60) -> str:
    return " ".join(" ".join(plain(line) for line in banner(look, cells, rows)[0]).split())


def test_nothing_is_said_while_nothing_is_pending() -> None:
    assert banner(look_at(None), 80, 24) == ([], [])
    assert parting_words(look_at(None)) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pending(), "▲ eno1 in bond0 set down: reverts in 52 s k keep r revert"),
        (pending(who="ann (sudo)"), "▲ eno1 in bond0 set down by ann (sudo): reverts in 52 s k keep r revert"),
        (pending("activate", "eno2"), "▲ eno2 in bond0 made active: reverts to eno1 in 52 s k keep r revert"),
        (pending(seconds_left=0.0), "▲ eno1 in bond0 set down: is being set up again now k keep r revert"),
        (pending(seconds_left=-9.0), "✖ eno1 in bond0 set down: should have been set up again 9 s ago k keep r revert"),
        (
            pending(trouble="no such device"),
            "✖ eno1 in bond0 set down: could not be set up again so far: no such device. k keep r revert",
        ),
    ],
)
def test_the_banner_says_what_was_done_and_what_becomes_of_it(change: Pending, words: str) -> None:
    assert said(look_at(change)) == words


def test_a_killed_switch_is_said_and_reverting_is_offered_first() -> None:
    words = said(look_at(pending(alive=False)))
    assert words.startswith("✖ eno1 in bond0 set down: its dead-man's switch was killed, it is not set up again by")
    assert words.endswith("r revert k keep it so")


def test_what_was_done_from_here_was_done_by_you() -> None:
    assert "set down by you: reverts" in said(look_at(pending(who="root"), pending_mine=True))


def test_the_seconds_run_down_between_two_reads() -> None:
    assert "in 52 s" in said(look_at(pending(), now=NOW + 0.4))
    assert "in 51 s" in said(look_at(pending(), now=NOW + 1.0))
    assert "is being set up again" in said(look_at(pending(), now=NOW + 52.5))
    assert "should have been" in said(look_at(pending(), now=NOW + 60.0))


def test_who_may_not_act_is_told_the_commands_instead_of_keys() -> None:
    look = look_at(pending(), can_act=False)
    assert said(look).endswith("reverts in 52 s ('bondtui keep' or 'revert' settles it)")
    assert banner(look, 80, 24)[1] == []


@pytest.mark.parametrize(
    ("left", "words"), [(-3.0, "0 s"), (0.2, "1 s"), (59.0, "59 s"), (120.0, "2 min 0 s"), (3599.5, "60 min 0 s")]
)
def test_a_time_that_runs_down_never_shows_less_than_there_is(left: float, words: str) -> None:
    assert seconds(left) == words


def test_it_takes_one_line_where_there_is_room_for_one() -> None:
    lines, places = banner(look_at(pending("activate", "eno2"), pending_mine=True), 80, 24)
    assert len(lines) == 1
    assert [place[3] for place in places] == ["k", "r"]


@given(
    st.sampled_from(HOSTILE_NAMES),
    st.sampled_from((True, False)),
    st.sampled_from(("", "a reason that is long " * 5)),
    st.integers(8, 200),
    st.integers(3, 60),
)
def test_it_fits_and_its_keys_are_where_they_are_drawn(
    name: str, alive: bool, trouble: str, cells: int, rows: int
) -> None:
    look = look_at(pending(who=name, alive=alive, trouble=trouble)._replace(slave=name, bond=name))
    lines, places = banner(look, cells, rows)
    assert all(line_width(line) == cells for line in lines)
    assert all("\x1b" not in plain(line) for line in lines)
    for line, start, end, key in places:
        assert 0 <= start < end <= cells
        if printable(name).isascii():
            assert plain(lines[line])[start:end].startswith(key)


@pytest.mark.parametrize("change", [pending(), pending(alive=False), pending(trouble="no such device")])
@pytest.mark.parametrize("size", [(40, 10), (40, 24), (80, 24), (160, 45)])
def test_nothing_of_it_is_cut_off(change: Pending, size: tuple[int, int]) -> None:
    words = said(look_at(change), *size)
    assert "eno1" in words
    assert words.endswith(("r revert", "k keep it so"))


def test_it_is_ascii_where_the_locale_is() -> None:
    assert said(look_at(pending(), glyphs=ASCII)).startswith("! eno1")
    assert said(look_at(pending(alive=False), glyphs=ASCII)).startswith("X eno1")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pending(), "eno1 in bond0 is set up again in 52 s unless 'bondtui keep' says otherwise"),
        (
            pending("activate", "eno2"),
            "eno2 in bond0 is replaced by eno1 again in 52 s unless 'bondtui keep' says otherwise",
        ),
        (
            pending(alive=False),
            "eno1 in bond0 is not set up again by itself: its dead-man's switch was killed; 'bondtui revert' does it",
        ),
        (
            pending(trouble="no such device"),
            "eno1 in bond0 could not be set up again so far: no such device; see 'bondtui pending'",
        ),
    ],
)
def test_who_leaves_is_told_what_stays_behind(change: Pending, words: str) -> None:
    assert parting_words(look_at(change)) == words


def test_nothing_stays_behind_of_a_simulation() -> None:
    assert parting_words(look_at(pending(), monitor={"simulated": True})) == ""
