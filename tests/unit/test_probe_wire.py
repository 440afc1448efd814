"""What the probe engine and its client say to each other, and the schedule on a clock of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import probe_wire
from bondtui.core.probe_wire import READY, RECORD
from bondtui.core.schedule import Schedule
from bondtui.model.probe import AGAIN, ANSWERED, FAILED, SENT, Flow, News, Target

MS = 1_000_000
NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), max_size=15)
PORTS = st.one_of(st.none(), st.integers(1, 65535))


@given(st.sampled_from(["icmp", "tcp", "udp"]), NAMES, PORTS, NAMES, PORTS)
def test_a_flow_is_the_same_after_it_was_a_word(
    kind: str, address: str, port: int | None, device: str, source: int | None
) -> None:
    flow = Flow(Target(address, kind, port), device, source)
    assert probe_wire.flow_of(probe_wire.word_of(flow)) == flow


PING = Flow(Target("192.0.2.1"))


@pytest.mark.parametrize(
    ("flows", "period", "words"),
    [
        ([PING], 0.0009, "period"),
        ([PING], 10.1, "period"),
        ([PING], float("nan"), "period"),
        ([], 1.0, "0 flows"),
        ([PING] * 257, 1.0, "257 flows"),
        ([PING] * 51, 0.005, "51 flows every 0.005 s: at most 10000 probes a second are sent"),
        ([Flow(Target("192.0.2.1", "tcp"))], 1.0, "needs a port"),
        ([Flow(Target("192.0.2.1", "udp", 65536))], 1.0, "65536"),
        ([PING._replace(source_port=0)], 1.0, "0: ports"),
        ([Flow(Target("192.0.2.1", "sctp", 7))], 1.0, "sctp"),
        ([Flow(Target("a/b"))], 1.0, "no address"),
        ([PING._replace(device="a\0b")], 1.0, "no interface name"),
    ],
)
def test_what_cannot_be_probed_is_said(flows: list[Flow], period: float, words: str) -> None:
    assert words in probe_wire.trouble_with(flows, period)


@pytest.mark.parametrize("period", [0.001, 0.2, 10.0])
def test_nothing_is_said_against_ordinary_flows(period: float) -> None:
    flows = [PING, Flow(Target("fe80::1%bond0", "tcp", 22), "bond0", 40001)]
    assert probe_wire.trouble_with(flows, period) == ""


SAID = READY + b"".join(
    RECORD.pack(at, number, error, flow, code)
    for at, number, error, flow, code in [
        (1.5, 0, 0, 0, 1),
        (1.6, 0, 0, 0, 2),
        (1.7, 0, 0, 0, 3),
        (2.5, 70_000, 100, 3, 4),
    ]
)
NEWS = [
    News(0, 0, SENT, 1.5),
    News(0, 0, ANSWERED, 1.6),
    News(0, 0, AGAIN, 1.7),
    News(3, 70_000, FAILED, 2.5, 100),
]


@given(st.lists(st.integers(0, len(SAID))))
def test_news_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    found, rest = [], b""
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(SAID)], strict=True):
        more, rest = probe_wire.news(rest + SAID[start:end])
        found += more
    assert (found, rest) == (NEWS, b"")


@given(st.binary(max_size=300))
def test_random_bytes_are_some_news_or_none(data: bytes) -> None:
    found, rest = probe_wire.news(data)
    assert len(found) <= len(data) // RECORD.size
    assert len(rest) == len(data) % RECORD.size


@given(st.one_of(st.none(), st.sets(st.integers(0, 7))))
def test_a_choice_is_the_same_after_it_was_a_line(chosen: set[int] | None) -> None:
    told = probe_wire.choice_of(probe_wire.choice_line(chosen).rstrip(), 8)
    assert told == frozenset(range(8) if chosen is None else chosen)


@given(st.binary(max_size=40))
def test_random_bytes_choose_nothing_that_is_not_there(line: bytes) -> None:
    assert (probe_wire.choice_of(line, 2) or frozenset()) <= {0, 1}
    assert probe_wire.choice_of(b"choose " + line, 2) is not None


@given(st.integers(MS, 10_000 * MS), st.integers(1, 9))
def test_the_schedule_does_not_drift(period: int, flows: int) -> None:
    schedule = Schedule(17, period, flows)
    times: list[list[int]] = [[] for _ in range(flows)]
    for _ in range(50 * flows):
        now = schedule.next_at
        (flow,) = schedule.due(now)
        times[flow].append(now)
    for flow, its in enumerate(times):
        assert its == [17 + -(-(turn * flows + flow) * period // flows) for turn in range(50)]


def test_flows_take_turns_evenly() -> None:
    schedule = Schedule(0, 8 * MS, 4)
    told = []
    for _ in range(6):
        now = schedule.next_at
        told.append((now // MS, list(schedule.due(now))))
    assert told == [(0, [0]), (2, [1]), (4, [2]), (6, [3]), (8, [0]), (10, [1])]


def test_what_was_missed_is_not_made_up_for() -> None:
    schedule = Schedule(0, 5 * MS, 1)
    assert list(schedule.due(0)) == [0]
    assert not schedule.due(1 * MS), "too early"
    assert schedule.due(1003 * MS) == [0], "200 turns late, once"
    assert schedule.next_at == 1005 * MS, "and on with the same beat"


@given(st.lists(st.integers(0, 40 * MS), min_size=1, max_size=40), st.integers(1, 5))
def test_a_flow_has_at_most_one_turn_a_period_and_none_is_lost_in_time(delays: list[int], flows: int) -> None:
    schedule, now, turns = Schedule(0, 5 * MS, flows), 0, 0
    for delay in delays:
        now = max(now, schedule.next_at) + delay
        due = schedule.due(now)
        assert due
        assert len(due) == len(set(due))
        assert now < schedule.next_at <= now + 5 * MS
        turns += len(due)
    assert turns <= now * flows // (5 * MS) + 1
