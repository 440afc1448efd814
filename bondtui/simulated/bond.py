"""One bond of the simulated driver: what it does when a slave's link comes and goes.

The order of the steps and of the messages is that of drivers/net/bonding/bond_main.c.
"""

from __future__ import annotations

from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_RR,
    BALANCE_TLB,
    LACP,
    MII_DOWN,
    MII_GOING_BACK,
    MII_GOING_DOWN,
    MII_UP,
    MODES_WITH_ACTIVE_SLAVE,
    Counters,
    Link,
)
from bondtui.simulated.active import ActiveSlave
from bondtui.simulated.choice import best_slave
from bondtui.simulated.lacp import Lacp
from bondtui.simulated.mii import inspect
from bondtui.simulated.sharing import flows
from bondtui.simulated.slave import BEFORE_ENSLAVED, Slave
from bondtui.simulated.spec import BondSpec
from bondtui.simulated.timeline import Ticker, Timeline
from bondtui.simulated.traffic import errors_among


class SimulatedBond:
    """The state of one bond. The driver calls it when a link changes; its own timers do the rest."""

    def __init__(self, spec: BondSpec, timeline: Timeline) -> None:
        self.spec = spec
        self.mode = spec.options.mode or BALANCE_RR
        self._timeline = timeline
        self._options = spec.options
        self._hwaddr = spec.nics[0].hwaddr
        self._carrier = False
        self._carrier_changes = 1
        self._left = [0] * len(BEFORE_ENSLAVED)
        """What slaves have counted that are gone."""
        self._left_unwanted = 0
        """And what nobody took of it."""
        self.slaves = self._enslaved()
        self._primary = next((each for each in self.slaves if each.nic.ifindex == spec.options.primary), None)
        self.active = ActiveSlave(self.slaves, spec.options, timeline, self._tell, lambda: self._carrier)
        self._lacp = Lacp(self.slaves, spec.options, timeline, self._look_again) if self.mode == LACP else None
        self._miimon = spec.options.miimon or 0
        period = max(self._miimon, 1) / 1000
        phase = (0.13 + 0.17 * spec.ifindex) % 1
        self._monitor = Ticker(timeline, period, period * phase, self._tick)
        self._start()

    def link(self) -> Link:
        """The bond as a message would describe it now."""
        active = self.active.slave if self.mode in MODES_WITH_ACTIVE_SLAVE else None
        counters = self._counters()
        return Link(
            ifindex=self.spec.ifindex,
            name=self.spec.name,
            admin_up=True,
            carrier=self._carrier,
            operstate="up" if self._carrier else "down",
            mtu=self.spec.mtu,
            hwaddr=self._hwaddr,
            kind="bond",
            carrier_changes=self._carrier_changes,
            counters=counters,
            errors=errors_among(counters, self._unwanted()),
            bond=self._options._replace(
                active_slave=active.nic.ifindex if active else None,
                ad_info=self._lacp.info if self._lacp else None,
            ),
        )

    @property
    def carrier(self) -> bool:
        """Whether the bond sends anything at all."""
        return self._carrier

    def link_changed(self, slave: Slave) -> None:
        """Something about the slave's link or its partner is not as it was; the monitors will find out."""
        if self._lacp:
            self._lacp.partner_changed(slave)
        self._share()
        self._wake()

    def set_active(self, slave: Slave | None) -> bool:
        """Make it the active slave, or let the driver choose anew; ``False`` where the driver answers EINVAL."""
        current = self.active.slave
        if self.mode not in MODES_WITH_ACTIVE_SLAVE:
            return False
        if slave is None:
            self.active.change(None)
            self._select()
        elif slave is not current:
            if current is None or not slave.usable:
                return False
            self.active.change(slave)
        self._tell()
        self._share()
        self._wake()
        return True

    def remove(self, slave: Slave) -> None:
        """The slave's interface goes away (__bond_release_one)."""
        self.slaves.remove(slave)
        counted = zip(self._left, slave.counters(self._timeline.now), BEFORE_ENSLAVED, strict=True)
        self._left = [left + count - outside for left, count, outside in counted]
        self._left_unwanted += slave.errors(self._timeline.now).rx_nohandler or 0
        if self._primary is slave:
            self._primary, self._options = None, self._options._replace(primary=None)
        if self._lacp:
            self._lacp.remove(slave)
        if self.active.slave is slave:
            self.active.change(None)
            self._select()
        self._set_carrier()
        self._share()
        self._wake()

    def age(self, seconds: float) -> None:
        """Count what the present traffic brought in all the time before."""
        for slave in self.slaves:
            slave.meter.age(seconds)
            if slave.port is not None:
                slave.port.tally.age(seconds)

    def _enslaved(self) -> list[Slave]:
        wanders_alone = self.mode not in (ACTIVE_BACKUP, BALANCE_RR)
        slaves = []
        for position, nic in enumerate(self.spec.nics):
            wave = self.spec.ifindex + position * wanders_alone
            slave = Slave(nic, self.spec.ifindex, self._timeline.now, wave=wave)
            slave.mtu = self.spec.mtu
            slave.backup = self.mode in (ACTIVE_BACKUP, LACP)
            if self.mode not in (BALANCE_TLB, BALANCE_ALB):
                slave.hwaddr = self._hwaddr
            slaves.append(slave)
        return slaves

    def _start(self) -> None:
        if self._lacp:
            for slave in self.slaves:
                self._lacp.partner_changed(slave)
                self._lacp.link_changed(slave, up=True)
        self._select()
        self._share()
        self._wake()

    def _tick(self) -> None:
        """One look of the MII monitor (bond_mii_monitor)."""
        notify = self.active.notify_due
        updelay, downdelay = self._ticks(self._options.updelay), self._ticks(self._options.downdelay)
        if inspect(self.slaves, updelay, downdelay, ignore_updelay=self._none_usable()):
            self._commit()
        self.active.tick(notify=notify)
        self._share()
        self._wake()

    def _ticks(self, milliseconds: int | None) -> int:
        return (milliseconds or 0) // self._miimon

    def _none_usable(self) -> bool:
        if self.mode == ACTIVE_BACKUP:
            return self.active.slave is None
        return not any(slave.usable for slave in self.slaves)

    def _wake(self) -> None:
        """Have the monitor look if it would find something, or has to count something down."""
        unsettled = any(
            slave.mii in (MII_GOING_DOWN, MII_GOING_BACK) or slave.link_ok != (slave.mii == MII_UP)
            for slave in self.slaves
        )
        if self._miimon and (unsettled or self.active.notifying):
            self._monitor.wake()

    def _commit(self) -> None:
        """Make what the inspection has proposed come true (bond_miimon_commit)."""
        reselect = False
        for slave in self.slaves:
            current = self.active.slave
            if slave.proposed == MII_UP:
                self._is_up(slave)
                reselect |= current is None or slave is self._primary or slave.nic.prio > current.nic.prio
            elif slave.proposed == MII_DOWN:
                self._is_down(slave)
                reselect |= slave is current
            elif slave.proposed:
                slave.mii = slave.proposed
        if reselect:
            self._select()
        self._set_carrier()

    def _is_up(self, slave: Slave) -> None:
        slave.mii = MII_UP
        slave.backup = slave.backup or self.mode == LACP
        self._timeline.tell(slave.link(self._timeline.now))
        if self._lacp:
            self._lacp.link_changed(slave, up=True)

    def _is_down(self, slave: Slave) -> None:
        slave.mii = MII_DOWN
        slave.failures += 1
        self._timeline.tell(slave.link(self._timeline.now))
        if self.mode in (ACTIVE_BACKUP, LACP) and not slave.backup:
            slave.backup = True
            self._timeline.tell(slave.link(self._timeline.now))
        if self._lacp:
            self._lacp.link_changed(slave, up=False)

    def _select(self) -> None:
        """Choose the active slave anew (bond_select_active_slave)."""
        reselect = self._options.primary_reselect or "always"
        best = best_slave(self.slaves, self.active.slave, self._primary, reselect)
        if best is not None and best.mii == MII_GOING_BACK:
            best.delay = 0
            self._is_up(best)  # before its updelay is over: there is no other
        self.active.change(best)
        self._set_carrier()

    def _look_again(self) -> None:
        self._set_carrier()
        self._share()

    def _set_carrier(self) -> None:
        up = self._lacp.carrier if self._lacp else any(slave.mii == MII_UP for slave in self.slaves)
        if up != self._carrier:
            self._carrier = up
            self._carrier_changes += 1
            self._tell()

    def _tell(self, event: int | None = None) -> None:
        self._timeline.tell(self.link(), event)

    def _share(self) -> None:
        """Let the traffic flow as roles and links are now."""
        spec = self.spec
        shares = flows(self.mode, self.slaves, self.active.slave, spec.rx_bytes, spec.tx_bytes)
        for slave, flow in zip(self.slaves, shares, strict=True):
            slave.carry(self._timeline.now, flow)

    def _unwanted(self) -> int:
        """What nobody took of all that the slaves received."""
        now = self._timeline.now
        return self._left_unwanted + sum(slave.errors(now).rx_nohandler or 0 for slave in self.slaves)

    def _counters(self) -> Counters:
        """What the slaves have counted since they were enslaved."""
        now = self._timeline.now
        columns = zip(self._left, *(slave.counters(now) for slave in self.slaves), strict=True)
        before = (count * len(self.slaves) for count in BEFORE_ENSLAVED)
        return Counters(*(sum(column) - outside for column, outside in zip(columns, before, strict=True)))
