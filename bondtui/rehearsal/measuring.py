"""What one round measures: the windows of its failover and its failback, and what each slave carried around them."""

from __future__ import annotations

from math import inf

from bondtui.drill.anatomy import anatomy
from bondtui.drill.crossing import share
from bondtui.drill.outage import gaps, measured
from bondtui.model.drill import Anatomy, Gap, Instant, Passage
from bondtui.model.reading import Stamp
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bondtui.drill.trail import Trail
    from bondtui.model.bond import Bond
    from bondtui.model.drill import Preflight, Share
    from bondtui.model.event import Event
    from bondtui.rehearsal.probes import Probes
    from bondtui.rehearsal.tools import Tools

LOOK_BACK_S = 120.0
"""A gap that the fault lies in may have begun so long before: a silent peer is noticed late."""


class Window(NamedTuple):
    """From the fault, or the restoring, to the end of what belongs to it; monotonic clock."""

    began: Stamp
    issued: Instant
    back: bool
    crossed: tuple[bool, ...]
    """By flow: whether it crossed the slave under test just before."""
    until: float | None = None
    """``None`` while it lasts."""
    looks_back: bool = False
    """Whether it begins with the first probe that was lost since the failover, where that was sent earlier."""
    switched_by_us: float | None = None
    """When bondtui itself asked for another active slave, because the driver would not have done so."""


class Measuring:
    """The measurements of one round. ``crossed`` says of each flow whether it crosses the slave under test."""

    def __init__(self, tools: Tools, preflight: Preflight, probes: Probes, slave: int) -> None:
        self._tools = tools
        self._preflight = preflight
        self._probes = probes
        self._slave = slave
        self._windows: dict[bool, Window] = {}
        self._shares: dict[str, Share] = {}
        self._share_from: Bond | None = None
        self.crossed = (False,) * len(preflight.flows)

    @property
    def began(self) -> float | None:
        """When the fault was issued."""
        return self._windows[False].began.mono if False in self._windows else None

    @property
    def ended(self) -> float | None:
        """When the failover was over."""
        return self._windows[False].until if False in self._windows else None

    def open(self, began: Stamp, issued: Instant, *, back: bool = False, looks_back: bool = False) -> None:
        """The failover begins; with ``back``, the failback."""
        self._windows[back] = Window(began, issued, back, self.crossed, looks_back=looks_back)

    def close(self, until: float) -> None:
        """What was opened last is over, if it was not so before."""
        back = True in self._windows
        if back in self._windows and self._windows[back].until is None:
            self._windows[back] = self._windows[back]._replace(until=until)

    def switched_by_us(self, at: float) -> None:
        """From now on a change of the active slave is not the driver's own doing."""
        if True in self._windows:
            self._windows[True] = self._windows[True]._replace(switched_by_us=at)

    def share_from_now(self) -> None:
        """Begin to count what each slave carries."""
        self._share_from = self._tools.bond(self._preflight.wish.bond)

    def share_until(self, name: str) -> None:
        """Give what each slave has carried since then a name: ``before``, ``held`` or ``after``."""
        if self._share_from is not None:
            self._shares[name] = share(self._share_from, self._tools.bond(self._preflight.wish.bond))
            self._share_from = None

    def stamp(self, mono: float) -> Stamp:
        """An instant of the monotonic clock on both clocks."""
        now = self._tools.hands.now()
        return Stamp(mono, now.wall - (now.mono - mono))

    def latest(self, bond: Bond, events: Iterable[Event]) -> Passage | None:
        """The failover or failback that was opened last, as far as it is known now."""
        window = self._windows.get(True) or self._windows.get(False)
        return self._passage(window, bond, events) if window is not None else None

    def both(self, bond: Bond, events: Sequence[Event]) -> tuple[Passage | None, Passage | None]:
        """Failover and failback; ``None`` for what was not begun."""
        windows = (self._windows.get(False), self._windows.get(True))
        failover, failback = (self._passage(each, bond, events) if each is not None else None for each in windows)
        return failover, failback

    def _whole(self, window: Window, now: float) -> Window:
        """The window as it is now: what was lost when a peer began to speak again belongs to the failback."""
        ended = self.ended
        if not window.looks_back or ended is None:
            return window
        found = [
            gap.first_lost
            for trail in self._probes.trails
            for gap in gaps(trail, ended, now, now=now, rtt_s=self._rtt_s)
            if gap.first_lost >= ended
        ]
        first = min(found, default=window.began.mono)
        if first >= window.began.mono:
            return window
        return window._replace(began=self.stamp(first), issued=window.issued._replace(at=first))

    def _passage(self, window: Window, bond: Bond, events: Iterable[Event]) -> Passage:
        now = self._tools.hands.now().mono
        window = self._whole(window, now)
        until = now if window.until is None else window.until
        begin = window.began.mono if window.back else _begin(self._probes.trails, window, now, self._rtt_s)
        outages = tuple(
            measured(each, begin, until, now=now, rtt_s=self._rtt_s, period_s=self._preflight.period_s)
            for each in self._probes.trails
        )
        passage = Passage(window.began, until, outages, window.crossed, Anatomy(window.issued))
        taken_apart = anatomy(
            window.issued, bond, self._slave, events, until, back=window.back, first_answer=_first_answer(passage)
        )
        switched, ours = taken_apart.switched, window.switched_by_us
        if switched is not None and ours is not None and switched.at >= ours:
            taken_apart = taken_apart._replace(switched=switched._replace(words=f"{switched.words} (by bondtui)"))
        before, after = ("held", "after") if window.back else ("before", "held")
        return passage._replace(anatomy=taken_apart, before=self._shares.get(before), after=self._shares.get(after))

    @property
    def _rtt_s(self) -> float | None:
        return self._preflight.rtt_s


def _begin(trails: Iterable[Trail], window: Window, now: float, rtt_s: float | None) -> float:
    """The fault, or the first lost probe of a gap that the fault lies in."""
    origin = window.began.mono
    first = origin
    for trail in trails:
        for gap in gaps(trail, origin - LOOK_BACK_S, origin, now=now, rtt_s=rtt_s):
            if (gap.good_after or inf) > origin:
                first = min(first, gap.first_lost)
    return first


def _first_answer(passage: Passage) -> Instant | None:
    """The answer that ended the longest gap of the flow that has suffered most."""
    worst = passage.worst
    ended: list[Gap] = [each for each in worst.gaps if each.answer_after is not None] if worst else []
    if not ended:
        return None
    longest = max(ended, key=lambda gap: gap.last_lost - gap.first_lost)
    return Instant(longest.answer_after or 0.0, "first answer")
