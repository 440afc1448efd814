"""The switch port at the other end of a cable, as far as 802.3ad notices it: an obliging partner."""

from __future__ import annotations

from math import inf

from bondtui.core.lacp import ACTIVITY, AGGREGATION, COLLECTING, DISTRIBUTING, NO_PARTNER, SYNC, TIMEOUT
from bondtui.model.record import NamedTuple

FAST_S, SLOW_S = 1.0, 30.0
"""How often it sends, as the other side asks (AD_FAST_PERIODIC_TIME, AD_SLOW_PERIODIC_TIME)."""
SYSTEM_PRIORITY = PORT_PRIORITY = 32_768
"""As most switches have them."""
ANSWER_S = 0.3
"""It answers news at once, but not more than three times a second."""
AGREE_S = 2.2
"""From first words to agreement: its own wait for more ports, and a little."""


class Partner(NamedTuple):
    """What a port knows of the other end."""

    system: str
    key: int
    number: int
    state: int


NOBODY = Partner(NO_PARTNER, 1, 1, 0)
"""What the driver assumes of a partner that says nothing (ad_initialize_port)."""


class SwitchPort:
    """One port of the switch, and when it talks."""

    def __init__(self, identity: tuple[str, int, int]) -> None:
        self.identity = identity
        self.answers = False
        """Whether LACPDUs come from it."""
        self._lit = False
        self._agrees_at = inf
        self._heard_at = -inf
        self._next = inf
        self._offset = (0.11 + 0.29 * identity[2]) % FAST_S

    def set(self, now: float, *, lit: bool, speaks: bool) -> None:
        """Cable and voice as they are now."""
        if lit and not self._lit:
            self._agrees_at = now + AGREE_S
        self._lit = lit
        if (lit and speaks) != self.answers:
            self.answers = lit and speaks
            self._next = self._beat_after(now + 0.1) if self.answers else inf

    def says(self, at: float, actor: int) -> Partner:
        """What its LACPDU at that time tells of it, in answer to our state."""
        state = ACTIVITY | AGGREGATION | (actor & TIMEOUT)
        if at >= self._agrees_at:
            state |= SYNC
            if actor & SYNC:
                state |= COLLECTING | DISTRIBUTING
        return Partner(*self.identity, state)

    def take(self, now: float, actor: int) -> Partner | None:
        """Its LACPDU, if one has come since the last look."""
        if now < self._next:
            return None
        self._heard_at = now
        self._next = self._beat_after(now + ANSWER_S)
        return self.says(now, actor)

    def hurry(self, now: float) -> None:
        """We have told it news, so it will answer soon."""
        if self.answers:
            soon = now + ANSWER_S
            self._next = self._next if now < self._next < soon else soon

    def next_news(self, now: float, known: Partner, actor: int) -> float:
        """When its next LACPDU comes that says something new; not before it changes its mind."""
        if not self.answers:
            return inf
        due = max(self._next, now)
        if self.says(due, actor) != known:
            return due
        return max(due, self._agrees_at) if now < self._agrees_at else inf

    def last_heard(self, now: float, *, fast: bool) -> float:
        """When the last LACPDU came before it fell silent just now."""
        period = FAST_S if fast else SLOW_S
        return max(self._heard_at, now - (now - self._offset) % period)

    def _beat_after(self, at: float) -> float:
        return at + (self._offset - at) % FAST_S
