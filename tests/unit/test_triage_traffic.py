"""Rules on modes, on slaves that do not fit together, and on the traffic and its errors."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.model.around import Around
from bondtui.model.bond import Bond, Counters, Hardware, LinkErrors, Slave
from bondtui.model.finding import (
    CABLE,
    CERTAIN,
    CONFIGURATION,
    HIGH,
    HOST,
    INFO,
    LIKELY,
    LOW,
    MEDIUM,
    POSSIBLE,
    SWITCH,
    UNKNOWN_SIDE,
    Finding,
    Fix,
)
from bondtui.triage.case import Case
from bondtui.triage.engine import findings
from bondtui.triage.limits import Limits
from tests.builders import (
    BOND,
    a_bond,
    a_lacp_bond,
    a_lost_slave,
    a_pair,
    a_port,
    a_slave,
    a_track,
    some_counters,
    some_errors,
    some_rates,
)

NOW = 1000.0
TO_LACP = Fix(kind="mode", value="802.3ad")


def found(rule: str, bond: Bond, **rest: Any) -> list[Finding]:
    return [each for each in findings(Case(bond, **{"mono": NOW, **rest})) if each.rule == rule]


def the(rule: str, bond: Bond, **rest: Any) -> Finding:
    (finding,) = found(rule, bond, **rest)
    return finding


def judged(finding: Finding) -> tuple[str, str, str, str]:
    return finding.subject, finding.severity, finding.side, finding.confidence


# modes


@pytest.mark.parametrize(
    ("rule", "mode", "side", "fix", "words", "next_step"),
    [
        ("BT051", 0, CONFIGURATION, TO_LACP, "out of order", "'nstat -az TcpExtTCPSACKReorder'"),
        ("BT052", 0, SWITCH, TO_LACP, "static port-channel", "'cat /proc/net/bonding/bond0'"),
        ("BT052", 2, SWITCH, TO_LACP, "static port-channel", "'cat /proc/net/bonding/bond0'"),
        ("BT053", 3, CONFIGURATION, None, "through every slave", "'cat /proc/net/bonding/bond0'"),
    ],
)
def test_what_a_mode_needs_is_told(
    rule: str, mode: int, side: str, fix: Fix | None, words: str, next_step: str
) -> None:
    finding = the(rule, a_pair(mode=mode))
    assert judged(finding) == ("bond0", INFO, side, POSSIBLE)
    assert finding.evidence == (f"mode {a_pair(mode=mode).options.mode_name}", "2 slaves")
    assert words in finding.summary
    assert finding.next_step.startswith(next_step)
    assert finding.fix == fix


@pytest.mark.parametrize("rule", ["BT051", "BT052", "BT053"])
def test_other_modes_need_none_of_it(rule: str) -> None:
    assert [mode for mode in (None, 1, 4, 5, 6, 9) if found(rule, a_pair(mode=mode))] == []


@pytest.mark.parametrize("mode", [0, 2])
def test_one_slave_needs_no_port_channel(mode: int) -> None:
    alone = a_bond(a_slave(), mode=mode)
    assert found("BT051", alone) + found("BT052", alone) == []


def queued(queue_id: int | None = 2) -> Bond:
    return a_bond(a_slave("eno1", 2), a_slave("eno2", 3, queue_id=queue_id), mode=2)


def test_a_queue_id_without_a_filter_is_found() -> None:
    finding = the("BT064", queued(), around=Around(qdiscs={BOND: ("noqueue",)}))
    assert judged(finding) == ("bond0", LOW, CONFIGURATION, LIKELY)
    assert finding.evidence == ("eno2 queue_id 2", "qdisc noqueue")
    assert "queue id of eno2 has no effect" in finding.summary
    assert finding.next_step.startswith("'tc qdisc show dev bond0'")
    assert the("BT064", queued(), around=Around(qdiscs={BOND: ()})).evidence[-1] == "qdisc (none)"


@pytest.mark.parametrize(
    ("queue_id", "qdiscs"),
    [
        (0, {BOND: ("noqueue",)}),
        (None, {BOND: ("noqueue",)}),
        (2, {}),
        (2, {BOND + 1: ("noqueue",)}),
        (2, {BOND: ("noqueue", "clsact")}),
        (2, {BOND: ("multiq",)}),
        (2, {BOND: ("htb", "fq_codel")}),
    ],
)
def test_a_queue_id_with_a_filter_or_of_which_too_little_is_told_is_no_finding(
    queue_id: int | None, qdiscs: dict[int, tuple[str, ...]]
) -> None:
    assert found("BT064", queued(queue_id), around=Around(qdiscs=qdiscs)) == []


def test_balance_alb_in_a_bridge_is_found() -> None:
    finding = the("BT068", a_pair(mode=6), around=Around(masters={BOND: "bridge"}))
    assert judged(finding) == ("bond0", MEDIUM, CONFIGURATION, CERTAIN)
    assert finding.evidence == ("mode balance-alb", "master of kind bridge")
    assert finding.fix == Fix(kind="mode", value="active-backup")
    assert finding.next_step.startswith("'ip -d link show dev bond0'")


@pytest.mark.parametrize(
    ("mode", "masters"), [(6, {}), (6, {BOND: ""}), (6, {BOND: "vrf"}), (5, {BOND: "bridge"}), (None, {BOND: "bridge"})]
)
def test_another_mode_or_master_bears_with_the_other(mode: int | None, masters: dict[int, str]) -> None:
    assert found("BT068", a_pair(mode=mode), around=Around(masters=masters)) == []


# speed and duplex


def of(*hardware: Hardware, mode: int | None = 2, **rest: Any) -> Bond:
    return a_bond(
        *(a_slave(f"eno{n}", n + 1, hardware=each, **rest) for n, each in enumerate(hardware, start=1)), mode=mode
    )


GIGABIT, TEN_GIGABIT, HALF = Hardware(1000, "full"), Hardware(10_000, "full"), Hardware(1000, "half")


@pytest.mark.parametrize(
    ("mode", "severity", "effect"),
    [
        (0, MEDIUM, "the slowest one is overloaded first"),
        (1, LOW, "after a failover its capacity is another one"),
        (4, MEDIUM, "cannot be in one aggregator"),
        (None, MEDIUM, "the slowest one is overloaded first"),
    ],
)
def test_slaves_of_different_speed_are_found(mode: int | None, severity: str, effect: str) -> None:
    finding = the("BT046", of(TEN_GIGABIT, GIGABIT, mode=mode))
    assert judged(finding) == ("bond0", severity, UNKNOWN_SIDE, CERTAIN)
    assert finding.evidence == ("eno1 speed 10000 Mb/s", "eno2 speed 1000 Mb/s")
    assert finding.summary.startswith("The slaves of bond0 differ in speed: ")
    assert effect in finding.summary
    assert finding.next_step.startswith("'ethtool eno2'")


def test_slaves_of_different_duplex_are_found() -> None:
    finding = the("BT046", of(GIGABIT, HALF))
    assert finding.evidence == ("eno1 duplex full", "eno2 duplex half")
    assert "differ in duplex:" in finding.summary
    assert finding.because_of == "BT047"
    assert "differ in speed and duplex:" in the("BT046", of(TEN_GIGABIT, HALF)).summary
    assert found("BT046", of(Hardware(None, "full"), Hardware(None, "half")))[0].next_step.startswith("'ethtool eno1'")


@pytest.mark.parametrize(
    "bond",
    [
        of(GIGABIT, GIGABIT),
        of(GIGABIT, Hardware()),
        of(GIGABIT, Hardware(None, "full")),
        of(TEN_GIGABIT),
        a_bond(a_slave("eno1", 2, hardware=TEN_GIGABIT), a_lost_slave("eno2", 3, hardware=GIGABIT)),
        a_bond(a_slave("eno1", 2, hardware=TEN_GIGABIT), a_slave("eno2", 3, hardware=GIGABIT, mii=None)),
    ],
)
def test_slaves_that_are_alike_or_of_which_too_little_is_told_are_no_finding(bond: Bond) -> None:
    assert found("BT046", bond) == []


def test_half_duplex_is_found_on_its_slave() -> None:
    finding = the("BT047", of(GIGABIT, HALF))
    assert judged(finding) == ("eno2", HIGH, UNKNOWN_SIDE, CERTAIN)
    assert finding.evidence == ("eno2 duplex half",)
    assert finding.next_step.startswith("'ethtool eno2'")
    assert "LACP" not in finding.summary
    assert "LACP is off on it" in the("BT047", of(GIGABIT, HALF, mode=4)).summary


@pytest.mark.parametrize("bond", [of(GIGABIT), of(Hardware(1000)), of(HALF, mii="down"), of(HALF, mii=None)])
def test_full_duplex_or_none_that_is_told_is_no_finding(bond: Bond) -> None:
    assert found("BT047", bond) == []


def held_down(mode: int | None = 4, **rest: Any) -> Bond:
    return a_bond(a_slave("eno1", 2), a_slave("eno2", 3, **{"mii": "down", **rest}), mode=mode, miimon=100, updelay=200)


@pytest.mark.parametrize("mode", [4, 5, 6])
def test_a_slave_that_is_held_down_for_want_of_a_speed_is_found(mode: int) -> None:
    bond = held_down(mode)
    finding = the("BT048", bond)
    assert judged(finding) == ("eno2", MEDIUM, HOST, LIKELY)
    assert finding.evidence == (
        f"mode {bond.options.mode_name}",
        "eno2 carrier 1",
        "eno2 MII status down",
        "eno2 speed unknown",
    )
    assert "it carries nothing" in finding.summary
    assert finding.next_step.startswith("'ethtool eno2'")


@pytest.mark.parametrize(
    "bond",
    [
        held_down(1),
        held_down(None),
        held_down(carrier=False),
        held_down(carrier=None),
        held_down(admin_up=False),
        held_down(mii=None),
        held_down(mii="going back"),
        held_down(mii="up"),
        held_down(hardware=GIGABIT),
    ],
)
def test_a_slave_whose_speed_is_just_not_told_is_no_finding(bond: Bond) -> None:
    assert found("BT048", bond) == []


def test_the_monitor_is_given_its_time_before_a_slave_counts_as_held_down() -> None:
    assert not found("BT048", held_down(), tracks={3: a_track(mii_at=NOW - 0.4)})
    assert found("BT048", held_down(), tracks={3: a_track(mii_at=NOW - 0.5)})


# shares


def balanced(mode: int | None = 2, policy: str | None = "layer2", **rest: Any) -> Bond:
    if mode == 4:
        return a_lacp_bond(**{"xmit_hash_policy": policy, **rest})
    return a_pair(**{"mode": mode, "xmit_hash_policy": policy, **rest})


def shares(*slaves: tuple[float, float] | None) -> dict[str, Any]:
    """Mb/s received and sent by each slave over the last beat."""
    rates = (None if each is None else some_rates(each[0] * 1e6, each[1] * 1e6) for each in slaves)
    return {"tracks": {n: a_track(samples=(each,), rates=each) for n, each in enumerate(rates, start=2)}}


SENT_BY_ONE = shares((50, 970), (50, 30))
RECEIVED_BY_ONE = shares((30, 500), (970, 500))


@pytest.mark.parametrize("mode", [2, 4])
def test_a_hash_over_one_gateway_is_found(mode: int) -> None:
    finding = the("BT049", balanced(mode), **SENT_BY_ONE)
    assert judged(finding) == ("bond0", LOW, CONFIGURATION, LIKELY)
    assert finding.evidence == ("xmit_hash_policy layer2", "eno1 sends 97 % of 1000 Mb/s")
    assert "sends nearly everything through eno1" in finding.summary
    assert finding.next_step.startswith("'ip -s link show master bond0'")
    assert finding.fix == Fix(options={"xmit_hash_policy": "layer3+4"})
    assert the("BT050", balanced(mode), **SENT_BY_ONE).because_of == "BT049"


@pytest.mark.parametrize(
    ("bond", "rest"),
    [
        (balanced(), shares((50, 890), (50, 110))),
        (balanced(), shares((1, 48), (1, 1))),
        (balanced(), shares((50, 970), None)),
        (balanced(), {}),
        (balanced(), RECEIVED_BY_ONE),
        (balanced(policy="layer3+4"), SENT_BY_ONE),
        (balanced(policy=None), SENT_BY_ONE),
        (balanced(mode=0), SENT_BY_ONE),
        (balanced(mode=None), SENT_BY_ONE),
        (a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3), mode=2), SENT_BY_ONE),
        (a_bond(a_slave("eno1", 2), a_slave("eno2", 3, mii=None), mode=2), SENT_BY_ONE),
        (a_bond(a_slave("eno1", 2), mode=2), SENT_BY_ONE),
        (balanced(4, info=None), SENT_BY_ONE),
    ],
)
def test_traffic_that_is_spread_or_too_little_or_not_told_is_no_finding(bond: Bond, rest: dict[str, Any]) -> None:
    assert found("BT049", bond, **rest) == []


def test_the_limits_of_shares_are_those_of_the_case() -> None:
    even = shares((50, 890), (50, 110))
    assert found("BT049", balanced(), limits=Limits(share_percent=88), **even)
    assert not found("BT049", balanced(), limits=Limits(share_percent=98), **SENT_BY_ONE)
    assert not found("BT049", balanced(), limits=Limits(share_at_least_mbps=1001), **SENT_BY_ONE)
    assert found("BT049", balanced(), limits=Limits(share_at_least_mbps=1000), **SENT_BY_ONE)


def test_a_link_that_takes_all_that_comes_in_is_told() -> None:
    finding = the("BT050", balanced(policy="layer3+4"), **RECEIVED_BY_ONE)
    assert judged(finding) == ("bond0", INFO, SWITCH, POSSIBLE)
    assert finding.evidence == ("eno2 receives 97 % of 1000 Mb/s",)
    assert "the hash of the switch" in finding.summary
    assert finding.because_of == ""


@pytest.mark.parametrize("mode", [0, 2, 4, 5, 6])
def test_a_link_that_sends_all_is_told_in_modes_that_spread(mode: int) -> None:
    finding = the("BT050", balanced(mode, "layer3+4"), **SENT_BY_ONE)
    assert judged(finding) == ("bond0", INFO, CONFIGURATION, POSSIBLE)
    assert finding.evidence == ("eno1 sends 97 % of 1000 Mb/s",)
    assert finding.next_step.startswith("'ip -s link show master bond0'")


@pytest.mark.parametrize("mode", [None, 1, 3])
def test_other_modes_need_not_spread(mode: int | None) -> None:
    assert found("BT050", balanced(mode), **SENT_BY_ONE) == []


def test_balance_tlb_receives_on_one_link_by_design() -> None:
    assert found("BT050", balanced(5), **RECEIVED_BY_ONE) == []
    assert found("BT050", balanced(6), **RECEIVED_BY_ONE)


def test_both_directions_are_told_at_once() -> None:
    finding = the("BT050", balanced(policy="layer3+4"), **shares((970, 30), (30, 970)))
    assert finding.evidence == ("eno2 sends 97 % of 1000 Mb/s", "eno1 receives 97 % of 1000 Mb/s")


def test_an_average_of_the_latest_beats_decides() -> None:
    burst, quiet = some_rates(0, 1e9), some_rates(0, 0)
    even = some_rates(0, 5e8)

    def case(*first: Any) -> dict[str, Any]:
        second = a_track(samples=(even,) * len(first), rates=even)
        return {"tracks": {2: a_track(samples=first, rates=first[-1]), 3: second}}

    assert not found("BT050", balanced(), **case(*(even,) * 9, some_rates(0, 9e9)), limits=Limits(share_percent=80))
    assert found("BT050", balanced(), **case(*(quiet,) * 9, even))[0].evidence == ("eno2 sends 91 % of 550 Mb/s",)
    old = {
        "tracks": {
            2: a_track(samples=(burst,) * 40),
            3: a_track(samples=(*(burst,) * 10, *(None,) * 10, *(quiet,) * 20)),
        }
    }
    assert found("BT050", balanced(), **old)[0].evidence == ("eno1 sends 100 % of 1000 Mb/s",)


# errors


def busy(errors: LinkErrors | None, packets: int = 1_000_000, **rest: Any) -> Slave:
    counters = Counters(0, packets // 2, 0, 0, 0, packets - packets // 2, 0, 0)
    return a_slave("eno2", 3, **{"errors": errors, "counters": counters, **rest})


def pair_with(second: Slave) -> Bond:
    return a_bond(a_slave("eno1", 2), second)


def rose(at: float, before: LinkErrors, now: LinkErrors) -> dict[str, Any]:
    return {"tracks": {3: a_track(errors=now, errors_before=before, errors_at=at, first_at=0.0)}}


def test_errors_that_rise_are_found_with_their_kinds() -> None:
    before, now = some_errors(rx_crc=10, rx_missed=5), some_errors(rx_crc=30, rx_missed=6, collisions=9)
    finding = the("BT062", pair_with(busy(now)), **rose(NOW - 20, before, now))
    assert judged(finding) == ("eno2", MEDIUM, CABLE, CERTAIN)
    assert finding.evidence == ("eno2 rx_crc_errors rose by 20 to 30", "eno2 rx_missed_errors rose by 1 to 6")
    assert finding.summary.startswith("eno2 keeps getting errors on its link: a bad cable, optic or port")
    assert finding.next_step.startswith("'ethtool -S eno2'")


def test_frames_that_the_host_does_not_take_are_on_its_side() -> None:
    finding = the(
        "BT062", pair_with(busy(some_errors())), **rose(NOW - 20, some_errors(), some_errors(rx_missed=7, rx_fifo=2))
    )
    assert judged(finding) == ("eno2", MEDIUM, HOST, CERTAIN)
    assert finding.evidence == ("eno2 rx_missed_errors rose by 7 to 7", "eno2 rx_fifo_errors rose by 2 to 2")
    assert finding.next_step.startswith("'ethtool -g eno2'")


@pytest.mark.parametrize("kind", ["rx_crc", "rx_frame", "tx_carrier"])
def test_damaged_frames_are_on_the_cables_side(kind: str) -> None:
    finding = the("BT062", pair_with(busy(some_errors(**{kind: 100}))))
    assert judged(finding) == ("eno2", MEDIUM, CABLE, LIKELY)
    assert finding.evidence == (f"eno2 {kind}_errors 100", "eno2 packets 1000000")
    assert finding.summary.startswith("eno2 has had errors on its link")


@pytest.mark.parametrize(
    ("slave", "rest"),
    [
        (busy(some_errors(rx_crc=99)), {}),
        (busy(some_errors(rx_crc=100), 10_000_000), {}),
        (busy(some_errors(collisions=5000, rx_nohandler=5000)), {}),
        (busy(None), {}),
        (a_slave("eno2", 3, errors=None), {}),
        (busy(some_errors(rx_crc=5000)), {"tracks": {3: a_track(first_at=NOW - 600)}}),
        (busy(some_errors(rx_crc=5000)), rose(NOW - 601, some_errors(), some_errors(rx_crc=5000))),
        (busy(some_errors()), rose(NOW - 20, some_errors(), some_errors(rx_length=10, collisions=10))),
    ],
)
def test_few_or_old_errors_or_none_that_are_told_are_no_finding(slave: Slave, rest: dict[str, Any]) -> None:
    assert found("BT062", pair_with(slave), **rest) == []


def test_the_limits_of_errors_are_those_of_the_case() -> None:
    many = busy(some_errors(rx_crc=100))
    assert not found("BT062", pair_with(many), limits=Limits(errors_per_million=100))
    assert found("BT062", pair_with(busy(some_errors(rx_crc=100), 10**9)), limits=Limits(errors_per_million=0.05))
    assert found("BT062", pair_with(many), tracks={3: a_track(first_at=NOW - 599)})
    old = rose(NOW - 601, some_errors(), some_errors(rx_crc=9))
    assert found("BT062", pair_with(many), limits=Limits(flap_window_s=601), **old)


def test_half_duplex_explains_errors() -> None:
    bond = pair_with(busy(some_errors(rx_crc=100), hardware=HALF))
    assert the("BT062", bond).because_of == "BT047"


@pytest.mark.parametrize(
    ("slave", "evidence"),
    [
        (a_slave("eno2", 3, counters=some_counters(drops=12)), ("eno2 rx_dropped 12",)),
        (a_slave("eno2", 3, errors=some_errors(rx_nohandler=7)), ("eno2 rx_nohandler 7",)),
        (
            a_slave("eno2", 3, counters=some_counters(drops=12), errors=some_errors(rx_nohandler=7)),
            ("eno2 rx_dropped 12", "eno2 rx_nohandler 7"),
        ),
    ],
)
def test_drops_on_a_backup_slave_are_said_to_be_normal(slave: Slave, evidence: tuple[str, ...]) -> None:
    finding = the("BT063", pair_with(slave))
    assert judged(finding) == ("eno2", INFO, HOST, CERTAIN)
    assert finding.evidence == evidence
    assert "this is normal" in finding.summary
    assert "nothing has to be done" in finding.next_step


@pytest.mark.parametrize(
    "bond",
    [
        pair_with(a_slave("eno2", 3)),
        pair_with(a_slave("eno2", 3, errors=some_errors(rx_nohandler=None))),
        pair_with(a_slave("eno2", 3, errors=None)),
        pair_with(a_slave("eno2", 3, counters=some_counters(drops=12), state="active")),
        pair_with(a_slave("eno2", 3, counters=some_counters(drops=12), state=None)),
        a_bond(a_slave("eno1", 2), a_slave("eno2", 3, counters=some_counters(drops=12)), mode=0),
        a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, state="backup", counters=some_counters(drops=12))),
    ],
)
def test_no_drops_or_drops_elsewhere_are_not_said_to_be_normal(bond: Bond) -> None:
    assert found("BT063", bond) == []


def test_errors_whose_kind_is_not_told_are_counted_all_the_same() -> None:
    counters = Counters(10**9, 10**6, 5000, 0, 10**9, 10**6, 0, 0)
    bond = a_bond(a_slave("eno1", 2), a_slave("eno2", 3, counters=counters, errors=None))
    finding = the("BT062", bond, text=True)
    assert (finding.subject, finding.side, finding.confidence) == ("eno2", UNKNOWN_SIDE, LIKELY)
    assert finding.evidence[0] == "eno2 rx_errors 5000"
