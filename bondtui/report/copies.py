"""What was understood of texts from another machine: as the document of ``status``, and for people.

What a text does not tell is ``null`` in the document and is left out for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bondtui.core import lacp
from bondtui.core.options import applies
from bondtui.core.words import bond_mii_status, listed, printable, speed
from bondtui.drill.passage_record import rfc3339
from bondtui.model.bond import MODES_WITH_ACTIVE_SLAVE, Bond, Hardware, Slave
from bondtui.model.text import Copy, Unread
from bondtui.report import document as status

_UNITS = {
    **dict.fromkeys(("miimon", "updelay", "downdelay", "arp_interval", "peer_notif_delay"), " ms"),
    "lp_interval": " s",
}
_SAID_APART = frozenset({"mode", "active_slave", "primary", "ad_info"})
_SAID_FIRST = frozenset({"mii_status", "actor_port_state", "partner_port_state", "actor_churn", "partner_churn"})


def document(copies: Sequence[Copy]) -> status.Document:
    """The document of ``bondtui status --json``, with the source of each bond and what was not understood."""
    bonds = tuple(bond for copy in copies for bond in copy.bonds)
    sources = [copy.sources.get(bond.ifindex) for copy in copies for bond in copy.bonds]
    made = status.status(bonds, host="", wall=0.0, simulated=False)
    taken = _one([copy.taken for copy in copies])
    return {
        **made,
        "host": _one([copy.host for copy in copies]),
        "taken_at": rfc3339(taken) if isinstance(taken, float) else None,
        "bonds": [{**bond, "source": source} for bond, source in zip(made["bonds"], sources, strict=True)],
        "unread": [each._asdict() for copy in copies for each in copy.unread],
    }


def lines(copies: Sequence[Copy]) -> Iterator[str]:
    """The same for people, line by line, safe to draw."""
    for copy in copies:
        for bond in copy.bonds:
            yield from map(printable, _bond(bond, copy))
            yield ""
    unread = [each for copy in copies for each in copy.unread]
    if unread:
        yield "Not understood, or left open:"
        yield from (printable(f"  {_unread(each)}") for each in unread)
    else:
        yield "Every line was understood."


def _one(values: list[str | None] | list[float | None]) -> str | float | None:
    """What all agree on."""
    return values[0] if values and all(each == values[0] for each in values) else None


def _unread(unread: Unread) -> str:
    where = f"{unread.source}:{unread.line}" if unread.line else unread.source
    return f"{where}: {unread.why}{f': {unread.text}' if unread.text else ''}"


def _bond(bond: Bond, copy: Copy) -> Iterator[str]:
    options, link = bond.options, bond.link
    of = f" of {copy.host}" if copy.host else ""
    yield f"{bond.name}{of}, from {copy.sources.get(bond.ifindex)}"
    mode = "mode unknown" if options.mode is None else f"mode {options.mode_name} ({options.mode})"
    told = {"MII": bond_mii_status(bond), "operstate": link.operstate, "mtu": link.mtu, "MAC": link.hwaddr}
    yield f"  {', '.join([mode, *_told({**told, 'kernel': copy.kernel})])}"
    if bond.addresses is not None:
        yield f"  addresses {', '.join(bond.addresses) or 'none'}"
    if options.mode in MODES_WITH_ACTIVE_SLAVE:
        roles = {"active slave": _named(bond, options.active_slave), "primary": _named(bond, options.primary)}
        yield from _line("  ", _told(roles))
    yield from _line("  ", _options(bond))
    if (info := options.ad_info) is not None:
        yield from _line("  active aggregator: ", _told(_spelled(info._asdict())))
    if bond.hidden:
        yield f"  hidden from whoever made the copy (needs CAP_NET_ADMIN): {', '.join(bond.hidden)}"
    if bond.ifindex in copy.partial:
        yield "  the text shows a part of this bond only; it may have more slaves"
    yield f"  slaves: {listed([slave.name for slave in bond.slaves]) if bond.slaves else 'none in this text'}"
    for slave in bond.slaves:
        yield from _slave(slave)


def _options(bond: Bond) -> list[str]:
    said = []
    for name, value in bond.options._asdict().items():
        if name in _SAID_APART or value is None or not applies(name, bond.options):
            continue
        words = " ".join(value) or "none" if isinstance(value, tuple) else value
        said.append(f"{name} {words}{_UNITS.get(name, '')}")
    return said


def _slave(slave: Slave) -> Iterator[str]:
    link, state, hardware = slave.link, slave.state, slave.hardware
    first = {
        "MII": state.mii_status,
        "admin": _up(link.admin_up),
        "carrier": _up(link.carrier),
        "speed": _speed(hardware),
        "duplex": hardware.duplex,
        "mtu": link.mtu,
        "driver": hardware.driver,
        "bus": hardware.bus_info,
    }
    yield from _line(f"  {slave.name}: ", _told(first) or ["nothing but the name is told"])
    rest = {name: value for name, value in state._asdict().items() if name not in _SAID_FIRST}
    yield from _line("    ", _told(_spelled(rest)))
    for end, number, churn in (
        ("actor", state.actor_port_state, slave.actor_churn),
        ("partner", state.partner_port_state, slave.partner_churn),
    ):
        told = {"state": None if number is None else f"{number} {lacp.letters(number)}", "churn": churn}
        details = {
            name.removeprefix(f"{end}_").replace("_", " "): value
            for name, value in slave.lacp._asdict().items()
            if name.startswith(f"{end}_") and not name.endswith("churn")
        }
        yield from _line(f"    {end}: ", _told({**told, **details}))


def _speed(hardware: Hardware) -> str | None:
    if hardware.speed_unknown:
        return "unknown"
    return None if hardware.speed_mbps is None else speed(hardware.speed_mbps)


def _spelled(values: Mapping[str, object]) -> dict[str, object]:
    return {name.replace("_", " "): value for name, value in values.items()}


def _told(values: Mapping[str, object]) -> list[str]:
    return [f"{name} {value}" for name, value in values.items() if value is not None]


def _line(begin: str, said: list[str]) -> Iterator[str]:
    if said:
        yield begin + ", ".join(said)


def _named(bond: Bond, ifindex: int | None) -> str | None:
    if ifindex == 0:
        return "none"
    slave = bond.slave_at(ifindex)
    return slave.name if slave else None


def _up(value: bool | None) -> str | None:
    return None if value is None else "up" if value else "down"
