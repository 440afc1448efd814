"""What lldpd and systemd-networkd have heard by LLDP. Both are only asked, nothing is sent.

Like the state files of link managers, what they say counts only while they run in this network namespace.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time

from bondtui.core import lldp
from bondtui.core.lldp import LLDPD, NETWORKD
from bondtui.system.processes import Processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bondtui.model.around import Neighbour
    from bondtui.model.bond import Slave

LLDPCLI_SECONDS, NETWORKD_SECONDS = 1.0, 0.5
FILE_BYTES = 1 << 20
"""More than all neighbours of one port take."""
PROGRAM_FOLDERS = ("usr/sbin", "usr/bin", "sbin", "bin", "usr/local/sbin", "usr/local/bin")
SOCKETS = ("run/lldpd.socket", "var/run/lldpd.socket", "run/lldpd/lldpd.socket")
NETWORKD_FILES, NETWORKD_SOCKET = "run/systemd/netif/lldp", "run/systemd/netif/io.systemd.Network"
QUESTION = b'{"method":"io.systemd.Network.GetLLDPNeighbors","parameters":{}}\0'
REPLY_BYTES = 1 << 22


def neighbours(root: str, slaves: Sequence[Slave]) -> tuple[dict[int, Neighbour], str]:
    """By slave, and why no more is known; ``""`` where everybody could be asked."""
    running = _running(root)
    if not running:
        return {}, "neither lldpd nor systemd-networkd runs here"
    told: list[Mapping[int, Neighbour]] = []
    troubles = []
    for name, asked in ((NETWORKD, _by_networkd), (LLDPD, _by_lldpd)):
        if name in running:
            try:
                told.append(asked(root, slaves))
            except (OSError, subprocess.SubprocessError, _NotUnderstood) as error:
                troubles.append(f"{name}: {_reason(error)}")
    return {index: each for known in told for index, each in known.items()}, "; ".join(troubles)


class _NotUnderstood(Exception):
    """What lldpcli printed; the text says it in one line."""


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"lldpcli did not answer within {LLDPCLI_SECONDS:g} s"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _running(root: str) -> frozenset[str]:
    """Who of the two runs, as far as can be seen; one whose namespace is hidden counts as one of ours."""
    processes = Processes(root)
    try:
        running = processes.named(frozenset({LLDPD, NETWORKD}))
    except OSError:
        return frozenset()
    return frozenset(name for pid, name in running if processes.in_our_network(pid) is not False)


def _by_networkd(root: str, slaves: Sequence[Slave]) -> dict[int, Neighbour]:
    """From its answer since version 256, and from the files that it kept before."""
    told = lldp.networkd_reply(_asked(os.path.join(root, NETWORKD_SOCKET)))
    if told is not None:
        return {slave.ifindex: told[slave.ifindex] for slave in slaves if slave.ifindex in told}
    found = {}
    for slave in slaves:
        try:
            with open(os.path.join(root, NETWORKD_FILES, str(slave.ifindex)), "rb") as file:
                heard = lldp.networkd(file.read(FILE_BYTES))
        except FileNotFoundError:
            continue
        if (neighbour := lldp.only(heard)) is not None:
            found[slave.ifindex] = neighbour
    return found


def _asked(path: str) -> bytes:
    """The answer by varlink: JSON up to a zero byte; empty where there is none in time."""
    until, reply = time.monotonic() + NETWORKD_SECONDS, b""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as asked:
            asked.settimeout(NETWORKD_SECONDS)
            asked.connect(path)
            asked.sendall(QUESTION)
            while not reply.endswith(b"\0") and len(reply) < REPLY_BYTES and time.monotonic() < until:
                part = asked.recv(1 << 16)
                if not part:
                    break
                reply += part
    except OSError:
        return b""
    return reply[:-1] if reply.endswith(b"\0") else b""


def _by_lldpd(root: str, slaves: Sequence[Slave]) -> dict[int, Neighbour]:
    """From the answer of the program that only shows."""
    program = next(filter(os.path.exists, (os.path.join(root, each, "lldpcli") for each in PROGRAM_FOLDERS)), None)
    if program is None:
        raise _NotUnderstood("the program lldpcli is not installed")
    if not any(os.path.exists(os.path.join(root, each)) for each in SOCKETS):
        raise _NotUnderstood("its control socket is not there")
    done = subprocess.run(
        [program, "-f", "json0", "show", "neighbors"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LLDPCLI_SECONDS,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
    )
    report = lldp.lldpcli(done.stdout)
    if done.returncode != 0 or not report.understood:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _NotUnderstood(said[-1] if said else f"lldpcli failed with status {done.returncode}")
    return {each.ifindex: report.neighbours[each.name] for each in slaves if each.name in report.neighbours}
