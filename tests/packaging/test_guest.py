"""The kernel guest from the outside: what it hands back, and that it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import guest
from tests.kernel.waiting import until

CHECKOUT = Path(__file__).resolve().parents[2]


def test_the_command_runs_as_root_of_a_kernel_with_bonding(tmp_path: Path) -> None:
    inside = "id -u; ip link add bond7 type bond && cat /proc/net/bonding/bond7; touch /forbidden; exit 7"
    with _guest(tmp_path, "sh", "-c", inside) as running:
        output, errors = running.communicate(timeout=100)
    assert running.returncode == 7
    assert output.startswith("0\nEthernet Channel Bonding Driver")
    assert "Read-only file system" in output
    assert errors == ""
    assert _left_behind(tmp_path) == []
    assert not Path("/forbidden").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_it_without_a_trace(tmp_path: Path, number: signal.Signals) -> None:
    with _guest(tmp_path, "sh", "-c", "echo up; sleep 600") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        assert _left_behind(tmp_path) != []
        running.send_signal(number)
        assert running.wait(30) == 128 + number
    assert _left_behind(tmp_path) == []


def test_even_a_kill_leaves_no_process(tmp_path: Path) -> None:
    with _guest(tmp_path, "sh", "-c", "echo up; sleep 600") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        running.kill()
    until(lambda: not _processes(tmp_path), 30, what="the guest's own end")


def test_a_guest_that_takes_too_long_is_stopped_and_said_so(tmp_path: Path) -> None:
    with _guest(tmp_path, "sleep", "600", options=["--seconds", "2"]) as running:
        _, errors = running.communicate(timeout=60)
    assert running.returncode == guest.DIED
    assert errors == "guest: the command did not end within 2 s; the kernel guest was stopped\n"
    assert _left_behind(tmp_path) == []


def test_a_missing_package_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(guest, "SEARCH_PATH", str(tmp_path))
    wanted = "apt-get install iproute2 kmod user-mode-linux"
    with pytest.raises(guest.GuestError, match=wanted):
        guest.kernel()


def _guest(folder: Path, *command: str, options: list[str] | None = None) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "tests.guest", *(options or []), "--", *command]
    environment = {**os.environ, "TMPDIR": str(folder)}
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, cwd=CHECKOUT, env=environment, stdout=pipe, stderr=pipe, text=True)


def _left_behind(folder: Path) -> list[str]:
    """Files in the folder that was given for temporary ones, and processes that name it."""
    return [*map(str, folder.iterdir()), *_processes(folder)]


def _processes(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(folder) in (process / "cmdline").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found
