"""Bonds to test on: a machine and the switch it is plugged into, each a network namespace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from bondtui.core import lacp
from bondtui.system.hands import KernelHands
from bondtui.system.kernel import KernelSource
from tests.kernel import namespaces, options, traces
from tests.kernel.commands import CommandError, batch, command
from tests.kernel.options import Option
from tests.kernel.terminal import Terminal
from tests.kernel.waiting import until
from tests.kernel.watch import Watch

CHECKOUT = Path(__file__).resolve().parents[2]
SCRATCH = Path("/mnt")
"""A tmpfs of our own, see ``prepare``. Below it every user may reach Python and the checkout."""
BONDTUI = (f"{SCRATCH}/python/bin/python3.{sys.version_info.minor}", "-P", "-m", "bondtui")
ADDRESS, SWITCH_ADDRESS = "192.0.2.1", "192.0.2.254"

Found = TypeVar("Found")
_numbers = count(1)


def prepare() -> None:
    """Once per process, before the first Lab: mounts that only this process and its children see."""
    namespaces.private_mounts()
    for folder in ("/mnt", "/run/netns", "/run/bondtui", "/var/log", "/var/lib"):
        Path(folder).mkdir(exist_ok=True)
        namespaces.mount("tmpfs", folder, "tmpfs")
        Path(folder).chmod(0o755)
    namespaces.bind(sys.base_prefix, SCRATCH / "python")
    packages = sysconfig.get_path("purelib", vars={"base": str(SCRATCH / "python")})
    if Path(packages).is_dir():  # as in a virtual environment: what lies there may be imported at each start
        namespaces.mount("tmpfs", packages, "tmpfs")
    namespaces.bind(sysconfig.get_path("purelib"), SCRATCH / "packages")
    namespaces.bind(CHECKOUT, SCRATCH / "checkout")


class Lab:
    """One machine with bonds and one switch. ``close`` takes everything away again."""

    def __init__(self) -> None:
        number = next(_numbers)
        self.machine, self.switch = f"machine{number}", f"switch{number}"
        self._root = Path(tempfile.mkdtemp(prefix="root-", dir=SCRATCH))
        for namespace in (self.machine, self.switch):
            namespaces.add(namespace)
        (self._root / "proc").mkdir()
        (self._root / "proc/net").symlink_to("/proc/thread-self/net")
        (self._root / "sys").mkdir()
        self.within(lambda: namespaces.mount("sys", self._root / "sys", "sysfs"))

    def close(self) -> None:
        """Delete both namespaces; processes must have left them."""
        namespaces.unmount(self._root / "sys")
        traces.forget(self.machine)
        for namespace in (self.machine, self.switch):
            namespaces.delete(namespace)

    # Making and changing things

    def ip(self, *arguments: str) -> str:
        """``ip`` on the machine; returns what it prints."""
        return command("ip", "-n", self.machine, *arguments)

    def on_switch(self, *arguments: str) -> str:
        """``ip`` on the switch."""
        return command("ip", "-n", self.switch, *arguments)

    def batch(self, lines: Sequence[str]) -> None:
        """Many ``ip`` commands at once on the machine; faster than one by one."""
        batch(self.machine, [line.split() for line in lines])

    def batch_on_switch(self, lines: Sequence[str]) -> None:
        """Many ``ip`` commands at once on the switch."""
        batch(self.switch, [line.split() for line in lines])

    def bond(
        self,
        mode: str = "active-backup",
        *settings: str,
        name: str = "bond0",
        slaves: Sequence[str] = ("eno1", "eno2"),
        partner_kind: str = "",
    ) -> None:
        """Make a bond over veth pairs whose other ends, p1 for eno1, are plugged into the switch.

        There they are ports of ``partner_kind``, as ``ip link add`` takes it: a bridge, or what the mode needs.
        """
        monitor = () if any(each in settings for each in ("miimon", "arp_interval")) else ("miimon", "100")
        partner = f"partner-{name}"[:15]
        kind = partner_kind or ("bond mode 802.3ad miimon 100 lacp_rate fast" if mode == "802.3ad" else "bridge")
        here = [["link", "add", name, "type", "bond", "mode", mode, *monitor, *settings]]
        there = [["link", "add", partner, "type", *kind.split()]]
        for slave in slaves:
            peer = peer_of(slave)
            here.append(["link", "add", slave, "type", "veth", "peer", "name", peer, "netns", self.switch])
            here.append(["link", "set", slave, "master", name])
            there.append(["link", "set", peer, "master", partner])
            there.append(["link", "set", peer, "up"])
        here.append(["link", "set", name, "up"])
        there.append(["link", "set", partner, "up"])
        if name == "bond0":
            here.append(["address", "add", f"{ADDRESS}/24", "dev", name])
            there.append(["address", "add", f"{SWITCH_ADDRESS}/24", "dev", partner])
        batch(self.machine, here)
        batch(self.switch, there)

    def bonds_with_options(self, mode: str) -> dict[str, Option]:
        """One bond without slaves for each option that the mode takes; returns them by name."""
        made = {f"o{number}": option for number, option in enumerate(options.ALL[mode])}
        if not self._takes("use_carrier", "0"):
            made = {name: option for name, option in made.items() if option.field != "use_carrier"}
        self.batch([f"link add {name} type bond mode {mode} {' '.join(each.words)}" for name, each in made.items()])
        return made

    def _takes(self, *setting: str) -> bool:
        """Whether this kernel still has an option; newer ones have dropped some."""
        try:
            self.ip("link", "add", "probe", "type", "bond", *setting)
        except CommandError:
            return False
        self.ip("link", "delete", "probe")
        return True

    def enslave(self, slave: str, bond: str) -> None:
        """Add an interface to a bond."""
        self.ip("link", "set", slave, "down")
        self.ip("link", "set", slave, "master", bond)

    def pull(self, slave: str) -> None:
        """Pull the cable: the slave loses carrier."""
        self.on_switch("link", "set", peer_of(slave), "down")

    def plug(self, slave: str) -> None:
        """Put the cable back in."""
        self.on_switch("link", "set", peer_of(slave), "up")

    def silence(self, slave: str) -> None:
        """The switch keeps the link up but sends nothing any more."""
        device = ("dev", peer_of(slave))
        command("tc", "-n", self.switch, "qdisc", "add", *device, "root", "netem", "loss", "100%")

    def speak(self, slave: str) -> None:
        """The switch sends again what it has to send."""
        command("tc", "-n", self.switch, "qdisc", "delete", "dev", peer_of(slave), "root")

    def black_hole(self, slave: str) -> None:
        """The link stays up, but nothing passes in either direction."""
        for namespace, device in ((self.machine, slave), (self.switch, peer_of(slave))):
            command("tc", "-n", namespace, "qdisc", "add", "dev", device, "root", "netem", "loss", "100%")

    def fill(self, slave: str) -> None:
        """No black hole any more."""
        for namespace, device in ((self.machine, slave), (self.switch, peer_of(slave))):
            command("tc", "-n", namespace, "qdisc", "delete", "dev", device, "root")

    # Looking at things

    def links(self) -> dict[str, Any]:
        """``ip -d -s -j link`` of the machine, by name."""
        return {each["ifname"]: each for each in json.loads(self.ip("-d", "-s", "-j", "link"))}

    def info(self, name: str) -> dict[str, Any]:
        """The bonding part of ``ip -d -j link`` of one bond or slave."""
        (link,) = json.loads(self.ip("-d", "-j", "link", "show", "dev", name))
        whole = link["linkinfo"]
        info: dict[str, Any] = whole.get("info_slave_data") or whole["info_data"]
        return info

    def proc(self, bond: str = "bond0") -> str:
        """/proc/net/bonding/BOND."""
        path = os.fsencode(self._root) + b"/proc/net/bonding/" + os.fsencode(bond)

        def read() -> str:
            with open(path, "rb", buffering=0) as file:
                return os.fsdecode(file.read())

        return self.within(read)

    def sysfs(self, interface: str, attribute: str) -> str | None:
        """A file of /sys/class/net/INTERFACE; ``None`` where the kernel does not tell."""
        try:
            return os.fsdecode((self._root / "sys/class/net" / interface / attribute).read_bytes()).strip()
        except OSError:
            return None

    def is_admin_up(self, interface: str) -> bool:
        """Whether it is set up, whatever its carrier."""
        flags = self.sysfs(interface, "flags")
        assert flags is not None, f"there is no {interface}"
        return bool(int(flags, 16) & namespaces.IFF_UP)

    def slave_is(self, slave: str, status: str) -> None:
        """Wait until the driver says so of a slave: ``up``, ``going down``, ``down`` or ``going back``."""
        until(lambda: self.sysfs(slave, "bonding_slave/mii_status") == status, what=f"{slave} {status}")

    def is_up(self, bond: str) -> None:
        """Wait until a bond of one slave, both of any name, is up."""
        until(lambda: self.proc(bond).count("MII Status: up") == 2, what=f"{bond} up")

    def settled(self, bond: str = "bond0", *, active: str | None = None) -> None:
        """Wait until all slaves are up; for 802.3ad until both ends carry traffic."""

        def ready() -> bool:
            slaves = (self.sysfs(bond, "bonding/slaves") or "").split()
            return (
                all(self.sysfs(each, "bonding_slave/mii_status") == "up" for each in slaves)
                and all(
                    lacp.carries(self._port_state(each, "actor"), self._port_state(each, "partner")) for each in slaves
                )
                and active in (None, self.sysfs(bond, "bonding/active_slave"))
            )

        until(ready, what=f"{bond} settled")

    def _port_state(self, slave: str, end: str) -> int:
        """The bits of one end of a slave's link, all of them set where there is no LACP."""
        bits = self.sysfs(slave, f"bonding_slave/ad_{end}_oper_port_state")
        return 63 if bits in (None, "N/A") else int(bits)

    @property
    def root(self) -> Path:
        """A folder with the machine's own /proc/net and /sys, for what reads below a root."""
        return self._root

    def within(self, function: Callable[[], Found]) -> Found:
        """Call a function in a thread that is on the machine."""
        return namespaces.within(self.machine, function)

    def source(self) -> KernelSource:
        """A KernelSource for the machine; to be made and used ``within`` it."""
        return KernelSource(str(self._root))

    def hands(self) -> KernelHands:
        """KernelHands for the machine; to be made and used ``within`` it."""
        return KernelHands(root=str(self._root))

    @contextmanager
    def watched(self, interval: float = 1.0) -> Iterator[Watch]:
        """A Reader at work on the machine, as in the dashboard, past its first reading."""

        def open_source() -> KernelSource:
            namespaces.enter(self.machine)
            return self.source()

        watch = Watch(open_source, interval)
        try:
            watch.start()
            yield watch
        finally:
            watch.stop()

    # Running bondtui

    def argv(self, *command: str, ordinary: bool = False) -> list[str]:
        """The command line that runs a command on the machine, as root or as an ordinary user."""
        return ["ip", "netns", "exec", self.machine, *_user(ordinary=ordinary), "env", "-i", *environment(), *command]

    def processes(self) -> list[str]:
        """The process ids of what still runs on the machine."""
        return namespaces.processes(self.machine)

    def bondtui(
        self, *arguments: str, ordinary: bool = False, seconds: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run bondtui on the machine to its end. Its text keeps bytes that are no UTF-8."""
        return namespaces.as_for_programs(
            self.machine,
            lambda: subprocess.run(
                [*_user(ordinary=ordinary), *BONDTUI, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                timeout=seconds,
                check=False,
                cwd="/",
                env=dict(word.split("=", 1) for word in environment()),
            ),
        )

    @contextmanager
    def dashboard(
        self,
        *arguments: str,
        ordinary: bool = False,
        columns: int = 80,
        rows: int = 24,
        environment: Sequence[str] = (),
    ) -> Iterator[Terminal]:
        """The dashboard in a terminal, as soon as it answers keys."""
        argv = self.argv("env", *environment, *BONDTUI, *arguments, ordinary=ordinary)
        with Terminal(argv, columns=columns, rows=rows) as terminal:
            terminal.wait_for("bondtui")
            terminal.wait_for_keys()
            if columns >= 60:
                terminal.wait_for("q quit")
            yield terminal

    def status(self, *arguments: str, ordinary: bool = False) -> dict[str, Any]:
        """The document of ``bondtui status --json``; the run must be clean."""
        done = self.bondtui("status", "--json", *arguments, ordinary=ordinary)
        assert (done.returncode, done.stderr) == (0, "")
        document: dict[str, Any] = json.loads(done.stdout)
        return document


def environment() -> list[str]:
    """All that bondtui needs of its environment here, as words for ``env``."""
    python = f"PYTHONPATH={SCRATCH}/checkout:{SCRATCH}/packages"
    terminal = ["LANG=C.UTF-8", "HOME=/", "TERM=xterm-256color"]
    return [f"PATH={os.environ['PATH']}", *terminal, "PYTHONDONTWRITEBYTECODE=1", python]


def _user(*, ordinary: bool) -> list[str]:
    """Words before a command that make root an ordinary user."""
    drop = ["--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
    return ["setpriv", *drop] if ordinary else []


def peer_of(slave: str) -> str:
    """The name of the switch's end of a cable."""
    return f"p{slave.removeprefix('eno')}" if slave.startswith("eno") else f"p-{slave}"[:15]
