"""A pending change whose dead-man's switch was killed: whoever finds it settles it by hand, under the lock."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from bondtui.actions.record import undo_of
from bondtui.actions.undoing import TO_DO
from bondtui.core.words import printable
from bondtui.ports import ActionError, NothingPending, NotPermitted
from bondtui.system import runtime, who
from bondtui.system.audit import GONE as SETTLED_GONE
from bondtui.system.audit import KEPT, REVERT_FAILED, AuditError, AuditLog, entry
from bondtui.system.change_file import ChangeFile, DamagedError
from bondtui.system.countdown import ENDS, how_settled
from bondtui.system.lock import Lock
from bondtui.system.request_socket import NAME
from bondtui.system.taking_back import TakingBack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.actions.record import Record


class Orphan:
    """One such change, with the folder that it was found in."""

    def __init__(self, folder: str, record: Record, log: AuditLog) -> None:
        self._folder = folder
        self._record = record
        self._log = log
        self._file = ChangeFile(folder)
        asking = who.asking()
        self._by = {**record, "who": asking}
        self._why = f"asked by {who.words(asking)}, its dead-man's switch was killed"

    def keep(self) -> str:
        """Let it stay; raises ActionError."""
        plan = self._record["plan"]
        words = f"{printable(plan['slave'])} stays as it is in {printable(plan['bond'])}"
        with self._locked():
            try:
                self._log.write(entry(KEPT, self._by, why=self._why, result=words))
            except AuditError as error:
                raise ActionError(f"not kept: {error}") from None
            self._settled()
        return f"Kept: {words}."

    def revert(self) -> str:
        """Take it back; raises ActionError when it is still to be done."""
        if not runtime.may_change_links():
            raise NotPermitted("not permitted: CAP_NET_ADMIN is needed over this network namespace")
        with self._locked():
            found = TakingBack(undo_of(self._record)).insist()
            what = REVERT_FAILED if found.state == TO_DO else how_settled(found)
            unwritten = self._written(what, found.words)
            if found.state == TO_DO:
                raise ActionError(f"it could not be taken back: {found.words}")
            self._settled()
        if what == SETTLED_GONE:
            raise ActionError(f"{ENDS[what]}: {found.words}")
        return f"{ENDS[what]}: {found.words}.{unwritten}"

    def _settled(self) -> None:
        """Nothing is pending any more, and the socket that nobody listens to is no use."""
        self._file.remove()
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(self._folder, NAME))

    def _written(self, what: str, words: str) -> str:
        """Why it could not be written, as a further sentence: a change is taken back all the same."""
        try:
            self._log.write(entry(what, self._by, why=self._why, result=words))
        except AuditError as error:
            return f" {error}."
        return ""

    def _look_again(self) -> None:
        try:
            left = self._file.read()
        except DamagedError:
            left = None
        if left is None or left["id"] != self._record["id"]:
            raise NothingPending("no change is pending any more: somebody else has just settled it")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else settles it meanwhile, and nobody has; raises ActionError."""
        try:
            lock = Lock(self._folder)
        except PermissionError:
            raise NotPermitted(
                "not permitted: another user has made the change, only that user and root may settle it"
            ) from None
        try:
            if not lock.take():
                raise ActionError("somebody else is settling the pending change at this moment")
            self._look_again()
            yield
        except OSError as error:
            raise ActionError(f"the pending change cannot be settled: {error.strerror}") from None
        finally:
            lock.release()
