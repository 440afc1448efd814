"""Failover drills on real bonds: what is measured is true, and what was not shown is never a PASS."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.kernel import drills, traces
from tests.kernel.commands import command
from tests.kernel.drills import SHORT, TARGET, Ended, Running, drilled
from tests.kernel.lab import SWITCH_ADDRESS, Lab, peer_of
from tests.kernel.observer import Observer
from tests.kernel.waiting import until

TICK_MS = 10
"""Timers of the guest tick at 100 Hz, so each interval of the driver's monitor may be longer by one tick."""
COMMIT_MS = 3 * TICK_MS
"""The monitor tries again a tick later while somebody else holds the RTNL (bond_main.c, bond_mii_monitor), and the switch
sends the other way when it has heard a gratuitous ARP."""
ALB_LAG_MS = 2000
"""balance-alb: so long its peers may send to the old address, until they hear an ARP reply (RLB_UPDATE_RETRY, bond_alb.c)."""
LACP_TICKS, LACP_TICK_MS = 30, 100
"""LACP's short timeout, in ticks of the driver's own (bond_3ad.c, __ad_timer_to_ticks): 3 s."""
LOOKS = ("balance-xor", "802.3ad", "balance-alb")
"""Modes in which a drill looks for the slaves of each flow."""
LAYER_3_4 = ("xmit_hash_policy", "layer3+4")


class Case(NamedTuple):
    """A bond, a fault, and how long the outage may be."""

    mode: str
    settings: tuple[str, ...]
    bounds_ms: tuple[float, float]
    """As the driver's source has it, with the guest's ticks."""
    predicted_ms: int | None
    partner: str = ""
    primary: str = ""
    slave: str = ""
    """Which one is tested; ``""``: the one that the observer's datagrams leave by."""
    objective_ms: int | None = None
    fault: Callable[[Lab, str], None] | None = None
    """What is done to the cable; ``None`` for ``admin-down``."""
    repair: Callable[[Lab, str], None] = Lab.plug


def miimon(interval: int, downdelay: int = 0) -> tuple[float, float]:
    """The first bad look starts the delay, and when it is over the slave is given up: 1 + D/M looks."""
    return downdelay, (1 + downdelay // interval) * (interval + TICK_MS)


def arp(interval: int, *, heard_until_the_end: bool, missed_max: int = 2) -> tuple[float, float]:
    """Given up at the first look that is more than (N + ½)·A after the last sign of life (bond_time_in_interval).

    Signs of life are the ARP replies of one look or, without arp_validate, every frame: then the probes' answers, up to
    the moment of the fault.
    """
    early = missed_max + (0.5 if heard_until_the_end else 0.0)
    return early * interval, (early + 1) * interval + (missed_max + 2) * TICK_MS


ARP = ("arp_interval", "100", "arp_ip_target", SWITCH_ADDRESS)
AT_ONCE = (0.0, 0.0)
"""Each frame goes to a slave that is up, and the partner sees the link go as well."""
SILENT = (LACP_TICKS * LACP_TICK_MS * 2 / 3, (LACP_TICKS + 1) * (LACP_TICK_MS + TICK_MS))
"""LACPDUs come once a second, and after the timeout without one the partner is given up."""

CASES = {
    "miimon-100": Case("active-backup", ("miimon", "100"), miimon(100), 100, slave="eno1"),
    "miimon-100-carrier": Case("active-backup", ("miimon", "100"), miimon(100), 100, slave="eno1", fault=Lab.pull),
    "miimon-1000-primary": Case("active-backup", ("miimon", "1000"), miimon(1000), 1000, slave="eno2", primary="eno2"),
    "downdelay-400": Case(
        "active-backup",
        ("miimon", "100", "downdelay", "400"),
        miimon(100, 400),
        500,
        slave="eno1",
        objective_ms=20,
    ),
    "arp": Case("active-backup", ARP, arp(100, heard_until_the_end=True), 350, slave="eno1"),
    "arp-validate-primary": Case(
        "active-backup",
        (*ARP, "arp_validate", "all"),
        arp(100, heard_until_the_end=False),
        300,
        slave="eno1",
        primary="eno1",
    ),
    "arp-silent": Case(
        "active-backup",
        (*ARP, "arp_validate", "all"),
        arp(100, heard_until_the_end=False),
        300,
        slave="eno1",
        fault=Lab.black_hole,
        repair=Lab.fill,
    ),
    "balance-alb": Case("balance-alb", (), (0, miimon(100)[1] + ALB_LAG_MS), 100, slave="eno1"),
    "balance-rr": Case("balance-rr", (), AT_ONCE, None, partner="bond mode balance-rr miimon 100"),
    "802.3ad": Case("802.3ad", ("lacp_rate", "fast"), AT_ONCE, 3100),
    "802.3ad-carrier": Case("802.3ad", ("lacp_rate", "fast"), AT_ONCE, 3100, fault=Lab.pull),
    "802.3ad-silent": Case(
        "802.3ad",
        ("lacp_rate", "fast", *LAYER_3_4),
        SILENT,
        3100,
        partner=f"bond mode 802.3ad miimon 100 lacp_rate fast {' '.join(LAYER_3_4)}",
        fault=Lab.black_hole,
        repair=Lab.fill,
    ),
}


def rehearsed(lab: Lab, case: Case, slave: str, observer: Observer) -> Ended:
    """A drill of this slave, with a person at the cable where the fault is one."""
    objective = () if case.objective_ms is None else ("--objective", str(case.objective_ms))
    cable = () if case.fault is None else ("--fault", "cable")
    looks = case.mode in LOOKS
    with Running(
        lab, *(() if looks else ("--json",)), "--slave", slave, *objective, *TARGET, *SHORT, *cable
    ) as running:
        if looks:
            observed(running, observer)
        if case.fault is not None:
            running.says(f"pull the cable of {slave} now")
            case.fault(lab, slave)
            running.says(f"put the cable of {slave} back")
            case.repair(lab, slave)
        return running.reported() if looks else running.ended()


def observed(running: Running, observer: Observer, rounds: int = 1) -> None:
    """Have the observer rest while it is looked which flow crosses which slave: the more other traffic, the longer.

    Only a drill that prints no document says when that is.
    """
    observer.rests()
    for number in range(1, rounds + 1):
        running.says(f"round {number} of {rounds}")
        observer.rests()
        running.says("before anything is done", times=number)
        observer.goes_on()


@pytest.mark.parametrize("name", CASES)
def test_what_is_measured_is_what_an_observer_sees(lab: Lab, name: str) -> None:
    case = CASES[name]
    lab.bond(case.mode, *case.settings, partner_kind=case.partner)
    if case.primary:
        lab.ip("link", "set", "bond0", "type", "bond", "primary", case.primary)
    lab.settled()
    with Observer(lab) as observer:
        slave = case.slave or observer.carrier("eno1", "eno2")
        ended = rehearsed(lab, case, slave, observer)
        observer.goes_on()
        missed = case.objective_ms is not None and case.objective_ms < case.bounds_ms[0]
        expected = (1, "fail") if missed else (0, "pass")
        assert (ended.status, ended.document["verdict"]) == expected, told(ended)
        assert ended.document["predicted_outage_ms"] == case.predicted_ms
        assert_true(ended.only_round(), case.bounds_ms, observer, ended.document["period_ms"])
    assert not missed or f"is longer than the objective {case.objective_ms} ms" in ended.document["reason"]
    assert lab.is_admin_up(slave)
    assert lab.processes() == []


def told(ended: Ended) -> str:
    """Why it has ended so, for messages of failed tests."""
    checks = (ended.document.get("preflight") or {}).get("checks", [])
    return f"{ended.status} {ended.document.get('reason')} {ended.stderr} {[each for each in checks if each['result'] != 'ok']}"


def assert_true(found: dict[str, Any], bounds_ms: tuple[float, float], observer: Observer, period_ms: float) -> None:
    """A round in which the slave was crossed, the failover as long as it may be, and all as the observer has seen it.

    What is lost when the fault is over belongs to the failback, also before the driver uses the link again.
    """
    failover, failback = found["failover"], found["failback"]
    assert any(each["crossed"] for each in failover["flows"])
    assert_within(failover, bounds_ms, observer)
    begin, restored = drills.wall(failover)
    _, end = drills.wall(failback)
    assert_seen(failover, observer, period_ms, (begin, restored))
    assert_seen(failback, observer, period_ms, (restored, end))


def assert_within(passage: dict[str, Any], bounds_ms: tuple[float, float], observer: Observer) -> None:
    """The outage can be one that the driver's rules allow, if the guest was not kept from its work meanwhile."""
    shortest, longest = bounds_ms
    begin, end = drills.wall(passage)
    slack = COMMIT_MS + observer.held_up_s(begin, end) * 1000
    assert passage["outage_high_ms"] >= shortest - slack, passage
    assert passage["outage_low_ms"] <= longest + slack, passage


def assert_seen(passage: dict[str, Any], observer: Observer, period_ms: float, within: tuple[float, float]) -> None:
    """The observer has seen the same outage in this time, to two periods of the probes and a tick for each gap."""
    seen = observer.blackouts(*within)
    gaps = [each for each in passage["gaps"] if each["flow"] == passage["worst_flow"]]
    slack = (2 * period_ms + TICK_MS) * max(1, len(gaps)) + observer.held_up_s(*within) * 1000
    assert abs((passage["outage_ms"] or 0.0) - sum(each.middle_s for each in seen) * 1000) <= slack, (passage, seen)


def test_a_slave_that_no_flow_crosses_is_not_proven(lab: Lab) -> None:
    lab.bond("balance-xor", partner_kind="bond mode balance-xor miimon 100")
    lab.settled()
    with Observer(lab) as observer:
        used = observer.carrier("eno1", "eno2")
        with Running(lab, "--slave", "all", *TARGET, *SHORT) as running:
            observed(running, observer, rounds=2)
            ended = running.reported()
        rounds = {each["slave"]: each for each in ended.document["rounds"]}
        assert (ended.status, ended.document["verdict"]) == (1, "not-proven"), told(ended)
        assert_true(rounds[used], AT_ONCE, observer, ended.document["period_ms"])
    (idle,) = {"eno1", "eno2"} - {used}
    assert f"no flow crossed {idle}" in ended.document["reason"]
    assert {each["slave"]: (each["verdict"], each["proven"]) for each in rounds.values()} == {
        used: ("pass", True),
        idle: ("not-proven", False),
    }
    assert not any(flow["crossed"] for flow in rounds[idle]["failover"]["flows"])
    assert {tuple(each["crossing"]["sent_over"]) for each in ended.document["flows"]} == {(used,)}
    assert f"{idle}: never proven" in history(lab)
    assert re.search(rf"^ +{used}: \d+ s ago, .*, PASS", history(lab), re.MULTILINE)
    assert lab.processes() == []


def unwatched(lab: Lab) -> None:
    lab.ip("link", "set", "bond0", "type", "bond", "miimon", "0")


def alone(lab: Lab) -> None:
    lab.pull("eno2")
    lab.slave_is("eno2", "down")


def nothing(lab: Lab) -> None:
    """The bond as it is."""


def over_another_way(lab: Lab) -> None:
    lab.batch(["link add aside type dummy", "address add 198.51.100.1/24 dev aside", "link set aside up"])


def lossy(lab: Lab) -> None:
    command("tc", "-n", lab.switch, "qdisc", "add", "dev", peer_of("eno1"), "root", "netem", "loss", "20%")


class Refusal(NamedTuple):
    """What is not rehearsed, and what is said about it."""

    first: Callable[[Lab], None]
    arguments: tuple[str, ...]
    words: str
    status: int = 4
    ordinary: bool = False


REFUSALS = {
    "no-monitor": Refusal(unwatched, TARGET, "miimon and arp_interval are 0"),
    "last-usable-slave": Refusal(alone, TARGET, "no other slave of bond0 is usable"),
    "no-target": Refusal(nothing, (), "name a target with --target"),
    "unreachable-target": Refusal(nothing, ("--target", "192.0.2.99"), "no answer from 192.0.2.99"),
    "target-elsewhere": Refusal(
        over_another_way, ("--target", "198.51.100.2"), "198.51.100.2 is not reached over bond0"
    ),
    "loss-before": Refusal(lossy, TARGET, "probes were lost before any fault"),
    "not-permitted": Refusal(nothing, TARGET, "CAP_NET_ADMIN", status=5, ordinary=True),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused_is_left_alone(lab: Lab, name: str) -> None:
    refusal = REFUSALS[name]
    lab.bond()
    lab.settled(active="eno1")
    refusal.first(lab)
    before = link_history(lab)
    ended = drilled(lab, *refusal.arguments, *SHORT, ordinary=refusal.ordinary)
    assert (ended.status, ended.document["verdict"]) == (refusal.status, "refused"), told(ended)
    assert refusal.words in ended.document["reason"]
    assert (ended.stderr.count("\n"), refusal.words in ended.stderr) == (1, True), ended.stderr
    assert ended.document["rounds"] == []
    assert link_history(lab) == before
    assert (traces.audit(), lab.processes()) == ([], [])
    assert lab.bondtui("pending").stdout == "No change is pending.\n"


def link_history(lab: Lab) -> list[str | None]:
    """What cannot stay as it is when a slave is set down or another one becomes active."""
    counts = [lab.sysfs(slave, "carrier_changes") for slave in ("eno1", "eno2")]
    return [*counts, lab.sysfs("bond0", "bonding/active_slave")]


def history(lab: Lab) -> str:
    """What ``bondtui history`` says of bond0."""
    done = lab.bondtui("history", "bond0")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_slave_in_every_round_and_all_of_it_is_written_down(lab: Lab) -> None:
    lab.bond()
    lab.ip("link", "set", "bond0", "type", "bond", "primary", "eno1")
    lab.settled(active="eno1")
    assert history(lab).count("never proven") == 2
    folder = drills.report_folder(lab)
    arguments = ("--slave", "all", "--rounds", "2", "--objective", "5000", "--report", str(folder))
    ended = drilled(lab, *arguments, *TARGET, *SHORT)
    assert (ended.status, ended.document["verdict"]) == (0, "pass"), told(ended)
    rounds = ended.document["rounds"]
    assert [each["slave"] for each in rounds] == ["eno1", "eno1", "eno2", "eno2"]
    assert [each["number"] for each in rounds] == [1, 2, 3, 4]
    assert all(each["proven"] and each["restored"] for each in rounds)
    assert_phases(rounds[0])
    assert ended.document["summary"]["failover"]["rounds"] == len(rounds)
    assert lab.info("bond0")["active_slave"] == "eno1"
    assert_report(folder, ended)
    assert re.search(r"^ +eno1: \d+ s ago, .*, PASS", history(lab), re.MULTILINE)
    assert "never proven" not in history(lab)


def assert_phases(found: dict[str, Any]) -> None:
    """The primary under test: lost, given up, replaced, told of; and then the active one again by the driver itself."""
    failover, failback = found["failover"], found["failback"]
    names = ("link_ms", "detected_ms", "switched_ms", "notified_ms")
    for passage in (failover, failback):
        times = [passage[each] for each in names]
        assert None not in times
        assert times == sorted(times)
    assert failover["anatomy"]["switched"]["words"] == "active eno1 -> eno2"
    assert failback["anatomy"]["switched"]["words"] == "active eno2 -> eno1"
    tick_ms, period_ms = TICK_MS, 10
    if failover["first_answer_ms"] is not None:
        assert failover["first_answer_ms"] >= failover["switched_ms"] - tick_ms - period_ms


def assert_report(folder: Path, ended: Ended) -> None:
    """Both files are there, whole, and nothing else is; the samples are those of the figures."""
    paths = {path.suffix: path for path in folder.iterdir()}
    assert (len(list(folder.iterdir())), sorted(paths)) == (2, [".json", ".md"])
    assert paths[".json"].stem == paths[".md"].stem
    (document,) = drills.reports(folder)
    assert {**document, "taken_at": None, "samples": None} == {**ended.document, "taken_at": None, "samples": None}
    (flow,) = document["samples"]
    unanswered = sum(each is None for each in flow["rtt_ms"])
    assert len(flow["sent_ms"]) == len(flow["rtt_ms"]) > 100
    assert unanswered >= sum(each["failover"]["lost"] + each["failback"]["lost"] for each in document["rounds"])
    text = paths[".md"].read_text()
    assert "PASS" in text.splitlines()[0]
    assert all(word in text for word in ("eno1", "eno2", "first answer", "bondtui drill"))
    assert all(stat.S_ISREG(path.stat().st_mode) for path in paths.values())


def test_a_planned_switch_loses_next_to_nothing_and_is_taken_back(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    ended = drilled(lab, "--fault", "switch-active", *TARGET, *SHORT)
    assert (ended.status, ended.document["verdict"]) == (0, "pass"), ended.stderr
    one = ended.only_round()
    assert one["command"][-2:] == ["active_slave", "eno2"]
    assert one["failover"]["switched_ms"] is not None
    assert one["failover"]["lost"] <= 2
    assert lab.info("bond0")["active_slave"] == "eno1"
    assert lab.is_admin_up("eno1")


def test_the_dashboard_rehearses(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    lab.ip("route", "add", "default", "via", SWITCH_ADDRESS)
    with lab.dashboard() as terminal, Observer(lab) as observer:
        terminal.send("D")
        terminal.wait_for("Failover drill of bond0", SWITCH_ADDRESS, "Enter pre-flight")
        terminal.send("enter")
        terminal.wait_for("Pre-flight:", "default-route", "Enter start")
        terminal.send("enter")
        terminal.wait_for("Type bond0 to start")
        assert lab.is_admin_up("eno1")
        terminal.send("bond0", "enter")
        terminal.wait_for("auto-revert in", "active eno1 -> eno2")
        assert not lab.is_admin_up("eno1")
        terminal.wait_for("PASS: failover", "Report")
        assert lab.is_admin_up("eno1")
        (document,) = drills.reports(drills.REPORTS)
        (found,) = document["rounds"]
        assert_true(found, miimon(100), observer, document["period_ms"])
        terminal.send("enter")
        terminal.wait_until(lambda text: re.search(r"eno1: .* ago, .*PASS", text), what="what is proven")
        terminal.send("q")
        assert terminal.wait_end() == 0
    assert (document["verdict"], document["hold_s"], document["targets"]) == ("pass", 3.0, [SWITCH_ADDRESS])
    assert lab.processes() == []


def test_the_ping_strip_measures_a_failover_that_nobody_has_planned(lab: Lab) -> None:
    lab.bond("active-backup", "miimon", "100", "downdelay", "400")
    lab.settled(active="eno1")
    lab.ip("route", "add", "default", "via", SWITCH_ADDRESS)
    with lab.dashboard() as terminal, Observer(lab) as observer:
        terminal.send("p")
        terminal.wait_until(lambda _: terminal.line(f"ping {SWITCH_ADDRESS}").count("▪") > 10, what="ten answers")
        lab.pull("eno1")
        told = re.compile(r"bond0 +failover, (\d+) ms \((\d+)-(\d+)\) without answer")
        found = told.search(terminal.wait_until(told.search, what="the line of the event log"))
        (seen,) = observer.blackouts()
        held_up_ms = observer.held_up_s(seen.begin, seen.end) * 1000
        terminal.send("q")
        assert terminal.wait_end() == 0
    assert found is not None
    middle, low, high = (int(each) for each in found.groups())
    assert low - TICK_MS - held_up_ms <= seen.middle_s * 1000 <= high + TICK_MS + held_up_ms
    assert low <= middle <= high
    until(lambda: lab.processes() == [], what="the end of the probes")
