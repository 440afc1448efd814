"""The change that waits to be kept or reverted: directly under the top line, and never cut off."""

from __future__ import annotations

from math import ceil

from bondtui.core.words import printable, sentence
from bondtui.view.line import BAD, DIM, KEY, PLAIN, STRONG, WARN, Line, fit, flowed, line_width, width
from bondtui.view.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.action import Pending

    Place = tuple[int, int, int, str]

GAP = "   "
KEEP, REVERT = "k", "r"
OVERDUE_S = 3.0
"""The dead-man's switch needs a moment to do its work; after so long it is said to be late."""


def banner(look: Look, cells: int, rows: int) -> tuple[list[Line], list[Place]]:
    """Its lines, and where the keys are: (line, first cell, cell after it, key). Nothing while nothing is pending."""
    if look.pending is None or look.seconds_left is None:
        return [], []
    pending, left = look.pending, look.seconds_left
    late = not pending.alive or bool(pending.trouble) or left < -OVERDUE_S
    sign, tone = (look.glyphs.bad, BAD) if late else (look.glyphs.warn, WARN)
    long = _lines(((f"{sign} ", tone), *_said(look, pending, left, tone)), look, cells)
    if len(long[0]) <= max(2, rows // 4):
        return long
    return _lines(((f"{sign} ", tone), *_briefly(pending, left, tone)), look, cells)


def seconds(left: float) -> str:
    """A time that runs down: ``52 s``, ``9 min 5 s``."""
    whole = max(0, ceil(left))
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def parting_words(look: Look) -> str:
    """What stays behind when the screen is left while a change is pending; ``""`` if nothing does."""
    if look.pending is None or look.seconds_left is None or look.monitor.simulated:
        return ""
    what, back = _subject(look.pending), _back(look, look.pending)
    if not look.pending.alive:
        return f"{what} is not {back} by itself: its dead-man's switch was killed; 'bondtui revert' does it"
    if look.pending.trouble:
        return f"{what} could not be {back} so far: {printable(look.pending.trouble)}; see 'bondtui pending'"
    return f"{what} is {back} in {seconds(look.seconds_left)} unless 'bondtui keep' says otherwise"


def _lines(said: Line, look: Look, cells: int) -> tuple[list[Line], list[Place]]:
    lines = list(flowed(said, cells, indent=GAP))
    if not look.can_act:
        return [fit(line, cells) for line in lines], []
    places: list[Place] = []
    keys = _keys(look)
    together = sum(len(GAP) + width(key) + 1 + width(word) for key, word in keys)
    if line_width(lines[-1]) + together > cells >= together:
        lines.append(((GAP[1:], PLAIN),))
    for key, word in keys:
        size = width(key) + 1 + width(word)
        if line_width(lines[-1]) + len(GAP) + size > cells:
            lines.append(((GAP[1:], PLAIN),))
        lines[-1] = (*lines[-1], (GAP if len(lines[-1]) > 1 else " ", PLAIN))
        start = line_width(lines[-1])
        places.append((len(lines) - 1, start, min(cells, start + size), key))
        lines[-1] = (*lines[-1], (key, KEY), (f" {word}", DIM))
    return [fit(line, cells) for line in lines], [place for place in places if place[1] < place[2]]


def _keys(look: Look) -> tuple[tuple[str, str], ...]:
    if look.pending is not None and look.pending.alive:
        return (KEEP, "keep"), (REVERT, "revert")
    return (REVERT, "revert"), (KEEP, "keep it so")


def _said(look: Look, pending: Pending, left: float, tone: str) -> Line:
    """The whole of it, the state of the dead-man's switch last."""
    whose = "you" if look.pending_mine else printable(pending.who)
    start: Line = ((f"{_subject(pending)} ", STRONG), (f"{_done(pending)}{f' by {whose}' if whose else ''}: ", PLAIN))
    settle: Line = () if look.can_act else ((" ('bondtui keep' or 'revert' settles it)", PLAIN),)
    back = _back(look, pending)
    if not pending.alive:
        dead = f"its dead-man's switch was killed, it is not {back} by itself."
        why = f" {sentence(pending.trouble)}" if pending.trouble else ""
        return (*start, (dead, tone), (why, PLAIN), *settle)
    if pending.trouble:
        return (*start, (f"could not be {back} so far: ", tone), (sentence(pending.trouble), PLAIN), *settle)
    if left < -OVERDUE_S:
        return (*start, (f"should have been {back} ", tone), (f"{seconds(-left)} ago", STRONG), *settle)
    if left <= 0:
        return (*start, (f"is being {back} now", tone))
    return (*start, (f"reverts{_whither(look, pending)} in ", PLAIN), (seconds(left), tone), *settle)


def _briefly(pending: Pending, left: float, tone: str) -> Line:
    """What there is room for on a small screen."""
    what = f"{printable(pending.slave)} {'down' if pending.undo.kind == 'up' else 'active'} "
    if not pending.alive:
        return (what, STRONG), ("and its switch killed", tone)
    if pending.trouble or left < -OVERDUE_S:
        return (what, STRONG), ("revert fails" if pending.trouble else "overdue", tone)
    return (what, STRONG), (seconds(left), tone)


def _subject(pending: Pending) -> str:
    return f"{printable(pending.slave)} in {printable(pending.bond)}"


def _done(pending: Pending) -> str:
    return "set down" if pending.undo.kind == "up" else "made active"


def _back(look: Look, pending: Pending) -> str:
    """What the undo does, to go with 'is' and 'is being'."""
    if pending.undo.kind == "up":
        return "set up again"
    return f"replaced by {_before(look, pending)} again"


def _whither(look: Look, pending: Pending) -> str:
    return "" if pending.undo.kind == "up" else f" to {_before(look, pending)}"


def _before(look: Look, pending: Pending) -> str:
    """The slave that was active before the change."""
    link = look.monitor.links.get(pending.undo.active or 0)
    return printable(link.name) if link else "the slave before"
