"""From a cable that is pulled or plugged to words about it on the terminal.

The link at the far end of a slave's cable is set down or up by one netlink request. The kernel's
event lies between the request and its acknowledgement, so both are taken as the start: the first
counts too much, for everybody alike; the second too little, where the words are out before the
acknowledgement is read, which is usual on one CPU.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing

from bench.network import Wiring
from bench.places import Place
from bench.programs import IP_MONITOR, PATIENCE_SECONDS, Program
from bench.samples import Samples
from bench.terminal import Terminal, watch_all

SLAVE = "eno2"
EVENTS = 18
"""Per program and round, half of them down, half up."""
REST_SECONDS = 0.35
"""Between two events, and as much again at random: what follows a failover has been written by then."""
SETTLE_SECONDS = 2.0
WORDS = {False: rb"carrier lost", True: rb"carrier (back|found|up)"}
"""What the dashboard writes when the slave's carrier goes and comes."""
IP_WORDS = {False: rb"eno2.*NO-CARRIER", True: rb"eno2.*LOWER_UP"}


def measure(samples: Samples, place: Place, rounds: int) -> None:
    """The programs take turns; each is alone with the kernel."""
    with closing(place.wire()) as wiring:
        for _ in range(rounds):
            for program, pattern in ((place.dashboard(), WORDS), (IP_MONITOR, IP_WORDS)):
                for asked, acknowledged, written in _events(program, pattern, wiring, place):
                    samples.add("event", place.name, program.name, (written - acknowledged) * 1000)
                    samples.add("event-asked", place.name, program.name, (written - asked) * 1000)


def _events(
    program: Program, words: dict[bool, bytes], wiring: Wiring, place: Place
) -> Iterator[tuple[float, float, float]]:
    """For each event when it was asked for, acknowledged, and written about."""
    with closing(wiring.far_switch(SLAVE)) as switch, program.start() as terminal:
        if program is not IP_MONITOR:
            terminal.wait_for(program.first, PATIENCE_SECONDS * place.patience)
        watch_all([terminal], SETTLE_SECONDS * place.patience)
        for number in range(EVENTS):
            up = number % 2 == 1
            _rest(terminal)
            asked, acknowledged = switch.set(up=up)
            yield asked, acknowledged, terminal.wait_for(words[up], PATIENCE_SECONDS)


def _rest(terminal: Terminal) -> None:
    """Let everything settle, for a time that is in no step with anybody's clock."""
    watch_all([terminal], REST_SECONDS * (1 + random.random()))
    terminal.forget()
