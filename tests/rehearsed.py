"""A rehearsal that does what a test says, and drills in every state with one word each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bondtui.drill.outage import measured
from bondtui.drill.progress import Progress
from bondtui.drill.trail import Trail
from bondtui.model.action import ASK, OK, REFUSE
from bondtui.model.bond import Bond
from bondtui.model.drill import (
    ADMIN_DOWN,
    BASELINE,
    CABLE,
    DONE,
    PASS,
    Anatomy,
    Check,
    Crossing,
    Drill,
    Finding,
    Instant,
    Outage,
    Passage,
    Preflight,
    Round,
    Wish,
)
from bondtui.model.probe import ANSWERED, SENT, Candidate, Flow, News, Target
from bondtui.model.reading import Stamp
from bondtui.ui.drilling import Drills
from tests.actions import a_plan
from tests.builders import WALL, a_pair, a_situation

Some = TypeVar("Some")
LONG_S = 30.0
GATEWAY = Target("192.0.2.1")
FOUND = (
    Candidate(GATEWAY, "bond0", "gateway of the default route"),
    Candidate(Target("192.0.2.7"), "bond0", "neighbour"),
)
PERIOD_S, RTT_S = 0.01, 0.0004
REPORT = "/var/lib/bondtui/drills/2023-11-14-bond0-eno1.md"
GUARD_NAMES = ("last-usable-slave", "no-monitor", "change-pending", "min-links", "updelay-running", "session-on-bond")


def some_checks(*others: Check) -> tuple[Check, ...]:
    """A pre-flight without an objection, and these checks beside it."""
    own = (
        Check("privilege", OK, "bondtui may change links"),
        Check("targets", OK, "192.0.2.1, gateway of the default route, is reached through bond0"),
        Check("baseline", OK, "100 probes in 1.0 s, none lost, round trip 0.4 ms"),
        Check("flows", OK, "1 of 1 flow(s) cross eno1"),
        Check("fault", OK, "admin-down tests the driver, not the detection of a lost link"),
    )
    guards = tuple(Check(name, OK, f"{name} has nothing to say") for name in GUARD_NAMES)
    said = {each.name for each in others}
    return (*(each for each in (*own, *guards) if each.name not in said), *others)


ASKED = Check("session-on-bond", ASK, "your own session from 198.51.100.7 comes in over bond0")
NO_GO = Check("baseline", REFUSE, "7 of 100 probes were lost before any fault; a drill would measure that")
DOUBT = Check("flows", OK, "no flow crosses eno1, so the verdict cannot be better than not-proven", doubtful=True)


def a_preflight(bond: Bond | None = None, *checks: Check, **rest: Any) -> Preflight:
    """Everything found out about a drill of the first slave; ``rest`` are fields of Preflight or of Wish."""
    bond = bond or a_pair()
    first = bond.slaves[0]
    asked = {name: rest.pop(name) for name in Wish._fields if name in rest and name not in Preflight._fields}
    wish = Wish(**{"bond": bond.ifindex, "slaves": (first.ifindex,), "objective_ms": 500.0, **asked})
    plans = () if wish.fault == CABLE else (a_plan(a_situation(bond, "down", first.name)),)
    known: dict[str, Any] = {
        "wish": wish,
        "bond": bond.name,
        "slaves": (first.ifindex,),
        "names": {each.ifindex: each.name for each in bond.slaves},
        "flows": (Flow(GATEWAY, bond.name),),
        "why_target": "gateway of the default route",
        "period_s": PERIOD_S,
        "rtt_s": RTT_S,
        "crossings": (Crossing(frozenset({first.ifindex}), frozenset({first.ifindex})),),
        "plans": plans,
        "checks": some_checks(*checks),
        "predicted_ms": 100,
        "predicted": "",
        "limit_ms": 5000.0,
        "revert_after_s": 32.0,
    }
    return Preflight(**{**known, **rest})


def a_trail(begin: float, end: float, *lost: tuple[float, float], period_s: float = PERIOD_S) -> Trail:
    """Probes sent in [begin, end) and answered at once, but for those sent in one of these stretches."""
    trail = Trail()
    for number in range(round((end - begin) / period_s)):
        at = begin + number * period_s
        trail.add(News(0, number, SENT, at))
        if not any(since <= at < until for since, until in lost):
            trail.add(News(0, number, ANSWERED, at + RTT_S))
    return trail


def an_outage(trail: Trail, begin: float, until: float, now: float | None = None) -> Outage:
    """What this trail has gone through."""
    return measured(trail, begin, until, now=until if now is None else now, rtt_s=RTT_S, period_s=PERIOD_S)


def an_anatomy(at: float, *, phases: int = 5, back: bool = False) -> Anatomy:
    """A failover (or a failback) with its first phases."""
    word = "up" if back else "down"
    told = (
        Instant(at + 0.001, f"set {word}"),
        Instant(at + 0.041, f"MII {word}"),
        Instant(at + 0.042, "active eno2 -> eno1" if back else "active eno1 -> eno2"),
        Instant(at + 0.043, "peers notified"),
        Instant(at + 0.060, "first answer"),
    )
    known = [*told[:phases], *(None,) * (5 - phases)]
    return Anatomy(Instant(at, f"ip link set eno1 {word}"), *known)


def a_passage(at: float, lost_s: float, *, back: bool = False) -> Passage:
    """A failover (or a failback) in which the probes of so many seconds were lost."""
    trail = a_trail(at - 1.0, at + 4.0, (at, at + lost_s))
    outage = an_outage(trail, at - 0.5, at + 3.0, at + 4.0)
    return Passage(Stamp(at, WALL + at), at + 3.0, (outage,), (True,), an_anatomy(at, back=back))


def a_round(number: int = 1, at: float = 100.0, *, lost_s: float = 0.12, back_s: float = 0.0, **rest: Any) -> Round:
    """A round that went well."""
    known: dict[str, Any] = {
        "number": number,
        "slave": 2,
        "name": "eno1",
        "perm_hwaddr": "02:00:00:00:00:02",
        "fault": ADMIN_DOWN,
        "command": ("ip", "link", "set", "eno1", "down"),
        "failover": a_passage(at, lost_s),
        "failback": a_passage(at + 5.0, back_s, back=True),
    }
    return Round(**{**known, **rest})


def a_drill(preflight: Preflight | None = None, *rounds: Round, **rest: Any) -> Drill:
    """A drill that has ended."""
    known: dict[str, Any] = {
        "preflight": preflight or a_preflight(),
        "began": Stamp(100.0, WALL + 100.0),
        "ended": Stamp(110.0, WALL + 110.0),
        "rounds": rounds or (a_round(),),
        "verdict": PASS,
        "reason": "the longest outage, 120 ms, is within the objective of 500 ms",
        "findings": (Finding("warn", "measured 120 ms, options predict at most 100 ms"),),
    }
    return Drill(**{**known, **rest})


class Rehearsed:
    """Answers like ``bondtui.rehearsal.Rehearsal``, when and how a test wants."""

    def __init__(self, preflight: Preflight | Exception | None = None, drill: Drill | Exception | None = None) -> None:
        self.latest = Progress("preflight", "looking for a target")
        self.found: Preflight | Exception = preflight or a_preflight()
        self.outcome: Drill | Exception = drill or a_drill()
        self.wishes: list[Wish] = []
        self.typed: list[str] = []
        """What was typed at each start."""
        self.stops: list[str] = []
        """Why it was stopped."""
        self.on_stop: Callable[[], object] = lambda: None
        self.checked, self.over = threading.Event(), threading.Event()
        """The pre-flight and the drill wait for these."""
        self.checked.set()

    def preflight(self, wish: Wish) -> Preflight:
        """What the test has found."""
        self.wishes.append(wish)
        assert self.checked.wait(LONG_S)
        return _raised(self.found)

    def run(self, preflight: Preflight, *, typed: str = "") -> Drill:
        """Under way until the test says that it is over."""
        self.typed.append(typed)
        self.latest = self.latest._replace(step=BASELINE, words="probing without a fault", rounds=preflight.wish.rounds)
        assert self.over.wait(LONG_S)
        self.latest = self.latest._replace(step=DONE, report=self.latest.report or REPORT)
        return _raised(self.outcome)

    def stop(self, why: str) -> None:
        """Remember it."""
        self.stops.append(why)
        self.on_stop()

    def shows(self, **progress: Any) -> None:
        """The drill has come so far."""
        self.latest = self.latest._replace(**progress)

    @property
    def drills(self) -> Drills:
        """Where this one comes from, again and again."""
        return Drills(lambda: self, self._candidates)

    candidates: Sequence[Candidate] | Exception = FOUND

    def _candidates(self, bond: Bond) -> Sequence[Candidate]:
        return _raised(self.candidates)


def _raised(what: Some | Exception) -> Some:
    if isinstance(what, Exception):
        raise what
    return what
