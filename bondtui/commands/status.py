"""``bondtui status``: everything known about the bonds, once."""

from __future__ import annotations

import os

from bondtui.commands.answer import CANNOT_OBSERVE, answer, complain, no_such_bond
from bondtui.commands.where import lab_of
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.reading import SourceError
from bondtui.report import document, text
from bondtui.view.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bondtui.model.bond import Bond
    from bondtui.model.reading import Reading
    from bondtui.options import Options
    from bondtui.ports import Source


def status(options: Options, open_source: Callable[[], Source]) -> int:
    """Returns the exit status."""
    try:
        source = open_source()
        reading = source.read()
    except SourceError as error:
        return complain(str(error), CANNOT_OBSERVE)
    whose = Monitor(simulated=source.simulated, lab=lab_of(simulated=source.simulated))
    monitor = fold.took(whose, reading)
    source.close()
    there = {os.fsencode(bond.name) for bond in monitor.bonds}
    wanted = [os.fsencode(name) for name in options.bonds]
    if missing := [name for name in wanted if name not in there]:
        reason = no_such_bond(os.fsdecode(missing[0]), (bond.name for bond in monitor.bonds))
        return complain(reason, CANNOT_OBSERVE)
    bonds = tuple(bond for bond in monitor.bonds if not wanted or os.fsencode(bond.name) in wanted)
    return answer(_lines(bonds, monitor, reading, as_json=options.json))


def _lines(bonds: tuple[Bond, ...], monitor: Monitor, reading: Reading, *, as_json: bool) -> Iterable[str]:
    if as_json:
        import json

        host, wall = os.uname().nodename, reading.at.wall
        made = document.status(bonds, host=host, wall=wall, simulated=monitor.simulated, lab=monitor.lab)
        return [json.dumps(made, indent=2)]
    look = Look(monitor._replace(bonds=bonds), reading.at)
    return text.status(look.bonds, simulated=monitor.simulated, lab=monitor.lab)
