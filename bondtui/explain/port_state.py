"""The port state byte of 802.3ad: its bits, and whole bytes as /proc, JSON and the screen show them."""

from __future__ import annotations

from bondtui.core.lacp import (
    ACTIVITY,
    AGGREGATION,
    BITS,
    CARRYING,
    COLLECTING,
    DEFAULTED,
    DISTRIBUTING,
    EXPIRED,
    SILENT,
    SYNC,
    TIMEOUT,
    letters,
)
from bondtui.explain.entry import AD, BIT, Entry

_SEE = (
    "cat /sys/class/net/eno1/bonding_slave/ad_actor_oper_port_state",
    "cat /sys/class/net/eno1/bonding_slave/ad_partner_oper_port_state",
)
_SOURCE = f"IEEE 802.1AX-2020 6.4.2.3; {AD}"

_BITS = {
    ACTIVITY: (
        "This end sends LACPDUs by itself; without the bit it only answers",
        "One end must have it. Without it on both the link dies after its timeout (BT043).",
        "lacp_active on the host, LACP mode active or passive on the switch.",
    ),
    TIMEOUT: (
        "This end asks for LACPDUs every second and gives up after 3 s; without the bit every 30 s and 90 s",
        "Only the speed of noticing a silent partner. 61 (without it) is as healthy as 63 (BT041, BT042).",
        "lacp_rate fast sets it on the host.",
    ),
    AGGREGATION: (
        "This port may be aggregated with others; without the bit it stays alone",
        "A port that stays alone carries traffic only as the one port of its aggregator.",
        "Missing: speed or duplex unknown or half (BT044, BT047), or switched off at the other end.",
    ),
    SYNC: (
        "This end has put the port into the aggregator that it belongs in",
        "Without it on both ends the port carries nothing (BT033, BT037).",
        "Missing on the partner: read the switch's log. Missing here: another aggregator is active (BT031).",
    ),
    COLLECTING: (
        "This end takes in frames from the port",
        "Without it what is sent to this end is dropped (BT038).",
        "It follows 'in sync' of the other end by itself.",
    ),
    DISTRIBUTING: (
        "This end sends frames through the port",
        "Without it this end does not use the link (BT038).",
        "It follows 'collecting' of the other end by itself.",
    ),
    DEFAULTED: (
        "This end has heard no LACPDU, or none any more, and goes by default values for its partner",
        "There is no LACP on the link (BT035).",
        "Switch: put the port into a LAG with LACP.",
    ),
    EXPIRED: (
        "This end has heard no LACPDU within its timeout; 3 s later it is defaulted",
        "The partner has just gone silent (BT034). With 'defaulted' at once: our own LACPDUs come back (BT036).",
        "Wait 3 s and look again; then look at the switch.",
    ),
}
_NAMES = {
    ACTIVITY: ("activity", "lacp_activity"),
    TIMEOUT: ("timeout", "short", "lacp_timeout"),
    AGGREGATION: ("aggregation", "aggregatable"),
    SYNC: ("sync", "synchronization"),
    COLLECTING: ("collect",),
    DISTRIBUTING: ("distribute",),
    DEFAULTED: ("default",),
    EXPIRED: ("expire",),
}

ENTRIES = tuple(
    Entry(
        BIT,
        word,
        (letter, str(bit), f"bit {number}", *_NAMES[bit]),
        f"{letter}, bit {number} of the port state, value {bit}",
        means=f"{_BITS[bit][0]}.",
        why=_BITS[bit][1],
        see=_SEE,
        do=_BITS[bit][2],
        source=_SOURCE,
    )
    for number, (bit, letter, word) in enumerate(BITS)
)
"""The eight bits, the lowest first."""

_TYPICAL = {
    60: "This is how a working port looks: in sync, collecting and distributing is all that counts.",
    56: "It works, but stays alone: it is not aggregated with others.",
    4: "Negotiating: normal for the first seconds. If it stays, the port is in an aggregator that is not active, or its"
    " partner is not in sync (BT031, BT033).",
    12: "In sync and waiting for the other end to be so too (BT037), or a standby port.",
    28: "One step before the end: it collects, and waits for the other end before it distributes (BT038 if it stays).",
    44: "Seen of a partner that distributes without collecting: the ends do not go in the same order (BT038 if it stays).",
    52: "Seen of a partner just after it has gone silent.",
    68: "Nobody speaks LACP on this port, and it is idle (BT035).",
    76: "Nobody speaks LACP, but this is the one port that the driver uses as a last resort: traffic is sent, perhaps into"
    " nothing (BT030, BT035).",
    132: "The partner has just gone silent; in 3 s the port is defaulted (BT034).",
    140: "The partner has just gone silent; in 3 s the port is defaulted (BT034).",
    196: "With the link up: our own LACPDUs come back, a loop (BT036).",
    204: "With the link up: our own LACPDUs come back, a loop (BT036).",
    0: "As a partner's state: there is no partner (BT030).",
}
"""What is typical, by the byte without the bits that say nothing about health: activity and timeout."""


def state_entry(state: int) -> Entry:
    """What a whole byte, 0 to 255, says."""
    words = ", ".join(word for bit, _, word in BITS if state & bit) or "no bit is set"
    missing = ", ".join(word for bit, _, word in BITS if not state & bit and bit & CARRYING)
    if state & SILENT:
        health = "not healthy: the partner is silent"
    elif missing:
        health = f"carries nothing: {missing} missing"
    else:
        health = "healthy"
    return Entry(
        BIT,
        f"port state {state}",
        (str(state), hex(state), letters(state)),
        f"{letters(state)}, {health}",
        means=f"{words[:1].upper()}{words[1:]}.",
        why=" ".join(each for each in (_TYPICAL.get(state & ~(ACTIVITY | TIMEOUT), ""), *_notes(state)) if each),
        see=_SEE,
        do="It counts only while the slave's MII status is up: older kernels keep the last state of a dead port (BT066).",
        source=_SOURCE,
    )


def _notes(state: int) -> list[str]:
    """What the two bits that do not decide about health say here."""
    if not state & AGGREGATION:
        return []
    asked = "It asks for LACPDUs every second (fast)." if state & TIMEOUT else "It asks for LACPDUs every 30 s (slow)."
    return [asked] if state & ACTIVITY else [asked, "It is passive: it speaks only when spoken to (BT043)."]


def read_state(word: str) -> int | None:
    """The byte that is written so: ``61``, ``0x3d``, ``A-GSCD--``, ``port state 61``; ``None`` if it is none."""
    text = word.strip().lower()
    for before in ("port state", "state"):
        text = text.removeprefix(before).strip()
    if len(text) == len(BITS) and all(
        each in ("-", letter.lower()) for each, (_, letter, _) in zip(text, BITS, strict=True)
    ):
        return sum(bit for each, (bit, _, _) in zip(text, BITS, strict=True) if each != "-")
    return _number(text)


def _number(text: str) -> int | None:
    if not text.isascii():
        return None
    if text.isdigit() and len(text) <= 3:
        state = int(text)
    elif text.startswith("0x") and 0 < len(text) - 2 <= 2 and all(each in "0123456789abcdef" for each in text[2:]):
        state = int(text, 16)
    else:
        return None
    return state if state <= 0xFF else None
