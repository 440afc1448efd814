"""Our decoder against pyroute2, on the bytes of a real kernel."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bondtui.core.rtnetlink import RTM_DELLINK
from bondtui.model.bond import MODES
from bondtui.model.reading import EVENT_FAILOVER, EVENT_NOTIFY_PEERS
from tests.kernel import oracle
from tests.kernel.lab import Lab
from tests.kernel.options import ALL, setting_names


@pytest.mark.parametrize("mode", MODES)
def test_a_dump_of_bonds_decodes_alike(lab: Lab, mode: str) -> None:
    made = lab.bonds_with_options(mode)
    lab.bond(mode)
    lab.settled()
    priority = ("prio", "-7") if mode in ("active-backup", "balance-tlb", "balance-alb") else ()
    lab.ip("link", "set", "eno2", "type", "bond_slave", "queue_id", "3", *priority)
    received = lab.within(oracle.dump)
    mine = [each for data in received for each in oracle.ours(data)]
    assert mine == [each for data in received for each in oracle.theirs(data)]
    assert sum(link.bond is not None for _, link, _ in mine) == len(made) + 1
    assert sum(link.slave is not None for _, link, _ in mine) == 2


def test_every_option_is_set_in_some_mode() -> None:
    assert {option.field for mode in MODES for option in ALL[mode]} == setting_names()


def test_an_option_that_ip_does_not_know_decodes_alike(lab: Lab) -> None:
    lab.ip("link", "add", "bond0", "type", "bond", "mode", "802.3ad")
    bond = next(link for _, link, _ in map_links(lab, oracle.theirs) if link.name == "bond0")
    lab.within(lambda: oracle.set_number(bond.ifindex, oracle.COUPLED_CONTROL, 0))
    assert map_links(lab, oracle.ours) == map_links(lab, oracle.theirs)
    options = {link.name: link.bond for _, link, _ in map_links(lab, oracle.ours)}["bond0"]
    assert options is not None
    assert options.coupled_control in (0, None)  # kernels before 6.9 do not have it


@pytest.mark.parametrize("mode", ["active-backup", "802.3ad"])
def test_events_decode_alike(lab: Lab, mode: str) -> None:
    lab.bond(mode, "num_grat_arp", "2")
    lab.settled()
    with oracle.overheard(lab.within(oracle.listening)) as received:
        lab.pull("eno1")
        lab.slave_is("eno1", "down")
        lab.plug("eno1")
        lab.settled()
        lab.ip("link", "set", "bond0", "down")
        lab.ip("link", "set", "bond0", "name", "uplink")
        lab.ip("link", "set", "eno2", "nomaster")
        lab.ip("link", "delete", "uplink")
    mine = [each for data in received for each in oracle.ours(data)]
    assert mine == [each for data in received for each in oracle.theirs(data)]
    assert RTM_DELLINK in {kind for kind, _, _ in mine}
    assert {"bond0", "uplink", "eno1", "eno2"} <= {link.name for _, link, _ in mine}
    if mode == "active-backup":
        assert {EVENT_FAILOVER, EVENT_NOTIFY_PEERS} <= {event for _, _, event in mine}


def map_links(lab: Lab, decode: Callable[[bytes], list[oracle.Decoded]]) -> list[oracle.Decoded]:
    """All interfaces, decoded in one of two ways."""
    return [each for data in lab.within(oracle.dump) for each in decode(data)]
