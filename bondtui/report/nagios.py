"""``bondtui check --nagios``: one line with performance data, by the Monitoring Plugins Development Guidelines.

The performance data, each with its unit, warning and critical range, least and most where they have a meaning:
``<bond>_usable_slaves`` (which the driver may send through), ``<bond>_carrying_slaves`` (for 802.3ad those that both
ends distribute over), ``<bond>_link_failures`` (a counter over all slaves, since each was enslaved) and for the whole check
``findings_<severity>``. ``U`` stands for what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from bondtui.core import label
from bondtui.core.words import counted, printable
from bondtui.model import finding as found
from bondtui.model.bond import LACP, Bond
from bondtui.model.finding import SEVERITIES, Finding
from bondtui.report.grade import CRITICAL, OK, UNKNOWN, WARNING, WORDS, Checked, Checks, Levels
from bondtui.triage.case import bits_known, carrying, mii_known

LONGEST_LINE = 4096
"""Bytes; Nagios reads 4 KB (MAX_PLUGIN_OUTPUT_LENGTH of the releases before 4)."""
LONGEST_WORDS = 2048
LONGEST_SENTENCE = 600
LONGEST_NAME = 300
RULES_NAMED = 5
_NO_PLUGIN_CHARACTERS = {ord("|"): "\\x7c"}
_NO_LABEL_CHARACTERS = {ord(each): f"\\x{ord(each):02x}" for each in "|='\""}


def line(checks: Checks) -> str:
    """The one line, without an end of line."""
    words = _bounded(_words(checks), LONGEST_WORDS)
    left = LONGEST_LINE - _size(words) - len(" |")
    data = []
    for each in _data(checks):
        left -= _size(each) + 1
        if left < 0:
            break
        data.append(each)
    return f"{words} | {' '.join(data)}"


def unknown(why: str, lab: str = "") -> str:
    """The line where nothing could be checked."""
    where = label.prefix(simulated=False, lab=lab)
    return _bounded(f"BONDTUI {WORDS[UNKNOWN].upper()}: {where}{_safe(why)}", LONGEST_WORDS)


def _words(checks: Checks) -> str:
    bonds = [_bond(each, checks.levels) for each in checks.worst_first]
    alarming = sum(1 for each in checks.checked if each.grade in (CRITICAL, WARNING))
    told = [*bonds[:alarming], *(f"{_safe(name)} not there" for name in checks.missing), *bonds[alarming:]]
    begin = f"BONDTUI {WORDS[checks.grade].upper()}: {label.prefix(simulated=checks.simulated, lab=checks.lab)}"
    if not told:
        return f"{begin}{checks.why_none}"
    room = LONGEST_WORDS - _size(begin) - len("; and 1000000 bonds more")
    fitting = 0
    while fitting < len(told) and (room := room - _size(told[fitting]) - len("; ")) > 0:
        fitting += 1
    left = len(told) - fitting
    return f"{begin}{'; '.join(told[:fitting])}" + (f"; and {counted(left, 'bond')} more" if left else "")


def _bond(checked: Checked, levels: Levels) -> str:
    name, judgement = _safe(checked.bond.name), checked.judgement
    if checked.source:
        name = _bounded(f"{name} of {_safe(checked.source)}", LONGEST_NAME)
    if checked.grade == OK:
        return f"{name} ok"
    alarming = [each for each in judgement.findings if levels.of(each.severity) != OK]
    words = alarming[0].summary if judgement.rank == found.OK else judgement.sentence
    return f"{name} {judgement.verdict}: {_bounded(_safe(words).rstrip('.'), LONGEST_SENTENCE)}{_rules(alarming)}"


def _rules(findings: list[Finding]) -> str:
    """Ids and names of those that explain the others."""
    named = list(dict.fromkeys(f"{each.rule} {each.name}" for each in findings if not each.because_of))
    more = ", ..." if len(named) > RULES_NAMED else ""
    return f" [{', '.join(named[:RULES_NAMED])}{more}]" if named else ""


def _data(checks: Checks) -> Iterator[str]:
    findings = [each for checked in checks.checked for each in checked.judgement.findings]
    for severity in reversed(SEVERITIES):
        number = sum(1 for each in findings if each.severity == severity)
        level = checks.levels.of(severity)
        yield _datum(
            f"findings_{severity}", f"{number}", "0" if level == WARNING else "", "0" if level == CRITICAL else ""
        )
    seen: dict[str, int] = {}
    for each in checks.checked:
        name = each.bond.name
        seen[name] = seen.get(name, 0) + 1
        yield from _bond_data(name if seen[name] == 1 else f"{name}#{seen[name]}", each.bond)


def _bond_data(name: str, bond: Bond) -> Iterator[str]:
    number = len(bond.slaves)
    ranges = f"{number}:", f"{max(1, bond.options.min_links or 0)}:", "0", f"{number}"
    known = mii_known(bond)
    usable = sum(1 for each in bond.slaves if each.usable)
    yield _datum(f"{name}_usable_slaves", f"{usable}" if known else "U", *ranges)
    known = known and all(bits_known(each) for each in bond.slaves if bond.options.mode == LACP and each.usable)
    yield _datum(f"{name}_carrying_slaves", f"{len(carrying(bond))}" if known else "U", *ranges)
    failures = [each.state.link_failure_count for each in bond.slaves]
    total = "U" if None in failures else f"{sum(each or 0 for each in failures)}c"
    yield _datum(f"{name}_link_failures", total)


def _datum(label: str, value: str, *ranges: str) -> str:
    """``'label'=value[UOM];[warn];[crit];[min];[max]``; a single quote and an equals sign cannot be in a label."""
    return f"'{printable(label).translate(_NO_LABEL_CHARACTERS)}'={';'.join((value, *ranges)).rstrip(';')}"


def _safe(text: str) -> str:
    """A text without what ends the words of a plugin: a vertical bar, or an end of line."""
    return printable(text).translate(_NO_PLUGIN_CHARACTERS)


def _size(text: str) -> int:
    """How many bytes it takes at most, also where the locale has no more than ASCII."""
    return len(text.encode("ascii", "backslashreplace"))


def _bounded(text: str, most: int) -> str:
    """The text, or as much of it as takes no more than so many bytes."""
    if _size(text) <= most:
        return text
    return text.encode("ascii", "backslashreplace")[: most - 3].decode() + "..."
