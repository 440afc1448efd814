"""Talks with the lab in a thread of its own, because that may block: which faults are in place, put and undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from bondtui.core.monitor import Note
from bondtui.core.words import age
from bondtui.lab import faults as kinds
from bondtui.model.lab import About, Fault, FaultInPlace
from bondtui.model.reading import Stamp
from bondtui.ports import Lab, LabError, Watcher
from bondtui.ui.aside import Aside
from bondtui.view.lab_news import LabNews, bare, ending

SELDOM_S, OFTEN_S = 2.0, 1.0
"""How long it waits before it asks again, and while the faults are on the screen."""
SLOW_S = 4.0
"""What is not answered by then is said to be unanswered."""


class Contact:
    """What is known of the lab, and what is done in it, one thing after the other."""

    def __init__(self, lab: Lab, watcher: Watcher, clock: Callable[[], Stamp], take: Callable[[], None]) -> None:
        """Make it.

        Args:
            lab: Who is asked.
            watcher: Into whose event log it is written.
            clock: The time.
            take: Called in the event loop when something else is known.
        """
        self._lab = lab
        self._watcher = watcher
        self._clock = clock
        self._take = take
        self._known = LabNews()
        self._asked: float | None = None
        """When the question was asked that waits for its answer, on the monotonic clock."""
        self._aside = Aside(self._look)
        self.attend(closely=False)

    def start(self) -> None:
        """Begin, from within the event loop."""
        self._aside.start()

    def stop(self) -> None:
        """Ask no more."""
        self._aside.stop()

    def attend(self, *, closely: bool) -> None:
        """Ask more often, or less."""
        self._aside.pause = OFTEN_S if closely else SELDOM_S

    @property
    def news(self) -> LabNews:
        """What is known now; an answer that is overdue is trouble."""
        asked = self._asked
        if asked is not None and (waited := self._clock().mono - asked) >= SLOW_S:
            return self._known._replace(trouble=f"it has not answered for {waited:.0f} s")
        return self._known

    async def look(self) -> None:
        """Ask at once; ends before it is answered."""
        await self._aside.run(lambda: None)  # after everything it looks

    async def put(self, fault: Fault, words: str) -> Sequence[About]:
        """Make something go wrong, which is then the case in these words; returns the answer. Raises LabError."""
        return await self._aside.run(partial(self._do, self._lab.put, ((fault, bare(words, fault.subject)),)))

    async def undo(self, *there: FaultInPlace) -> Sequence[About]:
        """Put it right again; returns the answers. Raises LabError."""
        faults = tuple((each.fault, f"undone: {bare(each.words, each.fault.subject)}") for each in there)
        return await self._aside.run(partial(self._do, self._lab.undo, faults))

    def _do(self, do: Callable[[Fault], About], faults: Sequence[tuple[Fault, str]]) -> Sequence[About]:
        """In the thread. Each is written down before it is done, so that what comes of it stands below."""
        self._asked = self._clock().mono
        answers: list[About] = []
        try:
            for fault, words in faults:
                self._note(fault, f"lab: {words}")
                try:
                    answers.append(do(fault))
                    self._learn(answers[-1]._replace(said="", commands=()), fault)
                except LabError as error:
                    self._note(fault, f"lab: not done: {error}", "warn")
                    raise
        finally:
            self._asked = None
        return answers

    def _learn(self, about: About, ours: Fault | None = None) -> None:
        """Take an answer, and write down what others have put and undone and what has ended by itself."""
        before, self._known = self._known, LabNews(about)
        for each in before.faults:
            if self._known.in_place(*each.fault[:2]) is None and not _same(each.fault, ours):
                self._note(each.fault, f"lab: {ending(each)}: {self._said(each)}")
        for each in about.faults:
            there = before.in_place(*each.fault[:2])
            if (there is None or there.since != each.since) and not _same(each.fault, ours):
                seconds = self._clock().wall - each.since
                self._note(each.fault, f"lab: {self._said(each)}{f', {age(seconds)} ago' if seconds >= 1 else ''}")

    def _said(self, there: FaultInPlace) -> str:
        """What it is of is said beside it; how far it is is not said."""
        about = self._known.about
        return bare(kinds.words(there.fault, about.bonds) if about is not None else there.words, there.fault.subject)

    def _note(self, fault: Fault, words: str, severity: str = "") -> None:
        """Have a line written into the event log."""
        links = self._watcher.latest.links.values()
        link = next((each for each in links if each.name == fault.subject), None)
        bond, ifindex = (link.master or link.ifindex, link.ifindex) if link is not None else (None, None)
        self._watcher.note(Note(self._clock(), "lab", fault.subject, words, bond, ifindex, severity))

    def _look(self) -> Callable[[], None] | None:
        """In the thread: what is in place, and whether that is news."""
        self._asked, before = self._clock().mono, self._known
        try:
            self._learn(self._lab.about())
        except LabError as error:
            self._known = self._known._replace(trouble=str(error))
        except Exception as error:  # noqa: BLE001 - said on the screen; the dashboard goes on
            self._known = self._known._replace(trouble=f"a mistake in bondtui: {type(error).__name__}: {error}")
        self._asked = None
        return self._take if self._known != before else None


def _same(fault: Fault, ours: Fault | None) -> bool:
    """Whether that is what we have just put or undone, whatever its value."""
    return ours is not None and fault[:2] == ours[:2]
