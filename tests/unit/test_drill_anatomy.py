"""Which events are the phases of a failover, and which belong to something else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bondtui.core import monitor as fold
from bondtui.drill.anatomy import anatomy
from bondtui.model.bond import BALANCE_ALB, BALANCE_RR, BALANCE_XOR, BROADCAST, AdInfo, Bond
from bondtui.model.drill import Anatomy, Instant
from bondtui.model.event import Event
from bondtui.model.reading import EVENT_NOTIFY_PEERS
from tests.builders import PARTNER, a_bond, a_lacp_bond, a_monitor, a_pair, a_port, a_reading, a_slave, a_stamp, told

ISSUED = Instant(100.5, "ip link set eno1 down")


def taken_apart(
    events: Sequence[Event],
    bond: Bond | None,
    *,
    back: bool = False,
    until: float = 200.0,
    slave: int = 2,
    at: float = 100.5,
) -> Anatomy:
    return anatomy(ISSUED._replace(at=at), bond, slave, events, until, back=back, first_answer=None)


def after_ms(found: Anatomy) -> dict[str, int | None]:
    """Milliseconds of each phase since the issue."""
    phases = {name: getattr(found, name) for name in ("link", "detected", "switched", "notified")}
    return {name: None if each is None else round((each.at - found.issued.at) * 1000) for name, each in phases.items()}


def heard(before: Bond, *messages: tuple[float, object, int | None]) -> tuple[Event, ...]:
    """What the monitor makes of messages about this bond; times in milliseconds after the issue."""
    said = [told(what, ISSUED.at + ms / 1000, event) for ms, what, event in messages]  # type: ignore[arg-type]
    return fold.heard(a_monitor(before), said).events


DOWN = a_slave("eno1", 2, state="active", admin_up=False, carrier=False)
GIVEN_UP = a_slave("eno1", 2, state="backup", admin_up=False, carrier=False, mii="down", failures=1)
UP_AGAIN = a_slave("eno1", 2, state="backup", mii="down", failures=1)
PULLED = a_slave("eno1", 2, state="active", carrier=False, carrier_changes=3)
GIVEN_UP_CABLE = a_slave("eno1", 2, state="backup", carrier=False, mii="down", failures=1, carrier_changes=3)
OTHER = a_slave("eno2", 3, state="active")


def of_pair(*slaves: object, active: int) -> Bond:
    return a_bond(*slaves, active_slave=active)  # type: ignore[arg-type]


BEFORE = a_pair()
AFTER = of_pair(GIVEN_UP, OTHER, active=3)
FAILOVER = (
    (1, DOWN, None),
    (41, GIVEN_UP, None),
    (42, OTHER, None),
    (42, AFTER, 3),
    (43, AFTER, EVENT_NOTIFY_PEERS),
    (143, AFTER, EVENT_NOTIFY_PEERS),
)


def test_a_slave_that_was_renamed_since_has_its_phases_too() -> None:
    renamed = of_pair(GIVEN_UP._replace(link=GIVEN_UP.link._replace(name="uplink0")), OTHER, active=3)
    assert after_ms(taken_apart(heard(BEFORE, *FAILOVER), renamed))["switched"] == 42


def test_an_admin_down_has_all_its_phases() -> None:
    found = taken_apart(heard(BEFORE, *FAILOVER), BEFORE)
    assert after_ms(found) == {"link": 1, "detected": 41, "switched": 42, "notified": 43}
    assert [found.link and found.link.words, found.detected and found.detected.words] == ["set down", "MII down"]
    assert found.switched is not None
    assert (found.switched.words, found.switched.polled) == ("active eno1 -> eno2", False)
    assert found.notified is not None
    assert found.issued == ISSUED


def test_a_cable_is_counted_from_the_event_itself() -> None:
    events = heard(BEFORE, (0, PULLED, None), (93, GIVEN_UP_CABLE, None))
    found = taken_apart(events, BEFORE, at=100.5000001)
    assert found.link == Instant(100.5, "carrier lost")
    assert after_ms(found)["detected"] == 93


def test_the_first_answer_is_handed_on() -> None:
    answer = Instant(100.56, "first answer")
    assert anatomy(ISSUED, BEFORE, 2, (), 200.0, back=False, first_answer=answer) == Anatomy(
        ISSUED, first_answer=answer
    )


def test_the_way_back_is_the_mirror() -> None:
    back = of_pair(a_slave("eno1", 2, state="active"), a_slave("eno2", 3), active=2)
    waiting = UP_AGAIN._replace(link=UP_AGAIN.link._replace(carrier=False))
    events = heard(
        AFTER,
        (1, waiting, None),
        (2300, UP_AGAIN, None),
        (2350, a_slave("eno1", 2, state="backup", failures=1), None),
        (2351, back, 3),
        (2352, back, EVENT_NOTIFY_PEERS),
    )
    found = taken_apart(events, AFTER, back=True)
    assert after_ms(found) == {"link": 2300, "detected": 2350, "switched": 2351, "notified": 2352}
    assert found.link is not None
    assert found.link.words == "carrier back"
    assert taken_apart(events, AFTER).link is None


def test_failover_and_failback_do_not_take_each_others_events() -> None:
    events = heard(BEFORE, *FAILOVER, (5000, UP_AGAIN, None), (5050, a_slave("eno1", 2, failures=1), None))
    assert after_ms(taken_apart(events, BEFORE, until=105.5))["switched"] == 42
    found = taken_apart(events, BEFORE, back=True, at=105.5)
    assert after_ms(found) == {"link": 0, "detected": 50, "switched": None, "notified": None}


def test_what_does_not_belong_is_left_out() -> None:
    lost = a_slave("eno2", 3, carrier=False, mii="down", failures=1, carrier_changes=3)
    events = heard(BEFORE, (5, lost, None), (10, BEFORE, EVENT_NOTIFY_PEERS))
    assert taken_apart(events, BEFORE) == Anatomy(ISSUED)
    foreign = a_pair()._replace(link=a_pair().link._replace(ifindex=77))
    assert taken_apart(heard(BEFORE, *FAILOVER), foreign) == Anatomy(ISSUED)
    assert after_ms(taken_apart(heard(BEFORE, *FAILOVER), BEFORE, until=100.53))["detected"] is None
    assert taken_apart(heard(BEFORE, *FAILOVER), BEFORE, at=101.0) == Anatomy(ISSUED._replace(at=101.0))


def test_a_switch_of_other_slaves_is_not_ours() -> None:
    three = a_bond(a_slave("eno1", 2), a_slave("eno2", 3, state="active"), a_slave("eno3", 4), active_slave=3)
    moved = three._replace(link=three.link._replace(bond=three.options._replace(active_slave=4)))
    events = heard(three, (5, moved, None))
    assert taken_apart(events, three).switched is None
    assert taken_apart(events, three, slave=3).switched is not None
    assert taken_apart(events, three, slave=4).switched is None
    assert taken_apart(events, three, slave=4, back=True).switched is not None


def test_without_the_bond_the_events_still_tell() -> None:
    assert after_ms(taken_apart(heard(BEFORE, *FAILOVER), None))["switched"] == 42


def test_what_a_re_read_has_found_is_marked() -> None:
    events = fold.took(a_monitor(BEFORE), a_reading(AFTER, mono=101.0)).events
    found = taken_apart(events, BEFORE)
    assert found.detected == Instant(101.0, "MII down", polled=True)
    assert found.switched is not None
    assert found.switched.polled


@pytest.mark.parametrize("mode", [BALANCE_RR, BALANCE_XOR, BROADCAST])
def test_modes_that_choose_for_each_packet_tell_of_no_switch(mode: int) -> None:
    before = a_pair(mode=mode)
    found = taken_apart(heard(before, (1, DOWN, None), (41, GIVEN_UP, None)), before)
    assert after_ms(found) == {"link": 1, "detected": 41, "switched": None, "notified": None}


def test_balance_alb_switches_its_active_slave() -> None:
    before, after = a_pair(mode=BALANCE_ALB), a_bond(GIVEN_UP, OTHER, mode=BALANCE_ALB, active_slave=3)
    found = taken_apart(heard(before, (1, DOWN, None), (41, GIVEN_UP, None), (41, after, None)), before)
    assert found.switched is not None
    assert found.switched.words == "active eno1 -> eno2"


def lacp_after(**first: object) -> Bond:
    chosen = {"carrier": False, "mii": "down", "state": "backup", "actor": 71, "partner": 63, **first}
    return a_lacp_bond(a_port("eno1", 2, **chosen), a_port("eno2", 3), info=AdInfo(1, 1, 15, 15, PARTNER))  # type: ignore[arg-type]


def test_an_aggregator_loses_a_port() -> None:
    before, after = a_lacp_bond(), lacp_after(carrier_changes=3)
    cut = a_port("eno1", 2, carrier=False, carrier_changes=3)
    found = taken_apart(heard(before, (0, cut, None), (60, after.slaves[0], None), (70, after, None)), before)
    assert after_ms(found) == {"link": 0, "detected": 60, "switched": 60, "notified": None}
    ports = taken_apart(heard(before, (70, after, None)), before)
    assert ports.switched is not None
    assert ports.switched.words == "ports in the active aggregator 2 -> 1"
    assert taken_apart(heard(before, (70, after, None)), before, back=True).switched is None


def test_a_port_of_an_aggregator_comes_back() -> None:
    gone, back = lacp_after(), a_lacp_bond()
    found = taken_apart(heard(gone, (3, back.slaves[0], None), (9, back, None)), gone, back=True)
    assert after_ms(found) == {"link": 3, "detected": 3, "switched": 3, "notified": None}
    assert taken_apart(heard(gone, (9, back, None)), gone, back=True).switched is None, "it does not distribute yet"


def test_a_silent_partner_is_noticed_by_lacp() -> None:
    before = a_lacp_bond()
    expired = a_port("eno1", 2, actor=63 & ~0x30 | 0x80)
    found = taken_apart(heard(before, (2900, expired, None)), before)
    assert after_ms(found) == {"link": None, "detected": 2900, "switched": 2900, "notified": None}
    heard_again = heard(a_lacp_bond(expired, a_port("eno2", 3)), (800, a_port("eno1", 2), None))
    assert after_ms(taken_apart(heard_again, before, back=True))["detected"] == 800


def test_another_active_aggregator_is_a_switch() -> None:
    before = a_lacp_bond()
    other = a_lacp_bond(info=AdInfo(2, 2, 15, 15, PARTNER))
    found = taken_apart(heard(before, (5, other, None)), before)
    assert found.switched is not None
    assert found.switched.words == "active aggregator 1 -> 2"


def test_odd_words_of_an_event_do_no_harm() -> None:
    for kind in (
        "ports-changed",
        "actor-state-changed",
        "active-changed",
        "role-changed",
        "mii-changed",
        "lacp-expired",
    ):
        for words in ("", "->", "ports in the active aggregator x -> y", "actor 1"):
            event = Event(1, a_stamp(100.6), kind, "eno1", words, bond=10, ifindex=2)
            assert taken_apart([event], a_lacp_bond()).link is None
            assert taken_apart([event], a_pair()).link is None
