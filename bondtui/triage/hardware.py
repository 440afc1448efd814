"""What the slaves are made of and where their cables end: shared adapters, hypervisors' interfaces, switches."""

from __future__ import annotations

from bondtui.model.bond import ACTIVE_BACKUP, BALANCE_RR, BALANCE_XOR, BROADCAST, LACP
from bondtui.model.finding import (
    CERTAIN,
    CONFIGURATION,
    HIGH,
    HOST,
    INFO,
    LIKELY,
    MEDIUM,
    POSSIBLE,
    SWITCH,
    Fix,
)
from bondtui.triage.rule import Rule, Sign, step
from bondtui.triage.saying import are, names, verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.model.around import Neighbour
    from bondtui.model.bond import Slave
    from bondtui.triage.case import Case

FILTERED_DRIVERS = frozenset({"vmxnet3", "hv_netvsc", "ena", "gve", "mana"})
"""Interfaces of hypervisors that drop frames from another MAC than the given one, unless somebody has allowed it."""
HYPERVISOR_DRIVERS = FILTERED_DRIVERS | {"virtio_net", "vif", "xen-netfront", "xen_netfront"}
"""Interfaces that a hypervisor makes: their carrier is that of the hypervisor's switch, not that of a cable."""
IPOIB = "ib_ipoib"
INFINIBAND_OCTETS = 20
MODES_WITH_ARP_MONITOR = frozenset({BALANCE_RR, ACTIVE_BACKUP, BALANCE_XOR, BROADCAST})
VIRTUAL_KINDS = frozenset({"veth", "dummy", "tun", "ipvlan", "macvlan", "macvtap"})
ARP_TARGETS = "ADDRESS-OF-THE-GATEWAY,ADDRESS-OF-ANOTHER"
"""What no address parser takes: somebody has to fill it in."""


def same_nic(case: Case) -> Iterator[Sign]:
    """Ports of one adapter, or adapters behind one bus device, fail together."""
    known = [(slave, case.around.devices.get(slave.ifindex)) for slave in case.slaves]
    if len(known) < 2 or any(_hypervisor(slave) for slave in case.slaves):
        return  # which slot a hypervisor has made up says nothing
    cards = {device.card if device else None for _, device in known}
    parents = {device.parent if device else None for _, device in known}
    if len(cards) == 1 and None not in cards:
        what, where = "on one adapter", f"on adapter {cards.pop()}"
    elif len(parents) == 1 and None not in parents:
        what, where = "behind one bus device", f"behind {parents.pop()}"
    else:
        return
    yield Sign(
        case.bond,
        f"All slaves of {case.bond.name} are {what}: when it fails, {case.bond.name} is down.",
        tuple(f"{slave.name} {where}" for slave, _ in known),
        step(("ethtool", "-i", known[0][0].name), "compare bus-info, and spread the slaves over two adapters"),
        HOST,
        CERTAIN,
    )


def virtual_slave(case: Case) -> Iterator[Sign]:
    """The carrier of what is virtual may never drop, whatever happens behind it."""
    virtual = [slave for slave in case.slaves if _hypervisor(slave) or _virtual(case, slave)]
    if not virtual or case.options.arp_interval != 0:
        return
    if case.is_lacp:
        more = "LACP sees more than the carrier: lacp_rate fast sees it within 3 s"
    elif case.options.mode in MODES_WITH_ARP_MONITOR:
        more = "only the ARP monitor sees more than the carrier"
    else:
        more = "only an ARP monitor would see more than the carrier, and this mode has none"
    yield Sign(
        case.bond,
        f"{names(virtual)} {are(virtual)} virtual: {verb(virtual, 'its', 'their')} carrier may stay whatever happens"
        " behind it.",
        tuple(f"{slave.name} {_made_of(slave)}" for slave in virtual),
        step(("ethtool", "-i", virtual[0].name), more),
        HOST,
        LIKELY,
    )


def carrier_blind(case: Case) -> Iterator[Sign]:
    """MII alone sees the hypervisor's switch, and nothing beyond it."""
    blind = [slave for slave in case.slaves if _hypervisor(slave)]
    options = case.options
    if (
        options.mode != ACTIVE_BACKUP
        or len(case.slaves) < 2
        or not blind
        or not options.miimon
        or options.arp_interval != 0
    ):
        return
    yield Sign(
        case.bond,
        f"{case.bond.name} watches only the carrier, and that of {names(blind)} is made by a hypervisor: when the"
        " network behind it fails, nobody switches over.",
        (f"miimon {options.miimon}", "arp_interval 0", *(f"{slave.name} {_made_of(slave)}" for slave in blind)),
        step(
            ("ip", "-d", "link", "show", "dev", case.bond.name), "use the ARP monitor with validation instead of miimon"
        ),
        CONFIGURATION,
        LIKELY,
        Fix({"miimon": "0", "arp_interval": "250", "arp_ip_target": ARP_TARGETS, "arp_validate": "active"}),
    )


def fail_over_mac_needed(case: Case) -> Iterator[Sign]:
    """A slave that may not send from the MAC of the bond carries nothing after a failover."""
    options = case.options
    if options.mode != ACTIVE_BACKUP or len(case.slaves) < 2 or options.fail_over_mac != "none":
        return
    infiniband = [slave for slave in case.slaves if _infiniband(slave)]
    filtered = [slave for slave in case.slaves if slave.hardware.driver in FILTERED_DRIVERS]
    bound = infiniband or filtered or [slave for slave in case.slaves if _hypervisor(slave)]
    if not bound:
        return
    yield Sign(
        case.bond,
        f"{names(bound)} {verb(bound, 'takes', 'take')} over the MAC of {case.bond.name}, "
        + ("which InfiniBand cannot." if infiniband else "and the hypervisor may drop what comes from a foreign MAC."),
        ("fail_over_mac none", *(f"{slave.name} {_made_of(slave)}" for slave in bound)),
        step(
            ("ip", "-d", "link", "show", "dev", case.bond.name),
            "set fail_over_mac active, which needs a bond without slaves, or allow it at the hypervisor",
        ),
        CONFIGURATION,
        CERTAIN if infiniband else LIKELY if filtered else POSSIBLE,
        Fix({"fail_over_mac": "active"}),
        severity="" if infiniband or filtered else MEDIUM,
    )


def same_switch(case: Case) -> Iterator[Sign]:
    """One chassis at the end of every cable."""
    ends = _ends(case)
    if len(ends) < 2 or len(ends) != len(case.slaves) or len({end.chassis_id for _, end in ends}) != 1:
        return
    name = ends[0][1].system_name or ends[0][1].chassis_id
    lacp = " A port channel over two switches would need MLAG." if case.options.mode == LACP else ""
    yield Sign(
        case.bond,
        f"All slaves of {case.bond.name} end at the switch {name}: when it fails or restarts, {case.bond.name} is down."
        + lacp,
        tuple(_end(slave, end) for slave, end in ends),
        _ask_for_ends(ends[0][1], "this may well be intended; a second switch would survive the loss of the first"),
        SWITCH,
        CERTAIN,
    )


def static_lag_split(case: Case) -> Iterator[Sign]:
    """balance-rr and balance-xor use one MAC on all slaves, which takes one static port channel at one switch."""
    ends = _ends(case)
    if case.options.mode not in (BALANCE_RR, BALANCE_XOR) or len({end.chassis_id for _, end in ends}) < 2:
        return
    yield Sign(
        case.bond,
        f"The slaves of {case.bond.name} end at different switches, but {case.options.mode_name} needs one static port"
        " channel: unless the switches are an MLAG pair, the MAC moves between them with every packet.",
        (f"mode {case.options.mode_name}", *(_end(slave, end) for slave, end in ends)),
        _ask_for_ends(ends[0][1], "plug all slaves into one port channel, or use active-backup"),
        SWITCH,
        POSSIBLE,
    )


def _ends(case: Case) -> list[tuple[Slave, Neighbour]]:
    """The slaves with a link whose neighbour is known."""
    known = case.around.neighbours
    return [(each, known[each.ifindex]) for each in case.slaves if each.link.carrier and each.ifindex in known]


def _end(slave: Slave, end: Neighbour) -> str:
    port = f" port {end.port_id}" if end.port_id else ""
    return f"{slave.name} at {end.system_name or 'chassis'} {end.chassis_id}{port}"


def _ask_for_ends(end: Neighbour, words: str) -> str:
    command = ("networkctl", "lldp") if end.told_by == "systemd-networkd" else ("lldpcli", "show", "neighbors")
    return step(command, words)


def _hypervisor(slave: Slave) -> bool:
    return slave.hardware.driver in HYPERVISOR_DRIVERS


def _virtual(case: Case, slave: Slave) -> bool:
    device = case.around.devices.get(slave.ifindex)
    return slave.link.kind in VIRTUAL_KINDS or (device is not None and device.virtual)


def _infiniband(slave: Slave) -> bool:
    address = slave.state.perm_hwaddr or slave.link.hwaddr or ""
    return IPOIB in (slave.hardware.driver or "") or address.count(":") == INFINIBAND_OCTETS - 1


def _made_of(slave: Slave) -> str:
    if slave.hardware.driver:
        return f"driver {slave.hardware.driver}"
    if slave.link.kind:
        return f"kind {slave.link.kind}"
    return f"address {slave.state.perm_hwaddr}" if _infiniband(slave) else "has no device"


RULES = (
    Rule("BT054", "same-nic", MEDIUM, same_nic),
    Rule("BT055", "virtual-slave", INFO, virtual_slave, explained_by=("BT056",)),
    Rule("BT056", "carrier-blind", HIGH, carrier_blind),
    Rule("BT058", "fom-needed", HIGH, fail_over_mac_needed),
    Rule("BT077", "same-switch", INFO, same_switch),
    Rule("BT079", "static-lag-split", HIGH, static_lag_split),
)
