"""What ifcfg files say of bonds: Red Hat's network-scripts (sysconfig.txt) and SUSE's wicked (ifcfg-bonding(5))."""

from __future__ import annotations

from bondtui.core.configured_words import Options, is_name, names, unique, yes
from bondtui.model.around import Configured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDERS = ("/etc/sysconfig/network-scripts", "/etc/sysconfig/network")
PREFIX = "ifcfg-"
MANAGER = "ifcfg"
_LEFT_OVER = (
    "~",
    ".bak",
    ".old",
    ".orig",
    ".rpmnew",
    ".rpmorig",
    ".rpmsave",
    ".swp",
    ".augsave",
    ".augnew",
    ".scpmbackup",
)
_OFF = frozenset({"off", "manual", "no"})


def read(files: Mapping[str, str | None]) -> Iterator[Configured]:
    """What the files say, by path; ``None`` is a file that could not be read, and is passed over."""
    known = {path: _variables(text) for path, text in sorted(files.items()) if text is not None and is_ifcfg(path)}
    slaves: dict[str, list[str]] = {}
    for path, values in known.items():
        master, slave = values.get("MASTER", ""), _device(path, values)
        if is_name(master) and is_name(slave) and yes(values.get("SLAVE", "yes")) and not _is_off(values):
            slaves.setdefault(master, []).append(slave)
    for path, values in known.items():
        bond = _device(path, values)
        if is_name(bond) and _is_bond(values):
            mine = [*slaves.get(bond, ()), *_own_slaves(values)]
            chosen = _options(values)
            yield Configured(MANAGER, path, bond, chosen.options, chosen.written, unique(mine) or None)


def is_ifcfg(path: str) -> bool:
    """Whether a file of this name counts."""
    return path.rpartition("/")[2].startswith(PREFIX) and not path.endswith(_LEFT_OVER)


def _device(path: str, values: Mapping[str, str]) -> str:
    """SUSE names the interface by the file, Red Hat in it; there the file can have any name."""
    named = "" if path.startswith(f"{FOLDERS[0]}/") else path.rpartition("/")[2].removeprefix(PREFIX)
    return values.get("DEVICE", named)


def _is_bond(values: Mapping[str, str]) -> bool:
    said = bool(yes(values.get("BONDING_MASTER", ""))) or values.get("TYPE", "").lower() == "bond"
    return said or "BONDING_OPTS" in values or "BONDING_MODULE_OPTS" in values


def _is_off(values: Mapping[str, str]) -> bool:
    """Whether it is not brought up at boot."""
    return yes(values.get("ONBOOT", "yes")) is False or values.get("STARTMODE", "auto").lower() in _OFF


def _own_slaves(values: Mapping[str, str]) -> Iterator[str]:
    """SUSE names them in the bond's file: BONDING_SLAVE0, BONDING_SLAVE_1."""
    for key in sorted(values):
        if key.startswith("BONDING_SLAVE") and key.removeprefix("BONDING_SLAVE").lstrip("_").isdecimal():
            yield from names(values[key])


def _options(values: Mapping[str, str]) -> Options:
    chosen = Options()
    targets: dict[str, list[str]] = {"arp_ip_target": [], "ns_ip6_target": []}
    for word in (values.get("BONDING_OPTS") or values.get("BONDING_MODULE_OPTS", "")).split():
        option, _, value = word.partition("=")
        if option in targets:
            targets[option].append(value)
        else:
            chosen.take(option, value, word)
    for option, each in targets.items():
        if each:
            chosen.take(option, ",".join(each), f"{option}={','.join(each)}")
    return chosen


def _variables(text: str) -> dict[str, str]:
    """The assignments of a shell file; what is more than that is not understood."""
    values: dict[str, str] = {}
    for line in text.split("\n"):
        key, sign, value = line.strip().removeprefix("export ").partition("=")
        if sign and key.isascii() and key.isidentifier():
            values[key] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    quote = value[:1]
    if quote in ("'", '"'):
        return value[1:].partition(quote)[0].strip()
    return next(iter(value.partition("#")[0].split()), "")
