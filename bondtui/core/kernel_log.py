r"""What the bonding driver writes into the kernel log: that a slave loses its link, and what it says of LACP.

A record of /dev/kmsg is ``priority,sequence,microseconds,flags;text``, further lines begin with a
blank; what is not printable ASCII, and the backslash, is spelled ``\x1b`` (kernel/printk/printk.c,
msg_add_ext_text). The texts are those of drivers/net/bonding/bond_main.c: ``bond0: (slave eno1): ...``,
in older kernels ``bond0: ... interface eno1 ...``, and in still older ones with ``bonding: `` in front; those
about LACP are in drivers/net/bonding/bond_3ad.c (ad_rx_machine, ad_agg_selection_logic).
"""

from __future__ import annotations

import re

from bondtui.core.words import counted
from bondtui.model.around import LogWord
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bondtui.model.bond import Bond, Slave

WINDOW_S = 600.0
"""How far back a lost link counts."""
LOOPBACK, NO_PARTNER = "loopback", "no-partner"
BEFORE_S, AFTER_S = 0.5, 1.5
"""Slack around what bondtui did itself, beside the time that the driver's monitor takes."""

_HEAD = re.compile(rb"\d+,(\d+),(\d+),[^;]*;(.*)")
_LOST = re.compile(
    rb"(?:bonding: )?([^\s:]+): "
    rb"(?:\(slave ([^\s:]+)\): (?:link status definitely down|(?:backup )?interface is now down)"
    rb"|link status definitely down for interface ([^\s:]+), disabling"
    rb"|(?:backup )?interface ([^\s:]+) is now down)"
)
_LOOPBACK = re.compile(
    rb"(?:bonding: )?([^\s:]+): (?:\(slave ([^\s:]+)\): An illegal loopback occurred on slave"
    rb"|An illegal loopback occurred on adapter \(([^\s:]+)\))"
)
_NO_PARTNER = re.compile(
    rb"(?:bonding: )?([^\s:]+): (?:Warning: )?No 802\.3ad response from the link partner for any adapters in the bond"
)
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


class Loss(NamedTuple):
    """A slave's link given up by the driver."""

    at: float
    """Seconds on the clock of the kernel log."""
    bond: str
    slave: str


class Remark(NamedTuple):
    """What the driver said of LACP."""

    at: float
    """Seconds on the clock of the kernel log."""
    kind: str
    """As in ``bondtui.model.around.LogWord``."""
    bond: str
    slave: str | None = None


class Tail(NamedTuple):
    """What the kernel log still holds, in seconds on its own clock."""

    whole: bool
    """Whether it reaches back to the start of the kernel."""
    since: float = 0.0
    until: float = 0.0
    losses: tuple[Loss, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """Of those that are equal but for their time the last one, the oldest first."""


def tail(text: bytes) -> Tail:
    """Read any number of records, the oldest first; what is not understood is passed over."""
    heads: list[tuple[int, float]] = []
    losses = []
    remarks: dict[tuple[str, ...], Remark] = {}
    for line in text.split(b"\n"):
        head = _HEAD.match(line) if line[:1].isdigit() else None
        if head is None:
            continue
        at = int(head[2][:20]) / 1e6
        heads.append((int(head[1][:20]), at))
        lost = _LOST.match(_unescaped(head[3])) if b" down" in head[3] else None
        if lost is not None:
            losses.append(Loss(at, _name(lost[1]), _name(lost[2] or lost[3] or lost[4])))
        elif (remark := _remark(at, head[3])) is not None:
            key = (remark.kind, remark.bond, remark.slave or "")
            remarks.pop(key, None)
            remarks[key] = remark
    if not heads:
        return Tail(whole=False)
    return Tail(heads[0][0] == 0, heads[0][1], heads[-1][1], tuple(losses), tuple(remarks.values()))


def _remark(at: float, text: bytes) -> Remark | None:
    if b" illegal loopback " in text and (found := _LOOPBACK.match(_unescaped(text))):
        return Remark(at, LOOPBACK, _name(found[1]), _name(found[2] or found[3]))
    if b" 802.3ad response " in text and (found := _NO_PARTNER.match(_unescaped(text))):
        return Remark(at, NO_PARTNER, _name(found[1]))
    return None


def _unescaped(text: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text)


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def lost_links(
    bond: Bond, log: Tail, now: float, own_downs: Sequence[tuple[str, str, float]] = ()
) -> dict[int, tuple[float, ...]]:
    """By slave: how many seconds ago it lost its link, within the window, the latest first.

    ``now`` is on the clock of the log, and so are the ``own_downs``: (bond, slave, seconds) of what
    bondtui set down itself, which does not count.
    """
    found = {}
    for slave in bond.slaves:
        times = sorted(loss.at for loss in losses_of(bond, slave, log) if now - loss.at <= WINDOW_S)
        for own in own_downs:  # each is the reason of one loss, the next one after it
            explained = next((at for at in times if _explains(bond, slave, own, at)), None)
            if explained is not None:
                times.remove(explained)
        if latest := sorted(times, reverse=True)[: slave.state.link_failure_count]:
            found[slave.ifindex] = tuple(max(0.0, now - at) for at in latest)
    return found


def losses_of(bond: Bond, slave: Slave, log: Tail) -> list[Loss]:
    """All that the log says of one slave of one bond."""
    return [loss for loss in log.losses if (loss.bond, loss.slave) == (bond.name, slave.name)]


def words(log: Tail, now: float, bonds: Iterable[Bond]) -> tuple[LogWord, ...]:
    """What the driver said of the LACP of these bonds, the newest first; ``now`` is on the clock of the log."""
    names = {bond.name for bond in bonds}
    return tuple(
        LogWord(each.kind, max(0.0, now - each.at), each.bond, each.slave)
        for each in reversed(log.remarks)
        if each.bond in names
    )


def _explains(bond: Bond, slave: Slave, own: tuple[str, str, float], lost_at: float) -> bool:
    """Whether the driver has lost the link because bondtui set the slave down."""
    of_bond, of_slave, at = own
    if (of_bond, of_slave) != (bond.name, slave.name):
        return False
    options = bond.options
    by_mii = (options.miimon or 0) + (options.downdelay or 0)
    by_arp = (options.arp_interval or 0) * ((options.arp_missed_max or 2) + 2)
    return at - BEFORE_S <= lost_at <= at + max(by_mii, by_arp) / 1000 + AFTER_S


def doubtful(bond: Bond, log: Tail | None = None, now: float = 0.0) -> tuple[Slave, ...]:
    """The slaves that have lost their link at times that the log, if there is one, does not account for."""
    if log is not None and (log.whole or now - log.since >= WINDOW_S):
        return ()
    found = []
    for slave in bond.slaves:
        count = slave.state.link_failure_count
        known = 0 if log is None else len(losses_of(bond, slave, log))
        if count is None or count > known:
            found.append(slave)
    return tuple(found)


def unexplained(bond: Bond, own_downs: Iterable[tuple[str, str, float]]) -> tuple[Slave, ...]:
    """The slaves that have lost their link more often than bondtui has set them down, where there is no log to ask.

    ``own_downs`` are all since the slaves were enslaved: (bond, slave, any time).
    """
    own = [names for *names, _ in own_downs]
    counts = [(slave, slave.state.link_failure_count) for slave in bond.slaves]
    return tuple(slave for slave, count in counts if count is None or count > own.count([bond.name, slave.name]))


def when_unknown(slaves: Iterable[Slave], why: str) -> str:
    """In words: what is known of these slaves, and why no more."""
    said = ", ".join(f"{slave.name} has lost its link {_times(slave)}" for slave in slaves)
    return f"{said}, when is not known: {why}"


def _times(slave: Slave) -> str:
    count = slave.state.link_failure_count
    return "or not" if count is None else counted(count, "time")
