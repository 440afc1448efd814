"""What a person makes go wrong in the lab from the dashboard, and what the dashboard says of it."""

from __future__ import annotations

from functools import partial

import pytest
from textual.screen import Screen

from bondtui.core.monitor import Monitor
from bondtui.drill.heartbeat import LOST
from bondtui.drill.strip import Strip
from bondtui.model.lab import AGGREGATOR, FLAP, LACP_STOP, LOSS, MTU, PULL, SILENT, UML, Fault, FaultInPlace
from bondtui.model.reading import Stamp
from bondtui.ports import LabError
from bondtui.ui import lab as contact
from bondtui.ui.screens.dashboard import Dashboard
from bondtui.ui.screens.faults import FaultsScreen
from bondtui.ui.screens.help import Help
from bondtui.view.faults import faults_page
from bondtui.view.faults_table import At
from bondtui.view.glyphs import ASCII
from bondtui.view.lab_news import LabNews
from bondtui.view.line import plain
from bondtui.view.look import Key, Look
from tests.builders import WALL, a_bond, a_lacp_bond, a_lost_slave, a_monitor, a_pair, a_slave
from tests.ui.conftest import Desk, OpenDesk
from tests.ui.small_lab import SmallLab, a_lab_bond

NOW = WALL + 100.0
"""The wall clock of the monitors that are shown."""
PULLED = FaultInPlace(Fault(PULL, "eno1"), "eno1: cable pulled at p1", NOW - 12.0)
LOSSY = FaultInPlace(Fault(LOSS, "eno2", 20), "eno2: 20 % of the frames dropped at p2, each way", NOW - 3.0)
OTHER = a_bond(a_slave("ens1", 4, state="active"), a_slave("ens2", 5), name="bond1", ifindex=11)


def in_lab(*bonds: object) -> Monitor:
    return a_monitor(*(bonds or (a_pair(),)), lab=UML)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "SELDOM_S", 0.05)
    monkeypatch.setattr(contact, "OFTEN_S", 0.05)


async def opened(desk: Desk) -> None:
    """The page, when the lab has told of itself."""
    await desk.press("F")
    await desk.until(lambda: isinstance(desk.app.screen, FaultsScreen))
    await desk.sees("pull the cable")


def row(desk: Desk, title: str) -> str:
    """The row of a kind in the table."""
    return next((line for line in desk.lines if title in line[5:25]), "")


def in_place(desk: Desk, title: str) -> bool:
    return "IN PLACE" in row(desk, title)


def log_of(desk: Desk) -> list[tuple[str, str]]:
    return [(event.subject, event.words) for event in desk.still.latest.events]


# Where it is offered


async def test_outside_a_lab_nothing_is_offered_and_the_key_does_nothing(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_pair()), (120, 60)) as desk:
        assert "faults" not in desk.lines[-1]
        assert not any(
            "faults in place at the peer" in each.title for each in desk.app.get_system_commands(desk.app.screen)
        )
        before = desk.text
        await desk.press("F")
        assert isinstance(desk.app.screen, Dashboard)
        assert desk.text == before
        await desk.press("question_mark")
        await desk.until(lambda: isinstance(desk.app.screen, Help))
        assert "faults in place at the peer" not in desk.text


async def test_in_a_lab_footer_help_and_palette_offer_it(open_desk: OpenDesk) -> None:
    async with open_desk(in_lab(), (120, 60), lab=SmallLab()) as desk:
        assert "F faults" in desk.lines[-1]
        assert any(
            "faults in place at the peer" in each.title for each in desk.app.get_system_commands(desk.app.screen)
        )
        await desk.press("question_mark")
        await desk.sees("faults in place at the peer")


@pytest.mark.parametrize("back", ["escape", "q", "ctrl+c", "F"])
async def test_the_page_is_left_again(open_desk: OpenDesk, back: str) -> None:
    async with open_desk(in_lab(), lab=SmallLab()) as desk:
        await opened(desk)
        await desk.press(back)
        assert isinstance(desk.app.screen, Dashboard)


async def test_a_bond_that_the_lab_does_not_know_has_no_faults(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(OTHER), lab=lab) as desk:
        await desk.press("F")
        await desk.sees("nothing can be made to go wrong for this slave")
        await desk.press("p", "enter")
        await desk.sees("nothing can be made to go wrong here")
        assert lab.done == []


# Putting and undoing


async def test_a_key_puts_a_fault_and_the_same_key_undoes_it(open_desk: OpenDesk) -> None:
    lab = SmallLab(now=NOW)
    async with open_desk(in_lab(), (80, 24), lab=lab) as desk:
        await opened(desk)
        assert "IN PLACE" not in desk.text
        await desk.press("p")
        await desk.sees("IN PLACE since 0 s", "lab: cable pulled at p1")
        assert "IN PLACE" in row(desk, "pull the cable")
        assert "Command    ip -n switch put pull eno1" in desk.text
        assert lab.done == [("put", Fault(PULL, "eno1"))]
        await desk.press("p")
        await desk.sees("undone: eno1: cable pulled at p1")
        assert "IN PLACE" not in desk.text
        assert lab.done[1:] == [("undo", Fault(PULL, "eno1"))]


async def test_faults_of_one_port_combine_and_x_undoes_those_of_all(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), lab=lab) as desk:
        await opened(desk)
        for key, title in (("p", "pull the cable"), ("s", "a silent port"), ("m", "change the MTU")):
            await desk.press(key)
            await desk.until(partial(in_place, desk, title))
        await desk.press("tab", "f")
        await desk.until(lambda: "ends by itself" in row(desk, "flap"))
        assert "IN PLACE" not in row(desk, "pull the cable"), "that is eno1"
        assert "IN PLACE" in row(desk, "change the MTU"), "that is the whole peer's"
        await desk.press("x")
        await desk.until(lambda: "IN PLACE" not in desk.text)
        kinds = [(fault.kind, fault.subject) for what, fault in lab.done if what == "undo"]
        await desk.sees("ip -n switch undo pull eno1", "ip -n switch undo flap eno2")
        assert kinds == [(PULL, "eno1"), (SILENT, "eno1"), (MTU, "bond0"), (FLAP, "eno2")]
        await desk.press("x")
        await desk.sees("no fault is in place")


async def test_what_is_done_is_written_into_the_event_log_before_what_comes_of_it(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), (100, 30), lab=lab) as desk:
        await opened(desk)
        lab.go_on.clear()
        await desk.press("p")
        await desk.until(lambda: log_of(desk) == [("eno1", "lab: cable pulled at p1")])
        assert desk.still.latest.events[0].ifindex == 2
        assert desk.still.latest.events[0].bond == 10
        lab.go_on.set()
        await desk.sees("IN PLACE", "lab: cable pulled at p1")
        await desk.press("p")
        await desk.sees("lab: undone: cable pulled at p1")


async def test_a_fault_that_does_not_suit_the_mode_is_not_made_and_says_why(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), lab=lab) as desk:
        await opened(desk)
        assert "only in mode 802.3ad" in row(desk, "stop LACP")
        await desk.press("t")
        await desk.sees("lacp-stop needs mode 802.3ad: bond0 is active-backup")
        assert lab.done == []
        assert log_of(desk) == []


async def test_an_lacp_bond_has_those_of_lacp(open_desk: OpenDesk) -> None:
    lab = SmallLab(a_lab_bond(mode="802.3ad"))
    async with open_desk(in_lab(a_lacp_bond()), lab=lab) as desk:
        await opened(desk)
        await desk.press("t")
        await desk.until(lambda: "IN PLACE" in row(desk, "stop LACP"))
        await desk.press("right", "g")
        await desk.until(lambda: "IN PLACE" in row(desk, "another aggregator"))
        assert [each for _, each in lab.done] == [Fault(LACP_STOP, "bond0"), Fault(AGGREGATOR, "eno2")]


async def test_arrows_and_enter_do_what_the_keys_do(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), lab=lab) as desk:
        await opened(desk)
        await desk.press("down", "enter")
        await desk.until(lambda: "IN PLACE" in row(desk, "a silent port"))
        await desk.press("end", "up", "home", "down", "enter")
        await desk.until(lambda: "IN PLACE" not in desk.text)


# Values


async def test_the_value_of_the_highlighted_kind_is_changed_and_remembered(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), lab=lab) as desk:
        await opened(desk)
        await desk.press("down", "down")
        assert "- 20 % +" in row(desk, "lose frames")
        await desk.press("plus", "plus", "minus")
        assert "- 25 % +" in row(desk, "lose frames")
        await desk.press("enter")
        await desk.sees("25 % of the frames dropped at p1")
        assert "25 %" in row(desk, "lose frames").partition("IN PLACE")[2]
        await desk.press("escape")
        await opened(desk)
        assert "- 25 % +" in row(desk, "lose frames")
        await desk.press("right", "l")
        await desk.until(lambda: lab.done[1:] == [("put", Fault(LOSS, "eno2", 25))])


async def test_what_is_in_place_has_another_value_at_once(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), lab=lab) as desk:
        await opened(desk)
        await desk.press("l")
        await desk.until(lambda: "20 %" in row(desk, "lose frames").partition("IN PLACE")[2])
        await desk.press("plus")
        await desk.until(lambda: "25 %" in row(desk, "lose frames").partition("IN PLACE")[2])
        assert lab.done == [("put", Fault(LOSS, "eno1", 20)), ("put", Fault(LOSS, "eno1", 25))]
        lab.hold([LOSSY._replace(fault=Fault(LOSS, "eno1", 60))])
        await desk.until(lambda: "- 60 % +" in row(desk, "lose frames"))
        await desk.press("minus")
        await desk.until(lambda: lab.done[2:] == [("put", Fault(LOSS, "eno1", 55))])


async def test_however_fast_the_keys_are_the_last_value_is_put(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), lab=lab) as desk:
        await opened(desk)
        await desk.press("l")
        await desk.until(partial(in_place, desk, "lose frames"))
        lab.go_on.clear()
        for value in range(25, 55, 5):
            await desk.press("plus")
            assert f"- {value} % +" in row(desk, "lose frames")
        lab.go_on.set()
        await desk.until(lambda: "50 %" in row(desk, "lose frames").partition("IN PLACE")[2])
        assert [fault.value for _, fault in lab.done] == [20, 25, 50]
        lab.go_on.clear()
        await desk.press("s", "plus", "home", "down", "down", "minus", "minus")
        lab.go_on.set()
        await desk.until(lambda: lab.done[3:] == [("put", Fault(SILENT, "eno1")), ("put", Fault(LOSS, "eno1", 40))])
        lab.refuses = LabError("no")
        await desk.press("plus")
        await desk.sees("- 40 % +", "✖ no")
        assert "45" not in row(desk, "lose frames"), "what was refused is not in place"


async def test_a_value_goes_no_further_than_it_may(open_desk: OpenDesk) -> None:
    async with open_desk(in_lab(), lab=SmallLab()) as desk:
        await opened(desk)
        await desk.press("down", "down", *["minus"] * 9)
        assert "- 1 % +" in row(desk, "lose frames")
        await desk.press("plus")
        assert "- 5 % +" in row(desk, "lose frames"), "steps lead to round numbers"
        await desk.press(*["plus"] * 25)
        assert "- 100 % +" in row(desk, "lose frames")
        await desk.press("home", "plus", "minus")
        assert "+" not in row(desk, "pull the cable")
        await desk.press("end", "plus")
        assert "- 1600 bytes +" in row(desk, "change the MTU"), "with 1500 nothing would be wrong"
        await desk.press("minus")
        assert "- 1400 bytes +" in row(desk, "change the MTU")


# Slaves and bonds


async def test_tab_goes_on_to_the_slaves_of_the_next_bond(open_desk: OpenDesk) -> None:
    lab = SmallLab(a_lab_bond(), a_lab_bond("ens1", "ens2", name="bond1", first=3))
    async with open_desk(in_lab(a_pair(), OTHER), (120, 30), lab=lab) as desk:
        await opened(desk)
        for bond, slave in (("bond0", "eno2"), ("bond1", "ens1"), ("bond1", "ens2"), ("bond0", "eno1")):
            await desk.press("tab")
            assert f"Faults for {slave} of {bond} " in desk.lines[1]
            assert f"▸ {slave}" in desk.text
        await desk.press("shift+tab", "p")
        await desk.until(lambda: lab.done == [("put", Fault(PULL, "ens2"))])


async def test_what_the_bond_makes_of_it_is_seen_on_the_page(open_desk: OpenDesk) -> None:
    async with open_desk(in_lab(), (80, 24), lab=SmallLab()) as desk:
        await opened(desk)
        assert "eno1 ACTIVE up" in desk.text
        failed_over = a_bond(a_lost_slave("eno1", 2), a_slave("eno2", 3, state="active"), active_slave=3)
        await desk.show(a_monitor(failed_over, mono=101.0, lab=UML))
        assert "eno2 ACTIVE up" in desk.text
        assert "One failure from loss. eno1 has no carrier." in " ".join(desk.text.split())


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_what_the_others_notice_of_it_stands_above_the_footer(size: tuple[int, int]) -> None:
    look = Look(in_lab(), Stamp(100.0, NOW), keys=(Key("x", "undo all", 0),), lab=LabNews(SmallLab().about()))
    without, strip = faults_page(look, At(), *size), Strip(10, "192.0.2.254", (LOST,) * 40, 100.0, silent_ms=4000.0)
    page = faults_page(look._replace(ping=strip), At(), *size)
    assert len(page.lines) == len(without.lines) == size[1]
    text = [plain(line) for line in page.lines]
    assert any(line.startswith(" ping 192.0.2.254") for line in text[-3:-1])
    assert text[-1] == plain(without.lines[-1])
    assert [each for each in page.spots if each.kind == "key"][-1] == without.spots[-1]


# The mouse


async def test_a_click_on_the_highlighted_kind_is_its_key_and_one_on_a_sign_changes_the_value(
    open_desk: OpenDesk,
) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), (80, 24), lab=lab) as desk:
        await opened(desk)
        await desk.press("down", "down")
        here = next(n for n, line in enumerate(desk.lines) if "lose frames" in line[5:25])
        await desk.pilot.click(offset=(desk.lines[here].index("+"), here))
        await desk.pilot.pause()
        assert "- 25 % +" in row(desk, "lose frames")
        await desk.pilot.click(offset=(8, here - 2))
        await desk.until(lambda: "▸" in row(desk, "pull the cable"))
        assert lab.done == [], "the first click tells what it does"
        await desk.pilot.click(offset=(8, here - 2))
        await desk.until(lambda: "IN PLACE" in row(desk, "pull the cable"))
        slaves = next(n for n, line in enumerate(desk.lines) if "▸ eno1" in line)
        await desk.pilot.click(offset=(desk.lines[slaves].index("eno2"), slaves))
        await desk.sees("▸ eno2")
        await desk.pilot.click(offset=(8, here))
        await desk.pilot.click(offset=(8, here))
        await desk.until(lambda: lab.done == [("put", Fault(PULL, "eno1")), ("put", Fault(LOSS, "eno2", 25))])


# The dashboard


async def test_the_dashboard_says_what_is_in_place_whoever_made_it(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), (80, 24), lab=lab) as desk:
        await desk.until(lambda: lab.asked > 1)
        before = desk.lines[:8]
        assert "LAB fault" not in desk.text
        lab.hold([PULLED])
        await desk.sees("LAB faults in place: eno1: cable pulled at p1")
        lab.hold([PULLED, LOSSY])
        await desk.sees("LAB faults in place: eno1 pull, eno2 loss 20 %")
        await desk.pilot.click(offset=(desk.lines[1].index("F faults"), 1))
        await desk.until(lambda: isinstance(desk.app.screen, FaultsScreen))
        await desk.sees("IN PLACE since 12 s")
        lab.hold([])
        await desk.until(lambda: "IN PLACE" not in desk.text)
        await desk.press("escape")
        assert desk.lines[:8] == before
        assert log_of(desk) == [
            ("eno1", "lab: cable pulled at p1, 12 s ago"),
            ("eno2", "lab: 20 % of the frames dropped at p2, each way, 3 s ago"),
            ("eno1", "lab: undone: cable pulled at p1"),
            ("eno2", "lab: undone: 20 % of the frames dropped at p2, each way"),
        ]


async def test_a_flap_that_is_over_is_said_and_written_down(open_desk: OpenDesk) -> None:
    lab = SmallLab(now=NOW)
    async with open_desk(in_lab(), (100, 40), lab=lab) as desk:
        await opened(desk)
        await desk.press("f")
        await desk.until(lambda: "ends by itself" in row(desk, "flap"))
        lab.hold([])
        await desk.sees("ended: eno1: cable pulled and plugged 5 times at p1", "Command    -")
        said = "lab: {}cable pulled and plugged 5 times at p1"
        assert log_of(desk) == [("eno1", said.format("")), ("eno1", said.format("ended: "))]


async def test_a_frozen_dashboard_takes_it_when_it_goes_on(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), lab=lab) as desk:
        await desk.until(lambda: lab.asked)
        await desk.press("space")
        lab.hold([PULLED])
        await opened(desk)
        await desk.sees("IN PLACE")
        await desk.press("escape", "down")  # which has it drawn
        assert "▸ eno2" in desk.text
        assert "LAB fault" not in desk.text
        await desk.press("space")
        await desk.sees("LAB faults in place")


async def test_without_a_bond_it_says_how_faults_are_undone(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    lab.hold([PULLED])
    async with open_desk(a_monitor(lab=UML), (80, 24), lab=lab) as desk:
        await desk.sees("LAB faults", "bondtui lab --undo all")
        assert "F faults" not in desk.text


@pytest.mark.parametrize("cells", [40, 60])
async def test_where_there_is_not_room_for_all_it_says_how_many_more(open_desk: OpenDesk, cells: int) -> None:
    lab = SmallLab()
    lab.hold([PULLED, LOSSY, *(PULLED._replace(fault=Fault(SILENT, f"eno{n}")) for n in range(3, 9))])
    async with open_desk(in_lab(), (cells, 20), lab=lab) as desk:
        await desk.sees("LAB", "eno1 pull", " more", "F faults")


# When it does not go well


async def test_a_refusal_is_said_and_written_down(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    async with open_desk(in_lab(), (100, 30), lab=lab) as desk:
        await opened(desk)
        lab.refuses = LabError("this kernel has no module sch_netem")
        await desk.press("l")
        await desk.sees("Answer     ✖ this kernel has no module sch_netem")
        assert "IN PLACE" not in desk.text
        assert log_of(desk)[-1] == ("eno1", "lab: not done: this kernel has no module sch_netem")
        lab.refuses = ZeroDivisionError("division by zero")
        await desk.press("l")
        await desk.sees("a mistake in bondtui: ZeroDivisionError: division by zero")
        lab.refuses = None
        await desk.press("l")
        await desk.until(lambda: "IN PLACE" in row(desk, "lose frames"))


async def test_a_lab_that_cannot_be_asked_is_said_to_be_silent_until_it_answers(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    lab.refuses = LabError("the lab has ended", 3)
    async with open_desk(in_lab(), (80, 24), lab=lab) as desk:
        await desk.sees("LAB silent: the lab has ended")
        await desk.press("F")
        await desk.sees("The lab is silent: the lab has ended.")
        lab.refuses = None
        await desk.sees("pull the cable")
        assert "silent:" not in desk.text


async def test_a_lab_that_hangs_holds_nobody_up(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    passed = 0.0
    monitor = a_monitor(a_pair(), lab=UML, interval=100.0)
    moment = monitor.at
    assert moment is not None

    def clock() -> Stamp:
        return Stamp(moment.mono + passed, moment.wall + passed)

    async with open_desk(monitor, (80, 24), lab=lab, clock=clock) as desk:
        await opened(desk)
        lab.go_on.clear()
        await desk.press("p")
        await desk.sees("the lab is asked to do it")
        passed = 7.0
        await desk.press("down")
        await desk.sees("it has not answered for 7 s")
        await desk.press("s")
        await desk.sees("the lab has not answered the last key yet")
        await desk.press("escape")
        await desk.sees("LAB silent: it has not answered for 7 s")
        lab.go_on.set()
        await desk.sees("LAB faults in place: eno1: cable pulled at p1")
        assert lab.done == [("put", Fault(PULL, "eno1"))]


# Sizes and signs


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (10, 4), (20, 8), (40, 12)])
async def test_nothing_breaks_in_a_tiny_terminal(open_desk: OpenDesk, size: tuple[int, int]) -> None:
    lab = SmallLab()
    lab.hold([PULLED, LOSSY])
    async with open_desk(in_lab(), size, lab=lab) as desk:
        await desk.until(lambda: lab.asked)
        for key in ("F", "down", "plus", "pagedown", "l", "end", "tab", "x"):
            await desk.press(key)
        screen: Screen[object] = desk.app.screen
        assert isinstance(screen, FaultsScreen)
        assert all(len(line) == size[0] for line in desk.lines)


async def test_in_ascii_all_of_it_is_ascii(open_desk: OpenDesk) -> None:
    lab = SmallLab()
    lab.hold([PULLED])
    async with open_desk(in_lab(), (80, 24), lab=lab, glyphs=ASCII) as desk:
        await desk.sees("! LAB faults in place")
        await opened(desk)
        await desk.sees("! IN PLACE")
        assert desk.text.isascii()
