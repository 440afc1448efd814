"""The MII monitor's look at the slaves (drivers/net/bonding/bond_main.c, bond_miimon_inspect)."""

from __future__ import annotations

from bondtui.model.bond import MII_DOWN, MII_GOING_BACK, MII_GOING_DOWN, MII_UP
from bondtui.simulated.slave import Slave


def inspect(slaves: list[Slave], updelay: int, downdelay: int, *, ignore_updelay: bool) -> bool:
    """Propose a new state for every slave whose link is not as it should be; the delays count in ticks.

    Returns whether there is anything to commit.
    """
    for slave in slaves:
        if slave.mii in (MII_UP, MII_GOING_DOWN):
            slave.proposed = _look_for_loss(slave, downdelay)
        else:
            slave.proposed = _look_for_return(slave, updelay, ignore_updelay=ignore_updelay)
            ignore_updelay = ignore_updelay and slave.proposed != MII_UP  # one slave is enough
    return any(slave.proposed for slave in slaves)


def _look_for_loss(slave: Slave, downdelay: int) -> str | None:
    if slave.link_ok:
        return MII_UP if slave.mii == MII_GOING_DOWN else None
    if slave.mii == MII_UP:
        slave.delay = downdelay
    slave.delay -= 1
    if slave.delay < 0:
        return MII_DOWN
    return MII_GOING_DOWN if slave.mii == MII_UP else None


def _look_for_return(slave: Slave, updelay: int, *, ignore_updelay: bool) -> str | None:
    if not slave.link_ok:
        return MII_DOWN if slave.mii == MII_GOING_BACK else None
    if slave.mii == MII_DOWN:
        slave.delay = updelay
    if ignore_updelay:
        slave.delay = 0
    slave.delay -= 1
    if slave.delay < 0:
        return MII_UP
    return MII_GOING_BACK if slave.mii == MII_DOWN else None
