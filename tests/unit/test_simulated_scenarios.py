"""The scenarios: each plays, the same way every time, and shows what it promises."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bondtui.core.monitor import Monitor
from bondtui.simulated.machines import MACHINES
from bondtui.simulated.play import EPOCH, monitor_at
from bondtui.simulated.scenarios import DEFAULT, SCENARIOS


def log(monitor: Monitor) -> list[tuple[str, str]]:
    return [(event.subject, event.kind) for event in monitor.events]


def test_every_scenario_has_a_line_about_it() -> None:
    assert list(SCENARIOS) == list(MACHINES)
    assert DEFAULT == "failover"
    assert all(line and "\n" not in line for line in SCENARIOS.values())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_plays_for_five_minutes(scenario: str) -> None:
    monitor = monitor_at(scenario, 300.0)
    assert monitor.simulated
    assert monitor.at is not None
    assert monitor.at == (300.0, EPOCH + 300.0)
    assert len(monitor.tracks[monitor.bonds[0].ifindex].samples) == 240
    assert None not in monitor.tracks[monitor.bonds[0].ifindex].samples[1:]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_the_same_every_time(scenario: str) -> None:
    assert monitor_at(scenario, 63.21, interval=0.7) == monitor_at(scenario, 63.21, interval=0.7)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_interfaces_are_told_apart(scenario: str) -> None:
    reading = MACHINES[scenario]().reading()
    assert len({link.ifindex for link in reading.links}) == len(reading.links)
    assert len({link.name for link in reading.links}) == len(reading.links)
    slaves = [link for link in reading.links if link.slave]
    assert len({link.slave.perm_hwaddr for link in slaves if link.slave}) == len(slaves)
    assert len({reading.hardware[link.ifindex].bus_info for link in slaves}) == len(slaves)


def test_the_kernel_would_tell_of_every_option() -> None:
    for bond in monitor_at("all-modes", 0).bonds:
        untold = {name for name, value in bond.options._asdict().items() if value is None}
        assert untold <= {"active_slave", "primary", "ad_info", "lacp_strict"} | {
            name for name in bond.options._fields if name.startswith(("ad_actor", "ad_user")) and bond.options.mode != 4
        }


def test_failover_goes_over_and_back_in_every_lap() -> None:
    monitor = monitor_at("failover", 80.0)
    lap = [
        ("eno1", "carrier-lost"),
        ("eno1", "mii-changed"),
        ("bond0", "active-changed"),
        ("bond0", "peers-notified"),
        ("bond0", "igmp-resent"),
        ("eno1", "carrier-back"),
        ("eno1", "mii-changed"),
        ("bond0", "active-changed"),
        ("bond0", "peers-notified"),
        ("bond0", "igmp-resent"),
    ]
    assert log(monitor) == lap * 2
    assert not any(event.polled for event in monitor.events)
    first = monitor.events[:5]
    assert [event.cause for event in first] == [None, 1, 1, 1, 1]
    assert all(0 < (event.delta_ms or 0) <= 125 for event in first[1:])
    delays = [event.delta_ms for event in monitor.events if event.kind == "mii-changed"]
    assert len(set(delays)) == len(delays), "the monitor's tick is not hit at the same place twice"


@pytest.mark.parametrize("scenario", ["lacp", "lacp-split", "healthy", "all-modes"])
def test_nothing_happens_where_nothing_is_announced(scenario: str) -> None:
    assert monitor_at(scenario, 120.0).events == ()


def test_a_silent_partner_is_seen_to_expire_and_to_return() -> None:
    monitor = monitor_at("silent-partner", 50.0)
    kinds = [event.kind for event in monitor.events]
    assert kinds.index("lacp-expired") < kinds.index("aggregator-changed")
    states = [slave.state.actor_port_state for slave in monitor_at("silent-partner", 30.0).bonds[0].slaves]
    assert states == [63, 71]
    assert [slave.state.actor_port_state for slave in monitor.bonds[0].slaves] == [63, 63]


def test_flapping_failures_climb() -> None:
    start, later = (monitor_at("flapping", seconds) for seconds in (0, 60))
    failures = [monitor.bonds[0].slaves[0].state.link_failure_count or 0 for monitor in (start, later)]
    assert failures[1] - failures[0] >= 8
    assert later.tracks[later.bonds[0].slaves[0].ifindex].new_failures == failures[1] - failures[0]
    assert later.tracks[later.bonds[0].slaves[0].ifindex].downs_within(60.0) >= 8


def test_all_modes_are_there_and_one_bond_is_degraded() -> None:
    bonds = monitor_at("all-modes", 1).bonds
    assert [bond.options.mode for bond in bonds] == list(range(7))
    assert [bond.name for bond in bonds if not all(slave.usable for slave in bond.slaves)] == ["bond2"]


def test_the_list_of_scenarios_costs_nothing_at_start_up() -> None:
    code = "import sys, bondtui.simulated.scenarios; print([n for n in sys.modules if n.startswith('bondtui')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "['bondtui', 'bondtui.simulated', 'bondtui.simulated.scenarios']"
