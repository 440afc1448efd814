"""Messages built by hand with struct, byte for byte as the kernel lays them out, and anything else."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bondtui.core import rtnetlink
from bondtui.core.rtnetlink import attribute, message
from bondtui.model.bond import AdInfo, BondOptions, Counters, Link, LinkErrors, SlaveState

NESTED = 0x8000
U8, U16, U32, S32 = "=B", "=H", "=I", "=i"


def nla(kind: int, payload: bytes) -> bytes:
    """An attribute, packed here so that the package's own packing is tested too."""
    return struct.pack("=HH", len(payload) + 4, kind) + payload + bytes(-len(payload) % 4)


def number(kind: int, form: str, value: int) -> bytes:
    return nla(kind, struct.pack(form, value))


def body(*attributes: bytes, ifindex: int = 7, flags: int = 1, family: int = 0) -> bytes:
    return struct.pack("=BxHiII", family, 1, ifindex, flags, 0) + b"".join(attributes)


def named(name: bytes = b"bond0") -> bytes:
    return nla(3, name + b"\0")


def decoded(*attributes: bytes, **head: int) -> tuple[Link, int | None]:
    data = body(named(), *attributes, **head)
    found = rtnetlink.link(data, 0, len(data))
    assert found is not None
    return found


def bond_options(*attributes: bytes) -> BondOptions:
    link, _ = decoded(nla(18, nla(1, b"bond\0") + nla(2 | NESTED, b"".join(attributes))))
    assert link.bond is not None
    return link.bond


def slave_state(*attributes: bytes) -> SlaveState:
    link, _ = decoded(nla(18, nla(4, b"bond\0") + nla(5, b"".join(attributes))))
    assert link.slave is not None
    return link.slave


@pytest.mark.parametrize(
    ("attributes", "field", "value"),
    [
        (number(1, U8, 1), "mode", 1),
        (number(2, U32, 70_000), "active_slave", 70_000),
        (number(3, U32, 100), "miimon", 100),
        (number(4, U32, 200), "updelay", 200),
        (number(5, U32, 300), "downdelay", 300),
        (number(6, U8, 1), "use_carrier", 1),
        (number(7, U32, 1000), "arp_interval", 1000),
        (nla(8, nla(0, bytes([192, 0, 2, 1])) + nla(1, bytes([198, 51, 100, 7]))), "arp_ip_targets", None),
        (number(9, U32, 6), "arp_validate", "filter_backup"),
        (number(9, U32, 0), "arp_validate", "none"),
        (number(10, U32, 1), "arp_all_targets", "all"),
        (number(11, U32, 4), "primary", 4),
        (number(12, U8, 2), "primary_reselect", "failure"),
        (number(13, U8, 2), "fail_over_mac", "follow"),
        (number(14, U8, 1), "xmit_hash_policy", "layer3+4"),
        (number(14, U8, 5), "xmit_hash_policy", "vlan+srcmac"),
        (number(15, U32, 2), "resend_igmp", 2),
        (number(16, U8, 3), "num_peer_notif", 3),
        (number(17, U8, 1), "all_slaves_active", 1),
        (number(18, U32, 2), "min_links", 2),
        (number(19, U32, 5), "lp_interval", 5),
        (number(20, U32, 7), "packets_per_slave", 7),
        (number(21, U8, 1), "lacp_rate", "fast"),
        (number(22, U8, 3), "ad_select", "actor_port_prio"),
        (number(24, U16, 65535), "ad_actor_sys_prio", 65535),
        (number(25, U16, 1023), "ad_user_port_key", 1023),
        (nla(26, bytes.fromhex("02005e005301")), "ad_actor_system", "02:00:5e:00:53:01"),
        (number(27, U8, 0), "tlb_dynamic_lb", 0),
        (number(28, U32, 400), "peer_notif_delay", 400),
        (number(29, U8, 0), "lacp_active", "off"),
        (number(30, U8, 4), "arp_missed_max", 4),
        (nla(31 | NESTED, nla(0, bytes.fromhex("20010db8" + "0" * 23 + "1"))), "ns_ip6_targets", ("2001:db8::1",)),
        (number(32, U8, 1), "coupled_control", 1),
        (number(33, U8, 1), "broadcast_neighbor", 1),
        (number(34, U8, 1), "lacp_strict", 1),
    ],
)
def test_each_bond_option_is_decoded_alone(attributes: bytes, field: str, value: object) -> None:
    expected: Any = {field: ("192.0.2.1", "198.51.100.7") if value is None else value}
    assert bond_options(attributes) == BondOptions(**expected)


def test_every_bond_option_is_among_the_decoded_ones() -> None:
    singles = (*rtnetlink._U8_OPTIONS.values(), *rtnetlink._U16_OPTIONS.values(), *rtnetlink._U32_OPTIONS.values())
    words = [name for name, _ in rtnetlink._WORD_OPTIONS.values()]
    assert {*singles, *words, "arp_ip_targets", "ns_ip6_targets", "ad_info", "ad_actor_system"} == set(
        BondOptions._fields
    )


def test_the_aggregator_is_a_nest_of_four_numbers_and_an_address() -> None:
    inside = b"".join(number(kind, U16, value) for kind, value in ((1, 3), (2, 2), (3, 15), (4, 33)))
    options = bond_options(nla(23, inside + nla(5, bytes.fromhex("02005e005301"))))
    assert options.ad_info == AdInfo(3, 2, 15, 33, "02:00:5e:00:53:01")


def test_an_aggregator_without_a_partner_address_has_none() -> None:
    assert bond_options(nla(23, number(1, U16, 3))).ad_info == AdInfo(3)


@pytest.mark.parametrize(
    ("attributes", "field", "value"),
    [
        (number(1, U8, 0), "state", "active"),
        (number(1, U8, 1), "state", "backup"),
        (number(2, U8, 0), "mii_status", "up"),
        (number(2, U8, 1), "mii_status", "going down"),
        (number(2, U8, 2), "mii_status", "down"),
        (number(2, U8, 3), "mii_status", "going back"),
        (number(3, U32, 4_294_967_295), "link_failure_count", 4_294_967_295),
        (nla(4, bytes.fromhex("020000000002")), "perm_hwaddr", "02:00:00:00:00:02"),
        (nla(4, bytes(range(20))), "perm_hwaddr", ":".join(f"{n:02x}" for n in range(20))),
        (number(5, U16, 3), "queue_id", 3),
        (number(6, U16, 2), "aggregator_id", 2),
        (number(7, U8, 63), "actor_port_state", 63),
        (number(8, U16, 61), "partner_port_state", 61),
        (number(9, S32, -5), "prio", -5),
        (number(10, U16, 65_535), "actor_port_prio", 65_535),
        (number(11, U8, 0), "actor_churn", "monitoring"),
        (number(12, U8, 2), "partner_churn", "none"),
    ],
)
def test_each_slave_attribute_is_decoded_alone(attributes: bytes, field: str, value: object) -> None:
    expected: Any = {field: value}
    assert slave_state(attributes) == SlaveState(**expected)


def test_attributes_of_newer_kernels_are_passed_over() -> None:
    assert bond_options(number(35, U32, 1), number(1, U8, 4), nla(200, b"what")) == BondOptions(mode=4)
    assert slave_state(number(13, U8, 1), number(1, U8, 1)) == SlaveState(state="backup")
    assert decoded(nla(63, b"new")) == decoded()


@pytest.mark.parametrize("value", [7, 200])
def test_enumeration_values_of_the_future_are_kept_as_numbers(value: int) -> None:
    options = bond_options(number(14, U8, value), number(12, U8, value), number(9, U32, value))
    assert (options.xmit_hash_policy, options.primary_reselect, options.arp_validate) == (str(value),) * 3
    assert slave_state(number(2, U8, value)).mii_status == str(value)
    assert bond_options(number(1, U8, value)).mode_name == f"mode {value}"


def test_the_interface_itself_is_decoded() -> None:
    stats = struct.pack("=24Q", 11, 21, 12, 22, 13, 23, 14, 24, *range(8, 24))
    link, event = decoded(
        nla(1, bytes.fromhex("02000000000a")),
        number(4, U32, 9000),
        number(10, U32, 3),
        number(16, U8, 6),
        nla(23, stats),
        number(33, U8, 1),
        number(35, U32, 5),
        number(44, U32, 4),
        nla(18, nla(1, b"bond\0") + nla(2, number(1, U8, 1))),
        ifindex=70_001,
        flags=0x1043,
    )
    assert link == Link(
        ifindex=70_001,
        name="bond0",
        admin_up=True,
        carrier=True,
        operstate="up",
        mtu=9000,
        hwaddr="02:00:00:00:00:0a",
        master=3,
        kind="bond",
        carrier_changes=5,
        counters=Counters(12, 11, 13, 14, 22, 21, 23, 24),
        errors=LinkErrors._make((*range(10, 21), 9, 23)),
        bond=BondOptions(mode=1),
    )
    assert event == 4


def test_what_a_message_does_not_say_is_none() -> None:
    assert decoded(flags=0) == (Link(7, "bond0", False), None)


def test_carrier_and_admin_state_are_two_things() -> None:
    assert not decoded(number(33, U8, 0), flags=1)[0].carrier
    assert decoded(number(33, U8, 1), flags=0x1042)[0].admin_up is False


@pytest.mark.parametrize("size", [8 * 8, 23 * 8, 24 * 8, 25 * 8])
def test_statistics_of_any_kernel_are_read(size: int) -> None:
    stats = struct.pack("=8Q", *range(1, 9)) + bytes(size - 64)
    assert decoded(nla(23, stats))[0].counters == Counters(3, 1, 5, 7, 4, 2, 6, 8)


@pytest.mark.parametrize(("fields", "nohandler"), [(23, None), (24, 1023), (25, 1023)])
def test_errors_are_told_by_kind_as_far_as_the_kernel_knows_them(fields: int, nohandler: int | None) -> None:
    link, _ = decoded(nla(23, struct.pack(f"={fields}Q", *range(1000, 1000 + fields))))
    assert link.errors == LinkErrors(
        rx_length=1010,
        rx_over=1011,
        rx_crc=1012,
        rx_frame=1013,
        rx_fifo=1014,
        rx_missed=1015,
        tx_aborted=1016,
        tx_carrier=1017,
        tx_fifo=1018,
        tx_heartbeat=1019,
        tx_window=1020,
        collisions=1009,
        rx_nohandler=nohandler,
    )


@pytest.mark.parametrize("size", [64, 72, 80, 167])
def test_statistics_without_all_kinds_of_errors_tell_of_none(size: int) -> None:
    link, _ = decoded(nla(23, bytes(size)), nla(60, b"\xff" * 200))
    assert (link.counters, link.errors) == (Counters(*[0] * 8), None)


def test_a_20_byte_address_is_kept_whole() -> None:
    assert decoded(nla(1, b"\x80" * 20))[0].hwaddr == ":".join(["80"] * 20)


@pytest.mark.parametrize("name", [b"caf\xe9", b"\xff\xfe", b"e\x1b[31m", "漢字".encode(), b"a", b"fifteen-letters"])
def test_a_name_keeps_its_bytes(name: bytes) -> None:
    data = body(named(name))
    found = rtnetlink.link(data, 0, len(data))
    assert found is not None
    assert found[0].name.encode("utf-8", "surrogateescape") == name


def test_a_slave_of_something_else_is_no_slave_of_a_bond() -> None:
    link, _ = decoded(nla(18, nla(1, b"veth\0") + nla(4, b"bridge\0") + nla(5, number(1, U8, 1))))
    assert (link.kind, link.slave, link.bond) == ("veth", None, None)


def test_a_bond_that_is_a_slave_of_a_bridge_is_a_bond() -> None:
    info = nla(1, b"bond\0") + nla(2, number(1, U8, 4)) + nla(4, b"bridge\0") + nla(5, number(1, U8, 3))
    link, _ = decoded(nla(18, info), number(10, U32, 9))
    assert (link.bond, link.slave, link.master) == (BondOptions(mode=4), None, 9)


def test_kinds_without_data_are_known_all_the_same() -> None:
    link, _ = decoded(nla(18, nla(1, b"bond\0") + nla(4, b"bond\0")))
    assert (link.bond, link.slave) == (BondOptions(), SlaveState())


def test_bridge_and_wireless_messages_are_passed_over() -> None:
    for data in (body(named(), family=7), body(named(), nla(11, b"scan")), body(), b"", body(named())[:15]):
        assert rtnetlink.link(data, 0, len(data)) is None


def test_addresses_of_both_families_are_decoded() -> None:
    v4 = struct.pack("=BBBBI", 2, 24, 0, 0, 7) + nla(1, b"\xc0\0\x02\x01") + nla(2, b"\xc0\0\x02\x02")
    v6 = struct.pack("=BBBBI", 10, 64, 0, 0, 7) + nla(1, bytes(15) + b"\1")
    assert rtnetlink.address(v4, 0, len(v4)) == (7, b"\xc0\0\x02\x02", 24)
    assert rtnetlink.address(v6, 0, len(v6)) == (7, bytes(15) + b"\1", 64)
    assert rtnetlink.address(v6[:8], 0, 8) is None
    assert rtnetlink.address(v6[:5], 0, 5) is None


def test_messages_of_one_datagram_are_found_in_order() -> None:
    parts = (b"", b"abcde", b"12345678")
    data = b"".join(
        struct.pack("=IHHII", 16 + len(part), 16 + n, n, 40 + n, 0) + part + bytes(-len(part) % 4)
        for n, part in enumerate(parts)
    )
    found = [(kind, flags, sequence, data[a:b]) for kind, flags, sequence, a, b in rtnetlink.messages(data)]
    assert found == [(16, 0, 40, b""), (17, 1, 41, b"abcde"), (18, 2, 42, b"12345678")]


@given(st.integers(0, 0x3FFF), st.binary(max_size=40))
def test_attributes_are_built_as_the_kernel_expects_them(kind: int, payload: bytes) -> None:
    built = attribute(kind, payload)
    assert built == nla(kind, payload)
    assert [(each, built[a:b]) for each, a, b in rtnetlink.attributes(built, 0, len(built))] == [(kind, payload)]


def test_messages_are_built_as_the_kernel_expects_them() -> None:
    assert message(18, 0x301, 5, b"body") == struct.pack("=IHHII", 20, 18, 0x301, 5, 0) + b"body"


def test_requests_ask_the_kernel_to_filter() -> None:
    head = struct.pack("=BxHiII", 0, 0, 0, 0, 0)
    assert rtnetlink.link_request(kind="bond") == head + nla(18, nla(1, b"bond"))
    assert rtnetlink.link_request(master=9) == head + number(10, U32, 9)
    assert rtnetlink.link_request(9) == struct.pack("=BxHiII", 0, 0, 9, 0, 0)
    assert rtnetlink.address_request(9) == struct.pack("=BBBBI", 0, 0, 0, 0, 9)


EVERYTHING = body(
    named(),
    nla(1, bytes(6)),
    nla(23, bytes(200)),
    nla(
        18,
        nla(1, b"bond\0")
        + nla(
            2,
            nla(8, nla(0, bytes(4)))
            + nla(31, nla(0, bytes(16)))
            + nla(23, number(1, U16, 3) + nla(5, bytes(6)))
            + number(14, U8, 1),
        )
        + nla(4, b"bond\0")
        + nla(5, number(9, S32, -1) + number(2, U8, 2) + nla(4, bytes(6))),
    ),
)


def decode_as_everything(data: bytes) -> None:
    """Every decoder over the same bytes; each must end and none may raise."""
    for _, _, _, start, end in rtnetlink.messages(data):
        rtnetlink.link(data, start, end)
        rtnetlink.address(data, start, end)
    rtnetlink.link(data, 0, len(data))
    rtnetlink.address(data, 0, len(data))
    rtnetlink.bond_options(data, 0, len(data))
    rtnetlink.slave_state(data, 0, len(data))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    decode_as_everything(data)
    decode_as_everything(message(16, 0, 1, data))


@given(st.integers(0, len(EVERYTHING)))
@example(len(EVERYTHING) - 1)
def test_truncated_messages_never_raise(size: int) -> None:
    decode_as_everything(EVERYTHING[:size])


def test_a_wrong_byte_anywhere_never_raises() -> None:
    for position in range(len(EVERYTHING)):
        for value in (0, 1, 3, 4, 5, 6, 9, 23, 255):
            decode_as_everything(EVERYTHING[:position] + bytes([value]) + EVERYTHING[position + 1 :])


@given(st.lists(st.tuples(st.integers(0, len(EVERYTHING) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_mutated_messages_never_raise(changes: list[tuple[int, int]]) -> None:
    data = bytearray(EVERYTHING)
    for position, value in changes:
        data[position] = value
    decode_as_everything(bytes(data))


@pytest.mark.parametrize("size", range(9))
def test_attributes_that_are_too_short_never_raise(size: int) -> None:
    short = bytes(size)
    everything = b"".join(nla(kind, short) + nla(kind, nla(0, short)) for kind in range(36))
    bond_options(everything)
    slave_state(everything)
    decoded(*(nla(kind, short) for kind in range(64) if kind not in (3, 11)))


@pytest.mark.parametrize("size", [0, 8, 63])
def test_statistics_that_are_too_short_are_not_read_beyond_their_end(size: int) -> None:
    link, _ = decoded(nla(23, bytes(size)), nla(60, b"\xff" * 100))
    assert (link.counters, link.errors) == (None, None)


def test_a_short_priority_is_not_read_beyond_its_end() -> None:
    assert slave_state(nla(9, b"\1\0"), nla(3, b"\xff\xff\xff\xff")).prio in (None, 1)
