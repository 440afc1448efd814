"""The line for monitoring systems: what may stand in it, what it says, and that performance data can be read back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.words import printable
from bondtui.model.bond import Bond
from bondtui.model.finding import CERTAIN, HOST, SEVERITIES, Finding, Judgement
from bondtui.report import nagios
from bondtui.report.grade import Checked, Checks, Levels, of_judgement
from bondtui.triage.case import Case
from bondtui.triage.verdict import judge
from tests.builders import HOSTILE_NAMES, WALL, a_bond, a_lacp_bond, a_lost_slave, a_pair, a_port, a_slave

DATUM = re.compile(
    r"'(?P<label>[^'=]+)'=(?P<value>-?[0-9.]+|U)(?P<unit>c|)"
    r"(?:;(?P<warn>[^; ]*))?(?:;(?P<crit>[^; ]*))?(?:;(?P<min>[^; ]*))?(?:;(?P<max>[^; ]*))?(?: |$)"
)
"""Monitoring Plugins Development Guidelines, "Performance data"."""

USUAL = Levels()


def checked(bond: Bond, levels: Levels = USUAL, **rest: Any) -> Checked:
    judgement = judge(Case(bond))
    return Checked(bond, judgement, of_judgement(judgement, levels), **rest)


def line(*bonds: Bond | Checked, levels: Levels = USUAL, **rest: Any) -> str:
    each = tuple(bond if isinstance(bond, Checked) else checked(bond, levels) for bond in bonds)
    return nagios.line(Checks("host", WALL, each, levels=levels, **rest))


def words(text: str) -> str:
    """What stands before the performance data."""
    return text.partition(" | ")[0]


def data(text: str) -> dict[str, str]:
    """The performance data by label; fails where it is not written as it must be."""
    rest = text.partition(" | ")[2]
    found = {}
    while rest:
        datum = DATUM.match(rest)
        assert datum is not None, rest
        found[datum["label"]] = datum[0].strip().partition("=")[2]
        rest = rest[datum.end() :]
    return found


def test_a_healthy_bond_is_ok() -> None:
    text = line(a_pair(num_peer_notif=2))
    assert words(text) == "BONDTUI OK: bond0 ok"
    assert data(text) == {
        "findings_critical": "0;;0",
        "findings_high": "0;0",
        "findings_medium": "0;0",
        "findings_low": "0",
        "findings_info": data(text)["findings_info"],
        "bond0_usable_slaves": "2;2:;1:;0;2",
        "bond0_carrying_slaves": "2;2:;1:;0;2",
        "bond0_link_failures": "0c",
    }


def test_the_worst_bond_comes_first_with_what_is_wrong() -> None:
    bonds = (
        a_pair(name="bond1", ifindex=11, num_peer_notif=2),
        a_bond(a_slave("e5", 5), a_lost_slave("e6", 6), name="bond2", ifindex=12, num_peer_notif=2),
        a_bond(a_lost_slave("e7", 7), a_lost_slave("e8", 8), name="bond3", ifindex=13, carrier=False),
    )
    assert re.fullmatch(
        r"BONDTUI CRITICAL: bond3 down: [^[]+ \[BT004 all-down\]; "
        r"bond2 one failure from loss: e6 [^[]+ \[BT008 slave-down\]; bond1 ok",
        words(line(*bonds)),
    )


def test_a_finding_alarms_also_where_the_verdict_is_fine() -> None:
    text = words(line(a_pair(num_peer_notif=0)))
    assert text.startswith("BONDTUI WARNING: bond0 carries traffic redundantly: ")
    assert text.endswith("[BT022 grat-arp-off]")


@pytest.mark.parametrize(
    ("levels", "critical", "high", "medium", "low"),
    [
        (Levels(), "0;;0", "0;0", "0;0", "0"),
        (Levels("low", "high"), "0;;0", "0;;0", "0;0", "0;0"),
        (Levels("never", "never"), "0", "0", "0", "0"),
    ],
)
def test_the_ranges_are_those_of_the_settings(levels: Levels, critical: str, high: str, medium: str, low: str) -> None:
    found = data(line(a_pair(num_peer_notif=2), levels=levels))
    assert [found[f"findings_{each}"] for each in ("critical", "high", "medium", "low")] == [
        critical,
        high,
        medium,
        low,
    ]


def test_slaves_that_carry_are_told_apart_from_those_that_are_up() -> None:
    split = a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, aggregator=2), a_port("eno3", 4, actor=7), min_links=2)
    found = data(line(split))
    assert found["bond0_usable_slaves"] == "3;3:;2:;0;3"
    assert found["bond0_carrying_slaves"] == "1;3:;2:;0;3"


def test_what_is_not_known_is_no_number() -> None:
    found = data(line(a_bond(a_slave("eno1", 2, mii=None, failures=3), a_slave("eno2", 3, failures=None))))
    assert found["bond0_usable_slaves"].startswith("U;2:;")
    assert found["bond0_carrying_slaves"].startswith("U;")
    assert found["bond0_link_failures"] == "U"
    hidden = data(line(a_lacp_bond(a_port("eno1", 2, actor=None, partner=None), a_port("eno2", 3))))
    assert hidden["bond0_usable_slaves"].startswith("2;")
    assert hidden["bond0_carrying_slaves"].startswith("U;")


def test_link_failures_are_a_counter_over_all_slaves() -> None:
    found = data(line(a_bond(a_slave("eno1", 2, failures=3), a_slave("eno2", 3, failures=4))))
    assert found["bond0_link_failures"] == "7c"


def test_bonds_of_the_same_name_have_labels_of_their_own() -> None:
    pair = a_pair(num_peer_notif=2)
    text = line(checked(pair, source="a"), checked(pair, source="b|c"), from_text=True)
    assert words(text) == "BONDTUI OK: bond0 of a ok; bond0 of b\\x7cc ok"
    assert {"bond0_usable_slaves", "bond0#2_usable_slaves"} <= set(data(text))


def test_what_is_not_there_is_told_behind_what_is_worse() -> None:
    bonds = a_pair(num_peer_notif=2), a_bond(a_slave("e5", 5), a_lost_slave("e6", 6), name="bond2", ifindex=12)
    said = words(line(*bonds, missing=("bond7",))).split("; ")
    assert said[0].startswith("BONDTUI WARNING: bond2 one failure from loss")
    assert said[1:] == ["bond7 not there", "bond0 ok"]


def test_simulated_is_said() -> None:
    assert words(line(a_pair(num_peer_notif=2), simulated=True)) == "BONDTUI OK: SIMULATED: bond0 ok"


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "a|b", "a=b", "'", "a;b", "|'=\"", "x" * 15])
def test_a_name_ends_neither_the_words_nor_a_label(name: str) -> None:
    bond = a_bond(a_slave(f"{name}1", 2), a_lost_slave(f"{name}2", 3), name=name)
    text = line(bond)
    assert text.count("|") == 1
    assert printable(text) == text
    assert printable(name).replace("|", "\\x7c") in words(text)
    assert len(data(text)) == len(SEVERITIES) + 3


@pytest.mark.parametrize("count", [1, 60, 400])
@pytest.mark.parametrize("name", ["bond", "漢字漢字"])
def test_however_many_bonds_there_are_the_line_is_bounded(count: int, name: str) -> None:
    lost = a_bond(*(a_lost_slave(f"{name}eno{each}", each) for each in range(2, 40)), carrier=False)
    judged = checked(lost)
    many = [judged._replace(bond=lost._replace(link=lost.link._replace(name=f"{name}{n}"))) for n in range(count)]
    text = line(*many, checked(a_pair(name="fine", num_peer_notif=2)))
    for encoding, errors in (("utf-8", "strict"), ("ascii", "backslashreplace")):
        assert len(text.encode(encoding, errors)) < 4096
    assert words(text).startswith(f"BONDTUI CRITICAL: {name}0 down: ")
    assert data(text)["findings_critical"].endswith(";;0")
    if count > 1:
        more = re.search(r"; and (\d+) bonds more$", words(text))
        assert more is not None
        told = words(text).count(" down: ")
        assert told + int(more[1]) == count + 1


texts = st.text(min_size=1, max_size=400)


@given(texts, texts, texts)
def test_nothing_that_a_rule_says_breaks_the_line(name: str, summary: str, sentence: str) -> None:
    finding = Finding("BT001", "no-monitor", "critical", name, summary, ("x",), HOST, CERTAIN, "do")
    for rank in range(5):
        judgement = Judgement(rank, sentence, findings=(finding,))
        bond = a_pair(name=name)
        text = line(Checked(bond, judgement, of_judgement(judgement, Levels()), source=sentence))
        assert text.startswith("BONDTUI CRITICAL: ")
        assert text.count("|") == 1
        assert printable(text) == text
        assert len(text.encode()) <= nagios.LONGEST_LINE
        assert data(text)["findings_critical"] == "1;;0"


@given(texts)
def test_a_reason_for_nothing_is_one_line_too(why: str) -> None:
    text = nagios.unknown(why * 50)
    assert text.startswith("BONDTUI UNKNOWN: ")
    assert "|" not in text
    assert printable(text) == text
    assert len(text.encode()) <= nagios.LONGEST_LINE
