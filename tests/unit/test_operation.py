"""One action from the wish to the record, step by step, on a machine that does what the driver would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bondtui.model.action import ACTIVATE, DOWN, KINDS, UP, Plan
from bondtui.model.bond import Bond
from bondtui.model.host import HostFacts, Route, Session
from bondtui.model.reading import SourceError
from bondtui.operation import (
    APPLIED,
    CANCELLED,
    FAILED,
    NOT_PERMITTED,
    NOTHING,
    REFUSED,
    REVERTED,
    Operation,
    Outcome,
)
from bondtui.ports import ActionError, NothingPending, NotPermitted
from tests.builders import HOSTILE_NAMES, a_bond, a_lost_slave, a_monitor, a_pair, a_slave
from tests.machine import Machine, a_pending, done, with_carrier, with_options, with_slave

MINE = Session("198.51.100.7", "192.0.2.10", "bond0", ("bond0",), mine=True)
ASKED = HostFacts(sessions=(MINE,))
BEFORE = ["look", "host", "pending"]
"""What a planning looks at."""


def one_down() -> Bond:
    return with_slave(a_pair(active_slave=3), "eno1", admin_up=False, carrier=False, mii="down")


class Acting:
    """A machine, a plan on it, and what comes of carrying it out."""

    def __init__(self, kind: str = DOWN, bond: Bond | None = None, slave: str = "", **machine: Any) -> None:
        self.machine = Machine(bond or (one_down() if kind == UP else a_pair()), **machine)
        self.operation = Operation(self.machine, self.machine)
        self.plan = self.operation.plan(
            self.machine.wish(kind, slave or ("eno2" if kind == ACTIVATE else "eno1"))
        )  # fmt: skip
        self.machine.steps.clear()

    def carried_out(self, typed: str = "") -> Outcome:
        return self.operation.carry_out(self.plan, typed=typed)

    @property
    def steps(self) -> list[str]:
        return self.machine.steps

    @property
    def written(self) -> list[str]:
        return [what for what, _, _ in self.machine.written]


def refuse(error: Exception) -> Callable[[], object]:
    """Something that does not work."""

    def fail() -> None:
        raise error

    return fail


def test_planning_changes_nothing_and_looks_anew_every_time() -> None:
    acting = Acting()
    assert acting.operation.plan(acting.plan.action) == acting.plan
    assert acting.steps == BEFORE
    acting.machine.bond = with_options(acting.machine.bond, miimon=50)
    assert acting.operation.plan(acting.plan.action).outage_ms == 50


def test_a_slave_is_set_down_step_by_step() -> None:
    acting = Acting()
    outcome = acting.carried_out()
    assert acting.steps == [*BEFORE, "arm", "write applying", "look", "apply", "look", "pending", "write applied"]
    assert outcome.result == APPLIED
    assert outcome.words == "eno1 set down: active eno1 -> eno2 after 94 ms, eno1 MII down after 94 ms."
    assert outcome.pending == acting.machine.held
    assert outcome.pending is not None
    assert acting.machine.bond.options.active_slave == 3


def test_a_switch_is_armed_before_and_a_slave_that_is_set_up_is_not() -> None:
    switched = Acting(ACTIVATE)
    outcome = switched.carried_out()
    assert switched.steps[3] == "arm"
    assert (outcome.result, outcome.words) == (APPLIED, "eno2 made the active slave: active eno1 -> eno2 after 94 ms.")
    assert outcome.pending is not None
    raised = Acting(UP)
    outcome = raised.carried_out()
    assert raised.steps == [*BEFORE, "write applying", "look", "apply", "look", "write applied"]
    assert (outcome.result, outcome.words) == (APPLIED, "eno1 set up: eno1 MII up after 94 ms.")
    assert outcome.pending is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_done_is_in_the_event_log_with_its_time(kind: str) -> None:
    acting = Acting(kind)
    outcome = acting.carried_out()
    (note,) = acting.machine.notes
    assert f"{note.subject} {note.words.replace(' by bondtui', '')}." == outcome.words
    assert (note.subject, note.kind, " by bondtui: " in note.words) == (acting.plan.slave, "action", True)
    assert (note.bond, note.ifindex) == (acting.plan.action.bond, acting.plan.action.slave)
    last = acting.machine.latest.events[-1]
    assert (last.words, last.at) == (note.words, note.at)
    assert "after 94 ms" in last.words
    assert [event.at.mono for event in acting.machine.latest.events] == sorted(
        event.at.mono for event in acting.machine.latest.events
    )


def test_the_record_holds_the_result_and_the_measured_times() -> None:
    acting = Acting()
    outcome = acting.carried_out()
    applying, applied = acting.machine.written
    why = "confirmed, no guard speaks against it"
    assert applying == ("applying", acting.plan, {"id": "1", "why": why})
    assert applied[2] == {
        "result": outcome.words,
        "effects": "active eno1 -> eno2 after 94 ms, eno1 MII down after 94 ms",
        "id": "1",
        "why": why,
    }


def test_the_record_says_for_which_guards_the_name_was_typed() -> None:
    acting = Acting(host=HostFacts(sessions=(MINE,), managers={2: "NetworkManager"}))
    assert acting.carried_out("bond0").result == APPLIED
    assert [details["why"] for _, _, details in acting.machine.written] == [
        "the bond's name was typed for session-on-bond, managed-by"
    ] * 2


@pytest.mark.parametrize("error", [ActionError("no answer"), SourceError("cannot tell")])
def test_a_change_that_was_made_counts_although_it_cannot_be_told_whether_it_is_pending(error: Exception) -> None:
    acting = Acting()

    def blind(bond: Bond, plan: Plan) -> Bond:
        acting.machine.at["pending"] = refuse(error)
        return done(bond, plan)

    acting.machine.drive = blind
    outcome = acting.carried_out()
    assert (outcome.result, outcome.pending, acting.written) == (APPLIED, None, ["applying", "applied"])
    assert acting.machine.held is not None


@pytest.mark.parametrize("typed", ["", "bond", "BOND0", "bond1", "yes", " bond0"])
def test_where_a_guard_asks_nothing_is_done_without_the_name(typed: str) -> None:
    acting = Acting(host=ASKED)
    outcome = acting.carried_out(typed)
    assert outcome.result == REFUSED
    assert outcome.words.startswith("Refused: the name of the bond must be typed, because your own session from")
    assert (acting.steps, acting.machine.held) == (["write refused"], None)


def test_where_a_guard_asks_the_name_is_enough() -> None:
    assert Acting(host=ASKED).carried_out("bond0").result == APPLIED


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_may_be_typed_as_it_is_or_as_it_is_printed(name: str) -> None:
    from bondtui.core.words import printable

    for typed in (name, printable(name)):
        assert Acting(bond=a_pair(name=name), host=ASKED).carried_out(typed).result == APPLIED
    assert Acting(bond=a_pair(name=name), host=ASKED).carried_out("bond0").result == REFUSED


def test_where_no_guard_asks_what_was_typed_does_not_matter() -> None:
    assert Acting().carried_out("anything").result == APPLIED


def test_a_refusal_is_written_down_and_nothing_else_happens() -> None:
    acting = Acting(bond=a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3)))
    outcome = acting.carried_out("bond0")
    assert (outcome.result, acting.steps) == (REFUSED, ["write refused"])
    assert outcome.words == "Refused: no other slave of bond0 is usable: eno2 has no carrier."
    assert acting.machine.written[0][2] == {"result": outcome.words}


def test_a_guard_refuses_whoever_asks_and_whatever_the_privilege() -> None:
    acting = Acting(bond=a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3)))
    acting.machine.hindrance = "CAP_NET_ADMIN is missing"
    assert acting.carried_out().result == REFUSED


def test_without_the_privilege_nothing_is_tried() -> None:
    acting = Acting()
    acting.machine.hindrance = "CAP_NET_ADMIN is missing"
    outcome = acting.carried_out()
    assert (outcome.result, outcome.words) == (NOT_PERMITTED, "Not permitted: CAP_NET_ADMIN is missing.")
    assert acting.steps == ["write not permitted"]


def test_nothing_to_do_leaves_no_trace() -> None:
    acting = Acting(UP, bond=a_pair())
    assert acting.carried_out() == Outcome(NOTHING, "Nothing to do: eno1 is set up already.", acting.plan)
    assert acting.steps == []


Changed = Callable[[Bond], Bond]
CHANGES: dict[str, Changed] = {
    "the other lost its carrier": lambda bond: with_slave(bond, "eno2", carrier=False),
    "the other went down": lambda bond: with_slave(bond, "eno2", mii="down"),
    "the other was set down": lambda bond: with_slave(bond, "eno2", admin_up=False),
    "the monitor was switched off": lambda bond: with_options(bond, miimon=0),
    "the monitor got slower": lambda bond: with_options(bond, miimon=1000),
    "another active slave": lambda bond: with_options(bond, active_slave=3),
    "a slave came": lambda bond: bond._replace(slaves=(*bond.slaves, a_slave("eno9", 9))),
    "a slave went": lambda bond: bond._replace(slaves=bond.slaves[:1]),
    "it is in no bond any more": lambda bond: bond._replace(slaves=bond.slaves[1:]),
    "it was renamed": lambda bond: with_slave(bond, "eno1", name="lan1"),
    "it was set down already": lambda bond: with_slave(bond, "eno1", admin_up=False),
    "the bond lost its carrier": lambda bond: with_carrier(bond, carrier=False),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_while_a_person_read_the_plan_cancels_it(change: Changed) -> None:
    acting = Acting()
    acting.machine.bond = change(acting.machine.bond)
    outcome = acting.carried_out()
    assert outcome.result == CANCELLED
    assert outcome.words.startswith("Cancelled, nothing was done")
    assert outcome.words.endswith(".")
    assert acting.written == ["cancelled"]
    assert "arm" not in acting.steps
    assert "apply" not in acting.steps


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_while_the_switch_was_armed_cancels_it_and_disarms(change: Changed) -> None:
    acting = Acting()
    machine = acting.machine
    machine.at["arm"] = lambda: setattr(machine, "bond", change(machine.bond))
    outcome = acting.carried_out()
    assert "apply" not in acting.steps
    assert machine.held is None
    assert outcome.result in {CANCELLED, FAILED}
    assert outcome.pending is None
    assert outcome.words.endswith("'down' of eno1 is taken back.")


def test_a_bond_that_is_deleted_meanwhile_cancels_it() -> None:
    acting = Acting()
    acting.machine.bonds = ()
    outcome = acting.carried_out()
    assert (outcome.result, outcome.words) == (CANCELLED, "Cancelled, nothing was done: bond0 is gone.")


def test_a_slave_that_left_is_named() -> None:
    acting = Acting()
    acting.machine.bond = acting.machine.bond._replace(slaves=acting.machine.bond.slaves[1:])
    assert acting.carried_out().words == "Cancelled, nothing was done: eno1 is no longer in bond0."
    with pytest.raises(SourceError, match="eno1 is no longer in bond0"):
        acting.operation.plan(acting.plan.action)


def test_a_slave_that_left_is_named_when_the_watcher_has_forgotten_it() -> None:
    acting = Acting()
    acting.machine.bond = acting.machine.bond._replace(slaves=acting.machine.bond.slaves[1:])
    acting.machine._monitor = a_monitor(acting.machine.bond)
    assert acting.carried_out().words == "Cancelled, nothing was done: eno1 is no longer in bond0."


def test_a_kernel_that_cannot_be_read_cancels_it() -> None:
    acting = Acting()
    acting.machine.at["look"] = refuse(SourceError("the kernel did not answer"))
    assert acting.carried_out().words == "Cancelled, nothing was done: the kernel did not answer."


@pytest.mark.parametrize("step", ["host", "pending"])
def test_surroundings_that_cannot_be_told_cancel_it(step: str) -> None:
    acting = Acting()
    acting.machine.at[step] = refuse(ActionError("no answer"))
    assert acting.carried_out().result == CANCELLED


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (HostFacts(default_routes=(Route("default", "192.0.2.1", "bond0"),)), "the default route leaves through bond0"),
        (HostFacts(sessions=(MINE,)), "your own session from"),
        (HostFacts(managers={2: "NetworkManager"}), "NetworkManager manages eno1"),
        (HostFacts(lost_links={3: (1.0,)}), "eno2 lost its link 1 time"),
        (HostFacts(unknown={"other-sessions": "no"}), "cannot tell: no"),
    ],
)
def test_surroundings_that_changed_cancel_it(facts: HostFacts, words: str) -> None:
    acting = Acting()
    acting.machine.facts = facts
    outcome = acting.carried_out("bond0")
    assert outcome.result == CANCELLED
    assert outcome.words.startswith(f"Cancelled, nothing was done, things have changed: {words}")


def test_a_change_that_somebody_else_made_meanwhile_cancels_it() -> None:
    acting = Acting()
    acting.machine.held = a_pending(acting.plan)
    outcome = acting.carried_out()
    assert (outcome.result, "is pending" in outcome.words) == (CANCELLED, True)


def test_without_a_switch_nothing_is_done() -> None:
    acting = Acting()
    acting.machine.at["arm"] = refuse(ActionError("the dead-man's switch did not answer"))
    outcome = acting.carried_out()
    assert (outcome.result, outcome.words) == (FAILED, "Not done: the dead-man's switch did not answer.")
    assert acting.steps == [*BEFORE, "arm", "write failed"]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (ActionError("invalid option value (EINVAL)"), FAILED),
        (SourceError("the kernel did not answer"), FAILED),
        (NotPermitted("CAP_NET_ADMIN is missing"), NOT_PERMITTED),
    ],
)
def test_what_the_kernel_refuses_is_disarmed(error: Exception, result: str) -> None:
    acting = Acting()
    acting.machine.at["apply"] = refuse(error)
    outcome = acting.carried_out()
    assert (outcome.result, outcome.pending, acting.machine.held) == (result, None, None)
    assert outcome.words == f"Not done: {error}. 'down' of eno1 is taken back."
    assert acting.written == ["applying", result]


def test_what_the_kernel_refuses_for_a_slave_that_is_set_up_needs_no_disarming() -> None:
    acting = Acting(UP)
    acting.machine.at["apply"] = refuse(ActionError("the interface is gone (ENODEV)"))
    assert acting.carried_out().words == "Not done: the interface is gone (ENODEV)."
    assert "revert" not in acting.steps


def test_what_cannot_be_written_down_is_not_done() -> None:
    acting = Acting()
    acting.machine.at["write applying"] = refuse(ActionError("the audit log is full"))
    outcome = acting.carried_out()
    assert (outcome.result, acting.machine.held) == (FAILED, None)
    assert outcome.words == "Not done: the audit log is full. 'down' of eno1 is taken back."
    assert "apply" not in acting.steps


def test_a_result_that_cannot_be_written_down_is_said() -> None:
    acting = Acting()
    acting.machine.at["write applied"] = refuse(ActionError("no space left"))
    outcome = acting.carried_out()
    assert outcome.result == APPLIED
    assert outcome.words.endswith(" The audit log could not be written: no space left.")


def test_a_bond_that_is_cut_off_gets_its_slave_back_at_once() -> None:
    acting = Acting()
    acting.machine.drive = lambda bond, plan: done(with_slave(bond, "eno2", carrier=False, mii="down"), plan)
    outcome = acting.carried_out()
    assert outcome.result == REVERTED
    assert outcome.words == "bond0 was left without a usable slave. 'down' of eno1 is taken back."
    assert acting.machine.held is None
    assert acting.machine.paused == 0.0
    assert acting.machine.notes == []
    assert acting.steps[-2:] == ["revert", "write reverted"]
    assert acting.machine.bond.slaves[0].link.admin_up


def test_a_slave_that_is_set_up_in_a_dead_bond_stays_up() -> None:
    bond = a_bond(
        a_slave("eno1", 2, admin_up=False, carrier=False, mii="down"), a_lost_slave("eno2", 3), active_slave=None
    )
    acting = Acting(UP, bond=with_carrier(bond, carrier=False))
    acting.machine.drive = lambda bond, plan: with_slave(bond, plan.slave, admin_up=True)
    outcome = acting.carried_out()
    assert (outcome.result, outcome.words) == (APPLIED, "eno1 set up; eno1 has no carrier.")
    assert "revert" not in acting.steps


@pytest.mark.parametrize("kind", [DOWN, ACTIVATE])
def test_what_the_kernel_does_not_show_is_taken_back(kind: str) -> None:
    acting = Acting(kind)
    acting.machine.drive = lambda bond, _: bond
    outcome = acting.carried_out()
    assert outcome.result == FAILED
    assert outcome.words.startswith(f"Not verified: the kernel does not show {acting.plan.slave} ")
    assert outcome.words.endswith(f"'{kind}' of {acting.plan.slave} is taken back.")
    assert acting.machine.held is None
    assert acting.machine.paused > 1.0


def test_a_bond_that_is_deleted_under_the_change_is_said() -> None:
    acting = Acting()

    def delete(bond: Bond, _: Plan) -> Bond:
        acting.machine.at["look"] = lambda: setattr(acting.machine, "bonds", ())
        return bond

    acting.machine.drive = delete
    outcome = acting.carried_out()
    assert (outcome.result, "Not verified" in outcome.words) == (FAILED, True)
    assert "revert" in acting.steps


def test_what_cannot_be_taken_back_at_once_is_said() -> None:
    acting = Acting()
    acting.machine.drive = lambda bond, _: bond
    acting.machine.at["revert"] = refuse(ActionError("the kernel did not answer; it is tried again"))
    words = acting.carried_out().words
    assert words.endswith("It could not be taken back at once: the kernel did not answer; it is tried again.")


def test_what_the_switch_has_taken_back_before_is_not_called_a_failure_to_do_so() -> None:
    acting = Acting()
    acting.machine.drive = lambda bond, _: bond
    acting.machine.at["revert"] = refuse(NothingPending("no change is pending"))
    words = acting.carried_out().words
    assert words.endswith("It is not pending any more: it was taken back or kept meanwhile.")


def test_words_of_the_hands_that_end_like_a_sentence_are_left_so() -> None:
    acting = Acting()
    acting.machine.drive = lambda bond, _: bond
    acting.machine.revert = lambda: "Taken back."  # type: ignore[method-assign]
    assert acting.carried_out().words.endswith("Taken back.")


def slow(bond: Bond, plan: Plan) -> Bond:
    """The slave is set down, and the driver has not noticed."""
    return with_slave(bond, plan.slave, admin_up=False, carrier=False)


def test_a_driver_that_needs_time_is_waited_for() -> None:
    acting = Acting(bond=a_pair(downdelay=3000))
    machine = acting.machine
    machine.drive = slow
    told = machine.pause

    def notice(seconds: float) -> None:
        told(seconds)
        if machine.paused >= 3.0 and machine.bond.active is machine.bond.slaves[0]:
            machine.bond = done(machine.bond, acting.plan)
            machine._report(machine.bond)

    machine.pause = notice  # type: ignore[method-assign]
    outcome = acting.carried_out()
    assert outcome.result == APPLIED
    assert "active eno1 -> eno2 after 3094 ms" in outcome.words
    assert 3.0 <= machine.paused < 3.1


def test_a_driver_that_needs_too_long_is_not_waited_for_and_it_is_said() -> None:
    acting = Acting(bond=a_pair(downdelay=3000))
    acting.machine.drive = slow
    outcome = acting.carried_out()
    assert (outcome.result, outcome.words) == (APPLIED, "eno1 set down; the driver has not settled yet.")
    assert 4.0 < acting.machine.paused < 6.0
    assert outcome.pending is not None


def test_a_watcher_that_has_gone_blind_does_not_hold_it_up() -> None:
    acting = Acting()
    acting.machine.reports = False
    outcome = acting.carried_out()
    assert (outcome.result, outcome.words) == (APPLIED, "eno1 set down.")
    assert acting.machine.paused < 3.0


def test_the_last_word_is_what_the_watcher_knows_when_nothing_can_be_read() -> None:
    acting = Acting()

    def blind(bond: Bond, plan: Plan) -> Bond:
        acting.machine.at["look"] = refuse(SourceError("the kernel did not answer"))
        return done(bond, plan)

    acting.machine.drive = blind
    assert acting.carried_out().result == APPLIED


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_are_told_as_the_kernel_spells_them(name: str) -> None:
    acting = Acting(bond=a_bond(a_slave(name, 2, state="active"), a_slave("eno2", 3)), slave=name)
    outcome = acting.carried_out()
    assert (outcome.result, outcome.words.startswith(f"{name} set down: ")) == (APPLIED, True)
    assert acting.machine.notes[0].subject == name


def test_a_mistake_after_arming_leaves_the_switch_armed() -> None:
    acting = Acting()
    acting.machine.at["apply"] = refuse(ZeroDivisionError("a mistake"))
    with pytest.raises(ZeroDivisionError):
        acting.carried_out()
    assert acting.machine.held is not None
    assert "revert" not in acting.steps


def test_a_change_that_somebody_else_has_made_since_is_not_taken_back() -> None:
    acting = Acting()

    def settled_and_another_made(bond: Bond, _: Plan) -> Bond:
        assert acting.machine.held is not None
        acting.machine.held = acting.machine.held._replace(id="2")
        return bond

    acting.machine.drive = settled_and_another_made
    outcome = acting.carried_out()
    assert outcome.words.endswith("It is not pending any more: it was taken back or kept meanwhile.")
    assert "revert" not in acting.steps
    assert acting.machine.held is not None


def test_a_slave_that_comes_back_while_it_is_looked_at_is_told_as_it_is() -> None:
    acting = Acting()
    acting.machine.drive = lambda bond, plan: with_slave(done(bond, plan), plan.slave, admin_up=True)
    assert acting.carried_out().result == FAILED
