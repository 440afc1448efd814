"""``bondtui status`` for people: everything that is known, in lines that control nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.model.bond import AdInfo, Bond, Hardware, LacpDetails
from bondtui.report import text
from tests.builders import (
    HOSTILE_NAMES,
    PARTNER,
    a_bond,
    a_lacp_bond,
    a_look,
    a_lost_slave,
    a_pair,
    a_port,
    a_slave,
)


def said(*bonds: Bond, simulated: bool = False) -> list[str]:
    return list(text.status(a_look(*bonds).bonds, simulated=simulated))


def holds(bond: Bond, *words: str) -> list[str]:
    """Those of the words that are missing."""
    whole = "\n".join(said(bond))
    return [each for each in words if each not in whole]


def test_the_verdict_comes_first() -> None:
    lines = said(a_bond(a_lost_slave("eno1", 2), a_slave("eno2", 3), active_slave=3))
    assert lines[0].startswith("bond0: AT RISK. eno1 has no carrier. Traffic is on eno2.")
    assert lines[1].startswith("  If eno2 fails, bond0 is down")
    assert lines[2].startswith("  Next: 'ethtool eno1'")


def test_the_worst_bond_comes_first() -> None:
    lines = said(a_pair(), a_bond(name="bond1", ifindex=11))
    starts = [line.partition(":")[0] for line in lines if line and not line.startswith(" ")]
    assert starts == ["bond1", "bond0"]
    assert "" in lines


def test_a_bond_is_told_whole() -> None:
    bond = a_pair(primary=2, lp_interval=5, peer_notif_delay=200, arp_ip_targets=("192.0.2.1", "192.0.2.2"))
    assert not holds(
        bond,
        "mode active-backup (1), up, operstate up, MII up, mtu 1500, MAC 02:00:00:00:00:0a, ifindex 10",
        "addresses 192.0.2.10/24",
        "active slave eno1, primary eno1",
        "miimon 100 ms",
        "peer_notif_delay 200 ms",
        "arp_ip_targets 192.0.2.1 192.0.2.2",
        "rx 0 bytes",
    )
    assert holds(bond, "lp_interval 5 s", "xmit_hash_policy") == ["lp_interval 5 s", "xmit_hash_policy"]


def test_a_slave_is_told_whole() -> None:
    slave = a_slave("eno9", 4, hardware=Hardware(2500, "full", "igc", "0000:01:00.0"), failures=7, carrier_changes=15)
    assert not holds(
        a_bond(slave),
        "eno9: ACTIVE, admin up, carrier up, MII up, speed 2.5G, duplex full",
        "link failures 7, carrier changes 15, queue 0, prio -, mtu 1500, ifindex 4",
        "permanent MAC 02:00:00:00:00:04",
        "driver igc, bus 0000:01:00.0",
    )


def test_what_is_not_known_is_a_dash() -> None:
    slave = a_slave("eno9", 4, mii=None, carrier=None, failures=None, state=None)
    assert not holds(
        a_bond(slave, active_slave=None),
        "eno9: -, admin up, carrier unknown, MII -, speed -, duplex -",
        "active slave none, primary none",
    )
    assert "None" not in "\n".join(said(a_bond(slave, active_slave=None, carrier=None)))


def test_lacp_is_told_of_bond_and_slave() -> None:
    bond = a_lacp_bond(
        a_port(lacp=LacpDetails(PARTNER, 33, 101, "none", "churned")), info=AdInfo(1, 2, 15, 33, PARTNER)
    )
    assert not holds(
        bond,
        f"active aggregator 1 with 2 ports, actor key 15, partner key 33, partner {PARTNER}",
        "aggregator 1, actor 63 ATGSCD--, partner 63 ATGSCD--, churn none (actor) churned (partner)",
        f"partner system {PARTNER}, key 33, port 101",
    )
    assert not holds(a_lacp_bond(info=None), "no active aggregator")
    assert not holds(a_lacp_bond(info=AdInfo(1, 1, 15, 1, "00:00:00:00:00:00")), "partner none")


def test_what_is_hidden_says_why() -> None:
    bond = a_lacp_bond(hidden=("partner_key", "partner_port"))
    assert not holds(bond, "  hidden: needs CAP_NET_ADMIN: partner_key, partner_port")
    assert holds(bond, "partner system") == ["partner system"]
    assert holds(a_lacp_bond(), "hidden") == ["hidden"]


def test_simulated_facts_say_so_first() -> None:
    assert said(a_pair(), simulated=True)[0].startswith("SIMULATED")
    assert not any("SIMULATED" in line for line in said(a_pair()))


def test_no_bond_is_said_in_words() -> None:
    (line,) = said()
    assert line.startswith("No bond here")


@pytest.mark.parametrize("options", [{}, {"mode": 4}, {"mode": 9, "carrier": False}])
def test_hostile_names_control_nothing(options: dict[str, Any]) -> None:
    for name in HOSTILE_NAMES:
        slaves = (a_lost_slave(name, 2), a_slave(name + "2"[: 15 - len(name)], 3))
        lines = said(a_bond(*slaves, name=name, **options), a_bond(name=name, ifindex=11))
        assert lines
        assert all(line.isprintable() and "\u0301" not in line for line in lines)
        assert not any("\x1b" in line or "\n" in line or "\r" in line for line in lines)
