"""The ping strip: light probes to one target that go on for as long as somebody looks, and the outages they meet.

Everything here is told the time; whoever owns the probes hands over what has become of them.
"""

from __future__ import annotations

from math import ceil, isnan

from bondtui.core.words import counted
from bondtui.drill.figures import span, words
from bondtui.drill.heartbeat import slices
from bondtui.drill.outage import gaps, measured, open_gap_ms, patience_s
from bondtui.drill.trail import Trail
from bondtui.model.bond import ACTIVE_BACKUP
from bondtui.model.drill import Gap, Outage
from bondtui.model.probe import ANSWERED, FAILED, SENT, News
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bondtui.model.bond import Bond
    from bondtui.model.event import Event

PERIOD_S = 0.2
CELLS_AT_MOST = 250
"""So many slices of time are kept for a screen, one for each probe."""
SETTLED_S = 1.0
"""An outage is over when for so long no more probe was lost; a shorter pause belongs to it."""
LONGEST_S = 60.0
"""Losses that come again and again are one outage for so long at most."""
PROBES_AT_MOST = 4 * CELLS_AT_MOST
"""More are never kept, however long an outage lasts."""
SAID_S = 60.0
"""So long an outage that is over is said beside the strip."""
NEAR_S = 0.5
"""An event so close to an outage belongs to it: the clocks of both are the same, the ways here are not."""
BEHIND = 2
"""So many slices the strip may be behind the time before it goes on without a probe."""
CHANGES_OF_ACTIVE = frozenset({"active-changed"})
CHANGES_OF_USE = CHANGES_OF_ACTIVE | {
    *("mii-changed", "ports-changed", "active-aggregator-changed", "slave-released", "slave-deleted")
}
"""Kinds of events by which a bond comes to send over another slave, in active-backup and in all other modes."""
BAD = "bad"
WITHOUT_ANSWER = " without answer"
ONE_LOST = "1 probe lost"


class Strip(NamedTuple):
    """What there is to see at one moment; it does not change when more probes come."""

    bond: int
    """Interface index."""
    address: str = ""
    """Of the target, once there is one."""
    beats: tuple[str, ...] = ()
    """A state of ``drill.heartbeat`` for each slice of time, oldest first."""
    until: float = 0.0
    """When the newest slice ends; monotonic clock."""
    slice_s: float = PERIOD_S
    rtt_ms: float | None = None
    """Round trip of the newest probe that was answered."""
    silent_ms: float | None = None
    """For so long probes have been missing up to now; ``None`` while they are answered."""
    outage: str = ""
    """How long the last outage was, for some time after it: ``180 ms (100-300)``."""
    trouble: str = ""
    """Why there are no probes, in words."""


class Ended(NamedTuple):
    """An outage that is over, or that nobody will see the end of."""

    began: float
    """When the first lost probe was sent; monotonic clock."""
    until: float
    """When the first answered probe after was sent, or when the probes were stopped."""
    outage: Outage


class Tape:
    """What is kept of the probes to one target."""

    def __init__(self, bond: int, address: str, period_s: float = PERIOD_S) -> None:
        """Make an empty one.

        Args:
            bond: Interface index of the bond.
            address: Of the target.
            period_s: From one probe to the next, and the length of one slice.
        """
        self._strip = Strip(bond, address, slice_s=period_s)
        self._period_s = period_s
        self._trail = Trail()
        self._origin: float | None = None
        self._from = float("-inf")
        """Outages among what was sent before are told."""
        self._last: Ended | None = None

    @property
    def bond(self) -> int:
        """Interface index of the bond."""
        return self._strip.bond

    @property
    def address(self) -> str:
        """Of the target."""
        return self._strip.address

    @property
    def kept(self) -> int:
        """How many probes are kept."""
        return len(self._trail)

    def take(self, news: Iterable[News]) -> None:
        """Add what has become of the probes."""
        for each in news:
            self._trail.add(each)
        if self._origin is None and len(self._trail):
            self._origin = self._trail.sent[0]

    def ended(self, now: float) -> list[Ended]:
        """The outages that are over and were not told before; what is no longer needed is forgotten."""
        newest = self._trail.newest_answered
        found: list[Ended] = []
        if newest is not None:
            quiet_from = self._trail.sent[newest] - SETTLED_S
            for group in self._groups(now):
                settled = [gap for gap in group if gap.good_after is not None and gap.good_after <= quiet_from]
                if not settled or (settled != group and _length_s(settled) < LONGEST_S):
                    break
                began, self._from = settled[0].first_lost, settled[-1].good_after or quiet_from
                if settled[0].good_before is not None:
                    found.append(Ended(began, self._from, self._measured(settled, now)))
                if settled != group:
                    break
            else:
                self._from = max(self._from, quiet_from)
        self._last = found[-1] if found else self._last
        self._forget(now)
        return found

    def unfinished(self, now: float) -> Ended | None:
        """What is lost and not told yet, for whoever stops the probes now; ``None`` if there is nothing to tell."""
        groups = self._groups(now)
        if not groups or groups[-1][0].good_before is None:
            return None
        group = groups[-1]
        return Ended(group[0].first_lost, group[-1].good_after or now, self._measured(group, now))

    def strip(self, now: float) -> Strip:
        """What there is to see."""
        if self._origin is None:
            return self._strip
        period, trail = self._period_s, self._trail
        newest = round((trail.sent[-1] - self._origin) / period) if len(trail) else 0
        end = max(newest, int((now - self._origin) / period) - BEHIND) + 1
        begin = max(0, end - CELLS_AT_MOST)
        edges = self._origin + (begin - 0.5) * period, self._origin + (end - 0.5) * period
        rtt_s = self._rtt_s
        silent_ms = open_gap_ms(trail, now, grace_s=period + patience_s(rtt_s, None))
        last = self._last
        return self._strip._replace(
            beats=tuple(slices([trail], *edges, end - begin, now=now)),
            until=edges[1],
            rtt_ms=None if rtt_s is None else rtt_s * 1000,
            silent_ms=silent_ms or None,
            outage=figure(last.outage, period) if last is not None and now - last.until < SAID_S else "",
        )

    @property
    def _rtt_s(self) -> float | None:
        newest = self._trail.newest_answered
        return None if newest is None else self._trail.answered[newest] - self._trail.sent[newest]

    def _groups(self, now: float) -> list[list[Gap]]:
        """The gaps that were not told yet, those together that belong to one outage."""
        groups: list[list[Gap]] = []
        for gap in gaps(self._trail, self._from, now + self._period_s, now=now, rtt_s=self._rtt_s):
            before = groups[-1][-1].good_after if groups else None
            if before is not None and gap.first_lost - before < SETTLED_S:
                groups[-1].append(gap)
            else:
                groups.append([gap])
        return groups

    def _measured(self, group: Sequence[Gap], now: float) -> Outage:
        until = group[-1].good_after or now + self._period_s
        return measured(self._trail, group[0].first_lost, until, now=now, rtt_s=self._rtt_s, period_s=self._period_s)

    def _forget(self, now: float) -> None:
        """Keep what can be shown and what an outage under way needs."""
        shown_from = now - (CELLS_AT_MOST + BEHIND) * self._period_s
        groups = self._groups(now) if self._trail.newest_answered is not None else []
        needed_from = groups[0][0].good_before if groups else None
        self._trail.forget(min(shown_from, shown_from if needed_from is None else needed_from))
        if len(self._trail) > PROBES_AT_MOST:
            self._thin_out()

    def _thin_out(self) -> None:
        """Of a gap that has lasted very long the first probe and the latest ones tell as much as all of them."""
        old, new = self._trail, Trail()
        first, last = (old.newest_answered or 0) + 2, len(old) - CELLS_AT_MOST - BEHIND
        for position in range(len(old)):
            if first <= position < last:
                continue
            number, at, answer = old.numbers[position], old.sent[position], old.answered[position]
            error = old.errors.get(number)
            new.add(News(0, number, SENT if error is None else FAILED, at, error or 0))
            if not isnan(answer):
                new.add(News(0, number, ANSWERED, answer))
        self._trail = new


def _length_s(gaps: Sequence[Gap]) -> float:
    return (gaps[-1].good_after or gaps[-1].last_lost) - gaps[0].first_lost


def figure(outage: Outage, period_s: float = PERIOD_S) -> str:
    """How long it was, in words: ``180 ms (100-300)``, ``1 probe lost (< 400 ms)``, ``at least 3.2 s, not over``."""
    over = outage.high_ms is not None
    if outage.lost == 1 and over:
        return f"{ONE_LOST} (< {span(outage.high_ms or 0.0, ceil)})"
    if not over and outage.low_ms < 1:
        return f"{counted(outage.lost, 'probe')} lost, not over"
    said = words(outage, period_s)
    return said if len(outage.gaps) <= 1 else f"{said} in {len(outage.gaps)} gaps"


def sentence(outage: Outage, address: str, happened: str = "") -> str:
    """The words for the event log: what has happened to the bond, if anything, and for how long nobody answered."""
    said = figure(outage)
    if "lost" not in said:
        short = happened and outage.high_ms is not None
        said = f"{said}{WITHOUT_ANSWER}" if short else f"no answer from {address} for {said}"
    return f"{happened}, {said}" if happened else said


def happening(ended: Ended, events: Iterable[Event], bond: Bond, interval: float) -> str:
    """What has happened to the bond about that time, in a word or two; ``""`` if nothing that would explain it.

    Args:
        ended: The outage.
        events: Everything that is known to have happened.
        bond: Whose probes were lost.
        interval: What a re-read has found may have happened so many seconds before.
    """
    changes = CHANGES_OF_ACTIVE if bond.options.mode == ACTIVE_BACKUP else CHANGES_OF_USE
    near = [each for each in events if each.bond == bond.ifindex and _is_near(ended, each, interval)]
    if any(each.kind == "bond-carrier-lost" for each in near):
        return "bond without carrier"
    return "failover" if any(each.kind in changes and not _has_no_active(each) for each in near) else ""


def _has_no_active(event: Event) -> bool:
    """Whether the bond has lost its active slave without getting another."""
    return event.kind == "active-changed" and event.severity == BAD


def _is_near(ended: Ended, event: Event, interval: float) -> bool:
    later = NEAR_S + (interval if event.polled else 0.0)
    return ended.began - NEAR_S <= event.at.mono <= ended.until + later
