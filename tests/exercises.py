"""The exercises of docs/rehearsal.md as a person reads them: what to type, what to press, and what to see then."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).resolve().parents[1] / "docs/rehearsal.md"
TYPE, PRESS, SEE = "type", "press", "see"
ANYTHING = "..."

_EXERCISE = re.compile(r"^## (\d)\. (.*)$", re.MULTILINE)
_STEP = re.compile(r"^\d+\. ", re.MULTILINE)
_ORDER = re.compile(r"\b(type|press|see) (`[^`]+`(?:(?:,? and |, )`[^`]+`)*)", re.IGNORECASE)
_SPAN = re.compile(r"`([^`]+)`")
_SCRIPT = re.compile(r"^```sh\n(.*?)^```$(.*?)^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BESIDE = "from a second terminal"
_STATUS = re.compile(r"exit status `(\d+)`")


class Order(NamedTuple):
    """One thing to do, or to look for."""

    verb: str
    words: tuple[str, ...]
    step: str
    """The step that it stands in, to be told when it fails."""


class Script(NamedTuple):
    """Commands, and what comes of them."""

    commands: str
    status: int
    prints: tuple[str, ...]
    beside: bool
    """Whether it is run in a second terminal, while the first one is as the steps have left it."""


class Exercise(NamedTuple):
    """One exercise of the document."""

    title: str
    orders: tuple[Order, ...]
    script: Script


def exercises(text: str) -> dict[int, Exercise]:
    """All exercises of the document by their number; raises ValueError where one cannot be followed."""
    found = list(_EXERCISE.finditer(text))
    ends = [each.start() for each in found[1:]] + [len(text)]
    return {
        int(each[1]): _exercise(each[2], text[each.end() : end].partition("\n## ")[0])
        for each, end in zip(found, ends, strict=True)
    }


def is_shown(words: str, screen: str) -> bool:
    """Whether the words are on the screen, however they are wrapped and spaced; around ``...`` in one line."""
    lines = [" ".join(line.split()) for line in screen.split("\n")]
    if ANYTHING not in words:
        return words in " ".join(" ".join(lines).split())
    parts = [rf"(?<!\S){re.escape(part)}(?!\S)" for part in words.split(f" {ANYTHING} ")]
    return any(re.search(".*".join(parts), line) for line in lines)


def _exercise(title: str, text: str) -> Exercise:
    steps, _, rest = text.partition("\n**Why:**")
    places = [each.start() for each in _STEP.finditer(steps)] + [len(steps)]
    orders = tuple(order for start, end in pairwise(places) for order in _orders(" ".join(steps[start:end].split())))
    script = _SCRIPT.search(rest)
    if not orders or script is None:
        raise ValueError(f"the exercise '{title}' has no steps, or no script and what it prints")
    status = _STATUS.search(script[2])
    beside = _BESIDE in rest[: script.start()]
    made = Script(script[1], int(status[1]) if status else 0, tuple(script[3].splitlines()), beside)
    return Exercise(title, orders, made)


def _orders(step: str) -> list[Order]:
    orders = [Order(each[1].lower(), tuple(_SPAN.findall(each[2])), step) for each in _ORDER.finditer(step)]
    if sum(len(order.words) for order in orders) != len(_SPAN.findall(step)):
        raise ValueError(f"neither to be typed nor pressed nor seen: something in: {step}")
    return orders
