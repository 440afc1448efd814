"""Wait for what a test expects, with a deadline and never for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

DEADLINE_SECONDS = 20.0
POLL_SECONDS = 0.02

Found = TypeVar("Found")


class NotReachedError(AssertionError):
    """What a test waits for did not come in time."""


def until(question: Callable[[], Found], seconds: float = DEADLINE_SECONDS, what: str = "") -> Found:
    """Ask again and again until the answer is true, and return it. Half of the time is left to what is waited for."""
    deadline = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        if answer := question():
            return answer
        answered = time.monotonic()
        if answered > deadline:
            raise NotReachedError(f"not within {seconds:g} s: {what or question.__name__}; last answer: {answer!r}")
        time.sleep(max(POLL_SECONDS, answered - asked))
