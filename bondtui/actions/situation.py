"""Everything that the guards and the prediction look at, as one value."""

from __future__ import annotations

from bondtui.actions.readiness import ready, ready_without
from bondtui.core.tracks import Track
from bondtui.model.action import ACTIVATE, DOWN, Action, Pending
from bondtui.model.bond import MODES_WITH_ACTIVE_SLAVE, Bond, Slave
from bondtui.model.host import HostFacts
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Situation(NamedTuple):
    """A wish, the bond it is about, and what is known around it."""

    action: Action
    bond: Bond
    slave: Slave
    host: HostFacts
    pending: Pending | None = None
    tracks: Mapping[int, Track] = {}
    """Histories by interface index."""

    @property
    def others(self) -> tuple[Slave, ...]:
        """All slaves but the one that the action is about."""
        return tuple(each for each in self.bond.slaves if each.ifindex != self.slave.ifindex)

    @property
    def left(self) -> tuple[Slave, ...]:
        """The others that are ready to carry the traffic."""
        return ready_without(self.bond, self.slave)

    @property
    def heirs(self) -> tuple[Slave, ...]:
        """The slaves on which the traffic depends because of the action; setting one up takes nothing away."""
        if self.action.kind == DOWN:
            return self.left
        return (self.slave,) if self.action.kind == ACTIVATE else ()

    @property
    def is_active(self) -> bool:
        """Whether the slave is the bond's current active slave."""
        has_one = self.bond.options.mode in MODES_WITH_ACTIVE_SLAVE
        return has_one and self.bond.options.active_slave == self.slave.ifindex

    @property
    def carries(self) -> bool:
        """Whether the slave is ready to carry traffic now."""
        return ready(self.bond, self.slave)
