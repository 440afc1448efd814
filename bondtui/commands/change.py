"""The commands that change a link: plan, ask or have been told yes, carry out, and say what happened.

Standard output is the plan and the result (or one JSON document), standard error the one line that
says why nothing was done.
"""

from __future__ import annotations

import os
import sys
import time

from bondtui.commands.naming import bond_named, slave_named
from bondtui.commands.saying import (
    CANNOT_CHANGE,
    FINE,
    GUARD_REFUSED,
    WRONG_USAGE,
    Refusal,
    sorry,
    status_of,
    tell,
    tell_json,
)
from bondtui.commands.where import lab_ends_with_us, lab_of
from bondtui.core import label
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.core.words import printable
from bondtui.model.action import ASK, REFUSE, UP, Action, Pending, Plan
from bondtui.model.reading import SourceError
from bondtui.operation import APPLIED, NOT_PERMITTED, NOTHING, REFUSED, Operation, Outcome
from bondtui.options import Options
from bondtui.ports import ActionError, Hands, Source
from bondtui.report import document
from bondtui.report import plan as text
from bondtui.system.reader import Reader


def act(options: Options, source: Source, hands: Hands) -> int:
    """``bondtui down|up|activate``; returns the exit status."""
    try:
        whose = Monitor(simulated=source.simulated, lab=lab_of(simulated=source.simulated))
        monitor = fold.took(whose, source.read())
        action = _action(options, monitor)
        watcher = Reader(lambda: source, interval=1.0, monitor=monitor)
        operation = Operation(hands, watcher)
        plan = operation.plan(action)
    except (SourceError, ActionError, Refusal) as error:
        if options.json:
            made = document.settling(options.command, None, str(error), _head(simulated=source.simulated))
            tell_json({**made, "applied": False})
        return sorry(status_of(error), str(error))
    say = _Say(plan, monitor, as_json=options.json)
    say.plan()
    try:
        typed = _permission(plan, options, hands)
    except Refusal as refusal:
        say.result(None, None, str(refusal))
        return sorry(refusal.status, str(refusal))
    if typed is None:
        say.result(None, None)
        return FINE
    watcher.start(lambda: None)
    try:
        outcome = operation.carry_out(plan, typed=typed)
    except KeyboardInterrupt:
        return sorry(130, "interrupted; 'bondtui pending' tells whether the change was made and when it is undone")
    finally:
        watcher.stop()
    say.result(outcome, outcome.pending)
    if outcome.result in (APPLIED, NOTHING):
        return FINE
    hint = f" Say '--confirm {plan.bond}'." if plan.verdict == ASK and outcome.result == REFUSED else ""
    return sorry(CANNOT_CHANGE if outcome.result == NOT_PERMITTED else GUARD_REFUSED, outcome.words + hint)


def settle(options: Options, hands: Hands) -> int:
    """``bondtui pending|keep|revert``; returns the exit status."""
    pending = None
    try:
        pending = hands.pending()
        said = {"keep": hands.keep, "revert": hands.revert}.get(options.command, lambda: "")()
    except (ActionError, SourceError) as error:
        if options.json:
            tell_json(document.settling(options.command, pending, str(error), _head(simulated=False)))
        return sorry(status_of(error), str(error))
    if options.json:
        result = said or ("; ".join(filter(None, (text.when(pending), pending.trouble))) if pending else None)
        head = _head(simulated=False)
        tell_json(document.settling(options.command, pending, result, head, settled=bool(said)))
    else:
        told = [printable(said)] if said else text.pending_lines(pending) if pending else ["No change is pending."]
        whose = label.sentence(simulated=False, lab=lab_of(simulated=False))
        tell([*([whose] if whose else []), *told])
    return FINE


def _action(options: Options, monitor: Monitor) -> Action:
    """The wish with the indexes that the names stand for now."""
    bond = bond_named(options.bond or "", monitor)
    slave = slave_named(options.slave, bond)
    revert_after = None if options.command == UP else options.revert_after
    return Action(options.command, bond.ifindex, slave.ifindex, revert_after)


def _permission(plan: Plan, options: Options, hands: Hands) -> str | None:
    """What was typed as the bond's name, ``""`` where a yes will do; ``None`` when nothing shall be done."""
    if options.confirm and os.fsencode(options.confirm) != os.fsencode(plan.bond):
        named, meant = printable(options.confirm), printable(plan.bond)
        raise Refusal(GUARD_REFUSED, f"nothing was done: --confirm names '{named}', the bond is '{meant}'")
    if plan.nothing_to_do:
        return None
    if plan.verdict == REFUSE and (options.dry_run or not options.yes):
        raise Refusal(GUARD_REFUSED, f"refused: {printable('; '.join(plan.reasons))}")
    if options.dry_run:
        return None
    if options.yes:
        return options.confirm
    if obstacle := hands.obstacle():
        raise Refusal(CANNOT_CHANGE, obstacle)
    if options.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refusal(WRONG_USAGE, "nothing was done: say --yes to do it, or --dry-run to see the plan only")
    return _asked(plan)


def _asked(plan: Plan) -> str:
    """Ask the person at the terminal; silence is no."""
    question = f"Type {printable(plan.bond)} to do it: " if plan.verdict == ASK else "Do it? [y/N] "
    try:
        print(question, end="", flush=True)  # input() would write it to standard error
        answer = sys.stdin.readline().strip()
    except (KeyboardInterrupt, UnicodeDecodeError):
        answer = ""
    agreed = answer in (plan.bond, printable(plan.bond)) if plan.verdict == ASK else answer.lower() in ("y", "yes")
    if not agreed:
        raise Refusal(GUARD_REFUSED, "nothing was done")
    return answer


class _Say:
    """Prints the plan and the result, or one JSON document at the end."""

    def __init__(self, plan: Plan, whose: Monitor, *, as_json: bool) -> None:
        self._plan = plan
        self._as_json = as_json
        self._simulated = whose.simulated
        self._lab = whose.lab

    def plan(self) -> None:
        if not self._as_json:
            tell(text.plan_lines(self._plan, simulated=self._simulated, lab=self._lab))

    def result(self, outcome: Outcome | None, pending: Pending | None, why: str = "") -> None:
        if self._as_json:
            tell_json(document.action(self._plan, outcome, pending, _head(simulated=self._simulated), why))
        elif outcome is not None and outcome.result in (APPLIED, NOTHING):
            tell([printable(outcome.words), *([self._until(pending)] if pending else [])])

    def _until(self, pending: Pending) -> str:
        if self._simulated:
            return "The simulated driver ends here, and the change with it."
        if lab_ends_with_us(self._lab):
            return "The lab ends here, and the change with it."
        return f"{printable(text.when(pending))}."


def _head(*, simulated: bool) -> document.Head:
    return document.Head(os.uname().nodename, time.time(), simulated, lab_of(simulated=simulated))
