"""Pieces of sentences about bonds and slaves that several rules need. Names stay the kernel's bytes."""

from __future__ import annotations

from bondtui.core.words import age, listed
from bondtui.model.bond import ACTIVE_BACKUP, MII_GOING_BACK, MII_GOING_DOWN, MODES_WITH_ACTIVE_SLAVE, Bond, Slave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.triage.case import Case


def names(slaves: list[Slave]) -> str:
    """``eno1``, ``eno1 and eno2``; of many the first ones."""
    every = [slave.name for slave in slaves]
    return listed(every if len(every) <= 4 else [*every[:3], f"{len(every) - 3} more"])


def are(slaves: list[Slave]) -> str:
    """``is`` or ``are``."""
    return verb(slaves, "is", "are")


def verb(slaves: list[Slave], one: str, many: str) -> str:
    """The form that fits."""
    return one if len(slaves) == 1 else many


def trouble(slave: Slave, case: Case) -> str:
    """What is wrong with one slave, since when, and how often lately: ``lost carrier 14 s ago``."""
    track = case.track(slave)
    lately = track.downs_within(case.mono, case.limits.flap_window_s)
    times = f" ({lately} times in {age(case.limits.flap_window_s)})" if lately > 1 else ""
    ago = f" {age(case.mono - track.down_since.mono)} ago" if track.down_since else ""
    if slave.link.admin_up is False:
        return (f"was set down{ago}" if ago else "is set down") + times
    if slave.link.carrier is False:
        return (f"lost carrier{ago}" if ago else "has no carrier") + times
    options = case.options
    if options.arp_interval:
        targets = ", ".join(options.arp_targets) or "(none is set)"
        if slave.link.carrier:
            return f"has carrier but no answer from the ARP targets {targets}{times}"
        return f"is taken for dead by the ARP monitor (targets {targets}); whether it has carrier is not told"
    if slave.state.mii_status == MII_GOING_DOWN:
        return f"is going down{_waiting('downdelay', options.downdelay)}"
    if slave.state.mii_status == MII_GOING_BACK:
        return f"is coming back{_waiting('updelay', options.updelay)}"
    if slave.link.carrier is None:
        return f"is MII {slave.state.mii_status or 'unknown'}"
    return f"has carrier but is still MII {slave.state.mii_status or 'unknown'}{times}"


def _waiting(name: str, delay: int | None) -> str:
    return "" if delay is None else f" (waiting for {name} {delay} ms)"


def what_it_carries(bond: Bond) -> str:
    """The addresses that people know the bond by; link-local ones are not among them."""
    every = bond.addresses or ()
    known = [address.partition("/")[0] for address in every if not address.startswith(("fe80:", "169.254."))]
    return ", ".join([*known[:3], f"{len(known) - 3} more"] if len(known) > 3 else known) or "everything on it"


def if_lost(bond: Bond, left: list[Slave]) -> str:
    """What happens if the last slave goes; ``""`` while there are others."""
    return "" if len(left) != 1 else f"If {left[0].name} fails, {bond.name} is down: {what_it_carries(bond)}."


def traffic(bond: Bond, slaves: list[Slave]) -> str:
    """Who carries the traffic, in a sentence."""
    if bond.options.mode in MODES_WITH_ACTIVE_SLAVE:
        if bond.active is None:
            return "No slave is active yet." if bond.options.active_slave is not None else ""
        if bond.options.mode == ACTIVE_BACKUP or len(slaves) == 1:
            return f"Traffic is on {bond.active.name}."
        return f"Traffic is on {names(slaves)}; {bond.active.name} is the active slave."
    return f"Traffic is on {names(slaves)}." if slaves else ""


def told(label: str, value: object) -> tuple[str, ...]:
    """One line of evidence, none where the value is not known."""
    return () if value is None else (f"{label} {value}",)


def place(slave: Slave) -> str:
    """Permanent MAC, driver and bus address of a slave, as far as they are known, in brackets: for the way to the rack."""
    where = " ".join(filter(None, (slave.hardware.driver, slave.hardware.bus_info)))
    known = ", ".join(filter(None, (slave.state.perm_hwaddr, where)))
    return f" ({known})" if known else ""
