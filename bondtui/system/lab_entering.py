"""The way into namespaces of one's own: what is done to links, mounts and processes there is seen there alone.

The system calls go through ctypes: Python has ``os.unshare`` since 3.12 and no ``mount`` at all.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import signal
import socket
import struct

from bondtui.system import runtime

HOSTNAME = "bondtui-lab"
CAP_SYS_ADMIN = 21
PR_SET_PDEATHSIG = 1
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 0x1, 0x2, 0x4, 0x8, 0x4000, 0x40000
PLAIN = MS_NOSUID | MS_NODEV | MS_NOEXEC
RUN_OPTIONS = "mode=755,size=64m"
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1

USER, RIGHTS, NAMESPACES, MOUNTS = "user", "rights", "namespaces", "mounts"
PROC, SYS, RUN, LOOPBACK = "proc", "sys", "run", "loopback"

_libc = ctypes.CDLL(None, use_errno=True)


class StepRefused(Exception):
    """The kernel refused a step of the way.

    Args:
        step: Which one, as above.
        code: The error number.
    """

    def __init__(self, step: str, code: int) -> None:
        super().__init__(f"{step}: {os.strerror(code)}")
        self.step = step
        self.code = code


def needs_user_namespace() -> bool:
    """Whether this process may have namespaces of its own only inside a user namespace of its own."""
    return os.geteuid() != 0 or not _may_administer()


def _may_administer() -> bool:
    """Whether CAP_SYS_ADMIN is in effect, as it is not for root in most containers."""
    for line in runtime.text("/proc/self/status").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_SYS_ADMIN & 1)
    return True


def end_with_parent() -> None:
    """Be killed when the thread that forked this process ends, however it ends (PR_SET_PDEATHSIG).

    A parent that has ended before is not noticed: look for it afterwards.
    """
    _libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)


def unshare() -> None:
    """Leave the machine's namespaces; the next child is the first process of a new one. Raises StepRefused."""
    if needs_user_namespace():
        own = {"uid": os.geteuid(), "gid": os.getegid()}
        _checked(USER, _libc.unshare(CLONE_NEWUSER))
        try:
            _write("setgroups", "deny")  # without it an ordinary user may not map a group
            for kind, number in own.items():
                _write(f"{kind}_map", f"0 {number} 1")
        except OSError as error:
            raise StepRefused(RIGHTS, error.errno or 0) from None
    _checked(NAMESPACES, _libc.unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID))


def settle() -> None:
    """As the first process: file systems that show the new namespaces, a name, a loopback. Raises StepRefused."""
    _mount(MOUNTS, "none", "/", MS_REC | MS_PRIVATE)
    _mount(PROC, "proc", "/proc", PLAIN)
    try:
        _mount(SYS, "sysfs", "/sys", PLAIN)
    except StepRefused as refused:
        if refused.code != errno.EPERM:
            raise
        _mount(SYS, "sysfs", "/sys", PLAIN | MS_RDONLY)  # a container whose own one is read-only
    _mount_run()
    socket.sethostname(HOSTNAME)
    _loopback_up()


def _mount_run() -> None:
    """An empty /run, but for its links to elsewhere: on NixOS they are the way to every program."""
    try:
        links = {each.path: os.readlink(each.path) for each in os.scandir("/run") if each.is_symlink()}
        _mount(RUN, "tmpfs", "/run", MS_NOSUID | MS_NODEV, RUN_OPTIONS)
        os.mkdir("/run/netns")
        os.chmod("/run/netns", 0o755)  # noqa: S103 - as ip makes it, whatever the umask
        for path, target in links.items():
            if target.startswith("/") and not target.startswith("/run/"):
                os.symlink(target, path)
    except OSError as error:
        raise StepRefused(RUN, error.errno or 0) from None


def _loopback_up() -> None:
    """Set lo up (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            answer = fcntl.ioctl(asking, SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
            (flags,) = struct.unpack_from("H", answer, 16)
            fcntl.ioctl(asking, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))
        except OSError as error:
            raise StepRefused(LOOPBACK, error.errno or 0) from None


def _write(name: str, text: str) -> None:
    with open(f"/proc/self/{name}", "wb", buffering=0) as file:
        file.write(text.encode())


def _mount(step: str, kind: str, target: str, flags: int, options: str = "") -> None:
    data = options.encode() or None
    _checked(step, _libc.mount(kind.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data))


def _checked(step: str, status: int) -> None:
    if status != 0:
        raise StepRefused(step, ctypes.get_errno())
