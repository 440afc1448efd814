"""What lies around bonds and is needed for a diagnosis; all of it changes seldom, so it is read seldom.

In every mapping a key that is missing means that nothing is known, an empty value that there is nothing.
"""

from __future__ import annotations

from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from bondtui.model.host import Route


class Device(NamedTuple):
    """The hardware under a slave, as sysfs places it."""

    card: str | None = None
    """The bus address without the function (``0000:04:00``): ports with the same one are on one adapter. For a virtual
    function that of its physical one."""
    parent: str | None = None
    """The bus device above the adapter, such as a PCIe switch port or a USB hub; ``None`` where it is the root."""
    virtual: bool = False
    """There is no device at all: veth, dummy, a VLAN."""


class Neighbour(NamedTuple):
    """The switch port at the other end of a slave's cable, as LLDP tells (IEEE 802.1AB)."""

    chassis_id: str
    system_name: str | None = None
    port_id: str | None = None
    port_description: str | None = None
    told_by: str = ""
    """``lldpd`` or ``systemd-networkd``."""


class Configured(NamedTuple):
    """What one configuration file says of one bond."""

    manager: str
    """``systemd-networkd``, ``NetworkManager``, ``netplan``, ``ifupdown`` or ``ifcfg``."""
    path: str
    bond: str
    options: Mapping[str, str] = {}
    """By the kernel's name, in the kernel's words and units (milliseconds), as the manager would set it."""
    written: Mapping[str, str] = {}
    """By the kernel's name, as it is written in the file: ``MIIMonitorSec=100``."""
    slaves: tuple[str, ...] | None = None
    """The slaves that it names; ``None`` when this file does not name any."""


class LogWord(NamedTuple):
    """A line of the bonding driver in the kernel log that means something for a diagnosis."""

    kind: str
    """``loopback`` (own LACPDUs came back) or ``no-partner`` (no 802.3ad response from the link partner)."""
    ago_s: float
    bond: str
    slave: str | None = None


class Around(NamedTuple):
    """Everything known of what lies around the bonds."""

    addresses: Mapping[int, tuple[str, ...]] = {}
    """By slave: addresses on the slave itself or on what lies over it past the bond, but for link-local ones."""
    routes: Mapping[int, tuple[Route, ...]] = {}
    """By slave: routes through the slave past the bond."""
    devices: Mapping[int, Device] = {}
    """By slave."""
    neighbours: Mapping[int, Neighbour] = {}
    """By slave."""
    masters: Mapping[int, str] = {}
    """By bond: the kind of what it is enslaved to, such as ``bridge``; ``""`` for nothing."""
    twins: Mapping[int, tuple[str, ...]] = {}
    """By bond: other interfaces that are up, are in no bond, and use the very MAC of the bond as their own permanent one."""
    qdiscs: Mapping[int, tuple[str, ...]] = {}
    """By bond: the kinds of its queueing disciplines, ``clsact`` and ``ingress`` among them."""
    configured: tuple[Configured, ...] | None = None
    """All that was found; ``None`` when it was not looked for or could not be read."""
    managers: Mapping[int, str] = {}
    """By bond or slave: ``NetworkManager`` or ``systemd-networkd`` where one of them manages it."""
    lost_links: Mapping[int, tuple[float, ...]] = {}
    """By slave: how many seconds ago it lost its link within the last ten minutes, as the kernel log tells."""
    log: tuple[LogWord, ...] = ()
    """The newest first."""
    kernel: str | None = None
    """The kernel's release, as ``uname -r`` prints it."""
    unknown: Mapping[str, str] = {}
    """By the name of a field above: why it could not be had."""
