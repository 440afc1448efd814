"""Situations of a bond, and what is said of each: the worst thing first, and nothing that is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.tracks import Track
from bondtui.model.bond import AdInfo, Bond, Hardware, Slave
from bondtui.model.finding import AT_RISK, DEGRADED, DOWN, OK, UNKNOWN, WORDS, Judgement
from bondtui.triage.case import Case, carrying
from bondtui.triage.saying import trouble
from bondtui.triage.verdict import judge as judged
from tests.builders import BOND, PARTNER, a_bond, a_lacp_bond, a_lost_slave, a_pair, a_port, a_slave, a_stamp

NOW = 200.0
NO_TRACKS: Mapping[int, Track] = {}


def case_of(bond: Bond, tracks: Mapping[int, Track] = NO_TRACKS, mono: float = NOW) -> Case:
    """All slaves have been watched for long enough, unless their tracks say otherwise."""
    watched = {slave.ifindex: Track(None, first_at=0.0) for slave in bond.slaves}
    return Case(bond, mono, {**watched, **tracks})


def judge(bond: Bond, tracks: Mapping[int, Track] = NO_TRACKS, mono: float = NOW) -> Judgement:
    return judged(case_of(bond, tracks, mono))


def all_words(bond: Bond, tracks: Mapping[int, Track] = NO_TRACKS) -> str:
    found = judge(bond, tracks)
    return f"{found.sentence} {found.consequence} {found.next_step}"


def three(*lost: str, **rest: Any) -> Bond:
    names = ("eno1", "eno2", "eno3")
    slaves = (a_lost_slave(n, i) if n in lost else a_slave(n, i) for i, n in enumerate(names, start=2))
    return a_bond(*slaves, **rest)


def two(second: Slave, **rest: Any) -> Bond:
    return a_bond(a_slave("eno1", 2, state="active"), second, **rest)


def ports(second: Slave, *more: Slave, **rest: Any) -> Bond:
    return a_lacp_bond(a_port("eno1", 2), second, *more, **rest)


NOBODY = AdInfo(1, 1, 15, 1, "00:00:00:00:00:00")

SITUATIONS: list[tuple[str, Bond, int, tuple[str, ...]]] = [
    ("active-backup is well", a_pair(), OK, ("Both slaves are up", "Traffic is on eno1", "eno2 takes over")),
    ("three are well", three(), OK, ("All 3 slaves are up", "Traffic is on eno1", "one of 2 others takes over")),
    ("balance-rr is well", a_pair(mode=0), OK, ("Both slaves are up", "Traffic is on eno1 and eno2")),
    ("balance-xor is well", a_pair(mode=2), OK, ("Both slaves are up", "Traffic is on eno1 and eno2")),
    ("broadcast is well", three(mode=3), OK, ("All 3 slaves are up", "Traffic is on eno1, eno2 and eno3")),
    ("802.3ad is well", a_lacp_bond(), OK, ("Both slaves are up", "Traffic is on eno1 and eno2")),
    ("802.3ad with a slow partner is well", ports(a_port("eno2", 3, actor=61, partner=61)), OK, ("Both slaves",)),
    ("balance-tlb is well", a_pair(mode=5), OK, ("Both slaves are up", "eno1 is the active slave")),
    ("balance-alb is well", a_pair(mode=6), OK, ("Both slaves are up", "eno1 is the active slave")),
    ("a mode of the future is well", a_pair(mode=9), OK, ("Both slaves are up",)),
    (
        "one of three has lost its carrier",
        three("eno2"),
        DEGRADED,
        ("eno2 has no carrier", "Traffic is on eno1", "ethtool eno2"),
    ),
    (
        "only one is left",
        two(a_lost_slave("eno2", 3)),
        AT_RISK,
        ("eno2 has no carrier", "Traffic is on eno1", "If eno1 fails, bond0 is down: 192.0.2.10", "ethtool eno2"),
    ),
    (
        "a backup was set down",
        two(a_slave("eno2", 3, admin_up=False, carrier=False, mii="down")),
        AT_RISK,
        ("eno2 is set down", "ip link set dev eno2 up"),
    ),
    (
        "a slave has carrier but the driver does not believe it",
        two(a_slave("eno2", 3, mii="down")),
        AT_RISK,
        ("eno2 has carrier but is still MII down", "ethtool eno2"),
    ),
    (
        "a slave is going down",
        two(a_slave("eno2", 3, mii="going down")),
        AT_RISK,
        ("eno2 is going down", "downdelay"),
    ),
    (
        "a slave is coming back",
        two(a_slave("eno2", 3, mii="going back")),
        OK,
        ("eno2 is coming back", "updelay"),
    ),
    ("two of three are lost", three("eno1", "eno2", active_slave=4), AT_RISK, ("(1 more down)", "If eno3 fails")),
    (
        "all are lost",
        three("eno1", "eno2", "eno3", carrier=False, active_slave=None),
        DOWN,
        ("No slave is up", "bond0 carries no traffic", "eno1 has no carrier; eno2 has no carrier", "192.0.2.10"),
    ),
    (
        "all of five are lost",
        a_bond(*(a_lost_slave(f"p{n}", n) for n in range(2, 7)), carrier=False, active_slave=None),
        DOWN,
        ("No slave is up", "and 2 more"),
    ),
    ("no slaves", a_bond(carrier=False), DOWN, ("bond0 has no slaves", "carries no traffic")),
    (
        "the bond is set down",
        a_pair(admin_up=False, carrier=False),
        DOWN,
        ("bond0 is set down", "ip link set dev bond0 up"),
    ),
    (
        "a single slave",
        a_bond(a_slave("eno1", 2)),
        AT_RISK,
        ("single slave, eno1", "nothing to fail over to", "If eno1 fails, bond0 is down"),
    ),
    (
        "nobody watches the links",
        a_pair(miimon=0),
        AT_RISK,
        ("No link monitor", "miimon set to 100"),
    ),
    (
        "nobody watches and the active slave has no carrier",
        a_bond(a_slave("eno1", 2, carrier=False, mii="up"), a_slave("eno2", 3), miimon=0),
        DOWN,
        ("Traffic goes to eno1, which has no carrier", "no link monitor", "Lost now: 192.0.2.10"),
    ),
    (
        "ARP monitoring is a monitor",
        a_pair(miimon=0, arp_interval=1000, arp_ip_targets=("192.0.2.254",)),
        OK,
        ("Both slaves are up",),
    ),
    (
        "min_links is not met",
        a_lacp_bond(
            a_port("eno1", 2),
            a_lost_slave("eno2", 3),
            info=AdInfo(1, 1, 15, 15, "00:23:04:ee:be:01"),
            min_links=2,
            carrier=False,
        ),
        DOWN,
        (
            "bond0 has no carrier although eno1 is up",
            "the active aggregator has 1 port, min_links asks for 2",
            "Lost now",
        ),
    ),
    (
        "no LACP partner",
        a_lacp_bond(
            a_port("eno1", 2, actor=79, partner=1), a_port("eno2", 3, aggregator=2, actor=71, partner=0), info=NOBODY
        ),
        AT_RISK,
        ("No LACP partner answers bond0", "at most one slave is used", "port-channel", "eno1 and eno2"),
    ),
    (
        "no active aggregator",
        a_lacp_bond(a_port("eno1", 2, actor=71), a_port("eno2", 3, actor=71), info=None),
        AT_RISK,
        ("No LACP partner answers bond0",),
    ),
    (
        "a slave is in another aggregator",
        ports(a_port("eno2", 3, aggregator=2, actor=7, partner=63)),
        DEGRADED,
        (
            "eno2 is in another aggregator than the active one (1)",
            "Traffic is on eno1",
            "If eno1 fails, eno2 takes over within about a second",
        ),
    ),
    (
        "a slave is in another aggregator whose partner is not in sync",
        ports(a_port("eno2", 3, aggregator=2, actor=7, partner=7)),
        AT_RISK,
        ("eno2 is in another aggregator than the active one (1)", "If eno1 fails, bond0 is down"),
    ),
    (
        "one of three is in another aggregator",
        ports(a_port("eno2", 3), a_port("eno3", 4, aggregator=2)),
        DEGRADED,
        ("eno3 is in another aggregator", "Traffic is on eno1 and eno2"),
    ),
    (
        "a partner has gone silent",
        ports(a_port("eno2", 3, aggregator=2, actor=71, partner=1)),
        AT_RISK,
        ("eno2 hears no LACP partner although the link is up", "only eno1 carries traffic", "the port of eno2"),
    ),
    (
        "a partner has just expired",
        ports(a_port("eno2", 3, actor=143, partner=55)),
        AT_RISK,
        ("eno2 has just lost its LACP partner",),
    ),
    (
        "one of three partners is silent",
        ports(a_port("eno2", 3), a_port("eno3", 4, aggregator=2, actor=71)),
        DEGRADED,
        ("eno3 hears no LACP partner", "only eno1 and eno2 carry traffic"),
    ),
    (
        "all partners are silent",
        a_lacp_bond(a_port("eno1", 2, actor=71), a_port("eno2", 3, actor=71), info=NOBODY),
        AT_RISK,
        ("No LACP partner answers bond0",),
    ),
    (
        "a port has not settled",
        ports(a_port("eno2", 3, actor=15, partner=7)),
        AT_RISK,
        ("The switch does not let eno2 carry traffic", "/proc/net/bonding/bond0"),
    ),
    (
        "the partner does not collect",
        ports(a_port("eno2", 3, actor=63, partner=15)),
        AT_RISK,
        ("The switch is in sync on eno2", "not collecting and distributing"),
    ),
    (
        "an 802.3ad slave is lost and its last state is still shown",
        ports(a_lost_slave("eno2", 3, aggregator_id=1, actor_port_state=63, partner_port_state=63)),
        AT_RISK,
        ("eno2 has no carrier", "Traffic is on eno1", "If eno1 fails"),
    ),
]


@pytest.mark.parametrize(
    ("bond", "rank", "words"),
    [(bond, rank, words) for _, bond, rank, words in SITUATIONS],
    ids=[name.replace(" ", "-") for name, *_ in SITUATIONS],
)
def test_each_situation_is_judged(bond: Bond, rank: int, words: tuple[str, ...]) -> None:
    found = judge(bond)
    assert WORDS[found.rank] == WORDS[rank] == found.word
    assert [each for each in words if each not in all_words(bond)] == []
    assert "None" not in all_words(bond)


@pytest.mark.parametrize("rank", [DEGRADED, AT_RISK, DOWN])
def test_whatever_is_wrong_comes_with_a_next_step(rank: int) -> None:
    steps = [judge(bond).next_step for _, bond, expected, _ in SITUATIONS if expected == rank]
    assert steps
    assert all(steps)


def test_what_is_well_needs_no_next_step() -> None:
    found = judge(a_pair())
    assert (found.rank, found.consequence, found.next_step) == (OK, "", "")
    assert found.sentence == "Both slaves are up. Traffic is on eno1. If it fails, eno2 takes over."


def test_the_ranks_are_ordered_mildest_first() -> None:
    assert OK < DEGRADED < AT_RISK < DOWN
    assert [WORDS[rank] for rank in (OK, DEGRADED, AT_RISK, DOWN)] == ["OK", "DEGRADED", "AT RISK", "DOWN"]


def test_the_worst_wins() -> None:
    degraded = three("eno2")
    unwatched = three("eno2", miimon=0)
    down = three("eno1", "eno2", "eno3", miimon=0, active_slave=None)
    assert [judge(each).rank for each in (degraded, unwatched, down)] == [DEGRADED, AT_RISK, DOWN]


def test_of_equal_rank_the_root_cause_wins() -> None:
    lost = a_bond(a_lost_slave(), admin_up=False, carrier=False, active_slave=None)
    assert "is set down" in judge(lost).sentence
    silent = a_lacp_bond(a_port("eno1", 2, actor=71), a_lost_slave("eno2", 3), info=NOBODY)
    assert "No LACP partner" in judge(silent).sentence


APART, IDLE, SILENT = (
    {"aggregator": 2, "partner": 7},
    {"actor": 15, "partner": 7},
    {"aggregator": 3, "actor": 71, "partner": 1},
)


@pytest.mark.parametrize(
    "faults", [(APART, IDLE), (IDLE, APART), (APART, SILENT), (IDLE, SILENT), (APART, IDLE, SILENT)]
)
def test_several_faults_of_lacp_are_judged_by_what_still_carries(faults: tuple[dict[str, Any], ...]) -> None:
    bond = ports(*(a_port(f"eno{n}", n + 1, **fault) for n, fault in enumerate(faults, start=2)))
    assert [slave.name for slave in carrying(bond)] == ["eno1"]
    found = judge(bond)
    assert WORDS[found.rank] == "AT RISK"
    assert "only eno1 and" not in found.sentence


def test_lost_and_idle_ports_are_judged_together() -> None:
    well = [a_port(f"eno{n}", n + 1) for n in (1, 2)]
    apart, lost = a_port("eno3", 4, **APART), a_lost_slave("eno4", 5)
    assert judge(a_lacp_bond(*well, apart, lost)).rank == DEGRADED
    unsettled = a_port("eno2", 3, **IDLE)
    assert judge(a_lacp_bond(well[0], unsettled, apart, lost)).rank == AT_RISK


def test_nothing_in_the_active_aggregator_is_not_said_to_carry() -> None:
    bond = a_lacp_bond(a_port("eno1", 2, aggregator=2), a_port("eno2", 3, aggregator=3))
    found = judge(bond)
    assert found.rank >= AT_RISK
    assert "only none" not in found.sentence


def lost_at(mono: float, *downs: float) -> Track:
    return Track(None, down_since=a_stamp(mono), downs=downs or (mono,))


@pytest.mark.parametrize(
    ("slave", "track", "words"),
    [
        (a_lost_slave(), lost_at(186.0), "lost carrier 14 s ago"),
        (a_lost_slave(), lost_at(186.0, 10.0, 100.0, 186.0), "lost carrier 14 s ago (3 times in 10 min)"),
        (a_lost_slave(), lost_at(186.0, -500.0, 186.0), "lost carrier 14 s ago"),
        (a_slave(admin_up=False), lost_at(80.0), "was set down 2 min ago"),
        (a_slave(admin_up=False), Track(None), "is set down"),
        (a_lost_slave(), Track(None), "has no carrier"),
        (a_slave(mii=None), Track(None), "has carrier but is still MII unknown"),
    ],
)
def test_trouble_says_since_when_and_how_often(slave: Slave, track: Track, words: str) -> None:
    assert trouble(slave, case_of(two(slave), {slave.ifindex: track})) == words


def test_of_several_lost_slaves_the_latest_that_nobody_set_down_is_named() -> None:
    tracks = {2: lost_at(150.0), 3: lost_at(190.0)}
    assert judge(three("eno1", "eno2", active_slave=4), tracks).sentence.startswith("eno2 lost carrier 10 s ago")
    set_down = a_slave("eno2", 3, admin_up=False, carrier=False, mii="down")
    bond = a_bond(a_lost_slave("eno1", 2), set_down, a_slave("eno3", 4), active_slave=4)
    assert judge(bond, tracks).sentence.startswith("eno1 lost carrier 50 s ago")


def test_the_next_step_names_the_hardware() -> None:
    lost = a_lost_slave("eno2", 3, hwaddr="02:00:00:00:00:99", hardware=Hardware(None, None, "ixgbe", "0000:04:00.0"))
    assert "(02:00:00:00:00:99, ixgbe 0000:04:00.0)" in judge(two(lost)).next_step


def test_what_is_lost_leaves_out_link_local_addresses() -> None:
    lost = a_lost_slave("eno2", 3)
    known = ("fe80::1/64", "169.254.1.1/16", "192.0.2.1/24", "2001:db8::1/64")
    assert judge(two(lost, addresses=known)).consequence.endswith("is down: 192.0.2.1, 2001:db8::1.")
    assert judge(two(lost, addresses=())).consequence.endswith("is down: everything on it.")
    many = tuple(f"192.0.2.{n}/24" for n in range(1, 6))
    assert "192.0.2.1, 192.0.2.2, 192.0.2.3, 2 more" in judge(two(lost, addresses=many)).consequence


def test_many_names_are_cut_short() -> None:
    slaves = [a_slave(f"p{n}", n) for n in range(2, 9)]
    assert "Traffic is on p2, p3, p4 and 4 more" in judge(a_bond(*slaves, mode=0)).sentence


@pytest.mark.parametrize(
    ("bond", "names"),
    [
        (a_pair(), ["eno1", "eno2"]),
        (two(a_lost_slave("eno2", 3)), ["eno1"]),
        (a_lacp_bond(), ["eno1", "eno2"]),
        (ports(a_port("eno2", 3, aggregator=2)), ["eno1"]),
        (ports(a_port("eno2", 3, actor=15)), ["eno1"]),
        (ports(a_port("eno2", 3, partner=None)), ["eno1", "eno2"]),
        (ports(a_port("eno2", 3, aggregator=None)), ["eno1", "eno2"]),
    ],
)
def test_what_can_carry_is_judged_by_both_ends(bond: Bond, names: list[str]) -> None:
    assert [slave.name for slave in carrying(bond)] == names


# what the kernel does not tell is no finding


@pytest.mark.parametrize(
    "bond",
    [
        a_pair(miimon=None),
        a_pair(miimon=None, arp_interval=None),
        a_pair(carrier=None),
        a_bond(a_slave("eno1", 2, carrier=None), a_slave("eno2", 3, carrier=None)),
        ports(a_port("eno2", 3, actor=None, partner=None)),
    ],
)
def test_what_is_not_told_is_no_finding(bond: Bond) -> None:
    found = judge(bond)
    assert found.rank in (OK, UNKNOWN)
    assert [each.rule for each in found.findings if each.weight] == []


def test_a_carrier_that_is_not_told_is_not_a_lost_one() -> None:
    bond = a_bond(a_slave("eno1", 2, carrier=None), a_slave("eno2", 3), miimon=0)
    assert "has no carrier" not in judge(bond).sentence
    assert judge(bond).rank == AT_RISK


def test_an_aggregator_that_is_not_told_is_not_another_one() -> None:
    assert "another aggregator" not in judge(ports(a_port("eno2", 3, aggregator=None))).sentence


@pytest.mark.parametrize(
    "bond", [a_pair(carrier=False), a_lacp_bond(carrier=False), a_lacp_bond(carrier=False, min_links=1)]
)
def test_a_bond_without_carrier_blames_min_links_only_where_they_count(bond: Bond) -> None:
    found = judge(bond)
    assert found.rank == DOWN
    assert "min_links" not in found.sentence + found.next_step


def test_without_an_active_slave_no_traffic_is_claimed() -> None:
    assert "Traffic is on" not in judge(a_pair(active_slave=None)).sentence


SLAVES = st.builds(
    a_port,
    st.sampled_from(["eno1", "[x]", "\udcff", "\x1b[31m"]),
    st.integers(2, 5),
    admin_up=st.booleans(),
    carrier=st.sampled_from([None, True, False]),
    mii=st.sampled_from([None, "up", "going down", "down", "going back", "7"]),
    aggregator=st.one_of(st.none(), st.integers(1, 2)),
    actor=st.one_of(st.none(), st.sampled_from([0, 7, 15, 61, 63, 71, 79, 135, 143, 199, 255])),
    partner=st.one_of(st.none(), st.sampled_from([0, 1, 15, 55, 61, 63])),
)
INFOS = st.one_of(
    st.none(),
    st.builds(
        AdInfo,
        st.one_of(st.none(), st.integers(1, 2)),
        st.integers(0, 4),
        partner_mac=st.sampled_from([None, NOBODY.partner_mac, PARTNER]),
    ),
)
BONDS = st.builds(
    lambda slaves, options: a_bond(*slaves, **options),
    st.lists(SLAVES, max_size=4, unique_by=lambda slave: slave.ifindex),
    st.fixed_dictionaries(
        {
            "mode": st.one_of(st.none(), st.integers(0, 8)),
            "admin_up": st.booleans(),
            "carrier": st.sampled_from([None, True, False]),
            "active_slave": st.one_of(st.none(), st.integers(2, 6)),
            "miimon": st.sampled_from([None, 0, 100]),
            "arp_interval": st.sampled_from([None, 0, 1000]),
            "ad_info": INFOS,
        }
    ),
)
TRACKS = st.dictionaries(
    st.integers(2, 5), st.sampled_from([Track(None), lost_at(150.0), lost_at(190.0, 180.0, 185.0, 190.0)])
)


@given(BONDS, TRACKS)
def test_every_bond_is_judged_in_whole_sentences(bond: Bond, tracks: dict[int, Track]) -> None:
    found = judge(bond, tracks)
    assert found.rank in range(len(WORDS))
    assert "  " not in found.sentence + found.consequence + found.next_step
    assert found.sentence.endswith(".")
    assert found.rank == OK or found.next_step


@given(BONDS)
def test_a_bond_that_cannot_carry_is_never_well(bond: Bond) -> None:
    rank = judge(bond).rank
    if bond.slaves and not bond.link.admin_up:
        assert rank == DOWN
    if not any(slave.usable for slave in bond.slaves):
        assert rank in (DOWN, UNKNOWN)
    if any(not slave.usable for slave in bond.slaves):
        assert rank != OK


def test_the_bond_of_these_tests_is_bond0() -> None:
    assert (a_pair().name, a_pair().ifindex) == ("bond0", BOND)
