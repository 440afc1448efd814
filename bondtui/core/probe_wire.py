"""What the probe engine and its client say to each other: flows as words, news as records, the choice as a line."""

from __future__ import annotations

from struct import Struct

from bondtui.model import probe
from bondtui.model.probe import ICMP, LONGEST_PERIOD_S, SHORTEST_PERIOD_S, TCP, UDP, Flow, News, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

NANOSECONDS = 1_000_000_000
RECORD = Struct("=dQiHBx")
"""Time (monotonic, seconds), number, errno, flow, code."""
SENT_CODE, ANSWERED_CODE, AGAIN_CODE, FAILED_CODE, READY_CODE = 1, 2, 3, 4, 5
_KINDS = {SENT_CODE: probe.SENT, ANSWERED_CODE: probe.ANSWERED, AGAIN_CODE: probe.AGAIN, FAILED_CODE: probe.FAILED}
READY = RECORD.pack(0.0, 0, 0, 0, READY_CODE)
"""The first record: every socket is open."""
MOST_FLOWS, MOST_PER_SECOND = 256, 10_000
EVERY_FLOW, CHOOSE = b"*", b"choose"


def word_of(flow: Flow) -> str:
    """A flow as one word; an interface name may hold anything but a slash."""
    target = flow.target
    port, source = ("" if each is None else str(each) for each in (target.port, flow.source_port))
    return f"{target.kind}/{target.address}/{port}/{source}/{flow.device}"


def flow_of(word: str) -> Flow:
    """The flow of such a word; raises ValueError."""
    kind, address, port, source, device = word.split("/")
    return Flow(Target(address, kind, int(port) if port else None), device, int(source) if source else None)


def trouble_with(flows: Collection[Flow], period_s: float) -> str:
    """Why these cannot be probed, in one line; ``""`` when nothing speaks against it."""
    if not SHORTEST_PERIOD_S <= period_s <= LONGEST_PERIOD_S:
        return f"a probe every {period_s:g} s: the period must be from {SHORTEST_PERIOD_S:g} to {LONGEST_PERIOD_S:g} s"
    if not 0 < len(flows) <= MOST_FLOWS:
        return f"{len(flows)} flows: there must be from 1 to {MOST_FLOWS}"
    if len(flows) > MOST_PER_SECOND * period_s:
        return f"{len(flows)} flows every {period_s:g} s: at most {MOST_PER_SECOND} probes a second are sent"
    return next((words for flow in flows if (words := _trouble_with_one(flow))), "")


def _trouble_with_one(flow: Flow) -> str:
    kind, port = flow.target.kind, flow.target.port
    if kind not in (ICMP, TCP, UDP):
        return f"{kind}: probes are icmp, tcp or udp"
    if kind != ICMP and port is None:
        return f"{flow.target.address}: a {kind} probe needs a port"
    for each in (port, flow.source_port):
        if each is not None and not 0 < each <= 0xFFFF:
            return f"{each}: ports and identifiers are from 1 to 65535"
    if any(sign in word for word in (flow.target.address, flow.device) for sign in "/\0"):
        return f"{flow.target.address!r} on {flow.device!r}: no address, or no interface name"
    return ""


def news(data: bytes) -> tuple[list[News], bytes]:
    """The news in what was read, and the beginning of a record that is not whole yet. What is no news is passed over."""
    whole = len(data) - len(data) % RECORD.size
    new, kinds = tuple.__new__, _KINDS
    found = [
        new(News, (flow, number, kinds[code], at, error))
        for at, number, error, flow, code in RECORD.iter_unpack(data[:whole])
        if code in kinds
    ]
    return found, data[whole:]


def choice_line(flows: Collection[int] | None) -> bytes:
    """The command that has only these flows sent; ``None`` for all."""
    chosen = [EVERY_FLOW] if flows is None else [b"%d" % each for each in sorted(flows)]
    return b" ".join((CHOOSE, *chosen)) + b"\n"


def choice_of(line: bytes, count: int) -> frozenset[int] | None:
    """Which of ``count`` flows such a line chooses; ``None`` if it is no such line."""
    word, *chosen = line.split() or [b""]
    if word != CHOOSE:
        return None
    if chosen == [EVERY_FLOW]:
        return frozenset(range(count))
    return frozenset(int(each) for each in chosen if each.isdigit() and int(each) < count)
