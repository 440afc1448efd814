"""Whether a change still has to be taken back, judged by what the kernel says now."""

from __future__ import annotations

from bondtui.model.action import ACTIVATE, Undo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from bondtui.model.bond import Link

DONE, TO_DO, GONE = "done", "to do", "gone"


def state(undo: Undo, links: Mapping[int, Link]) -> tuple[str, str]:
    """``done``, ``to do`` or ``gone``, and why nothing can be done when it is gone.

    ``links`` are the interfaces that exist now, by index: the bond, the slave and the slave that was active.
    """
    wanted, address = (
        (undo.active or 0, undo.active_hwaddr) if undo.kind == ACTIVATE else (undo.slave, undo.perm_hwaddr)
    )
    link, bond = links.get(wanted), links.get(undo.bond)
    if bond is None or bond.bond is None:
        return GONE, "the bond is gone"
    if link is None:
        return GONE, "the interface is gone"
    if link.slave is None or link.master != undo.bond:
        return GONE, f"{link.name} is no longer in {bond.name}"
    if address and link.slave.perm_hwaddr and link.slave.perm_hwaddr != address:
        return GONE, f"{link.name} is another interface now, its permanent address is {link.slave.perm_hwaddr}"
    if undo.kind == ACTIVATE:
        return (DONE if bond.bond.active_slave == undo.active else TO_DO), ""
    return (DONE if link.admin_up else TO_DO), ""
