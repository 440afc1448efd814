"""A kernel of one's own: user-mode-linux, a program that any user may run, with this machine's files as its root.

The root is read-only, so a checkout and its virtual environment work inside unchanged; scratch space
is a tmpfs on /mnt, and what shall outlive the guest is written to ``OUT``, which is a folder of the
host. Whatever ends the process that started a guest, the guest's processes and files end with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bondtui.system import uml_room, uml_setup
from bondtui.system.uml_janitor import Janitor
from bondtui.system.uml_kernel import Kernel, UmlError, kernel, module_tree
from bondtui.system.uml_line import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

__all__ = ["LAB_MODULES", "MODULES", "OUT", "Guest", "Kernel", "UmlError", "kernel"]

OUT = uml_setup.OUT
MODULES = (
    *("bonding", "veth", "bridge", "8021q", "macvlan", "ipvlan", "vrf", "dummy"),
    *("sch_netem", "tun", "nlmon", "vxlan"),
)
"""Loaded before the command runs. The others come when they are asked for, but not their device nodes."""
LAB_MODULES = ("bonding", "veth", "bridge", "macvlan")
"""All that a lab begins with."""
NO_TRACING = (
    "user-mode-linux may not trace its own processes here (ptrace); "
    "in a container allow it with --cap-add=SYS_PTRACE, or a seccomp profile that has ptrace"
)

KERNEL_OPTIONS = (
    *("root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet"),
    *("con=null", "con0=null,fd:1", "ssl=null"),
    "bonding.max_bonds=0",
    "pty.legacy_count=0",  # 512 devices nobody opens: 0.2 s
    "initcall_blacklist=raid6_select_algo",  # a benchmark: 0.8 s
    "lpj=40000000",  # not measured: 0.1 s; delays are a little too long on a slow machine
)

PANIC = "Kernel panic"
"""After this line the console has a trace of the guest's stack, which says nothing to anybody here."""
NOISE = (
    *("SELinux:", "mmapper_init", "Failed to initialize ubd device", "epollctl add err", "sysrq:", "reboot:"),
    *("Core dump limits", "soft -", "hard -", "Checking "),
)
"""How lines of the console begin that every guest says."""


class Guest:
    """A running guest. Leaving the ``with`` block ends it, whatever state it is in."""

    def __init__(  # noqa: PLR0913 - each is something of its own that a caller may leave out
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        memory: str = "1G",
        talk: bool = False,
        writable: Path | None = None,
        hostname: str = "bondlab",
        modules: Sequence[str] = MODULES,
    ) -> None:
        """Boot and run a command as root; raises UmlError.

        Without ``talk`` what the command prints goes to ``output``. With it the command's standard input and
        output are the other end of ``channel``, eight bits clean, and its standard error is among ``last_words``.
        All files of the host are read-only except those below ``writable``.
        """
        found = kernel()
        try:
            self.folder = uml_setup.new_folder()
        except OSError as error:
            raise UmlError(f"no kernel guest without a folder for temporary files (TMPDIR): {error}") from None
        self._alive = -1
        self._process: subprocess.Popen[bytes] | None = None
        self._janitor: Janitor | None = None
        self._line = Line() if talk else None
        plan = uml_setup.Plan(
            argv=tuple(argv),
            cwd=cwd or Path.cwd(),
            environment=dict(environment or {}),
            hostname=hostname,
            modules=tuple(modules),
            talk=talk,
            writable=writable,
        )
        try:
            self._janitor = Janitor(self.folder)
            module_tree(found, self.folder)
            uml_setup.write(self.folder, plan, found.modprobe)
            self._start(found.program, memory, {**os.environ, "TMPDIR": uml_room.for_memory(memory, self.folder)})
        except OSError as error:
            self.stop()
            raise UmlError(f"the kernel guest cannot be started: {error}") from None
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its first process on the host; ``stop`` waits for it."""
        if self._process is None:
            raise ValueError("this guest was stopped")
        return self._process.pid

    @property
    def output(self) -> Path:
        """The file that gets what the command prints, at once."""
        return self.folder / "output"

    @property
    def channel(self) -> tuple[int, int]:
        """Files to read from and to write to the command that was told to talk; ``stop`` closes them.

        The first ends with the guest, the second then takes nothing more (EPIPE).
        """
        if self._line is None:
            raise ValueError("this guest was not told to talk")
        return self._line.reading, self._line.writing

    def poll(self) -> int | None:
        """The command's exit status, ``None`` while it runs; raises UmlError when the guest died."""
        if self._process is None or not _has_ended(self._process.pid, os.WNOHANG):
            return None
        try:
            return int((self.folder / "status").read_text())
        except (OSError, ValueError):
            raise UmlError(f"the kernel guest died: {self.last_words()}") from None

    def last_words(self) -> str:
        """What its console said at last, in one line."""
        try:
            text = (self.folder / "console").read_text(errors="replace")
        except OSError:
            return "it said nothing"
        return said_at_last(text)

    def stop(self) -> None:
        """End the guest's processes and remove its files. May be called twice."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            _has_ended(process.pid)
        if self._line is not None:
            self._line.close()
        if self._alive >= 0:
            os.close(self._alive)
            self._alive = -1
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._janitor is not None:
            self._janitor.dismiss()
            self._janitor = None
        if process is not None:
            process.wait()  # only now may its number go to somebody else, whom the janitor could not tell apart

    def _start(self, program: str, memory: str, environment: Mapping[str, str]) -> None:
        # The guest reads the other end; when this process dies, even by SIGKILL, it powers itself off.
        mortal, self._alive = os.pipe()
        try:
            with self.output.open("wb") as output, (self.folder / "console").open("wb") as console:
                line = self._line
                passed = (*line.guests, mortal) if line else (output.fileno(), mortal)
                said = (f"ssl0=null,fd:{line.output}", f"ssl1=fd:{line.input},fd:{line.taken}") if line else ()
                self._process = subprocess.Popen(
                    [
                        *(program, f"mem={memory}", *KERNEL_OPTIONS),
                        *(f"init={self.folder / 'init'}", f"uml_dir={self.folder}", "umid=guest"),
                        *(said or (f"ssl0=null,fd:{output.fileno()}",)),
                        f"ssl2=fd:{mortal},null",
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=subprocess.STDOUT,
                    pass_fds=passed,
                    start_new_session=True,
                    env=environment,
                )
        finally:
            os.close(mortal)
        if self._janitor is not None:
            self._janitor.watch(self._process.pid)
        if self._line is not None:
            self._line.begin()


def said_at_last(console: str) -> str:
    """What is worth knowing of the end of what a guest's console said, in one line."""
    if "check_ptrace" in console:
        return NO_TRACING
    before, panic, after = console.partition(PANIC)
    text = f"{before}{panic}{after.partition(chr(10))[0]}"
    lines = [line.strip() for line in text.split("\n")]
    return " / ".join([line for line in lines if line and not line.startswith(NOISE)][-3:]) or "it said nothing"


def _has_ended(pid: int, options: int = 0) -> bool:
    """Whether a child has ended, or wait until it has; it stays a zombie, so that nobody else gets its number."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | options) is not None
    except ChildProcessError:  # where SIGCHLD is ignored there are no zombies
        return True
