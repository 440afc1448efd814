"""The columns of the table of slaves: what each says, and which of them a width allows."""

from __future__ import annotations

from bondtui.core import lacp
from bondtui.core.tracks import Rates, Track
from bondtui.core.words import UNKNOWN, per_second, printable, rate, role, speed
from bondtui.model.bond import LACP, MII_DOWN, MII_UP, MODES_WITH_ACTIVE_SLAVE, Bond, Slave
from bondtui.model.record import NamedTuple
from bondtui.view.line import ACCENT, BAD, DIM, PLAIN, WARN, Span, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

GRAPH_AT_LEAST, GRAPH_AT_MOST = 10, 60
NAME_AT_LEAST, NAME_AT_MOST = 5, 15
MII_AT_LEAST = 4


class Row(NamedTuple):
    """One slave and what its cells are drawn from."""

    slave: Slave
    track: Track
    bond: Bond
    total: Rates
    """The sum of all slaves' rates."""


class Column(NamedTuple):
    """One column. All columns of a rank are shown together, the lowest rank first."""

    rank: int
    title: str
    cells: int
    draw: Callable[[Row], Span]
    right: bool = False
    graph_of: int | None = None
    """For a graph: which of the Rates it shows."""

    def says_something(self, bond: Bond) -> bool:
        """Whether it means anything in the mode of this bond."""
        if self.title in ("agg", "actor", "partner"):
            return bond.options.mode == LACP
        if self.title == "role":
            return bond.options.mode == LACP or bond.options.mode in MODES_WITH_ACTIVE_SLAVE
        return True


def columns_for(bond: Bond, cells: int) -> list[Column]:
    """The columns that fit into this width, in their order on screen; graphs take what is left."""
    name = max(width(printable(slave.name)) for slave in bond.slaves)
    mii = max(len(slave.state.mii_status or UNKNOWN) for slave in bond.slaves)
    key = (bond.options.mode, name, mii, cells)
    if key not in _chosen_before:
        _chosen_before.clear()
        _chosen_before[key] = _chosen(bond, name, mii, cells)
    return _chosen_before[key]


_chosen_before: dict[tuple[int | None, int, int, int], list[Column]] = {}
"""The columns of the last call, which are almost always those of the next."""


def _chosen(bond: Bond, name: int, mii: int, cells: int) -> list[Column]:
    offered = [each for each in COLUMNS if each.says_something(bond)]
    offered[0] = offered[0]._replace(cells=min(NAME_AT_MOST, max(NAME_AT_LEAST, name)))
    offered = [each._replace(cells=max(MII_AT_LEAST, mii)) if each.title == "MII" else each for each in offered]
    room = cells
    shown: set[int] = set()
    for rank in sorted({each.rank for each in offered}):
        needed = sum(each.cells + 1 for each in offered if each.rank == rank)
        if needed <= room or rank == 0:
            shown.add(rank)
            room -= needed
    wider = min(GRAPH_AT_MOST - GRAPH_AT_LEAST, max(0, room) // 2)
    return [
        each if each.graph_of is None or not wider else each._replace(cells=each.cells + wider)
        for each in offered
        if each.rank in shown
    ]


def _name(row: Row) -> Span:
    return printable(row.slave.name), PLAIN


def _role(row: Row) -> Span:
    word = role(row.bond, row.slave) or UNKNOWN
    return word, ACCENT if word == "ACTIVE" else PLAIN if row.slave.usable else DIM


def _admin(row: Row) -> Span:
    return ("up", PLAIN) if row.slave.link.admin_up else ("DOWN", BAD)


def _carrier(row: Row) -> Span:
    carrier = row.slave.link.carrier
    if carrier is None:
        return UNKNOWN, DIM
    if carrier:
        return "up", PLAIN
    return "LOST", BAD if row.slave.link.admin_up else DIM


def _mii(row: Row) -> Span:
    status = row.slave.state.mii_status
    return status or UNKNOWN, {MII_UP: PLAIN, MII_DOWN: BAD}.get(status or "", WARN)


def _speed(row: Row) -> Span:
    return speed(row.slave.hardware.speed_mbps), PLAIN


def _failures(row: Row) -> Span:
    """The driver's count, and the new ones since the start behind a plus."""
    count, new = row.slave.state.link_failure_count, row.track.new_failures
    if count is None:
        return UNKNOWN, DIM
    return (f"{count} +{new}", WARN) if new else (str(count), PLAIN)


def _aggregator(row: Row) -> Span:
    ours, info = row.slave.state.aggregator_id, row.bond.options.ad_info
    if ours is None:
        return UNKNOWN, DIM
    return str(ours), PLAIN if info is not None and info.aggregator_id == ours else WARN


def _port(state: int | None, row: Row) -> Span:
    text = lacp.letters(state)
    if state is None or not row.slave.usable:
        return text.lower(), DIM  # older kernels keep the last state of a port that is down
    healthy = state & lacp.CARRYING == lacp.CARRYING and not state & lacp.SILENT
    return text, PLAIN if healthy else BAD


def _actor(row: Row) -> Span:
    return _port(row.slave.state.actor_port_state, row)


def _partner(row: Row) -> Span:
    return _port(row.slave.state.partner_port_state, row)


def _rx(row: Row) -> Span:
    return rate(row.track.rates.rx_bits if row.track.rates else None), PLAIN


def _tx(row: Row) -> Span:
    return rate(row.track.rates.tx_bits if row.track.rates else None), PLAIN


def _share(part: float | None, whole: float) -> Span:
    return (UNKNOWN, DIM) if part is None or whole <= 0 else (f"{100 * part / whole:.0f}%", PLAIN)


def _rx_share(row: Row) -> Span:
    return _share(row.track.rates.rx_bits if row.track.rates else None, row.total.rx_bits)


def _tx_share(row: Row) -> Span:
    return _share(row.track.rates.tx_bits if row.track.rates else None, row.total.tx_bits)


def _errors(row: Row) -> Span:
    value = row.track.rates.errors if row.track.rates else None
    return per_second(value), BAD if value else PLAIN


def _drops(row: Row) -> Span:
    value = row.track.rates.drops if row.track.rates else None
    return per_second(value), WARN if value else PLAIN


COLUMNS = (
    Column(0, "slave", NAME_AT_LEAST, _name),
    Column(3, "role", 6, _role),
    Column(5, "admin", 5, _admin),
    Column(4, "carr", 4, _carrier),
    Column(1, "MII", MII_AT_LEAST, _mii),
    Column(8, "speed", 5, _speed, True),
    Column(7, "fail", 6, _failures, True),
    Column(6, "agg", 3, _aggregator, True),
    Column(6, "actor", 8, _actor),
    Column(6, "partner", 8, _partner),
    Column(10, "", GRAPH_AT_LEAST, _rx, False, 0),
    Column(2, "rx b/s", 6, _rx, True),
    Column(10, "", GRAPH_AT_LEAST, _tx, False, 1),
    Column(2, "tx b/s", 6, _tx, True),
    Column(11, "rx%", 4, _rx_share, True),
    Column(11, "tx%", 4, _tx_share, True),
    Column(12, "err/s", 5, _errors, True),
    Column(12, "drop/s", 6, _drops, True),
)
"""All columns in their order on screen."""
