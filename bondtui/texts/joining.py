"""Put together what the texts of one machine tell, into bonds and what lies around them."""

from __future__ import annotations

import re

from bondtui.model.around import Around, Configured, Device
from bondtui.model.bond import Bond, BondOptions, Link, Slave, SlaveState
from bondtui.model.record import NamedTuple
from bondtui.model.text import Copy, Unread
from bondtui.texts import ethtool, ip, ip_options
from bondtui.texts.bonding import bond_of, is_partial
from bondtui.texts.draft import Draft
from bondtui.texts.naming import in_file_name
from bondtui.texts.paste import take
from bondtui.texts.values import Driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bondtui.texts.bonding import Note
    from bondtui.texts.ethtool import Nic
    from bondtui.texts.ip import Links
    from bondtui.texts.paste import Taken


_PCI = re.compile(r"([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2})\.[0-7]", re.ASCII)
LINK_LOCAL = ("fe80:", "169.254.")


class Text(NamedTuple):
    """One text and where it is from."""

    source: str
    text: str


class Beside(NamedTuple):
    """What other texts of the same machine tell."""

    source: str = "ip"
    """Where the links are from."""
    host: str | None = None
    kernel: str | None = None
    taken: float | None = None
    links: Links = {}
    nics: Mapping[str, Nic] = {}
    configured: tuple[Configured, ...] | None = None


class _Found(NamedTuple):
    """A bond, and where it is from."""

    bond: Bond
    source: str
    partial: bool


def copy_of(texts: Sequence[Text], beside: Beside, made_up: Iterator[int]) -> Copy:
    """All bonds of these texts. ``made_up`` gives indexes for interfaces whose own are not told: -1, -2, ..."""
    joining = _Joining(beside, made_up)
    taken = [(text.source, take(text.source, text.text)) for text in texts]
    for source, each in taken:
        joining.add_links(source, each.links)
    for source, each in taken:
        joining.add_bonds(source, each)
    joining.add_untold()
    found = joining.found
    bonds = tuple(each.bond for each in found)
    kernel = beside.kernel or joining.kernel
    return Copy(
        host=beside.host,
        kernel=kernel,
        taken=beside.taken,
        bonds=bonds,
        around=_around(bonds, joining.links, beside, kernel),
        unread=tuple(joining.unread),
        sources={each.bond.ifindex: each.source for each in found},
        partial=frozenset(each.bond.ifindex for each in found if each.partial),
    )


class _Joining:
    """Goes through the texts of one machine."""

    def __init__(self, beside: Beside, made_up: Iterator[int]) -> None:
        self.links = dict(beside.links)
        self.kernel: str | None = None
        self.found: list[_Found] = []
        self.unread: list[Unread] = []
        self._nics = beside.nics
        self._made_up = made_up
        self._met: set[str] = set()
        """Interfaces that have got their facts: another bond of the same name is another one or from another time."""
        self._source_of_links = beside.source
        self._names = set[str]()

    def add_links(self, source: str, links: Links) -> None:
        """What ``ip`` tells in one text."""
        for name, link in links.items():
            self.links[name] = ip.joined(self.links[name], link) if name in self.links else link
            self._source_of_links = source

    def add_bonds(self, source: str, taken: Taken) -> None:
        """The bonds of one text."""
        names = self._named(source, taken.bonds)
        several, of_file = len(taken.bonds) > 1, in_file_name(source)
        for draft, name in zip(taken.bonds, names, strict=True):
            if draft.name is None and name != of_file:
                taken.doubts.note(draft.line, draft.text, f"the text does not name the bond; it is called {name} here")
            driver = draft.bond.get("driver")
            if isinstance(driver, Driver):
                self.kernel = self.kernel or driver.kernel
            self._bond(draft, name, note=taken.doubts.note, source=f"{source}:{draft.line}" if several else source)
        self.unread += taken.doubts.all()

    def add_untold(self) -> None:
        """Bonds that ``ip`` alone tells of."""
        slaves: dict[str, dict[str, dict[str, object]]] = {}
        for link in self.links.values():
            if link.master:
                slaves.setdefault(link.master, {})[link.name] = {}
        for name, link in self.links.items():
            if link.bond and name not in self._names:
                draft = Draft(name, 0, "")
                draft.slaves = slaves.get(name, {})
                self._bond(draft, name, note=_nobody, source=self._source_of_links)

    def _bond(self, draft: Draft, name: str, *, note: Note, source: str) -> None:
        new = {each for each in (name, *draft.slaves) if each not in self._met}
        partial = is_partial(draft) and not (name in new and name in self.links and self.links[name].bond)
        bond = bond_of(draft, name, lambda each: self._identity(each, new), note)
        self._met |= new
        self._names.add(name)
        self.found.append(_Found(_with_facts(bond, self.links, self._nics, new), source, partial))

    def _identity(self, name: str, new: set[str]) -> int:
        link = self.links.get(name) if name in new else None
        return link.ifindex if link and link.ifindex else next(self._made_up)

    def _named(self, source: str, drafts: Sequence[Draft]) -> list[str]:
        """The name of each bond: its own, or that of the file, or a made-up one."""
        told = {draft.name for draft in drafts} | self._names
        of_file = in_file_name(source)
        untold = sum(draft.name is None for draft in drafts)
        if of_file is not None and untold == 1 and of_file not in {draft.name for draft in drafts}:
            return [draft.name or of_file for draft in drafts]
        numbers = (f"bond{number}" for number in range(len(told) + untold + 1) if f"bond{number}" not in told)
        return [draft.name or next(numbers) for draft in drafts]


def _nobody(line: int, text: str, why: str) -> None:
    """What bonds without a text of their own leave open is not told."""


def _with_facts(bond: Bond, links: Links, nics: Mapping[str, Nic], new: set[str]) -> Bond:
    """The bond with what ``ip`` and ``ethtool`` tell of it, where its own text does not."""
    slaves = tuple(
        _with_slave_facts(slave, links.get(slave.name), nics.get(slave.name)) if slave.name in new else slave
        for slave in bond.slaves
    )
    link = links.get(bond.name) if bond.name in new else None
    if link is None:
        return bond._replace(slaves=slaves)
    indexes = {slave.name: slave.ifindex for slave in slaves}
    options = BondOptions(*_first_told(bond.options, ip_options.options(link.bond, indexes)))  # type: ignore[arg-type]
    told = {name for name in bond.hidden if getattr(options, name, None) is not None} | {
        name
        for name in ("actor_port_state", "partner_port_state")
        if all(getattr(slave.state, name) is not None for slave in slaves)
    }
    return bond._replace(
        link=_with_link_facts(bond.link, link)._replace(bond=options),
        options=options,
        addresses=link.addresses,
        slaves=slaves,
        hidden=tuple(name for name in bond.hidden if name not in told),
    )


def _with_slave_facts(slave: Slave, link: ip.IpLink | None, nic: Nic | None) -> Slave:
    if link is not None:
        state = SlaveState(*_first_told(slave.state, ip_options.slave_state(link.slave)))  # type: ignore[arg-type]
        slave = slave._replace(link=_with_link_facts(slave.link, link)._replace(slave=state), state=state)
    if nic is None:
        return slave
    hardware = ethtool.joined(ethtool.Nic(slave.hardware), nic).hardware
    state = slave.state._replace(perm_hwaddr=slave.state.perm_hwaddr or nic.perm_hwaddr)
    carrier = slave.link.carrier if slave.link.carrier is not None else nic.link_detected or None
    return slave._replace(link=slave.link._replace(slave=state, carrier=carrier), state=state, hardware=hardware)


def _with_link_facts(link: Link, told: ip.IpLink) -> Link:
    return link._replace(
        admin_up=told.admin_up,
        carrier=link.carrier if link.carrier is not None else told.carrier,
        operstate=told.operstate,
        mtu=told.mtu,
        hwaddr=told.hwaddr,
        carrier_changes=told.carrier_changes,
        counters=told.counters,
        kind=link.kind or told.kind,
    )


def _first_told(first: tuple[object, ...], second: tuple[object, ...]) -> list[object]:
    return [b if a is None else a for a, b in zip(first, second, strict=True)]


def _around(bonds: Sequence[Bond], links: Links, beside: Beside, kernel: str | None) -> Around:
    slaves = [slave for bond in bonds for slave in bond.slaves if slave.ifindex > 0]
    return Around(
        addresses={
            slave.ifindex: tuple(each for each in addresses if not each.startswith(LINK_LOCAL))
            for slave in slaves
            if slave.name in links and (addresses := links[slave.name].addresses) is not None
        },
        devices={
            slave.ifindex: Device(card=found[1])
            for slave in slaves
            if (found := _PCI.fullmatch(slave.hardware.bus_info or ""))
        },
        masters={
            bond.ifindex: kind for bond in bonds if bond.ifindex > 0 if (kind := _master(bond, links)) is not None
        },
        configured=beside.configured,
        kernel=kernel,
    )


def _master(bond: Bond, links: Links) -> str | None:
    """The kind of what the bond is enslaved to; ``""`` for nothing."""
    name = links[bond.name].master if bond.name in links else None
    if not name:
        return name
    return links[name].kind if name in links else None
