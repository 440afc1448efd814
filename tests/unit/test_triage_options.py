"""Rules on options: what each finds in a bond that is set up badly, and that it is silent on one that is not."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.model.around import Around
from bondtui.model.bond import AdInfo, Bond, Hardware
from bondtui.model.finding import (
    CERTAIN,
    CONFIGURATION,
    CRITICAL,
    HIGH,
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
    PARTNER,
    a_bond,
    a_lacp_bond,
    a_lost_slave,
    a_pair,
    a_port,
    a_slave,
    a_track,
    some_rates,
)

NOW = 1000.0
GATEWAYS = ("192.0.2.1", "192.0.2.2")


def found(rule: str, bond: Bond, **rest: Any) -> list[Finding]:
    return [each for each in findings(Case(bond, **{"mono": NOW, **rest})) if each.rule == rule]


def the(rule: str, bond: Bond, **rest: Any) -> Finding:
    (finding,) = found(rule, bond, **rest)
    return finding


def judged(finding: Finding) -> tuple[str, str, str, str]:
    return finding.subject, finding.severity, finding.side, finding.confidence


def asked(**options: Any) -> Bond:
    """An active-backup bond with a sound ARP monitor, but for these options."""
    sound = {"miimon": 0, "arp_interval": 500, "arp_ip_targets": GATEWAYS, "arp_validate": "active"}
    return a_pair(**{**sound, "arp_missed_max": 2, **options})


def primary(*, reselect: str | None = "always", **rest: Any) -> Bond:
    """eno1 is active, eno2 is the primary."""
    return a_pair(**{"primary": 3, "primary_reselect": reselect, **rest})


# Each of these is found with its subject, severity, side and confidence, with these words in the evidence, in the
# sentence and in the next step, and with this fix.
FAULTS: list[tuple[str, Bond, dict[str, Any], tuple[str, str, str, str], tuple[str, ...], str, str, Fix | None]] = [
    (
        "BT001",
        a_pair(miimon=0),
        {},
        ("bond0", CRITICAL, CONFIGURATION, CERTAIN),
        ("miimon 0", "arp_interval 0"),
        "No link monitor is on for bond0 (miimon 0, arp_interval 0): a dead link is never noticed",
        "'cat /proc/net/bonding/bond0'; 'MII Polling Interval' is 0",
        Fix(options={"miimon": "100"}),
    ),
    (
        "BT014",
        a_pair(miimon=501, downdelay=0),
        {},
        ("bond0", MEDIUM, CONFIGURATION, CERTAIN),
        ("miimon 501", "downdelay 0"),
        "up to 501 ms",
        "miimon set to 100",
        Fix(options={"miimon": "100"}),
    ),
    (
        "BT015",
        a_pair(miimon=100_000),
        {},
        ("bond0", HIGH, CONFIGURATION, LIKELY),
        ("miimon 100000",),
        "only every 100 s",
        "MIIMonitorSec",
        Fix(options={"miimon": "100"}),
    ),
    (
        "BT016",
        primary(),
        {},
        ("bond0", INFO, CONFIGURATION, LIKELY),
        ("updelay 0", "primary eno2", "primary_reselect always"),
        "primary eno2 comes back",
        "edge port",
        Fix(options={"updelay": "30000"}),
    ),
    (
        "BT017",
        a_pair(downdelay=1100),
        {},
        ("bond0", MEDIUM, CONFIGURATION, CERTAIN),
        ("miimon 100", "downdelay 1100"),
        "up to 1200 ms",
        "downdelay set to 0",
        Fix(options={"downdelay": "0"}),
    ),
    (
        "BT018",
        primary(),
        {"tracks": {3: a_track(failures=(NOW - 300, NOW - 5))}},
        ("eno2", MEDIUM, CONFIGURATION, CERTAIN),
        ("primary eno2", "primary_reselect always", "eno2 lost 2 times in 10 min"),
        "two interruptions for one fault",
        "'ethtool eno2'",
        Fix(options={"primary_reselect": "failure"}),
    ),
    (
        "BT019",
        primary(reselect="failure"),
        {},
        ("bond0", INFO, CONFIGURATION, CERTAIN),
        ("active_slave eno1", "primary eno2", "primary_reselect failure", "eno2 MII status up"),
        "is on eno1 although the primary eno2 is up: primary_reselect failure",
        "no traffic is lost",
        None,
    ),
    (
        "BT021",
        a_bond(a_slave("eno1", 2, prio=7), a_slave("eno2", 3, prio=0), primary=2),
        {},
        ("bond0", LOW, CONFIGURATION, CERTAIN),
        ("primary eno1", "eno1 prio 7"),
        "has no effect in bond0",
        "'ip -d link show master bond0'",
        None,
    ),
    (
        "BT022",
        a_pair(num_peer_notif=0),
        {},
        ("bond0", MEDIUM, CONFIGURATION, CERTAIN),
        ("num_grat_arp 0",),
        "tells nobody of a failover",
        "num_grat_arp set to 3",
        Fix(options={"num_grat_arp": "3"}),
    ),
    (
        "BT023",
        a_pair(),
        {"around": Around(kernel="6.12.3-1-amd64")},
        ("bond0", INFO, CONFIGURATION, CERTAIN),
        ("num_grat_arp 1", "kernel 6.12.3-1-amd64"),
        "none after all slaves had been down",
        "num_grat_arp set to 3",
        Fix(options={"num_grat_arp": "3"}),
    ),
    (
        "BT024",
        asked(arp_ip_targets=()),
        {},
        ("bond0", CRITICAL, CONFIGURATION, CERTAIN),
        ("arp_interval 500", "arp_ip_target (none)"),
        "nobody to ask",
        "arp_ip_target'",
        Fix(options={"arp_interval": "0", "miimon": "100"}),
    ),
    (
        "BT025",
        asked(arp_ip_targets=("192.0.2.1",)),
        {},
        ("bond0", MEDIUM, CONFIGURATION, CERTAIN),
        ("arp_interval 500", "arp_ip_target 192.0.2.1"),
        "one target only, 192.0.2.1",
        "second target",
        None,
    ),
    (
        "BT026",
        asked(arp_validate="none"),
        {},
        ("bond0", MEDIUM, CONFIGURATION, CERTAIN),
        ("arp_interval 500", "arp_validate none"),
        "any frame for an answer",
        "arp_validate set to active",
        Fix(options={"arp_validate": "active"}),
    ),
    (
        "BT027",
        asked(mode=0),
        {"tracks": {3: a_track(failures=(NOW - 200, NOW - 100))}},
        ("bond0", HIGH, CONFIGURATION, LIKELY),
        ("mode balance-rr", "arp_interval 500", "eno2 2 link failures in 10 min, carrier losses 0"),
        "the ARP replies come back on one link only",
        "miimon 100 instead of arp_interval",
        Fix(options={"miimon": "100", "arp_interval": "0"}),
    ),
    (
        "BT028",
        asked(arp_interval=99),
        {},
        ("bond0", MEDIUM, CONFIGURATION, CERTAIN),
        ("arp_interval 99", "arp_missed_max 2"),
        "answers missing for a moment",
        "arp_interval set to 250",
        Fix(options={"arp_interval": "250"}),
    ),
    (
        "BT028",
        asked(arp_missed_max=1),
        {},
        ("bond0", MEDIUM, CONFIGURATION, CERTAIN),
        ("arp_interval 500", "arp_missed_max 1"),
        "after one missed answer",
        "arp_missed_max to 2",
        Fix(options={"arp_missed_max": "2"}),
    ),
    (
        "BT029",
        asked(),
        {"tracks": {2: a_track(failures=(NOW - 60,)), 3: a_track(failures=(NOW - 59,))}},
        ("bond0", HIGH, UNKNOWN_SIDE, LIKELY),
        ("eno1 1 link failure in 10 min, carrier losses 0", "eno2 1 link failure in 10 min, carrier losses 0"),
        "taken for dead together",
        "'ip route get 192.0.2.1'",
        None,
    ),
    (
        "BT076",
        a_bond(
            *a_pair().slaves[:1],
            a_slave("eno2", 3, mii="down"),
            miimon=0,
            arp_interval=500,
            arp_validate="all",
            arp_ip_targets=GATEWAYS,
        ),
        {"tracks": {3: a_track(first_at=0.0)}},
        ("eno2", MEDIUM, CONFIGURATION, LIKELY),
        ("arp_validate all", "eno2 carrier 1", "eno2 MII status down", "eno1 MII status up"),
        "must hear the requests that eno1 sends",
        "'tcpdump -nni eno2 arp'",
        Fix(options={"arp_validate": "active"}),
    ),
    (
        "BT041",
        a_lacp_bond(lacp_rate="slow"),
        {},
        ("bond0", INFO, CONFIGURATION, CERTAIN),
        ("lacp_rate slow",),
        "only after 90 s",
        "needs the bond set down",
        Fix(options={"lacp_rate": "fast"}),
    ),
    (
        "BT042",
        a_lacp_bond(a_port("eno1", 2, actor=63, partner=61), a_port("eno2", 3)),
        {},
        ("bond0", INFO, SWITCH, CERTAIN),
        ("eno1 actor state 63, partner state 61",),
        "this host notices a silent path within 3 s and the switch only after 90 s",
        "the fast rate set on the switch",
        None,
    ),
    (
        "BT042",
        a_lacp_bond(a_port("eno1", 2, actor=61), a_port("eno2", 3, actor=61)),
        {},
        ("bond0", INFO, CONFIGURATION, CERTAIN),
        ("eno1 actor state 61, partner state 63", "eno2 actor state 61, partner state 63"),
        "the switch notices a silent path within 3 s and this host only after 90 s",
        "the fast rate set on this host",
        Fix(options={"lacp_rate": "fast"}),
    ),
    (
        "BT059",
        a_pair(fail_over_mac="active"),
        {},
        ("bond0", LOW, CONFIGURATION, CERTAIN),
        ("fail_over_mac active", "num_grat_arp 1"),
        "it is told once",
        "num_grat_arp set to 3",
        Fix(options={"num_grat_arp": "3"}),
    ),
    (
        "BT065",
        a_pair(use_carrier=0),
        {},
        ("bond0", MEDIUM, CONFIGURATION, CERTAIN),
        ("use_carrier 0",),
        "by ioctl and not by carrier",
        "use_carrier removed",
        Fix(options={"use_carrier": "1"}),
    ),
    (
        "BT070",
        a_bond(mode=0, miimon=0, admin_up=False, carrier=False),
        {},
        ("bond0", LOW, CONFIGURATION, LIKELY),
        ("mode balance-rr", "miimon 0", "no slaves", "set down"),
        "made by loading the module",
        "max_bonds=0",
        None,
    ),
]
IDS = [f"{rule}-{number}" for number, (rule, *_) in enumerate(FAULTS)]


@pytest.mark.parametrize(("rule", "bond", "rest", "expected", "evidence", "words", "next_step", "fix"), FAULTS, ids=IDS)
def test_a_fault_is_found(
    rule: str,
    bond: Bond,
    rest: dict[str, Any],
    expected: tuple[str, str, str, str],
    evidence: tuple[str, ...],
    words: str,
    next_step: str,
    fix: Fix | None,
) -> None:
    finding = the(rule, bond, **rest)
    assert judged(finding) == expected
    assert set(evidence) <= set(finding.evidence)
    assert words in finding.summary
    assert next_step in finding.next_step
    assert finding.fix == fix


RR_LOST = {"tracks": {3: a_track(failures=(NOW - 200, NOW - 100))}}
BOTH_LOST = {2: a_track(failures=(NOW - 60,)), 3: a_track(failures=(NOW - 59,))}

SOUND: list[tuple[str, str, Bond, dict[str, Any]]] = [
    ("BT001", "miimon is on", a_pair(miimon=100), {}),
    ("BT001", "ARP monitoring is a monitor", asked(), {}),
    ("BT001", "miimon is not told", a_pair(miimon=None), {}),
    ("BT001", "arp_interval is not told", a_pair(miimon=0, arp_interval=None), {}),
    ("BT001", "nothing is there to be watched", a_bond(miimon=0), {}),
    ("BT014", "as slow as allowed", a_pair(miimon=500), {}),
    ("BT014", "traffic does not wait for the monitor", a_pair(mode=2, miimon=1000), {}),
    ("BT014", "miimon is not told", a_pair(miimon=None), {}),
    ("BT014", "the mode is not told", a_pair(mode=None, miimon=1000), {}),
    ("BT014", "the limit is another one", a_pair(miimon=501), {"limits": Limits(miimon_slow_ms=501)}),
    ("BT015", "below the limit", a_pair(miimon=9999), {}),
    ("BT015", "miimon is not told", a_pair(miimon=None), {}),
    ("BT015", "the limit is another one", a_pair(miimon=10_000), {"limits": Limits(miimon_unit_ms=10_001)}),
    ("BT016", "there is an updelay", primary(updelay=30_000), {}),
    ("BT016", "updelay is not told", primary(updelay=None), {}),
    ("BT016", "no primary", a_pair(), {}),
    ("BT016", "it does not come back by itself", primary(reselect="failure"), {}),
    ("BT016", "the policy is not told", primary(reselect=None), {}),
    ("BT016", "the primary is not in the bond", primary(primary=9), {}),
    ("BT016", "with the ARP monitor there is no updelay", primary(miimon=0, arp_interval=500), {}),
    ("BT017", "as long as allowed", a_pair(downdelay=1000), {}),
    ("BT017", "not told", a_pair(downdelay=None), {}),
    ("BT017", "traffic does not wait for it", a_lacp_bond(downdelay=5000), {}),
    ("BT017", "the limit is another one", a_pair(downdelay=1100), {"limits": Limits(downdelay_long_ms=1100)}),
    ("BT018", "lost once", primary(), {"tracks": {3: a_track(failures=(NOW - 5,))}}),
    ("BT018", "lost long ago", primary(), {"tracks": {3: a_track(failures=(NOW - 700, NOW - 650))}}),
    ("BT018", "another one is lost", primary(), {"tracks": {2: a_track(failures=(NOW - 9, NOW - 5))}}),
    (
        "BT018",
        "it does not come back by itself",
        primary(reselect="failure"),
        {"tracks": {3: a_track(failures=(NOW - 9, NOW - 5))}},
    ),
    (
        "BT018",
        "a shorter window",
        primary(),
        {"tracks": {3: a_track(failures=(NOW - 300, NOW - 5))}, "limits": Limits(flap_window_s=299)},
    ),
    ("BT018", "no primary", a_pair(), {"tracks": {3: a_track(failures=(NOW - 9, NOW - 5))}}),
    ("BT019", "on the primary", a_pair(primary=2), {}),
    ("BT019", "the primary is down", a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3), primary=3), {}),
    ("BT019", "the primary may be down", a_bond(a_slave("eno1", 2), a_slave("eno2", 3, mii=None), primary=3), {}),
    ("BT019", "the active one is not told", primary(active_slave=None), {}),
    ("BT019", "no primary in this mode", a_pair(mode=2, active_slave=2, primary=3), {}),
    ("BT021", "no primary", a_bond(a_slave("eno1", 2, prio=7), a_slave("eno2", 3)), {}),
    ("BT021", "no prio", a_pair(primary=2), {}),
    ("BT021", "the prio is not told", a_bond(a_slave("eno1", 2, prio=None), primary=2), {}),
    ("BT022", "told once", a_pair(num_peer_notif=1), {}),
    ("BT022", "not told", a_pair(num_peer_notif=None), {}),
    ("BT022", "it has no effect in this mode", a_pair(mode=0, num_peer_notif=0), {}),
    ("BT023", "twice", a_pair(num_peer_notif=2), {"around": Around(kernel="6.1.0")}),
    ("BT023", "a newer kernel", a_pair(), {"around": Around(kernel="7.0.1")}),
    ("BT023", "the kernel is not told", a_pair(), {}),
    ("BT023", "a kernel that nobody knows", a_pair(), {"around": Around(kernel="next")}),
    ("BT024", "two targets", asked(), {}),
    ("BT024", "an IPv6 target", asked(arp_ip_targets=(), ns_ip6_targets=("2001:db8::1",)), {}),
    ("BT024", "the monitor is off", a_pair(arp_ip_targets=()), {}),
    ("BT024", "the monitor is not told", asked(arp_interval=None, arp_ip_targets=()), {}),
    ("BT024", "the targets are not told", asked(arp_ip_targets=None), {}),
    ("BT024", "the IPv6 targets are not told", asked(arp_ip_targets=(), ns_ip6_targets=None), {}),
    ("BT025", "two targets", asked(), {}),
    ("BT025", "one of each kind", asked(arp_ip_targets=GATEWAYS[:1], ns_ip6_targets=("2001:db8::1",)), {}),
    ("BT025", "the IPv6 targets are not told", asked(arp_ip_targets=GATEWAYS[:1], ns_ip6_targets=None), {}),
    ("BT025", "the monitor is off", a_pair(arp_ip_targets=GATEWAYS[:1]), {}),
    ("BT026", "validated", asked(), {}),
    ("BT026", "not told", asked(arp_validate=None), {}),
    ("BT026", "the monitor is off", a_pair(arp_validate="none"), {}),
    ("BT026", "another mode", asked(mode=0, arp_validate="none"), {}),
    ("BT027", "no failures", asked(mode=0), {}),
    ("BT027", "one failure", asked(mode=0), {"tracks": {3: a_track(failures=(NOW - 5,))}}),
    ("BT027", "miimon", a_pair(mode=0), RR_LOST),
    ("BT027", "the monitor is not told", asked(mode=0, arp_interval=None), RR_LOST),
    ("BT027", "another mode", asked(), RR_LOST),
    (
        "BT027",
        "the carrier was lost",
        asked(mode=0),
        {"tracks": {3: a_track(failures=(NOW - 9, NOW - 5), carrier_losses=(NOW - 9.5, NOW - 5.5))}},
    ),
    (
        "BT027",
        "the log tells of losses that the carrier may explain",
        asked(mode=0),
        {"around": Around(lost_links={3: (5.0, 100.0)})},
    ),
    ("BT027", "a shorter window", asked(mode=0), {**RR_LOST, "limits": Limits(flap_window_s=150)}),
    ("BT028", "as fast as allowed", asked(arp_interval=100), {}),
    ("BT028", "not told", asked(arp_interval=None, arp_missed_max=None), {}),
    ("BT028", "the monitor is off", a_pair(arp_missed_max=1), {}),
    ("BT028", "the limit is another one", asked(arp_interval=99), {"limits": Limits(arp_interval_short_ms=99)}),
    ("BT029", "one of two", asked(), {"tracks": {2: a_track(failures=(NOW - 60,))}}),
    (
        "BT029",
        "one after the other",
        asked(),
        {"tracks": {2: a_track(failures=(NOW - 60,)), 3: a_track(failures=(NOW - 400,))}},
    ),
    ("BT029", "miimon", a_pair(), {"tracks": BOTH_LOST}),
    (
        "BT029",
        "the carrier went too",
        asked(),
        {"tracks": {**BOTH_LOST, 3: a_track(failures=(NOW - 59,), carrier_losses=(NOW - 59,))}},
    ),
    ("BT029", "a single slave", a_bond(a_slave(), arp_interval=500), {"tracks": BOTH_LOST}),
    (
        "BT076",
        "the active one validates only",
        a_bond(a_slave("eno1", 2), a_slave("eno2", 3, mii="down"), arp_interval=500, arp_validate="active"),
        {},
    ),
    (
        "BT076",
        "it has lost its carrier",
        a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3), arp_interval=500, arp_validate="all"),
        {},
    ),
    (
        "BT076",
        "the carrier is not told",
        a_bond(a_slave("eno1", 2), a_slave("eno2", 3, mii="down", carrier=None), arp_interval=500, arp_validate="all"),
        {},
    ),
    (
        "BT076",
        "the active one is down too",
        a_bond(a_slave("eno1", 2, mii="down"), a_slave("eno2", 3, mii="down"), arp_interval=500, arp_validate="backup"),
        {},
    ),
    (
        "BT076",
        "the ARP monitor is off",
        a_bond(a_slave("eno1", 2), a_slave("eno2", 3, mii="down"), arp_validate="all"),
        {},
    ),
    (
        "BT076",
        "another mode",
        a_bond(a_slave("eno1", 2), a_slave("eno2", 3, mii="down"), mode=5, arp_interval=500, arp_validate="all"),
        {},
    ),
    ("BT076", "both are up", asked(arp_validate="all"), {}),
    ("BT041", "fast", a_lacp_bond(), {}),
    ("BT041", "not told", a_lacp_bond(lacp_rate=None), {}),
    ("BT041", "another mode", a_pair(lacp_rate="slow"), {}),
    ("BT042", "the same", a_lacp_bond(a_port("eno1", 2, actor=61, partner=61), a_port("eno2", 3)), {}),
    ("BT042", "one end is not told", a_lacp_bond(a_port("eno1", 2, actor=61, partner=None)), {}),
    ("BT042", "no partner", a_lacp_bond(a_port("eno1", 2, actor=79, partner=1)), {}),
    ("BT042", "the link is down", a_lacp_bond(a_port("eno1", 2, actor=61, mii="down")), {}),
    ("BT042", "the link may be down", a_lacp_bond(a_port("eno1", 2, actor=61, mii=None)), {}),
    ("BT059", "told thrice", a_pair(fail_over_mac="active", num_peer_notif=3), {}),
    ("BT059", "told twice", a_pair(fail_over_mac="active", num_peer_notif=2), {}),
    ("BT059", "not told", a_pair(fail_over_mac="active", num_peer_notif=None), {}),
    ("BT059", "the MAC stays", a_pair(fail_over_mac="none"), {}),
    ("BT059", "it is not told whether the MAC stays", a_pair(fail_over_mac=None), {}),
    ("BT065", "by carrier", a_pair(use_carrier=1), {}),
    ("BT065", "not told", a_pair(use_carrier=None), {}),
    ("BT070", "set up", a_bond(mode=0, miimon=0, admin_up=True, carrier=False), {}),
    ("BT070", "not told whether it is set up", a_bond(mode=0, miimon=0, admin_up=None), {}),
    ("BT070", "another name", a_bond(mode=0, miimon=0, admin_up=False, name="bond1"), {}),
    ("BT070", "somebody has set it", a_bond(mode=1, miimon=0, admin_up=False), {}),
    ("BT070", "it has slaves", a_pair(mode=0, miimon=0, admin_up=False), {}),
]


@pytest.mark.parametrize(
    ("rule", "bond", "rest"),
    [(rule, bond, rest) for rule, _, bond, rest in SOUND],
    ids=[f"{rule}-{why.replace(' ', '-')}" for rule, why, *_ in SOUND],
)
def test_what_is_sound_or_not_told_is_no_finding(rule: str, bond: Bond, rest: dict[str, Any]) -> None:
    assert found(rule, bond, **rest) == []


def test_the_limits_are_those_of_the_case() -> None:
    assert found("BT014", a_pair(miimon=100), limits=Limits(miimon_slow_ms=99))
    assert found("BT015", a_pair(miimon=100), limits=Limits(miimon_unit_ms=100))
    assert found("BT017", a_pair(downdelay=200), limits=Limits(downdelay_long_ms=199))
    assert found("BT028", asked(), limits=Limits(arp_interval_short_ms=501))
    lost = {3: a_track(failures=(NOW - 700, NOW - 650))}
    assert found("BT018", primary(), tracks=lost, limits=Limits(flap_window_s=701))


@pytest.mark.parametrize("mode", [4, 5, 6])
def test_modes_that_cannot_have_the_arp_monitor_need_not_tell_of_it(mode: int) -> None:
    assert the("BT001", a_pair(mode=mode, miimon=0, arp_interval=None)).evidence == ("miimon 0",)


@pytest.mark.parametrize("mode", [1, 5, 6])
def test_modes_with_an_active_slave_wait_for_the_monitor(mode: int) -> None:
    slow = a_pair(mode=mode, miimon=1000, downdelay=2000)
    assert [the(rule, slow).subject for rule in ("BT014", "BT017")] == ["bond0", "bond0"]


def test_a_mistake_of_the_unit_explains_a_slow_monitor() -> None:
    assert the("BT014", a_pair(miimon=100_000)).because_of == "BT015"
    assert the("BT014", a_pair(miimon=1000)).because_of == ""


def test_a_flapping_primary_explains_that_traffic_goes_to_and_fro() -> None:
    lost = {3: a_track(failures=(NOW - 30, NOW - 20, NOW - 10))}
    assert the("BT018", primary(), tracks=lost).because_of == "BT011"


def test_the_kernel_log_tells_of_a_flapping_primary_too() -> None:
    assert found("BT018", primary(), around=Around(lost_links={3: (5.0, 300.0)}))
    assert not found("BT018", primary(), around=Around(lost_links={3: (5.0,)}))


@pytest.mark.parametrize(
    ("reselect", "why"),
    [
        ("always", "somebody switched by hand"),
        ("better", "only to a faster link"),
        ("failure", "only when the active link fails"),
        (None, "is up."),
    ],
)
def test_it_is_said_why_traffic_is_not_on_the_primary(reselect: str | None, why: str) -> None:
    assert why in the("BT019", primary(reselect=reselect)).summary


def test_no_notification_explains_what_follows_from_it() -> None:
    silent = a_pair(fail_over_mac="active", num_peer_notif=0)
    assert the("BT059", silent).because_of == "BT022"
    once = a_pair(fail_over_mac="active")
    assert the("BT023", once, around=Around(kernel="6.1.0")).because_of == "BT059"


def test_an_arp_monitor_without_targets_explains_the_rest_of_it() -> None:
    bad = asked(arp_ip_targets=(), arp_validate="none")
    assert the("BT026", bad).because_of == "BT024"
    assert the("BT029", bad, tracks=BOTH_LOST).because_of == "BT024"


def test_a_target_that_is_away_explains_false_losses_in_balance_rr() -> None:
    both = {n: a_track(failures=(NOW - 60, NOW - 30)) for n in (2, 3)}
    assert the("BT027", asked(mode=0), tracks=both).because_of == "BT029"


def test_more_losses_in_the_log_than_the_carrier_can_explain_are_false_ones() -> None:
    logged = Around(lost_links={3: (5.0, 100.0, 200.0)})
    assert the("BT027", asked(mode=0), around=logged).evidence[-1].startswith("eno2 2 link failures")
    unknown = a_bond(a_slave("eno1", 2), a_slave("eno2", 3, carrier_changes=None), mode=0, arp_interval=500)
    assert found("BT027", unknown, around=logged) == []


def test_slaves_are_lost_together_if_the_monitor_tried_one_after_the_other() -> None:
    slow = asked(arp_interval=5000)
    apart = {2: a_track(failures=(NOW - 60,)), 3: a_track(failures=(NOW - 20,))}
    assert found("BT029", slow, tracks=apart)
    assert not found("BT029", asked(), tracks=apart)


def test_a_backup_that_was_heard_before_may_have_a_dead_path_instead() -> None:
    down = a_slave("eno2", 3, mii="down")
    bond = a_bond(a_slave("eno1", 2), down, arp_interval=500, arp_validate="filter_backup", arp_ip_targets=GATEWAYS)
    finding = the("BT076", bond, tracks={3: a_track(first_at=0.0, mii_at=NOW - 20)})
    assert finding.confidence == POSSIBLE
    assert finding.fix == Fix(options={"arp_validate": "filter_active"})


# 802.3ad: capacity and aggregators


def fast(speed: int | None = 1000, duplex: str | None = "full") -> Hardware:
    return Hardware(speed, duplex)


def loaded(*speeds: int | None, **rest: Any) -> Bond:
    ports = (a_port(f"eno{n}", n + 1, hardware=fast(speed)) for n, speed in enumerate(speeds, start=1))
    return a_lacp_bond(*ports, **{"min_links": 0, **rest})


def carried(*mbps: float | None) -> dict[str, Any]:
    """The bond has received so much in each of its latest beats."""
    samples = tuple(None if each is None else some_rates(each * 1e6, 1e6) for each in mbps)
    return {"tracks": {BOND: a_track(samples=samples, rates=samples[-1])}}


def test_a_bond_that_does_not_fit_into_what_one_loss_leaves_is_found() -> None:
    finding = the("BT045", loaded(1000, 10_000), **carried(1200, None, 1400))
    assert judged(finding) == ("bond0", MEDIUM, CONFIGURATION, CERTAIN)
    assert finding.evidence == (
        "min_links 0",
        "bond0 1300 Mb/s in the busier direction",
        "eno1 speed 1000 Mb/s",
        "eno2 speed 10000 Mb/s",
    )
    assert "1300 Mb/s, and without its fastest link 1000 Mb/s would be left" in finding.summary
    assert finding.next_step.startswith("'ip -s link show dev bond0'")


@pytest.mark.parametrize(
    ("bond", "rest"),
    [
        (loaded(1000, 10_000), carried(900)),
        (loaded(1000, 10_000), carried(1000)),
        (loaded(1000, 10_000), carried(1400, 400, 900)),
        (loaded(1000, 10_000), {}),
        (loaded(1000, 10_000), carried(None)),
        (loaded(1000, 10_000, min_links=2), carried(1300)),
        (loaded(1000, 10_000, min_links=None), carried(1300)),
        (loaded(1000, None), carried(1300)),
        (loaded(1000, 10_000, info=None), carried(1300)),
        (loaded(1000, 10_000, mode=2), carried(1300)),
        (loaded(1000), carried(1300)),
        (a_lacp_bond(a_port("eno1", 2, hardware=fast()), a_port("eno2", 3, hardware=fast(), mii=None)), carried(1300)),
        (a_lacp_bond(a_port("eno1", 2, hardware=fast()), a_port("eno2", 3, hardware=fast(), actor=7)), carried(1300)),
        (
            a_lacp_bond(a_port("eno1", 2, hardware=fast()), a_port("eno2", 3, hardware=fast(), actor=None)),
            carried(1300),
        ),
        (
            a_lacp_bond(a_port("eno1", 2, hardware=fast()), a_port("eno2", 3, hardware=fast(), aggregator=2)),
            carried(1300),
        ),
    ],
)
def test_a_bond_with_room_or_of_which_too_little_is_told_is_no_finding(bond: Bond, rest: dict[str, Any]) -> None:
    assert found("BT045", bond, **rest) == []


def two_aggregators(second: int | None = 10_000, **rest: Any) -> Bond:
    first = a_port("eno1", 2, hardware=fast(1000))
    other = {"aggregator": 2, "actor": 7, "hardware": fast(second), **rest}
    return a_lacp_bond(first, a_port("eno2", 3, **other), ad_select="stable")


def test_a_better_aggregator_that_is_not_the_active_one_is_told() -> None:
    finding = the("BT067", two_aggregators())
    assert judged(finding) == ("bond0", INFO, CONFIGURATION, LIKELY)
    assert finding.evidence == (
        "ad_select stable",
        "active aggregator 1",
        "aggregator 1 1000 Mb/s",
        "aggregator 2 10000 Mb/s",
    )
    assert finding.fix == Fix(options={"ad_select": "bandwidth"})
    assert finding.because_of in ("BT031", "BT046")


@pytest.mark.parametrize(
    "bond",
    [
        two_aggregators(1000),
        two_aggregators(None),
        two_aggregators(actor=71),
        two_aggregators(actor=None),
        two_aggregators(aggregator=None),
        two_aggregators(mii=None),
        two_aggregators(mii="down"),
        a_lacp_bond(*two_aggregators().slaves, ad_select="bandwidth"),
        a_lacp_bond(*two_aggregators().slaves, ad_select=None),
        a_lacp_bond(*two_aggregators().slaves, ad_select="stable", info=None),
        a_lacp_bond(*two_aggregators().slaves, ad_select="stable", info=AdInfo(7, 1, 9, 9, PARTNER)),
    ],
)
def test_the_best_aggregator_or_one_of_which_too_little_is_told_is_no_finding(bond: Bond) -> None:
    assert found("BT067", bond) == []
