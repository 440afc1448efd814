"""Styled lines: cut, filled, wrapped and packed to the cell, whatever the text holds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from bondtui.core.words import printable
from bondtui.view.glyphs import ASCII, UNICODE, Glyphs
from bondtui.view.graph import bars
from bondtui.view.line import Line, clip, fit, flowed, line_width, packed, pad, plain, width, wrapped
from tests.builders import HOSTILE_NAMES

DRAWN = st.text(alphabet=st.sampled_from("ab [0~漢字é\uff71▁…"), max_size=12)
LINES = st.lists(st.tuples(DRAWN, st.sampled_from(["", "bad", "dim"])), max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("text", "cells"),
    [("", 0), ("abc", 3), ("漢字", 4), ("▁▂█", 3), ("●▲✖◌▸─│·…↑↓", 11), ("\uff41", 2)],
)
def test_a_text_is_as_wide_as_a_terminal_draws_it(text: str, cells: int) -> None:
    assert width(text) == cells


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_textual_agrees_on_the_width_of_a_name(name: str) -> None:
    assert width(printable(name)) == cell_len(printable(name))


@given(DRAWN, st.integers(-2, 30), st.sampled_from(["", "…", "~"]))
def test_a_clipped_text_fits_and_is_the_beginning(text: str, cells: int, mark: str) -> None:
    cut = clip(text, cells, mark)
    assert width(cut) <= max(0, cells)
    assert cut == text or text.startswith(cut.removesuffix(mark))
    assert (cut == text) == (width(text) <= cells) or width(text) == 0


@given(DRAWN, st.integers(0, 30), st.booleans())
def test_a_padded_text_is_exactly_so_wide(text: str, cells: int, right: bool) -> None:
    padded = pad(text, cells, right=right)
    assert width(padded) == cells
    assert clip(text, cells) in padded
    if width(text) <= cells:
        assert padded.strip(" ") == text.strip(" ")
        assert padded.endswith(text) if right else padded.startswith(text)


@given(LINES, st.integers(0, 60))
def test_a_fitted_line_is_exactly_so_wide_and_keeps_its_tones(line: Line, cells: int) -> None:
    fitted = fit(line, cells)
    assert line_width(fitted) == cells
    assert plain(line).startswith(plain(fitted).rstrip(" ")) or plain(fitted).startswith(plain(line))
    assert all(text for text, _ in fitted)


@given(DRAWN | st.text(alphabet="ab ", max_size=60), st.integers(2, 30), st.integers(0, 40))
def test_wrapped_text_fits_and_loses_no_word(text: str, cells: int, first: int) -> None:
    pieces = list(islice(wrapped(text, cells, first=first), 200))
    assert all(width(piece) <= max(2, cells) for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize("cells", [-3, 0, 1])
@pytest.mark.parametrize("text", ["漢字", "a漢", "ab cd"])
def test_wrapping_ends_even_where_nothing_fits(text: str, cells: int) -> None:
    assert len(list(islice(wrapped(text, cells), 50))) < 50


def test_words_are_wrapped_whole_where_they_fit() -> None:
    assert list(wrapped("one two three four", 9)) == ["one two", "three", "four"]
    assert list(wrapped("one two three four", 9, first=5)) == ["one", "two three", "four"]
    assert list(wrapped("abcdefghij", 4)) == ["abcd", "efgh", "ij"]
    assert list(wrapped("", 4)) == []


@given(LINES, st.integers(4, 40))
def test_flowed_text_fits_loses_nothing_and_keeps_its_tones(line: Line, cells: int) -> None:
    lines = list(islice(flowed(line, cells, indent="  "), 200))
    assert all(line_width(each) <= cells for each in lines)
    drawn = [(each, tone) for flown in lines for text, tone in flown[1:] for each in text if each != " "]
    assert drawn == [(each, tone) for text, tone in line for each in text if each != " "]


def test_flowed_text_begins_with_what_is_to_stand_before_it() -> None:
    lines = flowed((("one two", "bad"), (" three", "")), 12, first=((" label ", "dim"),), indent=" " * 7)
    assert list(lines) == [
        ((" label ", "dim"), ("one", "bad")),
        ((" " * 7, ""), ("two", "bad")),
        ((" " * 7, ""), ("three", "")),
    ]


ITEMS = st.lists(st.text(alphabet="abc", min_size=1, max_size=8).map(lambda text: ((text, ""),)), max_size=10)


@given(ITEMS, st.integers(1, 40))
def test_items_are_packed_without_being_broken(items: list[Line], cells: int) -> None:
    lines = list(packed(items, cells))
    assert [word for line in lines for word in plain(line).split()] == [plain(item) for item in items]
    assert all(line_width(line) <= cells or len(plain(line).split()) == 1 for line in lines)


SAMPLES = st.lists(st.one_of(st.none(), st.floats(0, 1e12)), max_size=40)
BOTH_SETS = pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])


@BOTH_SETS
@given(samples=SAMPLES, cells=st.integers(0, 60), ceiling=st.just(0.0) | st.floats(1.0, 1e12))
@example(samples=[5.0], cells=1, ceiling=0.0)
def test_a_graph_has_one_cell_per_sample_newest_right(
    samples: list[float | None], cells: int, ceiling: float, glyphs: Glyphs
) -> None:
    drawn = bars(samples, cells, ceiling, glyphs)
    assert len(drawn) == cells
    shown = samples[-cells:] if cells else []
    assert drawn[: cells - len(shown)] == glyphs.gap * (cells - len(shown))
    for sample, sign in zip(shown, drawn[cells - len(shown) :], strict=True):
        assert (sign == glyphs.gap) == (sample is None)
        if sample is not None and ceiling > 0:
            assert (sign == glyphs.levels[0]) == (sample == 0)


@BOTH_SETS
def test_a_graph_starts_at_zero_and_ends_at_the_ceiling(glyphs: Glyphs) -> None:
    low, high = glyphs.levels[0], glyphs.levels[-1]
    assert bars([0.0, 1e9, 2e9], 3, 1e9, glyphs) == low + high + high
    assert bars([1.0], 1, 1e9, glyphs) == glyphs.levels[1]
    middle = bars([0.5e9], 1, 1e9, glyphs)
    assert 0 < glyphs.levels.index(middle) < len(glyphs.levels) - 1


def test_equal_rates_under_different_ceilings_look_different() -> None:
    steady: Callable[[float], str] = lambda ceiling: bars([1e8] * 5, 5, ceiling, UNICODE)  # noqa: E731
    assert steady(1e8) == "█████"
    assert steady(1e9) == "▂▂▂▂▂"


@given(SAMPLES, st.integers(1, 60))
def test_a_graph_rises_with_the_rate(samples: list[float | None], cells: int) -> None:
    drawn = bars(samples, cells, 1e12, UNICODE)
    heights = [
        (sample, UNICODE.levels.index(sign))
        for sample, sign in zip(samples[-cells:], drawn[-len(samples[-cells:]) :] if samples else "", strict=True)
        if sample is not None
    ]
    ordered = [height for _, height in sorted(heights)]
    assert ordered == sorted(ordered)
