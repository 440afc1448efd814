"""What switches say of themselves by LLDP: frames as IEEE 802.1AB lays them out, reports of lldpcli, any other bytes."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import lldp
from bondtui.model.around import Neighbour

CHASSIS, PORT, TTL, PORT_DESCRIPTION, NAME = 1, 2, 3, 4, 5
MAC = bytes.fromhex("00230 4eebe01".replace(" ", ""))
SWITCH = "00:23:04:ee:be:01"
LIVES = struct.pack("!H", 120)


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!H", kind << 9 | len(value)) + value


def a_frame(*tlvs: bytes, ethertype: int = 0x88CC) -> bytes:
    """An Ethernet frame to the nearest bridge, padded to the shortest one there is."""
    head = bytes.fromhex("0180c200000e") + MAC + struct.pack("!H", ethertype)
    return (head + b"".join(tlvs) + tlv(0, b"")).ljust(60, b"\0")


def said(
    chassis: bytes = b"\x04" + MAC, port: bytes = b"\x05Ethernet17", *more: bytes, ttl: bytes = LIVES
) -> tuple[bytes, ...]:
    return (tlv(CHASSIS, chassis), tlv(PORT, port), tlv(TTL, ttl), *more)


FRAME = a_frame(*said(b"\x04" + MAC, b"\x05Ethernet17", tlv(PORT_DESCRIPTION, b"to web1"), tlv(NAME, b"sw1.example")))
NEIGHBOUR = Neighbour(SWITCH, "sw1.example", "Ethernet17", "to web1", "systemd-networkd")


def test_a_frame_tells_the_switch_and_its_port() -> None:
    assert lldp.frame(FRAME) == NEIGHBOUR
    assert lldp.frame(a_frame(*said())) == Neighbour(SWITCH, None, "Ethernet17", None, "systemd-networkd")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\x04" + MAC, SWITCH),
        (b"\x04odd", "odd"),
        (b"\x05\x01\xc0\x00\x02\x01", "192.0.2.1"),
        (b"\x05\x02" + bytes.fromhex("20010db8") + bytes(11) + b"\x01", "2001:db8::1"),
        (b"\x05\x63ab", "63:61:62"),
        (b"\x07FOC1234", "FOC1234"),
        (b"\x06\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_a_chassis_has_many_kinds_of_ids(value: bytes, text: str) -> None:
    found = lldp.frame(a_frame(*said(value)))
    assert found is not None
    assert found.chassis_id == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(b"\x03" + MAC, SWITCH), (b"\x04\x01\xc0\x00\x02\x01", "192.0.2.1"), (b"\x07 7\0", "7"), (b"\x05", None)],
)
def test_a_port_has_others(value: bytes, text: str | None) -> None:
    found = lldp.frame(a_frame(*said(port=value)))
    assert found is not None
    assert found.port_id == text


@pytest.mark.parametrize(
    "data",
    [
        a_frame(*said(), ethertype=0x0800),
        a_frame(*said(ttl=bytes(2))),
        a_frame(*said()[1:]),
        a_frame(*said()[:2]),
        a_frame(*said(b"\x04")),
        FRAME[:14],
        FRAME[:20],
        b"",
    ],
)
def test_other_frames_and_good_byes_are_no_neighbour(data: bytes) -> None:
    assert lldp.frame(data) is None


def test_what_is_cut_off_is_not_taken_for_the_whole() -> None:
    cut = a_frame(*said(), tlv(NAME, b"sw1.example"))[:-8].rstrip(b"\0")[:-3]
    found = lldp.frame(cut)
    assert found is not None
    assert found.system_name is None


def stored(*frames: bytes) -> bytes:
    """A file of systemd-networkd."""
    return b"".join(struct.pack("<Q", len(each)) + each for each in frames)


def test_networkd_keeps_frames_one_after_the_other() -> None:
    other = a_frame(*said(b"\x07other"))
    assert [each.chassis_id for each in lldp.networkd(stored(FRAME, b"junk", other))] == [SWITCH, "other"]
    assert lldp.networkd(stored(FRAME) + struct.pack("<Q", 1 << 63) + other) == [NEIGHBOUR]
    assert lldp.networkd(b"\x05\0") == []


def test_a_port_that_hears_two_switches_has_no_neighbour() -> None:
    other = NEIGHBOUR._replace(chassis_id="other")
    assert lldp.only([]) is None
    assert lldp.only([NEIGHBOUR, NEIGHBOUR]) == NEIGHBOUR
    assert lldp.only([NEIGHBOUR, other]) is None


def test_two_ports_of_one_switch_are_that_switch_alone() -> None:
    assert lldp.only([NEIGHBOUR, NEIGHBOUR._replace(port_id="Ethernet18")]) == NEIGHBOUR._replace(
        port_id=None, port_description=None
    )


@given(st.binary(max_size=200))
def test_any_bytes_will_do(data: bytes) -> None:
    lldp.frame(data)
    lldp.frame(FRAME[:14] + data)
    lldp.networkd(data)
    lldp.networkd(stored(data, FRAME))
    lldp.lldpcli(data)


def json0(name: str, mac: str = SWITCH, port: str = "Ethernet17", via: str = "LLDP") -> dict[str, Any]:
    return {
        "name": name,
        "via": via,
        "rid": "1",
        "age": "0 day, 02:11:09",
        "chassis": [
            {
                "id": [{"type": "mac", "value": mac}],
                "name": [{"value": "sw1.example"}],
                "descr": [{"value": "A switch"}],
                "capability": [{"type": "Bridge", "enabled": True}],
            }
        ],
        "port": [
            {"id": [{"type": "ifname", "value": port}], "descr": [{"value": "to web1"}], "ttl": [{"value": "120"}]}
        ],
    }


def short(mac: str = SWITCH, port: str = "Ethernet17", name: str | None = "sw1.example") -> dict[str, Any]:
    """One entry as ``-f json`` has it."""
    chassis = {"id": {"type": "mac", "value": mac}, "descr": "A switch", "capability": {"type": "Bridge"}}
    told = {"id": {"type": "ifname", "value": port}, "descr": "to web1", "ttl": "120"}
    return {"via": "LLDP", "rid": "1", "age": "0 day", "chassis": {name: chassis} if name else chassis, "port": told}


def report(interfaces: object, *, whole: bool = False) -> dict[str, Neighbour]:
    document = {"lldp": [{"interface": interfaces}] if whole else {"interface": interfaces}}
    found = lldp.lldpcli(json.dumps(document))
    assert found.understood
    return found.neighbours


TOLD = NEIGHBOUR._replace(told_by="lldpd")


def test_lldpcli_is_understood_in_both_of_its_shapes() -> None:
    other = {"eno2": TOLD._replace(chassis_id="44:4c:a8:12:7d:c5", port_id="e3")}
    both = {"eno1": TOLD, **other}
    assert report([json0("eno1"), json0("eno2", "44:4c:a8:12:7d:c5", "e3")], whole=True) == both
    assert report([{"eno1": short()}, {"eno2": short("44:4c:a8:12:7d:c5", "e3")}]) == both
    assert report({"eno1": short()}) == {"eno1": TOLD}
    assert report({"eno1": short(name=None)}) == {"eno1": TOLD._replace(system_name=None)}
    assert report({"eno1": short(name="id")})["eno1"].chassis_id == SWITCH


def test_a_port_with_several_switches_is_left_out() -> None:
    assert report([{"eno1": short()}, {"eno1": short("44:4c:a8:12:7d:c5")}, {"eno2": short()}]) == {"eno2": TOLD}
    assert report({"eno1": [short(), short("44:4c:a8:12:7d:c5")]}) == {}


def test_other_protocols_name_a_switch_in_another_way_and_are_left_out() -> None:
    assert report([json0("eno1", "sw1", via="CDPv2"), json0("eno1")], whole=True) == {"eno1": TOLD}
    assert report([json0("eno1", "sw1", via="CDPv2")], whole=True) == {}


@pytest.mark.parametrize("text", ["{}", '{"lldp": {}}', '{"lldp": [{}]}'])
def test_no_neighbours_is_an_answer(text: str) -> None:
    assert lldp.lldpcli(text) == lldp.Report(understood=True)


@pytest.mark.parametrize("text", ["", "null", "[]", '{"x": 1}', "[" * 100_000, "unable to connect to socket"])
def test_everything_else_is_none(text: str) -> None:
    assert not lldp.lldpcli(text).understood


def reply(*interfaces: dict[str, Any]) -> str:
    """What systemd-networkd answers by varlink."""
    return json.dumps({"parameters": {"Neighbors": interfaces}})


def of_interface(index: int, *chassis: str) -> dict[str, Any]:
    heard = [
        {"ChassisID": each, "RawChassisID": [4, 0], "PortID": "Ethernet17", "RawPortID": [5], "SystemName": "sw1.example",
         "PortDescription": "to web1", "EnabledCapabilities": 4}
        for each in chassis
    ]  # fmt: skip
    return {"InterfaceIndex": index, "InterfaceName": f"eno{index}", "Neighbors": heard}


def test_networkd_answers_by_interface() -> None:
    answer = reply(of_interface(2, SWITCH), of_interface(3), of_interface(4, SWITCH, "other"), {"InterfaceIndex": "x"})
    assert lldp.networkd_reply(answer) == {2: NEIGHBOUR}
    assert lldp.networkd_reply(reply()) == {}


@pytest.mark.parametrize("text", ["", "null", '{"error": "org.varlink.service.MethodNotFound", "parameters": {}}'])
def test_an_error_is_no_answer(text: str) -> None:
    assert lldp.networkd_reply(text) is None


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
KEYS = st.sampled_from(
    [
        "parameters",
        "Neighbors",
        "InterfaceIndex",
        "ChassisID",
        "lldp",
        "interface",
        "chassis",
        "port",
        "id",
        "name",
        "value",
        "via",
        "eno1",
    ]
)
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))


@given(DOCUMENTS)
def test_any_document_will_do(document: object) -> None:
    lldp.networkd_reply(json.dumps(document))
    lldp.networkd_reply(json.dumps({"parameters": {"Neighbors": document}}))
    for text in (document, {"lldp": document}, {"lldp": {"interface": document}}):
        for neighbour in lldp.lldpcli(json.dumps(text)).neighbours.values():
            assert all(part is None or isinstance(part, str) for part in neighbour)
            assert neighbour.chassis_id
