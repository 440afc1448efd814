"""Run programs that must succeed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence


class CommandError(AssertionError):
    """A program did not do what the test needs."""


def batch(namespace: str, commands: Sequence[Sequence[str]]) -> None:
    """Run ``ip`` commands in a namespace: at once if ``ip`` can read their words as they are."""
    if all(re.fullmatch(r"[\w.,:/+-]+", word, re.ASCII) for words in commands for word in words):
        command("ip", "-n", namespace, "-batch", "-", stdin="".join(" ".join(words) + "\n" for words in commands))
        return
    for words in commands:
        command("ip", "-n", namespace, *words)


def command(*argv: str, stdin: str | None = None) -> str:
    """Run a command that must succeed; returns what it prints."""
    done = subprocess.run(
        argv, input=stdin, capture_output=True, encoding="utf-8", errors="surrogateescape", timeout=120, check=False
    )
    if done.returncode != 0:
        raise CommandError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
