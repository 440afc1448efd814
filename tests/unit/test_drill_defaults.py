"""What a drill takes where nobody says otherwise, and targets as people write them."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.drill.defaults import flow_words, flows_for, limit_ms, parse_target, period_s, revert_after_s
from bondtui.model.action import LONGEST_REVERT_S
from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_RR,
    BALANCE_TLB,
    BALANCE_XOR,
    BROADCAST,
    LACP,
    BondOptions,
)
from bondtui.model.drill import HOLD_S, LONGEST_HOLD_S
from bondtui.model.probe import LONGEST_PERIOD_S, SHORTEST_PERIOD_S, Flow, Target

HASHING = (LACP, BALANCE_XOR, BALANCE_TLB, BALANCE_ALB)
EPHEMERAL = range(32_768, 61_000)
"""The kernel's ip_local_port_range, as it comes."""


# The period


@pytest.mark.parametrize(
    ("miimon", "seconds"), [(100, 0.01), (50, 0.005), (10, 0.005), (1, 0.005), (500, 0.05), (1000, 0.1), (5000, 0.1)]
)
def test_the_period_is_a_tenth_of_miimon_within_bounds(miimon: int, seconds: float) -> None:
    assert period_s(BondOptions(mode=ACTIVE_BACKUP, miimon=miimon)) == pytest.approx(seconds)
    assert period_s(BondOptions(mode=ACTIVE_BACKUP, miimon=0, arp_interval=miimon)) == pytest.approx(seconds)


@pytest.mark.parametrize("mode", [LACP, BALANCE_TLB, BALANCE_ALB])
@pytest.mark.parametrize("miimon", [0, None])
def test_where_the_driver_forces_miimon_its_own_value_counts(mode: int, miimon: int | None) -> None:
    assert period_s(BondOptions(mode=mode, miimon=miimon)) == pytest.approx(0.01)


@given(st.none() | st.integers(0, 2**31), st.none() | st.integers(0, 2**31))
def test_every_period_can_be_probed(miimon: int | None, arp_interval: int | None) -> None:
    options = BondOptions(mode=ACTIVE_BACKUP, miimon=miimon, arp_interval=arp_interval)
    assert SHORTEST_PERIOD_S < period_s(options) < LONGEST_PERIOD_S


# Limits


@pytest.mark.parametrize(
    ("predicted", "objective", "limit"),
    [
        (100, None, 5000),
        (0, None, 5000),
        (5000, None, 12_000),
        (None, None, 15_000),
        (None, 10_000, 20_000),
        (100, 500, 5000),
        (100, 4000, 8000),
        (90_100, None, 182_200),
        (10**7, None, 300_000),
        (None, 10**9, 300_000),
    ],
)
def test_the_limit_is_generous_and_bounded(predicted: int | None, objective: float | None, limit: float) -> None:
    assert limit_ms(predicted, objective) == limit


def test_the_switch_waits_longer_than_all_that_comes_before_the_restoring() -> None:
    """The action itself, a failover that lasts as long as it may, three hold times to settle, and the hold time."""
    for hold, limit in ((HOLD_S, 5000.0), (LONGEST_HOLD_S, 300_000.0), (0.5, 15_000.0)):
        assert revert_after_s(hold, limit) > 15.0 + limit / 1000 + 4 * hold
    assert revert_after_s(HOLD_S, 5000.0) < 60.0
    assert revert_after_s(LONGEST_HOLD_S, 300_000.0) <= LONGEST_REVERT_S
    assert revert_after_s(10 * LONGEST_HOLD_S, 300_000.0) == LONGEST_REVERT_S
    assert revert_after_s(HOLD_S, 5000.0, patience_s=1.6) == pytest.approx(revert_after_s(HOLD_S, 5000.0) - 13.4)


# Targets as people write them


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("192.0.2.1", Target("192.0.2.1")),
        ("icmp:192.0.2.1", Target("192.0.2.1")),
        ("2001:DB8:0:0::1", Target("2001:db8::1")),
        ("[2001:db8::1]", Target("2001:db8::1")),
        ("icmp:2001:db8::1", Target("2001:db8::1")),
        ("::ffff:192.0.2.1", Target("192.0.2.1")),
        ("fe80::1%bond0", Target("fe80::1%bond0")),
        ("fe80::1%7", Target("fe80::1%7")),
        ("tcp:192.0.2.1:22", Target("192.0.2.1", "tcp", 22)),
        ("udp:192.0.2.1:7", Target("192.0.2.1", "udp", 7)),
        ("tcp:[2001:db8::1]:22", Target("2001:db8::1", "tcp", 22)),
        ("udp:[fe80::1%bond0.100]:65535", Target("fe80::1%bond0.100", "udp", 65_535)),
        ("tcp:[fe80::1%e]]:1", Target("fe80::1%e]", "tcp", 1)),
    ],
)
def test_targets_are_read(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gateway.example", "'gateway.example' is no IP address; host names are not looked up"),
        ("", "'' is no IP address"),
        ("192.0.2", "'192.0.2' is no IP address"),
        ("192.0.2.1/24", "is no IP address"),
        ("192.0.2.1:22", "is no IP address"),
        ("http:192.0.2.1", "is no IP address"),
        ("tcp:gateway:22", "'gateway' is no IP address"),
        ("fe80::1", "needs its interface, such as fe80::1%bond0"),
        ("fe80::1%", "needs its interface"),
        ("192.0.2.1%bond0", "only link-local addresses"),
        ("2001:db8::1%bond0", "only link-local addresses"),
        ("0.0.0.0", "the address of nobody"),
        ("::", "the address of nobody"),
        ("tcp:192.0.2.1", "must be tcp:ADDR:PORT, with an IPv6 address in brackets"),
        ("udp:2001:db8::1:7", "must be udp:ADDR:PORT"),
        ("tcp:", "must be tcp:ADDR:PORT"),
        ("tcp:192.0.2.1:", "'' is no port"),
        ("tcp:192.0.2.1:0", "'0' is no port: 1 to 65535"),
        ("tcp:192.0.2.1:65536", "is no port"),
        ("tcp:192.0.2.1:0000065536", "is no port"),
        ("tcp:192.0.2.1:ssh", "'ssh' is no port"),
        ("tcp:192.0.2.1:+22", "is no port"),
        pytest.param("tcp:192.0.2.1:" + "1" * 5000, "is no port", id="long"),
        ("tcp:192.0.2.1:٢٢", "is no port"),
    ],
)
def test_what_is_no_target_is_said_in_one_line(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as raised:
        parse_target(text)
    assert why in str(raised.value)


@given(st.text(max_size=40))
def test_any_other_text_is_read_or_refused(text: str) -> None:
    for whole in (text, f"tcp:{text}:22", f"udp:192.0.2.1:{text}", f"fe80::1%{text}"):
        try:
            target = parse_target(whole)
        except ValueError:
            continue
        assert not ip_address(target.address.partition("%")[0]).is_unspecified
        assert target.port is None or 1 <= target.port <= 65_535


@given(st.ip_addresses().filter(lambda each: not (each.is_unspecified or each.is_link_local)), st.integers(1, 65_535))
def test_what_was_read_is_read_again_as_the_same(address: object, port: int) -> None:
    target = parse_target(f"tcp:[{address}]:{port}")
    assert parse_target(f"tcp:[{target.address}]:{port}") == target
    assert parse_target(str(address)) == target._replace(kind="icmp", port=None)


# Flows


def some(count: int) -> list[Target]:
    return [Target(f"192.0.2.{number}") for number in range(1, count + 1)]


def flows(mode: int | None, count: int) -> tuple[Flow, ...]:
    return flows_for(BondOptions(mode=mode), some(count), ["bond0"] * count)


@pytest.mark.parametrize("mode", [ACTIVE_BACKUP, BALANCE_RR, BROADCAST, None])
@pytest.mark.parametrize("count", [1, 3, 16])
def test_where_no_slave_is_chosen_by_flow_each_target_has_one(mode: int | None, count: int) -> None:
    assert flows(mode, count) == tuple(Flow(target, "bond0") for target in some(count))


@pytest.mark.parametrize("mode", HASHING)
@pytest.mark.parametrize(
    ("count", "each"), [(1, [8]), (2, [4, 4]), (3, [3, 3, 2]), (5, [2, 2, 2, 1, 1]), (8, [1] * 8), (16, [1] * 16)]
)
def test_where_a_flow_stays_on_one_slave_the_targets_share_several(mode: int, count: int, each: list[int]) -> None:
    made = flows(mode, count)
    assert [Counter(flow.target for flow in made)[target] for target in some(count)] == each
    assert len({flow.source_port for flow in made}) == len(made)


@pytest.mark.parametrize("mode", [LACP, ACTIVE_BACKUP])
def test_more_targets_than_can_be_probed_are_refused(mode: int) -> None:
    with pytest.raises(ValueError, match="17 targets are more than the 16"):
        flows(mode, 17)


def test_without_targets_there_are_no_flows() -> None:
    assert flows(LACP, 0) == flows(ACTIVE_BACKUP, 0) == ()


def test_a_target_that_is_named_twice_is_one_unless_over_another_device() -> None:
    twice = [Target("192.0.2.1")] * 2
    assert len(flows_for(BondOptions(mode=ACTIVE_BACKUP), twice, ["bond0", "bond0"])) == 1
    assert [each.device for each in flows_for(BondOptions(mode=ACTIVE_BACKUP), twice, ["bond0", ""])] == ["bond0", ""]


def test_sources_are_the_same_every_time_and_outside_what_the_kernel_gives_away() -> None:
    sources = [each.source_port or 0 for each in flows(LACP, 16)]
    assert sources == [each.source_port for each in flows(LACP, 16)]
    assert all(source not in EPHEMERAL and 1024 <= source <= 65_535 for source in sources)


def layer34(words: int, source: str, destination: str) -> int:
    """The driver's hash of what memcpy finds where ports or ICMP are: bond_main.c, __bond_xmit_hash and bond_ip_hash."""
    little = [int.from_bytes(ip_address(each).packed, "little") for each in (source, destination)]
    found = words ^ little[0] ^ little[1]
    found ^= found >> 16
    found ^= found >> 8
    return found >> 1


def crossed(target: Target, flows: tuple[Flow, ...], slaves: int, ours: str = "192.0.2.99") -> Counter[int]:
    """How many of the flows to a target cross each slave."""
    counts: Counter[int] = Counter()
    for flow in flows:
        source = flow.source_port or 0
        words = 8 | source << 16  # struct flow_dissector_key_icmp: type, code, id
        if target.kind == "udp":
            words = int.from_bytes(source.to_bytes(2, "big") + (7).to_bytes(2, "big"), "little")
        if flow.target == target:
            counts[layer34(words, ours, target.address) % slaves] += 1
    return counts


@pytest.mark.parametrize("slaves", [2, 4, 8])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("kind", ["icmp", "udp"])
def test_by_layer3_4_the_flows_of_one_target_spread_evenly(slaves: int, count: int, kind: str) -> None:
    targets = [Target(each.address, kind, None if kind == "icmp" else 7) for each in some(count)]
    made = flows_for(BondOptions(mode=LACP), targets, ["bond0"] * count)
    for target in targets:
        counts = crossed(target, made, slaves)
        assert len(counts) == min(slaves, 8 // count)
        assert max(counts.values()) == min(counts.values())


@pytest.mark.parametrize("kind", ["icmp", "udp"])
@pytest.mark.parametrize("net", ["192.0.2", "198.51.100"])
def test_by_layer3_4_hardly_ever_one_of_three_slaves_is_spared(kind: str, net: str) -> None:
    spared = tried = 0
    for ours in range(1, 255, 7):
        for theirs in range(2, 255, 5):
            target = Target(f"{net}.{theirs}", kind, None if kind == "icmp" else 7)
            made = flows_for(BondOptions(mode=LACP), [target], ["bond0"])
            spared += 3 - len(crossed(target, made, 3, f"192.0.2.{ours}"))
            tried += 3
    assert spared / tried < 0.03


def test_the_driver_was_seen_to_hash_so() -> None:
    """Linux 6.1, balance-xor over three slaves, layer3+4, from 192.0.2.1: the slave by place, by identifier."""
    seen = {61_440: 0, 61_698: 0, 61_956: 2, 62_214: 2, 62_472: 0, 62_730: 0, 62_988: 2, 63_246: 2}
    target = Target("192.0.2.254")
    for source, slave in seen.items():
        assert crossed(target, (Flow(target, "bond0", source),), 3, "192.0.2.1") == {slave: 1}


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (Flow(Target("192.0.2.1")), "192.0.2.1 icmp"),
        (Flow(Target("fe80::1%bond0"), "bond0", 61_490), "fe80::1%bond0 icmp id 61490"),
        (Flow(Target("192.0.2.1", "udp", 7), "bond0", 61_742), "192.0.2.1 udp port 7 from 61742"),
        (Flow(Target("2001:db8::1", "tcp", 22)), "2001:db8::1 tcp port 22"),
    ],
)
def test_a_flow_is_told_in_words(flow: Flow, words: str) -> None:
    assert flow_words(flow) == words
