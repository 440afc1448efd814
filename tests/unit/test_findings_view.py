"""The findings and their explanations as lines: every size, every state, and what must be said."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bondtui.core.words import printable
from bondtui.model.action import Pending
from bondtui.model.around import Around, Configured, Device
from bondtui.model.bond import BALANCE_RR, Bond
from bondtui.model.finding import Finding, Judgement
from bondtui.view.explained import (
    Asked,
    at_topic,
    chosen_at,
    entries,
    explained_page,
    first_asked,
    first_asked_of,
    listed,
    offered,
)
from bondtui.view.explained import moved as moved_on
from bondtui.view.finding import fixes, opened
from bondtui.view.findings import NAMES, At, findings_page, highlighted, moved, position
from bondtui.view.glyphs import ASCII
from bondtui.view.lacp import lacp_page
from bondtui.view.line import BAD, line_width, plain
from bondtui.view.look import Key, Look, Notice, chosen_bond
from bondtui.view.page import Page, Scroll
from bondtui.view.tones import SGR
from tests.actions import a_plan
from tests.builders import (
    HOSTILE_NAMES,
    a_bond,
    a_lacp_bond,
    a_look,
    a_lost_slave,
    a_pair,
    a_port,
    a_situation,
    a_slave,
    a_stamp,
)
from tests.machine import a_pending
from tests.unit.test_screen import CORNERS, LOOKS, SIZES, WITH_BONDS

Draw = Callable[[Look, int, int], Page]
LAST = 10_000
PAGES: dict[str, Draw] = {
    "findings": lambda look, cells, rows: findings_page(look, At(), cells, rows),
    "last-finding": lambda look, cells, rows: findings_page(look, at_last(look), cells, rows),
    "scrolled-findings": lambda look, cells, rows: findings_page(look, At(scroll=Scroll(LAST, True)), cells, rows),
    "explained": lambda look, cells, rows: explained_page(look, first_asked(offered(look)), cells, rows),
    "last-explained": lambda look, cells, rows: explained_page(look, at_topic(offered(look), LAST), cells, rows),
    "lacp": lambda look, cells, rows: lacp_page(look, Scroll(), cells, rows),
    "scrolled-lacp": lambda look, cells, rows: lacp_page(look, Scroll(LAST, True), cells, rows),
}
KEYS = (Key("e", "explain"), Key("f", "back"))
LOST = a_bond(a_slave("eno1", 2, state="active"), a_lost_slave("eno2", 3))
UNMONITORED = a_pair(miimon=0)
SHAPES = pytest.mark.parametrize(("cells", "rows"), [(80, 24), (160, 45)], ids=["small", "large"])


def at_last(look: Look) -> At:
    return moved(judgement(look).findings, At(), LAST)


def judgement(look: Look) -> Judgement:
    return chosen_bond(look.bonds, look.bond)[1]


def a_pending_change(**rest: Any) -> Pending:
    return a_pending(a_plan(a_situation(a_pair())), who="root", seconds_left=52.0, **rest)


def text_of(page: Page) -> str:
    return "\n".join(plain(line) for line in page.lines)


def words_of(page: Page) -> str:
    """All words in order, however they are broken; for pages of one column."""
    return " ".join(text_of(page).split())


def found(bond: Bond, at: At | None = None, cells: int = 80, rows: int = 60, **rest: Any) -> Page:
    return findings_page(a_look(bond, **rest), at or At(), cells, rows)


def in_order(draw: Draw, look: Look, cells: int, rows: int) -> None:
    """What is true of every page."""
    drawn = draw(look._replace(keys=KEYS), cells, rows)
    assert len(drawn.lines) == rows
    for line in drawn.lines:
        assert line_width(line) == cells
        assert all(tone in SGR for _, tone in line)
        assert all(unicodedata.category(each) not in ("Cc", "Cf", "Cs") for each in plain(line))
    for spot in drawn.spots:
        assert 0 <= spot.row < rows
        assert 0 <= spot.start < spot.end <= cells
    assert 0 <= drawn.scroll.top <= drawn.hidden


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", WITH_BONDS)
@settings(max_examples=2)
@given(size=SIZES, ascii_only=st.booleans())
def test_every_page_has_exactly_its_size(page: str, name: str, size: tuple[int, int], ascii_only: bool) -> None:
    look = LOOKS[name]._replace(glyphs=ASCII) if ascii_only else LOOKS[name]
    in_order(PAGES[page], look, *size)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["degraded", "lacp-split", "hostile", "wide-names", "pending-hostile"])
def test_the_smallest_and_the_largest_are_in_order(page: str, name: str) -> None:
    for cells, rows in [(1, 1), (1, 2), *CORNERS]:
        in_order(PAGES[page], LOOKS[name], cells, rows)


@pytest.mark.parametrize("page", PAGES)
def test_a_locale_that_has_ascii_alone_gets_ascii(page: str) -> None:
    for name in ("degraded", "lacp-split", "simulated-frozen", "pending"):
        drawn = PAGES[page](LOOKS[name]._replace(glyphs=ASCII), 160, 45)
        assert text_of(drawn).isascii()


@pytest.mark.parametrize("page", PAGES)
@SHAPES
def test_what_must_not_be_forgotten_is_said_on_every_page(page: str, cells: int, rows: int) -> None:
    def drawn(**rest: Any) -> str:
        return text_of(PAGES[page](a_look(LOST, **rest), cells, rows))

    assert "SIMULATED" in drawn(monitor={"simulated": True})
    assert "FROZEN" in drawn(frozen=a_stamp(100.1))
    stale = drawn(now=160.0)
    assert "STALE" in stale
    assert "Data is 1 min old" in stale or "Data is 60 s old" in stale
    banner = drawn(can_act=True, pending=a_pending_change(), pending_at=a_stamp(100.2))
    assert "set down" in banner
    assert "52 s" in banner
    assert "k keep" in banner
    assert "eno1 was kept" in drawn(notice=Notice("eno1 was kept", "good"))


@pytest.mark.parametrize("page", PAGES)
def test_the_keys_of_a_pending_change_answer_the_mouse(page: str) -> None:
    look = a_look(LOST, can_act=True, pending=a_pending_change(), pending_at=a_stamp(100.2))
    drawn = PAGES[page](look, 80, 24)
    keys = {str(spot.which): spot for spot in drawn.spots if spot.kind == "key"}
    keep = keys["k"]
    assert plain(drawn.lines[keep.row])[keep.start : keep.end] == "k keep"


# The findings


@SHAPES
@pytest.mark.parametrize("name", ["degraded", "lacp-split", "no-monitor"])
def test_every_finding_is_listed_with_severity_id_name_and_subject(name: str, cells: int, rows: int) -> None:
    look = LOOKS[name]
    lines = text_of(PAGES["findings"](look, cells, rows)).splitlines()
    findings = judgement(look).findings
    assert findings
    for each in findings:
        row = next(line for line in lines if f"{each.rule} {each.name}" in line)
        assert each.severity in row
        assert printable(each.subject) in row
        assert ("because of " + each.because_of in row) == bool(each.because_of)


def test_the_list_is_in_the_order_of_the_judgement_and_what_is_explained_is_indented() -> None:
    look = a_look(LOST)
    findings = judgement(look).findings
    lines = text_of(PAGES["findings"](look, 80, 40)).splitlines()
    rows = [next(n for n, line in enumerate(lines) if f"{each.rule} {each.name}" in line) for each in findings]
    assert rows == sorted(rows)
    starts = {bool(each.because_of): lines[row].index(each.severity) for each, row in zip(findings, rows, strict=True)}
    assert starts == {False: 4, True: 6}


@SHAPES
def test_the_highlighted_one_is_opened_with_all_that_is_known(cells: int, rows: int) -> None:
    look = a_look(UNMONITORED)
    first = judgement(look).findings[0]
    drawn = PAGES["findings"](look, cells, rows)
    text = words_of(drawn) if cells < 120 else " ".join(right_of(drawn).split())
    assert printable(first.summary) in text
    for each in first.evidence:
        assert printable(each) in text
    assert f"Side {first.side} ({first.confidence})" in text
    assert f"Next {printable(first.next_step)}" in text


def right_of(page: Page) -> str:
    return "\n".join(plain(line).partition("│")[2] for line in page.lines)


@SHAPES
def test_the_verdict_is_said_in_words_with_its_sentence(cells: int, rows: int) -> None:
    text = words_of(found(LOST, cells=cells, rows=rows))
    said = judgement(a_look(LOST))
    assert f"▲ One failure from loss. {said.sentence}" in text


@SHAPES
def test_what_is_lost_if_a_slave_dies_is_said_in_short_and_in_a_sentence(cells: int, rows: int) -> None:
    drawn = found(LOST, cells=cells, rows=rows)
    assert "lost if it dies now: eno1 everything eno2 nothing" in words_of(drawn)
    told = {loss.slave: loss.words for loss in judgement(a_look(LOST)).losses}
    for name, words in told.items():
        row = next(plain(line) for line in drawn.lines if plain(line).startswith(f" {name}  "))
        assert words[:30] in row
    danger = next(tone for line in drawn.lines for text, tone in line if text == "everything")
    assert danger == BAD


@pytest.mark.parametrize(("cells", "rows"), [(80, 24), (60, 20), (40, 12)])
def test_what_is_lost_is_never_a_label_alone(cells: int, rows: int) -> None:
    bond = a_bond(a_slave("ens1f0np0", 2, state="active"), a_lost_slave("ens1f1np1", 3))
    line = next(line for line in text_of(found(bond, None, cells, rows)).splitlines() if "if it dies" in line)
    assert "ens1f0np0 everything" in line
    assert ("ens1f1np1 nothing" in line) or line.rstrip().endswith("…")


def test_a_loss_that_does_not_fit_is_cut_with_a_mark() -> None:
    one_nic = Around(devices={2: Device("0000:04:00", None), 3: Device("0000:04:00", None)})
    lines = text_of(found(a_pair(), None, 40, 12, around=one_nic)).splitlines()
    line = next(line for line in lines if "if it dies" in line)
    assert "eno1 nothing (its NIC" in line
    assert line.rstrip().endswith("…")
    alone = a_bond(a_slave("fifteen-letters", 2, state="active"))
    line = next(line for line in text_of(found(alone, None, 34, 12)).splitlines() if "if it dies" in line)
    assert line.rstrip().endswith("…")


@pytest.mark.parametrize(("cells", "says"), [(80, "▲ 1 high  ▲ 1 medium"), (50, "2 findings"), (40, "2 of 2")])
def test_how_many_there_are_is_said_at_every_width(cells: int, says: str) -> None:
    at = moved(judgement(a_look(LOST)).findings, At(), 1)
    assert says in text_of(found(LOST, at, cells, 12)).splitlines()[1]


def test_how_many_there_are_goes_before_the_mode() -> None:
    bond = a_bond(a_slave("eno1", 2, state="active"), a_lost_slave("eno2", 3), name="a-bond-with-15-c")
    title = text_of(found(bond, None, 40, 12)).splitlines()[1]
    assert "a-bond-with-15-c" in title
    assert "of 2" in title


def test_a_finding_of_which_nobody_knows_the_side_is_not_sure_of_that() -> None:
    one = Finding("BT012", "x", "low", "eno1", "Something is.", (), "unknown", "certain", "")
    lines = opened(a_look(a_pair()), a_pair(), one, 80, manager=0, whole=False)
    assert "Side not known whose (the finding itself is certain)" in " ".join(" ".join(map(plain, lines)).split())


def test_what_is_shared_is_said_with_the_loss() -> None:
    one_nic = Around(devices={2: Device("0000:04:00", None), 3: Device("0000:04:00", None)})
    drawn = words_of(found(a_pair(), around=one_nic))
    assert "eno1 nothing (its NIC 0000:04:00: everything)" in drawn
    assert "0000:04:00" in drawn


def test_without_findings_that_is_said_with_the_verdict() -> None:
    drawn = words_of(found(a_pair()))
    assert "no findings: carries traffic redundantly." in drawn
    assert "If a slave dies now" in drawn


def test_what_is_hidden_or_could_not_be_looked_at_is_said() -> None:
    hidden = a_lacp_bond(hidden=("partner_key", "partner_port"))
    drawn = words_of(found(hidden, around=Around(unknown={"log": "needs \x1broot"})))
    assert "hidden: needs CAP_NET_ADMIN: partner_key, partner_port" in drawn
    assert "not looked at: kernel log (needs \\x1broot)" in drawn


def test_what_could_not_be_looked_at_is_called_by_words_and_not_by_fields() -> None:
    drawn = words_of(found(a_pair(), around=Around(unknown=dict.fromkeys(Around._fields, "why"))))
    assert set(NAMES) == {*Around._fields} - {"unknown"}
    for words in NAMES.values():
        assert f"{words} (why)" in drawn


def test_moving_stays_within_the_list_and_goes_on_from_what_is_highlighted() -> None:
    findings = judgement(a_look(LOST)).findings
    assert len(findings) == 2
    at = moved(findings, At(), 0)
    assert at.finding == findings[0]
    at = moved(findings, at, 1)
    assert highlighted(findings, at) == 1
    assert moved(findings, at, 5).finding == findings[1]
    assert moved(findings, at, -LAST).finding == findings[0]
    assert moved((), at, 1) == At()


def test_the_highlight_stays_on_the_same_rule_and_subject_when_the_list_changes() -> None:
    findings = judgement(a_look(LOST)).findings
    at = moved(findings, At(), 1)
    chosen = findings[1]
    changed = (findings[0], findings[0]._replace(ifindex=99), chosen._replace(summary="Other words now."))
    assert position(changed, at) == 2
    renamed = (chosen._replace(subject="wan0"),)
    assert position(renamed, at) == 0
    assert position((chosen._replace(ifindex=77),), at) is None


def test_a_text_without_indexes_goes_by_the_name() -> None:
    one = Finding("BT008", "slave-down", "medium", "eno1", "eno1 is down.", (), "cable", "likely", "")
    at = moved((one,), At(), 0)
    assert position((one._replace(subject="eno2"), one), at) == 1


@SHAPES
def test_a_highlighted_finding_that_has_gone_is_said_to_be_gone(cells: int, rows: int) -> None:
    at = moved(judgement(a_look(UNMONITORED)).findings, At(), 0)
    gone = words_of(found(a_pair(), at, cells, rows))
    assert "BT001 no-monitor of bond0 has gone: it is not found any more." in gone
    assert "has gone" not in words_of(found(UNMONITORED, at, cells, rows))


@pytest.mark.parametrize(("cells", "rows"), [(60, 20), (40, 12)])
def test_that_one_has_gone_is_one_line_and_hides_no_highlighted_finding(cells: int, rows: int) -> None:
    at = moved(judgement(a_look(UNMONITORED)).findings, At(), 0)
    for where in range(2):
        lines = text_of(found(LOST, at._replace(position=where), cells, rows)).splitlines()
        gone = next(n for n, line in enumerate(lines) if line.startswith(" ● "))
        assert (
            lines[gone].split() == ["●", "gone:", "BT001", "no-monitor", "of", "bond0"]
            or "has gone: it is" in lines[gone]
        )
        chosen = next(n for n, line in enumerate(lines) if line.startswith("▸"))
        assert judgement(a_look(LOST)).findings[where].rule in lines[chosen]
    narrow = next(line for line in text_of(found(LOST, at, 24, 12)).splitlines() if "gone" in line)
    assert narrow.rstrip().endswith("…")


@SHAPES
def test_one_that_has_gone_is_told_beside_those_that_are_left(cells: int, rows: int) -> None:
    at = moved(judgement(a_look(UNMONITORED)).findings, At(), 0)
    with_others = words_of(found(LOST, at, cells, rows))
    assert "BT001 no-monitor of bond0 has gone" in with_others


def test_the_permanent_fix_is_shown_for_one_manager_after_the_other() -> None:
    look = a_look(UNMONITORED)
    texts = fixes(look, UNMONITORED, judgement(look).findings[0])
    assert len(texts) == 4
    for n, (manager, text) in enumerate(texts):
        drawn = words_of(found(UNMONITORED, At(manager=n)))
        assert f"Permanent {manager}, {n + 1} of 4" in drawn
        for line in text.splitlines():
            assert line.startswith("#") or " ".join(line.split()) in drawn
    assert f"Permanent {texts[0][0]}" in words_of(found(UNMONITORED, At(manager=4)))


def test_with_room_the_fix_is_shown_for_all_managers() -> None:
    text = right_of(found(UNMONITORED, cells=160, rows=60))
    for manager in ("systemd-networkd", "NetworkManager", "netplan", "ifupdown"):
        assert manager in text


@pytest.mark.parametrize(
    ("around", "first"),
    [
        (Around(managers={10: "NetworkManager"}), "NetworkManager"),
        (Around(configured=(Configured("ifupdown", "/etc/network/interfaces", "bond0"),)), "ifupdown"),
        (
            Around(
                managers={10: "systemd-networkd"}, configured=(Configured("netplan", "/etc/netplan/a.yaml", "bond0"),)
            ),
            "netplan",
        ),
        (Around(configured=(Configured("ifupdown", "/etc/network/interfaces", "bond7"),)), "systemd-networkd"),
    ],
)
def test_the_manager_that_has_the_bond_comes_first(around: Around, first: str) -> None:
    look = a_look(UNMONITORED, around=around)
    assert fixes(look, UNMONITORED, judgement(look).findings[0])[0][0] == first


def test_a_finding_that_no_configuration_cures_shows_none() -> None:
    assert "Permanent" not in text_of(found(LOST))


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@SHAPES
def test_hostile_names_are_drawn_and_never_interpreted(name: str, cells: int, rows: int) -> None:
    bond = a_bond(a_slave(name, 2, state="active"), a_lost_slave("eno2", 3), name=name, miimon=0)
    for page in PAGES.values():
        text = text_of(page(a_look(bond), cells, rows))
        assert printable(name) in text


def test_scrolling_by_hand_shows_the_rest_and_ends_at_its_end() -> None:
    look = a_look(UNMONITORED)
    first = PAGES["findings"](look, 80, 16)
    assert first.hidden > 0
    assert "PgUp PgDn: lines 1 to" in text_of(first)
    last = findings_page(look, At(scroll=Scroll(LAST, True)), 80, 16)
    assert last.scroll == Scroll(last.hidden, True)
    assert text_of(last) != text_of(first)
    assert "eno2  nothing" in text_of(last)


def test_a_click_on_a_row_tells_which_finding() -> None:
    look = a_look(LOST)
    drawn = PAGES["findings"](look, 80, 24)
    for spot in drawn.spots:
        if spot.kind == "line":
            assert isinstance(spot.which, int)
            assert judgement(look).findings[spot.which].rule in plain(drawn.lines[spot.row])
    assert {spot.which for spot in drawn.spots if spot.kind == "line"} == {0, 1}


# Explanations


def test_the_worst_finding_is_explained_first_with_what_was_seen() -> None:
    look = a_look(UNMONITORED)
    text = words_of(PAGES["explained"](look, 100, 60))
    first = judgement(look).findings[0]
    assert printable(first.summary) in text
    for each in first.evidence:
        assert each in text
    for entry in entries(offered(look)[first_asked(offered(look)).position]):
        assert entry.means[:60] in text


def test_without_findings_the_verdict_is_explained_first() -> None:
    look = a_look(a_pair())
    offers = offered(look)
    assert offers[first_asked(offers).position].value[0] == "● carries traffic redundantly"


@pytest.mark.parametrize("name", WITH_BONDS)
def test_everything_that_is_offered_has_a_text(name: str) -> None:
    for topic in offered(LOOKS[name]):
        if topic.word != "unknown":
            assert entries(topic), topic


def test_the_fields_are_listed_with_the_values_of_the_highlighted_slave() -> None:
    bond = a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, actor=61, partner=61, failures=7))
    listed = {(topic.group, topic.label): topic.value[0] for topic in offered(a_look(bond, slave=3))}
    assert listed["Bond", "mode"] == "802.3ad"
    assert listed["Bond", "miimon"] == "100"
    assert listed["Slave", "fail"] == "7"
    assert listed["Slave", "actor"] == "A-GSCD--"
    assert listed["LACP bits", "T short timeout"] == "actor no, partner no"
    drawn = text_of(explained_page(a_look(bond, slave=3), Asked(), 160, 60))
    assert "eno2" in drawn.splitlines()[1]


def test_a_state_byte_is_explained_beside_its_field() -> None:
    bond = a_lacp_bond(a_port("eno1", 2, actor=61), a_port("eno2", 3))
    look = a_look(bond)
    offers = offered(look)
    actor = next(n for n, each in enumerate(offers) if each.label == "actor")
    assert "61" in " ".join(entry.name for entry in entries(offers[actor]))


def test_bits_are_offered_for_lacp_alone() -> None:
    assert any(each.group == "LACP bits" for each in offered(a_look(a_lacp_bond())))
    assert not any(each.group == "LACP bits" for each in offered(a_look(a_pair())))
    assert not any(each.label == "role" for each in offered(a_look(a_pair(mode=BALANCE_RR))))


def test_commands_in_explanations_name_this_bond_and_slave() -> None:
    bond = a_bond(a_slave("ens1", 2, state="active"), a_slave("ens2", 3), name="lan", miimon=0)
    text = text_of(explained_page(a_look(bond), first_asked(offered(a_look(bond))), 100, 60))
    see = text[text.index("See") :]
    assert "lan" in see
    assert "bond0" not in see


def test_what_is_asked_about_stays_when_the_findings_change() -> None:
    before, after = offered(a_look(LOST)), offered(a_look(a_pair()))
    mtu = next(n for n, each in enumerate(before) if each.label == "mtu")
    now = listed(after, at_topic(before, mtu))
    assert now.topics[now.here].label == "mtu"
    assert now.here != mtu
    assert not now.gone
    assert now.topics == after


@pytest.mark.parametrize(("cells", "rows"), [(160, 45), (80, 24), (60, 20), (40, 12)])
@pytest.mark.parametrize("scroll", [Scroll(), Scroll(4, True)])
def test_the_text_under_the_readers_eyes_stays_when_the_finding_goes(cells: int, rows: int, scroll: Scroll) -> None:
    asked = first_asked(offered(a_look(LOST)))._replace(scroll=scroll)
    before = explained_page(a_look(LOST), asked, cells, rows)
    for bond in (a_pair(), a_pair(miimon=0)):
        after = explained_page(a_look(bond), asked, cells, rows)
        if cells > 120:
            assert right_of(after) == right_of(before)
        else:
            assert text_of(after).splitlines()[-rows // 3 :] == text_of(before).splitlines()[-rows // 3 :]
        assert after.scroll == before.scroll
        lines = text_of(after).splitlines()
        assert "● gone" in lines[1]
        assert "Explained: BT008 of eno2" in lines[1]
        row = next(line for line in lines if line.startswith("▸"))
        assert "BT008 slave-down" in row
        assert "gone" in row
    assert "gone" not in text_of(before)


def test_what_has_gone_is_listed_in_its_place_until_another_is_chosen() -> None:
    before, after = offered(a_look(LOST)), offered(a_look(a_pair(miimon=0)))
    asked = first_asked(before)
    now = listed(after, asked)
    assert now.gone
    assert [each.group for each in now.topics].index("Findings") == now.here
    assert [each for n, each in enumerate(now.topics) if n != now.here] == after
    assert chosen_at(after, asked, now.here) == asked
    for step in (-1, 1):
        chosen = moved_on(after, asked, step)
        assert chosen.topic == now.topics[now.here + step]
        assert after[chosen.position] == chosen.topic
        assert not listed(after, chosen).gone
    assert moved_on(after, asked, LAST).topic == after[-1]
    assert moved_on(after, asked, -LAST).topic == after[0]


def test_a_field_that_has_gone_stays_in_its_group_and_is_explained_on() -> None:
    lacp, other = a_look(a_lacp_bond()), a_look(a_pair())
    asked = at_topic(offered(lacp), LAST)
    now = listed(offered(other), asked)
    assert now.here == len(now.topics) - 1
    text = text_of(explained_page(other, asked, 160, 45))
    assert "gone: it is not shown any more" in text
    assert "expired (bit)" in text
    first = next(n for n, each in enumerate(offered(lacp)) if each.label == "actor")
    gone = listed(offered(other), at_topic(offered(lacp), first))
    assert gone.topics[gone.here - 1].group == "Slave"


def test_a_state_is_explained_on_when_it_changes() -> None:
    before = a_look(a_lacp_bond(a_port("eno1", 2, actor=61)))
    after = a_look(a_lacp_bond(a_port("eno1", 2, actor=71)))
    actor = at_topic(offered(before), next(n for n, each in enumerate(offered(before)) if each.label == "actor"))
    page = explained_page(after, actor, 160, 45)
    assert right_of(page) == right_of(explained_page(before, actor, 160, 45))
    assert "port state 61 is explained, it is port state 71 now" in text_of(page).splitlines()[1]


def test_another_bond_is_explained_from_its_first_finding_or_the_same_field_on() -> None:
    before, after = offered(a_look(LOST)), offered(a_look(a_lacp_bond()))
    assert first_asked_of(after, first_asked(before)) == first_asked(after)
    assert first_asked_of(after, Asked()) == first_asked(after)
    assert first_asked_of(before, at_topic(after, 0)) == at_topic(before, 0)
    mtu = next(n for n, each in enumerate(before) if each.label == "mtu")
    topic = first_asked_of(after, at_topic(before, mtu)).topic
    assert topic is not None
    assert topic.label == "mtu"
    assert first_asked_of(before, at_topic(after, LAST)) == first_asked(before)


def test_the_title_says_what_is_explained() -> None:
    finding = text_of(explained_page(a_look(LOST), first_asked(offered(a_look(LOST))), 80, 24)).splitlines()[1]
    assert finding.strip() == "Explained: BT008 of eno2"
    field = text_of(explained_page(a_look(LOST, slave=3), at_topic(offered(a_look(LOST)), 0), 80, 24)).splitlines()[1]
    assert field.strip() == "Explained: bond0, eno2"


def test_a_finding_that_has_gone_with_its_slave_keeps_the_name_in_its_commands() -> None:
    bond = a_bond(a_slave("ens1", 2, state="active"), a_lost_slave("ens2", 3))
    asked = first_asked(offered(a_look(bond)))
    text = text_of(explained_page(a_look(a_bond(a_slave("ens1", 2, state="active"))), asked, 160, 45))
    see = " ".join(right_of(explained_page(a_look(bond), asked, 160, 45)).partition("See")[2].split())
    assert "ens2" in see
    assert "ens1" not in see
    assert "dev ens1" not in text


@pytest.mark.parametrize("state", range(8))
def test_a_port_state_is_not_looked_up_as_a_mode(state: int) -> None:
    bond = a_lacp_bond(a_port("eno1", 2, actor=state, partner=state))
    for topic in offered(a_look(bond)):
        if topic.group == "Slave" and topic.label in ("actor", "partner"):
            assert [each.name for each in entries(topic)] == [topic.label, f"port state {state}"]


def test_a_bond_without_slaves_can_be_explained() -> None:
    text = text_of(PAGES["explained"](a_look(a_bond()), 80, 40))
    assert "BT003" in text
