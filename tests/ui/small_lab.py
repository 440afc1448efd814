"""A lab in memory, for tests of the screens: it does nothing, remembers everything, and may refuse or be silent."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from bondtui.lab.faults import words
from bondtui.model.lab import FLAP, UML, About, Fault, FaultInPlace, LabBond

LONG_S = 30.0


def a_lab_bond(*slaves: str, name: str = "bond0", mode: str = "active-backup", first: int = 1) -> LabBond:
    """A bond of the lab with these slaves, plugged into p1 and so on."""
    names = slaves or ("eno1", "eno2")
    ports = tuple(f"p{n}" for n in range(first, first + len(names)))
    kind = "LACP partner" if mode == "802.3ad" else "bridge"
    return LabBond(name, mode, names, ports, "192.0.2.1/24", "192.0.2.254", f"sw{name[-1]}", kind)


class SmallLab:
    """See ``bondtui.ports.Lab``."""

    def __init__(self, *bonds: LabBond, now: float = 0.0) -> None:
        self.now = now
        """Its wall clock."""
        self.done: list[tuple[str, Fault]] = []
        """What was put and undone, in order."""
        self.asked = 0
        """How often it was asked what is in place."""
        self.refuses: Exception | None = None
        """What putting, undoing and asking raise."""
        self.go_on = threading.Event()
        """What is put and undone waits for this."""
        self.go_on.set()
        self._about = About(UML, "6.1.0", bonds or (a_lab_bond(),))

    def about(self) -> About:
        """What is in place."""
        self.asked += 1
        if self.refuses is not None:
            raise self.refuses
        return self._about

    def put(self, fault: Fault) -> About:
        """Have it in place from now on, once."""
        self._wait()
        self.done.append(("put", fault))
        there = FaultInPlace(fault, words(fault, self._about.bonds), self.now, by_itself=fault.kind == FLAP)
        self.hold([*(each for each in self._about.faults if each.fault[:2] != fault[:2]), there])
        return self._answer(there.words, f"put {fault.kind} {fault.subject}")

    def undo(self, fault: Fault) -> About:
        """Have it in place no more."""
        self._wait()
        self.done.append(("undo", fault))
        self.hold([each for each in self._about.faults if each.fault[:2] != fault[:2]])
        return self._answer(f"undone: {words(fault, self._about.bonds)}", f"undo {fault.kind} {fault.subject}")

    def hold(self, faults: Sequence[FaultInPlace]) -> None:
        """Have exactly these in place, as if somebody else had made them."""
        self._about = self._about._replace(faults=tuple(faults))

    def _answer(self, said: str, command: str) -> About:
        return self._about._replace(said=said, commands=(f"ip -n switch {command}",))

    def _wait(self) -> None:
        assert self.go_on.wait(LONG_S)
        if self.refuses is not None:
            raise self.refuses
