"""The bond and the slave that a command names, as they are now; names are compared by the kernel's bytes."""

from __future__ import annotations

import os

from bondtui.commands.saying import CANNOT_OBSERVE, Refusal
from bondtui.core.monitor import Monitor
from bondtui.core.words import printable
from bondtui.model.bond import Bond, Slave


def bond_named(name: str, monitor: Monitor) -> Bond:
    """The bond; raises Refusal with the names that there are."""
    found = next((each for each in monitor.bonds if os.fsencode(each.name) == os.fsencode(name)), None)
    if found is None:
        there = ", ".join(printable(each.name) for each in monitor.bonds) or "no bond at all"
        raise Refusal(CANNOT_OBSERVE, f"no bond named '{printable(name)}' here; there is {there}")
    return found


def slave_named(name: str, bond: Bond) -> Slave:
    """The slave of this bond; raises Refusal with the names that there are."""
    found = next((each for each in bond.slaves if os.fsencode(each.name) == os.fsencode(name)), None)
    if found is None:
        there = ", ".join(printable(each.name) for each in bond.slaves) or "no slave at all"
        raise Refusal(CANNOT_OBSERVE, f"no slave named '{printable(name)}' in {printable(bond.name)}; there is {there}")
    return found
