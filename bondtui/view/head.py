"""The top line, the verdict and the footer."""

from __future__ import annotations

import time

from bondtui.core.words import age, counted, printable
from bondtui.model.bond import Bond
from bondtui.model.finding import MEDIUM, OK, SEVERITIES, WORDS, Judgement
from bondtui.view.line import (
    BAD,
    DIM,
    GOOD,
    KEY,
    LAB,
    PLAIN,
    STRONG,
    WARN,
    Line,
    Span,
    clip,
    fit,
    line_width,
    width,
    wrapped,
)
from bondtui.view.look import Judged, Look, sign


def clock(wall: float) -> str:
    """Local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(wall))


def top_line(look: Look, cells: int, judged: list[Judged]) -> Line:
    """Who and how many, the worst of it, and whether what is shown is live."""
    monitor = look.monitor
    fixed: list[Span] = [(f" {monitor.label} ", LAB), ("  ", PLAIN)] if monitor.label else []
    fixed += [_liveness(look), (" ", PLAIN)]
    left: list[Span] = [(" bondtui  ", STRONG)]
    said: list[Span] = [(counted(len(judged), "bond"), PLAIN), ("  ", PLAIN), *_worst(look, judged)]
    room = cells - line_width((*left, *said, *fixed))
    for extra, at in (
        ((clip(printable(look.host), 24, look.glyphs.cut) + "  ", PLAIN), left),
        ((f" {clock(look.now.wall)} ", PLAIN), fixed),
        (("armed  " if look.can_act else "read-only  ", DIM), None),
    ):
        if width(extra[0]) <= room:
            room -= width(extra[0])
            if at is None:
                fixed.insert(0, extra)
            else:
                at.append(extra)
    return fit((*fit((*left, *said), max(0, cells - line_width(tuple(fixed)))), *fixed), cells)


def _worst(look: Look, judged: list[Judged]) -> list[Span]:
    ranks = [each.rank for _, each in judged]
    bad = [rank for rank in sorted(set(ranks), reverse=True) if rank > OK]
    if not judged:
        return []
    if not bad:
        return [_worst_finding(look, judged)]
    spans: list[Span] = []
    for rank in bad:
        glyph, tone = sign(rank, look.glyphs)
        spans += [(f"{glyph} {ranks.count(rank)} {WORDS[rank].lower()}", tone), (" ", PLAIN)]
    return spans


def _worst_finding(look: Look, judged: list[Judged]) -> Span:
    """Where every bond carries its traffic: how many have a finding of the worst severity, down to medium."""
    worst = [max((finding.weight for finding in each.findings), default=0) for _, each in judged]
    if max(worst) < SEVERITIES.index(MEDIUM):
        return f"{look.glyphs.ok} all ok", GOOD
    return f"{look.glyphs.warn} {worst.count(max(worst))} {SEVERITIES[max(worst)]}", WARN


def _liveness(look: Look) -> Span:
    if look.frozen is not None:
        return f"FROZEN {age(look.now.mono - look.frozen.mono)}", WARN
    if look.stale_s is not None:
        return f"STALE {age(look.stale_s)}", BAD
    if look.monitor.error is not None:
        return "NOT READ", BAD
    return f"live {look.monitor.interval:g} s", DIM


def verdict_lines(look: Look, bond: Bond, judged: Judgement, cells: int) -> list[Line]:
    """Glyph and word first, then the sentence, what is lost next and the next step."""
    glyph, tone = sign(judged.rank, look.glyphs)
    head = f" {glyph} {judged.word} "
    name = f"{printable(bond.name)} "
    indent = 3
    lines: list[Line] = []
    taken = width(head) + width(name)
    for text in wrapped(printable(judged.sentence), cells - indent - 1, first=max(0, taken - indent)):
        start: Line = ((head, tone), (name, STRONG)) if not lines else ((" " * indent, PLAIN),)
        lines.append((*start, (text, PLAIN)))
    for label, said in (("", judged.consequence), ("Next: ", judged.next_step)):
        for number, text in enumerate(wrapped(printable(said), cells - indent - 1, first=width(label))):
            before: Line = ((" " * indent, PLAIN), (label if number == 0 else "", STRONG))
            lines.append((*before, (text, PLAIN)))
    if look.stale_s is not None or look.monitor.error is not None:
        lines.insert(0, _not_read(look))
    return [fit(line, cells) for line in lines]


def _not_read(look: Look) -> Line:
    said = f"Data is {age(look.stale_s)} old" if look.stale_s is not None else "The last read failed"
    return (f" {look.glyphs.bad} {said}: ", BAD), (
        printable(look.monitor.error or "the kernel is slow to answer."),
        PLAIN,
    )


def shortened(lines: list[Line], rows: int, cells: int, cut: str) -> list[Line]:
    """The first lines, with a mark at the end when there were more."""
    if len(lines) <= rows or not rows:
        return lines[:rows]
    return [*lines[: rows - 1], fit((*fit(lines[rows - 1], max(0, cells - 2)), (f" {cut}", DIM)), cells)]


def rule(look: Look, cells: int, title: str = "") -> Line:
    """A line across the screen, with a title in it."""
    if not title:
        return ((look.glyphs.rule * cells, DIM),)
    text = f" {title} "
    return fit(
        ((look.glyphs.rule * 2, DIM), (text, DIM), (look.glyphs.rule * max(0, cells - 2 - width(text)), DIM)), cells
    )


def footer(look: Look, cells: int) -> tuple[Line, list[tuple[int, int, str]]]:
    """The keys that are offered now, and where each one is: (first cell, cell after it, key)."""
    offered = list(look.keys)
    while len(offered) > 2 and sum(width(each.key) + width(each.word) + 3 for each in offered) - 1 > cells:
        least = max(each.rank for each in offered)
        if least == 0:
            break
        offered = [each for each in offered if each.rank != least]
    spans: list[Span] = [(" ", PLAIN)]
    places: list[tuple[int, int, str]] = []
    used = 1
    for each in offered:
        size = width(each.key) + 1 + width(each.word)
        spans += [(each.key, DIM if each.greyed else KEY), (f" {each.word}", DIM), ("  ", PLAIN)]
        if used + size <= cells:
            places.append((used, used + size, each.key))
        used += size + 2
    return fit(tuple(spans), cells), places
