"""``bondtui drill``: find out, show, ask or have been told yes, rehearse, and say how it ended.

While it runs, signals that would end the process have everything taken back first.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from bondtui.commands.drill_words import Words
from bondtui.commands.naming import bond_named, slave_named
from bondtui.commands.parts import archive_for, scribe
from bondtui.commands.saying import (
    CANNOT_CHANGE,
    FINE,
    GUARD_REFUSED,
    WRONG_USAGE,
    Refusal,
    sorry,
    status_of,
)
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.core.words import printable
from bondtui.drill.preflight import in_turn
from bondtui.drill.progress import Progress
from bondtui.model.action import ASK, REFUSE
from bondtui.model.drill import INTERRUPTED, PASS, REFUSED, Drill, Preflight, Wish
from bondtui.model.reading import SourceError
from bondtui.options import Options
from bondtui.ports import ActionError, ArchiveError, Hands, ProbeError, Recorder, Source, Watcher
from bondtui.rehearsal.tools import Interrupted
from bondtui.report.drill import needs_name, refusal
from bondtui.report.recorder import ReportRecorder
from bondtui.system.reader import Reader

NOT_PASSED = 1
ALL = "all"
PRIVILEGE = "privilege"
POLL_S = 0.05
"""So often the terminal is told what is new."""
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BEFORE_FAULT = "interrupted before the first fault; nothing was done"
UNDER_WAY = "interrupted; 'bondtui pending' tells whether anything is still to be undone"


class Rehearsing(Protocol):
    """What conducts a drill. See ``bondtui.rehearsal``."""

    @property
    def latest(self) -> Progress:
        """How far it is."""

    def preflight(self, wish: Wish) -> Preflight:
        """Everything that can be found out before the first fault."""

    def run(self, preflight: Preflight, *, typed: str = "") -> Drill:
        """Do it, and write the report."""

    def stop(self, why: str) -> None:
        """Take everything back at once and end."""


Make = Callable[[Watcher, Recorder], Rehearsing]


def drill(options: Options, source: Source, hands: Hands, make: Make) -> int:
    """``bondtui drill``; returns the exit status. ``make`` puts together what conducts it."""
    say = Words(scribe(simulated=source.simulated), options.bond or "", as_json=options.json)
    watcher: Watcher | None = None
    try:
        monitor = fold.took(Monitor(simulated=source.simulated, lab=say.scribe.lab), source.read())
        wish = _wish(options, monitor)
        archive = archive_for(options.report, simulated=source.simulated)
        watcher = Reader(lambda: source, interval=1.0, monitor=monitor)
        rehearsal = make(watcher, ReportRecorder(archive, say.scribe))
        watcher.start(lambda: None)
        with _stopped_by_signals(rehearsal):
            preflight = rehearsal.preflight(wish)
        say.preflight(preflight)
        if (typed := _typed(preflight, options, hands, say)) is None:
            return say.refused
        ended = _run(rehearsal, preflight, typed, say)
        say.result(ended, archive.paths)
        return _status(ended)
    except (SourceError, ActionError, ProbeError, ArchiveError, Refusal) as error:
        say.not_planned(REFUSED, str(error))
        return sorry(status_of(error), str(error))
    except (KeyboardInterrupt, Interrupted):
        words = UNDER_WAY if say.begun else BEFORE_FAULT
        say.not_planned(INTERRUPTED, words)
        return sorry(NOT_PASSED, words)
    finally:
        if watcher is not None:
            watcher.stop()


def _wish(options: Options, monitor: Monitor) -> Wish:
    """What is asked for, with the indexes that the names stand for now."""
    bond = bond_named(options.bond or "", monitor)
    if options.slave == ALL:
        slaves = tuple(each.ifindex for each in in_turn(bond))
    else:
        slaves = (slave_named(options.slave, bond).ifindex,) if options.slave else ()
    return Wish(
        bond.ifindex,
        slaves,
        options.fault,
        tuple(options.targets),
        None if options.period is None else options.period / 1000,
        options.rounds,
        options.hold,
        options.objective,
    )


def _typed(preflight: Preflight, options: Options, hands: Hands, say: Words) -> str | None:
    """What was typed as the bond's name, ``""`` where a yes will do; ``None`` when nothing shall be done."""
    try:
        return _permission(preflight, options, hands)
    except Refusal as why:
        now = hands.now()
        say.document(Drill(preflight, now, now, (), REFUSED, str(why)))
        say.refused = sorry(why.status, str(why))
        return None


def _permission(preflight: Preflight, options: Options, hands: Hands) -> str:
    if options.confirm and os.fsencode(options.confirm) != os.fsencode(preflight.bond):
        named, meant = printable(options.confirm), printable(preflight.bond)
        raise Refusal(GUARD_REFUSED, f"nothing was done: --confirm names '{named}', the bond is '{meant}'")
    if preflight.verdict == REFUSE and not options.yes:
        raise Refusal(_refused(preflight), refusal(preflight))
    if options.yes and preflight.verdict == ASK and not options.confirm:
        raise Refusal(GUARD_REFUSED, needs_name(preflight))
    if options.yes:
        return options.confirm
    if obstacle := hands.obstacle():
        raise Refusal(CANNOT_CHANGE, obstacle)
    if options.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refusal(WRONG_USAGE, "nothing was done: say --yes to do it")
    return _asked(preflight)


def _asked(preflight: Preflight) -> str:
    """Ask the person at the terminal; silence is no."""
    bond = preflight.bond
    by_name = preflight.verdict == ASK
    try:
        sys.stdout.write(f"Type {printable(bond)} to do it: " if by_name else "Do it? [y/N] ")
        sys.stdout.flush()
        answer = sys.stdin.readline().strip()
    except (KeyboardInterrupt, UnicodeDecodeError):
        answer = ""
    if not (answer in (bond, printable(bond)) if by_name else answer.lower() in ("y", "yes")):
        raise Refusal(GUARD_REFUSED, "nothing was done")
    return answer


def _run(rehearsal: Rehearsing, preflight: Preflight, typed: str, say: Words) -> Drill:
    """Have it done in a thread of its own, so that signals are taken at once and printing holds nothing up."""
    results: list[Drill] = []
    errors: list[BaseException] = []
    ended = threading.Event()

    def work() -> None:
        try:
            results.append(rehearsal.run(preflight, typed=typed))
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)
        finally:
            ended.set()

    say.begun = True
    with _stopped_by_signals(rehearsal):
        threading.Thread(target=work, name="bondtui-drill").start()
        try:
            while not ended.wait(POLL_S):
                say.progress(rehearsal.latest)
        finally:
            ended.wait()
        say.progress(rehearsal.latest)
    if errors:
        raise errors[0]
    return results[0]


@contextmanager
def _stopped_by_signals(rehearsal: Rehearsing) -> Iterator[None]:
    """Signals that would end the process have the drill take everything back first, however often they come."""

    def stop(number: int, _: FrameType | None) -> None:
        rehearsal.stop(f"stopped by {signal.Signals(number).name}")

    before = {number: signal.signal(number, stop) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _status(ended: Drill) -> int:
    if ended.verdict != REFUSED:
        return FINE if ended.verdict == PASS else NOT_PASSED
    return sorry(_refused(ended.preflight), ended.reason)


def _refused(preflight: Preflight) -> int:
    """Whether only the privilege is missing, or something speaks against it."""
    against = {each.name for each in preflight.checks if each.result == REFUSE}
    return CANNOT_CHANGE if against == {PRIVILEGE} else GUARD_REFUSED
