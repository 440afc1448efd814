"""What a drill works with, and the two things that all its parts do: read the bond anew, and let time pass."""

from __future__ import annotations

from bondtui.core import monitor as fold
from bondtui.model.reading import SourceError
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bondtui.model.bond import Bond
    from bondtui.operation import Operation
    from bondtui.ports import Hands, Probing, Watcher
    from bondtui.rehearsal.probes import Probes

TICK_S = 0.02


class Interrupted(Exception):
    """Somebody wants the drill to stop; the text says who or what."""


class Tools(NamedTuple):
    """What a drill works with."""

    operation: Operation
    hands: Hands
    watcher: Watcher
    probing: Probing
    say: Callable[[str], object]
    """Tells a person what is being done."""
    stopped: Callable[[], str]
    """Who or what wants the drill to stop; ``""`` while nobody does."""

    def bond(self, ifindex: int) -> Bond:
        """The bond, read anew; raises SourceError."""
        found = fold.took(self.watcher.latest, self.hands.look(), steady=False).bond_at(ifindex)
        if found is None:
            raise SourceError("the bond is gone")
        return found

    def wait(self, probes: Probes, seconds: float, enough: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass while probes are taken in; returns early, and True, as soon as it is enough. Raises Interrupted."""
        until = self.hands.now().mono + seconds
        while True:
            probes.look()
            if why := self.stopped():
                raise Interrupted(why)
            if enough():
                return True
            left = until - self.hands.now().mono
            if left <= 0:
                return False
            self.hands.pause(min(TICK_S, left))
