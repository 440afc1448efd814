"""Probes over the simulated driver, in virtual time: what is lost, for how long, and what the counters tell."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.drill.crossing import Counted, crossing
from bondtui.drill.crossing import counted as packets
from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_RR,
    BALANCE_TLB,
    BALANCE_XOR,
    BROADCAST,
    LACP,
    Bond,
)
from bondtui.model.probe import AGAIN, ANSWERED, FAILED, SENT, Candidate, Flow, News, Target, Way
from bondtui.ports import ProbeError, Probing, Stream
from bondtui.simulated import prober
from bondtui.simulated.answers import keys, way_back, ways_out
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import LACP_OPTIONS, OPTIONS, plain_bond
from bondtui.simulated.slave import BEFORE_ENSLAVED
from bondtui.simulated.traffic import Meter
from bondtui.system.reader import Reader
from bondtui.system.simulated_probing import SimulatedProbing
from bondtui.system.simulation import SimulatedSource
from tests.virtual import VirtualMachine

GATEWAY = Target("192.168.10.1")
PERIOD = 0.005
TRIP = 0.001
"""Longer than any round trip."""


def machine(mode: int = ACTIVE_BACKUP, slaves: int = 2, **options: object) -> VirtualMachine:
    """One bond with a gateway, settled."""
    base = LACP_OPTIONS if mode == LACP else OPTIONS._replace(xmit_hash_policy="layer3+4", num_peer_notif=2)
    spec = plain_bond(base._replace(mode=mode, **options), slaves)  # type: ignore[arg-type]
    spec = spec._replace(addresses=("192.168.10.20/24",), gateway="192.168.10.1")
    return VirtualMachine(Driver([spec]), start_at=30.0)


def flows(count: int) -> list[Flow]:
    return [Flow(GATEWAY, "bond0", 40_001 + number) for number in range(count)]


def do(virtual: VirtualMachine, verb: str, slave: str) -> float:
    """Do it to the slave now, and tell when that was."""
    with virtual.source.driver_now() as driver:
        getattr(driver, verb)(slave)
    return virtual.clock


def lost(news: Sequence[News]) -> list[float]:
    """When the probes were sent that nobody answered, all flows together."""
    sent = {(each.flow, each.number): each.at for each in news if each.kind == SENT}
    for each in news:
        if each.kind == ANSWERED:
            del sent[each.flow, each.number]
    return sorted(sent.values())


def drop(virtual: VirtualMachine, verb: str, *, count: int = 1, watch: float = 2.5) -> tuple[float, list[float]]:
    """When something was done to eno1 under running probes, and when those were sent that were lost."""
    stream = virtual.probing.start(flows(count), PERIOD)
    virtual.let_pass(0.5013)
    at = do(virtual, verb, "eno1")
    virtual.let_pass(watch)
    news = stream.take()
    virtual.let_pass(TRIP)
    news = [*news, *stream.take()]
    stream.stop()
    return at, [each for each in lost(news) if each < at + watch]


def counted(bond: Bond) -> dict[str, tuple[int, int]]:
    """Packets sent and received, by slave."""
    found = {}
    for slave in bond.slaves:
        assert slave.link.counters is not None
        found[slave.name] = slave.link.counters.tx_packets, slave.link.counters.rx_packets
    return found


def test_they_are_the_ports_that_a_drill_asks_for() -> None:
    probing: Probing = machine().probing
    stream: Stream = probing.start(flows(1), PERIOD)
    assert stream.take() == []


# Targets.


def test_the_gateway_is_the_target() -> None:
    virtual = VirtualMachine("failover")
    (found,) = virtual.probing.candidates(virtual.bond)
    assert found == Candidate(GATEWAY, "bond0", "gateway of the default route")


def test_without_a_gateway_a_neighbour_is() -> None:
    virtual = VirtualMachine("lacp")
    (found,) = virtual.probing.candidates(virtual.bond)
    assert found[:2] == (GATEWAY, "bond0")
    assert "neighbour" in found.why
    assert virtual.probing.way(virtual.bond, found.target) == Way("bond0", over_bond=True, path=("bond0",))


@pytest.mark.parametrize(
    ("address", "neighbour"),
    [("10.0.0.1/8", "10.0.0.2"), ("fe80::9/64", "fe80::1%bond0"), ("2001:db8::1/64", "2001:db8::2")],
)
def test_a_neighbour_is_never_the_bond_itself(address: str, neighbour: str) -> None:
    virtual = VirtualMachine(Driver([plain_bond(OPTIONS._replace(mode=ACTIVE_BACKUP))._replace(addresses=(address,))]))
    (found,) = virtual.probing.candidates(virtual.bond)
    assert found.target == Target(neighbour)
    assert virtual.probing.way(virtual.bond, found.target).over_bond


def test_a_bond_without_address_and_gateway_offers_nobody() -> None:
    virtual = VirtualMachine(Driver([plain_bond(OPTIONS._replace(mode=ACTIVE_BACKUP))]))
    with pytest.raises(ProbeError, match="bond0 has no gateway and no network"):
        virtual.probing.candidates(virtual.bond)


@pytest.mark.parametrize(
    ("address", "device", "over"),
    [
        ("192.168.10.77", "bond0", True),
        ("192.0.2.1", "bond0", True),
        ("fe80::1%bond0", "bond0", True),
        ("192.168.20.5", "bond1", False),
        ("fe80::1%bond1", "bond1", False),
        ("192.168.10.20", "lo", False),
        ("127.0.0.1", "lo", False),
        ("::1", "lo", False),
        ("2001:db8::1", "", False),
        ("fe80::1", "", False),
        ("169.254.1.1", "bond0", True),
        ("fe80::1%eth9", "", False),
    ],
)
def test_which_way_an_address_lies(address: str, device: str, over: bool) -> None:
    virtual = VirtualMachine("healthy")
    way = virtual.probing.way(virtual.bond, Target(address))
    assert (way.device, way.over_bond) == (device, over)
    assert way.path == (("bond0",) if over else ())
    assert bool(way.trouble) == (not device)


def test_what_is_no_address_is_refused() -> None:
    virtual = machine()
    for text in ("gateway", "192.168.10", "192.168.10.1/24", ""):
        with pytest.raises(ProbeError, match="no IP address"):
            virtual.probing.way(virtual.bond, Target(text))
        with pytest.raises(ProbeError, match="no IP address"):
            virtual.probing.start([Flow(Target(text))], PERIOD)


def test_what_cannot_be_sent_is_refused() -> None:
    probing = machine().probing
    for period in (0.0, 0.0009, 10.1):
        with pytest.raises(ProbeError, match="every"):
            probing.start(flows(1), period)
    with pytest.raises(ProbeError, match="no bond eth9"):
        probing.start([Flow(GATEWAY, "eth9")], PERIOD)
    with pytest.raises(ProbeError, match="address of this machine"):
        probing.start([Flow(Target("192.168.10.20"))], PERIOD)


def test_a_flow_that_is_bound_to_a_bond_leaves_through_it() -> None:
    virtual = VirtualMachine("healthy")
    elsewhere = Flow(Target("192.168.20.1"), "bond0")  # which is in the network of the other bond
    stream = virtual.probing.start([elsewhere, Flow(GATEWAY, "bond1"), Flow(Target("fe80::1%bond1"), "bond0")], 0.01)
    virtual.let_pass(1.0)
    kinds = Counter((each.flow, each.kind) for each in stream.take())
    assert kinds == {(0, SENT): 100, (0, ANSWERED): 100, (1, FAILED): 100, (2, FAILED): 100}


def test_the_narrowest_network_is_taken() -> None:
    options = OPTIONS._replace(mode=ACTIVE_BACKUP)
    narrow = plain_bond(options)._replace(addresses=("10.1.0.9/16",))
    nics = tuple(nic._replace(ifindex=nic.ifindex + 10, name=f"{nic.name}b") for nic in narrow.nics)
    wide = narrow._replace(ifindex=20, name="bond1", nics=nics, addresses=("10.0.0.9/8",))
    virtual = VirtualMachine(Driver([narrow, wide]))
    assert virtual.probing.way(virtual.bond, Target("10.1.0.1")).device == "bond0"
    assert virtual.probing.way(virtual.bond, Target("10.2.0.1")).device == "bond1"


def test_a_probe_without_a_route_fails_as_the_kernel_says() -> None:
    virtual = machine()
    stream = virtual.probing.start([Flow(Target("2001:db8::1"))], 0.1)
    virtual.let_pass(0.25)
    assert [(each.number, each.kind, each.error) for each in stream.take()] == [(n, FAILED, 101) for n in range(3)]


def test_an_address_of_nobody_does_not_answer() -> None:
    virtual = machine()
    probing = SimulatedProbing(virtual.source, silent=["192.168.10.9"])
    stream = probing.start([Flow(Target("192.168.10.9")), Flow(GATEWAY), Flow(Target("224.0.0.1"))], 0.1)
    virtual.let_pass(1.0)
    assert {(each.flow, each.kind) for each in stream.take()} == {(0, SENT), (1, SENT), (1, ANSWERED), (2, SENT)}


# The schedule.


def test_probes_are_sent_at_their_times_and_answered_soon() -> None:
    virtual = machine()
    began = virtual.clock
    stream = virtual.probing.start(flows(4), 0.02)
    virtual.let_pass(1.0)
    news = stream.take()
    for flow in range(4):
        sent = [each.at for each in news if (each.flow, each.kind) == (flow, SENT)]
        assert sent == pytest.approx([began + 0.0005 + flow * 0.005 + turn * 0.02 for turn in range(50)], abs=1e-9)
        answered = [each for each in news if (each.flow, each.kind) == (flow, ANSWERED)]
        assert [each.number for each in answered] == list(range(50))
        assert all(0 < each.at - before < TRIP for each, before in zip(answered, sent, strict=True))
    times = [each.at for each in news]
    assert times == sorted(times)


def test_news_come_in_the_order_of_their_times() -> None:
    virtual = machine(LACP)
    stream = virtual.probing.start(flows(8), 0.001)
    virtual.let_pass(0.2)
    times = [each.at for each in stream.take()]
    assert len(times) > 3000
    assert times == sorted(times)


@given(pauses=st.lists(st.floats(0.0, 0.4), min_size=1, max_size=40), mode=st.sampled_from(range(7)))
def test_the_news_are_the_same_however_often_somebody_looks(pauses: list[float], mode: int) -> None:
    def heard(pauses: list[float]) -> list[News]:
        virtual = machine(mode)
        begin = virtual.clock
        stream = virtual.probing.start(flows(3), 0.013)
        news: list[News] = []
        for step in (*pauses, None):
            virtual.clock = begin + 3.0 if step is None else min(virtual.clock + step, begin + 3.0)
            news += stream.take()
        return news

    def with_script(pauses: list[float]) -> list[News]:
        virtual = machine(mode)
        with virtual.source.driver_now() as driver:
            driver.at(driver.now + 0.5, lambda: driver.cut("eno1"))
            driver.at(driver.now + 1.7, lambda: driver.plug("eno1"))
        stream = virtual.probing.start(flows(3), 0.013)
        begin, news = virtual.clock, list[News]()
        for step in (*pauses, None):
            virtual.clock = begin + 3.0 if step is None else min(virtual.clock + step, begin + 3.0)
            news += stream.take()
        return news

    assert heard(pauses) == heard([])
    assert with_script(pauses) == with_script([])


def test_two_streams_do_not_touch_each_other() -> None:
    alone, together = machine(BALANCE_RR), machine(BALANCE_RR)
    first = alone.probing.start(flows(2), PERIOD)
    alone.let_pass(1.0)
    one, other = together.probing.start(flows(2), PERIOD), together.probing.start(flows(1), 0.2)
    together.let_pass(1.0)
    assert one.take() == first.take()
    assert Counter(each.kind for each in other.take()) == {SENT: 5, ANSWERED: 5}
    one.stop()
    together.let_pass(1.0)
    assert one.take() == []
    assert len(other.take()) == 10


def test_only_chosen_flows_are_sent_and_their_numbers_have_no_holes() -> None:
    virtual = machine()
    stream = virtual.probing.start(flows(3), 0.01)
    seen = []
    for chosen, seconds in (([1], 0.099), ([], 0.1), (None, 0.1)):
        virtual.let_pass(seconds)
        seen += [stream.take()]
        stream.choose(chosen)
    virtual.let_pass(0.1)
    news = [each for part in seen for each in part] + list(stream.take())
    assert [Counter(each.flow for each in part if each.kind == SENT) for part in seen] == [
        {0: 10, 1: 10, 2: 10},
        {1: 10},
        {},
    ]
    for flow, count in ((0, 20), (1, 30), (2, 20)):
        assert [each.number for each in news if (each.flow, each.kind) == (flow, SENT)] == list(range(count))


def test_a_stream_that_is_stopped_sends_no_more() -> None:
    virtual, without = machine(), machine()
    stream = virtual.probing.start(flows(1), PERIOD)
    virtual.let_pass(0.099)
    stream.stop()
    virtual.let_pass(5.0)
    assert Counter(each.kind for each in stream.take()) == {SENT: 20, ANSWERED: 20}
    stream.stop()
    assert stream.take() == []
    without.let_pass(5.099)
    assert counted(virtual.bond)["eno1"][0] == counted(without.bond)["eno1"][0] + 20


def test_what_nobody_takes_does_not_pile_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prober, "NEWS_AT_MOST", 1000)
    virtual = machine()
    stream = virtual.probing.start(flows(1), PERIOD)
    virtual.let_pass(3600.0)
    assert len(stream.take()) == 1000
    for _ in range(2):
        with pytest.raises(ProbeError, match="given up"):
            stream.take()
    virtual.let_pass(1.0)
    stream.stop()


def test_probes_wake_nobody() -> None:
    virtual = machine()
    with virtual.source.driver_now() as driver:
        due = driver.next_due
    virtual.probing.start(flows(8), PERIOD)
    with virtual.source.driver_now() as driver:
        assert driver.next_due == due


def test_probes_run_along_with_the_real_clock_beside_a_reader() -> None:
    source = SimulatedSource("healthy")
    reader = Reader(lambda: source, interval=0.05)
    heard = threading.Event()
    reader.start(heard.set)
    stream = SimulatedProbing(source).start([Flow(GATEWAY)], PERIOD)
    before = time.monotonic()
    news: list[News] = []
    while len(news) < 40:
        heard.wait(1.0)
        heard.clear()
        news += stream.take()
    reader.stop()
    stream.stop()
    assert before - 1.0 < news[0].at <= news[-1].at <= time.monotonic()
    assert [each.number for each in news if each.kind == SENT] == list(range(len([n for n in news if n.kind == SENT])))


# What is lost.


def notified_of_failover(virtual: VirtualMachine, at: float) -> float:
    """How long after that time the driver had another active slave, by its own words."""
    while True:
        for each in virtual.source.listen(0.0):
            if each.event is not None:
                return each.at.mono - at


@pytest.mark.parametrize(
    ("options", "bound"),
    [({}, 0.1), ({"miimon": 1000}, 1.0), ({"downdelay": 400}, 0.5), ({"miimon": 50, "downdelay": 200}, 0.25)],
)
@pytest.mark.parametrize("verb", ["cut", "set_down"])
def test_active_backup_loses_all_until_the_monitor_has_acted(options: dict[str, int], bound: float, verb: str) -> None:
    virtual = machine(**options)
    at, gone = drop(virtual, verb)
    outage = notified_of_failover(virtual, at)
    assert bound - options.get("miimon", 100) / 1000 < outage <= bound + 0.001
    assert gone[0] == pytest.approx(at, abs=PERIOD)
    assert gone == pytest.approx([gone[0] + n * PERIOD for n in range(len(gone))], abs=1e-9)
    assert len(gone) * PERIOD == pytest.approx(outage, abs=PERIOD + TRIP)


def test_a_cut_shorter_than_the_monitor_waits_loses_just_its_own_length() -> None:
    virtual = machine(downdelay=400)
    stream = virtual.probing.start(flows(1), PERIOD)
    virtual.let_pass(0.5013)
    do(virtual, "cut", "eno1")
    virtual.let_pass(0.2)
    do(virtual, "plug", "eno1")
    virtual.let_pass(1.0)
    assert len(lost(stream.take())) == 40
    assert virtual.bond.options.active_slave == 11


def test_a_bond_that_nothing_watches_loses_all() -> None:
    at, gone = drop(machine(miimon=0), "cut")
    assert len(gone) == 2.5 / PERIOD
    assert gone[0] == pytest.approx(at, abs=PERIOD)


@pytest.mark.parametrize("mode", [BALANCE_RR, BALANCE_XOR, BROADCAST, LACP])
@pytest.mark.parametrize("verb", ["cut", "set_down"])
def test_modes_that_see_the_carrier_lose_what_is_under_way_and_no_more(mode: int, verb: str) -> None:
    at, gone = drop(machine(mode, miimon=100), verb, count=8)
    assert all(at - TRIP < each < at for each in gone)


@pytest.mark.parametrize("mode", [ACTIVE_BACKUP, BALANCE_RR, BALANCE_XOR, BROADCAST, LACP, BALANCE_TLB, BALANCE_ALB])
def test_what_is_under_way_over_a_link_that_fails_is_lost(mode: int) -> None:
    virtual = machine(mode, slaves=1)
    stream = virtual.probing.start(flows(1), 1.0)
    virtual.let_pass(1.0006)
    do(virtual, "cut", "eno1")
    virtual.let_pass(0.5)
    assert [(each.number, each.kind) for each in stream.take()] == [(0, SENT), (0, ANSWERED), (1, SENT)]


def test_what_is_sent_into_a_dead_cable_does_not_wait_for_it_to_come_back() -> None:
    virtual = machine(slaves=1)
    stream = virtual.probing.start(flows(1), 1.0)
    virtual.let_pass(0.0004)
    do(virtual, "cut", "eno1")
    virtual.let_pass(0.0002)
    do(virtual, "plug", "eno1")
    virtual.let_pass(0.5)
    assert [each.kind for each in stream.take()] == [SENT]


@pytest.mark.parametrize("mode", [BALANCE_TLB, BALANCE_ALB])
def test_balancing_loses_answers_until_the_monitor_has_acted(mode: int) -> None:
    virtual = machine(mode)
    stream = virtual.probing.start([Flow(Target(f"192.168.10.{host}")) for host in range(1, 9)], PERIOD)
    virtual.let_pass(0.5013)
    at = do(virtual, "cut", "eno1")
    virtual.let_pass(1.0)
    gone = lost([each for each in stream.take() if each.at < virtual.clock - TRIP])
    assert at + 0.05 < gone[-1] < at + 0.1
    assert gone == [each for each in gone if at - TRIP < each]


def test_a_silent_lacp_partner_takes_its_own_flows_along_until_the_timeout() -> None:
    virtual = machine(LACP)
    stream = virtual.probing.start(flows(8), 0.05)
    virtual.let_pass(1.0)
    at = do(virtual, "silence", "eno1")
    virtual.let_pass(6.0)
    news = stream.take()
    spared = {each.flow for each in news} - {each.flow for each in news if each.at in set(lost(news))}
    gone = lost(news)
    assert 2.0 < gone[-1] - at < 3.2
    assert spared
    assert len(spared) < 8


def test_a_silent_link_of_a_round_robin_bond_loses_a_part_for_ever() -> None:
    virtual = machine(BALANCE_RR)
    do(virtual, "silence", "eno1")
    stream = virtual.probing.start(flows(1), PERIOD)
    virtual.let_pass(60.0)
    news = stream.take()
    assert 0.25 < len(lost(news)) / len([each for each in news if each.kind == SENT]) < 0.8


def test_going_back_to_the_primary_loses_nothing_when_the_peers_are_told() -> None:
    virtual = machine(primary=11, updelay=200)
    do(virtual, "set_down", "eno1")
    virtual.let_pass(1.0)
    _, gone = drop(virtual, "set_up")
    assert gone == []
    assert virtual.bond.active is not None
    assert virtual.bond.active.name == "eno1"


def test_going_back_to_a_switch_port_that_does_not_forward_yet_loses_all() -> None:
    virtual = VirtualMachine("spanning-tree")
    do(virtual, "set_down", "eno1")
    virtual.let_pass(5.0)
    at, gone = drop(virtual, "set_up")
    assert 1.2 < len(gone) * PERIOD < 1.3
    assert gone[-1] == pytest.approx(at + 0.4 + 1.3, abs=PERIOD)


def test_every_copy_of_a_broadcast_is_answered() -> None:
    virtual = machine(BROADCAST, slaves=3)
    stream = virtual.probing.start(flows(1), 0.1)
    virtual.let_pass(1.0)
    assert Counter(each.kind for each in stream.take()) == {SENT: 10, ANSWERED: 10, AGAIN: 20}


# What the counters tell.


def carried(virtual: VirtualMachine, seconds: float) -> dict[str, tuple[int, int]]:
    """How many packets each slave counts in so many seconds."""
    before = counted(virtual.bond)
    virtual.let_pass(seconds)
    after = counted(virtual.bond)
    return {name: (after[name][0] - sent, after[name][1] - heard) for name, (sent, heard) in before.items()}


def test_the_counters_of_the_slaves_and_of_the_bond_hold_the_probes() -> None:
    with_probes, without = machine(), machine()
    stream = with_probes.probing.start(flows(1), PERIOD)
    for each in (with_probes, without):
        each.let_pass(1.0)
    assert len(stream.take()) == 400
    for name in ("bond0", "eno1", "eno2"):
        one, other = (
            next(link.counters for link in each.source.read().links if link.name == name)
            for each in (with_probes, without)
        )
        assert one is not None
        assert other is not None
        count = 0 if name == "eno2" else 200
        extra = (98 * count, count, 0, 0, 98 * count, count, 0, 0)
        assert tuple(a - b for a, b in zip(one, other, strict=True)) == extra


def test_flows_without_a_source_port_get_one_each() -> None:
    virtual, without = machine(LACP), machine(LACP)
    virtual.probing.start([Flow(GATEWAY)] * 16, PERIOD)
    more = {
        name: sent - carried_without[0]
        for (name, (sent, _)), carried_without in zip(
            carried(virtual, 1.0).items(), carried(without, 1.0).values(), strict=True
        )
    }
    assert sum(more.values()) == pytest.approx(3200, abs=20)
    assert min(more.values()) > 100


def test_probes_count_at_once() -> None:
    meter = Meter(0, 0.0, BEFORE_ENSLAVED)
    assert meter.read(1.0) == BEFORE_ENSLAVED
    meter.probes(sent=2, received=1)
    more = meter.read(1.0)
    assert (more.tx_packets, more.rx_packets) == (BEFORE_ENSLAVED.tx_packets + 2, BEFORE_ENSLAVED.rx_packets + 1)


def test_nothing_arrives_by_a_switch_port_that_does_not_forward() -> None:
    virtual = VirtualMachine("spanning-tree")
    do(virtual, "set_down", "eno1")
    virtual.let_pass(5.0)
    do(virtual, "set_up", "eno1")
    virtual.let_pass(0.6)
    sent, heard = carried(virtual, 0.5)["eno1"]
    assert virtual.bond.options.active_slave == virtual.slave("eno1").ifindex
    assert sent > 1000
    assert heard == 0
    virtual.let_pass(1.0)
    assert carried(virtual, 0.5)["eno1"][1] > 1000


def test_a_dead_slave_counts_nothing() -> None:
    virtual = machine(miimon=0)
    do(virtual, "cut", "eno1")
    virtual.probing.start(flows(1), PERIOD)
    assert carried(virtual, 1.0)["eno1"] == (0, 0)


def crossed(driver: Driver, flow: Flow) -> tuple[frozenset[int], frozenset[int]]:
    """The slaves that carry a flow one way and the other, as the driver knows it."""
    bond = driver.bonds[flow.device]
    known = keys(flow, flow.target.address, flow.source_port or 0, bond.spec.options)
    out: set[int] = set()
    back: set[int] = set()
    for number in range(4):
        for over in ways_out(bond, known, number):
            out.add(over.nic.ifindex)
            by = way_back(bond, known, number, over, driver.now)
            back |= {by.nic.ifindex} if by else set()
    return frozenset(out), frozenset(back)


@pytest.mark.parametrize(("scenario", "bond"), [("lacp", 0), *(("all-modes", number) for number in range(7))])
@pytest.mark.parametrize("start_at", [30.0, 131.7, 3600.4])
def test_the_counters_tell_which_slaves_a_flow_crosses(scenario: str, bond: int, start_at: float) -> None:
    """A burst of one flow stands out from the traffic of the scenario."""
    virtual = VirtualMachine(scenario, start_at=start_at)
    chosen = virtual.watcher.latest.bonds[bond]
    target = virtual.probing.candidates(chosen)[0].target
    asked = [Flow(target, chosen.name, 65_024 + 2 * number) for number in range(4)]
    stream = virtual.probing.start(asked, PERIOD)

    def count() -> Counted:
        reading = virtual.source.read()
        return packets(fold.took(Monitor(), reading).bonds[bond], reading.at.mono)

    for number, flow in enumerate(asked):
        pairs = []
        for _ in range(3):
            stream.choose([])
            virtual.let_pass(0.02)
            first = count()
            stream.choose([number])
            virtual.let_pass(0.06)
            stream.choose([])
            virtual.let_pass(0.02)
            second = count()
            virtual.let_pass(0.08)
            pairs.append((first, second, count()))
        found = crossing(pairs, [12, 12, 12], [slave.ifindex for slave in chosen.slaves])
        with virtual.source.driver_now() as driver:
            assert (found.sent_over, found.received_over) == crossed(driver, flow), found.evidence
        assert found.sent_over
        assert found.received_over
