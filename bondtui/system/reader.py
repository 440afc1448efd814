"""The thread that watches a source: events at once, everything again on a steady beat.

It owns the Monitor and advances it; others take the latest one and must not change it. A source
that is slow delays its own next beat and nobody else: beats that are missed are skipped.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor, Note
from bondtui.model.reading import NoBonding, SourceError
from bondtui.ports import Source

SETTLE_SECONDS = 0.005
"""After an event, so long a silence must pass before everything is read again: events come in bursts."""
SETTLE_AT_MOST_SECONDS = 0.1
RETRY_SECONDS = 1.0
READ_AGAIN_AT_MOST = 3


class Reader:
    """Watches one source from its own thread, from ``start`` to ``stop``."""

    def __init__(self, open_source: Callable[[], Source], *, interval: float, monitor: Monitor | None = None) -> None:
        self._open_source = open_source
        self._interval = interval
        self._latest = monitor or Monitor(interval=interval)
        self._source: Source | None = None
        self._on_news: Callable[[], None] = lambda: None
        self._stopping = False
        self._notes: deque[Note] = deque()
        self._thread = threading.Thread(target=self._run, name="bondtui-reader", daemon=True)

    @property
    def latest(self) -> Monitor:
        """The newest state of affairs."""
        return self._latest

    def start(self, on_news: Callable[[], None]) -> None:
        """Begin to watch. ``on_news`` is called from the reader's thread after every change."""
        self._on_news = on_news
        self._thread.start()

    def stop(self) -> None:
        """Tell the thread to end; it is a daemon, so a read that hangs holds nobody up."""
        self._stopping = True
        if self._source is not None:
            self._source.wake()

    def set_interval(self, seconds: float) -> None:
        """Change the steady beat; the next one comes that long after the last."""
        self._interval = seconds
        if self._source is not None:
            self._source.wake()

    def note(self, note: Note) -> None:
        """Have a line written into the event log, by the reader's own thread."""
        self._notes.append(note)
        if self._source is not None:
            self._source.wake()

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._source = self._open_source()
                self._watch(self._source)
            except SourceError as error:
                self._advance(fold.failed(self._latest, str(error)))
                self._pause(2 * RETRY_SECONDS if isinstance(error, NoBonding) else RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001 - a thread that dies in silence leaves a screen that lies
                self._advance(fold.failed(self._latest, f"a mistake in bondtui: {type(error).__name__}: {error}"))
                self._pause(RETRY_SECONDS)
            finally:
                source, self._source = self._source, None
                if source is not None:
                    source.close()

    def _pause(self, seconds: float) -> None:
        """Wait before the source is opened again."""
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)

    def _watch(self, source: Source) -> None:
        beat = time.monotonic()
        while not self._stopping:
            self._take(source, steady=True)
            beat = self._listen_until_beat(source, beat)

    def _listen_until_beat(self, source: Source, last_beat: float) -> float:
        """Fold in events until it is time for the next steady read; returns that time."""
        while not self._stopping:
            self._write_notes()  # before listening: a reading may have swallowed the wake-up
            beat = last_beat + self._interval
            left = beat - time.monotonic()
            if left <= 0:
                missed = int(-left / self._interval)
                return beat + missed * self._interval
            if batch := source.listen(left):
                self._advance(fold.heard(self._latest, batch))
                self._settle(source)
                self._take(source, steady=False)
        return last_beat

    def _take(self, source: Source, *, steady: bool) -> None:
        """Read everything; again if messages came meanwhile, for the read may have overtaken them."""
        reading = source.read()
        for _ in range(READ_AGAIN_AT_MOST):
            batch = source.listen(0.0)
            if not batch:
                break
            self._advance(fold.heard(self._latest, batch))
            reading = source.read()
        self._advance(fold.took(self._latest, reading, steady=steady))

    def _settle(self, source: Source) -> None:
        """Hear the rest of a burst, so that the re-read does not overtake the kernel's own words."""
        until = time.monotonic() + SETTLE_AT_MOST_SECONDS
        while time.monotonic() < until and (batch := source.listen(SETTLE_SECONDS)):
            self._advance(fold.heard(self._latest, batch))

    def _write_notes(self) -> None:
        while self._notes:
            self._advance(fold.noted(self._latest, self._notes.popleft()))

    def _advance(self, monitor: Monitor) -> None:
        self._latest = monitor._replace(interval=self._interval)
        self._on_news()
