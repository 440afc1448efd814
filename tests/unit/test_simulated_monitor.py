"""When the simulated MII monitor notices a change, and which slave the driver then chooses."""

from __future__ import annotations

import pytest

from bondtui.model.bond import ACTIVE_BACKUP, Bond
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import OPTIONS, failover_bond, plain_bond
from bondtui.simulated.play import begun

ENO1 = 11


def machine(speeds: tuple[int, int] = (10_000, 10_000), **options: object) -> Driver:
    spec = plain_bond(OPTIONS._replace(mode=ACTIVE_BACKUP, **options))  # type: ignore[arg-type]
    nics = (nic._replace(speed_mbps=speed) for nic, speed in zip(spec.nics, speeds, strict=True))
    return Driver([spec._replace(nics=tuple(nics))])


def bond(driver: Driver) -> Bond:
    return begun(driver).bonds[0]


def active(driver: Driver) -> str | None:
    slave = bond(driver).active
    return slave.name if slave else None


def names(driver: Driver, until: float) -> list[str]:
    """Whom the messages are about that come until then."""
    return [each.link.name for each in driver.advance(until) if each.link]


def mii(driver: Driver, name: str) -> str | None:
    return next(slave.state.mii_status for slave in bond(driver).slaves if slave.name == name)


def waited(driver: Driver, name: str, state: str, at_most: float = 5.0) -> float:
    """Seconds until the slave is in the state."""
    start = driver.now
    while driver.now < start + at_most:
        if mii(driver, name) == state:
            return driver.now - start
        driver.advance(driver.now + 0.005)
    raise AssertionError(f"{name} is not {state} after {at_most} s")


def test_carrier_comes_only_after_training() -> None:
    spec = failover_bond()
    driver = Driver([spec])
    driver.cut("eno1")
    driver.advance(1.0)
    driver.plug("eno1")
    driver.advance(1.1)
    driver.cut("eno1")
    driver.plug("eno1")
    back = driver.advance(5.0)
    assert back[0].at.mono == pytest.approx(1.1 + spec.nics[0].training)


@pytest.mark.parametrize(("miimon", "downdelay"), [(100, 0), (100, 400), (1000, 0), (50, 250)])
def test_a_loss_is_committed_within_one_interval_and_the_downdelay(miimon: int, downdelay: int) -> None:
    driver = machine(miimon=miimon, downdelay=downdelay)
    driver.advance(1.0)
    driver.cut("eno1")
    took = waited(driver, "eno1", "down")
    assert downdelay / 1000 < took <= (downdelay + miimon) / 1000 + 0.01
    assert active(driver) == "eno2"


@pytest.mark.parametrize(("miimon", "updelay"), [(100, 0), (100, 300), (50, 200)])
def test_a_return_is_committed_within_one_interval_and_the_updelay(miimon: int, updelay: int) -> None:
    driver = machine(miimon=miimon, updelay=updelay)
    driver.cut("eno2")
    driver.advance(3.0)
    driver.plug("eno2")
    took = waited(driver, "eno2", "up")
    assert updelay / 1000 < took <= (updelay + miimon) / 1000 + 0.01


def test_going_down_and_going_back_are_seen_by_reading_only() -> None:
    driver = machine(downdelay=300, updelay=300)
    driver.cut("eno1")
    assert names(driver, 0.2) == ["eno1"]
    assert mii(driver, "eno1") == "going down"
    driver.advance(1.0)
    driver.plug("eno1")
    assert names(driver, 1.2) == ["eno1"]
    assert mii(driver, "eno1") == "going back"


def test_a_blip_shorter_than_the_downdelay_costs_nothing() -> None:
    driver = machine(downdelay=400)
    driver.cut("eno1")
    driver.advance(0.25)
    driver.plug("eno1")
    assert names(driver, 2.0) == ["eno1", "eno1"]
    assert active(driver) == "eno1"
    assert bond(driver).slaves[0].state.link_failure_count == 0


def test_the_bond_loses_carrier_at_the_first_bad_look_although_the_downdelay_runs() -> None:
    driver = machine(downdelay=300)
    driver.cut("eno2")
    driver.advance(1.0)
    driver.cut("eno1")
    assert names(driver, 1.15) == ["eno1", "bond0"]
    assert not bond(driver).link.carrier
    assert (mii(driver, "eno1"), active(driver)) == ("going down", "eno1")


def test_updelay_is_ignored_when_there_is_no_active_slave() -> None:
    driver = machine(updelay=5000)
    driver.cut("eno1")
    driver.cut("eno2")
    driver.advance(1.0)
    driver.plug("eno1")
    driver.plug("eno2")
    driver.advance(1.2)
    assert (mii(driver, "eno1"), mii(driver, "eno2")) == ("up", "going back")


def test_a_slave_in_its_updelay_is_taken_early_when_there_is_no_other() -> None:
    driver = machine(updelay=5000)
    driver.cut("eno2")
    driver.advance(1.0)
    driver.plug("eno2")
    driver.advance(2.0)
    driver.cut("eno1")
    driver.advance(2.2)
    assert active(driver) == "eno2"
    assert mii(driver, "eno2") == "up"


def test_an_unmonitored_bond_notices_nothing() -> None:
    driver = machine(miimon=0)
    driver.cut("eno1")
    assert names(driver, 60.0) == ["eno1"]
    assert active(driver) == "eno1"


@pytest.mark.parametrize(
    ("reselect", "speeds", "expected"),
    [
        ("always", (10_000, 10_000), "eno1"),
        ("failure", (10_000, 10_000), "eno2"),
        ("better", (10_000, 10_000), "eno2"),
        ("better", (25_000, 10_000), "eno1"),
        ("better", (1_000, 10_000), "eno2"),
    ],
)
def test_the_primary_comes_back_as_the_policy_says(reselect: str, speeds: tuple[int, int], expected: str) -> None:
    driver = machine(primary=ENO1, primary_reselect=reselect, speeds=speeds)
    assert active(driver) == "eno1"
    driver.cut("eno1")
    driver.advance(1.0)
    driver.plug("eno1")
    driver.advance(2.0)
    assert active(driver) == expected
