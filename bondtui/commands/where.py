"""In which lab the bonds are that a command is about."""

from __future__ import annotations


def lab_of(*, simulated: bool) -> str:
    """``netns``, ``uml``, or ``""`` for none; simulated bonds are in none, wherever we run."""
    if simulated:
        return ""
    from bondtui.system.lab_mark import kind

    return kind()


def lab_ends_with_us(lab: str) -> bool:
    """Whether this command is what the lab was made for: everything in it is gone in a moment."""
    if not lab:
        return False
    from bondtui.system.lab_mark import ends_with_us

    return ends_with_us()
