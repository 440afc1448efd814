"""The port state byte of 802.3ad (IEEE 802.1AX-2020 6.4.2.3, drivers/net/bonding/bond_3ad.c)."""

from __future__ import annotations

ACTIVITY, TIMEOUT, AGGREGATION, SYNC, COLLECTING, DISTRIBUTING, DEFAULTED, EXPIRED = (1 << bit for bit in range(8))

CARRYING = SYNC | COLLECTING | DISTRIBUTING
"""A port carries traffic when these are set on both ends; 61 is as healthy as 63."""

SILENT = DEFAULTED | EXPIRED
"""One of these on our own port: the partner has not been heard for too long."""

BITS = (
    (ACTIVITY, "A", "active"),
    (TIMEOUT, "T", "short timeout"),
    (AGGREGATION, "G", "aggregating"),
    (SYNC, "S", "in sync"),
    (COLLECTING, "C", "collecting"),
    (DISTRIBUTING, "D", "distributing"),
    (DEFAULTED, "F", "defaulted"),
    (EXPIRED, "E", "expired"),
)
"""Bit, letter and word of each flag, lowest bit first."""

NO_PARTNER = "00:00:00:00:00:00"


def letters(state: int | None) -> str:
    """The state as eight letters, ``-`` for a bit that is not set; ``-`` alone when not known."""
    if state is None:
        return "-"
    return "".join(letter if state & bit else "-" for bit, letter, _ in BITS)


def carries(actor: int | None, partner: int | None) -> bool | None:
    """Whether both ends are in sync, collecting and distributing; ``None`` when not known."""
    if actor is None or partner is None:
        return None
    return actor & partner & CARRYING == CARRYING and not actor & SILENT


def difference(old: int, new: int) -> str:
    """The change between two states in words: ``lost in sync, distributing; now defaulted``."""
    lost = [word for bit, _, word in BITS if old & bit and not new & bit]
    gained = [word for bit, _, word in BITS if new & bit and not old & bit]
    parts = [f"lost {', '.join(lost)}"] if lost else []
    if gained:
        parts.append(f"now {', '.join(gained)}")
    return "; ".join(parts)
