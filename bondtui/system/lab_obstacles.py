"""Why there can be no lab in namespaces of this kernel: what exactly is missing, and the cure."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import subprocess
from pathlib import Path

from bondtui.system import lab_entering as entering
from bondtui.system import runtime

SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where programs for the network are; not every ordinary user has them in PATH."""
LOAD_BONDING = ("modprobe", "bonding", "max_bonds=0")
"""Without ``max_bonds`` the driver makes a bond0 in the machine's own network namespace as it is loaded."""
PARTS = {
    "bonding": "link add bond0 type bond",
    "veth": "link add veth0 type veth peer name veth1",
    "bridge": "link add bridge0 type bridge",
    "macvlan": "link add macvlan0 link bridge0 type macvlan mode bridge",
}
"""Drivers that a lab needs, and what shows that they are there."""
CONTAINER = "in a container it takes --privileged"


class Machine:
    """What can be read of the machine; the root is handed in."""

    def __init__(self, root: str = "/") -> None:
        self._root = Path(root)
        self.release = os.uname().release

    def has_bonding(self) -> bool:
        """Whether the driver is there now. Nothing that would have the kernel load it may be done where it is not."""
        return (self._root / "sys/module/bonding").is_dir()

    def setting(self, name: str) -> str | None:
        """A setting of sysctl; ``None`` where this kernel does not have it."""
        return runtime.text(str(self._root / "proc/sys" / name.replace(".", "/"))).strip() or None

    def has_module(self, name: str) -> bool | None:
        """Whether the driver can be loaded or is built in; ``None`` where nothing of the kernel is installed."""
        folder = self._root / "lib/modules" / self.release
        if not folder.is_dir():
            return False if f"# CONFIG_{name.upper()} is not set" in self._configuration() else None
        lists = [runtime.text(str(folder / each)) for each in ("modules.dep", "modules.builtin")]
        paths = [line.split(":")[0] for text in lists for line in text.splitlines()]
        return name in {os.path.basename(path).split(".ko")[0] for path in paths}

    def _configuration(self) -> list[str]:
        """How the kernel was built, where it tells."""
        try:
            return gzip.decompress((self._root / "proc/config.gz").read_bytes()).decode("ascii", "replace").splitlines()
        except (OSError, EOFError, ValueError):
            return []


def search_path() -> str:
    """PATH, with the folders of the system's own programs."""
    folders = (os.environ.get("PATH") or os.defpath).split(os.pathsep)
    return os.pathsep.join(dict.fromkeys((*folders, *SYSTEM_FOLDERS)))


def without_driver(name: str, machine: Machine) -> str:
    """What to say when a driver is not there."""
    loads = " ".join(LOAD_BONDING) if name == "bonding" else f"modprobe {name}"
    has = machine.has_module(name)
    if has is None:
        return (
            f"the {name} driver is not loaded, and no modules of this kernel, {machine.release}, are in /lib/modules: "
            f"where they are, '{loads}' as root loads it"
        )
    if has:
        return f"the {name} driver is not loaded: '{loads}' as root loads it"
    return f"this kernel, {machine.release}, has no {name} driver"


def why_refused(step: str, code: int, machine: Machine, *, as_root: bool) -> str:
    """What to say when the kernel refused a step into the namespaces."""
    denied = code in (errno.EPERM, errno.EACCES)
    or_root = "" if as_root else ", or start it as root"
    if code == errno.ENOSPC:
        return f"{_limit(step, machine)} as root allows more{or_root}"
    if step == entering.USER and code in (errno.EINVAL, errno.ENOSYS):
        return "this kernel has no user namespaces: start it as root"
    if denied and entering.needs_user_namespace() and (switch := _switch(machine)):
        return f"{switch} as root allows them{or_root}"
    if denied and step in (entering.PROC, entering.SYS):
        return f"/{step} cannot be mounted for new namespaces, parts of it are hidden or it is read-only: {CONTAINER}"
    if denied and step in (entering.USER, entering.RIGHTS, entering.NAMESPACES):
        return f"new namespaces are not permitted, by a seccomp filter or without CAP_SYS_ADMIN: {CONTAINER}{or_root}"
    return f"{_WHAT[step]}: {os.strerror(code)}"


_WHAT = {
    entering.USER: "no user namespace can be made",
    entering.RIGHTS: "no rights can be had in a user namespace",
    entering.NAMESPACES: "no namespaces can be made",
    entering.MOUNTS: "mounts cannot be made private",
    entering.PROC: "/proc cannot be mounted for new namespaces",
    entering.SYS: "/sys cannot be mounted for new namespaces",
    entering.RUN: "no tmpfs can be mounted on /run",
    entering.LOOPBACK: "the loopback cannot be set up",
}


def _switch(machine: Machine) -> str:
    """Which setting keeps ordinary users from user namespaces, and how it is changed."""
    if machine.setting("kernel.unprivileged_userns_clone") == "0":
        name, value = "kernel.unprivileged_userns_clone", 1
        return f"user namespaces are switched off for ordinary users: 'sysctl {name}={value}'"
    if machine.setting("kernel.apparmor_restrict_unprivileged_userns") not in (None, "0"):
        name, value = "kernel.apparmor_restrict_unprivileged_userns", 0
        return f"AppArmor gives ordinary users no rights in user namespaces: 'sysctl {name}={value}'"
    return ""


def _limit(step: str, machine: Machine) -> str:
    """Which number of namespaces is used up, and how it is changed."""
    if step == entering.USER:
        switched_off = machine.setting("user.max_user_namespaces") == "0"
        what = "user namespaces are switched off" if switched_off else "there are too many user namespaces"
        return f"{what}: 'sysctl user.max_user_namespaces=10000'"
    kinds = [
        each for each in ("mnt", "net", "uts", "ipc", "pid") if machine.setting(f"user.max_{each}_namespaces") == "0"
    ]
    kind = kinds[0] if kinds else "net"
    return f"there are too many namespaces: 'sysctl user.max_{kind}_namespaces=10000'"


def why_not_built(machine: Machine) -> str:
    """Inside: try every kind of link that a lab has; ``""`` when all are there."""
    if not machine.has_bonding():
        return without_driver("bonding", machine)
    ip = shutil.which("ip", path=search_path())
    if ip is None:
        return "the program 'ip' is missing: install iproute2"
    tried = subprocess.run(
        [ip, "-batch", "-"],
        input="\n".join(PARTS.values()),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if tried.returncode == 0:
        return ""
    if "BusyBox" in tried.stderr:
        return f"{ip} is BusyBox's, which makes no bonds: install iproute2"
    said = tried.stderr.strip().splitlines() or ["no reason given"]
    number = said[-1].rpartition(":")[2]
    name = list(PARTS)[int(number) - 1] if number in ("1", "2", "3", "4") else "ip"
    if name != "ip" and any(words in tried.stderr for words in ("Unknown device type", "not supported")):
        return without_driver(name, machine)
    return f"a {name} link cannot be made: {said[0]}"
