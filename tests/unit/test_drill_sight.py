"""What the state of a bond says about the slaves that must carry the traffic meanwhile."""

from __future__ import annotations

from typing import Any

from bondtui.drill.sight import came_back, degraded
from bondtui.model.drill import ADMIN_DOWN, CABLE
from tests.builders import a_bond, a_slave

TESTED = a_slave("eno1", 2, admin_up=False, carrier=False, mii="down")
OTHER = frozenset({3})


def test_a_slave_that_the_driver_calls_down_cannot_be_counted_on() -> None:
    assert degraded(a_bond(TESTED, a_slave("eno2", 3)), 2, OTHER) == ""
    silent = a_bond(TESTED, a_slave("eno2", 3, mii="down"))
    assert degraded(silent, 2, OTHER) == "eno2 cannot carry the traffic any more"
    assert degraded(a_bond(TESTED), 2, OTHER) == "a slave cannot carry the traffic any more"


def test_the_arp_monitor_calls_backups_down_that_it_tries_next() -> None:
    arp: dict[str, Any] = {"miimon": 0, "arp_interval": 100}
    assert degraded(a_bond(TESTED, a_slave("eno2", 3, mii="down"), **arp), 2, OTHER) == ""
    unplugged = a_slave("eno2", 3, carrier=False, mii="down")
    assert degraded(a_bond(TESTED, unplugged, **arp), 2, OTHER) == "eno2 cannot carry the traffic any more"


def test_what_is_gone_is_said() -> None:
    assert degraded(None, 2, OTHER) == "the bond is gone"
    assert degraded(a_bond(a_slave("eno2", 3)), 2, OTHER) == "the slave under test is no longer in bond0"


def test_a_slave_that_is_back_is_told_apart_from_one_that_never_left() -> None:
    back = a_bond(a_slave("eno1", 2), a_slave("eno2", 3))
    assert came_back(back, 2, CABLE, told=True) == "the link of eno1 came back before its time"
    assert "noticed nothing" in came_back(back, 2, CABLE, told=False)
    assert "set up by somebody else" in came_back(back, 2, ADMIN_DOWN, told=True)
    assert came_back(a_bond(TESTED, a_slave("eno2", 3)), 2, ADMIN_DOWN, told=True) == ""
