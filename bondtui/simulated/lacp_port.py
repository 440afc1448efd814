"""The machines of one 802.3ad port: receive, mux and churn (drivers/net/bonding/bond_3ad.c).

They run on the driver's tick of 100 ms and in its order, so that states follow each other as in the
kernel. Timers are kept as the time at which they run out, so a port that waits costs nothing.
"""

from __future__ import annotations

from math import inf

from bondtui.core.lacp import (
    ACTIVITY,
    AGGREGATION,
    COLLECTING,
    DEFAULTED,
    DISTRIBUTING,
    EXPIRED,
    NO_PARTNER,
    SYNC,
    TIMEOUT,
)
from bondtui.model.bond import LacpDetails, Lacpdus
from bondtui.simulated import switch as other_end
from bondtui.simulated.lacpdus import Tally
from bondtui.simulated.switch import FAST_S, NOBODY, SLOW_S, Partner, SwitchPort

TYPE_CHECKING = False
if TYPE_CHECKING:  # each of the two knows the other
    from bondtui.simulated.aggregator import Aggregator

SHORT_TIMEOUT_S, LONG_TIMEOUT_S = 3.0, 90.0
AGGREGATE_WAIT_S = 2.0
CHURN_S = 60.0
SYSTEM_PRIORITY, PORT_PRIORITY = 65_535, 255
"""The driver's defaults, for itself and for a partner that says nothing."""


class Port:
    """One port. Its aggregator is chosen by ``bondtui.simulated.lacp``, between ``receive`` and ``mux``."""

    def __init__(self, number: int, switch: SwitchPort, start: float, *, fast: bool) -> None:
        self.number = number
        self.switch = switch
        self.actor = ACTIVITY | AGGREGATION | (TIMEOUT if fast else 0)
        self.partner: Partner = NOBODY
        self.actor_churn = self.partner_churn = "monitoring"
        self.actor_churned = self.partner_churned = 0
        """How often the two ends were found not to agree."""
        self.tally = Tally(start)
        self.enabled = False
        self.key = 0
        self.selected = False
        self.aggregator: Aggregator | None = None
        self._begin = True
        self._receive = "disabled"
        self._receive_due = inf
        self._mux = "detached"
        self._mux_due = inf
        self._ready = False
        self._churn_due = inf

    def link_up(self, key: int) -> None:
        """The link has come: begin from the start (ad_update_actor_keys)."""
        self.enabled, self.key, self._begin = True, key, True

    def link_down(self) -> None:
        """The link has gone. Both states stay as they were: so kernels before 7.2 show them."""
        self.enabled, self.key = False, 0

    def silenced(self, now: float) -> None:
        """From now on nothing is heard of the partner."""
        if self._receive == "current":
            fast = bool(self.actor & TIMEOUT)
            timeout = SHORT_TIMEOUT_S if fast else LONG_TIMEOUT_S
            self._receive_due = self.switch.last_heard(now, fast=fast) + timeout

    def count(self, now: float) -> None:
        """Go on to count LACPDUs at the rates that hold from now on: each end sends as often as the other one asks."""
        rx_s = (FAST_S if self.actor & TIMEOUT else SLOW_S) if self.switch.answers else inf
        tx_s = (FAST_S if self.partner.state & TIMEOUT else SLOW_S) if self.enabled else inf
        self.tally.turn(now, rx_s, tx_s)

    def lacpdus(self, now: float) -> Lacpdus:
        """The counters of the port now."""
        return self.tally.read(now)

    def details(self, system: str, system_priority: int) -> LacpDetails:
        """What /proc/net/bonding tells of the port of a bond with this system address."""
        silent = self.partner.system == NO_PARTNER
        return LacpDetails(
            partner_system_mac=self.partner.system,
            partner_key=self.partner.key,
            partner_port=self.partner.number,
            actor_churn=self.actor_churn,
            partner_churn=self.partner_churn,
            actor_churned_count=self.actor_churned,
            partner_churned_count=self.partner_churned,
            actor_system_mac=system,
            actor_system_priority=system_priority,
            actor_key=self.key,
            actor_port=self.number,
            actor_port_priority=PORT_PRIORITY,
            partner_system_priority=SYSTEM_PRIORITY if silent else other_end.SYSTEM_PRIORITY,
            partner_port_priority=PORT_PRIORITY if silent else other_end.PORT_PRIORITY,
        )

    def next_due(self, now: float) -> float:
        """When the machines must run again if nothing else happens."""
        if not self.enabled:
            return self._churn_due
        known = self.partner if self._receive == "current" else NOBODY
        news = self.switch.next_news(now, known, self.actor)
        return min(self._receive_due, self._mux_due, self._churn_due, news)

    def fingerprint(self) -> tuple[object, ...]:
        """All that the machines act upon; while it stays the same they may rest."""
        number = self.aggregator.number if self.aggregator else 0
        return self._receive, self._mux, self._ready, self.actor, self.partner, number, self.selected, self._begin

    def receive(self, now: float) -> None:
        """The receive machine (ad_rx_machine)."""
        if self._begin or not self.enabled:
            self._receive, self._receive_due = "disabled", inf
            if self._begin:
                self.selected = False
                self._default()
                self._start_churn(now)
        elif self._receive == "disabled":
            self._expire(now)
        elif (heard := self.switch.take(now, self.actor)) is not None:
            self._record(now, heard)
        elif now >= self._receive_due:
            if self._receive == "current":
                self._expire(now)
            else:
                self._receive, self._receive_due = "defaulted", inf
                self.selected = self.selected and self.partner[:3] == NOBODY[:3]
                self._default()

    def mux(self, now: float) -> bool | None:
        """The mux machine (ad_mux_machine). Tells whether the slave shall carry traffic from now on, or None."""
        before, self._mux = self._mux, self._next_mux(now)
        self._begin = False
        if self._mux == "distributing":
            if before != "distributing":
                self._tell_news(now)
            self.actor |= SYNC | COLLECTING | DISTRIBUTING
            return True if self._in_use else None
        if self._mux == before:
            return None
        if self._mux == "waiting":
            self._mux_due = now + AGGREGATE_WAIT_S
            return None
        self._tell_news(now)
        self.actor &= ~(COLLECTING | DISTRIBUTING)
        self.set_sync(value=self._mux == "attached" and self._in_use)
        return False if self.aggregator and self.aggregator.has_partner else None

    def churn(self, now: float) -> None:
        """After a minute, judge whether both ends have agreed (ad_churn_machine)."""
        if now >= self._churn_due:
            self._churn_due = inf
            self.actor_churn = "none" if self.actor & SYNC else "churned"
            self.partner_churn = "none" if self.partner.state & SYNC else "churned"
            self.actor_churned += self.actor_churn == "churned"
            self.partner_churned += self.partner_churn == "churned"

    def set_sync(self, *, value: bool) -> None:
        """In sync or not, as seen from here."""
        self.actor = self.actor | SYNC if value else self.actor & ~SYNC

    def _tell_news(self, now: float) -> None:
        self.switch.hurry(now)
        if self.enabled:
            self.tally.news(answered=self.switch.answers)

    @property
    def _in_use(self) -> bool:
        return self.aggregator is not None and self.aggregator.active

    def _next_mux(self, now: float) -> str:
        agreed = self.selected and bool(self.partner.state & SYNC)
        if self._begin or (not self.selected and self._mux in ("waiting", "attached")):
            self._ready, self._mux_due = False, inf
            return "detached"
        if self._mux == "detached":
            return "waiting" if self.selected else "detached"
        if self._mux == "waiting":
            return self._waited(now)
        if self._mux == "distributing":
            return "distributing" if agreed and self.actor & SYNC else "attached"
        if agreed:
            return "distributing" if self._in_use else "attached"
        if self._in_use:
            self.set_sync(value=True)
        return "attached"

    def _waited(self, now: float) -> str:
        """All ports of an aggregator get ready together, each when its own wait is over."""
        if now >= self._mux_due:
            self._ready, self._mux_due = True, inf
        everyone = self.aggregator is not None and all(port._ready for port in self.aggregator.ports)
        return "attached" if everyone and self._mux_due == inf else "waiting"

    def _record(self, now: float, heard: Partner) -> None:
        if self._receive != "current":
            self._start_churn(now)
        if heard[:3] != self.partner[:3]:
            self.selected = False
        self.partner = heard
        self.actor &= ~(DEFAULTED | EXPIRED)
        self._receive, self._receive_due = "current", inf

    def _expire(self, now: float) -> None:
        self.partner = self.partner._replace(state=self.partner.state & ~SYNC | TIMEOUT)
        self.actor |= EXPIRED
        self._receive, self._receive_due = "expired", now + SHORT_TIMEOUT_S
        self._start_churn(now)

    def _default(self) -> None:
        self.partner = NOBODY
        self.actor = self.actor & ~EXPIRED | DEFAULTED

    def _start_churn(self, now: float) -> None:
        self.actor_churn = self.partner_churn = "monitoring"
        self._churn_due = now + CHURN_S
