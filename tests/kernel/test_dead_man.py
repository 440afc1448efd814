"""The dead-man's switch on real bonds: it takes back what it must, leaves alone what it may not touch, and says so."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from bondtui.actions.plan import plan
from bondtui.actions.situation import Situation
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.action import ACTIVATE, DOWN, Action, Pending, Plan
from bondtui.model.host import HostFacts
from bondtui.ports import ActionError, NothingPending
from bondtui.system import runtime
from bondtui.system.hands import KernelHands
from bondtui.system.lock import Lock
from tests.kernel import traces
from tests.kernel.lab import BONDTUI, Lab
from tests.kernel.waiting import until

PYTHON = BONDTUI[:2]


class Machine:
    """A machine with an active-backup bond of eno1 (active) and eno2, and hands on it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.hands = KernelHands()

    def plan(self, kind: str = DOWN, slave: str = "eno1", revert_after: float = 600.0) -> Plan:
        """A plan on what the kernel says now."""

        def read() -> Monitor:
            with closing(self.lab.source()) as source:
                return fold.took(Monitor(), source.read())

        bond = next(each for each in self.lab.within(read).bonds if each.name == "bond0")
        chosen = next(each for each in bond.slaves if each.name == slave)
        action = Action(kind, bond.ifindex, chosen.ifindex, revert_after)
        return plan(Situation(action, bond, chosen, HostFacts(), None, {}))

    def arm(self, planned: Plan) -> Pending:
        """Arm the switch and nothing else."""
        return self.lab.within(lambda: self.hands.arm(planned))

    def change(self, planned: Plan) -> Pending:
        """Arm the switch and make the change."""

        def both() -> Pending:
            pending = self.hands.arm(planned)
            self.hands.apply(planned)
            return pending

        return self.lab.within(both)

    def keep(self) -> str:
        return self.lab.within(self.hands.keep)

    def revert(self) -> str:
        return self.lab.within(self.hands.revert)

    @property
    def pending(self) -> Pending | None:
        """What is pending on the machine."""
        return self.lab.within(self.hands.pending)

    def switch(self) -> int:
        """The process of the switch."""
        (pid,) = traces.switches(self.lab.processes())
        return pid

    def ended(self) -> dict[str, Any]:
        """Wait for the end of the switch; nothing may be left of it. Returns the last entry of the audit log."""
        until(lambda: traces.switches(self.lab.processes()) == [], what="the end of the switch")
        folder = traces.runtime_folder(self.lab.machine)
        assert [each.name for each in folder.iterdir()] == ["lock"]
        lock = Lock(str(folder))
        assert lock.take(0.0)
        lock.release()
        assert self.pending is None
        return traces.audit()[-1]


@pytest.fixture
def machine(lab: Lab) -> Iterator[Machine]:
    """eno1 is active, eno2 is ready; no process may be left on it."""
    lab.bond()
    lab.settled(active="eno1")
    yield Machine(lab)
    assert lab.processes() == []


def test_when_time_is_up_the_slave_comes_back(machine: Machine) -> None:
    machine.change(machine.plan(revert_after=2.0))
    machine.lab.slave_is("eno1", "down")
    pending = machine.pending
    assert pending is not None
    assert pending.alive
    machine.lab.slave_is("eno1", "up")
    end = machine.ended()
    assert (end["what"], end["why"], end["result"]) == ("reverted", "time was up", "eno1 is set up in bond0")
    assert end["times"]["pending_ms"] >= 2000


def test_kept_it_stays_down(machine: Machine) -> None:
    machine.change(machine.plan(revert_after=600.0))
    assert machine.keep() == "Kept: eno1 stays as it is in bond0."
    assert machine.ended()["what"] == "kept"
    assert not machine.lab.is_admin_up("eno1")
    with pytest.raises(NothingPending, match="the last change, down eno1 in bond0, was kept at"):
        machine.revert()


def test_it_comes_back_at_once_on_request(machine: Machine) -> None:
    machine.change(machine.plan())
    assert machine.revert() == "Taken back: eno1 is set up in bond0."
    assert machine.lab.is_admin_up("eno1")
    assert machine.ended()["what"] == "reverted"


def test_told_to_end_it_takes_the_change_back(machine: Machine) -> None:
    machine.change(machine.plan())
    os.kill(machine.switch(), signal.SIGTERM)
    end = machine.ended()
    assert (end["what"], end["why"]) == ("reverted", "the dead-man's switch was told to end")
    assert machine.lab.is_admin_up("eno1")


def test_killed_it_leaves_word_and_its_work_is_done_on_request(machine: Machine) -> None:
    machine.change(machine.plan())
    os.kill(machine.switch(), signal.SIGKILL)
    until(lambda: machine.lab.processes() == [], what="its end")
    pending = machine.pending
    assert pending is not None
    assert (pending.slave, pending.alive) == ("eno1", False)
    with pytest.raises(ActionError, match="its dead-man's switch was killed"):
        machine.arm(machine.plan(slave="eno2"))
    assert machine.revert() == "Taken back: eno1 is set up in bond0."
    assert machine.lab.is_admin_up("eno1")
    assert machine.ended()["why"].endswith("its dead-man's switch was killed")


def test_an_interface_that_was_deleted_is_said_to_be_gone(machine: Machine) -> None:
    machine.change(machine.plan(revert_after=2.0))
    machine.lab.ip("link", "delete", "eno1")
    end = machine.ended()
    assert (end["what"], end["result"]) == ("gone", "the interface is gone")


def test_a_bond_that_was_deleted_is_said_to_be_gone(machine: Machine) -> None:
    machine.change(machine.plan())
    machine.lab.ip("link", "delete", "bond0")
    with pytest.raises(ActionError, match=r"^Cannot be taken back: the bond is gone$"):
        machine.revert()
    assert machine.ended()["what"] == "gone"


def test_a_slave_that_was_released_is_left_alone(machine: Machine) -> None:
    machine.change(machine.plan())
    machine.lab.ip("link", "set", "eno1", "nomaster")
    with pytest.raises(ActionError, match=r"^Cannot be taken back: eno1 is no longer in bond0$"):
        machine.revert()
    assert not machine.lab.is_admin_up("eno1")
    assert machine.ended()["what"] == "gone"


def test_a_slave_that_moved_to_another_bond_is_left_alone(machine: Machine) -> None:
    machine.change(machine.plan())
    machine.lab.ip("link", "add", "bond1", "type", "bond", "mode", "active-backup", "miimon", "100")
    machine.lab.ip("link", "set", "eno1", "nomaster")
    machine.lab.enslave("eno1", "bond1")
    machine.lab.ip("link", "set", "eno1", "down")
    with pytest.raises(ActionError, match=r"^Cannot be taken back: eno1 is no longer in bond0$"):
        machine.revert()
    assert not machine.lab.is_admin_up("eno1")
    assert machine.ended()["what"] == "gone"


def test_a_renamed_slave_is_still_the_same(machine: Machine) -> None:
    machine.change(machine.plan())
    machine.lab.ip("link", "set", "eno1", "name", "uplink")
    assert machine.revert() == "Taken back: uplink is set up in bond0."
    assert machine.lab.is_admin_up("uplink")
    assert machine.ended()["slave"] == "eno1"


def test_what_somebody_else_took_back_needs_nothing_more(machine: Machine) -> None:
    machine.change(machine.plan(revert_after=2.0))
    machine.lab.ip("link", "set", "eno1", "up")
    assert machine.ended()["what"] == "not-needed"


def test_a_second_change_has_to_wait(machine: Machine) -> None:
    machine.change(machine.plan())
    with pytest.raises(ActionError, match=r"another change is pending \(down eno1 in bond0\)"):
        machine.arm(machine.plan(slave="eno2"))
    assert machine.lab.is_admin_up("eno2")
    machine.revert()
    machine.lab.slave_is("eno1", "up")
    machine.change(machine.plan(slave="eno2"))
    machine.revert()
    assert machine.ended()["slave"] == "eno2"


def test_another_network_namespace_is_another_machine(machine: Machine) -> None:
    machine.change(machine.plan())
    assert KernelHands().pending() is None
    with pytest.raises(NothingPending):
        KernelHands().revert()
    assert not machine.lab.is_admin_up("eno1")
    machine.revert()
    machine.ended()


def test_the_active_slave_of_before_is_waited_for(machine: Machine) -> None:
    machine.change(machine.plan(ACTIVATE, "eno2"))
    machine.lab.settled(active="eno2")
    machine.lab.pull("eno1")
    machine.lab.slave_is("eno1", "down")
    with pytest.raises(ActionError, match=r"it could not be taken back yet: .*EINVAL"):
        machine.revert()
    until(lambda: traces.audit() and traces.audit()[-1]["what"] == "revert-failed", what="that it failed")
    pending = machine.pending
    assert pending is not None
    assert "EINVAL" in pending.trouble
    assert pending.alive
    machine.lab.plug("eno1")
    end = machine.ended()
    assert (end["what"], end["result"]) == ("reverted", "eno1 is the active slave of bond0")
    assert end["times"]["tries"] >= 3
    assert machine.lab.info("bond0")["active_slave"] == "eno1"


def test_the_active_slave_of_before_may_be_gone(machine: Machine) -> None:
    machine.change(machine.plan(ACTIVATE, "eno2"))
    machine.lab.ip("link", "set", "eno1", "nomaster")
    with pytest.raises(ActionError, match=r"^Cannot be taken back: eno1 is no longer in bond0$"):
        machine.revert()
    assert machine.lab.info("bond0")["active_slave"] == "eno2"
    machine.ended()


@pytest.mark.parametrize("mode", ["balance-rr", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"])
def test_in_every_mode_a_slave_comes_back(lab: Lab, mode: str) -> None:
    lab.bond(mode)
    lab.settled()
    machine = Machine(lab)
    machine.change(machine.plan())
    lab.slave_is("eno1", "down")
    machine.revert()
    lab.slave_is("eno1", "up")
    assert machine.ended()["what"] == "reverted"


def test_everybody_can_look_but_only_root_can_settle(machine: Machine) -> None:
    machine.change(machine.plan())
    code = """
from bondtui.ports import ActionError
from bondtui.system.hands import KernelHands
pending = KernelHands().pending()
print(pending.slave, pending.alive, pending.who)
for settle in (KernelHands().keep, KernelHands().revert):
    try:
        settle()
    except ActionError as error:
        print(type(error).__name__, error)
"""
    argv = machine.lab.argv(*PYTHON, "-c", code, ordinary=True)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    looked, *refused = done.stdout.splitlines()
    assert looked.startswith("eno1 True root")
    assert [line.split(":")[0] for line in refused] == ["NotPermitted not permitted"] * 2
    assert machine.pending is not None
    machine.revert()
    machine.ended()


def test_without_the_privilege_nothing_is_armed(machine: Machine) -> None:
    code = """
import sys
from bondtui.ports import NotPermitted
from bondtui.system import runtime
from bondtui.system.hands import KernelHands
print(runtime.may_change_links(), KernelHands().obstacle())
"""
    argv = machine.lab.argv(*PYTHON, "-c", code, ordinary=True)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False changing a link needs CAP_NET_ADMIN: start it with sudo\n"
    assert runtime.may_change_links()
