"""What can be made to go wrong at the peer: which faults there are, of what, with which values, and in which words."""

from __future__ import annotations

from bondtui.core.words import listed, printable
from bondtui.model.bond import LACP, MODES
from bondtui.model.lab import AGGREGATOR, FLAP, LACP_STOP, LOSS, MTU, OF_A_BOND, PULL, SILENT, Fault
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.model.lab import LabBond


class Value(NamedTuple):
    """The number that a fault takes."""

    name: str
    unit: str
    default: int
    least: int
    most: int
    sound: int | None = None
    """What is the case without the fault; it takes all but this."""


class Kind(NamedTuple):
    """One kind of fault."""

    name: str
    key: str
    """What makes it, and undoes it, on the screen."""
    title: str
    does: str
    """What is done at the peer, in one sentence."""
    expect: str
    """What is expected to happen then, in one sentence."""
    value: Value | None = None
    modes: tuple[str, ...] = ()
    """The modes it makes sense in; empty for all of them."""

    @property
    def of_a_bond(self) -> bool:
        """Whether it is of the whole peer and not of one of its ports."""
        return self.name in OF_A_BOND


class Done(NamedTuple):
    """What came of a fault that was asked for, or of its undoing."""

    words: str
    commands: tuple[str, ...] = ()
    """What was run, to be read and learned from; nothing where all was so already."""


KINDS = (
    Kind(
        PULL,
        "p",
        "pull the cable",
        "The peer's port is set down, as if its cable were pulled: both ends lose carrier.",
        "miimon sees it within miimon + downdelay, the ARP monitor after arp_missed_max + 1 intervals, and another slave takes"
        " over; without a monitor nothing does.",
    ),
    Kind(
        SILENT,
        "s",
        "a silent port",
        "The peer's port keeps its carrier but passes nothing, in either direction.",
        "miimon never sees it and what uses this slave is lost; the ARP monitor and LACP see it.",
    ),
    Kind(
        LOSS,
        "l",
        "lose frames",
        "A share of the frames is dropped at the peer's port, at random, in each direction.",
        "miimon never sees it and answers over this slave are lost; the ARP monitor and LACP see it only when several of their"
        " own frames in a row are lost.",
        Value("share", "percent", 20, 1, 100),
    ),
    Kind(
        FLAP,
        "f",
        "flap",
        "The cable is pulled for half a second and plugged in for half a second, again and again; it ends plugged in.",
        "Each pull counts in Link Failure Count and an active slave is replaced; a downdelay of more than half a second hides"
        " it, such an updelay keeps the slave out until it is over.",
        Value("times", "times", 5, 1, 50),
    ),
    Kind(
        LACP_STOP,
        "t",
        "stop LACP",
        "The peer sends no LACPDU any more on any of its ports; everything else passes.",
        "The partner expires after 3 s with lacp_rate fast, 90 s with slow; 3 s later the ports are defaulted, and the bond"
        " goes on over one of them without LACP, whatever the switch makes of that.",
        modes=(MODES[LACP],),
    ),
    Kind(
        AGGREGATOR,
        "g",
        "another aggregator",
        "The peer's port is moved to a second aggregator of another LACP system, as if the cable were in a wrong switch.",
        "The slave has a link and a partner but another Aggregator ID, and carries nothing while the first one is active.",
        modes=(MODES[LACP],),
    ),
    Kind(
        MTU,
        "m",
        "change the MTU",
        "The peer gets another MTU: its ports drop what is longer, in both directions.",
        "With a smaller MTU small pings pass and full ones are lost without a word, TCP connects and then hangs, and no monitor"
        " sees it.",
        Value("MTU", "bytes", 1400, 576, 9000, sound=1500),
    ),
)
"""In the order in which they are offered."""

_BY_NAME = {kind.name: kind for kind in KINDS}


def check(fault: Fault, bonds: Sequence[LabBond]) -> Fault:
    """The fault with its value filled in, of the bond where a slave of it was named for a fault of the whole bond.

    Raises:
        ValueError: It cannot be made; the text says in one line what can.
    """
    kind = _BY_NAME.get(fault.kind)
    if kind is None:
        raise ValueError(f"no fault {_shown(fault.kind)}: {', '.join(_BY_NAME)}")
    bond = _bond(kind, fault.subject, bonds)
    if kind.modes and bond.mode not in kind.modes:
        raise ValueError(f"{kind.name} needs mode {' or '.join(kind.modes)}: {bond.name} is {bond.mode}")
    return Fault(kind.name, bond.name if kind.of_a_bond else fault.subject, _value(kind, fault.value))


def offered(bonds: Sequence[LabBond], subject: str) -> tuple[Kind, ...]:
    """The kinds that can be made for a slave and its bond, or for a bond alone; none for what is not of the lab."""
    mode = next((bond.mode for bond in bonds if subject == bond.name or subject in bond.slaves), None)
    is_bond = any(subject == bond.name for bond in bonds)
    return tuple(
        kind
        for kind in KINDS
        if mode is not None and (not kind.modes or mode in kind.modes) and (kind.of_a_bond or not is_bond)
    )


def words(fault: Fault, bonds: Sequence[LabBond]) -> str:
    """What is the case now, in a few words; of a fault that ``check`` has passed."""
    bond = bond_of(fault.subject, bonds)
    if fault.kind == LACP_STOP:
        return f"{bond.name}: {bond.peer} sends no LACPDUs"
    if fault.kind == MTU:
        return f"{bond.name}: MTU {fault.value} at {bond.peer} and its ports"
    port = bond.ports[bond.slaves.index(fault.subject)]
    said = {
        PULL: f"cable pulled at {port}",
        SILENT: f"{port} passes nothing",
        LOSS: f"{fault.value} % of the frames dropped at {port}, each way",
        FLAP: f"cable pulled and plugged {fault.value} times at {port}",
        AGGREGATOR: f"{port} moved to another aggregator, {second(bond)}",
    }
    return f"{fault.subject}: {said[fault.kind]}"


def bond_of(subject: str, bonds: Sequence[LabBond]) -> LabBond:
    """The bond of that name or with that slave; there is one."""
    return next(bond for bond in bonds if subject == bond.name or subject in bond.slaves)


def second(bond: LabBond) -> str:
    """The name of the peer's other aggregator, which is there only while a port is in it."""
    return f"{bond.peer}-b"


def _bond(kind: Kind, subject: str, bonds: Sequence[LabBond]) -> LabBond:
    for bond in bonds:
        if subject in bond.slaves or (kind.of_a_bond and subject == bond.name):
            return bond
        if subject == bond.name:
            raise ValueError(f"{kind.name} is of one slave: {' or '.join(bond.slaves)}, not {bond.name}")
    slaves = listed([slave for bond in bonds for slave in bond.slaves])
    if kind.of_a_bond:
        raise ValueError(f"no bond {_shown(subject)} in this lab: there is {listed([bond.name for bond in bonds])}")
    raise ValueError(f"no slave {_shown(subject)} in this lab: there is {slaves}")


def _value(kind: Kind, value: int | None) -> int | None:
    takes = kind.value
    if takes is None:
        if value is not None:
            raise ValueError(f"{kind.name} takes no value")
        return None
    if value is None:
        return takes.default
    if not takes.least <= value <= takes.most:
        raise ValueError(f"{kind.name} takes {takes.least} to {takes.most} {takes.unit}, not {value}")
    if value == takes.sound:
        raise ValueError(f"{kind.name} {value} is no fault: that is so when nothing is wrong")
    return value


def _shown(name: str) -> str:
    return printable(name) or "''"
