"""The values of the options of ``bondtui lab``: what may be said, and what is meant by what may not."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from bondtui.model.bond import MODES, BondOptions
from bondtui.model.lab import MOST_SLAVES

SHORTEST_LIFE_S, LONGEST_LIFE_S = 10.0, 7 * 86400.0
LARGEST_PID = 1 << 22
"""PID_MAX_LIMIT of 64 bits (proc(5), pid_max)."""

OTHER_NAMES = {
    "arp_ip_targets": "arp_ip_target",
    "ns_ip6_targets": "ns_ip6_target",
    "num_peer_notif": "num_grat_arp",
    "num_unsol_na": "num_grat_arp",
    "peer_notify_delay": "peer_notif_delay",
}
"""What netlink and ``ip link`` call options that the driver's own files call otherwise; the driver's names are used."""
OF_A_SLAVE = ("prio", "queue_id", "actor_port_prio")
"""Options of one slave, with a value ``SLAVE:NUMBER``."""
OPTIONS = frozenset(BondOptions._fields) - {"mode", "ad_info"} - OTHER_NAMES.keys() | {
    *OTHER_NAMES.values(),
    *OF_A_SLAVE,
}

NICKNAMES = {
    "lacp": "802.3ad",
    "ad": "802.3ad",
    "8023ad": "802.3ad",
    "802.1ax": "802.3ad",
    "active-passive": "active-backup",
    "failover": "active-backup",
    "ab": "active-backup",
    "rr": "balance-rr",
    "round-robin": "balance-rr",
    "xor": "balance-xor",
    "static": "balance-xor",
    "tlb": "balance-tlb",
    "alb": "balance-alb",
}
"""What people call modes."""


def mode(text: str) -> str:
    if text in MODES:
        return text
    if text.isascii() and text.isdecimal() and len(text) == 1 and int(text) < len(MODES):
        return MODES[int(text)]
    plain = text.lower().replace("_", "-")
    hint = f" (is {NICKNAMES[plain]} meant?)" if plain in NICKNAMES else meant(plain, MODES)
    hint = hint or f": {', '.join(MODES)}, or 0 to 6"
    raise argparse.ArgumentTypeError(f"'{text}' is no bonding mode{hint}")


def slaves(text: str) -> int:
    value = int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 else 0
    if not 1 <= value <= MOST_SLAVES:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of slaves from 1 to {MOST_SLAVES}")
    return value


def option(text: str) -> tuple[str, str]:
    """An option under the driver's name; its value is the kernel's business as long as it is one word."""
    key, equals, value = text.partition("=")
    name = key.strip().lower().replace("-", "_")
    name = OTHER_NAMES.get(name, name)
    if name in ("mode", "slave", "slaves"):
        raise argparse.ArgumentTypeError(f"'{text}': that is what --{'mode' if name == 'mode' else 'slaves'} is for")
    if not equals:
        raise argparse.ArgumentTypeError(f"'{text}' is not KEY=VALUE, such as miimon=100")
    if name not in OPTIONS:
        hint = meant(name, sorted((*OPTIONS, *OTHER_NAMES))) or ": 'ip link help bond' lists them"
        raise argparse.ArgumentTypeError(f"'{key}' is no bonding option{hint}")
    if not value or not all(each.isascii() and (each.isalnum() or each in "_.:+,/-") for each in value):
        raise argparse.ArgumentTypeError(f"'{text}': the value of {name} is one word, such as the kernel takes")
    return name, value


def life(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not SHORTEST_LIFE_S <= seconds <= LONGEST_LIFE_S:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number of seconds from {SHORTEST_LIFE_S:g} to {LONGEST_LIFE_S:.0f}"
        )
    return seconds


def pid(text: str) -> int:
    value = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_PID)) else 0
    if not 1 <= value <= LARGEST_PID:
        raise argparse.ArgumentTypeError(f"'{text}' is not a process id")
    return value


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """A type of argparse; its own choices would not be said in the same words by every Python."""

    def parse(text: str) -> str:
        if text not in words:
            raise argparse.ArgumentTypeError(f"'{text}' is none of {', '.join(words)}")
        return text

    return parse


def meant(word: str, known: Sequence[str]) -> str:
    """A hint in brackets at what the word is nearly; ``""`` where it is like nothing."""
    near = get_close_matches(word, known, n=1)
    return f" (is {near[0]} meant?)" if near else ""
