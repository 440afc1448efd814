"""Real SSH logins: sshd on the machine, ssh on the switch, and what is tested in between."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from tests.kernel import namespaces
from tests.kernel.commands import command
from tests.kernel.lab import BONDTUI, SCRATCH, Lab, environment
from tests.kernel.terminal import Terminal
from tests.kernel.waiting import until

UNPACKED = Path(sys.prefix) / "openssh"
"""Where ``make test`` puts the server's package where it is not installed: installing it would start a service."""
HOME = SCRATCH / "ssh"
USER, SEPARATED = "visitor", "sshd"
SERVER_OPTIONS = f"""
HostKey {HOME}/host_key
AuthorizedKeysFile {HOME}/user_key.pub
AuthenticationMethods publickey
PermitRootLogin yes
StrictModes no
UsePAM no
UseDNS no
X11Forwarding no
PrintMotd no
PrintLastLog no
"""
CLIENT_OPTIONS = f"""
User {USER}
IdentityFile {HOME}/user_key
IdentitiesOnly yes
BatchMode yes
StrictHostKeyChecking no
UserKnownHostsFile {HOME}/known_hosts
GlobalKnownHostsFile /dev/null
LogLevel ERROR
ServerAliveInterval 0
KexAlgorithms curve25519-sha256
"""


class MissingServerError(AssertionError):
    """There is no sshd; the text says what to do."""


class _Programs(NamedTuple):
    server: Path
    options: str


class SshServer:
    """sshd on the machine of a lab, at all its addresses. Leaving the ``with`` block ends it and all sessions."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        programs = _prepared()
        self._folder = HOME / lab.machine
        self._folder.mkdir()
        config = self._folder / "sshd_config"
        config.write_text(f"PidFile {self._folder}/pid\n{SERVER_OPTIONS}{programs.options}")
        listen = [str(programs.server), "-D", "-f", str(config), "-E", str(self._folder / "log")]
        self._process = subprocess.Popen(
            ["ip", "netns", "exec", lab.machine, *listen],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        try:
            until(self._listens, what="sshd listening")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server and everything that its sessions have left on the machine."""
        self._process.kill()
        self._process.wait()
        until(self._nobody_left, what="the machine left by all processes")

    @property
    def log(self) -> str:
        """What the server has said, for messages of failed tests."""
        log = self._folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def run(self, address: str, *words: str, seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Log in at this address, run a command without a terminal, log out."""
        return subprocess.run(
            self._argv(address, words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )

    def bondtui(self, address: str, *arguments: str, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Log in at this address and run bondtui to its end, ``before`` its command line."""
        return self.run(address, *before, "env", *environment(), *BONDTUI, *arguments)

    def terminal(self, address: str, *words: str) -> Terminal:
        """Log in at this address with a terminal and run a command."""
        return Terminal(self._argv(address, words, "-tt"))

    @contextmanager
    def dashboard(self, address: str, *arguments: str) -> Iterator[Terminal]:
        """Log in at this address and open the dashboard; goes on as soon as it answers keys."""
        with self.terminal(address, "env", *environment(), *BONDTUI, *arguments) as terminal:
            terminal.wait_for_keys()
            terminal.wait_for("q quit")
            yield terminal

    @contextmanager
    def visitor(self, address: str) -> Iterator[None]:
        """Somebody who is logged in at this address and does nothing."""
        with self.terminal(address, "sh", "-c", "echo logged in; exec cat") as terminal:
            terminal.wait_for("logged in")
            yield

    def sessions(self) -> list[int]:
        """The process ids of the server's own parts that serve one login each."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(word) for word in children.read_text().split()]

    def _argv(self, address: str, words: Sequence[str], *options: str) -> list[str]:
        client = ["ssh", "-F", str(HOME / "client_config"), *options, address]
        return ["ip", "netns", "exec", self._lab.switch, *client, f"exec {shlex.join(words)}"]

    def _listens(self) -> bool:
        assert self._process.poll() is None, f"sshd has ended:\n{self.log}"
        return (self._folder / "pid").exists()

    def _nobody_left(self) -> bool:
        """Whether all processes have left the machine; those that have not are killed."""
        left = [int(pid) for pid in self._lab.processes()]
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return not left


@functools.cache
def _prepared() -> _Programs:
    """Once per process: keys, and the two users that sshd needs, seen by this process and its children only."""
    programs = _programs()
    HOME.mkdir(mode=0o700)
    for name in ("host_key", "user_key"):
        command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(HOME / name))
    (HOME / "client_config").write_text(CLIENT_OPTIONS)
    users = HOME / "passwd"
    users.write_text(_users(Path("/etc/passwd").read_text()))
    namespaces.mount(users, "/etc/passwd", flags=namespaces.MS_BIND)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    if Path("/run/utmp").exists():  # logins to the machine are none of this one's
        (HOME / "utmp").touch()
        namespaces.mount(HOME / "utmp", "/run/utmp", flags=namespaces.MS_BIND)
    return programs


def _programs() -> _Programs:
    """The installed sshd, or the unpacked one and where it finds its parts."""
    if missing := [name for name in ("ssh", "ssh-keygen") if shutil.which(name) is None]:
        raise MissingServerError(f"no {' and '.join(missing)}: apt-get install openssh-client")
    installed = Path("/usr/sbin/sshd")
    if installed.exists():
        return _Programs(installed, "")
    server = UNPACKED / "usr/sbin/sshd"
    if not server.exists():
        raise MissingServerError("no /usr/sbin/sshd: 'make test' fetches it; elsewhere than on Debian, install OpenSSH")
    # From OpenSSH 9.8 and 10.0 on, a login is served by programs of their own.
    parts = {"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"}
    found = {option: UNPACKED / "usr/lib/openssh" / name for option, name in parts.items()}
    return _Programs(server, "".join(f"{option} {path}\n" for option, path in found.items() if path.exists()))


def _users(passwd: str) -> str:
    """The users of this machine, one with root's rights who is not locked, and the one that sshd gives its rights up to."""
    lines = [line for line in passwd.splitlines() if not line.startswith(f"{USER}:")]
    lines.append(f"{USER}:*:0:0::{HOME}:/bin/sh")
    if not any(line.startswith(f"{SEPARATED}:") for line in lines):
        lines.append(f"{SEPARATED}:*:65533:65534::/run/sshd:/usr/sbin/nologin")
    return "\n".join(lines) + "\n"
