"""On which line of a TOML text each key stands, which ``tomllib`` does not tell.

The text must have been accepted by ``tomllib``: only the extent of keys and values is found here, and what a key
means is left to ``tomllib`` too. TOML 1.0.0, https://toml.io/en/v1.0.0.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

Path = tuple[str | int, ...]
"""Keys from the outside in; an element of an array by its number."""

_QUOTES = ('"""', "'''", '"', "'")


def lines(text: str) -> dict[Path, int]:
    """The number of the line, from 1, on which each key, table and element of an array first stands."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.found


class _Scanner:
    """Goes over the text once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._tables: dict[Path, int] = {}
        """How many elements each array of tables has so far."""
        self.found: dict[Path, int] = {}

    def document(self) -> None:
        """Every statement of it."""
        table: Path = ()
        while self._skip("\n"):
            if self._here("["):
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``; returns the path of what follows it."""
        many = self._here("[[")
        self._at += 2 if many else 1
        keys = self._keys("]")
        self._at += 2 if many else 1
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            self._note(path)
            if many and position == len(keys) - 1:
                self._tables[path] = self._tables.get(path, 0) + 1
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
                self._note(path)
        return path

    def _pair(self, outer: Path) -> None:
        """``a.b = value``."""
        path = outer
        self._skip("\n")
        for key in self._keys("="):
            path = (*path, key)
            self._note(path)
        self._at += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip("\n")
        if self._here("["):
            for number in self._parts("]"):
                self._note((*path, number))
                self._value((*path, number))
        elif self._here("{"):
            for _ in self._parts("}"):
                self._pair(path)
        elif quote := self._quote():
            self._string(quote)
        else:
            while self._at < len(self._text) and self._text[self._at] not in ",]}#\n":
                self._at += 1

    def _parts(self, end: str) -> Iterator[int]:
        """Stands before each part of an array or inline table in turn, and behind its end at last."""
        self._at += 1
        number = 0
        while self._skip("\n,") and not self._here(end):
            yield number
            number += 1
        self._at += 1

    def _keys(self, end: str) -> tuple[str, ...]:
        """A dotted key, up to what ends it."""
        begin = self._at
        while self._at < len(self._text) and not self._here(end):
            if quote := self._quote():
                self._string(quote)
            else:
                self._at += 1
        keys: list[str] = []
        inner: object = tomllib.loads(f"{self._text[begin : self._at].strip()} = 0")
        while isinstance(inner, dict):
            ((key, inner),) = inner.items()
            keys.append(key)
        return tuple(keys)

    def _string(self, quote: str) -> None:
        """Go behind the string that begins here."""
        self._at += len(quote)
        while not self._here(quote):
            self._at += 2 if self._here("\\") and quote[0] == '"' else 1
        self._at += len(quote)
        while len(quote) == 3 and self._here(quote[0]):
            self._at += 1  # up to two more quotes belong to the string

    def _quote(self) -> str:
        """The quote that begins here, ``""`` if none does."""
        return next((each for each in _QUOTES if self._here(each)), "")

    def _skip(self, further: str) -> bool:
        """Go over blanks, comments and these characters; returns whether anything is left."""
        while self._at < len(self._text):
            if self._here("#"):
                end = self._text.find("\n", self._at)
                self._at = end if end >= 0 else len(self._text)
            elif self._text[self._at] in " \t" or self._text[self._at] in further:
                self._at += 1
            else:
                return True
        return False

    def _here(self, what: str) -> bool:
        return self._text.startswith(what, self._at)

    def _note(self, path: Path) -> None:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        self.found.setdefault(path, self._line)
