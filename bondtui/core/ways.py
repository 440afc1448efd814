"""Whether a connection between two addresses rides on a bond."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bondtui.core.stacking import Place, Stacked
    from bondtui.core.surroundings import Address


class Ways(NamedTuple):
    """What decides which way a packet takes."""

    places: Mapping[int, Place]
    links: Mapping[int, Stacked]
    interfaces: Mapping[str, tuple[int, ...]]
    """Interface indexes by address of ours."""
    outgoing: Callable[[bytes, bytes], int | None]
    """Asks the kernel through which interface it sends to an address from one of ours."""

    def meets(self, local: str, peer: str) -> Place | None:
        """Where a connection between an address of ours and another one meets the bond or a slave.

        It does if our address lies there, and also if our address is somewhere else, on the loopback
        or on another port, but the answers leave through the bond all the same.
        """
        at = self.interfaces.get(local, ())
        lies = next((self.places[index] for index in at if index in self.places), None)
        far, near = _packed(peer), _packed(local)
        if far is None or near is None or len(far) != len(near):
            return lies
        if peer in self.interfaces and not _is_link_local(far):
            return None  # we talk to ourselves
        # A port of a VRF has routes of its own, and a link-local address has none but its link.
        if lies or _is_link_local(near) or any(index in self.links and self.links[index].master for index in at):
            return lies
        index = self.outgoing(far, near)
        return None if index is None else self.places.get(index)


def plain(address: str) -> str:
    """An address in one spelling: no zone, and IPv4 as such where IPv6 only wraps it; as it is if it is none."""
    if ":" not in address:
        return address
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    wrapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return str(wrapped or known)


def by_address(addresses: Iterable[Address]) -> dict[str, tuple[int, ...]]:
    """Interface indexes by address; a link-local address may be on many."""
    found: dict[str, tuple[int, ...]] = {}
    for ifindex, raw, _ in addresses:
        text = str(ip_address(raw))
        found[text] = (*found.get(text, ()), ifindex)
    return found


def _packed(address: str) -> bytes | None:
    try:
        return ip_address(address).packed
    except ValueError:
        return None


def _is_link_local(raw: bytes) -> bool:
    return len(raw) == 16 and raw[0] == 0xFE and raw[1] & 0xC0 == 0x80
