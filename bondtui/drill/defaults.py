"""What a drill takes where nobody says otherwise: period, flows, limits; and targets as people write them."""

from __future__ import annotations

from bondtui.actions.outcome import LONGEST_MS
from bondtui.core.addresses import parsed
from bondtui.model.action import LONGEST_REVERT_S, SHORTEST_REVERT_S
from bondtui.model.bond import BALANCE_ALB, BALANCE_TLB, BALANCE_XOR, LACP, BondOptions
from bondtui.model.probe import ICMP, TCP, UDP, Flow, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PERIODS_PER_INTERVAL = 10
SHORTEST_OWN_PERIOD_S, LONGEST_OWN_PERIOD_S = 0.005, 0.1
FORCED_MIIMON_MS = 100
"""The driver's own miimon in 802.3ad, balance-tlb and balance-alb (bond_main.c, bond_check_params)."""

ONE_SLAVE_PER_FLOW = frozenset({LACP, BALANCE_XOR, BALANCE_TLB, BALANCE_ALB})
"""Modes that keep a flow on one slave; balance-rr spreads its packets, active-backup and broadcast do not choose."""
FLOWS, FLOWS_AT_MOST = 8, 16
FIRST_SOURCE, SOURCE_STEP = 61_490, 252
"""Source ports and ICMP identifiers are 61490, 61742 and so on up to 65270: above the kernel's ip_local_port_range
(32768 to 60999, if nobody has set another), so that nobody else is given them.

With xmit_hash_policy layer3+4 and encap3+4 the driver hashes the ports, and of an echo request its identifier
(drivers/net/bonding/bond_main.c, __bond_xmit_hash: ``flow.icmp.id``, since Linux 5.5). It folds the bytes onto each
other, drops the lowest bit (bond_ip_hash) and takes the remainder by the number of slaves. Of all steps this one
spreads best, as was found by trying: eight in a row evenly over 2, 4 and 8 slaves, and hardly ever sparing one of
three. Neighbouring numbers would not do: what they change in the hash is mostly a multiple of three.
"""

SHORTEST_LIMIT_MS, UNPREDICTED_LIMIT_MS, LONGEST_LIMIT_MS = 5000.0, 15_000.0, 300_000.0
BEYOND_PREDICTION_MS = 2000.0
PATIENCE_S = LONGEST_MS / 1000
"""The longest time that an action waits for the driver."""
PROBES_HELD = 3
HOLDS, MARGIN_S = 4, 10.0
"""Until a failover has settled up to three hold times may pass, and one more is the hold time itself."""


def period_s(options: BondOptions) -> float:
    """A tenth of the monitor's interval, from 5 to 100 ms."""
    interval_ms = options.arp_interval or options.miimon or FORCED_MIIMON_MS
    return min(LONGEST_OWN_PERIOD_S, max(SHORTEST_OWN_PERIOD_S, interval_ms / 1000 / PERIODS_PER_INTERVAL))


def hold_s(asked_s: float, period_s: float) -> float:
    """So long all flows must be answered before the next step: as asked for, and some probes at least."""
    return max(asked_s, PROBES_HELD * period_s)


def limit_ms(predicted_ms: float | None, objective_ms: float | None = None) -> float:
    """An outage that lasts longer ends a drill at once: twice what may be expected, from 5 to 300 s."""
    expected = UNPREDICTED_LIMIT_MS if predicted_ms is None else 2 * predicted_ms + BEYOND_PREDICTION_MS
    return min(LONGEST_LIMIT_MS, max(SHORTEST_LIMIT_MS, expected, 2 * (objective_ms or 0.0)))


def revert_after_s(hold_s: float, limit_ms: float, patience_s: float = PATIENCE_S) -> float:
    """So long the dead-man's switch waits: longer than anything between a fault and its restoring takes."""
    needed = patience_s + limit_ms / 1000 + HOLDS * hold_s + MARGIN_S
    return min(LONGEST_REVERT_S, max(SHORTEST_REVERT_S, needed))


def parse_target(text: str) -> Target:
    """``ADDR``, ``icmp:ADDR``, ``tcp:ADDR:PORT`` or ``udp:ADDR:PORT``, there with IPv6 in brackets.

    Raises ValueError with one clear line.
    """
    kind, _, rest = text.partition(":")
    if kind in (TCP, UDP):
        address, port = _with_port(kind, rest)
        return Target(_spelled(address), kind, port)
    return Target(_spelled(_bare(rest if kind == ICMP else text)))


def _with_port(kind: str, text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    if not address or not (address.endswith("]") or ":" not in address):
        raise ValueError(f"'{kind}:{text}' must be {kind}:ADDR:PORT, with an IPv6 address in brackets")
    if not (len(port) <= 5 and port.isascii() and port.isdecimal() and 1 <= int(port) <= 65_535):
        raise ValueError(f"'{port}' is no port: 1 to 65535")
    return _bare(address), int(port)


def _bare(address: str) -> str:
    return address[1:-1] if address.startswith("[") and address.endswith("]") else address


def _spelled(address: str) -> str:
    return str(parsed(address))


def flows_for(options: BondOptions, targets: Sequence[Target], devices: Sequence[str]) -> tuple[Flow, ...]:
    """The flows to these targets, each bound to the device of the same place (``""``: to none).

    In modes that keep a flow on one slave there are several to each target, 8 in all, so that some may cross the
    slave under test. They are also made where our side hashes no ports: the switch chooses a slave for each answer
    by a rule of its own. In other modes there is one to each target, and the kernel chooses its source.
    Raises ValueError for more than 16 targets.
    """
    ends = list(dict.fromkeys(zip(targets, devices, strict=True)))
    if len(ends) > FLOWS_AT_MOST:
        raise ValueError(f"{len(ends)} targets are more than the {FLOWS_AT_MOST} that can be probed at once")
    if options.mode not in ONE_SLAVE_PER_FLOW:
        return tuple(Flow(target, device) for target, device in ends)
    each, more = divmod(max(FLOWS, len(ends)), len(ends)) if ends else (0, 0)
    shared = [end for place, end in enumerate(ends) for _ in range(each + (place < more))]
    return tuple(
        Flow(target, device, FIRST_SOURCE + SOURCE_STEP * number) for number, (target, device) in enumerate(shared)
    )


def flow_words(flow: Flow) -> str:
    """Such as ``192.0.2.1 icmp`` or ``192.0.2.1 udp port 7 from 61490``."""
    target, source = flow.target, flow.source_port
    if target.kind == ICMP:
        return f"{target.address} icmp" + ("" if source is None else f" id {source}")
    said = f"{target.address} {target.kind} port {target.port}"
    return said if source is None else f"{said} from {source}"
