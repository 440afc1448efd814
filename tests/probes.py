"""Probes that a test sends, and everything that was told of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bondtui.model.probe import ANSWERED, SENT, Flow, News
from bondtui.system.prober import ProbeStream, start_probes

PATIENCE = 30.0
PERIOD = 0.005
"""Shorter than most tests need; not kept in the guest, whose timers tick at 100 Hz."""


class Probes:
    """A stream that was started in the calling thread's network namespace."""

    def __init__(self, flows: Sequence[Flow], period: float = PERIOD) -> None:
        self.stream: ProbeStream = start_probes(flows, period)
        self.news: list[News] = []

    def until(self, question: Callable[[], object]) -> None:
        """Take until the answer is true."""
        deadline = time.monotonic() + PATIENCE
        while not question():
            assert time.monotonic() < deadline, self.news[-10:]
            self.news += self.stream.take()
            time.sleep(0.001)

    def of(self, kind: str, flow: int = 0) -> dict[int, News]:
        """All news of one kind about one flow, by number."""
        return {each.number: each for each in self.news if each.kind == kind and each.flow == flow}

    def run(self, count: int = 20, flow: int = 0) -> None:
        """Until so many more probes were answered."""
        count += len(self.of(ANSWERED, flow))
        self.until(lambda: len(self.of(ANSWERED, flow)) >= count)

    def assert_in_order(self, flow: int = 0) -> None:
        """Numbers without holes, and no answer before its probe."""
        sent, answered = self.of(SENT, flow), self.of(ANSWERED, flow)
        assert list(sent) == list(range(len(sent)))
        times = [each.at for each in self.news if each.flow == flow and each.kind == SENT]
        assert times == sorted(times)
        assert all(sent[number].at <= each.at <= time.monotonic() for number, each in answered.items())


@contextmanager
def probing(*flows: Flow, period: float = PERIOD) -> Iterator[Probes]:
    """Probes that end with the block."""
    probes = Probes(flows, period)
    try:
        yield probes
    finally:
        probes.stream.stop()
