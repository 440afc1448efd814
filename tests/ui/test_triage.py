"""What a person looks into from the dashboard: findings, explanations, LACP, and what lies around the bonds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest
from textual import events
from textual.screen import Screen

from bondtui.core.monitor import Monitor
from bondtui.model.around import Around, Device
from bondtui.model.bond import Bond
from bondtui.model.reading import Stamp
from bondtui.simulated.play import monitor_at
from bondtui.ui import outlook
from bondtui.ui.screens.dashboard import Dashboard
from bondtui.ui.screens.explanation import ExplanationScreen
from bondtui.ui.screens.findings import FindingsScreen
from bondtui.ui.screens.help import Help
from bondtui.ui.screens.lacp import LacpScreen
from bondtui.view.glyphs import ASCII
from tests.actions import a_plan
from tests.builders import (
    a_bond,
    a_lacp_bond,
    a_lost_slave,
    a_monitor,
    a_pair,
    a_port,
    a_situation,
    a_slave,
)
from tests.machine import a_pending
from tests.ui.conftest import Desk, OpenDesk
from tests.ui.stand_in import StandIn

LOST = a_bond(a_slave("eno1", 2, state="active"), a_lost_slave("eno2", 3))
UNMONITORED = a_pair(miimon=0)
OTHER = a_bond(a_slave("ens1", 4, state="active"), a_slave("ens2", 5), name="bond1", ifindex=11)


async def opened(desk: Desk, key: str, page: type[Screen[None]]) -> None:
    await desk.press(key)
    await desk.until(lambda: isinstance(desk.app.screen, page))
    await desk.pilot.pause()


def highlighted(desk: Desk) -> str:
    return desk.line_with("▸")


@pytest.mark.parametrize(("key", "page"), [("f", FindingsScreen), ("e", ExplanationScreen), ("l", LacpScreen)])
@pytest.mark.parametrize("back", ["escape", "q", "ctrl+c", "same"])
async def test_each_page_opens_with_its_key_and_is_left_again(
    open_desk: OpenDesk, key: str, page: type[Screen[None]], back: str
) -> None:
    async with open_desk(a_monitor(a_lacp_bond())) as desk:
        await opened(desk, key, page)
        await desk.press(key if back == "same" else back)
        assert isinstance(desk.app.screen, Dashboard)
        assert "d down" in desk.lines[-1]


@pytest.mark.parametrize(("key", "word"), [("f", "findings"), ("e", "explain"), ("l", "LACP")])
async def test_without_a_bond_there_is_nothing_to_look_into(open_desk: OpenDesk, key: str, word: str) -> None:
    async with open_desk(a_monitor()) as desk:
        assert word not in desk.lines[-1]
        await desk.press(key)
        assert isinstance(desk.app.screen, Dashboard)


@pytest.mark.parametrize(("key", "page"), [("f", FindingsScreen), ("e", ExplanationScreen), ("l", LacpScreen)])
async def test_a_page_goes_when_its_last_bond_has_gone(open_desk: OpenDesk, key: str, page: type[Screen[None]]) -> None:
    async with open_desk(a_monitor(a_lacp_bond())) as desk:
        await opened(desk, key, page)
        await desk.show(a_monitor())
        await desk.until(lambda: isinstance(desk.app.screen, Dashboard))
        assert "No bond on this host" in desk.text


# Findings


async def test_arrows_highlight_another_finding_and_show_all_of_it(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST), (80, 30)) as desk:
        await opened(desk, "f", FindingsScreen)
        assert "BT008" in highlighted(desk)
        assert "eno2 carrier lost" in desk.text
        await desk.press("down")
        assert "BT007" in highlighted(desk)
        assert "Because of BT008" in " ".join(desk.text.split())
        await desk.press("down", "up")
        assert "BT008" in highlighted(desk)
        await desk.press("end")
        assert "BT007" in highlighted(desk)
        await desk.press("home")
        assert "BT008" in highlighted(desk)


async def test_page_keys_and_the_wheel_scroll_the_text(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(UNMONITORED), (80, 18)) as desk:
        await opened(desk, "f", FindingsScreen)
        first = desk.text
        assert "lines 1 to" in first
        await desk.press("pagedown")
        assert "lines 1 to" not in desk.text
        await desk.press("pageup")
        assert desk.text == first
        screen = desk.app.screen
        assert isinstance(screen, FindingsScreen)
        screen.on_mouse_scroll_down(events.MouseScrollDown(screen, 5, 12, 0, 1, 0, False, False, False, 5, 12))
        await desk.pilot.pause()
        assert "lines 4 to" in desk.text


async def test_m_shows_the_fix_for_the_next_network_manager(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(UNMONITORED), (80, 40)) as desk:
        await opened(desk, "f", FindingsScreen)
        assert "systemd-networkd, 1 of 4" in desk.text
        await desk.press("m")
        assert "NetworkManager, 2 of 4" in desk.text


async def test_news_are_drawn_and_the_highlight_stays_where_it_was(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(UNMONITORED), (80, 40)) as desk:
        await opened(desk, "f", FindingsScreen)
        assert "BT001" in highlighted(desk)
        worse = a_bond(a_slave("eno1", 2, state="active"), a_lost_slave("eno2", 3), miimon=0)
        await desk.show(a_monitor(worse, mono=101.0))
        assert "eno2 has no carrier" in desk.text
        assert "BT001" in highlighted(desk)


async def test_a_finding_that_goes_is_said_to_be_gone_and_found_again_when_it_comes_back(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(UNMONITORED), (80, 40)) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.show(a_monitor(a_pair(), mono=101.0))
        assert "BT001 no-monitor of bond0 has gone" in desk.text
        assert "no findings" in desk.text
        await desk.show(a_monitor(UNMONITORED, mono=102.0))
        assert "has gone" not in desk.text
        assert "BT001" in highlighted(desk)


@pytest.mark.parametrize("key", ["e", "enter"])
async def test_the_highlighted_finding_is_explained(open_desk: OpenDesk, key: str) -> None:
    async with open_desk(a_monitor(LOST), (80, 40)) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.press("down")
        await opened(desk, key, ExplanationScreen)
        assert "BT007" in highlighted(desk)
        assert "Means" in desk.text
        await desk.press("escape")
        assert isinstance(desk.app.screen, FindingsScreen)
        assert "BT007" in highlighted(desk)


async def test_without_findings_enter_explains_the_verdict(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_pair())) as desk:
        await opened(desk, "f", FindingsScreen)
        assert "no findings: carries traffic redundantly" in desk.text
        await opened(desk, "enter", ExplanationScreen)
        assert "carries traffic redundantly" in highlighted(desk)


async def test_tab_looks_at_the_next_bond_from_its_worst_finding_on(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST, OTHER._replace(options=OTHER.options)), (80, 40)) as desk:
        await opened(desk, "f", FindingsScreen)
        assert "Findings of bond0" in desk.lines[1]
        await desk.press("down")
        await desk.press("tab")
        assert "Findings of bond1" in desk.lines[1]
        assert "has gone" not in desk.text
        await desk.press("shift+tab")
        assert "BT008" in highlighted(desk)
        await desk.press("tab", "escape")
        assert "bond1" in desk.lines[1]


async def test_the_bond_stays_when_another_becomes_the_worst(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST, OTHER)) as desk:
        await opened(desk, "f", FindingsScreen)
        dead = a_bond(a_lost_slave("ens1", 4), a_lost_slave("ens2", 5), name="bond1", ifindex=11, carrier=False)
        await desk.show(a_monitor(LOST, dead, mono=101.0))
        assert "1 down" in desk.lines[0]
        assert "Findings of bond0" in desk.lines[1]


async def test_a_click_highlights_and_a_second_one_explains(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST), (80, 40)) as desk:
        await opened(desk, "f", FindingsScreen)
        row = next(n for n, line in enumerate(desk.lines) if "BT007" in line)
        await desk.pilot.click(offset=(6, row))
        await desk.pilot.pause()
        assert "BT007" in highlighted(desk)
        await desk.pilot.click(offset=(6, row))
        await desk.until(lambda: isinstance(desk.app.screen, ExplanationScreen))


async def test_a_key_of_the_footer_can_be_clicked(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST), (80, 24)) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.pilot.click(offset=(desk.lines[-1].index("f back"), 23))
        await desk.until(lambda: isinstance(desk.app.screen, Dashboard))


async def test_space_freezes_the_page_too(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST), (100, 40)) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.press("space")
        assert "FROZEN" in desk.lines[0]
        await desk.show(a_monitor(a_pair(), mono=101.0))
        assert "BT008" in desk.text
        await desk.press("space")
        assert "FROZEN" not in desk.lines[0]
        assert "BT008 slave-down of eno2 has gone" in desk.text


# A pending change, and notices


@pytest.mark.parametrize(("key", "page"), [("f", FindingsScreen), ("e", ExplanationScreen), ("l", LacpScreen)])
@pytest.mark.parametrize(("answer", "settled"), [("k", "kept"), ("r", "taken back")])
async def test_a_pending_change_is_in_sight_and_can_be_settled_from_every_page(
    open_desk: OpenDesk, key: str, page: type[Screen[None]], answer: str, settled: str
) -> None:
    bond = a_lacp_bond()
    monitor = a_monitor(bond)
    acting = StandIn(monitor)
    async with open_desk(monitor, acting=acting) as desk:
        await opened(desk, key, page)
        assert "reverts in" not in desk.text
        acting.waiting = a_pending(a_plan(a_situation(bond)), who="root", seconds_left=52.0)
        await desk.sees("reverts in 52 s", "k keep", "r revert")
        assert isinstance(desk.app.screen, page)
        await desk.press(answer)
        await desk.until(lambda: acting.settled == [settled])
        await desk.sees(settled)
        assert "reverts in" not in desk.text


async def test_the_countdown_runs_on_a_page(open_desk: OpenDesk) -> None:
    monitor = a_monitor(LOST)
    acting = StandIn(monitor)
    acting.waiting = a_pending(a_plan(a_situation(a_pair())), who="root", seconds_left=52.0)
    moment = monitor.at
    assert moment is not None
    passed = 0.0

    def clock() -> Stamp:
        return Stamp(moment.mono + passed, moment.wall + passed)

    async with open_desk(monitor, acting=acting, clock=clock, pending=acting.waiting, pending_at=moment) as desk:
        await opened(desk, "f", FindingsScreen)
        assert "52 s" in desk.text
        passed = 7.0
        acting.waiting = acting.waiting._replace(seconds_left=45.0)
        await desk.sees("45 s")


async def test_a_greyed_key_says_why_on_a_page(open_desk: OpenDesk) -> None:
    monitor = a_monitor(LOST)
    pending = a_pending(a_plan(a_situation(a_pair())), who="root", seconds_left=52.0)
    acting = StandIn(monitor)
    acting.waiting = pending
    rest = {"pending": pending, "pending_at": monitor.at, "can_act": False, "cannot_act": "needs CAP_NET_ADMIN"}
    async with open_desk(monitor, acting=acting, **rest) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.press("k")
        await desk.sees("keep is not possible: needs CAP_NET_ADMIN")
        assert acting.settled == []


# Explanations


async def test_arrows_explain_one_field_after_the_other(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_lacp_bond()), (80, 40)) as desk:
        await opened(desk, "e", ExplanationScreen)
        assert "carries traffic redundantly" in highlighted(desk)
        await desk.press("end")
        assert "E expired" in highlighted(desk)
        await desk.press("home", "down")
        assert "lost if it dies" in highlighted(desk)


async def test_the_fields_are_those_of_the_highlighted_slave(open_desk: OpenDesk) -> None:
    bond = a_lacp_bond(a_port("eno1", 2, failures=1), a_port("eno2", 3, failures=9))
    async with open_desk(a_monitor(bond), (160, 50)) as desk:
        await desk.press("down")
        await opened(desk, "e", ExplanationScreen)
        await desk.press("home")
        assert "Explained: bond0, eno2" in desk.lines[1]
        assert desk.line_with(" fail ").split("│")[0].split()[-1] == "9"


async def test_the_explanation_of_a_finding_is_read_on_when_it_goes(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST), (60, 20)) as desk:
        await opened(desk, "e", ExplanationScreen)
        assert "Explained: BT008 of eno2" in desk.lines[1]
        await desk.press("pagedown")
        read = desk.lines[8:-2]
        for mono, bond in ((101.0, a_pair()), (102.0, UNMONITORED), (103.0, a_pair())):
            await desk.show(a_monitor(bond, mono=mono))
            assert "gone: it is not found any more" in desk.lines[1]
            assert "BT008" in highlighted(desk)
            assert desk.lines[8:-2] == read
        await desk.show(a_monitor(LOST, mono=104.0))
        assert "gone" not in desk.text
        assert desk.lines[8:-2] == read
        await desk.show(a_monitor(a_pair(), mono=105.0))
        await desk.press("down")
        assert "gone" not in desk.text
        assert "BT008" not in desk.text


async def test_another_bond_is_explained_from_its_worst_finding_on(open_desk: OpenDesk) -> None:
    unmonitored = a_bond(*OTHER.slaves, name="bond1", ifindex=11, miimon=0)
    async with open_desk(a_monitor(LOST, unmonitored), (80, 40)) as desk:
        await desk.press("tab")
        await opened(desk, "e", ExplanationScreen)
        for rule in ("BT001", "BT008"):
            if rule not in highlighted(desk):
                await desk.press("tab")
            assert rule in highlighted(desk)
            assert "gone" not in desk.text
            await desk.press("right")


async def test_a_click_on_a_field_explains_it(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_lacp_bond()), (160, 50)) as desk:
        await opened(desk, "e", ExplanationScreen)
        row = next(n for n, line in enumerate(desk.lines) if " fail " in line)
        await desk.pilot.click(offset=(14, row))
        await desk.pilot.pause()
        assert "fail" in highlighted(desk)


# LACP


async def test_arrows_highlight_a_slave_also_for_the_dashboard(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_lacp_bond())) as desk:
        await opened(desk, "l", LacpScreen)
        assert "▸ eno1" in desk.text
        await desk.press("down")
        assert "▸ eno2" in desk.text
        await desk.press("escape")
        assert highlighted(desk).startswith("▸ eno2")


async def test_a_click_highlights_a_slave(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_lacp_bond())) as desk:
        await opened(desk, "l", LacpScreen)
        row = next(n for n, line in enumerate(desk.lines) if "eno2" in line)
        await desk.pilot.click(offset=(3, row))
        await desk.pilot.pause()
        assert "▸ eno2" in desk.text


async def test_a_port_that_loses_its_partner_is_seen(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_lacp_bond())) as desk:
        await opened(desk, "l", LacpScreen)
        assert "eno1  ● carries traffic" in desk.text
        assert "eno2  ● carries traffic" in desk.text
        lost = a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3, aggregator=2, actor=71, partner=1))
        await desk.show(a_monitor(lost, mono=101.0))
        assert "eno2  ✖ hears no partner: it carries nothing" in desk.text


async def test_many_slaves_are_reached_with_arrows_and_page_keys(open_desk: OpenDesk) -> None:
    bond = a_lacp_bond(*(a_port(f"port{n}", 100 + n) for n in range(64)))
    async with open_desk(a_monitor(bond), (80, 24)) as desk:
        await opened(desk, "l", LacpScreen)
        await desk.press("end")
        assert "▸ port63" in desk.text
        await desk.press(*["pageup"] * 3)
        assert "▸ port63" not in desk.text
        await desk.press("up")
        assert "▸ port62" in desk.text


async def test_a_bond_of_another_mode_says_so_and_nothing_is_opened(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_pair()), (100, 30)) as desk:
        assert "l LACP" in desk.lines[-1]
        await desk.press("l")
        assert "LACP is not possible: the mode of bond0 is active-backup, not 802.3ad" in desk.text
        assert isinstance(desk.app.screen, Dashboard)


@pytest.mark.parametrize("key", ["f", "e"])
async def test_a_page_greys_lacp_for_a_bond_of_another_mode_and_says_why(open_desk: OpenDesk, key: str) -> None:
    async with open_desk(a_monitor(a_pair(), a_lacp_bond(name="bond1", ifindex=11)), (100, 30)) as desk:
        await opened(desk, key, FindingsScreen if key == "f" else ExplanationScreen)
        if "bond1" in desk.lines[1]:
            await desk.press("tab")
        page = desk.app.screen
        await desk.press("l")
        assert "LACP is not possible: the mode of bond0 is active-backup, not 802.3ad" in desk.text
        assert desk.app.screen is page
        await desk.press("tab")
        await opened(desk, "l", LacpScreen)


@pytest.mark.parametrize("way", ["e", "fe", "le", "fle", "lfe"])
@pytest.mark.parametrize(("key", "page"), [("f", FindingsScreen), ("l", LacpScreen)])
async def test_an_explanation_leads_to_the_other_pages_and_one_key_leads_back(
    open_desk: OpenDesk, way: str, key: str, page: type[Screen[None]]
) -> None:
    async with open_desk(a_monitor(a_lacp_bond())) as desk:
        await desk.press(*way)
        await desk.until(lambda: isinstance(desk.app.screen, ExplanationScreen))
        await opened(desk, key, page)
        await desk.press("escape")
        await desk.until(lambda: isinstance(desk.app.screen, Dashboard))


@pytest.mark.parametrize("key", ["f", "e", "l"])
async def test_a_key_of_the_dashboard_says_where_it_works(open_desk: OpenDesk, key: str) -> None:
    monitor = a_monitor(a_lacp_bond())
    acting = StandIn(monitor)
    async with open_desk(monitor, acting=acting) as desk:
        await desk.press(key)
        page = desk.app.screen
        for pressed, shown, word in (
            *(("d", "d", "down"), ("u", "u", "up"), ("a", "a", "activate")),
            *(("plus", "+", "slower"), ("minus", "-", "faster")),
        ):
            await desk.press(pressed)
            assert f"{shown} ({word}) works on the dashboard alone: Esc goes back" in desk.text
            assert desk.app.screen is page
        await desk.press("escape")
        await desk.press(key)
        assert type(desk.app.screen) is type(page)


async def test_a_key_that_has_no_meaning_anywhere_says_nothing(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST)) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.press("z", "p", "k", "tab", "left")
        assert "works on the dashboard" not in desk.text


async def test_one_leads_to_the_other_and_one_key_leads_back(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_lacp_bond())) as desk:
        await opened(desk, "f", FindingsScreen)
        await opened(desk, "l", LacpScreen)
        await opened(desk, "e", ExplanationScreen)
        assert "actor" in highlighted(desk)
        await opened(desk, "escape", LacpScreen)
        await opened(desk, "f", FindingsScreen)
        await desk.press("escape")
        assert isinstance(desk.app.screen, Dashboard)


async def test_tab_to_a_bond_of_another_mode_says_that_it_has_no_lacp(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_lacp_bond(), OTHER)) as desk:
        await opened(desk, "l", LacpScreen)
        await desk.press("tab")
        assert "LACP is spoken in mode 802.3ad only" in desk.text


# Help and palette


async def test_help_on_a_page_lists_the_keys_of_that_page(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST), (100, 60)) as desk:
        await opened(desk, "f", FindingsScreen)
        await opened(desk, "question_mark", Help)
        assert "Explain the highlighted finding" in desk.text
        assert "Set the highlighted slave down" not in desk.text
        await desk.press("escape")
        assert isinstance(desk.app.screen, FindingsScreen)
        assert "BT008" in desk.text


@pytest.mark.parametrize(
    "tooltip", ["What is wrong with the chosen bond", "What the finding and the fields", "LACP of"]
)
async def test_help_on_the_dashboard_offers_the_pages(open_desk: OpenDesk, tooltip: str) -> None:
    async with open_desk(a_monitor(LOST), (120, 60)) as desk:
        await opened(desk, "question_mark", Help)
        assert tooltip in desk.text


async def test_the_palette_of_a_page_offers_its_keys(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(LOST), (100, 40)) as desk:
        await opened(desk, "f", FindingsScreen)
        offered = [each.title for each in desk.app.get_system_commands(desk.app.screen)]
        assert "Explain the highlighted finding" in offered
        assert "Back to the dashboard" in offered
        assert len(offered) == len(set(offered))
        leave = next(each for each in desk.app.get_system_commands(desk.app.screen) if each.title == "Go back")
        keys, _, word = leave.help.partition("  ")
        assert sorted(keys.split(", ")) == ["^c", "esc", "q"]
        assert word == "back"


async def test_in_ascii_every_page_is_ascii(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_lacp_bond()), glyphs=ASCII) as desk:
        for key, page in (("f", FindingsScreen), ("e", ExplanationScreen), ("l", LacpScreen)):
            await opened(desk, key, page)
            assert desk.text.isascii()
            await desk.press("escape")


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (10, 4), (20, 8), (40, 12)])
async def test_nothing_breaks_in_a_tiny_terminal(open_desk: OpenDesk, size: tuple[int, int]) -> None:
    async with open_desk(monitor_at("lacp-split", 30.0), size) as desk:
        for key in ("f", "down", "pagedown", "l", "down", "pagedown", "e", "down", "pagedown", "escape", "escape"):
            await desk.press(key)
        assert isinstance(desk.app.screen, Dashboard)


async def test_a_resized_page_takes_its_new_room(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(UNMONITORED), (80, 24)) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.pilot.resize_terminal(160, 45)
        await desk.pilot.pause()
        await desk.sees("Permanently, by whatever manages this host")
        assert len(desk.lines) == 45


# What lies around


class Neighbourhood:
    """Surroundings that a test decides about."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        """The bonds that were asked about, each time."""
        self.answer: Callable[[], Around] = Around
        self.go_on = threading.Event()
        self.go_on.set()

    def around(self, bonds: Sequence[Bond]) -> Around:
        """What the test says, when it says so."""
        self.asked.append([bond.name for bond in bonds])
        assert self.go_on.wait(20.0)
        return self.answer()


ONE_NIC = Around(devices={2: Device("0000:04:00", None), 3: Device("0000:04:00", None)})


async def test_what_lies_around_is_read_aside_and_drawn(open_desk: OpenDesk) -> None:
    around = Neighbourhood()
    around.answer = lambda: ONE_NIC
    around.go_on.clear()
    async with open_desk(a_monitor(a_pair()), surroundings=around) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.until(lambda: around.asked)
        assert "0000:04:00" not in desk.text
        around.go_on.set()
        await desk.sees("0000:04:00")


async def test_it_is_read_again_at_once_when_an_interface_has_come(open_desk: OpenDesk) -> None:
    around = Neighbourhood()
    async with open_desk(a_monitor(a_pair()), surroundings=around) as desk:
        await desk.until(lambda: around.asked == [["bond0"]])
        await desk.show(a_monitor(a_pair(), mono=101.0))
        await desk.show(a_monitor(a_pair(), OTHER, mono=102.0))
        await desk.until(lambda: around.asked == [["bond0"], ["bond0", "bond1"]])


async def test_it_is_read_again_at_once_for_a_page(open_desk: OpenDesk) -> None:
    around = Neighbourhood()
    async with open_desk(a_monitor(a_pair()), surroundings=around) as desk:
        await desk.until(lambda: around.asked == [["bond0"]])
        await opened(desk, "f", FindingsScreen)
        await desk.until(lambda: around.asked == [["bond0"], ["bond0"]])


async def test_it_is_read_again_soon_when_something_has_happened(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(outlook, "pause_after", lambda _: 3600.0)
    around = Neighbourhood()
    async with open_desk(a_monitor(a_pair()), surroundings=around) as desk:
        await desk.until(lambda: around.asked == [["bond0"]])
        await desk.show(a_monitor(a_pair(), mono=101.0)._replace(event_count=1))
        await desk.until(lambda: around.asked == [["bond0"], ["bond0"]])


def test_a_look_that_costs_more_is_taken_less_often() -> None:
    assert outlook.pause_after(0.0) == outlook.PAUSE_SECONDS
    assert outlook.pause_after(0.01) == 30.0
    assert outlook.pause_after(3.0) == outlook.LONGEST_PAUSE_SECONDS


async def test_a_frozen_picture_takes_it_when_it_goes_on(open_desk: OpenDesk) -> None:
    around = Neighbourhood()
    around.go_on.clear()
    around.answer = lambda: ONE_NIC
    async with open_desk(a_monitor(a_pair()), surroundings=around) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.press("space")
        around.go_on.set()
        await desk.show(a_monitor(a_pair(), OTHER, mono=101.0))
        await desk.until(lambda: len(around.asked) > 1)  # so the first answer has been handed over
        assert "0000:04:00" not in desk.text
        await desk.press("space")
        assert "0000:04:00" in desk.text


async def test_a_mistake_in_reading_it_is_said_and_ends_nothing(open_desk: OpenDesk) -> None:
    around = Neighbourhood()

    def wrong() -> Around:
        raise ValueError("no such thing")

    around.answer = wrong
    async with open_desk(a_monitor(a_pair()), surroundings=around) as desk:
        await opened(desk, "f", FindingsScreen)
        await desk.sees("ValueError: no such thing")
        around.answer = lambda: ONE_NIC
        await desk.show(a_monitor(a_pair(), OTHER, mono=101.0))
        await desk.sees("0000:04:00")


async def test_without_bonds_nobody_is_asked(open_desk: OpenDesk) -> None:
    around = Neighbourhood()
    async with open_desk(Monitor(), surroundings=around) as desk:
        await desk.show(a_monitor())
        await asyncio.sleep(0)
        assert around.asked == []
        await desk.show(a_monitor(a_pair(), mono=101.0))
        await desk.until(lambda: around.asked == [["bond0"]])
