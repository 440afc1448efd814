"""The memory: readings and messages in, bonds and events out; what was is never changed."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bondtui.core.monitor import EVENTS_KEPT, TRACKS_KEPT, Monitor, Note, failed, heard, noted, took
from bondtui.core.tracks import SAMPLES
from bondtui.model.bond import Bond, Hardware, LacpDetails, Link, Slave
from bondtui.model.event import Event
from bondtui.model.reading import EVENT_FAILOVER, EVENT_NOTIFY_PEERS, Heard, Overflow, Reading
from tests.builders import (
    BOND,
    a_bond,
    a_lacp_bond,
    a_lost_slave,
    a_monitor,
    a_pair,
    a_port,
    a_reading,
    a_slave,
    a_stamp,
    in_bond,
    some_counters,
    told,
)

ENO1, ENO2 = a_slave("eno1", 2, state="active"), a_slave("eno2", 3)


def gone(ifindex: int, mono: float) -> Heard:
    return Heard(a_stamp(mono), ifindex)


def said(monitor: Monitor) -> list[tuple[str, str, str]]:
    return [(each.kind, each.subject, each.words) for each in monitor.events]


def kinds(monitor: Monitor) -> list[str]:
    return [each.kind for each in monitor.events]


def after(monitor: Monitor, *batch: Heard | Overflow) -> Monitor:
    return heard(monitor, batch)


def failover(monitor: Monitor) -> Monitor:
    """What the kernel says when eno1 loses its carrier (miimon 100)."""
    bond = a_bond(a_lost_slave("eno1", 2), a_slave("eno2", 3, state="active"), active_slave=3)
    return after(
        monitor,
        told(a_slave("eno1", 2, state="active", carrier=False, carrier_changes=3), 101.000),
        told(a_lost_slave("eno1", 2, state="active"), 101.093),
        told(a_lost_slave("eno1", 2), 101.094),
        told(a_slave("eno2", 3, state="active"), 101.0945),
        told(bond, 101.095, EVENT_FAILOVER),
        told(bond, 101.104, EVENT_NOTIFY_PEERS),
    )


def test_the_first_reading_is_silent() -> None:
    monitor = took(Monitor(), a_reading(a_bond(a_lost_slave(), ENO2, carrier=False, admin_up=False)))
    assert (monitor.events, monitor.event_count) == ((), 0)
    assert (monitor.at, monitor.started) == (a_stamp(100.0), a_stamp(100.0))


def test_a_reading_is_put_together_into_bonds() -> None:
    pair, lacp = a_pair(), a_lacp_bond(a_port("ens1", 4), a_port("ens2", 5), name="bond1", ifindex=11)
    assert a_monitor(lacp, pair).bonds == (pair, lacp)


def test_hardware_lacp_details_and_addresses_find_their_interface() -> None:
    slave = a_port(hardware=Hardware(10_000, "full", "ixgbe"), lacp=LacpDetails("02:00:5e:00:53:01", 33, 1))
    bond = a_lacp_bond(slave, addresses=("192.0.2.9/24", "2001:db8::9/64"), hidden=("partner_key",))
    assert a_monitor(bond).bonds == (bond,)


def test_a_failover_is_told_as_one_chain_with_its_times() -> None:
    monitor = failover(a_monitor(a_pair()))
    assert [(each.kind, each.subject, each.words, each.cause) for each in monitor.events] == [
        ("carrier-lost", "eno1", "carrier lost", None),
        ("mii-changed", "eno1", "MII down", 1),
        ("active-changed", "bond0", "active eno1 -> eno2", 1),
        ("peers-notified", "bond0", "peers notified", 1),
    ]
    deltas = [each.delta_ms for each in monitor.events]
    assert deltas[0] is None
    assert [round(delta or 0) for delta in deltas[1:]] == [93, 95, 104]
    assert [each.severity for each in monitor.events] == ["bad", "bad", "warn", "good"]
    assert [(each.bond, each.ifindex) for each in monitor.events] == [(BOND, 2), (BOND, 2), (BOND, BOND), (BOND, BOND)]
    assert not any(each.polled for each in monitor.events)


def test_a_failover_changes_the_bond_at_once() -> None:
    (bond,) = failover(a_monitor(a_pair())).bonds
    assert bond.active is not None
    assert (bond.active.name, [slave.usable for slave in bond.slaves]) == ("eno2", [False, True])


def test_what_a_reading_finds_was_polled_and_has_no_delta() -> None:
    monitor = took(failover(a_monitor(a_pair())), a_reading(a_bond(ENO1, ENO2, active_slave=2), mono=101.2))
    found = [each for each in monitor.events if each.number > 4]
    assert found
    assert all(each.polled and each.delta_ms is None and each.at == a_stamp(101.2) for each in found)


def test_an_effect_of_a_polled_cause_has_no_delta() -> None:
    monitor = took(a_monitor(a_pair()), a_reading(a_bond(a_slave("eno1", 2, carrier=False), ENO2), mono=101.0))
    monitor = after(monitor, told(a_lost_slave("eno1", 2, carrier_changes=2), 101.05))
    effect = monitor.events[-1]
    assert (effect.kind, effect.cause, effect.delta_ms, effect.polled) == ("mii-changed", 1, None, False)


def test_a_reading_that_says_what_was_heard_says_nothing_new() -> None:
    monitor = failover(a_monitor(a_pair()))
    again = took(monitor, a_reading(*monitor.bonds, mono=101.2))
    assert again.events == monitor.events


def test_counters_alone_are_no_event() -> None:
    counted = a_pair(counters=some_counters(5000, 7000))
    assert took(a_monitor(a_pair()), a_reading(counted, mono=101.0)).events == ()


def test_roles_are_told_only_where_no_active_slave_says_it_better() -> None:
    backup = told(a_slave("eno1", 2, state="backup"), 101.0)
    for mode, expected in ((1, []), (5, []), (4, ["role-changed"]), (0, ["role-changed"])):
        assert kinds(after(a_monitor(a_bond(ENO1, ENO2, mode=mode)), backup)) == expected


def test_what_comes_before_the_first_reading_is_not_heard() -> None:
    assert after(Monitor(), told(a_pair(), 99.0), Overflow(a_stamp(99.0))) == Monitor()


def test_lost_messages_are_said() -> None:
    monitor = after(a_monitor(a_pair()), Overflow(a_stamp(101.0)))
    (event,) = monitor.events
    assert (event.kind, event.subject, event.bond, event.severity) == ("events-lost", "", None, "warn")
    assert "dropped" in event.words


def test_a_slave_that_vanishes_mid_read_loses_only_itself() -> None:
    reading = a_reading(a_bond(ENO1, a_slave("eno2", 3), a_slave("eno3", 4)), mono=101.0)
    partial = reading._replace(links=tuple(link for link in reading.links if link.ifindex != 3))
    monitor = took(a_monitor(a_bond(ENO1, ENO2, a_slave("eno3", 4))), partial)
    assert [slave.name for slave in monitor.bonds[0].slaves] == ["eno1", "eno3"]
    assert said(monitor) == [("slave-released", "eno2", "released from bond0")]


def test_a_slave_whose_bond_is_not_in_the_reading_harms_nobody() -> None:
    monitor = a_monitor(a_pair())
    orphan = in_bond(a_slave("ens1", 5), 99)
    monitor = took(monitor, a_reading(a_pair())._replace(links=(*a_reading(a_pair()).links, orphan)))
    assert [len(bond.slaves) for bond in monitor.bonds] == [2]


def test_a_rename_is_a_rename_and_history_goes_with_it() -> None:
    monitor = failover(a_monitor(a_pair()))
    track = monitor.tracks[2]
    renamed = after(monitor, told(a_lost_slave("wan0", 2), 102.0))
    assert said(renamed)[-1] == ("renamed", "wan0", "renamed, was eno1")
    assert renamed.tracks[2] == track
    assert renamed.bonds[0].slaves[0].name == "wan0"


def test_a_renamed_bond_keeps_its_slaves() -> None:
    monitor = after(a_monitor(a_pair()), told(a_pair(name="lan"), 101.0))
    assert said(monitor) == [("renamed", "lan", "renamed, was bond0")]
    assert [slave.name for slave in monitor.bonds[0].slaves] == ["eno1", "eno2"]


def test_a_moved_slave_is_in_the_other_bond() -> None:
    other = a_bond(a_slave("ens1", 5), name="bond1", ifindex=11)
    monitor = after(a_monitor(a_pair(), other), Heard(a_stamp(101.0), 3, in_bond(ENO2, 11)))
    assert [[slave.name for slave in bond.slaves] for bond in monitor.bonds] == [["eno1"], ["eno2", "ens1"]]
    (event,) = monitor.events
    assert (event.kind, event.words, event.bond) == ("slave-moved", "moved from bond0 to bond1", 11)


def test_a_released_slave_is_told_by_its_bond() -> None:
    free = ENO2.link._replace(slave=None, master=None)
    (event,) = after(a_monitor(a_pair()), Heard(a_stamp(101.0), 3, free)).events
    assert (event.kind, event.subject, event.words, event.bond) == (
        "slave-released",
        "eno2",
        "released from bond0",
        BOND,
    )


def test_a_deleted_slave_is_told_by_its_bond() -> None:
    monitor = after(a_monitor(a_pair()), gone(3, 101.0))
    (event,) = monitor.events
    assert (event.kind, event.words, event.bond) == ("slave-deleted", "interface deleted, was in bond0", BOND)
    assert [slave.name for slave in monitor.bonds[0].slaves] == ["eno1"]


def test_a_deleted_bond_is_gone_with_all_its_slaves() -> None:
    free = [each.link._replace(slave=None, master=None) for each in (ENO1, ENO2)]
    monitor = after(
        a_monitor(a_pair()),
        *(Heard(a_stamp(101.0), link.ifindex, link) for link in free),
        gone(BOND, 101.1),
    )
    assert monitor.bonds == ()
    assert kinds(monitor) == ["slave-released", "slave-released", "bond-deleted"]


def test_a_deleted_bond_in_a_bridge_is_told_by_itself() -> None:
    (event,) = after(a_monitor(a_pair(master=77)), gone(BOND, 101.0)).events
    assert (event.kind, event.subject, event.bond) == ("bond-deleted", "bond0", BOND)


def test_an_emptied_namespace_is_told_and_can_fill_again() -> None:
    monitor = took(a_monitor(a_pair()), a_reading(mono=101.0))
    assert (monitor.bonds, monitor.links) == ((), {})
    assert sorted(kinds(monitor)) == ["bond-deleted", "slave-released", "slave-released"]
    monitor = took(monitor, a_reading(a_pair(), mono=102.0))
    assert sorted(kinds(monitor)[3:]) == ["bond-created", "slave-added", "slave-added"]
    assert len(monitor.bonds) == 1


def test_interfaces_that_are_not_known_may_vanish_unseen() -> None:
    assert after(a_monitor(a_pair()), gone(99, 101.0)).events == ()


def test_a_new_bond_and_its_slaves_are_told_by_name() -> None:
    monitor = took(a_monitor(a_pair()), a_reading(a_pair(), a_bond(a_slave("ens1", 5), name="bond1", ifindex=11)))
    assert sorted(said(monitor)) == [
        ("bond-created", "bond1", "bond created (active-backup)"),
        ("slave-added", "ens1", "added to bond1"),
    ]


def test_a_loss_of_carrier_of_the_bond_is_not_that_of_a_slave() -> None:
    monitor = after(a_monitor(a_pair()), told(a_pair(carrier=False), 101.0), told(a_pair(), 102.0))
    assert kinds(monitor) == ["bond-carrier-lost", "bond-carrier-back"]


def test_addresses_that_come_and_go_are_told() -> None:
    monitor = took(
        a_monitor(a_pair(addresses=("192.0.2.1/24", "192.0.2.2/24"))),
        a_reading(a_pair(addresses=("192.0.2.2/24", "2001:db8::1/64")), mono=101.0),
    )
    assert [words for _, _, words in said(monitor)] == ["address 192.0.2.1/24 removed", "address 2001:db8::1/64 added"]


@pytest.mark.parametrize(
    ("old", "new", "words"), [(10_000, 1000, ["speed 10000 -> 1000 Mb/s"]), (None, 1000, []), (1000, None, [])]
)
def test_a_link_that_comes_back_slower_is_told(old: int | None, new: int | None, words: list[str]) -> None:
    before, now = (a_bond(a_slave(hardware=Hardware(speed_mbps=speed))) for speed in (old, new))
    assert [each.words for each in took(a_monitor(before), a_reading(now, mono=101.0)).events] == words


def test_what_only_events_tell_survives_a_plain_reading() -> None:
    monitor = after(a_monitor(a_lacp_bond()), told(a_lacp_bond(ad_user_port_key=7), 101.0))
    monitor = took(monitor, a_reading(a_lacp_bond(), mono=101.1))
    assert monitor.bonds[0].options.ad_user_port_key == 7
    assert monitor.events == ()


def test_a_steady_reading_is_a_sample_and_another_is_not() -> None:
    def counted(rx: int) -> Bond:
        return a_bond(a_slave(counters=some_counters(rx)), counters=some_counters(rx))

    monitor = a_monitor(counted(0))
    monitor = took(monitor, a_reading(counted(500), mono=100.4), steady=False)
    monitor = took(monitor, a_reading(counted(1000), mono=101.0))
    for ifindex in (2, BOND):
        rates = monitor.tracks[ifindex].rates
        assert rates is not None
        assert rates.rx_bits == pytest.approx(8000)
        assert len(monitor.tracks[ifindex].samples) == 1


def test_a_bonds_rate_is_its_own_counters() -> None:
    first = a_bond(a_slave(counters=some_counters(0)), counters=some_counters(0))
    second = a_bond(a_slave(counters=some_counters(9000)), counters=some_counters(1000))
    rates = took(a_monitor(first), a_reading(second, mono=101.0)).tracks[BOND].rates
    assert rates is not None
    assert rates.rx_bits == pytest.approx(8000)


def test_an_index_that_another_interface_has_now_starts_anew() -> None:
    monitor = failover(a_monitor(a_pair()))
    other = after(monitor, told(a_slave("eno9", 2, hwaddr="02:00:00:00:99:99"), 102.0))
    assert other.tracks[2].new_failures == 0
    assert other.tracks[2].downs == ()


def test_a_failed_read_keeps_what_is_known() -> None:
    monitor = failed(a_monitor(a_pair()), "the kernel did not answer")
    assert (monitor.error, len(monitor.bonds)) == ("the kernel did not answer", 1)
    assert took(monitor, a_reading(a_pair(), mono=102.0)).error is None


def test_the_start_is_remembered() -> None:
    monitor = took(a_monitor(a_pair()), a_reading(a_pair(), mono=105.0))
    assert (monitor.started, monitor.at) == (a_stamp(100.0), a_stamp(105.0))


def test_a_bond_is_found_by_its_index() -> None:
    monitor = a_monitor(a_pair())
    assert monitor.bond_at(BOND) == monitor.bonds[0]
    assert monitor.bond_at(99) is None
    assert monitor.bond_at(None) is None


def test_events_are_numbered_and_only_the_latest_kept() -> None:
    storm = [
        told(a_slave("eno2", 3, carrier=bool(n % 2), carrier_changes=2 + n), 101 + n / 1000)
        for n in range(1, EVENTS_KEPT + 500)
    ]
    monitor = heard(a_monitor(a_pair()), [told(a_slave("eno2", 3, carrier=False, carrier_changes=2), 101.0), *storm])
    assert monitor.event_count == EVENTS_KEPT + 500
    assert [each.number for each in monitor.events] == list(range(501, EVENTS_KEPT + 501))


def test_interfaces_that_are_long_gone_are_forgotten() -> None:
    monitor = a_monitor(a_pair())
    for start in range(100, 100 + 2 * TRACKS_KEPT, TRACKS_KEPT // 2):
        slaves = (a_slave(f"v{n}", n) for n in range(start, start + TRACKS_KEPT // 2))
        monitor = took(monitor, a_reading(a_bond(*slaves), mono=float(start)))
    assert len(monitor.tracks) == TRACKS_KEPT
    assert len(monitor.links) == TRACKS_KEPT // 2 + 1
    assert monitor.links.keys() <= monitor.tracks.keys()
    assert all(chain.keys() <= monitor.links.keys() for chain in monitor.chains)


INDEXES = st.integers(2, 6)
NAMES = st.sampled_from(["eno1", "eno2", "[x]", "\udcff", "e\x1b"])
CARRIER = st.sampled_from([None, True, False])
COUNTER = st.integers(0, 10_000).map(some_counters)
SLAVES = st.builds(
    a_slave,
    NAMES,
    INDEXES,
    admin_up=st.booleans(),
    carrier=CARRIER,
    mii=st.sampled_from([None, "up", "going down", "down", "going back", "9"]),
    state=st.sampled_from([None, "active", "backup"]),
    failures=st.one_of(st.none(), st.integers(0, 3)),
    carrier_changes=st.one_of(st.none(), st.integers(0, 5)),
    counters=COUNTER,
    aggregator_id=st.one_of(st.none(), st.integers(1, 2)),
    actor_port_state=st.one_of(st.none(), st.integers(0, 255)),
    partner_port_state=st.one_of(st.none(), st.integers(0, 255)),
)
SLAVE_LINKS = st.builds(in_bond, SLAVES, st.sampled_from([10, 11, 12, 99]))
BONDS = st.builds(
    a_bond,
    name=NAMES,
    ifindex=st.sampled_from([10, 11, 12]),
    mode=st.one_of(st.none(), st.integers(0, 8)),
    admin_up=st.booleans(),
    carrier=CARRIER,
    counters=COUNTER,
    master=st.one_of(st.none(), st.just(77)),
    active_slave=st.one_of(st.none(), INDEXES),
    miimon=st.sampled_from([None, 0, 100]),
    addresses=st.sampled_from([(), ("192.0.2.1/24",), ("192.0.2.2/24", "2001:db8::1/64")]),
)


def reading_of(bonds: Sequence[Bond], links: Sequence[Link], speed: int | None) -> Reading:
    by_index = {bond.ifindex: bond for bond in bonds}
    slaves = {link.ifindex: link for link in links}
    reading = a_reading(*by_index.values())
    hardware = {ifindex: Hardware(speed_mbps=speed) for ifindex in slaves}
    return reading._replace(links=(*slaves.values(), *reading.links), hardware=hardware)


READINGS = st.builds(
    reading_of,
    st.lists(BONDS, max_size=3),
    st.lists(SLAVE_LINKS, max_size=4),
    st.sampled_from([None, 1000, 10_000]),
)
LINKS = st.one_of(
    SLAVE_LINKS, BONDS.map(lambda bond: bond.link), SLAVE_LINKS.map(lambda link: link._replace(slave=None))
)
MESSAGES = st.one_of(
    st.builds(lambda link, event: told(link, 0.0, event), LINKS, st.one_of(st.none(), st.integers(0, 9))),
    st.builds(lambda ifindex: gone(ifindex, 0.0), st.integers(1, 13)),
    st.just(Overflow(a_stamp(0.0))),
)
STEPS = st.lists(
    st.tuples(
        st.floats(0.0, 30.0), st.one_of(READINGS, st.lists(MESSAGES, max_size=4), st.just("failed")), st.booleans()
    ),
    max_size=8,
)


def held_together(monitor: Monitor) -> None:
    """What is true of every Monitor."""
    numbers = [each.number for each in monitor.events]
    assert numbers == list(range(monitor.event_count - len(numbers) + 1, monitor.event_count + 1))
    assert len(numbers) <= EVENTS_KEPT
    assert all(len(track.samples) <= SAMPLES for track in monitor.tracks.values())
    assert monitor.links.keys() <= monitor.tracks.keys()
    for bond in monitor.bonds:
        assert monitor.links[bond.ifindex] == bond.link
        assert {slave.ifindex for slave in bond.slaves} == {
            ifindex for ifindex, link in monitor.links.items() if link.slave and link.master == bond.ifindex
        }
    for event in monitor.events:
        well_formed(event)


def well_formed(event: Event) -> None:
    assert event.kind
    assert event.words
    assert event.cause is None or event.cause < event.number
    assert event.delta_ms is None or (event.cause is not None and event.delta_ms >= 0)
    assert not (event.polled and event.delta_ms is not None)


@settings(max_examples=100)
@given(STEPS)
def test_whatever_comes_is_folded_in_and_the_past_stays_as_it_was(
    steps: list[tuple[float, Reading | list[Heard | Overflow] | str, bool]],
) -> None:
    monitor, mono = Monitor(), 100.0
    for pause, step, steady in steps:
        mono += pause
        before, kept = monitor, pickle.dumps(monitor)
        if isinstance(step, Reading):
            monitor = took(monitor, step._replace(at=a_stamp(mono)), steady=steady)
        elif isinstance(step, list):
            monitor = heard(monitor, [each._replace(at=a_stamp(mono)) for each in step])
        else:
            monitor = failed(monitor, "why")
        assert pickle.dumps(before) == kept
        assert monitor.event_count >= before.event_count
        held_together(monitor)


@given(READINGS)
def test_a_first_reading_of_anything_is_silent(reading: Reading) -> None:
    monitor = took(Monitor(), reading)
    assert monitor.events == ()
    held_together(monitor)


@given(READINGS)
def test_the_same_reading_again_tells_nothing(reading: Reading) -> None:
    monitor = took(Monitor(), reading)
    assert took(monitor, reading._replace(at=a_stamp(101.0))).events == ()


def test_the_slaves_of_a_bond_are_in_the_order_of_their_indexes() -> None:
    slaves: list[Slave] = [a_slave("c", 9), a_slave("a", 4), a_slave("b", 6)]
    assert [slave.name for slave in a_monitor(a_bond(*slaves)).bonds[0].slaves] == ["a", "b", "c"]


def test_a_note_is_one_more_event_and_changes_nothing_else() -> None:
    before = failover(a_monitor(a_pair()))
    note = Note(a_stamp(102.0), "action", "eno1", "eno1 set down", BOND, 2, "good")
    after_it = noted(before, note)
    last = after_it.events[-1]
    assert (last.number, last.at, last.kind, last.words) == (before.event_count + 1, note.at, "action", "eno1 set down")
    assert (last.subject, last.bond, last.ifindex, last.severity) == ("eno1", BOND, 2, "good")
    assert (last.polled, last.cause, last.delta_ms) == (False, None, None)
    assert after_it.events[:-1] == before.events
    assert after_it._replace(events=before.events, event_count=before.event_count) == before


def test_notes_do_not_make_the_log_grow_without_end() -> None:
    monitor = a_monitor(a_pair())
    for n in range(EVENTS_KEPT + 5):
        monitor = noted(monitor, Note(a_stamp(101.0), "action", "", str(n)))
    assert (len(monitor.events), monitor.event_count) == (EVENTS_KEPT, EVENTS_KEPT + 5)
    assert (monitor.events[0].words, monitor.events[-1].words) == ("5", str(EVENTS_KEPT + 4))


def test_a_note_before_the_first_reading_is_kept() -> None:
    monitor = took(noted(Monitor(), Note(a_stamp(1.0), "action", "", "early")), a_reading(a_pair()))
    assert [event.words for event in monitor.events] == ["early"]
