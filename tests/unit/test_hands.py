"""Guarded actions on the running kernel, with a kernel and a switch of the test's own."""

from __future__ import annotations

import errno
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bondtui.core.rtnetlink import IFF_UP
from bondtui.model.reading import SourceError, Stamp
from bondtui.ports import ActionError, NotPermitted
from bondtui.system import runtime
from bondtui.system.hands import KernelHands
from bondtui.system.netlink import ChangeRefused
from bondtui.system.switch import Switch
from tests.actions import a_plan
from tests.builders import a_bond, a_pair, a_situation, a_slave, links_of
from tests.changes import FakeKernel, Sent, a_down_plan, an_activate_plan


class FakeSwitch(Switch):
    """Is armed, or gone at one of two moments."""

    def __init__(self, folder: Path) -> None:
        super().__init__(system=str(folder / "run"), logs=[str(folder / "log")], systemd="/nowhere")
        self.gone_before = self.gone_after = False

    def begin(self, identity: str) -> None:
        if self.gone_before:
            raise ActionError("the dead-man's switch is gone")

    def applied(self, identity: str) -> bool:
        return not self.gone_after


class Machine:
    """The healthy bond0, and hands on it."""

    def __init__(self, folder: Path) -> None:
        self.kernel = FakeKernel(links_of(a_pair()))
        self.switch = FakeSwitch(folder)
        self.hands = KernelHands(switch=self.switch, open_kernel=self.kernel)
        self.log = folder / "log/audit.jsonl"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    with tempfile.TemporaryDirectory() as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", name)
        yield Machine(Path(name))


def test_only_what_is_meant_is_sent(machine: Machine) -> None:
    machine.hands.apply(a_down_plan())
    up = a_plan(a_situation(a_bond(a_slave("eno1", 2, admin_up=False), a_slave("eno2", 3)), "up"))
    machine.hands.apply(up)
    machine.hands.apply(an_activate_plan())
    assert machine.kernel.sent == [Sent(2, 0, IFF_UP), Sent(2, IFF_UP, IFF_UP), Sent(10, 0, 0)]


def test_it_tells_when_the_kernel_was_told(machine: Machine) -> None:
    before = machine.hands.now()
    asked: list[Stamp] = []

    def take_down_when(kernel: FakeKernel, request: Sent) -> None:
        asked.append(machine.hands.now())
        kernel.obey(request)

    machine.kernel.on_change = take_down_when
    sent = machine.hands.apply(a_down_plan())
    assert [before, sent, *asked] == sorted([before, sent, *asked])


def test_without_a_switch_nothing_is_sent(machine: Machine) -> None:
    machine.switch.gone_before = True
    with pytest.raises(ActionError, match="the dead-man's switch is gone"):
        machine.hands.apply(a_down_plan())
    assert machine.kernel.sent == []


def test_a_switch_that_dies_at_that_moment_is_stood_in_for(machine: Machine) -> None:
    machine.switch.gone_after = True
    with pytest.raises(ActionError, match="the dead-man's switch is gone; eno1 is set up in bond0"):
        machine.hands.apply(a_down_plan())
    assert machine.kernel.links_by_index[2].admin_up


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (ChangeRefused(errno.EPERM, "not permitted (EPERM)"), NotPermitted),
        (ChangeRefused(errno.EACCES, "the option does not exist (EACCES)"), ActionError),
        (SourceError("the kernel did not answer"), ActionError),
        (OSError(errno.ENOBUFS, "No buffer space available"), ActionError),
    ],
)
def test_a_refusal_of_the_kernel_is_said_in_its_words(
    machine: Machine, raised: Exception, seen: type[ActionError]
) -> None:
    def fail(*_: Any) -> None:
        raise raised

    machine.kernel.on_change = fail
    with pytest.raises(ActionError) as caught:
        machine.hands.apply(a_down_plan())
    assert type(caught.value) is seen
    assert str(caught.value) == str(raised)


@pytest.mark.parametrize(
    ("may", "said"), [(True, ""), (False, "changing a link needs CAP_NET_ADMIN: start it with sudo")]
)
def test_what_is_in_the_way_is_said(monkeypatch: pytest.MonkeyPatch, machine: Machine, said: str, *, may: bool) -> None:
    monkeypatch.setattr(runtime, "may_change_links", lambda: may)
    assert machine.hands.obstacle() == said
    if not may:
        with pytest.raises(NotPermitted, match="CAP_NET_ADMIN"):
            machine.hands.arm(a_down_plan())


def test_each_step_is_written_down(machine: Machine) -> None:
    machine.hands.write_down("refused", a_down_plan(), {"result": "Refused: eno1 is the last usable slave.", "id": "x"})
    machine.hands.write_down("applied", a_down_plan(), {"effects": "active eno1 -> eno2 after 94 ms", "id": None})
    refused, applied = (json.loads(line) for line in machine.log.read_text().splitlines())
    assert (refused["what"], refused["id"], refused["result"]) == (
        "refused",
        "x",
        "Refused: eno1 is the last usable slave.",
    )
    assert (applied["effects"], applied["id"]) == ("active eno1 -> eno2 after 94 ms", None)
    assert applied["ifindexes"] == {"bond": 10, "slave": 2}
    assert applied["netns"] == runtime.namespace()


def test_what_cannot_be_written_down_is_said(machine: Machine) -> None:
    machine.log.parent.write_text("")
    with pytest.raises(ActionError, match="cannot write the audit log"):
        machine.hands.write_down("applying", a_down_plan(), {})


def test_now_is_on_the_clocks_of_the_events(machine: Machine) -> None:
    first = machine.hands.now()
    machine.hands.pause(0.0)
    assert machine.hands.now() >= first
