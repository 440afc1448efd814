"""What is seen of the slave under test, of the slaves beside it and of the probes: the input of ``drill.course``."""

from __future__ import annotations

from bondtui.drill import sight
from bondtui.drill.course import Seen
from bondtui.drill.outage import gaps
from bondtui.model.bond import MODES_WITH_ACTIVE_SLAVE
from bondtui.model.drill import CABLE, FAILOVER, FAULT, HOLDING, RESTORING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.drill.course import Course
    from bondtui.model.bond import Bond
    from bondtui.model.event import Event
    from bondtui.rehearsal.probes import Probes, State
    from bondtui.rehearsal.tools import Tools

UNDER_FAULT = frozenset({FAULT, FAILOVER, HOLDING})


class Lookout:
    """Looks on behalf of one round. ``bond`` is the bond at its beginning."""

    def __init__(self, tools: Tools, probes: Probes, bond: Bond, slave: int) -> None:
        self._tools = tools
        self._probes = probes
        self._slave = slave
        self._home = bond.options.active_slave
        self._bond = bond
        self._lost_since: float | None = None
        self.fault_at = self.now = tools.hands.now().mono
        """Since when a fault is looked for; and the moment of the last look."""
        self.mark_fault()

    @property
    def bond(self) -> Bond:
        """The bond as it was seen last."""
        return self._bond

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that the kernel has told."""
        return self._tools.watcher.latest.events

    @property
    def is_active(self) -> bool:
        """Whether the slave under test is the active one."""
        return self._bond.options.active_slave == self._slave

    @property
    def home(self) -> int | None:
        """The slave that was the active one when the round began."""
        return self._home

    @property
    def is_home(self) -> bool:
        """Whether the slave is active that was so when the round began; also where the mode has none."""
        has_one = self._bond.options.mode in MODES_WITH_ACTIVE_SLAVE
        return not has_one or self._bond.options.active_slave == self._home

    def look(self) -> None:
        """Take in what is new; raises ProbeError."""
        self.now = self._tools.hands.now().mono
        self._probes.look(self.now)
        self._bond = self._tools.watcher.latest.bond_at(self._bond.ifindex) or self._bond

    def mark_fault(self) -> None:
        """From now on a fault may happen; remember how things were before it."""
        self.fault_at, self._lost_since = self.now, None
        self._was_active = self.is_active
        self._others = sight.ready_others(self._bond, self._slave)

    def seen(self, course: Course, *, settled: str) -> Seen:
        """What the state machine must know at this step."""
        state, bond, slave = self._probes.state(self.now), self._bond, self._slave
        seen = Seen(
            now=self.now,
            quiet_since=state.quiet_since,
            answered_up_to=state.answered_up_to,
            open_gap_ms=state.open_gap_ms,
            slave_ready=sight.is_ready(bond, slave),
            slave_active=self.is_active,
            home_active=self._home_active(course.rules.fault),
            settled=settled,
            stop=self._tools.stopped(),
        )
        if course.step in UNDER_FAULT:
            return self._under_fault(seen, state, course)
        if course.step == RESTORING:
            return seen._replace(link_back=sight.link_back(self.events, bond.ifindex, slave, course.since))
        return seen

    def _under_fault(self, seen: Seen, state: State, course: Course) -> Seen:
        bond, slave, since = self._bond, self._slave, self.fault_at
        self._follow_loss(state)
        noticed = sight.noticed(self.events, bond, slave, since, was_active=self._was_active)
        return seen._replace(
            lost_since=self._lost_since,
            link_lost=sight.link_lost(self.events, bond.ifindex, slave, since),
            noticed=min(noticed, self.now) if noticed is not None else None,
            came_back=self._came_back(course) if course.step == HOLDING else "",
            degraded=sight.degraded(self._tools.watcher.latest.bond_at(bond.ifindex), slave, self._others),
        )

    def _came_back(self, course: Course) -> str:
        told = sight.was_told(self.events, self._bond.ifindex, self._slave, self.fault_at)
        return sight.came_back(self._bond, self._slave, course.rules.fault, told=told)

    def _home_active(self, fault: str) -> bool:
        """A cable is pulled by a person: then nobody else changes anything, not even which slave is active."""
        return fault == CABLE or self.is_home

    def _follow_loss(self, state: State) -> None:
        """Remember when the first probe since the fault was lost; a gap that came and went between two looks counts too."""
        if self._lost_since is not None:
            return
        if state.quiet_since is None:
            if not state.open_gap_ms:
                return  # nothing is sent at this moment
            self._lost_since = self.now - state.open_gap_ms / 1000
        elif state.quiet_since > self.fault_at:
            found = [
                gap.first_lost
                for trail in self._probes.trails
                for gap in gaps(trail, self.fault_at, self.now, now=self.now, rtt_s=self._probes.rtt_s)
            ]
            self._lost_since = min(found, default=None)
