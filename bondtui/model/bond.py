"""What the kernel says about bonds and slaves, as immutable values.

Every value is in the kernel's own words and units. ``None`` means that the kernel does not tell.
The classes are named tuples and not data classes because the first words on the screen are
printed before anything else is imported, and ``dataclasses`` alone costs more than all of that.
"""

from __future__ import annotations

from bondtui.model.record import NamedTuple

MODES = (
    "balance-rr",
    "active-backup",
    "balance-xor",
    "broadcast",
    "802.3ad",
    "balance-tlb",
    "balance-alb",
)
"""Mode names by number (include/uapi/linux/if_bonding.h)."""

BALANCE_RR, ACTIVE_BACKUP, BALANCE_XOR, BROADCAST, LACP, BALANCE_TLB, BALANCE_ALB = range(7)

MODES_WITH_ACTIVE_SLAVE = frozenset({ACTIVE_BACKUP, BALANCE_TLB, BALANCE_ALB})
"""Modes in which the driver has one current active slave (drivers/net/bonding/bond_main.c)."""

MODES_WITHOUT_ROLES = frozenset({BALANCE_RR, BALANCE_XOR, BROADCAST})
"""In these modes the driver calls every slave active, so the word says nothing."""

MII_UP, MII_GOING_DOWN, MII_DOWN, MII_GOING_BACK = "up", "going down", "down", "going back"


class Counters(NamedTuple):
    """Bytes and packets since the interface was made (struct rtnl_link_stats64)."""

    rx_bytes: int
    rx_packets: int
    rx_errors: int
    rx_dropped: int
    tx_bytes: int
    tx_packets: int
    tx_errors: int
    tx_dropped: int


class AdInfo(NamedTuple):
    """The active aggregator of an 802.3ad bond (IFLA_BOND_AD_INFO)."""

    aggregator_id: int | None = None
    num_ports: int | None = None
    actor_key: int | None = None
    partner_key: int | None = None
    partner_mac: str | None = None


class BondOptions(NamedTuple):
    """A bond's options as the kernel tells them over netlink (IFLA_BOND_*), milliseconds as is.

    Options that have no effect in the bond's mode are still here: ``bondtui.core.options``
    says which ones apply. ``active_slave`` and ``primary`` are interface indexes.
    """

    mode: int | None = None
    active_slave: int | None = None
    miimon: int | None = None
    updelay: int | None = None
    downdelay: int | None = None
    use_carrier: int | None = None
    arp_interval: int | None = None
    arp_ip_targets: tuple[str, ...] | None = ()
    """``None`` where a text was read that does not tell; the same with the IPv6 ones."""
    arp_validate: str | None = None
    arp_all_targets: str | None = None
    primary: int | None = None
    primary_reselect: str | None = None
    fail_over_mac: str | None = None
    xmit_hash_policy: str | None = None
    resend_igmp: int | None = None
    num_peer_notif: int | None = None
    all_slaves_active: int | None = None
    min_links: int | None = None
    lp_interval: int | None = None
    packets_per_slave: int | None = None
    lacp_rate: str | None = None
    ad_select: str | None = None
    ad_info: AdInfo | None = None
    ad_actor_sys_prio: int | None = None
    ad_user_port_key: int | None = None
    ad_actor_system: str | None = None
    tlb_dynamic_lb: int | None = None
    peer_notif_delay: int | None = None
    lacp_active: str | None = None
    arp_missed_max: int | None = None
    ns_ip6_targets: tuple[str, ...] | None = ()
    coupled_control: int | None = None
    broadcast_neighbor: int | None = None
    lacp_strict: int | None = None

    @property
    def arp_targets(self) -> tuple[str, ...]:
        """All known targets of the ARP monitor, IPv4 first."""
        return (*(self.arp_ip_targets or ()), *(self.ns_ip6_targets or ()))

    @property
    def mode_name(self) -> str:
        """The mode in the kernel's word; a mode of the future by its number."""
        if self.mode is None:
            return "unknown"
        return MODES[self.mode] if self.mode < len(MODES) else f"mode {self.mode}"


class SlaveState(NamedTuple):
    """What the bonding driver keeps for one slave (IFLA_BOND_SLAVE_*)."""

    state: str | None = None
    mii_status: str | None = None
    link_failure_count: int | None = None
    perm_hwaddr: str | None = None
    queue_id: int | None = None
    aggregator_id: int | None = None
    actor_port_state: int | None = None
    partner_port_state: int | None = None
    prio: int | None = None
    actor_churn: str | None = None
    partner_churn: str | None = None
    actor_port_prio: int | None = None


class LinkErrors(NamedTuple):
    """Errors by their kind since the interface was made (the rest of struct rtnl_link_stats64)."""

    rx_length: int
    rx_over: int
    rx_crc: int
    rx_frame: int
    rx_fifo: int
    rx_missed: int
    tx_aborted: int
    tx_carrier: int
    tx_fifo: int
    tx_heartbeat: int
    tx_window: int
    collisions: int
    rx_nohandler: int | None = None
    """Frames that nobody wanted, as those on a backup slave (since 4.6)."""


class Link(NamedTuple):
    """One interface as an RTM_NEWLINK message describes it, or as far as a text tells.

    The index is the identity. Where only a text was read that does not tell it, it is a negative number made up
    for this; it is never shown.
    The name is the kernel's bytes, decoded with ``surrogateescape``: it may hold anything but
    ``/``, ``:`` and white space, so it must go through ``bondtui.core.words.printable`` before it is drawn.
    """

    ifindex: int
    name: str
    admin_up: bool | None
    """``None`` where only a text was read that does not tell."""
    carrier: bool | None = None
    operstate: str | None = None
    mtu: int | None = None
    hwaddr: str | None = None
    master: int | None = None
    kind: str | None = None
    carrier_changes: int | None = None
    counters: Counters | None = None
    errors: LinkErrors | None = None
    bond: BondOptions | None = None
    slave: SlaveState | None = None

    @property
    def usable(self) -> bool:
        """Whether the driver may send through this slave: not set down, no carrier loss known, MII up."""
        return (
            self.admin_up is not False
            and self.carrier is not False
            and self.slave is not None
            and self.slave.mii_status == MII_UP
        )


class Hardware(NamedTuple):
    """What sysfs tells about the device under a slave; all ``None`` for a virtual one."""

    speed_mbps: int | None = None
    duplex: str | None = None
    driver: str | None = None
    bus_info: str | None = None
    speed_unknown: bool = False
    """The bonding driver itself says that it does not know the speed, as /proc/net/bonding tells; then ``speed_mbps`` is ``None``."""


class LacpDetails(NamedTuple):
    """Per-slave 802.3ad facts that only /proc/net/bonding tells (drivers/net/bonding/bond_procfs.c).

    The partner fields need CAP_NET_ADMIN in the first user namespace; churn does not.
    """

    partner_system_mac: str | None = None
    partner_key: int | None = None
    partner_port: int | None = None
    actor_churn: str | None = None
    partner_churn: str | None = None
    actor_churned_count: int | None = None
    partner_churned_count: int | None = None
    actor_system_mac: str | None = None
    actor_system_priority: int | None = None
    actor_key: int | None = None
    actor_port: int | None = None
    actor_port_priority: int | None = None
    partner_system_priority: int | None = None
    partner_port_priority: int | None = None


class Lacpdus(NamedTuple):
    """LACPDUs and marker frames of one port since it was enslaved (BOND_XSTATS_3AD, since 5.1)."""

    rx: int
    tx: int
    unknown_rx: int
    illegal_rx: int


class Slave(NamedTuple):
    """One slave: its interface, what the driver keeps for it, and what lies around it."""

    link: Link
    state: SlaveState
    hardware: Hardware = Hardware()
    lacp: LacpDetails = LacpDetails()
    lacpdus: Lacpdus | None = None

    @property
    def name(self) -> str:
        """The interface name, not yet made safe for drawing."""
        return self.link.name

    @property
    def ifindex(self) -> int:
        """The interface index."""
        return self.link.ifindex

    @property
    def actor_churn(self) -> str | None:
        """The churn state of our port, from whichever place tells it."""
        return self.state.actor_churn or self.lacp.actor_churn

    @property
    def partner_churn(self) -> str | None:
        """The churn state of the partner's port, from whichever place tells it."""
        return self.state.partner_churn or self.lacp.partner_churn

    @property
    def usable(self) -> bool:
        """Whether the driver may send through it."""
        return self.link.usable


class Bond(NamedTuple):
    """One bond with its slaves in the order of their interface indexes."""

    link: Link
    options: BondOptions
    addresses: tuple[str, ...] | None = ()
    """``None`` where a text was read that does not tell."""
    slaves: tuple[Slave, ...] = ()
    hidden: tuple[str, ...] = ()
    """JSON names of fields that the kernel hides from a reader without CAP_NET_ADMIN."""

    @property
    def name(self) -> str:
        """The interface name, not yet made safe for drawing."""
        return self.link.name

    @property
    def ifindex(self) -> int:
        """The interface index."""
        return self.link.ifindex

    def slave_at(self, ifindex: int | None) -> Slave | None:
        """The slave with this interface index, if it is in the bond."""
        return next((slave for slave in self.slaves if slave.ifindex == ifindex), None)

    @property
    def active(self) -> Slave | None:
        """The current active slave; ``None`` in the modes that have none."""
        return self.slave_at(self.options.active_slave)
