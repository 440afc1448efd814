"""802.3ad of one bond: which aggregator each port belongs to, and which aggregator carries the traffic."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from bondtui.model.bond import AdInfo, BondOptions
from bondtui.simulated.aggregator import Aggregator, better
from bondtui.simulated.lacp_port import Port
from bondtui.simulated.slave import Slave
from bondtui.simulated.timeline import Ticker, Timeline

TICK_S, PHASE_S = 0.1, 0.037

SPEED_CODES = {100: 3, 1_000: 4, 2_500: 5, 5_000: 6, 10_000: 7, 25_000: 10, 40_000: 11, 50_000: 12, 100_000: 14}
"""Speed as it stands in a port key (enum ad_link_speed_type of kernels 4.x to 6.12)."""


class Lacp:
    """The 802.3ad part of a bond; calls ``on_change`` when carrier or roles may have changed."""

    def __init__(
        self, slaves: list[Slave], options: BondOptions, timeline: Timeline, on_change: Callable[[], None]
    ) -> None:
        self._timeline = timeline
        self._on_change = on_change
        self._policy = options.ad_select or "stable"
        self._min_links = options.min_links or 0
        self._ports: list[tuple[Port, Slave]] = []
        for number, slave in enumerate(slaves, start=1):
            slave.port = Port(number, slave.switch, timeline.now, fast=options.lacp_rate == "fast")
            self._ports.append((slave.port, slave))
        self._speeds = {port.number: slave.nic.speed_mbps for port, slave in self._ports}
        self._aggregators = [Aggregator(port.number) for port, _ in self._ports]
        self._ticker = Ticker(timeline, TICK_S, PHASE_S, self._tick)

    @property
    def carrier(self) -> bool:
        """Whether the bond has carrier (bond_3ad_set_carrier): silence of all partners does not take it away."""
        active = self._active
        return active is not None and active.ports_up >= self._min_links

    @property
    def info(self) -> AdInfo | None:
        """The active aggregator."""
        active = self._active
        if active is None:
            return None
        system, key, *_ = active.partner
        return AdInfo(active.number, active.ports_up, active.key, key, system)

    def link_changed(self, slave: Slave, *, up: bool) -> None:
        """The MII monitor has decided (bond_3ad_handle_link_change)."""
        port = slave.port
        if port is None:
            return
        if up:
            port.link_up(SPEED_CODES.get(slave.nic.speed_mbps, 0) << 1 | 1)
        else:
            port.link_down()
        port.count(self._timeline.now)
        self._choose()
        self._ticker.wake()

    def partner_changed(self, slave: Slave) -> None:
        """Cable, interface or voice of the partner has changed."""
        answered = slave.switch.answers
        slave.switch.set(self._timeline.now, lit=slave.link_ok, speaks=slave.partner_speaks)
        if slave.port:
            slave.port.count(self._timeline.now)
            if answered and not slave.switch.answers:
                slave.port.silenced(self._timeline.now)
        self._ticker.wake()

    def remove(self, slave: Slave) -> None:
        """The slave has left the bond (bond_3ad_unbind_slave)."""
        port = slave.port
        self._ports = [each for each in self._ports if each[0] is not port]
        if port is not None and port.aggregator is not None:
            port.aggregator.leave(port)
        self._choose()
        self._ticker.wake()

    @property
    def _active(self) -> Aggregator | None:
        return next((each for each in self._aggregators if each.active), None)

    def _tick(self) -> None:
        """Run the machines of all ports once (bond_3ad_state_machine_handler)."""
        now = self._timeline.now
        before = [port.fingerprint() for port, _ in self._ports]
        for port, slave in self._ports:
            port.receive(now)
            if not port.selected:
                self._select(port)
            carries = port.mux(now)
            if carries is not None:
                _set_role(slave, carries=carries)
            port.churn(now)
            port.count(now)
        self._send_role_messages()
        if before == [port.fingerprint() for port, _ in self._ports]:
            self._ticker.wake(not_before=min((port.next_due(now) for port, _ in self._ports), default=inf))
        else:
            self._on_change()
            self._ticker.wake()

    def _select(self, port: Port) -> None:
        """Find the aggregator that the port belongs to, or an empty one (ad_port_selection_logic)."""
        if port.aggregator is not None:
            port.aggregator.leave(port)
        suitable = [each for each in self._aggregators if each.ports and each.suits(port)]
        empty = [each for each in self._aggregators if not each.ports]
        (suitable or empty)[0].join(port)
        self._choose()
        if not (port.aggregator and port.aggregator.active):
            port.set_sync(value=False)

    def _choose(self) -> None:
        """Decide which aggregator is active (ad_agg_selection_logic)."""
        former = self._active
        best = former if former is not None and self._has_link(former) else None
        for each in self._aggregators:
            each.active = False
            if each.ports_up and self._has_link(each):
                best = better(best, each, self._policy, self._speeds)
        keeps = best is not None and self._policy == "stable" and former is not None and former.ports_up
        if keeps and former and best and (former.has_partner or not best.has_partner):
            best = former
        if best is not None:
            best.active = True
            if former is not None and former is not best:
                self._set_roles(former, carries=False)
            if not best.has_partner:
                self._set_roles(best, carries=True)
        self._on_change()

    def _has_link(self, aggregator: Aggregator) -> bool:
        return any(slave.link_ok for port, slave in self._ports if port.aggregator is aggregator)

    def _set_roles(self, aggregator: Aggregator, *, carries: bool) -> None:
        for port, slave in self._ports:
            if port.aggregator is aggregator:
                _set_role(slave, carries=carries)

    def _send_role_messages(self) -> None:
        for _, slave in self._ports:
            if slave.owes_message:
                slave.owes_message = False
                self._timeline.tell(slave.link(self._timeline.now))


def _set_role(slave: Slave, *, carries: bool) -> None:
    """Change the role now and owe the message: two changes within one tick cancel each other."""
    if carries and not slave.usable:
        return
    if slave.backup == carries:
        slave.backup = not carries
        slave.owes_message = not slave.owes_message
