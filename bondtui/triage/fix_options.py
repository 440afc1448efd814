"""How each network manager spells a bonding option, and what it cannot say.

systemd.netdev(5), nm-settings(5), netplan's YAML reference, README.Debian of ifenslave 2.13. Loaded only when asked for.
"""

from __future__ import annotations

from bondtui.core import configured_ifupdown, configured_networkd
from bondtui.core.configured_words import OTHER_NAMES, SWITCHES
from bondtui.core.words import command_line, listed, printable
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NETWORKD = {option: key for key, option in configured_networkd.OPTIONS.items()}
_NETWORKD_SINCE = {"peer_notif_delay": "256", "arp_missed_max": "256"}
_NETWORKD_TIMES = frozenset({"miimon", "updelay", "downdelay", "peer_notif_delay", "arp_interval"})
NETWORK_MANAGER = frozenset(
    {
        *NETWORKD,
        *("primary", "use_carrier", "ns_ip6_target", "lacp_active"),
    }
)
_BY_SLAVE = {"prio": "bond-port.prio", "queue_id": "bond-port.queue-id"}
"""What NetworkManager keeps in the profile of the slave."""
NETPLAN = {
    "mode": "mode",
    "miimon": "mii-monitor-interval",
    "updelay": "up-delay",
    "downdelay": "down-delay",
    "arp_interval": "arp-interval",
    "arp_ip_target": "arp-ip-targets",
    "arp_validate": "arp-validate",
    "arp_all_targets": "arp-all-targets",
    "primary": "primary",
    "primary_reselect": "primary-reselect-policy",
    "fail_over_mac": "fail-over-mac-policy",
    "xmit_hash_policy": "transmit-hash-policy",
    "lacp_rate": "lacp-rate",
    "ad_select": "ad-select",
    "min_links": "min-links",
    "num_grat_arp": "gratuitous-arp",
    "resend_igmp": "resend-igmp",
    "all_slaves_active": "all-members-active",
    "packets_per_slave": "packets-per-member",
    "lp_interval": "learn-packet-interval",
}
"""Times without a unit are milliseconds here, that of ``learn-packet-interval`` is in seconds."""
IFENSLAVE = frozenset(
    {
        *("mode", "miimon", "updelay", "downdelay", "use_carrier", "arp_interval", "arp_ip_target", "arp_validate"),
        *("primary", "primary_reselect", "active_slave", "fail_over_mac", "xmit_hash_policy", "lacp_rate", "ad_select"),
        *("num_grat_arp", "packets_per_slave", "tlb_dynamic_lb"),
    }
)
_IFENSLAVE_IGNORES = frozenset({"min_links", "resend_igmp", "all_slaves_active", "lp_interval"})
_NO_WORDS = {
    "systemd-networkd": {"arp_validate": ("filter",), "ad_select": ("actor_port_prio",)},
    "NetworkManager": {"ad_select": ("actor_port_prio",)},
    "netplan": {"arp_validate": ("filter",), "ad_select": ("actor_port_prio",), "xmit_hash_policy": ("vlan+srcmac",)},
    "ifupdown": {},
}
"""Beginnings of values that a manager does not take although it has the option."""


class Names(NamedTuple):
    """What a fix is about."""

    bond: str
    slave: str | None = None


def canonical(options: Mapping[str, str]) -> dict[str, str]:
    """The options by the names that are used here."""
    return {OTHER_NAMES.get(option, option): value for option, value in options.items()}


def plain(name: str) -> str:
    """An interface name in a file: as it is, or escaped for the eye where no file takes it."""
    return printable(name)


def is_plain(name: str) -> bool:
    """Whether the files of all managers take the name as it is."""
    return name.isascii() and all(each.isalnum() or each in "-_.@" for each in name)


def refused(manager: str, options: Mapping[str, str], known: Iterable[str]) -> list[str]:
    """Options, or values of them, that the manager cannot express."""
    words, has = _NO_WORDS[manager], frozenset(known)
    return [
        option if option not in has else f"{option} {value}"
        for option, value in options.items()
        if option not in has or value.startswith(words.get(option, ()) or ("\0",))
    ]


def _cannot(manager: str, options: list[str], instead: str) -> list[str]:
    return [f"# {manager} cannot set {listed(options)}: {instead}"] if options else []


def _kept(options: Mapping[str, str], no: list[str]) -> dict[str, str]:
    return {option: value for option, value in options.items() if option not in no and f"{option} {value}" not in no}


def networkd(options: Mapping[str, str], names: Names) -> list[str]:
    """Lines for the .netdev file of the bond, and for the .network file of the slave that is to be the primary."""
    no = refused("systemd-networkd", options, (*NETWORKD, "primary", "active_slave"))
    kept = _kept(options, no)
    of_slave = {option: kept.pop(option) for option in ("primary", "active_slave") if option in kept}
    lines = [f"# in the .netdev file of {plain(names.bond)}", "[Bond]"] if kept else []
    for option, value in kept.items():
        lines.append(f"{NETWORKD[option]}={_networkd_value(option, value)}")
        if option in _NETWORKD_SINCE:
            lines.append(f"# {NETWORKD[option]}= needs systemd {_NETWORKD_SINCE[option]} or newer")
        if option == "lp_interval":
            lines.append(
                "# systemd-networkd passes it on only with an ARPIntervalSec=, which is of no use in its modes"
            )
    for option, name in of_slave.items():
        key = "PrimarySlave" if option == "primary" else "ActiveSlave"
        lines += [f"# in the .network file of {plain(name)}, not in the .netdev file", "[Network]", f"{key}=yes"]
    return lines + _cannot("systemd-networkd", no, "set it with ip link when the bond is made")


def _networkd_value(option: str, value: str) -> str:
    if option in _NETWORKD_TIMES:
        return f"{value}ms" if value != "0" else "0"
    if option in SWITCHES:
        return "no" if value == "0" else "yes"
    return value.replace(",", " ") if option == "arp_ip_target" else value


def network_manager(options: Mapping[str, str], names: Names) -> list[str]:
    """Commands that change the profiles of the bond and of the slave."""
    of_slave = {_BY_SLAVE[option]: value for option, value in options.items() if option in _BY_SLAVE}
    rest = {option: value for option, value in options.items() if option not in _BY_SLAVE}
    no = refused("NetworkManager", rest, NETWORK_MANAGER)
    words: list[str] = []
    for option, value in _kept(rest, no).items():
        if value == "0" and option in ("miimon", "arp_interval"):
            words += ["-bond.options", option]
            words += ["-bond.options", "arp_ip_target"] if option == "arp_interval" else []
        else:
            words += ["+bond.options", f"{option}={value}".replace(",", "\\,")]
    lines = [f"nmcli connection modify {profile(names.bond)} {command_line(words)}"] if words else []
    if of_slave and names.slave:
        settings = [word for pair in of_slave.items() for word in pair]
        lines.append(f"nmcli connection modify {profile(names.slave)} {command_line(settings)}")
    return lines + _cannot("NetworkManager", no, "set it with ip link from a dispatcher script")


def profile(interface: str) -> str:
    """The name of the profile that is active on an interface, for a shell to find out."""
    asked = ("nmcli", "-e", "no", "-g", "GENERAL.CONNECTION", "device", "show", interface)
    return f'"$({command_line(asked)})"'


def netplan(options: Mapping[str, str], names: Names) -> list[str]:
    """Lines of YAML."""
    no = refused("netplan", options, NETPLAN)
    if options.get("num_grat_arp") == "0":
        no.append("num_grat_arp 0")
    kept = _kept(options, no)
    lines = ["network:", "  bonds:", f"    {yaml(names.bond)}:", "      parameters:"] if kept else []
    lines += [f"        {NETPLAN[option]}: {_netplan_value(option, value)}" for option, value in kept.items()]
    for option, old in (("all_slaves_active", "all-slaves-active"), ("packets_per_slave", "packets-per-slave")):
        if option in kept:
            lines.append(f"# older versions of netplan call {NETPLAN[option]} {old}")
    return lines + _cannot("netplan", no, "set it in a drop-in of the renderer, if that one can")


def _netplan_value(option: str, value: str) -> str:
    if option == "arp_ip_target":
        return f"[{', '.join(value.split(','))}]"
    if option in SWITCHES:
        return "false" if value == "0" else "true"
    return yaml(value) if option == "primary" else value


def yaml(word: str) -> str:
    """A name in YAML: what could be taken for something else is quoted."""
    if (
        is_plain(word)
        and word[0].isalpha()
        and word.lower() not in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
    ):
        return word
    escaped = plain(word) if not is_plain(word) else word
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ifupdown(options: Mapping[str, str], names: Names) -> list[str]:
    """Lines of the bond's stanza in /etc/network/interfaces."""
    no = refused("ifupdown", options, (*IFENSLAVE, *_IFENSLAVE_IGNORES))
    keys = {option: key for key, option in configured_ifupdown.OPTIONS.items()}
    kept = _kept(options, no)
    lines = [f"# in the stanza 'iface {plain(names.bond)}'"] if kept else []
    for option, value in kept.items():
        shown = value.replace(",", " ") if option == "arp_ip_target" else value
        lines.append(f"    bond-{keys[option]} {shown}")
        if option in _IFENSLAVE_IGNORES:
            lines.append(f"# ifenslave up to 2.13 ignores bond-{keys[option]}; ifupdown2 takes it")
    return lines + _cannot("ifupdown", no, "set it with ip link in an 'up' line of the stanza")
