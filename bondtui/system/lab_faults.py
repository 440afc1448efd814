"""The faults of a running lab: made and undone at the peer, by ``ip`` and ``tc`` in its network namespace."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from bondtui.core.words import counted
from bondtui.lab import faults as kinds
from bondtui.lab.faults import Done
from bondtui.lab.faults_steps import Built, Peer, built, sound, steps, wanted
from bondtui.model.lab import AGGREGATOR, FLAP, PULL, Fault, FaultInPlace, LabBond
from bondtui.model.record import NamedTuple
from bondtui.ports import LabError
from bondtui.system.lab_faults_shell import Programs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.lab.faults_steps import Command
    from bondtui.system.lab_faults_shell import Shell

SWITCH = "switch"
HALF_FLAP_S = 0.5
"""So long is the cable out, and so long in: longer than the usual miimon of 100 ms."""
WRONG = 64

K = TypeVar("K")
V = TypeVar("V")
Key = tuple[str, str]
"""Kind and subject: of the same kind, a subject has one fault."""


class _Flap(NamedTuple):
    """How far a flap is."""

    left: int
    """How many times the cable is still to be pulled."""
    is_out: bool
    until: float
    """By the clock: when it goes on."""


class Faults:
    """What is wrong at the peers of a lab. All of it is called in one thread, and blocks for a moment.

    Args:
        bonds: The bonds of the lab, as they were built.
        namespace: The peer's network namespace, as ``ip netns`` calls it.
        shell: Who runs the commands, if not the programs themselves.
        clock: Seconds that only go on.
    """

    def __init__(
        self,
        bonds: Sequence[LabBond],
        namespace: str = SWITCH,
        *,
        shell: Shell | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bonds = tuple(bonds)
        self._shell = shell or Programs(namespace)
        self._clock = clock
        self._faults: dict[Key, FaultInPlace] = {}
        self._flaps: dict[str, _Flap] = {}
        """By slave."""
        self._peers = {bond.name: sound(bond) for bond in self._bonds}
        self._built: dict[str, Built] = {}
        """By bond, while a fault needs it."""

    @property
    def in_place(self) -> tuple[FaultInPlace, ...]:
        """The faults, the oldest first."""
        return tuple(found._replace(words=self._words(found)) for found in self._faults.values())

    def put(self, fault: Fault) -> Done:
        """Make something go wrong, or change its value; raises LabError."""
        fault = self._checked(fault)
        key = fault.kind, fault.subject
        words = kinds.words(fault, self._bonds)
        if key in self._faults and self._faults[key].fault == fault:
            return Done(f"already so: {words}")
        flaps = self._flaps
        if fault.kind == FLAP:
            flaps = {**flaps, fault.subject: _Flap((fault.value or 1) - 1, True, self._clock() + HALF_FLAP_S)}
        found = FaultInPlace(fault, words, time.time(), by_itself=fault.kind == FLAP)
        commands = self._change({**_without(self._faults, key), key: found}, flaps, fault.subject)
        if not found.by_itself:
            return Done(self._words(found), commands)
        is_out = (PULL, fault.subject) in self._faults
        return Done(f"{words}, without effect: its cable is out already" if is_out else words, commands)

    def undo(self, fault: Fault) -> Done:
        """Put it right again, whatever its value; raises LabError."""
        fault = self._checked(fault._replace(value=None))
        key = fault.kind, fault.subject
        if key not in self._faults:
            return Done(f"nothing to undo: {fault.kind} {fault.subject} is not in place")
        words = self._faults[key].words
        flaps = _without(self._flaps, fault.subject) if fault.kind == FLAP else self._flaps
        return Done(f"undone: {words}", self._change(_without(self._faults, key), flaps, fault.subject))

    def undo_all(self) -> Done:
        """Put everything right again, as well as can be; raises LabError at the end where something could not."""
        if not self._faults:
            return Done("nothing to undo: no fault is in place")
        commands = []
        for bond in self._bonds:
            now, self._peers[bond.name], was = self._way(bond, {}, {})
            commands += steps(bond, now, self._peers[bond.name], was)
        undone = counted(len(self._faults), "fault")
        self._faults, self._flaps = {}, {}
        self._shell.run_all(commands)
        return Done(f"undone: {undone}", self._shown(commands))

    def due(self) -> float | None:
        """Seconds until ``tick`` wants to be called; ``None`` while nothing is going on by itself."""
        return max(0.0, min(flap.until for flap in self._flaps.values()) - self._clock()) if self._flaps else None

    def tick(self) -> None:
        """Do what is due; raises LabError, and then what could not go on has ended."""
        now = self._clock()
        for slave, flap in list(self._flaps.items()):
            if flap.until <= now:
                self._go_on(slave, flap, now)

    def _go_on(self, slave: str, flap: _Flap, now: float) -> None:
        faults = self._faults
        if flap.is_out and not flap.left:
            faults, flaps = _without(faults, (FLAP, slave)), _without(self._flaps, slave)
        else:
            left = flap.left if flap.is_out else flap.left - 1
            flaps = {**self._flaps, slave: _Flap(left, not flap.is_out, now + HALF_FLAP_S)}
        try:
            self._change(faults, flaps, slave)
        except LabError:
            self._faults, self._flaps = _without(self._faults, (FLAP, slave)), _without(self._flaps, slave)
            raise

    def _words(self, found: FaultInPlace) -> str:
        kind, slave = found.fault.kind, found.fault.subject
        if kind == FLAP:
            return f"{found.words}, {self._flaps[slave].left} to go"
        bond = kinds.bond_of(slave, self._bonds)
        if kind == AGGREGATOR and not self._peers[bond.name].ports[bond.slaves.index(slave)].apart:
            return f"{found.words}, as soon as its cable is in"
        return found.words

    def _checked(self, fault: Fault) -> Fault:
        try:
            return kinds.check(fault, self._bonds)
        except ValueError as error:
            raise LabError(str(error), WRONG) from None

    def _change(self, faults: dict[Key, FaultInPlace], flaps: dict[str, _Flap], subject: str) -> tuple[str, ...]:
        """Make these the faults of the bond that the subject is of; where that fails, all stays as it was."""
        bond = kinds.bond_of(subject, self._bonds)
        now, target, was = self._way(bond, faults, flaps)
        commands = steps(bond, now, target, was)
        try:
            self._shell.run(commands)
        except LabError:
            with suppress(LabError):
                self._shell.run_all(steps(bond, target, now, was))
            raise
        self._faults, self._flaps, self._peers[bond.name], self._built[bond.name] = faults, flaps, target, was
        return self._shown(commands)

    def _way(
        self, bond: LabBond, faults: Mapping[Key, FaultInPlace], flaps: Mapping[str, _Flap]
    ) -> tuple[Peer, Peer, Built]:
        """What is the case at a peer, what shall be, and how it was built where that is needed; raises LabError."""
        now = self._peers[bond.name]
        out = [slave for slave, flap in flaps.items() if flap.is_out]
        target = wanted(bond, [each.fault for each in faults.values()], out, now)
        if now.needs_built or not target.needs_built:
            return now, target, self._built.get(bond.name, Built())
        try:
            return now, target, built(bond, self._shell.links())
        except (KeyError, ValueError):
            raise LabError(f"{bond.peer} and its ports are not there as they were built") from None

    def _shown(self, commands: Sequence[Command]) -> tuple[str, ...]:
        return tuple(self._shell.shown(command) for command in commands)


def _without(mapping: Mapping[K, V], key: K) -> dict[K, V]:
    return {each: value for each, value in mapping.items() if each != key}
