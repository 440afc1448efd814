"""The running kernel as a source of bond facts: rtnetlink first, /proc and sysfs for what it omits."""

from __future__ import annotations

import os
import time

from bondtui.core import rtnetlink
from bondtui.core.proc_bonding import HIDDEN_WITHOUT_PRIVILEGE
from bondtui.model.bond import LACP, Hardware, LacpDetails, Link
from bondtui.model.reading import Heard, NoBonding, Overflow, Reading, SourceError, Stamp
from bondtui.model.record import NamedTuple
from bondtui.system.link_settings import link_settings
from bondtui.system.netlink import Events, Netlink
from bondtui.system.sysfs import HostFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DISCOVER_SECONDS = 30.0
"""How often all bonds are looked for anew, should an event about a new one have been missed."""
HARDWARE_SECONDS = 10.0
"""How often speed and duplex are read again although nothing was heard of the link."""
SETTINGS_SECONDS = 10.0
"""At most this often all interfaces are asked for their speed by ioctl; in between it is not known."""
DATAGRAMS_AT_ONCE = 500
"""So many messages are taken from the queue before they are handed on, even in a storm."""
NO_BONDING = "this kernel has no bonding driver loaded; 'modprobe bonding' loads it, 'bondtui --demo' needs none"


def stamp() -> Stamp:
    """Now, on both clocks."""
    return Stamp(time.monotonic(), time.time())


class KernelSource:
    """Reads the bonds of this network namespace. See ``bondtui.ports.Source``.

    The interfaces that matter are remembered by index, so a steady read asks for those alone and
    costs the same on a host with 2,000 other interfaces.
    """

    simulated = False

    def __init__(self, root: str = "/") -> None:
        self._files = HostFiles(root)
        self._events = Events()
        self._netlink = Netlink()
        self._known: set[int] = set()
        self._discovered: float | None = None
        self._addresses: dict[int, tuple[str, ...]] = {}
        self._hardware: dict[int, _KnownHardware] = {}
        self._settings: dict[str, tuple[int | None, str | None]] | None = None
        self._settings_at = float("-inf")

    def close(self) -> None:
        """Close the sockets."""
        self._events.close()
        self._netlink.close()

    def wake(self) -> None:
        """Make a waiting ``listen`` return at once."""
        self._events.wake()

    def read(self) -> Reading:
        """Read all bonds and slaves; raises NoBonding or another SourceError."""
        try:
            return self._read(stamp())
        except OSError as error:
            raise SourceError(f"cannot read {os.fsdecode(error.filename or 'the kernel')}: {error.strerror}") from error

    def _read(self, at: Stamp) -> Reading:
        due = not self._known or self._discovered is None or at.mono - self._discovered > DISCOVER_SECONDS
        links = self._discover(at) if due else self._netlink.links(sorted(self._known))
        links = [link for link in links if link.bond or link.slave]
        self._known = {link.ifindex for link in links}
        bonds = [link for link in links if link.bond]
        for gone in self._addresses.keys() - {bond.ifindex for bond in bonds}:
            del self._addresses[gone]
        for bond in bonds:
            if bond.ifindex not in self._addresses:
                self._addresses[bond.ifindex] = self._netlink.addresses(bond.ifindex)
        lacp, hidden = self._proc_details(bonds, links)
        return Reading(
            at=stamp(),
            links=tuple(links),
            addresses=dict(self._addresses),
            hardware=self._read_hardware(links, at.mono),
            lacp=lacp,
            hidden=hidden,
            lacpdus=self._netlink.lacpdus(_ports(bonds, links)),
        )

    def listen(self, seconds: float) -> Sequence[Heard | Overflow]:
        """Wait for messages about bonds and slaves; everything else is passed over unread."""
        heard: list[Heard | Overflow] = []
        if not self._events.wait(seconds):
            return heard
        for _ in range(DATAGRAMS_AT_ONCE):
            data = self._events.receive()
            if data is None:
                self._discovered = None
                heard.append(Overflow(stamp()))
            elif data:
                heard += self._heard(data, stamp())
            else:
                break
        return heard

    def _heard(self, data: bytes, at: Stamp) -> list[Heard]:
        heard = []
        for kind, _, _, start, end in rtnetlink.messages(data):
            if kind in (rtnetlink.RTM_NEWADDR, rtnetlink.RTM_DELADDR):
                if changed := rtnetlink.address(data, start, end):
                    self._addresses.pop(changed[0], None)
                continue
            decoded = rtnetlink.link(data, start, end)
            if decoded is None:
                continue
            link, event = decoded
            if kind == rtnetlink.RTM_DELLINK:
                if link.ifindex in self._known:
                    self._known.discard(link.ifindex)
                    heard.append(Heard(at, link.ifindex))
            elif link.bond or link.slave:
                self._known.add(link.ifindex)
                self._expire_hardware(link.ifindex)
                heard.append(Heard(at, link.ifindex, link, event))
            elif link.ifindex in self._known:
                self._known.discard(link.ifindex)
                heard.append(Heard(at, link.ifindex, link, event))
        return heard

    def _discover(self, at: Stamp) -> list[Link]:
        bonds = self._netlink.bonds()
        if not bonds and not self._files.bonding_loaded():
            raise NoBonding(NO_BONDING)
        self._discovered = at.mono
        found = {link.ifindex: link for link in bonds}
        for bond in bonds:
            for slave in self._netlink.slaves(bond.ifindex):
                found.setdefault(slave.ifindex, slave)
        return list(found.values())

    def _proc_details(
        self, bonds: list[Link], links: list[Link]
    ) -> tuple[dict[int, LacpDetails], dict[int, tuple[str, ...]]]:
        """What only /proc/net/bonding tells of 802.3ad bonds, by slave; what it hides, by bond."""
        lacp: dict[int, LacpDetails] = {}
        hidden: dict[int, tuple[str, ...]] = {}
        for bond in bonds:
            if bond.bond is None or bond.bond.mode != LACP:
                continue
            proc = self._files.proc_bonding(bond.name)
            if proc is None:
                continue  # renamed or deleted since; the next read knows
            if not proc.privileged:
                hidden[bond.ifindex] = HIDDEN_WITHOUT_PRIVILEGE
            if proc.slaves:
                lacp.update({link.ifindex: proc.lacp(link.name) for link in links if link.master == bond.ifindex})
        return lacp, hidden

    def _read_hardware(self, links: list[Link], mono: float) -> dict[int, Hardware]:
        self._settings = None
        slaves = [link for link in links if link.slave]
        for gone in self._hardware.keys() - {link.ifindex for link in slaves}:
            del self._hardware[gone]
        for link in slaves:
            known = self._hardware.get(link.ifindex)
            key = (link.name, link.admin_up, link.carrier, link.carrier_changes)
            if known is None or known.key != key or mono - known.read_at > HARDWARE_SECONDS:
                hardware, told = self._hardware_of(link, known, changed=known is None or known.key != key)
                self._hardware[link.ifindex] = _KnownHardware(key if told else (), mono, hardware)
        return {ifindex: known.hardware for ifindex, known in self._hardware.items()}

    def _hardware_of(self, link: Link, known: _KnownHardware | None, *, changed: bool) -> tuple[Hardware, bool]:
        """The facts, and whether speed and duplex were told; if not, it is worth asking again soon."""
        hardware = known.hardware if known else self._files.device(link.name, link.ifindex)
        speed_and_duplex = self._files.speed_and_duplex(link.name, link.ifindex)
        if speed_and_duplex is None:
            if not changed:
                return hardware, True
            speed_and_duplex = self._asked_by_ioctl(link.name)
        if speed_and_duplex is None:
            return hardware._replace(speed_mbps=None, duplex=None), False
        return hardware._replace(speed_mbps=speed_and_duplex[0], duplex=speed_and_duplex[1]), True

    def _asked_by_ioctl(self, name: str) -> tuple[int | None, str | None] | None:
        """What sysfs refuses to say; ``None`` when it is too early to ask again.

        All interfaces are looked at for one answer, so this is done once per read and not often.
        """
        if self._settings is None:
            now = time.monotonic()
            if now - self._settings_at <= SETTINGS_SECONDS:
                return None
            self._settings, self._settings_at = link_settings(), now
        return self._settings.get(name, (None, None))

    def _expire_hardware(self, ifindex: int) -> None:
        """Read speed and duplex again next time: something was heard of the interface."""
        if known := self._hardware.get(ifindex):
            self._hardware[ifindex] = known._replace(read_at=float("-inf"))


def _ports(bonds: list[Link], links: list[Link]) -> list[int]:
    """The slaves of 802.3ad bonds: no others count LACPDUs."""
    masters = {bond.ifindex for bond in bonds if bond.bond and bond.bond.mode == LACP}
    return [link.ifindex for link in links if link.slave and link.master in masters]


class _KnownHardware(NamedTuple):
    """Hardware facts, the state of the link they belong to, and when they were read."""

    key: tuple[object, ...]
    read_at: float
    hardware: Hardware
