"""Whatever people, faults and kills do in whatever order: no bond is cut off by us, and nothing stays down unasked.

``pytest -k 'comes_back and [137]'`` plays sequence 137 again, and a failure lists its steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from bondtui.actions import guards
from bondtui.model.action import ACTIVATE, DOWN, OK, Plan
from bondtui.model.bond import ACTIVE_BACKUP
from bondtui.operation import Operation
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import OPTIONS, plain_bond
from bondtui.system.simulated_hands import SimulatedHands
from tests.sequences import played
from tests.virtual import VirtualMachine

SEQUENCES = 200


@pytest.mark.parametrize("number", range(SEQUENCES))
def test_whatever_happens_the_bond_is_not_cut_off_and_comes_back(number: int) -> None:
    played(number)


def test_the_sequences_reach_what_they_are_about() -> None:
    counts = all_counts(120)
    wanted = [f"{kind} {result}" for kind in (DOWN, ACTIVATE) for result in ("applied", "refused", "cancelled")]
    wanted += ["down failed", "up applied", "kept", "reverted", "settled after a kill", "Killed"]
    assert [each for each in wanted if not counts[each]] == []


@pytest.mark.parametrize(
    ("guard", "noticed"),
    [
        ("last-usable-slave", "the last usable slave was taken down"),
        ("min-links", "fewer ports were left than min_links asks for"),
    ],
)
def test_a_guard_that_lets_everything_pass_is_noticed(
    guard: str, noticed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(guards._CHECKS, guard, lambda _: (OK, "who cares"))
    with pytest.raises(AssertionError, match=noticed):
        all_counts(SEQUENCES)


class SlowDisk(SimulatedHands):
    """Hands that lose the other slave's cable while the audit log is written."""

    def write_down(self, what: str, plan: Plan, details: Mapping[str, object]) -> None:
        super().write_down(what, plan, details)
        if what == "applying":
            self._driver.cut("eno2")


def test_a_cable_that_is_lost_while_the_audit_log_is_written_stops_the_action() -> None:
    virtual = VirtualMachine(Driver([plain_bond(OPTIONS._replace(mode=ACTIVE_BACKUP))]))
    operation = Operation(SlowDisk(virtual.source, pause=virtual.let_pass), virtual.watcher)
    outcome = operation.carry_out(operation.plan(virtual.wish(DOWN, "eno1")))
    assert outcome.result == "cancelled"
    assert virtual.slave("eno1").link.carrier_changes == 2, "it has never been down"


def all_counts(sequences: int) -> Counter[str]:
    """How often each outcome came about in the first so many sequences."""
    counts: Counter[str] = Counter()
    for number in range(sequences):
        counts += played(number).counts
    return counts
