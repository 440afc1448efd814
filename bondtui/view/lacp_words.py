"""What the state of an 802.3ad port means, in one plain sentence, and what about it is benign (IEEE 802.1AX-2020 6.4)."""

from __future__ import annotations

from bondtui.core.lacp import (
    ACTIVITY,
    CARRYING,
    COLLECTING,
    DEFAULTED,
    DISTRIBUTING,
    EXPIRED,
    NO_PARTNER,
    SILENT,
    SYNC,
    TIMEOUT,
    carries,
)
from bondtui.core.words import counted, listed
from bondtui.view.line import BAD, DIM, GOOD, PLAIN, WARN, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.model.bond import Bond, Slave

MONITORING, CHURNED = "monitoring", "churned"
_NEEDED = ((SYNC, "in sync"), (COLLECTING, "collecting"), (DISTRIBUTING, "distributing"))
_SILENT = ((DEFAULTED, "defaulted"), (EXPIRED, "expired"))


def is_old(slave: Slave) -> bool:
    """Whether the bits are left from before the link went down: older kernels do not clear them."""
    return not slave.usable


def port_sentence(bond: Bond, slave: Slave, *, loop: bool = False) -> Span:
    """What this port does for the bond, and the tone to say it in; ``loop`` if it is known to hear its own LACPDUs."""
    actor, partner = slave.state.actor_port_state, slave.state.partner_port_state
    if is_old(slave):
        return _not_usable(slave, known=actor is not None)
    if actor is None:
        return "the kernel does not tell its LACP state", PLAIN
    info, ours = bond.options.ad_info, slave.state.aggregator_id
    active = info.aggregator_id if info is not None else None
    elsewhere = None not in (active, ours) and active != ours
    if actor & SILENT:
        return _silent(actor, elsewhere=elsewhere, loop=loop)
    if elsewhere:
        return f"in aggregator {ours}, not the active {active}: it carries nothing", WARN
    return _in_active(actor, partner, heard=_has_partner(slave))


def _not_usable(slave: Slave, *, known: bool) -> Span:
    status = slave.state.mii_status
    if slave.link.admin_up is False:
        said = "set down"
    elif status in ("going back", "going down"):
        said = f"MII status is {status}"
    elif status is None:
        said = "its MII status is not known"
    else:
        said = "the link is down"
    return (f"{said}: these bits are old" if known else said), BAD if status == "down" else WARN


def _has_partner(slave: Slave) -> bool:
    """Whether a partner was heard: it has a MAC address then, or, where that is hidden, bits of its own."""
    system = slave.lacp.partner_system_mac
    return system != NO_PARTNER if system is not None else (slave.state.partner_port_state or 0) > ACTIVITY


def _silent(actor: int, *, elsewhere: bool, loop: bool) -> Span:
    """Our own end has given the partner up, or is about to.

    Where no port hears a partner, the driver sends through those of the active aggregator all the same
    (drivers/net/bonding/bond_3ad.c, ad_agg_selection_logic); it sets the bit "in sync" in that one alone.
    """
    if actor & SILENT == SILENT:
        if loop:
            return "hears its own LACPDUs: there is a loop", BAD
        return "hears nothing yet: normal for 3 s after a link came up; if it stays, it hears its own LACPDUs", WARN
    if actor & EXPIRED:
        return "the partner has just fallen silent", BAD
    if actor & CARRYING == CARRYING:
        return "hears no partner; it carries traffic alone, without LACP", WARN
    if actor & SYNC and not elsewhere:
        return "hears no partner; the driver uses it as a last resort, without LACP", WARN
    return "hears no partner: it carries nothing", BAD


def _in_active(actor: int, partner: int | None, *, heard: bool) -> Span:
    carried = carries(actor, partner)
    if carried:
        return "carries traffic", GOOD
    if carried is None:
        return "the partner's state is not known", PLAIN
    if not heard:
        return "no partner heard yet: it carries nothing", WARN
    if not (partner or 0) & SYNC:
        return "the partner is not in sync: it refuses this port so far", BAD
    if not actor & SYNC:
        return "our port is not in sync: it carries nothing", BAD
    return "not yet collecting and distributing at both ends", WARN


def notes(slave: Slave) -> Iterator[Span]:
    """What may look like a fault and is none, and what was wrong before."""
    actor, partner = slave.state.actor_port_state, slave.state.partner_port_state
    if not is_old(slave) and carries(actor, partner) and actor is not None and partner is not None:
        yield from _benign(actor, partner)
    if MONITORING in (slave.actor_churn, slave.partner_churn) and not (actor or 0) & SILENT:
        yield "'monitoring' is normal in the first minute", DIM
    before = [
        f"{end} {counted(count, 'time')}"
        for end, count in (("actor", slave.lacp.actor_churned_count), ("partner", slave.lacp.partner_churned_count))
        if count
    ]
    if before:
        yield f"churned so far: {listed(before)}", DIM


def _benign(actor: int, partner: int) -> Iterator[Span]:
    slow = [end for end, state in (("actor", actor), ("partner", partner)) if not state & TIMEOUT]
    if slow:
        yield f"{listed(slow)} at the slow rate: {actor if actor & TIMEOUT == 0 else partner} is as healthy as 63", DIM
    passive = [end for end, state in (("actor", actor), ("partner", partner)) if not state & ACTIVITY]
    if len(passive) == 1:
        yield f"{passive[0]} passive: one active end is enough", DIM
    if len(passive) == 2:
        yield "both ends are passive: nobody sends LACPDUs, and the partner will be lost", WARN


def amiss(slave: Slave) -> Iterator[Span]:
    """The bits that are missing or bad at each end, in words."""
    if is_old(slave):
        return
    actor, partner = slave.state.actor_port_state, slave.state.partner_port_state
    for end, state in (("actor", actor), ("partner", partner)):
        if state is None or (end == "partner" and ((actor or 0) & DEFAULTED or not _has_partner(slave))):
            continue  # without a partner its bits are the driver's own defaults
        words = [f"not {word}" for bit, word in _NEEDED if not state & bit]
        words += [word for bit, word in _SILENT if state & bit]
        if words:
            yield f"{end} {listed(words)}", WARN
