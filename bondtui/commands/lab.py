"""``bondtui lab``: a throw-away network with real bonds, and the dashboard or a command in it."""

from __future__ import annotations

import os
import sys

from bondtui.commands import saying
from bondtui.model.lab import AUTO, NETNS, UML
from bondtui.ports import LabError
from bondtui.system.lab_backends import CANNOT_OBSERVE, NoKernelError
from bondtui.system.lab_launcher import launch
from bondtui.system.terminal import is_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.lab import LabWish

OWN_KERNEL = "'--kernel uml' brings a kernel of its own"
DEMO = "'bondtui --demo' shows the same screens over a simulated driver"


def lab(wish: LabWish) -> int:
    """Run a lab to its end; returns the exit status of its command."""
    if not wish.command and not is_terminal():
        return saying.sorry(
            saying.WRONG_USAGE, "the dashboard needs a terminal; 'bondtui lab -- COMMAND' runs a command in the lab"
        )
    try:
        return _first_that_works(wish)
    except LabError as error:
        return saying.sorry(error.status, str(error))
    except KeyboardInterrupt as interrupt:
        return 128 + int(interrupt.args[0] if interrupt.args else 2)


def _first_that_works(wish: LabWish) -> int:
    """Run the lab on the first kernel that can be had; raises LabError that names what is missing for each."""
    trouble: list[str] = []
    for kernel, prepare in ((NETNS, _load_driver), (UML, _announce)):
        if wish.kernel not in (AUTO, kernel):
            continue
        prepare(trouble)
        try:
            return launch(wish, kernel)
        except NoKernelError as error:
            trouble.append(f"{kernel}: {error}")
    way = f"{OWN_KERNEL}, and " if wish.kernel == NETNS else ""
    raise LabError(f"no lab can be had here ({'; '.join(trouble)}); {way}{DEMO}", CANNOT_OBSERVE)


def _load_driver(_: list[str]) -> None:
    from bondtui.system.lab_netns import load_driver

    if words := load_driver():
        saying.tell_aside(words)


def _announce(trouble: list[str]) -> None:
    """What the caller waits for, where somebody waits."""
    if os.isatty(2):
        reasons = "".join(f"bondtui: no lab in namespaces of this kernel ({each})\n" for each in trouble)
        sys.stderr.write(f"{reasons}bondtui: starting a kernel of its own for the lab ...\n")
        sys.stderr.flush()
