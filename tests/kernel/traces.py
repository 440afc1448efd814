"""What bondtui leaves on a machine: the folder of its pending change, its logs and reports, its dead-man's switch."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from bondtui.system.whole_files import STATE

RUNTIME, AUDIT = Path("/run/bondtui"), Path("/var/log/bondtui/audit.jsonl")
"""Both, and STATE with them, on file systems of the tests' own, see ``lab.prepare``."""


def runtime_folder(namespace: str) -> Path:
    """Where the machine's change is pending. The kernel gives the numbers of namespaces that are gone to new ones."""
    found = Path("/run/netns", namespace).stat()
    return RUNTIME / f"net-{found.st_dev}-{found.st_ino}"


def audit(path: Path = AUDIT) -> list[dict[str, Any]]:
    """The entries of the audit log, oldest first."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def switches(processes: list[str]) -> list[int]:
    """Those of these processes that are a dead-man's switch."""
    return [int(pid) for pid in processes if b"bondtui.system.dead_man" in _read(Path("/proc", pid, "cmdline"))]


def session_of(pid: int) -> list[int]:
    """All processes of the session that this process leads."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        after_name = _read(each / "stat").rpartition(b")")[2].split()
        if len(after_name) > 3 and int(after_name[3]) == pid:
            found.append(int(each.name))
    return found


def forget(namespace: str) -> None:
    """Leave nothing to the next machine."""
    for folder in (runtime_folder(namespace), AUDIT.parent, Path(STATE)):
        shutil.rmtree(folder, ignore_errors=True)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
