"""A watcher that shows what it is told to show: for pictures and for tests of the screens."""

from __future__ import annotations

from collections.abc import Callable

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor, Note


class Still:
    """One Monitor until another is shown. See ``bondtui.ports.Watcher``."""

    def __init__(self, monitor: Monitor) -> None:
        self.latest = monitor
        self.intervals: list[float] = []
        """The beats that were asked for, in order."""
        self.running = False
        self._on_news: Callable[[], None] | None = None

    def start(self, on_news: Callable[[], None]) -> None:
        """Remember whom to tell."""
        self.running = True
        self._on_news = on_news

    def stop(self) -> None:
        """Tell nobody any more."""
        self.running = False
        self._on_news = None

    def set_interval(self, seconds: float) -> None:
        """Remember what was asked for."""
        self.intervals.append(seconds)

    def note(self, note: Note) -> None:
        """Write it down at once."""
        self.show(fold.noted(self.latest, note))

    def show(self, monitor: Monitor) -> None:
        """Have another Monitor from now on."""
        self.latest = monitor
        if self._on_news is not None:
            self._on_news()
