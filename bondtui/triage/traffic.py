"""How the traffic spreads over the slaves, and what goes wrong with frames on the way."""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.model.bond import ACTIVE_BACKUP, BALANCE_ALB, BALANCE_RR, BALANCE_TLB, BALANCE_XOR, LACP, LinkErrors
from bondtui.model.finding import (
    CABLE,
    CERTAIN,
    CONFIGURATION,
    HOST,
    INFO,
    LIKELY,
    LOW,
    MEDIUM,
    POSSIBLE,
    SWITCH,
    UNKNOWN_SIDE,
    Fix,
)
from bondtui.model.record import NamedTuple
from bondtui.triage.case import mii_known
from bondtui.triage.rule import Rule, Sign, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.core.tracks import Track
    from bondtui.model.bond import Slave
    from bondtui.triage.case import Case

BEATS = 30
"""So many of the latest beats make an average."""
_RX, _TX = 0, 1
_SPREADING = frozenset({BALANCE_RR, BALANCE_XOR, LACP, BALANCE_TLB, BALANCE_ALB})
_CABLE_KINDS = ("rx_crc", "rx_frame", "tx_carrier")
"""Frames damaged on the way, and a carrier lost while sending."""
_HOST_KINDS = ("rx_missed", "rx_over", "rx_fifo")
"""Good frames that this host did not take off the NIC in time."""
_FEW_ERRORS = 100
"""Below this a count since the interface was made says nothing."""


def average_mbps(track: Track) -> tuple[float, float] | None:
    """Mb/s received and sent, over the latest beats that have a true rate; ``None`` without one."""
    known = [each for each in track.samples[-BEATS:] if each is not None] or ([track.rates] if track.rates else [])
    if not known:
        return None
    beats = len(known) * 1e6
    return sum(each.rx_bits for each in known) / beats, sum(each.tx_bits for each in known) / beats


def known_carriers(case: Case) -> list[Slave] | None:
    """The slaves that carry traffic; ``None`` where that is not known of every one of them."""
    if not mii_known(case.bond):
        return None
    if not case.is_lacp:
        return case.usable
    active = case.options.ad_info.aggregator_id if case.options.ad_info else None
    able = []
    for slave in case.usable:
        state = slave.state
        carries = lacp.carries(state.actor_port_state, state.partner_port_state)
        if active is None or state.aggregator_id is None or carries is None:
            return None
        if carries and state.aggregator_id == active:
            able.append(slave)
    return able


class _Share(NamedTuple):
    """The slave that carries nearly all of what goes one way."""

    slave: Slave
    percent: float
    mbps: float
    """Of all slaves together."""

    def evidence(self, verb: str) -> str:
        """``eno1 sends 97 % of 800 Mb/s``."""
        return f"{self.slave.name} {verb} {self.percent:.0f} % of {self.mbps:.0f} Mb/s"


def _loads(case: Case) -> list[tuple[Slave, tuple[float, float]]] | None:
    """What each slave carries; ``None`` where it is not known of one, or where fewer than two could share the traffic."""
    if len(case.slaves) < 2:
        return None
    loads = []
    for slave in case.slaves:
        mbps = average_mbps(case.track(slave))
        if mbps is None:
            return None
        loads.append((slave, mbps))
    return loads if len(known_carriers(case) or ()) > 1 else None


def _share(case: Case, loads: list[tuple[Slave, tuple[float, float]]], way: int) -> _Share | None:
    """The slave with nearly all of the traffic that way, if there is one and the traffic is worth a word."""
    total = sum(mbps[way] for _, mbps in loads)
    if total < case.limits.share_at_least_mbps or total <= 0:
        return None
    busiest, mbps = max(loads, key=lambda each: each[1][way])
    percent = 100 * mbps[way] / total
    return _Share(busiest, percent, total) if percent > case.limits.share_percent else None


def hash_of_one_gateway(case: Case) -> Iterator[Sign]:
    """``layer2`` picks the slave by the MAC addresses, and behind one gateway these are always the same two."""
    options = case.options
    if options.mode not in (BALANCE_XOR, LACP) or options.xmit_hash_policy != "layer2":
        return
    loads = _loads(case)
    sent = _share(case, loads, _TX) if loads is not None else None
    if sent is None:
        return
    bond = case.bond
    yield Sign(
        bond,
        f"{bond.name} sends nearly everything through {sent.slave.name}: xmit_hash_policy layer2 puts all that goes to one"
        " MAC, such as the gateway's, on one link, and the others stay idle.",
        ("xmit_hash_policy layer2", sent.evidence("sends")),
        step(
            ("ip", "-s", "link", "show", "master", bond.name),
            f"have xmit_hash_policy set to layer3+4 (or layer2+3) where {bond.name} is configured.",
        ),
        CONFIGURATION,
        LIKELY,
        Fix(options={"xmit_hash_policy": "layer3+4"}),
    )


def one_carries_all(case: Case) -> Iterator[Sign]:
    """One large flow stays on one link by design; what comes in is spread by the switch and not by this host."""
    mode = case.options.mode
    loads = _loads(case) if mode in _SPREADING else None
    if loads is None:
        return
    sent = _share(case, loads, _TX)
    received = _share(case, loads, _RX) if mode != BALANCE_TLB else None  # there it all comes in on the active slave
    ways = [(verb, share) for verb, share in (("sends", sent), ("receives", received)) if share is not None]
    if not ways:
        return
    bond = case.bond
    verb, share = ways[0]
    why = "one large flow, or the hash over few flows" if sent else "one large flow, or the hash of the switch"
    yield Sign(
        bond,
        f"{bond.name} {verb} nearly everything through {share.slave.name}, the other links are idle: {why}; a single flow"
        " never gets more than one link.",
        tuple(each.evidence(word) for word, each in ways),
        step(("ip", "-s", "link", "show", "master", bond.name), "several flows at once should spread over the links."),
        CONFIGURATION if sent else SWITCH,
        POSSIBLE,
    )


def errors_on_the_way(case: Case) -> Iterator[Sign]:
    """Counted errors that rise, or where none was watched to, more of them than a sound link has."""
    for slave in case.slaves:
        sign = _rising(case, slave) or _many(case, slave)
        if sign is not None:
            yield sign


def _rising(case: Case, slave: Slave) -> Sign | None:
    track = case.track(slave)
    now, before = track.errors, track.errors_before
    if now is None or before is None or track.errors_at is None:
        return None
    if case.mono - track.errors_at > case.limits.flap_window_s:
        return None
    rises = _kinds(now, before)
    evidence = tuple(
        f"{slave.name} {kind}_errors rose by {rise} to {getattr(now, kind)}" for kind, rise in rises.items()
    )
    return _errors_sign(slave, rises, evidence, CERTAIN) if rises else None


_SIDES = frozenset({"rx", "tx"})


def _many(case: Case, slave: Slave) -> Sign | None:
    errors, counters = slave.link.errors, slave.link.counters
    if counters is None or _watched_in_vain(case, slave):
        return None
    both = {"rx": counters.rx_errors, "tx": counters.tx_errors}  # a text may tell no kinds
    counted = _kinds(errors) if errors is not None else {side: number for side, number in both.items() if number}
    total, packets = sum(counted.values()), counters.rx_packets + counters.tx_packets
    if total < _FEW_ERRORS or total * 1e6 <= case.limits.errors_per_million * packets:
        return None
    evidence = (
        *(f"{slave.name} {kind}_errors {number}" for kind, number in counted.items()),
        f"{slave.name} packets {packets}",
    )
    return _errors_sign(slave, counted, evidence, LIKELY)


def _watched_in_vain(case: Case, slave: Slave) -> bool:
    """Whether the errors rose while somebody watched (then only that counts), or did not for the whole window."""
    track = case.track(slave)
    if track.errors_at is not None:
        return True
    return track.first_at is not None and case.mono - track.first_at >= case.limits.flap_window_s


def _kinds(now: LinkErrors, before: LinkErrors | None = None) -> dict[str, int]:
    """What there is of each kind that tells something, the cable's first; since ``before`` where that is given."""
    found = {
        kind: getattr(now, kind) - (getattr(before, kind) if before else 0) for kind in (*_CABLE_KINDS, *_HOST_KINDS)
    }
    return {kind: number for kind, number in found.items() if number > 0}


def _errors_sign(slave: Slave, kinds: dict[str, int], evidence: tuple[str, ...], confidence: str) -> Sign:
    cable = [kind for kind in kinds if kind in _CABLE_KINDS]
    rise = "keeps getting" if confidence == CERTAIN else "has had"
    if cable:
        return Sign(
            slave,
            f"{slave.name} {rise} errors on its link: a bad cable, optic or port, and of the traffic through it some is"
            " lost.",
            evidence,
            step(
                ("ethtool", "-S", slave.name),
                f"clean or replace cable and optic of {slave.name}, then its switch port.",
            ),
            CABLE,
            confidence,
        )
    if kinds.keys() <= _SIDES:
        return Sign(
            slave,
            f"{slave.name} {rise} errors of which the kind is not told: of the traffic through it some is lost.",
            evidence,
            step(
                ("ethtool", "-S", slave.name),
                "tells their kind: CRC and frame errors are of the cable, missed ones of the host.",
            ),
            UNKNOWN_SIDE,
            confidence,
        )
    return Sign(
        slave,
        f"{slave.name} {rise} frames that this host does not take off the NIC in time: they are lost although the cable"
        " is good.",
        evidence,
        step(("ethtool", "-g", slave.name), "a larger receive ring, or interrupts spread over more CPUs, takes them."),
        HOST,
        confidence,
    )


def drops_on_backup(case: Case) -> Iterator[Sign]:
    """A backup slave drops what the switch floods to it: that is its duty."""
    if case.options.mode != ACTIVE_BACKUP:
        return
    for slave in case.slaves:
        if slave.state.state != "backup":
            continue
        link = slave.link
        dropped = (
            ("rx_dropped", link.counters.rx_dropped if link.counters else 0),
            ("rx_nohandler", (link.errors.rx_nohandler or 0) if link.errors else 0),
        )
        evidence = tuple(f"{slave.name} {name} {number}" for name, number in dropped if number)
        if evidence:
            yield Sign(
                slave,
                f"{slave.name} drops received frames because it is a backup slave: this is normal, the active slave gets"
                " the same frames, and no traffic is lost.",
                evidence,
                step(("ip", "-s", "-s", "link", "show", "dev", slave.name), "nothing has to be done."),
                HOST,
            )


RULES = (
    Rule("BT049", "hash-l2", LOW, hash_of_one_gateway),
    Rule("BT050", "imbalance", INFO, one_carries_all, explained_by=("BT049",)),
    Rule("BT062", "rx-errors", MEDIUM, errors_on_the_way, explained_by=("BT047",)),
    Rule("BT063", "backup-rx", INFO, drops_on_backup),
)
