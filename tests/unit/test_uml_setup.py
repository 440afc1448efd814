"""What a kernel guest is told when it boots, wherever its files are, and what is worth saying of its end."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from bondtui.system import uml_setup
from bondtui.system.uml import said_at_last
from bondtui.system.uml_setup import Plan

PANICKED = """\
SELinux: a word that every guest says
Failed to mount something
Kernel panic - not syncing: Requested init /tmp/a failed (error -2).
CPU: 0 PID: 1 Comm: swapper Not tainted 6.1.176 #1
Call Trace:
 [<60045fda>] ? um_set_signals+0x0/0x3e
 [<6002c0ae>] new_thread_handler+0x7f/0xb0
"""


@pytest.mark.parametrize("name", ["a b", "it's", os.fsdecode(b"\xff"), "q" * 200 + "/" + "q" * 200])
def test_what_the_kernels_command_line_would_not_take_is_not_where_its_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setattr(uml_setup, "ELSEWHERE", (str(tmp_path / "absent"), str(elsewhere)))
    for each in (elsewhere, tmp_path / name, tmp_path / "usual+1"):
        each.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    assert uml_setup.new_folder().parent == elsewhere
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "usual+1"))
    assert uml_setup.new_folder().parent == tmp_path / "usual+1"


def test_names_that_are_not_utf_8_are_written_as_they_are(tmp_path: Path) -> None:
    init, mounts = written(tmp_path, os.fsdecode(b"/home/\xff a"))
    assert b"cd '/home/\xff a' || off\n" in init
    assert b"none /home/\xff\\040a hostfs rw,/home/\xff\\040a,X-mount.mkdir\n" in mounts


@pytest.mark.parametrize(
    "where", ["/", "/proc", "/proc/7", "/sys/class/net", "/dev", "/dev/shm", "/run", "/run/netns", "/run/out/a", "/mnt"]
)
def test_over_the_guests_own_folders_nothing_is_mounted(tmp_path: Path, where: str) -> None:
    init, mounts = written(tmp_path, where)
    assert f"cd {where} || cd /\n".encode() in init
    assert mounts == written(tmp_path, "/home")[1].replace(b"none /home hostfs rw,/home,X-mount.mkdir\n", b"")


@pytest.mark.parametrize("where", ["/run/user/1000", "/mnt/disk", "/dev/shm/mine", "/processes"])
def test_what_is_below_them_and_not_the_guests_is_the_hosts(tmp_path: Path, where: str) -> None:
    init, mounts = written(tmp_path, where)
    assert f"cd {where} || off\n".encode() in init
    assert f"none {where} hostfs rw,{where},X-mount.mkdir\n".encode() in mounts


def test_of_a_panic_its_own_words_are_said_and_not_its_trace() -> None:
    panic = "Kernel panic - not syncing: Requested init /tmp/a failed (error -2)."
    assert said_at_last(PANICKED) == f"Failed to mount something / {panic}"
    assert said_at_last("SELinux: nothing\n\n") == "it said nothing"


def written(folder: Path, where: str) -> tuple[bytes, bytes]:
    """The first program and the mounts of a guest that works in that folder."""
    plan = Plan(("true",), Path(where), {}, "lab", (), talk=False, writable=Path(where))
    uml_setup.write(folder, plan, "modprobe")
    return (folder / "init").read_bytes(), (folder / "fstab").read_bytes()
