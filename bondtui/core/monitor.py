"""The whole memory of a running bondtui, and the functions that advance it.

``took`` folds in a reading of everything, ``heard`` one batch of messages, ``failed`` a read that
did not work. Each returns a new Monitor and leaves the old one alone, so that a screen can go on
showing the old one (freeze) and no lock is needed between the reader and the screen.
"""

from __future__ import annotations

from bondtui.core import changes, label, tracks
from bondtui.core.chain import Chains, Happening, join, window
from bondtui.core.changes import Change
from bondtui.core.link_memory import unchanged_but_for_counters
from bondtui.core.options import merged
from bondtui.core.tracks import Track
from bondtui.model.bond import MODES_WITH_ACTIVE_SLAVE, Bond, Hardware, LacpDetails, Link, Slave
from bondtui.model.event import Event
from bondtui.model.reading import Heard, Overflow, Reading, Stamp
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EVENTS_KEPT = 2000
TRACKS_KEPT = 2048


class Note(NamedTuple):
    """A line for the event log that does not come from the source, such as what an action has brought about."""

    at: Stamp
    kind: str
    subject: str
    words: str
    bond: int | None = None
    ifindex: int | None = None
    severity: str = ""


class Monitor(NamedTuple):
    """Everything known, seen and remembered."""

    interval: float = 1.0
    simulated: bool = False
    lab: str = ""
    """Which lab the bonds are in, as in ``bondtui.model.lab``: ``netns``, ``uml``, or ``""`` for none."""
    started: Stamp | None = None
    at: Stamp | None = None
    """When the last reading was taken; ``None`` before the first."""
    reading: Reading | None = None
    links: Mapping[int, Link] = {}
    bonds: tuple[Bond, ...] = ()
    events: tuple[Event, ...] = ()
    """The latest events, oldest first; never more than EVENTS_KEPT."""
    event_count: int = 0
    """All events since the start."""
    tracks: Mapping[int, Track] = {}
    chains: Chains = Chains()
    error: str | None = None
    """Why the last reading failed."""

    @property
    def label(self) -> str:
        """What every screen says of where the bonds are; ``""`` for those of the machine."""
        return label.word(simulated=self.simulated, lab=self.lab)

    def bond_at(self, ifindex: int | None) -> Bond | None:
        """The bond with this interface index."""
        return next((bond for bond in self.bonds if bond.ifindex == ifindex), None)


def took(monitor: Monitor, reading: Reading, *, steady: bool = True) -> Monitor:
    """Fold in a reading. A steady one is also a sample of the counters for the graphs."""
    first = monitor.at is None
    fold = _Fold(monitor, reading.at, polled=True, silent=first)
    here = {link.ifindex for link in reading.links}
    for gone in [ifindex for ifindex in monitor.links if ifindex not in here]:
        fold.remove(gone, None, deleted=False)
    fold.learn_names(reading.links)
    for link in sorted(reading.links, key=lambda link: (link.slave is None, link.ifindex)):
        fold.update(link)
    if monitor.reading is not None:
        fold.addresses(monitor.reading.addresses, reading.addresses)
        fold.hardware(monitor.reading.hardware, reading.hardware)
    if steady:
        fold.sample(monitor.interval)
    fold.prune(here)
    return fold.done(reading)._replace(at=reading.at, started=monitor.started or reading.at, error=None)


def heard(monitor: Monitor, batch: Iterable[Heard | Overflow]) -> Monitor:
    """Fold in what the kernel reported, one message after the other. Before the first reading: nothing."""
    if monitor.reading is None:
        return monitor
    fold = _Fold(monitor, monitor.reading.at, polled=False, silent=False)
    for each in batch:
        fold.at = each.at
        if isinstance(each, Overflow):
            fold.overflow()
        elif each.link is not None and (each.link.bond or each.link.slave):
            fold.update(each.link, each.event)
        else:
            fold.remove(each.ifindex, each.link, deleted=each.link is None)
    return fold.done(monitor.reading)


def noted(monitor: Monitor, note: Note) -> Monitor:
    """Write a line into the event log."""
    number = monitor.event_count + 1
    event = Event(number, note.at, note.kind, note.subject, note.words, note.bond, note.ifindex, severity=note.severity)
    return monitor._replace(events=(*monitor.events, event)[-EVENTS_KEPT:], event_count=number)


def failed(monitor: Monitor, reason: str) -> Monitor:
    """Keep what is known, and why it could not be read again."""
    return monitor._replace(error=reason)


def bonds_of(links: Mapping[int, Link], reading: Reading | None) -> tuple[Bond, ...]:
    """Put bonds together from their links and the facts around them."""
    slaves: dict[int, list[Slave]] = {}
    hardware: Mapping[int, Hardware] = reading.hardware if reading else {}
    lacp: Mapping[int, LacpDetails] = reading.lacp if reading else {}
    for ifindex in sorted(links):
        link = links[ifindex]
        if link.slave is not None and link.master is not None:
            slave = Slave(
                link,
                link.slave,
                hardware.get(ifindex, Hardware()),
                lacp.get(ifindex, LacpDetails()),
                reading.lacpdus.get(ifindex) if reading else None,
            )
            slaves.setdefault(link.master, []).append(slave)
    return tuple(
        Bond(
            link=link,
            options=link.bond,
            addresses=reading.addresses.get(ifindex, ()) if reading else (),
            slaves=tuple(slaves.get(ifindex, ())),
            hidden=reading.hidden.get(ifindex, ()) if reading else (),
        )
        for ifindex, link in sorted(links.items())
        if link.bond is not None
    )


def _older(message: Link, known: Link) -> bool:
    """Whether a message was sent before what is already known: a re-read has overtaken it in the queue."""
    if message.slave and known.slave and message.slave.perm_hwaddr != known.slave.perm_hwaddr:
        return False  # another interface has the index now
    before, after = message.carrier_changes, known.carrier_changes
    return before is not None and after is not None and before < after


class _Fold:
    """One batch being folded: the parts of a Monitor while they are still being changed."""

    def __init__(self, monitor: Monitor, at: Stamp, *, polled: bool, silent: bool) -> None:
        self.at = at
        self._monitor = monitor
        self._polled = polled
        self._silent = silent
        self._links = dict(monitor.links)
        self._names = {ifindex: link.name for ifindex, link in monitor.links.items()}
        self._tracks = dict(monitor.tracks)
        self._chains = monitor.chains
        self._count = monitor.event_count
        self._events: list[Event] = []

    def learn_names(self, links: Iterable[Link]) -> None:
        """Know what the interfaces are called before telling what happened between them."""
        self._names.update((link.ifindex, link.name) for link in links)

    def update(self, new: Link, event: int | None = None) -> None:
        """The interface is as described now."""
        old = self._links.get(new.ifindex)
        if old is not None and not self._polled and _older(new, old):
            for change in changes.notice(event):
                self._tell(old, change)
            return
        if old is not None and event is None and unchanged_but_for_counters(old, new):
            self._links[new.ifindex] = new
            return
        if old is not None and new.bond is not None:
            new = new._replace(bond=merged(old.bond, new.bond))
        self._links[new.ifindex] = new
        self._names[new.ifindex] = new.name
        self._follow(old, new)
        if old is None:
            self._tell(new, changes.appeared(new, self._names))
        else:
            for change in changes.link_changes(old, new, self._names):
                self._tell(new, change)
        for change in changes.notice(event):
            self._tell(new, change)

    def remove(self, ifindex: int, left: Link | None, *, deleted: bool) -> None:
        """The interface is no bond and no slave any more."""
        old = self._links.get(ifindex)
        if old is None:
            return
        self._tell(
            left or old, changes.disappeared(old, left, self._names, deleted=deleted), old.master if old.slave else None
        )
        del self._links[ifindex]

    def overflow(self) -> None:
        """Messages were lost between the kernel and us."""
        words = "the kernel dropped events (queue full); everything is read again"
        self._append(Change("events-lost", words, changes.WARN), "", None, None)

    def addresses(self, old: Mapping[int, tuple[str, ...]], new: Mapping[int, tuple[str, ...]]) -> None:
        """Tell of addresses that came and went."""
        for ifindex in old.keys() & new.keys():
            gone, came = set(old[ifindex]) - set(new[ifindex]), set(new[ifindex]) - set(old[ifindex])
            told = [f"address {each} removed" for each in sorted(gone)]
            told += [f"address {each} added" for each in sorted(came)]
            for words in told if ifindex in self._links else ():
                self._tell(self._links[ifindex], Change("address-changed", words))

    def hardware(self, old: Mapping[int, Hardware], new: Mapping[int, Hardware]) -> None:
        """Tell of a link that came back at another speed."""
        for ifindex in old.keys() & new.keys() & self._links.keys():
            before, after = old[ifindex].speed_mbps, new[ifindex].speed_mbps
            if before != after and None not in (before, after):
                change = Change("speed-changed", f"speed {before} -> {after} Mb/s", changes.WARN)
                self._tell(self._links[ifindex], change)

    def sample(self, interval: float) -> None:
        """Take the counters of every interface as one more sample."""
        for ifindex, link in self._links.items():
            self._tracks[ifindex] = tracks.sampled(self._tracks[ifindex], link, self.at.mono, interval)

    def prune(self, here: set[int]) -> None:
        """Forget interfaces that are long gone, so that memory stays bounded."""
        surplus = max(0, len(self._tracks) - TRACKS_KEPT)
        for ifindex in [key for key in self._tracks if key not in here][:surplus]:
            del self._tracks[ifindex]
        self._chains = Chains(*({key: root for key, root in chains.items() if key in here} for chains in self._chains))

    def done(self, reading: Reading) -> Monitor:
        """The Monitor that comes of it."""
        events = self._monitor.events
        return self._monitor._replace(
            reading=reading,
            links=self._links,
            bonds=bonds_of(self._links, reading),
            events=(*events, *self._events)[-EVENTS_KEPT:] if self._events else events,
            event_count=self._count,
            tracks=self._tracks,
            chains=self._chains,
        )

    def _follow(self, old: Link | None, new: Link) -> None:
        track = self._tracks.get(new.ifindex)
        mac = new.slave.perm_hwaddr if new.slave else None
        if track is None or (mac and track.perm_hwaddr and track.perm_hwaddr != mac):
            track = Track(perm_hwaddr=mac, first_at=self.at.mono)
        elif mac and not track.perm_hwaddr:
            track = track._replace(perm_hwaddr=mac)
        self._tracks[new.ifindex] = track if old is None else tracks.followed(track, old, new, self.at)

    def _tell(self, link: Link, change: Change, bond: int | None = None) -> None:
        if self._silent:
            return
        if link.slave is not None or bond:
            bond = bond or link.master
            if change.kind == "role-changed" and self._has_active_slave(bond):
                return  # said better by the change of the active slave
        else:
            bond = link.ifindex
            if change.kind in ("carrier-lost", "carrier-back"):
                change = change._replace(kind=f"bond-{change.kind}")
        self._append(change, link.name, bond, link.ifindex)

    def _has_active_slave(self, bond: int | None) -> bool:
        link = self._links.get(bond or 0)
        return link is not None and link.bond is not None and link.bond.mode in MODES_WITH_ACTIVE_SLAVE

    def _append(self, change: Change, subject: str, bond: int | None, ifindex: int | None) -> None:
        self._count += 1
        root = None
        if bond is not None and ifindex is not None:
            now = Happening(self._count, self.at.mono, change.kind, ifindex, bond, change.others, not self._polled)
            link = self._links.get(bond)
            self._chains, root = join(self._chains, now, window(link.bond if link else None))
        self._events.append(
            Event(
                number=self._count,
                at=self.at,
                kind=change.kind,
                subject=subject,
                words=change.words,
                bond=bond,
                ifindex=ifindex,
                polled=self._polled,
                cause=root.number if root else None,
                delta_ms=(self.at.mono - root.mono) * 1000 if root and root.exact and not self._polled else None,
                severity=change.severity,
                others=change.others,
            )
        )
