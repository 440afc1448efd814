"""Read /sys/class/net and /proc/net/bonding. The root is handed in; what is not there is ``None``."""

from __future__ import annotations

import errno
import os

from bondtui.core import proc_bonding
from bondtui.core.proc_bonding import ProcBonding
from bondtui.model.bond import Hardware

NOT_OFFERED = frozenset(
    {errno.ENOENT, errno.ENODEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EIO}
)


class HostFiles:
    """The files under /proc and /sys that tell what rtnetlink does not."""

    def __init__(self, root: str = "/") -> None:
        self._root = root

    def bonding_loaded(self) -> bool:
        """Whether the bonding driver is in the running kernel."""
        return any(
            os.path.exists(os.path.join(self._root, path))
            for path in ("proc/net/bonding", "sys/class/net/bonding_masters", "sys/module/bonding")
        )

    def proc_bonding(self, bond: str) -> ProcBonding | None:
        """The parsed /proc/net/bonding file of this bond."""
        text = self._text("proc/net/bonding", bond)
        return None if text is None else proc_bonding.parse(text)

    def speed_and_duplex(self, name: str, ifindex: int) -> tuple[int | None, str | None] | None:
        """Link speed in Mb/s and duplex; ``None`` as a whole when sysfs refuses to say.

        sysfs may be mounted for another network namespace, where the same name is another
        interface: then it refuses too.
        """
        if self._text("sys/class/net", name, "ifindex") != str(ifindex):
            return None
        speed = self._text("sys/class/net", name, "speed")
        if speed is None:
            return None
        duplex = self._text("sys/class/net", name, "duplex")
        known = int(speed) if speed.isdecimal() else 0
        return known or None, duplex if duplex in ("full", "half") else None

    def device(self, name: str, ifindex: int) -> Hardware:
        """Driver and bus address of the device under an interface; a virtual one has none."""
        if self._text("sys/class/net", name, "ifindex") != str(ifindex):
            return Hardware()
        device = self._link("sys/class/net", name, "device")
        return Hardware(driver=self._link("sys/class/net", name, "device", "driver"), bus_info=device)

    def _path(self, *parts: str) -> bytes:
        return os.fsencode(self._root) + b"/" + b"/".join(os.fsencode(part) for part in parts)

    def _text(self, *parts: str) -> str | None:
        """The whole file in one go (it may change between two reads), without the last newline."""
        try:
            with open(self._path(*parts), "rb", buffering=0) as file:
                return file.read().decode("utf-8", "surrogateescape").removesuffix("\n")
        except OSError as error:
            if error.errno in NOT_OFFERED:
                return None
            raise

    def _link(self, *parts: str) -> str | None:
        """The last part of the path that a symbolic link points to."""
        try:
            return os.path.basename(os.fsdecode(os.readlink(self._path(*parts))))
        except OSError as error:
            if error.errno in NOT_OFFERED:
                return None
            raise
