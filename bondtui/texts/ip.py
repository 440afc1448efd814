"""Read what ``ip -s -d link`` and ``ip -d address`` print (iproute2), also hard-wrapped or with ``-o``."""

from __future__ import annotations

import re
from itertools import pairwise

from bondtui.model.bond import Counters
from bondtui.model.record import NamedTuple
from bondtui.texts.ip_options import OPTIONS, SLAVE_OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeAlias

    from bondtui.texts.draft import Doubts

    Line: TypeAlias = tuple[int, str]

_HEAD = re.compile(r"(\d{1,10}): ([^\s:]{1,64}?)(?:@[^\s:]{1,64})?:? +(?:<([A-Z0-9_,-]*)>|(?=inet6? ))", re.ASCII)
_QUOTING = re.compile(r"(?:[>|] ?)+")
_JOINED = re.compile(r"\\ {2,}")
"""Where ``-o`` has put lines together."""
_COUNTERS, _ADDRESS = ("RX:", "TX:"), ("inet", "inet6", "valid_lft")
_OF_A_KIND = (
    "bond",
    "bond_slave",
    "bridge",
    "bridge_slave",
    "veth",
    "vlan",
    "dummy",
    "macvlan",
    "vf",
    "altname",
    "permaddr",
)
_STARTS = frozenset((*_COUNTERS, *_ADDRESS, *_OF_A_KIND, *OPTIONS, *SLAVE_OPTIONS))
"""What a further line may begin with, also where a mail has wrapped it."""
KINDS = frozenset(
    ("bond", "bridge", "vlan", "veth", "dummy", "macvlan", "macvtap", "ipvlan", "team", "vxlan", "vrf", "tun")
)


class IpLink(NamedTuple):
    """One interface, as far as these texts tell."""

    name: str
    ifindex: int | None = None
    admin_up: bool | None = None
    carrier: bool | None = None
    operstate: str | None = None
    mtu: int | None = None
    hwaddr: str | None = None
    master: str | None = None
    """By name; ``""`` for none."""
    kind: str | None = None
    carrier_changes: int | None = None
    counters: Counters | None = None
    bond: Mapping[str, str] = {}
    """The options of a bond, as they are printed."""
    slave: Mapping[str, str] = {}
    addresses: tuple[str, ...] | None = None


if TYPE_CHECKING:
    Links: TypeAlias = Mapping[str, IpLink]


def begins(text: str) -> bool:
    """Whether this is the first line about an interface."""
    return _HEAD.match(_unquoted(text)) is not None


def goes_on(text: str) -> bool:
    """Whether this may be a further line about it."""
    words = _unquoted(text).split(None, 1)
    if not words:
        return True
    return words[0].startswith("link/") or words[0] in _STARTS or words[0].isdecimal()


def links(lines: Iterable[Line], doubts: Doubts | None = None) -> dict[str, IpLink]:
    """The interfaces by name, put together from all lines about each."""
    found: dict[str, IpLink] = {}
    with_addresses = False
    for head, body, number in _blocks(lines):
        try:
            link = _link(head, body)
        except ValueError:
            if doubts is not None:
                doubts.add(number, head[0], "not understood as a line of 'ip'")
            continue
        known = found.get(link.name)
        found[link.name] = joined(known, link) if known else link
        with_addresses = with_addresses or bool(link.addresses)
    if not with_addresses:
        return {name: link._replace(addresses=None) for name, link in found.items()}
    return found


def joined(first: IpLink, second: IpLink) -> IpLink:
    """What both tell; the first where both do. Addresses are put together."""
    both = IpLink._make(b if a is None or a == {} else a for a, b in zip(first, second, strict=True))
    if first.addresses and second.addresses:
        return both._replace(addresses=tuple(dict.fromkeys((*first.addresses, *second.addresses))))
    return both._replace(addresses=first.addresses or second.addresses or both.addresses)


def _blocks(lines: Iterable[Line]) -> Iterator[tuple[re.Match[str], list[str], int]]:
    """Each interface's first line, the words of all its lines, and the number of the first one."""
    head: re.Match[str] | None = None
    body: list[str] = []
    at = 0
    for number, raw in lines:
        for text in _JOINED.split(_unquoted(raw)):
            if found := _HEAD.match(text):
                if head is not None:
                    yield head, body, at
                head, body, at = found, _words(text[found.end() :]), number
            else:
                body += _words(text)
    if head is not None:
        yield head, body, at


def _words(text: str) -> list[str]:
    """Split where no name can be: a name may hold other characters that look blank."""
    return [word for word in text.replace("\t", " ").replace("\r", " ").split(" ") if word]


def _link(head: re.Match[str], words: list[str]) -> IpLink:
    """One interface; raises ValueError for a number that is none."""
    flags = None if head[3] is None else head[3].split(",")
    after = _followed(words, ("mtu", "state", "master"), end="link/")
    link = next((at for at, word in enumerate(words) if word.startswith("link/")), len(words))
    address, details = next(iter(words[link + 1 : link + 2]), ""), words[link + 2 :]
    kind = next((word for word in details if word in KINDS), None)
    up = None if flags is None else "UP" in flags
    return IpLink(
        name=head[2],
        ifindex=_number(head[1]),
        admin_up=up,
        carrier=("LOWER_UP" in flags) if flags is not None and up else None,
        operstate=after["state"].lower() if "state" in after else None,
        mtu=_number(after["mtu"]) if "mtu" in after else None,
        hwaddr=address.lower() if ":" in address else None,
        master=None if flags is None else after.get("master", ""),
        kind=kind,
        counters=_counters(words),
        bond=_options(details, "bond", OPTIONS) if kind == "bond" else {},
        slave=_options(details, "bond_slave", SLAVE_OPTIONS),
        addresses=_addresses(words),
    )


def _followed(words: list[str], names: tuple[str, ...], end: str) -> dict[str, str]:
    """The word after each of these names, up to where the first line ends."""
    found: dict[str, str] = {}
    for word, after in pairwise(words):
        if word.startswith(end):
            break
        if word in names:
            found.setdefault(word, after)
    return found


def _options(words: list[str], begin: str, names: frozenset[str]) -> dict[str, str]:
    """Options and their values after the word that begins them."""
    found: dict[str, str] = {}
    at = words.index(begin) + 1 if begin in words else len(words)
    while at + 1 < len(words) and words[at] != "addrgenmode":
        if words[at] in names:
            found.setdefault(words[at], words[at + 1])
            at += 1
        at += 1
    return found


def _addresses(words: list[str]) -> tuple[str, ...]:
    return tuple(after for word, after in pairwise(words) if word in ("inet", "inet6"))


def _counters(words: list[str]) -> Counters | None:
    """The first four numbers of either direction: bytes, packets, errors, dropped (``ip -s``)."""
    rx, tx = _four(words, "RX:"), _four(words, "TX:")
    return Counters(*rx, *tx) if rx and tx else None


def _four(words: list[str], begin: str) -> tuple[int, int, int, int] | None:
    if begin not in words:
        return None
    at = words.index(begin) + 1
    if words[at : at + 4] != ["bytes", "packets", "errors", "dropped"]:
        return None
    numbers = []
    for word in words[at + 4 : at + 16]:
        if word.isdecimal():
            numbers.append(_number(word))
        elif numbers:
            break
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) >= 4 else None


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 20:
        raise ValueError(text)
    return int(text)


def _unquoted(text: str) -> str:
    """Without quoting, but with the indentation."""
    found = _QUOTING.match(text.lstrip())
    return text.lstrip()[found.end() :].lstrip() if found else text.lstrip()
