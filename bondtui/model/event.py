"""One line of the event log: what changed, when, and which earlier change caused it."""

from __future__ import annotations

from bondtui.model.reading import Stamp
from bondtui.model.record import NamedTuple


class Event(NamedTuple):
    """A change of one bond or slave.

    ``words`` may hold interface names as the kernel spells them; they are made safe when drawn.
    """

    number: int
    """Counts up from 1 for every event since the start, kept or not."""
    at: Stamp
    kind: str
    """The stable word for this sort of change, such as ``carrier-lost`` or ``active-changed``."""
    subject: str
    """Name of the interface at that time, or ``""`` for an event about the observation itself."""
    words: str
    bond: int | None = None
    """Interface index of the bond this belongs to."""
    ifindex: int | None = None
    polled: bool = False
    """Seen by a re-read and not reported by the kernel: it happened some time before ``at``."""
    cause: int | None = None
    """Number of the event at the start of the chain."""
    delta_ms: float | None = None
    """Milliseconds since that event; ``None`` unless the kernel reported both."""
    severity: str = ""
    """``bad``, ``warn`` or ``good`` where the change is one of these."""
    others: tuple[int | None, ...] = ()
    """Indexes of interfaces that the words name: of a changed active slave the one before and the one after."""
