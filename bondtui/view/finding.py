"""One finding opened: its summary, what was observed, whose side it is on, and what to do about it."""

from __future__ import annotations

from bondtui.core.words import printable, sentence
from bondtui.model.around import Around
from bondtui.model.finding import UNKNOWN_SIDE
from bondtui.view.line import DIM, KEY, PLAIN, STRONG, Line, Span, flowed
from bondtui.view.page import BLANK, LABEL_CELLS, has_labels, labelled
from bondtui.view.weight import severity_sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bondtui.model.bond import Bond
    from bondtui.model.finding import Finding
    from bondtui.view.look import Look

INDENT = 1
NETPLAN = "netplan"
Text = tuple[str, str]
"""A network manager, and what its configuration should say."""


def opened(look: Look, bond: Bond, finding: Finding, cells: int, *, manager: int, whole: bool) -> list[Line]:
    """All that is known of it. ``whole``: with its name, and with the permanent fix for every network manager."""
    lines = [*_heading(look, finding), BLANK] if whole else []
    said: Line = ((sentence(finding.summary), STRONG if whole else PLAIN),)
    lines += flowed(said, cells, first=((" ", PLAIN),))
    if whole:
        lines.append(BLANK)
    for n, each in enumerate(finding.evidence):
        lines += labelled("" if n else "Evidence", printable(each), cells)
    lines += labelled("Side", _side(finding), cells)
    if finding.because_of:
        lines += labelled("Because of", f"{finding.because_of}, which explains it", cells)
    if finding.next_step:
        lines += labelled("Next", next_step(finding.next_step), cells)
    texts = fixes(look, bond, finding)
    if texts:
        lines += _every_fix(texts, cells) if whole else _one_fix(texts, cells, manager)
    return lines


def _side(finding: Finding) -> Line:
    """Whose side it is on, and how sure that is; where nobody knows, how sure it is that there is something at all."""
    if finding.side == UNKNOWN_SIDE:
        return ("not known whose", PLAIN), (f" (the finding itself is {finding.confidence})", DIM)
    return (finding.side, PLAIN), (f" ({finding.confidence})", DIM)


def next_step(text: str) -> Line:
    """The command so that it stands out, then the words."""
    command, mark, words = printable(text).partition("'; ") if text.startswith("'") else ("", "", printable(text))
    if not mark:
        return ((printable(text), PLAIN),)
    return (f"{command}'", STRONG), (f"; {words}", PLAIN)


def _heading(look: Look, finding: Finding) -> list[Line]:
    glyph, tone = severity_sign(finding.severity, look.glyphs)
    name: list[Span] = [(f" {finding.rule} {finding.name}", STRONG), ("  ", PLAIN)]
    return [(*name, (f"{glyph} {finding.severity}", tone), (f"  {printable(finding.subject)}", PLAIN))]


def _every_fix(texts: Sequence[Text], cells: int) -> Iterator[Line]:
    """What the permanent configuration should say, for all network managers."""
    yield BLANK
    yield ((" Permanently, by whatever manages this host (bondtui never writes it)", DIM),)
    for name, text in texts:
        yield ((f" {name}", STRONG),)
        yield from _config(text, cells, INDENT + 2)


def _one_fix(texts: Sequence[Text], cells: int, manager: int) -> Iterator[Line]:
    """The same for one network manager, and the key that shows the next one."""
    which = manager % len(texts)
    name, text = texts[which]
    more: Line = ((f", {which + 1} of {len(texts)}: ", DIM), ("m", KEY), (" another", DIM))
    yield from labelled("Permanent", ((name, STRONG), *more), cells)
    yield from _config(text, cells, INDENT + (LABEL_CELLS if has_labels(cells) else 2))


def _config(text: str, cells: int, indent: int) -> Iterator[Line]:
    """Lines of a configuration as they are; what is too long goes on further in, a comment as a comment."""
    for line in text.expandtabs(4).splitlines():
        words = printable(line).lstrip(" ")
        margin = " " * (indent + len(line) - len(line.lstrip(" ")))
        further = margin + ("# " if words.startswith("#") else "    ")
        yield from flowed(((words, PLAIN),), cells, first=((margin, PLAIN),), indent=further)


def fixes(look: Look, bond: Bond, finding: Finding) -> Sequence[Text]:
    """The permanent fix as each network manager spells it, the one that manages this bond first."""
    if finding.fix is None:
        return ()
    from bondtui.triage.fixes import permanent  # noqa: PLC0415 - not needed for the first words

    texts = permanent(finding.fix, bond.name)
    mine = _managers(look.around, bond, finding)
    return sorted(texts, key=lambda each: mine.index(each[0]) if each[0] in mine else len(mine))


def _managers(around: Around, bond: Bond, finding: Finding) -> list[str]:
    """The network managers that are known to have a hand in it; netplan first, because it writes the files of the others."""
    written = [each.manager for each in around.configured or () if each.bond == bond.name]
    running = [around.managers.get(each or bond.ifindex, "") for each in (bond.ifindex, finding.ifindex)]
    found = [each for each in (*written, *running) if each]
    return sorted(dict.fromkeys(found), key=lambda each: each != NETPLAN)
