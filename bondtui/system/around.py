"""What lies around the bonds of this machine, gathered in one pass for all of them, and without changing anything.

Nothing here raises for what cannot be had: it is written down under the name of the field that lacks it.
"""

from __future__ import annotations

import os
import time
from contextlib import closing

from bondtui.core import around as beside
from bondtui.core import kernel_log as losses
from bondtui.core import routes, rtnetlink, stacking, surroundings
from bondtui.model.around import Around
from bondtui.model.lab import NETNS
from bondtui.model.reading import SourceError
from bondtui.system import devices, kernel_log, lldp
from bondtui.system.link_managers import LinkManagers
from bondtui.system.netlink import Netlink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bondtui.core.routes import KernelRoute
    from bondtui.core.stacking import Place
    from bondtui.model.around import Configured
    from bondtui.model.bond import Bond, Slave

    OwnDown = tuple[str, str, float]
    Unknown = dict[str, str]
    Places = dict[int, Place]

FROM_RTNETLINK = ("addresses", "routes", "masters", "twins", "qdiscs")
"""Fields of ``Around``."""


class KernelAround:
    """The network namespace of the calling thread. See ``bondtui.ports.Surroundings``."""

    def __init__(self, root: str = "/", own_downs: Callable[[], Sequence[OwnDown]] = tuple, *, lab: str = "") -> None:
        """Files are read below ``root``.

        ``own_downs`` tells what bondtui itself has set down: names of bond and slave, and the wall clock. In a ``lab``
        they are all since it was made; configuration files are then the machine's and say nothing of these bonds.
        """
        self._root = root
        self._own_downs = own_downs
        self._lab = lab

    def around(self, bonds: Sequence[Bond]) -> Around:
        """All that lies around these bonds, now. May block for about two seconds; what is not told is in ``unknown``."""
        unknown: Unknown = {}
        slaves = [slave for bond in bonds for slave in bond.slaves]
        found = Around(kernel=os.uname().release, configured=self._configured(unknown), unknown=unknown)
        if not bonds:
            return found
        try:
            with closing(Netlink()) as netlink:
                found, places = _stacked(found, bonds, netlink)
        except (SourceError, OSError) as error:
            found = _lacking(found, str(error), *FROM_RTNETLINK)
        else:
            found = _with_queues(_with_routes(found, slaves, places), bonds)
        return self._with_log(self._with_managers(self._with_devices(found, slaves), bonds), bonds)

    def _with_devices(self, found: Around, slaves: Sequence[Slave]) -> Around:
        unknown = dict(found.unknown)
        placed, trouble = devices.devices(self._root, slaves)
        if trouble:
            unknown["devices"] = trouble
        heard, trouble = lldp.neighbours(self._root, slaves)
        if trouble:
            unknown["neighbours"] = trouble
        return found._replace(devices=placed, neighbours=heard, unknown=unknown)

    def _with_managers(self, found: Around, bonds: Sequence[Bond]) -> Around:
        try:
            managers = LinkManagers(self._root).of(_indexes(bonds))
        except OSError as error:
            why = f"{error.filename or 'a state file'} cannot be read ({error.strerror})"
            return _lacking(found, why, "managers")
        return found._replace(managers=managers)

    def _with_log(self, found: Around, bonds: Sequence[Bond]) -> Around:
        if self._lab == NETNS:
            return self._with_counts(found, bonds)
        try:
            log = kernel_log.read(self._root)
            now = kernel_log.now(log, self._root)
        except OSError as error:
            return _lacking(found, f"the kernel log cannot be read ({error.strerror})", "lost_links", "log")
        if now is None:
            return _lacking(found, "the clock of the kernel log is not known", "lost_links", "log")
        own = self._own_downs_until(now)
        lost: dict[int, tuple[float, ...]] = {}
        doubted: list[Slave] = []
        for bond in bonds:
            doubtful = losses.doubtful(bond, log, now)
            doubted += doubtful
            lost.update({slave.ifindex: () for slave in bond.slaves if slave not in doubtful})
            lost.update(losses.lost_links(bond, log, now, own))
        if doubted:
            why = losses.when_unknown(doubted, f"the kernel log begins {now - log.since:.0f} s ago")
            found = _lacking(found, why, "lost_links")
        return found._replace(lost_links=lost, log=losses.words(log, now, bonds))

    def _with_counts(self, found: Around, bonds: Sequence[Bond]) -> Around:
        """Where the log is the whole machine's, whose bonds may have the same names."""
        own = self._all_own_downs()
        doubted = [slave for bond in bonds for slave in losses.unexplained(bond, own)]
        found = _lacking(found, kernel_log.OF_MACHINE, "log")
        if doubted:
            found = _lacking(found, losses.when_unknown(doubted, kernel_log.OF_MACHINE), "lost_links")
        known = [slave for bond in bonds for slave in bond.slaves if slave not in doubted]
        return found._replace(lost_links={slave.ifindex: () for slave in known})

    def _own_downs_until(self, now: float) -> list[OwnDown]:
        """What bondtui has set down, on the clock of the kernel log."""
        wall = time.time()
        return [(bond, slave, now - (wall - at)) for bond, slave, at in self._all_own_downs()]

    def _all_own_downs(self) -> Sequence[OwnDown]:
        """What bondtui has set down; nothing if that cannot be read: then it counts."""
        try:
            return self._own_downs()
        except OSError:
            return ()

    def _configured(self, unknown: Unknown) -> tuple[Configured, ...] | None:
        if self._lab:
            unknown["configured"] = "a lab has no configuration"
            return None
        from bondtui.system.configured import look  # noqa: PLC0415 - its parsers cost more than all else here

        configured, troubles = look(self._root)
        if troubles:
            unknown["configured"] = "; ".join(troubles)
        return configured


def _lacking(found: Around, why: str, *fields: str) -> Around:
    return found._replace(unknown={**found.unknown, **dict.fromkeys(fields, why)})


def _indexes(bonds: Sequence[Bond]) -> list[int]:
    return [index for bond in bonds for index in (bond.ifindex, *(slave.ifindex for slave in bond.slaves))]


def _stacked(found: Around, bonds: Sequence[Bond], netlink: Netlink) -> tuple[Around, Places]:
    """What depends on the interfaces that lie over and beside the bonds; raises SourceError."""
    dump = netlink.all_that(rtnetlink.RTM_NEWLINK, stacking.request(), beside.interface)
    known = {each.link.ifindex: each for each in dump}
    links = {index: each.link for index, each in known.items()}
    places: Places = {}
    for bond in bonds:
        places.update(stacking.places(bond, links))
    addresses = netlink.all_that(rtnetlink.RTM_NEWADDR, rtnetlink.address_request(0), rtnetlink.address)
    own = surroundings.slave_addresses(addresses, places)
    every = [slave for bond in bonds for slave in bond.slaves]
    return found._replace(
        addresses={slave.ifindex: own.get(slave.ifindex, ()) for slave in every},
        masters=beside.masters(bonds, known),
        twins=beside.twins(bonds, known, places.keys()),
    ), places


def _with_routes(found: Around, slaves: Sequence[Slave], places: Places) -> Around:
    """The routes are asked for on a socket of their own: there can be so many that it is given up."""
    known: list[KernelRoute] = []
    try:
        with closing(Netlink()) as netlink:
            for family in (routes.AF_INET, routes.AF_INET6):
                known += netlink.all_that(routes.RTM_NEWROUTE, routes.request(family), routes.route)
    except (SourceError, OSError) as error:
        return _lacking(found, f"the routes cannot be read: {error}", "routes")
    if any(not route.hops for route in known):
        found = _lacking(found, "the kernel does not tell where a nexthop object leads", "routes")
    own = surroundings.slave_routes(known, places)
    return found._replace(routes={slave.ifindex: own.get(slave.ifindex, ()) for slave in slaves})


def _with_queues(found: Around, bonds: Sequence[Bond]) -> Around:
    mine = {bond.ifindex for bond in bonds}

    def of_a_bond(data: bytes, start: int, end: int) -> tuple[int, str] | None:
        told = beside.queue(data, start, end)
        return told if told is not None and told[0] in mine else None

    try:
        with closing(Netlink()) as netlink:
            told = netlink.all_that(beside.RTM_NEWQDISC, beside.queue_request(), of_a_bond)
    except (SourceError, OSError) as error:
        return _lacking(found, f"the queueing disciplines cannot be read: {error}", "qdiscs")
    kinds: dict[int, tuple[str, ...]] = {}
    for index, kind in dict.fromkeys(told):
        kinds[index] = (*kinds.get(index, ()), kind)
    return found._replace(qdiscs=kinds)
