"""Modes and what they need of the switch, and slaves that do not fit together (Documentation/networking/bonding.rst)."""

from __future__ import annotations

from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_RR,
    BALANCE_TLB,
    BALANCE_XOR,
    BROADCAST,
    LACP,
    MII_DOWN,
)
from bondtui.model.finding import CONFIGURATION, HIGH, HOST, INFO, LIKELY, LOW, MEDIUM, POSSIBLE, SWITCH, Fix
from bondtui.triage.rule import Rule, Sign, proc, step
from bondtui.triage.saying import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.triage.case import Case

_NEEDS_SPEED = frozenset({LACP, BALANCE_TLB, BALANCE_ALB})
"""In these modes the driver holds a slave down whose speed it cannot learn (bond_main.c, bond_needs_speed_duplex)."""
_CLASSLESS = frozenset({"noqueue", "noop", "pfifo_fast", "pfifo", "bfifo", "fq", "fq_codel", "codel", "mq"})
"""Queueing disciplines that a kernel or a distribution sets by itself; nobody hangs a filter on them."""
_TO_LACP = Fix(kind="mode", value="802.3ad")


def reorders(case: Case) -> Iterator[Sign]:
    """Packet after packet over another link, so one flow overtakes itself."""
    bond = case.bond
    if case.options.mode != BALANCE_RR or len(bond.slaves) < 2:
        return
    yield Sign(
        bond,
        f"{bond.name} sends the packets of one flow over all links in turn: they may arrive out of order, which slows TCP"
        " down.",
        ("mode balance-rr", f"{len(bond.slaves)} slaves"),
        step(("nstat", "-az", "TcpExtTCPSACKReorder"), "where it rises and the switch can do LACP, 802.3ad is better."),
        CONFIGURATION,
        POSSIBLE,
        _TO_LACP,
    )


def needs_static_lag(case: Case) -> Iterator[Sign]:
    """The same MAC is sent from every port, so the switch must take the ports for one."""
    bond = case.bond
    if case.options.mode not in (BALANCE_RR, BALANCE_XOR) or len(bond.slaves) < 2:
        return
    yield Sign(
        bond,
        f"{bond.name} needs a static port-channel on the switch, without LACP: otherwise its MAC moves from port to port"
        " there and traffic is lost.",
        (f"mode {case.options.mode_name}", f"{len(bond.slaves)} slaves"),
        step(
            proc(bond), "on the switch, see that the ports are one static port-channel, and no MAC flapping is logged."
        ),
        SWITCH,
        POSSIBLE,
        _TO_LACP,
    )


def sends_twice(case: Case) -> Iterator[Sign]:
    """Fault tolerance bought with copies."""
    bond = case.bond
    if case.options.mode != BROADCAST:
        return
    yield Sign(
        bond,
        f"{bond.name} sends every frame through every slave: the traffic is multiplied, and the receiver must bear copies.",
        ("mode broadcast", f"{len(bond.slaves)} slaves"),
        step(proc(bond), "nothing where this is meant, as for two separate networks; else 802.3ad or active-backup."),
        CONFIGURATION,
        POSSIBLE,
    )


def speeds_differ(case: Case) -> Iterator[Sign]:
    """In active-backup a slower spare may be meant, so that is a mild sign."""
    if len(case.slaves) < 2:
        return
    up, mode = case.usable, case.options.mode
    speeds = [(slave, slave.hardware.speed_mbps) for slave in up if slave.hardware.speed_mbps is not None]
    duplexes = [(slave, slave.hardware.duplex) for slave in up if slave.hardware.duplex is not None]
    what, evidence = [], []
    if len({speed for _, speed in speeds}) > 1:
        what.append("speed")
        evidence += [f"{slave.name} speed {speed} Mb/s" for slave, speed in speeds]
    if len({duplex for _, duplex in duplexes}) > 1:
        what.append("duplex")
        evidence += [f"{slave.name} duplex {duplex}" for slave, duplex in duplexes]
    if not evidence:
        return
    bond = case.bond
    slowest = min(speeds, key=lambda each: each[1])[0] if speeds else up[0]
    effect = {
        ACTIVE_BACKUP: "after a failover its capacity is another one",
        LACP: "they cannot be in one aggregator, so some of them carry nothing",
    }.get(mode if mode is not None else -1, "the slowest one is overloaded first")
    yield Sign(
        bond,
        f"The slaves of {bond.name} differ in {' and '.join(what)}: {effect}.",
        tuple(evidence),
        step(("ethtool", slowest.name), "see that both ends negotiate, and what each can do."),
        severity=LOW if mode == ACTIVE_BACKUP else "",
    )


def half_duplex(case: Case) -> Iterator[Sign]:
    """One end negotiates and the other does not; LACP is off on such a port (IEEE 802.1AX-2020 6.1)."""
    for slave in case.usable:
        if slave.hardware.duplex != "half":
            continue
        lacp_is_off = ", and LACP is off on it" if case.is_lacp else ""
        yield Sign(
            slave,
            f"{slave.name} runs in half duplex: frames collide and are lost under load{lacp_is_off}.",
            (f"{slave.name} duplex half",),
            step(
                ("ethtool", slave.name),
                "have autonegotiation on at both ends; one end alone falls back to half duplex.",
            ),
        )


def speed_unknown(case: Case) -> Iterator[Sign]:
    """Not that no speed is told here counts, but that the driver holds a slave down that has a carrier.

    These modes have no ARP monitor, so there is no other reason for that to last.
    """
    if case.options.mode not in _NEEDS_SPEED:
        return
    patience_s = ((case.options.updelay or 0) + 2 * (case.options.miimon or 0)) / 1000
    for slave in case.slaves:
        link = slave.link
        if slave.state.mii_status != MII_DOWN or link.carrier is not True or link.admin_up is False:
            continue
        if slave.hardware.speed_mbps is not None or case.mii_for_s(slave) <= patience_s:
            continue
        yield Sign(
            slave,
            f"{slave.name} has a carrier but the driver does not learn its speed, and in {case.options.mode_name} it uses no"
            " such slave: it carries nothing.",
            (
                f"mode {case.options.mode_name}",
                f"{slave.name} carrier 1",
                f"{slave.name} MII status down",
                f"{slave.name} speed unknown",
            ),
            step(
                ("ethtool", slave.name), "a virtual NIC may need its speed set by the hypervisor; else a newer driver."
            ),
            HOST,
            LIKELY,
        )


def queue_without_filter(case: Case) -> Iterator[Sign]:
    """A queue id has an effect only where a tc filter sets the queue of a packet (bonding.rst, section 3.5)."""
    chosen = [slave for slave in case.slaves if slave.state.queue_id]
    kinds = case.around.qdiscs.get(case.bond.ifindex) if chosen else None
    if kinds is None or not _CLASSLESS.issuperset(kinds):
        return
    bond = case.bond
    yield Sign(
        bond,
        f"The queue id of {names(chosen)} has no effect: no queueing discipline of {bond.name}"
        " holds a filter that sends traffic there, so the traffic goes as without it.",
        (
            *(f"{slave.name} queue_id {slave.state.queue_id}" for slave in chosen),
            f"qdisc {' '.join(kinds) or '(none)'}",
        ),
        step(
            ("tc", "qdisc", "show", "dev", bond.name), "have the queue_id removed, or the filter that is missing added."
        ),
        CONFIGURATION,
        LIKELY,
    )


def alb_in_bridge(case: Case) -> Iterator[Sign]:
    """It rewrites the MAC of what it sends and answers ARP for others, which a bridge and its guests cannot bear."""
    if case.options.mode != BALANCE_ALB or case.around.masters.get(case.bond.ifindex) != "bridge":
        return
    bond = case.bond
    yield Sign(
        bond,
        f"{bond.name} is in a bridge, where balance-alb rewrites MAC addresses: guests and containers behind it lose"
        " traffic.",
        ("mode balance-alb", "master of kind bridge"),
        step(
            ("ip", "-d", "link", "show", "dev", bond.name),
            "have the mode set to 802.3ad (with a port-channel on the switch) or active-backup (without).",
        ),
        CONFIGURATION,
        fix=Fix(kind="mode", value="active-backup"),
    )


RULES = (
    Rule("BT046", "speed-mismatch", MEDIUM, speeds_differ, explained_by=("BT047",)),
    Rule("BT047", "half-duplex", HIGH, half_duplex),
    Rule("BT048", "speed-unknown", MEDIUM, speed_unknown),
    Rule("BT051", "rr-reorder", INFO, reorders),
    Rule("BT052", "static-lag-needed", INFO, needs_static_lag),
    Rule("BT053", "broadcast-mode", INFO, sends_twice),
    Rule("BT064", "qdisc/queue", LOW, queue_without_filter),
    Rule("BT068", "alb-bridge", MEDIUM, alb_in_bridge),
)
