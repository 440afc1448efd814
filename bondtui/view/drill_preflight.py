"""What was found out before a drill: every check with go or no-go, and what would be done."""

from __future__ import annotations

from bondtui.actions.guards import GUARDS
from bondtui.core.words import command_line, counted, listed, printable, sentence
from bondtui.drill.defaults import flow_words
from bondtui.drill.progress import Progress
from bondtui.drill.record import target_words
from bondtui.model.action import ASK, OK, REFUSE
from bondtui.model.drill import CABLE, SWITCH_ACTIVE, Check, Preflight
from bondtui.view.drill_page import Body, fact
from bondtui.view.glyphs import Glyphs
from bondtui.view.line import BAD, DIM, GOOD, PLAIN, STRONG, WARN, Line, fit, flowed, pad, width
from bondtui.view.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bondtui.model.action import Plan

GO, GO_IF_TYPED, NO_GO, GO_BUT = "go", "ask", "NO-GO", "go, but"
VERDICTS = {OK: "GO", ASK: "GO, if you type the bond's name", REFUSE: "NO-GO"}
SIDE_BY_SIDE_FROM = 56
FLOWS_NAMED = 2
"""So many flows are named one by one."""
BLANK: Line = ((" ", PLAIN),)


def subject(preflight: Preflight) -> str:
    """What is tested how, safe to draw: ``eno1 admin-down``, ``eno1 and eno2 cable, 3 rounds``."""
    names = listed([printable(preflight.names.get(each, str(each))) for each in preflight.slaves])
    rounds = preflight.wish.rounds
    return f"{names} {preflight.wish.fault}" + (f", {counted(rounds, 'round')}" if rounds > 1 else "")


def checking(progress: Progress, look: Look, cells: int) -> Body:
    """While it is still being found out."""
    waited = max(0.0, look.now.mono - progress.at)
    words, age = printable(progress.words), f" ({waited:.0f} s so far)"
    said: Line = ((f"{look.glyphs.chosen} ", STRONG), (words, PLAIN), (age, DIM))
    return Body((("Pre-flight", STRONG), ("  nothing is changed", DIM)), [BLANK, *flowed(said, cells, indent="   ")])


def failed(words: str, look: Look, cells: int, *, begun: bool) -> Body:
    """When it cannot be found out, or something went wrong later."""
    title = "The drill has failed" if begun else "No drill"
    said: Line = ((f"{look.glyphs.bad} ", BAD), (sentence(words), PLAIN))
    return Body(((title, BAD),), [BLANK, *flowed(said, cells, indent="   ")])


def preflight_body(preflight: Preflight, look: Look, cells: int, rows: int) -> Body:
    """Every check and what would be done; the guards that have nothing to say share a line where there is little room."""
    sign, tone, _ = _sign(preflight.verdict, look.glyphs)
    title: Line = (
        ("Pre-flight: ", STRONG),
        (f"{sign} {VERDICTS[preflight.verdict]}", tone),
        (f"  {subject(preflight)}", PLAIN),
    )
    against = [each for each in preflight.checks if each.result != OK or each.doubtful]
    against.sort(key=lambda each: (each.result != REFUSE, each.result != ASK))
    fine = [each for each in preflight.checks if each.result == OK and not each.doubtful]
    guards = [each for each in fine if each.name in GUARDS]
    own = [each for each in fine if each.name not in GUARDS]
    facts = list(facts_of(preflight, cells))
    longest = max((width(each.name) for each in preflight.checks), default=0)
    upper = [*_checks(against, look.glyphs, cells, longest), *_checks(own, look.glyphs, cells, longest)]
    long = [*upper, *_checks(guards, look.glyphs, cells, longest), BLANK, *facts]
    if len(long) <= rows:
        return Body(title, long)
    short = [*upper, *_together(guards, look.glyphs, cells), BLANK, *facts]
    if len(short) > rows and preflight.verdict != REFUSE:
        short.remove(BLANK)
    return Body(title, short)


def agreement_lines(preflight: Preflight, glyphs: Glyphs, cells: int) -> list[Line]:
    """What is agreed to: what speaks against it, what is done to the link, and the outage that is predicted."""
    against = [each for each in preflight.checks if each.result != OK or each.doubtful]
    longest = max((width(each.name) for each in against), default=0)
    lines = list(_checks(against, glyphs, cells, longest))
    lines += command_and_undo(preflight, cells)
    lines += fact("Predicted", predicted(preflight), cells, WARN if preflight.predicted_ms is None else PLAIN)
    return [fit(line, cells) for line in lines]


def facts_of(preflight: Preflight, cells: int) -> Iterator[Line]:
    """Command, undo, effect, prediction, targets, and when it would be taken back."""
    yield from command_and_undo(preflight, cells)
    yield from fact("Predicted", predicted(preflight), cells, WARN if preflight.predicted_ms is None else PLAIN)
    flows = "; ".join(flow_words(each) for each in preflight.flows) or "none"
    if len(preflight.flows) > FLOWS_NAMED:
        whom = listed(list(dict.fromkeys(target_words(each.target) for each in preflight.flows)))
        flows = f"{counted(len(preflight.flows), 'flow')} to {whom}"
    why = f" ({preflight.why_target})" if preflight.why_target else ""
    pace = f"one every {preflight.period_s * 1000:g} ms"
    yield from fact("Probes", printable(f"{flows}{why}, {pace}"), cells)
    yield from fact("Ends", f"at once when no answer comes for {preflight.limit_ms / 1000:g} s", cells)


def command_and_undo(preflight: Preflight, cells: int) -> Iterator[Line]:
    """What is done to the link, and how and when that is taken back by itself."""
    if preflight.wish.fault == CABLE or not preflight.plans:
        yield from fact("Command", "none: you pull the cable and put it back when the screen says so", cells, STRONG)
        if preflight.predicted:
            yield from fact("Effect", sentence(preflight.predicted), cells)
        return
    for plan in dict.fromkeys(_faults(preflight)):
        yield from fact("Command", command_line(plan.command), cells, STRONG)
        after = f", by itself at the latest after {preflight.revert_after_s:g} s"
        yield from fact("Undo", f"{command_line(plan.undo_command)}{after}", cells)
        yield from fact("Effect", sentence(plan.effect), cells)


def _faults(preflight: Preflight) -> Iterable[Plan]:
    """The plans of the faults, one for each command: what a plan is for is told by its kind."""
    kind = "activate" if preflight.wish.fault == SWITCH_ACTIVE else "down"
    seen: dict[tuple[str, ...], Plan] = {}
    for plan in preflight.plans:
        if plan.action.kind == kind:
            seen.setdefault(plan.command, plan)
    return list(seen.values()) or preflight.plans[:1]


def predicted(preflight: Preflight) -> str:
    """The longest outage that the bond's options allow, in words."""
    if preflight.predicted_ms is None:
        return "not bounded by anything"
    return f"at most about {preflight.predicted_ms} ms" if preflight.predicted_ms else "no outage"


def _sign(result: str, glyphs: Glyphs, *, doubtful: bool = False) -> tuple[str, str, str]:
    if result == REFUSE:
        return glyphs.bad, BAD, NO_GO
    if result == ASK:
        return glyphs.warn, WARN, GO_IF_TYPED
    return (glyphs.warn, WARN, GO_BUT) if doubtful else (glyphs.ok, GOOD, GO)


def _checks(checks: Iterable[Check], glyphs: Glyphs, cells: int, longest: int) -> Iterator[Line]:
    for each in checks:
        sign, tone, word = _sign(each.result, glyphs, doubtful=each.doubtful)
        plain_go = each.result == OK and not each.doubtful
        said: Line = ((printable(each.words), DIM if plain_go else PLAIN),)
        label = f"{sign} {pad(word, len(GO_BUT))} "
        if cells >= SIDE_BY_SIDE_FROM:
            first: Line = ((f" {label}", tone), (pad(each.name, longest + 1), PLAIN if plain_go else STRONG))
            yield from flowed(said, cells, first=first, indent=" " * (width(label) + longest + 2))
        else:
            yield from flowed(((f"{sign} {word} ", tone), (f"{each.name}: ", STRONG), *said), cells, indent="   ")


def _together(checks: Iterable[Check], glyphs: Glyphs, cells: int) -> Iterator[Line]:
    names = [each.name for each in checks]
    if names:
        sign, tone, word = _sign(OK, glyphs)
        said = f"{counted(len(names), 'guard')}: {', '.join(names)}"
        label = f" {sign} {pad(word, len(GO_BUT))} "
        yield from flowed(((said, DIM),), cells, first=((label, tone),), indent=" " * width(label))
