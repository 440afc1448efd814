"""The event log: newest at the bottom, local time to the millisecond, delta to the cause."""

from __future__ import annotations

import time

from bondtui.core.words import delta, printable
from bondtui.model.event import Event
from bondtui.view.line import BAD, DIM, GOOD, PLAIN, STRONG, WARN, Line, Span, clip, fit, pad, width
from bondtui.view.look import Look

NAME_AT_MOST = 15
DELTA_CELLS = 8
POLLED = "seen on re-reading"
DRAWN_AT_MOST = 1000
_drawn: dict[tuple[Event, int, int, int, str], Line] = {}
"""Lines drawn before: an event never changes, and a screenful of them is drawn every second."""
_TONES = {"good": GOOD, "warn": WARN, "bad": BAD}


def log_title(look: Look) -> str:
    """What the rule above the log says."""
    monitor = look.monitor
    kept = len(monitor.events)
    title = f"events {monitor.event_count}" if monitor.event_count else "events"
    if monitor.event_count > kept:
        title += f" (the last {kept} are kept)"
    if look.events_back:
        title += f", {min(look.events_back, kept)} newer below"
    return title


def log_lines(look: Look, cells: int, rows: int) -> list[Line]:
    """As many events as there are rows, the newest last."""
    if rows <= 0:
        return []
    events = look.monitor.events
    end = max(min(rows, len(events)), len(events) - look.events_back)
    shown = events[max(0, end - rows) : end]
    if not shown:
        return [fit(((" nothing has changed since the start", DIM),), cells)]
    names = min(NAME_AT_MOST, max(width(printable(each.subject)) for each in shown))
    room = max(0, cells - 16 - names - 2 - DELTA_CELLS - 3)
    words = min(room, max(width(printable(each.words)) for each in shown))
    if len(_drawn) > DRAWN_AT_MOST:
        _drawn.clear()
    lines = []
    for each in shown:
        key = (each, names, words, cells, look.glyphs.cut)
        line = _drawn.get(key)
        if line is None:
            line = _drawn[key] = _line(look, each, names, words, cells)
        lines.append(line)
    return lines


def stamp(wall: float) -> str:
    """Local time of day to the millisecond."""
    whole, thousandths = divmod(int(wall * 1000), 1000)
    return f"{time.strftime('%H:%M:%S', time.localtime(whole))}.{thousandths:03d}"


def _line(look: Look, event: Event, names: int, words: int, cells: int) -> Line:
    spans: list[Span] = [
        (f" {stamp(event.at.wall)}  ", DIM),
        (pad(clip(printable(event.subject), names, look.glyphs.cut), names) + "  ", PLAIN),
    ]
    if event.delta_ms is None and not event.polled:
        words = max(words, cells - sum(width(text) for text, _ in spans) - 1)  # nothing stands behind them
    spans += [
        (pad(clip(printable(event.words), words, look.glyphs.cut), words), _TONES.get(event.severity, PLAIN)),
        (f"  {delta(event.delta_ms):>{DELTA_CELLS}}", STRONG),
    ]
    if event.polled:
        roomy = cells - sum(width(text) for text, _ in spans) > len(POLLED) + 2
        spans[-1] = (f"  {'~':>{DELTA_CELLS}}", DIM)
        spans.append((f" {POLLED}" if roomy else "", DIM))
    return fit(tuple(spans), cells)
