"""Frames between a lab's launcher and its keeper: whole, in order, and never waited for."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.system.lab_channel import ENDED, INPUT, OUTPUT, PIECE, REQUEST, WINDOW, Channel

FRAMES = st.lists(st.tuples(st.sampled_from([INPUT, OUTPUT, REQUEST, ENDED]), st.binary(max_size=5000)), max_size=20)


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    one, other = socket.socketpair()
    with one, other:
        yield Channel(one.fileno(), one.fileno()), Channel(other.fileno(), other.fileno())


@given(frames=FRAMES)
def test_what_is_said_is_heard_whole_and_in_order(frames: list[tuple[bytes, bytes]]) -> None:
    one, other = socket.socketpair()
    with one, other:
        here, there = Channel(one.fileno(), one.fileno()), Channel(other.fileno(), other.fileno())
        heard: list[tuple[bytes, bytes]] = []
        for kind, carried in frames:
            here.send(kind, carried)
            heard += there.receive()
        while len(heard) < len(frames):
            here.flush()
            heard += there.receive()
        assert heard == frames


def test_a_frame_may_come_in_pieces() -> None:
    read, write = os.pipe()
    channel = Channel(read, os.open(os.devnull, os.O_WRONLY))
    said = b"o\x00\x00\x00\x05hello" + b"x\x00\x00\x00\x010"
    heard: list[tuple[bytes, bytes]] = []
    for byte in said:
        os.write(write, bytes([byte]))
        heard += channel.receive()
    assert heard == [(OUTPUT, b"hello"), (ENDED, b"0")]
    for number in (read, write, channel.writing):
        os.close(number)


def test_what_is_not_read_waits_at_the_sender(ends: tuple[Channel, Channel]) -> None:
    here, there = ends
    while here.waiting < WINDOW:
        here.send(OUTPUT, bytes(PIECE))
    sent = 1
    while here.waiting:
        list(there.receive())
        here.flush()
        sent += 1
    assert sent > 1
    assert here.waiting == 0


def test_the_end_of_the_line_is_said() -> None:
    one, other = socket.socketpair()
    with one:
        here = Channel(one.fileno(), one.fileno())
        other.close()
        with pytest.raises(EOFError):
            list(here.receive())
        with pytest.raises(EOFError):
            here.send(OUTPUT, b"anybody?")


def test_nothing_to_hear_is_not_the_end(ends: tuple[Channel, Channel]) -> None:
    assert list(ends[0].receive()) == []
