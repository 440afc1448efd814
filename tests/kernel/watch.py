"""A Reader at work, and everything that its event log has ever said."""

from __future__ import annotations

import time
from collections.abc import Callable

from bondtui.core.monitor import Monitor
from bondtui.model.event import Event
from bondtui.ports import Source
from bondtui.system.reader import Reader
from tests.kernel.waiting import DEADLINE_SECONDS, NotReachedError, until


class Watch:
    """A running Reader and the events it has seen."""

    def __init__(self, open_source: Callable[[], Source], interval: float) -> None:
        self._reader = Reader(open_source, interval=interval)
        self._all: dict[int, Event] = {}
        self._seen = 0
        self.latest: list[Event] = []
        """What ``quiet_after`` has waited for."""

    @property
    def monitor(self) -> Monitor:
        """The newest state of affairs."""
        return self._reader.latest

    @property
    def events(self) -> list[Event]:
        """All events since the last ``forget``, also those that the Monitor has let go of."""
        return [event for number, event in list(self._all.items()) if number > self._seen]

    def start(self) -> None:
        """Begin; returns after the first reading."""
        self._reader.start(self._collect)
        until(lambda: self.monitor.at, what="first reading")

    def stop(self) -> None:
        """End the reader."""
        self._reader.stop()

    def forget(self) -> None:
        """Look only at events from now on."""
        self._seen = self.monitor.event_count

    def quiet(self, seconds: float) -> None:
        """Wait until nothing has happened for so long, and look only at events from then on."""
        begin = time.monotonic()

        def silent() -> bool:
            latest = max((event.at.mono for event in self.events), default=begin)
            return time.monotonic() - max(latest, begin) > seconds

        until(silent, what=f"no event for {seconds:g} s")
        self.forget()

    def quiet_after(self, count: int, seconds: float) -> None:
        """Wait for so many reported events and then until nothing more has come for so long; see ``latest``."""
        try:
            until(lambda: sum(not event.polled for event in self.events) >= count, what=f"{count} events")
        except NotReachedError:
            raise NotReachedError(f"{count} events were expected, there are:\n{self.log()}") from None
        seen = self._seen
        self.quiet(seconds)
        self.latest = [event for number, event in sorted(self._all.items()) if number > seen]

    def event(self, kind: str, words: str = "", *, subject: str = "", seconds: float = DEADLINE_SECONDS) -> Event:
        """Wait for an event of this kind whose words contain these."""

        def seen() -> Event | None:
            for event in self.events:
                if event.kind == kind and words in event.words and subject in ("", event.subject):
                    return event
            return None

        try:
            found = until(seen, seconds)
        except NotReachedError:
            raise NotReachedError(f"no {kind} {words!r} of {subject or 'anything'} in:\n{self.log()}") from None
        assert found is not None
        return found

    def log(self) -> str:
        """The events as text, for messages of failed tests."""
        return "\n".join(
            f"{event.number} {event.at.mono:.3f} {event.subject} {event.kind}: {event.words!r}"
            f" cause={event.cause} delta={event.delta_ms} polled={event.polled}"
            for event in self.events
        )

    def _collect(self) -> None:
        self._all.update((event.number, event) for event in self.monitor.events if event.number not in self._all)
