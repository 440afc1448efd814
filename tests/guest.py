"""Run a command as root of a throw-away kernel that has the bonding driver.

The kernel is user-mode-linux: a program, so neither root nor a disk image is needed. Its root is
this machine's own file tree, read-only, so the checkout and its virtual environment work inside
unchanged; scratch space is a tmpfs on /mnt, and what shall outlive the guest is written to
``OUT``, which is a folder of the host. Try it with ``python -m tests.guest -- ip link``.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple, Self

OUT = "/run/out"
"""The folder in the guest that is ``Guest.folder`` on the host."""
MODULES = (
    "bonding max_bonds=0",
    "veth",
    "bridge",
    "8021q",
    "macvlan",
    "ipvlan",
    "vrf",
    "dummy",
    "sch_netem",
    "tun",
    "nlmon",
    "vxlan",
)
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = {"linux.uml": "user-mode-linux", "depmod": "kmod", "modprobe": "kmod", "ip": "iproute2"}
MODULE_ROOT = Path("/usr/lib/uml/modules")
POLL_SECONDS = 0.02
DIED = 125
"""Exit status of a guest that did not get as far as running the command to its end."""

INIT = """#!/bin/sh
export PATH={path} HOME=/mnt TMPDIR=/mnt TERM=xterm-256color LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts -o ptmxmode=0666 devpts /dev/pts
for each in /dev/shm /run /mnt; do mount -t tmpfs tmpfs "$each"; done
mkdir -p /run/netns {out}
mount -t hostfs -o {folder} out {out}
stty -F /dev/ttyS0 -opost
(read -r gone </dev/ttyS1; poweroff -f) 2>/dev/null &
{modules}
ip link set lo up
hostname bondlab
cd {cwd} || exit
env {environment} {command} </dev/null >/dev/ttyS0 2>&1
echo $? >{out}/status
sync
poweroff -f
"""


class GuestError(Exception):
    """The guest cannot run here, or ended too early; the text says in one line what to do."""


class Kernel(NamedTuple):
    """The programs and modules a guest is made of."""

    program: str
    release: str
    modprobe: str
    depmod: str


def kernel() -> Kernel:
    """Find the guest's kernel; raises GuestError when something is not installed."""
    path = f"{os.environ.get('PATH', '')}:{SEARCH_PATH}"
    found = {name: shutil.which(name, path=path) for name in PACKAGES}
    if absent := sorted({PACKAGES[name] for name, where in found.items() if where is None}):
        raise GuestError(f"no kernel guest without {', '.join(absent)}: apt-get install {' '.join(absent)}")
    program, modprobe, depmod = (str(found[name]) for name in ("linux.uml", "modprobe", "depmod"))
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    release = answer.stdout.strip()
    if not release or not (MODULE_ROOT / release / "kernel").is_dir():
        raise GuestError(
            f"no modules for {program} ({release or 'no version'}) in {MODULE_ROOT}: "
            "apt-get install --reinstall user-mode-linux"
        )
    return Kernel(program, release, modprobe, depmod)


class Guest:
    """A running guest. Leaving the ``with`` block ends it, whatever state it is in."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        memory: str = "1G",
    ) -> None:
        found = kernel()
        self.folder = Path(tempfile.mkdtemp(prefix="bondtui-guest-"))
        """A folder that host and guest share; it is gone when the guest is."""
        self._alive = -1
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start(found, _init(found, self.folder, argv, cwd or Path.cwd(), environment or {}), memory)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def output(self) -> Path:
        """The file that gets what the command prints, at once."""
        return self.folder / "output"

    def poll(self) -> int | None:
        """The command's exit status, ``None`` while it runs; raises GuestError when the guest died."""
        if self._process is None or self._process.poll() is None:
            return None
        try:
            return int((self.folder / "status").read_text())
        except (OSError, ValueError):
            raise GuestError(f"the kernel guest died: {self._last_words()}") from None

    def stop(self) -> None:
        """End the guest's processes and remove its files. May be called twice."""
        if self._process is not None:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self._alive >= 0:
            os.close(self._alive)
            self._alive = -1
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, found: Kernel, init: Path, memory: str) -> None:
        # The guest reads the other end; when this process dies, even by SIGKILL, it powers itself off.
        mortal, self._alive = os.pipe()
        try:
            with self.output.open("wb") as output, (self.folder / "console").open("wb") as console:
                self._process = subprocess.Popen(
                    [
                        found.program,
                        *(f"mem={memory}", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet"),
                        *(f"init={init}", f"uml_dir={self.folder}", "umid=guest"),
                        *("con=null", "con0=null,fd:1", "ssl=null"),
                        *(f"ssl0=null,fd:{output.fileno()}", f"ssl1=fd:{mortal},null"),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=subprocess.STDOUT,
                    pass_fds=(output.fileno(), mortal),
                    start_new_session=True,
                    env={**os.environ, "TMPDIR": _memory_folder(self.folder)},
                )
        finally:
            os.close(mortal)

    def _last_words(self) -> str:
        text = (self.folder / "console").read_text(errors="replace").split("\n")
        return " / ".join([line.strip() for line in text if line.strip()][-3:]) or "it said nothing"


def run(argv: Sequence[str], *, seconds: float = 300.0, memory: str = "1G", cwd: Path | None = None) -> int:
    """Run a command in a guest, its output passed on as it comes; returns its exit status."""
    deadline = time.monotonic() + seconds
    with Guest(argv, cwd=cwd, memory=memory) as guest, guest.output.open("rb") as output:
        while True:
            status = guest.poll()
            sys.stdout.buffer.write(output.read())
            sys.stdout.flush()
            if status is not None:
                return status
            if time.monotonic() > deadline:
                raise GuestError(f"the command did not end within {seconds:g} s; the kernel guest was stopped")
            time.sleep(POLL_SECONDS)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the program like Ctrl+C does, so that nothing is left behind."""

    def leave(number: int, _: FrameType | None) -> None:
        raise KeyboardInterrupt(number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.guest", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="stop the guest after so long (%(default)s)")
    parser.add_argument("--memory", default="1G", help="the guest's memory (%(default)s)")
    parser.add_argument("command", nargs="+", metavar="-- COMMAND", help="what to run in it")
    arguments = parser.parse_args()
    with ended_by_signals():
        try:
            return run(arguments.command, seconds=arguments.seconds, memory=arguments.memory)
        except GuestError as error:
            sys.stderr.write(f"guest: {error}\n")
            return DIED
        except KeyboardInterrupt as interrupt:
            return 128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)


def _init(found: Kernel, folder: Path, argv: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Path:
    """Write the script that is the guest's first process."""
    tree = _module_tree(found, folder)
    modprobe = f"{shlex.quote(found.modprobe)} -d {shlex.quote(str(tree))}"
    venv = {"PATH": f"{Path(sys.executable).parent}:{SEARCH_PATH}"}
    init = folder / "init"
    init.write_text(
        INIT.format(
            path=SEARCH_PATH,
            out=OUT,
            folder=shlex.quote(str(folder)),
            modules="\n".join(f"{modprobe} {module}" for module in MODULES),
            cwd=shlex.quote(str(cwd)),
            environment=shlex.join(f"{name}={value}" for name, value in {**venv, **environment}.items()),
            command=shlex.join(argv),
        )
    )
    init.chmod(0o700)
    return init


def _module_tree(found: Kernel, folder: Path) -> Path:
    """A folder under which modprobe finds the modules at lib/modules/RELEASE."""
    modules = folder / "lib/modules"
    packaged = MODULE_ROOT / found.release
    if (packaged / "modules.dep.bin").exists():
        modules.parent.mkdir()
        modules.symlink_to(MODULE_ROOT)
        return folder
    (modules / found.release).mkdir(parents=True)
    for each in packaged.iterdir():
        (modules / found.release / each.name).symlink_to(each)
    subprocess.run([found.depmod, "-b", folder, found.release], check=True)
    return folder


def _memory_folder(fallback: Path) -> str:
    """Where the guest's memory lives as an unnamed file: in RAM if there is enough of it there."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return str(fallback)
    return "/dev/shm" if room.f_bavail * room.f_frsize >= 1 << 30 else str(fallback)


if __name__ == "__main__":
    sys.exit(main())
