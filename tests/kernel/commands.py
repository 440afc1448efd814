"""Run programs that must succeed."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Sequence


class CommandError(AssertionError):
    """A program did not do what the test needs."""


def batch(namespace: str, commands: Sequence[Sequence[str]]) -> None:
    """Run ``ip`` commands in a namespace: at once as far as ``ip`` can read their words, since each start is slow."""
    for at_once, several in itertools.groupby(commands, lambda words: all(map(_is_readable, words))):
        if at_once:
            lines = [" ".join(map(_quoted, words)) for words in several]
            command("ip", "-n", namespace, "-batch", "-", stdin="\n".join([*lines, ""]))
        else:
            for words in several:
                command("ip", "-n", namespace, *words)


def _is_readable(word: str) -> bool:
    """Whether ``ip -batch`` can read it: there is no escape, and what is after ``#`` is a comment (iproute2, lib/utils.c)."""
    return not re.search(r"""[\s#\\\0]|".*'|'.*"|^$""", word)


def _quoted(word: str) -> str:
    return f'"{word}"' if "'" in word else f"'{word}'" if '"' in word else word


def command(*argv: str, stdin: str | None = None) -> str:
    """Run a command that must succeed; returns what it prints."""
    done = subprocess.run(
        argv, input=stdin, capture_output=True, encoding="utf-8", errors="surrogateescape", timeout=120, check=False
    )
    if done.returncode != 0:
        raise CommandError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
