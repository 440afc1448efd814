"""What the files of a sosreport, or of another copy of a machine's folders, tell. Pure: the files are handed in."""

from __future__ import annotations

import re

from bondtui.core import configured, configured_ifcfg, configured_ifupdown, configured_networkd, configured_profiles
from bondtui.texts import ethtool, ip, machine
from bondtui.texts.joining import Beside, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bondtui.model.around import Configured
    from bondtui.texts.ethtool import Nic

PROC_FOLDERS = ("proc/net/bonding", "proc/self/net/bonding", "proc/1/net/bonding")
NETWORKING = "sos_commands/networking"
SYSFS = "sys/class/net"
SYSFS_FILES = ("ifindex", "flags", "mtu", "operstate", "carrier", "carrier_changes", "speed", "duplex", "address")
HOSTNAME = ("sos_commands/host/hostname", "sos_commands/general/hostname", "hostname", "etc/hostname")
UNAME = ("sos_commands/kernel/uname_-a", "sos_commands/general/uname_-a", "uname")
DATE = ("sos_commands/date/date", "sos_commands/general/date", "date")
FOLDERS_OF_FILES = (*PROC_FOLDERS, NETWORKING)
"""Folders in which the files are wanted that ``is_wanted`` says."""

_IP = re.compile(r"ip_(?:-\w+_)*(?:link|addr(?:ess)?)(?:_show)?", re.ASCII)
_ETHTOOL = re.compile(r"ethtool_(?:-([iP])_)?([^-].*)")
_CONFIGURATION = re.compile(
    r"(?:etc|run|usr/lib)/(?:systemd/network|NetworkManager/system-connections|sysconfig/network(?:-scripts)?|network)/.+"
)
_DEVICE = re.compile(rf"sys/(?:class|devices/.*)/?net/[^/]+/(?:{'|'.join(SYSFS_FILES)})")


def is_wanted(path: str) -> bool:
    """Whether a file, by its path on the machine, is read."""
    folder, _, name = path.rpartition("/")
    if folder in PROC_FOLDERS or path in HOSTNAME or path in UNAME or path in DATE:
        return True
    if folder == NETWORKING:
        return _IP.fullmatch(name) is not None or _ETHTOOL.fullmatch(name) is not None
    return _DEVICE.fullmatch(path) is not None or _CONFIGURATION.fullmatch(path) is not None


def texts(files: Mapping[str, str], source: str) -> list[Text]:
    """The texts of bonds, each from the first folder that has it."""
    found: dict[str, Text] = {}
    for path in sorted(files, key=lambda each: (each.rpartition("/")[0] != PROC_FOLDERS[0], each)):
        folder, _, name = path.rpartition("/")
        if folder in PROC_FOLDERS:
            found.setdefault(name, Text(f"{source}/{path}", files[path]))
    return list(found.values())


def beside(files: Mapping[str, str], source: str, named: tuple[Configured, ...] | None) -> Beside:
    """What the other files tell; ``named`` is what the configuration says."""
    uname = _first(files, UNAME)
    links: dict[str, ip.IpLink] = {}
    nics: dict[str, Nic] = {}
    for path, text in files.items():
        folder, _, name = path.rpartition("/")
        if folder == NETWORKING and _IP.fullmatch(name):
            _add_links(links, ip.links(enumerate(text.split("\n"), start=1)))
        elif folder == NETWORKING and (found := _ETHTOOL.fullmatch(name)):
            read = {"i": ethtool.driver, "P": ethtool.permanent}.get(found[1] or "", ethtool.settings)
            nic = read(text)
            nics[found[2]] = ethtool.joined(nics[found[2]], nic) if found[2] in nics else nic
    for name, said in _sysfs(files).items():
        link, nic = ethtool.in_sysfs(name, said)
        _add_links(links, {name: link})
        nics[name] = ethtool.joined(nics[name], nic) if name in nics else nic
    return Beside(
        source=f"{source}/{NETWORKING}",
        host=machine.host(_first(files, HOSTNAME), uname),
        kernel=machine.kernel(uname),
        taken=machine.date(_first(files, DATE)),
        links=links,
        nics=nics,
        configured=named,
    )


def configuration(files: Mapping[str, str]) -> tuple[Configured, ...] | None:
    """What the configuration files say of bonds; ``None`` if there are none."""
    at = {f"/{path}": text for path, text in files.items() if _CONFIGURATION.fullmatch(path)}
    if not at:
        return None
    start = configured_ifupdown.START
    sourced = sorted(path for path in at if path.startswith(f"{start}.d/"))
    return configured.read(
        configured.Files(
            networkd=_below(configured_networkd.FOLDERS, at),
            profiles={
                path: text
                for path, text in _below(configured_profiles.FOLDERS, at).items()
                if configured_profiles.is_profile(path.rpartition("/")[2], legacy=True)
            },
            ifupdown={path: at[path] for path in (start, *sourced) if path in at},
            ifcfg={
                path: text
                for path, text in _below(configured_ifcfg.FOLDERS, at).items()
                if configured_ifcfg.is_ifcfg(path.rpartition("/")[2])
            },
        )
    )


def _below(folders: Iterable[str], files: Mapping[str, str]) -> dict[str, str | None]:
    starts = tuple(f"{folder}/" for folder in folders)
    return {path: text for path, text in files.items() if path.startswith(starts)}


def _first(files: Mapping[str, str], paths: Iterable[str]) -> str | None:
    return next((files[path] for path in paths if path in files), None)


def _add_links(links: dict[str, ip.IpLink], more: Mapping[str, ip.IpLink]) -> None:
    for name, link in more.items():
        links[name] = ip.joined(links[name], link) if name in links else link


def _sysfs(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The files of each interface by name."""
    found: dict[str, dict[str, str]] = {}
    for path, text in files.items():
        folder, _, file = path.rpartition("/")
        parent, _, name = folder.rpartition("/")
        if parent == SYSFS:
            found.setdefault(name, {})[file] = text
    return found
