r"""What the bonding driver writes into the kernel log when a slave loses its link.

A record of /dev/kmsg is ``priority,sequence,microseconds,flags;text``, further lines begin with a
blank; what is not printable ASCII, and the backslash, is spelled ``\x1b`` (kernel/printk/printk.c,
msg_add_ext_text). The texts are those of drivers/net/bonding/bond_main.c: ``bond0: (slave eno1): ...``,
in older kernels ``bond0: ... interface eno1 ...``, and in still older ones with ``bonding: `` in front.
"""

from __future__ import annotations

import re

from bondtui.core.words import counted
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bondtui.model.bond import Bond, Slave

WINDOW_S = 600.0
"""How far back a lost link counts."""
BEFORE_S, AFTER_S = 0.5, 1.5
"""Slack around what bondtui did itself, beside the time that the driver's monitor takes."""

_HEAD = re.compile(rb"\d+,(\d+),(\d+),[^;]*;(.*)")
_LOST = re.compile(
    rb"(?:bonding: )?([^\s:]+): "
    rb"(?:\(slave ([^\s:]+)\): (?:link status definitely down|(?:backup )?interface is now down)"
    rb"|link status definitely down for interface ([^\s:]+), disabling"
    rb"|(?:backup )?interface ([^\s:]+) is now down)"
)
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


class Loss(NamedTuple):
    """A slave's link given up by the driver."""

    at: float
    """Seconds on the clock of the kernel log."""
    bond: str
    slave: str


class Tail(NamedTuple):
    """What the kernel log still holds, in seconds on its own clock."""

    whole: bool
    """Whether it reaches back to the start of the kernel."""
    since: float = 0.0
    until: float = 0.0
    losses: tuple[Loss, ...] = ()


def tail(text: bytes) -> Tail:
    """Read any number of records, the oldest first; what is not understood is passed over."""
    heads: list[tuple[int, float]] = []
    losses = []
    for line in text.split(b"\n"):
        head = _HEAD.match(line) if line[:1].isdigit() else None
        if head is None:
            continue
        at = int(head[2][:20]) / 1e6
        heads.append((int(head[1][:20]), at))
        lost = _LOST.match(_unescaped(head[3])) if b" down" in head[3] else None
        if lost is not None:
            losses.append(Loss(at, _name(lost[1]), _name(lost[2] or lost[3] or lost[4])))
    if not heads:
        return Tail(whole=False)
    return Tail(heads[0][0] == 0, heads[0][1], heads[-1][1], tuple(losses))


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


def when_unknown(slaves: Iterable[Slave], why: str) -> str:
    """In words: what is known of these slaves, and why no more."""
    said = ", ".join(f"{slave.name} has lost its link {_times(slave)}" for slave in slaves)
    return f"{said}, when is not known: {why}"


def _times(slave: Slave) -> str:
    count = slave.state.link_failure_count
    return "or not" if count is None else counted(count, "time")
