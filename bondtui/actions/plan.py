"""From a wish and what is known to a plan: command, undo, predicted effect, and what the guards say."""

from __future__ import annotations

from bondtui.actions.guards import guarded
from bondtui.actions.prediction import predicted
from bondtui.actions.readiness import ready
from bondtui.actions.situation import Situation
from bondtui.core.words import printable
from bondtui.model.action import ACTIVATE, ASK, DOWN, UP, Guarded, Plan, SlaveSeen, Undo
from bondtui.model.bond import MODES_WITH_ACTIVE_SLAVE, Bond, BondOptions, Slave

RELIED_ON = (
    *("mode", "miimon", "updelay", "downdelay", "arp_interval", "arp_ip_targets", "ns_ip6_targets", "arp_missed_max"),
    *("primary", "primary_reselect", "min_links"),
)
"""The options that decide what the driver will do."""
COUNTING = "errors-on-slave"
"""The guard whose evidence changes all the time, as counters do."""

_CARRIER = {True: "has carrier", False: "has no carrier", None: "does not tell its carrier"}


def plan(situation: Situation) -> Plan:
    """The plan. Nothing is done by making it."""
    s = situation
    refusal, nothing_to_do = _refusal(s), _nothing_to_do(s)
    outage, effect = predicted(s) if not refusal and not nothing_to_do else (None, "Nothing would be done.")
    return Plan(
        action=s.action,
        bond=s.bond.name,
        slave=s.slave.name,
        command=_command(s.action.kind, s.bond, s.slave),
        undo_command=_undo_command(s),
        undo=_undo(s),
        outage_ms=outage,
        effect=effect,
        guards=guarded(s),
        refusal=refusal,
        nothing_to_do=nothing_to_do,
        active=s.bond.options.active_slave,
        options=tuple(getattr(s.bond.options, name) for name in RELIED_ON),
        seen=tuple(_seen(s.bond, each) for each in s.bond.slaves),
    )


def difference(old: Plan, new: Plan) -> str:
    """What has changed between two plans for the same wish, in words; ``""`` when the old one still holds."""
    if new.refusal or new.nothing_to_do:
        return new.refusal or new.nothing_to_do
    return _guard_difference(old, new) or _bond_difference(old, new) or _prediction_difference(old, new)


def _guard_difference(old: Plan, new: Plan) -> str:
    before = {each.guard: _agreed(each) for each in old.guards}
    return next((each.evidence for each in new.guards if _agreed(each) != before.get(each.guard)), "")


def _bond_difference(old: Plan, new: Plan) -> str:
    if old.bond != new.bond:
        return f"{old.bond} is named {new.bond} now"
    if (old.command, old.undo_command) != (new.command, new.undo_command):
        return f"the command would be '{' '.join(new.command)}' now"
    if old.active != new.active:
        names = {each.ifindex: each.name for each in new.seen}
        return f"the active slave is {names.get(new.active or 0, 'none')} now"
    if old.options != new.options:
        names_of = (name for name, was, now in zip(RELIED_ON, old.options, new.options, strict=True) if was != now)
        return f"{', '.join(names_of)} of {new.bond} changed"
    return _slave_difference(old.seen, new.seen) if old.seen != new.seen else ""


def _prediction_difference(old: Plan, new: Plan) -> str:
    if old.undo != new.undo:
        return "the permanent address of a slave changed"
    if (old.outage_ms, old.effect) != (new.outage_ms, new.effect):
        return f"the predicted effect is another one now: {new.effect.removesuffix('.')}"
    return ""


def _agreed(said: Guarded) -> tuple[str, str]:
    """What a person has agreed to: the result, and what was asked about, but for how long ago it was."""
    asks = said.result == ASK and said.guard != COUNTING
    return said.result, said.evidence.partition(", last ")[0] if asks else ""


def _slave_difference(old: tuple[SlaveSeen, ...], new: tuple[SlaveSeen, ...]) -> str:
    before = {each.ifindex: each for each in old}
    for each in new:
        was = before.pop(each.ifindex, None)
        if was is None:
            return f"{each.name} was added to the bond"
        if was != each:
            return _changed(was, each)
    gone = next(iter(before.values()), None)
    return f"{gone.name} left the bond" if gone else "the order of the slaves changed"


def _changed(was: SlaveSeen, now: SlaveSeen) -> str:
    """The first thing that is different about one slave."""
    if was.name != now.name:
        return f"{was.name} is named {now.name} now"
    if was.admin_up != now.admin_up:
        return f"{now.name} is set {'up' if now.admin_up else 'down'} now"
    if was.carrier != now.carrier:
        return f"{now.name} {_CARRIER[now.carrier]} now"
    if was.mii_status != now.mii_status:
        return f"MII of {now.name} is {now.mii_status or 'unknown'} now, it was {was.mii_status or 'unknown'}"
    return f"{now.name} is {'ready' if now.ready else 'not ready'} to carry traffic now"


def _seen(bond: Bond, slave: Slave) -> SlaveSeen:
    link = slave.link
    return SlaveSeen(
        slave.ifindex, slave.name, bool(link.admin_up), link.carrier, slave.state.mii_status, ready(bond, slave)
    )


def _command(kind: str, bond: Bond, slave: Slave) -> tuple[str, ...]:
    if kind == ACTIVATE:
        return ("ip", "link", "set", *_device(bond.name), "type", "bond", "active_slave", slave.name)
    return ("ip", "link", "set", *_device(slave.name), kind)


def _device(name: str) -> tuple[str, ...]:
    """The words for an interface; a name that ``ip`` could take for one of its own words, or for the start of one, is announced."""
    plain = name[:1].isalpha() and name[-1:].isdigit() and printable(name) == name
    return (name,) if plain else ("dev", name)


def _undo_command(s: Situation) -> tuple[str, ...]:
    if s.action.kind == DOWN:
        return _command(UP, s.bond, s.slave)
    if s.action.kind == UP:
        return _command(DOWN, s.bond, s.slave)
    return _command(ACTIVATE, s.bond, s.bond.active) if s.bond.active else ()


def _undo(s: Situation) -> Undo | None:
    bond, slave = s.bond, s.slave
    if s.action.kind == DOWN:
        return Undo(UP, bond.ifindex, slave.ifindex, slave.state.perm_hwaddr)
    if s.action.kind == UP or bond.active is None:
        return None
    before = bond.active
    return Undo(
        ACTIVATE, bond.ifindex, slave.ifindex, slave.state.perm_hwaddr, before.ifindex, before.state.perm_hwaddr
    )


def _refusal(s: Situation) -> str:
    if s.action.kind != ACTIVATE:
        return ""
    options: BondOptions = s.bond.options
    if options.mode not in MODES_WITH_ACTIVE_SLAVE:
        return f"{s.bond.name} is in mode {options.mode_name}, which has no active slave"
    return (
        f"{s.bond.name} has no active slave now, and the driver switches only from one to another"
        if s.bond.active is None
        else ""
    )


def _nothing_to_do(s: Situation) -> str:
    if s.action.kind == ACTIVATE:
        return f"{s.slave.name} is the active slave already" if s.is_active else ""
    if s.slave.link.admin_up == (s.action.kind == UP):
        return f"{s.slave.name} is set {s.action.kind} already"
    return ""
