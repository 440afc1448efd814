"""Findings in order: outages first, root causes before what they explain, and the rules on links and LACP ports one by one."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.core.tracks import Track
from bondtui.model.around import Around, LogWord
from bondtui.model.bond import AdInfo, Bond, Hardware, LacpDetails, Lacpdus, Slave
from bondtui.model.finding import CONFIDENCES, INFO, SEVERITIES, SIDES, Finding
from bondtui.triage.case import Case
from bondtui.triage.catalogue import RULES
from bondtui.triage.engine import OUTAGES, findings
from bondtui.triage.limits import Limits
from bondtui.triage.verdict import judge, out_of_date, without
from tests.builders import a_bond, a_lacp_bond, a_lost_slave, a_pair, a_port, a_slave, a_stamp

NOW = 1000.0
NOBODY = AdInfo(1, 1, 15, 1, "00:00:00:00:00:00")


def case(bond: Bond, *, tracks: dict[int, Track] | None = None, **rest: Any) -> Case:
    """All slaves have been watched for long enough, unless their tracks say otherwise."""
    watched = {slave.ifindex: Track(None, first_at=0.0) for slave in bond.slaves}
    return Case(bond, NOW, {**watched, **(tracks or {})}, **rest)


def found(bond: Bond, **rest: Any) -> dict[str, list[Finding]]:
    """By rule."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings(case(bond, **rest)):
        by_rule.setdefault(finding.rule, []).append(finding)
    return by_rule


def ports(second: Slave, *more: Slave, **rest: Any) -> Bond:
    return a_lacp_bond(a_port("eno1", 2), second, *more, **rest)


def watched(**rest: Any) -> dict[int, Track]:
    """A track of eno2 that was seen from the start."""
    return {3: Track(None, first_at=0.0, **rest)}


SILENT = {"aggregator": 2, "actor": 71, "partner": 1}
SYSTEM = LacpDetails(partner_system_mac="02:aa:00:00:00:01", partner_key=9)
OTHER = LacpDetails(partner_system_mac="02:bb:00:00:00:01", partner_key=9)
PASSIVE = {"actor": 60, "partner": 60}

HIDDEN = [a_port(f"eno{n}", n + 1, aggregator=n, actor=None, partner=None) for n in (1, 2)]
"""What an ordinary user reads of a split aggregator in a text."""

SICK: list[tuple[str, str, Bond, dict[str, Any]]] = [
    ("BT002", "bond0", a_bond(a_slave("eno1", 2, carrier=False), a_slave("eno2", 3), miimon=0), {}),
    ("BT002", "bond0", a_bond(a_slave("eno1", 2, admin_up=False), a_slave("eno2", 3), miimon=0, mode=5), {}),
    (
        "BT002",
        "bond0",
        a_bond(a_slave("eno1", 2, carrier=False), a_slave("eno2", 3), miimon=100_000),
        {"tracks": {2: Track(None, first_at=0.0, down_since=a_stamp(NOW - 5))}},
    ),
    ("BT003", "bond0", a_bond(), {}),
    ("BT004", "bond0", a_bond(a_lost_slave("eno1", 2), a_lost_slave("eno2", 3)), {}),
    ("BT005", "bond0", a_lacp_bond(min_links=3, carrier=False), {}),
    ("BT006", "bond0", a_bond(a_slave()), {}),
    ("BT007", "bond0", a_bond(a_slave(), a_lost_slave("eno2", 3)), {}),
    ("BT008", "eno2", a_bond(a_slave(), a_lost_slave("eno2", 3)), {}),
    ("BT008", "eno2", a_bond(a_slave(), a_slave("eno2", 3, mii="going down")), {}),
    ("BT009", "eno2", a_bond(a_slave(), a_slave("eno2", 3, admin_up=False, mii="down")), {}),
    ("BT010", "eno2", a_bond(a_slave(), a_slave("eno2", 3, mii="down")), {}),
    ("BT011", "eno2", a_pair(), {"tracks": watched(failures=(NOW - 3, NOW - 2, NOW - 1))}),
    ("BT011", "eno2", a_pair(), {"tracks": watched(carrier_losses=(NOW - 3, NOW - 2, NOW - 1))}),
    ("BT011", "eno2", a_pair(), {"around": Around(lost_links={3: (1.0, 20.0, 400.0)})}),
    ("BT012", "eno2", a_bond(a_slave(), a_slave("eno2", 3, failures=1)), {}),
    ("BT030", "bond0", a_lacp_bond(a_port("eno1", 2, **SILENT), a_port("eno2", 3, **SILENT), info=NOBODY), {}),
    ("BT030", "bond0", a_lacp_bond(a_port("eno1", 2, **SILENT), a_lost_slave("eno2", 3), info=NOBODY), {}),
    ("BT031", "bond0", ports(a_port("eno2", 3, aggregator=2)), {}),
    ("BT032", "bond0", a_lacp_bond(a_port("eno1", 2, lacp=SYSTEM), a_port("eno2", 3, lacp=OTHER)), {}),
    ("BT033", "eno2", ports(a_port("eno2", 3, actor=7)), {}),
    ("BT034", "eno2", ports(a_port("eno2", 3, actor=143, partner=55)), {}),
    ("BT035", "eno2", ports(a_port("eno2", 3, **SILENT)), {}),
    ("BT036", "eno2", ports(a_port("eno2", 3, actor=207)), {}),
    (
        "BT036",
        "eno2",
        ports(a_port("eno2", 3, **SILENT)),
        {"around": Around(log=(LogWord("loopback", 3, "bond0", "eno2"),))},
    ),
    ("BT037", "eno2", ports(a_port("eno2", 3, actor=15, partner=7)), {}),
    ("BT038", "eno2", ports(a_port("eno2", 3, partner=15)), {}),
    ("BT039", "eno2", ports(a_port("eno2", 3, actor=7, lacp=LacpDetails(actor_churn="churned"))), {}),
    ("BT039", "eno2", ports(a_port("eno2", 3, partner_churn="churned", partner=7)), {}),
    (
        "BT040",
        "eno2",
        ports(a_port("eno2", 3, actor_churn="none", partner_churn="none", lacp=LacpDetails(actor_churned_count=2))),
        {},
    ),
    ("BT043", "eno2", ports(a_port("eno2", 3, **PASSIVE)), {}),
    ("BT044", "eno2", ports(a_port("eno2", 3, lacp=LacpDetails(actor_key=0))), {}),
    ("BT044", "eno2", ports(a_port("eno2", 3, lacp=LacpDetails(actor_key=8))), {}),
    ("BT044", "eno2", ports(a_port("eno2", 3, hardware=Hardware(speed_unknown=True))), {"text": True}),
    (
        "BT031",
        "bond0",
        a_lacp_bond(*HIDDEN, info=None),
        {"text": True},
    ),
    ("BT066", "eno2", ports(a_lost_slave("eno2", 3, actor_port_state=63, aggregator_id=1)), {}),
    ("BT071", "bond0", a_pair(admin_up=False, carrier=False), {}),
    ("BT072", "bond0", a_pair(carrier=False), {}),
    ("BT073", "bond0", a_pair(active_slave=None), {}),
    ("BT074", "eno2", a_lacp_bond(), {"tracks": watched(silences=(NOW - 100, NOW - 10))}),
    ("BT075", "eno2", ports(a_port("eno2", 3, **SILENT)), {"tracks": watched(silences=(NOW - 10,))}),
    (
        "BT075",
        "eno2",
        a_bond(
            a_slave(), a_slave("eno2", 3, mii="going back"), miimon=0, arp_interval=100, arp_ip_targets=("192.0.2.1",)
        ),
        {"tracks": watched(down_since=a_stamp(NOW - 5))},
    ),
    (
        "BT078",
        "bond0",
        a_pair(),
        {"tracks": {n: Track(None, first_at=0.0, carrier_losses=(NOW - 5 - n / 10,)) for n in (2, 3)}},
    ),
    ("BT080", "eno2", ports(a_port("eno2", 3)._replace(lacpdus=Lacpdus(10, 10, 1, 0))), {}),
    ("BT082", "bond0", ports(a_port("eno2", 3, actor=7)), {"tracks": {3: Track(None, first_at=NOW - 2)}}),
    ("BT083", "eno2", a_bond(a_slave(), a_slave("eno2", 3, mii="going back"), updelay=5000), {}),
    ("BT084", "bond0", ports(a_port("eno2", 3, actor_churn="monitoring")), {}),
]
WELL: list[tuple[str, Bond, dict[str, Any]]] = [
    (
        "BT002",
        a_bond(a_slave("eno1", 2, carrier=False), a_slave("eno2", 3)),
        {"tracks": {2: Track(None, down_since=a_stamp(NOW - 0.1))}},
    ),
    ("BT002", a_pair(miimon=0), {}),
    ("BT003", a_bond(admin_up=False), {}),
    ("BT004", a_bond(a_lost_slave("eno1", 2), a_slave("eno2", 3, mii=None)), {}),
    ("BT005", a_lacp_bond(min_links=2), {}),
    ("BT007", a_bond(a_slave(), a_slave("eno2", 3), a_lost_slave("eno3", 4)), {}),
    ("BT008", a_bond(a_slave(), a_slave("eno2", 3, admin_up=False, carrier=False, mii="down")), {}),
    ("BT009", a_bond(a_slave(), a_slave("eno2", 3, admin_up=None)), {}),
    ("BT010", a_bond(a_slave(), a_slave("eno2", 3, mii="down")), {"tracks": watched(mii_at=NOW - 0.1)}),
    (
        "BT010",
        a_bond(a_slave(), a_slave("eno2", 3, mii="down")),
        {"tracks": watched(mii_at=NOW - 9, carrier_at=NOW - 0.05)},
    ),
    ("BT011", a_pair(), {"tracks": watched(failures=(NOW - 900, NOW - 800, NOW - 1))}),
    ("BT011", a_pair(), {"tracks": watched(failures=(NOW - 3, NOW - 2))}),
    ("BT012", a_pair(), {}),
    ("BT030", ports(a_port("eno2", 3, **SILENT), info=NOBODY), {}),
    ("BT030", a_lacp_bond(a_port("eno1", 2, **SILENT), info=NOBODY), {}),
    (
        "BT030",
        a_lacp_bond(a_port("eno1", 2, **SILENT), a_port("eno2", 3, **SILENT), info=NOBODY),
        {"tracks": {n: Track(None, first_at=NOW - 1) for n in (2, 3)}},
    ),
    ("BT031", ports(a_port("eno2", 3, **SILENT)), {}),
    ("BT031", ports(a_port("eno2", 3, aggregator=None)), {}),
    ("BT031", ports(a_lost_slave("eno2", 3, aggregator_id=2, actor_port_state=63)), {}),
    ("BT032", a_lacp_bond(a_port("eno1", 2, lacp=SYSTEM), a_port("eno2", 3)), {}),
    ("BT033", ports(a_port("eno2", 3, actor=7)), {"tracks": watched(lacp_at=NOW - 3)}),
    ("BT034", ports(a_port("eno2", 3, actor=143)), {"tracks": {3: Track(None, first_at=NOW - 2)}}),
    ("BT035", ports(a_port("eno2", 3, **SILENT)), {"tracks": {3: Track(None, first_at=NOW - 2)}}),
    ("BT035", ports(a_lost_slave("eno2", 3, actor_port_state=71)), {}),
    ("BT036", ports(a_port("eno2", 3)), {"around": Around(log=(LogWord("loopback", 300, "bond0", "eno2"),))}),
    ("BT036", ports(a_port("eno2", 3, actor=207)), {"tracks": {3: Track(None, first_at=NOW - 2)}}),
    ("BT036", ports(a_port("eno2", 3, actor=199)), {"tracks": watched(mii_at=NOW - 2)}),
    ("BT037", ports(a_port("eno2", 3, partner=7)), {"tracks": watched(lacp_at=NOW - 3)}),
    ("BT037", ports(a_port("eno2", 3, partner=None)), {}),
    ("BT043", ports(a_port("eno2", 3, actor=62, partner=63)), {}),
    ("BT044", ports(a_port("eno2", 3, lacp=LacpDetails(actor_key=15))), {}),
    (
        "BT044",
        ports(a_port("eno2", 3, actor=7, lacp=LacpDetails(actor_key=0))),
        {"tracks": {3: Track(None, first_at=NOW - 1)}},
    ),
    ("BT030", a_lacp_bond(a_port("eno1", 2, **SILENT), a_port("eno2", 3, **SILENT), info=NOBODY, admin_up=False), {}),
    ("BT035", ports(a_port("eno2", 3, **SILENT), admin_up=False), {}),
    ("BT039", ports(a_port("eno2", 3, actor=7, actor_churn="churned"), admin_up=False), {}),
    ("BT066", ports(a_lost_slave("eno2", 3, actor_port_state=7)), {}),
    ("BT071", a_pair(admin_up=None), {}),
    ("BT072", a_pair(carrier=None), {}),
    ("BT073", a_pair(active_slave=None), {"text": True}),
    ("BT074", a_lacp_bond(), {"tracks": watched(silences=(NOW - 100, NOW - 10), carrier_losses=(NOW - 50,))}),
    ("BT075", ports(a_port("eno2", 3, **SILENT)), {}),
    (
        "BT075",
        ports(a_port("eno2", 3, **SILENT)),
        {"tracks": watched(silences=(NOW - 10,), carrier_losses=(NOW - 10,))},
    ),
    ("BT078", a_pair(), {"tracks": {n: Track(None, carrier_losses=(NOW - 5 * n,)) for n in (2, 3)}}),
    ("BT080", ports(a_port("eno2", 3)._replace(lacpdus=Lacpdus(10, 10, 0, 0))), {}),
    ("BT082", ports(a_port("eno2", 3, actor=7)), {}),
    ("BT084", ports(a_port("eno2", 3, actor_churn="none", partner_churn="none")), {}),
]


@pytest.mark.parametrize(
    ("rule", "subject", "bond", "rest"), SICK, ids=[f"{rule}-{n}" for n, (rule, *_) in enumerate(SICK)]
)
def test_a_rule_finds_its_fault(rule: str, subject: str, bond: Bond, rest: dict[str, Any]) -> None:
    all_found = found(bond, **rest)
    assert rule in all_found
    finding = next(each for each in all_found[rule] if each.subject == subject)
    assert finding.side in SIDES
    assert finding.confidence in CONFIDENCES
    assert finding.severity in SEVERITIES
    assert finding.evidence
    assert "None" not in " ".join(finding.evidence) + finding.summary + finding.next_step
    assert finding.summary.endswith(".")
    assert finding.next_step


@pytest.mark.parametrize(("rule", "bond", "rest"), WELL, ids=[f"{rule}-{n}" for n, (rule, *_) in enumerate(WELL)])
def test_a_rule_is_silent_where_its_fault_is_not_or_is_not_known(rule: str, bond: Bond, rest: dict[str, Any]) -> None:
    assert rule not in found(bond, **rest)


def test_every_rule_has_an_id_a_name_and_a_severity_of_its_own() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.severity in SEVERITIES for rule in RULES)
    known = {rule.id for rule in RULES}
    assert {each for rule in RULES for each in rule.explained_by} <= known
    assert known >= OUTAGES


def test_explanations_do_not_go_in_circles() -> None:
    causes = {rule.id: set(rule.explained_by) for rule in RULES}
    for rule, direct in causes.items():
        seen: set[str] = set()
        waiting = set(direct)
        while waiting:
            seen |= waiting
            waiting = {further for each in waiting for further in causes[each]} - seen
        assert rule not in seen


def test_a_split_aggregator_explains_the_idle_slave() -> None:
    every = findings(case(ports(a_port("eno2", 3, aggregator=2, actor=7, partner=63))))
    assert every[0].rule == "BT031"
    assert {each.rule: each.because_of for each in every if each.severity != INFO} == {
        "BT031": "",
        "BT033": "BT031",
    }


def test_outages_come_first_and_then_the_heaviest() -> None:
    bond = a_bond(a_lost_slave("eno1", 2), a_lost_slave("eno2", 3), miimon=0, updelay=0)
    order = [each.rule for each in findings(case(bond))]
    assert order[:3] == ["BT004", "BT008", "BT008"]
    assert order.index("BT001") == 3


def test_what_is_wrong_with_one_slave_does_not_explain_another() -> None:
    bond = ports(a_port("eno2", 3, actor=207), a_port("eno3", 4, **SILENT))
    by_subject = {(each.rule, each.subject): each.because_of for each in findings(case(bond))}
    assert by_subject[("BT036", "eno2")] == ""
    assert by_subject[("BT035", "eno3")] == ""


def test_what_a_muted_rule_explains_stands_for_itself() -> None:
    sick = case(ports(a_port("eno2", 3, aggregator=2, actor=7, partner=63)))
    whole, muted = judge(sick), judge(sick, frozenset({"lacp-split-agg"}))
    assert "BT031" not in {each.rule for each in muted.findings}
    assert {each.because_of for each in muted.findings} == {""}
    assert muted.rank == whole.rank
    assert without(whole.findings, frozenset({"BT031"})) == muted.findings


def test_a_muted_outage_is_still_an_outage() -> None:
    assert judge(case(a_bond()), frozenset({"BT003"})).verdict == "down"


def test_thresholds_are_what_the_limits_say() -> None:
    flaps = {"tracks": watched(failures=(NOW - 2, NOW - 1))}
    assert "BT011" not in found(a_pair(), **flaps)
    assert "BT011" in found(a_pair(), **flaps, limits=Limits(flap_failures=2))
    assert "BT011" not in found(a_pair(), **flaps, limits=Limits(flap_failures=2, flap_window_s=1.5))


def test_a_text_is_taken_to_last() -> None:
    fresh = {"tracks": {3: Track(None, first_at=NOW - 1)}}
    bond = ports(a_port("eno2", 3, **SILENT))
    assert "BT035" not in found(bond, **fresh)
    assert "BT035" in found(bond, text=True)


def test_the_churn_machine_tells_that_a_state_has_lasted() -> None:
    fresh = {"tracks": {3: Track(None, first_at=NOW)}}
    assert "BT035" not in found(ports(a_port("eno2", 3, actor_churn="monitoring", **SILENT)), **fresh)
    assert "BT035" in found(ports(a_port("eno2", 3, actor_churn="churned", **SILENT)), **fresh)
    assert "BT035" in found(ports(a_port("eno2", 3, actor_churn="none", **SILENT)), **fresh)


def test_the_bits_are_believed_before_the_churn_machine() -> None:
    (finding,) = found(ports(a_port("eno2", 3, actor_churn="churned")))["BT039"]
    assert finding.severity == INFO


def test_a_split_aggregator_is_seen_where_the_bits_are_hidden() -> None:
    seen = judge(case(a_lacp_bond(*HIDDEN, info=None), text=True))
    assert (seen.verdict, seen.findings[0].rule, seen.findings[0].confidence) == (
        "one failure from loss",
        "BT031",
        "likely",
    )
    assert "fails" not in seen.consequence
    alike = [slave._replace(state=slave.state._replace(aggregator_id=1)) for slave in HIDDEN]
    assert judge(case(a_lacp_bond(*alike, info=None), text=True)).verdict == "cannot tell"


def test_the_reason_of_the_verdict_comes_first_with_what_it_explains() -> None:
    seen = judge(case(a_bond(a_slave(), a_slave("eno2", 3, mii="going back"), updelay=5000, num_peer_notif=0)))
    assert "eno2 is coming back" in seen.sentence
    assert seen.findings[0].rule == "BT083"


@pytest.mark.parametrize("rule", ["BT011", "BT074"])
def test_what_comes_and_goes_is_never_in_order(rule: str) -> None:
    tracks = (
        watched(carrier_losses=(NOW - 3, NOW - 2, NOW - 1)) if rule == "BT011" else watched(silences=(NOW - 9, NOW - 2))
    )
    sick = case(a_lacp_bond(), tracks=tracks)
    assert judge(sick).verdict == "degraded"
    assert judge(sick).findings[0].rule == rule
    assert judge(sick, frozenset({rule})).verdict == "carries traffic redundantly"


def test_a_text_that_breaks_off_may_have_more_slaves_than_it_shows() -> None:
    for bond in (a_bond(), a_bond(a_slave())):
        seen = judge(case(bond, text=True, partial=True))
        assert seen.verdict == "cannot tell"
        assert {each.rule for each in seen.findings} & {"BT003", "BT006", "BT007"} == set()


def test_nothing_is_found_in_what_is_old() -> None:
    old = out_of_date(judge(case(a_bond())), 12.0)
    assert (old.verdict, old.findings) == ("cannot tell", ())
    assert old.sentence == "Nothing was read for 12 s. Before that DOWN: bond0 has no slaves: it carries no traffic."


def test_a_monitor_that_looks_seldom_is_no_excuse_for_lost_traffic() -> None:
    lost = {2: Track(None, first_at=0.0, down_since=a_stamp(NOW - 5))}
    seen = judge(case(a_bond(a_slave("eno1", 2, carrier=False), a_slave("eno2", 3), miimon=100_000), tracks=lost))
    assert seen.verdict == "down"
    assert seen.sentence.startswith("Traffic goes to eno1, which has no carrier")
    assert {each.rule: each.because_of for each in seen.findings}["BT002"] == "BT015"


def test_the_port_of_last_resort_carries_what_there_is() -> None:
    alone = a_lacp_bond(a_port("eno1", 2, actor=79, partner=0), a_port("eno2", 3, **SILENT), info=NOBODY)
    seen = judge(case(alone))
    assert seen.verdict == "one failure from loss"
    assert [loss.lost for loss in seen.losses] == ["unknown", "nothing"]


def test_a_backup_in_its_updelay_is_redundancy() -> None:
    back = a_bond(a_slave(), a_slave("eno2", 3, mii="going back"), updelay=30_000, num_peer_notif=3)
    seen = judge(case(back))
    assert seen.verdict == "carries traffic redundantly"
    assert [each.rule for each in seen.findings if each.severity != INFO] == []
    assert (
        seen.sentence
        == "eno2 is coming back (waiting for updelay 30000 ms); this is as configured. Traffic is on eno1."
    )
    assert seen.losses[0].words == "nothing: eno2 takes over within about a second"
    others = a_bond(a_slave(), a_slave("eno2", 3, mii="going back"), updelay=30_000, mode=0)
    assert judge(case(others)).verdict == "degraded"


@pytest.mark.parametrize(
    "bond", [bond for _, _, bond, _ in SICK], ids=[f"{rule}-{n}" for n, (rule, *_) in enumerate(SICK)]
)
def test_the_first_words_have_the_verdict_of_all_rules(bond: Bond) -> None:
    whole, hasty = judge(case(bond)), judge(case(bond, first_words=True))
    assert (hasty.rank, hasty.next_step) == (whole.rank, whole.next_step)
    assert whole.sentence.startswith(hasty.sentence)
    assert {each.rule for each in hasty.findings} <= {each.rule for each in whole.findings}
