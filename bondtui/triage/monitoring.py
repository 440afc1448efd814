"""Whether a dead link is noticed at all, and how soon (Documentation/networking/bonding.rst, sections 2 and 7)."""

from __future__ import annotations

from bondtui.model.bond import BALANCE_RR, LACP, MODES_WITH_ACTIVE_SLAVE
from bondtui.model.finding import CONFIGURATION, CRITICAL, HIGH, INFO, LIKELY, LOW, MEDIUM, Fix
from bondtui.triage.rule import Rule, Sign, proc, step
from bondtui.triage.saying import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.triage.case import Case

_MODULE_DEFAULT = "bond0"
"""What the driver makes when it is loaded without max_bonds=0 (drivers/net/bonding/bond_main.c, bonding_init)."""
_EVERY_100_MS = Fix(options={"miimon": "100"})


def no_monitor(case: Case) -> Iterator[Sign]:
    """Neither monitor is on. A bond without slaves has nothing to watch, and other rules speak of it."""
    bond, options = case.bond, case.options
    if options.miimon != 0 or not bond.slaves or not _arp_is_off(case):
        return
    evidence = "miimon 0", *told("arp_interval", options.arp_interval)
    said = f"No link monitor is on for {bond.name} ({', '.join(evidence)}): a dead link is never noticed,"
    if options.mode in MODES_WITH_ACTIVE_SLAVE or options.mode is None:
        said += " its traffic is lost until somebody acts, and MII status means nothing."
    else:
        said += " MII status means nothing. A cut cable is skipped when something is sent; every other fault loses its share for good."
    yield Sign(
        bond,
        said,
        evidence,
        step(proc(bond), f"'MII Polling Interval' is 0; have miimon set to 100 where {bond.name} is configured."),
        CONFIGURATION,
        fix=_EVERY_100_MS,
    )


def _arp_is_off(case: Case) -> bool:
    """Whether there is no ARP monitor for certain: 802.3ad, balance-tlb and balance-alb cannot have one."""
    mode = case.options.mode
    return case.options.arp_interval == 0 or (mode is not None and LACP <= mode <= max(MODES_WITH_ACTIVE_SLAVE))


def slow_monitor(case: Case) -> Iterator[Sign]:
    """In these modes the traffic stays on a dead link until the monitor has looked."""
    bond, options = case.bond, case.options
    if options.mode not in MODES_WITH_ACTIVE_SLAVE or (options.miimon or 0) <= case.limits.miimon_slow_ms:
        return
    worst = (options.miimon or 0) + (options.downdelay or 0)
    yield Sign(
        bond,
        f"{bond.name} looks at its links only every {options.miimon} ms: when the active link dies, traffic is lost for"
        f" up to {_time(worst)}.",
        _delays(case),
        step(proc(bond), f"have miimon set to 100 where {bond.name} is configured."),
        CONFIGURATION,
        fix=_EVERY_100_MS,
    )


def unit_mistake(case: Case) -> Iterator[Sign]:
    """So long an interval is a mistake of the unit: a bare number is seconds to systemd-networkd."""
    bond, miimon = case.bond, case.options.miimon or 0
    if miimon < max(1, case.limits.miimon_unit_ms):
        return
    yield Sign(
        bond,
        f"{bond.name} looks at its links only every {_time(miimon)}, which looks like a mistake of the unit: until then a"
        " dead link keeps its traffic.",
        (f"miimon {miimon}",),
        step(
            ("grep", "-rn", "MIIMonitorSec", "/etc/systemd/network", "/run/systemd/network"),
            "a bare number there is seconds; have miimon set to 100 ms (MIIMonitorSec=100ms).",
        ),
        CONFIGURATION,
        LIKELY,
        _EVERY_100_MS,
    )


def no_updelay(case: Case) -> Iterator[Sign]:
    """The primary takes the traffic back the moment its link is up, forwarding or not."""
    bond, options = case.bond, case.options
    if options.updelay != 0 or options.primary_reselect != "always" or not options.miimon:
        return
    primary = bond.slave_at(options.primary)
    if options.mode not in MODES_WITH_ACTIVE_SLAVE or primary is None or len(bond.slaves) < 2:
        return
    yield Sign(
        bond,
        f"When the link of the primary {primary.name} comes back, {bond.name} moves its traffic there at once: it is lost"
        " for as long as the switch port does not forward yet.",
        ("updelay 0", f"primary {primary.name}", "primary_reselect always"),
        step(
            proc(bond),
            "have the switch port made an edge port (no spanning tree delay), or updelay set to the time that it needs,"
            " such as 30000.",
        ),
        CONFIGURATION,
        LIKELY,
        Fix(options={"updelay": "30000"}),
    )


def long_downdelay(case: Case) -> Iterator[Sign]:
    """The delay comes on top of what the monitor needs."""
    bond, options = case.bond, case.options
    if options.mode not in MODES_WITH_ACTIVE_SLAVE or (options.downdelay or 0) <= case.limits.downdelay_long_ms:
        return
    worst = (options.miimon or 0) + (options.downdelay or 0)
    yield Sign(
        bond,
        f"{bond.name} keeps its traffic on a dead link for a downdelay of {options.downdelay} ms: it is lost for up to"
        f" {_time(worst)}.",
        _delays(case),
        step(proc(bond), f"have downdelay set to 0, or a few hundred ms, where {bond.name} is configured."),
        CONFIGURATION,
        fix=Fix(options={"downdelay": "0"}),
    )


def no_use_carrier(case: Case) -> Iterator[Sign]:
    """The old way of asking the driver by ioctl; gone since 6.18."""
    if case.options.use_carrier != 0:
        return
    bond = case.bond
    yield Sign(
        bond,
        f"{bond.name} asks for link states by ioctl and not by carrier (use_carrier 0): drivers that cannot answer count"
        " as up, so a dead link can go unnoticed, and newer kernels refuse the setting.",
        ("use_carrier 0",),
        step(
            ("cat", f"/sys/class/net/{bond.name}/bonding/use_carrier"),
            f"have use_carrier removed where {bond.name} is configured.",
        ),
        CONFIGURATION,
        fix=Fix(options={"use_carrier": "1"}),
    )


def made_by_module(case: Case) -> Iterator[Sign]:
    """What ``modprobe bonding`` leaves behind; a bond that somebody has begun to set up looks different."""
    bond, options = case.bond, case.options
    if bond.name != _MODULE_DEFAULT or bond.slaves or options.mode != BALANCE_RR or options.miimon != 0:
        return
    if bond.link.admin_up is not False:
        return
    yield Sign(
        bond,
        f"{bond.name} was made by loading the module and was never set up: it carries no traffic and needs none.",
        (f"mode {options.mode_name}", "miimon 0", "no slaves", "set down"),
        step(
            ("cat", "/sys/class/net/bonding_masters"),
            f"where nothing wants {bond.name}, 'options bonding max_bonds=0' in /etc/modprobe.d keeps it away.",
        ),
        CONFIGURATION,
        LIKELY,
    )


def _delays(case: Case) -> tuple[str, ...]:
    return (*told("miimon", case.options.miimon), *told("downdelay", case.options.downdelay))


def _time(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:g} s"


RULES = (
    Rule("BT001", "no-monitor", CRITICAL, no_monitor),
    Rule("BT014", "miimon-slow", MEDIUM, slow_monitor, explained_by=("BT015",)),
    Rule("BT015", "miimon-units", HIGH, unit_mistake),
    Rule("BT016", "updelay-zero-stp", INFO, no_updelay),
    Rule("BT017", "downdelay-big", MEDIUM, long_downdelay),
    Rule("BT065", "use-carrier-0", MEDIUM, no_use_carrier),
    Rule("BT070", "module-default-bond0", LOW, made_by_module),
)
