"""What is wrong with a text that ``tomllib`` does not accept: its line, the key that stands there, and why, in plain words."""

from __future__ import annotations

import re

from bondtui.model.record import NamedTuple

TWICE = "it is there already"
_CHARACTER = "this character cannot stand here"
_WHY = (
    ("Cannot ", TWICE),
    ("Duplicate inline table key", TWICE),
    ("Expected newline", "nothing but a remark may follow the value"),
    ("Expected '='", "'=' and a value are missing"),
    ("Expected ']]'", "']]' is missing"),
    ("Expected ']'", "']' is missing"),
    ("Invalid statement", "a key or a table is expected here"),
    ("Invalid initial character", "a key is letters, digits, '-' and '_', or it stands in quotes"),
    ("Found invalid character", _CHARACTER),
)
"""How the words of ``tomllib`` begin, and what they mean."""
_WHY_OF_A_VALUE = (
    ("Invalid value", "the value is missing or is none; a text stands in quotes"),
    ("Invalid date", "this is no date"),
    ("Unclosed array", "',' or ']' is missing"),
    ("Unclosed inline table", "',' or '}' is missing"),
    ("Unterminated string", "the quote at the end of a text is missing"),
    ("Expected '\"", "the quote at the end of a text is missing"),
    ('Expected "', "the quote at the end of a text is missing"),
    ("Unescaped", "in double quotes a backslash is written twice"),
    ("Invalid hex", "this is no character"),
    ("Escaped character", "this is no character"),
    ("Illegal character", _CHARACTER),
)
"""The same inside of a value, whose key may stand some lines above."""
_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TABLE = re.compile(r"\s*\[\[?\s*([\w.\"' -]+?)\s*(?:[\]#]|$)")
_KEY = re.compile(r"\s*([\w.\"' -]+?)\s*=")
_KEY_ALONE = re.compile(r"\s*([\w.\"' -]+?)\s*(?:#|$)")
_DIGITS = re.compile(r"[0-9_]{4000,}")
_LONGEST = 60


class Mistake(NamedTuple):
    """One mistake."""

    line: int
    words: str
    """With the key in front where there is one."""


def mistake(said: str, text: str) -> Mistake:
    """What ``tomllib`` says of this text, in words that tell what to mend."""
    where = _WHERE.search(said)
    if where is None:
        return _of_a_number(text)
    line = int(where[1]) if where[1] else max(1, text.count("\n") + (not text.endswith("\n")))
    for inside, meanings in ((True, _WHY_OF_A_VALUE), (False, _WHY)):
        for begin, why in meanings:
            if said.startswith(begin):
                return _at(line, text, why, inside=inside)
    return _at(line, text, "this is not understood", inside=False)


def _of_a_number(text: str) -> Mistake:
    """Python limits the digits of a number and does not tell where it stands."""
    found = _DIGITS.search(text)
    line = text.count("\n", 0, found.start()) + 1 if found else 1
    return _at(line, text, "this number has too many digits", inside=True)


def _at(line: int, text: str, why: str, *, inside: bool) -> Mistake:
    lines = [each.rstrip("\r") for each in text.split("\n")[:line]]
    key = _key_above(lines) if inside else _key_on(lines)
    return Mistake(line, f"{key[:_LONGEST]}: {why}" if key else why)


def _key_on(lines: list[str]) -> str:
    """The key or table on the last of these lines."""
    if table := _TABLE.match(lines[-1]):
        return table[1]
    found = _KEY.match(lines[-1]) or _KEY_ALONE.match(lines[-1])
    return _in_table(found[1], lines) if found else ""


def _key_above(lines: list[str]) -> str:
    """The key on the last of these lines that has one."""
    for at in reversed(range(len(lines))):
        if found := _KEY.match(lines[at]):
            return _in_table(found[1], lines[:at])
    return ""


def _in_table(key: str, lines: list[str]) -> str:
    tables = (_TABLE.match(line) for line in reversed(lines))
    table = next((each[1] for each in tables if each), "")
    return f"{table}.{key}" if table else key
