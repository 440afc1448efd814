"""LACP as lines: two rows for each slave, the bits as letters and words, and what they mean in one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.core.lacp import BITS
from bondtui.model.bond import Bond, LacpDetails, Lacpdus, Slave
from bondtui.model.finding import Finding
from bondtui.view.lacp import lacp_page, no_lacp
from bondtui.view.lacp_table import BIT_HEADS, columns_for, has_words
from bondtui.view.lacp_words import amiss, notes, port_sentence
from bondtui.view.line import BAD, DIM, GOOD, WARN, Line, plain
from bondtui.view.look import Look, chosen_bond
from bondtui.view.page import Page, Scroll
from tests.builders import PARTNER, a_bond, a_lacp_bond, a_look, a_pair, a_port

DETAILS = LacpDetails(
    partner_system_mac=PARTNER,
    partner_key=32769,
    partner_port=273,
    actor_churn="none",
    partner_churn="none",
    actor_churned_count=0,
    partner_churned_count=0,
    actor_system_mac="02:00:00:00:00:0a",
    actor_system_priority=65535,
    actor_key=21,
    actor_port=7,
    actor_port_priority=255,
    partner_system_priority=32768,
    partner_port_priority=128,
)


NOBODY = LacpDetails(partner_system_mac="00:00:00:00:00:00")


def drawn(bond: Bond, cells: int = 80, rows: int = 40, **rest: Any) -> Page:
    return lacp_page(a_look(bond, **rest), Scroll(), cells, rows)


def lines_of(page: Page) -> list[str]:
    return [plain(line).rstrip() for line in page.lines]


def rows_of(page: Page, end: str) -> list[str]:
    return [
        line for line in lines_of(page) if line.startswith(f"    {end:<7} ") and line[12:15].strip(" -0123456789") == ""
    ]


def sentence_of(slave: Slave, **bond: Any) -> str:
    return port_sentence(a_lacp_bond(slave, **bond), slave)[0]


def remarks(slave: Slave) -> list[str]:
    return [text for text, _ in notes(slave)]


def line_with(page: Page, words: str) -> Line:
    return next(line for line in page.lines if words in plain(line))


# Two rows for each slave


def test_both_ends_are_shown_with_all_that_the_kernel_tells() -> None:
    page = drawn(a_lacp_bond(a_port("eno1", 2, actor=63, partner=61, lacp=DETAILS)))
    assert rows_of(page, "actor") == ["    actor    63 ATGSCD-- 02:00:00:00:00:0a   65535    21     7   255 none"]
    assert rows_of(page, "partner") == [f"    partner  61 A-GSCD-- {PARTNER}   32768 32769   273   128 none"]
    assert "    end     raw bits     system            sysprio   key  port  prio churn" in lines_of(page)


def test_what_the_kernel_does_not_tell_is_a_dash() -> None:
    page = drawn(a_lacp_bond(a_port("eno1", 2, actor=None, partner=None)))
    for end in ("actor", "partner"):
        assert rows_of(page, end)[0].split() == [end, *"--------"]
    assert "LACPDUs -" in line_text(page, "LACPDUs")


def line_text(page: Page, words: str) -> str:
    return plain(line_with(page, words))


def test_what_is_hidden_says_so() -> None:
    hidden = ("partner_system_mac", "partner_key", "partner_port")
    page = drawn(a_lacp_bond(hidden=hidden))
    assert "hidden: needs CAP_NET_ADMIN: partner_system_mac, partner_key, partner_port " in line_text(page, "hidden")
    assert line_text(drawn(a_lacp_bond(hidden=hidden), 50), "hidden").endswith("mac,…")


def test_counters_are_shown_where_the_kernel_has_them() -> None:
    port = a_port("eno1", 2)._replace(lacpdus=Lacpdus(120, 121, 3, 4))
    look = a_look(a_lacp_bond(port))
    look = look._replace(monitor=look.monitor._replace(bonds=(a_lacp_bond(port),)))
    page = lacp_page(look, Scroll(), 80, 30)
    assert "LACPDUs rx 120  tx 121  unknown 3  illegal 4" in line_text(page, "LACPDUs")
    assert ("3", WARN) in line_with(page, "LACPDUs")
    assert ("4", WARN) in line_with(page, "LACPDUs")


def test_the_port_priority_of_the_driver_goes_before_that_of_the_text() -> None:
    page = drawn(a_lacp_bond(a_port("eno1", 2, lacp=DETAILS, actor_port_prio=100)))
    assert rows_of(page, "actor")[0].split()[-2:] == ["100", "none"]


def test_with_room_each_bit_has_a_column_with_its_word() -> None:
    page = drawn(a_lacp_bond(a_port("eno1", 2, actor=7, partner=93, aggregator=1)), 160)
    words = {
        end: [rows_of(page, end)[0][place : place + 6].split()[0] for place in places(page)]
        for end in ("actor", "partner")
    }
    assert words["actor"] == ["yes", "short", "yes", "no", "no", "no", "no", "no"]
    assert words["partner"] == ["yes", "long", "yes", "yes", "yes", "no", "yes", "no"]


def places(page: Page) -> list[int]:
    head = line_text(page, " end ")
    return [head.index(f" {each}", head.index("churn")) + 1 for each in BIT_HEADS]


def test_there_are_more_columns_where_there_is_more_room() -> None:
    before: set[str] = set()
    for cells in (20, 40, 60, 80, 100, 160):
        shown = {each.title for each in columns_for(cells)}
        assert before <= shown
        before = shown
        assert {"end", "raw", "bits"} <= shown
    assert has_words(160)
    assert not has_words(80)


def test_a_missing_or_bad_bit_stands_out_in_letter_and_word() -> None:
    page = drawn(a_lacp_bond(a_port("eno1", 2, actor=7 | 64, partner=63)), 160)
    row = line_with(page, "    actor")
    assert [tone for text, tone in row if text == "-"] == [BAD, BAD, BAD, DIM]
    assert ("F", BAD) in row
    assert [tone for text, tone in row if text.strip() in ("no", "yes")].count(BAD) == 4


def test_bits_of_a_port_whose_link_is_down_are_old_and_grey() -> None:
    port = a_port("eno1", 2, mii="down", carrier=False)
    page = drawn(a_lacp_bond(port, a_port("eno2", 3)), 160)
    assert "the link is down: these bits are old" in line_text(page, "eno1  ")
    row = line_with(page, "    actor")
    assert "atgscd--" in plain(row)  # the tone alone is not seen without colours
    assert "ATGSCD--" in line_text(drawn(a_lacp_bond(a_port("eno2", 3)), 160), "    actor")
    assert {tone for text, tone in row if text.strip()} == {DIM}
    assert list(amiss(port)) == []


def test_the_letters_are_explained() -> None:
    for cells in (80, 160):
        text = "\n".join(lines_of(drawn(a_lacp_bond(), cells)))
        for _, letter, word in BITS:
            assert f"{letter} {word}" in text


# What it means


@pytest.mark.parametrize(
    ("port", "words", "tone"),
    [
        (a_port(), "carries traffic", GOOD),
        (a_port(actor=61, partner=61), "carries traffic", GOOD),
        (a_port(aggregator=2), "in aggregator 2, not the active 1: it carries nothing", WARN),
        (a_port(actor=71, partner=1, aggregator=2), "hears no partner: it carries nothing", BAD),
        (a_port(actor=79, partner=0), "hears no partner; the driver uses it as a last resort, without LACP", WARN),
        (a_port(actor=77, partner=0), "hears no partner; the driver uses it as a last resort, without LACP", WARN),
        (a_port(actor=79, partner=0, aggregator=2), "hears no partner: it carries nothing", BAD),
        (a_port(actor=71, partner=0), "hears no partner: it carries nothing", BAD),
        (a_port(actor=7, partner=0), "no partner heard yet: it carries nothing", WARN),
        (a_port(actor=7, partner=1), "no partner heard yet: it carries nothing", WARN),
        (a_port(actor=15, partner=1, lacp=DETAILS), "the partner is not in sync: it refuses this port so far", BAD),
        (a_port(actor=15, partner=7, lacp=NOBODY), "no partner heard yet: it carries nothing", WARN),
        (a_port(actor=127, partner=0), "hears no partner; it carries traffic alone, without LACP", WARN),
        (a_port(actor=135, partner=55), "the partner has just fallen silent", BAD),
        (
            a_port(actor=199, partner=1),
            "hears nothing yet: normal for 3 s after a link came up; if it stays, it hears its own LACPDUs",
            WARN,
        ),
        (a_port(actor=15, partner=7), "the partner is not in sync: it refuses this port so far", BAD),
        (a_port(actor=7, partner=63), "our port is not in sync: it carries nothing", BAD),
        (a_port(actor=15, partner=15), "not yet collecting and distributing at both ends", WARN),
        (a_port(partner=None), "the partner's state is not known", ""),
        (a_port(actor=None), "the kernel does not tell its LACP state", ""),
        (a_port(mii="down", carrier=False), "the link is down: these bits are old", BAD),
        (a_port(mii="down", carrier=False, actor=None), "the link is down", BAD),
        (a_port(mii="down", admin_up=False, carrier=False), "set down: these bits are old", BAD),
        (a_port(mii="going back"), "MII status is going back: these bits are old", WARN),
        (a_port(mii=None), "its MII status is not known: these bits are old", WARN),
    ],
)
def test_each_port_says_in_one_sentence_what_it_does(port: Slave, words: str, tone: str) -> None:
    assert port_sentence(a_lacp_bond(port), port) == (words, tone)


def test_without_an_active_aggregator_no_other_is_blamed() -> None:
    assert sentence_of(a_port(aggregator=2), info=None) == "carries traffic"


def test_a_port_that_is_found_to_hear_its_own_lacpdus_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    port = a_port(actor=199, partner=1)
    assert port_sentence(a_lacp_bond(port), port, loop=True) == ("hears its own LACPDUs: there is a loop", BAD)
    look = a_look(a_lacp_bond(port, a_port("eno2", 3, actor=199)))
    found = Finding("BT036", "lacp-loop", "critical", "eno1", "eno1 hears itself.", (), "cable", "certain", "", 2)
    judgement = chosen_bond(look.bonds, look.bond)[1]._replace(findings=(found,))
    monkeypatch.setattr(Look, "judge", lambda *_: judgement)
    page = lacp_page(look, Scroll(), 80, 40)
    assert "there is a loop" in line_text(page, "eno1  ")
    assert "hears nothing yet" in line_text(page, "eno2  ")


def test_what_was_read_long_ago_is_told_as_it_was_then() -> None:
    page = drawn(a_lacp_bond(a_port("eno1", 2, actor=7), a_port("eno2", 3)), 160, now=130.0)
    assert "eno1  ◌ 30 s ago: our port is not in sync: it carries nothing" in line_text(page, "eno1")
    assert "eno2  ◌ 30 s ago: carries traffic" in line_text(page, "eno2")
    for words in ("eno1  ", "eno2  ", "    actor", "    aggregator"):
        assert not {tone for _, tone in line_with(page, words)} & {GOOD, WARN, BAD}
    assert {tone for text, tone in line_with(page, "    actor") if text.strip()} == {DIM}


def test_what_is_benign_is_said_to_be_benign() -> None:
    assert remarks(a_port()) == []
    assert remarks(a_port(actor=61)) == ["actor at the slow rate: 61 is as healthy as 63"]
    assert remarks(a_port(actor=61, partner=61)) == ["actor and partner at the slow rate: 61 is as healthy as 63"]
    assert remarks(a_port(partner=61)) == ["partner at the slow rate: 61 is as healthy as 63"]
    assert remarks(a_port(actor=62)) == ["actor passive: one active end is enough"]
    assert remarks(a_port(actor_churn="monitoring")) == ["'monitoring' is normal in the first minute"]


def test_what_is_not_benign_is_not_called_so() -> None:
    assert remarks(a_port(actor=5, partner=61)) == []
    assert "both ends are passive" in remarks(a_port(actor=62, partner=62))[0]
    assert remarks(a_port(mii="down", carrier=False, actor=61)) == []


def test_what_was_wrong_before_is_told() -> None:
    port = a_port(lacp=DETAILS._replace(actor_churned_count=1, partner_churned_count=2))
    assert remarks(port) == ["churned so far: actor 1 time and partner 2 times"]


def test_missing_and_bad_bits_are_said_in_words_where_there_is_no_room_for_columns() -> None:
    port = a_port(actor=7, partner=15)
    assert [text for text, _ in amiss(port)] == [
        "actor not in sync, not collecting and not distributing",
        "partner not collecting and not distributing",
    ]
    bond = a_lacp_bond(port)
    assert "not in sync" in " ".join(" ".join(lines_of(drawn(bond))).split())
    assert "not in sync," not in " ".join(lines_of(drawn(bond, 160)))


def test_without_a_partner_nothing_is_said_about_its_bits() -> None:
    port = a_port(actor=71, partner=0, actor_churn="monitoring")
    assert [text for text, _ in amiss(port)] == ["actor not in sync, not collecting, not distributing and defaulted"]
    assert remarks(port) == []


# The bond


def test_the_active_aggregator_is_told() -> None:
    text = " ".join(lines_of(drawn(a_lacp_bond(ad_select="stable", min_links=1))))
    for words in (
        *("active aggregator 1", "ports 2", "actor key 15", "partner key 15", f"partner {PARTNER}"),
        *("rate fast", "lacp_active on", "ad_select stable", "min_links 1"),
    ):
        assert words in text
    assert "other aggregator" not in text


def test_one_other_aggregator_is_not_a_count() -> None:
    page = drawn(a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, aggregator=2)))
    assert "other aggregator: 2" in line_text(page, "other aggregator")


def test_other_aggregators_stand_out() -> None:
    page = drawn(a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, aggregator=3), a_port("eno3", 4, aggregator=2)))
    assert ("2, 3", WARN) in line_with(page, "other aggregators: ")


def test_no_aggregator_and_no_partner_are_said() -> None:
    assert ("none", BAD) in line_with(drawn(a_lacp_bond(info=None)), "active aggregator")
    info = a_lacp_bond().options.ad_info
    assert info is not None
    nobody = a_lacp_bond(info=info._replace(partner_mac="00:00:00:00:00:00"))
    assert ("none", BAD) in line_with(drawn(nobody), "partner ")


def test_a_bond_of_another_mode_says_so_in_one_line() -> None:
    assert no_lacp(a_pair()) == "bond0 is a bond of mode active-backup: LACP is spoken in mode 802.3ad only."
    lines = lines_of(drawn(a_pair()))
    assert sum("LACP is spoken" in line for line in lines) == 1
    assert rows_of(drawn(a_pair()), "actor") == []


def test_a_bond_without_slaves_says_so() -> None:
    assert "the bond has no slaves" in "\n".join(lines_of(drawn(a_bond(mode=4))))


@pytest.mark.parametrize("chosen", [0, 31, 63])
def test_many_slaves_scroll_and_the_highlighted_one_is_in_sight(chosen: int) -> None:
    bond = a_lacp_bond(*(a_port(f"port{n}", 100 + n) for n in range(64)))
    page = drawn(bond, rows=24, slave=100 + chosen)
    assert f"▸ port{chosen}  ● carries traffic" in lines_of(page)
    spots = [spot for spot in page.spots if spot.kind == "line"]
    assert 100 + chosen in {spot.which for spot in spots}
    for spot in spots:
        if "carries traffic" in plain(page.lines[spot.row]):
            assert f"port{spot.which - 100} " in plain(page.lines[spot.row])  # type: ignore[operator]


def test_slaves_stand_apart_where_there_is_room() -> None:
    roomy, tight = lines_of(drawn(a_lacp_bond(), rows=40)), lines_of(drawn(a_lacp_bond(), rows=16))
    first = next(n for n, line in enumerate(roomy) if "eno2" in line)
    assert roomy[first - 1] == ""
    first = next(n for n, line in enumerate(tight) if "eno2" in line)
    assert tight[first - 1] != ""
