"""LACP of one bond: the active aggregator, then for each slave what its port does, and both ends of it bit by bit."""

from __future__ import annotations

from bondtui.core.lacp import BITS, NO_PARTNER
from bondtui.core.words import UNKNOWN, age, printable
from bondtui.model.bond import LACP
from bondtui.view.facts import hidden_line
from bondtui.view.head import shortened
from bondtui.view.lacp_table import ends, has_words, head, row
from bondtui.view.lacp_words import amiss, notes, port_sentence
from bondtui.view.line import ACCENT, BAD, CHOSEN, DIM, GOOD, PLAIN, STRONG, WARN, Line, Span, flowed, packed, plain
from bondtui.view.look import chosen_bond, chosen_slave, sign
from bondtui.view.page import BLANK, Frame, Page, Pane, Scroll, titled, window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bondtui.model.bond import Bond, Slave
    from bondtui.view.look import Look

LOOP = "BT036"
"""The rule that finds a port which hears its own LACPDUs."""
NO_SYSTEM = "00:00:00:00:00:00"
"""What ad_actor_system is while nobody has set it: then the system is the bond's own MAC address."""


def lacp_page(look: Look, scroll: Scroll, cells: int, rows: int) -> Page:
    """Draw it for a terminal of this size. There must be a bond."""
    judged = look.bonds
    bond, judgement = chosen_bond(judged, look.bond)
    glyph, tone = sign(judgement.rank, look.glyphs)
    title: Line = (("LACP of ", STRONG), (printable(bond.name), STRONG))
    frame = Frame(look, judged, titled(title, (((f"{glyph} {judgement.verdict}", tone),),), cells), cells, rows)
    frame.rule()
    if bond.options.mode != LACP:
        frame.add(list(flowed(((no_lacp(bond), PLAIN),), cells)))
        return frame.done()
    hidden = hidden_line(bond, cells, look.glyphs.cut)
    frame.add(shortened(list(packed(_facts(bond), cells)), max(1, frame.tall // 4), cells, look.glyphs.cut))
    frame.add(hidden)
    frame.rule()
    if frame.room > 3:
        frame.add([head(cells)])
    chosen = chosen_slave(bond, look.slave)
    loops = {each.ifindex for each in judgement.findings if each.rule == LOOP}
    ports = {
        slave.ifindex: list(_port(look, slave, port_sentence(bond, slave, loop=slave.ifindex in loops), cells, chosen))
        for slave in bond.slaves
    }
    pane = _ports(ports, chosen.ifindex if chosen is not None else 0, cells, frame.room)
    seen = window(pane, cells, frame.room, scroll)
    frame.below(seen)
    return frame.done(seen, free=scroll.free)


def _ports(ports: Mapping[int, list[Line]], chosen: int, cells: int, rows: int) -> Pane:
    """All slaves, apart from each other where there is room, and the meaning of the letters."""
    lines: list[Line] = [] if ports else [*flowed((("the bond has no slaves", WARN),), cells)]
    keep: range | None = None
    spots: dict[int, int] = {}
    below = [BLANK, *legend(cells)]
    apart = [BLANK] if sum(map(len, ports.values())) + len(ports) - 1 + len(below) <= rows else []
    for ifindex, port in ports.items():
        lines += apart if lines else []
        drawn = range(len(lines), len(lines) + len(port))
        lines += port
        keep = drawn if ifindex == chosen else keep
        spots |= dict.fromkeys(drawn, ifindex)
    return Pane([*lines, *below], by_hand=True, keep=keep, spots=spots)


def no_lacp(bond: Bond) -> str:
    """What is said of a bond of another mode."""
    return f"{printable(bond.name)} is a bond of mode {bond.options.mode_name}: LACP is spoken in mode 802.3ad only."


def legend(cells: int) -> list[Line]:
    """Letter and word of each bit."""
    items: list[Line] = [((letter, STRONG), (f" {word}", DIM)) for _, letter, word in BITS]
    return list(packed(items, cells))


def _facts(bond: Bond) -> Iterator[Line]:
    """What is so for the whole bond, most of it of its active aggregator."""
    options = bond.options
    info = options.ad_info
    if info is None:
        yield _item("active aggregator", "none", BAD)
    else:
        yield _item("active aggregator", _told(info.aggregator_id))
        yield _item("ports", _told(info.num_ports))
        yield _item("actor key", _told(info.actor_key))
        yield _item("partner key", _told(info.partner_key))
        nobody = info.partner_mac == NO_PARTNER
        yield _item("partner", "none" if nobody else info.partner_mac or UNKNOWN, BAD if nobody else PLAIN)
    others = {each.state.aggregator_id for each in bond.slaves} - {None, info.aggregator_id if info else None}
    if others:
        label = "other aggregator:" if len(others) == 1 else "other aggregators:"
        yield _item(label, ", ".join(str(each) for each in sorted(filter(None, others))), WARN)
    yield _item("rate", options.lacp_rate or UNKNOWN)
    for label, value in (("lacp_active", options.lacp_active), ("ad_select", options.ad_select)):
        if value is not None:
            yield _item(label, value)
    if options.ad_actor_system not in (None, NO_SYSTEM):
        yield _item("actor system", str(options.ad_actor_system))
    if options.ad_actor_sys_prio is not None:
        yield _item("actor system prio", str(options.ad_actor_sys_prio))
    if options.min_links:
        yield _item("min_links", str(options.min_links))


def _item(label: str, value: str, tone: str = PLAIN) -> Line:
    return (f"{label} ", DIM), (value, tone)


def _told(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _port(look: Look, slave: Slave, does: Span, cells: int, highlighted: Slave | None) -> Iterator[Line]:
    """A slave: what its port does, or did when it was last read, both ends, and what is to be said about them."""
    said, tone = does if look.stale_s is None else (f"{age(look.stale_s)} ago: {does[0]}", DIM)
    chosen = slave is highlighted
    glyph = {GOOD: look.glyphs.ok, WARN: look.glyphs.warn, BAD: look.glyphs.bad}.get(tone, look.glyphs.unknown)
    first: Line = (
        (f"{look.glyphs.chosen if chosen else ' '} ", ACCENT),
        (printable(slave.name), CHOSEN if chosen else STRONG),
        ("  ", PLAIN),
    )
    yield from flowed(((f"{glyph} {said}", tone),), cells, first=first, indent="    ")
    for line in _told_of(slave, cells):
        yield line if look.stale_s is None else ((plain(line), DIM),)


def _told_of(slave: Slave, cells: int) -> Iterator[Line]:
    """Both ends, and what is to be said about them."""
    for end in ends(slave):
        yield row(end, cells)
    yield from packed(_about(slave), cells, indent=" " * 4)
    remarks = [*(() if has_words(cells) else amiss(slave)), *notes(slave)]
    if remarks:
        yield from flowed(tuple(_joined(remarks)), cells, first=(("    ", PLAIN),), indent="    ")


def _joined(remarks: list[Span]) -> Iterator[Span]:
    for number, (text, tone) in enumerate(remarks):
        yield (f"; {text}" if number else text), tone


def _about(slave: Slave) -> Iterator[Line]:
    """Its aggregator, and the LACPDUs as far as the kernel counts them."""
    yield _item("aggregator", _told(slave.state.aggregator_id))
    counts = slave.lacpdus
    if counts is None:
        yield _item("LACPDUs", UNKNOWN, DIM)
        return
    yield (("LACPDUs ", DIM), (f"rx {counts.rx}  tx {counts.tx}", PLAIN))
    yield _item("unknown", str(counts.unknown_rx), WARN if counts.unknown_rx else PLAIN)
    yield _item("illegal", str(counts.illegal_rx), WARN if counts.illegal_rx else PLAIN)
