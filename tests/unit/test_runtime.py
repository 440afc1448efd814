"""The runtime folder, the lock, and what tells processes apart; and who it is that asks."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bondtui.system import runtime, who
from bondtui.system.lock import Lock
from bondtui.system.runtime import NoFolderError
from tests.kernel.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name, "own")))
        Path(name, "own").mkdir(mode=0o700)
        yield Path(name)


def mode(path: str | Path) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


def test_each_network_namespace_has_a_folder_of_its_own(folder: Path) -> None:
    found = Path("/proc/self/ns/net").stat()
    assert runtime.namespace() == f"net-{found.st_dev}-{found.st_ino}"
    made = runtime.make_folder(str(folder / "run"))
    assert made.endswith(runtime.namespace())
    assert runtime.make_folder(str(folder / "run")) == made
    assert made in runtime.folders(str(folder / "run"))


def test_roots_folder_may_be_read_by_everybody_and_written_by_nobody_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = os.geteuid()
    monkeypatch.setattr(runtime, "_trusted", lambda *_, **__: True)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    before = os.umask(0o077)
    try:
        made = runtime.make_folder(str(folder / "run"))
    finally:
        os.umask(before)
    assert made == str(folder / "run" / runtime.namespace())
    assert (mode(made), mode(folder / "run"), Path(made).stat().st_uid) == (0o755, 0o755, mine)


def test_an_ordinary_user_has_his_own_where_nobody_else_looks(folder: Path) -> None:
    made = runtime.make_folder("/proc/nowhere")
    assert made == str(folder / "own/bondtui" / runtime.namespace())
    assert (mode(made), mode(folder / "own/bondtui")) == (0o700, 0o700)


def test_a_runtime_folder_of_somebody_else_is_not_used(folder: Path) -> None:
    (folder / "own").chmod(0o777)  # as far as trust goes that is the same
    made = runtime.make_folder("/proc/nowhere")
    assert made == f"/tmp/bondtui-{os.geteuid()}/{runtime.namespace()}"
    assert mode(Path(made).parent) == 0o700
    os.removedirs(made)


@pytest.mark.parametrize("trap", ["link", "file", "open"])
def test_a_place_that_others_could_change_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, trap: str) -> None:
    base = folder / "own/bondtui"
    if trap == "link":
        (folder / "elsewhere").mkdir()
        base.symlink_to(folder / "elsewhere")
    elif trap == "file":
        base.write_text("")
    else:
        base.mkdir()
        base.chmod(0o777)
    monkeypatch.setattr(runtime, "_own_bases", lambda: [str(base)])
    with pytest.raises(
        NoFolderError, match=r"no folder for the pending change: .*not a folder that belongs to us alone"
    ):
        runtime.make_folder("/proc/nowhere")
    assert runtime.folders("/proc/nowhere") == []


def test_without_proc_there_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "stat", fail)
    with pytest.raises(NoFolderError, match="is /proc mounted"):
        runtime.namespace()


def test_the_lock_is_held_once_and_dies_with_its_holder(folder: Path) -> None:
    code = f"""
import sys
from bondtui.system.lock import Lock
lock = Lock({str(folder)!r})
print(lock.take(0.0), flush=True)
sys.stdin.read()
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"True\n"
    lock = Lock(str(folder))
    assert not lock.take(0.0)
    holder.kill()
    holder.communicate()
    assert lock.take(0.0)
    assert mode(folder / "lock") == 0o600
    lock.release()


def test_a_forked_child_that_lives_on_does_not_hold_the_lock(folder: Path) -> None:
    lock = Lock(str(folder))
    assert lock.take(0.0)
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        lock.release()
        again = Lock(str(folder))
        assert again.take(0.0)
        again.release()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_process_is_known_by_its_start_not_by_its_number_alone() -> None:
    since = runtime.started(os.getpid())
    assert since is not None
    assert runtime.is_alive(os.getpid(), since)
    assert not runtime.is_alive(os.getpid(), since - 1)
    assert not runtime.is_alive(2**22 + 1, since)


def test_a_process_that_has_ended_but_is_not_reaped_is_not_alive() -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    since = runtime.started(child)
    assert since is not None
    assert runtime.is_alive(child, since)
    os.kill(child, signal.SIGKILL)
    until(lambda: not runtime.is_alive(child, since), what="its end")
    os.waitpid(child, 0)


@pytest.mark.parametrize(("answer", "alive"), [(PermissionError, True), (ProcessLookupError, False), (None, False)])
def test_a_process_that_proc_hides_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, answer: type[OSError] | None, *, alive: bool
) -> None:
    def kill(_: int, number: int) -> None:
        assert number == 0
        if answer is not None:
            raise answer

    monkeypatch.setattr(os, "kill", kill)
    monkeypatch.setattr(os.path, "exists", lambda path: path == "/proc/self/stat")
    assert runtime.is_alive(4242, 7) is alive


def test_who_asks_is_the_person_behind_sudo() -> None:
    asking = who.asking({"SUDO_USER": "alice", "SUDO_UID": "1000", "SSH_CONNECTION": "192.0.2.7 5000 192.0.2.1 22"})
    assert (asking["sudo_user"], asking["ssh_client"], asking["pid"]) == ("alice", "192.0.2.7", os.getpid())
    assert asking["uid"] == os.geteuid()
    assert who.words({"user": "root", "sudo_user": "alice", "tty": "pts/3", "ssh_client": "192.0.2.7"}) == (
        "alice as root, on pts/3, from 192.0.2.7"
    )
    assert who.words({"user": "root", "login_user": "bob"}) == "bob as root"
    assert who.words({"user": "bob", "login_user": "bob"}) == "bob"
    assert who.words({}) == "somebody"


def test_where_the_login_comes_from_is_known_behind_sudo_and_su(tmp_path: Path) -> None:
    for pid, parent, environ in (("self", 30, ""), ("30", 20, "A=b\0"), ("20", 1, "SSH_CLIENT=2001:db8::7 5000 22\0")):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "stat").write_text(f"9 (a) b) S {parent} 1 1")
        (tmp_path / pid / "environ").write_text(environ)
    (tmp_path / "self/loginuid").write_text("4294967295")
    asking = who.asking({}, str(tmp_path))
    assert asking["ssh_client"] == "2001:db8::7"
    assert asking["login_user"] is None
    (tmp_path / "self/loginuid").write_text("1000")
    assert who.asking({"SUDO_UID": "1000", "SUDO_USER": "alice"}, str(tmp_path))["login_user"] == "alice"
    (tmp_path / "self/loginuid").write_text("3999999999")
    assert who.asking({}, str(tmp_path))["login_user"] == "3999999999"


def test_a_login_without_parents_is_from_nowhere(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self/stat").write_text("9 (a) S 9 1 1")
    (tmp_path / "9").symlink_to("self")
    assert who.asking({}, str(tmp_path))["ssh_client"] is None
