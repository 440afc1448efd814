"""Waiting for a bond that has just been made, so that one look does not judge what still changes.

LACP needs some seconds (IEEE 802.1AX-2020 6.4.12 to 6.4.16): until then a port without partner is as normal as it is
alarming later. The ARP monitor needs some of its intervals until a slave whose link has come up has been answered.
"""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.core import monitor as fold
from bondtui.model.bond import MII_UP
from bondtui.triage.outages import LONGEST_S
from bondtui.triage.verdict import case_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bondtui.core.monitor import Monitor
    from bondtui.model.bond import Bond, Slave
    from bondtui.ports import Source
    from bondtui.triage.case import Case
    from bondtui.triage.limits import Limits

READ_AGAIN_S = 0.5


def settled(
    source: Source, monitor: Monitor, limits_of: Callable[[Bond], Limits], on_wait: Callable[[float], object]
) -> Monitor:
    """Watch on until no bond negotiates any more, or each has been waited for as long as its limits say.

    ``monitor`` has taken one reading. The time is told by the stamps of the source. ``on_wait`` is told once for how many
    seconds, at most, somebody has to wait. Raises SourceError.
    """
    begun = _time(monitor)
    if seconds := _patience(monitor, limits_of):
        on_wait(seconds)
    while (left := begun + _patience(monitor, limits_of) - _time(monitor)) > 0:
        monitor = _watched(source, monitor, min(left, READ_AGAIN_S), limits_of)
    return monitor


def _watched(source: Source, monitor: Monitor, seconds: float, limits_of: Callable[[Bond], Limits]) -> Monitor:
    """Everything read anew after so many seconds, or as soon as messages say that all is settled."""
    now = _time(monitor)
    until = now + seconds
    while now < until and (batch := source.listen(until - now)):
        monitor = fold.heard(monitor, batch)
        now = max(now, batch[-1].at.mono)
        if not _patience(monitor, limits_of):
            break
    return fold.took(monitor, source.read(), steady=False)


def _patience(monitor: Monitor, limits_of: Callable[[Bond], Limits]) -> float:
    """For how many seconds after the first look somebody has still to be waited for."""
    now = _time(monitor)
    cases = (case_of(monitor, bond, now, limits=limits_of(bond)) for bond in monitor.bonds)
    return max((case.limits.lacp_settle_s for case in cases if _negotiates(case)), default=0.0)


def _negotiates(case: Case) -> bool:
    if case.is_lacp:
        return any(_port_negotiates(case, port) for port in case.usable)
    if _waits_for_the_monitor(case):
        return True
    return bool(case.options.arp_interval) and any(_waits_for_an_answer(case, slave) for slave in case.slaves)


def _waits_for_the_monitor(case: Case) -> bool:
    """Whether the active slave has no link, and the link monitor may be about to notice."""
    active = case.bond.active
    if active is None or active.usable or active.state.mii_status != MII_UP or not case.monitored:
        return False
    return case.unusable_for_s(active) <= LONGEST_S


def _waits_for_an_answer(case: Case, slave: Slave) -> bool:
    """Whether its link is up, but the ARP monitor may not yet have had the time to find out."""
    patience = min(case.arp_patience_s, case.limits.lacp_settle_s)
    known = slave.link.carrier and slave.link.admin_up and slave.state.mii_status is not None
    return bool(known) and not slave.usable and case.unusable_for_s(slave) <= patience


def _port_negotiates(case: Case, port: Slave) -> bool:
    """Whether its link is up but it carries nothing, and nobody knows since when."""
    state = port.state
    return lacp.carries(state.actor_port_state, state.partner_port_state) is False and not case.lacp_settled(port)


def _time(monitor: Monitor) -> float:
    return monitor.at.mono if monitor.at is not None else 0.0
