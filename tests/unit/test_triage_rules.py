"""All rules together: silent on what is healthy, whole sentences about what is not, and nothing out of nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.tracks import Track
from bondtui.model.around import Around
from bondtui.model.bond import (
    MODES,
    AdInfo,
    Bond,
    BondOptions,
    Hardware,
    LacpDetails,
    Lacpdus,
    Link,
    LinkErrors,
    Slave,
    SlaveState,
)
from bondtui.model.finding import CONFIDENCES, INFO, SEVERITIES, SIDES, Fix
from bondtui.triage.case import Case
from bondtui.triage.catalogue import RULES
from bondtui.triage.engine import findings
from tests.builders import (
    BOND,
    PARTNER,
    a_bond,
    a_lacp_bond,
    a_pair,
    a_port,
    a_slave,
    a_track,
    some_counters,
    some_errors,
    some_rates,
)

NOW = 1000.0
NOBODY = "00:00:00:00:00:00"

# healthy bonds


def ports(actor: int, partner: int, **rest: Any) -> Bond:
    return a_lacp_bond(
        *(a_port(f"eno{n}", n + 1, actor=actor, partner=partner, hardware=Hardware(10_000, "full")) for n in (1, 2)),
        **rest,
    )


HEALTHY: dict[str, Bond] = {
    **{MODES[mode]: a_pair(mode=mode) for mode in (0, 1, 2, 3, 5, 6)},
    "802.3ad fast": ports(63, 63),
    "802.3ad slow": ports(61, 61, lacp_rate="slow"),
    "802.3ad fast, the switch slow": ports(63, 61),
    "802.3ad slow, the switch fast": ports(61, 63, lacp_rate="slow"),
    "802.3ad with a passive switch": ports(63, 62),
    "802.3ad in its first minute": a_lacp_bond(
        *(a_port(f"eno{n}", n + 1, actor_churn="monitoring", partner_churn="monitoring") for n in (1, 2))
    ),
    "with drops on the backup slave": a_bond(
        a_slave("eno1", 2, state="active"),
        a_slave("eno2", 3, counters=some_counters(10**9, drops=5000), errors=some_errors(rx_nohandler=5000)),
    ),
    "with ARP monitoring": a_pair(
        miimon=0, arp_interval=500, arp_ip_targets=("192.0.2.1", "192.0.2.2"), arp_validate="active", arp_missed_max=2
    ),
    "with three slaves": a_bond(*(a_slave(f"eno{n}", n + 1) for n in (1, 2, 3))),
    "with a failure of long ago": a_bond(a_slave("eno1", 2, failures=1, carrier_changes=4), a_slave("eno2", 3)),
}
SEEN: dict[str, dict[str, Any]] = {
    "freshly made": {"tracks": {n: a_track(first_at=NOW) for n in (2, 3, 4, BOND)}},
    "never seen before": {},
    "seen for long": {
        "tracks": {
            n: a_track(first_at=0.0, samples=(some_rates(4e8, 4e8),) * 40, rates=some_rates(4e8, 4e8))
            for n in (2, 3, 4, BOND)
        }
    },
    "read from a text": {"text": True},
    "on an old kernel": {"around": Around(kernel="5.10.0", qdiscs={BOND: ("noqueue",)}, masters={BOND: ""})},
}


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_bond_has_no_finding_above_info(name: str, seen: str) -> None:
    found = findings(Case(HEALTHY[name], **{"mono": NOW, **SEEN[seen]}))
    assert [each for each in found if each.severity != INFO] == []


# the catalogue


def test_ids_and_names_are_unique_and_sorted() -> None:
    assert [rule.id for rule in RULES] == sorted({rule.id for rule in RULES})
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_explanations_are_rules_and_run_in_no_circle() -> None:
    explained_by = {rule.id: rule.explained_by for rule in RULES}
    assert {each for causes in explained_by.values() for each in causes} <= explained_by.keys()

    def causes(id_: str, seen: frozenset[str]) -> None:
        assert id_ not in seen
        for each in explained_by[id_]:
            causes(each, seen | {id_})

    for id_ in explained_by:
        causes(id_, frozenset())


# any bond


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


def some(kind: type, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A record of this kind with these fields; the others keep their defaults."""
    return st.builds(lambda given: kind(**given), st.fixed_dictionaries(fields))


BYTE = maybe(0, 1, 5, 7, 13, 15, 31, 47, 55, 61, 63, 71, 79, 135, 143, 199, 207, 255)
KEY = maybe(0, 1, 9, 10, 15)
SYSTEM = maybe(NOBODY, PARTNER, "02:00:5e:00:53:02")
CHURN = maybe("monitoring", "churned", "none")
ERRORS = st.one_of(
    st.none(),
    st.builds(
        lambda numbers, nohandler: LinkErrors._make([*numbers, nohandler]),
        st.lists(st.sampled_from([0, 0, 0, 3, 500]), min_size=12, max_size=12),
        maybe(0, 5),
    ),
)
COUNTERS = st.one_of(st.none(), st.builds(some_counters, st.sampled_from([0, 10**9]), drops=st.sampled_from([0, 9])))
OPTIONS = some(
    BondOptions,
    mode=maybe(*range(9)),
    active_slave=maybe(0, 2, 3, 4, 9),
    miimon=maybe(0, 100, 600, 100_000),
    updelay=maybe(0, 200),
    downdelay=maybe(0, 200, 5000),
    use_carrier=maybe(0, 1),
    arp_interval=maybe(0, 50, 500),
    arp_ip_targets=maybe((), ("192.0.2.1",), ("192.0.2.1", "192.0.2.2")),
    arp_validate=maybe("none", "active", "backup", "all", "filter", "filter_backup"),
    primary=maybe(2, 3, 9),
    primary_reselect=maybe("always", "better", "failure"),
    fail_over_mac=maybe("none", "active", "follow"),
    xmit_hash_policy=maybe("layer2", "layer3+4"),
    num_peer_notif=maybe(0, 1, 2),
    min_links=maybe(0, 1, 2),
    lacp_rate=maybe("slow", "fast"),
    ad_select=maybe("stable", "bandwidth"),
    ad_info=st.one_of(
        st.none(),
        some(AdInfo, aggregator_id=maybe(1, 2), num_ports=maybe(0, 1, 2), actor_key=KEY, partner_mac=SYSTEM),
    ),
    lacp_active=maybe("off", "on"),
    arp_missed_max=maybe(1, 2),
    ns_ip6_targets=maybe((), ("2001:db8::1",)),
)
STATES = some(
    SlaveState,
    state=maybe("active", "backup"),
    mii_status=maybe("up", "up", "up", "going down", "down", "going back", "7"),
    link_failure_count=maybe(0, 3),
    queue_id=maybe(0, 2),
    aggregator_id=maybe(1, 2),
    actor_port_state=BYTE,
    partner_port_state=BYTE,
    prio=maybe(0, 5),
    actor_churn=CHURN,
    partner_churn=CHURN,
)
DETAILS = some(
    LacpDetails,
    partner_system_mac=SYSTEM,
    partner_key=KEY,
    actor_churn=CHURN,
    partner_churn=CHURN,
    actor_churned_count=maybe(0, 2),
    partner_churned_count=maybe(0, 2),
    actor_key=KEY,
)
HARDWARE = some(
    Hardware,
    speed_mbps=maybe(100, 1000, 10_000),
    duplex=maybe("full", "half"),
    driver=maybe("ixgbe", "virtio_net", "hv_netvsc"),
    bus_info=maybe("0000:04:00.0"),
)
PDUS = st.one_of(st.none(), st.builds(Lacpdus, *[st.sampled_from([0, 4])] * 4))
LINKS: dict[str, st.SearchStrategy[Any]] = {
    "admin_up": maybe(True, True, False),
    "carrier": maybe(True, True, False),
    "operstate": maybe("up", "down"),
    "mtu": maybe(1500, 9000),
    "hwaddr": maybe("02:00:00:00:00:0a"),
    "carrier_changes": maybe(0, 2, 9),
    "counters": COUNTERS,
    "errors": ERRORS,
}


def a_random_slave(ifindex: int) -> st.SearchStrategy[Slave]:
    link = some(Link, ifindex=st.just(ifindex), name=st.sampled_from([f"eno{ifindex}", "[x]", "\udcff"]), **LINKS)
    return st.builds(
        lambda link, state, *rest: Slave(link._replace(slave=state), state, *rest),
        link,
        STATES,
        HARDWARE,
        DETAILS,
        PDUS,
    )


def a_random_bond(count: int) -> st.SearchStrategy[Bond]:
    link = some(Link, ifindex=st.just(BOND), name=st.sampled_from(["bond0", "b$(x)"]), **LINKS)
    return st.builds(
        lambda link, options, addresses, slaves: Bond(link._replace(bond=options), options, addresses, slaves),
        link,
        OPTIONS,
        maybe((), ("192.0.2.10/24",)),
        st.tuples(*(a_random_slave(n) for n in range(2, 2 + count))),
    )


LATELY = st.sampled_from([(), (NOW - 5,), (NOW - 100, NOW - 50, NOW - 5), (NOW - 900,)])
MOMENT = maybe(NOW - 900, NOW - 20, NOW)
RATES = st.one_of(st.none(), st.builds(some_rates, st.sampled_from([0, 1e6, 2e9]), st.sampled_from([0, 1e6, 2e9])))
A_TRACK = st.builds(
    lambda given: a_track(**given),
    st.fixed_dictionaries(
        {
            "first_at": MOMENT,
            "mii_at": MOMENT,
            "lacp_at": MOMENT,
            "failures": LATELY,
            "carrier_losses": LATELY,
            "silences": LATELY,
            "downs": LATELY,
            "rates": RATES,
            "samples": st.lists(RATES, max_size=3).map(tuple),
            "errors": ERRORS,
            "errors_before": ERRORS,
            "errors_at": MOMENT,
        }
    ),
)
TRACKS: st.SearchStrategy[dict[int, Track]] = st.dictionaries(st.integers(2, 4) | st.just(BOND), A_TRACK)
AROUND = some(
    Around,
    masters=st.sampled_from([{}, {BOND: ""}, {BOND: "bridge"}]),
    qdiscs=st.sampled_from([{}, {BOND: ("noqueue",)}, {BOND: ("clsact", "noqueue")}]),
    lost_links=st.sampled_from([{}, {2: (5.0, 50.0), 3: (5.2, 90.0)}]),
    kernel=maybe("6.12.0-1-amd64", "7.2.0", "x"),
)
CASES: st.SearchStrategy[Case] = st.builds(
    lambda bond, tracks, around, text: Case(bond, NOW, {} if text else tracks, around, text=text),
    st.integers(0, 3).flatmap(a_random_bond),
    TRACKS,
    AROUND,
    st.booleans(),
)

NEARLY_WELL: dict[str, st.SearchStrategy[Any]] = {
    "mii": maybe("up", "down"),
    "actor": BYTE,
    "partner": BYTE,
    "aggregator": maybe(1, 2),
    "hardware": HARDWARE,
    "failures": maybe(0, 3),
    "errors": ERRORS,
}


def a_slave_nearly_well(ifindex: int) -> st.SearchStrategy[Slave]:
    return st.builds(
        lambda others: a_port(f"eno{ifindex}", ifindex, **{"hardware": Hardware(1000, "full"), **others}),
        st.fixed_dictionaries({}, optional=NEARLY_WELL),
    )


NEAR: st.SearchStrategy[Case] = st.builds(
    lambda slaves, mode, options, tracks, around: Case(
        a_lacp_bond(*slaves, mode=mode, ad_select="stable", lacp_rate="slow", **options), NOW, tracks, around
    ),
    st.tuples(a_slave_nearly_well(2), a_slave_nearly_well(3)),
    st.sampled_from([0, 1, 2, 4, 4, 4, 5, 6]),
    st.sampled_from([{}, {}, {"miimon": 0}, {"miimon": 0, "arp_interval": 500, "arp_validate": "all"}]),
    st.fixed_dictionaries({n: st.builds(lambda rates: a_track(rates=rates), RATES) for n in (2, 3, BOND)}),
    AROUND,
)
"""Bonds with a fault or two, mostly of 802.3ad, that carry traffic: what random ones seldom are."""


@given(CASES | NEAR)
def test_every_sign_is_whole(case: Case) -> None:
    names = {case.bond.name, *(slave.name for slave in case.slaves)}
    for rule in RULES:
        for sign in rule.look(case):
            assert sign.side in SIDES
            assert sign.confidence in CONFIDENCES
            assert (sign.severity or rule.severity) in SEVERITIES
            assert sign.summary.endswith(".")
            assert any(name in sign.summary for name in names)
            assert sign.evidence
            assert all(sign.evidence)
            assert sign.next_step
            assert sign.fix is None or isinstance(sign.fix, Fix)


@given(CASES | NEAR)
def test_what_is_not_told_is_not_spelled_out(case: Case) -> None:
    for rule in RULES:
        for sign in rule.look(case):
            said = " ".join((sign.summary, *sign.evidence, sign.next_step))
            assert "None" not in said
            assert "  " not in said


@given(CASES | NEAR)
def test_what_explains_a_finding_has_been_found(case: Case) -> None:
    found = findings(case)
    assert {each.because_of for each in found if each.because_of} <= {each.rule for each in found}
    assert Counter(each.rule for each in found) == Counter(rule.id for rule in RULES for _ in rule.look(case))


AS_FAR_AS_KNOWN = {"link.carrier", "link.admin_up", "bond.admin_up", "state.actor_churn", "state.partner_churn"}
"""The driver's word that a slave is up stands as long as nothing is known against it (``Link.usable``); churn is told in two
places, which differ here but not in a kernel.
"""
MEANS_SOMETHING = {("BT048", "hardware.speed_mbps"), ("BT073", "options.active_slave")} | {
    ("BT007", "options.ad_info"),
    ("BT007", "ad_info.aggregator_id"),
}
"""No speed is what the driver suffers from there; that it holds the slave down is what is observed. Where no slave is active
rtnetlink leaves the attribute out. Where all ports are in one aggregator, that one is taken for the active one.
"""


def unknown_versions(bond: Bond) -> list[tuple[str, Bond]]:
    """The bond with one observed value less, by the place of that value."""
    versions = [
        (f"options.{field}", with_options(bond, bond.options._replace(**{field: None})))
        for field in BondOptions._fields
        if getattr(bond.options, field) is not None
    ]
    if info := bond.options.ad_info:
        versions += [
            (f"ad_info.{field}", with_options(bond, bond.options._replace(ad_info=info._replace(**{field: None}))))
            for field in AdInfo._fields
            if getattr(info, field) is not None
        ]
    versions += [
        (f"bond.{field}", bond._replace(link=without(bond.link, field)))
        for field in LINKS
        if getattr(bond.link, field) is not None
    ]
    for position, slave in enumerate(bond.slaves):
        versions += [(place, replaced(bond, position, less)) for place, less in unknown_slaves(slave)]
    return versions


def without(record: Any, field: str) -> Any:
    return record._replace(**{field: None})


def with_options(bond: Bond, options: BondOptions) -> Bond:
    return bond._replace(options=options, link=bond.link._replace(bond=options))


def replaced(bond: Bond, position: int, slave: Slave) -> Bond:
    return bond._replace(slaves=(*bond.slaves[:position], slave, *bond.slaves[position + 1 :]))


def unknown_slaves(slave: Slave) -> list[tuple[str, Slave]]:
    versions = []
    for part, fields in (
        ("link", tuple(LINKS)),
        ("state", SlaveState._fields),
        ("hardware", Hardware._fields),
        ("lacp", LacpDetails._fields),
    ):
        record = getattr(slave, part)
        for field in fields:
            if getattr(record, field) is not None:
                less = slave._replace(**{part: record._replace(**{field: None})})
                if part == "state":
                    less = less._replace(link=less.link._replace(slave=less.state))
                versions.append((f"{part}.{field}", less))
    return versions


@given(CASES | NEAR)
def test_what_is_not_told_is_never_a_finding(case: Case) -> None:
    before = {rule.id for rule in RULES if any(True for _ in rule.look(case))}
    for place, less in unknown_versions(case.bond):
        if place in AS_FAR_AS_KNOWN:
            continue
        for rule in RULES:
            if rule.id in before or (rule.id, place) in MEANS_SOMETHING:
                continue
            assert list(rule.look(case._replace(bond=less))) == [], (rule.id, place)


def test_a_bond_of_which_nothing_is_told_has_no_finding() -> None:
    options = BondOptions(arp_ip_targets=None, ns_ip6_targets=None)
    nothing = Link(BOND, "bond0", None, bond=options)
    slaves = tuple(Slave(Link(n, f"eno{n}", None), SlaveState()) for n in (2, 3))
    for text in (False, True):
        assert findings(Case(Bond(nothing, options, None, slaves), NOW, text=text)) == ()
