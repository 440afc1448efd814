"""What is remembered of drills, and folded from it: when each slave was last proven, and with what outcome.

An entry tells of one slave in one round. It is proof of a slave of the same bond with the same permanent
address, whatever its name is now; where one of the two addresses is not known, the name has to do.
Entries of other schemas, and those that were written with a clock ahead of ours, are passed over. What was proven in
a lab says nothing of a real bond, nor the other way round, whoever has put the entry where it is.
"""

from __future__ import annotations

from math import ceil, floor

from bondtui.core.words import age
from bondtui.drill.figures import span
from bondtui.drill.passage_record import figures, milliseconds, rfc3339
from bondtui.drill.record import round_verdict
from bondtui.model.drill import FAIL, PASS
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from bondtui.model.bond import Bond, Slave
    from bondtui.model.drill import Drill, Passage

    Entry = Mapping[str, Any]

SCHEMA = "bondtui.history-entry/1"
AHEAD_S = 60.0
"""An entry that is younger than now by more than this was written with a clock that was wrong."""
NEVER = "never proven"
_DAY_S = 86400.0
_MOST = 1e15
_KEPT = ("sent", "lost", "outage_ms", "outage_low_ms", "outage_high_ms", "timestamp_outage_ms", "coarse")


class Proof(NamedTuple):
    """What is known of one slave."""

    bond: str
    slave: str
    """Its name now; the last one known if it is not there any more."""
    perm_hwaddr: str | None
    present: bool = False
    """Whether the bond has this slave now."""
    newest: Entry | None = None
    """The newest round in which it was proven."""
    newest_pass: Entry | None = None
    """The newest of them that passed."""
    rounds: int = 0
    """All that are remembered, those that proved nothing included."""


def entries(drill: Drill, report: str = "", lab: str = "") -> list[dict[str, Any]]:
    """What is to be remembered of a drill, of this lab if of any: one entry for each round that came to its failover."""
    before = drill.preflight
    return [
        {
            "schema": SCHEMA,
            "time": rfc3339(each.failover.began.wall),
            "wall_s": each.failover.began.wall,
            "bond": before.bond,
            "slave": each.name,
            "permanent_hwaddr": each.perm_hwaddr,
            "mode": before.snapshot.options.mode_name if before.snapshot else None,
            "fault": each.fault,
            "verdict": round_verdict(each, drill),
            "proven": each.proven,
            "period_ms": milliseconds(before.period_s),
            "objective_ms": before.wish.objective_ms,
            "failover": _passage(each.failover),
            "failback": _passage(each.failback),
            "trouble": each.trouble or None,
            "report": report or None,
            "lab": lab or None,
        }
        for each in drill.rounds
        if each.failover is not None
    ]


def proofs(remembered: Iterable[Entry], bonds: Sequence[Bond], now: float, lab: str = "") -> tuple[Proof, ...]:
    """Every slave that is there now, and then those that only the history knows; ``now`` is of the wall clock.

    In a lab only the entries of one count, elsewhere only those of real bonds.
    """
    left = _sound(remembered, now, lab)
    found = []
    for bond in bonds:
        for slave in bond.slaves:
            mine = [each for each in left if _is_of(each, bond, slave)]
            taken = {id(each) for each in mine}
            left = [each for each in left if id(each) not in taken]
            found.append(_proof(bond.name, slave.name, slave.state.perm_hwaddr, mine)._replace(present=True))
    gone: dict[tuple[str, str], list[Entry]] = {}
    for each in left:
        gone.setdefault((each["bond"], _hwaddr(each) or each["slave"]), []).append(each)
    return (*found, *(_proof(each[-1]["bond"], each[-1]["slave"], _hwaddr(each[-1]), each) for each in gone.values()))


def proof_of(remembered: Iterable[Entry], bond: Bond, slave: Slave, now: float, lab: str = "") -> Proof:
    """What is known of one slave that is there."""
    mine = [each for each in _sound(remembered, now, lab) if _is_of(each, bond, slave)]
    return _proof(bond.name, slave.name, slave.state.perm_hwaddr, mine)._replace(present=True)


def words(proof: Proof, now: float) -> str:
    """``eno1: 41 days ago, 120 ms, PASS``; names are as the kernel spells them."""
    newest, passed = proof.newest, proof.newest_pass
    if newest is None:
        return f"{proof.slave}: {NEVER}"
    said = f"{proof.slave}: {told(newest, now)}, {newest['verdict'].upper()}"
    if passed is not None and passed is not newest:
        said += f" (last PASS {told(passed, now)})"
    return said


def told(entry: Entry, now: float) -> str:
    """``41 days ago, 120 ms``: when it was, and the outage of the failover."""
    return f"{ago(now - entry['wall_s'])}, {figure(entry.get('failover'))}"


def ago(seconds: float) -> str:
    """``14 s ago``, ``3 min ago``, ``41 days ago``."""
    days = int(seconds // _DAY_S)
    return f"{days} days ago" if days >= 2 else f"{age(seconds)} ago"


def figure(passage: object) -> str:
    """The outage of a remembered failover or failback: ``120 ms``, ``0 lost (< 10 ms)``."""
    if not isinstance(passage, dict):
        return "not measured"
    middle, low, high = (_number(passage.get(key)) for key in ("outage_ms", "outage_low_ms", "outage_high_ms"))
    if middle is not None:
        return span(middle)
    if high is not None and passage.get("lost") == 0:
        return f"0 lost (< {span(high, ceil)})"
    return f"at least {span(low, floor)}" if low else "not measured"


def _passage(passage: Passage | None) -> dict[str, Any] | None:
    if passage is None:
        return None
    told_of = figures(passage.worst)
    return {key: told_of[key] for key in _KEPT}


def _sound(remembered: Iterable[Entry], now: float, lab: str) -> list[Entry]:
    """The entries that we understand and that are of where we are, oldest first."""
    found = [each for each in remembered if _is_sound(each, now) and bool(each.get("lab")) == bool(lab)]
    return sorted(found, key=lambda each: float(each["wall_s"]))


def _is_sound(entry: Entry, now: float) -> bool:
    """Whether it is an entry of ours that holds what is relied on."""
    wall = _number(entry.get("wall_s"))
    names = (entry.get("bond"), entry.get("slave"), entry.get("verdict"))
    return (
        entry.get("schema") == SCHEMA
        and wall is not None
        and wall <= now + AHEAD_S
        and all(isinstance(each, str) for each in names)
    )


def _is_of(entry: Entry, bond: Bond, slave: Slave) -> bool:
    if entry["bond"] != bond.name:
        return False
    known, here = _hwaddr(entry), slave.state.perm_hwaddr
    twins = [each for each in bond.slaves if here and each.state.perm_hwaddr == here]
    if known is None or here is None or len(twins) > 1:
        return bool(entry["slave"] == slave.name) and (known is None or here is None or known == here)
    return known == here


def _proof(bond: str, slave: str, perm_hwaddr: str | None, mine: Sequence[Entry]) -> Proof:
    proven = [each for each in mine if each.get("proven") is True and each["verdict"] in (PASS, FAIL)]
    passed = [each for each in proven if each["verdict"] == PASS]
    newest, newest_pass = (found[-1] if found else None for found in (proven, passed))
    return Proof(bond, slave, perm_hwaddr, newest=newest, newest_pass=newest_pass, rounds=len(mine))


def _hwaddr(entry: Entry) -> str | None:
    known = entry.get("permanent_hwaddr")
    return known if isinstance(known, str) else None


def _number(value: object) -> float | None:
    """A number that is one: no truth value, and nothing without an end."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if -_MOST < value < _MOST else None
