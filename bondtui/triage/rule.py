"""What a rule is: an id, a name, a severity, and a pure function from a case to signs."""

from __future__ import annotations

from bondtui.core.words import command_line
from bondtui.model.bond import Bond, Slave
from bondtui.model.finding import CERTAIN, UNKNOWN_SIDE, Fix
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bondtui.triage.case import Case


class Sign(NamedTuple):
    """What a rule has seen of one bond or slave. Names are the kernel's bytes; they are made safe when drawn."""

    subject: Bond | Slave
    summary: str
    """One sentence in plain words that ends with a full stop and names the subject."""
    evidence: tuple[str, ...]
    """The observed values, in the kernel's words: ``miimon 0``."""
    next_step: str
    """See ``step``."""
    side: str = UNKNOWN_SIDE
    confidence: str = CERTAIN
    fix: Fix | None = None
    severity: str = ""
    """Where this sign is milder or worse than its rule."""


class Rule(NamedTuple):
    """One entry of the catalogue."""

    id: str
    name: str
    severity: str
    look: Callable[[Case], Iterable[Sign]]
    explained_by: tuple[str, ...] = ()
    """Ids of rules, the best explanation first: where one of them has found something of the same bond, and of the same
    slave if both are about a slave, this one's finding is folded under it."""


def step(looking: tuple[str, ...], words: str) -> str:
    """A next step: an exact command that changes nothing, quoted so that it can be pasted, and what to do with it."""
    return f"'{command_line(looking)}'; {words}"


def command(*words: str) -> str:
    """An exact command in quotes."""
    return f"'{command_line(words)}'"


def proc(bond: Bond) -> tuple[str, ...]:
    """The command that prints the driver's own report."""
    return "cat", f"/proc/net/bonding/{bond.name}"
