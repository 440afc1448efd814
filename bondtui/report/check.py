"""``bondtui check`` as a JSON document, and for people and cron: the worst bond first, each with what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bondtui.core import label
from bondtui.core.words import listed, printable, sentence
from bondtui.drill.passage_record import rfc3339
from bondtui.model.finding import INFO, OK, UNKNOWN_SIDE, Finding, Fix, Judgement, Loss
from bondtui.report.alike import FEW, Alike, alike
from bondtui.report.document import Document, whereabouts
from bondtui.report.grade import WORDS, Checked, Checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.text import Unread

SCHEMA = "bondtui.check/1"
EXPLAINED = "'bondtui explain RULE' tells what a rule means and how to cure it for good."


Permanent = Callable[[Fix, str], Iterable[tuple[str, str]]]
"""Spells what cures a bond of this name for good, for each network manager."""


def document(checks: Checks, permanent: Permanent) -> Document:
    """The document of ``bondtui check --json``."""
    return {
        "schema": SCHEMA,
        "host": checks.host,
        "taken_at": None if checks.wall is None else rfc3339(checks.wall),
        **whereabouts(simulated=checks.simulated, lab=checks.lab),
        "status": WORDS[checks.grade],
        "exit_status": checks.grade,
        "settings": checks.settings or None,
        "bonds": [_bond(each, permanent) for each in checks.worst_first],
        "missing": list(checks.missing),
        "ignored": list(checks.ignored),
        "unread": [each._asdict() for each in checks.unread],
    }


def _bond(checked: Checked, permanent: Permanent) -> Document:
    judgement = checked.judgement
    return {
        "name": checked.bond.name,
        "source": checked.source,
        "status": WORDS[checked.grade],
        "verdict": judgement.verdict,
        "sentence": judgement.sentence,
        "consequence": judgement.consequence or None,
        "next_step": judgement.next_step or None,
        "what_if": [_loss(each) for each in judgement.losses],
        "findings": [_finding(each, checked.bond.name, permanent) for each in judgement.findings],
        "muted": list(checked.muted),
    }


def _loss(loss: Loss) -> Document:
    return {
        "slave": loss.slave,
        "alone": loss.alone,
        "lost": loss.lost,
        "words": loss.words,
        "shared": list(loss.shared),
    }


def _finding(finding: Finding, bond: str, permanent: Permanent) -> Document:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "subject": finding.subject,
        "summary": finding.summary,
        "evidence": list(finding.evidence),
        "side": finding.side,
        "confidence": finding.confidence,
        "next_step": finding.next_step or None,
        "because_of": finding.because_of or None,
        "fix": dict(permanent(finding.fix, bond)) if finding.fix else None,
    }


def lines(checks: Checks) -> Iterator[str]:
    """Line by line, safe to draw; one line for a bond with which nothing is wrong."""
    if said := label.sentence(simulated=checks.simulated, lab=checks.lab):
        yield said
        yield ""
    if not checks.checked and not checks.missing:
        yield f"{sentence(checks.why_none).capitalize()}"
    blocks = [list(_block(each)) for each in checks.worst_first]
    for number, block in enumerate(blocks):
        if number and len(block) + len(blocks[number - 1]) > 2:
            yield ""
        yield from map(printable, block)
    if after := list(_after(checks)):
        yield ""
        yield from map(printable, after)


def _block(checked: Checked) -> Iterator[str]:
    judgement = checked.judgement
    told = [each for each in judgement.findings if each.severity != INFO]
    noted = ", ".join(dict.fromkeys(_rule(each) for each in judgement.findings if each.severity == INFO))
    source = f" ({checked.source})" if checked.source else ""
    first = f"{checked.bond.name}{source}: {judgement.verdict}. {judgement.sentence}"
    if judgement.rank == OK and not told:
        yield f"{first} (for information: {noted})" if noted else first
        return
    yield first
    if judgement.consequence:
        yield f"  {judgement.consequence}"
    if judgement.next_step:
        yield f"  Next: {judgement.next_step}"
    for each in alike(told):
        yield from _told(each, judgement)
    if noted:
        yield f"  for information: {noted}"


def _told(told: Alike, judgement: Judgement) -> Iterator[str]:
    """What explains others with all it has, what is explained in one line; both with the slaves that it is the same of."""
    finding, others = told
    indent = "    " if finding.because_of else "  "
    what = f"{finding.severity} {_rule(finding)}{f', of {len(others) + 1} slaves' if others else ''}"
    if finding.because_of:
        what = f"{what}, because of {finding.because_of}"
    yield f"{indent}{what}: {finding.summary}"
    if others:
        yield f"{indent}  the same of {listed(list(others))}"
    if finding.because_of:
        return
    side = finding.side if finding.side == UNKNOWN_SIDE else f"{finding.side} ({finding.confidence})"
    seen = f"seen of {finding.subject}" if others else "seen"
    yield f"    side: {side}; {seen}: {', '.join(finding.evidence) or 'nothing more'}"
    if finding.next_step and finding.next_step != judgement.next_step:
        yield f"    Next: {finding.next_step}"


def _rule(finding: Finding) -> str:
    return f"{finding.rule} {finding.name}"


def _after(checks: Checks) -> Iterator[str]:
    """What is to be said of the whole."""
    yield from _unread(checks.unread)
    if checks.ignored:
        yield f"Ignored, as {checks.settings} says: {', '.join(checks.ignored)}."
    if muted := dict.fromkeys(rule for each in checks.checked for rule in each.muted):
        yield f"Muted, as {checks.settings} says: {', '.join(muted)}."
    if any(_has_more(each.judgement.findings) for each in checks.checked):
        yield EXPLAINED


def _unread(unread: Iterable[Unread]) -> Iterator[str]:
    """Few lines one by one, many by their number."""
    by_source: dict[str, list[Unread]] = {}
    for each in unread:
        by_source.setdefault(each.source, []).append(each)
    for source, mine in by_source.items():
        if len(mine) > FEW:
            yield f"{source}: {len(mine)} lines were not understood or leave something open; --json lists them."
            continue
        for each in mine:
            yield f"{source}{f', line {each.line}' if each.line else ''}: {each.why}."


def _has_more(findings: Iterable[Finding]) -> bool:
    return any(each.severity != INFO for each in findings)
