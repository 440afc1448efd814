"""Findings that say the same of many slaves: which are put together, and which are not."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.model.finding import CABLE, HIGH, LIKELY, MEDIUM, POSSIBLE, SWITCH, Finding
from bondtui.report.alike import FEW, Alike, alike
from tests.builders import HOSTILE_NAMES


def a_finding(name: str, ifindex: int = 2, **rest: Any) -> Finding:
    said = {
        "rule": "BT008",
        "name": "slave-down",
        "severity": MEDIUM,
        "summary": f"{name} is down: a link ({name}) is lost, see '{name}'.",
        "evidence": (f"{name} MII down",),
        "side": CABLE,
        "confidence": LIKELY,
        "next_step": f"'ethtool {name}'; look.",
    }
    return Finding(**{**said, "subject": name, "ifindex": ifindex, **rest})


def test_more_than_a_few_are_put_together_where_the_first_one_stands() -> None:
    names = [f"eno{each}" for each in range(FEW + 1)]
    found = [a_finding(name) for name in names]
    other = a_finding("eno9", rule="BT010")
    assert alike([found[0], other, *found[1:]]) == [Alike(found[0], tuple(names[1:])), Alike(other)]
    assert alike(found[:FEW]) == [Alike(each) for each in found[:FEW]]


@pytest.mark.parametrize("name", ["a", "eno1.5", "e*", "n\x1b[31m", *HOSTILE_NAMES])
def test_any_name_may_stand_in_the_sentence(name: str) -> None:
    names = [name, *(f"x{each}" for each in range(FEW))]
    assert len(alike([a_finding(each, summary=f"{each} is down.") for each in names])) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"severity": HIGH},
        {"because_of": "BT004"},
        {"side": SWITCH},
        {"confidence": POSSIBLE},
        {"summary": "eno0 is down for 3 s."},
        {"summary": "eno00 is down: a link (eno00) is lost, see 'eno00'."},
    ],
)
def test_what_differs_in_more_than_the_name_stays_apart(other: dict[str, Any]) -> None:
    same = [a_finding(f"eno{each}") for each in range(1, FEW + 1)]
    assert alike([a_finding("eno0", **other), *same]) == [
        Alike(a_finding("eno0", **other)),
        *(Alike(each) for each in same),
    ]
