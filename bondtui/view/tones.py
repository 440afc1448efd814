"""How each tone looks: the terminal's own sixteen colours, so that it suits any theme.

Colour never stands alone: every tone that warns goes with a glyph or a word.
"""

from __future__ import annotations

from bondtui.view.line import ACCENT, BAD, CHOSEN, DIM, GOOD, KEY, LAB, PLAIN, STRONG, WARN, Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BOLD, FAINT, REVERSE, RED, GREEN, YELLOW, CYAN = 1, 2, 7, 31, 32, 33, 36

SGR: dict[str, tuple[int, ...]] = {
    PLAIN: (),
    DIM: (FAINT,),
    STRONG: (BOLD,),
    GOOD: (GREEN,),
    WARN: (BOLD, YELLOW),
    BAD: (BOLD, RED),
    ACCENT: (BOLD, CYAN),
    KEY: (BOLD, CYAN),
    LAB: (BOLD, REVERSE, YELLOW),
    CHOSEN: (BOLD, REVERSE),
}
"""Select Graphic Rendition parameters (ECMA-48 8.3.117) of each tone."""


def sgr(tone: str, *, colour: bool) -> tuple[int, ...]:
    """The parameters of a tone; without its colour where colour is not wanted."""
    return tuple(each for each in SGR[tone] if colour or each < 30)


def escaped(line: Line, *, colour: bool) -> str:
    """A line with escape sequences, for a terminal."""
    drawn = []
    for text, tone in line:
        parameters = sgr(tone, colour=colour)
        drawn.append(f"\x1b[{';'.join(map(str, parameters))}m{text}\x1b[0m" if parameters else text)
    return "".join(drawn)


def screenful(lines: Sequence[Line], *, colour: bool) -> str:
    """Lines painted from the top left corner on, over whatever is there."""
    return "".join(f"\x1b[{row};1H{escaped(line, colour=colour)}" for row, line in enumerate(lines, start=1))
