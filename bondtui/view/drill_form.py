"""What a person fills in before a drill: fields, choices, digits, and what is wrong with them."""

from __future__ import annotations

from bondtui.drill.defaults import parse_target
from bondtui.drill.record import target_words
from bondtui.model.bond import MODES_WITH_ACTIVE_SLAVE, Bond
from bondtui.model.drill import (
    ADMIN_DOWN,
    CABLE,
    FAULTS,
    LONGEST_HOLD_S,
    ROUNDS_AT_MOST,
    SHORTEST_HOLD_S,
    Wish,
)
from bondtui.model.probe import Candidate, Target
from bondtui.model.record import NamedTuple

SLAVE, FAULT, TARGET, OBJECTIVE, ROUNDS, HOLD = "slave", "fault", "target", "objective", "rounds", "hold"
FIELDS = (SLAVE, FAULT, TARGET, OBJECTIVE, ROUNDS, HOLD)
EVERY = "every"
NUMBERS = (OBJECTIVE, ROUNDS, HOLD)
OBJECTIVES = ("", "100", "200", "500", "1000", "2000", "5000")
"""What left and right choose from, in milliseconds; any other number can be typed."""
HIGHEST_OBJECTIVE_MS = 600_000.0
LONGEST_NUMBER, LONGEST_TARGET = 7, 120


class Form(NamedTuple):
    """The fields as they are filled in at this moment."""

    bond: Bond
    slave: int | None
    """Interface index; ``None`` for every one in turn."""
    fault: str = ADMIN_DOWN
    target: str = ""
    """As it was typed; empty to have one found."""
    objective: str = ""
    """Milliseconds."""
    rounds: str = "1"
    hold: str = "3"
    """Seconds."""
    at: str = SLAVE
    """The field that is highlighted."""
    fresh: bool = True
    """Whether the next character that is typed replaces what is there."""
    wrong: tuple[str, str] = ("", "")
    """A field and what is wrong with it."""
    found: tuple[Candidate, ...] = ()
    """Who could answer, best first."""
    looking: bool = False
    """Whether that is still being found out."""
    no_target: str = ""
    """Why nobody was found."""


def moved(form: Form, step: int) -> Form:
    """Another field is highlighted."""
    position = (FIELDS.index(form.at) + step) % len(FIELDS)
    return form._replace(at=FIELDS[position], fresh=True)


def chosen(form: Form, step: int) -> Form:
    """The next choice of the highlighted field, or the one before."""
    form = form._replace(wrong=("", ""), fresh=True)
    if form.at == SLAVE:
        slaves = {str(each.ifindex): each.ifindex for each in form.bond.slaves}
        return form._replace(slave=slaves.get(_next([*slaves, EVERY], str(form.slave or EVERY), step)))
    if form.at == FAULT:
        return form._replace(fault=_next(list(faults(form.bond)), form.fault, step))
    if form.at == TARGET:
        return form._replace(
            target=_next(["", *(target_words(each.target) for each in form.found[1:])], form.target, step)
        )
    if form.at == OBJECTIVE:
        return form._replace(objective=_next(list(OBJECTIVES), form.objective, step))
    least, most, now = (1, ROUNDS_AT_MOST, form.rounds) if form.at == ROUNDS else (1, LONGEST_HOLD_S, form.hold)
    value = _number(now)
    value = max(least, min(most, (least if value is None else value) + step))
    return _with(form, f"{value:g}")


def typed(form: Form, text: str) -> Form:
    """Characters are typed or pasted into the highlighted field; it takes what makes sense there."""
    allowed = [each for each in text if _belongs(form.at, each)]
    if not allowed:
        return form
    longest = LONGEST_TARGET if form.at == TARGET else LONGEST_NUMBER
    value = ("" if form.fresh else str(getattr(form, form.at))) + "".join(allowed)
    return _with(form._replace(fresh=False, wrong=("", "")), value[:longest])


def erased(form: Form) -> Form:
    """The last character of the highlighted field is taken away."""
    if form.at not in (TARGET, *NUMBERS):
        return form
    return _with(form._replace(fresh=False, wrong=("", "")), str(getattr(form, form.at))[:-1])


def takes_text(form: Form) -> bool:
    """Whether letters are text in the highlighted field."""
    return form.at == TARGET


def wish(form: Form) -> tuple[Wish | None, Form]:
    """What is asked for; ``None`` when something is wrong, which the form says then."""
    targets: list[Target] = []
    for word in form.target.replace(",", " ").split():
        try:
            targets.append(parse_target(word))
        except ValueError as error:
            return None, _wrong(form, TARGET, str(error))
    if not targets and form.no_target:
        return None, _wrong(form, TARGET, f"{form.no_target}; type an address")
    objective, rounds, hold = _number(form.objective), _number(form.rounds), _number(form.hold)
    if form.objective and not (objective is not None and 0 < objective <= HIGHEST_OBJECTIVE_MS):
        return None, _wrong(form, OBJECTIVE, f"a number of milliseconds up to {HIGHEST_OBJECTIVE_MS:g}, or nothing")
    if rounds is None or not (1 <= rounds <= ROUNDS_AT_MOST and rounds == int(rounds)):
        return None, _wrong(form, ROUNDS, f"a whole number from 1 to {ROUNDS_AT_MOST}")
    if hold is None or not SHORTEST_HOLD_S <= hold <= LONGEST_HOLD_S:
        return None, _wrong(form, HOLD, f"a number of seconds from {SHORTEST_HOLD_S:g} to {LONGEST_HOLD_S:g}")
    slaves = (form.slave,) if form.slave is not None else tuple(each.ifindex for each in form.bond.slaves)
    return (
        Wish(
            form.bond.ifindex,
            slaves,
            form.fault,
            tuple(targets),
            rounds=int(rounds),
            hold_s=hold,
            objective_ms=objective,
        ),
        form._replace(wrong=("", "")),
    )


def faults(bond: Bond) -> tuple[str, ...]:
    """The faults that make sense in the mode of this bond."""
    switchable = bond.options.mode in MODES_WITH_ACTIVE_SLAVE
    return FAULTS if switchable else (ADMIN_DOWN, CABLE)


def _with(form: Form, value: str) -> Form:
    """Another text in the highlighted field."""
    if form.at == TARGET:
        return form._replace(target=value)
    if form.at == OBJECTIVE:
        return form._replace(objective=value)
    return form._replace(rounds=value) if form.at == ROUNDS else form._replace(hold=value)


def _next(choices: list[str], now: str, step: int) -> str:
    position = choices.index(now) + step if now in choices else 0
    return choices[position % len(choices)]


def _belongs(field: str, character: str) -> bool:
    if field == TARGET:
        return character.isascii() and character.isprintable()
    return field in NUMBERS and ((character.isdecimal() and character.isascii()) or character == ".")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _wrong(form: Form, field: str, words: str) -> Form:
    return form._replace(at=field, fresh=True, wrong=(field, words))
