"""Plans and pending changes for people, line by line: what ``bondtui down`` and ``bondtui pending`` print."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from bondtui.core import label
from bondtui.core.words import command_line, printable
from bondtui.model.action import ACTIVATE, ASK, OK, REFUSE, Guarded, Pending, Plan

TITLES = {"down": "Set {slave} of {bond} down", "up": "Set {slave} of {bond} up"}
WORDS = {REFUSE: "refused", ASK: "ask", OK: "ok"}


def plan_lines(plan: Plan, *, simulated: bool, lab: str = "") -> Iterator[str]:
    """The whole plan: command, undo, effect and what the guards say, the worst first."""
    if said := label.sentence(simulated=simulated, lab=lab):
        yield said
    yield title(plan.action.kind, plan.bond, plan.slave)
    if plan.nothing_to_do:
        yield f"  nothing to do: {printable(plan.nothing_to_do)}"
        return
    yield f"  command  {command_line(plan.command)}"
    yield f"  undo     {command_line(plan.undo_command) or 'none'}{_by_itself(plan)}"
    if plan.refusal:
        yield f"  refused  {printable(plan.refusal)}"
    else:
        yield f"  effect   {printable(plan.effect)} Worst-case outage: {_outage(plan.outage_ms)}."
    yield from _guards(plan.guards)


def pending_lines(pending: Pending) -> Iterator[str]:
    """The pending change: what it is, its undo, and how long until it is undone."""
    yield f"{title(pending.action, pending.bond, pending.slave)}: pending since {_clock(pending.armed_at)}{_by(pending)}"
    yield f"  command  {command_line(pending.command)}"
    yield f"  undo     {command_line(pending.undo_command)}"
    yield f"  {when(pending)}"
    if pending.trouble:
        yield f"  trouble  {printable(pending.trouble)}"


def when(pending: Pending) -> str:
    """When the change is taken back, or that nobody will."""
    if not pending.alive:
        return "its dead-man's switch was killed: nothing takes this back by itself; 'bondtui revert' does, or 'bondtui keep' lets it stay"
    if pending.seconds_left < 0:
        return f"overdue since {-pending.seconds_left:.0f} s, still trying; 'bondtui keep' ends that"
    return f"undone by itself in {pending.seconds_left:.0f} s, at {_clock(pending.revert_at)}; 'bondtui keep' lets it stay, 'bondtui revert' undoes it now"


def title(kind: str, bond: str, slave: str) -> str:
    """What it is about, in a few words."""
    if kind == ACTIVATE:
        return f"Make {printable(slave)} the active slave of {printable(bond)}"
    return TITLES.get(kind, f"{kind} {{slave}} of {{bond}}").format(slave=printable(slave), bond=printable(bond))


def _by_itself(plan: Plan) -> str:
    if plan.undo is None or plan.action.revert_after is None:
        return "  (not by itself)"
    return f"  (by itself after {plan.action.revert_after:g} s unless kept)"


def _outage(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "nothing bounds it"
    return f"{milliseconds} ms" if milliseconds else "none is predicted"


def _guards(guards: Sequence[Guarded]) -> Iterator[str]:
    for result, word in WORDS.items():
        for each in guards:
            if each.result == result:
                yield f"  {word:<7}  {each.guard}: {printable(each.evidence)}"


def _by(pending: Pending) -> str:
    return f", by {printable(pending.who)}" if pending.who else ""


def _clock(wall: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(wall))
