"""The guards that ask: who and what depends on the bond, and how good the slave is that takes over."""

from __future__ import annotations

from bondtui.actions.situation import Situation
from bondtui.core.words import age, counted, listed, speed
from bondtui.model.action import ACTIVATE, ASK, DOWN, OK, REFUSE, UP
from bondtui.model.bond import ACTIVE_BACKUP, Slave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.host import Route, Session

    Found = tuple[str, str]

ERRORS_PER_PACKET = 1e-4
"""From this share of bad frames on a link is not trusted, however long ago they came."""


def session_on_bond(s: Situation) -> Found:
    """Whether the person who asks is logged in over the bond."""
    mine = [each for each in s.host.sessions if each.mine]
    if not mine:
        return OK, f"your session does not come in over {s.bond.name}"
    return ASK, f"your own session from {_way_in(mine[0])}"


def other_sessions(s: Situation) -> Found:
    """Whether others are."""
    others = [each for each in s.host.sessions if not each.mine]
    if not others:
        return OK, f"no other remote login comes in over {s.bond.name}"
    more = f", and {len(others) - 1} more" if len(others) > 1 else ""
    return ASK, f"another remote login from {_way_in(others[0])}{more}"


def _way_in(session: Session) -> str:
    path = f" ({' over '.join(reversed(session.path))})" if len(session.path) > 1 else ""
    return f"{session.peer} comes in at {session.local} on {session.interface}{path}"


def default_route(s: Situation) -> Found:
    """Whether the way out leads through the bond."""
    if not s.host.default_routes:
        return OK, f"no default route leaves through {s.bond.name}"
    routes = ", ".join(_route(each) for each in s.host.default_routes[:2])
    return ASK, f"the default route leaves through {s.bond.name}: {routes}"


def _route(route: Route) -> str:
    via = f" via {route.gateway}" if route.gateway else ""
    return f"{route.destination}{via} dev {route.interface}"


def weaker_slave(s: Situation) -> Found:
    """Whether the traffic moves to a slower link."""
    before = s.bond.active if s.action.kind == ACTIVATE else s.slave
    if s.action.kind == UP or before is None or not s.carries:
        return OK, "no traffic moves to a slower slave"
    one_carries_all = s.bond.options.mode == ACTIVE_BACKUP
    if s.action.kind == DOWN and one_carries_all and s.bond.active is not None and not s.is_active:
        return OK, f"{s.bond.active.name} stays the active slave"
    known = before.hardware.speed_mbps
    for heir in s.heirs:
        mine = heir.hardware.speed_mbps
        if known is not None and mine is None:
            return ASK, f"the speed of {heir.name} is not known, {before.name} has {speed(known)}"
        if known is not None and mine is not None and mine < known:
            return ASK, f"{heir.name} has {speed(mine)}, {before.name} has {speed(known)}"
        if heir.hardware.duplex == "half" and before.hardware.duplex != "half":
            return ASK, f"{heir.name} is half duplex"
    if known is None:
        return OK, f"the speed of {before.name} is not known"
    return OK, f"no slower slave than {before.name} takes over"


def flapping_slave(s: Situation) -> Found:
    """Whether the traffic moves to a link that comes and goes."""
    for heir in s.heirs:
        lost = s.host.lost_links.get(heir.ifindex, ())
        if lost:
            return ASK, f"{heir.name} lost its link {counted(len(lost), 'time')} in 10 min, last {age(min(lost))} ago"
    have = "has" if len(s.heirs) == 1 else "have"
    return OK, f"{_named(s.heirs)} {have} not lost the link in the last 10 min" if s.heirs else "no slave takes over"


def errors_on_slave(s: Situation) -> Found:
    """Whether the traffic moves to a link with errors: now, or too many of all it ever carried."""
    for heir in s.heirs:
        track = s.tracks.get(heir.ifindex)
        if track and any(each is not None and each.errors > 0 for each in track.samples):
            return ASK, f"{heir.name} has counted errors since bondtui was started"
        counters = heir.link.counters
        if counters is None:
            return ASK, f"the error counters of {heir.name} are not known"
        bad = counters.rx_errors + counters.tx_errors
        if bad and bad >= ERRORS_PER_PACKET * (counters.rx_packets + counters.tx_packets):
            total = counters.rx_packets + counters.tx_packets
            return ASK, f"{heir.name} has counted {counted(bad, 'error')} in {counted(total, 'packet')}"
    return OK, f"few errors or none on {_named(s.heirs)}" if s.heirs else "no slave takes over"


def managed_by(s: Situation) -> Found:
    """Whether a network manager may undo the change."""
    manager = s.host.managers.get(s.slave.ifindex)
    if manager is None:
        return OK, f"no network manager manages {s.slave.name}"
    return ASK, f"{manager} manages {s.slave.name} and may undo the change"


def address_on_slave(s: Situation) -> Found:
    """Whether setting the slave down takes more away than a link."""
    name, index = s.slave.name, s.slave.ifindex
    if any(each.mine and each.slave == index for each in s.host.sessions):
        return REFUSE, f"your own session comes in at an address of {name} itself"
    lost = [each for each in s.host.routes.get(index, ()) if each.static]
    if lost:
        return REFUSE, f"routes through {name} would be lost for good: {', '.join(_route(each) for each in lost[:2])}"
    addresses = s.host.addresses.get(index, ())
    if addresses:
        return (
            ASK,
            f"{name} has addresses of its own that cannot be reached while it is down: {', '.join(addresses[:3])}",
        )
    return OK, f"{name} has no address or route of its own"


def address_beside(s: Situation) -> Found:
    """An address beside the bond's is a mistake that setting the slave up brings to life."""
    addresses = s.host.addresses.get(s.slave.ifindex, ())
    if addresses and s.action.kind == UP:
        return ASK, f"{s.slave.name} has addresses of its own that become reachable: {', '.join(addresses[:3])}"
    return OK, "routes and addresses stay as they are"


def _named(slaves: tuple[Slave, ...]) -> str:
    return listed([each.name for each in slaves])
