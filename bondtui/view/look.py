"""What a screen is a picture of: the memory, the moment, and what the user has chosen to look at."""

from __future__ import annotations

from bondtui.core import verdict
from bondtui.core.monitor import Monitor
from bondtui.core.verdict import Seen, Verdict
from bondtui.model.action import UP
from bondtui.model.bond import Bond, Slave
from bondtui.model.reading import Stamp
from bondtui.model.record import NamedTuple
from bondtui.view.glyphs import UNICODE, Glyphs
from bondtui.view.line import BAD, GOOD, STRONG, WARN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bondtui.drill.strip import Strip
    from bondtui.model.action import Pending

STALE_BEATS = 2.5
"""Data older than this many intervals (and a second at least) is called stale."""


Judged = tuple[Bond, Verdict]


class Key(NamedTuple):
    """A key that the footer offers."""

    key: str
    word: str
    rank: int = 0
    """Where there is not room for all, the highest rank gives way first; rank 0 stays."""
    greyed: bool = False
    """It does nothing now but say why."""


class Notice(NamedTuple):
    """A few words about what was just done, which go away by themselves."""

    words: str
    severity: str = ""
    """``bad``, ``warn`` or ``good``, as that of an event; ``""`` for what is still under way."""
    until: float = float("inf")
    """On the monotonic clock."""


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
    cannot_act: str = ""
    """Why no action is offered, such as ``--read-only`` or a capability that is missing."""
    pending: Pending | None = None
    """The change that waits to be kept or reverted."""
    pending_at: Stamp | None = None
    """When that was read: its seconds run down from then on."""
    pending_mine: bool = False
    """Whether it was made from this very screen."""
    notice: Notice | None = None
    keys: tuple[Key, ...] = ()
    """What the footer offers, from left to right."""
    ping: Strip | None = None
    """The ping strip; ``None`` while it is off."""
    history: Sequence[Mapping[str, object]] | None = None
    """What is remembered of drills; ``None`` while that is not known."""

    @property
    def bonds(self) -> list[Judged]:
        """All bonds with their verdicts, worst first."""
        judged = [(bond, self.judge(bond)) for bond in self.monitor.bonds]
        return sorted(judged, key=lambda each: (-each[1].rank, each[0].ifindex))

    def judge(self, bond: Bond) -> Verdict:
        """The verdict on one bond at this moment."""
        pending = self.pending.undo if self.pending and self.pending.alive and self.pending.undo.kind == UP else None
        moment = (self.frozen or self.now).mono
        return verdict.verdict(Seen(bond, self.monitor.tracks, moment, pending.slave if pending else None))

    @property
    def seconds_left(self) -> float | None:
        """How long until the pending change is taken back; negative when that is overdue."""
        if self.pending is None:
            return None
        passed = self.now.mono - self.pending_at.mono if self.pending_at is not None else 0.0
        return self.pending.seconds_left - passed

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
