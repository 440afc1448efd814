"""The scenarios by name, with what happens in each. What they are made of is in ``machines``."""

from __future__ import annotations

DEFAULT = "failover"

SCENARIOS = {
    "failover": "active-backup; the cable of the active slave is pulled and put back, again and again",
    "lacp": "802.3ad over two 25G ports, all well",
    "lacp-split": "802.3ad with the two ports on different switches: one of them is idle",
    "silent-partner": "802.3ad; a partner falls silent while its carrier stays, and comes back later",
    "flapping": "active-backup; the link of the primary flaps, with receive errors",
    "all-modes": "seven bonds, one of each mode, one of them degraded",
    "healthy": "an active-backup and an 802.3ad bond, all well",
    "spanning-tree": "active-backup, for drills: the switch port of the primary forwards late after its link is back",
}
"""One line about each, as ``bondtui --demo`` lists them."""
