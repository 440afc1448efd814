"""What a person does to a slave from the dashboard: ask, answer, keep, revert, and be refused."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor, Note
from bondtui.core.words import printable
from bondtui.model.action import Pending
from bondtui.model.bond import Bond
from bondtui.model.host import HostFacts, Route, Session
from bondtui.model.reading import SourceError
from bondtui.operation import CANCELLED, FAILED, REVERTED
from bondtui.ports import ActionError
from bondtui.ui.screens.dashboard import Dashboard
from bondtui.view.glyphs import ASCII
from tests.actions import a_plan
from tests.builders import HOSTILE_NAMES, a_bond, a_lost_slave, a_monitor, a_pair, a_situation, a_slave, a_stamp
from tests.machine import a_pending
from tests.ui.conftest import Desk, OpenDesk
from tests.ui.stand_in import StandIn

SSH = HostFacts(sessions=(Session("198.51.100.7", "192.0.2.10", "bond0", ("bond0",), mine=True),))
ROUTED = HostFacts(default_routes=(Route("default", "192.0.2.1", "bond0"),))
LONELY = a_bond(a_slave("eno1", 2, state="active"), a_lost_slave("eno2", 3))
TWO_BONDS = (a_pair(), a_bond(a_slave("ens1", 4), a_slave("ens2", 5), name="bond1", ifindex=11))


def over(*bonds: Bond, host: HostFacts | None = None) -> tuple[Monitor, StandIn]:
    monitor = a_monitor(*(bonds or (a_pair(),)))
    return monitor, StandIn(monitor, host or HostFacts())


def set_down(**rest: object) -> Pending:
    return a_pending(a_plan(a_situation(a_pair())), **{"who": "root", "seconds_left": 52.0, **rest})


async def ask(desk: Desk, key: str = "d", *words: str) -> None:
    """Press a key and wait for its dialog."""
    await desk.press(key)
    await desk.sees(*(words or ("Cancel",)))


async def is_back(desk: Desk) -> None:
    """Wait until the dialog is gone."""
    await desk.until(lambda: isinstance(desk.app.screen, Dashboard))


@pytest.mark.parametrize(
    ("keys", "done"),
    [
        (["d"], ("down", "eno1", "")),
        (["down", "d"], ("down", "eno2", "")),
        (["down", "a"], ("activate", "eno2", "")),
    ],
)
async def test_what_is_asked_for_is_done_to_the_highlighted_slave_after_y(
    open_desk: OpenDesk, keys: list[str], done: tuple[str, str, str]
) -> None:
    monitor, acting = over()
    async with open_desk(monitor, acting=acting) as desk:
        await desk.press(*keys[:-1])
        await ask(desk, keys[-1])
        assert acting.carried_out == []
        await desk.press("y")
        await desk.sees(acting.words)
        assert acting.carried_out == [done]
        assert isinstance(desk.app.screen, Dashboard)


async def test_a_slave_that_was_set_down_is_set_up_with_u(open_desk: OpenDesk) -> None:
    down = a_slave("eno1", 2, admin_up=False, carrier=False, mii="down")
    monitor, acting = over(a_bond(down, a_slave("eno2", 3), active_slave=3))
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk, "u", "Set eno1 up", "it is not undone by itself")
        await desk.press("y")
        await desk.until(lambda: acting.carried_out)
        assert acting.carried_out == [("up", "eno1", "")]


async def test_the_dialog_shows_command_undo_effect_outage_and_guards(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    async with open_desk(monitor, (80, 24), acting=acting) as desk:
        await ask(desk, "d", "Set eno1 down", "ip link set eno1 down")
        for words in ("ip link set eno1 up, by itself after 60 s", "eno2 takes over within about 100 ms"):
            assert words in desk.text
        for words in ("at most about 100 ms", "last-usable-slave", "y applies, n or Esc cancels"):
            assert words in desk.text


@pytest.mark.parametrize(
    ("host", "key"),
    [(host, key) for host in (HostFacts(), SSH) for key in ("enter", "escape", "ctrl+c")] + [(HostFacts(), "n")],
)
async def test_enter_at_the_start_and_every_no_cancel(open_desk: OpenDesk, host: HostFacts, key: str) -> None:
    monitor, acting = over(host=host)
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk)
        await desk.press(key)
        await is_back(desk)
        await ask(desk, "u", "eno1 is set up already")  # whatever was sent aside is done by now
        assert acting.carried_out == []


async def test_arrows_and_tab_move_between_cancel_and_apply(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk)
        assert "[▸Cancel ] [ Apply ]" in desk.text
        await desk.press("right")
        assert "[ Cancel ] [▸Apply ]" in desk.text
        await desk.press("left")
        assert "[▸Cancel ] [ Apply ]" in desk.text
        await desk.press("tab", "enter")
        await desk.sees(acting.words)
        assert acting.carried_out == [("down", "eno1", "")]


async def test_the_mouse_presses_the_buttons(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    async with open_desk(monitor, acting=acting) as desk:
        for button in ("Cancel", "Apply"):
            assert acting.carried_out == []
            await ask(desk)
            row = next(n for n, line in enumerate(desk.lines) if "Apply ]" in line)
            await desk.pilot.click(offset=(desk.lines[row].index(button), row))
            await is_back(desk)
        await desk.until(lambda: acting.carried_out == [("down", "eno1", "")])


async def test_where_a_guard_asks_the_bonds_name_is_typed(open_desk: OpenDesk) -> None:
    monitor, acting = over(host=SSH)
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk, "d", "Type bond0 to apply", "session-on-bond", "your own session from 198.51.100.7")
        assert "[▸Cancel ]" in desk.text
        await desk.press(*"bond0")
        assert "Type bond0 to apply: bond0" in desk.text
        assert acting.carried_out == []
        await desk.press("enter")
        await desk.sees(acting.words)
        assert acting.carried_out == [("down", "eno1", "bond0")]


async def test_letters_do_not_answer_where_a_name_is_asked_for(open_desk: OpenDesk) -> None:
    monitor, acting = over(host=SSH)
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk)
        await desk.press("y", "n")
        assert "to apply: yn" in desk.text
        assert acting.carried_out == []


async def test_a_wrong_name_is_said_and_applies_nothing(open_desk: OpenDesk) -> None:
    monitor, acting = over(host=SSH)
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk)
        await desk.press(*"bond", "enter")
        assert "that is not bond0" in desk.text
        await desk.press("1")
        assert "that is not bond0" not in desk.text
        await desk.press("enter")
        assert "that is not bond0" in desk.text
        await desk.press("tab", "tab", "enter")
        assert "that is not bond0" in desk.text
        assert acting.carried_out == []
        await desk.press("escape")
        await is_back(desk)
        assert acting.carried_out == []


async def test_apply_without_a_name_asks_for_it(open_desk: OpenDesk) -> None:
    monitor, acting = over(host=SSH)
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk)
        await desk.press("right", "enter")
        assert "type the name first" in desk.text
        assert acting.carried_out == []


async def test_a_pasted_name_is_as_good_as_a_typed_one(open_desk: OpenDesk) -> None:
    monitor, acting = over(host=SSH)
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk)
        desk.app.post_message(events.Paste("bond0\nreboot\n"))
        await desk.sees("to apply: bond0")
        assert acting.carried_out == []
        await desk.press("enter")
        await desk.sees(acting.words)


async def test_keys_that_come_in_one_go_stay_in_order(open_desk: OpenDesk) -> None:
    monitor, acting = over(host=SSH)
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk)
        for character in "bond0":
            desk.app.post_message(events.Key(character, character))
        desk.app.post_message(events.Key("enter", "\r"))
        await desk.sees(acting.words)


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if not name.isascii() or not name.isprintable()])
async def test_a_name_that_cannot_be_typed_is_typed_as_it_is_printed(open_desk: OpenDesk, name: str) -> None:
    monitor, acting = over(a_pair(name=name), host=SSH)
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk, "d", f"Type {printable(name)} to")
        desk.app.post_message(events.Paste(printable(name)))
        await desk.until(lambda: desk.app.screen.query_one(Input).value == printable(name))
        await desk.press("enter")
        await desk.sees(acting.words)
        assert acting.carried_out == [("down", "eno1", name)]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_hostile_names_are_shown_and_never_interpreted(open_desk: OpenDesk, name: str) -> None:
    bond = a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3), name=name)
    monitor, acting = over(bond, host=SSH)
    acting.result, acting.words = FAILED, f"Not done: {name} is gone"
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk, "d", f"Set {printable(name)} down")
        assert all(each.isprintable() for each in desk.text.replace("\n", ""))
        desk.app.post_message(events.Paste(printable(name)))
        await desk.until(lambda: desk.app.screen.query_one(Input).value)
        await desk.press("enter")
        await desk.sees(f"Not done: {printable(name)} is gone.")


async def test_what_is_refused_cannot_be_applied(open_desk: OpenDesk) -> None:
    monitor, acting = over(LONELY, host=SSH)
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk, "d", "Refused: set eno1 down", "no other slave of bond0 is usable", "[▸Close ]")
        assert "Apply" not in desk.text
        await desk.press("y", *"bond0", "tab", "enter")
        await is_back(desk)
        assert acting.carried_out == []


async def test_where_there_is_nothing_to_do_that_is_said(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk, "a", "Nothing to do", "eno1 is the active slave already")
        assert "Apply" not in desk.text
        await desk.press("y", "escape")
        await is_back(desk)
        assert acting.carried_out == []


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (CANCELLED, "Cancelled, nothing was done, things have changed: eno2 has no carrier now."),
        (FAILED, "Not done: Operation not permitted (EPERM)."),
        (REVERTED, "bond0 was left without a usable slave. 'down' of eno1 in bond0 is taken back."),
    ],
)
async def test_what_was_not_done_after_all_must_be_read_and_closed(
    open_desk: OpenDesk, result: str, words: str
) -> None:
    monitor, acting = over()
    acting.result, acting.words = result, words
    async with open_desk(monitor, (160, 45), acting=acting) as desk:
        await ask(desk)
        await desk.press("y")
        await desk.sees(f"{result.capitalize()}: set eno1 down", "[▸Close ]")
        assert words[:60] in desk.text
        await desk.press("enter")
        await is_back(desk)


async def test_a_plan_that_cannot_be_made_says_why(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.fails = SourceError("eno1 is no longer in bond0")
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk, "d", "Not done", "eno1 is no longer in bond0.")


async def test_a_mistake_of_ours_is_shown_and_the_screen_lives_on(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.fails = ZeroDivisionError("division by zero")
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk, "d", "A mistake in bondtui", "ZeroDivisionError: division by zero")
        await desk.press("enter")
        acting.fails = None
        await ask(desk, "d", "Set eno1 down")


async def test_what_takes_long_is_said_and_a_second_one_has_to_wait(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.go_on.clear()
    async with open_desk(monitor, acting=acting) as desk:
        await desk.press("d")
        await desk.sees("planning ...")
        await desk.press("u")
        await desk.sees("an action is still under way; wait for it")
        acting.go_on.set()
        await desk.sees("Set eno1 down")
        acting.go_on.clear()
        await desk.press("y")
        await desk.sees("applying: ip link set eno1 down ...")
        await desk.press("d")
        await desk.sees("still under way")
        acting.go_on.set()
        await desk.sees(acting.words)
        assert len(acting.carried_out) == 1


async def test_leaving_while_it_is_carried_out_waits_for_nothing_and_says_so(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk)
        acting.go_on.clear()
        await desk.press("y")
        await desk.until(lambda: acting.carried_out)
        await desk.press("q")
    assert not acting.go_on.is_set()
    assert desk.app.parting_words == (
        "'ip link set eno1 down' was not finished; 'bondtui pending' tells what became of it"
    )
    acting.go_on.set()


@pytest.mark.parametrize("key", ["d", "u", "a"])
@pytest.mark.parametrize("why", ["--read-only", "needs CAP_NET_ADMIN: start it with sudo"])
async def test_actions_that_are_impossible_are_grey_and_say_why(open_desk: OpenDesk, key: str, why: str) -> None:
    monitor, acting = over()
    async with open_desk(monitor, acting=acting, can_act=False, cannot_act=why) as desk:
        assert " d down  u up  a activate " in desk.lines[-1]
        assert "read-only" in desk.lines[0]
        await desk.press(key)
        assert f"is not possible: {why}" in desk.lines[-2]
        assert isinstance(desk.app.screen, Dashboard)
        await desk.pilot.click(offset=(2, len(desk.lines) - 1))
        await desk.pilot.pause()
        assert f"down is not possible: {why}" in desk.lines[-2]
        assert acting.carried_out == []


async def test_without_a_slave_there_is_nothing_to_act_on(open_desk: OpenDesk) -> None:
    monitor, acting = over(a_bond())
    async with open_desk(monitor, acting=acting) as desk:
        await desk.press("d")
        assert "down is not possible: there is no slave here" in desk.text


async def test_a_dashboard_without_actions_is_read_only(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_pair())) as desk:
        await desk.press("d")
        assert "down is not possible: this is read-only" in desk.text


async def test_a_change_that_was_made_is_announced_with_its_countdown(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    async with open_desk(monitor, (80, 24), acting=acting) as desk:
        await ask(desk)
        await desk.press("y")
        await desk.sees("set down by you: reverts in 52 s")
        assert desk.lines[1].startswith(" ▲ eno1 in bond0 set down by you: reverts in 52 s   k keep   r revert")
        assert "k keep  r revert" in desk.lines[-1]
        assert desk.app.parting_words == "eno1 in bond0 is set up again in 52 s unless 'bondtui keep' says otherwise"


@pytest.mark.parametrize(("key", "how"), [("k", "kept"), ("r", "taken back")])
async def test_a_pending_change_is_kept_or_reverted_with_one_key(open_desk: OpenDesk, key: str, how: str) -> None:
    monitor, acting = over()
    acting.waiting = set_down()
    async with open_desk(monitor, acting=acting) as desk:
        await desk.sees("set down by root: reverts in 52 s")
        await desk.press(key)
        await desk.sees(f"'down' of eno1 in bond0 is {how}")
        assert acting.settled == [how]
        await desk.until(lambda: "reverts in" not in desk.text)
        assert "k keep" not in desk.lines[-1]
        assert desk.app.parting_words == ""


@pytest.mark.parametrize(("word", "how"), [("k keep", "kept"), ("r revert", "taken back")])
async def test_the_banner_answers_the_mouse(open_desk: OpenDesk, word: str, how: str) -> None:
    monitor, acting = over()
    acting.waiting = set_down()
    async with open_desk(monitor, acting=acting) as desk:
        await desk.sees("reverts in 52 s")
        await desk.pilot.click(offset=(desk.lines[1].index(word), 1))
        await desk.until(lambda: acting.settled == [how])


async def test_keep_and_revert_do_nothing_while_nothing_is_pending(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    async with open_desk(monitor, acting=acting) as desk:
        await desk.press("k", "r")
        await ask(desk, "d")
        assert acting.settled == []


async def test_what_somebody_else_has_settled_meanwhile_is_said(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.waiting = set_down()
    async with open_desk(monitor, acting=acting) as desk:
        await desk.sees("reverts in 52 s")
        acting.waiting = None
        await desk.press("k")
        await desk.sees("no change is pending")
        await desk.until(lambda: "reverts in" not in desk.text)


async def test_a_revert_that_fails_must_be_read_and_closed(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.waiting = set_down()
    acting.fails = ActionError("the dead-man's switch does not answer")
    async with open_desk(monitor, acting=acting) as desk:
        await desk.sees("reverts in 52 s")
        await desk.press("r")
        await desk.sees("Not reverted", "the dead-man's switch does not answer.", "[▸Close ]")


async def test_the_countdown_runs_without_news(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.waiting = set_down()
    passed = [0.0]
    async with open_desk(monitor, acting=acting, clock=lambda: a_stamp(100.0 + passed[0])) as desk:
        await desk.sees("reverts in 52 s")
        acting.waiting = set_down(seconds_left=51.0)
        passed[0] = 1.0
        await desk.sees("reverts in 51 s")
        acting.waiting = set_down(seconds_left=9.0)
        passed[0] = 43.0
        await desk.sees("reverts in 9 s")


async def test_a_change_from_another_terminal_is_shown_and_goes_away(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    async with open_desk(monitor, acting=acting) as desk:
        acting.waiting = set_down(who="ann from 198.51.100.9")
        await desk.sees("set down by ann from 198.51.100.9: reverts in 52 s")
        acting.waiting = None
        await desk.until(lambda: "reverts" not in desk.text)


async def test_a_killed_switch_is_the_worst_news(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.waiting = set_down(alive=False)
    async with open_desk(monitor, acting=acting) as desk:
        await desk.sees("✖ eno1 in bond0 set down by root: its dead-man's switch was killed")
        assert "r revert" in desk.text
        await desk.press("r")
        await desk.until(lambda: acting.settled == ["taken back"])


async def test_a_pending_change_refuses_the_next_one(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.waiting = set_down()
    async with open_desk(monitor, acting=acting) as desk:
        await ask(desk, "d", "Refused: set eno1 down", "'down' of eno1 in bond0 is pending")


async def test_a_reader_of_a_pending_change_is_told_how_to_settle_it(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.waiting = set_down()
    async with open_desk(monitor, acting=acting, can_act=False, cannot_act="--read-only") as desk:
        await desk.sees("reverts in 52 s", "'bondtui keep' or 'revert' settles it")
        await desk.press("k")
        assert "keep is not possible: --read-only" in desk.text
        assert acting.settled == []


async def test_a_pending_change_that_was_known_before_is_there_from_the_first_frame(open_desk: OpenDesk) -> None:
    monitor = a_monitor(a_pair())
    async with open_desk(monitor, pending=set_down(), pending_at=a_stamp(100.0)) as desk:
        assert "reverts in 52 s" in desk.lines[1]


async def test_a_frozen_picture_still_counts_down(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    acting.waiting = set_down()
    passed = [0.0]
    async with open_desk(monitor, acting=acting, clock=lambda: a_stamp(100.0 + passed[0])) as desk:
        await desk.sees("reverts in 52 s")
        await desk.press("space")
        acting.waiting = set_down(seconds_left=50.0)
        passed[0] = 2.0
        await desk.sees("FROZEN", "reverts in 50 s")


async def test_a_result_stays_for_a_while_and_goes_by_itself(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    passed = [0.0]
    async with open_desk(monitor, acting=acting, clock=lambda: a_stamp(100.0 + passed[0])) as desk:
        await ask(desk)
        await desk.press("y")
        await desk.sees(acting.words)
        passed[0] = 60.0
        await desk.show(monitor)
        assert acting.words not in desk.text


async def test_that_pending_cannot_be_told_is_said(open_desk: OpenDesk) -> None:
    class Blind(StandIn):
        def pending(self) -> Pending | None:
            raise ActionError("/run/bondtui: Permission denied")

    monitor = a_monitor(a_pair())
    async with open_desk(monitor, acting=Blind(monitor)) as desk:
        await desk.sees("cannot tell whether a change is pending: /run/bondtui: Permission denied")


async def test_an_action_is_written_into_the_log(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_pair())) as desk:
        desk.still.note(Note(a_stamp(101.0), "action", "eno1", "set down: active eno1 -> eno2 after 94 ms", 10, 2))
        await desk.sees("eno1  set down: active eno1 -> eno2 after 94 ms")


async def test_the_dashboard_goes_on_under_an_open_dialog(open_desk: OpenDesk) -> None:
    monitor, acting = over()
    async with open_desk(monitor, (160, 45), acting=acting) as desk:
        await ask(desk)
        assert "1 bond" in desk.lines[0]
        await desk.show(fold.took(monitor, a_monitor(*TWO_BONDS).reading or pytest.fail("no reading")))
        assert "2 bonds" in desk.lines[0]
        assert "Set eno1 down" in desk.text


@pytest.mark.parametrize("host", [HostFacts(), ROUTED, SSH], ids=["ok", "routed", "session"])
@pytest.mark.parametrize("size", [(80, 24), (40, 12), (160, 45), (100, 30), (50, 16), (40, 8)])
async def test_title_and_answers_of_a_dialog_are_always_in_sight(
    open_desk: OpenDesk, size: tuple[int, int], host: HostFacts
) -> None:
    monitor = a_monitor(a_pair(), simulated=True)
    acting = StandIn(monitor, host)
    async with open_desk(monitor, size, acting=acting) as desk:
        await ask(desk, "d", "Set eno1 down", "[▸Cancel ] [ Apply ]")
        assert "SIMULATED" in desk.line_with("Set eno1 down")
        assert [len(line) for line in desk.lines] == [size[0]] * size[1]
        asked = [each.guard for each in desk.app.screen.plan.guards if each.result == "ask"]  # type: ignore[attr-defined]
        for guard in asked:
            assert guard in desk.text
        if asked:
            assert "Type bond0 to apply:" in desk.text
            await desk.press(*"bond0", "enter")
        else:
            await desk.press("y")
        await desk.until(lambda: acting.carried_out)


async def test_a_long_dialog_scrolls(open_desk: OpenDesk) -> None:
    monitor, acting = over(host=SSH)
    async with open_desk(monitor, (40, 12), acting=acting) as desk:
        await ask(desk)
        assert "down: more below" in desk.text
        assert "address-on-slave" not in desk.text
        await desk.press("pagedown", "pagedown", "pagedown")
        assert "address-on-slave" in desk.text
        await desk.press("pageup", "pageup", "pageup")
        assert "session-on-bond" in desk.text


async def test_a_dialog_follows_the_window(open_desk: OpenDesk) -> None:
    monitor, acting = over(host=SSH)
    async with open_desk(monitor, (160, 45), acting=acting) as desk:
        await ask(desk)
        await desk.press(*"bon")
        for size in ((40, 12), (80, 24), (160, 45)):
            await desk.pilot.resize_terminal(*size)
            await desk.pilot.pause()
            assert "to apply: bon" in desk.text
            assert "Apply ]" in desk.text


async def test_an_ascii_locale_gets_ascii_dialogs(open_desk: OpenDesk) -> None:
    for bond in (a_pair(), LONELY):
        monitor, acting = over(bond, host=SSH)
        for size in ((80, 24), (40, 12)):
            async with open_desk(monitor, size, acting=acting, glyphs=ASCII) as desk:
                await ask(desk, "d", "set eno1 down" if bond is LONELY else "Set eno1 down")
                assert desk.text.isascii()


async def test_help_and_palette_offer_the_actions_and_say_why_not(open_desk: OpenDesk) -> None:
    for why in ("", "--read-only"):
        monitor, acting = over()
        async with open_desk(monitor, (120, 90), acting=acting, can_act=not why, cannot_act=why) as desk:
            await desk.press("question_mark")
            suffix = f" (not possible: {why})" if why else ""
            for words in ("Set the highlighted slave down", "Set the highlighted slave up"):
                assert f"{words}{suffix}" in desk.text
            for words in ("Make the highlighted slave active", "dead-man's switch", "last-usable-slave"):
                assert words in desk.text
            await desk.press("escape")
            await desk.press("ctrl+p", *"highlighted slave down")
            await desk.app.workers.wait_for_complete()
            await desk.press("enter")
            await desk.sees(f"down is not possible: {why}" if why else "Set eno1 down")


async def test_a_click_on_quit_in_the_footer_leaves(open_desk: OpenDesk) -> None:
    async with open_desk(a_monitor(a_pair())) as desk:
        await desk.pilot.click(offset=(desk.lines[-1].index("q quit"), len(desk.lines) - 1))
        await desk.pilot.pause()
    assert desk.app.return_code == 0


async def test_every_key_that_wants_to_be_in_the_footer_is_there(open_desk: OpenDesk) -> None:
    monitor, acting = over(*TWO_BONDS)
    acting.waiting = set_down()
    async with open_desk(monitor, (160, 45), acting=acting) as desk:
        await desk.sees("reverts in")
        dashboard = desk.app.screen
        assert isinstance(dashboard, Dashboard)
        offered = [each.binding.description for each in dashboard.offers if each.binding.show]
        assert len(offered) > 10
        assert [word for word in offered if f" {word} " not in f"{desk.lines[-1]} "] == []
