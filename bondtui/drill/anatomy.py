"""An outage taken apart: which of the kernel's events belong to it, and when each phase was reached.

The order is that of drivers/net/bonding/bond_main.c: the link, the driver's verdict on the slave (``bond_miimon_inspect``
or the ARP monitor), the change of the active slave or of the ports that carry, and the peers told of it. In balance-rr,
balance-xor and broadcast the driver tells of no switch, since it chooses a slave for each packet.
"""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.model.bond import LACP, MII_DOWN, MII_UP, MODES_WITH_ACTIVE_SLAVE
from bondtui.model.drill import Anatomy, Instant
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bondtui.model.bond import Bond
    from bondtui.model.event import Event

ALLOWANCE_S = 0.005
"""An event may bear a time so long before the issue: what a cable's fault is counted from is an event itself."""
LINK_LOST, LINK_BACK = frozenset({"set-down", "carrier-lost"}), frozenset({"set-up", "carrier-back"})


def anatomy(  # noqa: PLR0913
    issued: Instant,
    bond: Bond | None,
    slave: int,
    events: Iterable[Event],
    until: float,
    *,
    back: bool,
    first_answer: Instant | None,
) -> Anatomy:
    """The phases of a failover, or of a failback (``back``), found among the events of the bond until then."""
    mine = [
        each
        for each in events
        if issued.at - ALLOWANCE_S <= each.at.mono < until and (bond is None or each.bond == bond.ifindex)
    ]
    about = _About(slave, bond.options.mode if bond else None, back)
    detected = _first(mine, about.is_detection)
    switched = _first(mine, about.is_switch)
    after = mine[mine.index(switched) :] if switched else []
    return Anatomy(
        issued=issued,
        link=_instant(_link(mine, about, detected)),
        detected=_instant(detected),
        switched=_instant(switched, names=switched is not None and switched.ifindex == slave),
        notified=_instant(_first(after, lambda each: each.kind == "peers-notified")),
        first_answer=first_answer,
    )


class _About(NamedTuple):
    """Which events are looked for."""

    slave: int
    mode: int | None
    back: bool

    def is_link(self, event: Event) -> bool:
        """The kernel's word on the link of the slave."""
        return event.ifindex == self.slave and event.kind in (LINK_BACK if self.back else LINK_LOST)

    def is_detection(self, event: Event) -> bool:
        """The driver's verdict on the slave; LACP also gives up a partner that is silent on a link that is there."""
        if event.ifindex != self.slave:
            return False
        if self.mode == LACP and event.kind == ("lacp-heard" if self.back else "lacp-expired"):
            return True
        return event.kind == "mii-changed" and event.words == f"MII {MII_UP if self.back else MII_DOWN}"

    def is_switch(self, event: Event) -> bool:
        """Traffic is given to other slaves, or to this one again."""
        if self.mode in MODES_WITH_ACTIVE_SLAVE or self.mode is None:
            return event.kind == "active-changed" and self._concerns(event)
        return self.mode == LACP and self._is_port_change(event)

    def _concerns(self, event: Event) -> bool:
        return len(event.others) == 2 and event.others[1 if self.back else 0] == self.slave

    def _is_port_change(self, event: Event) -> bool:
        """A port that has joined an aggregator again carries nothing until it distributes, some seconds later."""
        if event.kind == "active-aggregator-changed":
            return not self.back
        if event.kind == "ports-changed":
            before, after = _numbers(event.words.removeprefix("ports in the active aggregator "))
            return after < before and not self.back
        if event.ifindex != self.slave:
            return False
        if event.kind == "role-changed":
            return event.words.startswith("active" if self.back else "backup")
        if event.kind in ("actor-state-changed", "lacp-expired", "lacp-heard"):
            before, after = _numbers(event.words.removeprefix("actor ").partition(":")[0])
            gone, come = (after, before) if self.back else (before, after)
            return bool(gone & ~come & lacp.DISTRIBUTING)
        return False


def _link(events: list[Event], about: _About, detected: Event | None) -> Event | None:
    """The first word on a lost link; of a link that comes back the last one before the driver takes it."""
    found = [each for each in events if about.is_link(each)]
    if not about.back or detected is None:
        return found[0] if found else None
    early = [each for each in found if each.at.mono <= detected.at.mono]
    return early[-1] if early else None


def _numbers(words: str) -> tuple[int, int]:
    """Both numbers of ``2 -> 1``; zeros for anything else."""
    before, _, after = words.partition(" -> ")
    return (int(before), int(after)) if before.isdecimal() and after.isdecimal() else (0, 0)


def _first(events: list[Event], wanted: Callable[[Event], bool]) -> Event | None:
    return next(filter(wanted, events), None)


def _instant(event: Event | None, *, names: bool = False) -> Instant | None:
    if event is None:
        return None
    return Instant(event.at.mono, f"{event.subject} {event.words}" if names else event.words, event.polled)
