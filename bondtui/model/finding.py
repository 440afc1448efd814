"""What triage says of a bond: findings with their evidence, and one verdict over them."""

from __future__ import annotations

from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

INFO, LOW, MEDIUM, HIGH, CRITICAL = "info", "low", "medium", "high", "critical"
SEVERITIES = (INFO, LOW, MEDIUM, HIGH, CRITICAL)
"""From what is merely worth knowing to an outage."""

HOST, CABLE, SWITCH, CONFIGURATION, UNKNOWN_SIDE = "host", "cable", "switch", "configuration", "unknown"
SIDES = (HOST, CABLE, SWITCH, CONFIGURATION, UNKNOWN_SIDE)
"""Whose side a finding is on: where somebody has to do something."""

POSSIBLE, LIKELY, CERTAIN = "possible", "likely", "certain"
CONFIDENCES = (POSSIBLE, LIKELY, CERTAIN)

OK, UNKNOWN, DEGRADED, AT_RISK, DOWN = range(5)
"""Ranks of a verdict, the mildest first."""
WORDS = ("OK", "CANNOT TELL", "DEGRADED", "AT RISK", "DOWN")
"""The label of each rank, where there is room for a word only."""
VERDICTS = ("carries traffic redundantly", "cannot tell", "degraded", "one failure from loss", "down")
"""The verdict itself, by rank."""


class Fix(NamedTuple):
    """What the permanent configuration should say; ``bondtui.triage.fixes`` spells it for each network manager."""

    options: Mapping[str, str] = {}
    """Bonding options by the kernel's name, with the value to set."""
    kind: str = ""
    """What is not a bonding option: ``mtu``, ``enslave``, ``no-address``, ``up``, ``mode``; ``""`` for options alone."""
    value: str = ""
    """What the kind needs, such as the MTU."""
    slave: str | None = None
    """The slave that it is about, by name."""


class Finding(NamedTuple):
    """One thing that a rule has found. Interface names in it are the kernel's bytes; they are made safe when drawn."""

    rule: str
    """The stable id, such as ``BT001``."""
    name: str
    """The rule's name, such as ``no-monitor``."""
    severity: str
    subject: str
    """The name of the bond or slave that it is about."""
    summary: str
    """One sentence in plain words."""
    evidence: tuple[str, ...]
    """What was observed, one value each: ``miimon 0``."""
    side: str
    confidence: str
    next_step: str
    """The safe next step; where there is one, an exact read-only command comes first, in quotes."""
    ifindex: int | None = None
    """Interface index of the subject."""
    fix: Fix | None = None
    because_of: str = ""
    """The rule that explains this one, which is then folded under it; ``""`` for a root cause."""

    @property
    def weight(self) -> int:
        """The severity as a number, for sorting."""
        return SEVERITIES.index(self.severity)


NOTHING, CAPACITY, EVERYTHING, UNTOLD = "nothing", "capacity", "everything", "unknown"


class Loss(NamedTuple):
    """What is lost if one slave dies now, or a thing that several slaves share."""

    slave: str
    ifindex: int
    alone: str
    """If its link dies and nothing else: ``nothing``, ``capacity``, ``everything`` or ``unknown``."""
    lost: str
    """The same with what it shares counted as one: NIC, bus device, switch."""
    words: str
    """In a sentence, with the capacity that is lost and left where it is known."""
    shared: tuple[str, ...] = ()
    """What it shares and with whom: ``NIC 0000:04:00 with eno2``."""
    weakest: str = ""
    """The shared thing whose death costs more than that of the link alone; ``""`` if there is none."""


class Judgement(NamedTuple):
    """What to say about one bond: the verdict, its sentence, and the findings, root causes and the worst first."""

    rank: int
    sentence: str
    consequence: str = ""
    next_step: str = ""
    findings: tuple[Finding, ...] = ()
    losses: tuple[Loss, ...] = ()
    in_use: bool = True
    """False for a bond that is set down and has no slaves, such as the one that the driver's module makes."""

    @property
    def word(self) -> str:
        """The label of the rank."""
        return WORDS[self.rank]

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return VERDICTS[self.rank]
