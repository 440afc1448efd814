"""The whole simulated machine: bonds, what is done to their links, and what can be read of them.

Nothing here looks at a real clock: time is what ``advance`` is told, in virtual seconds. The same
scenario therefore always runs the same way, however often and whenever it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf

from bondtui.model.host import HostFacts, Route
from bondtui.model.reading import Heard, Reading, Stamp
from bondtui.model.record import NamedTuple
from bondtui.simulated.bond import SimulatedBond
from bondtui.simulated.lacp_port import SYSTEM_PRIORITY
from bondtui.simulated.slave import Slave
from bondtui.simulated.spec import BondSpec
from bondtui.simulated.timeline import Timeline

WARM_UP_S = 120.0
"""So long a driver has run unwatched before second 0, so that LACP and its churn timers have settled."""
AGED_AT_S = -90.0
DAYS_UP = 17.0
REMEMBERED_S, LOSSES_REMEMBERED = 600.0, 1000
"""So long, and so many, lost links are told of among the surroundings."""


class Step(NamedTuple):
    """One thing that a scenario does to an interface. It may lie before second 0, after AGED_AT_S."""

    at: float
    verb: Callable[[Driver, str], None]
    name: str


class Driver:
    """A running model of the bonding driver with its network cards and the switch at the other end.

    Operations happen at the time up to which the driver has been advanced. They raise KeyError for
    an interface that is not there.
    """

    def __init__(self, specs: Sequence[BondSpec], script: Iterable[Step] = ()) -> None:
        self._timeline = Timeline(-WARM_UP_S)
        self._bonds = [SimulatedBond(spec, self._timeline) for spec in specs]
        self.bonds = {bond.spec.name: bond for bond in self._bonds}
        """By name."""
        self._slaves = {slave.nic.name: (bond, slave) for bond in self._bonds for slave in bond.slaves}
        self._timeline.at(AGED_AT_S, self._age)
        self._schedule(iter(script))
        self._timeline.run(0.0)

    @property
    def now(self) -> float:
        """The virtual time."""
        return self._timeline.now

    @property
    def next_due(self) -> float:
        """When something can happen next; until then every reading differs in its counters only."""
        return self._timeline.next_due()

    def advance(self, to: float) -> list[Heard]:
        """Let time pass. Returns the messages sent meanwhile, oldest first, stamped in virtual time."""
        return self._timeline.run(to)

    def reading(self, at: Stamp | None = None) -> Reading:
        """Everything that can be known now."""
        now = self.now
        each = [slave for bond in self._bonds for slave in bond.slaves]
        return Reading(
            at=at or Stamp(now, now),
            links=(*(bond.link() for bond in self._bonds), *(slave.link(now) for slave in each)),
            addresses={bond.spec.ifindex: bond.spec.addresses for bond in self._bonds},
            hardware={slave.nic.ifindex: slave.hardware() for slave in each},
            lacp={
                slave.nic.ifindex: slave.lacp(bond.spec.options.ad_actor_sys_prio or SYSTEM_PRIORITY)
                for bond in self._bonds
                for slave in bond.slaves
                if slave.port is not None
            },
            lacpdus={slave.nic.ifindex: told for slave in each if (told := slave.lacpdus(now)) is not None},
        )

    def at(self, due: float, action: Callable[[], object]) -> None:
        """Have something done at that virtual time, whether anybody looks or not."""
        self._timeline.at(due, action)

    def follow(self, follower: Callable[[float], None]) -> None:
        """Have it called before anything changes, with the virtual time up to which all has stayed as it was."""
        self._timeline.follow(follower)

    def unfollow(self, follower: Callable[[float], None]) -> None:
        """Call it no more."""
        self._timeline.unfollow(follower)

    def host(self, bond: int) -> HostFacts:
        """The surroundings of the bond with this index: nobody is logged in over it, nobody else manages its slaves."""
        spec = next((each.spec for each in self._bonds if each.spec.ifindex == bond), None)
        if spec is None:
            return HostFacts()
        routes = (Route("default", spec.gateway, spec.name),) if spec.gateway else ()
        mine = [slave for owner, slave in self._slaves.values() if owner.spec is spec]
        return HostFacts(default_routes=routes, lost_links={each.nic.ifindex: self._lost(each) for each in mine})

    def cut(self, slave: str) -> None:
        """Pull the cable out at the switch."""
        self._set_cable(slave, cable=False)

    def plug(self, slave: str) -> None:
        """Put the cable back."""
        self._set_cable(slave, cable=True)

    def silence(self, slave: str) -> None:
        """Let the partner say nothing any more, while the carrier stays."""
        self._set_voice(slave, speaks=False)

    def speak(self, slave: str) -> None:
        """Let the partner send LACPDUs again."""
        self._set_voice(slave, speaks=True)

    def set_down(self, slave: str) -> None:
        """What ``ip link set SLAVE down`` does."""
        self._set_admin(slave, up=False)

    def set_up(self, slave: str) -> None:
        """What ``ip link set SLAVE up`` does."""
        self._set_admin(slave, up=True)

    def set_active(self, bond: str, slave: str | None) -> bool:
        """What ``ip link set BOND type bond active_slave SLAVE`` does; ``None`` clears it.

        ``False`` means that the driver refuses (EINVAL).
        """
        chosen = self.bonds[bond]
        if slave is None:
            return chosen.set_active(None)
        owner, wanted = self._slaves[slave]
        return owner is chosen and chosen.set_active(wanted)

    def remove(self, slave: str) -> None:
        """Take the network card out of the machine."""
        bond, gone = self._slaves.pop(slave)
        gone.lights_at = inf
        bond.remove(gone)
        self._timeline.tell_gone(gone.nic.ifindex)

    def _lost(self, slave: Slave) -> tuple[float, ...]:
        """How many seconds ago its cable failed, as far back as is remembered."""
        slave.lost_at = [each for each in slave.lost_at if self.now - each <= REMEMBERED_S]
        return tuple(self.now - each for each in slave.lost_at)

    def _set_cable(self, name: str, *, cable: bool) -> None:
        bond, slave = self._slaves[name]
        if slave.cable != cable:
            slave.cable = cable
            if slave.carrier and not cable:
                slave.lost_at = [*slave.lost_at[1 - LOSSES_REMEMBERED :], self.now]
            self._train(bond, slave)

    def _set_voice(self, name: str, *, speaks: bool) -> None:
        bond, slave = self._slaves[name]
        slave.partner_speaks = speaks
        bond.link_changed(slave)

    def _set_admin(self, name: str, *, up: bool) -> None:
        bond, slave = self._slaves[name]
        if slave.admin_up == up:
            return
        slave.admin_up = up
        had_carrier = slave.carrier
        self._train(bond, slave)
        if slave.carrier == had_carrier:
            self._report(bond, slave)

    def _train(self, bond: SimulatedBond, slave: Slave) -> None:
        """The carrier goes at once; it comes after the two ends have found each other."""
        if not (slave.admin_up and slave.cable):
            slave.lights_at = inf
            if slave.carrier:
                slave.set_carrier(carrier=False)
                self._report(bond, slave)
        elif slave.nic.training:
            slave.lights_at = self.now + slave.nic.training
            self._timeline.at(slave.lights_at, lambda: self._light(bond, slave))
        else:
            slave.lights_at = self.now
            self._light(bond, slave)

    def _light(self, bond: SimulatedBond, slave: Slave) -> None:
        if self.now >= slave.lights_at and not slave.carrier:
            slave.set_carrier(carrier=True)
            if slave.nic.listening:
                slave.forwarding, slave.forwards_at = False, self.now + slave.nic.listening
                self._timeline.at(slave.forwards_at, lambda: self._forward(bond, slave))
            self._report(bond, slave)

    def _forward(self, bond: SimulatedBond, slave: Slave) -> None:
        """The switch port has listened long enough."""
        if self.now >= slave.forwards_at:
            slave.forwarding = True
            bond.link_changed(slave)

    def _report(self, bond: SimulatedBond, slave: Slave) -> None:
        """The kernel tells of the link at once; what the driver makes of it comes later."""
        self._timeline.tell(slave.link(self.now))
        bond.link_changed(slave)

    def _age(self) -> None:
        for bond in self._bonds:
            bond.age(DAYS_UP * 86_400)

    def _schedule(self, script: Iterator[Step]) -> None:
        """Have the next step of the script done when it is due, and then the one after it."""
        step = next(script, None)
        if step is not None:
            self._timeline.at(step.at, lambda: self._do(step, script))

    def _do(self, step: Step, script: Iterator[Step]) -> None:
        step.verb(self, step.name)
        self._schedule(script)
