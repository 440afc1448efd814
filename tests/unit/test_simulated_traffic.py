"""Simulated counters: they never go back, they belong together, and they follow the active slave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.monitor import Monitor
from bondtui.model.bond import BROADCAST, Counters
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import MACHINES
from bondtui.simulated.play import monitor_at
from bondtui.simulated.slave import BEFORE_ENSLAVED
from bondtui.simulated.traffic import Wave


def rate(monitor: Monitor, name: str) -> tuple[float, float]:
    ifindex = next(link.ifindex for link in monitor.links.values() if link.name == name)
    rates = monitor.tracks[ifindex].rates
    assert rates is not None
    return rates.rx_bits, rates.tx_bits


@given(number=st.integers(0, 200), at=st.floats(-200, 1e6), seconds=st.floats(0.001, 500))
def test_traffic_never_flows_backwards(number: int, at: float, seconds: float) -> None:
    wave = Wave(number)
    grown = wave.integral(at + seconds) - wave.integral(at)
    assert 0.1 * seconds < grown < 4 * seconds


def test_traffic_wanders() -> None:
    wave = Wave(7)
    samples = [wave.integral(second + 1) - wave.integral(second) for second in range(300)]
    assert max(samples) > 2 * min(samples)
    assert sum(samples) / 300 == pytest.approx(1.2, abs=0.3)


@pytest.mark.parametrize("scenario", MACHINES)
def test_counters_grow_and_a_bond_has_what_its_slaves_had_since_they_were_enslaved(scenario: str) -> None:
    driver = MACHINES[scenario]()
    last: dict[int, Counters] = {}
    for step in range(400):
        driver.advance(step * 0.37)
        links = driver.reading().links
        counted = {link.ifindex: link.counters for link in links if link.counters}
        for ifindex, counters in counted.items():
            assert all(after >= before for before, after in zip(last.get(ifindex, counters), counters, strict=True))
        for bond in (link for link in links if link.bond):
            each = [link.counters for link in links if link.master == bond.ifindex and link.counters]
            assert bond.counters == tuple(
                sum(column) - before * len(each)
                for column, before in zip(zip(*each, strict=True), BEFORE_ENSLAVED, strict=True)
            )
        last = counted


@pytest.mark.parametrize("scenario", MACHINES)
def test_packets_fit_their_bytes(scenario: str) -> None:
    for link in monitor_at(scenario, 5).links.values():
        assert link.counters is not None
        assert 60 < link.counters.rx_bytes / link.counters.rx_packets < 1600
        assert 60 < link.counters.tx_bytes / link.counters.tx_packets < 1600


def test_no_slave_carries_more_than_its_link() -> None:
    for scenario in MACHINES:
        monitor = monitor_at(scenario, 120)
        for bond in monitor.bonds:
            for slave in bond.slaves:
                fastest = max(
                    max(sample.rx_bits, sample.tx_bits)
                    for sample in monitor.tracks[slave.ifindex].samples
                    if sample is not None
                )
                assert fastest < 25e9
                assert slave.hardware.speed_mbps is None or fastest < slave.hardware.speed_mbps * 1e6


def test_traffic_goes_over_with_the_active_slave() -> None:
    before, after = monitor_at("failover", 7), monitor_at("failover", 12)
    assert rate(before, "eno1")[0] > 100e6
    assert 0 < rate(before, "eno2")[0] < 1e6
    assert rate(after, "eno1") == (0.0, 0.0)
    assert rate(after, "eno2")[1] > 50e6


def unwanted(driver: Driver) -> dict[str, int]:
    """The frames that nobody took, by the name of the interface."""
    return {link.name: link.errors.rx_nohandler or 0 for link in driver.reading().links if link.errors}


def test_the_backup_receives_broadcasts_that_nobody_takes() -> None:
    driver = MACHINES["failover"]()
    before = unwanted(driver)
    driver.advance(7.0)
    grown = {name: count - before[name] for name, count in unwanted(driver).items()}
    assert grown["eno1"] == 0 < grown["eno2"] == grown["bond0"]
    rates = monitor_at("failover", 7).tracks[3].rates
    assert rates is not None
    assert (rates.drops, rates.tx_bits) == (0, 0)
    assert rates.rx_bits > 0


def test_a_slave_that_goes_leaves_what_nobody_took_with_the_bond() -> None:
    driver = MACHINES["failover"]()
    before = unwanted(driver)
    driver.remove("eno2")
    assert unwanted(driver) == {"bond0": before["bond0"], "eno1": before["eno1"]}


def test_hashed_traffic_is_uneven_over_all_slaves() -> None:
    monitor = monitor_at("lacp", 20)
    first, second = (rate(monitor, name)[1] for name in ("ens1f0np0", "ens1f1np1"))
    assert min(first, second) > 0.1 * max(first, second)
    assert first != second


def test_an_idle_port_of_another_aggregator_sends_nothing() -> None:
    assert rate(monitor_at("lacp-split", 20), "ens1f1np1")[1] == 0.0


def test_broadcast_mode_sends_everything_everywhere() -> None:
    monitor = monitor_at("all-modes", 20)
    bond = monitor.bonds[BROADCAST]
    flows = {bond.options.mode: [rate(monitor, slave.name)[1] for slave in bond.slaves]}
    assert min(flows[BROADCAST]) > 1e6


def test_receive_errors_only_where_a_scenario_says_so() -> None:
    for scenario in MACHINES:
        errors = {link.name for link in monitor_at(scenario, 5).links.values() if link.counters and link.counters[2]}
        assert errors == ({"bond0", "eno1"} if scenario == "flapping" else set())


@pytest.mark.parametrize("scenario", MACHINES)
def test_received_errors_are_wrong_checksums_and_nothing_else(scenario: str) -> None:
    for link in monitor_at(scenario, 30).links.values():
        assert link.counters is not None
        assert link.errors is not None
        assert link.errors.rx_crc == link.counters.rx_errors
        assert sum(link.errors[:-1]) == link.errors.rx_crc


def test_wrong_checksums_rise_while_a_transceiver_dies() -> None:
    track = monitor_at("flapping", 30).tracks[2]
    assert track.errors is not None
    assert track.errors_before is not None
    assert track.errors_at is not None
    assert track.errors.rx_crc > track.errors_before.rx_crc > 0
    assert monitor_at("flapping", 30).tracks[3].errors_at is None
