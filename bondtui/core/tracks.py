"""The history of one interface: rates per sample, new failures, how long it has been down."""

from __future__ import annotations

from operator import gt

from bondtui.model.bond import Counters, Link
from bondtui.model.reading import Stamp
from bondtui.model.record import NamedTuple

SAMPLES = 240
"""Samples kept for the graphs; more than any terminal is wide."""
DOWNS_KEPT = 1000
FLAP_WINDOW_S = 600.0


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
    if track.sampled_at is None or track.counters is None or link.counters is None:
        return track._replace(counters=link.counters, sampled_at=mono, rates=None)
    seconds = mono - track.sampled_at
    missed = min(SAMPLES, max(0, round(seconds / max(interval, track.interval)) - 1))
    rate = rates(track.counters, link.counters, seconds)
    samples = (*track.samples, *(None,) * missed, rate)[-SAMPLES:]
    return track._replace(counters=link.counters, sampled_at=mono, interval=interval, rates=rate, samples=samples)


def followed(track: Track, old: Link, new: Link, at: Stamp) -> Track:
    """The track after the interface changed from one description to the next."""
    if old.slave and new.slave:
        before, after = old.slave.link_failure_count, new.slave.link_failure_count
        if before is not None and after is not None and after > before:
            track = track._replace(new_failures=track.new_failures + after - before)
    if old.usable and not new.usable:
        return track._replace(down_since=at, downs=(*track.downs, at.mono)[-DOWNS_KEPT:])
    if new.usable and not old.usable:
        return track._replace(down_since=None)
    return track
