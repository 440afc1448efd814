"""All rules over one case: findings sorted by weight, each under the one that explains it."""

from __future__ import annotations

from bondtui.model.finding import Finding
from bondtui.triage import arp, lacp_history, lacp_partner, lacp_ports, links, monitoring, outages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.triage.case import Case
    from bondtui.triage.rule import Rule

FIRST: tuple[Rule, ...] = tuple(
    rule
    for module in (outages, links, monitoring, arp, lacp_partner, lacp_ports, lacp_history)
    for rule in module.RULES
)
"""The rules that decide the verdict; the others are loaded when nobody waits for the first words any more."""

OUTAGES = frozenset({"BT002", "BT003", "BT004", "BT005", "BT071", "BT072", "BT073"})
"""Rules that find only what carries no traffic; they are told before everything else."""


def findings(case: Case) -> tuple[Finding, ...]:
    """What the rules have to say: outages first, then root causes by weight, each with what it explains right behind it."""
    found = [(rule, finding) for rule in _rules(case) for finding in _findings(rule, case)]
    if not found:
        return ()
    bond = case.bond.ifindex
    everywhere = {finding.rule for _, finding in found}
    places = {(finding.rule, finding.ifindex) for _, finding in found}

    def cause(rule: Rule, finding: Finding) -> str:
        """The id of the best explanation that has been found too: of the same slave, or of the whole bond."""
        for each in rule.explained_by:
            if {(each, finding.ifindex), (each, bond)} & places or (finding.ifindex == bond and each in everywhere):
                return each
        return ""

    return tuple(_sorted([finding._replace(because_of=cause(rule, finding)) for rule, finding in found]))


def _rules(case: Case) -> tuple[Rule, ...]:
    if case.first_words:
        return FIRST
    from bondtui.triage.catalogue import RULES  # noqa: PLC0415 - the first words do without the half of them

    return RULES


def _findings(rule: Rule, case: Case) -> Iterator[Finding]:
    for sign in rule.look(case):
        yield Finding(
            rule=rule.id,
            name=rule.name,
            severity=sign.severity or rule.severity,
            subject=sign.subject.name,
            summary=sign.summary,
            evidence=sign.evidence,
            side=sign.side,
            confidence=sign.confidence,
            next_step=sign.next_step,
            ifindex=sign.subject.ifindex,
            fix=sign.fix,
        )


def _sorted(every: list[Finding]) -> list[Finding]:
    causes = {each.rule: each.because_of for each in every}
    groups: dict[str, list[Finding]] = {}
    for each in every:
        groups.setdefault(_root(each.rule, causes), []).append(each)

    def order(root: str) -> tuple[bool, int, str]:
        return OUTAGES.isdisjoint(each.rule for each in groups[root]), -max(each.weight for each in groups[root]), root

    return [each for root in sorted(groups, key=order) for each in _in_order(root, groups[root])]


def _in_order(cause: str, group: list[Finding]) -> list[Finding]:
    """What a rule has found, then each rule that it explains with all that this one explains, the heaviest first."""
    effects = {each.rule for each in group if each.because_of == cause != each.rule}
    heaviest = sorted(effects, key=lambda rule: (-max(each.weight for each in group if each.rule == rule), rule))
    rest = [each for each in group if each.rule != cause]
    return [*(each for each in group if each.rule == cause), *(e for rule in heaviest for e in _in_order(rule, rest))]


def _root(rule: str, causes: dict[str, str]) -> str:
    """The rule at the end of the chain of explanations; none explains itself, be it in a circle."""
    seen = set()
    while (cause := causes.get(rule, "")) and rule not in seen:
        seen.add(rule)
        rule = cause
    return rule
