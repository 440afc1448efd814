"""What a screen is a picture of: the memory, the moment, and what the user has chosen to look at."""

from __future__ import annotations

from bondtui.core import verdict
from bondtui.core.monitor import Monitor
from bondtui.core.verdict import Seen, Verdict
from bondtui.model.bond import Bond, Slave
from bondtui.model.reading import Stamp
from bondtui.model.record import NamedTuple
from bondtui.view.glyphs import UNICODE, Glyphs
from bondtui.view.line import BAD, GOOD, STRONG, WARN

STALE_BEATS = 2.5
"""Data older than this many intervals (and a second at least) is called stale."""


Judged = tuple[Bond, Verdict]


class Look(NamedTuple):
    """Everything that decides what is drawn, but the size."""

    monitor: Monitor
    now: Stamp
    host: str = ""
    glyphs: Glyphs = UNICODE
    bond: int | None = None
    """Interface index of the chosen bond; the worst one while nothing is chosen."""
    slave: int | None = None
    events_back: int = 0
    """How many events the log is scrolled back."""
    frozen: Stamp | None = None
    """When the picture was stopped; ages are told from then."""
    can_act: bool = False
    keys: tuple[tuple[str, str], ...] = ()
    """Key and word of what the footer offers."""

    @property
    def bonds(self) -> list[Judged]:
        """All bonds with their verdicts, worst first."""
        judged = [(bond, self.judge(bond)) for bond in self.monitor.bonds]
        return sorted(judged, key=lambda each: (-each[1].rank, each[0].ifindex))

    def judge(self, bond: Bond) -> Verdict:
        """The verdict on one bond at this moment."""
        return verdict.verdict(Seen(bond, self.monitor.tracks, (self.frozen or self.now).mono))

    @property
    def stale_s(self) -> float | None:
        """The age of the data in seconds when it is older than it should be."""
        if self.monitor.at is None or self.frozen is not None:
            return None
        age = self.now.mono - self.monitor.at.mono
        return age if age > max(1.0, STALE_BEATS * self.monitor.interval) else None


def chosen_bond(bonds: list[Judged], ifindex: int | None) -> Judged:
    """The chosen one of these bonds; the worst when nothing is chosen or the chosen one is gone."""
    return next((each for each in bonds if each[0].ifindex == ifindex), bonds[0])


def chosen_slave(bond: Bond, ifindex: int | None) -> Slave | None:
    """The highlighted slave; the first one when nothing is chosen or the chosen one is gone."""
    return bond.slave_at(ifindex) or (bond.slaves[0] if bond.slaves else None)


def sign(rank: int, glyphs: Glyphs) -> tuple[str, str]:
    """Glyph and tone of a verdict's rank."""
    if rank == verdict.OK:
        return glyphs.ok, GOOD
    if rank == verdict.UNKNOWN:
        return glyphs.unknown, STRONG
    return (glyphs.bad, BAD) if rank == verdict.DOWN else (glyphs.warn, WARN)
