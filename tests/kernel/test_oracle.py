"""Our decoder against pyroute2, on the bytes of a real kernel."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from bondtui.core.rtnetlink import RTM_DELLINK
from bondtui.model.bond import MODES, Lacpdus, LinkErrors
from bondtui.model.reading import EVENT_FAILOVER, EVENT_NOTIFY_PEERS
from tests.kernel import expected, namespaces, oracle
from tests.kernel.lab import Lab
from tests.kernel.options import ALL, setting_names
from tests.kernel.waiting import until

IP_ERRORS = {
    "rx": ("length", "over", "crc", "frame", "fifo", "missed"),
    "tx": ("aborted", "carrier", "fifo", "heartbeat", "window"),
}


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


def test_frames_that_nobody_took_and_errors_are_told_as_ip_tells_them(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    namespaces.within(lab.switch, shout)
    until(lambda: ip_errors(lab)["eno2"].rx_nohandler, what="frames on the backup")

    def agree() -> bool:
        before = ip_errors(lab)
        mine = {link.name: link.errors for _, link, _ in map_links(lab, oracle.ours) if link.name in before}
        return before == mine == ip_errors(lab)

    until(agree, what="the same errors while nothing comes in")


def test_lacpdus_of_ports_are_told_as_ip_tells_them(lab: Lab) -> None:
    lab.bond("802.3ad", "lacp_rate", "fast")
    lab.bond(name="bond1", slaves=["eno3"])
    lab.settled()

    def agree() -> bool:
        before, reading, after = ip_lacpdus(lab), lab.within(source.read), ip_lacpdus(lab)
        if before != after:
            return False
        names = {link.ifindex: link.name for link in reading.links}
        assert {names[ifindex]: told for ifindex, told in reading.lacpdus.items()} == before
        assert before.keys() == {"eno1", "eno2"}
        return all(each.rx > 1 and each.tx > 1 for each in before.values())

    with closing(lab.within(lab.source)) as source:
        until(agree, what="a look between two LACPDUs")


def test_details_of_ports_are_told_as_proc_tells_them(lab: Lab) -> None:
    lab.bond("802.3ad", "lacp_rate", "fast", "ad_actor_sys_prio", "77", "ad_user_port_key", "5")
    lab.settled()
    with closing(lab.within(lab.source)) as source:
        reading = lab.within(source.read)
    blocks = {block.split("\n", 1)[0]: block for block in lab.proc().split("Slave Interface: ")[1:]}
    details = {link.name: reading.lacp[link.ifindex]._asdict() for link in reading.links if link.slave}
    assert details == {name: expected.port_details(block) for name, block in blocks.items()}
    assert [details[name]["actor_system_priority"] for name in ("eno1", "eno2")] == [77, 77]


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


def shout() -> None:
    """Send a frame that reaches every port of the switch, from the calling thread's network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        sending.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sending.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"partner-bond0")
        sending.sendto(b"", ("255.255.255.255", 9))


def ip_errors(lab: Lab) -> dict[str, LinkErrors]:
    """What ``ip -s -s -j link`` shows of the bond and its slaves, by name."""
    found = {}
    for link in json.loads(lab.ip("-s", "-s", "-j", "link")):
        ways: dict[str, dict[str, Any]] = link["stats64"]
        kinds = {f"{way}_{kind}": ways[way][f"{kind}_errors"] for way, names in IP_ERRORS.items() for kind in names}
        nohandler = ways["rx"].get("nohandler", 0)  # left out when there are none
        found[link["ifname"]] = LinkErrors(**kinds, collisions=ways["tx"]["collisions"], rx_nohandler=nohandler)
    return {name: found[name] for name in ("bond0", "eno1", "eno2")}


def ip_lacpdus(lab: Lab) -> dict[str, Lacpdus]:
    """What ``ip stats`` shows of all 802.3ad ports, by name."""
    told = json.loads(lab.ip("-j", "stats", "show", "group", "xstats_slave", "subgroup", "bond", "suite", "802.3ad"))
    counted = {each["ifname"]: each["802.3ad"] for each in told if "802.3ad" in each}
    return {
        name: Lacpdus(*(each[f"lacpdu_{what}"] for what in ("rx", "tx", "unknown_rx", "illegal_rx")))
        for name, each in counted.items()
    }
