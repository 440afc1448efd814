"""Whether a connection rides on the bond: by our address, and else by the way that the answers take."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import ways
from bondtui.core.stacking import Place, Stacked
from bondtui.core.ways import Ways, plain

LO, BOND0, UPPER, SLAVE, OTHER, PORT = 1, 10, 20, 2, 5, 6
PLACES = {
    BOND0: Place(("bond0",)),
    UPPER: Place(("bond0", "bond0.100", "br0")),
    SLAVE: Place(("eno1",), SLAVE),
}
LINKS = {OTHER: Stacked(OTHER, "eth9"), PORT: Stacked(PORT, "eth8", None, None, 30), LO: Stacked(LO, "lo")}
OURS = {
    "127.0.0.1": (LO,),
    "192.0.2.1": (BOND0,),
    "198.51.100.1": (UPPER,),
    "203.0.113.1": (SLAVE,),
    "10.255.0.1": (LO,),
    "10.9.0.1": (OTHER,),
    "10.8.0.1": (PORT,),
    "2001:db8::1": (OTHER,),
    "fe80::1": (OTHER, BOND0),
    "fe80::9": (OTHER,),
}
PEER = "100.64.0.7"


def meets(local: str, peer: str = PEER, *, leaves_by: int | None = None) -> Place | None:
    return Ways(PLACES, LINKS, OURS, lambda *_: leaves_by).meets(local, peer)


@pytest.mark.parametrize(("local", "at"), [("192.0.2.1", BOND0), ("198.51.100.1", UPPER), ("203.0.113.1", SLAVE)])
def test_an_address_that_lies_there_decides(local: str, at: int) -> None:
    assert meets(local, leaves_by=OTHER) == PLACES[at]


def test_an_address_of_another_port_does_not_ride_on_the_bond() -> None:
    assert meets("10.9.0.1", leaves_by=OTHER) is None
    assert meets("10.9.0.1", leaves_by=None) is None


@pytest.mark.parametrize("local", ["10.255.0.1", "10.9.0.1", "10.77.0.1"])
def test_answers_that_leave_through_the_bond_ride_on_it_wherever_the_address_lies(local: str) -> None:
    assert meets(local, leaves_by=UPPER) == PLACES[UPPER]


def test_the_kernel_is_asked_for_the_way_back() -> None:
    asked: list[tuple[bytes, bytes]] = []

    def outgoing(to: bytes, by: bytes) -> int:
        asked.append((to, by))
        return BOND0

    assert Ways(PLACES, LINKS, OURS, outgoing).meets("2001:db8::1", "2001:db8:9::7") == PLACES[BOND0]
    assert asked == [(ip_address("2001:db8:9::7").packed, ip_address("2001:db8::1").packed)]


def test_a_port_of_a_vrf_has_routes_of_its_own() -> None:
    assert meets("10.8.0.1", leaves_by=BOND0) is None


@pytest.mark.parametrize("local", ["192.0.2.1", "127.0.0.1", "10.9.0.1"])
def test_talking_to_ourselves_needs_no_bond(local: str) -> None:
    assert meets(local, "192.0.2.1", leaves_by=BOND0) is None


def test_a_link_local_address_on_any_of_ours_over_the_bond_counts() -> None:
    assert meets("fe80::1", "fe80::7") == PLACES[BOND0]
    assert meets("fe80::1", "fe80::9") == PLACES[BOND0]
    assert meets("fe80::9", "fe80::7", leaves_by=BOND0) is None


@pytest.mark.parametrize("peer", ["UNKNOWN", "", "2001:db8::7"])
def test_a_peer_that_is_no_address_of_the_family_is_not_asked_about(peer: str) -> None:
    assert meets("10.9.0.1", peer, leaves_by=BOND0) is None
    assert meets("192.0.2.1", peer) == PLACES[BOND0]


@pytest.mark.parametrize(
    ("spelled", "address"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("fe80:0:0::1%eth0.100", "fe80::1"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("192.0.2.1", "192.0.2.1"),
        ("UNKNOWN", "UNKNOWN"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_an_address_has_one_spelling(spelled: str, address: str) -> None:
    assert plain(spelled) == address


@given(st.text(alphabet="0123456789abcdef:.% ", max_size=50))
def test_any_text_has_a_spelling_that_stays(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_an_address_may_be_on_many_interfaces() -> None:
    both = ip_address("fe80::1").packed
    assert ways.by_address([(1, both, 64), (2, both, 64), (1, b"\x7f\0\0\1", 8)]) == {
        "fe80::1": (1, 2),
        "127.0.0.1": (1,),
    }
