"""Where the reports and the history of drills are kept. See ``bondtui.ports.Archive``."""

from __future__ import annotations

import json
import os

from bondtui.ports import ArchiveError
from bondtui.system import lab_mark, runtime, whole_files
from bondtui.system.history_file import HistoryFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Entry = Mapping[str, object]

DRILLS = "drills"
SAMPLES = "samples"
NAMES_AT_MOST = 1000
_LONGEST_NAME = 120


class MemoryArchive:
    """Keeps everything for as long as the process lives: what is simulated leaves nothing behind."""

    def __init__(self) -> None:
        self.document: Mapping[str, object] = {}
        self.text = ""
        """The report as it was written last."""
        self._history: list[Entry] = []

    @property
    def paths(self) -> tuple[str, str]:
        """Nowhere."""
        return "", ""

    def begin(self, name: str) -> None:
        """There is always room."""

    def write(self, document: Mapping[str, object], text: str) -> None:
        """Keep the report in place of the one before."""
        self.document, self.text = document, text

    def remember(self, entries: Sequence[Entry]) -> None:
        """Add to the history."""
        self._history += entries

    def history(self) -> Sequence[Entry]:
        """Everything that is remembered, oldest first."""
        return tuple(self._history)


class FileArchive(MemoryArchive):
    """Reports as files in the first of several folders that can be written, and the history beside them.

    Without a ``history``, what is to be remembered stays in memory.
    """

    def __init__(self, folders: Sequence[str], history: HistoryFile | None = None) -> None:
        super().__init__()
        self._folders = folders
        self._file = history
        self._paths = ("", "")

    @property
    def paths(self) -> tuple[str, str]:
        """The report's JSON and Markdown files."""
        return self._paths

    @property
    def trouble(self) -> str:
        """What was wrong with the history when it was last used, in words; ``""`` if nothing was."""
        return self._file.trouble if self._file else ""

    def begin(self, name: str) -> None:
        """Take two new files of this name, or with a number added to it; raises ArchiveError.

        They are made at once, so that no other drill can take them and so that it is known before
        the first fault that the folder takes files.
        """
        trouble = []
        for folder in self._folders:
            try:
                self._paths = _taken(folder, safe(name))
            except OSError as error:
                trouble.append(f"{folder}: {error.strerror or error}")
            else:
                return
        raise ArchiveError(f"the report cannot be written ({'; '.join(trouble)})")

    def write(self, document: Mapping[str, object], text: str) -> None:
        """Put both files in place of what was there before, each one whole or not at all; raises ArchiveError.

        Where there is not room enough for all samples the document is written without them.
        """
        super().write(document, text)
        small = {**document, SAMPLES: None} if SAMPLES in document else document
        machines, people = self._paths
        trouble = [_replaced(people, text), _replaced(machines, _as_json(document))]
        if trouble[1] and _replaced(machines, _as_json(small)) == "":
            trouble[1] = f"{trouble[1]}; it is without its samples"
        if said := "; ".join(filter(None, trouble)):
            raise ArchiveError(f"the report cannot be written ({said})")

    def remember(self, entries: Sequence[Entry]) -> None:
        """Add to the history; raises ArchiveError."""
        if self._file is None:
            super().remember(entries)
        elif entries:
            self._file.append(entries)

    def history(self) -> Sequence[Entry]:
        """Everything that is remembered, oldest first; what cannot be read is not there, and ``trouble`` says why."""
        return super().history() if self._file is None else self._file.entries()


def places() -> list[str]:
    """The state folders that this process may write to, best first: the system's for root, then the user's own.

    What is done in a lab is kept in the lab, and gone with it.
    """
    if lab_mark.kind():
        return [runtime.SYSTEM]
    state = os.environ.get("XDG_STATE_HOME", "")
    home = state if os.path.isabs(state) else os.path.join(os.path.expanduser("~"), ".local/state")
    own = os.path.join(home, "bondtui")
    return [*([whole_files.STATE] if os.geteuid() == 0 else []), *([own] if os.path.isabs(own) else [])]


def open_archive(folder: str | None = None) -> FileArchive:
    """The archive of this user: reports in ``folder`` if one is named; the history is in the state folder all the same."""
    state = places()
    reports = [os.path.abspath(folder)] if folder else [os.path.join(each, DRILLS) for each in state]
    return FileArchive(reports, HistoryFile(state, also_read=[] if lab_mark.kind() else [whole_files.STATE]))


def safe(name: str) -> str:
    """A name that a file may have and that nothing takes for an option, a folder or a hidden file."""
    kept = "".join(each if each.isascii() and (each.isalnum() or each in "-_.+@") else "_" for each in name)
    return (kept.lstrip(".-") or "drill")[:_LONGEST_NAME]


def _taken(folder: str, name: str) -> tuple[str, str]:
    """Two new files that are ours; raises OSError."""
    whole_files.make(folder)
    for number in range(1, NAMES_AT_MOST):
        stem = os.path.join(folder, name if number == 1 else f"{name}-{number}")
        made: list[str] = []
        try:
            for path in (f"{stem}.json", f"{stem}.md"):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
                made.append(path)
        except OSError as error:
            for path in made:
                os.unlink(path)
            if not isinstance(error, FileExistsError):
                raise
        else:
            return made[0], made[1]
    raise FileExistsError(f"there are {NAMES_AT_MOST} reports of this name")


def _replaced(path: str, content: str) -> str:
    """Why the file could not be put in place of the one before; ``""`` if it could."""
    try:
        whole_files.replace(path, content.encode("utf-8", "backslashreplace"))
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return ""


def _as_json(document: Mapping[str, object]) -> str:
    """The document for people, too: only the many samples stand close together."""
    body = json.dumps({key: value for key, value in document.items() if key != SAMPLES}, indent=2, allow_nan=False)
    if SAMPLES not in document:
        return f"{body}\n"
    samples = json.dumps(document[SAMPLES], separators=(",", ":"), allow_nan=False)
    return f'{body.removesuffix("}").rstrip()},\n  "{SAMPLES}": {samples}\n}}\n'
