"""What is around a simulated bond, and a network card that is taken out of the machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.model.bond import ACTIVE_BACKUP, BROADCAST, LACP, MODES_WITH_ACTIVE_SLAVE, Bond
from bondtui.model.host import HostFacts, Route
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import LACP_OPTIONS, MACHINES, OPTIONS, plain_bond
from bondtui.simulated.play import begun, watched

ENO1, ENO2 = 11, 12
BOND = 10


def machine(mode: int = ACTIVE_BACKUP, slaves: int = 2, primary: int | None = None) -> Driver:
    options = (LACP_OPTIONS if mode == LACP else OPTIONS)._replace(mode=mode, primary=primary)
    return Driver([plain_bond(options, slaves)])


def bond(driver: Driver) -> Bond:
    return begun(driver).bonds[0]


def routes(scenario: str) -> dict[str, tuple[Route, ...]]:
    """The default routes by the name of the bond."""
    driver = MACHINES[scenario]()
    return {each.name: driver.host(each.ifindex).default_routes for each in begun(driver).bonds}


def test_the_default_route_of_the_demo_leaves_through_its_bond() -> None:
    assert routes("failover") == {"bond0": (Route("default", "192.168.10.1", "bond0"),)}


def test_one_bond_of_the_healthy_machine_has_no_default_route() -> None:
    found = routes("healthy")
    assert [route.gateway for route in found["bond0"]] == ["192.168.10.1"]
    assert found["bond1"] == ()


@pytest.mark.parametrize("scenario", MACHINES)
def test_a_machine_has_at_most_one_default_route_and_nobody_is_logged_in(scenario: str) -> None:
    assert sum(map(len, routes(scenario).values())) <= 1
    driver = MACHINES[scenario]()
    for each in begun(driver).bonds:
        facts = driver.host(each.ifindex)
        assert facts._replace(default_routes=(), lost_links={}) == HostFacts()


def test_a_bond_that_is_not_there_has_no_surroundings() -> None:
    assert machine().host(99) == HostFacts()


def test_lost_links_are_told_by_their_age_for_ten_minutes() -> None:
    driver = machine()
    assert driver.host(BOND).lost_links == {ENO1: (), ENO2: ()}
    driver.cut("eno1")
    driver.advance(20.0)
    driver.plug("eno1")
    driver.advance(50.0)
    driver.cut("eno1")
    driver.advance(60.0)
    assert driver.host(BOND).lost_links == {ENO1: (60.0, 10.0), ENO2: ()}
    driver.advance(601.0)
    assert driver.host(BOND).lost_links == {ENO1: (551.0,), ENO2: ()}


def test_what_somebody_sets_down_has_not_lost_its_link() -> None:
    driver = machine()
    driver.set_down("eno1")
    driver.advance(1.0)
    driver.cut("eno1")
    driver.plug("eno1")
    driver.set_up("eno1")
    assert driver.host(BOND).lost_links == {ENO1: (), ENO2: ()}


@pytest.mark.parametrize("mode", range(7))
def test_a_card_that_is_taken_out_leaves_the_bond_to_the_others(mode: int) -> None:
    driver = machine(mode, slaves=3)
    monitor = watched(begun(driver), driver, 5.0)
    driver.remove("eno1")
    monitor = watched(monitor, driver, 20.0)
    (seen,) = monitor.bonds
    assert [slave.name for slave in seen.slaves] == ["eno2", "eno3"]
    assert all(slave.usable for slave in seen.slaves)
    assert seen.link.carrier
    assert (seen.active is not None) == (mode in MODES_WITH_ACTIVE_SLAVE)
    assert seen.options.ad_info is None or seen.options.ad_info.num_ports == 2
    assert "eno1" in [event.subject for event in monitor.events if "gone" in event.words or "deleted" in event.words]


def test_what_a_card_has_counted_stays_with_the_bond() -> None:
    driver = machine(BROADCAST, slaves=2)
    driver.advance(10.0)
    before = bond(driver).link.counters
    driver.remove("eno1")
    after = bond(driver).link.counters
    assert before is not None
    assert after is not None
    assert before == pytest.approx(after, abs=1)


def test_a_card_that_is_taken_out_never_gets_carrier_again() -> None:
    driver = MACHINES["healthy"]()
    driver.cut("eno1")
    driver.plug("eno1")
    driver.remove("eno1")
    assert [each.link for each in driver.advance(5.0) if each.ifindex == 2][-1] is None


def test_the_last_card_takes_the_carrier_with_it() -> None:
    driver = machine(slaves=1, primary=ENO1)
    driver.remove("eno1")
    driver.advance(1.0)
    empty = bond(driver)
    assert (empty.slaves, empty.active, empty.link.carrier, empty.options.primary) == ((), None, False, None)
    with pytest.raises(KeyError):
        driver.set_up("eno1")


@given(
    mode=st.sampled_from(range(7)),
    moments=st.lists(st.sampled_from([0.0, 0.03, 0.2, 1.0, 4.0]), min_size=4, max_size=4),
    faults=st.lists(st.sampled_from(["cut", "plug", "set_down", "set_up", "silence"]), min_size=4, max_size=4),
)
def test_cards_may_be_taken_out_at_any_moment(mode: int, moments: list[float], faults: list[str]) -> None:
    driver = machine(mode, slaves=4, primary=ENO2 if mode in MODES_WITH_ACTIVE_SLAVE else None)
    for number, (moment, fault) in enumerate(zip(moments, faults, strict=True), start=1):
        getattr(driver, fault)(f"eno{number}")
        driver.advance(driver.now + moment)
        driver.remove(f"eno{number}")
        driver.advance(driver.now + moment)
        seen = bond(driver)
        assert len(seen.slaves) == 4 - number
        assert seen.active is None or seen.active.usable or seen.active.state.mii_status != "down"
        if mode != LACP:
            driver.advance(driver.now + 1.0)
            assert bond(driver).link.carrier == any(slave.usable for slave in bond(driver).slaves)
