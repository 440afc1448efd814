"""Files under a root of our own: what is not there is None, and another interface's facts are not taken."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from bondtui.model.bond import Hardware
from bondtui.system import sysfs
from bondtui.system.sysfs import NOT_OFFERED, HostFiles

IFINDEX = 4


class Host:
    """A /proc and /sys that hold what a test writes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = HostFiles(str(root))

    def write(self, path: str, text: str) -> None:
        target = os.path.join(os.fsencode(self.root), os.fsencode(path))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(os.fsencode(text))

    def interface(self, name: str = "eno1", *, ifindex: int = IFINDEX, **files: str) -> None:
        for file, text in {"ifindex": str(ifindex), **files}.items():
            self.write(f"sys/class/net/{name}/{file}", text + "\n")

    def device(self, name: str = "eno1", bus: str = "0000:04:00.0", driver: str | None = "ixgbe") -> None:
        device = self.root / "sys/devices" / bus
        device.mkdir(parents=True)
        if driver is not None:
            (device / "driver").symlink_to(f"../../bus/pci/drivers/{driver}")
        (self.root / "sys/class/net" / name / "device").symlink_to(f"../../../devices/{bus}")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.mark.parametrize(
    ("speed", "duplex", "expected"),
    [
        ("10000", "full", (10_000, "full")),
        ("100", "half", (100, "half")),
        ("-1", "unknown", (None, None)),
        ("-1", "full", (None, "full")),
        ("0", "full", (None, "full")),
        ("", "", (None, None)),
        ("what", "what", (None, None)),
    ],
)
def test_speed_and_duplex_are_what_the_file_says_or_none(
    host: Host, speed: str, duplex: str, expected: tuple[int | None, str | None]
) -> None:
    host.interface(speed=speed, duplex=duplex)
    assert host.files.speed_and_duplex("eno1", IFINDEX) == expected


def test_a_speed_without_a_duplex_is_a_speed(host: Host) -> None:
    host.interface(speed="1000")
    assert host.files.speed_and_duplex("eno1", IFINDEX) == (1000, None)


def test_an_interface_that_is_not_there_tells_nothing(host: Host) -> None:
    assert host.files.speed_and_duplex("eno1", IFINDEX) is None
    assert host.files.device("eno1", IFINDEX) == Hardware()


def test_no_speed_file_is_a_refusal(host: Host) -> None:
    host.interface(duplex="full")
    assert host.files.speed_and_duplex("eno1", IFINDEX) is None


def refusing(code: int, of: bytes) -> Any:
    """An ``open`` that fails for files with this ending, as a driver's attribute can."""

    def opened(path: bytes, *rest: Any, **more: Any) -> Any:
        if path.endswith(of):
            raise OSError(code, os.strerror(code))
        return open(path, *rest, **more)

    return opened


@pytest.mark.parametrize("code", sorted(NOT_OFFERED))
def test_a_file_that_answers_with_an_error_tells_nothing(
    host: Host, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    host.interface(speed="1000", duplex="full")
    monkeypatch.setattr(sysfs, "open", refusing(code, b"/speed"), raising=False)
    assert host.files.speed_and_duplex("eno1", IFINDEX) is None


def test_a_link_that_is_down_has_no_speed(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    assert errno.EINVAL in NOT_OFFERED
    host.interface(speed="", duplex="full")
    monkeypatch.setattr(sysfs, "open", refusing(errno.EINVAL, b"/speed"), raising=False)
    assert host.files.speed_and_duplex("eno1", IFINDEX) is None


def test_an_error_nobody_expects_is_not_swallowed(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.interface(speed="1000")
    monkeypatch.setattr(sysfs, "open", refusing(errno.EMFILE, b"/speed"), raising=False)
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        host.files.speed_and_duplex("eno1", IFINDEX)


def test_the_device_tells_driver_and_bus(host: Host) -> None:
    host.interface()
    host.device()
    assert host.files.device("eno1", IFINDEX) == Hardware(driver="ixgbe", bus_info="0000:04:00.0")


def test_a_device_without_a_driver_has_a_bus_all_the_same(host: Host) -> None:
    host.interface()
    host.device(driver=None)
    assert host.files.device("eno1", IFINDEX) == Hardware(bus_info="0000:04:00.0")


def test_a_virtual_interface_has_no_device(host: Host) -> None:
    host.interface()
    assert host.files.device("eno1", IFINDEX) == Hardware()


def test_the_same_name_in_another_namespace_is_another_interface(host: Host) -> None:
    host.interface(ifindex=IFINDEX + 1, speed="10000", duplex="full")
    host.device()
    assert host.files.speed_and_duplex("eno1", IFINDEX) is None
    assert host.files.device("eno1", IFINDEX) == Hardware()


@pytest.mark.parametrize("name", ["b\udcff", "[red]x", "漢字", "e\x1b[31m"])
def test_names_of_any_bytes_are_found(host: Host, name: str) -> None:
    host.interface(name, speed="1000", duplex="full")
    host.write(f"proc/net/bonding/{name}", f"Slave Interface: {name}\nActor Churn State: none\n")
    assert host.files.speed_and_duplex(name, IFINDEX) == (1000, "full")
    proc = host.files.proc_bonding(name)
    assert proc is not None
    assert proc.lacp(name).actor_churn == "none"


def test_a_bond_without_a_proc_file_is_none(host: Host) -> None:
    assert host.files.proc_bonding("bond0") is None


@pytest.mark.parametrize("sign", ["proc/net/bonding/x", "sys/class/net/bonding_masters", "sys/module/bonding/x"])
def test_any_trace_of_the_driver_will_do(host: Host, sign: str) -> None:
    assert not host.files.bonding_loaded()
    host.write(sign, "")
    assert host.files.bonding_loaded()
