"""802.3ad in the simulated driver: port states, aggregators, churn and silent partners."""

from __future__ import annotations

import pytest

from bondtui.core.lacp import NO_PARTNER
from bondtui.model.bond import Bond, LacpDetails, Lacpdus, Slave
from bondtui.simulated.driver import DAYS_UP, WARM_UP_S, Driver
from bondtui.simulated.machines import LACP_OPTIONS, MACHINES, OTHER_SWITCH, SWITCH, plain_bond
from bondtui.simulated.play import begun

ONE, OTHER = (SWITCH, 17), (OTHER_SWITCH, 18)


def machine(*partners: tuple[str, int], speaks: bool = True, speeds: tuple[int, ...] = (), **options: object) -> Driver:
    """``bond0`` with one port per partner: ``eno1``, ``eno2``, ..."""
    spec = plain_bond(LACP_OPTIONS._replace(**options), slaves=len(partners) or 2)  # type: ignore[arg-type]
    nics = (
        nic._replace(
            partner=(*(*partners, ONE, ONE)[number], 101 + number),
            speaks=speaks,
            speed_mbps=(*speeds, *[nic.speed_mbps] * 3)[number],
        )
        for number, nic in enumerate(spec.nics)
    )
    return Driver([spec._replace(nics=tuple(nics))])


def bond(driver: Driver) -> Bond:
    return begun(driver).bonds[0]


def port(driver: Driver, number: int) -> Slave:
    return bond(driver).slaves[number - 1]


def states(driver: Driver, number: int) -> tuple[int | None, int | None]:
    state = port(driver, number).state
    return state.actor_port_state, state.partner_port_state


def seen_states(driver: Driver, number: int, seconds: float) -> list[tuple[float, int | None, int | None]]:
    """Each change of the port's two states: seconds from now, actor, partner."""
    start, last = driver.now, states(driver, number)
    seen = [(0.0, *last)]
    for step in range(1, round(seconds * 100) + 1):
        driver.advance(start + step / 100)
        if (now := states(driver, number)) != last:
            seen.append((round(driver.now - start, 2), *now))
            last = now
    return seen


def test_a_healthy_bond_has_settled_before_second_zero() -> None:
    driver = machine()
    assert [states(driver, 1), states(driver, 2)] == [(63, 63), (63, 63)]
    info = bond(driver).options.ad_info
    assert info is not None
    assert (info.num_ports, info.actor_key, info.partner_key, info.partner_mac) == (2, 15, 17, SWITCH)
    for slave in bond(driver).slaves:
        assert slave.state.aggregator_id == info.aggregator_id
        assert (slave.state.actor_churn, slave.lacp.actor_churn, slave.state.state) == ("none", "none", "active")
        assert slave.lacp.partner_system_mac == SWITCH
    assert driver.advance(600.0) == []


def test_slow_ports_are_as_healthy_without_the_timeout_bit() -> None:
    assert states(machine(lacp_rate="slow"), 1) == (61, 61)


def test_a_port_that_comes_back_negotiates_for_a_few_seconds() -> None:
    driver = machine()
    driver.cut("eno1")
    driver.advance(5.0)
    assert states(driver, 1) == (63, 63), "states of a lost link stay as they were"
    assert port(driver, 1).state.state == "backup"
    driver.plug("eno1")
    seen = seen_states(driver, 1, 10.0)
    assert [actor for _, actor, _ in seen] == [63, 71, 199, 7, 15, 63, 63]
    assert [partner for *_, partner in seen][-2:] == [15, 63]
    assert 2.0 < seen[-1][0] < 4.0
    assert port(driver, 1).state.actor_churn == "monitoring"
    driver.advance(driver.now + 60.0)
    assert port(driver, 1).state.actor_churn == "none"


@pytest.mark.parametrize(("rate", "low", "high"), [("fast", 2.0, 3.2), ("slow", 60.0, 90.2)])
def test_a_silent_partner_expires_and_is_forgotten_three_seconds_later(rate: str, low: float, high: float) -> None:
    driver = machine(lacp_rate=rate)
    driver.advance(3.3)
    driver.silence("eno2")
    healthy, expired, defaulted = seen_states(driver, 2, high + 5)
    short = 2 if rate == "fast" else 0
    assert healthy[1:] == (61 | short, 61 | short)
    assert expired[1:] == (141 | short, 55)
    assert low < expired[0] <= high
    assert defaulted[1:] == (69 | short, 0)
    assert defaulted[0] - expired[0] == pytest.approx(3.0, abs=0.15)
    assert port(driver, 2).state.state == "backup"
    assert port(driver, 2).lacp.partner_system_mac == NO_PARTNER
    assert port(driver, 2).state.aggregator_id != port(driver, 1).state.aggregator_id
    info = bond(driver).options.ad_info
    assert info is not None
    assert info.num_ports == 1
    assert port(driver, 2).link.carrier
    assert port(driver, 2).state.mii_status == "up"


def test_only_the_change_of_role_is_told() -> None:
    driver = machine()
    driver.silence("eno2")
    messages = driver.advance(20.0)
    assert [(each.link.name, each.link.slave.state) for each in messages if each.link and each.link.slave] == [
        ("eno2", "backup")
    ]


def test_a_partner_that_speaks_again_is_taken_back_within_two_seconds() -> None:
    driver = machine()
    driver.silence("eno2")
    driver.advance(20.0)
    driver.speak("eno2")
    driver.advance(22.0)
    assert states(driver, 2) == (63, 63)
    assert port(driver, 2).state.aggregator_id == port(driver, 1).state.aggregator_id


def test_a_short_silence_goes_unnoticed() -> None:
    driver = machine()
    driver.silence("eno2")
    driver.advance(1.5)
    driver.speak("eno2")
    assert driver.advance(20.0) == []
    assert states(driver, 2) == (63, 63)


def test_when_all_partners_are_silent_one_port_goes_on_and_the_carrier_stays() -> None:
    driver = machine()
    driver.silence("eno1")
    driver.silence("eno2")
    driver.advance(20.0)
    assert sorted(states(driver, number)[0] or 0 for number in (1, 2)) == [71, 79]
    assert [slave.state.state for slave in bond(driver).slaves].count("active") == 1
    assert bond(driver).link.carrier
    info = bond(driver).options.ad_info
    assert info is not None
    assert (info.num_ports, info.partner_mac) == (1, NO_PARTNER)


def test_a_port_whose_partner_speaks_is_preferred_to_one_without_a_partner() -> None:
    driver = machine(ONE, OTHER)
    driver.silence("eno1")
    driver.silence("eno2")
    driver.advance(20.0)
    lone = next(slave.name for slave in bond(driver).slaves if slave.state.state == "active")
    other = {"eno1": "eno2", "eno2": "eno1"}[lone]
    driver.speak(other)
    driver.advance(25.0)
    assert [slave.name for slave in bond(driver).slaves if slave.state.state == "active"] == [other]


def test_a_switch_that_never_speaks_lacp_churns() -> None:
    driver = machine(speaks=False)
    assert sorted(states(driver, number)[0] or 0 for number in (1, 2)) == [71, 79]
    assert {slave.state.partner_churn for slave in bond(driver).slaves} == {"churned"}


def test_ports_of_two_switches_split_and_one_idles() -> None:
    driver = machine(ONE, OTHER)
    first, second = bond(driver).slaves
    assert first.state.aggregator_id != second.state.aggregator_id
    assert (first.lacp.partner_system_mac, second.lacp.partner_system_mac) == (SWITCH, OTHER_SWITCH)
    assert (states(driver, 1), first.state.state) == ((63, 63), "active")
    assert (states(driver, 2), second.state.state) == ((7, 15), "backup")
    assert second.state.actor_churn == "churned"


def test_the_other_aggregator_takes_over_when_the_active_one_is_lost() -> None:
    driver = machine(ONE, OTHER)
    driver.cut("eno1")
    driver.advance(1.0)
    assert (states(driver, 2), port(driver, 2).state.state) == ((63, 63), "active")
    driver.plug("eno1")
    driver.advance(20.0)
    assert port(driver, 1).state.state == "backup", "stable: the aggregator that works is kept"


@pytest.mark.parametrize(("policy", "expected"), [("stable", "eno3"), ("count", "eno1"), ("bandwidth", "eno1")])
def test_the_selection_policy_decides_which_aggregator_is_active(policy: str, expected: str) -> None:
    driver = machine(ONE, ONE, OTHER, ad_select=policy)
    driver.cut("eno1")
    driver.cut("eno2")
    driver.advance(5.0)
    driver.plug("eno1")
    driver.plug("eno2")
    driver.advance(20.0)
    assert next(slave.name for slave in bond(driver).slaves if slave.state.state == "active") == expected


def test_ports_of_different_speed_do_not_aggregate() -> None:
    first, second = bond(machine(speeds=(10_000, 25_000))).slaves
    assert first.state.aggregator_id != second.state.aggregator_id


def test_too_few_links_take_the_carrier() -> None:
    driver = machine(min_links=2)
    assert bond(driver).link.carrier
    driver.cut("eno1")
    driver.advance(1.0)
    assert not bond(driver).link.carrier
    driver.plug("eno1")
    driver.advance(5.0)
    assert bond(driver).link.carrier


def test_all_links_lost_leave_no_active_aggregator() -> None:
    driver = machine()
    driver.cut("eno1")
    driver.set_down("eno2")
    driver.advance(1.0)
    assert bond(driver).options.ad_info is None
    assert not bond(driver).link.carrier


def lacpdus(driver: Driver, number: int) -> Lacpdus:
    found = port(driver, number).lacpdus
    assert found is not None
    return found


def grown(driver: Driver, number: int, seconds: float) -> tuple[int, int]:
    """How many LACPDUs the port receives and sends in the next so many seconds."""
    before = lacpdus(driver, number)
    driver.advance(driver.now + seconds)
    after = lacpdus(driver, number)
    return after.rx - before.rx, after.tx - before.tx


@pytest.mark.parametrize(("rate", "period"), [("fast", 1.0), ("slow", 30.0)])
def test_each_end_sends_as_often_as_the_other_asks(rate: str, period: float) -> None:
    driver = machine(lacp_rate=rate)
    assert grown(driver, 1, 20 * period) == (20, 20)
    counted = lacpdus(driver, 2)
    assert (counted.unknown_rx, counted.illegal_rx) == (0, 0)
    always = (DAYS_UP * 86_400 + WARM_UP_S) / period + 20
    assert counted.rx == pytest.approx(always, abs=6)
    assert counted.tx == pytest.approx(always, abs=6)


def test_nothing_more_is_received_of_a_silent_partner_and_the_port_goes_on_sending() -> None:
    driver = machine(lacp_rate="slow")
    driver.silence("eno2")
    received, sent = grown(driver, 2, 300.0)
    assert received == 0
    assert 10 <= sent < 25
    driver.speak("eno2")
    received, _ = grown(driver, 2, 300.0)
    assert 10 <= received < 20


def test_without_a_link_nothing_is_sent_or_received() -> None:
    driver = machine()
    driver.cut("eno2")
    driver.advance(1.0)
    assert grown(driver, 2, 100.0) == (0, 0)
    assert grown(driver, 1, 100.0) == (100, 100)


def test_a_switch_without_lacp_sends_nothing_and_is_sent_to_slowly() -> None:
    driver = machine(speaks=False)
    assert lacpdus(driver, 1).rx == 0
    assert grown(driver, 1, 300.0) == (0, 10)


@pytest.mark.parametrize("scenario", [name for name in MACHINES if MACHINES[name]().reading().lacpdus])
def test_lacpdus_are_the_same_however_often_they_are_read_and_never_go_back(scenario: str) -> None:
    often, seldom = MACHINES[scenario](), MACHINES[scenario]()
    last = dict(often.reading().lacpdus)
    for step in range(1, 500):
        often.advance(step * 0.29)
        now = often.reading().lacpdus
        assert all(
            after >= before for ifindex in now for before, after in zip(last[ifindex], now[ifindex], strict=True)
        )
        last = dict(now)
    seldom.advance(often.now)
    assert seldom.reading().lacpdus == last


def test_only_ports_count_lacpdus_and_have_a_priority() -> None:
    reading = MACHINES["healthy"]().reading()
    ports = {link.ifindex for link in reading.links if link.slave and link.slave.aggregator_id is not None}
    assert len(ports) == 2
    assert reading.lacpdus.keys() == reading.lacp.keys() == ports
    for link in reading.links:
        if link.slave:
            assert link.slave.actor_port_prio == (255 if link.ifindex in ports else None)


def test_the_details_are_whole() -> None:
    slave = port(machine(ad_actor_sys_prio=40_000), 2)
    assert slave.lacp == LacpDetails(
        partner_system_mac=SWITCH,
        partner_key=17,
        partner_port=102,
        actor_churn="none",
        partner_churn="none",
        actor_churned_count=0,
        partner_churned_count=0,
        actor_system_mac=bond(machine()).link.hwaddr,
        actor_system_priority=40_000,
        actor_key=15,
        actor_port=2,
        actor_port_priority=255,
        partner_system_priority=32_768,
        partner_port_priority=32_768,
    )


def test_a_partner_that_was_never_heard_is_what_the_driver_assumes() -> None:
    details = port(machine(speaks=False), 2).lacp
    assert details[:3] == (NO_PARTNER, 1, 1)
    assert (details.partner_system_priority, details.partner_port_priority) == (65_535, 255)


def test_the_details_have_no_key_without_a_link() -> None:
    driver = machine()
    driver.cut("eno2")
    driver.advance(1.0)
    assert port(driver, 2).lacp.actor_key == 0


def test_churns_are_counted() -> None:
    driver = machine()
    driver.advance(3.3)
    driver.silence("eno2")
    driver.advance(100.0)
    details = port(driver, 2).lacp
    assert (details.partner_churn, details.partner_churned_count) == ("churned", 1)
    driver.speak("eno2")
    driver.advance(200.0)
    assert (port(driver, 2).lacp.partner_churn, port(driver, 2).lacp.partner_churned_count) == ("none", 1)
    assert port(driver, 1).lacp[5:7] == (0, 0)
