"""The strip of slices: each in the state of the worst of its probes."""

from __future__ import annotations

from bondtui.drill.heartbeat import GOOD, LATE, LOST, NONE, WAITING, slices
from bondtui.drill.trail import Trail
from tests.probe_paths import shape

AFTER = 9.0


def states(of: str, cells: int, *, now: float = AFTER, per_cell: int = 2) -> list[str]:
    return slices([shape(of)], -0.005, cells * per_cell * 0.01 - 0.005, cells, now=now)


def test_each_slice_has_the_state_of_the_worst_of_its_probes() -> None:
    assert states("..x..l__lx..", 6) == [GOOD, LOST, LATE, NONE, LOST, GOOD]


def test_what_is_on_its_way_waits() -> None:
    assert states("....xx", 3, now=0.055) == [GOOD, GOOD, WAITING]
    assert states("....xx", 3, now=1.2) == [GOOD, GOOD, LOST]
    assert states("..xx" + "." * 30, 2, now=0.06) == [GOOD, WAITING]
    assert states("..xx" + "." * 30, 2, now=0.3) == [GOOD, LOST]  # overtaken


def test_what_could_not_be_sent_is_lost_at_once() -> None:
    assert states("..f.", 2, now=0.03) == [GOOD, LOST]


def test_the_worst_of_all_flows_is_shown() -> None:
    both = [shape("....x"), shape("..x.")]
    assert slices(both, -0.005, 0.055, 3, now=AFTER) == [GOOD, LOST, LOST]


def test_times_without_probes_are_empty() -> None:
    assert slices([Trail()], 0.0, 1.0, 3, now=AFTER) == [NONE] * 3
    assert slices([], 0.0, 1.0, 2, now=AFTER) == [NONE] * 2
    assert slices([shape("..")], 5.0, 6.0, 2, now=AFTER) == [NONE] * 2
    assert slices([shape("..")], -5.0, -4.0, 2, now=AFTER) == [NONE] * 2


def test_there_may_be_no_room_and_no_time() -> None:
    assert slices([shape("..")], 0.0, 1.0, 0, now=AFTER) == []
    assert slices([shape("..")], 0.0, 1.0, -3, now=AFTER) == []
    assert slices([shape("..")], 1.0, 1.0, 2, now=AFTER) == [NONE, NONE]
    assert slices([shape("..")], 2.0, 1.0, 2, now=AFTER) == [NONE, NONE]


def test_no_probe_is_left_out_between_two_slices() -> None:
    for cells in range(1, 30):
        assert LOST in slices([shape("......x......")], 0.0, 0.13, cells, now=AFTER)
