"""A whole drill in virtual time, over the simulated driver: what is done to links, what is measured, how it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from bondtui.drill.crossing import crossing
from bondtui.drill.trail import Trail
from bondtui.model.drill import (
    ADMIN_DOWN,
    BASELINE,
    CABLE,
    DONE,
    FAIL,
    FAILBACK,
    FAILOVER,
    FAULT,
    HOLDING,
    INTERRUPTED,
    NOT_PROVEN,
    PASS,
    PLACING,
    REFUSED,
    RESTORING,
    SETTLING,
    SWITCH_ACTIVE,
    Crossing,
    Drill,
    Preflight,
    Wish,
)
from bondtui.model.probe import News, Target
from bondtui.model.reading import Reading
from bondtui.ports import ArchiveError, ProbeError
from bondtui.rehearsal import Progress, Rehearsal, tracing
from bondtui.rehearsal.lookout import Lookout
from bondtui.rehearsal.round import RoundRun
from bondtui.rehearsal.rules import words
from bondtui.rehearsal.tools import Interrupted
from bondtui.system.simulated_probing import SimulatedProbing, SimulatedStream
from tests.virtual import VirtualMachine


class Recorder:
    """Remembers what it was given, and how things were at that moment."""

    report = "report.md"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.begun = self.remembered = 0
        self.written: list[Drill] = []
        self.written_with_pending: list[Drill] = []
        self.samples = 0
        self.trouble_at: int | None = None

    def begin(self, preflight: Preflight) -> None:
        self.begun += 1
        if self.trouble_at == 0:
            raise ArchiveError("no space left on device")

    def write(self, drill: Drill, trails: Sequence[Trail]) -> None:
        if self.trouble_at is not None and len(self.written) >= self.trouble_at:
            raise ArchiveError("no space left on device")
        self.written.append(drill)
        self.samples = sum(len(each) for each in trails)
        if self._stage.machine.hands.pending() is not None:
            self.written_with_pending.append(drill)

    def remember(self, drill: Drill) -> None:
        self.remembered += 1


class Stage:
    """A virtual machine and a drill on it. ``on`` has something done when a step begins."""

    def __init__(self, scenario: str = "healthy", *, start_at: float = 0.0, silent: Sequence[str] = ()) -> None:
        self.machine = VirtualMachine(scenario, start_at=start_at)
        self.probing = SimulatedProbing(self.machine.source, silent=silent)
        self.recorder = Recorder(self)
        self.rehearsal = self.another()
        self.steps: list[str] = []
        self._on: dict[str, Callable[[], object]] = {}
        self._pause = self.machine.hands.pause
        self.machine.hands.pause = self._watch  # type: ignore[method-assign]

    def another(self) -> Rehearsal:
        machine = self.machine
        return Rehearsal(machine.operation, machine.hands, machine.watcher, self.probing, self.recorder)

    def on(self, step: str, action: Callable[[], object]) -> None:
        """The first time that the drill is seen in this step."""
        self._on[step] = action

    def wish(self, *slaves: str, fault: str = ADMIN_DOWN, **more: object) -> Wish:
        indexes = tuple(self.machine.slave(each).ifindex for each in slaves)
        return Wish(self.machine.bond.ifindex, indexes, fault=fault)._replace(**more)  # type: ignore[arg-type]

    def drill(self, *slaves: str, typed: str | None = None, fault: str = ADMIN_DOWN, **more: object) -> Drill:
        preflight = self.rehearsal.preflight(self.wish(*slaves, fault=fault, **more))
        return self.rehearsal.run(preflight, typed=preflight.bond if typed is None else typed)

    def _watch(self, seconds: float) -> None:
        step = self.rehearsal.latest.step
        if not self.steps or self.steps[-1] != step:
            self.steps.append(step)
            if action := self._on.pop(step, None):
                action()
        self._pause(seconds)

    @property
    def latest(self) -> Progress:
        return self.rehearsal.latest

    @property
    def done_to_links(self) -> list[tuple[str, str, str]]:
        """What the audit log tells: step, action, slave."""
        found = []
        for each in self.machine.hands.written:
            plan = each.get("plan")
            if isinstance(plan, dict):
                found.append((str(each["what"]), plan["action"], plan["slave"]))
        return found

    def is_as_before(self) -> bool:
        bond = self.machine.bond
        return self.machine.hands.pending() is None and all(each.link.admin_up for each in bond.slaves)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_drill_measures_failover_and_failback_and_leaves_the_bond_as_it_was(stage: Stage) -> None:
    active = stage.machine.bond.options.active_slave
    drill = stage.drill()
    assert (drill.verdict, stage.recorder.begun, stage.recorder.remembered) == (PASS, 1, 1)
    (one,) = drill.rounds
    assert (one.name, one.command, one.trouble) == ("eno1", ("ip", "link", "set", "eno1", "down"), "")
    assert one.failover is not None
    assert one.failback is not None
    worst = one.failover.worst
    assert worst is not None
    assert worst.high_ms is not None
    assert 0 < worst.low_ms < worst.high_ms <= 100 + 2 * 11
    anatomy = one.failover.anatomy
    assert anatomy.detected is not None
    assert anatomy.switched is not None
    assert anatomy.first_answer is not None
    assert anatomy.issued.at < anatomy.detected.at <= anatomy.switched.at < anatomy.first_answer.at
    assert one.failback.worst is not None
    assert one.failback.worst.gaps == ()
    assert stage.is_as_before()
    assert stage.machine.bond.options.active_slave == active
    assert stage.steps == ["preflight", BASELINE, FAILOVER, HOLDING, FAILBACK, SETTLING]


def test_every_change_goes_through_the_guarded_operation_and_its_switch(stage: Stage) -> None:
    stage.drill()
    steps = [("applying", "down", "eno1"), ("applied", "down", "eno1"), ("reverted", "down", "eno1")]
    assert [each for each in stage.done_to_links if each in steps] == steps


def test_the_shares_of_the_slaves_cross_over(stage: Stage) -> None:
    (one,) = stage.drill().rounds
    eno1, eno2 = (stage.machine.slave(each).ifindex for each in ("eno1", "eno2"))
    assert one.failover is not None
    assert one.failback is not None
    assert one.failover.before is not None
    assert one.failover.after is not None
    assert one.failback.after is not None
    assert (one.failover.before.tx[eno1], one.failover.after.tx[eno2], one.failback.after.tx[eno1]) == (1.0, 1.0, 1.0)


def test_rounds_are_repeated_with_the_same_slave_active_each_time(stage: Stage) -> None:
    drill = stage.drill(rounds=3)
    assert [(each.number, each.name, each.trouble) for each in drill.rounds] == [
        (1, "eno1", ""),
        (2, "eno1", ""),
        (3, "eno1", ""),
    ]
    assert drill.verdict == PASS
    assert stage.is_as_before()


def test_a_backup_is_made_the_active_slave_first_and_home_is_restored(stage: Stage) -> None:
    drill = stage.drill("eno1", "eno2")
    assert [each.name for each in drill.rounds] == ["eno1", "eno2"]
    assert [each.failover is not None and each.failover.crossed for each in drill.rounds] == [(True,), (True,)]
    assert all(each.proven for each in drill.rounds)
    assert PLACING in stage.steps
    assert [each[-1] for each in drill.rounds[1].besides] == ["eno2"], "what was done beside the fault is told"
    assert stage.machine.bond.active is not None
    assert stage.machine.bond.active.name == "eno1"
    assert stage.is_as_before()


def test_a_planned_switch_loses_nothing_and_says_less_than_the_period(stage: Stage) -> None:
    drill = stage.drill(fault=SWITCH_ACTIVE)
    (one,) = drill.rounds
    assert one.command[-2:] == ("active_slave", "eno2")
    assert one.failover is not None
    assert one.failover.worst is not None
    assert (one.failover.worst.middle_ms, one.failover.worst.low_ms) == (None, 0.0)
    assert drill.verdict == PASS
    assert stage.is_as_before()


def test_an_objective_that_is_missed_fails(stage: Stage) -> None:
    drill = stage.drill(objective_ms=20.0)
    assert drill.verdict == FAIL
    assert "20 ms" in drill.reason
    assert stage.is_as_before()


def test_lacp_flows_are_looked_at_and_only_those_over_the_slave_count() -> None:
    stage = Stage("lacp")
    drill = stage.drill()
    (one,) = drill.rounds
    assert one.failover is not None
    assert len(one.failover.crossed) == 8
    assert any(one.failover.crossed)
    assert not all(one.failover.crossed)
    assert drill.verdict == PASS
    assert stage.is_as_before()


def test_nothing_is_proven_when_no_flow_crosses_the_slave() -> None:
    stage = Stage("lacp")
    rehearsal = stage.rehearsal
    first = rehearsal.preflight(stage.wish())
    over = stage.machine.bond.slaves
    lonely = next(
        (flow, slave)
        for flow, crossing in zip(first.flows, first.crossings, strict=True)
        for slave in over
        if slave.ifindex not in crossing.slaves
    )
    preflight = first._replace(flows=(lonely[0],), crossings=(), slaves=(lonely[1].ifindex,))
    drill = stage.another().run(preflight, typed=preflight.bond)
    assert drill.verdict == NOT_PROVEN
    assert "cross" in drill.reason
    assert stage.is_as_before()


def test_a_cable_is_pulled_by_somebody_else_and_nothing_is_changed_by_the_drill() -> None:
    stage = Stage()
    driver = stage.machine.driver
    stage.on(FAULT, lambda: driver.cut("eno1"))
    stage.on(RESTORING, lambda: driver.plug("eno1"))
    drill = stage.drill(fault=CABLE)
    (one,) = drill.rounds
    assert (drill.verdict, one.command, stage.done_to_links) == (PASS, (), [])
    assert one.failover is not None
    assert one.failover.anatomy.issued.words == "eno1 carrier lost"
    assert one.failover.worst is not None
    assert one.failover.worst.lost > 0
    assert stage.steps == ["preflight", BASELINE, FAULT, FAILOVER, HOLDING, RESTORING, FAILBACK, SETTLING]


def test_in_a_lab_it_is_said_what_pulls_the_cable() -> None:
    wish = Stage().wish("eno1", fault=CABLE)
    assert words(wish, "eno1", FAULT) == "pull the cable of eno1 now"
    assert words(wish, "eno1", FAULT, in_a_lab=True).endswith("now: 'bondtui lab --fault pull eno1'")
    assert words(wish, "eno1", RESTORING, in_a_lab=True).endswith("back: 'bondtui lab --undo pull eno1'")


def test_a_cable_that_nobody_pulls_proves_nothing() -> None:
    stage = Stage()
    drill = stage.drill(fault=CABLE)
    assert drill.verdict == NOT_PROVEN
    assert "no cable was pulled" in drill.reason


def test_a_silent_lacp_partner_is_noticed_by_its_answers() -> None:
    stage = Stage("lacp")
    driver, slave = stage.machine.driver, stage.machine.bond.slaves[0].name
    stage.on(FAULT, lambda: driver.silence(slave))
    stage.on(RESTORING, lambda: driver.speak(slave))
    drill = stage.drill(slave, fault=CABLE)
    (one,) = drill.rounds
    assert (drill.verdict, one.trouble) == (PASS, "")
    assert one.failover is not None
    assert one.failover.worst is not None
    assert one.failover.worst.middle_ms is not None
    assert 1000 < one.failover.worst.middle_ms < 3300
    assert one.failover.anatomy.issued.words == "answers stay away"
    assert one.failback is not None
    assert one.failback.began.mono >= one.failover.until
    late = [each for each in one.failback.anatomy[1:] if each is not None and each.at < one.failback.began.mono]
    assert late == [], "nothing of the failback lies before its beginning"


@pytest.mark.parametrize("step", [BASELINE, PLACING, FAILOVER, HOLDING, FAILBACK, SETTLING])
def test_stopping_takes_the_change_back_at_once_in_every_step(step: str) -> None:
    stage = Stage()
    stage.on(step, lambda: stage.rehearsal.stop("stopped by Ctrl+C"))
    drill = stage.drill("eno2")
    assert drill.verdict == INTERRUPTED
    assert "Ctrl+C" in drill.reason
    assert stage.is_as_before()
    assert stage.recorder.written[-1].verdict == INTERRUPTED


def test_what_is_lost_while_a_peer_begins_to_speak_again_belongs_to_the_failback() -> None:
    """It comes after the failover was over, and before the port can carry traffic again."""
    stage = Stage("lacp")
    driver = stage.machine.driver
    first, second = (each.name for each in stage.machine.bond.slaves)

    def speak() -> None:
        driver.silence(second)
        driver.at(driver.now + 0.06, lambda: driver.speak(second))
        driver.at(driver.now + 0.06, lambda: driver.speak(first))

    stage.on(FAULT, lambda: driver.silence(first))
    stage.on(RESTORING, speak)
    (one,) = stage.drill(first, fault=CABLE).rounds
    assert one.failback is not None
    assert max(each.lost for each in one.failback.outages) >= 5
    assert one.failover is not None
    assert one.failback.began.mono >= one.failover.until


@pytest.mark.parametrize("step", [HOLDING, PLACING, FAULT, FAILOVER, FAILBACK])
def test_a_drill_that_is_stopped_leaves_the_same_slave_active(step: str) -> None:
    stage = Stage("all-modes")
    bond = next(each for each in stage.machine.watcher.latest.bonds if each.options.mode_name == "balance-alb")
    backup = next(each for each in bond.slaves if each != bond.active)
    stage.on(step, lambda: stage.rehearsal.stop("stopped by Ctrl+C"))
    preflight = stage.rehearsal.preflight(Wish(bond.ifindex, (backup.ifindex,), SWITCH_ACTIVE))
    drill = stage.rehearsal.run(preflight, typed=preflight.bond)
    assert drill.verdict == INTERRUPTED
    after = stage.machine.watcher.latest.bond_at(bond.ifindex)
    assert after is not None
    assert after.options.active_slave == bond.options.active_slave
    assert stage.machine.hands.pending() is None


def test_stopping_while_flows_are_looked_at_is_a_verdict_too() -> None:
    stage = Stage("lacp")
    preflight = stage.rehearsal.preflight(stage.wish())
    late = stage.another()  # to which the pre-flight is news
    late.stop("stopped by SIGHUP")
    drill = late.run(preflight, typed=preflight.bond)
    assert drill.verdict == INTERRUPTED
    assert "SIGHUP" in drill.reason
    assert stage.recorder.remembered == 1
    assert ("applying", "down", stage.machine.bond.slaves[0].name) not in stage.done_to_links


def test_a_slow_machine_has_time_enough_to_look_at_its_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("lacp")
    look = stage.machine.hands.look

    def slow() -> Reading:
        if "which flow" in late.latest.words:
            stage.machine.let_pass(0.2)
        return look()

    late = stage.another()
    preflight = stage.rehearsal.preflight(stage.wish())
    monkeypatch.setattr(stage.machine.hands, "look", slow)
    drill = late.run(preflight, typed=preflight.bond)
    assert (drill.verdict, drill.rounds[0].trouble) == (PASS, "")


def test_a_machine_that_is_held_up_looks_once_more_which_slave_a_flow_crosses(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("lacp")
    looks: list[str] = []

    def blurred(pairs: object, *rest: object) -> Crossing:
        looks.append("")
        return Crossing(evidence="blurred") if len(looks) == 1 else crossing(pairs, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(tracing, "crossing", blurred)
    preflight = stage.rehearsal.preflight(stage.wish())
    assert all(each.slaves for each in preflight.crossings)
    assert len(looks) == len(preflight.flows) + 1


def test_a_bond_that_vanishes_between_two_rounds_ends_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    preflight = stage.rehearsal.preflight(stage.wish(rounds=2))
    read = stage.machine.source.read

    def look() -> Reading:
        return read()._replace(links=()) if stage.latest.rounds_done else read()

    monkeypatch.setattr(stage.machine.hands, "look", look)
    drill = stage.rehearsal.run(preflight, typed=preflight.bond)
    assert (drill.verdict, drill.reason, len(drill.rounds)) == (NOT_PROVEN, "the bond is gone", 1)


def test_stopping_the_pre_flight_ends_it_and_changes_nothing(stage: Stage) -> None:
    stage.on("preflight", lambda: stage.rehearsal.stop("stopped by Ctrl+C"))
    with pytest.raises(Interrupted, match="Ctrl"):
        stage.rehearsal.preflight(stage.wish())
    assert stage.done_to_links == []


def test_a_report_is_there_from_the_first_moment_and_says_interrupted(stage: Stage) -> None:
    stage.drill()
    assert stage.recorder.written[0].verdict == INTERRUPTED
    assert {each.verdict for each in stage.recorder.written[:-1]} == {INTERRUPTED}
    assert stage.recorder.samples > 500


def test_no_disk_is_waited_for_while_the_fault_is_in_place(stage: Stage) -> None:
    stage.drill()
    assert len(stage.recorder.written) >= 4
    assert stage.recorder.written_with_pending == []


def test_without_a_place_for_the_report_nothing_is_done(stage: Stage) -> None:
    stage.recorder.trouble_at = 0
    drill = stage.drill()
    assert (drill.verdict, drill.reason, stage.done_to_links) == (REFUSED, "no space left on device", [])


def test_a_disk_that_is_full_later_does_not_end_the_drill(stage: Stage) -> None:
    stage.recorder.trouble_at = 2
    drill = stage.drill()
    assert (drill.verdict, stage.recorder.remembered) == (PASS, 1)
    assert "no space left" in drill.reason
    assert stage.is_as_before()


def test_another_slave_that_fails_meanwhile_ends_it_at_once() -> None:
    stage = Stage("all-modes")
    bond = next(each for each in stage.machine.watcher.latest.bonds if each.options.mode_name == "active-backup")
    others = [each.name for each in bond.slaves if each != bond.active]
    stage.on(HOLDING, lambda: stage.machine.driver.cut(others[0]))
    preflight = stage.rehearsal.preflight(Wish(bond.ifindex))
    drill = stage.rehearsal.run(preflight, typed=preflight.bond)
    assert (drill.verdict, drill.reason) == (
        NOT_PROVEN,
        f"{preflight.names[preflight.slaves[0]]} was not measured to the end: {others[0]} cannot carry the traffic any more",
    )
    assert stage.machine.hands.pending() is None


def test_a_change_that_somebody_keeps_is_not_fought_over(stage: Stage) -> None:
    stage.on(HOLDING, stage.machine.hands.keep)
    drill = stage.drill()
    assert drill.verdict != PASS
    assert "kept or taken back by somebody else" in drill.reason
    assert not stage.machine.slave("eno1").link.admin_up, "a person has decided so"


@pytest.mark.parametrize("fault", [ADMIN_DOWN, SWITCH_ACTIVE])
def test_a_slave_that_somebody_brings_back_early_proves_nothing(fault: str) -> None:
    stage = Stage()
    driver = stage.machine.driver
    brought = {ADMIN_DOWN: lambda: driver.set_up("eno1"), SWITCH_ACTIVE: lambda: driver.set_active("bond0", "eno1")}
    stage.on(HOLDING, brought[fault])
    drill = stage.drill(fault=fault)
    assert drill.verdict == NOT_PROVEN
    assert {ADMIN_DOWN: "set up by somebody else", SWITCH_ACTIVE: "active slave again"}[fault] in drill.reason
    assert stage.is_as_before()


def test_a_cable_that_is_put_back_too_early_proves_nothing() -> None:
    stage = Stage()
    driver = stage.machine.driver
    stage.on(FAULT, lambda: driver.cut("eno1"))
    stage.on(HOLDING, lambda: driver.plug("eno1"))
    drill = stage.drill(fault=CABLE)
    assert drill.verdict == NOT_PROVEN
    assert "came back before its time" in drill.reason


def test_a_silent_peer_that_the_driver_never_notices_proves_nothing() -> None:
    stage = Stage("all-modes")
    bond = next(each for each in stage.machine.watcher.latest.bonds if each.options.mode_name == "balance-rr")
    slave, driver = bond.slaves[0], stage.machine.driver

    def hiccup() -> None:
        driver.silence(slave.name)
        driver.at(driver.now + 1.0, lambda: driver.speak(slave.name))

    stage.on(FAULT, hiccup)
    preflight = stage.rehearsal.preflight(Wish(bond.ifindex, (slave.ifindex,), CABLE))
    drill = stage.rehearsal.run(preflight, typed=preflight.bond)
    assert drill.verdict == NOT_PROVEN
    assert "the driver noticed nothing" in drill.reason or "no cable was pulled" in drill.reason


def test_a_second_drill_at_the_same_time_is_refused_and_changes_nothing(stage: Stage) -> None:
    second = stage.another()
    preflight = second.preflight(stage.wish())
    stage.on(HOLDING, lambda: ended.append(second.run(preflight, typed=preflight.bond)))
    ended: list[Drill] = []
    assert stage.drill().verdict == PASS
    assert ended[0].verdict == REFUSED
    assert "pending" in ended[0].reason


def test_a_slave_that_is_taken_out_meanwhile_ends_it_at_once(stage: Stage) -> None:
    stage.on(HOLDING, lambda: stage.machine.driver.remove("eno1"))
    drill = stage.drill()
    assert drill.verdict == NOT_PROVEN
    assert "no longer in bond0" in drill.reason
    (one,) = drill.rounds
    assert one.restored is False
    assert one.failover is not None
    assert one.failover.until - one.failover.began.mono < 3, "what came after it was given up is no part of it"


def test_a_dead_mans_switch_that_is_killed_ends_it_at_once(stage: Stage) -> None:
    stage.on(HOLDING, stage.machine.hands.kill_switch)
    drill = stage.drill()
    assert drill.verdict == NOT_PROVEN
    assert "dead-man's switch" in drill.reason
    assert stage.is_as_before()


def test_probes_that_are_not_sent_are_no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    take = SimulatedStream.take
    monkeypatch.setattr(
        SimulatedStream, "take", lambda self: () if stage.machine.hands.pending() is not None else take(self)
    )
    drill = stage.drill()
    assert drill.verdict == NOT_PROVEN
    assert "stands still" in drill.reason
    assert stage.is_as_before()


def test_what_bondtui_switched_itself_is_not_called_the_drivers_doing() -> None:
    stage = Stage("all-modes")
    bond = next(each for each in stage.machine.watcher.latest.bonds if each.options.mode_name == "balance-tlb")
    preflight = stage.rehearsal.preflight(Wish(bond.ifindex))
    drill = stage.rehearsal.run(preflight, typed=preflight.bond)
    (one,) = drill.rounds
    assert one.failback is not None
    assert one.failback.anatomy.switched is not None
    ours = one.failback.anatomy.switched.words.endswith("(by bondtui)")
    assert ours == bool(one.besides)


def test_a_change_that_is_reverted_early_is_told(stage: Stage) -> None:
    stage.on(HOLDING, stage.machine.hands.revert)
    drill = stage.drill()
    assert drill.verdict != PASS
    assert stage.is_as_before()


def test_the_bonds_name_must_have_been_typed_where_a_guard_asks(stage: Stage) -> None:
    drill = stage.drill(typed="")
    assert drill.verdict == REFUSED
    assert "default route" in drill.reason
    assert ("applying", "down", "eno1") not in stage.done_to_links
    assert stage.is_as_before()


def test_probes_that_end_by_themselves_have_the_change_taken_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: SimulatedStream) -> Sequence[News]:
        raise ProbeError("the probe engine has ended: killed by signal 9")

    stage.on(HOLDING, lambda: monkeypatch.setattr(SimulatedStream, "take", broken))
    drill = stage.drill()
    assert drill.verdict != PASS
    assert "killed by signal 9" in drill.reason
    assert stage.is_as_before()


def test_probes_that_end_while_the_driver_is_waited_for_have_it_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    take = SimulatedStream.take

    def broken(stream: SimulatedStream) -> Sequence[News]:
        if stage.machine.hands.pending() is not None:
            raise ProbeError("the probe engine has ended: killed by signal 9")
        return take(stream)

    monkeypatch.setattr(SimulatedStream, "take", broken)
    drill = stage.drill()
    assert drill.verdict != PASS
    assert "killed by signal 9" in drill.reason
    assert stage.is_as_before()


@pytest.mark.parametrize("wrong", ["sent", "enough"])
def test_whatever_goes_wrong_the_change_is_taken_back(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()

    def mistaken(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(RoundRun, {"sent": "_issued", "enough": "_seen_enough"}[wrong], mistaken)
    with pytest.raises(ZeroDivisionError):
        stage.drill()
    assert stage.is_as_before()


def test_a_backup_without_a_path_is_the_active_slave_for_no_longer_than_the_limit() -> None:
    stage = Stage()
    stage.machine.driver.silence("eno2")  # its link is up, but nothing comes through
    began = stage.machine.clock
    drill = stage.drill("eno2")
    assert drill.verdict != PASS
    assert "no answer for" in drill.reason
    assert stage.is_as_before()
    assert stage.machine.bond.active is not None
    assert stage.machine.bond.active.name == "eno1"
    assert stage.machine.clock - began < 10


def test_a_driver_that_goes_back_by_itself_at_the_last_moment_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slave is seen to be ready, the driver's own switch is not: then there is nothing left to do."""
    stage = Stage()
    monkeypatch.setattr(Lookout, "_home_active", lambda *_: False)
    drill = stage.drill()
    assert (drill.verdict, drill.rounds[0].trouble, drill.rounds[0].besides) == (PASS, "", ())


def test_holding_lasts_some_probes_however_long_their_period_is(stage: Stage) -> None:
    drill = stage.drill(period_s=2.0, hold_s=0.5)
    (one,) = drill.rounds
    assert one.failback is not None
    assert one.failback.worst is not None
    assert one.failback.worst.sent >= 2
    assert drill.verdict == PASS


# The pre-flight


def checks(preflight: Preflight) -> dict[str, str]:
    """Result by name."""
    return {each.name: each.result for each in preflight.checks}


def test_a_target_that_does_not_answer_is_a_no_go() -> None:
    stage = Stage(silent=["192.168.10.1"])
    preflight = stage.rehearsal.preflight(stage.wish())
    assert (preflight.verdict, checks(preflight)["reachable"]) == ("refuse", "refuse")
    assert "192.168.10.1" in preflight.reasons[-1]
    drill = stage.rehearsal.run(preflight)
    assert (drill.verdict, stage.done_to_links, stage.latest.step) == (REFUSED, [], DONE)


def test_a_target_elsewhere_is_a_no_go(stage: Stage) -> None:
    preflight = stage.rehearsal.preflight(stage.wish(targets=(Target("127.0.0.1"),)))
    assert checks(preflight)["targets"] == "refuse"


def test_lost_probes_before_the_fault_are_a_no_go() -> None:
    stage = Stage("failover", start_at=7.5)  # its cable is pulled while the baseline is measured
    preflight = stage.rehearsal.preflight(stage.wish())
    assert checks(preflight)["baseline"] == "refuse"


def test_switch_active_needs_a_mode_with_an_active_slave() -> None:
    stage = Stage("lacp")
    preflight = stage.rehearsal.preflight(stage.wish(fault=SWITCH_ACTIVE))
    assert checks(preflight)["fault"] == "refuse"
    assert "802.3ad" in " ".join(preflight.reasons)


def test_the_pre_flight_says_that_the_active_slave_is_put_back() -> None:
    assert "eno1 is made the active slave again" in " ".join(
        each.words for each in Stage().rehearsal.preflight(Stage().wish()).checks if each.name == "active"
    )
    assert "active" not in checks(Stage("lacp").rehearsal.preflight(Stage("lacp").wish()))


def test_the_guards_are_asked_about_making_a_backup_active_too(stage: Stage) -> None:
    for fault in (ADMIN_DOWN, SWITCH_ACTIVE):
        preflight = stage.another().preflight(stage.wish("eno2", fault=fault))
        assert preflight.plans[0].command[-2:] == ("active_slave", "eno2")
        assert checks(preflight)["default-route"] == "ask"
        assert checks(preflight)["change-pending"] == "ok"


def test_the_pre_flight_changes_nothing(stage: Stage) -> None:
    before = stage.machine.bond
    stage.rehearsal.preflight(stage.wish("eno1", "eno2"))
    after = stage.machine.bond
    assert stage.done_to_links == []
    assert [each.link.admin_up for each in after.slaves] == [each.link.admin_up for each in before.slaves]
    assert after.options.active_slave == before.options.active_slave


def test_the_period_is_a_tenth_of_the_monitors_interval_unless_asked_for(stage: Stage) -> None:
    assert stage.rehearsal.preflight(stage.wish()).period_s == pytest.approx(0.01)
    assert stage.another().preflight(stage.wish(period_s=0.05)).period_s == pytest.approx(0.05)


def test_several_targets_are_several_flows(stage: Stage) -> None:
    wanted = (Target("192.168.10.1"), Target("192.168.10.7"))
    preflight = stage.rehearsal.preflight(stage.wish(targets=wanted))
    assert [each.target for each in preflight.flows] == list(wanted)
    assert {each.device for each in preflight.flows} == {"bond0"}
