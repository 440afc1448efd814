"""What the machine around a bond tells, gathered anew whenever it is asked.

Nothing here raises for what cannot be found out: it is written down under the name of the guard that
needs it, and the guard then asks.
"""

from __future__ import annotations

import errno
import time
from contextlib import closing

from bondtui.core import kernel_log as losses
from bondtui.core import logins, routes, rtnetlink, stacking, surroundings
from bondtui.core.ways import Ways, by_address
from bondtui.model.bond import Bond
from bondtui.model.host import HostFacts
from bondtui.model.lab import NETNS
from bondtui.model.reading import SourceError
from bondtui.system import kernel_log, sessions
from bondtui.system.link_managers import LinkManagers
from bondtui.system.netlink import Netlink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bondtui.core.routes import KernelRoute
    from bondtui.core.stacking import Place

    OwnDown = tuple[str, str, float]
    Unknown = dict[str, str]

SESSION, OTHERS, DEFAULT_ROUTE = "session-on-bond", "other-sessions", "default-route"
MANAGED, ADDRESS, FLAPPING = "managed-by", "address-on-slave", "flapping-slave"
NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL, errno.EAGAIN})
"""What the kernel answers when it would send nothing: no route, or one of another type than unicast."""


class Host:
    """The machine that bondtui runs on, and the network namespace of the calling thread."""

    def __init__(self, root: str = "/", own_downs: Callable[[], Sequence[OwnDown]] = tuple, *, lab: str = "") -> None:
        """Files are read below ``root``.

        ``own_downs`` tells what bondtui itself has set down: names of bond and slave, and the wall clock. In a ``lab``
        they are all since it was made.
        """
        self._root = root
        self._own_downs = own_downs
        self._lab = lab

    def facts(self, bond: Bond) -> HostFacts:
        """All facts about the surroundings of this bond, now. Blocks; what is not told is in ``unknown``."""
        unknown: Unknown = {}
        facts = HostFacts()
        try:
            with closing(Netlink()) as netlink:
                facts = self._around(bond, netlink, unknown)
        except (SourceError, OSError) as error:
            unknown.update(dict.fromkeys((SESSION, OTHERS, DEFAULT_ROUTE, ADDRESS), str(error)))
        managers = self._managers(bond, unknown)
        return facts._replace(managers=managers, lost_links=self._lost_links(bond, unknown), unknown=unknown)

    def _around(self, bond: Bond, netlink: Netlink, unknown: Unknown) -> HostFacts:
        """What depends on the interfaces that lie over the bond and its slaves."""
        links = {
            link.ifindex: link for link in netlink.all_that(rtnetlink.RTM_NEWLINK, stacking.request(), stacking.stacked)
        }
        addresses = netlink.all_that(rtnetlink.RTM_NEWADDR, rtnetlink.address_request(0), rtnetlink.address)
        places = stacking.places(bond, links)
        ways = Ways(places, links, by_address(addresses), lambda to, by: _outgoing(netlink, to, by))
        seen = sessions.logins(self._root)
        if seen.trouble:
            unknown[OTHERS] = seen.trouble
        if why := logins.own_session_unknown(seen, ways.meets):
            unknown[SESSION] = why
        found = logins.sessions(seen, ways.meets)
        own = surroundings.slave_addresses(addresses, places)
        return _with_routes(HostFacts(sessions=found, addresses=own), places, unknown)

    def _managers(self, bond: Bond, unknown: Unknown) -> Mapping[int, str]:
        try:
            return LinkManagers(self._root).of(slave.ifindex for slave in bond.slaves)
        except OSError as error:
            unknown[MANAGED] = f"{error.filename or 'a state file'} cannot be read ({error.strerror})"
            return {}

    def _lost_links(self, bond: Bond, unknown: Unknown) -> Mapping[int, tuple[float, ...]]:
        if self._lab == NETNS:  # whose log is the whole machine's, where other bonds may have the same names
            if slaves := losses.unexplained(bond, self._all_own_downs()):
                unknown[FLAPPING] = losses.when_unknown(slaves, kernel_log.OF_MACHINE)
            return {}
        log, now, why = None, None, "the clock of the kernel log is not known"
        try:
            log = kernel_log.read(self._root)
            now = kernel_log.now(log, self._root)
        except OSError as error:
            why = f"the kernel log cannot be read ({error.strerror})"
        if log is None or now is None:
            if slaves := losses.doubtful(bond):
                unknown[FLAPPING] = losses.when_unknown(slaves, why)
            return {}
        if slaves := losses.doubtful(bond, log, now):
            unknown[FLAPPING] = losses.when_unknown(slaves, f"the kernel log begins {now - log.since:.0f} s ago")
        return losses.lost_links(bond, log, now, self._own_downs_until(now))

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


def _with_routes(facts: HostFacts, places: Mapping[int, Place], unknown: Unknown) -> HostFacts:
    """The routes are asked for on a socket of their own: there can be so many that it is given up."""
    known: list[KernelRoute] = []
    try:
        with closing(Netlink()) as netlink:
            for family in (routes.AF_INET, routes.AF_INET6):
                known += netlink.all_that(routes.RTM_NEWROUTE, routes.request(family), routes.route)
    except SourceError as error:
        unknown.update(dict.fromkeys((DEFAULT_ROUTE, ADDRESS), f"the routes cannot be read: {error}"))
        return facts
    if surroundings.untold(known):
        unknown[DEFAULT_ROUTE] = "the kernel does not tell where the nexthop object of a default route leads"
    return facts._replace(
        default_routes=surroundings.default_routes(known, places),
        routes=surroundings.slave_routes(known, places),
    )


def _outgoing(netlink: Netlink, destination: bytes, source: bytes) -> int | None:
    """The interface through which the kernel sends to this address; ``None`` if it would not."""
    try:
        answer = netlink.all_that(routes.RTM_NEWROUTE, routes.way_request(destination, source), routes.way, flags=0)
    except SourceError as error:
        if getattr(error.__cause__, "errno", None) in NO_ROUTE:
            return None
        raise
    return answer[0] if answer else None
