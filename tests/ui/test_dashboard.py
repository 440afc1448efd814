"""What a person does with the dashboard: keys, mouse, and things that happen meanwhile."""

from __future__ import annotations

import pytest

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.reading import Stamp
from bondtui.simulated.play import monitor_at
from bondtui.simulated.scenarios import SCENARIOS
from bondtui.ui.screens.dashboard import Dashboard
from bondtui.view.glyphs import ASCII
from tests.ui.conftest import OpenDesk

HEALTHY_S, CUT_S, REPAIRED_S = 5.0, 15.0, 35.0
"""Seconds of the failover scenario: before the cut, while the cable is out, and after the repair."""


async def test_first_line_under_the_top_says_what_is_wrong(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", CUT_S), (80, 24)) as desk:
        assert "AT RISK" in desk.lines[1]
        assert "bond0 eno1 lost carrier" in desk.lines[1]
        assert "Traffic is on eno2" in desk.lines[1]
        assert "If eno2 fails, bond0 is down: 192.168.10.20." in desk.text


async def test_event_log_shows_the_chain_with_its_deltas(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", CUT_S)) as desk:
        kinds = [event.kind for event in desk.still.latest.events]
        assert kinds[:4] == ["carrier-lost", "mii-changed", "active-changed", "peers-notified"]
        assert "ms" not in desk.line_with("carrier lost  ")
        for words in ("MII down", "active eno1 -> eno2", "peers notified"):
            assert " ms" in desk.line_with(words)


async def test_news_changes_the_screen_at_once(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", HEALTHY_S)) as desk:
        assert "OK" in desk.lines[1]
        await desk.show(monitor_at("failover", CUT_S))
        assert "AT RISK" in desk.lines[1]
        await desk.show(monitor_at("failover", REPAIRED_S))
        assert "OK" in desk.lines[1]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("size", [(40, 10), (80, 24), (100, 30), (160, 45), (20, 3)])
async def test_every_screen_of_a_simulation_says_so(open_desk: OpenDesk, scenario: str, size: tuple[int, int]) -> None:
    async with open_desk(monitor_at(scenario, 20.0), size) as desk:
        assert len(desk.lines) == size[1]
        if size[0] >= 40:
            assert "SIMULATED" in desk.text
            await desk.press("question_mark")
            assert "SIMULATED" in desk.text


async def test_arrow_keys_move_over_the_slaves(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", HEALTHY_S)) as desk:
        assert desk.line_with("▸").startswith("▸ eno1")
        await desk.press("down")
        assert desk.line_with("▸").startswith("▸ eno2")
        await desk.press("down")
        assert desk.line_with("▸").startswith("▸ eno2")
        await desk.press("up", "up")
        assert desk.line_with("▸").startswith("▸ eno1")


async def test_tab_goes_round_the_bonds(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("healthy", 5.0)) as desk:
        assert "bond0" in desk.lines[1]
        await desk.press("tab")
        assert "bond1" in desk.lines[1]
        await desk.press("right")
        assert "bond0" in desk.lines[1]
        await desk.press("shift+tab")
        assert "bond1" in desk.lines[1]
        await desk.press("left")
        assert "bond0" in desk.lines[1]


async def test_worst_bond_is_first_and_shown_until_another_is_chosen(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("all-modes", 20.0), (160, 45)) as desk:
        assert "bond2" in desk.lines[1]
        listed = [line for line in desk.lines if "│" in line]
        assert "bond2" in listed[0]


async def test_a_frozen_picture_stays_and_reading_goes_on(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", HEALTHY_S)) as desk:
        await desk.press("space")
        assert "FROZEN" in desk.lines[0]
        await desk.show(monitor_at("failover", CUT_S))
        assert "OK" in desk.lines[1]
        await desk.press("space")
        assert "FROZEN" not in desk.lines[0]
        assert "AT RISK" in desk.lines[1]


async def test_plus_and_minus_change_the_interval_within_its_limits(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", HEALTHY_S)) as desk:
        await desk.press("plus")
        assert desk.still.intervals == [2.0]
        assert "live 2 s" in desk.lines[0]
        await desk.press(*["minus"] * 9)
        assert desk.still.intervals[-1] == 0.1
        await desk.press(*["plus"] * 20)
        assert desk.still.intervals[-1] == 60.0


async def test_page_keys_scroll_the_log(open_desk: OpenDesk) -> None:
    monitor = monitor_at("flapping", 120.0)
    async with open_desk(monitor, (80, 24)) as desk:
        newest = desk.lines[-2]
        await desk.press("home")
        oldest = desk.lines[-2]
        assert oldest != newest
        assert "newer below" in desk.text
        await desk.press("pagedown")
        assert desk.lines[-2] != oldest
        await desk.press("end")
        assert desk.lines[-2] == newest


async def test_help_lists_every_key_of_the_footer_and_goes_back(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("healthy", 5.0), (160, 70)) as desk:
        footer = desk.lines[-1]
        await desk.press("question_mark")
        for key in ("space", "tab", "+", "-", "^p", "?", "q"):
            assert key in footer
            assert any(line.strip().startswith(key) for line in desk.lines), key
        await desk.press("escape")
        assert isinstance(desk.app.screen, Dashboard)


async def test_footer_offers_no_bond_key_where_there_is_one_bond(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", HEALTHY_S)) as desk:
        assert "tab" not in desk.lines[-1]
        await desk.show(monitor_at("healthy", HEALTHY_S))
        assert "tab bond" in desk.lines[-1]


async def test_palette_runs_what_the_keys_run(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", HEALTHY_S)) as desk:
        await desk.press("ctrl+p")
        await desk.press(*"stop the picture")
        await desk.app.workers.wait_for_complete()
        await desk.press("enter")
        await desk.pilot.pause()
        assert "FROZEN" in desk.lines[0]


async def test_q_leaves(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", HEALTHY_S)) as desk:
        await desk.press("q")
    assert desk.app.return_code == 0
    assert not desk.still.running


async def test_mouse_chooses_slaves_bonds_and_keys(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("healthy", 5.0)) as desk:
        row = next(n for n, line in enumerate(desk.lines) if line.startswith("  eno2"))
        await desk.pilot.click(offset=(4, row))
        await desk.pilot.pause()
        assert desk.lines[row].startswith("▸ eno2")
        row = next(n for n, line in enumerate(desk.lines) if "bond1 " in line)
        await desk.pilot.click(offset=(4, row))
        await desk.pilot.pause()
        assert "bond1" in desk.lines[1]
        await desk.pilot.click(offset=(desk.lines[-1].index("freeze"), len(desk.lines) - 1))
        await desk.pilot.pause()
        assert "FROZEN" in desk.lines[0]


async def test_old_data_is_called_stale_with_its_age(open_desk: OpenDesk) -> None:
    monitor = monitor_at("failover", HEALTHY_S)
    assert monitor.at is not None
    later = Stamp(monitor.at.mono + 12, monitor.at.wall + 12)
    async with open_desk(monitor, clock=lambda: later) as desk:
        assert "STALE 12 s" in desk.lines[0]
        assert "Data is 12 s old" in desk.lines[1]


async def test_a_read_that_failed_is_said_and_the_last_state_stays(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("failover", HEALTHY_S)) as desk:
        await desk.show(fold.failed(desk.still.latest, "rtnetlink: No buffer space available"))
        assert "NOT READ" in desk.lines[0]
        assert "No buffer space" in desk.lines[1]
        assert "eno1" in desk.text


async def test_empty_host_says_how_a_bond_is_made(open_desk: OpenDesk) -> None:
    empty = Monitor(at=Stamp(1.0, 1.0))
    async with open_desk(empty, (80, 24)) as desk:
        assert "No bond on this host" in desk.text
        assert "ip link add bond0 type bond" in desk.text
        assert "bondtui --demo" in desk.text
        await desk.show(monitor_at("failover", HEALTHY_S))
        assert "bond0" in desk.lines[1]


async def test_kernel_without_bonding_says_the_next_step(open_desk: OpenDesk) -> None:
    monitor = fold.failed(Monitor(), "this kernel has no bonding driver loaded; 'modprobe bonding' loads it")
    async with open_desk(monitor, (40, 10)) as desk:
        assert "Cannot observe bonds here" in desk.text
        assert "modprobe" in desk.text


async def test_bonds_that_vanish_leave_an_empty_host(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("all-modes", 5.0)) as desk:
        await desk.press("tab", "tab", "down")
        await desk.show(Monitor(simulated=True, at=Stamp(9.0, 9.0)))
        assert "No bond on this host" in desk.text
        await desk.press("down", "tab", "space", "home", "question_mark", "escape")


async def test_resizing_shares_the_room_out_again(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("all-modes", 20.0), (160, 45)) as desk:
        for size in ((40, 10), (80, 24), (120, 50), (15, 2), (160, 45)):
            await desk.pilot.resize_terminal(*size)
            await desk.pilot.pause()
            assert [len(line) for line in desk.lines] == [size[0]] * size[1]


async def test_ascii_locale_gets_ascii_only(open_desk: OpenDesk) -> None:
    for scenario in ("failover", "lacp-split", "all-modes"):
        async with open_desk(monitor_at(scenario, 20.0), (160, 45), glyphs=ASCII) as desk:
            assert desk.text.isascii()


async def test_lacp_slaves_show_the_bits_of_both_ends(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("lacp", 20.0), (80, 24)) as desk:
        row = desk.line_with("▸ ens")
        assert row.count("ATGSCD--") == 2


async def test_a_log_that_is_scrolled_back_stays_where_it_is(open_desk: OpenDesk) -> None:
    async with open_desk(monitor_at("flapping", 60.0), (80, 24)) as desk:
        await desk.press("pageup")
        shown = desk.lines[-2]
        await desk.show(monitor_at("flapping", 62.0))
        assert desk.still.latest.event_count > 0
        assert desk.lines[-2] == shown
