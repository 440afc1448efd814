"""The devices under slaves, as sysfs places them. The root is handed in."""

from __future__ import annotations

import os

from bondtui.core import devices as paths
from bondtui.model.around import Device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bondtui.model.bond import Slave


def devices(root: str, slaves: Iterable[Slave]) -> tuple[dict[int, Device], str]:
    """By slave, and why some of them could not be had; ``""`` if all could."""
    found, trouble = {}, ""
    for slave in slaves:
        folder = os.path.join(os.fsencode(root), b"sys/class/net", os.fsencode(slave.name))
        try:
            if _ifindex(folder) == slave.ifindex:
                found[slave.ifindex] = _device(folder)
            else:
                trouble = "sysfs shows the interfaces of another network namespace"
        except FileNotFoundError:
            trouble = "sysfs does not show the interfaces of this network namespace"
        except OSError as error:
            trouble = f"sysfs cannot be read ({error.strerror})"
    return found, trouble


def _ifindex(folder: bytes) -> int | None:
    with open(folder + b"/ifindex", "rb") as file:
        text = file.read().strip()
    return int(text) if text.isdigit() else None


def _device(folder: bytes) -> Device:
    """A symbolic link to the device; a virtual function has one to its physical one in there."""
    device = folder + b"/device"
    if not os.path.lexists(device):
        return paths.VIRTUAL
    physical = device + b"/physfn"
    return paths.device(_path(device), _path(physical) if os.path.lexists(physical) else None)


def _path(link: bytes) -> str:
    return os.fsdecode(os.path.realpath(link))
