"""Texts as drivers/net/bonding/bond_procfs.c prints them, with and without CAP_NET_ADMIN, and anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.proc_bonding import parse
from bondtui.model.bond import LacpDetails

BOND = """\
Ethernet Channel Bonding Driver: v7.2.12

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer3+4 (1)
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0
Peer Notification Delay (ms): 0

802.3ad info
LACP active: on
LACP rate: fast
Min links: 0
Aggregator selection policy (ad_select): stable
"""
ACTOR = """\
System priority: 65535
System MAC address: 02:00:00:00:00:0a
Active Aggregator Info:
\tAggregator ID: 1
\tNumber of ports: 2
\tActor Key: 15
\tPartner Key: 33
\tPartner Mac Address: 02:00:5e:00:53:01
"""
SLAVE = """\

Slave Interface: {name}
MII Status: up
Speed: 10000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 02:00:00:00:00:02
Slave queue ID: 0
Aggregator ID: 1
Actor Churn State: none
Partner Churn State: churned
Actor Churned Count: 0
Partner Churned Count: 1
"""
PDUS = """\
details actor lacp pdu:
    system priority: 65535
    system mac address: 02:00:00:00:00:0a
    port key: 15
    port priority: 255
    port number: {port}
    port state: 63
details partner lacp pdu:
    system priority: 32768
    system mac address: 02:00:5e:00:53:01
    oper key: 33
    port priority: 32767
    port number: {partner}
    port state: 61
"""


def privileged(*names: str) -> str:
    slaves = "".join(
        SLAVE.format(name=name) + PDUS.format(port=n, partner=100 + n) for n, name in enumerate(names, start=1)
    )
    return BOND + ACTOR + slaves


def unprivileged(*names: str) -> str:
    return BOND + "".join(SLAVE.format(name=name) for name in names)


def unheard() -> LacpDetails:
    return LacpDetails(actor_churn="none", partner_churn="churned", actor_churned_count=0, partner_churned_count=1)


def full(partner: int) -> LacpDetails:
    return unheard()._replace(
        partner_system_mac="02:00:5e:00:53:01",
        partner_key=33,
        partner_port=partner,
        actor_system_mac="02:00:00:00:00:0a",
        actor_system_priority=65535,
        actor_key=15,
        actor_port=partner - 100,
        actor_port_priority=255,
        partner_system_priority=32768,
        partner_port_priority=32767,
    )


def test_a_privileged_text_tells_the_partner_of_each_slave() -> None:
    proc = parse(privileged("eno1", "eno2"))
    assert proc.privileged
    assert (proc.lacp("eno1"), proc.lacp("eno2")) == (full(101), full(102))


def test_an_unprivileged_text_tells_churn_alone() -> None:
    proc = parse(unprivileged("eno1"))
    assert not proc.privileged
    assert proc.lacp("eno1") == unheard()


def test_a_slave_that_is_not_in_the_text_has_no_details() -> None:
    assert parse(privileged("eno1")).lacp("eno2") == LacpDetails()
    assert parse("").lacp("eno1") == LacpDetails()


def test_the_values_of_bond_and_slave_are_kept_apart() -> None:
    proc = parse(privileged("eno1").replace("MII Status: up\nSpeed", "MII Status: down\nSpeed"))
    assert proc.bond["MII Status"] == "up"
    assert proc.slaves["eno1"]["MII Status"] == "down"
    assert proc.bond["Aggregator ID"] == proc.slaves["eno1"]["Aggregator ID"] == "1"


def test_actor_and_partner_lines_are_kept_apart() -> None:
    values = parse(privileged("eno1")).slaves["eno1"]
    assert values["actor system mac address"] == "02:00:00:00:00:0a"
    assert values["partner system mac address"] == "02:00:5e:00:53:01"
    assert (values["actor port number"], values["partner port number"]) == ("1", "101")


def test_details_do_not_leak_into_the_next_slave() -> None:
    text = privileged("eno1") + SLAVE.format(name="eno2")
    assert parse(text).lacp("eno2") == unheard()


def test_a_slave_in_no_aggregator_has_no_pdus() -> None:
    slave = SLAVE.format(name="eno1").partition("Aggregator ID")[0] + "Aggregator ID: N/A\n"
    assert parse(BOND + ACTOR + slave).lacp("eno1") == LacpDetails()


def test_a_bond_without_an_active_aggregator_is_still_privileged() -> None:
    head = ACTOR.partition("Active Aggregator")[0] + "bond bond0 has no active aggregator\n"
    proc = parse(BOND + head + SLAVE.format(name="eno1"))
    assert proc.privileged
    assert list(proc.slaves) == ["eno1"]


def test_the_older_order_of_lines_is_read_as_well() -> None:
    old = SLAVE.format(name="eno1").replace(
        "Slave queue ID: 0\nAggregator ID: 1", "Aggregator ID: 1\nSlave queue ID: 0"
    )
    assert parse(BOND + old).slaves["eno1"] == parse(unprivileged("eno1")).slaves["eno1"]


def test_carriage_returns_do_not_matter() -> None:
    text = privileged("eno1", "eno2")
    assert parse(text.replace("\n", "\r\n")) == parse(text)


def test_a_text_that_is_indented_as_a_whole_is_read() -> None:
    text = "".join(f"    {line}\n" for line in privileged("eno1", "eno2").split("\n"))
    assert [parse(text).lacp(name) for name in ("eno1", "eno2")] == [full(101), full(102)]


def test_missing_blank_lines_and_unknown_lines_do_not_matter() -> None:
    text = privileged("eno1", "eno2")
    assert parse(text.replace("\n\n", "\n")).lacp("eno2") == full(102)
    assert parse(text.replace("Duplex: full", "Duplex: full\nNew thing: 3\nno colon here")).lacp("eno2") == full(102)


@pytest.mark.parametrize("value", ["", "N/A", "-1", "0x21", "3.5"])
def test_a_number_that_is_none_is_not_told(value: str) -> None:
    assert parse(privileged("eno1").replace("oper key: 33", f"oper key: {value}")).lacp("eno1").partner_key is None


def test_a_number_of_thousands_of_digits_does_not_raise() -> None:
    parse(privileged("eno1").replace("oper key: 33", f"oper key: {'9' * 5000}")).lacp("eno1")


def kernel_names() -> st.SearchStrategy[str]:
    """Names that the kernel lets pass: 1 to 15 bytes, none of them NUL, '/', ':' or its white space."""
    allowed = [byte for byte in range(1, 256) if byte not in b"/:\t\n\v\f\r \xa0"]
    raw = st.lists(st.sampled_from(allowed), min_size=1, max_size=15).map(bytes)
    return raw.filter(lambda name: name not in (b".", b"..")).map(lambda name: name.decode("utf-8", "surrogateescape"))


@given(st.lists(kernel_names(), min_size=1, max_size=4, unique=True))
def test_slaves_are_found_whatever_they_are_called(names: list[str]) -> None:
    proc = parse(privileged(*names))
    assert [proc.lacp(name) for name in names] == [full(100 + n) for n in range(1, len(names) + 1)]


@pytest.mark.parametrize("name", ["\x1f", "a\u2003", "a\u0085", "details", "None"])
def test_a_name_that_looks_like_something_else_is_a_name(name: str) -> None:
    proc = parse(privileged(name, "eno2"))
    assert (proc.lacp(name), proc.lacp("eno2")) == (full(101), full(102))


@given(st.text(alphabet=st.characters(), max_size=300))
def test_arbitrary_text_never_raises(text: str) -> None:
    parse(text).lacp("eno1")


LABELS = (
    "Slave Interface: a",
    "details actor lacp pdu:",
    "details  lacp pdu:",
    "    oper key: 3",
    ":",
    "::",
    " ",
    "a:b",
)


@given(st.lists(st.sampled_from([*LABELS, *privileged("a").split("\n")]), max_size=40))
def test_lines_in_any_order_never_raise(lines: list[str]) -> None:
    parse("\n".join(lines)).lacp("a")
