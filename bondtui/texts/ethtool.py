"""Read what ``ethtool``, ``ethtool -i`` and ``ethtool -P`` print of one interface, and its files in sysfs."""

from __future__ import annotations

import re

from bondtui.model.bond import Hardware
from bondtui.model.record import NamedTuple
from bondtui.texts.ip import IpLink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

IFF_UP = 1
_SPEED = re.compile(r"(\d{1,10})Mb/s", re.ASCII)
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){1,31}", re.ASCII)


class Nic(NamedTuple):
    """What is known of the hardware under an interface."""

    hardware: Hardware = Hardware()
    perm_hwaddr: str | None = None
    link_detected: bool | None = None
    """``False`` also for one that is set down."""


def settings(text: str) -> Nic:
    """``ethtool NAME``."""
    values = _values(text)
    found = _SPEED.match(values.get("Speed", ""))
    duplex = values.get("Duplex", "").lower()
    detected = values.get("Link detected", "").split(" ")[0]
    return Nic(
        Hardware(int(found[1]) if found else None, duplex if duplex in ("full", "half") else None),
        link_detected={"yes": True, "no": False}.get(detected),
    )


def driver(text: str) -> Nic:
    """``ethtool -i NAME``."""
    values = _values(text)
    return Nic(Hardware(driver=values.get("driver") or None, bus_info=values.get("bus-info") or None))


def permanent(text: str) -> Nic:
    """``ethtool -P NAME``."""
    found = _MAC.fullmatch(_values(text).get("Permanent address", ""))
    return Nic(perm_hwaddr=found[0].lower() if found else None)


def joined(first: Nic, second: Nic) -> Nic:
    """What both tell; the first where both do, and an unknown speed is told too."""
    hardware = Hardware._make(b if a is None else a for a, b in zip(first.hardware, second.hardware, strict=True))
    return Nic(
        hardware._replace(speed_mbps=None) if hardware.speed_unknown else hardware,
        first.perm_hwaddr or second.perm_hwaddr,
        second.link_detected if first.link_detected is None else first.link_detected,
    )


def in_sysfs(name: str, files: Mapping[str, str]) -> tuple[IpLink, Nic]:
    """The files of /sys/class/net/NAME, by their names."""
    said = {key: text.strip() for key, text in files.items()}
    flags = said.get("flags", "")
    up = bool(int(flags, 16) & IFF_UP) if re.fullmatch(r"0x[0-9a-f]{1,8}", flags) else None
    address = _MAC.fullmatch(said.get("address", ""))
    link = IpLink(
        name,
        ifindex=_number(said.get("ifindex")),
        admin_up=up,
        carrier={"1": True, "0": False}.get(said.get("carrier", "")),
        operstate=said.get("operstate") or None,
        mtu=_number(said.get("mtu")),
        hwaddr=address[0].lower() if address else None,
        carrier_changes=_number(said.get("carrier_changes")),
    )
    duplex = said.get("duplex")
    return link, Nic(Hardware(_number(said.get("speed")) or None, duplex if duplex in ("full", "half") else None))


def _values(text: str) -> dict[str, str]:
    """Label and value of each line; the first where a label is there twice."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        label, colon, value = line.partition(":")
        if colon:
            found.setdefault(label.strip(), value.strip())
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and text.isascii() and len(text) <= 10 else None
