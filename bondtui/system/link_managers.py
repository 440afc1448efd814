"""Which network manager manages an interface, from the state files of NetworkManager and systemd-networkd.

NetworkManager writes /run/NetworkManager/devices/IFINDEX (src/core/nm-config.c), systemd-networkd
/run/systemd/netif/links/IFINDEX (src/network/networkd-state-file.c). Both leave files behind when they
end, and an interface of another network namespace can have the same index, so a file counts only
while its daemon runs in this namespace.
"""

from __future__ import annotations

import os

from bondtui.system.processes import Processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NETWORK_MANAGER, NETWORKD = "NetworkManager", "systemd-networkd"
STATE_FILES = {NETWORK_MANAGER: "run/NetworkManager/devices", NETWORKD: "run/systemd/netif/links"}
NOT_MANAGED = frozenset({"", "unmanaged", "linger"})
"""Values of ADMIN_STATE: ``linger`` is an interface that is gone. ``pending`` and ``initialized`` will be managed or
not in a moment, and count."""


class LinkManagers:
    """The network managers of this network namespace and what they say of an interface."""

    def __init__(self, root: str = "/") -> None:
        self._root = root
        self._processes = Processes(root)

    def of(self, indexes: Iterable[int]) -> dict[int, str]:
        """The manager by interface index, of those that are managed; raises OSError.

        A daemon whose namespace is hidden from us counts as one of ours: that asks once too often.
        """
        managed = {NETWORK_MANAGER: self._by_network_manager, NETWORKD: self._by_networkd}
        running = self._processes.named(frozenset(managed))
        here = [name for pid, name in running if self._processes.in_our_network(pid) is not False]
        return {index: name for index in indexes for name in here if managed[name](index)}

    def _by_network_manager(self, index: int) -> bool:
        """``managed`` is left out while NetworkManager has not decided; a connection means that it has."""
        state = self._state(NETWORK_MANAGER, index)
        said = state.get("managed", "true" if state.get("connection-uuid") else "")
        return said.lower() in ("true", "yes", "on", "1")

    def _by_networkd(self, index: int) -> bool:
        return self._state(NETWORKD, index).get("ADMIN_STATE", "") not in NOT_MANAGED

    def _state(self, manager: str, index: int) -> dict[str, str]:
        """The ``KEY=value`` lines of a state file; empty when there is none."""
        try:
            with open(os.path.join(self._root, STATE_FILES[manager], str(index)), "rb") as file:
                text = os.fsdecode(file.read())
        except FileNotFoundError:
            return {}
        pairs = (line.partition("=") for line in text.splitlines())
        return {key.strip(): value.strip() for key, _, value in pairs}
