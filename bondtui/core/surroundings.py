"""Addresses and routes of what lies over a bond and its slaves, as facts for the guards."""

from __future__ import annotations

from ipaddress import ip_address

from bondtui.model.host import Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bondtui.core.routes import KernelRoute
    from bondtui.core.stacking import Place

    Address = tuple[int, bytes, int]
    """Interface index, 4 or 16 bytes, and prefix length: as ``bondtui.core.rtnetlink.address`` decodes it."""

DEFAULT = "default"


def default_routes(routes: Iterable[KernelRoute], places: Mapping[int, Place]) -> tuple[Route, ...]:
    """The default routes that lead through the bond, a slave or what lies over them."""
    found = (made for route in routes if route.prefix == 0 for _, made in _through(route, places))
    return tuple(dict.fromkeys(found))


def untold(routes: Iterable[KernelRoute]) -> bool:
    """Whether there is a default route of which the kernel does not say where it leads."""
    return any(route.prefix == 0 and not route.hops for route in routes)


def slave_addresses(addresses: Iterable[Address], places: Mapping[int, Place]) -> dict[int, tuple[str, ...]]:
    """By slave: the addresses on it or on what lies over it past the bond, but for link-local ones."""
    found: dict[int, tuple[str, ...]] = {}
    for ifindex, raw, prefix in addresses:
        place = places.get(ifindex)
        if place is not None and place.slave is not None and not _link_local(raw):
            where = "" if ifindex == place.slave else f" on {place.path[-1]}"
            found[place.slave] = (*found.get(place.slave, ()), f"{_text(raw)}/{prefix}{where}")
    return found


def slave_routes(routes: Iterable[KernelRoute], places: Mapping[int, Place]) -> dict[int, tuple[Route, ...]]:
    """By slave: the routes through it past the bond, but for multicast and link-local ones."""
    found: dict[int, tuple[Route, ...]] = {}
    for route in routes:
        for place, made in _through(route, places):
            if place.slave is not None and not _link_local(route.destination):
                found[place.slave] = tuple(dict.fromkeys((*found.get(place.slave, ()), made)))
    return found


def _through(route: KernelRoute, places: Mapping[int, Place]) -> Iterator[tuple[Place, Route]]:
    for hop in route.hops:
        place = places.get(hop.ifindex)
        if place is not None:
            where = f"{_text(route.destination)}/{route.prefix}" if route.prefix else DEFAULT
            gateway = _text(hop.gateway) if len(hop.gateway) in (4, 16) else None
            yield place, Route(where, gateway, place.path[-1], static=not route.comes_back)


def _link_local(raw: bytes) -> bool:
    """Whether it is an IPv6 link-local or multicast one, which every interface has by itself."""
    return len(raw) == 16 and (raw[0] == 0xFF or (raw[0] == 0xFE and raw[1] & 0xC0 == 0x80))


def _text(raw: bytes) -> str:
    return str(ip_address(raw))
