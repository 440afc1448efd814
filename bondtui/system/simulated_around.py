"""What lies around simulated bonds: nothing that does harm, and the switches that their scenario has."""

from __future__ import annotations

from bondtui.core import devices
from bondtui.model.around import Around, Device, Neighbour
from bondtui.simulated.driver import Driver
from bondtui.system.simulation import SimulatedSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bondtui.model.bond import Bond
    from bondtui.simulated.slave import Nic

TOLD_BY = "lldpd"


class SimulatedAround:
    """The surroundings of the bonds that a running source plays. See ``bondtui.ports.Surroundings``.

    Nobody has put an address on a slave, nothing lies over a bond, and there is no network manager.
    """

    def __init__(self, source: SimulatedSource) -> None:
        self._source = source

    def around(self, bonds: Sequence[Bond]) -> Around:
        """All that the scenario has around these bonds, now."""
        slaves = [slave.ifindex for bond in bonds for slave in bond.slaves]
        with self._source.driver_now() as driver:
            nics = _nics(driver)
            lost = {index: ago for bond in bonds for index, ago in driver.host(bond.ifindex).lost_links.items()}
        return Around(
            addresses=dict.fromkeys(slaves, ()),
            routes=dict.fromkeys(slaves, ()),
            devices={index: at for bond in bonds for index, at in _devices(bond, nics).items()},
            neighbours={
                slave.ifindex: _neighbour(nics[slave.ifindex], nics)
                for bond in bonds
                for slave in bond.slaves
                if slave.link.carrier and slave.ifindex in nics
            },
            masters={bond.ifindex: "" for bond in bonds},
            twins={bond.ifindex: () for bond in bonds},
            qdiscs={bond.ifindex: ("noqueue",) for bond in bonds},
            lost_links={index: ago for index, ago in lost.items() if index in slaves},
            unknown={
                "configured": "a simulated machine has no configuration",
                "kernel": "a simulated machine has no kernel",
            },
        )


def _nics(driver: Driver) -> dict[int, Nic]:
    return {slave.nic.ifindex: slave.nic for bond in driver.bonds.values() for slave in bond.slaves}


def _devices(bond: Bond, nics: Mapping[int, Nic]) -> dict[int, Device]:
    """By slave; nothing where all ports are on one card.

    The scenarios put bonds over both ports of a card for the sake of the names, and none of them is about the card.
    """
    buses = {slave.ifindex: nics[slave.ifindex].bus_info for slave in bond.slaves if slave.ifindex in nics}
    cards = {index: devices.card(bus) for index, bus in buses.items() if bus is not None}
    return {index: Device(card) for index, card in cards.items()} if len(set(cards.values())) > 1 else {}


def _neighbour(nic: Nic, nics: Mapping[int, Nic]) -> Neighbour:
    """The switch is that of the LACP partner; it is called by its rank among those of the machine."""
    chassis, _, port = nic.partner
    switches = list(dict.fromkeys(each.partner[0] for _, each in sorted(nics.items())))
    return Neighbour(chassis, f"switch{switches.index(chassis) + 1}", f"Ethernet{port}", None, TOLD_BY)
