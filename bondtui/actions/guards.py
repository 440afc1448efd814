"""The guards: each looks at one danger and answers ok, ask or refuse, with what it has seen.

*refuse* is for what would cut the bond off, *ask* for what a person must know before it is done.
A guard whose facts could not be had asks.
"""

from __future__ import annotations

from bondtui.actions import surroundings
from bondtui.actions.readiness import LACP_NOT_READY, UPDELAY, unready
from bondtui.actions.situation import Situation
from bondtui.core.words import counted, listed
from bondtui.model.action import ACTIVATE, ASK, DOWN, OK, REFUSE, UP, Guarded
from bondtui.model.bond import LACP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Found = tuple[str, str]

GUARDS = {
    "last-usable-slave": "refuses to take the last slave that can carry traffic, or to switch to one that cannot",
    "no-monitor": "refuses when the driver watches no link: it would not notice what is done",
    "change-pending": "refuses while another change waits to be kept or reverted",
    "min-links": "802.3ad: refuses to leave fewer ports than min_links asks for",
    "updelay-running": "refuses to count on a slave that is still in its updelay",
    "lacp-not-ready": "802.3ad: refuses to count on a port that is not in sync, collecting and distributing on both ends",
    "session-on-bond": "asks when your own remote login comes in over the bond",
    "other-sessions": "asks when other people's remote logins come in over the bond",
    "default-route": "asks when the default route leaves through the bond",
    "weaker-slave": "asks when the slave that takes over is slower",
    "flapping-slave": "asks when the slave that takes over lost its link in the last 10 minutes",
    "errors-on-slave": "asks when the slave that takes over shows errors",
    "managed-by": "asks when NetworkManager or systemd-networkd manages the slave and may undo the change",
    "address-on-slave": "asks about addresses on the slave itself, refuses to lose its static routes",
}
"""What each guard is there for, in the order in which they are listed."""


def guarded(situation: Situation) -> tuple[Guarded, ...]:
    """What every guard says, in the order of GUARDS."""
    return tuple(_guarded(name, check, situation) for name, check in _CHECKS.items())


def _guarded(name: str, check: Callable[[Situation], Found], situation: Situation) -> Guarded:
    result, evidence = check(situation)
    unknown = situation.host.unknown.get(name)
    if unknown and name == "flapping-slave" and not situation.heirs:
        return Guarded(name, result, evidence)
    if unknown and result == OK:
        return Guarded(name, ASK, f"cannot tell: {unknown}")
    return Guarded(name, result, evidence)


def _last_usable_slave(s: Situation) -> Found:
    if s.action.kind == UP:
        return OK, "nothing is taken away"
    if not s.bond.link.admin_up:
        return REFUSE, f"{s.bond.name} itself is set down, so its driver watches no slave"
    if s.action.kind == ACTIVATE:
        why = unready(s.bond, s.slave)[1]
        return (REFUSE, f"{why}: it cannot take over") if why else (OK, f"{s.slave.name} is ready to take over")
    if s.bond.link.carrier is None:
        return REFUSE, f"whether {s.bond.name} has carrier is not known"
    if not s.bond.link.carrier:
        return REFUSE, f"{s.bond.name} has no carrier: it must come back first"
    if not s.left:
        why = "; ".join(unready(s.bond, each)[1] for each in s.others) or "it is the only slave"
        return REFUSE, f"no other slave of {s.bond.name} is usable: {why}"
    return OK, f"{listed([each.name for each in s.left])} can carry the traffic"


def _no_monitor(s: Situation) -> Found:
    options = s.bond.options
    if s.action.kind == UP:
        return OK, "setting a slave up needs no monitor"
    if options.arp_interval:
        if options.arp_ip_targets or options.ns_ip6_targets:
            return OK, f"ARP monitor every {options.arp_interval} ms"
        return REFUSE, f"the ARP monitor of {s.bond.name} has no target, so it sees nothing"
    if options.miimon:
        return OK, f"miimon {options.miimon} ms"
    told = "miimon and arp_interval are 0" if options.miimon == 0 else "the kernel does not tell miimon"
    return REFUSE, f"{s.bond.name} has no link monitor ({told}): the driver would not notice"


def _change_pending(s: Situation) -> Found:
    if s.pending is None:
        return OK, "no other change is pending"
    pending = s.pending
    what = f"'{pending.action}' of {pending.slave} in {pending.bond}"
    if not pending.alive:
        return (
            REFUSE,
            f"{what} was never settled, its dead-man's switch was killed; settle it with 'bondtui revert' or 'keep'",
        )
    return REFUSE, f"{what} is pending; settle it with 'bondtui keep' or 'bondtui revert'"


def _min_links(s: Situation) -> Found:
    if s.bond.options.mode != LACP:
        return OK, f"min_links has no effect in {s.bond.options.mode_name}"
    if s.action.kind != DOWN:
        return OK, "no port is taken away"
    least, left = s.bond.options.min_links or 0, len(s.left)
    said = f"{counted(left, 'port')} would be left, min_links is {least}"
    return (REFUSE if left < least else OK), said


def _updelay_running(s: Situation) -> Found:
    return _not_counted(s, UPDELAY, "no slave that is counted on is in its updelay")


def _lacp_not_ready(s: Situation) -> Found:
    if s.bond.options.mode != LACP:
        return OK, f"no LACP in {s.bond.options.mode_name}"
    return _not_counted(s, LACP_NOT_READY, "all other ports that are up are ready on both ends")


def _not_counted(s: Situation, reason: str, none: str) -> Found:
    """Refuse when the traffic would have to move to a slave that is not ready for this reason."""
    if s.action.kind == UP:
        return OK, "nothing is counted on"
    counted_on = (s.slave,) if s.action.kind == ACTIVATE else s.others
    found = [why for each in counted_on for kind, why in [unready(s.bond, each)] if kind == reason]
    if not found:
        return OK, none
    said = "; ".join(found)
    if s.action.kind == ACTIVATE or not s.left:
        return REFUSE, said
    return OK, f"not counted on: {said}"


def _address_on_slave(s: Situation) -> Found:
    return surroundings.address_on_slave(s) if s.action.kind == DOWN else surroundings.address_beside(s)


_CHECKS: dict[str, Callable[[Situation], Found]] = {
    "last-usable-slave": _last_usable_slave,
    "no-monitor": _no_monitor,
    "change-pending": _change_pending,
    "min-links": _min_links,
    "updelay-running": _updelay_running,
    "lacp-not-ready": _lacp_not_ready,
    "session-on-bond": surroundings.session_on_bond,
    "other-sessions": surroundings.other_sessions,
    "default-route": surroundings.default_route,
    "weaker-slave": surroundings.weaker_slave,
    "flapping-slave": surroundings.flapping_slave,
    "errors-on-slave": surroundings.errors_on_slave,
    "managed-by": surroundings.managed_by,
    "address-on-slave": _address_on_slave,
}
