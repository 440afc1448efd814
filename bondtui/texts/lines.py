"""The lines of a text, without what a web page or a JSON document has put around them."""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE_END = re.compile(r"\r\n|\n|\r")
_BLANKS = {9: " ", 0xA0: " ", 0xDCA0: " ", 0: None}
"""Blanks that no name can hold, in UTF-8 and in Latin-1, and NUL."""
_BYTE_ORDER_MARK = "\ufeff"
_WRITTEN_OUT = "\\nMII Status:"
"""Line ends as two characters, as programs write them into one long string; no name can make this up."""
_BREAK = re.compile(r"<br ?/?>")
_BREAK_IN_USE = re.compile(r"Bonding Mode: [^<\n]{1,60}<br ?/?>")
"""A name may hold ``<br>``, but there is none in this line."""
_LIST = '"stdout_lines":'
"""How Ansible begins the lines that a command has printed."""


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with its number; several have the same one where a program has written them as one."""
    written_out, breaks = _WRITTEN_OUT in text, _BREAK_IN_USE.search(text) is not None
    plain = text.removeprefix(_BYTE_ORDER_MARK).translate(_BLANKS)
    for number, line in enumerate(_LINE_END.split(plain), start=1):
        parts = line.replace("\\t", " ").split("\\n") if written_out else _of_a_list(line)
        for part in parts:
            yield from ((number, each) for each in (_BREAK.split(part) if breaks else (part,)))


def _of_a_list(line: str) -> list[str]:
    """The strings of a line of a JSON list; any other line as it is."""
    inside = line.strip(" ").removeprefix(_LIST).lstrip(" [").rstrip(" ,]")
    if not (inside.startswith('"') and inside.endswith('"')):
        return [line]
    try:
        found = json.loads(f"[{inside}]")
    except (ValueError, RecursionError):
        return [line]
    return [each.replace("\t", " ") for each in found] if all(isinstance(each, str) for each in found) else [line]
