"""LACPDU counters: answers built by hand as the kernel lays them out, and anything else."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import lacpdu_counts
from bondtui.model.bond import Lacpdus

PAD = 9


def nla(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", len(payload) + 4, kind) + payload + bytes(-len(payload) % 4)


def number(kind: int, value: int) -> bytes:
    """A number of 64 bits; where memory must be aligned the kernel puts an empty attribute before it."""
    return nla(PAD, b"") + nla(kind, struct.pack("=Q", value))


def body(*numbers: bytes, ifindex: int = 7, nests: tuple[int, int, int] = (3, 2, 1)) -> bytes:
    outer, middle, inner = nests
    nest = nla(outer, nla(1, b"other") + nla(middle, nla(inner, b"".join(numbers))))
    return struct.pack("=BxxxII", 0, ifindex, 4) + nest


ALL = tuple(number(kind, value) for kind, value in enumerate((2**64 - 1, 22, 33, 44, 55, 66, 77, 88, 99)))


def answer(data: bytes) -> tuple[int, Lacpdus | None] | None:
    return lacpdu_counts.answer(data, 0, len(data))


def test_the_request_names_one_interface_and_one_kind_of_statistics() -> None:
    assert lacpdu_counts.request(70_000) == struct.pack("=BBHII", 0, 0, 0, 70_000, 0b100)


def test_the_first_four_numbers_are_the_counters() -> None:
    assert answer(body(*ALL)) == (7, Lacpdus(rx=2**64 - 1, tx=22, unknown_rx=33, illegal_rx=44))


def test_an_answer_inside_more_bytes_is_read_alone() -> None:
    data = body(*ALL)
    assert lacpdu_counts.answer(b"x" * 8 + data + b"y" * 8, 8, 8 + len(data)) == answer(data)


@pytest.mark.parametrize("nests", [(2, 2, 1), (3, 1, 1), (3, 2, 2)])
def test_statistics_of_something_else_are_no_counters(nests: tuple[int, int, int]) -> None:
    assert answer(body(*ALL, nests=nests)) == (7, None)


def test_an_answer_without_all_of_them_has_none() -> None:
    assert answer(body(*ALL[:3])) == (7, None)
    assert answer(body(nla(0, bytes(4)), *ALL[1:])) == (7, None)
    assert answer(struct.pack("=BxxxII", 0, 7, 4)) == (7, None)
    assert answer(b"") is None


@given(st.binary(max_size=120))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    answer(data)
    answer(body(data))


@given(st.lists(st.tuples(st.integers(0, len(body(*ALL)) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_mutated_answers_never_raise(changes: list[tuple[int, int]]) -> None:
    data = bytearray(body(*ALL))
    for position, value in changes:
        data[position] = value
    answer(bytes(data))
