"""A group of 802.3ad ports with the same partner. Each port brings one along; most of them stay empty."""

from __future__ import annotations

from bondtui.core.lacp import NO_PARTNER
from bondtui.simulated.switch import NOBODY

TYPE_CHECKING = False
if TYPE_CHECKING:  # each of the two knows the other
    from bondtui.simulated.lacp_port import Port


class Aggregator:
    """One aggregator; at most one of a bond is active and carries traffic."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.ports: list[Port] = []
        """The port that joined last comes first."""
        self.active = False
        self.key = 0
        self.partner = NOBODY

    @property
    def has_partner(self) -> bool:
        """Whether somebody answers at the other end."""
        return self.partner.system != NO_PARTNER

    @property
    def ports_up(self) -> int:
        """How many of its ports have link."""
        return sum(port.enabled for port in self.ports)

    def suits(self, port: Port) -> bool:
        """Whether the port has the key and the partner of those that are here."""
        return self.has_partner and self.key == port.key and self.partner[:2] == port.partner[:2]

    def join(self, port: Port) -> None:
        """Take the port in; the first one decides what the aggregator is."""
        if not self.ports:
            self.key, self.partner = port.key, port.partner
        self.ports.insert(0, port)
        port.aggregator, port.selected = self, True

    def leave(self, port: Port) -> None:
        """Let the port go; with the last one the aggregator is nothing again."""
        self.ports.remove(port)
        port.aggregator = None
        if not self.ports:
            self.active, self.key, self.partner = False, 0, NOBODY


def better(best: Aggregator | None, other: Aggregator, policy: str, speeds: dict[int, int]) -> Aggregator:
    """Which of two should carry the traffic (ad_agg_selection_test); the first one on a tie."""
    if best is None:
        return other
    if best.has_partner != other.has_partner:
        return best if best.has_partner else other
    if policy == "count" and best.ports_up != other.ports_up:
        return max(best, other, key=lambda each: each.ports_up)
    return max(best, other, key=lambda each: sum(speeds[port.number] for port in each.ports if port.enabled))
