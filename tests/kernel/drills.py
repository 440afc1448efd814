"""``bondtui drill`` on a machine: started, listened to while it runs, and what it leaves behind."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from bondtui.system.whole_files import STATE
from tests.kernel.lab import BONDTUI, SCRATCH, SWITCH_ADDRESS, Lab
from tests.kernel.waiting import NotReachedError, until

REPORTS, HISTORY = Path(STATE, "drills"), Path(STATE, "history.jsonl")
"""On a file system of the tests' own, see ``lab.prepare``."""
CONFIRMED = ("--yes", "--confirm", "bond0")
"""The kernel log, which all machines share, may tell of losses that came before: then a guard asks."""
TARGET = ("--target", SWITCH_ADDRESS)
SHORT = ("--hold", "0.5")
ENDS_WITHIN_S = 90.0
ENGINE = b"bondtui.system.probe_engine"


class Ended(NamedTuple):
    """How a drill has ended."""

    status: int
    document: dict[str, Any]
    """What it printed as JSON."""
    stderr: str

    def only_round(self) -> dict[str, Any]:
        """The round of a drill that has but one."""
        (found,) = self.document["rounds"]
        assert isinstance(found, dict)
        return found


class Running:
    """A drill of bond0 under way; leaving the ``with`` block kills it if it has not ended."""

    def __init__(self, lab: Lab, *arguments: str) -> None:
        self.process = subprocess.Popen(
            lab.argv(*BONDTUI, "drill", "bond0", *CONFIRMED, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        self._lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._threads = [
            threading.Thread(target=self._read, args=(name, pipe), daemon=True)
            for name, pipe in (("stdout", self.process.stdout), ("stderr", self.process.stderr))
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()

    @property
    def stdout(self) -> str:
        """What it has printed so far."""
        return "".join(self._lines["stdout"])

    @property
    def stderr(self) -> str:
        """What it has said beside that so far."""
        return "".join(self._lines["stderr"])

    def says(self, words: str, times: int = 1) -> None:
        """Wait until it has said this, on whichever of its two ways, so many times."""

        def said() -> bool:
            return (self.stdout + self.stderr).count(words) >= times

        with suppress(NotReachedError):
            until(lambda: said() or self.process.poll() is not None, seconds=ENDS_WITHIN_S)
        assert said(), f"never {words!r} but, status {self.process.poll()}:\n{self.stdout}{self.stderr}"

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def ended(self) -> Ended:
        """Wait for its end. Its document is empty when it printed none."""
        return Ended(self._status(), json.loads(self.stdout or "{}"), self.stderr)

    def reported(self) -> Ended:
        """Wait for its end. Its document is that of its report, the only one of this machine."""
        status = self._status()
        (document,) = reports(REPORTS)
        return Ended(status, document, self.stdout + self.stderr)

    def _status(self) -> int:
        status = self.process.wait(ENDS_WITHIN_S)
        for thread in self._threads:
            thread.join()
        return status

    def _read(self, name: str, pipe: IO[str]) -> None:
        with pipe:
            for line in pipe:
                self._lines[name].append(line)


def drilled(lab: Lab, *arguments: str, ordinary: bool = False) -> Ended:
    """A whole drill of bond0 with JSON, to its end."""
    words = ("drill", "bond0", *CONFIRMED, "--json", *arguments)
    done = lab.bondtui(*words, ordinary=ordinary, seconds=ENDS_WITHIN_S)
    return Ended(done.returncode, json.loads(done.stdout or "{}"), done.stderr)


def report_folder(lab: Lab) -> Path:
    """A folder of this machine's own for reports."""
    folder = SCRATCH / f"reports-{lab.machine}"
    folder.mkdir(exist_ok=True)
    return folder


def reports(folder: Path) -> list[dict[str, Any]]:
    """The JSON documents in a folder of reports, oldest first."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def wall(passage: dict[str, Any]) -> tuple[float, float]:
    """The window in which a failover or failback was measured, by the wall clock."""
    begin = datetime.fromisoformat(passage["issued_at"]).timestamp()
    return begin, begin + passage["measured_for_ms"] / 1000


def engines(lab: Lab) -> list[int]:
    """The processes on the machine that send probes."""
    return [int(pid) for pid in lab.processes() if ENGINE in _command_line(pid)]


def _command_line(pid: str) -> bytes:
    try:
        return Path("/proc", pid, "cmdline").read_bytes()
    except OSError:
        return b""
