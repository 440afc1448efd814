"""Drills that have ended, with one word each; what a test is about is said as a keyword."""

from __future__ import annotations

from typing import Any

from bondtui.drill.outage import measured
from bondtui.model.bond import Bond
from bondtui.model.drill import (
    ADMIN_DOWN,
    INTERRUPTED,
    Anatomy,
    Drill,
    Instant,
    Outage,
    Passage,
    Preflight,
    Round,
    Share,
    Wish,
)
from bondtui.model.probe import Flow, Target
from tests.builders import a_pair, a_stamp
from tests.probe_paths import Cut, Probes, probed

PERIOD = 0.01
ISSUED = 1000.0


def lost_for(ms: float, **probes: Any) -> Outage:
    """A flow of probes 10 ms apart over a path that was cut for so long; 0 is no cut."""
    path = Probes(**{"until": ms / 1000 + 3.0, **probes})
    cuts = [Cut(1.0, 1.0 + ms / 1000)] if ms else []
    return measured(probed(path, *cuts), 0.0, 99.0, now=99.0, rtt_s=path.rtt, period_s=path.period)


def not_over(ms: float) -> Outage:
    """A flow without answers for so long, up to the end."""
    trail = probed(Probes(until=1.0 + ms / 1000), Cut(1.0, 99.0))
    return measured(trail, 0.0, 99.0, now=99.0, rtt_s=0.0005, period_s=PERIOD)


def a_passage(*outages: Outage, crossed: tuple[bool, ...] | None = None, lasted: float = 3.0, **rest: Any) -> Passage:
    """A passage of these flows, all of which cross the slave under test. ``rest`` are moments in ms after the issue."""
    shares = {name: rest.pop(name) for name in ("before", "after") if name in rest}
    known = {name: value for name, value in rest.items() if value is not None}
    told = {name: moment(*value) if isinstance(value, tuple) else moment(value) for name, value in known.items()}
    return Passage(
        began=a_stamp(ISSUED),
        until=ISSUED + lasted,
        outages=outages,
        crossed=(True,) * len(outages) if crossed is None else crossed,
        anatomy=Anatomy(Instant(ISSUED, "ip link set eno1 down"), **told),
        **shares,
    )


def moment(ms: float, words: str = "it", polled: bool = False) -> Instant:
    return Instant(ISSUED + ms / 1000, words, polled)


def a_round(failover: Passage | None, failback: Passage | None, number: int = 1, **rest: Any) -> Round:
    """A round of eno1."""
    said = {"slave": 2, "name": "eno1", "perm_hwaddr": None, "fault": ADMIN_DOWN, "command": (), **rest}
    return Round(number=number, failover=failover, failback=failback, **said)


def good_round(failover_ms: float = 120, failback_ms: float = 0, number: int = 1, **rest: Any) -> Round:
    """A round that was measured to its end."""
    passages = (a_passage(lost_for(failover_ms)), a_passage(lost_for(failback_ms)))
    return a_round(*passages, number=number, **rest)


def a_preflight(
    *,
    bond: Bond | None = None,
    flows: int = 1,
    slaves: tuple[int, ...] = (2,),
    predicted_ms: int | None = 100,
    **wish: Any,
) -> Preflight:
    """The pre-flight of a drill of eno1 and eno2 in active-backup."""
    return Preflight(
        wish=Wish(10, **wish),
        bond="bond0",
        slaves=slaves,
        names={2: "eno1", 3: "eno2"},
        flows=tuple(Flow(Target("192.0.2.1")) for _ in range(flows)),
        why_target="gateway",
        period_s=PERIOD,
        rtt_s=0.0005,
        crossings=(),
        plans=(),
        checks=(),
        predicted_ms=predicted_ms,
        predicted="",
        limit_ms=5000.0,
        revert_after_s=60.0,
        snapshot=bond or a_pair(primary=2, num_peer_notif=1),
    )


def a_drill(*rounds: Round, preflight: Preflight | None = None, **rest: Any) -> Drill:
    """A drill of these rounds."""
    return Drill(preflight or a_preflight(**rest), a_stamp(ISSUED), a_stamp(ISSUED + 9), rounds, INTERRUPTED, "")


def all_over(*, tx: dict[int, float | None]) -> Share:
    """A share of what was sent; of what was received nothing is known."""
    return Share(tx, dict.fromkeys(tx))
