"""One slave: the interface with its cable, and what the bonding driver keeps for it."""

from __future__ import annotations

from bondtui.model.bond import MII_UP, Counters, Hardware, LacpDetails, Lacpdus, Link, LinkErrors, SlaveState
from bondtui.model.record import NamedTuple
from bondtui.simulated.lacp_port import PORT_PRIORITY, Port
from bondtui.simulated.switch import SwitchPort
from bondtui.simulated.traffic import Flow, Meter

BEFORE_ENSLAVED = Counters(48_210, 311, 0, 0, 9_184, 92, 0, 0)
"""What an interface counted at boot, before it was in the bond; the bond's own counters lack it."""


class Nic(NamedTuple):
    """An interface as a scenario describes it."""

    ifindex: int
    name: str
    hwaddr: str
    driver: str | None = None
    bus_info: str | None = None
    speed_mbps: int = 10_000
    training: float = 0.0
    """Seconds from the moment both ends are on until there is carrier."""
    partner: tuple[str, int, int] = ("02:00:5e:10:00:01", 1, 1)
    """System address, key and port number of the 802.3ad switch port at the other end."""
    speaks: bool = True
    """Whether the other end sends LACPDUs at all."""
    listening: float = 0.0
    """Seconds from carrier until the switch port forwards: a port without portfast waits for the spanning tree."""
    rx_errors: float = 0.0
    """Per second, while there is carrier."""
    failures: int = 0
    """Link failures of the past."""
    prio: int = 0


class Slave:
    """The state of one slave. Only its bond and the driver change it."""

    def __init__(self, nic: Nic, master: int, start: float, wave: int) -> None:
        self.nic = nic
        self.master = master
        self.hwaddr = nic.hwaddr
        self.mtu = 1500
        self.admin_up = True
        self.cable = True
        self.carrier = True
        self.lights_at = 0.0
        """When the two ends will have found each other; never while one of them is off."""
        self.forwarding = True
        self.forwards_at = 0.0
        """When the switch port will forward."""
        self.lost_at: list[float] = []
        """When its cable failed while there was carrier."""
        self.carrier_changes = 2 + 2 * nic.failures
        self.mii = MII_UP
        self.proposed: str | None = None
        self.delay = 0
        self.failures = nic.failures
        self.backup = False
        self.owes_message = False
        """The role has changed, and the driver will send the message at the end of its tick."""
        self.partner_speaks = nic.speaks
        self.switch = SwitchPort(nic.partner)
        self.port: Port | None = None
        self.meter = Meter(wave, start, BEFORE_ENSLAVED)

    @property
    def link_ok(self) -> bool:
        """What the MII monitor finds when it looks."""
        return self.admin_up and self.carrier

    @property
    def usable(self) -> bool:
        """Whether the driver may send through it."""
        return self.link_ok and self.mii == MII_UP

    @property
    def passes(self) -> bool:
        """Whether frames get through between this machine and the network: silence of a partner is a dead path."""
        return self.link_ok and self.forwarding and (self.partner_speaks or not self.nic.speaks)

    def link(self, now: float) -> Link:
        """The interface as a message would describe it now."""
        return Link(
            ifindex=self.nic.ifindex,
            name=self.nic.name,
            admin_up=self.admin_up,
            carrier=self.carrier,
            operstate="up" if self.link_ok else "down",
            mtu=self.mtu,
            hwaddr=self.hwaddr,
            master=self.master,
            carrier_changes=self.carrier_changes,
            counters=self.counters(now),
            errors=self.errors(now),
            slave=self._state(),
        )

    def counters(self, now: float) -> Counters:
        """Bytes and packets since the interface was made."""
        return self.meter.read(now)

    def errors(self, now: float) -> LinkErrors:
        """Errors by kind since the interface was made."""
        return self.meter.errors(now)

    def lacpdus(self, now: float) -> Lacpdus | None:
        """What the driver counts for an 802.3ad port."""
        return self.port.lacpdus(now) if self.port else None

    def hardware(self) -> Hardware:
        """What lies under the interface; a link that is down has no speed."""
        speed, duplex = (self.nic.speed_mbps, "full") if self.link_ok else (None, None)
        return Hardware(speed, duplex, self.nic.driver, self.nic.bus_info)

    def lacp(self, system_priority: int) -> LacpDetails:
        """What /proc/net/bonding would tell about the port; the system's address is the bond's, which the slave bears."""
        return self.port.details(self.hwaddr, system_priority) if self.port else LacpDetails()

    def carry(self, now: float, flow: Flow) -> None:
        """Let this much flow from now on; nothing flows without carrier."""
        self.meter.turn(now, flow if self.link_ok else Flow())

    def set_carrier(self, *, carrier: bool) -> None:
        """Light on the cable, or darkness."""
        if self.carrier != carrier:
            self.carrier = carrier
            self.carrier_changes += 1

    def _state(self) -> SlaveState:
        state = SlaveState(
            state="backup" if self.backup else "active",
            mii_status=self.mii,
            link_failure_count=self.failures,
            perm_hwaddr=self.nic.hwaddr,
            queue_id=0,
            prio=self.nic.prio,
        )
        port = self.port
        if port is None:
            return state
        return state._replace(
            aggregator_id=port.aggregator.number if port.aggregator else 0,
            actor_port_state=port.actor,
            partner_port_state=port.partner.state,
            actor_churn=port.actor_churn,
            partner_churn=port.partner_churn,
            actor_port_prio=PORT_PRIORITY,
        )
