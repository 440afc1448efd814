"""What is said between a lab and those who ask it: plain values for JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bondtui.model.lab import About, BondWish, Fault, FaultInPlace, Host, LabBond, LabWish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Record = Mapping[str, Any]

ABOUT, PUT, UNDO, UNDO_ALL = "about", "put", "undo", "undo-all"


def wish_record(wish: LabWish) -> Record:
    """A wish as plain values."""
    return {**wish._asdict(), "bonds": [each._asdict() for each in wish.bonds]}


def wish_of(record: Record) -> LabWish:
    """The wish that was said."""
    bonds = tuple(BondWish(each["mode"], each["slaves"], _pairs(each["options"])) for each in record["bonds"])
    return LabWish(**{**record, "bonds": bonds, "command": tuple(record["command"])})


def about_record(about: About) -> Record:
    """All of a lab as plain values."""
    return {
        **about._asdict(),
        "bonds": [_bond_record(each) for each in about.bonds],
        "faults": [{**each._asdict(), "fault": each.fault._asdict()} for each in about.faults],
    }


def about_of(record: Record) -> About:
    """What a lab has told of itself; raises KeyError, TypeError or ValueError for what is no such thing."""
    faults = tuple(FaultInPlace(**{**each, "fault": Fault(**each["fault"])}) for each in record["faults"])
    bonds, commands = tuple(map(_bond_of, record["bonds"])), tuple(record["commands"])
    return About(**{**record, "bonds": bonds, "faults": faults, "commands": commands})


def request(do: str, fault: Fault | None = None) -> Record:
    """What is asked of a lab."""
    return {"do": do, **(fault._asdict() if fault else {})}


def fault_of(said: Record) -> Fault:
    """The fault that a request names; raises ValueError for what is none."""
    kind, subject, value = said.get("kind"), said.get("subject"), said.get("value")
    if not isinstance(kind, str) or not isinstance(subject, str) or not (value is None or type(value) is int):
        raise ValueError("that is no fault: it has a kind, a subject and maybe a whole number")
    return Fault(kind, subject, value)


def _bond_record(bond: LabBond) -> Record:
    return {**bond._asdict(), "hosts": [each._asdict() for each in bond.hosts]}


def _bond_of(record: Record) -> LabBond:
    told: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in record.items()}
    hosts = tuple(Host(**each) for each in record["hosts"])
    return LabBond(**{**told, "hosts": hosts, "options": _pairs(record["options"])})


def _pairs(told: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in told)
