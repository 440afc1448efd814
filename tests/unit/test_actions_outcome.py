"""What an action has brought about: taken, settled, cut off, and in which time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bondtui.actions.outcome import LONGEST_MS, cut_off, measured, patience_s, settled, taken
from bondtui.core import monitor as fold
from bondtui.model.action import ACTIVATE, DOWN, KINDS, UP, Plan
from bondtui.model.bond import AdInfo, Bond
from bondtui.model.event import Event
from tests.actions import a_plan
from tests.builders import (
    PARTNER,
    a_bond,
    a_lacp_bond,
    a_lost_slave,
    a_monitor,
    a_pair,
    a_port,
    a_situation,
    a_slave,
    a_stamp,
    told,
)
from tests.machine import with_carrier, with_options, with_slave

SINCE = a_stamp(101.0)


def plan_for(kind: str, bond: Bond | None = None, slave: str = "eno1") -> Plan:
    return a_plan(a_situation(bond or a_pair(), kind, slave))


def down(bond: Bond, **link: Any) -> Bond:
    return with_slave(bond, "eno1", **{"admin_up": False, "carrier": False, "mii": "down", **link})


def gone(bond: Bond) -> Bond:
    return bond._replace(slaves=bond.slaves[1:])


PORTS_DOWN = down(a_lacp_bond())


@pytest.mark.parametrize(
    ("kind", "bond", "is_taken", "is_settled"),
    [
        (DOWN, a_pair(), False, False),
        (DOWN, down(a_pair(active_slave=3)), True, True),
        (DOWN, down(a_pair()), True, False),
        (DOWN, down(a_pair(active_slave=None)), True, True),
        (DOWN, down(a_pair(active_slave=3), mii="up"), True, False),
        (DOWN, down(a_pair(active_slave=3), mii="going down"), True, False),
        (DOWN, down(a_pair(mode=0)), True, True),
        (DOWN, down(a_pair(mode=0), mii="up"), True, False),
        (DOWN, PORTS_DOWN, True, True),
        (DOWN, gone(a_pair()), False, False),
        (UP, a_pair(), True, True),
        (UP, down(a_pair()), False, False),
        (UP, with_slave(a_pair(), "eno1", carrier=False, mii="down"), True, False),
        (UP, with_slave(a_pair(), "eno1", mii="going back"), True, False),
        (UP, a_lacp_bond(), True, True),
        (UP, a_lacp_bond(a_port("eno1", 2, actor=7), a_port("eno2", 3)), True, False),
        (UP, a_lacp_bond(a_port("eno1", 2, aggregator=2), a_port("eno2", 3)), True, False),
        (UP, gone(a_pair()), False, False),
        (ACTIVATE, a_pair(active_slave=2), True, True),
        (ACTIVATE, a_pair(active_slave=3), False, False),
        (ACTIVATE, a_pair(active_slave=None), False, False),
        (ACTIVATE, gone(a_pair(active_slave=2)), True, False),
    ],
)
def test_whether_the_kernel_shows_it_and_the_driver_is_done(
    kind: str, bond: Bond, is_taken: bool, is_settled: bool
) -> None:
    plan = plan_for(kind)
    assert (taken(plan, bond), settled(plan, bond)) == (is_taken, is_settled)


@pytest.mark.parametrize(
    ("bond", "expected"),
    [
        (a_pair(), False),
        (a_lacp_bond(), False),
        (a_pair(mode=0), False),
        (down(a_pair(active_slave=3)), False),
        (with_carrier(a_pair(), carrier=None), False),
        (with_carrier(a_pair(), carrier=False), True),
        (with_carrier(a_lacp_bond(), carrier=False), True),
        (a_pair(active_slave=None), True),
        (a_pair(mode=6, active_slave=None), True),
        (a_bond(a_lost_slave("eno1", 2), a_lost_slave("eno2", 3), active_slave=2), True),
        (down(a_bond(a_slave("eno1", 2), a_slave("eno2", 3, carrier=False), mode=0)), True),
        (down(a_bond(a_slave("eno1", 2), a_slave("eno2", 3, mii="going back"), mode=2)), True),
        (a_bond(mode=0), True),
        (None, False),
    ],
)
def test_whether_the_bond_is_cut_off(bond: Bond | None, expected: bool) -> None:
    assert cut_off(bond) is expected


@pytest.mark.parametrize(
    ("kind", "options", "longer_than", "at_most"),
    [
        (DOWN, {"miimon": 100}, 0.1, 2.0),
        (DOWN, {"miimon": 100, "downdelay": 3000}, 3.1, 5.0),
        (DOWN, {"miimon": 0, "arp_interval": 1000, "arp_missed_max": 3}, 4.0, 6.0),
        (DOWN, {"miimon": 100, "downdelay": 60_000}, 14.9, 15.0),
        (DOWN, {"miimon": 0}, 0.5, 2.0),
        (UP, {"miimon": 100, "updelay": 3000}, 3.1, 5.0),
        (UP, {"miimon": 100, "downdelay": 3000}, 0.1, 2.0),
        (ACTIVATE, {"miimon": 100, "updelay": 3000, "downdelay": 3000}, 0.5, 2.0),
    ],
)
def test_how_long_is_waited_for_the_driver(
    kind: str, options: Mapping[str, int], longer_than: float, at_most: float
) -> None:
    bond = with_options(a_pair(), **options)
    assert longer_than < patience_s(plan_for(kind), bond) <= at_most


def test_lacp_gets_the_time_that_it_needs() -> None:
    bond = a_lacp_bond()
    assert patience_s(plan_for(UP, bond), bond) > 6.0
    assert patience_s(plan_for(DOWN, bond), bond) < 3.0
    assert patience_s(plan_for(UP, bond), with_options(bond, updelay=60_000)) == LONGEST_MS / 1000


def failover(mono: float = 101.094) -> tuple[Event, ...]:
    """What a monitor tells of a failover from eno1 to eno2."""
    before = a_bond(a_slave("eno1", 2, state="active"), a_slave("eno2", 3))
    after = down(with_options(before, active_slave=3))
    messages = [told(after.slaves[0], 101.041), told(after, mono), told(after, mono, 4)]
    return fold.heard(a_monitor(before), messages).events


def test_the_times_are_counted_from_the_change() -> None:
    words = measured(plan_for(DOWN), failover(), SINCE)
    assert words == "active eno1 -> eno2 after 94 ms, eno1 MII down after 41 ms"


def test_what_was_before_the_change_does_not_count() -> None:
    assert measured(plan_for(DOWN), failover(), a_stamp(101.05)) == "active eno1 -> eno2 after 44 ms"
    assert measured(plan_for(DOWN), failover(), a_stamp(101.2)) == ""


def test_what_happens_to_another_bond_or_slave_does_not_count() -> None:
    elsewhere = a_pair()._replace(link=a_pair().link._replace(ifindex=77))
    assert measured(plan_for(DOWN, elsewhere), failover(), SINCE) == ""
    assert measured(plan_for(DOWN, slave="eno2"), failover(), SINCE) == "active eno1 -> eno2 after 94 ms"


def test_what_was_only_found_by_reading_again_has_no_time() -> None:
    polled = [event._replace(polled=True) for event in failover()]
    words = measured(plan_for(DOWN), polled, SINCE)
    assert words == "active eno1 -> eno2 seen on re-reading, eno1 MII down seen on re-reading"


def test_a_bond_that_loses_its_carrier_is_told_by_its_name() -> None:
    before, after = a_pair(), with_carrier(a_pair(), carrier=False)
    events = fold.heard(a_monitor(before), [told(after, 101.1)]).events
    assert measured(plan_for(DOWN), events, SINCE) == "bond0 carrier lost after 100 ms"
    events = fold.heard(a_monitor(after), [told(before, 101.1)]).events
    assert measured(plan_for(UP), events, SINCE) == "bond0 carrier back after 100 ms"


def test_an_aggregator_that_loses_a_port_is_told() -> None:
    before = a_lacp_bond()
    after = with_options(before, ad_info=AdInfo(2, 1, 15, 15, PARTNER))
    events = fold.heard(a_monitor(before), [told(after, 101.1)]).events
    assert measured(plan_for(DOWN, before), events, SINCE) == (
        "active aggregator 1 -> 2 after 100 ms, ports in the active aggregator 2 -> 1 after 100 ms"
    )


def test_the_same_words_are_said_once() -> None:
    events = failover()
    assert measured(plan_for(DOWN), (*events, *events), SINCE) == measured(plan_for(DOWN), events, SINCE)


@pytest.mark.parametrize("kind", KINDS)
def test_no_event_no_words(kind: str) -> None:
    assert measured(plan_for(kind), (), SINCE) == ""
