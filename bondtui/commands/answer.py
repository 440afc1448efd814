"""Printing an answer that somebody waits for: to a pipe that may be closed, a disk that may be full, nobody at all."""

from __future__ import annotations

import io
import os
import sys

from bondtui.core.words import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

CANNOT_OBSERVE = 3


def answer(lines: Iterable[str], status: int = 0) -> int:
    """Print them; returns the status, also where the reader has read enough, or 3 where they cannot be written."""
    if sys.stdout is None:
        return status  # it was closed by whoever started this, who wants the status only
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer cannot be written either
        if isinstance(error, BrokenPipeError):
            return status
        return complain(f"cannot write the answer: {error.strerror}", CANNOT_OBSERVE)
    return status


def complain(reason: str, status: int) -> int:
    """Say in one line why; returns the status."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"bondtui: {printable(reason)}\n")
            sys.stderr.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # nobody reads it; the status tells as well
    return status


def no_such_bond(name: str, there: Iterable[str], where: str = "here") -> str:
    """Why nothing can be told of it, with the names that there are."""
    names = ", ".join(map(printable, there))
    return f"no bond named '{printable(name)}' {where}; there is {names or 'no bond at all'}"
