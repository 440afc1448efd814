"""The report of a drill: the document, the text for a ticket, the chart, and what a terminal is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bondtui.core.words import printable
from bondtui.drill.history import proofs
from bondtui.drill.progress import Progress
from bondtui.drill.trail import Trail
from bondtui.model.drill import BASELINE, DONE, FAILBACK, FAILOVER, Anatomy, Crossing, Drill, Finding
from bondtui.model.probe import Flow, Target
from bondtui.report import history as history_report
from bondtui.report.document import Head
from bondtui.report.drill import Scribe, not_planned, preflight_lines, result_lines
from bondtui.report.drill_chart import WIDTH, chart
from bondtui.report.drill_progress import Follower
from bondtui.report.recorder import ReportRecorder, file_name
from bondtui.system.archive import MemoryArchive
from tests.builders import HOSTILE_NAMES, WALL, a_bond, a_lacp_bond, a_pair, a_slave
from tests.drills import (
    ASKS,
    BEGAN,
    ENDED,
    FAULT_AT,
    PERIOD_S,
    REFUSES,
    a_drill,
    a_failback,
    a_failover,
    a_preflight,
    a_round,
    a_trail,
    an_entry,
)

LOST = a_trail((FAULT_AT, FAULT_AT + 0.12))
FACTS = {"bondtui_version": "1.2.3", "kernel": "6.12.9", "machine": "x86_64", "operator": "alice as root, on pts/3"}
SIMULATED_WORDS = "SIMULATED: nothing here is about a real interface."


def a_scribe(*, simulated: bool = False, host: str = "db-07") -> Scribe:
    return Scribe(host, simulated, FACTS)


def document(drill: Drill, trails: list[Trail] | None = None, **rest: Any) -> Any:
    made = a_scribe(**rest).document(drill, WALL, trails)
    return json.loads(json.dumps(made, allow_nan=False))


def text(drill: Drill, trails: tuple[Trail, ...] = (LOST,), **rest: Any) -> str:
    return a_scribe(**rest).written(drill, WALL, trails)[1]


def section(report: str, title: str) -> list[str]:
    """The lines under a heading."""
    _, _, rest = report.partition(f"## {title}\n")
    return rest.partition("\n## ")[0].strip().splitlines()


def test_the_document_has_its_head_and_what_lies_around() -> None:
    told = document(a_drill(a_round()))
    assert list(told)[:5] == ["schema", "host", "taken_at", "simulated", "lab"]
    assert (told["schema"], told["host"], told["taken_at"], told["simulated"]) == (
        *("bondtui.drill/1", "db-07", "2023-11-14T22:13:20.000Z", False),
    )
    assert (told["kernel"], told["bondtui_version"], told["machine"]) == ("6.12.9", "1.2.3", "x86_64")
    assert told["operator"] == "alice as root, on pts/3"
    assert (told["mode"], told["options"]["miimon_ms"], told["options"]["primary_reselect"]) == (
        "active-backup",
        100,
        "always",
    )
    assert [each["name"] for each in told["slaves"]] == ["eno1", "eno2"]
    assert told["slaves"][0]["permanent_hwaddr"] == "02:00:00:00:00:02"
    assert "samples" not in told


def test_the_file_has_all_samples() -> None:
    told = document(a_drill(a_round()), [LOST])
    (flow,) = told["samples"]
    assert len(flow["sent_ms"]) == len(flow["rtt_ms"]) == 1000
    assert flow["rtt_ms"].count(None) == 12
    assert flow["sent_ms"][0] == 0.0


def test_without_a_snapshot_nothing_is_made_up() -> None:
    told = document(a_drill(a_round(), snapshot=None))
    assert (told["mode"], told["options"]) == (None, None)
    assert [each["name"] for each in told["slaves"]] == ["eno1", "eno2"]
    assert {told["slaves"][0][key] for key in ("driver", "speed_mbps", "permanent_hwaddr")} == {None}
    assert "| eno1 | - | - | - | - | - | - |" in text(a_drill(a_round(), snapshot=None))


def test_where_nothing_could_be_planned_the_document_has_the_same_names() -> None:
    told = not_planned("bond7", "refused", "no bond named 'bond7'", Head("db-07", WALL))
    assert set(told) == set(document(a_drill()))
    assert (told["bond"], told["verdict"], told["reason"]) == ("bond7", "refused", "no bond named 'bond7'")
    assert (told["rounds"], told["targets"], told["objective_ms"], told["kernel"]) == ([], [], None, None)


def test_the_verdict_comes_first() -> None:
    lines = text(a_drill(a_round(), objective_ms=500.0)).splitlines()
    assert lines[0] == "# Failover drill of bond0 on db-07: PASS"
    assert lines[2].startswith("**PASS: failover 120 ms (109-131), failback 0 lost")
    assert lines[4] == "Began 2023-11-14T22:15:00.000Z, ended 2023-11-14T22:15:10.000Z (UTC)."


def test_predicted_stands_beside_measured() -> None:
    report = text(a_drill(a_round(), objective_ms=500.0))
    rows = [line.strip("| ").split(" | ") for line in section(report, "Measured") if line.startswith("|")]
    row = dict(zip(rows[0], rows[2], strict=True))
    assert (row["predicted"], row["outage (bounds)"], row["lost / sent"]) == (
        "at most 100 ms",
        "120 ms (109-131)",
        "12 / 400",
    )
    assert (row["noticed"], row["switched"], row["first answer"]) == ("41.1 ms", "42.1 ms", "120.4 ms")
    back = dict(zip(rows[0], rows[3], strict=True))
    assert (back["passage"], back["predicted"], back["switched"]) == ("failback", "-", "-")
    assert back["outage (bounds)"].startswith("0 lost (\\< ")
    assert "at most 100 ms. eno2 takes over within about 100 ms. Objective 500 ms." in "\n".join(
        section(report, "Measured")
    )


def test_nothing_that_bounds_it_and_no_objective_are_said() -> None:
    measured = "\n".join(section(text(a_drill(a_round(), predicted_ms=None, predicted="")), "Measured"))
    assert "nothing bounds it" in measured
    assert "No objective was given." in measured
    assert "| no bound |" in measured


def test_several_rounds_are_summed_up() -> None:
    rounds = [a_round(a_trail((FAULT_AT, FAULT_AT + s)), number=n) for n, s in enumerate((0.12, 0.02, 0.6), start=1)]
    measured = "\n".join(section(text(a_drill(*rounds, rounds=3)), "Measured"))
    assert "Over 3 rounds, failover: min 20 ms" in measured
    assert "median 120 ms (109-131), max 600 ms" in measured


def test_the_chart_puts_all_phases_on_one_axis() -> None:
    rows = list(chart(a_failover(LOST), [LOST], period_s=PERIOD_S))
    assert rows[0].split() == ["0", "120", "ms"]
    labels = [row[:13].strip() for row in rows[1:]]
    assert labels == ["fault", "link", "noticed", "switched", "notified", "first answer", "probes"]
    ends = [row.index("|") for row in rows[1:-1]]
    assert ends == sorted(ends)
    assert ends[0] < ends[2] < ends[5]
    assert rows[3].endswith("41.1 ms  MII down")
    assert all(row[63:75].strip().endswith(" ms") for row in rows[1:-1])


def test_losses_are_gaps_in_the_pulse() -> None:
    *_, pulse = chart(a_failover(LOST), [LOST], period_s=PERIOD_S)
    cells = pulse[13 : 13 + WIDTH]
    assert cells.strip("▪").strip("x") == ""
    assert cells.startswith("▪")
    assert cells.endswith("▪")
    assert 0.7 * WIDTH < cells.count("x") < 0.95 * WIDTH
    assert not any(row.startswith("probes") for row in chart(a_failover(LOST), period_s=PERIOD_S))


def test_a_short_outage_is_seen_among_probes_that_were_answered() -> None:
    short = a_trail((FAULT_AT, FAULT_AT + 0.01))
    passage = a_failover(short)
    passage = passage._replace(anatomy=Anatomy(passage.anatomy.issued))
    *_, pulse = chart(passage, [short], period_s=PERIOD_S)
    cells = pulse[13 : 13 + WIDTH]
    assert cells.startswith("▪")
    assert 1 <= cells.count("x") <= WIDTH / 8


def test_only_flows_over_the_slave_are_in_the_pulse() -> None:
    other = a_trail((FAULT_AT - 1, ENDED))
    passage = a_failover(a_trail(), other, crossed=(True, False))
    *_, pulse = chart(passage, [a_trail(), other], period_s=PERIOD_S)
    assert "x" not in pulse[13 : 13 + WIDTH]


def test_what_a_re_read_has_found_is_said_in_the_chart() -> None:
    rows = list(chart(a_failback(LOST), period_s=PERIOD_S, back=True))
    assert rows[1].startswith("restored")
    assert rows[2].endswith("458.0 ms  MII up (found by a re-read)")


def test_an_outage_that_is_not_over_is_charted() -> None:
    trail = a_trail((FAULT_AT, ENDED))
    report = text(
        a_drill(a_round(trail, failover=a_failover(trail), failback=None, trouble="no answer for 5 s")), (trail,)
    )
    assert "x" * 30 in report
    assert "at least " in report


def test_what_was_done_can_be_done_again() -> None:
    report = text(a_drill(a_round(), objective_ms=500.0))
    assert "ip link set eno1 down" in section(report, "What was done")
    assert any("able to carry traffic again at the end: eno1." in each for each in section(report, "What was done"))
    (command,) = [line for line in section(report, "How to repeat it") if line.startswith("bondtui ")]
    assert command == (
        "bondtui drill --slave eno1 --fault admin-down --target 192.0.2.1 --period 10 --rounds 1 --hold 3 "
        "--objective 500 --yes bond0"
    )


def test_other_changes_of_a_round_are_told_too() -> None:
    besides = (("ip", "link", "set", "bond0", "type", "bond", "active_slave", "eno1"),)
    done = section(text(a_drill(a_round()._replace(besides=besides))), "What was done")
    assert "ip link set bond0 type bond active_slave eno1" in done
    assert "left as it was found" in " ".join(done)


def test_a_cable_is_pulled_by_a_person() -> None:
    done = section(text(a_drill(a_round(command=(), fault="cable"), fault="cable")), "What was done")
    assert done[-1] == "Nothing was changed by bondtui; a person pulled the cable and put it back."
    assert section(text(a_drill(verdict="refused", reason="no")), "What was done") == ["Nothing was changed."]


@pytest.mark.parametrize(
    ("fault", "words"), [("admin-down", "the driver"), ("cable", "a lost link"), ("switch-active", "a planned change")]
)
def test_what_the_fault_proves_and_does_not(fault: str, words: str) -> None:
    proves = "\n".join(section(text(a_drill(a_round(), fault=fault)), "What this proves"))
    assert words in proves
    assert " not " in proves


def test_the_machine_the_bond_and_the_probes_are_there() -> None:
    report = text(a_drill(a_round()))
    setting = section(report, "The machine and the bond")
    assert setting[0] == "- host db-07, kernel 6.12.9, x86_64"
    assert any(line.startswith("- options: ") and "miimon_ms 100" in line for line in setting)
    assert any(line.startswith("| eno1 | active | 02:00:00:00:00:02 |") for line in setting)
    probes = section(report, "Probes")
    assert probes[0].startswith(
        "1 flow (gateway of the default route), one probe every 10 ms each; median round trip before 0.4 ms."
    )
    assert probes[-1] == "| 0 | 192.0.2.1 icmp | bond0 | eno1 | eno1 | the counters say so |"


def test_a_lacp_bonds_aggregator_is_written_in_words() -> None:
    report = text(a_drill(a_round(), preflight=a_preflight(bond=a_lacp_bond())))
    assert "partner_mac 02:00:5e:00:53:01" in report
    assert "{" not in report


def test_every_gap_is_there() -> None:
    gaps = section(text(a_drill(a_round())), "Gaps")
    assert gaps[-1] == "| 1 | eno1 | failover | 0 | 0.0 ms | 110.0 ms | 120.0 ms | 12 |"
    assert section(text(a_drill(a_round(a_trail()))), "Gaps") == ["No probe was lost."]


def test_who_carried_the_traffic() -> None:
    shares = section(text(a_drill(a_round())), "Who carried the traffic")
    assert shares[-2:] == ["| 1 | eno1 | 100 % | 100 % | 0 % | 0 % |", "| 1 | eno2 | 0 % | 0 % | 100 % | 100 % |"]


def test_findings_and_checks_are_there() -> None:
    drill = a_drill(
        a_round(), findings=(Finding("warn", "it took long"), Finding("", "all well")), preflight=a_preflight(ASKS)
    )
    report = text(drill)
    assert section(report, "Findings") == ["- **warn**: it took long.", "- all well."]
    assert section(report, "Pre-flight")[-1] == "| session-on-bond | asked | your own session comes in over bond0 |"


def test_what_is_simulated_says_so_loudly() -> None:
    drill = a_drill(a_round())
    assert f"> **{SIMULATED_WORDS}**" in text(drill, simulated=True)
    assert "SIMULATED" not in text(drill)
    assert next(iter(preflight_lines(drill.preflight, simulated=True))) == SIMULATED_WORDS
    assert next(iter(result_lines(drill, ("", ""), simulated=True))) == SIMULATED_WORDS
    assert document(drill, simulated=True)["simulated"] is True


def test_an_interrupted_drill_says_what_became_of_the_link() -> None:
    trail = a_trail((FAULT_AT, ENDED))
    cut = a_round(trail, failover=a_failover(trail), failback=None, trouble="stopped by SIGTERM")
    report = text(a_drill(cut, stopped="stopped by SIGTERM"))
    assert report.startswith("# Failover drill of bond0 on db-07: INTERRUPTED")
    left = "\n".join(section(report, "What became of the link"))
    assert "- Round 1, eno1: stopped by SIGTERM." in left
    assert "taken back by the dead-man's switch, 34 s after the change at the latest" in left
    assert "`bondtui pending` tells" in left
    whole = text(a_drill(a_round(), stopped="stopped by SIGINT", rounds=2))
    assert "eno1 is restored" in "\n".join(section(whole, "What became of the link"))
    assert section(text(a_drill(a_round())), "What became of the link") == []


def test_the_report_of_a_drill_that_only_begins_is_whole() -> None:
    report = text(a_drill(verdict="interrupted", reason="the drill was cut short"), ())
    assert "No round was done." in report
    assert "no round was over" in report
    assert section(report, "How to repeat it")
    assert section(report, "Anatomy") == []


def test_of_many_rounds_the_worst_is_charted() -> None:
    rounds = [a_round(a_trail((FAULT_AT, FAULT_AT + 0.1 * n)), number=n) for n in (1, 4, 2, 3)]
    anatomy = section(text(a_drill(*rounds, rounds=4)), "Anatomy")
    assert anatomy[0] == "Of the worst of 4 rounds; the others are in the JSON file."
    assert [line for line in anatomy if line.startswith("Round ")] == [
        "Round 4, eno1: failover",
        "Round 4, eno1: failback",
    ]


NASTY = ["|x|", "`a`", "a`\u200b``b", "<b>", "[x](y)", "**x**", "# x"]


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, *NASTY])
def test_names_are_never_markdown(name: str) -> None:
    bond = a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3), name=name)
    fence = a_drill(
        a_round(name=name, command=("ip", "link", "set", name, "down"), trouble=name), preflight=a_preflight(bond=bond)
    )
    report = a_scribe(host=name).written(fence._replace(reason=name), WALL, (LOST,))[1]
    assert all(printable(line) == line for line in report.splitlines())
    assert_tables_are_whole(report)
    outside = "".join(part for place, part in enumerate(report.split("```")) if place % 2 == 0)
    plain = outside.replace("\\<", "").replace("\\[", "").replace("\\`", "").replace("\\*", "")
    assert "<" not in plain
    assert "[" not in plain
    assert "*x*" not in plain
    assert report.splitlines()[0].startswith("# Failover drill of ")


def assert_tables_are_whole(report: str) -> None:
    """Each row of a table has as many cells as its head."""
    cells = 0
    inside = False
    for line in report.splitlines():
        inside ^= line.startswith("```")
        if inside or not line.startswith("|"):
            cells = 0
            continue
        count = line.replace("\\\\", "").replace("\\|", "").count("|")
        cells = cells or count
        assert count == cells, line


def test_a_fence_is_longer_than_any_in_it() -> None:
    bond = a_bond(a_slave("```", 2, state="active"), a_slave("eno2", 3))
    report = text(
        a_drill(a_round(name="```", command=("ip", "link", "set", "```", "down")), preflight=a_preflight(bond=bond))
    )
    assert "````text" in report


def test_the_pre_flight_list_says_the_worst_first() -> None:
    lines = list(preflight_lines(a_preflight(ASKS, REFUSES), simulated=False))
    assert lines[0] == "Drill of bond0: admin-down of eno1, 1 round"
    assert "  command  ip link set eno1 down" in lines
    assert "  probes   192.0.2.1 icmp over bond0 (gateway of the default route)" in lines
    assert lines[-3:] == [
        "  NO-GO    baseline: 7 of 100 probes were lost before any fault",
        "  ask      session-on-bond: your own session comes in over bond0",
        "  go       last-usable-slave: eno2 can carry the traffic",
    ]
    assert "  command  none: you pull the cable" in preflight_lines(a_preflight(fault="cable"), simulated=False)


def test_the_result_says_the_verdict_first_and_where_the_report_is() -> None:
    drill = a_drill(a_round(), findings=(Finding("warn", "slow"),), objective_ms=500.0)
    lines = list(result_lines(drill, ("/x/a.json", "/x/a.md"), simulated=False))
    assert lines[0].startswith("PASS: failover 120 ms (109-131), failback 0 lost (< ")
    assert lines[1].startswith("  round 1, eno1: failover 120 ms (109-131), failback 0 lost")
    assert lines[-2:] == ["  warn: slow.", "  report: /x/a.md"]


def test_what_happens_is_told_once() -> None:
    follower = Follower()
    preflight = a_preflight()
    one = a_round()
    assert one.failover is not None
    assert one.failback is not None
    steps = [
        Progress(BASELINE, "the probes must be answered", preflight=preflight, round=1, rounds=2, slave=2),
        Progress(
            FAILOVER,
            "waiting",
            preflight=preflight,
            round=1,
            rounds=2,
            slave=2,
            origin=FAULT_AT,
            anatomy=one.failover.anatomy,
        ),
        Progress(
            FAILBACK,
            "back",
            preflight=preflight,
            round=1,
            rounds=2,
            slave=2,
            origin=FAULT_AT,
            anatomy=one.failback.anatomy,
        ),
        Progress(DONE, "over", preflight=preflight, round=1, rounds=2, slave=2, rounds_done=(one,)),
    ]
    told = [line for step in steps for _ in range(2) for line in follower.lines(step)]
    assert told[0] == "round 1 of 2, eno1: the probes must be answered."
    assert "      41.1 ms  noticed       MII down" in told
    assert "     458.0 ms  noticed       MII up" in told
    assert "       0.0 ms  restored      restoring was asked for" in told
    assert told[-1].startswith("round 1, eno1: failover 120 ms (109-131), failback 0 lost")
    assert len(told) == len(set(told)) == 1 + 6 + 1 + 2 + 1 + 1


def test_a_drill_is_written_up_into_the_archive() -> None:
    archive = MemoryArchive()
    recorder = ReportRecorder(archive, a_scribe(), lambda: WALL)
    drill = a_drill(a_round())
    recorder.begin(drill.preflight)
    recorder.write(drill, [LOST])
    recorder.remember(drill)
    assert archive.document["verdict"] == "pass"
    assert "samples" in archive.document
    assert archive.text.startswith("# Failover drill of bond0")
    assert [each["slave"] for each in archive.history()] == ["eno1"]
    assert recorder.report == ""


def test_a_report_is_named_by_time_bond_and_slave() -> None:
    assert file_name(a_preflight(), WALL) == "2023-11-14T221320Z-bond0-eno1"
    assert file_name(a_preflight(slaves=(2, 3)), WALL) == "2023-11-14T221320Z-bond0-all"


def test_the_history_as_text_and_as_document() -> None:
    now = WALL + 5_000_000
    remembered = [an_entry(41, now=now), an_entry(5, now=now, slave="eno9", permanent_hwaddr="02:00:00:00:00:09")]
    found = proofs(remembered, [a_pair()], now)
    assert list(history_report.lines(found, now)) == [
        "bond0",
        "  eno1: 41 days ago, 120 ms, PASS; failback 0 lost (< 11 ms)",
        "  eno2: never proven",
        "  eno9: 5 days ago, 120 ms, PASS; failback 0 lost (< 11 ms) (not there now, 02:00:00:00:00:09)",
    ]
    told = json.loads(json.dumps(history_report.document(found, Head("db-07", now), "damaged")))
    assert (told["schema"], told["host"], told["trouble"]) == ("bondtui.history/1", "db-07", "damaged")
    (bond,) = told["bonds"]
    first, second, third = bond["slaves"]
    assert (first["proven"], first["last"]["verdict"], first["last"]["failover"]["outage_ms"]) == (True, "pass", 120.0)
    assert (first["last"]["age"], first["last"]["age_s"], first["summary"]) == (
        "41 days ago",
        41 * 86400,
        "41 days ago, 120 ms, PASS",
    )
    assert (second["proven"], second["last"], second["summary"]) == (False, None, "never proven")
    assert (third["present"], bond["present"]) == (False, True)


def test_a_history_of_nothing_says_so() -> None:
    assert list(history_report.lines((), WALL)) == ["No drill has been done here."]
    found = proofs([an_entry(1, now=WALL)], [], WALL)
    assert next(iter(history_report.lines(found, WALL))) == "bond0 (not there now)"


def test_flows_that_hash_are_told_one_by_one() -> None:
    flows = tuple(Flow(Target("192.0.2.1", "udp", 7), "bond0", port) for port in (40001, 40003))
    crossing = Crossing(frozenset({2}), frozenset({3}), "told by the counters")
    trails = (a_trail(), LOST)
    drill = a_drill(
        a_round(failover=a_failover(*trails), failback=a_failback(*trails)), flows=flows, crossings=(crossing,)
    )
    probes = section(text(drill, trails), "Probes")
    assert probes[-2:] == [
        "| 0 | 192.0.2.1 udp port 7 from 40001 | bond0 | eno1 | eno2 | told by the counters |",
        "| 1 | 192.0.2.1 udp port 7 from 40003 | bond0 | - | - | - |",
    ]


def test_times_of_samples_count_from_the_beginning() -> None:
    assert document(a_drill(a_round()), [a_trail(begin=BEGAN + 1.0)])["samples"][0]["sent_ms"][0] == 1000.0
