"""What is known of the lab, and the line of the dashboard that says which faults are in place in it."""

from __future__ import annotations

from bondtui.core.words import printable
from bondtui.lab.faults import KINDS
from bondtui.model.record import NamedTuple
from bondtui.view.line import BAD, DIM, KEY, PLAIN, STRONG, WARN, Line, clip, fit, line_width, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.lab.faults import Value
    from bondtui.model.lab import About, Fault, FaultInPlace
    from bondtui.view.look import Look

UNITS = {"percent": "%"}
"""How a unit is drawn, where that is not its name."""
KEY_FOR_FAULTS = "F"
NOT_OFFERED = "bondtui lab --undo all"
"""What is said instead of the key where there is no bond to which it could go."""
HEADS = ("LAB faults in place", "LAB faults", "LAB")
"""What is said before them, in more words and in fewer."""
LEAST_ROWS = 6
"""Below this there is room for the top line, the verdict, a slave and the footer alone."""


class LabNews(NamedTuple):
    """What is known of the lab in which the bonds are."""

    about: About | None = None
    """Its last answer; ``None`` before the first."""
    trouble: str = ""
    """Why the last question was not answered."""

    @property
    def faults(self) -> Sequence[FaultInPlace]:
        """Those that were in place when it last answered."""
        return self.about.faults if self.about is not None else ()

    def in_place(self, kind: str, subject: str) -> FaultInPlace | None:
        """This one, if it is."""
        return next((each for each in self.faults if each.fault[:2] == (kind, subject)), None)


def bare(words: str, subject: str) -> str:
    """What is the case, where it is said already of what."""
    return words.removeprefix(f"{subject}: ")


def ending(there: FaultInPlace) -> str:
    """What to say of it when it is in place no more, and nobody here has undone it."""
    return "ended" if there.by_itself else "undone"


def valued(takes: Value, value: int | None) -> str:
    """A value with its unit: ``20 %``, ``5 times``."""
    return f"{value} {UNITS.get(takes.unit, takes.unit)}"


def lab_lines(look: Look, cells: int, rows: int) -> tuple[list[Line], list[tuple[int, int, str]]]:
    """One line while something is in place or the lab is silent, and where its key is: (first cell, cell after it, key)."""
    news = look.lab
    if news is None or rows < LEAST_ROWS or not (news.trouble or news.faults):
        return [], []
    offered = bool(look.monitor.bonds)
    end: Line = (
        ((KEY_FOR_FAULTS, KEY), (" faults", DIM), (" ", PLAIN)) if offered else ((NOT_OFFERED, DIM), (" ", PLAIN))
    )
    if news.trouble:
        said: Line = ((f" {look.glyphs.bad} LAB silent: ", BAD), (printable(news.trouble), PLAIN))
    else:
        said = _in_place(look, news.faults, cells - line_width(end) - 2)
    room = cells - line_width(end)
    line = (*fit(_cut(said, room - 2, look.glyphs.cut), room), *end)
    return [fit(line, cells)], [(room, cells - 1, KEY_FOR_FAULTS)] if offered else []


def _in_place(look: Look, faults: Sequence[FaultInPlace], cells: int) -> Line:
    """What is the case if there is room to say it, else their kinds, as many as can be named."""
    heads: list[Line] = [((f" {look.glyphs.warn} {start}: ", WARN),) for start in HEADS]
    words = [printable(each.words) for each in faults]
    for head in heads[:-1]:
        line: Line = (*head, ("; ".join(words), STRONG))
        if line_width(line) <= cells:
            return line
    words = [_named(each.fault) for each in faults]
    for shown in range(len(words), 0, -1):
        for head in heads:
            line = (*head, (", ".join(words[:shown]), STRONG), (_more(len(words) - shown), PLAIN))
            if line_width(line) <= cells:
                return line
    more = _more(len(words) - 1)
    room = max(1, cells - line_width(heads[-1]) - width(more))
    return (*heads[-1], (clip(words[0], room, look.glyphs.cut), STRONG), (more, PLAIN))


def _named(fault: Fault) -> str:
    """Subject, kind and value: ``eno2 loss 20 %``."""
    takes = next((kind.value for kind in KINDS if kind.name == fault.kind), None)
    value = f" {valued(takes, fault.value)}" if takes is not None and fault.value is not None else ""
    return printable(f"{fault.subject} {fault.kind}{value}")


def _more(number: int) -> str:
    return f", {number} more" if number else ""


def _cut(line: Line, cells: int, mark: str) -> Line:
    """The line, with a mark at its end where something of it is cut off."""
    if line_width(line) <= cells:
        return line
    return (*fit(line, max(0, cells - width(mark))), (mark, DIM))
