"""One sentence about a bond: what is wrong, what carries the traffic, what is lost next, what to do.

The worst thing wins. Names are still the kernel's bytes here; they are made safe when drawn.
"""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.core.tracks import Track
from bondtui.core.words import age, counted, listed
from bondtui.model.bond import (
    ACTIVE_BACKUP,
    LACP,
    MII_GOING_BACK,
    MII_GOING_DOWN,
    MODES_WITH_ACTIVE_SLAVE,
    Bond,
    Slave,
)
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OK, UNKNOWN, DEGRADED, AT_RISK, DOWN = range(5)
WORDS = ("OK", "CANNOT TELL", "DEGRADED", "AT RISK", "DOWN")
"""What each rank is called, mildest first."""


class Verdict(NamedTuple):
    """What to say about one bond."""

    rank: int
    sentence: str
    consequence: str = ""
    next_step: str = ""

    @property
    def word(self) -> str:
        """The rank as a word."""
        return WORDS[self.rank]


class Seen(NamedTuple):
    """A bond, its slaves' histories, and the time from which to look back."""

    bond: Bond
    tracks: Mapping[int, Track]
    mono: float
    set_down: int | None = None
    """The slave that a pending change has set down, and that its dead-man's switch will set up again."""


def carrying(bond: Bond) -> list[Slave]:
    """The slaves that can carry traffic now; for 802.3ad judged by the bits of both ends."""
    usable = [slave for slave in bond.slaves if slave.usable]
    if bond.options.mode != LACP:
        return usable
    info = bond.options.ad_info
    active = info.aggregator_id if info else None
    return [
        slave
        for slave in usable
        if slave.state.aggregator_id in (None, active)
        and lacp.carries(slave.state.actor_port_state, slave.state.partner_port_state) is not False
    ]


def verdict(seen: Seen) -> Verdict:
    """The worst thing that is known of this bond, with the next worst in short, or that it is well."""
    found = list(_verdicts(seen))
    worst = max(found, key=lambda each: each.rank)
    others = sorted((each for each in found if each.rank > OK and each is not worst), key=lambda each: -each.rank)
    return worst._replace(sentence=f"{worst.sentence} Also: {others[0].sentence}") if others else worst


def _verdicts(seen: Seen) -> Iterator[Verdict]:
    """All that applies; of equal rank the first one counts, so root causes come first."""
    bond = seen.bond
    usable = [slave for slave in bond.slaves if slave.usable]
    if not bond.link.admin_up:
        yield Verdict(
            DOWN,
            f"{bond.name} is set down: it carries no traffic.",
            next_step=f"find out who set it down; 'ip link set {bond.name} up' brings it back.",
        )
    if not bond.slaves:
        yield Verdict(
            DOWN,
            f"{bond.name} has no slaves: it carries no traffic.",
            next_step="'networkctl status', 'nmcli device' or the interfaces file tell why none was added.",
        )
    elif not usable:
        yield _no_slave_up(seen)
    elif bond.link.admin_up and bond.link.carrier is False:
        ports = (bond.options.ad_info.num_ports if bond.options.ad_info else 0) or 0
        too_few = bond.options.mode == LACP and ports < (bond.options.min_links or 0)
        yield Verdict(
            DOWN,
            f"{bond.name} has no carrier although {_names(usable)} {_is(usable)} up"
            + (
                f": the active aggregator has {counted(ports, 'port')}, min_links asks for {bond.options.min_links}."
                if too_few
                else "."
            ),
            f"Lost now: {_what_it_carries(bond)}.",
            f"bring the other slaves back, or have min_links lowered where {bond.name} is configured."
            if too_few
            else f"'ip -d link show {bond.name}' and the kernel log ('dmesg') tell more.",
        )
    if usable and bond.options.mode in MODES_WITH_ACTIVE_SLAVE and bond.active is None:
        yield Verdict(
            DOWN,
            f"No slave of {bond.name} is active although {_names(usable)} {_is(usable)} up: it carries no traffic.",
            f"Lost now: {_what_it_carries(bond)}.",
            f"'ip -d link show {bond.name}' and the kernel log ('dmesg') tell more.",
        )
    if bond.options.mode == LACP and usable:
        yield from _lacp(seen, usable)
    yield from _slaves_lost(seen, carrying(bond))
    yield from _unmonitored(seen, usable)
    yield _well(seen)


def _no_slave_up(seen: Seen) -> Verdict:
    reasons = "; ".join(f"{slave.name} {trouble(slave, seen)}" for slave in seen.bond.slaves[:3])
    more = f"; and {len(seen.bond.slaves) - 3} more" if len(seen.bond.slaves) > 3 else ""
    return Verdict(
        DOWN,
        f"No slave is up, {seen.bond.name} carries no traffic: {reasons}{more}.",
        f"Lost now: {_what_it_carries(seen.bond)}.",
        _next_for(seen.bond.slaves[0], seen),
    )


def _unmonitored(seen: Seen, usable: list[Slave]) -> Iterator[Verdict]:
    options = seen.bond.options
    if options.miimon != 0 or options.arp_interval not in (0, None):
        return
    cure = f"have miimon set to 100 where {seen.bond.name} is configured."
    active = seen.bond.active
    if active is not None and (active.link.carrier is False or not active.link.admin_up):
        trouble = "has no carrier" if active.link.admin_up else "is set down"
        sentence = f"Traffic goes to {active.name}, which {trouble}: no link monitor is on, so nobody noticed."
        yield Verdict(DOWN, sentence, f"Lost now: {_what_it_carries(seen.bond)}.", cure)
    elif usable:
        sentence = "No link monitor (miimon 0, arp_interval 0): a dead link is never noticed, MII status means nothing."
        yield Verdict(AT_RISK, sentence, "If the link in use fails, its traffic is lost until somebody acts.", cure)


def _lacp(seen: Seen, usable: list[Slave]) -> Iterator[Verdict]:
    bond, info = seen.bond, seen.bond.options.ad_info
    if info is None or info.partner_mac in (None, lacp.NO_PARTNER):
        yield Verdict(
            AT_RISK,
            f"No LACP partner answers {bond.name}: at most one slave is used, and the switch may drop its frames.",
            f"Carrier stays up, so nothing fails over: {_what_it_carries(bond)}.",
            f"on the switch, are the ports of {_names(usable)} in one port-channel with LACP active?",
        )
        return
    left = carrying(bond)
    silent = [slave for slave in usable if (slave.state.actor_port_state or 0) & lacp.SILENT]
    rank = DEGRADED if len(left) > 1 else AT_RISK if left or silent else DOWN
    only = (
        f"only {_names(left)} {_verb(left, 'carries', 'carry')} traffic" if left else "no slave is known to carry any"
    )
    lost = _if_lost(bond, left)
    if silent:
        yield Verdict(
            rank,
            f"{_names(silent)} {_verb(silent, 'hears', 'hear')} no LACP partner although the link is up: {only}.",
            lost,
            f"on the switch, is the port of {_names(silent)} in the port-channel, with LACP active and forwarding?",
        )
    active = info.aggregator_id
    apart = [slave for slave in usable if slave not in silent and slave.state.aggregator_id not in (None, active)]
    if apart:
        yield Verdict(
            rank,
            f"{_names(apart)} {_is(apart)} in another aggregator than the active one ({active}): {only}.",
            lost,
            f"on the switch, put the ports of {_names(usable)} into one port-channel (one switch, or MLAG).",
        )
    idle = [slave for slave in usable if slave not in silent and slave not in apart and slave not in left]
    if idle:
        yield Verdict(
            rank,
            f"{_names(idle)} {_verb(idle, 'carries', 'carry')} nothing, the link is up but LACP has not settled: {only}.",
            lost,
            f"compare both ends' LACP state in /proc/net/bonding/{bond.name}, then the switch's port log.",
        )


def _slaves_lost(seen: Seen, left: list[Slave]) -> Iterator[Verdict]:
    bond = seen.bond
    lost = [slave for slave in bond.slaves if not slave.usable]
    if not left or not bond.slaves:
        return
    if lost:
        worst = max(lost, key=lambda slave: (slave.link.admin_up, _lost_at(slave, seen)))
        others = f" ({len(lost) - 1} more down)" if len(lost) > 1 else ""
        yield Verdict(
            AT_RISK if len(left) == 1 else DEGRADED,
            f"{worst.name} {trouble(worst, seen)}{others}. {_traffic(bond, left)}",
            _if_lost(bond, left),
            _next_for(worst, seen),
        )
    elif len(bond.slaves) == 1:
        yield Verdict(
            AT_RISK,
            f"{bond.name} has a single slave, {left[0].name}: there is nothing to fail over to.",
            _if_lost(bond, left),
            f"find the missing slave in the configuration of {bond.name}.",
        )


def _well(seen: Seen) -> Verdict:
    bond, slaves = seen.bond, list(seen.bond.slaves)
    lost = (
        (slave, seen.tracks[slave.ifindex].downs_within(seen.mono)) for slave in slaves if slave.ifindex in seen.tracks
    )
    lately = "".join(f" {slave.name} was lost {times} times in 10 min." for slave, times in lost if times > 1)
    if len(slaves) > 1 and bond.options.mode == ACTIVE_BACKUP and bond.active is not None:
        others = [slave for slave in slaves if slave.ifindex != bond.active.ifindex]
        takers = f"{others[0].name} takes" if len(others) == 1 else f"one of {len(others)} others takes"
        return Verdict(OK, f"{_all(slaves)} up. {_traffic(bond, slaves)} If it fails, {takers} over.{lately}")
    return Verdict(OK, f"{_all(slaves)} up. {_traffic(bond, slaves)}{lately}" if slaves else "")


def _all(slaves: list[Slave]) -> str:
    return {1: "The only slave is", 2: "Both slaves are"}.get(len(slaves), f"All {len(slaves)} slaves are")


def trouble(slave: Slave, seen: Seen) -> str:
    """What is wrong with one slave, since when, and how often lately: ``lost carrier 14 s ago``."""
    track = seen.tracks.get(slave.ifindex)
    since = track.down_since if track else None
    lately = track.downs_within(seen.mono) if track else 0
    times = f" ({lately} times in 10 min)" if lately > 1 else ""
    ago = f" {age(seen.mono - since.mono)} ago" if since else ""
    if not slave.link.admin_up:
        return (f"was set down{ago}" if since else "is set down") + times
    if slave.link.carrier is False:
        return (f"lost carrier{ago}" if since else "has no carrier") + times
    options = seen.bond.options
    if options.arp_interval:
        targets = ", ".join((*options.arp_ip_targets, *options.ns_ip6_targets)) or "(none is set)"
        return f"has carrier but no answer from the ARP targets {targets}{times}"
    if slave.state.mii_status == MII_GOING_DOWN:
        return f"is going down (waiting for downdelay {options.downdelay} ms)"
    if slave.state.mii_status == MII_GOING_BACK:
        return f"is coming back (waiting for updelay {options.updelay} ms)"
    return f"has carrier but is still MII {slave.state.mii_status or 'unknown'}{times}"


def _next_for(slave: Slave, seen: Seen) -> str:
    bond = seen.bond
    if not slave.link.admin_up and slave.ifindex == seen.set_down:
        return f"none, {slave.name} is set up again by itself; 'bondtui revert' does it at once."
    if not slave.link.admin_up:
        return f"find out who set {slave.name} down; 'ip link set {slave.name} up' brings it back."
    if slave.link.carrier is False:
        place = " ".join(filter(None, (slave.hardware.driver, slave.hardware.bus_info)))
        identity = ", ".join(filter(None, (slave.state.perm_hwaddr, place)))
        return f"'ethtool {slave.name}'; check cable and switch port of {slave.name}" + (
            f" ({identity})." if identity else "."
        )
    if bond.options.arp_interval:
        target = next(iter((*bond.options.arp_ip_targets, *bond.options.ns_ip6_targets)), "TARGET")
        return f"'ping -I {bond.name} {target}'; does the target run, and is it in the VLAN of {slave.name}'s port?"
    return f"'ethtool {slave.name}' for speed and duplex."


def _if_lost(bond: Bond, left: list[Slave]) -> str:
    if len(left) != 1:
        return ""
    return f"If {left[0].name} fails, {bond.name} is down: {_what_it_carries(bond)}."


def _what_it_carries(bond: Bond) -> str:
    """The addresses that people know the bond by; link-local ones are not among them."""
    known = [address.partition("/")[0] for address in bond.addresses if not address.startswith(("fe80:", "169.254."))]
    return ", ".join([*known[:3], f"{len(known) - 3} more"] if len(known) > 3 else known) or "everything on it"


def _traffic(bond: Bond, slaves: list[Slave]) -> str:
    if bond.options.mode in MODES_WITH_ACTIVE_SLAVE:
        if bond.active is None:
            return "No slave is active yet."
        if bond.options.mode == ACTIVE_BACKUP or len(slaves) == 1:
            return f"Traffic is on {bond.active.name}."
        return f"Traffic is on {_names(slaves)}; {bond.active.name} is the active slave."
    return f"Traffic is on {_names(slaves)}."


def _lost_at(slave: Slave, seen: Seen) -> float:
    track = seen.tracks.get(slave.ifindex)
    return track.down_since.mono if track and track.down_since else 0.0


def _names(slaves: list[Slave]) -> str:
    names = [slave.name for slave in slaves]
    return listed(names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"])


def _is(slaves: list[Slave]) -> str:
    return _verb(slaves, "is", "are")


def _verb(slaves: list[Slave], one: str, many: str) -> str:
    return one if len(slaves) == 1 else many
