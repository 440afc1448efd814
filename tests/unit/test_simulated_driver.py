"""What the simulated driver tells when something is done to a link: the kernel's messages in its order."""

from __future__ import annotations

import pytest

from bondtui.model.bond import ACTIVE_BACKUP, BALANCE_ALB, BALANCE_RR, BALANCE_TLB, BALANCE_XOR, LACP, Bond
from bondtui.model.reading import EVENT_FAILOVER, EVENT_NOTIFY_PEERS, EVENT_RESEND_IGMP, Heard
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import OPTIONS, plain_bond
from bondtui.simulated.play import begun

ENO1, ENO2 = 11, 12


def machine(mode: int = ACTIVE_BACKUP, **options: object) -> Driver:
    return Driver([plain_bond(OPTIONS._replace(mode=mode, **options))])  # type: ignore[arg-type]


def bond(driver: Driver) -> Bond:
    return begun(driver).bonds[0]


def active(driver: Driver) -> str | None:
    slave = bond(driver).active
    return slave.name if slave else None


def told(messages: list[Heard]) -> list[str]:
    """Each message in a few words: who, what about it matters, and the event code."""
    lines = []
    for each in messages:
        link = each.link
        assert link is not None
        if link.slave:
            words = [link.name, "carrier" if link.carrier else "dark", link.slave.mii_status, link.slave.state]
        else:
            words = [link.name, "carrier" if link.carrier else "dark", f"active={link.bond and link.bond.active_slave}"]
        words += [f"event={each.event}"] if each.event else []
        lines.append(" ".join(map(str, words)))
    return lines


def test_a_lost_cable_is_told_in_the_order_of_the_kernel() -> None:
    driver = machine(num_peer_notif=3)
    driver.cut("eno1")
    heard = driver.advance(1.0)
    assert told(heard) == [
        "eno1 dark up active",
        "eno1 dark down active",
        "eno1 dark down backup",
        "eno2 carrier up active",
        f"bond0 carrier active={ENO2} event={EVENT_FAILOVER}",
        f"bond0 carrier active={ENO2} event={EVENT_NOTIFY_PEERS}",
        f"bond0 carrier active={ENO2} event={EVENT_RESEND_IGMP}",
        f"bond0 carrier active={ENO2} event={EVENT_NOTIFY_PEERS}",
    ]
    times = [each.at.mono for each in heard]
    assert times == sorted(times)
    assert heard[0].at.mono == 0.0
    assert 0 < heard[1].at.mono <= 0.1
    assert heard[6].at.mono - heard[4].at.mono == pytest.approx(0.02, abs=0.001)
    assert heard[7].at.mono - heard[5].at.mono == pytest.approx(0.1, abs=0.001)


def test_a_cable_put_back_switches_back_to_the_primary() -> None:
    driver = machine(primary=ENO1)
    driver.cut("eno1")
    driver.advance(1.0)
    driver.plug("eno1")
    assert told(driver.advance(2.0)) == [
        "eno1 carrier down backup",
        "eno1 carrier up backup",
        "eno2 carrier up backup",
        "eno1 carrier up active",
        f"bond0 carrier active={ENO1} event={EVENT_FAILOVER}",
        f"bond0 carrier active={ENO1} event={EVENT_NOTIFY_PEERS}",
        f"bond0 carrier active={ENO1} event={EVENT_RESEND_IGMP}",
    ]


def test_a_cable_put_back_changes_nothing_without_a_primary() -> None:
    driver = machine()
    driver.cut("eno1")
    driver.advance(1.0)
    driver.plug("eno1")
    assert told(driver.advance(2.0)) == ["eno1 carrier down backup", "eno1 carrier up backup"]
    assert active(driver) == "eno2"


def test_the_last_slave_lost_takes_the_carrier_of_the_bond() -> None:
    driver = machine()
    driver.cut("eno2")
    driver.advance(1.0)
    driver.cut("eno1")
    assert told(driver.advance(2.0)) == [
        "eno1 dark up active",
        "eno1 dark down active",
        "eno1 dark down backup",
        "bond0 dark active=None",
    ]
    assert active(driver) is None


def test_recovery_from_total_loss_loses_the_only_notice_to_the_peers() -> None:
    driver = machine(num_peer_notif=1)
    driver.cut("eno1")
    driver.cut("eno2")
    driver.advance(1.0)
    driver.plug("eno2")
    assert told(driver.advance(2.0)) == [
        "eno2 carrier down backup",
        "eno2 carrier up backup",
        "eno2 carrier up active",
        f"bond0 dark active={ENO2} event={EVENT_FAILOVER}",
        f"bond0 carrier active={ENO2}",
        f"bond0 carrier active={ENO2} event={EVENT_RESEND_IGMP}",
    ]


def test_a_manual_switch_is_told_in_the_order_of_the_kernel() -> None:
    driver = machine(num_peer_notif=2)
    assert driver.set_active("bond0", "eno2")
    assert told(driver.advance(1.0)) == [
        "eno1 carrier up backup",
        "eno2 carrier up active",
        f"bond0 carrier active={ENO2} event={EVENT_FAILOVER}",
        f"bond0 carrier active={ENO2} event={EVENT_NOTIFY_PEERS}",
        f"bond0 carrier active={ENO2}",
        f"bond0 carrier active={ENO2} event={EVENT_RESEND_IGMP}",
        f"bond0 carrier active={ENO2} event={EVENT_NOTIFY_PEERS}",
    ]


def test_clearing_the_active_slave_chooses_anew() -> None:
    driver = machine(primary=ENO1)
    driver.set_active("bond0", "eno2")
    driver.advance(1.0)
    assert driver.set_active("bond0", None)
    assert active(driver) == "eno1"


@pytest.mark.parametrize("mode", sorted({BALANCE_RR, BALANCE_XOR, LACP}))
def test_modes_without_an_active_slave_refuse_a_manual_switch(mode: int) -> None:
    driver = machine(mode)
    assert not driver.set_active("bond0", "eno2")
    assert driver.advance(1.0) == []


def test_a_slave_that_is_down_cannot_be_made_active() -> None:
    driver = machine()
    driver.cut("eno2")
    driver.advance(1.0)
    assert not driver.set_active("bond0", "eno2")
    driver.set_down("eno1")
    driver.advance(2.0)
    driver.plug("eno2")
    assert not driver.set_active("bond0", "eno2"), "there is no active slave to take over from"


def test_set_down_is_noticed_by_the_monitor_and_set_up_again_too() -> None:
    driver = machine()
    driver.set_down("eno1")
    messages = driver.advance(1.0)
    assert messages[0].link is not None
    assert not messages[0].link.admin_up
    assert told(messages)[:4] == [
        "eno1 dark up active",
        "eno1 dark down active",
        "eno1 dark down backup",
        "eno2 carrier up active",
    ]
    driver.set_up("eno1")
    assert told(driver.advance(2.0)) == ["eno1 carrier down backup", "eno1 carrier up backup"]


def test_a_cable_pulled_from_an_interface_that_is_set_down_is_seen_only_when_it_is_set_up() -> None:
    driver = machine()
    driver.set_down("eno2")
    driver.advance(1.0)
    driver.cut("eno2")
    assert driver.advance(2.0) == []
    driver.set_up("eno2")
    assert told(driver.advance(3.0)) == ["eno2 dark down backup"]


def test_the_active_slave_of_balance_tlb_and_alb_changes_without_a_failover_event() -> None:
    for mode in (BALANCE_TLB, BALANCE_ALB):
        driver = machine(mode)
        driver.cut("eno1")
        events = {each.event for each in driver.advance(1.0)}
        assert events == {None, EVENT_RESEND_IGMP}
        assert active(driver) == "eno2"
        slaves = {slave.name: slave for slave in bond(driver).slaves}
        assert slaves["eno2"].link.hwaddr == bond(driver).link.hwaddr
        assert slaves["eno1"].link.hwaddr == slaves["eno2"].state.perm_hwaddr
        assert {slave.state.state for slave in slaves.values()} == {"active"}


def test_an_interface_that_is_not_there_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        machine().cut("eno9")
