"""The list of bonds, and the facts about the chosen one."""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.core.options import applies
from bondtui.core.tracks import Track
from bondtui.core.words import UNKNOWN, printable, rate
from bondtui.model.bond import LACP, Bond
from bondtui.view.line import ACCENT, BAD, DIM, PLAIN, STRONG, WARN, Line, Span, clip, fit, packed, pad, width
from bondtui.view.look import Judged, Look, sign

HIDDEN = "hidden: needs CAP_NET_ADMIN"


def bond_list(look: Look, judged: list[Judged], chosen: Bond, cells: int) -> list[Line]:
    """One line for each bond: glyph, name, word, mode."""
    names = min(15, max((width(printable(bond.name)) for bond, _ in judged), default=0))
    lines = []
    for bond, each in judged:
        glyph, tone = sign(each.rank, look.glyphs)
        here = bond.ifindex == chosen.ifindex
        spans: list[Span] = [
            (f"{look.glyphs.chosen if here else ' '}", ACCENT),
            (glyph, tone),
            (f" {pad(clip(printable(bond.name), names, look.glyphs.cut), names)} ", STRONG if here else PLAIN),
            (f"{each.word.lower():<9}", tone),
            (f" {bond.options.mode_name}", DIM),
        ]
        lines.append(fit(tuple(spans), cells))
    return lines


def bond_facts(look: Look, bond: Bond, cells: int) -> list[Line]:
    """Mode, who is active, the monitor, hash or LACP, addresses, and the bond's own rates."""
    return [fit(line, cells) for line in packed(fact_items(look, bond), cells - 1)]


def fact_items(look: Look, bond: Bond) -> list[Line]:
    """The same one by one: label and value, but for name and mode, which come first, and for the addresses."""
    options = bond.options
    items: list[Line] = [((printable(bond.name), STRONG), (f" {options.mode_name}", PLAIN))]
    if applies("active_slave", options):
        active = printable(bond.active.name) if bond.active else "none"
        items.append(_item("active", active, ACCENT if bond.active else BAD))
        primary = bond.slave_at(options.primary)
        if primary is not None:
            items.append(_item("primary", f"{printable(primary.name)} {options.primary_reselect}"))
    items += _monitor(bond)
    if applies("xmit_hash_policy", options) and options.xmit_hash_policy:
        items.append(_item("hash", options.xmit_hash_policy))
    if options.mode == LACP:
        items += _lacp(bond)
    items.append(_item("mtu", UNKNOWN if bond.link.mtu is None else str(bond.link.mtu)))
    if bond.addresses:
        items.append(((" ".join(bond.addresses), PLAIN),))
    track = look.monitor.tracks.get(bond.ifindex, Track(None))
    if track.rates is not None:
        items.append(_item("rx", f"{rate(track.rates.rx_bits):>5}"))
        items.append(_item("tx", f"{rate(track.rates.tx_bits):>5}"))
    return items


def _monitor(bond: Bond) -> list[Line]:
    options = bond.options
    if options.arp_interval:
        targets = ",".join(options.arp_targets) or "no target"
        return [_item("arp", f"{options.arp_interval} ms {targets}", PLAIN if targets != "no target" else BAD)]
    if options.miimon == 0:
        return [_item("monitor", "none", BAD)]
    items = [_item("miimon", UNKNOWN if options.miimon is None else str(options.miimon))]
    if options.updelay:
        items.append(_item("updelay", str(options.updelay)))
    if options.downdelay:
        items.append(_item("downdelay", str(options.downdelay)))
    return items


def _lacp(bond: Bond) -> list[Line]:
    info = bond.options.ad_info
    items = [_item("lacp", f"{bond.options.lacp_rate or UNKNOWN}")]
    if info is None:
        return [*items, _item("aggregator", "none", BAD)]
    ports = "1 port" if info.num_ports == 1 else f"{info.num_ports} ports"
    items.append(_item("aggregator", f"{info.aggregator_id} ({ports})"))
    nobody = info.partner_mac in (None, lacp.NO_PARTNER)
    items.append(_item("partner", "none" if nobody else str(info.partner_mac), BAD if nobody else PLAIN))
    return items


def _item(label: str, value: str, tone: str = PLAIN) -> Line:
    return (f"{label} ", DIM), (value, tone)


def hidden_line(bond: Bond, cells: int, cut: str) -> list[Line]:
    """Which facts the kernel keeps from us, if any; ``cut`` marks that there are more of them."""
    if not bond.hidden:
        return []
    label = f" {HIDDEN}: "
    said = clip(", ".join(bond.hidden), max(0, cells - width(label)), cut)
    return [fit(((label, WARN), (said, DIM)), cells)]
