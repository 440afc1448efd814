"""What a screen is a picture of: the memory, the moment, and what the user has chosen to look at."""

from __future__ import annotations

from _operator import is_

from bondtui.core.monitor import Monitor
from bondtui.model.action import UP
from bondtui.model.around import Around
from bondtui.model.bond import Bond, Slave
from bondtui.model.finding import DOWN, OK, UNKNOWN, Judgement
from bondtui.model.reading import Stamp
from bondtui.model.record import NamedTuple
from bondtui.triage.verdict import NO_AROUND, case_of, judge, out_of_date
from bondtui.view.glyphs import UNICODE, Glyphs
from bondtui.view.line import BAD, GOOD, STRONG, WARN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bondtui.drill.strip import Strip
    from bondtui.model.action import Pending
    from bondtui.view.lab_news import LabNews

STALE_BEATS = 2.5
"""Data older than this many intervals (and a second at least) is called stale."""


JUDGED_KEPT = 512
_judged: dict[int, tuple[tuple[object, ...], Judgement]] = {}
"""The last judgement of each bond and what it was made from: one picture asks for it several times."""

Judged = tuple[Bond, Judgement]


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
    first_words: bool = False
    """Somebody waits for the first words, before the screen is loaded."""
    around: Around = NO_AROUND
    """What lies around the bonds, as far as it has been read by now."""
    lab: LabNews | None = None
    """What is known of the lab in which the bonds are; ``None`` outside one, and before it was asked."""

    @property
    def bonds(self) -> list[Judged]:
        """All bonds with their verdicts, worst first."""
        judged = [(bond, self.judge(bond)) for bond in self.monitor.bonds]
        return sorted(judged, key=lambda each: (-each[1].rank, each[0].ifindex))

    def judge(self, bond: Bond) -> Judgement:
        """The verdict on one bond at this moment, with its findings; none of old data."""
        pending = self.pending.undo if self.pending and self.pending.alive and self.pending.undo.kind == UP else None
        moment = (self.frozen or self.now).mono
        key = (
            bond,
            self.monitor.tracks,
            self.around,
            moment,
            pending.slave if pending else None,
            self.stale_s,
            self.first_words,
        )
        before = _judged.get(bond.ifindex)
        if before is not None and all(map(is_, before[0], key)):
            return before[1]
        set_down = pending.slave if pending else None
        judged = judge(
            case_of(self.monitor, bond, moment, self.around, set_down=set_down, first_words=self.first_words)
        )
        if self.stale_s is not None:
            judged = out_of_date(judged, self.stale_s)
        if len(_judged) > JUDGED_KEPT:
            _judged.clear()
        _judged[bond.ifindex] = key, judged
        return judged

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
    if rank == OK:
        return glyphs.ok, GOOD
    if rank == UNKNOWN:
        return glyphs.unknown, STRONG
    return (glyphs.bad, BAD) if rank == DOWN else (glyphs.warn, WARN)
