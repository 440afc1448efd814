"""Which change caused which: told by time, by interface, and by what the driver does in one breath."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bondtui.core.chain import Chains, Happening, join, window
from bondtui.model.bond import BondOptions

BOND = 10
WINDOW = 2.2


WHAT_HAPPENS_TO_A_SLAVE = [
    *("carrier-lost", "carrier-back", "set-down", "set-up", "slave-added", "slave-moved", "slave-released"),
    *("slave-deleted", "lacp-expired"),
]


class Step(NamedTuple):
    mono: float
    kind: str
    ifindex: int
    others: tuple[int | None, ...] = ()
    exact: bool = True
    bond: int = BOND


def causes(*steps: Step) -> list[int | None]:
    """For each step the number of the event that caused it, counted from 1."""
    chains, found = Chains(), []
    for number, step in enumerate(steps, start=1):
        now = Happening(number, step.mono, step.kind, step.ifindex, step.bond, step.others, step.exact)
        chains, root = join(chains, now, WINDOW)
        found.append(root.number if root else None)
    return found


def test_a_lost_carrier_causes_what_the_driver_then_does() -> None:
    assert causes(
        Step(0.000, "carrier-lost", 2),
        Step(0.093, "mii-changed", 2),
        Step(0.094, "role-changed", 2),
        Step(0.095, "active-changed", BOND, (2, 3)),
        Step(0.096, "peers-notified", BOND),
        Step(0.196, "peers-notified", BOND),
        Step(0.216, "igmp-resent", BOND),
    ) == [None, 1, 1, 1, 1, 1, 1]


def test_the_last_slave_lost_takes_the_bond_with_it() -> None:
    assert causes(
        Step(0.0, "carrier-lost", 2),
        Step(0.1, "mii-changed", 2),
        Step(0.1, "active-changed", BOND, (2, None)),
        Step(0.1, "bond-carrier-lost", BOND),
    ) == [None, 1, 1, 1]


@pytest.mark.parametrize("root", WHAT_HAPPENS_TO_A_SLAVE)
def test_what_happens_to_a_slave_starts_a_chain(root: str) -> None:
    assert causes(Step(0.0, "carrier-back", 2), Step(0.1, root, 2), Step(0.2, "mii-changed", 2)) == [None, None, 2]


def test_a_switch_to_the_primary_belongs_to_its_recovery() -> None:
    assert causes(
        Step(0.0, "carrier-back", 2),
        Step(0.1, "mii-changed", 2),
        Step(0.101, "active-changed", BOND, (3, 2)),
        Step(0.102, "peers-notified", BOND),
    ) == [None, 1, 1, 1]


def test_a_manual_switch_right_after_a_recovery_is_its_own_chain() -> None:
    assert causes(
        Step(0.0, "carrier-back", 2),
        Step(0.1, "mii-changed", 2),
        Step(1.0, "active-changed", BOND, (3, 2)),
        Step(1.001, "peers-notified", BOND),
    ) == [None, 1, None, 3]


def test_a_switch_after_a_long_updelay_belongs_to_the_recovery() -> None:
    assert causes(
        Step(0.0, "carrier-back", 2),
        Step(0.1, "mii-changed", 2),
        Step(2.1, "mii-changed", 2),
        Step(2.101, "active-changed", BOND, (3, 2)),
    ) == [None, 1, 1, 1]


def test_of_two_slaves_the_later_cause_counts() -> None:
    assert causes(
        Step(0.0, "carrier-back", 3),
        Step(0.1, "carrier-lost", 2),
        Step(0.19, "mii-changed", 3),
        Step(0.2, "mii-changed", 2),
        Step(0.201, "active-changed", BOND, (2, 3)),
    ) == [None, None, 1, 2, 2]


def test_one_slaves_trouble_is_not_the_others_cause() -> None:
    assert causes(Step(0.0, "carrier-lost", 2), Step(0.1, "role-changed", 3), Step(0.2, "mii-changed", 3)) == [
        None,
        None,
        None,
    ]


def test_a_switch_between_others_is_not_caused_by_a_bystander() -> None:
    assert causes(Step(0.0, "carrier-lost", 4), Step(0.1, "active-changed", BOND, (2, 3))) == [None, None]


def test_bonds_do_not_share_causes() -> None:
    assert causes(
        Step(0.0, "carrier-lost", 2),
        Step(0.1, "bond-carrier-lost", 11, bond=11),
        Step(0.1, "peers-notified", 11, bond=11),
    ) == [None, None, None]


def test_an_effect_that_comes_too_late_has_no_cause() -> None:
    assert causes(Step(0.0, "carrier-lost", 2), Step(WINDOW + 0.01, "role-changed", 2)) == [None, None]
    assert causes(Step(0.0, "carrier-lost", 2), Step(WINDOW, "role-changed", 2)) == [None, 1]
    assert causes(Step(0.0, "active-changed", BOND, (2, 3)), Step(9.0, "peers-notified", BOND)) == [None, None]


def test_a_monitor_verdict_without_a_known_cause_starts_a_chain() -> None:
    assert causes(
        Step(0.0, "mii-changed", 2),
        Step(0.001, "role-changed", 2),
        Step(0.002, "active-changed", BOND, (2, 3)),
    ) == [None, 1, 1]


def test_other_changes_belong_to_nothing() -> None:
    assert causes(Step(0.0, "carrier-lost", 2), Step(0.1, "option-changed", BOND), Step(0.1, "mtu-changed", 2)) == [
        None,
        None,
        None,
    ]


def test_a_silent_partner_causes_the_change_of_aggregator() -> None:
    assert causes(
        Step(0.0, "lacp-expired", 2),
        Step(1.0, "actor-state-changed", 2),
        Step(1.0, "aggregator-changed", 2),
        Step(1.0, "ports-changed", BOND),
        Step(1.0, "partner-changed", BOND),
    ) == [None, 1, 1, 1, 1]


def test_a_root_remembers_whether_the_kernel_reported_it() -> None:
    chains, _ = join(Chains(), Happening(1, 0.0, "carrier-lost", 2, BOND, (), exact=False), WINDOW)
    _, root = join(chains, Happening(2, 0.1, "mii-changed", 2, BOND, (), exact=True), WINDOW)
    assert root is not None
    assert not root.exact


def test_joining_leaves_the_old_chains_alone() -> None:
    before = Chains()
    after, _ = join(before, Happening(1, 0.0, "carrier-lost", 2, BOND, (), exact=True), WINDOW)
    assert before == Chains({}, {}, {})
    assert after.by_slave


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        (None, 2.0),
        (BondOptions(), 2.0),
        (BondOptions(mode=1, miimon=100), 2.2),
        (BondOptions(mode=1, miimon=100, updelay=5000), 7.2),
        (BondOptions(mode=1, miimon=100, updelay=200, downdelay=3000), 5.2),
        (BondOptions(mode=1, miimon=0, arp_interval=1000), 6.0),
        (BondOptions(mode=1, arp_interval=1000, arp_missed_max=5), 9.0),
        (BondOptions(mode=4, miimon=100), 8.2),
    ],
)
def test_the_bonds_own_timers_say_how_long_a_cause_lasts(options: BondOptions | None, seconds: float) -> None:
    assert window(options) == pytest.approx(seconds)
