"""A plan in words, for the dialog that asks whether it shall be done."""

from __future__ import annotations

from bondtui.core.words import command_line, counted, printable, sentence
from bondtui.model.action import ACTIVATE, ASK, OK, REFUSE, UP, Guarded, Plan
from bondtui.view.glyphs import Glyphs
from bondtui.view.line import BAD, DIM, GOOD, PLAIN, STRONG, WARN, Line, fit, flowed, pad, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LABEL_CELLS = 9
ROOMY_FROM = 10
"""From so many rows on there is room for empty ones between the parts."""
SIDE_BY_SIDE_FROM = 56
"""From this width on the name of a guard stands beside what it has seen."""


def wish(plan: Plan) -> str:
    """What is asked for, in a few words that are safe to draw."""
    name = printable(plan.slave)
    return f"make {name} active" if plan.action.kind == ACTIVATE else f"set {name} {plan.action.kind}"


def headline(plan: Plan) -> str:
    """What it is about, in one line."""
    said = wish(plan)
    if plan.verdict == REFUSE:
        return f"Refused: {said}"
    return f"Nothing to do: {said}" if plan.nothing_to_do else said[0].upper() + said[1:]


def plan_lines(plan: Plan, glyphs: Glyphs, cells: int, rows: int) -> list[Line]:
    """All of the plan, the longest form that fits into so many rows, else the shortest.

    What a guard refuses or asks about stands first in the shortest form, and always where it refuses.
    """
    facts = list(_facts(plan, cells))
    if plan.nothing_to_do and plan.verdict != REFUSE:
        return [fit(line, cells) for line in facts]
    against = list(_against(plan, glyphs, cells))
    if plan.refusal:
        return [fit(line, cells) for line in against]
    blank: list[Line] = [((" ", PLAIN),)]
    parts = [against, facts] if plan.verdict == REFUSE else [facts, against]
    named = list(_ok_names(plan, glyphs, cells))
    long = _joined([*parts, list(_guards(plan, OK, glyphs, cells))], blank)
    medium = _joined([*parts, named], blank)
    short = _joined([against, facts, named], blank if rows >= ROOMY_FROM else [])
    chosen = next((each for each in (long, medium) if len(each) <= rows), short)
    return [fit(line, cells) for line in chosen]


def _joined(parts: Sequence[list[Line]], between: list[Line]) -> list[Line]:
    lines: list[Line] = []
    for part in parts:
        lines += [*(between if lines and part else []), *part]
    return lines


def _facts(plan: Plan, cells: int) -> Iterator[Line]:
    if plan.nothing_to_do and plan.verdict != REFUSE:
        yield from flowed(((sentence(plan.nothing_to_do), PLAIN),), cells)
        return
    rows = [
        ("Bond", printable(plan.bond), STRONG),
        ("Command", command_line(plan.command), STRONG),
        ("Undo", _undo(plan), PLAIN),
        ("Effect", sentence(plan.effect), PLAIN),
        ("Outage", _outage(plan), WARN if plan.outage_ms is None else PLAIN),
    ]
    if plan.verdict == REFUSE:
        rows = [each for each in rows if each[0] != "Undo"]
    for label, said, tone in rows:
        first: Line = ((f" {label:<{LABEL_CELLS}}", DIM),)
        yield from flowed(((said, tone),), cells, first=first, indent=" " * (LABEL_CELLS + 1))


def _undo(plan: Plan) -> str:
    if plan.action.kind == UP:
        return f"{command_line(plan.undo_command)} (it is not undone by itself)"
    if plan.undo is None or plan.action.revert_after is None:
        return "none"
    return f"{command_line(plan.undo_command)}, by itself after {plan.action.revert_after:g} s unless you keep it"


def _outage(plan: Plan) -> str:
    if plan.outage_ms is None:
        return "not bounded by anything"
    return f"at most about {plan.outage_ms} ms" if plan.outage_ms else "none is predicted"


def _against(plan: Plan, glyphs: Glyphs, cells: int) -> Iterator[Line]:
    """What speaks against it: what refuses, then what asks."""
    if plan.refusal:
        yield from flowed(((f"{glyphs.bad} ", BAD), (sentence(plan.refusal), PLAIN)), cells, indent="   ")
    yield from _guards(plan, REFUSE, glyphs, cells)
    yield from _guards(plan, ASK, glyphs, cells)


def _guards(plan: Plan, result: str, glyphs: Glyphs, cells: int) -> Iterator[Line]:
    """Every guard of this result with what it has seen."""
    sign, tone = {REFUSE: (glyphs.bad, BAD), ASK: (glyphs.warn, WARN)}.get(result, (glyphs.ok, GOOD))
    longest = max((width(each.guard) for each in plan.guards), default=0)
    for each in plan.guards:
        if each.result != result:
            continue
        said: Line = ((printable(each.evidence), DIM if result == OK else PLAIN),)
        if cells >= SIDE_BY_SIDE_FROM:
            name: Line = ((f" {sign} ", tone), (pad(each.guard, longest + 2), STRONG if result != OK else PLAIN))
            yield from flowed(said, cells, first=name, indent=" " * (longest + 5))
        else:
            name = ((f"{sign} ", tone), (f"{each.guard}: ", STRONG))
            yield from flowed((*name, *said), cells, indent="   ")


def _ok_names(plan: Plan, glyphs: Glyphs, cells: int) -> Iterator[Line]:
    """The guards that have nothing to say, by their names."""
    fine: list[Guarded] = [each for each in plan.guards if each.result == OK]
    if fine:
        said = f"{counted(len(fine), 'guard')} ok: {', '.join(each.guard for each in fine)}"
        yield from flowed(((f"{glyphs.ok} ", GOOD), (said, DIM)), cells, indent="   ")
