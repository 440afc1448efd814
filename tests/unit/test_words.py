"""Values as short words, and names that are safe to draw whatever they are."""

from __future__ import annotations

import os
import re
import subprocess
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bondtui.core import words
from bondtui.core.lacp import BITS, NO_PARTNER, carries, difference, letters
from tests.builders import HOSTILE_NAMES, a_pair

ANY_TEXT = st.text(alphabet=st.characters())
"""Lone surrogates and control characters too."""


@given(ANY_TEXT)
@example("\udc00")
@example("\udfff")
@example("\ud800")
def test_a_name_made_printable_controls_nothing(name: str) -> None:
    shown = words.printable(name)
    assert all(unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for each in shown)
    shown.encode("utf-8")


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_a_plain_name_is_left_alone(name: str) -> None:
    assert words.printable(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("e\x1b[31mh", "e\\x1b[31mh"),
        ("b\udcff", "b\\xff"),
        ("漢字", "漢字"),
        ("[red]x", "[red]x"),
        ("\x7f", "\\x7f"),
        ("\x9b", "\\xc2\\x9b"),
        ("x\u202ey", "x\\xe2\\x80\\xaey"),
        ("a\nb", "a\\x0ab"),
    ],
)
def test_what_cannot_be_drawn_is_spelled_as_bytes(name: str, shown: str) -> None:
    assert words.printable(name) == shown


@given(st.binary(max_size=15).filter(lambda raw: b"\\" not in raw))
def test_the_bytes_of_a_name_can_be_told_from_what_is_shown(raw: bytes) -> None:
    shown = words.printable(raw.decode("utf-8", "surrogateescape"))
    assert re.sub(rb"\\x(..)", lambda found: bytes.fromhex(found[1].decode()), shown.encode()) == raw
    assert words.printable(shown) == shown


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        (None, "-"),
        (0, "0"),
        (0.4, "0"),
        (512, "512"),
        (999.4, "999"),
        (999.6, "1.00k"),
        (9_610, "9.61k"),
        (99_949, "99.9k"),
        (99_951, "100k"),
        (999_499, "999k"),
        (999_501, "1.00M"),
        (410e6, "410M"),
        (1.2e9, "1.20G"),
        (99.9e12, "99.9T"),
    ],
)
def test_a_rate_has_three_figures(bits: float | None, text: str) -> None:
    assert words.rate(bits) == text


@given(st.floats(0, 1e14))
def test_a_rate_has_at_most_five_characters_and_is_right(bits: float) -> None:
    text = words.rate(bits)
    assert len(text) <= 5
    factor = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}.get(text[-1], 1.0)
    assert abs(float(text.rstrip("kMGT")) * factor - bits) <= max(0.5, bits * 0.00501)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0"), (0.04, "0.0"), (0.5, "0.5"), (9.94, "9.9"), (9.96, "10"), (120.4, "120"), (12_000, "12k")],
)
def test_a_small_rate_keeps_a_decimal(value: float | None, text: str) -> None:
    assert words.per_second(value) == text


@pytest.mark.parametrize(
    ("mbps", "text"), [(None, "-"), (10, "10M"), (100, "100M"), (1000, "1G"), (2500, "2.5G"), (400_000, "400G")]
)
def test_a_speed_is_what_is_printed_on_the_port(mbps: int | None, text: str) -> None:
    assert words.speed(mbps) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (14.9, "14 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
        (864_000, "10 d"),
    ],
)
def test_an_age_is_in_one_unit(seconds: float, text: str) -> None:
    assert words.age(seconds) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, ""), (0, "+0 ms"), (93.2, "+93 ms"), (9999.4, "+9999 ms"), (9999.6, "+10.0 s"), (61_000, "+61.0 s")],
)
def test_a_delta_has_a_sign_and_a_unit(milliseconds: float | None, text: str) -> None:
    assert words.delta(milliseconds) == text


def test_lists_and_counts_are_said_as_people_do() -> None:
    assert [words.listed(each) for each in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "none",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [words.counted(n, "slave") for n in (0, 1, 2)] == ["0 slaves", "1 slave", "2 slaves"]


@pytest.mark.parametrize(("carrier", "word"), [(True, "up"), (False, "down"), (None, None)])
def test_the_mii_status_of_a_bond_is_its_carrier(carrier: bool | None, word: str | None) -> None:
    assert words.bond_mii_status(a_pair(carrier=carrier, admin_up=False)) == word


def test_hostile_names_are_what_the_kernel_lets_pass() -> None:
    raw = [name.encode("utf-8", "surrogateescape") for name in HOSTILE_NAMES]
    assert all(1 <= len(name) <= 15 and not set(name) & set(b"\0/: \t\n\v\f\r\xa0") for name in raw)


@pytest.mark.parametrize(
    ("state", "shown"), [(None, "-"), (0, "--------"), (63, "ATGSCD--"), (71, "ATG---F-"), (255, "ATGSCDFE")]
)
def test_a_port_state_is_eight_letters(state: int | None, shown: str) -> None:
    assert letters(state) == shown


@given(st.integers(0, 255), st.integers(0, 255))
def test_a_port_carries_when_both_ends_say_so(actor: int, partner: int) -> None:
    settled = all(each & bit for each in (actor, partner) for bit in (8, 16, 32))
    assert carries(actor, partner) is (settled and not actor & 192)


@pytest.mark.parametrize(("actor", "partner"), [(61, 61), (63, 61), (61, 63), (60, 62), (63, 127)])
def test_healthy_is_judged_by_bits_and_not_by_63(actor: int, partner: int) -> None:
    assert carries(actor, partner) is True


@pytest.mark.parametrize(("actor", "partner"), [(None, 63), (63, None), (None, None)])
def test_an_unknown_end_gives_no_answer(actor: int | None, partner: int | None) -> None:
    assert carries(actor, partner) is None


def test_the_difference_of_two_states_is_said_in_words() -> None:
    assert difference(63, 71) == "lost in sync, collecting, distributing; now defaulted"
    assert difference(7, 15) == "now in sync"
    assert difference(63, 55) == "lost in sync"
    assert [bit for bit, _, _ in BITS] == [1 << n for n in range(8)]
    assert NO_PARTNER == "00:00:00:00:00:00"


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["ip", "link", "set", "eno1", "down"], "ip link set eno1 down"),
        (["ip", "link", "set", "dev", "-x", "up"], "ip link set dev -x up"),
        (["bond0.100", "a_b", "c+d=e,f@g%h"], "bond0.100 a_b c+d=e,f@g%h"),
        (["$(reboot)"], "'$(reboot)'"),
        (["漢字"], "'漢字'"),
        (["a'b"], "$'a\\'b'"),
        (["e\x1b[31m\udcff"], "$'e\\x1b[31m\\xff'"),
        ([""], "''"),
        ([], ""),
    ],
)
def test_a_command_is_written_as_one_would_type_it(command: list[str], line: str) -> None:
    assert words.command_line(command) == line


NAMES = st.binary(min_size=1, max_size=15).filter(lambda name: not set(name) & set(b"/: \t\n\v\f\r\0")).map(os.fsdecode)
"""All that the kernel takes for the name of an interface."""


@settings(max_examples=10)
@given(st.lists(NAMES, min_size=20))
def test_a_shell_reads_from_a_command_what_was_meant(names: list[str]) -> None:
    line = words.command_line(["printf", "%s\\0", *names])
    assert words.printable(line) == line
    ran = subprocess.run(["bash", "-c", line], capture_output=True, check=True, timeout=30)
    assert ran.stdout.split(b"\0")[:-1] == [os.fsencode(name) for name in names]


@pytest.mark.parametrize(
    ("text", "sentence"), [("no such device", "no such device."), ("Done.", "Done."), ("", ""), ("a\x1b", "a\\x1b.")]
)
def test_a_sentence_ends_like_one(text: str, sentence: str) -> None:
    assert words.sentence(text) == sentence
