"""The socket of the dead-man's switch: who is heard, and that nobody can hold it up."""

from __future__ import annotations

import json
import os
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.system import request_socket
from bondtui.system.peer import Peer
from bondtui.system.request_socket import MOST_CALLERS, Request, RequestSocket


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def listening(folder: Path) -> Iterator[RequestSocket]:
    opened = RequestSocket(str(folder))
    yield opened
    opened.close()


class Client:
    """Somebody who has connected."""

    def __init__(self, folder: Path, said: bytes = b"") -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20.0)
        self._socket.connect(str(folder / "socket"))
        self.say(said)

    def say(self, said: bytes) -> None:
        self._socket.sendall(said)

    def ask(self, **request: Any) -> None:
        self.say(json.dumps(request).encode() + b"\n")

    def answer(self) -> Any:
        """What came, ``None`` when it was hung up on."""
        said = self._socket.recv(1 << 16)
        return json.loads(said) if said else None

    def close(self) -> None:
        self._socket.close()


def heard(listening: RequestSocket) -> list[Request]:
    """All that has been said until now: what is sent to a Unix socket is there at once."""
    found: list[Request] = []
    for _ in range(4):
        found += listening.listen(0.0)
    return found


def asked(listening: RequestSocket) -> list[str]:
    """The same, answered."""
    requests = heard(listening)
    for request in requests:
        request.caller.answer(done=request.do)
    return [request.do for request in requests]


def test_a_request_tells_what_is_asked_by_whom_and_is_answered(folder: Path, listening: RequestSocket) -> None:
    client = Client(folder)
    client.ask(do="keep", id="abc123", who={"sudo_user": "alice", "pid": 1, "uid": 77})
    (request,) = heard(listening)
    assert (request.do, request.id) == ("keep", "abc123")
    assert request.who == {"sudo_user": "alice", "pid": os.getpid(), "uid": os.geteuid()}, "the kernel's word counts"
    request.caller.answer(done="kept")
    assert client.answer() == {"done": "kept"}
    assert client.answer() is None
    client.close()


def test_a_request_may_come_in_pieces_and_beside_others(folder: Path, listening: RequestSocket) -> None:
    slow, quick = Client(folder, b'{"do": "re'), Client(folder)
    assert heard(listening) == []
    quick.ask(do="status")
    assert asked(listening) == ["status"]
    slow.say(b'vert"}\n')
    assert asked(listening) == ["revert"]
    slow.close()
    quick.close()


@pytest.mark.parametrize(
    "said", [b"\n", b"[]\n", b"7\n", b'{"id": "x"}\n', b'{"do": "keep", "who": 7}\n', b"\xff\n", b"[" * 60_000 + b"\n"]
)
def test_nonsense_is_refused(folder: Path, listening: RequestSocket, said: bytes) -> None:
    client = Client(folder, said)
    assert heard(listening) == []
    assert client.answer() == {"refused": "that is no request"}
    client.close()


@given(said=st.binary(max_size=200))
def test_whatever_is_said_is_a_request_or_refused(said: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        listening = RequestSocket(name)
        client = Client(Path(name), said + b"\n")
        asked(listening)
        assert list(client.answer()) in (["refused"], ["done"])
        client.close()
        listening.close()


def test_a_line_without_end_is_refused(folder: Path, listening: RequestSocket) -> None:
    client = Client(folder)
    client.say(b"x" * (request_socket.LONGEST_LINE + 1))
    assert heard(listening) == []
    assert client.answer() == {"refused": "that is no request"}
    client.close()


def test_callers_who_hang_up_or_say_nothing_are_dropped(
    folder: Path, listening: RequestSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, silent = Client(folder), Client(folder)
    gone.close()
    assert heard(listening) == []
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + request_socket.PATIENCE_SECONDS + 1)
    assert heard(listening) == []
    monkeypatch.undo()
    assert silent.answer() is None
    silent.close()


def test_many_callers_do_not_keep_the_next_one_out_for_ever(folder: Path, listening: RequestSocket) -> None:
    crowd = []
    for _ in range(MOST_CALLERS + 8):
        crowd.append(Client(folder))
        listening.listen(0.0)
    assert crowd[-1].answer() is None
    for client in crowd:
        client.close()
    heard(listening)
    last = Client(folder)
    last.ask(do="status")
    assert asked(listening) == ["status"]
    last.close()


def test_an_answer_that_nobody_takes_is_no_trouble(folder: Path, listening: RequestSocket) -> None:
    client = Client(folder)
    client.ask(do="keep")
    (request,) = heard(listening)
    client.close()
    request.caller.answer(done="kept")


def test_only_its_own_user_can_connect_and_only_he_and_root_are_heard(
    folder: Path, listening: RequestSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stat.S_IMODE((folder / "socket").stat().st_mode) == 0o600
    client = Client(folder)
    client.ask(do="keep")
    mine = os.geteuid()
    monkeypatch.setattr(request_socket, "peer_of", lambda _: Peer(7, mine + 1))
    assert heard(listening) == []
    assert client.answer() == {"refused": "not permitted: the change was made by another user"}
    client.close()


def test_one_left_by_a_killed_process_is_replaced(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / "socket"))
    again = RequestSocket(str(folder))
    client = Client(folder)
    client.ask(do="status")
    assert asked(again) == ["status"]
    client.close()
    again.close()
    assert list(folder.iterdir()) == []


def test_waiting_ends_when_woken(folder: Path) -> None:
    reading, writing = os.pipe()
    listening = RequestSocket(str(folder), wake=reading)
    os.write(writing, b"\0")
    assert listening.listen(60.0) == []
    for number in (reading, writing):
        os.close(number)
    listening.close()
