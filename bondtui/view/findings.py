"""The findings of one bond: the worst first, what they explain folded under them, the highlighted one opened."""

from __future__ import annotations

from bondtui.core.words import counted, listed, printable, sentence
from bondtui.model.record import NamedTuple
from bondtui.view.facts import HIDDEN
from bondtui.view.finding import opened
from bondtui.view.head import shortened
from bondtui.view.line import ACCENT, CHOSEN, DIM, PLAIN, STRONG, WARN, Line, Span, clip, flowed, line_width, pad, width
from bondtui.view.look import chosen_bond, sign
from bondtui.view.page import BLANK, WIDE_FROM, Frame, Page, Pane, Scroll, titled, window
from bondtui.view.weight import SEVERITY_CELLS, severity_sign, tally
from bondtui.view.what_if import what_if_in_short, what_if_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.model.finding import Finding, Judgement
    from bondtui.view.look import Look

LEFT_CELLS = 68
NAME_AT_MOST = 26
IN_SHORT_FROM_ROWS = 10
TITLE_SPACE = 3
"""Before, between and behind the two parts of the title."""
NAMES = {
    "addresses": "addresses of slaves",
    "routes": "routes through slaves",
    "devices": "NICs and their places on the bus",
    "neighbours": "LLDP neighbours",
    "masters": "what the bond is enslaved to",
    "twins": "other interfaces with the bond's MAC address",
    "qdiscs": "queueing disciplines",
    "configured": "configuration files",
    "managers": "network managers",
    "lost_links": "links lost in the last 10 min",
    "log": "kernel log",
    "kernel": "kernel release",
}
"""What the fields of ``Around`` are called."""
HEADERS, ROOTS, ALL = range(3)
"""Whose summaries are drawn: nobody's, those of root causes, all."""


class At(NamedTuple):
    """What the reader of the findings has chosen."""

    finding: Finding | None = None
    """The highlighted one as it was when it was chosen; it stays the same one, by rule and subject."""
    position: int = 0
    """Where it was."""
    manager: int = 0
    """How often another network manager was asked for."""
    scroll: Scroll = Scroll()


def same(one: Finding, other: Finding) -> bool:
    """Whether two findings are the same thing at two times: one rule, one subject."""
    if one.rule != other.rule:
        return False
    return one.subject == other.subject if one.ifindex is None else one.ifindex == other.ifindex


def position(findings: Sequence[Finding], at: At) -> int | None:
    """Where the chosen one is now; ``None`` when it has gone or none was chosen."""
    if at.finding is None:
        return None
    return next((n for n, each in enumerate(findings) if same(each, at.finding)), None)


def highlighted(findings: Sequence[Finding], at: At) -> int:
    """Which one is highlighted: the chosen one, or what stands where it was."""
    found = position(findings, at)
    return found if found is not None else max(0, min(at.position, len(findings) - 1))


def moved(findings: Sequence[Finding], at: At, step: int) -> At:
    """Another one is chosen, so many further down."""
    if not findings:
        return at._replace(finding=None, position=0, scroll=Scroll())
    there = max(0, min(len(findings) - 1, highlighted(findings, at) + step))
    return at._replace(finding=findings[there], position=there, scroll=at.scroll._replace(free=False))


def findings_page(look: Look, at: At, cells: int, rows: int) -> Page:
    """Draw it for a terminal of this size. There must be a bond."""
    judged = look.bonds
    bond, judgement = chosen_bond(judged, look.bond)
    title: Line = (("Findings of ", STRONG), (printable(bond.name), STRONG), (f" {bond.options.mode_name}", DIM))
    right = _how_many(look, judgement.findings, at)
    if line_width(title) + min(map(line_width, right)) + TITLE_SPACE > cells:
        title = title[:2]
    frame = Frame(look, judged, titled(title, right, cells), cells, rows)
    _head(frame, look, judgement, cells)
    if at.finding is not None and position(judgement.findings, at) is None:
        frame.add([_gone(look, at.finding, cells)])
    return (_beside if cells >= WIDE_FROM else _below)(frame, look, at, cells)


def _how_many(look: Look, found: Sequence[Finding], at: At) -> list[Line]:
    """How many there are, in more words and in fewer; in the fewest, the how manieth is highlighted."""
    if not found:
        return [()]
    few: Line = ((f"{highlighted(found, at) + 1} of {len(found)}", DIM),)
    return [tally(found, look.glyphs), ((counted(len(found), "finding"), DIM),), few]


def _head(frame: Frame, look: Look, judgement: Judgement, cells: int) -> None:
    """The verdict and its sentence, and what is lost if a slave dies."""
    glyph, tone = sign(judgement.rank, look.glyphs)
    verdict = judgement.verdict[:1].upper() + judgement.verdict[1:]
    said: Line = ((f"{glyph} {verdict}. ", tone), (printable(judgement.sentence), PLAIN))
    frame.rule()
    lines = list(flowed(said, cells, indent="   "))
    frame.add(shortened(lines, max(1, frame.tall // 6), cells, look.glyphs.cut))
    if frame.tall >= IN_SHORT_FROM_ROWS:
        frame.add(what_if_in_short(judgement, cells, max(1, frame.tall // 12), look.glyphs.cut))
    frame.rule()


def _beside(frame: Frame, look: Look, at: At, cells: int) -> Page:
    """The list at the left, all there is to say about the highlighted one at the right."""
    rows, room = frame.room, cells - LEFT_CELLS - 2
    left = _list(look, at, LEFT_CELLS, rows)
    listed_there = window(left._replace(lines=[*left.lines, *_after(look, LEFT_CELLS)]), LEFT_CELLS, rows, Scroll())
    seen = window(Pane(_opened(look, at, room, whole=True), by_hand=True), room, rows, at.scroll)
    frame.beside(listed_there, seen)
    return frame.done(seen, free=at.scroll.free)


def _below(frame: Frame, look: Look, at: At, cells: int) -> Page:
    """The list above, the highlighted one below it."""
    listed_there = _list(look, at, cells, 0)
    if listed_there.lines:
        rows = min(len(listed_there.lines), max(1, frame.room // 3))
        frame.below(window(listed_there, cells, rows, Scroll()))
        frame.rule()
    told = Pane([*_opened(look, at, cells, whole=False), *_after(look, cells)], by_hand=True)
    seen = window(told, cells, frame.room, at.scroll)
    frame.below(seen)
    return frame.done(seen, free=at.scroll.free)


def _opened(look: Look, at: At, cells: int, *, whole: bool) -> list[Line]:
    """The highlighted one, or that there is none."""
    bond, judgement = chosen_bond(look.bonds, look.bond)
    found = judgement.findings
    if found:
        return opened(look, bond, found[highlighted(found, at)], cells, manager=at.manager, whole=whole)
    said: Line = (("no findings: ", STRONG), (f"{judgement.verdict}.", PLAIN))
    return list(flowed((*said, (" 'bondtui explain' lists what is looked for.", DIM)), cells))


def _list(look: Look, at: At, cells: int, rows: int) -> Pane:
    """All findings, with summaries as far as there is room for them."""
    found = chosen_bond(look.bonds, look.bond)[1].findings
    here = highlighted(found, at)
    lines: list[Line] = []
    keep: range | None = None
    spots: dict[int, int] = {}
    brief = _brief(found, rows)
    for n, each in enumerate(found):
        first = len(lines)
        lines.append(_header(look, each, found, cells, chosen=n == here))
        if _summarised(each, brief):
            text = clip(sentence(each.summary), cells - _depth(each) - 5, look.glyphs.cut)
            lines.append(((" " * (_depth(each) + 4), PLAIN), (text, PLAIN if n == here else DIM)))
        if n == here:
            keep = range(first, len(lines))
        spots |= dict.fromkeys(range(first, len(lines)), n)
    return Pane(lines, keep=keep, spots=spots)


def _brief(found: Sequence[Finding], rows: int) -> int:
    """How much is said in the list, so that all can be seen at once."""
    for brief in (ALL, ROOTS):
        if len(found) + sum(_summarised(each, brief) for each in found) <= rows:
            return brief
    return HEADERS


def _summarised(finding: Finding, brief: int) -> bool:
    return brief == ALL or (brief == ROOTS and not finding.because_of)


def _depth(finding: Finding) -> int:
    return 2 if finding.because_of else 0


def _gone(look: Look, finding: Finding, cells: int) -> Line:
    """In one line, which must not push the findings out of sight."""
    about = f"{finding.rule} {finding.name} of {printable(finding.subject)}"
    said = f"{look.glyphs.ok} {about} has gone: it is not found any more."
    if width(said) + 1 > cells:
        said = clip(f"{look.glyphs.ok} gone: {about}", cells - 1, look.glyphs.cut)
    return ((f" {said}", WARN),)


def _header(look: Look, finding: Finding, found: Sequence[Finding], cells: int, *, chosen: bool) -> Line:
    """Severity, id, name and subject in columns; for what is folded, what explains it."""
    glyph, tone = severity_sign(finding.severity, look.glyphs)
    names = min(NAME_AT_MOST, max(len(each.name) for each in found))
    depth = _depth(finding)
    spans: list[Span] = [
        (f"{look.glyphs.chosen if chosen else ' '} ", ACCENT),
        (" " * depth, PLAIN),
        (f"{glyph} {pad(finding.severity, SEVERITY_CELLS)} ", tone),
        (f"{finding.rule} {clip(finding.name, names, look.glyphs.cut)}", CHOSEN if chosen else STRONG),
    ]
    gap = " " * (names - min(names, width(finding.name)) + 3 - depth)
    because = f"  because of {finding.because_of}" if finding.because_of else ""
    subjects = max(width(printable(each.subject)) for each in found)
    for more in (((gap, PLAIN), (pad(printable(finding.subject), subjects), PLAIN)), ((because, DIM),)):
        if line_width((*spans, *more)) > cells:
            break
        spans += more
    return tuple(spans)


def _after(look: Look, cells: int) -> list[Line]:
    """What stands below: what is lost if a slave dies, and what could not be looked at."""
    bond, judgement = chosen_bond(look.bonds, look.bond)
    lines: list[Line] = []
    if judgement.losses:
        lines += [BLANK, *what_if_lines(judgement, cells)]
    around = look.around
    if bond.hidden:
        lines += [BLANK, *flowed(((f"{HIDDEN}: ", WARN), (", ".join(bond.hidden), DIM)), cells, indent="   ")]
    if around.unknown:
        why = listed(
            [
                f"{NAMES.get(what, printable(what))} ({printable(reason)})"
                for what, reason in sorted(around.unknown.items())
            ]
        )
        lines += [BLANK, *flowed((("not looked at: ", DIM), (why, DIM)), cells, indent="   ")]
    return lines
