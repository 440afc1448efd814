"""Routes and addresses as facts: messages built by hand, as the kernel lays them out, and any other bytes."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import routes, surroundings
from bondtui.core.routes import Hop, KernelRoute
from bondtui.core.stacking import Place
from bondtui.model.host import Route

DST, SRC, OIF, GATEWAY, MULTIPATH, TABLE, VIA, NEXTHOP_ID = 1, 2, 4, 5, 9, 15, 18, 30
INET, INET6, MPLS = 2, 10, 28
STATIC, KERNEL, REDIRECT, RA, DHCP = 4, 2, 1, 9, 16
UNICAST, MAIN, LOCAL_TABLE = 1, 254, 255


def nla(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", len(payload) + 4, kind) + payload + bytes(-len(payload) % 4)


def out(ifindex: int) -> bytes:
    return nla(OIF, struct.pack("=I", ifindex))


def raw(address: str) -> bytes:
    return ip_address(address).packed


def body(
    *attributes: bytes,
    family: int = INET,
    prefix: int = 0,
    table: int = MAIN,
    protocol: int = STATIC,
    kind: int = UNICAST,
    flags: int = 0,
) -> bytes:
    return struct.pack("=8BI", family, prefix, 0, 0, table, protocol, 0, kind, flags) + b"".join(attributes)


def decoded(*attributes: bytes, **head: int) -> KernelRoute | None:
    data = body(*attributes, **head)
    return routes.route(b"before" + data + b"after", 6, 6 + len(data))


def hops(*attributes: bytes, **head: int) -> tuple[Hop, ...]:
    route = decoded(*attributes, **head)
    assert route is not None
    return route.hops


def next_hop(ifindex: int, *attributes: bytes) -> bytes:
    inside = b"".join(attributes)
    return struct.pack("=HBBi", 8 + len(inside), 0, 0, ifindex) + inside


def test_a_default_route_has_a_destination_of_zeros() -> None:
    way = Hop(10, raw("192.0.2.254"))
    assert decoded(out(10), nla(GATEWAY, raw("192.0.2.254"))) == KernelRoute(bytes(4), 0, False, (way,))
    assert decoded(out(10), family=INET6) == KernelRoute(bytes(16), 0, False, (Hop(10),))


def test_a_prefix_is_kept() -> None:
    route = decoded(nla(DST, raw("198.51.100.0")), out(10), prefix=24)
    assert route == KernelRoute(raw("198.51.100.0"), 24, False, (Hop(10),))


def test_a_prefix_of_zeros_has_no_destination_attribute() -> None:
    assert decoded(out(10), prefix=1) == KernelRoute(bytes(4), 1, False, (Hop(10),))


@pytest.mark.parametrize(
    ("protocol", "comes_back"),
    [(STATIC, False), (3, False), (DHCP, False), (KERNEL, True), (RA, True), (REDIRECT, True)],
)
def test_routes_of_the_kernel_and_of_routers_come_back(protocol: int, comes_back: bool) -> None:
    route = decoded(out(10), protocol=protocol)
    assert route is not None
    assert route.comes_back is comes_back


@pytest.mark.parametrize("kind", [0, 2, 3, 4, 5, 6, 7, 8, 9])
def test_only_unicast_leads_anywhere(kind: int) -> None:
    assert decoded(out(10), kind=kind) is None


def test_the_local_table_and_cached_routes_are_passed_over_but_no_other_table() -> None:
    assert decoded(out(10), table=LOCAL_TABLE) is None
    assert decoded(out(10), nla(TABLE, struct.pack("=I", LOCAL_TABLE)), table=252) is None
    assert decoded(out(10), flags=0x200) is None
    assert decoded(out(10), nla(TABLE, struct.pack("=I", 1000)), table=252) is not None
    assert decoded(out(10), table=100) is not None


def test_routes_of_other_families_are_passed_over() -> None:
    assert decoded(out(10), family=MPLS) is None


def test_every_way_of_a_multipath_route_is_told() -> None:
    first = next_hop(10, nla(GATEWAY, raw("192.0.2.254")))
    second = next_hop(11)
    third = next_hop(12, nla(VIA, struct.pack("=H", INET6) + raw("2001:db8::1")))
    ways = Hop(10, raw("192.0.2.254")), Hop(11), Hop(12, raw("2001:db8::1"))
    assert hops(nla(MULTIPATH, first + second + third)) == ways


def test_a_gateway_of_the_other_family_is_a_gateway() -> None:
    assert hops(out(10), nla(VIA, struct.pack("=H", INET6) + raw("fe80::1"))) == (Hop(10, raw("fe80::1")),)


@pytest.mark.parametrize("length", [0, 7, 9, 200, 65535])
def test_a_damaged_multipath_route_ends_there(length: int) -> None:
    damaged = struct.pack("=HBBi", length, 0, 0, 11)
    assert hops(nla(MULTIPATH, next_hop(10) + damaged)) == (Hop(10),)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoders(data: bytes) -> None:
    for whole in (data, body(data), body(nla(MULTIPATH, data)), body(data, family=INET6)):
        route = routes.route(whole, 0, len(whole))
        routes.way(whole, 0, len(whole))
        if route is not None:
            places = {hop.ifindex: Place(("bond0",), 2) for hop in route.hops}
            surroundings.default_routes([route], places)
            surroundings.slave_routes([route], places)


def test_the_question_for_a_way_is_that_of_ip_route_get() -> None:
    ends = nla(DST, raw("203.0.113.9")) + nla(SRC, raw("192.0.2.1"))
    assert (
        routes.way_request(raw("203.0.113.9"), raw("192.0.2.1")) == struct.pack("=8BI", INET, 32, 32, *[0] * 6) + ends
    )
    asked = routes.way_request(raw("2001:db8::9"), raw("2001:db8::1"))
    assert asked[:3] == bytes([INET6, 128, 128])
    assert routes.request(INET6) == struct.pack("=8BI", INET6, *[0] * 8)


def test_the_answer_is_an_interface() -> None:
    data = body(nla(DST, raw("203.0.113.9")), out(11), prefix=32)
    assert routes.way(data, 0, len(data)) == 11
    assert routes.way(data, 0, 11) is None
    nowhere = body(nla(DST, raw("203.0.113.9")), prefix=32)
    assert routes.way(nowhere, 0, len(nowhere)) is None


PLACES = {
    10: Place(("bond0",)),
    20: Place(("bond0", "bond0.100")),
    2: Place(("eno1",), 2),
    30: Place(("eno1", "eno1.5"), 2),
    3: Place(("eno2",), 3),
}


def a_route(to: str, *ways: int | tuple[int, str], comes_back: bool = False) -> KernelRoute:
    address, _, prefix = ("0.0.0.0/0" if to == "default" else to).partition("/")
    both = [(way, "") if isinstance(way, int) else way for way in ways]
    known = tuple(Hop(index, raw(gateway) if gateway else b"") for index, gateway in both)
    return KernelRoute(raw(address), int(prefix), comes_back, known)


def test_default_routes_through_the_bond_its_uppers_and_its_slaves_are_told() -> None:
    found = [a_route("default", way) for way in (10, (20, "192.0.2.254"), 2, 99)]
    assert surroundings.default_routes(found, PLACES) == (
        Route("default", None, "bond0"),
        Route("default", "192.0.2.254", "bond0.100"),
        Route("default", None, "eno1"),
    )


def test_a_default_route_of_ipv6_is_one_too_and_no_other_prefix_is() -> None:
    six, half = a_route("::/0", (20, "2001:db8::1"), comes_back=True), a_route("0.0.0.0/1", 10)
    assert surroundings.default_routes([six, half], PLACES) == (
        Route("default", "2001:db8::1", "bond0.100", static=False),
    )


def test_one_way_of_a_multipath_default_route_is_enough() -> None:
    found = a_route("default", (99, "198.51.100.1"), (20, "192.0.2.254"))
    assert surroundings.default_routes([found], PLACES) == (Route("default", "192.0.2.254", "bond0.100"),)


def test_the_same_route_in_two_tables_is_told_once() -> None:
    assert len(surroundings.default_routes([a_route("default", 10)] * 2, PLACES)) == 1
    assert len(surroundings.slave_routes([a_route("10.0.0.0/8", 2)] * 2, PLACES)[2]) == 1


def test_a_default_route_that_does_not_say_where_it_leads_is_noticed() -> None:
    assert surroundings.untold([a_route("default")])
    assert not surroundings.untold([a_route("default", 99), a_route("10.0.0.0/8")])


def test_routes_past_the_bond_are_told_by_slave() -> None:
    found = [
        a_route("default", 2),
        a_route("10.0.0.0/8", (2, "203.0.113.9"), (10, "192.0.2.9")),
        a_route("203.0.113.0/24", 2, comes_back=True),
        a_route("11.0.0.0/8", 30),
        a_route("12.0.0.0/8", 20),
        a_route("2001:db8:5::/64", 3),
    ]
    assert surroundings.slave_routes(found, PLACES) == {
        2: (
            Route("default", None, "eno1"),
            Route("10.0.0.0/8", "203.0.113.9", "eno1"),
            Route("203.0.113.0/24", None, "eno1", static=False),
            Route("11.0.0.0/8", None, "eno1.5"),
        ),
        3: (Route("2001:db8:5::/64", None, "eno2"),),
    }


@pytest.mark.parametrize("to", ["fe80::/64", "febf::/64", "ff00::/8"])
def test_what_every_interface_has_by_itself_is_left_out(to: str) -> None:
    assert surroundings.slave_routes([a_route(to, 2)], PLACES) == {}
    assert surroundings.slave_addresses([(2, raw(to.partition("/")[0]), 64)], PLACES) == {}


@pytest.mark.parametrize("to", ["fec0::/64", "fd00::/64", "169.254.0.0/16", "224.0.0.0/4"])
def test_what_somebody_has_configured_is_not(to: str) -> None:
    assert surroundings.slave_routes([a_route(to, 2)], PLACES)[2][0].destination == to


def test_addresses_on_slaves_are_told_and_those_over_the_bond_are_not() -> None:
    found = [(10, "192.0.2.1", 24), (20, "198.51.100.1", 24), (2, "203.0.113.1", 25), (2, "2001:db8::2", 64)]
    found += [(30, "203.0.113.129", 25), (99, "10.0.0.1", 8), (3, "169.254.7.7", 16)]
    assert surroundings.slave_addresses([(at, raw(address), bits) for at, address, bits in found], PLACES) == {
        2: ("203.0.113.1/25", "2001:db8::2/64", "203.0.113.129/25 on eno1.5"),
        3: ("169.254.7.7/16",),
    }
