"""The dead-man's switch as everybody else sees it: arm one, look at what is pending, keep it or take it back."""

from __future__ import annotations

import _socket as socket
import json
import os
import uuid

from bondtui.actions.record import change_record, pending_of
from bondtui.model.reading import SourceError
from bondtui.model.record import NamedTuple
from bondtui.ports import ActionError, NothingPending, NotPermitted
from bondtui.system import arming, audit, change_file, lab_mark, mark, runtime, who
from bondtui.system.audit import AuditLog
from bondtui.system.audit_reading import last_end
from bondtui.system.change_file import ChangeFile, DamagedError
from bondtui.system.orphan import Orphan
from bondtui.system.request_socket import LONGEST_LINE, NAME
from bondtui.system.runtime import NoFolderError
from bondtui.system.system_log import SystemLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.actions.record import Record
    from bondtui.model.action import Pending, Plan

ANSWER_SECONDS = 15.0
"""More than one try over rtnetlink and one entry in the audit log may take."""


class Found(NamedTuple):
    """A change that is not settled, and the folder that it was found in."""

    folder: str
    """``""`` when it is out of sight and only its dead-man's switch has told of it."""
    record: Record
    address: str | bytes
    """The socket of its dead-man's switch."""

    @property
    def is_alive(self) -> bool:
        """Whether its dead-man's switch still runs."""
        return runtime.is_alive(self.record["pid"], self.record["pid_started"])

    @property
    def seconds_left(self) -> float:
        """Until it is taken back."""
        left: float = self.record["deadline"] - runtime.boot_clock()
        return left


class Switch:
    """Whatever is pending in the network namespace of the calling thread.

    ``system`` is the folder that root keeps pending changes in, ``logs`` the folders for the audit log,
    best first, ``systemd`` the folder that is there where systemd runs.
    """

    def __init__(
        self, *, system: str = runtime.SYSTEM, logs: list[str] | None = None, systemd: str = arming.SYSTEMD_RUNS
    ) -> None:
        self._system = system
        self._logs = logs
        self._systemd = systemd

    @property
    def _own(self) -> bool:
        """Whether a change may be pending in a folder of an ordinary user: what these hold stays when a lab ends."""
        return not lab_mark.kind()

    @property
    def audit(self) -> AuditLog:
        """The audit log of this process."""
        return AuditLog(self._log_folders(), SystemLog())

    @property
    def logs(self) -> tuple[str, ...]:
        """Where entries of the audit log may be found, whoever has written them."""
        folders = self._logs
        try:
            folders = folders or audit.places(runtime.folders(self._system, own=self._own))
        except NoFolderError:
            folders = audit.places([])
        return AuditLog(list(dict.fromkeys([*([] if lab_mark.kind() else [audit.SYSTEM]), *folders]))).paths

    def arm(self, plan: Plan) -> Pending:
        """Start the switch for this plan; returns when it holds the undo. Raises ActionError, ValueError."""
        identity = uuid.uuid4().hex[:12]
        change = change_record(plan, identity=identity, who=who.asking())
        if (found := self._found()) is not None:
            raise ActionError(_pending_already(found))
        try:
            folder = runtime.make_folder(self._system, own=self._own)
            where = {"folder": folder, "system": self._system}
            orders = {"change": change, **where, "logs": self._log_folders(), "netns": runtime.namespace()}
        except NoFolderError as error:
            raise ActionError(str(error)) from None
        try:
            return _pending(Found(folder, arming.arm(orders, systemd=self._systemd), os.path.join(folder, NAME)))
        except ActionError:
            self._withdraw(identity)
            raise

    def pending(self) -> Pending | None:
        """The change that is not settled yet. Everybody may ask."""
        found = self._found()
        return None if found is None else _pending(found)

    def keep(self) -> str:
        """Have the pending change stay; returns what came of it. Raises ActionError."""
        return self._settle("keep")

    def revert(self) -> str:
        """Have the pending change taken back now; returns what came of it. Raises ActionError."""
        return self._settle("revert")

    def begin(self, identity: str) -> None:
        """Tell that switch that the change is made now; raises ActionError unless it is there to take it back."""
        found = self._found()
        if found is None or found.record["id"] != identity or _asked(found, "applying") is None:
            raise ActionError("the dead-man's switch is gone")

    def applied(self, identity: str) -> bool:
        """Tell that switch that the change is made. Returns whether it is there to take it back."""
        found = self._found()
        if found is None or found.record["id"] != identity:
            return False
        try:
            return _asked(found, "applied") is not None
        except ActionError:  # it does not answer now; it will take the change back nevertheless, if it is there
            left = self._found()
            return left is not None and left.record["id"] == identity and left.is_alive

    def _settle(self, do: str) -> str:
        found = self._found()
        if found is None:
            raise NothingPending(self._nothing())
        for address in (found.address, mark.address(self._system)):  # its folder may have been made anew without it
            said = _asked(found._replace(address=address), do)
            if said is not None:
                return said
        left = self._found()  # its switch has ended at this moment, or was killed
        if left is None or left.record["id"] != found.record["id"]:
            raise NothingPending(self._nothing())
        if left.is_alive:
            raise ActionError(_no_answer(left))
        return self._orphan(left, do)

    def _orphan(self, found: Found, do: str) -> str:
        orphan = Orphan(found.folder, found.record, self.audit)
        return orphan.keep() if do == "keep" else orphan.revert()

    def _withdraw(self, identity: str) -> None:
        """Nobody will say keep for a switch that was armed too late to be heard: it need not wait."""
        try:
            found = self._found()
            if found is not None and found.record["id"] == identity:
                self._settle("revert")
        except (ActionError, SourceError):
            return  # then it finds by itself that nothing is to be taken back

    def _found(self) -> Found | None:
        """What is pending, leaving out what is damaged and what belongs to another boot or namespace."""
        try:
            folders = runtime.folders(self._system, own=self._own)
        except NoFolderError as error:
            raise SourceError(str(error)) from None
        for folder in folders:
            file = ChangeFile(folder)
            try:
                record = file.read()
                if record is not None and runtime.is_of_here(record):
                    return Found(folder, record, os.path.join(folder, NAME))
                if record is not None:
                    _remove(file)
            except DamagedError as error:
                _set_aside(file, error)
            except OSError as error:
                raise SourceError(f"cannot tell whether a change is pending: {file.path}: {error.strerror}") from None
        return self._out_of_sight()

    def _out_of_sight(self) -> Found | None:
        """What another user has made, or what lost its folder: its switch tells whoever may settle it."""
        name = mark.address(self._system)
        held = mark.holder(name)
        if held is None:
            return None
        try:
            record = _answer_of(name, {"do": "status", "id": None, "who": {}}).get("record")
            return Found("", change_file.armed(record), name)
        except (ActionError, DamagedError, OSError, ValueError):
            if mark.holder(name) is None:
                return None  # it was just being settled
            raise ActionError(f"a change is pending that {held} holds; only that user and root may settle it") from None

    def _nothing(self) -> str:
        """That nothing is pending, and how the last change ended."""
        try:
            ended = last_end(self.logs, runtime.namespace())
        except NoFolderError:
            ended = ""
        return f"no change is pending{ended and f'; {ended}'}"

    def _log_folders(self) -> list[str]:
        if self._logs is not None:
            return self._logs
        try:
            return audit.places([runtime.make_folder(self._system, own=self._own)])
        except NoFolderError:
            return audit.places([])


def _pending(found: Found) -> Pending:
    asked = who.words(found.record["who"])
    return pending_of(found.record, seconds_left=found.seconds_left, who=asked, alive=found.is_alive)


def _pending_already(found: Found) -> str:
    plan = found.record["plan"]
    change = f"{plan['action']} {plan['slave']} in {plan['bond']}"
    if found.is_alive:
        return f"another change is pending ({change})"
    return (
        f"an earlier change ({change}) is not settled, its dead-man's switch was killed; "
        "'bondtui revert' takes it back, 'bondtui keep' lets it stay"
    )


def _remove(file: ChangeFile) -> None:
    """Take away what is void; an ordinary user need not be able to."""
    try:
        file.remove()
    except OSError:
        return


def _set_aside(file: ChangeFile, error: DamagedError) -> None:
    """Say so once, to syslog; an ordinary user can do nothing about it."""
    try:
        path = file.set_aside()
    except OSError:
        return
    words = f"the record of a pending change was damaged ({error}) and is kept as {path}: look for slaves that are down"
    SystemLog().say(words, loud=True)


def _asked(found: Found, do: str) -> str | None:
    """Ask the switch; ``None`` when it is not there any more. Raises ActionError with what it refuses."""
    request = {"do": do, "id": found.record["id"], "who": who.asking() if do in ("keep", "revert") else {}}
    try:
        answer = _answer_of(found.address, request)
    except PermissionError:
        raise NotPermitted(
            "not permitted: another user has made the change, only that user and root may settle it"
        ) from None
    except TimeoutError:
        raise ActionError(_no_answer(found)) from None
    except (OSError, ValueError):
        return None
    if answer.get("done") == audit.GONE:
        raise ActionError(str(answer.get("words")).removesuffix("."))
    return str(answer["words"]) if "words" in answer else None


def _no_answer(found: Found) -> str:
    pid = found.record["pid"]
    return f"the dead-man's switch (process {pid}) does not answer; 'kill -9 {pid}' ends it, then ask again"


def _answer_of(address: str | bytes, request: Record) -> Record:
    """What the switch at this socket says; raises ActionError with what it refuses, OSError and ValueError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    connection.settimeout(ANSWER_SECONDS)
    said = b""
    try:
        connection.connect(address)
        connection.send(json.dumps(request).encode() + b"\n")
        while not said.endswith(b"\n") and (more := connection.recv(LONGEST_LINE)):
            said += more
    finally:
        connection.close()
    answer: Record = json.loads(said) if said else {}
    if "refused" in answer:
        raise ActionError(str(answer["refused"]))
    return answer
