"""The name of a dead-man's switch in its network namespace: held once, given back with its holder, and by whom."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bondtui.system import mark, runtime
from bondtui.system.request_socket import RequestSocket


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(runtime, "could_change_links", lambda *_: True)
    return mark.address(str(tmp_path))


def test_it_is_held_once_and_its_holder_is_known(name: bytes) -> None:
    assert mark.holder(name) is None
    taken = mark.take(name)
    assert taken is not None
    assert mark.take(name) is None
    assert str(mark.holder(name)) == f"process {os.getpid()} of user {os.geteuid()}"
    taken.close()
    assert mark.holder(name) is None


def test_it_dies_with_its_holder(name: bytes) -> None:
    code = f"from bondtui.system import mark; held = mark.take({name!r}); print(1, flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"1\n"
    held = mark.holder(name)
    assert held is not None
    assert held.peer.pid == holder.pid
    holder.kill()
    holder.communicate()
    assert mark.holder(name) is None
    taken = mark.take(name)
    assert taken is not None
    taken.close()


def test_other_places_have_other_names(name: bytes, tmp_path: Path) -> None:
    taken, other = mark.take(name), mark.take(mark.address(str(tmp_path / "other")))
    assert taken is not None
    assert other is not None
    taken.close()
    other.close()


def test_who_could_not_change_a_link_does_not_count(name: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int | str, int]] = []

    def could_not(pid: int | str, uid: int) -> bool:
        asked.append((pid, uid))
        return False

    monkeypatch.setattr(runtime, "could_change_links", could_not)
    taken = mark.take(name)
    assert taken is not None
    assert mark.holder(name) is None
    assert asked == [(os.getpid(), os.geteuid())]
    taken.close()


def test_who_only_has_the_name_and_does_not_listen_does_not_count(name: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(name)
        assert mark.take(name) is None
        assert mark.holder(name) is None


def test_what_is_asked_under_the_name_is_heard_like_the_rest(name: bytes, tmp_path: Path) -> None:
    opened = RequestSocket(str(tmp_path), mark=mark.take(name))
    for address in (name, str(tmp_path / "socket")):
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(address)
            asking.sendall(b'{"do": "status"}\n')
            (request,) = [each for _ in range(3) for each in opened.listen(0.0)]
            request.caller.answer(done=request.do)
            assert asking.recv(4096) == b'{"done": "status"}\n'
    opened.close()
    assert mark.holder(name) is None


@pytest.mark.parametrize(
    ("status", "uid", "could"),
    [
        ("CapPrm:\t000001ffffffffff\nCapEff:\t0000000000001000\n", 1000, True),
        ("CapPrm:\t0000000000001000\nCapEff:\t0000000000000000\n", 0, False),
        ("", 0, True),
        ("", 1000, False),
    ],
)
def test_who_could_change_a_link_is_what_the_kernel_says(
    monkeypatch: pytest.MonkeyPatch, status: str, uid: int, *, could: bool
) -> None:
    monkeypatch.setattr(runtime, "text", lambda path: status if path == "/proc/4242/status" else "")
    assert runtime.could_change_links(4242, uid) is could


def test_who_has_the_capability_only_in_a_user_namespace_of_his_own_does_not_count(tmp_path: Path) -> None:
    name = mark.address(str(tmp_path))
    code = f"from bondtui.system import mark; held = mark.take({name!r}); print(1, flush=True); input()"
    argv = ["unshare", "--user", "--map-root-user", sys.executable, "-c", code]
    squatter = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert squatter.stdout is not None
    said = squatter.stdout.readline()
    held, full = mark.holder(name), runtime.could_change_links(squatter.pid, os.geteuid())
    squatter.kill()
    squatter.communicate()
    assert said == b"1\n", "this machine gives nobody a user namespace"
    assert full
    assert held is None
