"""The history of one interface: rates per sample, new failures, how long it has been down."""

from __future__ import annotations

from _operator import gt

from bondtui.core import lacp
from bondtui.model.bond import Counters, Link, LinkErrors, SlaveState
from bondtui.model.reading import Stamp
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = 240
"""Samples kept for the graphs; more than any terminal is wide."""
DOWNS_KEPT = 1000
FLAP_WINDOW_S = 600.0
SET_DOWN_S = 3.0
"""A failure that is counted so soon after somebody has set the slave down is of that, though it may be up again."""
_NOHANDLER = LinkErrors._fields.index("rx_nohandler")


class Rates(NamedTuple):
    """Per second between the last two samples; a whole ``None`` when there is no true rate."""

    rx_bits: float
    tx_bits: float
    errors: float
    drops: float


class Track(NamedTuple):
    """What is remembered of one interface, whatever it is called and wherever it goes."""

    perm_hwaddr: str | None
    counters: Counters | None = None
    sampled_at: float | None = None
    interval: float = 0.0
    """The beat at that sample."""
    rates: Rates | None = None
    samples: tuple[Rates | None, ...] = ()
    """One per steady read, oldest first; ``None`` where no rate could be had."""
    new_failures: int = 0
    """Link failures counted by the driver since this program first saw the slave."""
    down_since: Stamp | None = None
    """When it stopped being usable; ``None`` when it is usable or already was not at the start."""
    downs: tuple[float, ...] = ()
    """Monotonic times of the latest losses."""
    first_at: float | None = None
    """Monotonic time when it was first seen."""
    mii_at: float | None = None
    """When its MII status was last seen to change; ``None`` if it has not since then."""
    lacp_at: float | None = None
    """When it was last seen that a port of an 802.3ad bond began to carry traffic, or ceased to, by the bits of both ends."""
    carrier_at: float | None = None
    """When its carrier was last seen to come or go."""
    set_down_at: float | None = None
    """When it was last seen set down by somebody."""
    failures: tuple[float, ...] = ()
    """Monotonic times of the latest link failures that the driver counted, one for each, but for those of being set down."""
    carrier_losses: tuple[float, ...] = ()
    """Monotonic times of the latest losses of carrier, those included that the kernel only counted."""
    silences: tuple[float, ...] = ()
    """Monotonic times when the LACP partner was given up while the link stayed."""
    errors: LinkErrors | None = None
    """The errors by kind at the latest steady sample."""
    errors_at: float | None = None
    """When one of them, ``rx_nohandler`` apart, was last seen to rise."""
    errors_before: LinkErrors | None = None
    """What they were before that."""

    def downs_within(self, mono: float, seconds: float = FLAP_WINDOW_S) -> int:
        """How often it was lost in the last so many seconds."""
        return sum(1 for each in self.downs if mono - each <= seconds)


def rates(old: Counters, new: Counters, seconds: float) -> Rates | None:
    """Rates from two counter readings; ``None`` when one went backwards, as after a driver reset."""
    if seconds <= 0 or any(map(gt, old, new)):
        return None
    return Rates(
        (new.rx_bytes - old.rx_bytes) * 8 / seconds,
        (new.tx_bytes - old.tx_bytes) * 8 / seconds,
        (new.rx_errors - old.rx_errors + new.tx_errors - old.tx_errors) / seconds,
        (new.rx_dropped - old.rx_dropped + new.tx_dropped - old.tx_dropped) / seconds,
    )


def sampled(track: Track, link: Link, mono: float, interval: float) -> Track:
    """The track after one more steady sample; beats that were missed leave gaps."""
    if link.errors is not None:
        track = _with_errors(track, link.errors, mono)
    if track.sampled_at is None or track.counters is None or link.counters is None:
        return track._replace(counters=link.counters, sampled_at=mono, rates=None)
    seconds = mono - track.sampled_at
    missed = min(SAMPLES, max(0, round(seconds / max(interval, track.interval)) - 1))
    rate = rates(track.counters, link.counters, seconds)
    samples = (*track.samples, *(None,) * missed, rate)[-SAMPLES:]
    return track._replace(counters=link.counters, sampled_at=mono, interval=interval, rates=rate, samples=samples)


def followed(track: Track, old: Link, new: Link, at: Stamp) -> Track:
    """The track after the interface changed from one description to the next."""
    if not new.admin_up:
        track = track._replace(set_down_at=at.mono)
    if old.slave and new.slave and old.slave != new.slave:
        track = _followed_slave(track, old, new, at.mono)
    if old.carrier is not new.carrier:
        track = track._replace(carrier_at=at.mono)
    if losses := _carrier_losses(old, new):
        track = track._replace(carrier_losses=_latest(track.carrier_losses, losses, at.mono))
    if old.usable and not new.usable:
        return track._replace(down_since=at, downs=(*track.downs, at.mono)[-DOWNS_KEPT:])
    if new.usable and not old.usable:
        return track._replace(down_since=None)
    return track


def _with_errors(track: Track, errors: LinkErrors, mono: float) -> Track:
    before = track.errors
    if before == errors:
        return track
    if before is None or not any((now or 0) > (was or 0) for now, was in _counted(errors, before)):
        return track._replace(errors=errors)
    return track._replace(errors=errors, errors_at=mono, errors_before=before)


def _counted(errors: LinkErrors, before: LinkErrors) -> Iterator[tuple[int | None, int | None]]:
    """What is an error and what it was before, kind by kind."""
    return zip(errors[:_NOHANDLER], before[:_NOHANDLER], strict=True)


def _followed_slave(track: Track, old: Link, new: Link, mono: float) -> Track:
    before, after = old.slave or SlaveState(), new.slave or SlaveState()
    if more := _more(before.link_failure_count, after.link_failure_count):
        track = track._replace(new_failures=track.new_failures + more)
        if new.admin_up and (track.set_down_at is None or mono - track.set_down_at > SET_DOWN_S):
            track = track._replace(failures=_latest(track.failures, more, mono))
    if before.mii_status != after.mii_status:
        track = track._replace(mii_at=mono)
    if _carries(before) is not _carries(after):
        if old.usable and new.usable and _fell_silent(track, before.actor_port_state, after.actor_port_state):
            track = track._replace(silences=_latest(track.silences, 1, mono))
        track = track._replace(lacp_at=mono)
    return track


def _fell_silent(track: Track, heard: int | None, now: int | None) -> bool:
    """Whether a partner that was heard is heard no more, by the states of our own port.

    A port that loses its link keeps its state until the link is back (kernels before 7.2): that one says nothing.
    """
    outlived = track.mii_at is not None and (track.lacp_at is None or track.lacp_at < track.mii_at)
    return heard is not None and not heard & lacp.SILENT and bool((now or 0) & lacp.SILENT) and not outlived


def _carrier_losses(old: Link, new: Link) -> int:
    """How often carrier was lost between the two, set down and up by somebody apart."""
    if not old.admin_up or not new.admin_up:
        return 0
    seen = bool(old.carrier and new.carrier is False)
    unseen = _more(old.carrier_changes, new.carrier_changes) - (old.carrier != new.carrier)
    return seen + max(0, unseen) // 2


def _carries(state: SlaveState) -> bool | None:
    return lacp.carries(state.actor_port_state, state.partner_port_state)


def _more(old: int | None, new: int | None) -> int:
    """By how much a count has risen."""
    return max(0, new - old) if old is not None and new is not None else 0


def _latest(times: tuple[float, ...], more: int, mono: float) -> tuple[float, ...]:
    return (*times, *(mono,) * min(more, DOWNS_KEPT))[-DOWNS_KEPT:]
