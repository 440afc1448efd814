"""Start a dead-man's switch and wait for its answer."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bondtui.model.record import NamedTuple
from bondtui.ports import ActionError
from bondtui.system import own_python
from bondtui.system.change_file import DamagedError, armed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from bondtui.actions.record import Record

    Orders = dict[str, Any]

SYSTEMD_RUNS = "/run/systemd/system"
"""A folder that is there if and only if systemd is the first process (sd_booted(3))."""
SECONDS, SCOPE_SECONDS = 5.0, 2.0
LONGEST_ANSWER = 1 << 20
PROGRAM = ("-P", "-m", "bondtui.system.dead_man")


class Answer(NamedTuple):
    """What a process that was started has said before the time was up."""

    line: bytes
    """Its answer, ``b""`` when there is none."""
    errors: str
    """The last line of what it has complained about."""
    timed_out: bool


def arm(orders: Orders, *, seconds: float = SECONDS, systemd: str = SYSTEMD_RUNS) -> Record:
    """Start the switch with these orders (``dead_man.orders``) and return its record; raises ActionError.

    Where systemd runs, the switch gets a scope of its own: a login that ends takes its processes with
    it (KillUserProcesses), setsid(2) or not. A scope keeps the network namespace and the pipes, as a
    service would not. When systemd does not answer, the switch is started without it.
    """
    if not sys.executable:
        raise ActionError("the dead-man's switch cannot be started: Python does not know its own program")
    until = time.monotonic() + seconds
    unit = f"bondtui-revert-{orders['change']['id']}.scope"
    if (scope := _scope(unit, systemd)) is not None:
        answer = _started([*scope, sys.executable, *PROGRAM], {**orders, "unit": unit}, SCOPE_SECONDS)
        if answer.line:
            return _record(answer)
    left = max(0.1, until - time.monotonic())
    return _record(_started([sys.executable, *PROGRAM], {**orders, "unit": None}, left))


def _scope(unit: str, systemd: str) -> list[str] | None:
    """The words before a command that put it into a transient scope; ``None`` where there is no systemd."""
    program = shutil.which("systemd-run")
    if program is None or os.geteuid() != 0 or not Path(systemd).is_dir():
        return None
    return [program, "--scope", "--quiet", "--collect", "--no-ask-password", "--slice=system.slice", f"--unit={unit}"]


def _started(argv: list[str], orders: Orders, seconds: float) -> Answer:
    with os.fdopen(os.memfd_create("orders"), "w+b") as told:  # no pipe: a program that does not read holds nobody up
        told.write(json.dumps(orders).encode())
        told.seek(0)
        try:
            process = subprocess.Popen(
                argv,
                stdin=told,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd="/",
                env=own_python.environment(),
                start_new_session=True,
            )
        except OSError as error:
            return Answer(b"", f"{argv[0]}: {error.strerror}", timed_out=False)
    with process:
        try:
            return _answer(process, seconds)
        finally:
            process.kill()  # it has ended by itself, or nobody will listen to it any more


def _answer(process: subprocess.Popen[bytes], seconds: float) -> Answer:
    """Wait for one line; its absence is an answer too."""
    assert process.stdout is not None  # noqa: S101 - they are pipes
    assert process.stderr is not None  # noqa: S101
    until = time.monotonic() + seconds
    said = b""
    while not said.endswith(b"\n"):
        if not _readable(process.stdout, until - time.monotonic()):
            return Answer(b"", "", timed_out=True)
        more = process.stdout.read(LONGEST_ANSWER)
        if not more:
            errors = process.stderr.read(LONGEST_ANSWER) if _readable(process.stderr, 0.1) else b""
            return Answer(b"", _last_line(errors), timed_out=False)
        said += more
    return Answer(said, "", timed_out=False)


def _readable(file: IO[bytes], seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    return bool(waiting.poll(max(0.0, seconds) * 1000))


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it ended without a word"


def _record(answer: Answer) -> Record:
    """The record of the armed switch; raises ActionError when it is not armed."""
    if answer.timed_out:
        raise ActionError("the dead-man's switch did not answer in time")
    if not answer.line:
        raise ActionError(f"the dead-man's switch could not be started: {answer.errors}")
    try:
        said = json.loads(answer.line)
        if "refused" in said:
            raise ActionError(str(said["refused"]))
        return armed(said["armed"])
    except (ValueError, TypeError, KeyError, DamagedError):
        raise ActionError(f"the dead-man's switch gave an answer that is none: {answer.line[:80]!r}") from None
