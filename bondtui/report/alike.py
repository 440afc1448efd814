"""Findings that say the same of many slaves, put together for people: nobody reads forty times that a link is down."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bondtui.model.finding import Finding
from bondtui.model.record import NamedTuple

FEW = 3
"""So many are told one by one."""


class Alike(NamedTuple):
    """One finding, and the slaves of which the same has been found."""

    finding: Finding
    others: tuple[str, ...] = ()


def alike(findings: Iterable[Finding]) -> list[Alike]:
    """The findings in their order, those that differ in nothing but the slave in the place of the first of them."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for each in findings:
        groups.setdefault(_what(each), []).append(each)
    told: list[Alike] = []
    for group in groups.values():
        if len(group) > FEW:
            told.append(Alike(group[0], tuple(each.subject for each in group[1:])))
        else:
            told += (Alike(each) for each in group)
    return told


def _what(finding: Finding) -> tuple[str, ...]:
    """What is said, apart from the name. Evidence and next step are not part of it: the first one's stands for all."""
    name = re.compile(rf"(?<![^\s(']){re.escape(finding.subject)}(?=[\s,.:;'()]|$)")
    said = name.sub("\0", finding.summary)
    return finding.rule, finding.severity, finding.because_of, finding.side, finding.confidence, said
