"""The screens of a drill as lines: what they say, at every size, and nothing out of place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from bondtui.core.words import printable
from bondtui.drill.heartbeat import GOOD, LATE, LOST, NONE, WAITING
from bondtui.drill.progress import Progress
from bondtui.model.bond import BALANCE_XOR, Bond
from bondtui.model.drill import (
    ADMIN_DOWN,
    CABLE,
    FAIL,
    FAILBACK,
    FAILOVER,
    FAULT,
    HOLDING,
    INTERRUPTED,
    NOT_PROVEN,
    PASS,
    REFUSED,
    SWITCH_ACTIVE,
    Anatomy,
    Crossing,
    Instant,
    Preflight,
    Round,
    Wish,
)
from bondtui.model.probe import TCP, Flow, Target
from bondtui.view import drill_form
from bondtui.view.drill_form import FIELDS, Form
from bondtui.view.drill_live import Scene, live, remembered
from bondtui.view.drill_page import Body, page
from bondtui.view.drill_preflight import agreement_lines, checking, failed, preflight_body
from bondtui.view.drill_result import parting, result
from bondtui.view.drill_setup import setup
from bondtui.view.glyphs import ASCII, UNICODE
from bondtui.view.heartbeat import Strip, axis, beats, strip
from bondtui.view.line import BAD, WARN, line_width, plain
from bondtui.view.line import GOOD as FINE
from bondtui.view.look import Key, Look
from bondtui.view.tones import SGR
from tests.builders import HOSTILE_NAMES, a_bond, a_look, a_pair, a_slave
from tests.rehearsed import (
    ASKED,
    DOUBT,
    FOUND,
    NO_GO,
    REPORT,
    a_drill,
    a_preflight,
    a_round,
    a_trail,
    an_anatomy,
    an_outage,
)

NOW = 110.0
LOST_SIGN = UNICODE.lost
KEYS = (Key("Enter", "start"), Key("Esc", "back"))
XOR = a_bond(a_slave("eno1", 2), a_slave("eno2", 3), mode=BALANCE_XOR)


def shown(body: Body, cells: int = 80, rows: int = 24, **rest: Any) -> list[str]:
    look = a_look(a_pair(), now=NOW)._replace(keys=KEYS)
    return [plain(line).rstrip() for line in page(look, body, cells, rows, **rest).lines]


def flat(body: Body) -> str:
    return " ".join(" ".join(plain(line) for line in body.lines).split())


def a_form(bond: Bond | None = None, **rest: Any) -> Form:
    bond = bond or a_pair()
    return Form(bond, bond.slaves[0].ifindex, **rest)


def a_scene(
    step: str = HOLDING,
    *,
    bond: Bond | None = None,
    preflight: Preflight | None = None,
    look: Look | None = None,
    **rest: Any,
) -> Scene:
    """Three seconds after the fault, which cost 120 ms."""
    bond = bond or a_pair()
    preflight = preflight or a_preflight(bond, rounds=3)
    at = NOW - 3.0
    trail = a_trail(NOW - 9.0, NOW, (at, at + 0.12))
    known: dict[str, Any] = {
        "step": step,
        "words": "all probes must be answered for 3 s",
        "at": NOW - 2.0,
        "preflight": preflight,
        "round": 1,
        "rounds": 3,
        "slave": bond.slaves[0].ifindex,
        "origin": at,
        "anatomy": an_anatomy(at),
        "outages": (an_outage(trail, at - 0.5, NOW),),
        "trails": (trail,),
        "revert_at": NOW + 51.4,
    }
    progress = Progress(**{**known, **rest})
    return remembered(Scene(look or a_look(bond, now=NOW)._replace(keys=KEYS), preflight, Progress()), progress)


# The form


def typed(form: Form, field: str, text: str) -> Form:
    return drill_form.typed(form._replace(at=field, fresh=True), text)


def test_the_form_as_it_opens_is_a_whole_wish() -> None:
    wish, form = drill_form.wish(a_form())
    assert wish == Wish(10, (2,), ADMIN_DOWN, (), None, 1, 3.0, None)
    assert form.wrong == ("", "")


def test_what_is_typed_and_chosen_is_what_is_wished_for() -> None:
    form = typed(typed(typed(a_form(), "rounds", "5"), "hold", "0.5"), "objective", "250")
    form = typed(form, "target", "192.0.2.9, tcp:[2001:db8::1]:80")
    form = drill_form.chosen(form._replace(at="slave"), -1)
    form = drill_form.chosen(form._replace(at="fault"), 1)
    targets = (Target("192.0.2.9"), Target("2001:db8::1", TCP, 80))
    assert drill_form.wish(form)[0] == Wish(10, (2, 3), SWITCH_ACTIVE, targets, None, 5, 0.5, 250.0)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("rounds", "0", "whole number from 1 to 100"),
        ("rounds", "101", "whole number from 1 to 100"),
        ("rounds", "1.5", "whole number from 1 to 100"),
        ("rounds", "1.2.3", "whole number from 1 to 100"),
        ("hold", "0.1", "seconds from 0.5 to 600"),
        ("hold", "601", "seconds from 0.5 to 600"),
        ("objective", "0", "milliseconds"),
        ("objective", "..", "milliseconds"),
        ("target", "fence", "fence"),
        ("target", "tcp:192.0.2.1:0", "port"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, text: str, words: str) -> None:
    wish, form = drill_form.wish(typed(a_form(), field, text)._replace(at="slave"))
    assert wish is None
    assert form.at == field
    lines = shown(setup(form, a_look(a_pair()), 80))
    row = next(n for n, line in enumerate(lines) if "✖" in line)
    assert words in lines[row]
    assert any(field.capitalize() in line for line in lines[row - 2 : row])


def test_an_emptied_number_is_wrong_but_no_objective_is_fine() -> None:
    for field in ("rounds", "hold", "objective"):
        form = a_form(at=field)
        for _ in range(5):
            form = drill_form.erased(form)
        assert (drill_form.wish(form)[0] is not None) == (field == "objective")


def test_without_anybody_who_could_answer_a_target_must_be_typed() -> None:
    form = a_form(no_target="no route leaves through bond0")
    wish, form = drill_form.wish(form)
    assert wish is None
    assert form.wrong == ("target", "no route leaves through bond0; type an address")
    assert drill_form.wish(typed(form, "target", "192.0.2.1"))[0] is not None


def test_the_first_character_replaces_and_the_next_ones_are_added() -> None:
    form = typed(a_form(), "rounds", "2")
    assert form.rounds == "2"
    assert drill_form.typed(form, "5").rounds == "25"
    assert drill_form.typed(form, "x").rounds == "2"


def test_choices_go_round_and_numbers_stay_in_their_limits() -> None:
    form = a_form(at="slave")
    assert [(form := drill_form.chosen(form, 1)).slave for _ in range(3)] == [3, None, 2]
    form = a_form(at="fault")
    assert [(form := drill_form.chosen(form, 1)).fault for _ in range(3)] == [SWITCH_ACTIVE, CABLE, ADMIN_DOWN]
    form = a_form(at="rounds")
    assert drill_form.chosen(form, -1).rounds == "1"
    assert drill_form.chosen(form, 1).rounds == "2"
    form = a_form(at="target", found=FOUND)
    assert [(form := drill_form.chosen(form, 1)).target for _ in range(2)] == ["192.0.2.7", ""]


def test_no_active_slave_is_switched_where_the_mode_has_none() -> None:
    form = a_form(XOR, at="fault")
    assert {(form := drill_form.chosen(form, 1)).fault for _ in range(5)} == {ADMIN_DOWN, CABLE}


def test_up_and_down_reach_every_field() -> None:
    form, seen = a_form(), []
    for _ in FIELDS:
        seen.append(form.at)
        form = drill_form.moved(form, 1)
    assert tuple(seen) == FIELDS
    assert form.at == FIELDS[0]


def test_the_setup_says_who_would_answer_and_why() -> None:
    assert "192.0.2.1" in flat(setup(a_form(found=FOUND), a_look(a_pair()), 80))
    assert "gateway of the default route" in flat(setup(a_form(found=FOUND), a_look(a_pair()), 80))
    assert "looking for a gateway" in flat(setup(a_form(looking=True), a_look(a_pair()), 80))
    assert "no route at all; type an address" in flat(setup(a_form(no_target="no route at all"), a_look(a_pair()), 80))


@pytest.mark.parametrize("field", FIELDS)
def test_the_highlighted_field_is_in_sight_on_a_tiny_screen(field: str) -> None:
    body = setup(a_form(at=field), a_look(a_pair()), 40)
    assert any("▸" in line and field.capitalize() in line for line in shown(body, 40, 8))


# The pre-flight


def test_every_check_stands_there_with_a_sign_and_a_word() -> None:
    body = preflight_body(a_preflight(None, ASKED, DOUBT), a_look(a_pair()), 120, 60)
    lines = [plain(line) for line in body.lines]
    for words in ("● go      privilege", "▲ ask     session-on-bond", "▲ go, but flows", "● go      no-monitor"):
        assert any(words in line for line in lines), words
    assert "GO, if you type the bond's name" in plain(body.title)


def test_a_no_go_comes_first_and_is_said_in_words() -> None:
    body = preflight_body(a_preflight(None, ASKED, NO_GO), a_look(a_pair()), 80, 19)
    assert "✖ NO-GO" in plain(body.title)
    assert plain(next(iter(body.lines))).startswith(" ✖ NO-GO   baseline")
    assert "7 of 100 probes were lost" in flat(body)


@pytest.mark.parametrize(("cells", "rows"), [(160, 45), (80, 19), (40, 8)])
def test_no_check_is_left_out_at_any_size(cells: int, rows: int) -> None:
    preflight = a_preflight(None, ASKED, DOUBT)
    said = flat(preflight_body(preflight, a_look(a_pair()), cells, rows))
    for each in preflight.checks:
        assert each.name in said, each.name


def test_command_undo_effect_prediction_and_the_time_until_it_is_taken_back() -> None:
    said = flat(preflight_body(a_preflight(), a_look(a_pair()), 80, 19))
    for words in (
        "Command ip link set eno1 down",
        "Undo ip link set eno1 up, by itself at the latest after 32 s",
        "Effect eno2 takes over within about 100 ms.",
        "Predicted at most about 100 ms",
        "192.0.2.1 icmp (gateway of the default route), one every 10 ms",
        "when no answer comes for 5 s",
    ):
        assert words in said, words


def test_many_flows_are_counted_and_not_named_one_by_one() -> None:
    flows = tuple(Flow(Target("192.0.2.1"), source_port=65_024 + 2 * n) for n in range(8))
    said = flat(preflight_body(a_preflight(flows=flows), a_look(a_pair()), 80, 19))
    assert "8 flows to 192.0.2.1 (gateway" in said
    assert "65024" not in said


def test_for_a_cable_no_command_is_promised() -> None:
    said = flat(preflight_body(a_preflight(fault=CABLE), a_look(a_pair()), 80, 19))
    assert "you pull the cable" in said
    assert "ip link" not in said


def test_an_outage_that_nothing_bounds_is_said_so() -> None:
    assert "not bounded by anything" in flat(preflight_body(a_preflight(predicted_ms=None), a_look(a_pair()), 80, 19))


def test_the_question_names_what_speaks_against_it_and_the_command() -> None:
    said = " ".join(plain(line) for line in agreement_lines(a_preflight(None, ASKED, DOUBT), UNICODE, 80))
    for words in ("your own session from 198.51.100.7", "no flow crosses eno1", "ip link set eno1 down"):
        assert words in said
    assert "privilege" not in said


def test_while_checking_it_is_said_what_is_done_and_for_how_long() -> None:
    progress = Progress("preflight", "probing 192.0.2.1", NOW - 3.2)
    assert "probing 192.0.2.1 (3 s so far)" in flat(checking(progress, a_look(a_pair(), now=NOW), 80))


# Live


def test_the_title_says_what_is_tested_which_round_and_when_it_is_taken_back() -> None:
    title = shown(live(a_scene(), 80, 19))[1]
    assert "Drill: eno1 admin-down, round 1 of 3" in title
    assert title.endswith("auto-revert in 52 s   r stop and revert")
    assert shown(live(a_scene(), 40, 5), 40, 10)[1].endswith("revert 52 s")
    assert "revert in" not in shown(live(a_scene(revert_at=None), 80, 19))[1]


def test_the_phases_fill_in_with_their_times() -> None:
    lines = [" ".join(line.split()) for line in shown(live(a_scene(), 80, 19))]
    for words in (
        "0 ms fault issued ip link set eno1 down",
        "+41 ms MII down predicted at most 100 ms",
        "+42 ms active eno1 -> eno2",
        "+43 ms peers notified",
        "+60 ms first answer",
        f"{LOST_SIGN} outage 120 ms (109-131), 12 of 350 probes lost, time stamps 130 ms",
    ):
        assert words in lines, words


def test_what_has_not_happened_yet_has_no_time() -> None:
    lines = [
        " ".join(line.split())
        for line in shown(live(a_scene(FAILOVER, anatomy=an_anatomy(NOW - 3.0, phases=1)), 80, 19))
    ]
    assert "- MII down" in lines
    assert "- first answer" in lines
    assert not any(line.startswith("+41 ms") for line in lines)


def test_what_was_found_by_reading_again_is_marked() -> None:
    at = NOW - 3.0
    anatomy = Anatomy(Instant(at, "fault issued"), detected=Instant(at + 0.5, "MII down", polled=True))
    assert any("~+500 ms  MII down" in line for line in shown(live(a_scene(anatomy=anatomy), 80, 19)))


def test_an_outage_that_lasts_is_not_given_an_end() -> None:
    trail = a_trail(NOW - 9.0, NOW, (NOW - 3.0, NOW))
    scene = a_scene(FAILOVER, trails=(trail,), outages=(an_outage(trail, NOW - 3.5, NOW, NOW),))
    assert "not over" in flat(live(scene, 80, 19))


def test_lost_probes_are_gaps_in_the_strip_and_the_fault_is_marked_under_them() -> None:
    lines = shown(live(a_scene(), 80, 19))
    row = next(n for n, line in enumerate(lines) if "▪▪▪" in line)
    gap = lines[row].index(LOST_SIGN)
    assert lines[row].count(LOST_SIGN) in (2, 3)
    assert abs(lines[row + 1].index("▴fault") - gap) <= 1


def test_a_failback_keeps_the_figure_of_the_failover() -> None:
    scene = a_scene()
    back = scene.progress._replace(step=FAILBACK, anatomy=an_anatomy(NOW - 1.0, phases=2, back=True))
    scene = remembered(scene, back)
    lines = [" ".join(line.split()) for line in shown(live(scene, 80, 19))]
    assert "failover 120 ms (109-131) now failback:" in lines
    assert "0 ms restoring issued ip link set eno1 up" in lines
    wide = shown(live(scene, 160, 40), 160, 45)
    assert any("Failover" in line and "Failback" in line for line in wide)
    assert any("active eno1 -> eno2" in line for line in wide)


def test_a_new_round_begins_with_an_empty_list() -> None:
    scene = a_scene()
    following = scene.progress._replace(round=2, anatomy=None, outages=(), rounds_done=(a_round(),))
    lines = shown(live(remembered(scene, following), 80, 19))
    assert not any("fault issued" in line for line in lines)
    assert any("round 1 eno1  failover 120 ms (109-131), failback 0 lost" in line for line in lines)


def test_several_flows_have_a_strip_each_where_there_is_room_and_one_where_not() -> None:
    flows = (Flow(Target("192.0.2.1"), source_port=65024), Flow(Target("192.0.2.1"), source_port=65026))
    trails = (a_trail(NOW - 9.0, NOW), a_trail(NOW - 9.0, NOW, (NOW - 3.0, NOW - 2.0)))
    scene = a_scene(preflight=a_preflight(flows=flows), trails=trails)
    large = [line for line in shown(live(scene, 160, 40), 160, 45) if "▪▪▪" in line]
    assert [LOST_SIGN in line for line in large] == [False, True]
    assert "192.0.2.1 icmp id 65024" in large[0]
    small = [line for line in shown(live(scene, 80, 19)) if "▪▪▪" in line]
    assert [LOST_SIGN in line for line in small] == [True]


def test_the_figure_is_that_of_the_worst_flow_that_crosses_the_slave() -> None:
    flows = tuple(Flow(Target("192.0.2.1"), source_port=65_024 + 2 * n) for n in range(3))
    at = NOW - 3.0
    trails = [a_trail(NOW - 9.0, NOW, (at, at + lost)) for lost in (0.1, 0.2, 0.4)]
    outages = tuple(an_outage(trail, at - 0.5, NOW) for trail in trails)
    over, beside = Crossing(frozenset({2})), Crossing(frozenset({3}))
    for crossings, words in (((over, over, beside), "outage 200 ms"), ((beside, beside, beside), "outage 400 ms")):
        preflight = a_preflight(flows=flows, crossings=crossings)
        assert words in flat(live(a_scene(preflight=preflight, trails=trails, outages=outages), 80, 19))


def test_both_slaves_are_shown_with_their_rates() -> None:
    lines = shown(live(a_scene(), 80, 19))
    assert any(line.startswith("▸ eno1") for line in lines)
    assert any(line.startswith("  eno2") for line in lines)
    assert any("tx b/s" in line and "rx%" in line for line in lines)


def test_for_how_long_is_not_mistaken_for_how_long_it_takes() -> None:
    assert "all probes must be answered for 3 s (2 s so far)" in flat(live(a_scene(), 80, 19))
    scene = a_scene(FAULT, preflight=a_preflight(fault=CABLE), words="pull the cable of eno1 now")
    assert "pull the cable of eno1 now (2 s so far)" in flat(live(scene, 80, 19))


@pytest.mark.parametrize("rounds_done", [(), (a_round(),), (a_round(), a_round(2))])
def test_parts_stand_apart_where_nothing_is_hidden_by_that(rounds_done: tuple[Round, ...]) -> None:
    scene = a_scene(rounds_done=rounds_done)
    least = len([line for line in live(scene, 80, 1).lines if plain(line).strip()])
    for rows in range(least, 40):
        lines = [plain(line).strip() for line in live(scene, 80, rows).lines]
        assert len(lines) <= rows
        apart = lines.count("")
        assert apart in ((0,) if rows == least else (0, 4 + bool(rounds_done), 5 + bool(rounds_done)))
        assert apart or rows < least + 4 + bool(rounds_done)
        key = any("one cell is 100 ms" in line for line in lines)
        assert key == (rows >= least + 5 + bool(rounds_done))


def test_facts_stand_apart_from_the_checks_where_there_is_room() -> None:
    long = len(preflight_body(a_preflight(), a_look(a_pair()), 80, 100).lines)
    short = len(preflight_body(a_preflight(), a_look(a_pair()), 80, 1).lines)
    for rows in range(short, long + 2):
        lines = [plain(line).strip() for line in preflight_body(a_preflight(), a_look(a_pair()), 80, rows).lines]
        assert len(lines) <= rows
        assert lines.count("") == (rows > short)
        if rows > short:
            assert lines[lines.index("") + 1].startswith("Command")


def test_what_a_person_must_do_stands_out() -> None:
    scene = a_scene(FAULT, preflight=a_preflight(fault=CABLE), words="pull the cable of eno1 now", anatomy=None)
    line = next(line for line in live(scene, 80, 19).lines if "pull the cable" in plain(line))
    assert {tone for text, tone in line if "pull" in text} == {"accent"}


def test_that_it_is_being_stopped_is_said() -> None:
    scene = a_scene()._replace(stopping="stopped, reverting at once")
    assert "stopped, reverting at once." in flat(live(scene, 80, 19))
    assert "r stop" not in shown(live(scene, 80, 19))[1]


# The result


@pytest.mark.parametrize(
    ("verdict", "words", "tone"),
    [
        (PASS, "● PASS", FINE),
        (FAIL, "✖ FAIL", BAD),
        (NOT_PROVEN, "▲ NOT PROVEN", WARN),
        (INTERRUPTED, "▲ INTERRUPTED", WARN),
        (REFUSED, "✖ REFUSED", BAD),
    ],
)
def test_the_verdict_comes_first(verdict: str, words: str, tone: str) -> None:
    body = result(a_drill(verdict=verdict), REPORT, a_look(a_pair()), 80, 19)
    first = next(line for line in body.lines if plain(line).strip())
    assert plain(first).startswith(f" {words}: the longest outage, 120 ms, is within the objective of 500 ms.")
    assert any(text.strip().startswith(words.split(maxsplit=1)[0]) and each == tone for text, each in first)


def test_the_result_has_both_outages_the_prediction_the_findings_and_the_report() -> None:
    said = flat(result(a_drill(), REPORT, a_look(a_pair()), 80, 19))
    for words in (
        "Failover 120 ms (109-131), 12 of 350 probes lost, time stamps 130 ms",
        "Failback 0 lost (< 11 ms), 350 probes",
        "Predicted at most about 100 ms",
        "Objective 500 ms",
        "▲ measured 120 ms, options predict at most 100 ms.",
        f"Report {REPORT}",
    ):
        assert words in said, words


def test_of_several_rounds_the_shortest_the_middle_and_the_longest() -> None:
    rounds = (a_round(1, lost_s=0.2), a_round(2, lost_s=0.05), a_round(3, lost_s=0.12))
    said = flat(result(a_drill(None, *rounds), REPORT, a_look(a_pair()), 100, 19))
    assert "min 50 ms (39-61), median 120 ms (109-131), max 200 ms (189-211) of 3 rounds" in said
    assert "round 2 eno1 failover 50 ms (39-61), failback 0 lost (< 11 ms)" in said


def test_where_there_is_room_the_result_is_taken_apart_as_well() -> None:
    small = result(a_drill(), REPORT, a_look(a_pair()), 80, 19)
    large = result(a_drill(), REPORT, a_look(a_pair()), 160, 40)
    assert not any("peers notified" in plain(line) for line in small.lines)
    assert sum(plain(line).count("peers notified") for line in large.lines) == 2


def test_a_coarse_figure_says_so() -> None:
    said = flat(result(a_drill(None, a_round(lost_s=0.03)), REPORT, a_look(a_pair()), 100, 19))
    assert "3 of 350 probes lost, coarse" in said


def test_an_interrupted_round_says_why_and_has_no_figure() -> None:
    cut = a_round(failover=None, failback=None, trouble="stopped by a person")
    said = flat(result(a_drill(None, cut, verdict=INTERRUPTED), "", a_look(a_pair()), 80, 19))
    assert "Failover not measured" in said
    assert "stopped by a person" in said
    assert "Report none was written" in said


def test_parting_words_tell_how_it_ended_or_where_to_look() -> None:
    assert parting(a_preflight(), REPORT, None).startswith("the drill of bond0 was not finished; 'bondtui pending'")
    told = parting(a_preflight(), REPORT, a_drill(verdict=INTERRUPTED, reason="bondtui was told to end"))
    assert told == f"the drill of bond0 was interrupted: bondtui was told to end; report: {REPORT}"


# The heartbeat


def test_every_state_has_a_sign_of_its_own_in_both_sets() -> None:
    states = [NONE, WAITING, GOOD, LATE, LOST]
    assert plain(beats(states, UNICODE)) == f"·◌▪▫{LOST_SIGN}"
    drawn = plain(beats(states, ASCII))
    assert drawn.isascii()
    assert len(set(drawn)) == 5


def test_cells_begin_at_whole_multiples_and_the_newest_is_the_last() -> None:
    first, second = (strip(at, 60, span_s=6.0, period_s=0.01) for at in (100.01, 100.09))
    assert first == second
    assert first.slice_s == 0.1
    assert first.cell(100.05) == 59
    assert strip(100.11, 60, span_s=6.0, period_s=0.01).begin > first.begin
    assert strip(100.0, 60, span_s=6.0, period_s=1.0).slice_s == 1.0


def test_the_axis_marks_instants_and_counts_from_the_fault() -> None:
    shown = Strip(100.0, 0.1, 60)
    line = plain(axis(shown, [(101.0, "fault"), (104.5, "restored")], 101.0, UNICODE))
    assert line.index("▴fault") == 10
    assert line.index("▴restored") == 45
    assert line.index("│+2 s") == 30
    assert len(line) == 60
    assert plain(axis(shown, [(99.0, "fault")], None, UNICODE)).strip() == ""


# Every size


def a_body(which: str, look: Look, cells: int, rows: int) -> Body:
    bond = look.monitor.bonds[0]
    if which == "setup":
        return setup(a_form(bond, found=FOUND), look, cells)
    if which == "no-go":
        return preflight_body(a_preflight(bond, NO_GO, ASKED), look, cells, rows)
    if which == "live":
        return live(a_scene(bond=bond, look=look), cells, rows)
    if which == "failed":
        return failed("the bond is gone", look, cells, begun=False)
    return result(a_drill(a_preflight(bond), a_round(), a_round(2)), REPORT, look, cells, rows)


BODIES = ("setup", "no-go", "live", "failed", "result")


@settings(max_examples=120, deadline=None)
@given(
    which=st.sampled_from(BODIES),
    cells=st.integers(1, 200),
    rows=st.integers(1, 60),
    names=st.tuples(st.sampled_from(HOSTILE_NAMES), st.sampled_from(HOSTILE_NAMES)).filter(
        lambda two: two[0] != two[1]
    ),
    glyphs=st.sampled_from((UNICODE, ASCII)),
    top=st.integers(0, 40),
)
def test_every_line_is_as_wide_as_the_screen_and_nothing_hostile_is_drawn(
    which: str, cells: int, rows: int, names: tuple[str, str], glyphs: Any, top: int
) -> None:
    bond = a_bond(a_slave(names[0], 2, state="active"), a_slave(names[1], 3), name=names[0])
    look = a_look(bond, now=NOW, glyphs=glyphs)._replace(keys=KEYS)
    drawn = page(look, a_body(which, look, cells, rows)._replace(question="Stop?"), cells, rows, top=top)
    assert len(drawn.lines) == rows or rows < 4
    for line in drawn.lines:
        assert line_width(line) == cells
        assert cell_len(plain(line)) == cells
        assert plain(line) == printable(plain(line)) or not plain(line).isascii()
        assert "\x1b" not in plain(line)
        assert {tone for _, tone in line} <= SGR.keys()
    if glyphs is ASCII and all(name.isascii() for name in names):
        assert all(plain(line).isascii() for line in drawn.lines)


def test_a_long_text_scrolls_to_its_end() -> None:
    body = result(a_drill(None, *(a_round(n) for n in range(1, 30))), REPORT, a_look(a_pair()), 80, 19)
    assert not any("Report" in line for line in shown(body))
    assert any("up and down scroll: 1 to" in line for line in shown(body))
    assert any("Report" in line for line in shown(body, top=10_000))


def test_a_question_and_the_keys_stay_in_sight() -> None:
    body = live(a_scene(), 40, 5)._replace(question="Stop the drill and revert at once?")
    lines = shown(body, 40, 10)
    assert any("y yes" in line for line in lines)
    assert "Enter start" in lines[-1]


def test_simulated_is_said_on_every_screen() -> None:
    look = a_look(a_pair(), now=NOW, monitor={"simulated": True})
    for name in BODIES:
        text = "\n".join(plain(line) for line in page(look, a_body(name, look, 80, 19), 80, 24).lines)
        assert "SIMULATED" in text, name
