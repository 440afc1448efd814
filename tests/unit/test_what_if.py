"""What is lost if a slave dies now: told from what carries traffic, with what slaves share counted as one."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.model.around import Around, Device, Neighbour
from bondtui.model.bond import Bond, Hardware
from bondtui.model.finding import CAPACITY, EVERYTHING, NOTHING, UNTOLD, Loss
from bondtui.triage.case import Case
from bondtui.triage.what_if import losses
from tests.builders import a_bond, a_lacp_bond, a_lost_slave, a_pair, a_port, a_slave

TEN, ONE = Hardware(speed_mbps=10_000), Hardware(speed_mbps=1_000)


def lost(bond: Bond, around: Around | None = None) -> list[Loss]:
    return list(losses(Case(bond, around=around or Around())))


def words(bond: Bond, **rest: Any) -> list[str]:
    return [each.words for each in lost(bond, **rest)]


@pytest.mark.parametrize(
    ("bond", "alone"),
    [
        (a_pair(), [NOTHING, NOTHING]),
        (a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3)), [EVERYTHING, NOTHING]),
        (a_bond(a_slave("eno1", 2)), [EVERYTHING]),
        (a_pair(mode=0), [CAPACITY, CAPACITY]),
        (a_pair(mode=2), [CAPACITY, CAPACITY]),
        (a_pair(mode=3), [NOTHING, NOTHING]),
        (a_lacp_bond(), [CAPACITY, CAPACITY]),
        (a_pair(mode=5), [CAPACITY, CAPACITY]),
        (a_pair(mode=6), [CAPACITY, CAPACITY]),
        (a_pair(miimon=0), [EVERYTHING, NOTHING]),
        (a_lacp_bond(min_links=2), [EVERYTHING, EVERYTHING]),
        (a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, aggregator=2, actor=7)), [NOTHING, NOTHING]),
        (a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, aggregator=2, actor=7, partner=7)), [EVERYTHING, NOTHING]),
        (a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, actor=71, partner=1)), [UNTOLD, NOTHING]),
        (a_lacp_bond(a_port("eno1", 2, actor=None), a_port("eno2", 3, actor=None)), [UNTOLD, UNTOLD]),
        (a_bond(a_slave("eno1", 2, mii=None), a_slave("eno2", 3)), [UNTOLD, UNTOLD]),
    ],
)
def test_what_goes_with_one_slave_is_told_from_what_carries(bond: Bond, alone: list[str]) -> None:
    assert [each.alone for each in lost(bond)] == alone


def test_the_bits_count_and_not_mii_alone() -> None:
    idle = a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, actor=15, partner=7))
    assert words(idle) == ["everything: nothing else carries traffic", "nothing: it carries no traffic now"]


def test_another_aggregator_takes_over_when_the_active_one_has_no_port_left() -> None:
    split = a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, aggregator=2, actor=7))
    assert words(split)[0] == "nothing: eno2 takes over within about a second"


def test_capacity_is_told_where_the_speeds_are_known() -> None:
    ports = [a_port("eno1", 2, hardware=TEN), a_port("eno2", 3, hardware=TEN)]
    assert words(a_lacp_bond(*ports)) == ["capacity: 10G of 20G is left"] * 2
    assert words(a_lacp_bond()) == ["capacity: 1 of 2 slaves is left"] * 2


def test_a_slower_backup_is_a_loss_of_capacity() -> None:
    bond = a_bond(a_slave("eno1", 2, hardware=TEN), a_slave("eno2", 3, hardware=ONE))
    first, second = lost(bond)
    assert (first.alone, first.words) == (CAPACITY, "capacity: eno2 takes over with 1G instead of 10G")
    assert (second.alone, second.words) == (NOTHING, "nothing but redundancy: it is a backup")


CARD, BUS = "0000:04:00", "0000:02:01.0"


@pytest.mark.parametrize(
    ("around", "what"),
    [
        (Around(devices={2: Device(CARD), 3: Device(CARD)}), f"NIC {CARD}"),
        (Around(devices={2: Device("a", BUS), 3: Device("b", BUS)}), f"bus device {BUS}"),
        (
            Around(neighbours={2: Neighbour("02:aa", "sw1", "1"), 3: Neighbour("02:aa", "sw1", "2")}),
            "switch sw1",
        ),
        (Around(neighbours={2: Neighbour("02:aa"), 3: Neighbour("02:aa")}), "switch 02:aa"),
    ],
)
def test_what_is_shared_counts_as_one(around: Around, what: str) -> None:
    first, second = lost(a_lacp_bond(), around)
    assert (first.alone, first.lost) == (CAPACITY, EVERYTHING) == (second.alone, second.lost)
    assert first.shared == (f"{what} with eno2",)
    assert second.shared == (f"{what} with eno1",)
    assert f"with its {what}, which eno2 shares: everything" in first.words


def test_what_is_not_shared_is_not_counted() -> None:
    apart = Around(
        devices={2: Device("0000:04:00"), 3: Device("0000:05:00")},
        neighbours={2: Neighbour("02:aa"), 3: Neighbour("02:bb")},
    )
    for around in (apart, Around(), Around(devices={2: Device(), 3: Device()}), Around(devices={2: Device(CARD)})):
        assert [(each.lost, each.shared) for each in lost(a_lacp_bond(), around)] == [(CAPACITY, ())] * 2


def test_a_third_slave_elsewhere_is_what_is_left() -> None:
    bond = a_bond(a_slave("eno1", 2), a_slave("eno2", 3), a_slave("eno3", 4), mode=0)
    around = Around(devices={2: Device(CARD), 3: Device(CARD), 4: Device("0000:05:00")})
    assert [each.lost for each in lost(bond, around)] == [CAPACITY, CAPACITY, CAPACITY]
    assert "1 of 3 slaves is left" not in lost(bond, around)[2].words
