"""Signs by locale, and tones with and without colour."""

from __future__ import annotations

import re

import pytest

from bondtui.view.glyphs import ASCII, UNICODE, glyphs_for
from bondtui.view.legend import legend
from bondtui.view.line import PLAIN, TONES, width
from bondtui.view.tones import SGR, escaped, screenful, sgr


@pytest.mark.parametrize(
    ("environment", "unicode"),
    [
        ({}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "POSIX"}, False),
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LANG": "de_DE.UTF8"}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "de_DE@euro"}, False),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "LC_CTYPE": "C"}, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_ALL": "en_US.UTF-8"}, True),
        ({"LANG": "C", "LC_ALL": "C.UTF-8", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, True),
        ({"LC_ALL": "C", "LC_CTYPE": "en_US.UTF-8"}, False),
        ({"LC_ALL": "en_US.UTF-8", "LC_CTYPE": "C"}, True),
        # Python coerces the C locale (PEP 538): nobody asked for this UTF-8
        ({"LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": ""}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "POSIX"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "en_US.UTF-8"}, True),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "en_US"}, True),
    ],
)
def test_the_locale_decides_which_signs_are_drawn(environment: dict[str, str], unicode: bool) -> None:
    assert glyphs_for(environment) is (UNICODE if unicode else ASCII)


def test_every_sign_is_one_cell_wide() -> None:
    for glyphs in (UNICODE, ASCII):
        assert all(width(each) == 1 for name, each in glyphs._asdict().items() if name != "levels")
        assert all(width(level) == 1 for level in glyphs.levels)
        assert len(set(glyphs.levels) | {glyphs.gap}) == len(glyphs.levels) + 1


def test_the_ascii_signs_are_ascii_and_tell_the_ranks_apart() -> None:
    assert all(each.isascii() and each.isprintable() for each in ASCII)
    for glyphs in (UNICODE, ASCII):
        assert len({glyphs.ok, glyphs.warn, glyphs.bad, glyphs.unknown}) == 4


@pytest.mark.parametrize("tone", TONES)
def test_without_colour_a_tone_has_no_colour(tone: str) -> None:
    assert all(each < 30 for each in sgr(tone, colour=False))
    assert set(sgr(tone, colour=False)) <= set(sgr(tone, colour=True)) == set(SGR[tone])


def test_a_line_for_a_terminal_ends_each_tone() -> None:
    line = (("a", "bad"), ("b", PLAIN))
    assert escaped(line, colour=True) == "\x1b[1;31ma\x1b[0mb"
    assert escaped(line, colour=False) == "\x1b[1ma\x1b[0mb"


def test_a_screenful_puts_each_line_at_its_row() -> None:
    drawn = screenful([(("one", PLAIN),), (("two", "good"),)], colour=False)
    assert drawn == "\x1b[1;1Hone\x1b[2;1Htwo"


def test_no_colour_code_is_sent_where_colour_is_not_wanted() -> None:
    lines = [tuple((tone or "plain", tone) for tone in TONES)]
    codes = {
        int(each)
        for found in re.findall(r"\x1b\[([\d;]+)m", screenful(lines, colour=False))
        for each in found.split(";")
    }
    assert codes
    assert codes <= {0, 1, 2, 7}


def test_the_legend_explains_signs_of_the_set_in_use() -> None:
    for glyphs in (UNICODE, ASCII):
        text = "".join(sign + meaning for _, section in legend(glyphs) for sign, meaning in section)
        assert text.isprintable()
        assert text.isascii() == (glyphs is ASCII)
        assert glyphs.ok in text
