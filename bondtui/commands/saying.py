"""What all commands say, and their exit status: lines or a document to standard output, one line of error beside them."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping

from bondtui.core.words import printable
from bondtui.model.reading import SourceError
from bondtui.ports import NothingPending, NotPermitted

FINE, CANNOT_OBSERVE, GUARD_REFUSED, CANNOT_CHANGE, WRONG_USAGE = 0, 3, 4, 5, 64


class Refusal(Exception):
    """Nothing was done; the text says why in one line, ``status`` is the exit status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def status_of(error: Exception) -> int:
    """The exit status that says what sort of error it was."""
    if isinstance(error, Refusal):
        return error.status
    if isinstance(error, NotPermitted):
        return CANNOT_CHANGE
    return CANNOT_OBSERVE if isinstance(error, (NothingPending, SourceError)) else GUARD_REFUSED


def tell(lines: Iterable[str]) -> None:
    """Print what can be printed: an action goes on when nobody reads what it says."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def tell_json(made: Mapping[str, object]) -> None:
    """Print one document."""
    tell([json.dumps(made, indent=2)])


def sorry(status: int, reason: str) -> int:
    """Say in one line why; returns the status."""
    tell_aside(reason)
    return status


def tell_aside(words: str) -> None:
    """One line beside standard output."""
    try:
        sys.stderr.write(f"bondtui: {printable(words)}\n")
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # nobody reads it; the status tells as well


def replace_closed_files() -> None:
    """Put /dev/null in the place of standard files that are closed, before a socket takes their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
            setattr(sys, name, os.fdopen(opened, "w" if number else "r"))
