"""What the driver is predicted to do, beside the kernel's own rules (drivers/net/bonding/bond_main.c)."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.actions.prediction import detection_ms, partner_notices_ms, predicted, recovery_ms
from bondtui.core.lacp import TIMEOUT as LACP_TIMEOUT
from bondtui.model.action import ACTIVATE, UP
from bondtui.model.bond import Bond, BondOptions, Hardware, Slave
from tests.builders import a_bond, a_lacp_bond, a_lost_slave, a_pair, a_port, a_situation, a_slave

MIIMON = BondOptions(miimon=100, updelay=200, downdelay=400, arp_interval=0)
ARP = BondOptions(miimon=0, arp_interval=250, arp_ip_targets=("192.0.2.1",))


@pytest.mark.parametrize(
    ("options", "noticed", "taken_back"),
    [
        (MIIMON, 500, 300),
        (MIIMON._replace(updelay=0, downdelay=0), 100, 100),
        (MIIMON._replace(updelay=None, downdelay=None), 100, 100),
        (MIIMON._replace(miimon=1000, downdelay=0), 1000, 1200),
        (ARP._replace(arp_missed_max=2), 750, 750),
        (ARP._replace(arp_missed_max=3), 1000, 1000),
        (ARP._replace(arp_missed_max=2, arp_validate="all"), 750, 750),
        (ARP._replace(arp_missed_max=2, arp_validate="none"), 875, 750),
        (ARP._replace(arp_missed_max=2, arp_validate="backup"), 875, 750),
        (ARP._replace(arp_missed_max=1), 500, 500),
        (ARP, 750, 750),
        (ARP._replace(arp_interval=500, arp_missed_max=3), 2000, 2000),
        (BondOptions(miimon=0, arp_interval=0, downdelay=400), None, None),
        (BondOptions(), None, None),
    ],
)
def test_how_long_the_driver_needs_to_notice(options: BondOptions, noticed: int | None, taken_back: int | None) -> None:
    assert (detection_ms(options), recovery_ms(options)) == (noticed, taken_back)


@pytest.mark.parametrize(
    ("mode", "options", "outage"),
    [
        (1, {"miimon": 100}, 100),
        (1, {"miimon": 100, "downdelay": 400}, 500),
        (1, {"miimon": 1000}, 1000),
        (1, {"miimon": 0, "arp_interval": 100}, 300),
        (1, {"miimon": 0, "arp_interval": 500, "arp_missed_max": 3}, 2000),
        (1, {"miimon": 0}, None),
        (5, {"miimon": 100, "downdelay": 200}, 300),
        (6, {"miimon": 100}, 100),
        *((mode, options, None) for mode in (0, 2) for options in ({"miimon": 100, "downdelay": 400}, {"miimon": 0})),
        *((3, options, 0) for options in ({"miimon": 100, "downdelay": 400}, {"miimon": 0})),
        *((4, options, 3100) for options in ({"miimon": 100, "downdelay": 400}, {"miimon": 1000})),
        (9, {"miimon": 100}, None),
    ],
)  # fmt: skip
def test_the_worst_outage_when_the_slave_that_carries_is_set_down(
    mode: int, options: dict[str, Any], outage: int | None
) -> None:
    bond = a_lacp_bond(**options) if mode == 4 else a_pair(mode=mode, **options)
    assert predicted(a_situation(bond))[0] == outage


@pytest.mark.parametrize(
    ("partner", "outage", "words"),
    [
        (63, 3100, "else by LACP, within 3.1 s."),
        (63 & ~LACP_TIMEOUT, 90_100, "else by LACP, within 90.1 s."),
    ],
)
def test_an_lacp_partner_misses_a_port_as_late_as_its_own_timeout_says(partner: int, outage: int, words: str) -> None:
    for rate in ("fast", "slow"):  # what this end asks of the partner says nothing of what the partner asks of us
        bond = a_lacp_bond(a_port("eno1", 2, partner=partner), a_port("eno2", 3), lacp_rate=rate)
        told, said = predicted(a_situation(bond))
        assert (told, said.endswith(words)) == (outage, True)


def test_a_partner_whose_state_is_unknown_has_no_bound() -> None:
    assert partner_notices_ms(a_port(partner=None)) is None


def effect(bond: Bond, kind: str = "down", slave: str = "eno1") -> str:
    return predicted(a_situation(bond, kind, slave))[1]


def three(*prios: int | None, active: int = 2, up: tuple[int, ...] = (2, 3, 4), **options: Any) -> Bond:
    """eno1, eno2 and eno3 with these prios; those that are not ``up`` are set down."""
    slaves: list[Slave] = []
    for index, prio in zip((2, 3, 4), prios or (0, 0, 0), strict=True):
        state: dict[str, Any] = {} if index in up else {"admin_up": False, "carrier": False, "mii": "down"}
        slaves.append(a_slave(f"eno{index - 1}", index, prio=prio, **state))
    return a_bond(*slaves, **{"active_slave": active, **options})


@pytest.mark.parametrize(
    ("bond", "slave", "words"),
    [
        (a_pair(), "eno1", "eno2 takes over within about 100 ms."),
        (a_pair(downdelay=400), "eno1", "eno2 takes over within about 500 ms."),
        (three(), "eno1", "one of eno2 and eno3 takes over within about 100 ms."),
        (three(primary=4), "eno1", "eno3 takes over within about 100 ms."),
        (three(primary=4, primary_reselect="failure"), "eno1", "eno3 takes over within about 100 ms."),
        (three(0, 5, 10), "eno1", "eno3 takes over within about 100 ms."),
        (three(0, -5, None), "eno1", "eno3 takes over within about 100 ms."),
        (three(0, 5, 10, primary=3), "eno1", "eno2 takes over within about 100 ms."),
        (three(0, 5, 10, primary=3, up=(2, 4)), "eno1", "eno3 takes over within about 100 ms."),
        (three(0, 5, 5, primary=2), "eno1", "one of eno2 and eno3 takes over within about 100 ms."),
        (a_pair(), "eno2", "eno1 goes on carrying everything; eno2 is no longer there to take over."),
        (a_pair(active_slave=None), "eno2", "No traffic moves; eno2 is no longer there to take over."),
        (a_pair(mode=6), "eno1", "What eno1 carries moves to eno2 within about 100 ms; eno2 becomes the active slave."),
        (three(mode=5), "eno2", "What eno2 carries moves to eno1 and eno3 within about 100 ms; eno1 stays the active slave."),
        (a_pair(mode=5, active_slave=None), "eno2", "What eno2 carries moves to eno1 within about 100 ms; there is no active slave now."),
        (three(mode=3), "eno1", "Every frame still leaves through eno2 and eno3."),
        *((a_pair(mode=mode), "eno1", "What eno1 sends moves to eno2 at once; what the other end still sends to eno1 is lost until it notices, which nothing on this side bounds.") for mode in (0, 2)),
        (a_lacp_bond(), "eno1", "What eno1 sends moves to eno2 at once; what the other end still sends to eno1 is lost until it notices: at once where it sees the link go, else by LACP, within 3.1 s."),
        (a_pair(miimon=0), "eno1", "eno2 takes over at a time that no monitor bounds."),
        (a_bond(a_slave("eno1", 2)), "eno1", "bond0 carries nothing until eno1 is back."),
        (a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3)), "eno2", "eno2 carries nothing now, so no traffic moves."),
        (a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, aggregator=2)), "eno2", "eno2 carries nothing now, so no traffic moves."),
    ],
)  # fmt: skip
def test_what_becomes_of_the_traffic_when_a_slave_is_set_down(bond: Bond, slave: str, words: str) -> None:
    assert effect(bond, slave=slave) == words


@pytest.mark.parametrize(
    ("bond", "outage"),
    [
        (a_bond(a_slave("eno1", 2)), None),
        (a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3)), None),
        (a_bond(a_lost_slave("eno1", 2), a_slave("eno2", 3)), 0),
    ],
)
def test_the_outage_when_nobody_takes_over_or_nothing_moves(bond: Bond, outage: int | None) -> None:
    assert predicted(a_situation(bond))[0] == outage


USED = "eno1 can carry traffic again within about 100 ms if it has carrier"
FAST, SLOW = Hardware(10_000, "full"), Hardware(1_000, "full")


def down_beside(other: Hardware = SLOW, mine: Hardware = FAST, prio: int = 0, **options: Any) -> Bond:
    """eno1 is set down and eno2 is the active slave."""
    slaves = (
        a_slave("eno1", 2, admin_up=False, carrier=False, mii="down", hardware=mine, prio=prio),
        a_slave("eno2", 3, hardware=other),
    )
    return a_bond(*slaves, **{"active_slave": 3, **options})


@pytest.mark.parametrize(
    ("bond", "words"),
    [
        (down_beside(), "{}; eno2 stays the active slave."),
        (down_beside(primary=2), "{} and then becomes the active slave (primary, primary_reselect always)."),
        (down_beside(primary=2, primary_reselect="better"), "{} and then becomes the active slave (primary, primary_reselect better)."),
        (down_beside(FAST, SLOW, primary=2, primary_reselect="better"), "{}; eno2 stays the active slave."),
        (down_beside(FAST, FAST, primary=2, primary_reselect="better"), "{}; eno2 stays the active slave."),
        (down_beside(mine=Hardware(), primary=2, primary_reselect="better"), "{} and then becomes the active slave if it is faster than eno2 (primary, primary_reselect better)."),
        (down_beside(mine=Hardware(), primary_reselect="better"), "{}; eno2 stays the active slave."),
        (down_beside(mine=Hardware(), primary=2), "{} and then becomes the active slave (primary, primary_reselect always)."),
        (down_beside(primary=2, primary_reselect="failure"), "{}; eno2 stays the active slave."),
        (down_beside(primary=2, primary_reselect=None), "{}; eno2 stays the active slave."),
        (down_beside(prio=7), "{} and then becomes the active slave (prio 7)."),
        (down_beside(prio=7, primary_reselect="failure"), "{}; eno2 stays the active slave."),
        (down_beside(prio=7, primary_reselect="better"), "{} and then becomes the active slave (prio 7)."),
        (down_beside(FAST, SLOW, prio=7, primary_reselect="better"), "{}; eno2 stays the active slave."),
        (down_beside(prio=7, primary=3), "{}; eno2 stays the active slave."),
        (down_beside(prio=7, primary=99), "{} and then becomes the active slave (prio 7)."),
        (down_beside(prio=-7), "{}; eno2 stays the active slave."),
        (down_beside(active_slave=None), "{} and then becomes the active slave (there is none now)."),
        (down_beside(mode=0), "{}."),
        (down_beside(mode=3), "{}."),
        (down_beside(mode=6, primary=2), "{} and then becomes the active slave (primary, primary_reselect always)."),
        (down_beside(mode=4), "{}, once LACP has settled (2 to 5 s)."),
    ],
)  # fmt: skip
def test_what_becomes_of_a_slave_that_is_set_up(bond: Bond, words: str) -> None:
    assert effect(bond, UP) == words.format(USED)


def test_prio_counts_while_the_primary_is_down() -> None:
    bond = three(9, 0, 0, active=3, up=(3,), primary=4)
    assert "becomes the active slave (prio 9)" in effect(bond, UP)


def test_a_slave_that_is_set_up_waits_for_its_updelay() -> None:
    assert "within about 300 ms" in effect(down_beside(updelay=200), UP)
    assert "again at once if it has carrier" in effect(down_beside(miimon=0), UP)
    assert predicted(a_situation(down_beside(), UP))[0] == 0


HANDS_OVER = "eno1 hands over to eno2 at once, no traffic is lost in the driver"
TOLD = "; peers are told by gratuitous ARP"


@pytest.mark.parametrize(
    ("bond", "words"),
    [
        (a_pair(), f"{HANDS_OVER}{TOLD}."),
        (a_pair(num_peer_notif=0), f"{HANDS_OVER}; peers are not told (num_grat_arp 0)."),
        (a_pair(num_peer_notif=None), f"{HANDS_OVER}{TOLD}."),
        (a_pair(mode=6), f"{HANDS_OVER}."),
        (a_pair(primary=2), f"{HANDS_OVER}{TOLD}. eno1 takes over again the next time its link comes up (primary, primary_reselect always)."),
        (a_pair(primary=2, primary_reselect="failure"), f"{HANDS_OVER}{TOLD}."),
        (a_pair(primary=3), f"{HANDS_OVER}{TOLD}."),
        (three(9, 0, 0), f"{HANDS_OVER}{TOLD}. eno1 takes over again the next time its link comes up (prio 9)."),
        (three(0, 9, 0), f"{HANDS_OVER}{TOLD}."),
    ],
)  # fmt: skip
def test_what_a_change_of_the_active_slave_does(bond: Bond, words: str) -> None:
    assert predicted(a_situation(bond, ACTIVATE, "eno2")) == (0, words)
