"""A plan in words: what would be done, its undo, its effect, and every guard."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bondtui.actions.guards import GUARDS
from bondtui.core.words import printable
from bondtui.model.action import ASK, OK, REFUSE, Guarded, Plan
from bondtui.model.host import HostFacts, Route, Session
from bondtui.view.glyphs import ASCII, UNICODE
from bondtui.view.line import BAD, WARN, line_width, plain
from bondtui.view.plan import headline, plan_lines
from tests.actions import a_plan
from tests.builders import HOSTILE_NAMES, a_bond, a_lost_slave, a_pair, a_situation, a_slave

SSH = HostFacts(
    sessions=(Session("198.51.100.7", "192.0.2.10", "br0", ("bond0", "bond0.7", "br0"), mine=True),),
    default_routes=(Route("default", "192.0.2.1", "br0"),),
)
LONELY = a_bond(a_slave("eno1", 2, state="active"), a_lost_slave("eno2", 3))


def plan_to(kind: str = "down", slave: str = "eno1", *, bond: Any = None, host: HostFacts | None = None) -> Plan:
    return a_plan(a_situation(bond or a_pair(), kind, slave, host=host))


FINE, ASKED, REFUSED = plan_to(), plan_to(host=SSH), plan_to(bond=LONELY, host=SSH)
PLANS = [FINE, ASKED, REFUSED, plan_to("activate", "eno2"), plan_to("up"), plan_to("activate")]


def shown(plan: Plan, cells: int = 80, rows: int = 40) -> list[str]:
    return [plain(line).rstrip() for line in plan_lines(plan, UNICODE, cells, rows)]


def flat(plan: Plan, cells: int = 80, rows: int = 40) -> str:
    return " ".join(" ".join(shown(plan, cells, rows)).split())


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (FINE, "Set eno1 down"),
        (ASKED, "Set eno1 down"),
        (plan_to("activate", "eno2"), "Make eno2 active"),
        (REFUSED, "Refused: set eno1 down"),
        (plan_to("up"), "Nothing to do: set eno1 up"),
    ],
)
def test_the_headline_says_the_wish_and_what_becomes_of_it(plan: Plan, words: str) -> None:
    assert headline(plan) == words


def test_the_facts_are_command_undo_effect_and_outage() -> None:
    assert shown(FINE)[:5] == [
        " Bond     bond0",
        " Command  ip link set eno1 down",
        " Undo     ip link set eno1 up, by itself after 60 s unless you keep it",
        " Effect   eno2 takes over within about 100 ms.",
        " Outage   at most about 100 ms",
    ]


def test_setting_up_says_that_it_is_not_undone() -> None:
    down = a_bond(a_slave("eno1", 2, admin_up=False, carrier=False, mii="down"), a_slave("eno2", 3), active_slave=3)
    assert "Undo ip link set eno1 down (it is not undone by itself)" in flat(plan_to("up", bond=down))


@pytest.mark.parametrize("cells", [40, 60, 90])
@pytest.mark.parametrize("rows", [6, 15, 60])
@pytest.mark.parametrize("plan", [FINE, ASKED, REFUSED])
def test_no_guard_is_left_out_and_what_speaks_against_it_comes_with_its_evidence(
    plan: Plan, cells: int, rows: int
) -> None:
    words = flat(plan, cells, rows)
    assert all(name in words for name in GUARDS)
    assert all(" ".join(each.evidence.split()) in words for each in plan.guards if each.result != OK)


def test_with_room_every_guard_says_what_it_has_seen() -> None:
    assert all(" ".join(each.evidence.split()) in flat(FINE, 100, 60) for each in FINE.guards)


def test_refusals_stand_before_what_asks_and_before_everything_else_where_it_is_refused() -> None:
    assert [line.split()[:2] for line in shown(REFUSED)[:2]] == [["✖", "last-usable-slave"], ["▲", "session-on-bond"]]
    lines = shown(ASKED)
    assert lines.index(" Bond     bond0") < next(n for n, line in enumerate(lines) if "▲" in line)


def test_where_not_all_can_be_seen_at_once_the_reasons_come_first() -> None:
    assert shown(ASKED, 40, 6)[0].startswith(" ▲ session-on-bond: your own session")


def test_a_wish_without_sense_is_refused_with_that_alone() -> None:
    lacp = a_bond(a_slave("eno1", 2), a_slave("eno2", 3), mode=0)
    assert shown(plan_to("activate", "eno2", bond=lacp)) == [
        " ✖ bond0 is in mode balance-rr, which has no active slave."
    ]


def test_nothing_to_do_is_said_with_its_reason_alone() -> None:
    assert shown(plan_to("up")) == [" eno1 is set up already."]


def test_the_tones_go_with_signs() -> None:
    tones = {text.strip(): tone for line in plan_lines(REFUSED, UNICODE, 80, 40) for text, tone in line}
    assert (tones["✖"], tones["▲"]) == (BAD, WARN)
    assert all(plain(line).isascii() for line in plan_lines(REFUSED, ASCII, 80, 40))


@pytest.mark.parametrize("plan", PLANS)
@given(cells=st.integers(12, 120), rows=st.integers(1, 60))
@settings(max_examples=20)
def test_every_line_is_as_wide_as_it_should_be(plan: Plan, cells: int, rows: int) -> None:
    assert {line_width(line) for line in plan_lines(plan, UNICODE, cells, rows)} == {cells}


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_from_outside_are_printed_and_never_interpreted(name: str) -> None:
    bond = a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3), name=name)
    plan = plan_to(slave=name, bond=bond)
    told = plan._replace(guards=(*plan.guards, Guarded("managed-by", ASK, name), Guarded("min-links", REFUSE, name)))
    words = "\n".join([headline(told), *shown(told, 100, 60)])
    assert printable(name) in words
    assert all(each.isprintable() for each in words.replace("\n", ""))
