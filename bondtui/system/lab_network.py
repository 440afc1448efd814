"""Builds the network of a lab with ``ip``: the machine's end in the calling thread's network namespace, the peer in another.

Raises LabError; with status 64 for an option of a bond that is refused, in the words of who refuses it.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time

from bondtui.core import lacp, proc_bonding
from bondtui.lab import building
from bondtui.lab.layout import BRIDGE
from bondtui.ports import LabError
from bondtui.system.lab_places import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bondtui.model.lab import LabBond

SWITCH = "switch"
"""The network namespace of the peer, under that name for ``ip netns``."""
WRONG_USAGE = 64
ACTIVE_S = 5.0
"""So long slaves may take to come up before one of them is made the active one."""
POLL_S = 0.02
SETTINGS = (
    ("all/rp_filter", "0"),
    ("default/rp_filter", "0"),
    ("all/arp_ignore", "1"),
    ("all/arp_announce", "2"),
)
"""In the switch: its hosts are in one network, and each must answer for itself only, through its own interface
(Documentation/networking/ip-sysctl.rst)."""
HINTS = {
    "Operation not permitted": "Operation not permitted (a delay is in multiples of miimon, which is 0)",
    "Permission denied": "Permission denied (this mode does not have it)",
}
"""What the driver means by two errors that sound like a lack of privilege (drivers/net/bonding/bond_options.c)."""

_OF_THE_KERNEL = re.compile(r"^(?:RTNETLINK answers: |Error: (?!argument |either |duplicate ))(.+?)\.?$", re.MULTILINE)
"""How ``ip`` passes on what the kernel has said; what it says itself about arguments is left out."""


def build(bonds: Sequence[LabBond], traffic: str) -> None:
    """Make the network namespace of the switch and everything in both; raises LabError."""
    for bond in bonds:
        if wrong := building.mistake(bond):
            raise LabError(wrong, WRONG_USAGE)
    with_ipv6 = os.path.exists("/proc/net/if_inet6")
    machine = str(threading.get_native_id())
    there, here = ["link set lo up"], ["link set lo up"]
    for bond in bonds:
        there += building.cable_lines(bond, machine)
        there += building.switch_lines(bond, traffic, with_ipv6=with_ipv6)
        here += building.machine_lines(bond, with_ipv6=with_ipv6)
    _must(("netns", "add", SWITCH))
    try:
        within(SWITCH, _set_up_switch)
    except OSError as error:
        raise LabError(f"the lab cannot be built: {error.filename}: {error.strerror}") from error
    _must(("-n", SWITCH, "-batch", "-"), there)
    if _ip(("-batch", "-"), [building.bond_line(bond) for bond in bonds] + here):
        _ip(("-force", "-batch", "-"), [building.no_bond_line(bond) for bond in bonds])
        for bond in bonds:
            _make_with_care(bond)
        _must(("-batch", "-"), here)
    for bond in bonds:
        _set_late(bond)


def settled(bonds: Sequence[LabBond], seconds: float) -> bool:
    """Wait until all slaves are up, and with LACP until both ends carry; whether that came about in time."""
    deadline = time.monotonic() + seconds
    left = list(bonds)
    while True:
        left = [bond for bond in left if not _is_ready(bond)]
        if not left or time.monotonic() >= deadline:
            return not left
        time.sleep(POLL_S)


def _set_up_switch() -> None:
    for name, value in SETTINGS:
        with open(f"/proc/sys/net/ipv4/conf/{name}", "w", encoding="ascii") as file:
            file.write(value)


# Options


def _make_with_care(bond: LabBond) -> None:
    """Make a bond with one option more at a time, so that the one that is refused is known; raises LabError with it.

    What this ``ip`` does not know, or not by that value, is written to sysfs.
    """
    taken: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    for option in building.early(bond):
        tried = building.bond_line(bond, [*taken, option]), building.no_bond_line(bond)
        if said := _ip(("-batch", "-"), tried):
            if _OF_THE_KERNEL.search(said):
                raise _refused(bond, option, said)
            rest.append(option)
        else:
            taken.append(option)
    _must(building.bond_line(bond, taken).split())
    for option in rest:
        _write(bond, option)


def _set_late(bond: LabBond) -> None:
    """What names a slave: it must be in the bond, and up before it can be the active one."""
    for option in building.late(bond):
        key, value = option
        if key == "active_slave":
            settled((bond,), ACTIVE_S)
        for line in building.late_lines(bond, option):
            if (said := _ip(line.split())) and (key in building.OF_SLAVES or _OF_THE_KERNEL.search(said)):
                raise _refused(bond, option, said)
            if said:
                _write(bond, (key, value))


def _write(bond: LabBond, option: tuple[str, str]) -> None:
    """Set an option by its file in sysfs; raises LabError."""
    key, value = option
    name = building.NAMES_OF_SYSFS.get(key, key)
    try:
        file = os.open(f"/sys/class/net/{bond.name}/bonding/{name}", os.O_WRONLY)
        try:
            os.write(file, value.encode())
        finally:
            os.close(file)
    except FileNotFoundError:
        raise LabError(
            f"there is no option {key} for {bond.name}: neither ip nor this kernel knows it", WRONG_USAGE
        ) from None
    except OSError as error:
        raise _refused(bond, option, f"RTNETLINK answers: {error.strerror}") from error


def _refused(bond: LabBond, option: tuple[str, str], said: str) -> LabError:
    words = _words(said)
    text = f"{'='.join(option)} for {bond.name} ({bond.mode}): {HINTS.get(words, words)}"
    return LabError(f"the kernel refuses {text}", WRONG_USAGE)


# Waiting


def _is_ready(bond: LabBond) -> bool:
    """Whether all slaves are up and carry, and the peer's ports as well."""
    for slave in bond.slaves:
        if _told(slave, "mii_status") != "up":
            return False
        states = [_told(slave, f"ad_{end}_oper_port_state") for end in ("actor", "partner")]
        if bond.mode == "802.3ad" and not all(each.isdecimal() for each in states):
            return False
        if bond.mode == "802.3ad" and not lacp.carries(*map(int, states)):
            return False
    return bond.peer_kind == BRIDGE or within(SWITCH, lambda: _ports_are_up(bond))


def _told(slave: str, name: str) -> str:
    """A file that the driver has for a slave; ``""`` where there is none."""
    try:
        with open(f"/sys/class/net/{slave}/bonding_slave/{name}", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _ports_are_up(bond: LabBond) -> bool:
    """Whether the peer, which is a bond as well, has all its ports up."""
    try:
        with open(f"/proc/thread-self/net/bonding/{bond.peer}", encoding="utf-8") as file:
            told = proc_bonding.parse(file.read())
    except OSError:
        return False
    return all(told.slaves.get(port, {}).get("MII Status") == "up" for port in bond.ports)


# The command


def _must(arguments: Sequence[str], lines: Sequence[str] = ()) -> None:
    """Run ``ip``; raises LabError with its words."""
    if said := _ip(arguments, lines):
        raise LabError(f"the lab cannot be built: {_words(said)}")


def _ip(arguments: Sequence[str], lines: Sequence[str] = ()) -> str:
    """Run ``ip`` with these lines as its input; ``""`` if it did everything, else what it said."""
    text = "".join(f"{line}\n" for line in lines)
    try:
        done = subprocess.run(
            ("ip", *arguments), input=text, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        return f"ip: {error.strerror}"
    return "" if done.returncode == 0 else done.stderr.strip() or f"ip ended with status {done.returncode}"


def _words(said: str) -> str:
    """The one line of it that says what is wrong."""
    found = _OF_THE_KERNEL.search(said)
    return found[1] if found else said.partition("\n")[0]
