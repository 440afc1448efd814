"""Values as words and short numbers, for people. Nothing here knows about widths or colours."""

from __future__ import annotations

import unicodedata

from bondtui.model.bond import (
    BALANCE_ALB,
    BALANCE_TLB,
    MODES_WITH_ACTIVE_SLAVE,
    MODES_WITHOUT_ROLES,
    Bond,
    Slave,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN = "-"


def printable(name: str) -> str:
    r"""An interface name that is safe to draw: what is not printable is spelled ``\x1b``.

    The kernel allows any byte but ``/``, ``:`` and white space in a name, so a name can hold an
    escape sequence or bytes that are not UTF-8 (net/core/dev.c, dev_valid_name).
    """
    if name.isascii() and name.isprintable():
        return name
    return "".join(each if _stands_alone(each) else _escaped(each) for each in name)


def _stands_alone(character: str) -> bool:
    """Whether a character is printable and changes nothing about its neighbours.

    Marks and modifiers are drawn onto the character before them, and terminals do not agree on how
    wide that is, so a name with one of them could shift its whole row.
    """
    if character.isascii():
        return character.isprintable()
    return (
        character.isprintable()
        and not unicodedata.category(character).startswith("M")
        and not "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
    )


def _escaped(character: str) -> str:
    is_byte = "\udc80" <= character <= "\udcff"  # what surrogateescape makes of a byte that is not UTF-8
    raw = character.encode("utf-8", "surrogateescape" if is_byte else "surrogatepass")
    return "".join(f"\\x{byte:02x}" for byte in raw)


def bond_mii_status(bond: Bond) -> str | None:
    """The bond's MII status as /proc prints it: its carrier, not its admin state."""
    if bond.link.carrier is None:
        return None
    return "up" if bond.link.carrier else "down"


def role(bond: Bond, slave: Slave) -> str | None:
    """A slave's part in its bond: ``ACTIVE`` for the one that the bond names, else the kernel's word.

    ``None`` where the mode has no roles. In balance-tlb and balance-alb the driver calls every slave
    active, dead ones too; there the others share the load when they can be used.
    """
    mode = bond.options.mode
    if mode in MODES_WITHOUT_ROLES:
        return None
    if mode in MODES_WITH_ACTIVE_SLAVE and slave.ifindex == bond.options.active_slave:
        return "ACTIVE"
    if mode in MODES_WITH_ACTIVE_SLAVE and not slave.usable:
        return UNKNOWN
    return "shares" if mode in (BALANCE_TLB, BALANCE_ALB) else slave.state.state or UNKNOWN


def speed(mbps: int | None) -> str:
    """A link speed: ``10G``, ``2.5G``, ``100M``."""
    if mbps is None:
        return UNKNOWN
    return f"{mbps / 1000:g}G" if mbps >= 1000 else f"{mbps}M"


def rate(bits: float | None) -> str:
    """Bits per second in at most five characters: ``0``, ``512``, ``9.61k``, ``410M``, ``1.20G``."""
    if bits is None:
        return UNKNOWN
    for unit in ("", "k", "M", "G", "T"):
        if bits < 999.5 or unit == "T":
            break
        bits /= 1000
    digits = 0 if not unit or bits >= 99.95 else 1 if bits >= 9.995 else 2
    return f"{bits:.{digits}f}{unit}"


def per_second(value: float | None) -> str:
    """A small rate of events: ``0``, ``0.5``, ``120``, ``12k``."""
    if value is None:
        return UNKNOWN
    if value >= 9999.5:
        return f"{value / 1000:.0f}k"
    return f"{value:.1f}" if 0 < value < 9.95 else f"{value:.0f}"


def age(seconds: float) -> str:
    """How long ago, in one unit: ``14 s``, ``3 min``, ``2 h``, ``5 d``."""
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "min"), (86400 * 2, 3600, "h")):
        if seconds < limit:
            return f"{int(max(0, seconds) // size)} {unit}"
    return f"{int(seconds // 86400)} d"


def delta(milliseconds: float | None) -> str:
    """Time since the cause: ``+93 ms``, ``+1.85 s``, nothing for a cause itself."""
    if milliseconds is None:
        return ""
    return f"+{milliseconds:.0f} ms" if milliseconds < 9999.5 else f"+{milliseconds / 1000:.1f} s"


def sentence(text: str) -> str:
    """A text that is safe to draw and ends like a sentence."""
    said = printable(text)
    return said if not said or said.endswith((".", "!", "?")) else f"{said}."


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def counted(number: int, noun: str) -> str:
    """``1 slave``, ``2 slaves``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def command_line(command: Sequence[str]) -> str:
    """A command that can be pasted into a shell: what is no plain word is quoted, so a name cannot be a command."""
    return " ".join(_quoted(word) for word in command)


def _quoted(word: str) -> str:
    if word.isascii() and word and all(each.isalnum() or each in "@%+=,.-_/:" for each in word):
        return word
    if printable(word) == word and "'" not in word:
        return f"'{word}'"
    return "$'" + "".join(f"\\{each}" if each in "\\'" else printable(each) for each in word) + "'"
