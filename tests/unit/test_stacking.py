"""What lies over a bond: links built by hand, as the kernel lays them out, and any other bytes."""

from __future__ import annotations

import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import stacking
from bondtui.core.stacking import Place, Stacked
from tests.builders import BOND, a_bond, a_slave

NAME, LINK, MASTER, LINKINFO, NETNSID = 3, 5, 10, 18, 37


def nla(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", len(payload) + 4, kind) + payload + bytes(-len(payload) % 4)


def index(kind: int, ifindex: int) -> bytes:
    return nla(kind, struct.pack("=I", ifindex))


def of_kind(kind: bytes) -> bytes:
    return nla(LINKINFO | 0x8000, nla(1, kind + b"\0") + nla(2, b"whatever"))


def decoded(*attributes: bytes, name: bytes = b"x", family: int = 0) -> Stacked | None:
    data = struct.pack("=BxHiII", family, 1, 7, 1, 0) + nla(NAME, name + b"\0") + b"".join(attributes)
    return stacking.stacked(b"before" + data + b"after", 6, 6 + len(data))


def places(*links: Stacked) -> dict[int, Place]:
    bond = a_bond(a_slave("eno1", 2), a_slave("eno2", 3))
    known = (*links, Stacked(2, "eno1", None, None, BOND), Stacked(3, "eno2", None, None, BOND), Stacked(BOND, "bond0"))
    return stacking.places(bond, {link.ifindex: link for link in known})


def over_bond(*links: Stacked) -> dict[str, tuple[str, ...]]:
    """The paths of all but the bond and its slaves, by the name of the last interface."""
    return {place.path[-1]: place.path for key, place in places(*links).items() if key not in (2, 3, BOND)}


@pytest.mark.parametrize("kind", ["vlan", "macvlan", "macvtap", "ipvlan", "macsec", "gre", "vxlan", "dsa"])
def test_what_names_another_interface_as_its_link_lies_over_it(kind: str) -> None:
    assert decoded(index(LINK, 10), of_kind(kind.encode())) == Stacked(7, "x", kind, 10, None)


def test_the_master_is_told_too() -> None:
    assert decoded(index(MASTER, 12), index(LINK, 10)) == Stacked(7, "x", None, 10, 12)
    assert decoded() == Stacked(7, "x")


def test_a_link_in_another_namespace_is_another_interface() -> None:
    assert decoded(index(LINK, 10), index(NETNSID, 0), of_kind(b"vlan")) == Stacked(7, "x", "vlan")


@pytest.mark.parametrize("kind", ["veth", "vxcan", "netkit"])
def test_the_other_end_of_a_pair_is_not_below(kind: str) -> None:
    assert decoded(index(LINK, 10), of_kind(kind.encode())) == Stacked(7, "x", kind)


@pytest.mark.parametrize("name", [b"\xff\xfe", b"\x1b[31m", b"[red]x", "束ね".encode()])
def test_a_name_keeps_its_bytes(name: bytes) -> None:
    link = decoded(name=name)
    assert link is not None
    assert os.fsencode(link.name) == name


def test_notices_of_bridge_ports_and_messages_without_a_name_are_passed_over() -> None:
    assert decoded(family=7) is None
    data = struct.pack("=BxHiII", 0, 1, 7, 1, 0) + index(LINK, 10)
    assert stacking.stacked(data, 0, len(data)) is None


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    stacking.stacked(data, 0, len(data))
    link = decoded(data)
    assert link is None or link.ifindex == 7


def test_the_dump_is_asked_for_without_what_is_not_needed() -> None:
    assert stacking.request() == bytes(16) + nla(29, struct.pack("=I", 8))


def test_the_bond_is_at_the_bottom_and_its_slaves_beside_it() -> None:
    assert places() == {BOND: Place(("bond0",)), 2: Place(("eno1",), 2), 3: Place(("eno2",), 3)}


def test_a_vlan_in_a_bridge_in_a_vrf_is_followed_all_the_way() -> None:
    assert over_bond(
        Stacked(20, "bond0.100", "vlan", BOND, 21), Stacked(21, "br0", "bridge", None, 22), Stacked(22, "red", "vrf")
    ) == {
        "bond0.100": ("bond0", "bond0.100"),
        "br0": ("bond0", "bond0.100", "br0"),
        "red": ("bond0", "bond0.100", "br0", "red"),
    }


def test_the_masters_of_the_bond_itself_count() -> None:
    bond = a_bond(master=20)
    links = {BOND: Stacked(BOND, "bond0", "bond", None, 20), 20: Stacked(20, "br0", "bridge")}
    assert stacking.places(bond, links)[20] == Place(("bond0", "br0"))


def test_several_uppers_side_by_side_and_upon_each_other() -> None:
    found = over_bond(
        Stacked(20, "bond0.1", "vlan", BOND),
        Stacked(21, "bond0.2", "vlan", BOND),
        Stacked(22, "bond0.1.7", "vlan", 20),
        Stacked(23, "mv0", "macvlan", 21),
    )
    assert found["bond0.1.7"] == ("bond0", "bond0.1", "bond0.1.7")
    assert found["mv0"] == ("bond0", "bond0.2", "mv0")
    assert len(found) == 4


def test_the_shortest_way_is_the_path() -> None:
    found = over_bond(
        Stacked(20, "bond0.1", "vlan", BOND, 22), Stacked(21, "mv0", "macvlan", 20, 22), Stacked(22, "br0", "bridge")
    )
    assert found["br0"] == ("bond0", "bond0.1", "br0")


def test_what_lies_beside_or_below_does_not_count() -> None:
    assert (
        over_bond(
            Stacked(20, "eth9"), Stacked(21, "eth9.5", "vlan", 20, 22), Stacked(22, "br9", "bridge"), Stacked(23, "lo")
        )
        == {}
    )


def test_what_lies_over_a_slave_past_the_bond_belongs_to_the_slave() -> None:
    found = places(Stacked(20, "eno1.5", "vlan", 2, 21), Stacked(21, "br5", "bridge"))
    assert found[20] == Place(("eno1", "eno1.5"), 2)
    assert found[21] == Place(("eno1", "eno1.5", "br5"), 2)


def test_the_interface_that_a_slave_is_made_upon_does_not_count() -> None:
    bond = a_bond(a_slave("eth0.5", 2))
    links = {2: Stacked(2, "eth0.5", "vlan", 9, BOND), 9: Stacked(9, "eth0"), BOND: Stacked(BOND, "bond0", "bond")}
    assert set(stacking.places(bond, links)) == {2, BOND}


def test_every_port_of_an_open_vswitch_over_the_bond_counts() -> None:
    bond = a_bond(master=20)
    links = {
        BOND: Stacked(BOND, "bond0", "bond", None, 20),
        20: Stacked(20, "ovs-system", "openvswitch"),
        21: Stacked(21, "br-ex", "openvswitch"),
        22: Stacked(22, "br-ex.7", "vlan", 21),
    }
    found = stacking.places(bond, links)
    assert found[21] == Place(("bond0", "ovs-system", "br-ex"))
    assert found[22] == Place(("bond0", "ovs-system", "br-ex", "br-ex.7"))
    beside = {**links, BOND: Stacked(BOND, "bond0", "bond")}
    assert set(stacking.places(a_bond(), beside)) == {BOND}


def test_a_bond_that_the_dump_does_not_have_any_more_is_in_its_place_all_the_same() -> None:
    assert stacking.places(a_bond(), {}) == {BOND: Place(("bond0",))}
    assert stacking.places(a_bond(), {BOND: Stacked(BOND, "bond0", None, None, 99)}) == {BOND: Place(("bond0",))}


@given(
    st.lists(
        st.builds(
            Stacked,
            st.integers(1, 12),
            st.just("n"),
            st.sampled_from([None, "vlan", "openvswitch"]),
            st.none() | st.integers(1, 13),
            st.none() | st.integers(1, 13),
        )
    )
)
def test_loops_end_and_every_place_begins_at_the_bottom(links: list[Stacked]) -> None:
    bond = a_bond(a_slave("eno1", 2), a_slave("eno2", 3))
    for place in stacking.places(bond, {link.ifindex: link for link in links}).values():
        assert place.path[0] == {None: "bond0", 2: "eno1", 3: "eno2"}[place.slave]
        assert len(place.path) <= 13
