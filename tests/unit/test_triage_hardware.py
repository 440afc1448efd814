"""Rules about what slaves are made of and where their cables end: each fires, and is silent on what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.model.around import Around, Device, Neighbour
from bondtui.model.bond import ACTIVE_BACKUP, BALANCE_RR, BALANCE_TLB, BALANCE_XOR, LACP, Bond, Hardware
from bondtui.triage import hardware
from bondtui.triage.case import Case
from bondtui.triage.rule import Sign
from tests.builders import a_bond, a_pair, a_slave

NIC, OTHER_NIC = Device("0000:04:00"), Device("0000:3b:00")
SWITCH, OTHER_SWITCH = Neighbour("00:23:04:ee:be:01", "sw1", "e17"), Neighbour("44:4c:a8:12:7d:c5", None, None)
INFINIBAND = ":".join(["80"] * 20)


def signs(bond: Bond, **around: Any) -> dict[str, Sign]:
    """What the rules have found, by name; each finds one thing of a bond at most."""
    found = {rule.name: list(rule.look(Case(bond, around=Around(**around)))) for rule in hardware.RULES}
    assert all(len(each) <= 1 for each in found.values())
    return {name: each[0] for name, each in found.items() if each}


def of_driver(*drivers: str | None, hwaddr: str | None = None, **bond: Any) -> Bond:
    """A bond of eno1, eno2, ... with these drivers."""
    slaves = [
        a_slave(f"eno{number}", 1 + number, hardware=Hardware(driver=driver), hwaddr=hwaddr)
        for number, driver in enumerate(drivers, 1)
    ]
    return a_bond(*slaves, **{"fail_over_mac": "none", **bond})


def test_ports_of_one_adapter_are_told() -> None:
    sign = signs(a_pair(), devices={2: NIC, 3: NIC})["same-nic"]
    assert sign.evidence == ("eno1 on adapter 0000:04:00", "eno2 on adapter 0000:04:00")
    assert sign.next_step.startswith("'ethtool -i eno1'; ")


def test_adapters_behind_one_bus_device_are_told() -> None:
    below = {2: NIC._replace(parent="0000:02:00.0"), 3: OTHER_NIC._replace(parent="0000:02:00.0")}
    assert signs(a_pair(), devices=below)["same-nic"].evidence == (
        "eno1 behind 0000:02:00.0",
        "eno2 behind 0000:02:00.0",
    )


@pytest.mark.parametrize(
    "devices",
    [
        {},
        {2: NIC},
        {2: NIC, 3: OTHER_NIC},
        {2: NIC._replace(parent="a"), 3: OTHER_NIC},
        {2: NIC._replace(parent="a"), 3: OTHER_NIC._replace(parent="b")},
        {2: Device(virtual=True), 3: Device(virtual=True)},
    ],
)
def test_what_is_apart_or_not_known_is_not_one_adapter(devices: dict[int, Device]) -> None:
    assert "same-nic" not in signs(a_pair(), devices=devices)


def test_one_slave_shares_its_adapter_with_nobody() -> None:
    assert "same-nic" not in signs(a_bond(a_slave()), devices={2: NIC})


def test_three_slaves_on_two_adapters_survive_the_end_of_one() -> None:
    bond = a_bond(a_slave("eno1", 2), a_slave("eno2", 3), a_slave("eno3", 4))
    assert "same-nic" not in signs(bond, devices={2: NIC, 3: NIC, 4: OTHER_NIC})


def test_the_slots_of_a_virtual_machine_are_made_up() -> None:
    assert "same-nic" not in signs(of_driver("virtio_net", "virtio_net"), devices={2: NIC, 3: NIC})


def test_virtual_slaves_are_told_whoever_tells_it() -> None:
    assert signs(of_driver("virtio_net", "ixgbe"))["virtual-slave"].evidence == ("eno1 driver virtio_net",)
    sign = signs(a_pair(), devices={3: Device(virtual=True)})["virtual-slave"]
    assert sign.evidence == ("eno2 has no device",)
    assert sign.summary.startswith("eno2 is virtual: its carrier")
    first = a_slave("veth1", 2)
    assert "virtual-slave" in signs(a_bond(first._replace(link=first.link._replace(kind="veth"))))


def test_the_arp_monitor_sees_through_what_is_virtual() -> None:
    bond = of_driver("virtio_net", "virtio_net", miimon=0, arp_interval=250)
    assert not signs(bond).keys() & {"virtual-slave", "carrier-blind"}
    in_a_mode_without = of_driver("virtio_net", "virtio_net", mode=BALANCE_TLB)
    assert "this mode has none" in signs(in_a_mode_without)["virtual-slave"].next_step


def test_hardware_is_not_virtual() -> None:
    assert signs(of_driver("ixgbe", "i40e"), devices={2: NIC, 3: OTHER_NIC}) == {}


@pytest.mark.parametrize("driver", sorted(hardware.HYPERVISOR_DRIVERS))
def test_the_carrier_of_a_hypervisor_alone_is_watched(driver: str) -> None:
    sign = signs(of_driver(driver, driver))["carrier-blind"]
    assert sign.evidence[:2] == ("miimon 100", "arp_interval 0")
    assert sign.fix is not None
    assert sign.fix.options["arp_validate"] == "active"


@pytest.mark.parametrize(
    "bond",
    [
        of_driver("virtio_net", "virtio_net", mode=LACP),
        of_driver("virtio_net", "virtio_net", miimon=0),
        of_driver("virtio_net", "virtio_net", miimon=None),
        of_driver("virtio_net", "virtio_net", arp_interval=250),
        of_driver("virtio_net"),
        of_driver("ixgbe", "ixgbe"),
        of_driver(None, None),
        of_driver("veth", "veth"),
    ],
)
def test_other_bonds_are_not_blind(bond: Bond) -> None:
    assert "carrier-blind" not in signs(bond)


@pytest.mark.parametrize(
    ("bond", "confidence", "severity"),
    [
        (of_driver("hv_netvsc", "hv_netvsc"), "likely", ""),
        (of_driver("virtio_net", "virtio_net"), "possible", "medium"),
        (of_driver("mlx5_core", "mlx5_core", hwaddr=INFINIBAND), "certain", ""),
        (of_driver("mlx5_core[ib_ipoib]", "ixgbe"), "certain", ""),
    ],
)
def test_where_a_mac_cannot_move_fail_over_mac_is_needed(bond: Bond, confidence: str, severity: str) -> None:
    sign = signs(bond)["fom-needed"]
    assert (sign.confidence, sign.severity) == (confidence, severity)
    assert sign.fix is not None
    assert sign.fix.options == {"fail_over_mac": "active"}


@pytest.mark.parametrize(
    "bond",
    [
        of_driver("vmxnet3", "vmxnet3", fail_over_mac="active"),
        of_driver("vmxnet3", "vmxnet3", fail_over_mac=None),
        of_driver("vmxnet3", "vmxnet3", mode=BALANCE_RR),
        of_driver("vmxnet3"),
        of_driver("ixgbe", None),
    ],
)
def test_elsewhere_it_is_not(bond: Bond) -> None:
    assert "fom-needed" not in signs(bond)


def test_one_switch_at_all_ends_is_told() -> None:
    sign = signs(a_pair(), neighbours={2: SWITCH, 3: SWITCH._replace(port_id="e18")})["same-switch"]
    assert sign.evidence == (
        "eno1 at sw1 00:23:04:ee:be:01 port e17",
        "eno2 at sw1 00:23:04:ee:be:01 port e18",
    )
    assert sign.next_step.startswith("'lldpcli show neighbors'; ")
    by_networkd = SWITCH._replace(told_by="systemd-networkd")
    sign = signs(a_pair(), neighbours={2: by_networkd, 3: by_networkd})["same-switch"]
    assert sign.next_step.startswith("'networkctl lldp'; ")


def test_two_switches_or_one_that_is_not_known_are_not_one() -> None:
    assert signs(a_pair(), neighbours={2: SWITCH, 3: OTHER_SWITCH}) == {}
    assert signs(a_pair(), neighbours={2: SWITCH}) == {}
    assert signs(a_bond(a_slave()), neighbours={2: SWITCH}) == {}
    three = a_bond(a_slave("eno1", 2), a_slave("eno2", 3), a_slave("eno3", 4))
    assert signs(three, neighbours={2: SWITCH, 3: SWITCH}) == {}


def test_what_was_heard_over_a_cable_that_is_out_is_stale() -> None:
    bond = a_bond(a_slave("eno1", 2), a_slave("eno2", 3, carrier=False, mii="down"), mode=BALANCE_XOR)
    assert signs(bond, neighbours={2: SWITCH, 3: SWITCH}) == {}
    assert signs(bond, neighbours={2: SWITCH, 3: OTHER_SWITCH}) == {}


@pytest.mark.parametrize("mode", [BALANCE_RR, BALANCE_XOR])
def test_a_static_port_channel_over_two_switches_is_told(mode: int) -> None:
    sign = signs(a_pair(mode=mode), neighbours={2: SWITCH, 3: OTHER_SWITCH})["static-lag-split"]
    assert sign.evidence[1:] == ("eno1 at sw1 00:23:04:ee:be:01 port e17", "eno2 at chassis 44:4c:a8:12:7d:c5")


@pytest.mark.parametrize("mode", [ACTIVE_BACKUP, LACP, BALANCE_TLB])
def test_the_other_modes_need_none(mode: int) -> None:
    assert signs(a_pair(mode=mode), neighbours={2: SWITCH, 3: OTHER_SWITCH}) == {}


def test_without_facts_nothing_is_said() -> None:
    for mode in range(7):
        assert signs(a_pair(mode=mode)) == {}
