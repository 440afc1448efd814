"""``bondtui status --proc``: everything that was understood of texts from another machine, once."""

from __future__ import annotations

import json
import os

from bondtui.commands.answer import CANNOT_OBSERVE, answer, complain
from bondtui.core.words import printable
from bondtui.model.reading import SourceError
from bondtui.model.text import Copy
from bondtui.options import Options
from bondtui.report import copies as report
from bondtui.system.copies import read_files


def status_of_texts(options: Options) -> int:
    """Returns the exit status."""
    try:
        copies = read_files(options.proc)
    except SourceError as error:
        return complain(str(error), CANNOT_OBSERVE)
    except KeyboardInterrupt:
        return complain("interrupted before everything was read", CANNOT_OBSERVE)
    there = {os.fsencode(bond.name): bond.name for copy in copies for bond in copy.bonds}
    wanted = [os.fsencode(name) for name in options.bonds]
    if missing := [name for name in wanted if name not in there]:
        names = ", ".join(map(printable, there.values()))
        name = printable(os.fsdecode(missing[0]))
        return complain(f"no bond named '{name}' in what was read; there is {names}", CANNOT_OBSERVE)
    if wanted:
        copies = [_with_bonds(copy, wanted) for copy in copies]
    if options.json:
        return answer([json.dumps(report.document(copies), indent=2)])
    return answer(report.lines(copies))


def _with_bonds(copy: Copy, wanted: list[bytes]) -> Copy:
    return copy._replace(bonds=tuple(bond for bond in copy.bonds if os.fsencode(bond.name) in wanted))
