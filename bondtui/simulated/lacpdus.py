"""How many LACPDUs one port has received and sent: a function of time between two changes of their rates."""

from __future__ import annotations

from math import floor, inf

from bondtui.model.bond import Lacpdus

RX_PHASE_S, TX_PHASE_S = 0.41, 0.83
"""Where in their period the two ends send."""


class Tally:
    """The counters of one port."""

    def __init__(self, start: float) -> None:
        self._rx_before = self._tx_before = 0
        self._rx_s = self._tx_s = inf
        self._since = start

    def turn(self, now: float, rx_s: float, tx_s: float) -> None:
        """From now on one comes every so many seconds and one leaves; ``inf`` for never."""
        if (rx_s, tx_s) != (self._rx_s, self._tx_s):
            self._rx_before, self._tx_before, *_ = self.read(now)
            self._rx_s, self._tx_s, self._since = rx_s, tx_s, now

    def news(self, *, answered: bool) -> None:
        """One is sent out of turn, and so is the answer if there is any."""
        self._tx_before += 1
        self._rx_before += answered

    def age(self, seconds: float) -> None:
        """Count what has come and gone at the present rates in all the time before the start."""
        self._rx_before += int(seconds / self._rx_s)
        self._tx_before += int(seconds / self._tx_s)

    def read(self, now: float) -> Lacpdus:
        """The counters now. No simulated partner sends what a port does not understand."""
        return Lacpdus(
            self._rx_before + _beats(self._rx_s, RX_PHASE_S, self._since, now),
            self._tx_before + _beats(self._tx_s, TX_PHASE_S, self._since, now),
            unknown_rx=0,
            illegal_rx=0,
        )


def _beats(period: float, phase: float, since: float, to: float) -> int:
    """How many beats of a steady clock lie between two times."""
    if period == inf:
        return 0
    return floor((to - phase * period) / period) - floor((since - phase * period) / period)
