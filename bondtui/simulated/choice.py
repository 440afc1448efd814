"""Which slave should be the active one (drivers/net/bonding/bond_main.c, bond_find_best_slave)."""

from __future__ import annotations

from bondtui.model.bond import MII_GOING_BACK, MII_UP
from bondtui.simulated.slave import Slave


def best_slave(slaves: list[Slave], current: Slave | None, primary: Slave | None, reselect: str) -> Slave | None:
    """The slave to use now; ``None`` when none can be used."""
    chosen = _primary_or_current(slaves, current, primary, reselect)
    if chosen is not None:
        return chosen
    # a slave still in its updelay is better than none; the one with the shortest wait left
    back = [slave for slave in slaves if slave.mii == MII_GOING_BACK and slave.link_ok]
    return min(back, key=lambda slave: slave.delay, default=None)


def _primary_or_current(
    slaves: list[Slave], current: Slave | None, primary: Slave | None, reselect: str
) -> Slave | None:
    up = [slave for slave in slaves if slave.mii == MII_UP]
    if primary not in up:
        primary = max(up, key=lambda slave: slave.nic.prio, default=None)
        if primary and current in up and primary.nic.prio <= current.nic.prio:
            return current
    if primary is None or current not in up:
        return primary
    keeps = reselect == "failure" or (reselect == "better" and primary.nic.speed_mbps <= current.nic.speed_mbps)
    return current if keeps else primary
