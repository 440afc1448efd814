"""The few pieces of Markdown that a report is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bondtui.core.words import UNKNOWN, listed, printable

_SPECIAL = frozenset("\\`*[]<>|~&#")


def text(name: object) -> str:
    """Something from outside that neither a terminal nor a Markdown reader interprets."""
    drawn = printable(str(name))
    marked = "".join(f"\\{each}" if each in _SPECIAL else each for each in drawn)
    return "".join(
        "\\_" if each == "_" and not f"{before}{after}".isalnum() else each
        for before, each, after in zip(f" {marked}", marked, f"{marked[1:]} ", strict=False)
    )


def said(value: object) -> str:
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, dict):
        return text(listed([f"{name} {UNKNOWN if each is None else each}" for name, each in value.items()]))
    if isinstance(value, list):
        return text(listed([str(each) for each in value]))
    return text(value)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def fenced(rows: Sequence[str]) -> Iterator[str]:
    """Rows as they are, between marks that none of them holds."""
    mark = "```"
    while any(mark in each for each in rows):
        mark += "`"
    yield f"{mark}text"
    yield from rows
    yield mark
