"""What the comparison of predicted and measured says, and that it says nothing where there is nothing to say."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.drill.findings import findings
from bondtui.model.bond import BALANCE_XOR, BROADCAST
from bondtui.model.drill import ADMIN_DOWN, CABLE, FAULTS, SWITCH_ACTIVE, Drill, Finding, Instant, Share
from tests.builders import a_lacp_bond, a_pair
from tests.judged_drills import a_drill, a_passage, a_preflight, a_round, good_round, lost_for, not_over

PROVES = "admin-down tests the driver, not the detection of a lost link nor a switch that drops frames"
CALM: dict[str, Any] = {
    "link": 1,
    "detected": (41, "MII down"),
    "switched": (42, "active eno1 -> eno2"),
    "notified": 43,
}


def serious(drill: Drill) -> list[Finding]:
    return [each for each in findings(drill) if each.severity]


def said(drill: Drill, part: str) -> Finding:
    """The one finding with these words."""
    (found,) = [each for each in findings(drill) if part in each.words]
    return found


def failed_over(
    ms: float, failback_ms: float = 0, *, bond: Any = None, predicted_ms: int | None = 100, **moments: Any
) -> Drill:
    passage = a_passage(lost_for(ms), **{**CALM, **moments})
    return a_drill(a_round(passage, a_passage(lost_for(failback_ms))), bond=bond, predicted_ms=predicted_ms)


def test_a_drill_as_predicted_has_nothing_serious() -> None:
    drill = failed_over(80)
    assert serious(drill) == []
    assert [each.words for each in findings(drill)] == [
        "failover of eno1: measured 80 ms (69-91), the options predict at most 100 ms",
        PROVES,
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_fault_proves_is_said(fault: str) -> None:
    drill = a_drill(good_round(fault=fault), fault=fault)
    assert f"{fault} tests" in said(drill, " tests ").words


def test_a_switch_port_that_does_not_forward_is_told_from_the_driver() -> None:
    found = said(failed_over(1200), "switch port")
    assert found.severity == "bad"
    assert found.words == (
        "failover of eno1: measured 1200 ms (1189-1211), the options predict at most 100 ms: the driver was done after "
        "42 ms (active eno1 -> eno2), so the switch port was not forwarding; look at spanning tree and at what the "
        "switch has learned"
    )
    assert "no notification of the peers was seen" in said(failed_over(1200, notified=None), "switch port").words


def test_peers_that_are_not_told_are_named_as_the_cause() -> None:
    assert (
        "num_grat_arp 0"
        in said(failed_over(1200, bond=a_pair(num_peer_notif=0), notified=None), "driver was done").words
    )


def test_a_little_more_than_predicted_is_not_worth_a_word() -> None:
    assert serious(failed_over(150)) == []
    assert said(failed_over(190), "predict").severity == "warn"
    assert said(failed_over(400), "predict").severity == "bad"


def test_a_late_driver_is_told_from_a_late_switch() -> None:
    drill = failed_over(480, detected=(470, "MII down"), switched=(471, "active eno1 -> eno2"))
    assert "the driver itself took 471 ms" in said(drill, "predict at most").words
    words = said(drill, "noticed the loss").words
    assert words.startswith(
        "failover of eno1: the driver noticed the loss 469 ms after the link, its options allow 100 ms"
    )


def test_a_driver_that_says_nothing_is_named() -> None:
    drill = failed_over(900, detected=None, switched=None, notified=None, link=None)
    assert "the driver said nothing of eno1" in said(drill, "predict").words


def test_times_that_only_a_re_read_has_found_are_no_evidence() -> None:
    drill = failed_over(900, switched=(800, "active eno1 -> eno2", True), detected=(800, "MII down", True))
    assert "when the driver moved was not told" in said(drill, "predict").words
    assert "MII down, active eno1 -> eno2; found by a re-read" in said(drill, "re-read").words
    assert not [each for each in findings(drill) if "noticed the loss" in each.words]


def test_an_outage_that_is_not_over_is_bad() -> None:
    drill = a_drill(a_round(a_passage(not_over(6000), **CALM), None, trouble="no answer for 6.0 s"))
    assert said(drill, "at least 5.9 s, not over").severity == "bad"
    assert said(drill, "ended early") == Finding("bad", "round 1 (eno1) was ended early: no answer for 6.0 s")


def test_the_other_end_decides_where_packets_are_spread() -> None:
    drill = failed_over(3000, bond=a_lacp_bond(), predicted_ms=100)
    assert (
        "the other end still sent to eno1; look at how it notices a lost link (lacp_rate here: fast)"
        in said(drill, "driver was").words
    )
    drill = failed_over(3000, bond=a_pair(mode=BALANCE_XOR), predicted_ms=None, switched=None)
    assert (
        "the options promise no bound: the driver was done after 41 ms (MII down), so the other end"
        in said(drill, "bound").words
    )
    assert serious(failed_over(90, bond=a_pair(mode=BALANCE_XOR), predicted_ms=None)) == []


def test_a_planned_switch_should_lose_nothing() -> None:
    assert "no loss was predicted" in said(failed_over(0, predicted_ms=0), "measured").words
    assert said(failed_over(300, predicted_ms=0), "no loss was predicted").severity == "bad"


# The failback


def test_a_failback_that_costs_more_than_the_failover_points_at_the_switch_port() -> None:
    drill = failed_over(80, 30_000)
    found = said(drill, "used again before")
    assert found.severity == "bad"
    assert found.words == (
        "failback of eno1: measured 30.0 s (29.9-30.1): eno1 was used again before its switch port was forwarding; look at "
        "spanning tree on that port, or set updelay (now 0 ms) above the time it needs; primary_reselect failure would "
        "have kept the traffic where it was"
    )
    assert "primary_reselect" not in said(failed_over(80, 300, bond=a_pair()), "used again").words
    assert said(failed_over(80, 20), "failback of eno1").severity == ""


def test_a_switch_back_that_costs_something_points_at_what_the_switch_learns() -> None:
    passages = (a_passage(lost_for(0)), a_passage(lost_for(400)))
    drill = a_drill(a_round(*passages, fault=SWITCH_ACTIVE), fault=SWITCH_ACTIVE, predicted_ms=0)
    assert "num_grat_arp" in said(drill, "learned late").words


def test_a_link_that_comes_up_slowly_is_no_fault_of_the_driver() -> None:
    back = a_passage(lost_for(0), link=(2300, "carrier back"), detected=(2350, "MII up"))
    drill = a_drill(a_round(a_passage(lost_for(80), **CALM), back))
    assert (
        said(drill, "autonegotiation").words
        == "failback of eno1: the link of eno1 took 2.3 s to come up (autonegotiation)"
    )
    assert serious(drill) == []


# The probes


def test_few_lost_probes_are_called_coarse() -> None:
    words = "coarse: only 3 probes lost in one outage, at 10 ms apart; a shorter --period tells more"
    assert said(failed_over(30), "coarse") == Finding("warn", words)


def test_late_failed_and_repeated_probes_are_told_of() -> None:
    odd = lost_for(80)._replace(late=2, longest_late_ms=850.0, failed=3, duplicated=1)
    drill = a_drill(a_round(a_passage(odd), a_passage(lost_for(0))))
    assert said(drill, "late").words == "2 answers came late, up to 850 ms after the probe; late is not lost, but slow"
    assert said(drill, "could not be sent").severity == "warn"
    assert said(drill, "more than once") == Finding(
        "warn", "1 answer came more than once: look for two hosts with one address, a loop, or a switch that floods"
    )
    drill = a_drill(a_round(a_passage(odd), None), bond=a_pair(mode=BROADCAST))
    assert said(drill, "more than once").severity == ""


def test_a_schedule_that_was_not_kept_is_told_of() -> None:
    sparse = lost_for(0)._replace(sent=200)
    drill = a_drill(a_round(a_passage(sparse), a_passage(sparse)))
    assert said(drill, "only 400 of 600 probes were sent").severity == "warn"
    assert not serious(a_drill(a_round(a_passage(sparse, lasted=2.1), None), predicted_ms=100))
    assert not serious(a_drill(a_round(a_passage(sparse._replace(sent=1), lasted=0.15), None)))


def test_an_outage_in_pieces_is_told_of() -> None:
    broken = lost_for(80)
    drill = a_drill(a_round(a_passage(broken._replace(gaps=broken.gaps * 3), **CALM), None))
    assert said(drill, "3 times, not once").severity == "warn"


def test_without_another_slave_the_switch_is_not_to_blame() -> None:
    passage = a_passage(not_over(6000), **CALM)
    left = passage.anatomy._replace(switched=Instant(passage.anatomy.issued.at + 0.18, "active eno1 -> none"))
    drill = a_drill(a_round(passage._replace(anatomy=left), None, trouble="eno2 cannot carry the traffic any more"))
    (found,) = [each for each in serious(drill) if "measured" in each.words]
    assert "no other slave left" in found.words
    assert "spanning tree" not in found.words


# The flows and the shares


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"xmit_hash_policy": "layer3+4"}, "name more targets, or tcp: and udp: ones, whose ports are hashed too"),
        (
            {"xmit_hash_policy": "layer2"},
            "name targets on other hosts of this network: flows to one host stay on one slave here",
        ),
    ],
)
def test_no_flow_over_the_slave_is_bad_and_its_figures_are_no_finding(options: dict[str, Any], hint: str) -> None:
    missed = a_passage(lost_for(0), crossed=(False,))
    drill = a_drill(a_round(missed, missed), bond=a_lacp_bond(**options))
    (found,) = serious(drill)
    assert found.words == f"no flow crossed eno1, so nothing is proven of it: {hint}"
    assert not [each for each in findings(drill) if "measured" in each.words]


def test_modes_that_hash_name_the_flows_that_crossed() -> None:
    flows = [lost_for(80)] * 6
    passage = a_passage(*flows, crossed=(True,) * 5 + (False,), **CALM)
    drill = a_drill(a_round(passage, None), bond=a_lacp_bond(), flows=6)
    icmp = "192.0.2.1 icmp"
    assert said(drill, "crossed eno1:").words == f"5 of 6 flows crossed eno1: {icmp}, {icmp}, {icmp}, {icmp} and 1 more"
    assert said(drill, "as well").words == (
        "flows that do not cross eno1 were interrupted by its failover as well: 80 ms (69-91)"
    )
    assert not [each for each in findings(failed_over(80)) if "crossed" in each.words]


def test_the_received_share_is_told_beside_the_sent_one() -> None:
    before, after = Share({2: 0.0, 3: 1.0}, {2: 1.0, 3: 0.0}), Share({2: 0.0, 3: 1.0}, {2: 0.0, 3: 1.0})
    drill = a_drill(a_round(a_passage(lost_for(80), **CALM, before=before, after=after), None))
    assert said(drill, "share").words == (
        "share of the sent bytes: eno2 100 % before the fault, eno2 100 % after it; "
        "of the received bytes: eno1 100 % before the fault, eno2 100 % after it"
    )


def test_the_crossing_over_is_told_from_the_shares() -> None:
    shares: dict[str, Any] = {"before": Share({2: 1.0, 3: 0.0}, {}), "after": Share({2: 0.004, 3: 0.996}, {})}
    drill = a_drill(a_round(a_passage(lost_for(80), **CALM, **shares), None))
    assert said(drill, "share").words == "share of the sent bytes: eno1 100 % before the fault, eno2 100 % after it"
    nothing: dict[str, Any] = {"before": Share({2: None}, {}), "after": Share({2: None}, {})}
    assert not [
        each for each in findings(a_drill(a_round(a_passage(lost_for(80), **nothing), None))) if "share" in each.words
    ]


def test_a_slave_that_goes_on_sending_is_told_of() -> None:
    shares: dict[str, Any] = {"before": Share({2: 1.0, 3: 0.0}, {}), "after": Share({2: 0.5, 3: 0.5}, {})}
    drill = a_drill(a_round(a_passage(lost_for(80), **CALM, **shares), None), fault=CABLE)
    assert said(drill, "still given 50 %").severity == "warn"
    drill = a_drill(a_round(a_passage(lost_for(0), **shares), None), fault=SWITCH_ACTIVE, predicted_ms=0)
    assert serious(drill) == []


# Several rounds


def test_several_rounds_are_summed_up_and_the_worst_is_told_of() -> None:
    rounds = [good_round(ms, 0, number) for number, ms in enumerate((120, 80, 900), start=1)]
    drill = a_drill(*rounds, rounds=3)
    words = "failover of eno1 in 3 rounds: min 80 ms (69-91), median 120 ms (109-131), max 900 ms (889-911)"
    assert said(drill, "failover of eno1 in 3 rounds").words == words
    assert said(drill, "predict").words.startswith("failover of eno1 (round 3): measured 900 ms")
    assert not [each for each in findings(failed_over(80)) if "rounds" in each.words]


def test_each_slave_has_its_own_findings_and_nothing_is_said_twice() -> None:
    drill = a_drill(good_round(), good_round(300, number=2)._replace(slave=3, name="eno2"), slaves=(2, 3))
    found = [each.words for each in findings(drill)]
    assert len(found) == len(set(found))
    assert found[0].startswith("failover of eno2 (round 2)")
    assert any(each.startswith("failover of eno1 (round 1)") for each in found)


def test_the_serious_ones_come_first() -> None:
    order = [each.severity for each in findings(failed_over(30, 2000))]
    assert order == sorted(order, key=("bad", "warn", "").index)
    assert len(set(order)) == 3


def test_a_drill_that_has_not_begun_has_no_findings() -> None:
    assert findings(a_drill(fault=ADMIN_DOWN)) == ()
    assert serious(a_drill(a_round(None, None, trouble="no cable was pulled"))) == [
        Finding("bad", "round 1 (eno1) was ended early: no cable was pulled")
    ]
    bare = a_drill(good_round(), preflight=a_preflight()._replace(snapshot=None, predicted_ms=None))
    assert "the options promise no bound" in said(bare, "failover").words


def test_flows_elsewhere_that_went_on_are_no_finding() -> None:
    passage = a_passage(lost_for(80), lost_for(0), crossed=(True, False), **CALM)
    assert not [
        each for each in findings(a_drill(a_round(passage, None), bond=a_lacp_bond())) if "as well" in each.words
    ]
