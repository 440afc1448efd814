"""Guarded actions on the simulated driver: what is done, held, taken back and kept, in virtual time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from bondtui.model.action import ACTIVATE, DOWN, UP, Plan
from bondtui.model.bond import ACTIVE_BACKUP, BALANCE_RR, BALANCE_XOR, LACP
from bondtui.ports import ActionError, Hands, NothingPending
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import LACP_OPTIONS, OPTIONS, plain_bond
from bondtui.system.simulated_hands import SimulatedHands
from bondtui.system.simulation import SimulatedSource
from tests.virtual import BOOT, VirtualMachine


def machine(mode: int = ACTIVE_BACKUP, slaves: int = 2) -> VirtualMachine:
    """A bond of slaves that have carrier as soon as their cable is in, and nothing that happens by itself."""
    return VirtualMachine(Driver([plain_bond((LACP_OPTIONS if mode == LACP else OPTIONS)._replace(mode=mode), slaves)]))


def done(virtual: VirtualMachine, kind: str, slave: str, revert_after: float = 60.0) -> Plan:
    """Arm and apply, without the guards."""
    plan = virtual.operation.plan(virtual.wish(kind, slave, revert_after))
    if plan.undo is not None:
        virtual.hands.arm(plan)
    virtual.hands.apply(plan)
    return plan


def steps(virtual: VirtualMachine) -> list[object]:
    return [each["what"] for each in virtual.hands.written]


def is_up(virtual: VirtualMachine, slave: str) -> bool:
    return virtual.slave(slave).link.admin_up is True


def active(virtual: VirtualMachine) -> str:
    now = virtual.bond.active
    return now.name if now else ""


def test_they_are_hands_that_nothing_hinders() -> None:
    hands: Hands = machine().hands
    assert hands.obstacle() == ""


def test_their_clocks_are_those_of_the_events() -> None:
    virtual = machine()
    virtual.hands.pause(2.5)
    assert virtual.hands.now() == pytest.approx((BOOT + 2.5, virtual.wall))
    done(virtual, DOWN, "eno1")
    heard = virtual.source.listen(1.0)
    assert heard[0].at == virtual.hands.now()


def test_looking_takes_no_messages_from_who_listens() -> None:
    virtual = machine()
    done(virtual, DOWN, "eno1")
    virtual.let_pass(1.0)
    reading = virtual.hands.look()
    assert reading.at.mono == virtual.clock
    assert [each.link.slave.mii_status for each in virtual.source.listen(0.0) if each.link and each.link.slave][:2] == [
        "up",
        "down",
    ]


@pytest.mark.parametrize("mode", [BALANCE_RR, ACTIVE_BACKUP, BALANCE_XOR, LACP])
def test_a_slave_is_set_down_and_up(mode: int) -> None:
    virtual = machine(mode)
    done(virtual, DOWN, "eno1")
    virtual.let_pass(1.0)
    assert not is_up(virtual, "eno1")
    assert virtual.slave("eno1").state.mii_status == "down"
    assert virtual.slave("eno2").usable
    virtual.hands.keep()
    done(virtual, UP, "eno1")
    virtual.let_pass(8.0)
    assert virtual.slave("eno1").usable


def test_another_slave_is_made_the_active_one() -> None:
    virtual = machine()
    done(virtual, ACTIVATE, "eno2")
    assert active(virtual) == "eno2"


def test_what_the_driver_refuses_is_said_in_the_words_for_the_kernels_answer() -> None:
    virtual = machine()
    plan = virtual.operation.plan(virtual.wish(ACTIVATE, "eno2"))
    virtual.hands.arm(plan)
    virtual.driver.cut("eno2")
    with pytest.raises(ActionError, match=r"the driver takes no such value.*\(EINVAL\)"):
        virtual.hands.apply(plan)


@pytest.mark.parametrize("kind", [DOWN, ACTIVATE])
def test_an_interface_that_is_gone_cannot_be_changed(kind: str) -> None:
    virtual = machine()
    plan = virtual.operation.plan(virtual.wish(kind, "eno2"))
    virtual.hands.arm(plan)
    virtual.driver.remove("eno2")
    with pytest.raises(ActionError, match=r"the interface is gone \(ENODEV\)"):
        virtual.hands.apply(plan)


def test_nothing_is_armed_that_could_not_be_taken_back() -> None:
    virtual = machine()
    plan = virtual.operation.plan(virtual.wish(ACTIVATE, "eno2"))
    virtual.driver.remove("eno1")
    with pytest.raises(ActionError, match="the change could not be taken back: the interface is gone"):
        virtual.hands.arm(plan)
    assert virtual.hands.pending() is None


def test_nothing_is_done_without_a_switch_that_would_undo_it() -> None:
    virtual = machine()
    plan = virtual.operation.plan(virtual.wish(DOWN, "eno1"))
    with pytest.raises(ActionError, match="switch is gone"):
        virtual.hands.apply(plan)
    virtual.hands.arm(plan)
    virtual.hands.kill_switch()
    with pytest.raises(ActionError, match="switch is gone"):
        virtual.hands.apply(plan)
    assert is_up(virtual, "eno1")


def test_a_pending_change_tells_what_it_is_and_how_long_it_has() -> None:
    virtual = machine()
    armed_at = virtual.wall
    plan = done(virtual, DOWN, "eno1", revert_after=60.0)
    virtual.let_pass(18.0)
    pending = virtual.hands.pending()
    assert pending is not None
    assert (pending.action, pending.bond, pending.slave) == ("down", "bond0", "eno1")
    assert (pending.command, pending.undo_command, pending.undo) == (plan.command, plan.undo_command, plan.undo)
    assert (pending.guards, pending.verdict, pending.effect) == (plan.guards, plan.verdict, plan.effect)
    assert (pending.armed_at, pending.revert_at) == (armed_at, armed_at + 60.0)
    assert pending.seconds_left == pytest.approx(42.0)
    assert pending.alive
    assert pending.who
    assert pending.trouble == ""


def test_silence_means_revert_at_the_very_deadline_even_if_nobody_looks() -> None:
    virtual = machine()
    done(virtual, DOWN, "eno1", revert_after=30.0)
    began = virtual.clock
    virtual.source.listen(0.0)
    virtual.let_pass(500.0)
    assert is_up(virtual, "eno1")
    assert virtual.hands.pending() is None
    told = [(each.at.mono, each.link) for each in virtual.source.listen(0.0)]
    risen = next(mono for mono, link in told if link and link.name == "eno1" and link.admin_up)
    assert risen == pytest.approx(began + 30.0)
    assert steps(virtual) == ["armed", "reverted"]
    assert virtual.hands.written[-1]["at"] == pytest.approx(virtual.wall - 470.0)


def test_the_active_slave_is_switched_back() -> None:
    virtual = machine()
    done(virtual, ACTIVATE, "eno2")
    virtual.let_pass(60.0)
    assert active(virtual) == "eno1"
    assert virtual.hands.pending() is None


def test_what_is_kept_stays() -> None:
    virtual = machine()
    done(virtual, DOWN, "eno1")
    virtual.let_pass(59.0)
    assert virtual.hands.keep() == "Kept: eno1 stays as it is in bond0."
    assert virtual.hands.pending() is None
    virtual.let_pass(600.0)
    assert not is_up(virtual, "eno1")
    assert steps(virtual) == ["armed", "kept"]


def test_a_change_is_taken_back_on_request() -> None:
    virtual = machine()
    done(virtual, DOWN, "eno1")
    virtual.let_pass(1.0)
    assert virtual.hands.revert() == "Taken back: eno1 is set up in bond0."
    assert is_up(virtual, "eno1")
    assert virtual.hands.pending() is None


def test_a_change_that_somebody_else_has_undone_needs_no_undo() -> None:
    virtual = machine()
    done(virtual, DOWN, "eno1")
    virtual.driver.set_up("eno1")
    assert virtual.hands.revert() == "Nothing was to be taken back: eno1 is set up in bond0."
    assert virtual.hands.pending() is None


@pytest.mark.parametrize("settle", [SimulatedHands.keep, SimulatedHands.revert])
def test_without_a_pending_change_there_is_nothing_to_settle(settle: Callable[[SimulatedHands], str]) -> None:
    with pytest.raises(NothingPending, match="no change is pending"):
        settle(machine().hands)


def test_a_second_change_must_wait_until_the_first_is_settled() -> None:
    virtual = machine(slaves=3)
    done(virtual, DOWN, "eno1")
    second = virtual.operation.plan(virtual.wish(DOWN, "eno2"))
    with pytest.raises(ActionError, match=r"another change is pending \(down eno1 in bond0\)"):
        virtual.hands.arm(second)
    virtual.hands.keep()
    assert virtual.hands.arm(second).slave == "eno2"


def test_the_deadline_of_a_settled_change_does_not_end_the_next_one() -> None:
    virtual = machine(slaves=3)
    done(virtual, DOWN, "eno1", revert_after=10.0)
    virtual.hands.keep()
    done(virtual, DOWN, "eno2", revert_after=30.0)
    virtual.let_pass(20.0)
    assert not is_up(virtual, "eno2")
    assert virtual.hands.pending() is not None


class Told(Driver):
    """A driver that remembers when it was told to change the active slave."""

    def __init__(self) -> None:
        super().__init__([plain_bond(OPTIONS._replace(mode=ACTIVE_BACKUP))])
        self.times: list[float] = []

    def set_active(self, bond: str, slave: str | None) -> bool:
        self.times.append(self.now)
        return super().set_active(bond, slave)


def test_an_undo_that_the_driver_refuses_is_tried_until_it_works() -> None:
    driver = Told()
    virtual = VirtualMachine(driver)
    done(virtual, ACTIVATE, "eno2", revert_after=10.0)
    driver.cut("eno1")
    virtual.let_pass(40.0)
    overdue = virtual.hands.pending()
    assert overdue is not None
    assert overdue.seconds_left == pytest.approx(-30.0)
    assert "EINVAL" in overdue.trouble
    assert active(virtual) == "eno2"
    driver.plug("eno1")
    virtual.let_pass(6.0)
    assert virtual.hands.pending() is None
    assert active(virtual) == "eno1"
    assert [time - 10.0 for time in driver.times[1:8]] == pytest.approx([0.0, 0.1, 0.4, 1.4, 3.4, 8.4, 13.4])
    assert steps(virtual) == ["armed", "revert-failed", "reverted"]


def test_a_request_to_revert_that_fails_says_why_and_is_tried_again() -> None:
    virtual = machine()
    done(virtual, ACTIVATE, "eno2")
    virtual.driver.cut("eno1")
    virtual.let_pass(1.0)
    with pytest.raises(ActionError, match=r"it could not be taken back yet: .*EINVAL.*it is tried again and again"):
        virtual.hands.revert()
    virtual.driver.plug("eno1")
    virtual.let_pass(3.0)
    assert active(virtual) == "eno1"
    assert virtual.hands.pending() is None


def test_an_interface_that_is_gone_at_the_deadline_is_said_and_settles_the_change() -> None:
    virtual = machine()
    done(virtual, DOWN, "eno1")
    virtual.driver.remove("eno1")
    virtual.let_pass(61.0)
    assert virtual.hands.pending() is None
    assert virtual.hands.written[-1]["result"] == "Cannot be taken back: the interface is gone."


def test_a_killed_switch_takes_nothing_back_and_says_so() -> None:
    virtual = machine()
    done(virtual, DOWN, "eno1")
    virtual.hands.kill_switch()
    virtual.let_pass(100.0)
    pending = virtual.hands.pending()
    assert pending is not None
    assert not pending.alive
    assert pending.seconds_left == pytest.approx(-40.0)
    assert not is_up(virtual, "eno1")


def test_after_a_killed_switch_the_change_is_taken_back_by_hand() -> None:
    virtual = machine()
    done(virtual, DOWN, "eno1")
    virtual.hands.kill_switch()
    virtual.let_pass(100.0)
    virtual.hands.revert()
    assert is_up(virtual, "eno1")
    assert virtual.hands.pending() is None


def test_after_a_killed_switch_an_undo_that_is_refused_is_not_tried_again() -> None:
    virtual = machine()
    done(virtual, ACTIVATE, "eno2")
    virtual.hands.kill_switch()
    virtual.driver.cut("eno1")
    virtual.let_pass(1.0)
    with pytest.raises(ActionError, match=r"it could not be taken back: .*\(EINVAL\)$"):
        virtual.hands.revert()
    virtual.driver.plug("eno1")
    virtual.let_pass(100.0)
    assert active(virtual) == "eno2"
    assert virtual.hands.pending() is not None


def test_after_a_killed_switch_the_change_is_kept_by_hand() -> None:
    virtual = machine(slaves=3)
    done(virtual, DOWN, "eno1")
    virtual.hands.kill_switch()
    with pytest.raises(ActionError, match=r"an earlier change \(down eno1 in bond0\) is not settled"):
        virtual.hands.arm(virtual.operation.plan(virtual.wish(DOWN, "eno2")))
    virtual.hands.keep()
    assert virtual.hands.pending() is None
    assert not is_up(virtual, "eno1")


def test_what_is_written_down_stays_in_memory() -> None:
    virtual = machine()
    plan = virtual.operation.plan(virtual.wish(DOWN, "eno1"))
    virtual.hands.write_down("cancelled", plan, {"result": "Cancelled."})
    (entry,) = virtual.hands.written
    assert (entry["what"], entry["at"], entry["result"]) == ("cancelled", virtual.wall, "Cancelled.")
    assert entry["plan"] == {**entry["plan"], "action": "down", "slave": "eno1"}  # type: ignore[dict-item]


def test_the_script_of_a_scenario_goes_on_around_a_slave_that_is_set_down() -> None:
    virtual = VirtualMachine("failover", start_at=5.0)
    done(virtual, DOWN, "eno1")
    virtual.let_pass(30.0)  # the cable has been out and in again
    assert virtual.slave("eno1").link.carrier is False
    assert active(virtual) == "eno2"
    virtual.let_pass(15.0)  # and it is out again
    virtual.hands.revert()
    virtual.let_pass(5.0)
    assert is_up(virtual, "eno1")
    assert virtual.slave("eno1").link.carrier is False
    virtual.let_pass(15.0)
    assert virtual.slave("eno1").usable
    assert active(virtual) == "eno1"


def test_a_whole_action_goes_on_while_the_script_pulls_the_cable() -> None:
    virtual = VirtualMachine("failover", start_at=8.0)
    plan = virtual.operation.plan(virtual.wish(DOWN, "eno1"))
    outcome = virtual.operation.carry_out(plan, typed="bond0")
    assert outcome.result == "applied"
    for _ in range(200):
        virtual.let_pass(0.5)
        assert virtual.watcher.latest.bonds[0].slaves[1].usable
    assert virtual.hands.pending() is None
    told = [event.words for event in virtual.watcher.latest.events if event.subject == "eno1"]
    assert [words for words in told if words in ("set down", "set up")] == ["set down", "set up"]


def test_an_action_ends_the_wait_of_who_listens() -> None:
    source = SimulatedSource("healthy")
    hands = SimulatedHands(source)
    heard: list[str] = []
    done_listening = threading.Event()

    def listen() -> None:
        while not heard:
            heard.extend(each.link.name for each in source.listen(600.0) if each.link)
        done_listening.set()

    threading.Thread(target=listen, daemon=True).start()
    with source.driver_now() as driver:
        driver.set_down("eno2")
    assert done_listening.wait(20.0)
    assert heard[0] == "eno2"
    assert hands.pending() is None


@pytest.fixture
def _threads_take_turns_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_threads_take_turns_often")
def test_many_threads_at_once_leave_the_driver_sound() -> None:
    source = SimulatedSource("flapping")
    hands = SimulatedHands(source)
    stopped = threading.Event()
    troubles: list[BaseException] = []
    times: list[float] = []

    def guarded(work: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                while not stopped.is_set():
                    work()
            except BaseException as error:  # noqa: BLE001 - told in the main thread
                troubles.append(error)

        return run

    def act() -> None:
        with source.driver_now() as driver:
            driver.set_down("eno2")
        with source.driver_now() as driver:
            driver.set_up("eno2")

    works = [lambda: times.extend(each.at.mono for each in source.listen(0.01)), hands.look, act, hands.pending]
    threads = [threading.Thread(target=guarded(work), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for _ in range(300):
        act()
    stopped.set()
    for thread in threads:
        thread.join(20.0)
    assert not troubles
    assert len(times) > 100
    assert times == sorted(times)
