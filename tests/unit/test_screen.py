"""The whole dashboard as lines: every size, every state, nothing out of place."""

from __future__ import annotations

import unicodedata
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.core.words import printable
from bondtui.model.bond import Bond, Hardware
from bondtui.model.reading import Overflow
from bondtui.view.glyphs import ASCII
from bondtui.view.line import BAD, Line, line_width, plain, wrapped
from bondtui.view.look import Key, Look, Notice, chosen_bond, chosen_slave
from bondtui.view.screen import Picture, picture
from bondtui.view.tones import SGR
from tests.actions import a_plan
from tests.builders import (
    HOSTILE_NAMES,
    a_bond,
    a_lacp_bond,
    a_look,
    a_lost_slave,
    a_monitor,
    a_pair,
    a_port,
    a_reading,
    a_situation,
    a_slave,
    a_stamp,
    some_counters,
    told,
)
from tests.machine import a_pending

KEYS = (
    Key("d", "down", 1),
    Key("space", "freeze", 2),
    Key("+", "slower", 3),
    Key("-", "faster", 3),
    Key("?", "help"),
    Key("q", "quit"),
)
PENDING = a_pending(a_plan(a_situation(a_pair())), who="root from 198.51.100.7", seconds_left=52.3)
LONG_WORDS = "eno1 set down: MII down after 94 ms, active eno1 -> eno2 after 95 ms, peers notified. " * 4


def busy(*bonds: Bond, **rest: Any) -> Monitor:
    """A monitor with rates, and with events of every sort."""
    monitor = a_monitor(*bonds, **rest)
    for n in range(1, 90):
        counted = tuple(
            bond._replace(
                link=bond.link._replace(counters=some_counters(n * 9_000_000, n * 5000)),
                slaves=tuple(
                    slave._replace(link=slave.link._replace(counters=some_counters(n * 10**6 * i, n * 777, errors=n)))
                    for i, slave in enumerate(bond.slaves)
                ),
            )
            for bond in bonds
        )
        if n != 40:
            monitor = fold.took(monitor, a_reading(*counted, mono=100.0 + n))
    lost = [told(slave.link._replace(carrier=False), 189.1 + i) for b in bonds for i, slave in enumerate(b.slaves)]
    back = [told(slave.link, 189.6 + i) for bond in bonds for i, slave in enumerate(bond.slaves)]
    monitor = fold.heard(monitor, sorted([*lost[:60], *back[:60], Overflow(a_stamp(189.9))], key=lambda h: h.at.mono))
    found = [bond._replace(addresses=(*(bond.addresses or ()), "198.51.100.1/24")) for bond in bonds]
    return fold.took(monitor, a_reading(*found, mono=190.0), steady=False)


def looking(monitor: Monitor, now: float = 190.5, **rest: Any) -> Look:
    return Look(**{"monitor": monitor, "now": a_stamp(now), "host": "db-07", "keys": KEYS, **rest})


def many_bonds() -> list[Bond]:
    return [
        a_bond(*(a_slave(f"p{n}s{i}", 1000 + 10 * n + i) for i in range(n % 4)), name=f"bond{n}", ifindex=100 + n)
        for n in range(70)
    ]


def hostile_bonds() -> list[Bond]:
    return [
        a_bond(
            *(
                (a_slave if i % 2 else a_lost_slave)(slave, 1000 + 100 * n + i, hardware=Hardware(10_000, "full"))
                for i, slave in enumerate(HOSTILE_NAMES)
            ),
            name=name,
            ifindex=100 + n,
        )
        for n, name in enumerate(HOSTILE_NAMES)
    ]


def split() -> Bond:
    return a_lacp_bond(
        a_port("ens1f0", 4, hardware=Hardware(25_000, "full", "ice", "0000:3b:00.0")),
        a_port("ens1f1", 5, aggregator=2, actor=71, partner=1),
        addresses=("192.0.2.20/24", "2001:db8::20/64"),
        hidden=("partner_system_mac", "partner_key", "partner_port"),
        xmit_hash_policy="layer3+4",
    )


DEGRADED = a_bond(
    a_lost_slave("eno1", 2),
    a_slave("eno2", 3, state="active"),
    active_slave=3,
    primary=2,
    updelay=200,
    downdelay=400,
)
TWO_MORE = a_bond(
    a_slave("ens1", 4, state="active"), a_slave("ens2", 5), name="bond1", ifindex=11, admin_up=False, carrier=False
)
SIXTY_FOUR = a_bond(*(a_slave(f"veth{n}", 200 + n) for n in range(64)), mode=0)

LOOKS: dict[str, Look] = {
    "nothing-read": looking(Monitor()),
    "no-bond": looking(a_monitor()),
    "cannot-read": looking(fold.failed(Monitor(), "this kernel has no bonding driver loaded; 'modprobe bonding'")),
    "no-slaves": looking(a_monitor(a_bond())),
    "healthy": looking(busy(a_pair())),
    "two-by-two": looking(busy(a_pair(), TWO_MORE)),
    "degraded": looking(busy(DEGRADED)),
    "seventy-bonds": looking(a_monitor(*many_bonds()), bond=150),
    "sixty-four-slaves": looking(busy(SIXTY_FOUR), slave=250),
    "lacp": looking(busy(a_lacp_bond())),
    "lacp-split": looking(busy(split())),
    "hostile": looking(busy(*hostile_bonds()), bond=104),
    "wide-names": looking(a_monitor(a_bond(a_lost_slave("漢字漢字漢", 2), a_slave("字", 3), name="漢字"))),
    "arp": looking(a_monitor(a_pair(miimon=0, arp_interval=500, arp_ip_targets=("192.0.2.1",) * 8))),
    "no-monitor": looking(busy(a_pair(miimon=0))),
    "unknown-mode": looking(a_monitor(a_pair(mode=None, miimon=None, carrier=None))),
    "frozen": looking(busy(DEGRADED), now=700.0, frozen=a_stamp(190.0), events_back=7),
    "stale": looking(busy(a_pair()), now=500.0),
    "stale-with-error": looking(fold.failed(busy(a_pair()), "rtnetlink: EPERM\x1b[31m"), now=500.0),
    "just-failed": looking(fold.failed(busy(a_pair()), "the kernel did not answer")),
    "simulated": looking(busy(DEGRADED, simulated=True), can_act=True),
    "simulated-empty": looking(a_monitor(simulated=True)),
    "simulated-frozen": looking(busy(DEGRADED, simulated=True), now=900.0, frozen=a_stamp(200.0)),
    "simulated-stale": looking(busy(a_pair(), simulated=True, interval=0.25), now=7200.0),
    "long-host": looking(busy(a_pair()), host="a-host-with-a-very-long-name.example.org"),
    "scrolled-beyond": looking(busy(a_pair()), events_back=10_000),
    "pending": looking(busy(a_pair()), can_act=True, pending=PENDING, pending_at=a_stamp(190.5)),
    "pending-read-only": looking(busy(a_pair()), pending=PENDING, pending_at=a_stamp(190.5)),
    "pending-hostile": looking(
        busy(a_pair()),
        can_act=True,
        pending=PENDING._replace(bond="b\udcff\x1b[31m", slave="漢字漢字漢", who="[red]x\x1b", alive=False),
        notice=Notice("\x1b]0;x\x07 漢字", "bad"),
    ),
    "noticed": looking(busy(DEGRADED), notice=Notice(LONG_WORDS, "good")),
}
WITH_BONDS = [name for name, look in LOOKS.items() if look.monitor.bonds]
SIZES = st.tuples(st.integers(1, 250), st.integers(2, 80))
CORNERS = [
    (w, h) for w in (1, 2, 3, 5, 9, 20, 39, 40, 41, 79, 80, 139, 140, 250) for h in (2, 3, 4, 6, 9, 10, 13, 24, 80)
]
USUAL = [(40, 10), (60, 15), (80, 24), (100, 30), (139, 40), (140, 40), (160, 45), (250, 80)]


@pytest.fixture(autouse=True)
def _wrapping_ends(request: pytest.FixtureRequest) -> None:
    """Without this a screen too narrow for a wide name would fill the memory instead of failing."""
    if any(name in request.node.name for name in ("hostile", "wide-names")):
        assert len(list(islice(wrapped("漢", 1), 5))) < 5


def text_of(drawn: Picture) -> str:
    return "\n".join(plain(line) for line in drawn.lines)


def in_order(look: Look, cells: int, rows: int) -> Picture:
    """Draw it, and check what is true of every picture."""
    drawn = picture(look, cells, rows)
    assert len(drawn.lines) == rows
    for line in drawn.lines:
        assert line_width(line) == cells
        assert all(tone in SGR for _, tone in line)
        assert all(unicodedata.category(each) not in ("Cc", "Cf", "Cs") for each in plain(line))
    assert all(0 < row < rows for row in drawn.log)
    for spot in drawn.spots:
        assert 0 <= spot.row < rows
        assert 0 <= spot.start < spot.end <= cells
    return drawn


@pytest.mark.parametrize("name", LOOKS)
@settings(max_examples=25)
@given(size=SIZES)
def test_every_screen_has_exactly_its_size(name: str, size: tuple[int, int]) -> None:
    in_order(LOOKS[name], *size)


@pytest.mark.parametrize("name", LOOKS)
def test_every_screen_has_its_size_at_the_corners(name: str) -> None:
    for size in CORNERS:
        in_order(LOOKS[name], *size)


@pytest.mark.parametrize("cells", [20, 80])
def test_a_single_row_is_the_top_line(cells: int) -> None:
    drawn = in_order(LOOKS["degraded"], cells, 1)
    assert plain(drawn.lines[0]).startswith(" bondtui"[:cells])


@pytest.mark.parametrize("name", ["hostile", "wide-names", "sixty-four-slaves"])
def test_textual_draws_each_line_as_wide_as_we_think(name: str) -> None:
    for size in USUAL:
        assert {cell_len(plain(line)) for line in picture(LOOKS[name], *size).lines} == {size[0]}


@pytest.mark.parametrize("name", [name for name in LOOKS if "hostile" not in name and name != "wide-names"])
def test_plain_names_in_an_ascii_locale_are_drawn_in_ascii(name: str) -> None:
    for size in USUAL:
        assert text_of(picture(LOOKS[name]._replace(glyphs=ASCII), *size)).isascii()


@pytest.mark.parametrize("name", WITH_BONDS)
def test_the_verdict_is_always_on_the_screen(name: str) -> None:
    look = LOOKS[name]
    _, verdict = chosen_bond(look.bonds, look.bond)
    for size in USUAL:
        lines = [plain(line) for line in picture(look, *size).lines]
        assert any(f" {verdict.word} " in line for line in lines[1:])


@pytest.mark.parametrize("name", [name for name in LOOKS if name.startswith("simulated")])
def test_simulated_data_always_says_so(name: str) -> None:
    for size in USUAL:
        assert "SIMULATED" in text_of(picture(LOOKS[name], *size))


@pytest.mark.parametrize("name", [name for name in LOOKS if not name.startswith("simulated")])
def test_real_data_never_says_simulated(name: str) -> None:
    assert "SIMULATED" not in text_of(picture(LOOKS[name], 160, 45))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("healthy", "live 1 s"),
        ("frozen", "FROZEN"),
        ("stale", "STALE 5 min"),
        ("just-failed", "NOT READ"),
        ("simulated-frozen", "FROZEN"),
        ("simulated-stale", "STALE"),
    ],
)
def test_whether_it_is_live_is_always_in_the_top_line(name: str, word: str) -> None:
    assert all(word in plain(picture(LOOKS[name], *size).lines[0]) for size in USUAL)


@pytest.mark.parametrize("name", ["stale", "stale-with-error", "just-failed"])
def test_old_data_is_never_shown_without_a_word_about_it(name: str) -> None:
    for size in USUAL:
        shown = text_of(picture(LOOKS[name], *size))
        assert "Data is" in shown or "The last read failed" in shown


def test_too_narrow_a_screen_still_begins_with_the_name_of_the_program() -> None:
    assert plain(picture(LOOKS["degraded"], 20, 3).lines[0]).startswith(" bond")


NARROW_ENOUGH = st.tuples(st.integers(30, 250), st.integers(8, 80))


@pytest.mark.parametrize("count", [2, 5, 64])
@settings(max_examples=40)
@given(chosen=st.integers(0, 63), size=NARROW_ENOUGH)
def test_the_chosen_slave_is_always_in_sight(count: int, chosen: int, size: tuple[int, int]) -> None:
    slaves = [a_slave(f"veth{n}", 200 + n) for n in range(count)]
    index = chosen % count
    drawn = in_order(a_look(a_bond(*slaves, mode=0), slave=200 + index), *size)
    rows = {spot.which: spot.row for spot in drawn.spots if spot.kind == "slave"}
    assert 200 + index in rows
    row = plain(drawn.lines[rows[200 + index]])
    assert f"▸ veth{index} " in row


@pytest.mark.parametrize("chosen", [100, 135, 169])
@pytest.mark.parametrize("size", USUAL)
def test_the_chosen_bond_is_always_in_the_list(chosen: int, size: tuple[int, int]) -> None:
    drawn = in_order(LOOKS["seventy-bonds"]._replace(bond=chosen), *size)
    listed = [spot for spot in drawn.spots if spot.kind == "bond" and spot.which == chosen]
    assert listed
    row = plain(drawn.lines[listed[0].row])
    assert row.startswith("▸")
    assert f" bond{chosen - 100} " in row


@pytest.mark.parametrize(
    "name", ["healthy", "two-by-two", "degraded", "seventy-bonds", "sixty-four-slaves", "lacp-split"]
)
@settings(max_examples=30)
@given(size=st.tuples(st.integers(40, 250), st.integers(10, 80)))
def test_a_place_is_where_its_thing_is_drawn(name: str, size: tuple[int, int]) -> None:
    look = LOOKS[name]
    drawn = in_order(look, *size)
    names: dict[object, str] = {ifindex: link.name for ifindex, link in look.monitor.links.items()}
    taken: set[tuple[int, int]] = set()
    for spot in drawn.spots:
        here = plain(drawn.lines[spot.row])[spot.start : spot.end]
        if spot.kind in ("slave", "bond"):
            assert names[spot.which] in here.split() or len(names[spot.which]) > 15
        elif spot.kind == "key":
            assert here.startswith(f"{spot.which} ")
        cells = {(spot.row, cell) for cell in range(spot.start, spot.end)}
        assert not taken & cells
        taken |= cells


@pytest.mark.parametrize("size", USUAL)
def test_all_keys_that_fit_are_in_the_last_line(size: tuple[int, int]) -> None:
    drawn = picture(LOOKS["healthy"], *size)
    keys = [spot for spot in drawn.spots if spot.kind == "key"]
    assert all(spot.row == size[1] - 1 for spot in keys)
    shown = [spot.which for spot in keys]
    assert shown == [each.key for each in KEYS if each.key in shown]
    assert len(keys) == len(KEYS) or size[0] < 80
    assert shown[-2:] == ["?", "q"], "help and quit never give way"


def test_keys_give_way_by_rank_and_those_of_one_rank_together() -> None:
    wide = [cells for cells in range(10, 80) if keys_at(cells)[-2:] == ["?", "q"]]
    kept = [keys_at(cells) for cells in wide]
    assert [keys for n, keys in enumerate(kept) if keys not in kept[:n]] == [
        ["?", "q"],
        ["d", "?", "q"],
        ["d", "space", "?", "q"],
        ["d", "space", "+", "-", "?", "q"],
    ]


def keys_at(cells: int) -> list[object]:
    drawn = picture(LOOKS["healthy"], cells, 24)
    return [spot.which for spot in drawn.spots if spot.kind == "key"]


def test_a_greyed_key_is_drawn_unlike_the_others() -> None:
    keys = (Key("d", "down", greyed=True), Key("q", "quit"))
    line = picture(LOOKS["healthy"]._replace(keys=keys), 80, 24).lines[-1]
    assert ("d", "dim") in line
    assert ("q", "key") in line


@pytest.mark.parametrize("size", USUAL)
def test_a_pending_change_stands_under_the_top_line_with_its_keys(size: tuple[int, int]) -> None:
    drawn = in_order(LOOKS["pending"], *size)
    assert "eno1" in plain(drawn.lines[1])
    keys = [spot for spot in drawn.spots if spot.kind == "key" and spot.row < size[1] - 1]
    assert [spot.which for spot in keys] == ["k", "r"]
    assert [plain(drawn.lines[spot.row])[spot.start : spot.end] for spot in keys] == ["k keep", "r revert"]
    assert "53 s" in text_of(drawn)


def test_the_countdown_alone_changes_from_one_second_to_the_next() -> None:
    now, later = LOOKS["pending"], LOOKS["pending"]._replace(now=a_stamp(191.5))
    lines = zip(picture(now, 100, 30).lines[1:], picture(later, 100, 30).lines[1:], strict=True)
    changed = [(was, line) for was, line in lines if was != line]
    assert len(changed) == 1
    differing = [(a[0].strip(), b[0].strip()) for a, b in zip(*changed[0], strict=True) if a != b]
    assert differing == [("53 s", "52 s")]


def test_a_notice_stands_above_the_footer_until_its_time_is_over() -> None:
    look = LOOKS["healthy"]._replace(notice=Notice("eno1 set down", "good", until=200.0))
    assert plain(picture(look, 80, 24).lines[-2]).startswith(" ● eno1 set down ")
    assert "set down" not in text_of(picture(look._replace(now=a_stamp(200.0)), 80, 24))


def test_a_long_notice_is_cut_with_a_mark_and_leaves_the_verdict() -> None:
    for size in USUAL:
        shown = text_of(picture(LOOKS["noticed"], *size))
        assert "eno1 set down: MII down" in shown
        assert "AT RISK" in shown


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing-read", ["Reading the kernel"]),
        ("no-bond", ["No bond on this host", "ip link add bond0 type bond", "bondtui --demo"]),
        ("cannot-read", ["Cannot observe bonds here", "modprobe bonding", "bondtui --demo"]),
    ],
)
def test_an_empty_screen_says_why_and_what_to_do(name: str, words: list[str]) -> None:
    shown = text_of(picture(LOOKS[name], 80, 24))
    assert [each for each in words if each not in shown] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("degraded", ["▲ AT RISK bond0", "eno1", "LOST", "down", "ACTIVE", "primary eno1 always", "updelay 200"]),
        ("degraded", ["db-07", "1 bond", "1 at risk", "read-only", "miimon 100", "192.0.2.10/24", "mtu 1500"]),
        ("healthy", ["● OK", "▲ 1 medium", "eno1", "eno2", "backup", "carrier lost", "address 198.51.100.1/24 added"]),
        ("healthy", ["the kernel dropped events", "events", "rx b/s", "tx b/s"]),
        (
            "lacp-split",
            ["ATGSCD--", "ATG---F-", "02:00:5e:00:53:01", "hash layer3+4", "lacp fast", "hidden: needs CAP"],
        ),
        ("two-by-two", ["✖ DOWN bond1", "2 bonds", "1 down", "bond0", "bond1"]),
        ("no-monitor", ["monitor none", "No link monitor"]),
        ("arp", ["arp 500 ms 192.0.2.1"]),
        ("stale", ["Data is 5 min old"]),
        ("just-failed", ["The last read failed: the kernel did not answer"]),
        ("simulated", ["armed"]),
        ("seventy-bonds", ["70 bonds"]),
    ],
)
def test_what_matters_is_on_a_screen_of_usual_size(name: str, words: list[str]) -> None:
    shown = text_of(picture(LOOKS[name], 100, 30))
    assert [each for each in words if each not in shown] == []


def test_what_is_not_known_is_a_dash_and_no_number() -> None:
    unknown = a_slave("eno1", 2, mii=None, carrier=None, failures=None, state=None)
    drawn = picture(a_look(a_bond(unknown, mode=1, active_slave=None)), 160, 30)
    (spot,) = [spot for spot in drawn.spots if spot.kind == "slave"]
    cells = plain(drawn.lines[spot.row]).replace("·", " ").split()
    assert cells[:2] == ["▸", "eno1"]
    assert set(cells[2:]) == {"-", "up"}
    assert cells.count("up") == 1


def row_of(look: Look, name: str, cells: int = 160) -> str:
    drawn = picture(look, cells, 30)
    index = next(link.ifindex for link in look.monitor.links.values() if link.name == name)
    (spot,) = [spot for spot in drawn.spots if spot.kind == "slave" and spot.which == index]
    return plain(drawn.lines[spot.row])[spot.start : spot.end]


def sampled(*steps: tuple[int, int] | None) -> Look:
    """eno1 and eno2 with these bytes in each second; None for a beat that was missed."""
    monitor, total = a_monitor(a_pair()), [0, 0]
    for n, step in enumerate(steps, start=1):
        if step is not None:
            total = [total[0] + step[0], total[1] + step[1]]
            slaves = (
                a_slave(name, ifindex, counters=some_counters(rx))
                for name, ifindex, rx in (("eno1", 2, total[0]), ("eno2", 3, total[1]))
            )
            monitor = fold.took(monitor, a_reading(a_bond(*slaves), mono=100.0 + n))
    return looking(monitor, now=100.2 + len(steps))


def test_all_graphs_share_one_ceiling() -> None:
    look = sampled((1_000_000, 125_000), (1_000_000, 125_000))
    assert "██" in row_of(look, "eno1")
    assert "▂▂" in row_of(look, "eno2")


def test_a_missed_beat_is_a_gap_and_silence_is_the_floor() -> None:
    look = sampled((1000, 0), None, (1000, 0), (1000, 0))
    assert "·█·▅█ " in row_of(look, "eno1")
    assert "·▁·▁▁ " in row_of(look, "eno2")


def test_a_peak_that_has_left_the_screen_no_longer_sets_the_ceiling() -> None:
    assert "█▂▂▂ " in row_of(sampled((9_000_000, 0), *[(1000, 1000)] * 3), "eno1")
    assert "██████" in row_of(sampled((9_000_000, 0), *[(1000, 1000)] * 100), "eno1")


def tones_of(look: Look, text: str) -> set[str]:
    """The tones in which a text is drawn on a screen of usual size."""
    return {tone for line in picture(look, 100, 30).lines for each, tone in line if each.strip() == text}


def test_what_is_wrong_is_drawn_in_the_tone_of_what_is_wrong() -> None:
    assert tones_of(LOOKS["degraded"], "LOST") == {BAD}
    assert tones_of(a_look(a_bond(a_lost_slave(), active_slave=None)), "none") == {BAD}
    assert tones_of(LOOKS["no-monitor"], "none") == {BAD}
    assert tones_of(LOOKS["lacp-split"], "ATG---F-") == {BAD}
    assert BAD not in tones_of(LOOKS["healthy"], "up")


def test_bits_of_a_port_that_is_not_up_look_old_without_colours_too() -> None:
    bond = a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, mii="down", carrier=False))
    assert "ATGSCD-- ATGSCD--" in row_of(a_look(bond), "eno1")
    assert "atgscd-- atgscd--" in row_of(a_look(bond), "eno2")


def test_facts_that_do_not_fit_are_cut_with_a_mark() -> None:
    bond = a_lacp_bond(hidden=("partner_system_mac", "partner_key", "partner_port", "ad_actor_sys_prio"))
    line = next(line for line in text_of(picture(a_look(bond), 80, 24)).splitlines() if "hidden" in line)
    assert line.rstrip().endswith("…")


def test_facts_that_do_not_apply_are_left_out() -> None:
    shown = text_of(picture(LOOKS["healthy"], 160, 45))
    assert "hash" not in shown
    assert "lacp" not in shown.lower()


def test_a_slaves_share_is_of_what_all_slaves_carry() -> None:
    look = sampled((750_000, 250_000))
    assert "75%" in row_of(look, "eno1", 200)
    assert "25%" in row_of(look, "eno2", 200)
    assert "6.00M" in row_of(look, "eno1")


def test_new_failures_stand_beside_the_old_ones() -> None:
    monitor = fold.heard(a_monitor(a_pair()), [told(a_slave("eno1", 2, failures=3), 101.0)])
    assert "3 +3" in row_of(looking(monitor, now=101.1), "eno1")


def test_the_worst_bond_is_chosen_and_comes_first() -> None:
    look = a_look(a_pair(), a_bond(name="bond1", ifindex=11))
    assert [bond.name for bond, _ in look.bonds] == ["bond1", "bond0"]
    assert chosen_bond(look.bonds, None)[0].name == "bond1"
    assert chosen_bond(look.bonds, 10)[0].name == "bond0"
    assert chosen_bond(look.bonds, 99)[0].name == "bond1"


def test_the_first_slave_is_highlighted_until_another_is_chosen() -> None:
    bond = a_pair()
    chosen = [chosen_slave(bond, ifindex) for ifindex in (None, 3, 99)]
    assert [slave and slave.name for slave in chosen] == ["eno1", "eno2", "eno1"]
    assert chosen_slave(a_bond(), None) is None


@pytest.mark.parametrize(
    ("interval", "age", "stale"),
    [(1.0, 2.4, False), (1.0, 2.6, True), (0.1, 0.9, False), (0.1, 1.1, True), (10.0, 24.0, False), (10.0, 26.0, True)],
)
def test_data_is_stale_after_some_missed_beats(interval: float, age: float, stale: bool) -> None:
    look = looking(a_monitor(a_pair(), interval=interval), now=100.0 + age)
    assert (look.stale_s is not None) is stale
    assert look._replace(frozen=a_stamp()).stale_s is None


@pytest.mark.parametrize("name", ["hostile", "wide-names"])
def test_hostile_names_are_printed_and_never_interpreted(name: str) -> None:
    look = LOOKS[name]
    for bond, _ in look.bonds:
        shown = text_of(picture(look._replace(bond=bond.ifindex), 160, 60))
        assert printable(bond.name)[:10] in shown
        assert all(printable(slave.name)[:10] in shown for slave in bond.slaves)


def test_the_same_look_is_drawn_alike() -> None:
    first, again = picture(LOOKS["degraded"], 100, 30), picture(LOOKS["degraded"], 100, 30)
    assert first == again


def test_an_idle_second_changes_the_clock_alone() -> None:
    look = LOOKS["healthy"]
    later = look._replace(now=a_stamp(191.5))
    pairs = zip(picture(look, 100, 30).lines, picture(later, 100, 30).lines, strict=True)
    changed: list[Line] = [old for old, new in pairs if old != new]
    assert len(changed) <= 1
