"""How the traffic of a bond is spread over its slaves, by mode. Hashing is never even."""

from __future__ import annotations

from bondtui.model.bond import ACTIVE_BACKUP, BALANCE_ALB, BALANCE_RR, BALANCE_TLB, BROADCAST, LACP
from bondtui.simulated.slave import Slave
from bondtui.simulated.traffic import Flow

CHATTER = 14.0
"""Broadcast packets per second on every link."""

_SENT = (1.0, 0.71, 0.54, 0.83, 0.62, 0.93, 0.47, 0.77)
_RECEIVED = (0.82, 1.0, 0.66, 0.73, 0.91, 0.58, 0.87, 0.51)
"""How much each slave gets of what is hashed, relative to the others."""


def flows(mode: int, slaves: list[Slave], active: Slave | None, rx_bytes: float, tx_bytes: float) -> list[Flow]:
    """What each slave carries now, if the whole bond has so much traffic per second."""
    sends = [slave.usable and (mode != LACP or not slave.backup) for slave in slaves]
    if mode == ACTIVE_BACKUP:
        sends = [slave is active for slave in slaves]
    receives = [slave is active for slave in slaves] if mode == BALANCE_TLB else sends
    forwarded = [each and slave.forwarding for each, slave in zip(receives, slaves, strict=True)]
    sent = _shares(mode, sends, _SENT)
    received = _shares(BALANCE_ALB if mode == BROADCAST else mode, forwarded, _RECEIVED)
    return [
        Flow(
            rx_bytes=rx_bytes * received[index],
            tx_bytes=tx_bytes * sent[index],
            chatter=CHATTER * slave.forwarding,
            unwanted=0.0 if receives[index] else CHATTER * slave.forwarding,
            rx_errors=slave.nic.rx_errors,
        )
        for index, slave in enumerate(slaves)
    ]


def _shares(mode: int, carrying: list[bool], weights: tuple[float, ...]) -> list[float]:
    """The part of the whole for each slave; in broadcast mode everybody sends everything."""
    if mode == BROADCAST:
        return [1.0 if carries else 0.0 for carries in carrying]
    even = mode == BALANCE_RR
    parts = [(1.0 if even else weights[n % len(weights)]) * carries for n, carries in enumerate(carrying)]
    whole = sum(parts)
    return [part / whole if whole else 0.0 for part in parts]
