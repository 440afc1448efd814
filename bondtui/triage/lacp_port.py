"""One port of an 802.3ad bond as the rules see it. Its bits count only while its link is up."""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.model.bond import Slave
from bondtui.triage.case import Case
from bondtui.triage.saying import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Port:
    """One usable port, its bits and what they say."""

    def __init__(self, slave: Slave, case: Case) -> None:
        self.slave = slave
        self.case = case
        self.actor = slave.state.actor_port_state
        self.partner = slave.state.partner_port_state
        self.aggregator = slave.state.aggregator_id

    @property
    def silent(self) -> bool:
        """No partner is heard."""
        return self.actor is not None and bool(self.actor & lacp.SILENT)

    @property
    def heard(self) -> bool:
        """A partner is heard, for certain."""
        return self.actor is not None and not self.actor & lacp.SILENT

    @property
    def lasting(self) -> bool:
        """This is no passing state of a port that has just come up."""
        return self.case.lacp_settled(self.slave)

    @property
    def evidence(self) -> tuple[str, ...]:
        """What both ends say."""
        name, details = self.slave.name, self.slave.lacp
        said = told(f"{name} aggregator", self.aggregator)
        for side, state in (("actor", self.actor), ("partner", self.partner)):
            said += told(f"{name} {side} port state", state if state is None else f"{state} {lacp.letters(state)}")
        if details.partner_system_mac is not None:
            said += (f"{name} partner system {details.partner_system_mac}",)
            said += told(f"{name} partner key", details.partner_key)
        return said


def ports(case: Case) -> list[Port]:
    """The ports whose bits mean something: of slaves that are up."""
    alive = case.is_lacp and case.bond.link.admin_up is not False
    return [Port(slave, case) for slave in case.usable] if alive else []


def partners(case: Case) -> list[Port]:
    """Ports that hear a partner and have done so for long enough."""
    return [port for port in ports(case) if port.heard and port.lasting]


def each(case: Case, speaks: Callable[[Port], bool]) -> Iterator[Port]:
    return (port for port in ports(case) if port.actor is not None and speaks(port))


def switch_port(port: Port) -> str:
    return f"on the switch, is the port of {port.slave.name} in the port-channel, with LACP active and forwarding?"
