"""A watcher without a thread, which reads when it is asked: for virtual time, in tests and pictures."""

from __future__ import annotations

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bondtui.core.monitor import Note
    from bondtui.system.simulation import SimulatedSource

BEAT_S = 1.0


class Following:
    """Keeps up with a simulated driver whenever it is asked. See ``bondtui.ports.Watcher``."""

    def __init__(self, source: SimulatedSource, monitor: Monitor | None = None) -> None:
        """Begin to watch.

        Args:
            source: What plays the driver; its clocks may stand still between two questions.
            monitor: What is known already; without it everything is read first.
        """
        self._source = source
        self._monitor = monitor or fold.took(Monitor(simulated=True), source.read())

    @property
    def latest(self) -> Monitor:
        """Everything heard, and read anew after it or when it is time."""
        batch = self._source.listen(0.0)
        reading = self._monitor.reading
        if batch:
            self._monitor = fold.heard(self._monitor, batch)
        if batch or reading is None or self._source.now().mono - reading.at.mono >= BEAT_S:
            self._monitor = fold.took(self._monitor, self._source.read(), steady=not batch)
        return self._monitor

    def start(self, on_news: Callable[[], None]) -> None:
        """It needs no thread."""

    def stop(self) -> None:
        """It has no thread."""

    def set_interval(self, seconds: float) -> None:
        """Its beat stays."""

    def note(self, note: Note) -> None:
        """Write the line down at once."""
        self._monitor = fold.noted(self.latest, note)
