"""The ARP and ND tables and what a bridge has learned: messages built by hand, as the kernel lays them out, and any other bytes."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import neighbours
from bondtui.core.addresses import Address, is_link_local, is_multicast, parsed
from bondtui.core.neighbours import Neighbour

DST, LLADDR, CACHEINFO, PROBES, MASTER = 1, 2, 3, 4, 9
INET, INET6, BRIDGE = 2, 10, 7
INCOMPLETE, REACHABLE, STALE, DELAY, PROBE, FAILED, NOARP, PERMANENT = (1 << bit for bit in range(8))
HWADDR = bytes.fromhex("020000000077")


def nla(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", len(payload) + 4, kind) + payload + bytes(-len(payload) % 4)


def raw(address: str) -> bytes:
    return ip_address(address).packed


def body(*attributes: bytes, family: int = INET, ifindex: int = 10, state: int = REACHABLE) -> bytes:
    return struct.pack("=BBHiHBB", family, 0, 0, ifindex, state, 0, 1) + b"".join(attributes)


def decoded(*attributes: bytes, **head: int) -> Neighbour | None:
    data = body(*attributes, **head)
    return neighbours.neighbour(b"before" + data + b"after", 6, 6 + len(data))


def test_an_entry_has_an_address_a_state_and_an_age() -> None:
    times = nla(CACHEINFO, struct.pack("=4I", 1234, 5, 6, 7))
    found = decoded(nla(DST, raw("192.0.2.7")), nla(LLADDR, HWADDR), nla(PROBES, bytes(4)), times)
    assert found == Neighbour(INET, 10, REACHABLE, raw("192.0.2.7"), HWADDR, 1234)
    found = decoded(nla(DST, raw("fe80::7")), family=INET6, ifindex=11, state=STALE)
    assert found == Neighbour(INET6, 11, STALE, raw("fe80::7"))


def test_what_a_bridge_has_learned_has_a_port_and_no_address() -> None:
    found = decoded(nla(LLADDR, HWADDR), nla(MASTER, bytes(4)), family=BRIDGE, ifindex=4, state=PERMANENT)
    assert found == Neighbour(BRIDGE, 4, PERMANENT, hwaddr=HWADDR)
    assert decoded(nla(DST, raw("192.0.2.7")), family=BRIDGE) is None


@pytest.mark.parametrize("family", [0, 28, 12])
def test_other_protocols_are_passed_over(family: int) -> None:
    assert decoded(nla(DST, raw("192.0.2.7")), family=family) is None


def test_an_address_of_another_length_is_none() -> None:
    assert decoded(nla(DST, bytes(3))) is None
    assert decoded(nla(DST, raw("2001:db8::7"))) is None
    assert decoded(nla(DST, raw("192.0.2.7")), family=INET6) is None
    assert decoded(nla(LLADDR, HWADDR)) is None


@given(st.binary(max_size=120))
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    for whole in (data, body(data), body(data, family=INET6), body(data, family=BRIDGE)):
        neighbours.neighbour(whole, 0, len(whole))
    assert neighbours.neighbour(body()[:11], 0, 11) is None


def test_the_questions_are_those_that_strict_checking_lets_pass() -> None:
    assert neighbours.request(INET6) == struct.pack("=BBHiHBB", INET6, 0, 0, 0, 0, 0, 0)
    asked = struct.pack("=BBHiHBB", BRIDGE, 0, 0, 0, 0, 0, 0) + nla(MASTER, struct.pack("=I", 20))
    assert neighbours.learned_request(20) == asked


def known(address: str, state: int, *, ifindex: int = 10, confirmed: int | None = None) -> Neighbour:
    packed = raw(address)
    return Neighbour(INET if len(packed) == 4 else INET6, ifindex, state, packed, HWADDR, confirmed)


def test_those_who_may_answer_are_told_surest_first() -> None:
    table = [
        known("192.0.2.1", PERMANENT),
        known("192.0.2.2", STALE, confirmed=900),
        known("192.0.2.3", STALE, confirmed=100),
        known("192.0.2.4", STALE),
        known("192.0.2.5", PROBE),
        known("192.0.2.6", DELAY),
        known("2001:db8::7", REACHABLE, confirmed=1),
        known("192.0.2.8", REACHABLE, confirmed=50),
    ]
    told = [str(ip_address(each.address)) for each in neighbours.answering(table, {10})]
    assert told == ["192.0.2.8", "2001:db8::7", *(f"192.0.2.{last}" for last in (6, 5, 3, 2, 4, 1))]


@pytest.mark.parametrize("state", [0, INCOMPLETE, FAILED, NOARP])
def test_those_who_did_not_answer_are_left_out(state: int) -> None:
    assert neighbours.answering([known("192.0.2.1", state)], {10}) == []


def test_groups_and_other_interfaces_are_left_out() -> None:
    table = [known("224.0.0.5", PERMANENT), known("ff02::5", PERMANENT), known("192.0.2.1", REACHABLE, ifindex=99)]
    assert neighbours.answering(table, {10}) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", Address(raw("192.0.2.1"))),
        ("fe80::1%bond0", Address(raw("fe80::1"), "bond0")),
        ("ff02::1%bond0", Address(raw("ff02::1"), "bond0")),
        ("::ffff:192.0.2.1", Address(raw("192.0.2.1"))),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    assert parsed(text) == address


def test_an_address_is_spelled_with_its_scope() -> None:
    assert str(Address(raw("fe80::1"), "bond0.100")) == "fe80::1%bond0.100"
    assert str(Address(raw("2001:db8:0::1"))) == "2001:db8::1"


@pytest.mark.parametrize(
    ("address", "local", "group"),
    [
        ("fe80::1", True, False),
        ("febf::1", True, False),
        ("fec0::1", False, False),
        ("ff02::1", False, True),
        ("224.0.0.1", False, True),
        ("239.255.255.255", False, True),
        ("240.0.0.1", False, False),
        ("254.128.0.1", False, False),
        ("169.254.0.1", False, False),
    ],
)
def test_kinds_of_addresses(address: str, local: bool, group: bool) -> None:
    assert (is_link_local(raw(address)), is_multicast(raw(address))) == (local, group)
