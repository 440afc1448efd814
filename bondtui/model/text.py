"""What was understood of a machine that is not here, from texts that were copied on it."""

from __future__ import annotations

from bondtui.model.around import Around
from bondtui.model.bond import Bond
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Unread(NamedTuple):
    """One line of a text that was not understood, or that leaves something open."""

    source: str
    """Where the text is from: a path, or ``-`` for standard input."""
    line: int
    """Counted from 1; 0 where it is about the whole text."""
    text: str
    """The line as it stands there, cut where it is long; it must be made safe before it is drawn."""
    why: str


class Copy(NamedTuple):
    """What was understood of one machine."""

    host: str | None = None
    kernel: str | None = None
    """The release, as ``uname -r`` prints it."""
    taken: float | None = None
    """When it was copied, on the wall clock; ``None`` where no text tells."""
    bonds: tuple[Bond, ...] = ()
    around: Around = Around()
    unread: tuple[Unread, ...] = ()
    sources: Mapping[int, str] = {}
    """By bond: the text that it was read from, with the line where it begins if it does not begin with it."""
    partial: frozenset[int] = frozenset()
    """Bonds of which a text shows a part only, because it was cut out or breaks off: they may have more slaves."""
