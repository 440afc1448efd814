"""How each network manager spells what is not a bonding option: the MTU, a slave, no addresses, set up."""

from __future__ import annotations

from bondtui.core.words import command_line, listed
from bondtui.triage.fix_options import Names, plain, profile, yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PLACEHOLDER = "SLAVE"
"""Stands for an interface that somebody has to choose."""


def _networkd_mtu(mtu: str, names: Names) -> list[str]:
    both = listed([plain(each) for each in (names.bond, names.slave) if each])
    return [f"# in the .network file of {both}", "[Link]", f"MTUBytes={mtu}"]


def _nm_mtu(mtu: str, names: Names) -> list[str]:
    return [
        f"nmcli connection modify {profile(each)} {command_line(('802-3-ethernet.mtu', mtu))}"
        for each in (names.bond, names.slave)
        if each
    ]


def _netplan_mtu(mtu: str, names: Names) -> list[str]:
    of_slave = ["  ethernets:", f"    {yaml(names.slave)}:", f"      mtu: {mtu}"] if names.slave else []
    return ["network:", *of_slave, "  bonds:", f"    {yaml(names.bond)}:", f"      mtu: {mtu}"]


def _ifupdown_mtu(mtu: str, names: Names) -> list[str]:
    return [f"# in the stanza 'iface {plain(names.bond)}'; the bond hands its MTU on to its slaves", f"    mtu {mtu}"]


def _networkd_enslave(_: str, names: Names) -> list[str]:
    name = plain(names.slave or PLACEHOLDER)
    head = f"# /etc/systemd/network/10-{name}.network; no other file before it may match the interface"
    return [*_chosen(names.slave), head, "[Match]", f"Name={name}", "[Network]", f"Bond={plain(names.bond)}"]


def _nm_enslave(_: str, names: Names) -> list[str]:
    name = names.slave or PLACEHOLDER
    command = ("nmcli", "connection", "add", "type", "ethernet", "ifname", name, "con-name", f"{names.bond}-{name}")
    return [*_chosen(names.slave), command_line((*command, "master", names.bond, "slave-type", "bond"))]


def _netplan_enslave(_: str, names: Names) -> list[str]:
    name = yaml(names.slave or PLACEHOLDER)
    lines = [
        "network:",
        "  ethernets:",
        f"    {name}: {{}}",
        "  bonds:",
        f"    {yaml(names.bond)}:",
        f"      interfaces: [{name}]",
    ]
    return [*_chosen(names.slave), *lines, "# besides the interfaces that are there already"]


def _ifupdown_enslave(_: str, names: Names) -> list[str]:
    head = f"# in the stanza 'iface {plain(names.bond)}', besides the slaves that are there already"
    return [*_chosen(names.slave), head, f"    bond-slaves {plain(names.slave or PLACEHOLDER)}"]


def _chosen(slave: str | None) -> list[str]:
    return [] if slave else [f"# {PLACEHOLDER} stands for the interface to add"]


def _networkd_no_address(_: str, names: Names) -> list[str]:
    name = plain(names.slave or PLACEHOLDER)
    keys = ["[Network]", f"Bond={plain(names.bond)}", "LinkLocalAddressing=no", "DHCP=no"]
    return [f"# the .network file of {name}, with no Address= and no [Address], [Route] or Gateway=", *keys]


def _nm_no_address(_: str, names: Names) -> list[str]:
    name = names.slave or PLACEHOLDER
    wish = ("connection.master", names.bond, "connection.slave-type", "bond")
    return [
        "# a profile of a slave has no addresses: make the active one a slave's, and delete others for the interface",
        f"nmcli connection modify {profile(name)} {command_line(wish)}",
    ]


def _netplan_no_address(_: str, names: Names) -> list[str]:
    keys = ["      dhcp4: false", "      dhcp6: false", "      link-local: []"]
    head = ["network:", "  ethernets:", f"    {yaml(names.slave or PLACEHOLDER)}:"]
    return [*head, *keys, "# and no addresses, routes or gateways there: they belong to the bond"]


def _ifupdown_no_address(_: str, names: Names) -> list[str]:
    name = plain(names.slave or PLACEHOLDER)
    return [f"# the only stanza of {name}; addresses belong to {plain(names.bond)}", f"iface {name} inet manual"]


def _networkd_up(_: str, names: Names) -> list[str]:
    return [f"# in the .network file of {plain(names.slave or names.bond)}", "[Link]", "ActivationPolicy=up"]


def _nm_up(_: str, names: Names) -> list[str]:
    words = command_line(("connection.autoconnect", "yes"))
    note = [] if names.slave is None else ["# if no profile is active on it, name the slave's profile instead"]
    return [f"nmcli connection modify {profile(names.slave or names.bond)} {words}", *note]


def _netplan_up(_: str, names: Names) -> list[str]:
    kind = "ethernets" if names.slave else "bonds"
    return [
        f"# below {kind}, {yaml(names.slave or names.bond)}: take out any line 'activation-mode: off' or 'activation-mode: manual'"
    ]


def _ifupdown_up(_: str, names: Names) -> list[str]:
    return [f"auto {plain(names.slave or names.bond)}"]


BY_KIND: Mapping[str, tuple[Callable[[str, Names], list[str]], ...]] = {
    "mtu": (_networkd_mtu, _nm_mtu, _netplan_mtu, _ifupdown_mtu),
    "enslave": (_networkd_enslave, _nm_enslave, _netplan_enslave, _ifupdown_enslave),
    "no-address": (_networkd_no_address, _nm_no_address, _netplan_no_address, _ifupdown_no_address),
    "up": (_networkd_up, _nm_up, _netplan_up, _ifupdown_up),
}
"""For systemd-networkd, NetworkManager, netplan and ifupdown, from the value of a fix and its names."""
