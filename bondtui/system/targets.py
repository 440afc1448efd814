"""Who can be probed over a bond, and which way the kernel would send there: both asked anew every time.

Raises ProbeError in words that name what to do. Interface names are as the kernel spells them.
"""

from __future__ import annotations

import errno
from contextlib import closing
from ipaddress import ip_address
from itertools import islice

from bondtui.core import neighbours, routes, rtnetlink, stacking
from bondtui.core.addresses import Address, is_link_local, is_multicast, parsed
from bondtui.core.neighbours import Neighbour
from bondtui.model.probe import Candidate, Target, Way
from bondtui.model.reading import SourceError
from bondtui.ports import ProbeError
from bondtui.system.netlink import Netlink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.core.routes import KernelRoute
    from bondtui.model.bond import Bond

CANDIDATES_AT_MOST = 16
NEIGHBOURS_AT_MOST = 64
"""Of so many it is asked whether the kernel sends to them over the bond."""
NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL, errno.EAGAIN})
"""What the kernel answers when it would send nothing."""
NOBODY = frozenset({routes.RTN_BROADCAST, routes.RTN_ANYCAST, routes.RTN_MULTICAST})
BRIDGE, VRF = "bridge", "vrf"

Found = tuple[Address, int | None, str]
"""An address, the interface that it was found on, and why it is a good target."""


def candidates(bond: Bond) -> tuple[Candidate, ...]:
    """Who could answer over this bond, best first: gateways, targets of the ARP monitor, neighbours."""
    try:
        with closing(Netlink()) as netlink:
            return _candidates(Around(bond, netlink))
    except SourceError as error:
        raise ProbeError(f"targets cannot be looked for: {error}") from error


def way(bond: Bond, target: Target) -> Way:
    """Which way the kernel sends to this target now, as ``ip route get`` tells it."""
    try:
        address = parsed(target.address)
    except ValueError as error:
        raise ProbeError(str(error)) from None
    try:
        with closing(Netlink()) as netlink:
            return Around(bond, netlink).way(address)
    except SourceError as error:
        raise ProbeError(f"the way to {target.address} cannot be asked for: {error}") from error


def _candidates(around: Around) -> tuple[Candidate, ...]:
    found: dict[str, Candidate] = {}
    useless: list[str] = []
    asked: set[tuple[Address, int | None]] = set()
    known, untold = _routes()
    for address, ifindex, why in _everybody(around, known):
        text = str(address)
        if text in found or (address, ifindex) in asked:
            continue
        asked.add((address, ifindex))
        way = around.way(address)
        if way.over_bond and (ifindex is None or around.index(way.device) == ifindex):
            found[text] = Candidate(Target(text), way.device, why)
        else:
            useless.append(way.trouble or f"{text} is not reached over {around.bond.name}")
        if len(found) == CANDIDATES_AT_MOST:
            break
    if not found:
        raise ProbeError(_nobody(around.bond.name, untold, useless))
    return tuple(found.values())


def _nobody(bond: str, untold: str, useless: list[str]) -> str:
    """Why there is no candidate, and what to do."""
    if useless:
        return f"nobody who is known on {bond} can be a target ({useless[0]}): name a target with --target"
    gateways = untold or f"no route over {bond} has a gateway"
    return f"{gateways} and nobody is known on it: name a target with --target"


def _routes() -> tuple[list[KernelRoute], str]:
    """The routes, or why they are not known; on a socket of their own: there can be so many that it is given up."""
    known: list[KernelRoute] = []
    try:
        with closing(Netlink()) as netlink:
            for family in (routes.AF_INET, routes.AF_INET6):
                known += netlink.all_that(routes.RTM_NEWROUTE, routes.request(family), routes.route)
    except SourceError as error:
        return known, f"the routes cannot be read ({error})"
    return known, ""


def _everybody(around: Around, known: list[KernelRoute]) -> Iterator[Found]:
    """All who come into question, best first. Whether the kernel would send to them is not looked at yet."""
    for gateway in routes.gateways(known, around.over):
        to = gateway.route
        covered = f"route to {Address(to.destination)}/{to.prefix}" if to.prefix else "default route"
        yield around.scoped(gateway.address, gateway.ifindex), gateway.ifindex, f"gateway of the {covered}"
    for text in around.bond.options.arp_targets:
        yield around.scoped(ip_address(text).packed, around.bond.ifindex), None, "ARP monitor target"
    for each in islice(neighbours.answering(around.known(), around.over), NEIGHBOURS_AT_MOST):
        state = neighbours.ANSWERS[each.state]
        why = f"neighbour on {around.name(each.ifindex)} ({state})"
        yield around.scoped(each.address, each.ifindex), each.ifindex, why


class Around:
    """What lies over a bond at one moment, and a socket to ask for ways."""

    def __init__(self, bond: Bond, netlink: Netlink) -> None:
        self.bond = bond
        self._netlink = netlink
        told = netlink.all_that(rtnetlink.RTM_NEWLINK, stacking.request(), stacking.stacked)
        self._links = {link.ifindex: link for link in told}
        self._places = stacking.places(bond, self._links)
        self.over = frozenset(index for index, place in self._places.items() if place.slave is None)
        """The bond and what lies over it, by interface index."""
        self._vrfs = [index for index in sorted(self.over) if index in self._links and self._links[index].kind == VRF]

    def name(self, ifindex: int) -> str:
        """The name of an interface."""
        return self._links[ifindex].name if ifindex in self._links else f"interface {ifindex}"

    def index(self, name: str) -> int | None:
        """The index of an interface that is given by its name or by its index."""
        named = next((link.ifindex for link in self._links.values() if link.name == name), None)
        if named is None and len(name) <= 10 and name.isascii() and name.isdecimal():
            return int(name) if int(name) in self._links else None
        return named

    def scoped(self, raw: bytes, ifindex: int) -> Address:
        """An address that was found on an interface."""
        return Address(raw, self.name(ifindex) if is_link_local(raw) else "")

    def known(self) -> list[Neighbour]:
        """The ARP and ND tables of the bond and what lies over it."""
        found: list[Neighbour] = []
        for family in (routes.AF_INET, routes.AF_INET6):
            found += self._netlink.all_that(neighbours.RTM_NEWNEIGH, neighbours.request(family), self._neighbour_here)
        return found

    def _neighbour_here(self, data: bytes, start: int, end: int) -> Neighbour | None:
        found = neighbours.neighbour(data, start, end)
        return found if found is not None and found.ifindex in self.over else None

    def way(self, address: Address) -> Way:
        """Which way the kernel sends to this address; raises ProbeError for a scope that is no interface."""
        if is_multicast(address.raw):
            return _nowhere(f"{address} is a multicast address: no single machine answers")
        scope = 0
        if address.scope:
            found = self.index(address.scope)
            if found is None:
                raise ProbeError(f"there is no interface {address.scope}, which {address} names")
            scope = found
        return self._judged(address, self._route(address.raw, scope))

    def _route(self, raw: bytes, scope: int) -> routes.Way | None:
        """The kernel's answer; where that is not the bond, its answer in the VRFs over the bond.

        Probes are bound to an interface, and one that is a port of a VRF takes the routes of that VRF.
        """
        answer = self._ask(raw, scope)
        if scope or (answer is not None and (answer.kind == routes.RTN_LOCAL or answer.ifindex in self.over)):
            return answer
        for vrf in self._vrfs:
            other = self._ask(raw, vrf)
            if other is not None and (other.kind == routes.RTN_LOCAL or other.ifindex in self.over):
                return other
        return answer

    def _ask(self, raw: bytes, outgoing: int) -> routes.Way | None:
        """One question to the kernel; ``None`` if it would send nothing."""
        body = routes.way_request(raw, outgoing=outgoing)
        try:
            answers = self._netlink.all_that(routes.RTM_NEWROUTE, body, routes.whole_way, flags=0)
        except SourceError as error:
            if getattr(error.__cause__, "errno", None) in NO_ROUTE:
                return None
            raise
        return answers[0] if answers else None

    def _judged(self, address: Address, answer: routes.Way | None) -> Way:
        if answer is not None and answer.kind == routes.RTN_LOCAL:
            return _nowhere(f"{address} is an address of this machine")
        if answer is not None and answer.kind in NOBODY:
            return _nowhere(f"{address} is a broadcast address: no single machine answers")
        if answer is None or answer.kind != routes.RTN_UNICAST or answer.ifindex is None:
            return _nowhere(f"no route to {address}")
        device = self.name(answer.ifindex)
        place = self._places.get(answer.ifindex)
        if place is None:
            return Way(device, over_bond=False)
        if place.slave is not None:
            past = f"{address} is reached through {device}, past {self.bond.name}"
            return Way(device, over_bond=False, trouble=past)
        if port := self._other_port(answer.ifindex, answer.gateway or address.raw):
            trouble = f"{address} is reached through {port}, which is not over {self.bond.name}"
            return Way(port, over_bond=False, trouble=trouble)
        return Way(device, over_bond=True, path=place.path)

    def _other_port(self, ifindex: int, neighbour: bytes) -> str:
        """The port of a bridge over the bond behind which a neighbour was seen; ``""`` if it leads over the bond, or unknown."""
        bridge = self._bridge_under(ifindex)
        if bridge is None:
            return ""
        hwaddrs = {each.hwaddr for each in self.known() if each.address == neighbour and each.ifindex == ifindex}
        learned = self._netlink.all_that(
            neighbours.RTM_NEWNEIGH, neighbours.learned_request(bridge), neighbours.neighbour
        )
        ports = {
            each.ifindex
            for each in learned
            if each.hwaddr in hwaddrs and each.ifindex in self._links and self._links[each.ifindex].master == bridge
        }
        return "" if ports & self.over else next((self.name(each) for each in sorted(ports)), "")

    def _bridge_under(self, ifindex: int) -> int | None:
        """The bridge that an interface is or lies over."""
        at: int | None = ifindex
        while at in self._links and self._links[at].kind != BRIDGE:
            at = self._links[at].below
        return at if at in self._links else None


def _nowhere(trouble: str) -> Way:
    return Way("", over_bond=False, trouble=trouble)
