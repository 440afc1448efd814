"""Entries as plain text for a terminal."""

from __future__ import annotations

from textwrap import wrap

from bondtui.explain.catalogue import entries
from bondtui.explain.entry import HEADINGS, KINDS, MODE, RULE, Entry

WIDTH = 79
_LABELS = {"means": "Means", "why": "Why", "see": "See", "do": "Do", "limit": "Limits", "source": "Source"}
_LABELS_OF_A_MODE = {**_LABELS, "why": "Failover", "do": "Needs"}
_MARGIN = 12
_BOND = "bond0"
_FIX = f"Permanent, for {_BOND}, shown only and never run:"


def head(entry: Entry) -> str:
    """Name and kind in one line: ``BT001 no-monitor (rule, critical, configuration)``."""
    names = _listed(entry)
    return f"{names} ({', '.join(each for each in (entry.kind, entry.severity, *entry.side) if each)})"


def parts(entry: Entry) -> list[tuple[str, tuple[str, ...]]]:
    """Label and texts of everything that the entry says; commands are one text each."""
    labels = _LABELS_OF_A_MODE if entry.kind == MODE else _LABELS
    texts = ((label, getattr(entry, field)) for field, label in labels.items())
    return [(label, (text,) if isinstance(text, str) else text) for label, text in texts if text]


def lines(entry: Entry, width: int = WIDTH) -> list[str]:
    """One entry, wrapped to this width; commands and configuration are not broken."""
    said = [*wrap(head(entry), width), *wrap(entry.title, width, initial_indent="  ", subsequent_indent="  "), ""]
    for label, texts in parts(entry):
        first = f"  {label}".ljust(_MARGIN)
        for text in texts:
            if label == "See":
                said.append(first + text)
            else:
                said += wrap(text, width, initial_indent=first, subsequent_indent=" " * _MARGIN, break_on_hyphens=False)
            first = " " * _MARGIN
    return said + _permanent(entry, width)


def overview(width: int = WIDTH) -> list[str]:
    """All entries by group, one line each."""
    said = [*wrap("'bondtui explain WORD' tells more: a rule, a mode, an option, a field, an LACP number.", width), ""]
    for kind in KINDS:
        group = [(_listed(entry), entry.title) for entry in entries() if entry.kind == kind]
        names = min(27, max(len(name) for name, _ in group))
        said += [HEADINGS[kind], *(f"  {name:<{names}}  {title}" for name, title in group), ""]
    return said[:-1]


def _listed(entry: Entry) -> str:
    return f"{entry.name} {entry.also[0]}" if entry.kind == RULE else entry.name


def _permanent(entry: Entry, width: int) -> list[str]:
    """The permanent fix as each network manager writes it."""
    if entry.fix is None:
        return []
    from bondtui.triage.fixes import permanent  # noqa: PLC0415 - nothing else here needs the words of the managers

    said = ["", f"  {_FIX}"]
    for manager, text in permanent(entry.fix, _BOND):
        said += [f"    {manager}", *(each for line in text.splitlines() for each in _configured(line, width))]
    return said


def _configured(line: str, width: int) -> list[str]:
    """A line of a file or a command as it is, a remark wrapped."""
    if not line.startswith("# "):
        return [f"      {line}"]
    return wrap(line[2:], width, initial_indent="      # ", subsequent_indent="      # ", break_on_hyphens=False)
