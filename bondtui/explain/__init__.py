"""What everything means that bondtui shows: rules, verdicts, modes, LACP, options, fields, guards. Pure data."""

from __future__ import annotations

from bondtui.explain.catalogue import entries, find, near
from bondtui.explain.entry import Entry

__all__ = ["Entry", "entries", "find", "near"]
