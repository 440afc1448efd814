"""Drills in every state with one word each, for what writes them down; and what conducts a drill as a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from bondtui.drill.history import entries
from bondtui.drill.judgement import judged
from bondtui.drill.outage import measured
from bondtui.drill.progress import Progress
from bondtui.drill.trail import Trail
from bondtui.model.action import ASK, OK, REFUSE
from bondtui.model.bond import Bond
from bondtui.model.drill import (
    BASELINE,
    CABLE,
    DONE,
    FAILBACK,
    FAILOVER,
    FAULT,
    INTERRUPTED,
    REFUSED,
    Anatomy,
    Check,
    Crossing,
    Drill,
    Instant,
    Outage,
    Passage,
    Preflight,
    Round,
    Share,
    Wish,
)
from bondtui.model.probe import ANSWERED, SENT, Flow, News, Target
from bondtui.model.reading import Stamp
from bondtui.ports import Recorder
from tests.actions import a_plan
from tests.builders import WALL, a_pair, a_situation

PERIOD_S, RTT_S = 0.01, 0.0004
BEGAN, FAULT_AT, BACK_AT, ENDED = 100.0, 102.0, 106.0, 110.0
"""When a drill of one round begins, does the fault, restores and ends, on the monotonic clock."""
ASKS = Check("session-on-bond", ASK, "your own session comes in over bond0")
REFUSES = Check("baseline", REFUSE, "7 of 100 probes were lost before any fault")
NO_PRIVILEGE = Check("privilege", REFUSE, "changing a link needs CAP_NET_ADMIN: start it with sudo")


def a_stamp(mono: float) -> Stamp:
    """An instant on both clocks."""
    return Stamp(mono, WALL + mono)


def a_preflight(*checks: Check, bond: Bond | None = None, **rest: Any) -> Preflight:
    """What was found out about a drill of the first slave; ``rest`` are fields of Preflight or of Wish."""
    bond = bond or a_pair()
    first = bond.slaves[0]
    asked = {name: rest.pop(name) for name in Wish._fields if name in rest and name not in Preflight._fields}
    wish = Wish(**{"bond": bond.ifindex, "slaves": rest.get("slaves", (first.ifindex,)), **asked})
    known: dict[str, Any] = {
        "wish": wish,
        "bond": bond.name,
        "slaves": (first.ifindex,),
        "names": {each.ifindex: each.name for each in bond.slaves},
        "flows": (Flow(Target("192.0.2.1"), bond.name),),
        "why_target": "gateway of the default route",
        "period_s": PERIOD_S,
        "rtt_s": RTT_S,
        "crossings": (Crossing(frozenset({first.ifindex}), frozenset({first.ifindex}), "the counters say so"),),
        "plans": () if wish.fault == CABLE else (a_plan(a_situation(bond, "down", first.name)),),
        "checks": (Check("last-usable-slave", OK, "eno2 can carry the traffic"), *checks),
        "predicted_ms": 100,
        "predicted": "eno2 takes over within about 100 ms.",
        "limit_ms": 5000.0,
        "revert_after_s": 34.0,
        "snapshot": bond,
    }
    return Preflight(**{**known, **rest})


def a_trail(*lost: tuple[float, float], begin: float = BEGAN, end: float = ENDED) -> Trail:
    """Probes that are all answered but for those sent in one of these stretches."""
    trail = Trail()
    for number in range(round((end - begin) / PERIOD_S)):
        at = begin + number * PERIOD_S
        trail.add(News(0, number, SENT, at))
        if not any(since <= at < until for since, until in lost):
            trail.add(News(0, number, ANSWERED, at + RTT_S))
    return trail


def an_outage(trail: Trail, begin: float = FAULT_AT, until: float = BACK_AT, now: float = ENDED + 5) -> Outage:
    """What this trail has gone through in a window."""
    return measured(trail, begin, until, now=now, rtt_s=RTT_S, period_s=PERIOD_S)


def a_failover(*trails: Trail, crossed: tuple[bool, ...] | None = None) -> Passage:
    """From the fault to the restoring, with all its phases."""
    anatomy = Anatomy(
        issued=Instant(FAULT_AT, "ip link set eno1 down"),
        link=Instant(FAULT_AT + 0.0003, "set down"),
        detected=Instant(FAULT_AT + 0.0411, "MII down"),
        switched=Instant(FAULT_AT + 0.0421, "active eno1 -> eno2"),
        notified=Instant(FAULT_AT + 0.0433, "peers notified"),
        first_answer=Instant(FAULT_AT + 0.1204, "first answer"),
    )
    shares = [{2: 1.0, 3: 0.0}, {2: 0.0, 3: 1.0}]
    return Passage(
        a_stamp(FAULT_AT),
        BACK_AT,
        tuple(an_outage(each) for each in trails),
        crossed or (True,) * len(trails),
        anatomy,
        *(Share(each, each) for each in shares),
    )


def a_failback(*trails: Trail) -> Passage:
    """From the restoring to the end; nothing but the driver's word."""
    issued, up = Instant(BACK_AT, "restoring was asked for"), Instant(BACK_AT + 0.458, "MII up", polled=True)
    outages = tuple(an_outage(each, BACK_AT, ENDED - 1) for each in trails)
    return Passage(a_stamp(BACK_AT), ENDED - 1, outages, (True,) * len(trails), Anatomy(issued, detected=up))


def a_round(trail: Trail | None = None, **rest: Any) -> Round:
    """The first slave, once: out for 120 ms, and back without a loss."""
    trail = trail or a_trail((FAULT_AT, FAULT_AT + 0.12))
    told: dict[str, Any] = {
        "number": 1,
        "slave": 2,
        "name": "eno1",
        "perm_hwaddr": "02:00:00:00:00:02",
        "fault": "admin-down",
        "command": ("ip", "link", "set", "eno1", "down"),
        "failover": a_failover(trail),
        "failback": a_failback(trail),
    }
    told |= rest
    told.setdefault("restored", told["failback"] is not None or None)
    return Round(**told)


def a_drill(*rounds: Round, stopped: str = "", **rest: Any) -> Drill:
    """A drill of these rounds, judged; ``rest`` are fields of Drill, of Preflight or of Wish."""
    own = {name: rest.pop(name) for name in ("findings", "typed", "verdict", "reason") if name in rest}
    preflight = rest.pop("preflight", None) or a_preflight(**rest)
    verdict, reason = judged(preflight, rounds, stopped=stopped)
    drill = Drill(preflight, a_stamp(BEGAN), a_stamp(ENDED), rounds, verdict, reason)
    return drill._replace(**own)


def an_entry(days: float = 41.0, *, now: float, ms: float | None = 120.0, **rest: Any) -> dict[str, Any]:
    """What is remembered of a round so many days ago that was out for so long."""
    (entry,) = entries(a_drill(a_round(), objective_ms=500.0))
    figures = {"outage_ms": ms, "outage_low_ms": ms or 0.0, "outage_high_ms": ms or 10.0, "lost": 12 if ms else 0}
    told = {**entry, "wall_s": now - days * 86400, "failover": {**entry["failover"], **figures}}
    return {**told, **rest}


class Conductor:
    """What conducts a drill, without any: see ``bondtui.rehearsal``. It waits in the fault until it is stopped or let go on."""

    def __init__(self, found: Preflight | Exception, ends: Drill | BaseException | None = None) -> None:
        self.found = found
        self.ends = ends
        self.go_on = threading.Event()
        self.go_on.set()
        self.stops: list[str] = []
        self.typed: list[str] = []
        self.wish: Wish | None = None
        self.restored = False
        self.latest = Progress()
        self.recorder: Recorder | None = None
        self.at_fault: Callable[[], object] = lambda: None

    def preflight(self, wish: Wish) -> Preflight:
        self.wish = wish
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def stop(self, why: str) -> None:
        self.stops.append(why)
        self.go_on.set()

    def run(self, preflight: Preflight, *, typed: str = "") -> Drill:
        self.typed.append(typed)
        if isinstance(self.ends, BaseException):
            raise self.ends
        if preflight.verdict == REFUSE:
            return a_drill(preflight=preflight, verdict=REFUSED, reason="; ".join(preflight.reasons))
        drill = self.ends or a_drill(a_round(), preflight=preflight)
        if self.recorder is not None:
            self.recorder.begin(preflight)
        self._tell(BASELINE, "the probes must be answered")
        self._tell(FAULT, "pull the cable of eno1 now", origin=FAULT_AT)
        self.at_fault()
        self.go_on.wait(30)
        self.restored = True
        if self.stops:
            drill = drill._replace(verdict=INTERRUPTED, reason=self.stops[0])
        for step, passage in ((FAILOVER, "failover"), (FAILBACK, "failback")):
            found = getattr(drill.rounds[0], passage) if drill.rounds else None
            self._tell(step, f"in the {passage}", origin=FAULT_AT, anatomy=found.anatomy if found else None)
        self._tell(DONE, drill.reason, rounds_done=drill.rounds, drill=drill)
        if self.recorder is not None:
            self.recorder.write(drill, [a_trail((FAULT_AT, FAULT_AT + 0.12))])
            self.recorder.remember(drill)
        return drill

    def _tell(self, step: str, words: str, **rest: Any) -> None:
        found = self.found if isinstance(self.found, Preflight) else None
        told: dict[str, Any] = {"preflight": found, "round": 1, "rounds": 1, "slave": 2, "step": step, "words": words}
        self.latest = Progress(**{**told, **rest})
