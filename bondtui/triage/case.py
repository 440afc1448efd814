"""One bond as the rules see it: what it is now, what has been seen of it, and what lies around it.

Where a source does not tell something the value is ``None`` and the rules say nothing about it.
"""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.core.tracks import Rates, Track
from bondtui.model.around import Around
from bondtui.model.bond import (
    BALANCE_ALB,
    BALANCE_TLB,
    LACP,
    MII_GOING_BACK,
    MODES_WITH_ACTIVE_SLAVE,
    Bond,
    BondOptions,
    Slave,
)
from bondtui.model.record import NamedTuple
from bondtui.triage.limits import Limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

inf = float("inf")
_NEVER_SEEN = Track(None)
_CHURN_S = 60.0
_WITHOUT_ARP = (LACP, BALANCE_TLB, BALANCE_ALB)
"""Modes that cannot use the ARP monitor."""


class Case(NamedTuple):
    """What is to be judged. Pure data; equal cases give equal findings."""

    bond: Bond
    mono: float = 0.0
    """Now, on the clock of the tracks."""
    tracks: Mapping[int, Track] = {}
    """What is remembered of each slave and of the bond, by interface index."""
    around: Around = Around()
    limits: Limits = Limits()
    text: bool = False
    """Only a text was read, such as a copy of /proc/net/bonding: it has no history, and what it shows is taken to last."""
    first_words: bool = False
    """Somebody waits for the first words: only the rules that decide the verdict are asked, and no losses are told."""
    partial: bool = False
    """That text breaks off, or is a fragment: there may be more slaves than it shows."""
    set_down: int | None = None
    """The slave that a pending change has set down, and that its dead-man's switch will set up again."""

    @property
    def options(self) -> BondOptions:
        """The bond's options."""
        return self.bond.options

    @property
    def slaves(self) -> tuple[Slave, ...]:
        """All slaves."""
        return self.bond.slaves

    @property
    def usable(self) -> list[Slave]:
        """The slaves that the driver may send through, as far as is known."""
        return [slave for slave in self.bond.slaves if slave.usable]

    @property
    def is_lacp(self) -> bool:
        """Whether it is an 802.3ad bond."""
        return self.bond.options.mode == LACP

    @property
    def monitored(self) -> bool | None:
        """Whether a link monitor is on; ``None`` when that is not known."""
        miimon, arp = self.options.miimon, self.options.arp_interval
        if miimon or arp:
            return True
        needs_mii = self.options.mode in _WITHOUT_ARP
        return None if miimon is None or (arp is None and not needs_mii) else False

    @property
    def has_no_active(self) -> bool:
        """Whether no slave is active although the mode has one, for certain."""
        options = self.options
        if options.mode not in MODES_WITH_ACTIVE_SLAVE or self.bond.active is not None:
            return False
        return options.active_slave == 0 or not self.text  # a text says "None"; rtnetlink leaves the attribute out

    def track(self, slave: Slave | Bond) -> Track:
        """What is remembered of this interface; an empty track if nothing is."""
        return self.tracks.get(slave.ifindex, _NEVER_SEEN)

    def rates(self, slave: Slave | Bond) -> Rates | None:
        """Its rates over the last steady beat; ``None`` without two samples."""
        return self.track(slave).rates

    def lacp_for_s(self, slave: Slave) -> float:
        """For how many seconds, at least, this port has carried traffic, or has carried none, by the bits of both ends.

        The kernel's churn machine helps where nobody has watched: it speaks only 60 s after a port has begun
        (IEEE 802.1AX-2020 6.4.13), and until then it is ``monitoring``. What a text shows is taken to have lasted.
        """
        if self.text:
            return inf
        track = self.track(slave)
        if track.lacp_at is not None:
            return self.mono - track.lacp_at
        if slave.actor_churn in ("churned", "none") or slave.partner_churn == "churned":
            return _CHURN_S
        return self.mono - track.first_at if track.first_at is not None else 0.0

    def lacp_was_heard(self, slave: Slave) -> bool:
        """Whether the LACP partner of this port had been heard before it fell silent."""
        return bool(self.track(slave).silences) or slave.actor_churn == "none"

    def lacp_settled(self, slave: Slave) -> bool:
        """Whether this port carries traffic, or has carried none for longer than it takes to come up."""
        carries = lacp.carries(slave.state.actor_port_state, slave.state.partner_port_state)
        return carries is True or self.lacp_for_s(slave) >= self.limits.lacp_settle_s

    def mii_for_s(self, slave: Slave) -> float:
        """For how many seconds the MII status of this slave is as it is now; ``inf`` if it was so from the start."""
        changed_at = self.track(slave).mii_at
        return inf if changed_at is None else self.mono - changed_at

    def carrier_for_s(self, slave: Slave) -> float:
        """For how many seconds its carrier is there, or is lost; ``inf`` if it was so from the start."""
        changed_at = self.track(slave).carrier_at
        return inf if changed_at is None else self.mono - changed_at

    def unusable_for_s(self, slave: Slave) -> float:
        """For how many seconds, at least, a slave that cannot be used has been so; what a text shows is taken to last."""
        if self.text:
            return inf
        track = self.track(slave)
        since = track.down_since.mono if track.down_since else track.first_at
        return self.mono - since if since is not None else 0.0

    @property
    def arp_patience_s(self) -> float:
        """So long the ARP monitor may take to find out that a slave is well (bond_main.c, bond_ab_arp_inspect)."""
        options = self.options
        return (options.arp_interval or 0) * ((options.arp_missed_max or 2) + 2) / 1000

    def flaps(self, slave: Slave) -> int:
        """How often this slave has lost its link within the window: as watched, or as the kernel log tells."""
        window = self.limits.flap_window_s
        watched = _within(self.track(slave).failures, self.mono, window)
        told = self.around.lost_links.get(slave.ifindex)
        return max(watched, sum(1 for ago in told if ago <= window)) if told else watched

    def carrier_losses(self, slave: Slave) -> int:
        """How often it was seen to lose carrier within the window."""
        return _within(self.track(slave).carrier_losses, self.mono, self.limits.flap_window_s)

    def silences(self, slave: Slave) -> int:
        """How often its LACP partner was lost within the window while the link stayed."""
        return _within(self.track(slave).silences, self.mono, self.limits.flap_window_s)


def _within(times: tuple[float, ...], mono: float, seconds: float) -> int:
    return sum(1 for each in times if mono - each <= seconds) if times else 0


def carrying(bond: Bond) -> list[Slave]:
    """The slaves that can carry traffic now; for 802.3ad judged by the bits of both ends, where they are known."""
    usable = [slave for slave in bond.slaves if slave.usable]
    if bond.options.mode != LACP:
        return usable
    info = bond.options.ad_info
    active = info.aggregator_id if info else None
    return [
        slave
        for slave in usable
        if (active is None or slave.state.aggregator_id in (None, active))
        and (
            lacp.carries(slave.state.actor_port_state, slave.state.partner_port_state) is not False
            or is_last_resort(slave.state.actor_port_state)
        )
    ]


def is_last_resort(state: int | None) -> bool:
    """Whether the driver uses a port without a partner, because it has no better one: 79 or 77 (bond_3ad.c)."""
    return state is not None and state & (lacp.SILENT | lacp.SYNC) == lacp.DEFAULTED | lacp.SYNC


def returning(bond: Bond) -> list[Slave]:
    """Slaves in their updelay, which the driver takes early when it has no other (bond_main.c, bond_find_best_slave)."""
    if not bond.options.miimon:
        return []
    return [
        slave
        for slave in bond.slaves
        if slave.state.mii_status == MII_GOING_BACK
        and slave.link.carrier is not False
        and slave.link.admin_up is not False
    ]


def standby(bond: Bond) -> list[Slave]:
    """What the driver turns to by itself, within about a second, when nothing else is left: see ``returning``.

    With LACP these are also ports outside the active aggregator whose partner is heard and in sync (bond_3ad.c,
    ad_agg_selection_logic).
    """
    found = returning(bond)
    info = bond.options.ad_info
    if bond.options.mode != LACP or info is None:
        return found
    return found + [
        slave
        for slave in bond.slaves
        if slave.usable
        and slave.state.aggregator_id not in (None, info.aggregator_id)
        and slave.state.actor_port_state is not None
        and not slave.state.actor_port_state & lacp.SILENT
        and (slave.state.partner_port_state or 0) & lacp.SYNC
    ]


def unpartnered(bond: Bond) -> list[Slave]:
    """Ports of an 802.3ad bond that hear no partner: the driver uses one of them when it has nothing better.

    Whether the switch takes what such a port sends is not known.
    """
    if bond.options.mode != LACP:
        return []
    return [slave for slave in bond.slaves if slave.usable and (slave.state.actor_port_state or 0) & lacp.SILENT]


def bits_known(slave: Slave) -> bool:
    """Whether it is known if a port of an 802.3ad bond carries traffic.

    The bits tell, or, where those are hidden, the churn machine, which is content only when both ends are in sync.
    """
    known = lacp.carries(slave.state.actor_port_state, slave.state.partner_port_state) is not None
    return known or (slave.actor_churn, slave.partner_churn) == ("none", "none")


def aggregators_known(bond: Bond) -> bool:
    """Whether it is known which ports of an 802.3ad bond are in the active aggregator; they are if all are in one."""
    ids = {slave.state.aggregator_id for slave in bond.slaves if slave.usable}
    info = bond.options.ad_info
    return None not in ids and (len(ids) < 2 or (info is not None and info.aggregator_id is not None))


def mii_known(bond: Bond) -> bool:
    """Whether the MII status of every slave is known."""
    return all(slave.state.mii_status is not None for slave in bond.slaves)
