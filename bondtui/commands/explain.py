"""``bondtui explain``: what a rule, a field, an option, a mode or a bit means. It looks at no machine."""

from __future__ import annotations

from bondtui.commands.answer import answer, complain
from bondtui.commands.saying import WRONG_USAGE
from bondtui.explain.catalogue import find, near
from bondtui.explain.wording import lines, overview
from bondtui.options import Options


def explain(options: Options) -> int:
    """Returns the exit status: 64 for a word that nothing is called by, 3 where the answer cannot be written."""
    word = " ".join(options.words)
    if not word.strip():
        return answer(overview())
    found = find(word)
    if not found:
        return complain(_unknown(word), WRONG_USAGE)
    return answer(line for number, entry in enumerate(found) for line in (*([""] if number else []), *lines(entry)))


def _unknown(word: str) -> str:
    if word.strip().isdecimal():
        return f"nothing is called '{word}'; a port state is a number from 0 to 255"
    alike = near(word)
    hint = f"near it: {', '.join(alike)}" if alike else "'bondtui explain' lists everything"
    return f"nothing is called '{word}'; {hint}"
