"""What the files of systemd-networkd say of bonds: systemd.netdev(5), systemd.network(5), systemd.syntax(7).

netplan writes such files too, as ``/run/systemd/network/10-netplan-*``. Times are written as spans, and a bare number
is one of seconds (systemd.time(7)): ``MIIMonitorSec=100`` is 100 s.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from bondtui.core.configured_words import DELAYS, Options, Setting, is_name, unique, yes
from bondtui.model.around import Configured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDERS = (
    "/etc/systemd/network",
    "/run/systemd/network",
    "/usr/local/lib/systemd/network",
    "/usr/lib/systemd/network",
    "/lib/systemd/network",
)
"""The first that has a file of some name wins."""
NETPLAN = "/run/systemd/network/10-netplan-"
OPTIONS = {
    "Mode": "mode",
    "TransmitHashPolicy": "xmit_hash_policy",
    "LACPTransmitRate": "lacp_rate",
    "MIIMonitorSec": "miimon",
    "PeerNotifyDelaySec": "peer_notif_delay",
    "UpDelaySec": "updelay",
    "DownDelaySec": "downdelay",
    "LearnPacketIntervalSec": "lp_interval",
    "AdSelect": "ad_select",
    "AdActorSystemPriority": "ad_actor_sys_prio",
    "AdUserPortKey": "ad_user_port_key",
    "AdActorSystem": "ad_actor_system",
    "FailOverMACPolicy": "fail_over_mac",
    "ARPValidate": "arp_validate",
    "ARPIntervalSec": "arp_interval",
    "ARPIPTargets": "arp_ip_target",
    "ARPAllTargets": "arp_all_targets",
    "ARPMissedMax": "arp_missed_max",
    "PrimaryReselectPolicy": "primary_reselect",
    "ResendIGMP": "resend_igmp",
    "PacketsPerSlave": "packets_per_slave",
    "GratuitousARP": "num_grat_arp",
    "AllSlavesActive": "all_slaves_active",
    "DynamicTransmitLoadBalancing": "tlb_dynamic_lb",
    "MinLinks": "min_links",
}
"""The kernel's name of each key of ``[Bond]``."""
_UNITS = {
    **dict.fromkeys(("us", "usec", "\N{MICRO SIGN}s", "\N{GREEK SMALL LETTER MU}s"), 0.001),
    **dict.fromkeys(("ms", "msec"), 1.0),
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), 1000.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60_000.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3_600_000.0),
    **dict.fromkeys(("d", "day", "days"), 86_400_000.0),
}
LONGEST_SPAN = 64
PATTERNS_AT_MOST = 64
"""Of all files together; beyond that it is not known what matches."""
PATTERN_LENGTH = 64
SLAVES_AT_MOST = 1024
TARGETS_AT_MOST = 17
"""One more than the driver takes (BOND_MAX_ARP_TARGETS)."""


def read(files: Mapping[str, str | None]) -> Iterator[Configured]:
    """What the files say, by path; ``None`` is a file that could not be read."""
    tree = _Tree(files)
    slaves = _Slaves()
    for path in tree.in_force(".network"):
        slaves.take(path, tree.settings(path))
    seen: set[str] = set()
    for path in tree.in_force(".netdev"):
        found = tree.settings(path) or ()
        head = {each.key: each.value for each in found if each.section == "NetDev"}
        name = head.get("Name", "")
        if head.get("Kind") != "bond" or not is_name(name) or name in seen or _conditional(found):
            continue
        seen.add(name)
        yield _configured(name, path, _options(found), slaves)
    for name, path in slaves.path.items():
        if name not in seen:
            yield _configured(name, path, Options(), slaves)


def _configured(name: str, path: str, chosen: Options, slaves: _Slaves) -> Configured:
    for option, slave, written in slaves.chosen.get(name, ()):
        chosen.take(option, slave, written)
    manager = "netplan" if path.startswith(NETPLAN) else "systemd-networkd"
    mine = slaves.names.get(name)
    return Configured(manager, path, name, chosen.options, chosen.written, unique(mine) if mine else None)


def _options(found: Sequence[Setting]) -> Options:
    chosen = Options()
    targets: list[str] = []
    for _, key, value in (each for each in found if each.section == "Bond"):
        option = OPTIONS.get(key, "")
        if option == "arp_ip_target":
            targets = [*targets, value][-TARGETS_AT_MOST:] if value else []  # an empty one clears the list
        elif option:
            chosen.take(option, _with_unit(option, value) or "", f"{key}={value}")
    if targets:
        chosen.take("arp_ip_target", " ".join(targets), f"ARPIPTargets={' '.join(targets)}")
    if chosen.options.get("arp_interval", "0") == "0":
        chosen.drop("lp_interval")  # only sent with an ARP interval (src/network/netdev/bond.c)
    return chosen


def _with_unit(option: str, value: str) -> str | None:
    """The value in the kernel's unit; words for numbers are not taken here (there is no ``Mode=1``)."""
    if option in DELAYS or option == "lp_interval":
        span = milliseconds(value)
        return None if span is None else str(span if option in DELAYS else span // 1000)
    if option in ("mode", "xmit_hash_policy", "lacp_rate", "fail_over_mac", "arp_validate") and value.isdecimal():
        return None
    return value


def milliseconds(text: str) -> int | None:
    """A time span: ``100ms``, ``1s 500ms``, ``0.1``, ``1min``; ``None`` if it is none."""
    if not text or len(text) > LONGEST_SPAN or not text.isprintable():
        return None
    total, rest = 0.0, text.strip()
    while rest:
        digits = len(rest) - len(rest.lstrip("0123456789."))
        number, rest = rest[:digits], rest[digits:].lstrip()
        letters = next((at for at, each in enumerate(rest) if not each.isalpha()), len(rest))
        unit, rest = rest[:letters], rest[letters:].lstrip()
        if unit not in _UNITS or number.count(".") > 1 or not number.strip("."):
            return None
        total += float(number) * _UNITS[unit]
    return int(total + 1e-6) if total < 2**53 else None


class _Slaves:
    """Which interfaces the .network files put into which bond: of several that match one, the first counts."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        self.path: dict[str, str] = {}
        """The first file that names the bond."""
        self.chosen: dict[str, list[tuple[str, str, str]]] = {}
        """By bond: option, slave, and how it is written."""
        self._taken: set[str] = set()
        self._patterns: list[str] = []
        self._doubt = False
        """An earlier file may match anything: nobody knows what the later ones mean."""
        self._count = 0

    def take(self, path: str, found: Sequence[Setting] | None) -> None:
        """Take one file, in order."""
        if found is None:
            self._doubt = True
            return
        match = [each for each in found if each.section == "Match"]
        words = [word for each in match if each.key == "Name" for word in each.value.split()]
        plain = [word for word in words if is_name(word) and not word.startswith("!")]
        self._enslave(path, found, [each for each in unique(plain) if self._is_free(each)])
        if not match or _of_another_type(match):
            return
        self._taken.update(plain)
        self._patterns += [word for word in words if not is_name(word)]
        undecided = not words or any(word.startswith("!") or len(word) > PATTERN_LENGTH for word in words)
        self._doubt = self._doubt or undecided or len(self._patterns) > PATTERNS_AT_MOST

    def _is_free(self, name: str) -> bool:
        self._count += 1
        return (
            not self._doubt
            and self._count <= SLAVES_AT_MOST
            and name not in self._taken
            and not any(fnmatchcase(name, pattern) for pattern in self._patterns)
        )

    def _enslave(self, path: str, found: Sequence[Setting], free: list[str]) -> None:
        network = {each.key: each.value for each in found if each.section == "Network"}
        bond = network.get("Bond", "")
        if not is_name(bond):
            return
        self.path.setdefault(bond, path)
        self.names.setdefault(bond, []).extend(free)
        for key, option in (("PrimarySlave", "primary"), ("ActiveSlave", "active_slave")):
            if yes(network.get(key, "")) and len(free) == 1:
                written = f"{key}={network[key]} in {path}"
                self.chosen.setdefault(bond, []).append((option, free[0], written))


def _of_another_type(match: Sequence[Setting]) -> bool:
    """Whether the file is for a type of interface that is never a slave by its own name, such as wlan."""
    types = [word for each in match if each.key == "Type" for word in each.value.split()]
    return bool(types) and not any(word.startswith("!") or fnmatchcase("ether", word[:64]) for word in types[:16])


def _conditional(found: Sequence[Setting]) -> bool:
    """Whether the file counts only on some hosts, kernels or architectures."""
    return any(each.section == "Match" for each in found)


class _Tree:
    """The files by folder."""

    def __init__(self, files: Mapping[str, str | None]) -> None:
        self._files = files
        self._folders: dict[str, dict[str, str]] = {}
        for path in files:
            folder, _, base = path.rpartition("/")
            self._folders.setdefault(folder, {})[base] = path

    def in_force(self, suffix: str, below: str = "") -> list[str]:
        """The paths of the files that are not hidden by others of their name, in the order of their names."""
        best: dict[str, str] = {}
        for folder in reversed(FOLDERS):
            best.update(self._folders.get(folder + below, {}))
        return [path for base, path in sorted(best.items()) if base.endswith(suffix)]

    def settings(self, path: str) -> list[Setting] | None:
        """The settings of a file and its drop-ins; ``None`` when one of them could not be read. An empty file has none."""
        found: list[Setting] = []
        if not (self._files[path] or "").strip() and self._files[path] is not None:
            return found
        for each in (path, *self.in_force(".conf", f"/{path.rpartition('/')[2]}.d")):
            text = self._files[each]
            if text is None:
                return None
            found += settings(text)
        return found


def settings(text: str) -> Iterator[Setting]:
    """The assignments of a unit file; a backslash at the end joins lines, comments between them are passed over."""
    section = ""
    parts: list[str] = []
    for line in (*text.split("\n"), ""):
        bare = line.strip()
        if bare[:1] in ("#", ";"):
            continue
        if bare.endswith("\\"):
            parts.append(bare[:-1])
            continue
        whole = " ".join((*parts, bare)).strip()
        parts.clear()
        if whole.startswith("[") and whole.endswith("]"):
            section = whole[1:-1]
            continue
        key, sign, value = whole.partition("=")
        if sign:
            yield Setting(section, key.strip(), value.strip())
