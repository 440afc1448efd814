"""How a permanent fix is spelled for each network manager: to be shown, never to be run.

Loaded only when somebody looks at a fix.
"""

from __future__ import annotations

from bondtui.core.words import command_line, listed
from bondtui.model.finding import Fix
from bondtui.triage import fix_kinds, fix_options
from bondtui.triage.configuration import WHILE_DOWN, WITHOUT_SLAVES
from bondtui.triage.fix_options import Names, is_plain, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NETWORKD, NETWORK_MANAGER, NETPLAN, IFUPDOWN = "systemd-networkd", "NetworkManager", "netplan", "ifupdown"
MANAGERS = (NETWORKD, NETWORK_MANAGER, NETPLAN, IFUPDOWN)
_OPTIONS: dict[str, Callable[[Mapping[str, str], Names], list[str]]] = {
    NETWORKD: fix_options.networkd,
    NETWORK_MANAGER: fix_options.network_manager,
    NETPLAN: fix_options.netplan,
    IFUPDOWN: fix_options.ifupdown,
}


def permanent(fix: Fix, bond_name: str) -> tuple[tuple[str, str], ...]:
    """The lines or commands by manager. Lines that begin with ``#`` are remarks, in the files and in a shell alike."""
    options = fix_options.canonical(fix.options)
    if fix.kind == "mode":
        options = {"mode": fix.value, **options}
    names = Names(bond_name, fix.slave)
    remarks = _remarks(options, names)
    texts = []
    for position, manager in enumerate(MANAGERS):
        lines = _OPTIONS[manager](options, names) if options else []
        if fix.kind in fix_kinds.BY_KIND:
            lines += fix_kinds.BY_KIND[fix.kind][position](fix.value, names)
        if lines:
            texts.append((manager, "\n".join([*lines, *remarks, *_applying(manager, options, bond_name)])))
    return tuple(texts)


def _remarks(options: Mapping[str, str], names: Names) -> list[str]:
    """What must be known before these options are changed on a bond that runs."""
    lines = []
    empty = [option for option in options if option in WITHOUT_SLAVES]
    down = [option for option in options if option in WHILE_DOWN and option not in empty]
    if empty:
        lines.append(
            f"# the driver changes {listed(empty)} only while {plain(names.bond)} has no slaves: plan an interruption"
        )
    if down:
        lines.append(
            f"# the driver changes {listed(down)} only while {plain(names.bond)} is down: plan an interruption"
        )
    if _on(options, "arp_interval") and "miimon" not in options:
        lines.append("# take miimon and its delays out: the ARP monitor and the MII monitor exclude each other")
    if _on(options, "miimon") and "arp_interval" in options:
        lines.append("# take the other arp options out too: the ARP monitor and the MII monitor exclude each other")
    if not all(is_plain(name) for name in (names.bond, names.slave or "", options.get("primary", "")) if name):
        lines.append("# a name here cannot be written into such a file: match the interface by its MAC address")
    return lines


def _on(options: Mapping[str, str], option: str) -> bool:
    return options.get(option, "0") != "0"


def _applying(manager: str, options: Mapping[str, str], bond: str) -> list[str]:
    """How a manager comes to use what was changed."""
    if manager == NETWORKD and options:
        return ["# an older systemd-networkd uses a changed .netdev file only when it makes the bond anew"]
    if manager == NETWORK_MANAGER:
        up = command_line(("nmcli", "device", "reapply", bond))
        return [f"# then '{up}', or activate the profile anew: that may interrupt the traffic"]
    return []
