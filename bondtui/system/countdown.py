"""The life of an armed dead-man's switch: wait, answer, take back when time is up, and settle.

It ends only when the change is settled: kept by somebody, taken back and seen to be, not needed, or
impossible because the interface is gone.
"""

from __future__ import annotations

import time

from bondtui.actions.undoing import DONE, GONE, TO_DO
from bondtui.core.words import printable
from bondtui.model.record import NamedTuple
from bondtui.system import runtime, who
from bondtui.system.audit import GONE as SETTLED_GONE
from bondtui.system.audit import KEPT, NOT_NEEDED, REVERT_FAILED, REVERTED, entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bondtui.actions.record import Record
    from bondtui.system.audit import Entry
    from bondtui.system.change_file import ChangeFile
    from bondtui.system.reporting import Reports
    from bondtui.system.request_socket import Request, RequestSocket
    from bondtui.system.taking_back import Found, TakingBack

LOOK_EVERY_S = 1.0
"""How often the clock is looked at: the kernel's own waiting does not count the time in suspend."""
PAUSES_S = (0.1, 0.3, 1.0, 2.0, 5.0)
"""Between two tries to take the change back; the last one again and again."""
SECONDS_TO_APPLY, SECONDS_ON_ITS_WAY = 0.2, 3.0
"""A change is not begun with less time than that left, and one that was begun has reached the kernel after so long."""
TRIES_BEFORE_LOUD, LOUD_EVERY_S = 3, 600.0
TIME_WAS_UP, TERMINATED = "time was up", "the dead-man's switch was told to end"


ENDS = {REVERTED: "Taken back", NOT_NEEDED: "Nothing was to be taken back", SETTLED_GONE: "Cannot be taken back"}


class Around(NamedTuple):
    """What a dead-man's switch holds and uses."""

    file: ChangeFile
    socket: RequestSocket
    back: TakingBack
    reports: Reports
    release: Callable[[], None]
    """Lets go of the lock."""
    told_to_end: Callable[[], bool] = lambda: False


class Countdown:
    """One pending change, from arming to settling."""

    def __init__(self, record: Record, around: Around, clock: Callable[[], float] = runtime.boot_clock) -> None:
        self.settled = ""
        """How it has ended, in the audit log's word; ``""`` as long as it has not."""
        self._end = ""
        """The same in a sentence."""
        self.record = record
        """What is in the change file."""
        self._around = around
        self._clock = clock
        self._armed = record["deadline"] - record["revert_after_s"]
        self._why = ""
        """Why the change is to be taken back; ``""`` while there is time."""
        self._by: Record = record["who"]
        """Who is behind that."""
        self._on_its_way = False
        self._tries = 0
        self._next_try = self._next_cry = 0.0

    def step(self) -> None:
        """Wait for a moment and do what is due. Whatever goes wrong with a request, time is up when it is up."""
        try:
            for request in self._around.socket.listen(min(LOOK_EVERY_S, self._due() - self._clock())):
                if not self.settled:
                    self._answer(request)
        finally:
            if not self.settled:
                self._do_what_is_due()

    def _do_what_is_due(self) -> None:
        self._around.reports.running()
        if not self._why:
            late = self._clock() >= self.record["deadline"]
            self._why = TERMINATED if self._around.told_to_end() else TIME_WAS_UP if late else ""
        if self._why and self._clock() >= self._next_try:
            self._take_back()
        elif not self._around.file.is_as_written():
            self._tell()  # somebody has removed it, but we are still here

    def _due(self) -> float:
        return self._next_try if self._why else self.record["deadline"]

    def _answer(self, request: Request) -> None:
        answers = {"keep": self._keep, "revert": self._revert, "status": self._status}
        answers |= {"applying": self._applying, "applied": self._applied}
        answer = answers.get(request.do)
        if answer is None:
            request.caller.answer(refused=f"unknown: '{printable(request.do)[:40]}'")
        elif request.id not in (None, self.record["id"]):
            request.caller.answer(refused="another change is pending now")
        else:
            answer(request)

    def _status(self, request: Request) -> None:
        left = self.record["deadline"] - self._clock()
        request.caller.answer(done="status", words="", record=self.record, seconds_left=left)

    def _applying(self, request: Request) -> None:
        """The change is about to be made; until its maker says that it is, it may still be on its way to the kernel."""
        if self._why or self.record["deadline"] - self._clock() < SECONDS_TO_APPLY:
            request.caller.answer(refused="the time was up before the change could be made")
            return
        self._on_its_way = True
        request.caller.answer(done="applying", words="")

    def _applied(self, request: Request) -> None:
        self._on_its_way = False
        self.record["applied_at"] = time.time()
        self._tell()
        request.caller.answer(done="applied", words="")

    def _keep(self, request: Request) -> None:
        plan = self.record["plan"]
        words = f"{printable(plan['slave'])} stays as it is in {printable(plan['bond'])}"
        said = entry(KEPT, {**self.record, "who": request.who}, why=_asked_by(request), result=words)
        if trouble := self._settle(said, needed=True):
            request.caller.answer(refused=f"not kept: {trouble}")
        else:
            request.caller.answer(done=KEPT, words=f"Kept: {words}.")

    def _revert(self, request: Request) -> None:
        self._why, self._by, self._on_its_way = _asked_by(request), request.who, False
        self._take_back()
        if self.settled:
            request.caller.answer(done=self.settled, words=self._end)
        else:
            trouble = f"it could not be taken back yet: {self.record['trouble']}; it is tried again and again"
            request.caller.answer(refused=trouble)

    def _take_back(self) -> None:
        """One try. If it does not take, the next one is due after a pause."""
        before = self._clock()
        found = self._around.back.attempt()
        if found.state == TO_DO:
            self._failed(found)
        elif self._may_still_come(found):
            self._next_try = self._clock() + PAUSES_S[0]
        else:
            what = how_settled(found)
            said = entry(what, {**self.record, "who": self._by}, why=self._why, result=found.words)
            self._settle(said, revert_ms=round((self._clock() - before) * 1000))
            self._end = f"{ENDS[what]}: {found.words}."

    def _may_still_come(self, found: Found) -> bool:
        """Whether there was nothing to take back, but a change was begun that may reach the kernel in this moment."""
        on_its_way = self._on_its_way and found.state == DONE and not found.sent
        return on_its_way and self._clock() < self.record["deadline"] + SECONDS_ON_ITS_WAY

    def _failed(self, found: Found) -> None:
        self._next_try = self._clock() + PAUSES_S[min(self._tries, len(PAUSES_S) - 1)]
        self._tries += 1
        if self.record["trouble"] != found.words:
            self.record["trouble"] = found.words
            self._tell()
        if self._tries >= TRIES_BEFORE_LOUD and self._clock() >= self._next_cry:
            self._next_cry = self._clock() + LOUD_EVERY_S
            said = entry(REVERT_FAILED, self.record, why=self._why, result=found.words)
            self._around.reports.cry_out({**said, "times": {"tries": self._tries}})

    def _settle(self, said: Entry, *, needed: bool = False, **times: int) -> str:
        """Write it down, and only then let everything go. Returns why it could not be written."""
        pending_ms = round((self._clock() - self._armed) * 1000)
        times = {"pending_ms": pending_ms, "tries": self._tries, **times}
        trouble = self._around.reports.write({**said, "times": times}, needed=needed)
        if trouble and needed:
            return trouble
        self.let_go()
        self.settled = said["what"]
        return trouble

    def let_go(self) -> None:
        """Give back everything, the lock last. Nothing is pending then."""
        file, socket, back, _, release, _ = self._around
        for step in (file.remove, socket.close, back.close, release):
            try:
                step()
            except OSError:
                continue

    def _tell(self) -> None:
        """Put what there is to know where everybody can read it, if it can be written."""
        try:
            self._around.file.write(self.record)
        except OSError:
            return


def _asked_by(request: Request) -> str:
    return f"asked by {who.words(request.who)}"


def how_settled(found: Found) -> str:
    """The audit log's word for a change that needs nothing more."""
    return SETTLED_GONE if found.state == GONE else REVERTED if found.sent else NOT_NEEDED
