"""Bonding options of configuration files in the kernel's names, words and units (drivers/net/bonding/bond_options.c)."""

from __future__ import annotations

from ipaddress import ip_address

from bondtui.core.rtnetlink import ARP_VALIDATE, XMIT_HASH_POLICIES
from bondtui.model.bond import MODES
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_VALUE = 1024
"""Of a longer value nothing is believed."""
WORDS_AT_MOST = 1024
LONGEST_NAME = 15
"""Bytes of an interface name (IFNAMSIZ - 1)."""
DELAYS = frozenset({"miimon", "updelay", "downdelay", "peer_notif_delay", "arp_interval"})
"""In milliseconds."""
NUMBERS = DELAYS | {
    *("resend_igmp", "num_grat_arp", "min_links", "lp_interval", "packets_per_slave", "ad_actor_sys_prio"),
    *("ad_user_port_key", "arp_missed_max"),
}
SWITCHES = frozenset({"use_carrier", "all_slaves_active", "tlb_dynamic_lb"})
"""The kernel tells them as 0 or 1."""
ADDRESSES = frozenset({"arp_ip_target", "ns_ip6_target"})
INTERFACES = frozenset({"primary", "active_slave"})
WORDS = {
    "mode": MODES,
    "arp_validate": ARP_VALIDATE,
    "arp_all_targets": ("any", "all"),
    "primary_reselect": ("always", "better", "failure"),
    "fail_over_mac": ("none", "active", "follow"),
    "xmit_hash_policy": XMIT_HASH_POLICIES,
    "lacp_rate": ("slow", "fast"),
    "ad_select": ("stable", "bandwidth", "count", "actor_port_prio"),
    **dict.fromkeys(("lacp_active", "coupled_control", "broadcast_neighbor", "lacp_strict"), ("off", "on")),
}
"""The words of an option, each at its number."""
OTHER_NAMES = {
    "num_unsol_na": "num_grat_arp",
    "num_peer_notif": "num_grat_arp",
    "peer_notify_delay": "peer_notif_delay",
    "arp_ip_targets": "arp_ip_target",
    "ns_ip6_targets": "ns_ip6_target",
}
"""What one option is called elsewhere: num_grat_arp and num_unsol_na are one variable of the kernel."""
_YES, _NO = frozenset({"1", "yes", "y", "true", "t", "on"}), frozenset({"0", "no", "n", "false", "f", "off"})


class Setting(NamedTuple):
    """One line of a file, in a form that all kinds of files have in common."""

    section: str
    key: str
    value: str


def yes(value: str) -> bool | None:
    """A truth value as systemd, GLib and shell files write it; ``None`` if it is none."""
    word = value.strip().lower()
    return True if word in _YES else False if word in _NO else None


def kernel_value(option: str, value: str) -> str | None:
    """The value of an option, named as the kernel names it, as the kernel tells it; ``None`` if it takes no such value."""
    value = value.strip()
    if not value or len(value) > LONGEST_VALUE:
        return None
    if option in WORDS:
        words, number = WORDS[option], _number(value)
        if number is not None:
            return words[int(number)] if int(number) < len(words) else None
        return value if value in words else None
    if option in NUMBERS:
        return _number(value)
    if option in SWITCHES:
        answer = yes(value)
        return None if answer is None else str(int(answer))
    if option in ADDRESSES:
        return _addresses(value.replace(",", " ").split())
    if option in INTERFACES:
        return value if is_name(value) else None
    return value.lower() if option == "ad_actor_system" else None


def _number(text: str) -> str | None:
    return str(int(text)) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NAME else None


def _addresses(words: Iterable[str]) -> str | None:
    """Sorted, since their order means nothing; sysfs takes them with a ``+`` in front."""
    try:
        return ",".join(sorted({str(ip_address(word.removeprefix("+"))) for word in words})) or None
    except ValueError:
        return None


def is_name(text: str) -> bool:
    """Whether it can be the name of one interface: no pattern, no variable of a template, nothing too long."""
    return 0 < len(text) <= LONGEST_NAME and not any(each in "/:*?[]$\"'`" or each.isspace() for each in text)


def names(text: str) -> list[str]:
    """The interface names in a list of words."""
    return [word for word in text.split() if is_name(word)]


class Options:
    """The options of one bond while a file is read."""

    def __init__(self) -> None:
        self.options: dict[str, str] = {}
        self.written: dict[str, str] = {}

    def take(self, option: str, value: str, written: str) -> None:
        """Set an option by its kernel's name to a value in the kernel's unit; a later one wins."""
        option = OTHER_NAMES.get(option, option)
        known = kernel_value(option, value)
        self.drop(option)
        if known is not None:
            self.options[option] = known
            self.written[option] = written

    def drop(self, option: str) -> None:
        """Forget an option."""
        self.options.pop(option, None)
        self.written.pop(option, None)


def unique(words: Iterable[str]) -> tuple[str, ...]:
    """Each word once, in order; of very many the first."""
    return tuple(dict.fromkeys(words))[:WORDS_AT_MOST]
