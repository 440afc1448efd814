"""What the command line says, as values; the defaults are those of a bare ``bondtui``."""

from __future__ import annotations

from bondtui.model.action import REVERT_AFTER_S
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.lab import LabWish
    from bondtui.model.probe import Target

SETTINGS_FILE = "/etc/bondtui/check.toml"
"""What ``bondtui check`` reads where no other file is named."""


class LabRequest(NamedTuple):
    """Something that is asked of a lab that runs."""

    do: str
    """As in ``bondtui.lab.messages``."""
    kind: str = ""
    subject: str = ""
    value: int | None = None
    lab: int | None = None
    """The process id of its launcher; ``None`` for the lab we are in, or the only one."""


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
        self.fault = "admin-down"
        self.targets: list[Target] = []
        self.period: float | None = None
        """Milliseconds, as the objective."""
        self.rounds = 1
        self.hold = 3.0
        self.objective: float | None = None
        self.report: str | None = None
        self.proc: list[str] = []
        """Texts to read instead of the kernel; ``-`` is standard input."""
        self.sos: list[str] = []
        self.nagios = False
        self.config: str | None = None
        self.words: list[str] = []
        self.lab: LabWish | None = None
        """A new lab."""
        self.lab_request: LabRequest | None = None
