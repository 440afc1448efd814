"""What is said when there is no bond to show: why, and the next step."""

from __future__ import annotations

from bondtui.core.words import printable
from bondtui.view.line import BAD, DIM, PLAIN, STRONG, Line, fit, wrapped
from bondtui.view.look import Look

HOW_TO_MAKE_ONE = (
    "ip link add bond0 type bond mode active-backup miimon 100",
    "ip link set eno1 down && ip link set eno1 master bond0",
    "ip link set bond0 up",
)
"""Shown as an example and never run by bondtui."""


def empty_lines(look: Look, cells: int, rows: int) -> list[Line]:
    """Reading, nothing found, or cannot be read: each in words."""
    monitor = look.monitor
    texts: list[tuple[str, str]] = [("", PLAIN)]
    if monitor.error is not None:
        texts += [("Cannot observe bonds here", BAD), (monitor.error, PLAIN)]
        texts += [("", PLAIN), ("bondtui --demo shows the same screens over a simulated driver.", DIM)]
    elif monitor.at is None:
        texts.append(("Reading the kernel ...", DIM))
    else:
        texts += [
            ("No bond on this host", STRONG),
            ("The bonding driver is loaded, but this network namespace has no bond.", PLAIN),
            ("One that appears is shown at once.", PLAIN),
            ("", PLAIN),
            ("A bond is made like this (for a test; keep it in your network configuration):", DIM),
            *((f"  {line}", PLAIN) for line in HOW_TO_MAKE_ONE),
            ("", PLAIN),
            ("bondtui --demo shows the same screens over a simulated driver.", DIM),
        ]
    lines: list[Line] = []
    for text, tone in texts:
        lead = "   " if text.startswith("  ") else " "
        pieces = wrapped(printable(text), max(1, cells - 4)) if text else [""]
        lines += [fit(((f" {lead}{piece}", tone),), cells) for piece in pieces]
    return lines[:rows]
