"""What the command line says, as values; the defaults are those of a bare ``bondtui``."""

from __future__ import annotations

from bondtui.model.action import REVERT_AFTER_S


class Options:
    """One command and its options; what a command does not have keeps its default."""

    def __init__(self, command: str = "dashboard") -> None:
        self.command = command
        self.bond: str | None = None
        self.bonds: list[str] = []
        self.demo: str | None = None
        self.interval = 1.0
        self.read_only = False
        self.json = False
        self.slave = ""
        self.revert_after = REVERT_AFTER_S
        self.dry_run = False
        self.yes = False
        self.confirm = ""
