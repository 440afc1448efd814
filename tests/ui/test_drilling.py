"""What a person does to rehearse a failover: fill in, read the pre-flight, agree, watch, stop, and read the verdict."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual import events

from bondtui.core.monitor import Monitor
from bondtui.model.bond import Bond
from bondtui.model.drill import (
    ADMIN_DOWN,
    CABLE,
    FAILOVER,
    HOLDING,
    INTERRUPTED,
    SWITCH_ACTIVE,
    Wish,
)
from bondtui.model.probe import Target
from bondtui.model.reading import SourceError
from bondtui.ports import ProbeError
from bondtui.ui.drilling import Drills
from bondtui.ui.screens.dashboard import Dashboard
from bondtui.ui.screens.drill import DrillScreen
from bondtui.view.glyphs import ASCII
from tests.builders import HOSTILE_NAMES, a_bond, a_monitor, a_pair, a_slave
from tests.rehearsed import (
    ASKED,
    NO_GO,
    REPORT,
    Rehearsed,
    a_drill,
    a_preflight,
    a_round,
    a_trail,
    an_anatomy,
    an_outage,
)
from tests.ui.conftest import Desk, OpenDesk
from tests.ui.stand_in import StandIn

Opened = Callable[..., Any]


@pytest.fixture
def open_drill(open_desk: OpenDesk) -> Opened:
    """A dashboard with rehearsals that do what the test says; the drill is open unless ``keys`` say otherwise."""

    @asynccontextmanager
    async def opened(
        rehearsal: Rehearsed,
        *bonds: Bond,
        keys: tuple[str, ...] = ("D",),
        size: tuple[int, int] = (100, 30),
        drills: Drills | None = None,
        **look: Any,
    ) -> AsyncIterator[Desk]:
        monitor = look.pop("monitor", None) or a_monitor(*(bonds or (a_pair(),)))
        async with open_desk(monitor, size, acting=StandIn(monitor), drills=drills or rehearsal.drills, **look) as desk:
            await desk.press(*keys)
            try:
                yield desk
            finally:
                rehearsal.checked.set()
                rehearsal.over.set()

    return opened


async def check(desk: Desk, *words: str) -> None:
    """From the form to the list of checks."""
    await desk.press("enter")
    await desk.sees(*(words or ("Pre-flight: ●",)))


async def start(desk: Desk, rehearsal: Rehearsed) -> None:
    """From the form to a drill that is under way."""
    await check(desk)
    await desk.press("enter")
    await desk.sees("y starts")
    await desk.press("y")
    await desk.until(lambda: rehearsal.typed)
    await desk.sees("Drill: ")


def told_to_end(desk: Desk, number: int) -> None:
    """By a signal; the last resort would end the tests as well."""
    desk.app._leave_anyway = lambda _: None
    os.kill(os.getpid(), number)


def ended(desk: Desk) -> int | None:
    return desk.app.return_value


def stage(desk: Desk) -> str:
    return desk.app.screen._stage if isinstance(desk.app.screen, DrillScreen) else ""


async def is_back(desk: Desk) -> None:
    await desk.until(lambda: isinstance(desk.app.screen, Dashboard))


def underway(rehearsal: Rehearsed, desk: Desk, **rest: Any) -> None:
    """Three seconds after the fault of the first slave."""
    now = desk.app._clock().mono
    trail = a_trail(now - 9.0, now, (now - 3.0, now - 2.88))
    preflight = rehearsal.found
    known: dict[str, Any] = {
        "step": HOLDING,
        "words": "all probes must be answered for 3 s",
        "at": now - 1.0,
        "preflight": preflight,
        "round": 1,
        "rounds": 1,
        "slave": 2,
        "origin": now - 3.0,
        "anatomy": an_anatomy(now - 3.0),
        "outages": (an_outage(trail, now - 3.5, now),),
        "trails": (trail,),
        "revert_at": now + 51.5,
    }
    rehearsal.shows(**{**known, **rest})


# The way through


async def test_enter_enter_and_y_start_a_drill_of_the_highlighted_slave(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal, keys=("down", "D")) as desk:
        await start(desk, rehearsal)
        assert rehearsal.wishes == [Wish(10, (3,), ADMIN_DOWN, (), None, 1, 3.0, None)]
        assert rehearsal.typed == [""]


async def test_nothing_is_begun_before_somebody_agrees(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        assert rehearsal.wishes == []
        await check(desk)
        assert rehearsal.typed == []
        await desk.press("enter")
        await desk.sees("[▸Cancel ]", "Start ]")
        await desk.press("enter")
        await desk.sees("Pre-flight: ●")
        assert rehearsal.typed == []


@pytest.mark.parametrize("key", ["n", "escape", "ctrl+c"])
async def test_every_no_leads_back_to_the_checks(open_drill: Opened, key: str) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await check(desk)
        await desk.press("enter")
        await desk.sees("y starts")
        await desk.press(key)
        await desk.until(lambda: isinstance(desk.app.screen, DrillScreen))
        assert "Pre-flight: ●" in desk.text
        assert rehearsal.typed == []


async def test_where_a_check_asks_the_bonds_name_is_typed(open_drill: Opened) -> None:
    rehearsal = Rehearsed(a_preflight(None, ASKED))
    async with open_drill(rehearsal) as desk:
        await check(desk, "Pre-flight: ▲ GO, if you type", "your own session")
        await desk.press("enter")
        await desk.sees("Type bond0 to start")
        await desk.press("y", "enter")
        await desk.sees("that is not bond0")
        assert rehearsal.typed == []
        await desk.press("backspace", *"bond0", "enter")
        await desk.until(lambda: rehearsal.typed)
        assert rehearsal.typed == ["bond0"]


async def test_a_no_go_offers_nothing_but_the_way_back(open_drill: Opened) -> None:
    rehearsal = Rehearsed(a_preflight(None, NO_GO))
    async with open_drill(rehearsal) as desk:
        await check(desk, "Pre-flight: ✖ NO-GO", "7 of 100 probes were lost")
        assert desk.lines[-1].strip() == "Enter back"
        await desk.press("y", "r", "D")
        assert "NO-GO" in desk.text
        await desk.press("enter")
        await desk.sees("Failover drill of bond0")
        assert rehearsal.typed == []


async def test_the_verdict_leads_back_to_the_dashboard(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await start(desk, rehearsal)
        rehearsal.over.set()
        await desk.sees("● PASS", "120 ms (109-131)", REPORT)
        await desk.press("enter")
        await is_back(desk)


async def test_the_same_drill_again_asks_again(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await desk.press("down", "down", "down", "down", "4")
        await start(desk, rehearsal)
        rehearsal.over.set()
        await desk.sees("● PASS")
        await desk.press("D")
        await desk.sees("Pre-flight: ●")
        assert [wish.rounds for wish in rehearsal.wishes] == [4, 4]
        assert rehearsal.typed == [""]


# The form


async def test_fields_are_filled_in_with_keys(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await desk.press("left", "down", "right", "tab", *"192.0.2.9")
        await desk.press("down", *"250", "down", "1", "2", "backspace", "up", "down", "down", "right")
        await check(desk)
        target = Target("192.0.2.9")
        assert rehearsal.wishes == [Wish(10, (2, 3), SWITCH_ACTIVE, (target,), None, 1, 4.0, 250.0)]


async def test_letters_are_text_in_the_target_and_keys_elsewhere(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await desk.press("down", "down", *"fe80::1%qDy?")
        await desk.sees("fe80::1%qDy?")
        await desk.press("down", "x", "q")
        await is_back(desk)
        assert rehearsal.wishes == []


async def test_a_target_can_be_pasted(open_drill: Opened) -> None:
    async with open_drill(Rehearsed()) as desk:
        await desk.press("down", "down")
        desk.app.post_message(events.Paste("2001:db8::7\nreboot\n"))
        await desk.sees("2001:db8::7")
        assert "reboot" not in desk.text


async def test_a_mistake_is_said_at_its_field_and_nothing_is_begun(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await desk.press("up", "9", "9", "9", "up", "enter")
        await desk.sees("✖ a number of seconds from 0.5 to 600")
        assert rehearsal.wishes == []
        await desk.press("5")
        assert "✖" not in desk.text
        await check(desk)
        assert rehearsal.wishes[0].hold_s == 5.0


async def test_who_could_answer_is_shown_with_the_reason_and_can_be_chosen(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await desk.sees("192.0.2.1", "gateway of the default route")
        await desk.press("down", "down", "right")
        assert "192.0.2.7" in desk.line_with("Target")
        await check(desk)
        assert rehearsal.wishes[0].targets == (Target("192.0.2.7"),)


async def test_without_a_target_one_is_asked_for_and_it_is_said_why(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    rehearsal.candidates = ProbeError("no route leaves through bond0 and it has no neighbour")
    async with open_drill(rehearsal, size=(120, 30)) as desk:
        await desk.sees("no route leaves through bond0")
        await desk.press("enter")
        await desk.sees("✖ no route leaves through bond0 and it has no neighbour; type an address")
        assert rehearsal.wishes == []
        await desk.press(*"192.0.2.9")
        await check(desk)


async def test_the_mouse_chooses_fields_and_presses_keys(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        row = next(n for n, line in enumerate(desk.lines) if "Fault" in line)
        await desk.pilot.click(offset=(5, row))
        assert "▸ Fault" in desk.text
        await desk.pilot.click(offset=(5, row))
        assert "switch-active" in desk.text
        await desk.pilot.click(offset=(desk.lines[-1].index("Enter") + 1, len(desk.lines) - 1))
        await desk.sees("Pre-flight: ●")
        await desk.pilot.click(offset=(desk.lines[-1].index("Esc"), len(desk.lines) - 1))
        await desk.sees("Failover drill of bond0")


# The pre-flight


async def test_a_pre_flight_tells_how_far_it_is_and_can_be_cancelled(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    rehearsal.checked.clear()
    async with open_drill(rehearsal) as desk:
        await desk.press("enter")
        rehearsal.shows(words="probing 192.0.2.1 before any fault")
        await desk.sees("probing 192.0.2.1 before any fault")
        await desk.press("escape")
        await desk.sees("Failover drill of bond0")
        assert rehearsal.stops == ["cancelled"]
        rehearsal.checked.set()
        await desk.press("down", "up")
        assert "Failover drill of bond0" in desk.text


async def test_what_cannot_be_checked_is_said(open_drill: Opened) -> None:
    rehearsal = Rehearsed(SourceError("the bond is gone"))
    async with open_drill(rehearsal) as desk:
        await check(desk, "No drill", "the bond is gone.")
        await desk.press("escape")
        await desk.sees("Failover drill of bond0")


async def test_a_mistake_of_ours_is_no_riddle(open_drill: Opened) -> None:
    rehearsal = Rehearsed(drill=ValueError("what is this"))
    async with open_drill(rehearsal) as desk:
        await start(desk, rehearsal)
        rehearsal.over.set()
        await desk.sees("The drill has failed", "a mistake in bondtui: ValueError: what is this", "dead-man's switch")


# Live


async def test_it_is_shown_while_it_runs(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await start(desk, rehearsal)
        underway(rehearsal, desk)
        await desk.sees("MII down", "active eno1 -> eno2", "auto-revert in 52 s", "▪▪▪", "▴fault", "outage 120 ms")


async def test_r_stops_at_once_and_the_verdict_is_shown(open_drill: Opened) -> None:
    rehearsal = Rehearsed(
        drill=a_drill(None, a_round(trouble="stopped by a person"), verdict=INTERRUPTED, reason="stopped")
    )
    rehearsal.on_stop = rehearsal.over.set
    async with open_drill(rehearsal) as desk:
        await start(desk, rehearsal)
        await desk.press("r", "r")
        assert rehearsal.stops == ["stopped by a person"]
        await desk.sees("▲ INTERRUPTED", "stopped.")


@pytest.mark.parametrize("key", ["escape", "q", "ctrl+c"])
async def test_leaving_a_drill_asks_first(open_drill: Opened, key: str) -> None:
    rehearsal = Rehearsed()
    rehearsal.on_stop = rehearsal.over.set
    async with open_drill(rehearsal) as desk:
        await start(desk, rehearsal)
        await desk.press(key)
        await desk.sees("Stop the drill and revert at once?")
        await desk.press("n")
        assert "Stop the drill and revert at once?" not in desk.text
        assert rehearsal.stops == []
        await desk.press("y")
        assert rehearsal.stops == []
        await desk.press(key, "y")
        assert rehearsal.stops == ["stopped by a person"]


async def test_no_key_of_the_dashboard_works_while_a_drill_runs(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await start(desk, rehearsal)
        await desk.press("d", "u", "a", "k", "enter", "D", "question_mark", "ctrl+p", "space", "p")
        assert isinstance(desk.app.screen, DrillScreen)
        assert "Drill: " in desk.text
        assert rehearsal.stops == []


async def test_the_person_at_the_cable_is_told_what_to_do(open_drill: Opened) -> None:
    rehearsal = Rehearsed(a_preflight(fault=CABLE))
    async with open_drill(rehearsal) as desk:
        await start(desk, rehearsal)
        rehearsal.shows(step=FAILOVER, words="pull the cable of eno1 now", slave=2, round=1)
        await desk.sees("pull the cable of eno1 now")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_told_to_end_it_stops_the_drill_and_waits_until_it_is_reverted(open_drill: Opened, number: int) -> None:
    rehearsal = Rehearsed(drill=a_drill(verdict=INTERRUPTED, reason="bondtui was told to end"))
    async with open_drill(rehearsal) as desk:
        await start(desk, rehearsal)
        told_to_end(desk, number)
        await desk.until(lambda: rehearsal.stops)
        assert rehearsal.stops == ["bondtui was told to end"]
        assert ended(desk) is None
        rehearsal.over.set()
        await desk.until(lambda: ended(desk) is not None)
        assert ended(desk) == 128 + number
        words = f"the drill of bond0 was interrupted: bondtui was told to end; report: {REPORT}"
        assert desk.app.parting_words == words


async def test_who_leaves_before_it_is_reverted_is_told_where_to_look(
    open_drill: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bondtui.ui.app.DRILL_ENDS_SECONDS", 0.05)
    rehearsal = Rehearsed()
    async with open_drill(rehearsal) as desk:
        await start(desk, rehearsal)
        told_to_end(desk, signal.SIGTERM)
        await desk.until(lambda: ended(desk) is not None)
        assert "'bondtui pending'" in desk.app.parting_words


# Who may


async def test_without_privilege_the_key_says_why(open_drill: Opened) -> None:
    why = "needs CAP_NET_ADMIN: start it with sudo"
    async with open_drill(Rehearsed(), can_act=False, cannot_act=why) as desk:
        assert isinstance(desk.app.screen, Dashboard)
        assert f"drill is not possible: {why}" in desk.text


async def test_without_a_slave_the_key_says_why(open_drill: Opened) -> None:
    async with open_drill(Rehearsed(), a_bond()) as desk:
        assert "drill is not possible: there is no slave here" in desk.text


async def test_the_footer_offers_it(open_drill: Opened) -> None:
    async with open_drill(Rehearsed(), keys=(), size=(80, 24)) as desk:
        assert "D drill" in desk.lines[-1]


# Every screen


@pytest.mark.parametrize("size", [(40, 10), (20, 4), (200, 60)])
async def test_no_size_is_too_small_or_too_large(open_drill: Opened, size: tuple[int, int]) -> None:
    rehearsal = Rehearsed()
    async with open_drill(rehearsal, size=size) as desk:
        await desk.press("down", "enter")
        await desk.until(lambda: stage(desk) == "checked")
        await desk.press("enter", "y")
        await desk.until(lambda: rehearsal.typed)
        underway(rehearsal, desk)
        await desk.press("escape", "n", "pagedown", "up")
        rehearsal.over.set()
        await desk.until(lambda: stage(desk) == "result")
        await desk.press("pagedown", "escape")
        await is_back(desk)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_hostile_name_is_drawn_and_nothing_else(open_drill: Opened, name: str) -> None:
    bond = a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3), name=name)
    rehearsal = Rehearsed(a_preflight(bond))
    async with open_drill(rehearsal, bond, glyphs=ASCII) as desk:
        await desk.press("enter")
        await desk.until(lambda: stage(desk) == "checked")
        await desk.press("enter", "y")
        await desk.until(lambda: rehearsal.typed)
        underway(rehearsal, desk)
        await desk.sees("fault issued")
        assert "\x1b" not in desk.text
        assert "\x01" not in desk.text


async def test_a_simulated_drill_says_so_everywhere(open_drill: Opened) -> None:
    rehearsal = Rehearsed()
    monitor: Monitor = a_monitor(a_pair(), simulated=True)
    async with open_drill(rehearsal, monitor=monitor) as desk:
        assert "SIMULATED" in desk.text
        await check(desk)
        assert "SIMULATED" in desk.text
        await desk.press("enter")
        await desk.sees("y starts")
        assert "SIMULATED" in desk.text
        await desk.press("y")
        await desk.until(lambda: rehearsal.typed)
        assert "SIMULATED" in desk.text
        rehearsal.over.set()
        await desk.sees("● PASS", "SIMULATED")
