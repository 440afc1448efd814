"""Echo requests and answers byte by byte, and anything else that a socket may give."""

from __future__ import annotations

import struct

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bondtui.core import echo

TOKEN = b"ourtoken"
FLOWS, NUMBERS = st.integers(0, 255), st.integers(0, 2**64 - 1)
TIMES = st.integers(0, 2**62)


def checksum_fits(message: bytes) -> bool:
    """RFC 1071: with its checksum, the one's complement sum is all ones."""
    total = sum(struct.unpack(f"!{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return bool(total == 0xFFFF)


@given(FLOWS, NUMBERS, st.integers(0, 0xFFFF))
def test_a_request_is_an_echo_request_with_a_checksum_that_fits(flow: int, number: int, identifier: int) -> None:
    message = echo.Requests(8, identifier, TOKEN, flow).numbered(number)
    kind, code, _, told_identifier, sequence = struct.unpack_from("!BBHHH", message)
    assert (kind, code, told_identifier, sequence) == (8, 0, identifier, number & 0xFFFF)
    assert checksum_fits(message)


@given(FLOWS, NUMBERS, st.integers(5, 15), st.sampled_from([0, 129]))
def test_an_answer_tells_which_probe_it_answers_beyond_16_bits(flow: int, number: int, words: int, kind: int) -> None:
    message = bytes([kind]) + echo.Requests(8, 77, TOKEN, flow).numbered(number)[1:]
    packet = bytes([0x40 | words]) + bytes(words * 4 - 1) + message
    assert echo.reply(message, 0, kind, TOKEN) == (flow, number)
    assert echo.reply(packet, echo.after_ip_header(packet), kind, TOKEN) == (flow, number)


def test_what_is_not_an_answer_to_us_is_none() -> None:
    reply = b"\0" + echo.Requests(8, 77, TOKEN, 1).numbered(5)[1:]
    assert echo.reply(reply, 0, 0, TOKEN) == (1, 5)
    assert echo.reply(reply, 0, 0, b"another!") is None
    assert echo.reply(b"\3" + reply[1:], 0, 0, TOKEN) is None, "an error message"
    assert echo.reply(reply[:-1], 0, 0, TOKEN) is None
    assert echo.reply(reply + b"\0", 0, 0, TOKEN) is None
    assert echo.probe_of(b"", TOKEN) is None


@given(st.binary(max_size=80), st.sampled_from([0, 129]))
def test_random_bytes_are_no_answer(data: bytes, kind: int) -> None:
    assert echo.reply(data, 0, kind, TOKEN) is None
    assert echo.reply(data, echo.after_ip_header(data), kind, TOKEN) is None
    assert echo.probe_of(data, TOKEN) is None


LEVELS, KINDS = st.sampled_from([0, 1, 41, 7]), st.sampled_from([11, 25, 35, 64, 3])


@given(st.lists(st.tuples(LEVELS, KINDS, st.binary(max_size=60))))
def test_random_control_messages_never_raise(ancillary: list[tuple[int, int, bytes]]) -> None:
    echo.wall_stamp(ancillary)
    echo.refusing_address(ancillary)


@pytest.mark.parametrize(("kind", "form"), [(35, "@ll"), (64, "=qq")])
def test_the_receive_time_is_read_in_both_forms(kind: int, form: str) -> None:
    stamp = struct.pack(form, 1_700_000_000, 123_456_789)
    assert echo.wall_stamp([(1, 3, b"x"), (1, kind, stamp)]) == 1_700_000_000_123_456_789
    assert echo.wall_stamp([(1, kind, stamp[:-1])]) is None
    assert echo.wall_stamp([]) is None


def error_of(origin: int, kind: int, code: int, address: bytes) -> bytes:
    return struct.pack("=IBBBxII", 111, origin, kind, code, 0, 0) + address


SOCKADDR_4 = struct.pack("=HH4s8x", 2, 0, bytes([192, 0, 2, 7]))
SOCKADDR_6 = struct.pack("=HHI16sI", 10, 0, 0, bytes(range(16)), 0)


def test_only_port_unreachable_is_a_refusal() -> None:
    assert echo.refusing_address([(0, 11, error_of(2, 3, 3, SOCKADDR_4))]) == bytes([192, 0, 2, 7])
    assert echo.refusing_address([(41, 25, error_of(3, 1, 4, SOCKADDR_6))]) == bytes(range(16))
    for code in (0, 1, 2, 4, 13):
        assert echo.refusing_address([(0, 11, error_of(2, 3, code, SOCKADDR_4))]) is None
    assert echo.refusing_address([(0, 11, error_of(1, 3, 3, SOCKADDR_4))]) is None, "our own kernel"


WALL = 1_700_000_000_000_000_000


@given(sent=TIMES, back=st.integers(0, 10**10), read=st.integers(0, 10**10))
def test_the_receive_time_is_told_on_the_monotonic_clock(sent: int, back: int, read: int) -> None:
    at = sent + back
    assert echo.received_at(at + WALL, sent, at + read, WALL, WALL) == at


@given(st.one_of(st.none(), TIMES), TIMES, TIMES, TIMES, TIMES)
def test_no_answer_comes_before_its_request_or_after_it_is_read(
    stamp: int | None, sent: int, now: int, before: int, after: int
) -> None:
    assume(sent <= now)
    assert sent <= echo.received_at(stamp, sent, now, before, after) <= now


@pytest.mark.parametrize("step", [-3600_000_000_000, -5_000_000, 5_000_000, 3600_000_000_000])
def test_a_wall_clock_that_was_set_does_not_move_an_answer(step: int) -> None:
    sent, at, now = 10_000_000_000, 10_000_200_000, 10_003_000_000
    assert echo.received_at(at + WALL, sent, now, WALL, WALL + step) == at, "set after the answer came"
    assert echo.received_at(at + WALL + step, sent, now, WALL, WALL + step) == at, "set before it came"
