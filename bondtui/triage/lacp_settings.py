"""How an 802.3ad bond is set up: its LACP rate, its aggregator policy, what it does with too few links.

The time until a silent partner is given up is three times what our own TIMEOUT bit asks for: 3 s or 90 s
(IEEE 802.1AX-2020 6.4.12; drivers/net/bonding/bond_3ad.c).
"""

from __future__ import annotations

from bondtui.core.lacp import DEFAULTED, SILENT, SYNC, TIMEOUT
from bondtui.model.finding import CONFIGURATION, INFO, LIKELY, MEDIUM, SWITCH, Fix
from bondtui.triage.case import mii_known
from bondtui.triage.rule import Rule, Sign, proc, step
from bondtui.triage.saying import names
from bondtui.triage.traffic import average_mbps, known_carriers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.model.bond import Slave
    from bondtui.triage.case import Case


def slow_rate(case: Case) -> Iterator[Sign]:
    """The driver's default, and legal; it only takes long to notice a silent switch."""
    if not case.is_lacp or case.options.lacp_rate != "slow":
        return
    bond = case.bond
    yield Sign(
        bond,
        f"{bond.name} gives up a silent switch only after 90 s (lacp_rate slow): until then the flows on that link are"
        " lost, unless its carrier goes too.",
        ("lacp_rate slow",),
        step(proc(bond), "have lacp_rate set to fast here and on the switch; that needs the bond set down once."),
        CONFIGURATION,
        fix=Fix(options={"lacp_rate": "fast"}),
    )


def rates_differ(case: Case) -> Iterator[Sign]:
    """Each end is as fast as its own setting, so a silent path is found after 3 s at one end and 90 s at the other."""
    if not case.is_lacp:
        return
    differing = [slave for slave in case.usable if _rates_differ(slave)]
    if not differing:
        return
    bond = case.bond
    ours_is_slow = not (differing[0].state.actor_port_state or 0) & TIMEOUT
    slow, fast = ("this host", "the switch") if ours_is_slow else ("the switch", "this host")
    yield Sign(
        bond,
        f"The two ends of {bond.name} differ in their LACP rate on {names(differing)}: {fast}"
        f" notices a silent path within 3 s and {slow} only after 90 s, so traffic one way may be lost for so long.",
        tuple(
            f"{slave.name} actor state {slave.state.actor_port_state}, partner state {slave.state.partner_port_state}"
            for slave in differing
        ),
        step(proc(bond), f"harmless while all is well; have the fast rate set on {slow} too."),
        CONFIGURATION if ours_is_slow else SWITCH,
        fix=Fix(options={"lacp_rate": "fast"}) if ours_is_slow else None,
    )


def _rates_differ(slave: Slave) -> bool:
    actor, partner = slave.state.actor_port_state, slave.state.partner_port_state
    if actor is None or partner is None or actor & SILENT or not actor & partner & SYNC:
        return False
    return bool((actor ^ partner) & TIMEOUT)


def overload_unnoticed(case: Case) -> Iterator[Sign]:
    """One link less, and what is left cannot carry the traffic, yet the bond keeps its carrier."""
    min_links = case.options.min_links
    if not case.is_lacp or min_links is None or min_links > 1 or len(case.slaves) < 2:
        return
    carriers, load = known_carriers(case), average_mbps(case.track(case.bond))
    if carriers is None or len(carriers) < 2 or load is None:
        return
    speeds = [slave.hardware.speed_mbps for slave in carriers]
    known = [speed for speed in speeds if speed is not None]
    if len(known) < len(speeds):
        return
    left, busier = sum(known) - max(known), max(load)
    if busier <= left:
        return
    bond = case.bond
    yield Sign(
        bond,
        f"{bond.name} carries {busier:.0f} Mb/s, and without its fastest link {left} Mb/s would be left: the loss of one"
        " link overloads the rest, and the bond still looks up.",
        (
            f"min_links {min_links}",
            f"{bond.name} {busier:.0f} Mb/s in the busier direction",
            *(f"{slave.name} speed {slave.hardware.speed_mbps} Mb/s" for slave in carriers),
        ),
        step(
            ("ip", "-s", "link", "show", "dev", bond.name),
            f"add links; where another path can take all of the traffic, min_links {len(carriers)} makes {bond.name} go"
            " down instead.",
        ),
        CONFIGURATION,
    )


def old_aggregator_stays(case: Case) -> Iterator[Sign]:
    """With ``ad_select stable`` a better aggregator is chosen only when the active one has no port left."""
    info = case.options.ad_info
    if not case.is_lacp or case.options.ad_select != "stable" or info is None or not mii_known(case.bond):
        return
    capacity = _capacities(case)
    if capacity is None or info.aggregator_id not in capacity:
        return
    best = max(capacity, key=lambda each: capacity[each])
    if capacity[best] <= capacity[info.aggregator_id]:
        return
    bond = case.bond
    yield Sign(
        bond,
        f"{bond.name} stays with aggregator {info.aggregator_id} although aggregator {best} has more capacity: with"
        " ad_select stable it changes only when the active one has no link left.",
        (
            "ad_select stable",
            f"active aggregator {info.aggregator_id}",
            *(f"aggregator {each} {total} Mb/s" for each, total in sorted(capacity.items())),
        ),
        step(
            proc(bond),
            "first see why there is more than one aggregator; ad_select bandwidth would choose the best one at any change.",
        ),
        CONFIGURATION,
        LIKELY,
        Fix(options={"ad_select": "bandwidth"}),
    )


def _capacities(case: Case) -> dict[int, int] | None:
    """The summed speed of the ports that are up and have a partner, by aggregator; ``None`` where one is not known."""
    totals: dict[int, int] = {}
    for slave in case.usable:
        state, speed = slave.state, slave.hardware.speed_mbps
        if state.aggregator_id is None or state.actor_port_state is None or speed is None:
            return None
        if not state.actor_port_state & DEFAULTED:
            totals[state.aggregator_id] = totals.get(state.aggregator_id, 0) + speed
    return totals


RULES = (
    Rule("BT041", "lacp-slow", INFO, slow_rate),
    Rule("BT042", "lacp-rate-mismatch", INFO, rates_differ),
    Rule("BT045", "lacp-minlinks-noop", MEDIUM, overload_unnoticed),
    Rule("BT067", "old-agg-active", INFO, old_aggregator_stays, explained_by=("BT031", "BT046")),
)
