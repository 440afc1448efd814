"""What the configuration files of the network managers say of each bond. Any text is accepted.

netplan is read only through the files that it generates for systemd-networkd and NetworkManager.
"""

from __future__ import annotations

from bondtui.core import configured_ifcfg, configured_ifupdown, configured_networkd, configured_profiles
from bondtui.model.around import Configured
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Files(NamedTuple):
    """The texts of the configuration files by their paths on the machine; ``None`` is one that could not be read."""

    networkd: Mapping[str, str | None] = {}
    """``.netdev`` and ``.network`` files and the ``.conf`` files in their folders of drop-ins."""
    profiles: Mapping[str, str | None] = {}
    """NetworkManager's keyfiles."""
    ifupdown: Mapping[str, str | None] = {}
    """/etc/network/interfaces and what it sources, in this order."""
    ifcfg: Mapping[str, str | None] = {}


def read(files: Files) -> tuple[Configured, ...]:
    """All that the files say of bonds. Never raises; takes time in proportion to the length of the texts."""
    return (
        *configured_networkd.read(files.networkd),
        *configured_profiles.read(files.profiles),
        *configured_ifupdown.read(files.ifupdown),
        *configured_ifcfg.read(files.ifcfg),
    )
