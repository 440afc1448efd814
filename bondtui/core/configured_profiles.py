"""What NetworkManager's keyfiles say of bonds: nm-settings-keyfile(5).

netplan writes such files too, as ``/run/NetworkManager/system-connections/netplan-*``. Without a miimon and without an
arp_interval NetworkManager sets a miimon of 100; what is not written is not told here.
"""

from __future__ import annotations

from bondtui.core.configured_words import Options, is_name, yes
from bondtui.model.around import Configured
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDERS = (
    "/run/NetworkManager/system-connections",
    "/etc/NetworkManager/system-connections",
    "/usr/lib/NetworkManager/system-connections",
)
"""The first that has a profile of some UUID wins."""
NETPLAN = "/run/NetworkManager/system-connections/netplan-"
SUFFIX = ".nmconnection"


class _Profile(NamedTuple):
    """One keyfile: its values by section and key."""

    path: str
    values: dict[str, dict[str, str]]

    def of(self, *keys: str) -> str:
        """The first of these keys of ``[connection]`` that has a value."""
        section = self.values.get("connection", {})
        return next((section[key] for key in keys if section.get(key)), "")

    @property
    def interface(self) -> str:
        """The interface it is for; ``""`` if it is not bound to one by name."""
        return self.of("interface-name") or self.values.get("bond", {}).get("interface-name", "")

    @property
    def starts_itself(self) -> bool:
        """Whether it is activated without being asked for."""
        return yes(self.of("autoconnect") or "true") is not False

    @property
    def generated(self) -> bool:
        """Whether NetworkManager wrote down what it found running: that is no configuration."""
        return any(yes(self.values.get(each, {}).get("nm-generated", "")) for each in (".nmmeta", "nmmeta"))


def read(files: Mapping[str, str | None]) -> Iterator[Configured]:
    """What the keyfiles say, by path; ``None`` is a file that could not be read, and is passed over."""
    profiles = _in_force(files)
    bonds = [each for each in profiles if each.of("type") == "bond" and is_name(each.interface)]
    started = {each.interface for each in bonds if each.starts_itself}
    chosen = [each for each in bonds if each.starts_itself or each.interface not in started]
    names = {uuid: each.interface for each in bonds if (uuid := each.of("uuid"))}
    ports = _ports(profiles, names)
    for each in chosen:
        slaves = ports.get(each.interface)
        yield _configured(each, each.interface, tuple(slaves) if slaves else None)
    for bond in sorted(ports.keys() - {each.interface for each in bonds}):
        path = next(iter(ports[bond].values()))
        yield Configured(_manager(path), path, bond, slaves=tuple(ports[bond]))


def _configured(profile: _Profile, bond: str, slaves: tuple[str, ...] | None) -> Configured:
    options = Options()
    values = {key: value for key, value in profile.values.get("bond", {}).items() if key != "interface-name"}
    if "active_slave" in values:  # what NetworkManager once called the primary
        values.setdefault("primary", values.pop("active_slave"))
    for key, value in values.items():
        options.take(key, value, f"{key}={value}")
    return Configured(_manager(profile.path), profile.path, bond, options.options, options.written, slaves)


def _ports(profiles: list[_Profile], names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The slaves by bond, each with the path of the profile that says so."""
    found: dict[str, dict[str, str]] = {}
    for each in profiles:
        if each.of("port-type", "slave-type") != "bond" or not each.starts_itself or not is_name(each.interface):
            continue
        controller = each.of("controller", "master")
        bond = names.get(controller, controller)
        if is_name(bond):
            found.setdefault(bond, {}).setdefault(each.interface, each.path)
    return found


def _in_force(files: Mapping[str, str | None]) -> list[_Profile]:
    """The profiles that are not hidden by others of their UUID."""
    found: dict[str, _Profile] = {}
    for folder in FOLDERS:
        for path, text in sorted(files.items()):
            parent, _, base = path.rpartition("/")
            if parent != folder or text is None or not is_profile(base, legacy=folder == FOLDERS[1]):
                continue
            profile = _Profile(path, _values(text))
            found.setdefault(profile.of("uuid") or path, profile)
    return [each for each in found.values() if not each.generated]


def is_profile(base: str, *, legacy: bool) -> bool:
    """Whether NetworkManager reads a file of this name; older ones in /etc have no suffix."""
    if base.startswith(".") or base.endswith("~"):
        return False
    return base.endswith(SUFFIX) or (legacy and "." not in base)


def _values(text: str) -> dict[str, dict[str, str]]:
    values: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in text.split("\n"):
        bare = line.strip()
        if bare.startswith("#"):
            continue
        if bare.startswith("[") and bare.endswith("]"):
            section = values.setdefault(bare[1:-1], {})
            continue
        key, sign, value = bare.partition("=")
        if sign:
            section[key.strip()] = value.strip()
    return values


def _manager(path: str) -> str:
    return "netplan" if path.startswith(NETPLAN) else "NetworkManager"
