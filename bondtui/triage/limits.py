"""The numbers at which a rule speaks; ``bondtui check`` reads them from a file, the screen takes these."""

from __future__ import annotations

from bondtui.model.record import NamedTuple


class Limits(NamedTuple):
    """Thresholds by name, times in the unit that the name ends with."""

    flap_failures: int = 3
    """So many link failures of a slave within the window are flapping."""
    flap_carrier_losses: int = 3
    """The same for carrier, which the kernel counts also where the driver's monitor is too slow to see it."""
    flap_lacp_silences: int = 2
    """So often must an LACP partner be lost within the window, with the link up all the time."""
    flap_window_s: float = 600.0
    miimon_slow_ms: int = 500
    miimon_unit_ms: int = 10_000
    """From here on a miimon is taken for a mistake of the unit."""
    downdelay_long_ms: int = 1000
    arp_interval_short_ms: int = 100
    lacp_settle_s: float = 10.0
    """A port that has no LACP partner, or is not in sync, for so long has not merely just come up."""
    share_percent: float = 90.0
    """One slave that carries more than this of the bond's traffic carries nearly all of it."""
    share_at_least_mbps: float = 50.0
    """Below this the shares of the slaves mean nothing."""
    errors_per_million: float = 10.0
    """Errors among a million packets since the interface was made, where no rise was watched."""
