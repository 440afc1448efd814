"""What became of each probe of one flow: when it was sent, when it was answered, how often, and what went wrong.

A trail only grows while a drill runs, so a screen may read it while another thread adds to it: a probe is there
when its send time is, and everything else of it was put in place before.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from math import isfinite, isnan, nan

from bondtui.model.probe import AGAIN, ANSWERED, FAILED, SENT, News

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EARLY_AT_MOST = 1024
"""Answers kept for probes whose sending was not told yet."""
GREATEST_NUMBER = 2**62


class Trail:
    """The probes of one flow, in the order in which they were sent; times on the monotonic clock, in seconds.

    Positions count from 0 and are the probes' numbers as long as nothing was forgotten and no number left out.
    """

    __slots__ = (
        "_answered",
        "_duplicates",
        "_early",
        "_errors",
        "_forgotten",
        "_last",
        "_newest",
        "_numbers",
        "_sent",
        "_silent",
    )

    def __init__(self) -> None:
        self._sent, self._answered, self._numbers = array("d"), array("d"), array("q")
        self._duplicates: dict[int, int] = {}
        self._errors: dict[int, int] = {}
        self._early: list[tuple[int, float]] = []
        self._silent: dict[int, None] = {}  # serials (position + forgotten) of those without an answer, ascending
        self._forgotten = 0
        self._last = -1  # number of the latest probe that was sent
        self._newest = -1  # serial of the latest probe that was answered

    def __len__(self) -> int:
        """How many probes are kept."""
        return len(self._sent)

    @property
    def sent(self) -> Sequence[float]:
        """When each was sent (or failed to be), never decreasing."""
        return self._sent

    @property
    def answered(self) -> Sequence[float]:
        """When the first answer to each arrived; nan where none did."""
        return self._answered

    @property
    def numbers(self) -> Sequence[int]:
        """The number of each probe in its flow, increasing."""
        return self._numbers

    @property
    def duplicates(self) -> Mapping[int, int]:
        """Further answers, by number of the probe."""
        return self._duplicates

    @property
    def errors(self) -> Mapping[int, int]:
        """The errno of those that could not be sent, by number of the probe."""
        return self._errors

    @property
    def newest_answered(self) -> int | None:
        """Position of the last sent probe that was answered."""
        position = self._newest - self._forgotten
        return position if position >= 0 else None

    def within(self, begin: float, until: float) -> tuple[int, int]:
        """Positions of the probes sent in [begin, until): the first, and one beyond the last."""
        low = bisect_left(self._sent, begin)
        return low, max(low, bisect_left(self._sent, until))

    def unanswered(self, low: int = 0, high: int | None = None) -> list[int]:
        """Positions in [low, high) of the probes without an answer, ascending."""
        forgotten = self._forgotten
        above = forgotten + (len(self._sent) if high is None else high)
        silent = list(self._silent)  # copied in one go: another thread may be adding
        return [
            serial - forgotten for serial in silent[bisect_left(silent, forgotten + low) : bisect_left(silent, above)]
        ]

    def failed(self, position: int) -> bool:
        """Whether the probe could not be sent."""
        return self._numbers[position] in self._errors

    def add(self, news: News) -> None:
        """Take in one piece of news. What makes no sense, such as an answer to what was forgotten, changes nothing."""
        _, number, kind, at, error = news
        if not isfinite(at):
            return
        if kind == SENT:
            self._send(number, at)
        elif kind in (ANSWERED, AGAIN):
            self._answer(number, at)
        elif kind == FAILED:
            self._send(number, at)
            if self._position(number) is not None:
                self._errors.setdefault(number, error)

    def forget(self, before: float) -> None:
        """Drop the probes sent before this time; numbers go on counting. Only for the thread that also reads."""
        gone = bisect_left(self._sent, before)
        if not gone:
            return
        for each in (self._sent, self._answered, self._numbers):
            del each[:gone]
        self._forgotten += gone
        silent = list(self._silent)
        for serial in silent[: bisect_left(silent, self._forgotten)]:
            del self._silent[serial]
        for counts in (self._duplicates, self._errors):
            for number in [number for number in counts if self._position(number) is None]:
                del counts[number]

    def _send(self, number: int, at: float) -> None:
        if not self._last < number <= GREATEST_NUMBER:
            return
        self._last = number
        self._numbers.append(number)
        self._answered.append(nan)
        self._silent[self._forgotten + len(self._sent)] = None
        self._sent.append(max(at, self._sent[-1]) if self._sent else at)
        if self._early:
            early, self._early = self._early, []
            for each in early:
                self._answer(*each)

    def _answer(self, number: int, at: float) -> None:
        if number > self._last:
            if len(self._early) < EARLY_AT_MOST:
                self._early.append((number, at))
            return
        position = self._position(number)
        if position is None:
            return
        at, known = max(at, self._sent[position]), self._answered[position]
        if not isnan(known):
            self._duplicates[number] = self._duplicates.get(number, 0) + 1
            self._answered[position] = min(at, known)
            return
        self._answered[position] = at
        serial = self._forgotten + position
        self._newest = max(self._newest, serial)
        self._silent.pop(serial, None)

    def _position(self, number: int) -> int | None:
        numbers = self._numbers
        if not numbers or not numbers[0] <= number <= numbers[-1]:
            return None
        position = number - numbers[0]
        if position >= len(numbers) or numbers[position] != number:  # numbers were left out
            position = bisect_left(numbers, number)
        return position if numbers[position] == number else None


def trails(count: int) -> list[Trail]:
    """An empty trail for each flow."""
    return [Trail() for _ in range(count)]


def take(trails: Sequence[Trail], news: Iterable[News]) -> None:
    """Add each piece of news to the trail of its flow."""
    for each in news:
        if 0 <= each.flow < len(trails):
            trails[each.flow].add(each)
