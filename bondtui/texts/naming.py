"""What a text says of the names of its bonds: in a path, a prompt, or a heading; and what may stand before a line."""

from __future__ import annotations

import re

FOLDER = r"/proc/(?:net|(?:self|thread-self|\d+)/net)/bonding/"
LONGEST_PREFIX = 200

_PATH = re.compile(rf"{FOLDER}([^\s/:'\"`<>|;,*?{{}}]+)", re.ASCII)
_HEADING = re.compile(r"==> (\S+) <==", re.ASCII)
_COMMAND = re.compile(r"(?:^|[\s$#>%])(?:cat|less|more|head|tail)\s([^|;&]*)", re.ASCII)
_PROMPT = re.compile(
    r".{0,100}?[$#%] +(?:sudo +)?(?:ip|cat|ethtool|grep|uname|date|hostname|less|more|head|tail)(?: |$)", re.ASCII
)
_BOND = re.compile(r"(?:^|.*/)(bond\d[\w.-]*)", re.ASCII)
_GREPPED = re.compile(r"(?:^|[\s/])(bond\d[\w.-]*):$", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$", re.ASCII)
_MARKS = frozenset("+-*> |0123456789.)#")
_ENDS = frozenset("\"'>|:])}\u00bb\u2502\u2503")
_IN_FOLDER = re.compile(r"(?:^|/)(?:net/)?bonding/([^/]+)$")


def named(line: str) -> list[str]:
    """The bonds that a line names which is none of the driver's: ``$ cat /proc/net/bonding/bond0``."""
    if len(line) > 2 * LONGEST_PREFIX:
        return []
    if paths := _PATH.findall(line):
        return [str(each) for each in paths]
    if heading := _HEADING.search(line):
        return [heading[1].rpartition("/")[2]]
    command = _COMMAND.search(line)
    words = command[1].split() if command else []
    return [found[1] for word in words if (found := _BOND.fullmatch(word))]


def is_prompt(line: str) -> bool:
    """Whether this is a command as it was typed: ``$ ip -d link``."""
    return _PROMPT.match(line) is not None


def named_before(prefix: str) -> str | None:
    """The bond that the prefix of a line names, as ``grep`` puts it there."""
    if ":" not in prefix or len(prefix) > LONGEST_PREFIX:
        return None
    found = _PATH.search(prefix) or _GREPPED.search(prefix.rstrip())
    return found[1] if found else None


def is_prefix(text: str) -> bool:
    """Whether a mail, a log or a program may have put this before a line: quotes, a time, a number, ``host1 | ``."""
    said = text.strip(" ")
    if not said:
        return True
    if len(said) > LONGEST_PREFIX:
        return False
    return said[-1] in _ENDS or _MARKS.issuperset(said) or _TIME.search(said[-40:]) is not None


def in_file_name(path: str) -> str | None:
    """The bond that a path names: a file in a folder ``bonding``, or one that is called like a bond."""
    if found := _IN_FOLDER.search(path):
        return found[1]
    base = path.rpartition("/")[2]
    for ending in (".txt", ".log", ".out"):
        base = base.removesuffix(ending)
    found = re.fullmatch(r"bond[-_.]?\d[\w.]*", base, re.ASCII)
    return found[0] if found else None
