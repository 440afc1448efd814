"""``bondtui check``: judge every bond once and say it, of this machine or of texts from another one.

Nothing is changed. The exit status is that of a monitoring plugin: 0 ok, 1 warning, 2 critical, 3 cannot tell.
"""

from __future__ import annotations

import os
import sys
import time

from bondtui.commands.answer import CANNOT_OBSERVE, answer, complain, no_such_bond
from bondtui.commands.check_settings import SettingsError, settings
from bondtui.commands.settling import settled
from bondtui.commands.where import lab_of
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.reading import NoBonding, SourceError
from bondtui.report import grade
from bondtui.report.grade import Checked, Checks
from bondtui.triage.case import Case
from bondtui.triage.verdict import case_of, judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeVar

    from bondtui.commands.check_settings import Settings
    from bondtui.model.bond import Bond
    from bondtui.model.text import Copy
    from bondtui.options import Options
    from bondtui.ports import Source, Surroundings
    from bondtui.triage.limits import Limits

    T = TypeVar("T")

WRONG_USAGE = 64
INTERRUPTED = "interrupted before everything was known"


def check(options: Options, open_source: Callable[[], Source], surroundings: Callable[[Source], Surroundings]) -> int:
    """Returns the exit status."""
    try:
        chosen = settings(options.config, usual=not _lab(options))
        if options.proc or options.sos:
            checks = _copies(options, chosen)
        else:
            checks = _machine(options, chosen, open_source, surroundings)
    except SettingsError as error:
        return _cannot(options, str(error), WRONG_USAGE)
    except SourceError as error:
        return _cannot(options, str(error), CANNOT_OBSERVE)
    except KeyboardInterrupt:
        return _cannot(options, INTERRUPTED, CANNOT_OBSERVE)
    return _tell(options, checks)


def _cannot(options: Options, why: str, status: int) -> int:
    """Nothing was checked. To a monitoring system everything that is no answer is unknown."""
    if not options.nagios:
        return complain(why, status)
    from bondtui.report.nagios import unknown

    return answer([unknown(why, _lab(options))], CANNOT_OBSERVE)


def _lab(options: Options) -> str:
    """The lab that is checked; ``""`` for a machine, a simulated one, and texts."""
    return lab_of(simulated=bool(options.demo is not None or options.proc or options.sos))


def _tell(options: Options, checks: Checks) -> int:
    if options.nagios:
        from bondtui.report.nagios import line

        return answer([line(checks)], checks.grade)
    for name in checks.missing:
        where = "in what was read" if checks.from_text else "here"
        complain(no_such_bond(name, checks.there, where), CANNOT_OBSERVE)
    return answer(_answer(options, checks), checks.grade)


def _answer(options: Options, checks: Checks) -> Iterable[str]:
    from bondtui.report import check as report

    if not options.json:
        return report.lines(checks)
    import json

    from bondtui.triage.fixes import permanent

    return [json.dumps(report.document(checks, permanent), indent=2)]


def _machine(
    options: Options,
    chosen: Settings,
    open_source: Callable[[], Source],
    surroundings: Callable[[Source], Surroundings],
) -> Checks:
    """The bonds that are there now; raises SourceError."""
    try:
        source = open_source()
        try:
            checks = _judged(options, chosen, source, surroundings)
        finally:
            source.close()
    except NoBonding:
        if options.bonds or not chosen.no_bonds_is_fine:
            raise
        checks = _checks(options, chosen, ())._replace(lab=_lab(options))
    return checks._replace(host=os.uname().nodename, wall=time.time())


def _judged(
    options: Options, chosen: Settings, source: Source, surroundings: Callable[[Source], Surroundings]
) -> Checks:
    whose = Monitor(simulated=source.simulated, lab=lab_of(simulated=source.simulated))
    monitor = fold.took(whose, source.read())
    monitor = settled(source, monitor, lambda bond: _limits(options, chosen, bond), _say_wait)
    bonds = [bond for bond in monitor.bonds if _wanted(options, chosen, bond)]
    around = surroundings(source).around(bonds)
    mono = monitor.at.mono if monitor.at else 0.0
    cases = [case_of(monitor, bond, mono, around, chosen.limits_of(bond.name)) for bond in bonds]
    checked = [_checked(case, chosen) for case in cases]
    return _checks(options, chosen, monitor.bonds, checked)._replace(simulated=whose.simulated, lab=whose.lab)


def _say_wait(seconds: float) -> None:
    """To somebody who looks on."""
    if sys.stderr is not None and sys.stderr.isatty():
        complain(f"a bond has not settled yet; waiting for it, at most {seconds:g} s", CANNOT_OBSERVE)


def _copies(options: Options, chosen: Settings) -> Checks:
    """The bonds of texts; raises SourceError."""
    from bondtui.system.copies import read_files, read_sos

    copies: list[Copy] = list(read_files(options.proc)) if options.proc else []
    for path in options.sos:
        copies += read_sos(path)
    checked = [each for copy in copies for each in _of_copy(copy, options, chosen)]
    made = _checks(options, chosen, [bond for copy in copies for bond in copy.bonds], checked)
    return made._replace(
        host=_one({copy.host for copy in copies}),
        wall=_one({copy.taken for copy in copies}),
        unread=tuple(each for copy in copies for each in copy.unread),
        from_text=True,
    )


def _one(values: set[T]) -> T | None:
    """What all texts agree on."""
    return values.pop() if len(values) == 1 else None


def _of_copy(copy: Copy, options: Options, chosen: Settings) -> Iterator[Checked]:
    for bond in copy.bonds:
        if _wanted(options, chosen, bond):
            partial = bond.ifindex in copy.partial
            limits = chosen.limits_of(bond.name)
            case = Case(bond, around=copy.around, limits=limits, text=True, partial=partial)
            yield _checked(case, chosen)._replace(source=copy.sources.get(bond.ifindex))


def _checked(case: Case, chosen: Settings) -> Checked:
    muted = chosen.muted_of(case.bond.name)
    judgement = judge(case, frozenset(muted))
    return Checked(case.bond, judgement, grade.of_judgement(judgement, chosen.levels), muted=muted)


def _checks(options: Options, chosen: Settings, there: Sequence[Bond], checked: Sequence[Checked] = ()) -> Checks:
    """The frame of everything; ``there`` are all bonds, also those that nobody wants to know about."""
    names = {os.fsencode(bond.name) for bond in there}
    return Checks(
        host=None,
        wall=None,
        checked=tuple(checked),
        levels=chosen.levels,
        missing=tuple(dict.fromkeys(name for name in options.bonds if os.fsencode(name) not in names)),
        ignored=tuple(bond.name for bond in there if not options.bonds and chosen.ignores(bond.name)),
        there=tuple(dict.fromkeys(bond.name for bond in there)),
        settings=chosen.path,
        none_is_fine=chosen.no_bonds_is_fine,
    )


def _wanted(options: Options, chosen: Settings, bond: Bond) -> bool:
    """Whether it is one of the bonds that are named, or of all that are not left out."""
    if options.bonds:
        return os.fsencode(bond.name) in map(os.fsencode, options.bonds)
    return not chosen.ignores(bond.name)


def _limits(options: Options, chosen: Settings, bond: Bond) -> Limits:
    """Its thresholds; a bond that nobody wants to know about is not waited for."""
    limits = chosen.limits_of(bond.name)
    return limits if _wanted(options, chosen, bond) else limits._replace(lacp_settle_s=0.0)
