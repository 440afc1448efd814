"""The first screen of a drill: what shall be tested, how, and against whom."""

from __future__ import annotations

from bondtui.core.words import printable, sentence
from bondtui.drill.record import target_words
from bondtui.model.bond import MODES_WITH_ACTIVE_SLAVE
from bondtui.model.drill import ADMIN_DOWN, CABLE, SWITCH_ACTIVE
from bondtui.view.drill_form import FAULT, FIELDS, HOLD, OBJECTIVE, ROUNDS, SLAVE, TARGET, Form
from bondtui.view.drill_page import Body
from bondtui.view.line import ACCENT, BAD, CHOSEN, DIM, PLAIN, STRONG, Line, clip, flowed, pad, width
from bondtui.view.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAME_CELLS, VALUE_CELLS = 13, 26
BESIDE_FROM = 64
"""From this width on what a value means stands beside it."""
PROVES = {
    ADMIN_DOWN: "the slave is set down: shows that the driver fails over",
    SWITCH_ACTIVE: "another slave is made active: shows a clean switch, and no fault",
    CABLE: "you pull the cable: shows that the link's loss is noticed as well",
}
MEANS = {
    OBJECTIVE: "ms, longest outage that passes, or none",
    ROUNDS: "of every slave: failover and failback",
    HOLD: "s of answers before each next step",
}
SPELLINGS = "address, tcp:address:port or udp:address:port"
PROMISE = (
    "Nothing is changed before you have seen the pre-flight and agreed to it. A dead-man's switch takes every"
    " fault back, whatever becomes of bondtui, of the terminal and of your connection."
)
LIMITS = "No fault of these shows what happens when a switch stays up and drops frames."


def setup(form: Form, look: Look, cells: int) -> Body:
    """The form, the highlighted field marked."""
    lines: list[Line] = [((" ", PLAIN),)]
    fields: dict[int, str] = {}
    keep = 0
    for name in FIELDS:
        fields[len(lines)] = name
        if name == form.at:
            keep = len(lines)
        lines += _field(form, name, look, cells)
        if form.wrong[0] == name:
            first: Line = ((f"   {look.glyphs.bad} ", BAD),)
            lines += flowed(((printable(form.wrong[1]), BAD),), cells, first=first, indent="     ")
            keep = len(lines) - 1
    lines.append(((" ", PLAIN),))
    lines += flowed(((PROMISE, PLAIN),), cells)
    lines += flowed(((LIMITS, DIM),), cells)
    return Body(_title(form), lines, keep=keep, fields=fields)


def _title(form: Form) -> Line:
    options = form.bond.options
    said = options.mode_name
    if options.mode in MODES_WITH_ACTIVE_SLAVE:
        said += f", active {printable(form.bond.active.name) if form.bond.active else 'none'}"
    if options.arp_interval:
        said += f", arp_interval {options.arp_interval}"
    elif options.miimon is not None:
        said += f", miimon {options.miimon}"
    return ("Failover drill of ", STRONG), (printable(form.bond.name), STRONG), (f"  {said}", DIM)


def _field(form: Form, name: str, look: Look, cells: int) -> Iterator[Line]:
    here = name == form.at
    value, means = _value(form, name), _means(form, name)
    mark: Line = ((f" {look.glyphs.chosen if here else ' '} ", ACCENT), (pad(name.capitalize(), NAME_CELLS - 3), PLAIN))
    drawn: Line = ((f" {value} ", CHOSEN if here else STRONG),)
    drawn = (("<", DIM), *drawn, (">", DIM)) if here else ((" ", PLAIN), *drawn, (" ", PLAIN))
    used = NAME_CELLS + width(value) + 4
    if cells >= BESIDE_FROM and used <= NAME_CELLS + VALUE_CELLS:
        gap: Line = ((" " * (NAME_CELLS + VALUE_CELLS - used), PLAIN),)
        yield from (
            flowed(((means, DIM),), cells, first=(*mark, *drawn, *gap), indent=" " * (NAME_CELLS + VALUE_CELLS))
            if means
            else iter([(*mark, *drawn)])
        )
        return
    room = max(4, cells - NAME_CELLS - 4)
    if width(value) > room:
        shown = f" {clip(value, room, look.glyphs.cut)} "
        drawn = tuple((shown, tone) if text == f" {value} " else (text, tone) for text, tone in drawn)
    yield (*mark, *drawn)
    if here and means:
        yield from flowed(((means, DIM),), cells, first=((" " * 4, PLAIN),), indent=" " * 4)


def _value(form: Form, name: str) -> str:
    if name == SLAVE:
        slave = form.bond.slave_at(form.slave)
        return printable(slave.name) if slave else "every one in turn"
    if name == FAULT:
        return form.fault
    if name == TARGET:
        if form.target or (form.at == TARGET and not form.fresh):
            return printable(form.target)
        return printable(target_words(form.found[0].target)) if form.found else "found by bondtui"
    value = {OBJECTIVE: form.objective, ROUNDS: form.rounds, HOLD: form.hold}[name]
    return value or ("none" if name == OBJECTIVE and (form.fresh or form.at != name) else "")


def _means(form: Form, name: str) -> str:
    if name == SLAVE:
        return _of_slave(form)
    if name == FAULT:
        return PROVES[form.fault]
    return _of_target(form) if name == TARGET else MEANS[name]


def _of_slave(form: Form) -> str:
    slave = form.bond.slave_at(form.slave)
    if slave is None:
        return f"{len(form.bond.slaves)} slaves, one after the other"
    if form.bond.options.mode in MODES_WITH_ACTIVE_SLAVE:
        active = slave.ifindex == form.bond.options.active_slave
        return "the active slave" if active else "not the active slave now"
    return "usable" if slave.usable else "cannot carry traffic now"


def _of_target(form: Form) -> str:
    if form.target:
        named = [each for each in form.found if target_words(each.target) == form.target]
        return printable(named[0].why) if named else SPELLINGS
    if form.wrong[0] == TARGET:
        return SPELLINGS
    if form.found:
        return printable(form.found[0].why)
    if form.looking:
        return "looking for a gateway or a neighbour ..."
    return sentence(f"{form.no_target}; type an address") if form.no_target else "the gateway, or else a neighbour"
