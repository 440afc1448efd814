"""A bond as a scenario describes it, before it is brought to life."""

from __future__ import annotations

from bondtui.model.bond import BondOptions
from bondtui.model.record import NamedTuple
from bondtui.simulated.slave import Nic


class BondSpec(NamedTuple):
    """One bond; its first slave lends its address."""

    ifindex: int
    name: str
    options: BondOptions
    nics: tuple[Nic, ...]
    addresses: tuple[str, ...] = ()
    gateway: str | None = None
    """Where the default route leads that leaves through the bond; ``None`` if there is none."""
    mtu: int = 1500
    rx_bytes: float = 180e6
    tx_bytes: float = 52e6
    """Traffic per second, on average."""
