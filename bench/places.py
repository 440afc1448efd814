"""Where things are measured, and what stands for what there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from bench import programs
from bench.network import Plan, Wiring
from bench.programs import Program

TWO_BY_TWO: Plan = {"bond0": ("eno1", "eno2"), "bond1": ("ens1", "ens2")}
SIXTY_FOUR: Plan = {"bond0": tuple(f"eno{number}" for number in range(1, 65))}

PROC_BONDING = """\
Ethernet Channel Bonding Driver: v6.1.176

Bonding Mode: fault-tolerance (active-backup)
Primary Slave: None
Currently Active Slave: eno1
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0
Peer Notification Delay (ms): 0

Slave Interface: eno1
MII Status: up
Speed: 10000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 02:00:00:00:00:01
Slave queue ID: 0

Slave Interface: eno2
MII Status: up
Speed: 10000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 02:00:00:00:00:02
Slave queue ID: 0
"""


class Place(NamedTuple):
    """A kernel to measure on."""

    name: str
    real: bool
    """Whether its bonds are the bonding driver's."""
    period: float
    """Seconds between two reads of the programs that take a period.

    In the guest CPU time is counted in ticks of 10 ms, and only for who runs when it ticks. A period that is no
    multiple of a tick lets every program meet the ticks at all phases, so that the count is fair in the long run.
    """
    patience: float
    """How much slower than a host it may be."""

    def wire(self, plan: Plan = TWO_BY_TWO) -> Wiring:
        """Make bonds and slaves in the namespace of this process."""
        return Wiring(plan, real=self.real)

    def dashboard(self, *, even: bool = False) -> Program:
        """The dashboard over the bonds of this place, as a bare ``bondtui`` opens it, or with this place's period."""
        start = programs.bondtui if self.real else programs.dressed
        return start("--interval", f"{self.period:g}") if even else start()

    def watch(self) -> Program:
        """``watch`` over the kernel's text; where there is no driver, over a copy of such a text."""
        if self.real:
            return programs.watch("/proc/net/bonding/bond0", self.period)
        copy = Path(os.environ["BENCH_SCRATCH"], "bond0")
        copy.write_text(PROC_BONDING, encoding="ascii")
        return programs.watch(str(copy), self.period)

    def bmon(self) -> Program:
        """``bmon`` over the interfaces of this place."""
        return programs.bmon(self.period)


HOST = Place("host", real=False, period=1.0, patience=1.0)
GUEST = Place("guest", real=True, period=1.003, patience=2.5)
PLACES = {place.name: place for place in (HOST, GUEST)}
