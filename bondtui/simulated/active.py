"""The active slave of a bond, and what the driver says when another one takes its place."""

from __future__ import annotations

from collections.abc import Callable

from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_RR,
    BALANCE_TLB,
    MODES_WITH_ACTIVE_SLAVE,
    BondOptions,
)
from bondtui.model.reading import EVENT_FAILOVER, EVENT_NOTIFY_PEERS, EVENT_RESEND_IGMP
from bondtui.simulated.slave import Slave
from bondtui.simulated.timeline import Timeline

IGMP_AFTER_S, IGMP_EVERY_S = 0.02, 0.2


class ActiveSlave:
    """Which slave is the current one. Every mode has one inside, but not every mode shows it.

    ``tell`` sends a message about the bond and ``has_carrier`` tells whether the bond has carrier.
    """

    def __init__(
        self,
        slaves: list[Slave],
        options: BondOptions,
        timeline: Timeline,
        tell: Callable[[int], None],
        has_carrier: Callable[[], bool],
    ) -> None:
        self.slave: Slave | None = None
        self.since = timeline.now
        """When it became the active one."""
        self.told = False
        """Whether the peers have been told of it; the switch learns it a little later by itself."""
        self._slaves = slaves
        self._mode = options.mode
        self._timeline = timeline
        self._tell = tell
        self._has_carrier = has_carrier
        self._hwaddr = slaves[0].hwaddr
        ticks = (options.peer_notif_delay or 0) // (options.miimon or 1)
        self._notify_every = max(1, ticks)
        self._notify_count = (options.num_peer_notif or 0) * self._notify_every
        self._notify_left = 0
        self._igmp_count = options.resend_igmp or 0
        self._igmp_left = 0

    @property
    def notifying(self) -> bool:
        """Whether the peers are still to be notified, one tick after the other."""
        return self._notify_left > 0

    @property
    def notify_due(self) -> bool:
        """Whether this tick is one to notify the peers at (bond_should_notify_peers)."""
        due = self._notify_left > 0 and self._notify_left % self._notify_every == 0
        return due and self.slave is not None and self._has_carrier()

    def tick(self, *, notify: bool) -> None:
        """Count down; a tick that brought a new active slave counts as well, so one notice gets lost."""
        if self._notify_left > 0:
            if notify:
                self._notify()
            self._notify_left -= 1

    def change(self, new: Slave | None) -> None:
        """Let another slave take over (bond_change_active_slave)."""
        old, self.slave = self.slave, new
        if new is old:
            return
        self.since, self.told = self._timeline.now, self._mode in (BALANCE_TLB, BALANCE_ALB)
        if new is not None and self._mode in (BALANCE_TLB, BALANCE_ALB):
            self._hand_over_address(new)
        if self._mode == ACTIVE_BACKUP:
            if old is not None:
                self._set_role(old, backup=True)
            if new is not None:
                self._announce(new)
        if (self._mode in MODES_WITH_ACTIVE_SLAVE and new is not None) or self._mode == BALANCE_RR:
            self._igmp_left = self._igmp_count
            self._timeline.at(self._timeline.now + IGMP_AFTER_S, self._resend_igmp)

    def _set_role(self, slave: Slave, *, backup: bool) -> None:
        if slave.backup != backup:
            slave.backup = backup
            self._timeline.tell(slave.link(self._timeline.now))

    def _announce(self, new: Slave) -> None:
        self._set_role(new, backup=False)
        self._notify_left = self._notify_count
        self._tell(EVENT_FAILOVER)
        if self.notify_due:
            self._notify_left -= 1
            self._notify()

    def _notify(self) -> None:
        self.told = True
        self._tell(EVENT_NOTIFY_PEERS)

    def _hand_over_address(self, new: Slave) -> None:
        """The active slave bears the bond's address; its bearer until now gets that of the new one.

        With balance-tlb the driver writes the old bearer's address without a word to anybody.
        """
        bearer = next((slave for slave in self._slaves if slave.hwaddr == self._hwaddr), None)
        if bearer is not None and bearer is not new:
            bearer.hwaddr = new.hwaddr
            if self._mode == BALANCE_ALB:
                self._timeline.tell(bearer.link(self._timeline.now))
        new.hwaddr = self._hwaddr
        self._timeline.tell(new.link(self._timeline.now))

    def _resend_igmp(self) -> None:
        if self._igmp_left > 0:
            self._igmp_left -= 1
            self._tell(EVENT_RESEND_IGMP)
            if self._igmp_left:
                self._timeline.at(self._timeline.now + IGMP_EVERY_S, self._resend_igmp)
