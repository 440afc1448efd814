"""The report of a drill for a ticket: the verdict first, then everything that is needed to believe it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bondtui.core import label
from bondtui.core.words import UNKNOWN, command_line, listed, printable, sentence
from bondtui.drill.figures import span, words
from bondtui.drill.preflight import PROVES
from bondtui.drill.record import repetition
from bondtui.drill.trail import Trail
from bondtui.model.drill import INTERRUPTED, Drill, Outage, Passage, Preflight, Round
from bondtui.report import drill_details as details
from bondtui.report.drill_chart import after, chart
from bondtui.report.marks import fenced, table, text

Document = Mapping[str, Any]

CHARTS_AT_MOST = 3


def markdown(drill: Drill, document: Document, trails: Sequence[Trail] = ()) -> str:
    """The whole report; ``document`` is the JSON document of the same drill."""
    sections = (
        *(_verdict(drill, document), _rounds(drill), _findings(drill), _left_behind(drill), _anatomy(drill, trails)),
        *(
            _done(drill),
            _proves(drill, document),
            details.setting(drill.preflight, document),
            details.probes(drill.preflight),
        ),
        *(details.preflight(drill.preflight), details.gaps(drill), details.shares(drill), _again(drill)),
    )
    return "\n\n".join("\n".join(each) for each in map(list, sections) if each) + "\n"


def _verdict(drill: Drill, document: Document) -> Iterator[str]:
    yield f"# Failover drill of {text(drill.preflight.bond)} on {text(document['host'])}: {drill.verdict.upper()}"
    yield ""
    if said := label.sentence(simulated=document["simulated"], lab=document["lab"] or ""):
        yield f"> **{said}**"
        yield ""
    yield f"**{drill.verdict.upper()}: {text(sentence(drill.reason))}**"
    yield ""
    yield f"Began {document['began']}, ended {document['ended']} (UTC)."


def _rounds(drill: Drill) -> Iterator[str]:
    before = drill.preflight
    objective = before.wish.objective_ms
    asked = "no objective was given" if objective is None else f"objective {objective:g} ms"
    bound = "nothing bounds it" if before.predicted_ms is None else f"at most {before.predicted_ms} ms"
    yield "## Measured"
    yield ""
    yield f"Predicted from the bond's options: {bound}. {text(sentence(before.predicted))} {asked.capitalize()}."
    yield ""
    if not drill.rounds:
        yield "No round was done."
        return
    heads = (
        "round",
        "slave",
        "passage",
        "predicted",
        "outage (bounds)",
        "by time stamps",
        "noticed",
        "switched",
        "notified",
    )
    rows = [row for each in drill.rounds for row in _of_round(each, before)]
    yield from table((*heads, "first answer", "lost / sent", "late", "twice"), rows)
    yield ""
    yield (
        "The outage is that of the worst flow over the slave under test: the middle of what is possible by the send times "
        "of its lost probes. 'By time stamps' is the first answer after less the last answer before."
    )
    for name in ("failover", "failback"):
        yield from _summary(name, [getattr(each, name) for each in drill.rounds], before)


def _of_round(each: Round, before: Preflight) -> Iterator[tuple[str, ...]]:
    most = "no bound" if before.predicted_ms is None else f"at most {before.predicted_ms} ms"
    for name, passage, predicted in (("failover", each.failover, most), ("failback", each.failback, UNKNOWN)):
        worst = passage.worst if passage else None
        beginning = (str(each.number), text(each.name), name, predicted)
        if passage is None or worst is None:
            yield (*beginning, "not measured", *(UNKNOWN,) * 8)
            continue
        parts = passage.anatomy
        phases = [
            UNKNOWN if moment is None else after(moment.at, parts.issued.at)
            for moment in (parts.detected, parts.switched, parts.notified, parts.first_answer)
        ]
        stamps = UNKNOWN if worst.timestamp_ms is None else span(worst.timestamp_ms)
        counts = (f"{worst.lost} / {worst.sent}", str(worst.late), str(worst.duplicated))
        yield (*beginning, _figure(worst, before), stamps, *phases, *counts)


def _figure(outage: Outage, before: Preflight) -> str:
    return text(words(outage, before.period_s)) + (", coarse" if outage.coarse else "")


def _summary(name: str, passages: Iterable[Passage | None], before: Preflight) -> Iterator[str]:
    found = [each.worst for each in passages if each is not None]
    ranked = sorted((each for each in found if each), key=lambda each: (each.high_ms is None, each.middle_ms or 0.0))
    if len(ranked) > 1:
        shortest, middle, longest = (_figure(ranked[place], before) for place in (0, len(ranked) // 2, -1))
        yield ""
        yield f"Over {len(ranked)} rounds, {name}: min {shortest}, median {middle}, max {longest}."


def _findings(drill: Drill) -> Iterator[str]:
    if drill.findings:
        yield "## Findings"
        yield ""
    for each in drill.findings:
        yield f"- {f'**{each.severity}**: ' if each.severity else ''}{text(sentence(each.words))}"


def _left_behind(drill: Drill) -> Iterator[str]:
    """What became of the link where a drill did not come to its end."""
    troubled = [each for each in drill.rounds if each.trouble]
    if drill.verdict != INTERRUPTED and not troubled:
        return
    yield "## What became of the link"
    yield ""
    for each in troubled:
        yield f"- Round {each.number}, {text(each.name)}: {text(sentence(each.trouble))}"
    last = drill.rounds[-1] if drill.rounds else None
    if last is not None and last.restored:
        yield f"- {text(last.name)} is restored: at the end it was seen to be able to carry traffic again."
    else:
        seconds = drill.preflight.revert_after_s
        seen = f"{text(last.name)} had not been seen to come back" if last else "no round was over"
        yield (
            f"- When this was written, {seen}. Whatever was changed is taken back by the dead-man's switch, {seconds:.0f} s "
            "after the change at the latest, also when bondtui itself was killed. `bondtui pending` tells whether anything "
            "is still to be undone."
        )


def _anatomy(drill: Drill, trails: Sequence[Trail]) -> Iterator[str]:
    rounds = [each for each in drill.rounds if each.failover is not None]
    if not rounds:
        return
    yield "## Anatomy"
    yield ""
    if len(rounds) > CHARTS_AT_MOST:
        rounds = [max(rounds, key=_longest)]
        yield f"Of the worst of {len(drill.rounds)} rounds; the others are in the JSON file."
        yield ""
    rows: list[str] = []
    for each in rounds:
        for name, passage in (("failover", each.failover), ("failback", each.failback)):
            if passage is not None:
                rows += [f"Round {each.number}, {printable(each.name)}: {name}"]
                rows += [*chart(passage, trails, period_s=drill.preflight.period_s, back=name == "failback"), ""]
    yield from fenced(rows[:-1])


def _longest(each: Round) -> tuple[bool, float]:
    worst = each.failover.worst if each.failover else None
    return (worst.high_ms is None, worst.middle_ms or 0.0) if worst else (False, 0.0)


def _done(drill: Drill) -> Iterator[str]:
    yield "## What was done"
    yield ""
    commands = dict.fromkeys(each.command for each in drill.rounds if each.command)
    if restored := dict.fromkeys(each.name for each in drill.rounds if each.restored):
        yield f"Restored, and seen to be able to carry traffic again at the end: {text(listed(list(restored)))}."
        yield ""
    if commands:
        yield "The same as these commands do, through bondtui's guarded actions, each taken back afterwards:"
        yield ""
        yield from fenced([command_line(each) for each in commands])
        if others := dict.fromkeys(command for each in drill.rounds for command in each.besides):
            yield ""
            yield "Beside that, so that the slave under test was the active one and the bond was left as it was found:"
            yield ""
            yield from fenced([command_line(each) for each in others])
    elif drill.rounds:
        yield "Nothing was changed by bondtui; a person pulled the cable and put it back."
    else:
        yield "Nothing was changed."


def _proves(drill: Drill, document: Document) -> Iterator[str]:
    yield "## What this proves"
    yield ""
    fault = drill.preflight.wish.fault
    yield f"{text(sentence(PROVES.get(fault, fault)))} It does not prove what would happen at another load or to another slave."
    if document["lab"]:
        yield ""
        yield "It was done in a lab: it proves nothing of a real bond."


def _again(drill: Drill) -> Iterator[str]:
    yield "## How to repeat it"
    yield ""
    yield from fenced([command_line(repetition(drill))])
    yield ""
    yield "All raw samples are in the JSON file beside this one."
