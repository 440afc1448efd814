"""The ping strip and the line about drills as they are drawn, at any size."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor, Note
from bondtui.core.words import printable
from bondtui.drill.heartbeat import GOOD, LATE, LOST, NONE, WAITING
from bondtui.drill.history import SCHEMA
from bondtui.drill.strip import PERIOD_S, Strip
from bondtui.model.bond import Bond
from bondtui.view.glyphs import ASCII, UNICODE
from bondtui.view.legend import legend
from bondtui.view.line import line_width, plain
from bondtui.view.look import Look, Notice
from bondtui.view.screen import Picture, picture, with_ping
from tests.builders import BOND, HOSTILE_NAMES, a_bond, a_monitor, a_pair, a_slave, a_stamp, told

BEGIN_S, NOW_S = 100.0, 160.0
GATEWAY = "192.168.10.1"
DAY_S = 86_400.0
CROSS = UNICODE.lost
WALL_S = a_stamp(NOW_S).wall


def a_strip(*last: str, ago_s: float = 0.0, **rest: Any) -> Strip:
    """Two hundred answered probes and then these, the newest sent just before now."""
    beats = (*(GOOD,) * 200, *last)
    given = {"address": GATEWAY, "beats": beats, "until": NOW_S - ago_s, "rtt_ms": 0.31, **rest}
    return Strip(BOND, **given)


def failed_over(at: float, bond: Bond | None = None) -> Monitor:
    """The first slave's carrier was lost at this time, and everything followed within 100 ms."""
    bond = bond or a_pair()
    first, second = bond.slaves
    gone = first.link._replace(carrier=False)
    down = gone._replace(slave=first.state._replace(mii_status="down", state="backup"))
    moved = bond.link._replace(bond=bond.options._replace(active_slave=second.ifindex))
    heard = [told(gone, at), told(down, at + 0.093), told(moved, at + 0.095)]
    return fold.heard(a_monitor(bond, mono=BEGIN_S), heard)


def looking(strip: Strip | None, monitor: Monitor | None = None, **rest: Any) -> Look:
    return Look(monitor or a_monitor(a_pair(), mono=NOW_S), a_stamp(NOW_S), host="db-07", ping=strip, **rest)


def strip_rows(look: Look, cells: int, rows: int) -> list[str]:
    drawn = picture(look, cells, rows)
    return [plain(drawn.lines[row]) for row in drawn.ping]


def beats_in(line: str) -> str:
    """The cells between the address and the words."""
    return line.split(f"{GATEWAY}  ")[1].split("  ", maxsplit=1)[0]


LOOKS: Mapping[str, Look] = {
    "off": looking(None),
    "no-target-yet": looking(Strip(BOND)),
    "trouble": looking(Strip(BOND, trouble="no gateway and no neighbour is known on bond0: name a target " * 3)),
    "hostile-trouble": looking(Strip(BOND, trouble="\x1b[31m[red]漢字漢字\udcff")),
    "healthy": looking(a_strip()),
    "just-started": looking(Strip(BOND, GATEWAY, (GOOD, GOOD, WAITING), NOW_S, PERIOD_S, 0.31)),
    "all-sorts": looking(a_strip(LOST, LOST, LATE, NONE, WAITING, outage="180 ms (100-300)")),
    "silent": looking(a_strip(LOST, LOST, WAITING, silent_ms=123_456.0), failed_over(NOW_S - 0.5)),
    "nobody": looking(Strip(BOND, GATEWAY, (LOST,) * 20, NOW_S, PERIOD_S, None, 4000.0)),
    "events": looking(
        a_strip(LOST, LOST, *(GOOD,) * 10, outage="400 ms (199-601) in 2 gaps"), failed_over(NOW_S - 2.5)
    ),
    "long-address": looking(a_strip(address="fe80::aaaa:bbbb:cccc:dddd%bond0.1234567")),
    "hostile-names": looking(
        a_strip(LOST),
        failed_over(NOW_S - 3.0, a_bond(a_slave("漢字漢字漢", 2), a_slave(HOSTILE_NAMES[0], 3), name=HOSTILE_NAMES[1])),
    ),
    "noticed": looking(a_strip(), notice=Notice("eno1 set down: MII down after 94 ms " * 5, "good")),
}
SIZES = st.tuples(st.integers(1, 250), st.integers(2, 80))


def in_order(look: Look, cells: int, rows: int) -> Picture:
    drawn = picture(look, cells, rows)
    assert len(drawn.lines) == rows
    for line in drawn.lines:
        assert line_width(line) == cells
        assert all(unicodedata.category(each) not in ("Cc", "Cf", "Cs") for each in plain(line))
    assert len(drawn.ping) <= 2
    assert all(0 < row < rows - 1 for row in drawn.ping)
    return drawn


@pytest.mark.parametrize("name", LOOKS)
@settings(max_examples=30, deadline=None)
@given(size=SIZES)
def test_every_screen_with_a_strip_has_exactly_its_size(name: str, size: tuple[int, int]) -> None:
    in_order(LOOKS[name], *size)


@pytest.mark.parametrize("name", LOOKS)
def test_every_screen_with_a_strip_has_its_size_at_the_corners(name: str) -> None:
    for cells in (1, 2, 5, 9, 20, 49, 50, 80, 99, 100, 250):
        for rows in (2, 4, 5, 6, 7, 10, 24, 27, 28, 80):
            in_order(LOOKS[name], cells, rows)


@pytest.mark.parametrize("name", [name for name in LOOKS if "hostile" not in name])
def test_in_an_ascii_locale_the_strip_is_drawn_in_ascii(name: str) -> None:
    for size in ((80, 24), (160, 45)):
        assert "\n".join(strip_rows(LOOKS[name]._replace(glyphs=ASCII), *size)).isascii()


def test_the_strip_stands_directly_above_the_footer_and_under_the_log() -> None:
    drawn = picture(LOOKS["healthy"], 80, 24)
    assert list(drawn.ping) == [22]
    assert drawn.log.stop == 22
    assert list(picture(LOOKS["healthy"], 160, 45).ping) == [42, 43]
    assert list(picture(LOOKS["off"], 80, 24).ping) == []


def test_a_notice_stands_between_the_strip_and_the_footer() -> None:
    drawn = picture(LOOKS["noticed"], 80, 24)
    assert plain(drawn.lines[drawn.ping.start]).startswith(f" ping {GATEWAY}")
    assert plain(drawn.lines[drawn.ping.stop]).startswith(" ● eno1 set down")


def test_on_a_very_small_screen_the_verdict_has_the_room() -> None:
    assert strip_rows(LOOKS["healthy"], 80, 5) == []
    assert len(strip_rows(LOOKS["healthy"], 80, 6)) == 1


@pytest.mark.parametrize(("glyphs", "signs"), [(UNICODE, f"▪{CROSS}▫·◌"), (ASCII, "oXl ?")])
def test_each_state_of_a_probe_has_a_sign_of_its_own(glyphs: Any, signs: str) -> None:
    strip = a_strip(GOOD, LOST, LATE, NONE, WAITING)
    (row,) = strip_rows(looking(strip, glyphs=glyphs), 80, 24)
    assert f"{signs[0] * 5}{signs[1:]}  " in row
    assert len(set(signs)) == len(signs)


def test_the_newest_is_right_and_what_is_older_than_the_strip_is_not_known() -> None:
    (row,) = strip_rows(LOOKS["just-started"], 80, 24)
    assert beats_in(row).startswith("····")
    assert beats_in(row).endswith("·▪▪◌")
    assert len(beats_in(row)) == len(beats_in(strip_rows(LOOKS["healthy"], 80, 24)[0]))


def test_a_healthy_strip_stays_as_it_is_from_one_probe_to_the_next() -> None:
    now = picture(LOOKS["healthy"], 80, 24)
    later = picture(looking(a_strip(GOOD, GOOD)._replace(until=NOW_S + 2 * PERIOD_S)), 80, 24)
    assert now.lines == later.lines


@pytest.mark.parametrize(
    ("strip", "narrow", "wide"),
    [
        (a_strip(), "0.31 ms", "0.31 ms"),
        (a_strip(rtt_ms=12.345), "12 ms", "12 ms"),
        (a_strip(rtt_ms=1.04), "1.0 ms", "1.0 ms"),
        (a_strip(outage="180 ms (100-300)"), "180 ms (100-300)", "180 ms (100-300) without answer"),
        (a_strip(outage="1 probe lost (< 401 ms)"), "1 lost (< 401 ms)", "1 probe lost (< 401 ms)"),
        (a_strip(outage="12.3 s (12.2-12.6) in 2 gaps"), "12.3 s", "12.3 s (12.2-12.6) in 2 gaps"),
        (a_strip(outage="1400 ms (1199-1601)"), "1400 ms (1199-1601)", "1400 ms (1199-1601) without answer"),
        (a_strip(outage="180 ms (100-300)", silent_ms=1234.0), "no answer 1.2 s", "no answer for 1.2 s"),
        (a_strip(silent_ms=125_000.0), "no answer 2 min", "no answer for 2 min"),
        (a_strip(silent_ms=125_000.0, rtt_ms=None), "no answer so far", "no answer so far"),
    ],
)
def test_what_there_is_to_say_stands_right_of_the_strip(strip: Strip, narrow: str, wide: str) -> None:
    for cells, words in ((80, narrow), (120, wide)):
        assert strip_rows(looking(strip), cells, 24)[0].rstrip().endswith(f"  {words}")


def test_no_round_trip_is_told_that_was_not_measured() -> None:
    strip = Strip(BOND, GATEWAY, (WAITING,), NOW_S)
    (row,) = strip_rows(looking(strip), 80, 24)
    assert row.rstrip().endswith("·◌")


def test_why_there_are_no_probes_is_said_in_place_of_the_strip() -> None:
    for size in ((80, 24), (160, 45)):
        rows = strip_rows(LOOKS["trouble"], *size)
        assert rows[0].startswith(" ▲ no ping: no gateway and no neighbour is known on bond0")
    assert "looks for a target" in strip_rows(LOOKS["no-target-yet"], 80, 24)[0]


def test_with_few_rows_events_are_signs_in_the_strip_and_cover_no_probe() -> None:
    strip = a_strip(LOST, LOST, *(GOOD,) * 10)
    (row,) = strip_rows(looking(strip, failed_over(NOW_S - 12 * PERIOD_S + 0.01)), 80, 24)
    assert beats_in(row).endswith(f"▪▪▪▴{CROSS}{CROSS}{'▪' * 10}")
    (other,) = strip_rows(looking(strip, a_monitor(a_pair(), mono=NOW_S)), 80, 24)
    assert len(beats_in(other)) == len(beats_in(row))
    assert beats_in(other).endswith(f"▪▪▪▪{CROSS}{CROSS}{'▪' * 10}")


def test_with_more_rows_events_stand_below_their_slice_and_the_most_telling_in_words() -> None:
    strip = a_strip(LOST, LOST, *(GOOD,) * 10)
    beats, marks = strip_rows(looking(strip, failed_over(NOW_S - 12 * PERIOD_S + 0.01)), 160, 45)
    assert marks.strip() == "▴active eno1 -> eno2"
    assert marks.index("▴") == beats.index(CROSS)


def test_words_that_would_not_fit_at_the_right_stand_left_of_their_sign() -> None:
    bond = a_bond(a_slave("enp129s0f0np0", 2), a_slave("enp129s0f1np1", 3))
    look = looking(a_strip(LOST, LOST), failed_over(NOW_S - 2 * PERIOD_S + 0.01, bond))
    beats, marks = strip_rows(look, 100, 45)
    assert marks.strip() == "active enp129s0f0np0 -> enp129s0f1np1▴"
    assert marks.index("▴") == beats.index(CROSS)
    beats, marks = strip_rows(look, 60, 45)
    assert marks.strip() == "▴"
    assert marks.index("▴") == beats.index(CROSS)


def test_of_events_close_together_each_has_its_sign() -> None:
    monitor = failed_over(NOW_S - 3.0)
    monitor = fold.heard(monitor, [told(a_pair().slaves[0], NOW_S - 2.0)])
    _, marks = strip_rows(looking(a_strip(), monitor), 160, 45)
    assert marks.count("▴") == 2
    assert marks.split("▴")[1].strip() == ""
    assert marks.strip().endswith("▴eno1 MII up") or marks.strip().endswith("▴eno1 carrier back")


@pytest.mark.parametrize("rows", [24, 45])
def test_events_of_others_and_those_of_an_unknown_moment_are_not_marked(rows: int) -> None:
    monitor = failed_over(NOW_S - 3.0)
    events = monitor.events
    assert any("▴" in row for row in strip_rows(looking(a_strip(), monitor), 80, rows))
    for changed in (
        [each._replace(bond=99) for each in events],
        [each._replace(polled=True) for each in events],
        [each._replace(at=a_stamp(NOW_S - 100)) for each in events],
        [each._replace(kind="outage") for each in events],
    ):
        look = looking(a_strip(), monitor._replace(events=tuple(changed)))
        assert not any("▴" in row for row in strip_rows(look, 80, rows))


def test_a_note_that_is_older_than_the_events_before_it_hides_none_of_them() -> None:
    monitor = fold.noted(
        failed_over(NOW_S - 3.0), Note(a_stamp(NOW_S - 100), "outage", "bond0", "failover, 180 ms", BOND, BOND)
    )
    assert any("▴" in row for row in strip_rows(looking(a_strip(), monitor), 80, 24))


def test_hostile_names_on_the_strip_are_printed_and_never_interpreted() -> None:
    look = LOOKS["hostile-names"]
    _, marks = strip_rows(look, 160, 45)
    assert printable(HOSTILE_NAMES[0])[:6] in marks


@pytest.mark.parametrize("name", [name for name in LOOKS if name != "off"])
@settings(max_examples=15, deadline=None)
@given(size=st.tuples(st.integers(1, 250), st.integers(6, 80)))
def test_the_strip_alone_is_drawn_as_with_everything_else(name: str, size: tuple[int, int]) -> None:
    before, after = picture(LOOKS["healthy"], *size), picture(LOOKS[name], *size)
    alone = with_ping(picture(LOOKS[name]._replace(ping=a_strip()), *size), LOOKS[name], size[0])
    if len(before.ping) == len(after.ping):
        assert alone == after
    else:
        assert alone is None


def test_the_legend_explains_the_signs_of_the_strip() -> None:
    for glyphs in (UNICODE, ASCII):
        text = "".join(sign + meaning for _, section in legend(glyphs) for sign, meaning in section)
        assert all(each in text for each in (glyphs.answered, glyphs.late, glyphs.lost, glyphs.mark))


def an_entry(slave: str, days_ago: float, verdict: str = "pass", **rest: Any) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "wall_s": WALL_S - days_ago * DAY_S,
        "bond": "bond0",
        "slave": slave,
        "permanent_hwaddr": None,
        "verdict": verdict,
        "proven": True,
        "failover": {"outage_ms": 120.0, "outage_low_ms": 100.0, "outage_high_ms": 140.0, "lost": 12},
        **rest,
    }


def drill_line(look: Look, cells: int = 100, rows: int = 30) -> str:
    return next((plain(line).strip() for line in picture(look, cells, rows).lines if plain(line)[1:7] == "drill "), "")


def test_the_line_about_drills_tells_of_every_slave() -> None:
    look = looking(None, history=(an_entry("eno1", 41.2),))
    assert drill_line(look) == "drill  eno1: 41 days ago, 120 ms, PASS   eno2: never proven"
    assert drill_line(looking(None, history=())) == "drill  eno1: never proven   eno2: never proven"
    assert drill_line(looking(None)) == ""
    assert drill_line(looking(None, a_monitor(a_bond(), mono=NOW_S), history=())) == ""


def test_the_line_about_drills_follows_the_history_the_bond_and_the_time() -> None:
    look = looking(None, history=(an_entry("eno1", 41.2),))
    assert "41 days ago" in drill_line(look)
    assert "3 days ago, 120 ms, FAIL" in drill_line(look._replace(history=(an_entry("eno1", 3, "fail"),)))
    assert "43 days ago" in drill_line(look._replace(now=a_stamp(NOW_S + 2 * DAY_S)))
    other = a_monitor(a_bond(a_slave("ens1", 2), name="bond1"), mono=NOW_S)
    assert drill_line(look._replace(monitor=other)) == "drill  ens1: never proven"


def test_the_line_about_drills_gives_way_first() -> None:
    look = looking(None, history=(an_entry("eno1", 41.2),))
    for rows in range(6, 40):
        with_line = [plain(line) for line in picture(look, 80, rows).lines]
        without = [plain(line) for line in picture(look._replace(history=None), 80, rows).lines]
        dropped = [line for line in without if line.strip() and line not in with_line]
        assert dropped == []
    assert drill_line(look, 80, 24)


def test_hostile_names_in_the_line_about_drills_are_printed() -> None:
    bond = a_bond(*(a_slave(name, 2 + n) for n, name in enumerate(HOSTILE_NAMES)))
    for size in ((80, 24), (160, 45)):
        in_order(looking(None, a_monitor(bond, mono=NOW_S), history=()), *size)


@settings(max_examples=30, deadline=None)
@given(size=SIZES)
def test_every_screen_with_a_line_about_drills_has_exactly_its_size(size: tuple[int, int]) -> None:
    bond = a_bond(*(a_slave(f"ens{n}", 20 + n) for n in range(20)), mode=0)
    in_order(looking(a_strip(), a_monitor(bond, mono=NOW_S), history=()), *size)
