"""Who asks: the user behind sudo, the terminal, and where the login comes from."""

from __future__ import annotations

import os
import pwd
from functools import cache

from bondtui.system.runtime import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Who = dict[str, Any]

MOST_ANCESTORS = 32
NO_LOGIN = 0xFFFFFFFF
"""What the kernel says in /proc/self/loginuid of a process that no login has led to."""


def asking(environment: Mapping[str, str] = os.environ, proc: str = "/proc") -> Who:
    """The person behind this process, as far as it can be told; ``None`` where it cannot."""
    uid = os.geteuid()
    ssh = _ssh_connection(environment, proc).split()
    return {
        "user": _name(uid),
        "uid": uid,
        "sudo_user": environment.get("SUDO_USER") or environment.get("DOAS_USER"),
        "login_user": _login_user(environment, proc),
        "tty": _terminal(),
        "ssh_client": ssh[0] if ssh else None,
        "pid": os.getpid(),
    }


def words(who: Who) -> str:
    """The same in words: ``alice with sudo, on pts/3, from 192.0.2.7``."""
    user, sudo_user, login = (who.get(key) for key in ("user", "sudo_user", "login_user"))
    behind = sudo_user or (login if login != user else None)
    name = f"{behind} as {user}" if behind and user else user or behind or "somebody"
    place = [f"on {who['tty']}"] if who.get("tty") else []
    origin = [f"from {who['ssh_client']}"] if who.get("ssh_client") else []
    return ", ".join(str(each) for each in (name, *place, *origin))


@cache
def _name(uid: int) -> str:
    """Asked for once: names may come over the network that a change has just cut off."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _login_user(environment: Mapping[str, str], proc: str) -> str | None:
    """Who has logged in, which ``su`` does not change."""
    said = text(f"{proc}/self/loginuid").strip()
    if said and said == environment.get("SUDO_UID"):
        return environment.get("SUDO_USER")
    return _name(int(said)) if said.isdecimal() and int(said) != NO_LOGIN else None


def _terminal() -> str | None:
    for descriptor in (0, 1, 2):
        try:
            return os.ttyname(descriptor).removeprefix("/dev/")
        except OSError:
            continue
    return None


def _ssh_connection(environment: Mapping[str, str], proc: str) -> str:
    """The client of the SSH login. sudo and su take it from the environment, but not from that of their parents."""
    process = "self"
    here = dict(environment)
    for _ in range(MOST_ANCESTORS):
        if found := here.get("SSH_CONNECTION") or here.get("SSH_CLIENT"):
            return found
        after_name = text(f"{proc}/{process}/stat").rpartition(")")[2].split()
        if len(after_name) < 2 or after_name[1] in ("0", "1"):
            break
        process = after_name[1]
        pairs = text(f"{proc}/{process}/environ").split("\0")
        here = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return ""
