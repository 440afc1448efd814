"""The kernel guest from the outside: what it hands back, and that it leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bondtui.system import uml
from tests import guest
from tests.kernel.waiting import until

CHECKOUT = Path(__file__).resolve().parents[2]
NOBODY = 65534
STREAM = hashlib.shake_256(b"every byte").digest(600_000)
TALKER = """
import hashlib, os, sys, threading, time
os.write(1, b"up")
while not os.path.exists("/run/out/go"):
    time.sleep(0.01)
stream = hashlib.shake_256(b"every byte").digest(600_000)
said = threading.Thread(target=lambda: sys.stdout.buffer.write(stream[::-1]) and sys.stdout.flush())
said.start()
heard = sys.stdin.buffer.read(len(stream))
said.join()
sys.stderr.write("all of it\\n" if heard == stream else "something else\\n")
os.write(1, b"heard")
os.write(1, sys.stdin.buffer.read(8) + b"over")
sys.exit(7)
"""
ROOMS = """
import subprocess
from pathlib import Path
from bondtui.system import uml_room

def room():
    try:
        return uml_room.for_memory("64M", Path("/mnt/guest"))
    except Exception as error:
        return error

Path("/mnt/guest").mkdir()
print(room())
subprocess.run(["mount", "-o", "remount,noexec", "/dev/shm"], check=True)
print(room())
subprocess.run(["mount", "-o", "remount,size=1M", "/mnt"], check=True)
print(room())
"""
WITHOUT_PTRACE = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
NUMBER, EPERM, ALLOW = {"x86_64": 101}[os.uname().machine], 0x00050001, 0x7FFF0000
code = b"".join(struct.pack("HBBI", *each) for each in ((32, 0, 0, 0), (21, 0, 1, NUMBER), (6, 0, 0, EPERM), (6, 0, 0, ALLOW)))
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.byref(Program(4, code)), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_the_command_runs_as_root_of_a_kernel_with_bonding(tmp_path: Path) -> None:
    inside = (
        "id -u; ip link add bond7 type bond && cat /proc/net/bonding/bond7; ls /sys/class/net;"
        "tc qdisc add dev lo clsact && tc filter add dev lo ingress matchall action drop && echo loaded;"
        "touch /forbidden; exit 7"
    )
    with _guest(tmp_path, "sh", "-c", inside) as running:
        output, errors = running.communicate(timeout=100)
    assert running.returncode == 7
    assert output.startswith("0\nEthernet Channel Bonding Driver")
    assert "bond7" in output
    assert "bond0" not in output
    assert "\nloaded\n" in output
    assert "Read-only file system" in output
    assert errors == ""
    assert _left_behind(tmp_path) == []
    assert not Path("/forbidden").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_it_without_a_trace(tmp_path: Path, number: signal.Signals) -> None:
    with _running(tmp_path) as running:
        assert _left_behind(tmp_path) != []
        running.send_signal(number)
        assert running.wait(30) == 128 + number
    until(lambda: not _left_behind(tmp_path), what="the guest's end")


def test_even_a_kill_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    with _running(tmp_path) as running:
        running.kill()
    until(lambda: not _left_behind(tmp_path), what="the guest's end")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_without_its_janitor_it_still_ends(tmp_path: Path, number: signal.Signals) -> None:
    with _running(tmp_path) as running:
        (janitor,) = [each for each in _processes(tmp_path) if b"bondtui-janitor" in _arguments(each)]
        os.kill(int(janitor), signal.SIGKILL)
        running.send_signal(number)
    try:
        until(lambda: not _processes(tmp_path), what="the guest's end")
    finally:
        for each in _processes(tmp_path):
            os.kill(int(each), signal.SIGKILL)
    assert (_left_behind(tmp_path) == []) == (number == signal.SIGTERM)


def test_a_guest_that_takes_too_long_is_stopped_and_said_so(tmp_path: Path) -> None:
    with _guest(tmp_path, "sleep", "600", options=["--seconds", "1"]) as running:
        _, errors = running.communicate(timeout=60)
    assert running.returncode == guest.DIED
    assert errors == "guest: the command did not end within 1 s; the kernel guest was stopped\n"
    until(lambda: not _left_behind(tmp_path), what="the guest's end")


def test_one_can_talk_to_the_command_however_long_it_does_not_listen() -> None:
    with uml.Guest([sys.executable, "-c", TALKER], memory="256M", talk=True) as talker:
        reading, writing = talker.channel
        os.write(writing, STREAM[:1000])  # long before it is up
        assert _read(reading, 2) == b"up"
        sent = 1000 + _fill(writing, STREAM[1000:])
        assert sent < len(STREAM)
        (talker.folder / "go").touch()
        rest = threading.Thread(target=lambda: os.write(writing, STREAM[sent:]))
        rest.start()
        assert _read(reading, len(STREAM)) == STREAM[::-1]
        rest.join()
        assert _read(reading, 5) == b"heard"
        os.write(writing, b"\xff\x00\x03\x04\x11\x13\r\n")
        assert _read(reading, 100) == b"\xff\x00\x03\x04\x11\x13\r\nover"
        assert until(talker.poll) == 7
        assert talker.last_words() == "all of it"
    assert not talker.folder.exists()


def test_its_surroundings_are_those_that_were_asked_for(tmp_path: Path) -> None:
    mine = tmp_path / os.fsdecode(b"it's a, \xff folder #1")
    mine.mkdir()
    inside = 'pwd; hostname; echo $WORD $HOME $TMPDIR; touch made; touch ../not; "$0" -c "$1"'
    with uml.Guest(
        ["sh", "-c", inside, sys.executable, ROOMS],
        cwd=mine,
        environment={"PYTHONPATH": str(CHECKOUT), "WORD": "a b"},
        memory="256M",
        writable=mine,
        hostname="bondtui-lab",
    ) as running:
        assert until(lambda: running.poll() is not None)
        lines = os.fsdecode(running.output.read_bytes()).splitlines()
    assert lines[:3] == [str(mine), "bondtui-lab", "a b /mnt /mnt"]
    assert "Read-only file system" in lines[3]
    assert lines[4:6] == ["/dev/shm", "/mnt/guest"]
    assert lines[6] == (
        "no room for 64M of memory that a kernel guest can run in "
        "(/dev/shm: mounted noexec; /mnt: too little room; /var/tmp: not writable): set TMPDIR"
    )
    assert (mine / "made").stat().st_uid == os.geteuid()
    assert not (tmp_path / "not").exists()


def test_an_ordinary_user_needs_nothing_more() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o777)
        assert _as_ordinary_user(folder, "id -u; ip link add bond7 type bond && touch made") == 0
        assert (folder / "said").read_text() == "0\n"
        assert (folder / "made").stat().st_uid == (os.geteuid() or NOBODY)
        assert {each.name for each in folder.iterdir()} == {"said", "made"}
    finally:
        shutil.rmtree(folder)


def test_where_tracing_is_forbidden_that_is_said(tmp_path: Path) -> None:
    with _guest(tmp_path, "true", before=[sys.executable, "-c", WITHOUT_PTRACE]) as running:
        _, errors = running.communicate(timeout=60)
    assert running.returncode == guest.DIED
    assert errors == f"guest: the kernel guest died: {uml.NO_TRACING}\n"
    assert _left_behind(tmp_path) == []


def test_what_cannot_be_begun_is_said_by_its_last_words(tmp_path: Path) -> None:
    with uml.Guest(["true"], cwd=tmp_path / "nowhere", memory="256M") as running:
        with pytest.raises(uml.UmlError, match=r"^the kernel guest died: .*can't cd to .*/nowhere"):
            until(running.poll)
        folder = running.folder
    assert not folder.exists()


@contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A guest whose command has begun, and would not end by itself."""
    with _guest(folder, "sh", "-c", "echo up; sleep 600") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        yield running


def _guest(
    folder: Path, *command: str, options: Sequence[str] = (), before: Sequence[str] = ()
) -> subprocess.Popen[str]:
    argv = [*before, sys.executable, "-m", "tests.guest", *options, "--", *command]
    environment = {**os.environ, "TMPDIR": str(folder)}
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, cwd=CHECKOUT, env=environment, stdout=pipe, stderr=pipe, text=True)


def _as_ordinary_user(folder: Path, script: str) -> int:
    """Run a guest as somebody who is not root, in a copy of this process; Python may be out of reach to others."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            tempfile.tempdir = str(folder)
            with uml.Guest(["sh", "-c", script], cwd=folder, memory="256M", writable=folder) as running:
                until(lambda: running.poll() is not None)
                (folder / "said").write_text(running.output.read_text())
                status = running.poll() or 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _read(file: int, length: int) -> bytes:
    """What comes, up to so much or to the end."""
    data = b""
    while len(data) < length and (more := os.read(file, length - len(data))):
        data += more
    return data


def _fill(file: int, data: bytes) -> int:
    """Write until it takes no more; returns how much that was."""
    os.set_blocking(file, False)
    written = 0
    try:
        while written < len(data):
            written += os.write(file, data[written : written + 1000])
    except BlockingIOError:
        os.set_blocking(file, True)
    return written


def _left_behind(folder: Path) -> list[str]:
    """Files in the folder that was given for temporary ones, and processes that name it."""
    return [*map(str, folder.iterdir()), *_processes(folder)]


def _processes(folder: Path) -> list[str]:
    return [each.name for each in Path("/proc").glob("[0-9]*") if os.fsencode(folder) in _arguments(each.name)]


def _arguments(process: str) -> bytes:
    try:
        return Path("/proc", process, "cmdline").read_bytes()
    except OSError:
        return b""
