"""A drill: what is asked for, what is found out before, what is measured, and how it ends."""

from __future__ import annotations

from bondtui.model.action import ASK, OK, REFUSE, Plan
from bondtui.model.probe import Flow, Target
from bondtui.model.reading import Stamp
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from bondtui.model.bond import Bond

ADMIN_DOWN, SWITCH_ACTIVE, CABLE = "admin-down", "switch-active", "cable"
FAULTS = (ADMIN_DOWN, SWITCH_ACTIVE, CABLE)

PASS, FAIL, NOT_PROVEN, INTERRUPTED, REFUSED = "pass", "fail", "not-proven", "interrupted", "refused"

ROUNDS_AT_MOST = 100
HOLD_S, SHORTEST_HOLD_S, LONGEST_HOLD_S = 3.0, 0.5, 600.0
COARSE_BELOW = 5
"""Fewer lost probes than this, and the figure says more about the probes than about the bond."""

# Steps of a drill, in their order.
BASELINE, PLACING, FAULT, FAILOVER, HOLDING, RESTORING, FAILBACK, SETTLING, DONE = (
    *("baseline", "placing", "fault", "failover", "holding", "restoring", "failback", "settling", "done"),
)


class Wish(NamedTuple):
    """What a person asks for. Interfaces by index: names may change while a screen is open."""

    bond: int
    slaves: tuple[int, ...] = ()
    """The slaves to test, one after the other; empty for the one that carries the traffic now."""
    fault: str = ADMIN_DOWN
    targets: tuple[Target, ...] = ()
    """Empty: the gateway, or else a neighbour."""
    period_s: float | None = None
    """``None``: a tenth of the monitor's interval, see ``drill.defaults``."""
    rounds: int = 1
    """Of every slave."""
    hold_s: float = HOLD_S
    """So long all flows must be answered before the next step."""
    objective_ms: float | None = None


class Check(NamedTuple):
    """One line of the pre-flight list."""

    name: str
    """``privilege``, ``targets``, ``baseline``, ``flows``, ``fault``, ``active``, or the name of a guard."""
    result: str
    """``ok``, ``ask`` (go after the bond's name was typed), ``refuse`` (no-go)."""
    words: str
    """With interface names as the kernel spells them."""
    doubtful: bool = False
    """A go, but something to think of first: such as no flow over the slave under test."""


class Crossing(NamedTuple):
    """Which slaves a flow was seen to cross, told by the slaves' own counters or by the one active slave."""

    sent_over: frozenset[int] = frozenset()
    received_over: frozenset[int] = frozenset()
    evidence: str = ""

    @property
    def slaves(self) -> frozenset[int]:
        """Indexes of all of them."""
        return self.sent_over | self.received_over


class Preflight(NamedTuple):
    """Everything that was found out before the first fault."""

    wish: Wish
    bond: str
    slaves: tuple[int, ...]
    """Those that will be tested, in this order."""
    names: Mapping[int, str]
    """Of all slaves, by index."""
    flows: tuple[Flow, ...]
    why_target: str
    period_s: float
    rtt_s: float | None
    """Median round trip of the baseline."""
    crossings: tuple[Crossing, ...]
    """One for each flow."""
    plans: tuple[Plan, ...]
    """The guarded actions that the first rounds consist of; empty for ``cable``."""
    checks: tuple[Check, ...]
    predicted_ms: int | None
    """Longest outage of the failover that the bond's options allow; ``None`` when nothing bounds it."""
    predicted: str
    """The same in words."""
    limit_ms: float
    """An outage longer than this ends the drill at once."""
    revert_after_s: float
    """So long the dead-man's switch waits in each round."""
    snapshot: Bond | None = None
    """The bond as it was then, for the report."""

    @property
    def verdict(self) -> str:
        """The worst result of all checks."""
        results = {each.result for each in self.checks}
        return REFUSE if REFUSE in results else ASK if ASK in results else OK

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is refused, or else asked about."""
        return tuple(dict.fromkeys(each.words for each in self.checks if each.result == self.verdict != OK))


class Gap(NamedTuple):
    """Probes of one flow without an answer, one after the other. Monotonic clock, seconds."""

    first_lost: float
    """When the first of them was sent."""
    last_lost: float
    lost: int
    good_before: float | None
    """When the last answered probe before was sent; ``None`` when there was none."""
    good_after: float | None
    """When the first answered probe after was sent; ``None`` while the gap lasts."""
    answer_before: float | None
    """When the last answer before arrived."""
    answer_after: float | None
    """When the first answer after arrived."""


class Outage(NamedTuple):
    """What one flow has gone through in one window of time; milliseconds."""

    sent: int
    lost: int
    late: int
    duplicated: int
    failed: int
    """Could not be sent at all; they count as lost too."""
    gaps: tuple[Gap, ...]
    middle_ms: float | None
    """The loss-derived figure: the middle of what is possible, from real send times. ``None`` if none was lost,
    or while it lasts."""
    low_ms: float
    high_ms: float | None
    """``None`` while it lasts: nothing bounds it. With no probe lost, the longest that could have gone unnoticed."""
    timestamp_ms: float | None
    """First answer after minus last answer before, all gaps together."""
    coarse: bool
    longest_late_ms: float | None = None


class Instant(NamedTuple):
    """One moment of the anatomy."""

    at: float
    """Monotonic clock."""
    words: str
    """Such as ``active eno1 -> eno2``, with interface names as the kernel spells them."""
    polled: bool = False
    """Found by a re-read: it happened some time before."""


class Anatomy(NamedTuple):
    """An outage taken apart; ``None`` where it did not happen or is not told in this mode."""

    issued: Instant
    """The fault, or the restoring: when it was asked for, or when the cable's carrier went."""
    link: Instant | None = None
    """The kernel's word on the link: admin or carrier."""
    detected: Instant | None = None
    """The driver's word on the slave: MII down, or up again."""
    switched: Instant | None = None
    """Another active slave, aggregator or set of ports."""
    notified: Instant | None = None
    first_answer: Instant | None = None
    """The first answer after the longest gap; ``None`` when no probe was lost."""


class Share(NamedTuple):
    """What each slave carried of the bond's traffic in a window, by index, from 0 to 1; ``None`` when nothing flowed."""

    tx: Mapping[int, float | None]
    rx: Mapping[int, float | None]


class Passage(NamedTuple):
    """One failover, or one failback."""

    began: Stamp
    """When the fault or the restoring was issued (for a cable: when it was noticed)."""
    until: float
    """End of the window, monotonic."""
    outages: tuple[Outage, ...]
    """One for each flow."""
    crossed: tuple[bool, ...]
    """By flow: whether it crosses the slave under test."""
    anatomy: Anatomy
    before: Share | None = None
    after: Share | None = None

    @property
    def worst(self) -> Outage | None:
        """The longest outage of the flows that cross the slave under test; of all flows when none does."""
        candidates = [each for each, counts in zip(self.outages, self.crossed, strict=True) if counts]
        ranked = sorted(
            candidates or self.outages,
            key=lambda each: (each.high_ms is None, each.middle_ms or 0.0, each.high_ms or 0.0),
        )
        return ranked[-1] if ranked else None


class Round(NamedTuple):
    """One slave, once."""

    number: int
    """From 1."""
    slave: int
    name: str
    perm_hwaddr: str | None
    fault: str
    command: tuple[str, ...]
    """What was done to the link; empty for ``cable``."""
    failover: Passage | None = None
    failback: Passage | None = None
    trouble: str = ""
    """Why the round was ended early, in words; ``""`` if it was not."""
    besides: tuple[tuple[str, ...], ...] = ()
    """The other changes of the round: which slave was made the active one before the fault and after the restoring."""
    over_limit: bool = False
    """Whether it was ended early because answers stayed away, or came and went, for longer than is allowed."""
    restored: bool | None = None
    """Whether the slave was seen to be able to carry traffic again at the end; ``None`` while the round runs."""

    @property
    def proven(self) -> bool:
        """Whether a flow crossed the slave under test and both passages were measured to their ends."""
        return (
            self.failover is not None
            and self.failback is not None
            and any(self.failover.crossed)
            and all(each.high_ms is not None for each in (*self.failover.outages, *self.failback.outages))
            and not self.trouble
        )


class Finding(NamedTuple):
    """Something that the comparison of what was predicted and what was measured tells."""

    severity: str
    """``bad``, ``warn`` or ``""``."""
    words: str


class Drill(NamedTuple):
    """A drill that has ended, one way or the other, or as far as it has come."""

    preflight: Preflight
    began: Stamp
    ended: Stamp
    rounds: tuple[Round, ...]
    verdict: str
    reason: str
    """One sentence that says why."""
    findings: tuple[Finding, ...] = ()
    typed: bool = False
    """Whether the bond's name was typed because a guard asked."""
