"""IP addresses as people write them, and the scope of an IPv6 link-local one (RFC 4007, section 11)."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from bondtui.model.record import NamedTuple


class Address(NamedTuple):
    """One address in the kernel's form."""

    raw: bytes
    """4 or 16 bytes in network order."""
    scope: str = ""
    """The interface of a link-local address, by name or by index."""

    def __str__(self) -> str:
        """As ``inet_ntop`` writes it, with its scope."""
        return f"{ip_address(self.raw)}{'%' if self.scope else ''}{self.scope}"


def parsed(text: str) -> Address:
    """Read an address; raises ValueError with one line that says what is wrong with it.

    Host names are not looked up: the way to the name server may be the very bond that is tested.
    """
    plain, marked, scope = text.partition("%")
    try:
        known = ip_address(plain)
    except ValueError:
        raise ValueError(
            f"'{text}' is no IP address; host names are not looked up, since DNS may need the same bond"
        ) from None
    if isinstance(known, IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    if known.is_unspecified:
        raise ValueError(f"{plain} is the address of nobody")
    if is_link_local(known.packed):
        if not scope:
            raise ValueError(f"{plain} is a link-local address and needs its interface, such as {plain}%bond0")
    elif marked and not known.is_multicast:
        raise ValueError(f"'{text}' names an interface, but only link-local addresses of IPv6 have one")
    return Address(known.packed, scope)


def is_link_local(raw: bytes) -> bool:
    """Whether it says nothing without its interface: fe80::/10 (RFC 4291, section 2.5.6)."""
    return len(raw) == 16 and raw[0] == 0xFE and raw[1] & 0xC0 == 0x80


def is_multicast(raw: bytes) -> bool:
    """Whether it is the address of a group (RFC 1112, RFC 4291)."""
    return raw[0] == 0xFF if len(raw) == 16 else raw[0] & 0xF0 == 0xE0
