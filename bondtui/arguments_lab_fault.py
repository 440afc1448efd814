"""What ``bondtui lab`` can be asked to make go wrong: ``--fault KIND SUBJECT [VALUE]`` and ``--undo KIND SUBJECT``."""

from __future__ import annotations

from bondtui.arguments_lab_values import meant
from bondtui.lab.faults import KINDS, Kind
from bondtui.lab.messages import PUT, UNDO, UNDO_ALL
from bondtui.model.lab import FAULTS, OF_A_BOND, PULL
from bondtui.options import LabRequest

PLUG = "plug"
"""What undoes a pulled cable, for those who do not think of it as an undo."""


def fault(words: list[str]) -> LabRequest:
    """``KIND SUBJECT [VALUE]``, or ``plug SLAVE``; raises ValueError."""
    name, *rest = words
    if name == PLUG:
        return LabRequest(UNDO, PULL, _subject("--fault plug SLAVE", rest))
    kind = _kind(name)
    form = f"--fault {name} {takes(kind)}"
    if kind.value is None or len(rest) < 2:
        return LabRequest(PUT, name, _subject(form, rest))
    return LabRequest(PUT, name, _subject(form, [rest[0], *rest[2:]]), _whole(rest[1], kind))


def undo(words: list[str]) -> LabRequest:
    """``KIND SUBJECT``, or ``all``; raises ValueError."""
    name, *rest = words
    if name == "all":
        if rest:
            raise ValueError(f"'{rest[0]}' is too much: --undo all, or --undo KIND SUBJECT")
        return LabRequest(UNDO_ALL)
    if name == PLUG:
        raise ValueError("'plug' is itself an undo: --undo pull SLAVE")
    kind = _kind(name)
    return LabRequest(UNDO, name, _subject(f"--undo {name} {_subject_of(kind)}", rest))


def _kind(name: str) -> Kind:
    for kind in KINDS:
        if kind.name == name:
            return kind
    known = (*FAULTS, PLUG)
    raise ValueError(f"'{name}' is no fault{meant(name, known) or ': ' + ', '.join(known)}")


def _subject(form: str, rest: list[str]) -> str:
    if len(rest) > 1:
        raise ValueError(f"'{rest[1]}' is too much: {form}")
    if not rest or not rest[0]:
        raise ValueError(f"of what is missing: {form}")
    return rest[0]


def _whole(text: str, kind: Kind) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise ValueError(f"'{text}' is not a whole number: --fault {kind.name} {takes(kind)}")
    return int(text)


def _subject_of(kind: Kind) -> str:
    return "BOND" if kind.name in OF_A_BOND else "SLAVE"


def takes(kind: Kind) -> str:
    """The words after a kind."""
    return _subject_of(kind) + (f" [{kind.value.unit.upper()}]" if kind.value else "")


def range_of(kind: Kind) -> str:
    """Its values, and the usual one; ``""`` where it takes none."""
    return f" ({kind.value.least} to {kind.value.most} {kind.value.unit}; {kind.value.default})" if kind.value else ""
