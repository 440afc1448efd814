"""What bondtui asks of the world. The kernel and the simulated driver answer the same questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bondtui.core.monitor import Monitor
    from bondtui.model.reading import Heard, Overflow, Reading


class Source(Protocol):
    """Where bond facts come from. One thread uses it; only ``wake`` may be called from another."""

    @property
    def simulated(self) -> bool:
        """Whether the facts are made up; then every screen and document says so."""

    def read(self) -> Reading:
        """Everything known now. Blocks; raises SourceError when nothing can be read."""

    def listen(self, seconds: float) -> Sequence[Heard | Overflow]:
        """Wait for messages for at most this long and return those that came, oldest first.

        Returns early, possibly with nothing, after ``wake``.
        """

    def wake(self) -> None:
        """Make a waiting ``listen`` return at once. May be called from any thread."""

    def close(self) -> None:
        """Give back sockets and files."""


class Watcher(Protocol):
    """Something that keeps a Monitor up to date in the background."""

    @property
    def latest(self) -> Monitor:
        """The newest state of affairs."""

    def start(self, on_news: Callable[[], None]) -> None:
        """Begin; ``on_news`` is called from another thread after every change."""

    def stop(self) -> None:
        """End, without waiting for a read that hangs."""

    def set_interval(self, seconds: float) -> None:
        """Change the steady beat."""
