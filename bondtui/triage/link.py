"""What rules on links have in common: what is known of a link, and what to look at next."""

from __future__ import annotations

from bondtui.model.bond import Slave
from bondtui.model.finding import (
    CABLE,
    HOST,
    UNKNOWN_SIDE,
)
from bondtui.triage.case import Case, mii_known
from bondtui.triage.rule import command, step
from bondtui.triage.saying import place, told


def show(name: str) -> tuple[str, ...]:
    """The command that prints what the kernel says of an interface."""
    return "ip", "-d", "link", "show", "dev", name


def evidence(slave: Slave) -> tuple[str, ...]:
    """What is known of a slave's link, apart."""
    link = slave.link
    admin = None if link.admin_up is None else "up" if link.admin_up else "down"
    carrier = None if link.carrier is None else "up" if link.carrier else "lost"
    return (
        *told(f"{slave.name} admin", admin),
        *told(f"{slave.name} carrier", carrier),
        *told(f"{slave.name} MII", slave.state.mii_status),
        *told(f"{slave.name} link failures", slave.state.link_failure_count),
    )


def given_up_by_arp(slave: Slave, case: Case) -> bool:
    """Whether the ARP monitor has given up a slave whose link may well be fine.

    Where carrier is not told, as in a text, this is believed if it has given up all of them: that is said of its
    targets more than of the cables.
    """
    if not case.options.arp_interval:
        return False
    return bool(slave.link.carrier) or (slave.link.carrier is None and not case.usable and mii_known(case.bond))


def next_step(slave: Slave, case: Case) -> str:
    """What to do about a slave that cannot be used."""
    if slave.link.admin_up is False:
        if slave.ifindex == case.set_down:
            return f"none, {slave.name} is set up again by itself; 'bondtui revert' does it at once."
        return step(
            show(slave.name),
            f"find out who set {slave.name} down; {command('ip', 'link', 'set', 'dev', slave.name, 'up')} brings it back.",
        )
    if slave.link.carrier is not True and not given_up_by_arp(slave, case):
        return step(("ethtool", slave.name), f"check cable and switch port of {slave.name}{place(slave)}.")
    if case.options.arp_interval:
        target = next(iter(case.options.arp_targets), "TARGET")
        return step(
            ("ping", "-c", "3", "-I", case.bond.name, target),
            f"does the target run, and is it in the VLAN of {slave.name}'s port?",
        )
    return step(("ethtool", slave.name), "look at speed and duplex.")


def side_of(slave: Slave, case: Case) -> str:
    """Whose side a slave that cannot be used is on."""
    if slave.link.admin_up is False:
        return HOST
    return UNKNOWN_SIDE if case.options.arp_interval and slave.link.carrier is not False else CABLE
