"""An armed dead-man's switch: when it takes the change back, what it answers, and what it leaves behind."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bondtui.actions.record import undo_of
from bondtui.core.rtnetlink import IFF_UP
from bondtui.model.reading import SourceError
from bondtui.system.change_file import ChangeFile
from bondtui.system.countdown import Around, Countdown
from bondtui.system.lock import Lock
from bondtui.system.netlink import ChangeRefused
from bondtui.system.taking_back import TakingBack
from tests.builders import a_pair, links_of
from tests.changes import ASKING, DEADLINE, FakeKernel, Sent, an_activate_plan, an_armed_change

Entry = dict[str, Any]


class FakeReports:
    """What was written, and what everybody was told."""

    def __init__(self) -> None:
        self.written: list[Entry] = []
        self.cried: list[Entry] = []
        self.trouble = ""

    def write(self, entry: Entry, *, needed: bool = False, loud: bool = False) -> str:
        if not self.trouble:
            self.written.append(entry)
        return self.trouble

    def running(self) -> int:
        return 0

    def cry_out(self, entry: Entry) -> None:
        self.cried.append(entry)


class FakeCaller:
    """Somebody who asks, and the answer he got."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}

    def answer(self, **words: Any) -> None:
        self.said = words


class FakeRequest:
    def __init__(self, do: str, identity: str | None) -> None:
        self.do, self.id, self.who, self.caller = do, identity, {**ASKING, "sudo_user": "bob"}, FakeCaller()


class FakeSocket:
    """Lets the clock of the test run while it listens, until the next request."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.requests: list[tuple[float, FakeRequest]] = []
        self.trouble: Exception | None = None
        self.closed = False

    def listen(self, seconds: float) -> list[FakeRequest]:
        if self.trouble is not None:
            raise self.trouble
        until = self._clock.now + max(0.0, seconds)
        due = [(at, request) for at, request in self.requests if at <= until]
        self._clock.now = max(self._clock.now, due[0][0]) if due else until
        self.requests = [each for each in self.requests if each not in due]
        return [request for _, request in due]

    def close(self) -> None:
        self.closed = True


class Clock:
    def __init__(self) -> None:
        self.now = DEADLINE - 60.0

    def __call__(self) -> float:
        return self.now


class Machine:
    """A switch that was just armed, and everything around it."""

    def __init__(self, folder: Path, kernel: FakeKernel, record: dict[str, Any]) -> None:
        self.kernel, self.clock, self.reports = kernel, Clock(), FakeReports()
        self.socket = FakeSocket(self.clock)
        self.file = ChangeFile(str(folder))
        self.file.write(record)
        self.lock = Lock(str(folder))
        assert self.lock.take(0.0)
        self.told_to_end = False
        back = TakingBack(undo_of(record), kernel)
        fakes: Any = (self.file, self.socket, back, self.reports, self.lock.release, lambda: self.told_to_end)
        around = Around(*fakes)
        self.countdown = Countdown(record, around, self.clock)

    def ask(self, do: str, *, after: float = 1.0, identity: str | None = "abc123") -> FakeCaller:
        """Somebody asks so many seconds from now."""
        request = FakeRequest(do, identity)
        self.socket.requests.append((self.clock.now + after, request))
        return request.caller

    def run(self, until: Callable[[], object] | None = None) -> None:
        """Until the change is settled, or until then."""
        for _ in range(2000):
            if self.countdown.settled or (until is not None and until()):
                return
            self.countdown.step()
        raise AssertionError("it goes on for ever")

    @property
    def last(self) -> Entry:
        """The last entry of the audit log."""
        return self.reports.written[-1]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def machine(folder: Path) -> Machine:
    """eno1 was set down, and there are sixty seconds left."""
    return Machine(folder, FakeKernel.with_slave_down(), an_armed_change())


def refuse(_: FakeKernel, __: Sent) -> None:
    raise ChangeRefused(errno.EINVAL, "the driver takes no such value (EINVAL)")


def assert_nothing_is_left(machine: Machine, folder: Path) -> None:
    assert sorted(each.name for each in folder.iterdir()) == ["lock"]
    assert machine.socket.closed
    again = Lock(str(folder))
    assert again.take(0.0)
    again.release()


def test_when_time_is_up_the_slave_is_set_up_and_nothing_else_is_touched(machine: Machine, folder: Path) -> None:
    machine.run()
    assert machine.clock.now == DEADLINE
    assert machine.kernel.sent == [Sent(2, IFF_UP, IFF_UP)]
    assert machine.countdown.settled == "reverted"
    assert (machine.last["what"], machine.last["why"]) == ("reverted", "time was up")
    assert (machine.last["sudo_user"], machine.last["slave"], machine.last["id"]) == ("alice", "eno1", "abc123")
    assert machine.last["result"] == "eno1 is set up in bond0"
    assert machine.last["times"] == {"pending_ms": 60_000, "tries": 0, "revert_ms": 0}
    assert_nothing_is_left(machine, folder)


def test_nothing_happens_before_that(machine: Machine) -> None:
    machine.run(until=lambda: machine.clock.now >= DEADLINE - 1.0)
    assert machine.kernel.sent == []
    assert machine.reports.written == []


def test_time_in_suspend_counts(machine: Machine) -> None:
    machine.run(until=lambda: machine.clock.now > DEADLINE - 50.0)
    machine.clock.now += 3600.0
    machine.countdown.step()
    assert machine.countdown.settled == "reverted"


def test_kept_it_stays_and_the_switch_ends(machine: Machine, folder: Path) -> None:
    asked = machine.ask("keep")
    machine.run()
    assert machine.kernel.sent == []
    assert asked.said == {"done": "kept", "words": "Kept: eno1 stays as it is in bond0."}
    assert (machine.last["what"], machine.last["sudo_user"]) == ("kept", "bob")
    assert machine.last["why"] == "asked by bob as root, on pts/3, from 192.0.2.7"
    assert_nothing_is_left(machine, folder)


def test_what_cannot_be_written_down_is_not_kept_but_taken_back(machine: Machine) -> None:
    machine.reports.trouble = "cannot write the audit log"
    asked = machine.ask("keep")
    machine.run()
    assert asked.said == {"refused": "not kept: cannot write the audit log"}
    assert machine.countdown.settled == "reverted"
    assert machine.kernel.links_by_index[2].admin_up


def test_it_is_taken_back_at_once_on_request(machine: Machine, folder: Path) -> None:
    asked = machine.ask("revert", after=2.0)
    machine.run()
    assert machine.clock.now == DEADLINE - 58.0
    assert asked.said == {"done": "reverted", "words": "Taken back: eno1 is set up in bond0."}
    assert machine.last["why"].startswith("asked by bob")
    assert_nothing_is_left(machine, folder)


def test_told_to_end_it_takes_the_change_back_first(machine: Machine) -> None:
    machine.told_to_end = True
    machine.run()
    assert machine.clock.now < DEADLINE - 58.0
    assert machine.kernel.links_by_index[2].admin_up
    assert (machine.last["what"], machine.last["why"]) == ("reverted", "the dead-man's switch was told to end")


def test_what_somebody_else_has_taken_back_is_only_written_down(machine: Machine) -> None:
    machine.kernel.put(2, admin_up=True)
    machine.run()
    assert machine.kernel.sent == []
    assert (machine.last["what"], machine.last["result"]) == ("not-needed", "eno1 is set up in bond0")


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        (lambda kernel: kernel.links_by_index.pop(2), "the interface is gone"),
        (lambda kernel: kernel.links_by_index.pop(10), "the bond is gone"),
        (lambda kernel: kernel.put(2, master=None, slave=None), "eno1 is no longer in bond0"),
        (lambda kernel: kernel.put(2, master=11), "eno1 is no longer in bond0"),
    ],
)
def test_what_is_gone_is_left_alone_and_said(machine: Machine, folder: Path, gone: Any, why: str) -> None:
    gone(machine.kernel)
    asked = machine.ask("revert")
    machine.run()
    assert machine.kernel.sent == []
    assert (machine.last["what"], machine.last["result"]) == ("gone", why)
    assert asked.said == {"done": "gone", "words": f"Cannot be taken back: {why}."}
    assert_nothing_is_left(machine, folder)


def test_an_interface_that_goes_between_the_look_and_the_request_is_gone(machine: Machine) -> None:
    def vanish(kernel: FakeKernel, _: Sent) -> None:
        del kernel.links_by_index[2]
        raise ChangeRefused(errno.ENODEV, "the interface is gone (ENODEV)")

    machine.kernel.on_change = vanish
    machine.run()
    assert machine.countdown.settled == "gone"


def test_a_renamed_slave_is_set_up_under_its_new_name(machine: Machine) -> None:
    machine.kernel.put(2, name="uplink\x1b")
    machine.run()
    assert machine.last["result"] == "uplink\\x1b is set up in bond0"


def test_the_active_slave_of_before_is_made_active_again(folder: Path) -> None:
    pair = a_pair(active_slave=3)
    machine = Machine(folder, FakeKernel(links_of(pair)), an_armed_change(an_activate_plan()))
    machine.run()
    assert machine.kernel.sent == [Sent(10, 0, 0)]
    assert machine.last["result"] == "eno1 is the active slave of bond0"


def test_it_is_tried_again_with_growing_pauses_and_everybody_can_read_why(machine: Machine) -> None:
    tried: list[float] = []

    def note(kernel: FakeKernel, request: Sent) -> None:
        tried.append(machine.clock.now)
        refuse(kernel, request)

    machine.kernel.on_change = note
    machine.run(until=lambda: len(tried) == 8)
    pauses = [round(later - earlier, 3) for earlier, later in pairwise(tried)]
    assert pauses == [0.1, 0.3, 1.0, 2.0, 5.0, 5.0, 5.0]
    record = machine.file.read()
    assert record is not None
    assert record["trouble"] == "the driver takes no such value (EINVAL)"
    machine.kernel.on_change = FakeKernel.obey
    machine.run()
    assert machine.countdown.settled == "reverted"
    assert machine.last["times"]["tries"] == 8


def test_after_the_third_failure_everybody_is_told_and_then_every_ten_minutes(machine: Machine) -> None:
    machine.kernel.on_change = refuse
    machine.run(until=lambda: len(machine.kernel.sent) == 2)
    assert machine.reports.cried == []
    machine.run(until=lambda: machine.clock.now > DEADLINE + 590.0)
    (cried,) = machine.reports.cried
    assert (cried["what"], cried["times"]) == ("revert-failed", {"tries": 3})
    assert cried["result"] == "the driver takes no such value (EINVAL)"
    machine.run(until=lambda: machine.clock.now > DEADLINE + 1790.0)
    assert len(machine.reports.cried) == 3


def test_while_it_cannot_be_taken_back_it_still_answers(machine: Machine) -> None:
    machine.kernel.on_change = refuse
    machine.run(until=lambda: machine.clock.now > DEADLINE + 20.0)
    reverting, status, keeping = machine.ask("revert"), machine.ask("status", after=2.0), machine.ask("keep", after=3.0)
    machine.run()
    assert reverting.said["refused"].startswith("it could not be taken back yet: the driver takes no such value")
    assert status.said["record"]["trouble"] == "the driver takes no such value (EINVAL)"
    assert keeping.said["done"] == "kept"
    assert not machine.kernel.links_by_index[2].admin_up


@pytest.mark.parametrize("trouble", [SourceError("the kernel did not answer"), OSError(errno.ENOBUFS, "No buffer")])
def test_a_kernel_that_does_not_answer_is_asked_again_on_a_new_socket(machine: Machine, trouble: Exception) -> None:
    def fail() -> None:
        raise trouble

    machine.kernel.on_read = fail
    machine.run(until=lambda: machine.clock.now > DEADLINE + 5.0)
    assert machine.kernel.sent == []
    assert machine.kernel.opened > 3
    machine.kernel.on_read = lambda: None
    machine.run()
    assert machine.countdown.settled == "reverted"


def test_a_request_that_was_taken_without_an_answer_counts_as_ours(machine: Machine) -> None:
    def take_silently(kernel: FakeKernel, request: Sent) -> None:
        kernel.obey(request)
        raise SourceError("the kernel did not answer")

    machine.kernel.on_change = take_silently
    machine.run()
    assert machine.last["what"] == "reverted"


def test_what_the_kernel_refused_to_us_and_somebody_else_did_is_not_ours(machine: Machine) -> None:
    machine.kernel.on_change = refuse
    machine.run(until=lambda: len(machine.kernel.sent) == 1)
    machine.kernel.put(2, admin_up=True)
    machine.run()
    assert machine.last["what"] == "not-needed"


def test_trouble_with_requests_does_not_keep_it_from_reverting(machine: Machine) -> None:
    machine.socket.trouble = OSError(errno.EMFILE, "Too many open files")
    machine.clock.now = DEADLINE
    with pytest.raises(OSError, match="Too many"):
        machine.countdown.step()
    assert machine.countdown.settled == "reverted"


def test_it_says_how_much_time_is_left(machine: Machine) -> None:
    asked = machine.ask("status", after=12.0)
    machine.run(until=lambda: asked.said)
    assert asked.said["seconds_left"] == 48.0
    assert asked.said["record"]["id"] == "abc123"


def test_that_the_change_was_made_is_noted(machine: Machine) -> None:
    asked = machine.ask("applied")
    machine.run(until=lambda: asked.said)
    assert asked.said["done"] == "applied"
    record = machine.file.read()
    assert record is not None
    assert record["applied_at"] > 0


@pytest.mark.parametrize("told", [True, False])
def test_a_change_that_was_begun_is_waited_for(machine: Machine, *, told: bool) -> None:
    machine.kernel.put(2, admin_up=True)
    begun = machine.ask("applying", after=59.0)
    machine.run(until=lambda: machine.clock.now > DEADLINE + 0.3)
    assert begun.said["done"] == "applying"
    assert machine.countdown.settled == ""
    machine.kernel.put(2, admin_up=False)
    if told:
        machine.ask("applied", after=0.01)
    machine.run()
    assert machine.kernel.links_by_index[2].admin_up
    assert machine.last["what"] == "reverted"


def test_a_change_that_was_begun_is_not_waited_for_long(machine: Machine) -> None:
    machine.kernel.put(2, admin_up=True)
    machine.ask("applying", after=59.0)
    machine.run()
    assert DEADLINE + 2.9 < machine.clock.now < DEADLINE + 3.3
    assert machine.last["what"] == "not-needed"


def test_a_change_that_was_made_and_undone_by_somebody_is_not_waited_for(machine: Machine) -> None:
    machine.kernel.put(2, admin_up=True)
    machine.ask("applying", after=58.0)
    machine.ask("applied", after=59.0)
    machine.run()
    assert machine.clock.now == DEADLINE


def test_a_change_is_not_begun_when_the_time_is_nearly_up(machine: Machine) -> None:
    late = machine.ask("applying", after=59.9)
    machine.run()
    assert late.said == {"refused": "the time was up before the change could be made"}
    assert machine.clock.now == DEADLINE


def test_who_could_not_keep_it_is_not_who_took_it_back(machine: Machine) -> None:
    machine.reports.trouble = "cannot write the audit log"
    asked = machine.ask("keep")
    machine.run(until=lambda: asked.said)
    machine.reports.trouble = ""
    machine.run()
    assert (machine.last["what"], machine.last["sudo_user"]) == ("reverted", "alice")


def test_whatever_the_kernel_answers_it_is_tried_again(machine: Machine) -> None:
    def fail() -> None:
        raise KeyError

    machine.kernel.on_read = fail
    machine.run(until=lambda: machine.reports.cried)
    assert machine.reports.cried[0]["result"] == "KeyError()"
    machine.kernel.on_read = lambda: None
    machine.run()
    assert machine.countdown.settled == "reverted"


def test_a_request_about_another_change_is_refused(machine: Machine) -> None:
    wrong, unknown = machine.ask("keep", identity="other"), machine.ask("explode\x1b")
    machine.run()
    assert wrong.said == {"refused": "another change is pending now"}
    assert unknown.said == {"refused": "unknown: 'explode\\x1b'"}
    assert machine.countdown.settled == "reverted"


def test_a_change_file_that_somebody_removes_is_put_back(machine: Machine, folder: Path) -> None:
    (folder / "change.json").unlink()
    machine.run(until=(folder / "change.json").exists)
    record = machine.file.read()
    assert record is not None
    assert record["id"] == "abc123"
