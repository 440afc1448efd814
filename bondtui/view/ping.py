"""The ping strip, directly above the footer: a cell for each probe, the newest right, with the bond's events on it."""

from __future__ import annotations

from bondtui.core.words import age, printable
from bondtui.drill.heartbeat import NONE
from bondtui.drill.strip import ONE_LOST, WITHOUT_ANSWER, Strip
from bondtui.view.head import shortened
from bondtui.view.heartbeat import beats
from bondtui.view.line import BAD, DIM, GOOD, PLAIN, STRONG, WARN, Line, Span, clip, fit, flowed, pad, width
from bondtui.view.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from bondtui.model.event import Event

LEAST_ROWS = 6
"""Below this the verdict needs the room."""
MARKS_FROM_ROWS = 28
"""From this height on the events have a row of their own."""
ADDRESS_AT_MOST = 39
"""Cells of the longest IPv6 address."""
SAID_CELLS, SAID_CELLS_NARROW = 34, 20
ROOMY_FROM, NARROW_BELOW = 100, 50
"""Beside the strip there is room for whole words, or for none at all."""
MARKED = (
    *("active-changed", "bond-carrier-lost", "carrier-lost", "mii-changed", "active-aggregator-changed"),
    *("ports-changed", "set-down", "bond-carrier-back", "carrier-back", "set-up"),
)
"""Kinds of events that are marked; where several fall into one slice of time, the first of these is told."""
_TONES = {"good": GOOD, "warn": WARN, "bad": BAD}


def ping_lines(look: Look, cells: int, rows: int) -> list[Line]:
    """Its lines on a screen of so many rows; none while it is off."""
    strip = look.ping
    if strip is None or rows < LEAST_ROWS:
        return []
    if strip.trouble:
        said: Line = ((f"{look.glyphs.warn} no ping: ", WARN), (printable(strip.trouble), PLAIN))
        return shortened([fit(line, cells) for line in flowed(said, cells, indent="   ")], 2, cells, look.glyphs.cut)
    if not strip.address:
        return [fit(((" ping ", STRONG), ("looks for a target ...", DIM)), cells)]
    return _Drawing(look, strip, cells).lines(marked_below=rows >= MARKS_FROM_ROWS)


class _Drawing:
    """One strip being drawn."""

    def __init__(self, look: Look, strip: Strip, cells: int) -> None:
        self._look = look
        self._strip = strip
        self._cells = cells
        said = 0 if cells < NARROW_BELOW else SAID_CELLS if cells >= ROOMY_FROM else SAID_CELLS_NARROW
        self._said = said
        address = clip(printable(strip.address), min(ADDRESS_AT_MOST, max(0, cells // 3 - 6)), look.glyphs.cut)
        self._label = f" ping {address}  " if cells >= NARROW_BELOW else " ping "
        self._room = max(0, cells - width(self._label) - (said + 3 if said else 1))

    def lines(self, *, marked_below: bool) -> list[Line]:
        """The strip, and its events in a row of their own or in between."""
        marks, shown = self._marks(), self._beats()
        if marked_below:
            return [self._line(beats(shown, self._look.glyphs)), fit(self._mark_row(marks), self._cells)]
        return [self._line(self._with_marks(shown, marks))]

    def _line(self, drawn: Line) -> Line:
        said: Line = (("  ", PLAIN), self._words()) if self._said else ()
        return fit(((self._label, PLAIN), *drawn, *said), self._cells)

    def _beats(self) -> tuple[str, ...]:
        """A state for each cell, from the oldest for which there is room."""
        shown = self._strip.beats[-self._room :] if self._room else ()
        return (NONE,) * (self._room - len(shown)) + shown

    def _with_marks(self, shown: tuple[str, ...], marks: Mapping[int, Event]) -> Line:
        """The cells, with a sign before those in which something happened: none of them is covered."""
        glyphs, order = self._look.glyphs, sorted(marks)[-self._room // 2 :]
        begin, drawn = len(order), list[Span]()  # so many of the oldest give way
        for cell in order:
            drawn += [*beats(shown[begin:cell], glyphs), (glyphs.mark, _TONES.get(marks[cell].severity, STRONG))]
            begin = max(begin, cell)
        return (*drawn, *beats(shown[begin:], glyphs))

    def _mark_row(self, marks: Mapping[int, Event]) -> Line:
        """A sign below each slice in which something happened, and what it was where there is room for the words."""
        spans: list[Span] = [(" " * width(self._label), PLAIN)]
        end, order = 0, sorted(marks)
        for number, cell in enumerate(order):
            event = marks[cell]
            tone, words = _TONES.get(event.severity, STRONG), _words_of(event)
            before = cell - end - 1
            behind = (order[number + 1] if number + 1 < len(order) else self._room + self._said) - cell - 2
            spans.append((" " * max(0, cell - end), PLAIN))
            if width(words) <= behind:
                spans.append((f"{self._look.glyphs.mark}{words}", tone))
                end = cell + 1 + width(words)
            elif number + 1 == len(order) and width(words) <= before:
                spans[-1] = (pad(f"{words}", cell - end, right=True), tone)
                spans.append((self._look.glyphs.mark, tone))
                end = cell + 1
            else:
                spans.append((self._look.glyphs.mark, tone))
                end = cell + 1
        return tuple(spans)

    def _marks(self) -> dict[int, Event]:
        """The most telling event of each cell. One that was found by a re-read is left out: nobody knows its moment."""
        strip, marks = self._strip, dict[int, "Event"]()
        for event in reversed(self._look.monitor.events if self._room else ()):
            if event.bond != strip.bond or event.polled or event.kind not in MARKED:
                continue
            cell = self._room - 1 - int((strip.until - event.at.mono) // strip.slice_s)
            if cell < 0:
                break
            known = marks.get(min(cell, self._room - 1))
            if known is None or MARKED.index(event.kind) <= MARKED.index(known.kind):
                marks[min(cell, self._room - 1)] = event
        return marks

    def _words(self) -> Span:
        """What there is to say beside the strip: that nobody answers, the last outage, or the round trip."""
        strip, roomy = self._strip, self._said == SAID_CELLS
        if strip.silent_ms is not None:
            so_far = (
                "no answer so far"
                if strip.rtt_ms is None
                else f"no answer {'for ' if roomy else ''}{_span(strip.silent_ms)}"
            )
            return clip(so_far, self._said), BAD
        if strip.outage:
            whole = strip.outage if ONE_LOST in strip.outage else strip.outage + WITHOUT_ANSWER
            short = strip.outage.replace(ONE_LOST, "1 lost")
            fitting = (whole, strip.outage, short, strip.outage.partition(" (")[0])
            return next((each for each in fitting if width(each) <= self._said), clip(strip.outage, self._said)), WARN
        return (_span(strip.rtt_ms), DIM) if strip.rtt_ms is not None else ("", PLAIN)


def _words_of(event: Event) -> str:
    """Whom it happened to, where that is not the bond, and what."""
    words = printable(event.words)
    return words if event.bond == event.ifindex else f"{printable(event.subject)} {words}"


def _span(ms: float) -> str:
    """A length of time in at most six cells: ``0.31 ms``, ``12 ms``, ``1.2 s``, ``3 min``."""
    if ms >= 60_000:
        return age(ms / 1000)
    if ms >= 1000:
        return f"{ms / 1000:.1f} s"
    return f"{ms:.0f} ms" if ms >= 9.95 else f"{ms:.1f} ms" if ms >= 0.995 else f"{ms:.2f} ms"
