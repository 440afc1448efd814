"""The folder of a user-mode-linux guest: its first process, its mounts, and where it finds its modules."""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bondtui.model.record import NamedTuple
from bondtui.system.uml_kernel import SEARCH_PATH

OUT = "/run/out"
"""The folder in the guest that is ``Guest.folder`` on the host."""
HIDDEN = ("/run", "/mnt", "/dev/shm")  # noqa: S108 - in the guest
"""Where the guest has files of its own instead of the host's; what is below may be the host's again."""
HIDDEN_AT_ONCE = ("/proc", "/sys", "/dev")
"""What it has of its own already when its first process is looked for."""
ITS_OWN = (*HIDDEN_AT_ONCE, OUT, "/run/netns", "/run/bondtui")
"""Where and below which nothing is ever the host's, but for /dev/shm."""
ELSEWHERE = ("/var/tmp", "/tmp")  # noqa: S108 - for mkdtemp
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]{1,400}")
"""What the kernel's command line takes as it is: white space and quotes have a meaning there, and it is not long."""

INIT = """#!/bin/sh
export PATH={path} HOME=/mnt TMPDIR=/mnt TERM=xterm-256color LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
off() {{ sync; echo o >/proc/sysrq-trigger; exec sleep 60; }}
[ -e /dev/ttyS0 ] || mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -a -T {folder}/fstab
mkdir /run/netns
echo {out}/modprobe >/proc/sys/kernel/modprobe
echo {hostname} >/proc/sys/kernel/hostname
{{ read -r gone </dev/ttyS2; echo o >/proc/sysrq-trigger; }} 2>/dev/null &
{modules}
ip link set lo up
stty -F /dev/ttyS0 -opost
cd {cwd} || {otherwise}
"""
BATCH = """
env {environment} {command} </dev/null >/dev/ttyS0 2>&1
echo $? >{out}/status
off
"""
TALK = """
exec 3<>/dev/ttyS1
stty raw -echo <&3
printf . >&3
tee /dev/ttyS1 <&3 2>/dev/null | {{
  exec 3<&-
  env {environment} {command} >/dev/ttyS0
  echo $? >{out}/status
  stty -F /dev/ttyS0 -opost
  off
}}
"""
"""The first byte says that the line is raw. The last stty waits until the host has taken what was written."""
MODPROBE = """#!/bin/sh
exec {modprobe} -d {out} "$@"
"""


class Plan(NamedTuple):
    """What a guest is to run, and in what surroundings."""

    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    hostname: str
    modules: tuple[str, ...]
    talk: bool
    writable: Path | None


def new_folder() -> Path:
    """A folder that host and guest share; raises OSError.

    It is not where the guest mounts file systems of its own, and can be named on the kernel's command line.
    """
    usual = tempfile.gettempdir()
    fitting = [usual] if _PLAIN.fullmatch(usual) and not _below(usual, HIDDEN_AT_ONCE) else []
    tried = (*fitting, *ELSEWHERE)
    where = next((each for each in tried if os.access(each, os.W_OK | os.X_OK)), tried[0])
    return Path(tempfile.mkdtemp(prefix="bondtui-guest-", dir=where))


def write(folder: Path, plan: Plan, modprobe: str) -> None:
    """Write what the guest reads when it boots; raises OSError."""
    words = {
        "path": SEARCH_PATH,
        "out": OUT,
        "folder": shlex.quote(str(folder)),
        "hostname": shlex.quote(plan.hostname),
        "modules": f"{OUT}/modprobe -a {shlex.join(plan.modules)}" if plan.modules else "",
        "cwd": shlex.quote(str(plan.cwd)),
        "otherwise": "cd /" if _is_its_own(plan.cwd) else "off",
        "environment": shlex.join(f"{name}={value}" for name, value in _environment(plan).items()),
        "command": shlex.join(plan.argv),
    }
    _program(folder / "init", (INIT + (TALK if plan.talk else BATCH)).format(**words))
    _program(folder / "modprobe", MODPROBE.format(modprobe=shlex.quote(modprobe), out=OUT))
    _write(folder / "fstab", "".join(f"{line}\n" for line in _mounts(folder, plan)))


def _environment(plan: Plan) -> dict[str, str]:
    path = f"{os.path.dirname(sys.executable)}:{SEARCH_PATH}"
    mine = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
    return {"PATH": path, **mine, **plan.environment}


def _mounts(folder: Path, plan: Plan) -> Iterator[str]:
    """Lines of fstab(5)."""
    yield "sys /sys sysfs defaults"
    yield "devpts /dev/pts devpts ptmxmode=0666,X-mount.mkdir"
    for each in HIDDEN:
        mode = "755" if each == "/run" else "1777"
        yield f"tmpfs {each} tmpfs mode={mode},X-mount.mkdir"
    yield _host(folder, OUT, "rw")
    needed = {sys.prefix, sys.base_prefix, str(plan.cwd)} - {str(plan.writable)}
    for path in sorted(each for each in needed if _below(each, HIDDEN) and not _is_its_own(each)):
        yield _host(path, path, "ro")
    if plan.writable is not None and not _is_its_own(plan.writable):
        yield _host(plan.writable, plan.writable, "rw")


def _host(folder: Path | str, at: Path | str, access: str) -> str:
    return f"none {_escaped(at)} hostfs {access},{_escaped(folder)},X-mount.mkdir"


def _escaped(path: Path | str) -> str:
    return "".join(f"\\{ord(each):03o}" if each in " \t\n\\#" else each for each in str(path))


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in folders)


def _is_its_own(path: Path | str) -> bool:
    """Whether that is a folder of the guest's, over which nothing of the host's may be mounted."""
    name = str(path)
    return name in ("/", *HIDDEN) or (_below(name, ITS_OWN) and not _below(name, ("/dev/shm",)))  # noqa: S108


def _program(path: Path, text: str) -> None:
    _write(path, text)
    path.chmod(0o700)


def _write(path: Path, text: str) -> None:
    """Names in it may be any bytes."""
    path.write_bytes(os.fsencode(text))
