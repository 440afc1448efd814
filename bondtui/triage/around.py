"""What lies around a bond and harms it: a second owner of its MAC, addresses on slaves, another MTU."""

from __future__ import annotations

from bondtui.core.words import counted, listed
from bondtui.model.finding import CERTAIN, CONFIGURATION, CRITICAL, HIGH, HOST, LIKELY, LOW, MEDIUM, Fix
from bondtui.triage.rule import Rule, Sign, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.model.bond import Slave
    from bondtui.model.host import Route
    from bondtui.triage.case import Case

EVIDENCE_AT_MOST = 6


def mac_duplicate(case: Case) -> Iterator[Sign]:
    """A card that was taken out of the bond and set up elsewhere sends from the same MAC as the bond."""
    bond = case.bond
    twins = case.around.twins.get(bond.ifindex, ())
    if not twins:
        return
    who = listed(list(twins))
    yield Sign(
        bond,
        f"{who} {'is' if len(twins) == 1 else 'are'} up with the MAC of {bond.name}: in the same network the switch"
        " sends the bond's frames now here, now there.",
        (f"{bond.name} address {bond.link.hwaddr}", *(f"{each} up, address {bond.link.hwaddr}" for each in twins)),
        step(("ip", "-d", "link", "show", "dev", twins[0]), f"give {who} or {bond.name} another MAC, or set it down"),
        HOST,
        LIKELY,
    )


def slave_has_address(case: Case) -> Iterator[Sign]:
    """What has an address of its own past the bond answers and sends past it too."""
    for slave in case.slaves:
        addresses = case.around.addresses.get(slave.ifindex, ())
        routes = case.around.routes.get(slave.ifindex, ())
        if addresses or routes:
            yield _past_the_bond(case, slave, addresses, routes)


def _past_the_bond(case: Case, slave: Slave, addresses: tuple[str, ...], routes: tuple[Route, ...]) -> Sign:
    what = ["an address" if len(addresses) == 1 else f"{len(addresses)} addresses"] if addresses else []
    what += [counted(len(routes), "route")] if routes else []
    told = (*(f"address {each}" for each in addresses), *(_route(each) for each in routes))
    more = (f"{len(told) - EVIDENCE_AT_MOST} more",) if len(told) > EVIDENCE_AT_MOST else ()
    on_route = ("ip", "route", "show", "table", "all", "dev", *(each.interface for each in routes[:1]))
    return Sign(
        slave,
        f"{slave.name} has {listed(what)} past {case.bond.name}: traffic for it leaves through this slave alone"
        " and does not fail over.",
        (*told[:EVIDENCE_AT_MOST], *more),
        step(
            ("ip", "address", "show", "dev", slave.name) if addresses else on_route,
            f"move it to {case.bond.name}, and have nobody configure {slave.name}",
        ),
        CONFIGURATION,
        CERTAIN,
        Fix(kind="no-address", slave=slave.name),
    )


def _route(route: Route) -> str:
    via = f" via {route.gateway}" if route.gateway else ""
    return f"route {route.destination}{via} dev {route.interface}"


def mtu_mismatch(case: Case) -> Iterator[Sign]:
    """The bond hands on frames of its own size, and a slave with a smaller one cannot send them."""
    bond = case.bond
    for slave in case.slaves:
        if None in (slave.link.mtu, bond.link.mtu) or slave.link.mtu == bond.link.mtu:
            continue
        small = (slave.link.mtu or 0) < (bond.link.mtu or 0)
        yield Sign(
            slave,
            f"{slave.name} has another MTU than {bond.name}: "
            + ("larger packets are lost on it." if small else "it takes larger packets than its bond ever sends."),
            (f"{slave.name} mtu {slave.link.mtu}", f"{bond.name} mtu {bond.link.mtu}"),
            step(
                ("ip", "link", "show", "master", bond.name),
                f"set the MTU on {bond.name}, which sets it on its slaves, and see that the switch takes it",
            ),
            CONFIGURATION,
            CERTAIN,
            Fix(kind="mtu", value=str(bond.link.mtu), slave=slave.name),
            severity="" if small else LOW,
        )


RULES = (
    Rule("BT057", "mac-duplicate", CRITICAL, mac_duplicate),
    Rule("BT060", "slave-has-ip", HIGH, slave_has_address),
    Rule("BT061", "mtu-mismatch", MEDIUM, mtu_mismatch),
)
