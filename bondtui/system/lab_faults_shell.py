"""Runs the commands of ``bondtui.lab.faults_steps`` in the network namespace of the peer."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bondtui.core.words import command_line
from bondtui.lab.faults_steps import refusal
from bondtui.ports import LabError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.lab.faults_steps import Command

PATIENCE_S = 20.0
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin", "LC_ALL": "C"}
_FAILED = re.compile(r"^Command failed -:(\d+)$", re.MULTILINE)


class Shell(Protocol):
    """Who runs the commands."""

    def shown(self, command: Command) -> str:
        """As it would be typed."""

    def run(self, commands: Sequence[Command]) -> None:
        """Run them in their order; raises LabError at the first that fails."""

    def run_all(self, commands: Sequence[Command]) -> None:
        """Run them in their order, all of them, then raise LabError if one failed."""

    def links(self) -> Sequence[Mapping[str, Any]]:
        """``ip -j link``; raises LabError."""


class Programs:
    """``ip`` and ``tc``, many commands of one program at once."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def shown(self, command: Command) -> str:
        """As it would be typed in the lab."""
        program, *words = command
        return command_line((program, "-n", self._namespace, *words))

    def run(self, commands: Sequence[Command]) -> None:
        """Run them in their order; raises LabError at the first that fails."""
        for program, batch in itertools.groupby(commands, lambda command: command[0]):
            self._batch(program, list(batch))

    def run_all(self, commands: Sequence[Command]) -> None:
        """Run them in their order, all of them, then raise LabError if one failed."""
        failure: LabError | None = None
        for program, batch in itertools.groupby(commands, lambda command: command[0]):
            try:
                self._batch(program, list(batch), "-force")
            except LabError as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def links(self) -> Sequence[Mapping[str, Any]]:
        """``ip -j link`` of the namespace."""
        argv = ("ip", "-n", self._namespace, "-j", "link")
        done = self._called(argv, "")
        if done.returncode != 0:
            raise LabError(refusal(command_line(argv), done.stderr))
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def _batch(self, program: str, commands: Sequence[Command], *options: str) -> None:
        lines = "".join(f"{' '.join(words)}\n" for _, *words in commands)
        done = self._called((program, "-n", self._namespace, *options, "-batch", "-"), lines)
        if done.returncode == 0:
            return
        failed = _FAILED.search(done.stderr)
        command = commands[int(failed[1]) - 1] if failed else commands[0]
        raise LabError(refusal(self.shown(command), done.stderr[: failed.start()] if failed else done.stderr))

    def _called(self, argv: Sequence[str], lines: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                argv,
                input=lines,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE_S,
                env=ENVIRONMENT,
                check=False,
            )
        except FileNotFoundError:
            raise LabError(f"no {argv[0]} here: apt-get install iproute2") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LabError(f"{argv[0]} cannot be run: {error}") from None
