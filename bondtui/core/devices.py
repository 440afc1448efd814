"""Which adapter an interface belongs to: the path of its device in sysfs in, a ``Device`` out.

A path names every bus device from the root down: ``pci0000:00/0000:00:01.0/0000:02:00.0/...``. On PCI the
first one below the root complex is the root port; a bridge below that is part of a switch, on the board or on
the adapter, and everything behind it dies with it (Documentation/ABI/testing/sysfs-bus-pci). On USB ``1-2.3``
is the device at port 3 of the hub at port 2 of bus 1 (Documentation/driver-api/usb/usb.rst).
"""

from __future__ import annotations

import re

from bondtui.model.around import Device

_PCI = re.compile(r"([0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2})\.[0-9a-f]")
_PCI_ROOT = re.compile(r"pci[0-9a-f]{4,}:[0-9a-f]{2}")
_USB = re.compile(r"(\d+-\d+)((?:\.\d+)*)")

VIRTUAL = Device(virtual=True)
"""An interface without a device."""


def device(path: str, physical: str | None = None) -> Device:
    """What the device at this path belongs to; ``physical`` is the path of the physical function of a virtual one."""
    parts = (physical or path).strip("/").split("/")
    usb = [part for part in parts if _USB.fullmatch(part)]
    if usb:
        return _on_usb(usb[-1])
    roots = [position for position, part in enumerate(parts) if _PCI_ROOT.fullmatch(part)]
    on_pci = [part for part in parts[roots[-1] + 1 if roots else 0 :] if _PCI.fullmatch(part)]
    if on_pci:
        switches = on_pci[1:-1]
        return Device(card(on_pci[-1]), switches[0] if switches else None)
    return Device(parts[-1] or None)


def card(bus_info: str) -> str:
    """A bus address without the function: ``0000:04:00`` for ``0000:04:00.1``; any other one as it is."""
    found = _PCI.fullmatch(bus_info)
    return found[1] if found else bus_info


def _on_usb(address: str) -> Device:
    """The hub that is the nearest to the computer is the one whose end is the end of most."""
    found = _USB.fullmatch(address)
    hub = f"usb {found[1]}" if found and found[2] else None
    return Device(f"usb {address}", hub)
