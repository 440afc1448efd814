"""Decoding by memory gives what decoding anew gives, whatever comes after whatever."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import rtnetlink
from bondtui.core.link_memory import LinkMemory, unchanged_but_for_counters
from bondtui.core.rtnetlink import attribute
from bondtui.model.bond import Counters, LinkErrors
from tests.builders import a_pair, a_slave, some_counters, some_errors


def number(kind: int, form: str, value: int) -> bytes:
    return attribute(kind, struct.pack(form, value))


def body(
    ifindex: int = 2,
    *,
    name: bytes = b"eno1",
    flags: int = 1,
    mtu: int = 1500,
    master: int | None = 10,
    carrier: int = 1,
    stats: bytes | None = struct.pack("=24Q", *range(24)),
    state: int | None = 1,
    mode: int | None = None,
    active: int | None = None,
    between: bytes = b"",
    rest: bytes = b"",
) -> bytes:
    """An RTM_NEWLINK body with its attributes in the kernel's order."""
    parts = [struct.pack("=BxHiII", 0, 1, ifindex, flags, 0), attribute(3, name + b"\0"), number(4, "=I", mtu)]
    if master is not None:
        parts.append(number(10, "=I", master))
    parts += [number(16, "=B", 6), number(33, "=B", carrier), number(35, "=I", 2), attribute(1, bytes(6))]
    if stats is not None:
        parts.append(attribute(23, stats) + between)
    info = b""
    if mode is not None:
        options = number(1, "=B", mode) + (b"" if active is None else number(2, "=I", active))
        info += attribute(1, b"bond\0") + attribute(2, options)
    if state is not None:
        info += attribute(4, b"bond\0") + attribute(5, number(1, "=B", state))
    if info:
        parts.append(attribute(18, info))
    return b"".join([*parts, rest])


BODIES = st.builds(
    body,
    st.sampled_from([2, 3]),
    name=st.sampled_from([b"eno1", b"eno2", b"\xff"]),
    flags=st.sampled_from([1, 0]),
    mtu=st.sampled_from([1500, 9000]),
    master=st.sampled_from([None, 10, 11]),
    carrier=st.sampled_from([0, 1]),
    stats=st.none()
    | st.builds(struct.pack, st.just("=24Q"), *[st.integers(0, 3)] * 24)
    | st.sampled_from([bytes(size) for size in (8, 64, 80, 168, 184, 200)]),
    state=st.sampled_from([None, 0, 1]),
    mode=st.sampled_from([None, 1, 4]),
    active=st.sampled_from([None, 2]),
    rest=st.sampled_from([b"", attribute(60, b"new"), bytes(3)]),
)


@given(st.lists(BODIES | st.binary(max_size=24), max_size=12), st.binary(max_size=8))
def test_memory_changes_nothing_but_the_cost(bodies: list[bytes], before: bytes) -> None:
    memory = LinkMemory()
    for each in [each for pair in zip(bodies, bodies, strict=True) for each in pair]:
        data, start = before + each + before, len(before)
        anew = rtnetlink.link(data, start, start + len(each))
        assert memory.link(data, start, start + len(each)) == (anew and anew[0])


@pytest.mark.parametrize(
    "changed",
    [
        body(name=b"eno2"),
        body(flags=0),
        body(mtu=9000),
        body(master=11),
        body(master=None),
        body(carrier=0),
        body(state=0),
        body(state=None),
        body(mode=1),
        body(stats=None),
        body(stats=bytes(8)),
        body(stats=bytes(64)),
        body(stats=bytes(192)),
        body(stats=struct.pack("=23Q", *range(23))),
        body(stats=struct.pack("=23Q", *range(23)), rest=bytes(64)),
        *(body(stats=struct.pack("=24Q", *(n + 1000 * (n == other) for n in range(24)))) for other in range(24)),
    ],
)
def test_any_change_is_seen_and_so_is_the_way_back(changed: bytes) -> None:
    memory, usual = LinkMemory(), body()
    for each in (usual, changed, usual, changed):
        anew = rtnetlink.link(each, 0, len(each))
        assert memory.link(each, 0, len(each)) == (anew and anew[0])


def test_attributes_behind_the_counters_are_not_overlooked() -> None:
    memory = LinkMemory()
    for mtu in (1500, 9000, 1500):
        each = body(rest=number(4, "=I", mtu))
        decoded = memory.link(each, 0, len(each))
        assert decoded is not None
        assert decoded.mtu == mtu


def test_what_has_not_changed_is_the_very_same_value() -> None:
    memory = LinkMemory()
    first, again = body(mode=1), body(mode=1, stats=struct.pack("=24Q", *range(100, 124)))
    old, new = (memory.link(each, 0, len(each)) for each in (first, again))
    assert old is not None
    assert new is not None
    assert new.bond is old.bond
    assert new.errors == LinkErrors._make((*range(110, 121), 109, 123))
    assert new.counters == Counters(102, 100, 104, 106, 103, 101, 105, 107)
    assert unchanged_but_for_counters(old, new)


@pytest.mark.parametrize("size", [8, 64, 80, 168, 184, 192, 200])
def test_what_follows_the_statistics_is_no_part_of_them(size: int) -> None:
    memory = LinkMemory()
    for stats, after in ((0, 1), (2, 3), (2, 4), (5, 4)):
        each = body(stats=bytes([stats]) * size, between=attribute(7, bytes([after]) * 200))
        anew = rtnetlink.link(each, 0, len(each))
        assert memory.link(each, 0, len(each)) == (anew and anew[0])


def test_errors_that_stay_are_the_very_same_value() -> None:
    memory = LinkMemory()
    packets = [body(stats=struct.pack("=24Q", *range(n, n + 9), *range(9, 24))) for n in (0, 100)]
    old, new = (memory.link(each, 0, len(each)) for each in packets)
    assert old is not None
    assert new is not None
    assert old.counters != new.counters
    assert old.errors is new.errors is not None


@pytest.mark.parametrize("size", range(0, 260, 4))
def test_a_message_cut_short_is_never_taken_for_the_one_before(size: int) -> None:
    memory, whole = LinkMemory(), body()
    memory.link(whole, 0, len(whole))
    cut = whole[:size]
    anew = rtnetlink.link(cut, 0, len(cut))
    assert memory.link(cut, 0, len(cut)) == (anew and anew[0])


def test_a_message_that_ends_early_is_not_completed_by_what_follows_it() -> None:
    memory, whole = LinkMemory(), body()
    memory.link(whole, 0, len(whole))
    end = len(body(state=None))
    anew = rtnetlink.link(whole, 0, end)
    assert memory.link(whole, 0, end) == (anew and anew[0])


def test_other_interfaces_are_forgotten() -> None:
    memory = LinkMemory()
    for ifindex in (2, 3):
        each = body(ifindex)
        memory.link(each, 0, len(each))
    memory.keep_only({3})
    assert set(memory._known) == {3}


def test_a_difference_beyond_the_counters_is_a_difference() -> None:
    slave = a_slave().link
    assert unchanged_but_for_counters(slave, slave._replace(counters=some_counters(9)))
    assert unchanged_but_for_counters(slave, slave._replace(counters=None))
    assert unchanged_but_for_counters(slave, slave._replace(errors=some_errors(rx_crc=1)))
    assert unchanged_but_for_counters(slave, slave._replace(errors=None))
    for other in (slave._replace(name="x"), slave._replace(carrier=False), a_slave(mii="down").link, a_pair().link):
        assert not unchanged_but_for_counters(slave, other)
