"""What a switch says of itself by LLDP (IEEE 802.1AB-2016): frames, and the reports of lldpd, in; neighbours out.

Nothing here raises: what is not understood is no neighbour. An end that hears more than one switch at one port,
as behind a hub or where lldpd reports the frames of all slaves for each, does not know its neighbour.
"""

from __future__ import annotations

import json
from struct import Struct

from bondtui.model.around import Neighbour
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LLDPD, NETWORKD = "lldpd", "systemd-networkd"

ETHERTYPE = b"\x88\xcc"
END, CHASSIS_ID, PORT_ID, TIME_TO_LIVE, PORT_DESCRIPTION, SYSTEM_NAME = range(6)
CHASSIS_MAC, CHASSIS_NETWORK_ADDRESS = 4, 5
PORT_MAC, PORT_NETWORK_ADDRESS = 3, 4
"""Subtypes of the ids that are no text (tables 8-2 and 8-3)."""
IPV4, IPV6 = 1, 2
"""Address families as IANA numbers them."""

_TLV_HEADER = Struct("!H")
_SIZE = Struct("<Q")
_ETHERNET_HEADER = 14


def frame(data: bytes, told_by: str = NETWORKD) -> Neighbour | None:
    """Decode one Ethernet frame; ``None`` for another protocol, a damaged one, or a neighbour that says good-bye."""
    if data[12:_ETHERNET_HEADER] != ETHERTYPE:
        return None
    found: dict[int, bytes] = {}
    for kind, value in _tlvs(data):
        found.setdefault(kind, value)
    chassis = _id(found.get(CHASSIS_ID, b""), CHASSIS_MAC, CHASSIS_NETWORK_ADDRESS)
    if not chassis or not any(found.get(TIME_TO_LIVE, b"")):
        return None
    return Neighbour(
        chassis,
        _text(found.get(SYSTEM_NAME, b"")),
        _id(found.get(PORT_ID, b""), PORT_MAC, PORT_NETWORK_ADDRESS),
        _text(found.get(PORT_DESCRIPTION, b"")),
        told_by,
    )


def _tlvs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and value of each TLV: 7 bits of type and 9 of length (8.4)."""
    at = _ETHERNET_HEADER
    while at + _TLV_HEADER.size <= len(data):
        (head,) = _TLV_HEADER.unpack_from(data, at)
        kind, start, at = head >> 9, at + _TLV_HEADER.size, at + _TLV_HEADER.size + (head & 0x1FF)
        if kind == END or at > len(data):
            return
        yield kind, data[start:at]


def _id(value: bytes, mac: int, network_address: int) -> str | None:
    """A chassis or port id: a byte of subtype, then an address or a text."""
    if len(value) < 2:
        return None
    subtype, rest = value[0], value[1:]
    if subtype == mac and len(rest) == 6:
        return rest.hex(":")
    if subtype == network_address:
        return _address(rest)
    return _text(rest)


def _address(value: bytes) -> str:
    """A byte of address family, then the address."""
    from ipaddress import ip_address  # noqa: PLC0415 - seldom

    family, raw = value[0], value[1:]
    if (family, len(raw)) in ((IPV4, 4), (IPV6, 16)):
        return str(ip_address(raw))
    return value.hex(":")


def _text(value: bytes) -> str | None:
    return value.decode("utf-8", "replace").strip("\0 \r\n") or None


def networkd(data: bytes) -> list[Neighbour]:
    """The neighbours in a file of systemd-networkd: a little-endian 64-bit length and a raw frame, repeated.

    See src/network/networkd-lldp-rx.c, link_lldp_save.
    """
    found, at = [], 0
    while at + _SIZE.size <= len(data):
        (size,) = _SIZE.unpack_from(data, at)
        at += _SIZE.size
        if size > len(data) - at:
            break
        if (neighbour := frame(data[at : at + size])) is not None:
            found.append(neighbour)
        at += size
    return found


def networkd_reply(text: str | bytes) -> dict[int, Neighbour] | None:
    """By interface index: what systemd-networkd answers to GetLLDPNeighbors; ``None`` for an error or anything else.

    See src/shared/varlink-io.systemd.Network.c. A port with several switches is left out.
    """
    interfaces = _get(_get(_json(text), "parameters"), "Neighbors")
    if not isinstance(interfaces, list):
        return None
    found = {}
    for each in interfaces:
        index, heard = _get(each, "InterfaceIndex"), _items(_get(each, "Neighbors"))
        neighbour = only(known for entry in heard if (known := _by_networkd(entry)) is not None)
        if isinstance(index, int) and neighbour is not None:
            found[index] = neighbour
    return found


def _by_networkd(entry: object) -> Neighbour | None:
    chassis, name, port, described = (
        _word(_get(entry, key)) for key in ("ChassisID", "SystemName", "PortID", "PortDescription")
    )
    return Neighbour(chassis, name, port, described, NETWORKD) if chassis else None


def only(neighbours: Iterable[Neighbour]) -> Neighbour | None:
    """The one neighbour of a port; ``None`` if there are several chassis, or none. Of several ports of one, none is named."""
    known = list(neighbours)
    if len({each.chassis_id for each in known}) != 1:
        return None
    one_port = len({each.port_id for each in known}) == 1
    return known[0] if one_port else known[0]._replace(port_id=None, port_description=None)


class Report(NamedTuple):
    """What lldpd knows."""

    understood: bool
    neighbours: dict[str, Neighbour] = {}
    """By interface; a port with several of them is left out."""


def lldpcli(text: str | bytes) -> Report:
    """Read what ``lldpcli -f json0 show neighbors``, or ``-f json``, prints.

    json0 writes a list wherever there could be more than one, and ``{"value": ...}`` for each text; json writes a
    list only where there is more than one, and names interfaces and chassis by key (lldpd, src/client/json_writer.c).
    """
    document = _json(text)
    heard: dict[str, list[Neighbour]] = {}
    roots = [root for root in _items(_get(document, "lldp")) if isinstance(root, dict)]
    for name, entry in (pair for root in roots for pair in _interfaces(root.get("interface"))):
        neighbour = _neighbour(entry)
        if neighbour is not None:
            heard.setdefault(name, []).append(neighbour)
    known = {name: single for name, several in heard.items() if (single := only(several)) is not None}
    return Report(bool(roots) or document == {}, known)


def _interfaces(told: object) -> Iterator[tuple[str, dict[str, object]]]:
    for entry in _items(told):
        if not isinstance(entry, dict):
            continue
        if isinstance(name := entry.get("name"), str):  # json0
            yield name, entry
        else:
            yield from (
                (name, each) for name, several in entry.items() for each in _items(several) if isinstance(each, dict)
            )


def _neighbour(entry: dict[str, object]) -> Neighbour | None:
    """One remote end; those that speak CDP and the like name themselves differently and are left out."""
    if entry.get("via", "LLDP") != "LLDP":
        return None
    chassis, name = _chassis(entry.get("chassis"))
    port = _first(entry.get("port"))
    chassis_id = _word(_get(chassis, "id"))
    if not chassis_id:
        return None
    return Neighbour(
        chassis_id, name or _word(_get(chassis, "name")), _word(_get(port, "id")), _word(_get(port, "descr")), LLDPD
    )


def _chassis(told: object) -> tuple[object, str | None]:
    """The chassis and its name: json writes ``{"switch": {...}}``, or ``{...}`` for one without a name."""
    chassis = _first(told)
    if isinstance(chassis, dict) and len(chassis) == 1:
        ((name, several),) = chassis.items()
        inner = _first(several)
        if isinstance(inner, dict) and "id" in inner:
            return inner, name
    return chassis, None


def _json(text: str | bytes) -> object:
    """``None`` for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _items(told: object) -> list[object]:
    return told if isinstance(told, list) else [] if told is None else [told]


def _first(told: object) -> object:
    return next(iter(_items(told)), None)


def _get(told: object, key: str) -> object:
    return told.get(key) if isinstance(told, dict) else None


def _word(told: object) -> str | None:
    """A text: ``"x"``, ``{"value": "x"}`` or ``[{"value": "x"}]``."""
    first = _first(told)
    text = first.get("value") if isinstance(first, dict) else first
    return text.strip() or None if isinstance(text, str) else None
