"""What the driver will make of an action, and the longest outage that the bond's options allow.

From drivers/net/bonding/bond_main.c and Documentation/networking/bonding.rst: with miimon M and
downdelay D a lost slave is given up within M + D; the ARP monitor needs arp_missed_max + 1 intervals, or half an
interval more;
the modes that choose a slave for each packet leave a slave that is set down out at once.
"""

from __future__ import annotations

from bondtui.actions.situation import Situation
from bondtui.core import lacp
from bondtui.core.words import listed
from bondtui.model.action import ACTIVATE, DOWN
from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_TLB,
    BROADCAST,
    LACP,
    MII_UP,
    MODES_WITH_ACTIVE_SLAVE,
    BondOptions,
    Slave,
)

LACP_SHORT_MS, LACP_LONG_MS, LACP_TICK_MS = 3000, 90_000, 100
"""Three periods without an LACPDU (IEEE 802.1AX-2020 6.4.4), and the driver's own tick (drivers/net/bonding/bond_3ad.c)."""

ANY_FRAME_COUNTS = frozenset({"none", "backup"})
"""With these values of arp_validate whatever the active slave receives is a sign of life, up to the moment of the fault, and not
only the answers that come right after a tick; half an interval is allowed on top (bond_main.c, bond_time_in_interval)."""


def detection_ms(options: BondOptions) -> int | None:
    """The longest time in which the driver notices that a slave is lost; ``None`` without a monitor."""
    if options.arp_interval:
        within = ((options.arp_missed_max or 2) + 1) * options.arp_interval
        return within + options.arp_interval // 2 if options.arp_validate in ANY_FRAME_COUNTS else within
    if options.miimon:
        return options.miimon + (options.downdelay or 0)
    return None


def recovery_ms(options: BondOptions) -> int | None:
    """The longest time in which the driver takes a slave back whose link is there."""
    if options.arp_interval:
        return ((options.arp_missed_max or 2) + 1) * options.arp_interval
    if options.miimon:
        return options.miimon + (options.updelay or 0)
    return None


def predicted(s: Situation) -> tuple[int | None, str]:
    """The longest outage in milliseconds (``None`` when nothing bounds it) and the effect in words."""
    if s.action.kind == DOWN:
        return _down(s)
    return (0, _activated(s)) if s.action.kind == ACTIVATE else (0, _up(s))


def _down(s: Situation) -> tuple[int | None, str]:
    name, mode, left = s.slave.name, s.bond.options.mode, listed([each.name for each in s.left])
    if not s.carries:
        return 0, f"{name} carries nothing now, so no traffic moves."
    if not s.left:
        return None, f"{s.bond.name} carries nothing until {name} is back."
    within = detection_ms(s.bond.options)
    about = f"within about {within} ms" if within is not None else "at a time that no monitor bounds"
    if mode == ACTIVE_BACKUP:
        if not s.is_active:
            keeper = f"{s.bond.active.name} goes on carrying everything" if s.bond.active else "No traffic moves"
            return 0, f"{keeper}; {name} is no longer there to take over."
        return within, f"{_taker(s)} takes over {about}."
    if mode in (BALANCE_TLB, BALANCE_ALB):
        return within, f"What {name} carries moves to {left} {about}; {_active_words(s)}."
    if mode == BROADCAST:
        return 0, f"Every frame still leaves through {left}."
    move = (
        f"What {name} sends moves to {left} at once; what the other end still sends to {name} is lost until it notices"
    )
    if mode != LACP:
        return None, f"{move}, which nothing on this side bounds."
    notices = partner_notices_ms(s.slave)
    bound = "" if notices is None else f", within {notices / 1000:g} s"
    return notices, f"{move}: at once where it sees the link go, else by LACP{bound}."


def partner_notices_ms(port: Slave) -> int | None:
    """The longest time in which the LACP partner misses us, from the timeout that it has chosen (its TIMEOUT bit)."""
    state = port.state.partner_port_state
    if state is None:
        return None
    return (LACP_SHORT_MS if state & lacp.TIMEOUT else LACP_LONG_MS) + LACP_TICK_MS


def _taker(s: Situation) -> str:
    """Who becomes the active slave: the primary, the highest prio, else any (bond_find_best_slave)."""
    if primary := next((each for each in s.left if each.ifindex == s.bond.options.primary), None):
        return primary.name
    most = max(each.state.prio or 0 for each in s.left)
    first = [each.name for each in s.left if (each.state.prio or 0) == most]
    return first[0] if len(first) == 1 else f"one of {listed(first)}"


def _active_words(s: Situation) -> str:
    if s.is_active:
        return f"{_taker(s)} becomes the active slave"
    return f"{s.bond.active.name} stays the active slave" if s.bond.active else "there is no active slave now"


def _up(s: Situation) -> str:
    name, options = s.slave.name, s.bond.options
    within = recovery_ms(options)
    when = f"within about {within} ms" if within is not None else "at once"
    used = f"{name} can carry traffic again {when} if it has carrier"
    if options.mode == LACP:
        return f"{used}, once LACP has settled (2 to 5 s)."
    if options.mode in MODES_WITH_ACTIVE_SLAVE:
        if takes_over(s, s.slave):
            return f"{used} and then becomes the active slave ({_right(s, s.slave)})."
        if s.bond.active is not None and _if_faster(s) and s.slave.hardware.speed_mbps is None:
            faster = f"if it is faster than {s.bond.active.name}"
            return f"{used} and then becomes the active slave {faster} ({_right(s, s.slave)})."
        if s.bond.active is not None:
            return f"{used}; {s.bond.active.name} stays the active slave."
    return f"{used}."


def takes_over(s: Situation, slave: Slave) -> bool:
    """Whether the slave becomes the active one by itself whenever its link comes up (bond_choose_primary_or_current)."""
    options, active = s.bond.options, s.bond.active
    if active is None:
        return True
    faster = (slave.hardware.speed_mbps or 0) > (active.hardware.speed_mbps or 0)
    wanted = options.primary_reselect == "always" or (options.primary_reselect == "better" and faster)
    return wanted and _goes_before(s, slave, active)


def _if_faster(s: Situation) -> bool:
    """Whether its speed, which a slave that is set down does not tell, decides if it becomes the active one."""
    active = s.bond.active
    return s.bond.options.primary_reselect == "better" and active is not None and _goes_before(s, s.slave, active)


def _goes_before(s: Situation, slave: Slave, active: Slave) -> bool:
    """Whether a slave is the primary or, while that one cannot be had, has the higher prio."""
    if slave.ifindex == s.bond.options.primary:
        return True
    primary = s.bond.slave_at(s.bond.options.primary)
    if primary is not None and primary.state.mii_status == MII_UP:
        return False
    return (slave.state.prio or 0) > (active.state.prio or 0)


def _right(s: Situation, slave: Slave) -> str:
    if slave.ifindex == s.bond.options.primary:
        return f"primary, primary_reselect {s.bond.options.primary_reselect}"
    return f"prio {slave.state.prio}" if s.bond.active is not None else "there is none now"


def _activated(s: Situation) -> str:
    old = s.bond.active
    before = f"{old.name} hands over to" if old else "Traffic moves to"
    said = f"{before} {s.slave.name} at once, no traffic is lost in the driver"
    if s.bond.options.mode == ACTIVE_BACKUP:
        said += (
            "; peers are not told (num_grat_arp 0)"
            if s.bond.options.num_peer_notif == 0
            else "; peers are told by gratuitous ARP"
        )
    if old and takes_over(
        s._replace(bond=s.bond._replace(options=s.bond.options._replace(active_slave=s.slave.ifindex))), old
    ):
        said += f". {old.name} takes over again the next time its link comes up ({_right(s, old)})"
    return f"{said}."
