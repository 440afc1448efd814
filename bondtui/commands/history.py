"""``bondtui history``: the last proven failover and failback of each slave."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from bondtui.commands.saying import CANNOT_OBSERVE, FINE, sorry, tell, tell_json
from bondtui.commands.where import lab_of
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.core.words import printable
from bondtui.drill.history import proofs
from bondtui.model.bond import Bond
from bondtui.model.reading import SourceError
from bondtui.options import Options
from bondtui.ports import Source
from bondtui.report import history as report
from bondtui.report.document import Head
from bondtui.system.archive import open_archive


def history(options: Options, open_source: Callable[[], Source]) -> int:
    """Returns the exit status. It needs no bonding driver, no privilege and no drill that was done."""
    archive = open_archive()
    now = time.time()
    lab = lab_of(simulated=False)
    found = proofs(archive.history(), _bonds(open_source), now, lab)
    if options.bond is not None:
        found = tuple(report.of_bond(found, options.bond))
        if not found:
            name = printable(options.bond)
            return sorry(CANNOT_OBSERVE, f"no bond named '{name}' here, and no drill of it is remembered")
    if options.json:
        tell_json(report.document(found, Head(os.uname().nodename, now, lab=lab), archive.trouble))
    else:
        tell(report.lines(found, now, lab))
    return sorry(FINE, archive.trouble) if archive.trouble else FINE


def _bonds(open_source: Callable[[], Source]) -> tuple[Bond, ...]:
    """The bonds that are there now; none where the kernel cannot be read."""
    try:
        source = open_source()
        try:
            return fold.took(Monitor(), source.read()).bonds
        finally:
            source.close()
    except SourceError:
        return ()
