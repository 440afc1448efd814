"""Which slaves each flow crosses: by the mode where that says it, else by the slaves' own packet counters."""

from __future__ import annotations

from bondtui.core import monitor as fold
from bondtui.drill import preflight
from bondtui.drill.crossing import Counted, counted, crossing
from bondtui.rehearsal.probes import Probes
from bondtui.rehearsal.tools import TICK_S, Tools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.model.bond import Bond
    from bondtui.model.drill import Crossing
    from bondtui.model.probe import Flow

PERIOD_S, PROBES = 0.005, 12
"""Of a burst; a silence that lasts equally long follows it."""
PAIRS, PAIRS_WHEN_QUIET = 4, 2
QUIET_PACKETS = 2
"""Where no slave counts more than this in the silences, there is no other traffic to tell the probes from."""


def traced(tools: Tools, bond: Bond, flows: Sequence[Flow]) -> tuple[Crossing, ...]:
    """The slaves of each flow; raises ProbeError, SourceError and Interrupted."""
    if (known := preflight.crossing_by_mode(bond)) is not None:
        return (known,) * len(flows)
    tools.say("looking which flow crosses which slave")
    probes = Probes(tools.probing, flows, PERIOD_S)
    try:
        return tuple(_found(tools, bond, probes, flow) for flow in range(len(flows)))
    finally:
        probes.stop()


def _found(tools: Tools, bond: Bond, probes: Probes, flow: int) -> Crossing:
    """The slaves of one flow. Where none is found it is looked once more: a machine that was held up blurs the counts."""
    found = _traced(tools, bond, probes, flow, PAIRS_WHEN_QUIET)
    return found if found.slaves else _traced(tools, bond, probes, flow, PAIRS)


def _traced(tools: Tools, bond: Bond, probes: Probes, flow: int, enough: int) -> Crossing:
    """Bursts of one flow with silences after them, and the counters around each; so many are ``enough`` if all is quiet."""
    pairs: list[tuple[Counted, Counted, Counted]] = []
    sent: list[int] = []
    probes.choose(())
    while len(pairs) < (enough if _is_quiet(pairs) else PAIRS):
        tools.wait(probes, TICK_S)  # answers that are still on their way
        first, before = _counters(tools, bond), len(probes.trails[flow])
        probes.choose({flow})
        tools.wait(probes, 8 * PROBES * PERIOD_S, lambda: len(probes.trails[flow]) - before >= PROBES)  # noqa: B023
        probes.choose(())
        tools.wait(probes, TICK_S)
        second = _counters(tools, bond)
        sent.append(len(probes.trails[flow]) - before)
        tools.wait(probes, second.at - first.at)
        pairs.append((first, second, _counters(tools, bond)))
    return crossing(pairs, sent, [each.ifindex for each in bond.slaves])


def _is_quiet(pairs: Sequence[tuple[Counted, Counted, Counted]]) -> bool:
    """Whether nothing but the probes was counted so far."""
    for _, before, after in pairs:
        for earlier, later in ((before.tx, after.tx), (before.rx, after.rx)):
            if any(later.get(slave, 0) - packets > QUIET_PACKETS for slave, packets in earlier.items()):
                return False
    return True


def _counters(tools: Tools, bond: Bond) -> Counted:
    """As of the reading itself: on a busy bond a tenth of a millisecond is a hundred packets."""
    reading = tools.hands.look()
    found = fold.took(tools.watcher.latest, reading, steady=False).bond_at(bond.ifindex)
    return counted(found or bond, reading.at.mono)
