"""Read one value as the bonding driver prints it, and tell what stands after it.

A reader takes the text after the label, without blanks around it, and gives the value and the rest of the text. It
raises ``Strange`` for what it does not understand. Only the space is blank here: whatever else no interface name can hold
(net/core/dev.c, dev_valid_name) has become one, and a name may contain any other character that looks blank.
"""

from __future__ import annotations

import re

from bondtui.model.bond import MII_DOWN, MII_GOING_BACK, MII_GOING_DOWN, MII_UP
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Value: TypeAlias = object
    Read: TypeAlias = tuple[Value, str]
    Reader: TypeAlias = Callable[[str], Read]

LARGEST = 2**32 - 1
"""Every number in these texts is one of 32 bits (``%d`` or ``%u``)."""
LONGEST_TARGETS = 4096
"""The driver takes 16 addresses (BOND_MAX_ARP_TARGETS)."""
MODE_PHRASES = (
    ("load balancing (round-robin)", 0),
    ("fault-tolerance (active-backup)", 1),
    ("load balancing (xor)", 2),
    ("fault-tolerance (broadcast)", 3),
    ("IEEE 802.3ad Dynamic link aggregation", 4),
    ("transmit load balancing", 5),
    ("adaptive load balancing", 6),
)
"""Modes as bond_mode_name prints them (drivers/net/bonding/bond_main.c)."""
COMMENTS = ('"', "'", "#", "<", "//", ";", "(", "--", "=", "->", "!", "*", "|", "...")
"""What a remark of a person may begin with; so may anything that is not ASCII."""

_NUMBER = re.compile(r"(\d{1,10})(?![\w.:/-])", re.ASCII)
_TOKEN = re.compile(r"[^\s,]+", re.ASCII)
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){1,31}(?![\w:])", re.ASCII)
_REDACTED = re.compile(r"[0-9A-Za-z*?.#_-]{1,4}(?::[0-9A-Za-z*?.#_-]{1,4}){1,31}")
_SPEED = re.compile(r"(\d{1,10})\s*Mbps(?!\w)", re.ASCII)
_IN_BRACKETS = re.compile(r"\((\w+) ([^()\s]+)\)", re.ASCII)
_NUMBERED = re.compile(r"\(\d{1,10}\)")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)
_IPV6 = re.compile(r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:[0-9.]{7,15})?", re.ASCII)
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\([A-Z0-9])")


class Strange(Exception):
    """The value is not understood; the text says why."""


class Mode(NamedTuple):
    """The line of the mode: its number, and the policy behind it."""

    number: int | None
    fail_over_mac: str | None = None
    whole: bool = True
    """Whether nothing follows that may be a policy."""


class Primary(NamedTuple):
    """The line of the primary: its name (``None`` for a told ``None``) and the policy behind it."""

    name: str | None
    reselect: str | None


class Driver(NamedTuple):
    """The first line: the release of the kernel since 5.7, a version of the driver before that."""

    version: tuple[int, ...]
    kernel: str | None


def is_remark(rest: str) -> bool:
    """Whether what stands behind a value is a person's remark (or nothing)."""
    return not rest or rest.startswith(COMMENTS) or ord(rest[0]) > 127


def plain(text: str) -> str:
    """The text without escape sequences that set colours; never for a name, which may hold them."""
    return _ESCAPE.sub("", text).strip(" ") if "\x1b" in text else text


def number(text: str) -> Read:
    """A number of 32 bits."""
    found = _NUMBER.match(text)
    if not found or int(found[1]) > LARGEST:
        raise Strange("a number is expected here")
    return int(found[1]), _rest(text, found.end())


def number_or_none(text: str) -> Read:
    """An aggregator, or ``N/A`` for a port that is in none."""
    if text == "N/A" or text.startswith("N/A "):
        return None, _rest(text, 3)
    return number(text)


def word(text: str) -> Read:
    """One word of the kernel's, also one of the future."""
    found = _TOKEN.match(text)
    if not found:
        raise Strange("a word is expected here")
    return found[0], _rest(text, found.end())


def one_of(*words: str) -> Reader:
    """One of these words, the longer ones first; ``unknown`` and ``Unknown`` are none."""

    def read(text: str) -> Read:
        for each in (*words, "unknown", "Unknown"):
            if text.startswith(each) and not text[len(each) : len(each) + 1].isalnum():
                return each if each in words else None, _rest(text, len(each))
        raise Strange(f"this is none of {', '.join(words)}")

    return read


mii_status = one_of(MII_GOING_DOWN, MII_GOING_BACK, MII_UP, MII_DOWN)
"""The four words of a slave (drivers/net/bonding/bond_main.c, bond_slave_link_status)."""


def carrier(text: str) -> Read:
    """The bond's MII status, which is its carrier."""
    said, rest = one_of(MII_UP, MII_DOWN)(text)
    return (None if said is None else said == MII_UP), rest


def name(text: str) -> Read:
    """The name of an interface: everything up to the next blank."""
    said, _, rest = text.partition(" ")
    if not said:
        raise Strange("a name is expected here")
    return said, rest.lstrip(" ")


def mac(text: str) -> Read:
    """A hardware address of any length."""
    found = _MAC.match(text)
    if not found:
        blacked = _REDACTED.match(text)
        raise Strange("the address is blacked out" if blacked else "a hardware address is expected here")
    return found[0].lower(), _rest(text, found.end())


def speed(text: str) -> Read:
    """Mb/s; ``Unknown`` is none."""
    found = _SPEED.match(text)
    return (int(found[1]), _rest(text, found.end())) if found else one_of()(text)


def mode(text: str) -> Read:
    """One of the seven modes, with the policy for the MAC that active-backup may have."""
    for phrase, known in MODE_PHRASES:
        if text.startswith(phrase):
            rest = _rest(text, len(phrase))
            policy = _IN_BRACKETS.match(rest)
            if policy and policy[1] == "fail_over_mac":
                return Mode(known, policy[2]), _rest(rest, policy.end())
            return Mode(known, whole=not rest.startswith("(")), rest
    if text == "unknown":
        return Mode(None), ""
    raise Strange("this mode is not known")


def policy(text: str) -> Read:
    """A hash policy, also one of the future, and its number in brackets."""
    said, rest = word(text)
    numbered = _NUMBERED.match(rest)
    return said, _rest(rest, numbered.end()) if numbered else rest


def primary(text: str) -> Read:
    """The primary slave, with its policy only when there is one."""
    said, rest = name(text)
    policy = _IN_BRACKETS.match(rest)
    reselect = policy[2] if policy and policy[1] == "primary_reselect" else None
    if reselect is not None and policy:
        rest = _rest(rest, policy.end())
    return Primary(None if said == "None" and reselect is None else str(said), reselect), rest


def driver(text: str) -> Read:
    """``v3.7.1 (April 27, 2011)`` or ``v6.1.176``."""
    said, rest = word(text)
    release = str(said).removeprefix("v")
    version = tuple(int(part) for part in re.findall(r"\d{1,9}", release.partition("-")[0])[:3])
    if not version:
        raise Strange("a version is expected here")
    dated = rest.startswith("(") and rest.find(")") > 0
    kernel = None if dated or version < (4,) else release
    return Driver(version, kernel), _rest(rest, rest.find(")") + 1) if dated else rest


def targets(version: int) -> Reader:
    """Addresses with commas between them; none at all is an empty tuple."""
    address = _IPV4 if version == 4 else _IPV6

    def read(text: str) -> Read:
        if len(text) > LONGEST_TARGETS:
            raise Strange("these are more addresses than the driver takes")
        found, rest = [], text
        while match := address.match(rest):
            found.append(match[0])
            rest = _rest(rest, match.end())
            if not rest.startswith(","):
                break
            rest = _rest(rest, 1)
        if rest and not found and not is_remark(rest):
            raise Strange("an address is expected here")
        return tuple(found), rest

    return read


def _rest(text: str, start: int) -> str:
    return text[start:].lstrip(" ")
