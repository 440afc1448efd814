"""What the event log says of changes in a real driver: the words, the order, the cause and the delta."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bondtui.core.monitor import EVENTS_KEPT
from bondtui.model.event import Event
from bondtui.system import netlink
from tests.kernel.lab import Lab
from tests.kernel.waiting import until
from tests.kernel.watch import Watch

SLACK_MS = 1500.0
"""The guest is slow and shares its machine; a delta must only be believable."""


@pytest.fixture
def watch(lab: Lab) -> Iterator[Watch]:
    """A reader at work on an active-backup bond with eno1 active and eno2 ready."""
    lab.bond()
    lab.settled(active="eno1")
    with lab.watched() as watch:
        watch.quiet(0.3)
        yield watch


def assert_follows(effect: Event, cause: Event, at_most_ms: float) -> None:
    """The effect belongs to the cause's chain and came a believable time after it.

    When it came is known only if the kernel reported it; of what a re-read found it is not said.
    """
    assert effect.cause == cause.number
    if effect.polled:
        assert effect.delta_ms is None
    else:
        assert effect.delta_ms is not None
        assert 0 <= effect.delta_ms <= at_most_ms + SLACK_MS


def test_a_pulled_cable_is_one_chain_from_carrier_to_peers(lab: Lab, watch: Watch) -> None:
    lab.pull("eno1")
    lost = watch.event("carrier-lost", subject="eno1")
    down = watch.event("mii-changed", "MII down", subject="eno1")
    switched = watch.event("active-changed", "active eno1 -> eno2", subject="bond0")
    notified = watch.event("peers-notified", subject="bond0")
    assert lost.cause is None
    assert [each.polled for each in (lost, down, switched, notified)] == [False] * 4
    assert lost.number < down.number < switched.number < notified.number
    for effect in (down, switched, notified):
        assert_follows(effect, lost, 100)
    assert lab.info("bond0")["active_slave"] == "eno2"


def test_downdelay_and_updelay_are_within_the_chain(lab: Lab, watch: Watch) -> None:
    lab.ip("link", "set", "bond0", "type", "bond", "downdelay", "400", "updelay", "300")
    lab.pull("eno1")
    lost = watch.event("carrier-lost")
    assert_follows(watch.event("active-changed", "eno1 -> eno2"), lost, 500)
    lab.slave_is("eno1", "down")
    watch.forget()
    lab.plug("eno1")
    back = watch.event("carrier-back", subject="eno1")
    assert_follows(watch.event("mii-changed", "MII up", subject="eno1"), back, 400)


def test_a_slave_set_down_starts_the_chain(lab: Lab, watch: Watch) -> None:
    lab.ip("link", "set", "eno1", "down")
    cause = watch.event("set-down", subject="eno1")
    for kind, words in (("mii-changed", "MII down"), ("active-changed", "eno1 -> eno2"), ("peers-notified", "")):
        assert_follows(watch.event(kind, words), cause, 100)
    assert not [event for event in watch.events if event.kind == "carrier-lost"]


def test_the_last_slave_lost_takes_the_bond_with_it(lab: Lab, watch: Watch) -> None:
    lab.pull("eno2")
    watch.event("mii-changed", "MII down", subject="eno2")
    watch.forget()
    lab.pull("eno1")
    cause = watch.event("carrier-lost", subject="eno1")
    assert_follows(watch.event("active-changed", "active eno1 -> none", subject="bond0"), cause, 100)
    assert_follows(watch.event("bond-carrier-lost", subject="bond0"), cause, 100)
    watch.forget()
    lab.plug("eno2")
    cause = watch.event("carrier-back", subject="eno2")
    assert_follows(watch.event("active-changed", "active none -> eno2", subject="bond0"), cause, 100)
    assert_follows(watch.event("bond-carrier-back", subject="bond0"), cause, 100)


def test_a_switch_by_hand_starts_a_chain_of_its_own(lab: Lab, watch: Watch) -> None:
    lab.ip("link", "set", "bond0", "type", "bond", "active_slave", "eno2")
    switched = watch.event("active-changed", "active eno1 -> eno2")
    assert switched.cause is None
    assert_follows(watch.event("peers-notified"), switched, 100)


def test_a_primary_that_comes_back_takes_over_in_its_own_chain(lab: Lab, watch: Watch) -> None:
    lab.ip("link", "set", "bond0", "type", "bond", "primary", "eno1", "primary_reselect", "always")
    watch.event("option-changed", "primary none -> eno1")
    lab.pull("eno1")
    watch.event("active-changed", "eno1 -> eno2")
    watch.forget()
    lab.plug("eno1")
    cause = watch.event("carrier-back", subject="eno1")
    assert_follows(watch.event("active-changed", "active eno2 -> eno1"), cause, 100)


@pytest.mark.parametrize("mode", ["balance-tlb", "balance-alb"])
def test_balancing_modes_have_an_active_slave_too(lab: Lab, mode: str) -> None:
    lab.bond(mode)
    lab.settled(active="eno1")
    with lab.watched() as watch:
        lab.pull("eno1")
        cause = watch.event("carrier-lost", subject="eno1")
        assert_follows(watch.event("active-changed", "active eno1 -> eno2"), cause, 100)


@pytest.mark.parametrize("mode", ["balance-rr", "balance-xor", "broadcast"])
def test_modes_without_an_active_slave_have_a_short_chain(lab: Lab, mode: str) -> None:
    lab.bond(mode)
    lab.settled()
    with lab.watched() as watch:
        lab.pull("eno1")
        cause = watch.event("carrier-lost", subject="eno1")
        assert_follows(watch.event("mii-changed", "MII down", subject="eno1"), cause, 100)
        assert "active-changed" not in {event.kind for event in watch.events}


def test_the_arp_monitor_loses_a_slave_that_keeps_its_carrier(lab: Lab) -> None:
    target = ("arp_interval", "200", "arp_ip_target", "192.0.2.254", "arp_validate", "all")
    lab.bond("active-backup", *target)
    with lab.watched() as watch:
        watch.quiet(1.0)
        lab.settled(active="eno1")
        lab.silence("eno1")
        down = watch.event("mii-changed", "MII down", subject="eno1")
        assert down.cause is None
        assert_follows(watch.event("active-changed", "eno1 -> eno2"), down, 0)
        assert "carrier-lost" not in {event.kind for event in watch.events}


def test_a_silent_lacp_partner_is_told_from_expiry_to_the_lost_port(lab: Lab) -> None:
    lab.bond("802.3ad", "lacp_rate", "fast")
    lab.settled()
    with lab.watched(interval=0.2) as watch:
        lab.silence("eno1")
        cause = watch.event("lacp-expired", subject="eno1")
        assert cause.cause is None
        assert "now expired" in cause.words.replace("active, ", "")
        defaulted = watch.event("actor-state-changed", "defaulted", subject="eno1")
        assert_follows(defaulted, cause, 3200)
        assert_follows(watch.event("ports-changed", "2 -> 1", subject="bond0"), cause, 3200)
        bond = watch.monitor.bonds[0]
        assert [slave.state.mii_status for slave in bond.slaves] == ["up", "up"]


def test_a_lacp_cable_pulled_is_a_chain_too(lab: Lab) -> None:
    lab.bond("802.3ad", "lacp_rate", "fast")
    lab.settled()
    with lab.watched() as watch:
        lab.pull("eno1")
        cause = watch.event("carrier-lost", subject="eno1")
        assert_follows(watch.event("mii-changed", "MII down", subject="eno1"), cause, 100)
        assert_follows(watch.event("ports-changed", "2 -> 1", subject="bond0"), cause, 1000)


@pytest.mark.parametrize(
    ("setting", "words"),
    [("miimon 200", "miimon 100 -> 200"), ("primary_reselect failure", "primary_reselect always -> failure")],
)
def test_an_option_changed_from_outside_is_told(lab: Lab, watch: Watch, setting: str, words: str) -> None:
    lab.ip("link", "set", "bond0", "type", "bond", *setting.split())
    changed = watch.event("option-changed", words, subject="bond0")
    assert changed.bond == watch.monitor.bonds[0].ifindex


def test_an_address_that_comes_and_goes_is_told(lab: Lab, watch: Watch) -> None:
    lab.ip("address", "add", "198.51.100.1/24", "dev", "bond0")
    watch.event("address-changed", "198.51.100.1/24 added")
    lab.ip("address", "delete", "198.51.100.1/24", "dev", "bond0")
    watch.event("address-changed", "198.51.100.1/24 removed")


def test_a_bond_comes_and_goes(lab: Lab, watch: Watch) -> None:
    lab.bond("balance-xor", name="bond1", slaves=["eno3"])
    watch.event("bond-created", "balance-xor", subject="bond1")
    watch.event("slave-added", "added to bond1", subject="eno3")
    until(lambda: [len(bond.slaves) for bond in watch.monitor.bonds] == [2, 1], what="two bonds")
    lab.ip("link", "delete", "bond1")
    watch.event("bond-deleted", subject="bond1")
    watch.event("slave-released", "released from bond1", subject="eno3")
    until(lambda: [bond.name for bond in watch.monitor.bonds] == ["bond0"], what="one bond")


def test_a_rename_is_a_rename(lab: Lab, watch: Watch) -> None:
    before = watch.monitor.bonds[0]
    lab.ip("link", "set", "bond0", "down")
    lab.ip("link", "set", "bond0", "name", "uplink")
    lab.ip("link", "set", "uplink", "up")
    watch.event("renamed", "was bond0", subject="uplink")
    lab.ip("link", "set", "eno2", "down")
    lab.ip("link", "set", "eno2", "name", "eno9")
    lab.ip("link", "set", "eno9", "up")
    watch.event("renamed", "was eno2", subject="eno9")
    after = watch.monitor.bonds[0]
    assert (after.name, [slave.name for slave in after.slaves]) == ("uplink", ["eno1", "eno9"])
    assert after.ifindex == before.ifindex
    gone = {"slave-released", "slave-added", "bond-deleted", "bond-created", "slave-deleted"}
    assert not gone & {event.kind for event in watch.events}


def test_a_slave_is_released_added_and_moved(lab: Lab, watch: Watch) -> None:
    lab.bond("active-backup", name="bond1", slaves=["eno3"])
    watch.event("slave-added", subject="eno3")
    lab.ip("link", "set", "eno2", "nomaster")
    watch.event("slave-released", "released from bond0", subject="eno2")
    until(lambda: len(watch.monitor.bonds[0].slaves) == 1, what="one slave left")
    lab.enslave("eno2", "bond0")
    watch.event("slave-added", "added to bond0", subject="eno2")
    lab.slave_is("eno2", "up")
    watch.forget()
    lab.ip("link", "set", "eno2", "master", "bond1")
    until(lambda: [len(bond.slaves) for bond in watch.monitor.bonds] == [1, 2], what="eno2 in bond1")
    kinds = [event.kind for event in watch.events if event.subject == "eno2"]
    assert "slave-moved" in kinds or {"slave-released", "slave-added"} <= set(kinds)


def test_a_slave_whose_device_vanishes_is_told(lab: Lab, watch: Watch) -> None:
    lab.ip("link", "delete", "eno1")
    watch.event("active-changed", "-> eno2", subject="bond0")
    until(lambda: [slave.name for slave in watch.monitor.bonds[0].slaves] == ["eno2"], what="eno2 left")
    assert {"slave-released", "slave-deleted"} & {event.kind for event in watch.events if event.subject == "eno1"}


def test_an_emptied_namespace_is_told_and_a_new_bond_found(lab: Lab, watch: Watch) -> None:
    for name in ("bond0", "eno1", "eno2"):
        lab.ip("link", "delete", name)
    watch.event("bond-deleted", subject="bond0")
    until(lambda: watch.monitor.bonds == (), what="no bond left")
    assert watch.monitor.error is None
    lab.ip("link", "add", "bond5", "type", "bond")
    watch.event("bond-created", "balance-rr", subject="bond5")
    until(lambda: [bond.name for bond in watch.monitor.bonds] == ["bond5"], what="the new bond")


def test_what_is_lost_between_kernel_and_reader_is_said_and_read_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netlink, "EVENT_QUEUE_BYTES", 2048)
    lab.bond()
    lab.settled()
    with lab.watched() as watch:
        lab.batch([f"link set bond0 mtu {1400 + number % 50}" for number in range(300)])
        lost = watch.event("events-lost")
        assert lost.subject == ""
        until(lambda: watch.monitor.bonds[0].link.mtu == 1449, what="the last mtu read")


def test_many_flaps_are_all_accounted_for(lab: Lab, watch: Watch) -> None:
    flaps, earlier = 250, watch.monitor.event_count
    before = _carrier_changes(lab)
    for slave, peer in (("eno1", "p1"), ("eno2", "p2")):
        lab.batch_on_switch([f"link set {peer} {way}" for _ in range(flaps) for way in ("down", "up")])
        lab.slave_is(slave, "up")
    wanted = _carrier_changes(lab) - before
    until(lambda: _told_carrier_changes(watch) >= wanted or "events-lost" in _kinds(watch), what="all changes told")
    assert wanted > flaps
    assert _told_carrier_changes(watch) == wanted or "events-lost" in _kinds(watch)
    assert len(watch.monitor.events) <= EVENTS_KEPT
    assert [event.number for event in watch.events] == list(range(earlier + 1, watch.monitor.event_count + 1))


def _carrier_changes(lab: Lab) -> int:
    return sum(int(lab.sysfs(slave, "carrier_changes") or 0) for slave in ("eno1", "eno2"))


def _told_carrier_changes(watch: Watch) -> int:
    """Changes of slaves told one by one, and those said to have gone unseen."""
    slaves = [event for event in watch.events if event.subject in ("eno1", "eno2")]
    unseen = [event for event in slaves if event.kind == "carrier-changed-unseen"]
    seen = [event for event in slaves if event.kind in ("carrier-lost", "carrier-back")]
    return len(seen) + sum(int("".join(filter(str.isdigit, event.words))) for event in unseen)


def _kinds(watch: Watch) -> set[str]:
    return {event.kind for event in watch.events}
