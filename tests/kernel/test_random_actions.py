"""Random sequences of actions, faults, kills and settlings on real bonds; what they do is made from their number."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random

import pytest

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.action import ACTIVATE, DOWN, UP, Action, Pending, Plan
from bondtui.model.bond import Bond
from bondtui.model.host import HostFacts
from bondtui.model.reading import Reading, SourceError, Stamp
from bondtui.operation import APPLIED, Operation
from bondtui.ports import ActionError, NothingPending, Source
from bondtui.system.hands import KernelHands
from bondtui.system.reader import Reader
from tests.kernel import namespaces, traces
from tests.kernel.lab import BONDTUI, Lab
from tests.kernel.waiting import until
from tests.kernel.witness import Witness

MODES = ("active-backup", "balance-tlb", "balance-alb", "802.3ad", "balance-rr", "balance-xor")
OF_EACH_MODE, STEPS = 2, 8
LONGEST_S = 5.0
"""No change waits longer than this to be taken back."""


class Killed(BaseException):
    """The interface has been killed in the middle of an action."""


class DisturbedHands(KernelHands):
    """Hands to which something happens while they act."""

    def __init__(self, root: str) -> None:
        super().__init__(root=root)
        self.at_call: dict[int, Callable[[], object]] = {}
        """What happens when so many more calls have come."""

    def look(self) -> Reading:
        self._begin()
        return super().look()

    def host(self, bond: Bond) -> HostFacts:
        self._begin()
        return super().host(bond)

    def arm(self, plan: Plan) -> Pending:
        self._begin()
        return super().arm(plan)

    def apply(self, plan: Plan) -> Stamp:
        sent = super().apply(plan)
        self._begin()
        return sent

    def write_down(self, what: str, plan: Plan, details: Mapping[str, object]) -> None:
        super().write_down(what, plan, details)
        self._begin()

    def _begin(self) -> None:
        due, self.at_call = self.at_call.pop(0, None), {left - 1: do for left, do in self.at_call.items() if left}
        if due is not None:
            due()


BEFORE_THE_LAST_LOOK, IN_ALL = 5, 8
"""Calls of the hands from the answer on: look, host, arm, write_down and the last look; then apply and what follows."""


class Sequence:
    """One random sequence on one bond, and what is known of it. It is played by a thread that is on the machine."""

    def __init__(self, number: int, lab: Lab, mode: str) -> None:
        self.random = Random(number)
        self.lab = lab
        self.mode = mode
        self.bond = f"bond{number}"
        """A name of its own: the kernel log, which tells of lost links, is common to all machines."""
        self.slaves = [f"eno{each}" for each in range(1, self.random.choice((2, 2, 3, 4)) + 1)]
        self.silent: set[str] = set()
        self.kept: set[str] = set()
        """Slaves that a person has kept down."""
        self.steps: list[str] = []
        self.counts: Counter[str] = Counter()
        self._began = time.monotonic()
        self._seen_down: set[str] = set()

    def play(self) -> None:
        """All steps, then silence until every deadline has passed."""
        self.lab.bond(self.mode, *self._settings(), name=self.bond, slaves=self.slaves)
        self.lab.settled(self.bond)
        self.hands = DisturbedHands(str(self.lab.root))
        self.reader = Reader(self._source, interval=1.0)
        self.reader.start(lambda: None)
        until(lambda: self.reader.latest.at, what="first reading")
        steps = (
            [self.act] * 4
            + [self.act_and_die] * 2
            + [self.fault] * 3
            + [self.settle] * 2
            + [self.wait, self.kill_switch]
        )
        try:
            with Witness(self.lab, self.bond) as self.witness:
                self.begin()
                for _ in range(STEPS):
                    self.random.choice(steps)()
                    self.check()
                for slave in self.slaves:
                    self.lab.plug(slave)
                until(self.nothing_pending, LONGEST_S + 10)
                until(lambda: not traces.switches(self.lab.processes()), what="the end of the dead-man's switch")
                self.witness.catch_up()
                self.check()
                assert self.down() <= self.kept, f"down at the end, and not kept: {self.down() - self.kept}"
                self.counts["downs"] = self.witness.downs
        finally:
            self.reader.stop()
            self.lab.ip("link", "delete", self.bond)
            self.lab.batch([f"link delete {slave}" for slave in self.slaves])
            self.lab.on_switch("link", "delete", f"partner-{self.bond}"[:15])

    def nothing_pending(self) -> bool:
        """Whether all is settled, also what a killed switch has left, and what cannot be taken back."""
        self.next_start()
        pending = self.hands.pending()
        if pending and pending.action == ACTIVATE and pending.trouble and self.kept:
            self._say(f"  {self.hands.keep()}")  # the slave that was active before is down for good
        return pending is None

    def check(self) -> None:
        """What must hold at any moment."""

        def excused() -> bool:
            down, pending = self.down(), self.hands.pending()
            return down <= self.kept | ({pending.slave} if pending and pending.action == DOWN else set())

        if self.down() != self._seen_down:
            self.witness.catch_up()  # before anything else happens
        self._seen_down = self.down()
        until(excused, 2.0, what=f"{self.down()} down, of which only {self.kept} were kept, and nothing pending")
        self.kept &= self.down()
        assert not self.witness.complaints, self.witness.complaints

    def down(self) -> set[str]:
        """The slaves that are set down."""
        return {each for each in self.slaves if not int(self.lab.sysfs(each, "flags") or "0x1", 16) & 1}

    def begin(self) -> None:
        """Nothing is wrong yet, so a slave can be set down, and taken back."""
        operation = Operation(self.hands, self.reader)
        wish = self._wish(DOWN)._replace(revert_after=LONGEST_S)
        outcome = operation.carry_out(operation.plan(wish), typed=self.bond)
        self._say(f"  {outcome.words}")
        assert outcome.result == APPLIED
        self._say(f"  {self.hands.revert()}")

    def act(self) -> None:
        """Somebody asks for something, reads the plan and agrees; anything may happen meanwhile."""
        action = self._wish(self.random.choice(self._kinds()))
        operation = Operation(self.hands, self.reader)
        try:
            plan = operation.plan(action)
            if self.random.random() < 0.2:
                self.fault()
            self._trouble_ahead()
            outcome = operation.carry_out(plan, typed=self.random.choice((self.bond, self.bond, self.bond, "")))
        except (SourceError, Killed) as error:
            self._say(f"  {type(error).__name__} {error}")
            self.counts[type(error).__name__] += 1
        else:
            self._say(f"  {outcome.words}")
            self.counts[f"{action.kind} {outcome.result}"] += 1
        finally:
            self.hands.at_call.clear()

    def act_and_die(self) -> None:
        """The same from the command line, killed by SIGKILL at any moment."""
        action = self._wish(self.random.choice(self._kinds()))
        slave = self.reader.latest.links[action.slave].name
        after = [] if action.kind == UP else ["--revert-after", str(action.revert_after)]
        argv = [*BONDTUI, action.kind, self.bond, slave, *after, "--yes", "--confirm", self.bond]
        before, down = self._record(), self.down()
        moments: dict[str, Callable[[], object]] = {
            "armed": lambda: self._record() not in (before, b""),
            "told to the switch": lambda: b"applied_at" in self._record() and self._record() != before,
            "down": lambda: slave in self.down() - down,
            "done": lambda: False,
        }
        moment = self.random.choice(sorted(moments))
        seconds = self.random.choice((1.2, 5.0, 5.0))
        with subprocess.Popen(
            self.lab.argv(*argv), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            until_then = time.monotonic() + seconds
            while process.poll() is None and time.monotonic() < until_then and not moments[moment]():
                time.sleep(0.01)
            process.kill()
            _, said = process.communicate()
        self._say(f"  killed when {moment} or after {seconds} s: {process.returncode} {said.strip()}")
        self.counts[f"command line {process.returncode}"] += 1
        self.witness.catch_up()

    def fault(self) -> None:
        """Something happens at the other end of a cable."""
        slave = self.random.choice(self.slaves)
        what = self.random.choice(("pull", "pull", "plug", "plug", "speak" if slave in self.silent else "silence"))
        self._say(f"{what} {slave}")
        getattr(self.lab, what)(slave)
        self.silent ^= {slave} if what in ("silence", "speak") else set()

    def wait(self) -> None:
        """Time passes."""
        seconds = self.random.choice((0.05, 0.3, 1.0))
        self._say(f"wait {seconds}")
        time.sleep(seconds)

    def settle(self) -> None:
        """Somebody keeps the change or takes it back, from any terminal."""
        pending = self.hands.pending()
        if pending is None:
            return
        keeps = self.random.random() < 0.5
        self._say(f"{'keep' if keeps else 'revert'} {pending.action} {pending.slave}")
        try:
            self._say(f"  {self.hands.keep() if keeps else self.hands.revert()}")
        except NothingPending as error:
            self._say(f"  {error}")
        except ActionError as error:
            self._say(f"  {error}")
            assert not keeps, "what is kept needs nobody's consent"
        else:
            self.counts["kept" if keeps else "reverted"] += 1
            if keeps and pending.action == DOWN:
                self.kept.add(pending.slave)

    def kill_switch(self) -> None:
        """The dead-man's switch is killed; some time later bondtui is started again."""
        for pid in traces.switches(self.lab.processes()):
            self._say(f"the switch {pid} is killed")
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.counts["switch killed"] += 1
        if self.random.random() < 0.7:
            self.wait()
            self.next_start()

    def next_start(self) -> None:
        """What the next start offers after a killed switch: to take the change back, or to keep it."""
        pending = self.hands.pending()
        if pending is not None and not pending.alive:
            self.counts["settled after a kill"] += 1
            self.settle()

    def _trouble_ahead(self) -> None:
        """What will happen while the action is being carried out."""
        chance = self.random.random()
        if chance < 0.2:
            call = self.random.randrange(IN_ALL)
            self._say(f"  the interface is killed at call {call}")
            self.hands.at_call[call] = self._killed
        elif chance < 0.6:
            call = self.random.randrange(BEFORE_THE_LAST_LOOK)
            self._say(f"  at call {call}:")
            self.hands.at_call[call] = self.fault if chance < 0.5 else self.settle

    @staticmethod
    def _killed() -> None:
        raise Killed

    def _record(self) -> bytes:
        """What is written of the pending change, by a switch that may end at this moment."""
        try:
            return (traces.runtime_folder(self.lab.machine) / "change.json").read_bytes()
        except FileNotFoundError:
            return b""

    def _wish(self, kind: str) -> Action:
        links = {link.name: link.ifindex for link in fold.took(Monitor(), self.hands.look()).links.values()}
        down = self.down()
        kind = kind if down or kind != UP else DOWN
        likely = sorted(down if kind == UP else set(self.slaves) - down) or self.slaves
        slave = self.random.choice(likely if self.random.random() < 0.9 else self.slaves)
        back = None if kind == UP else self.random.choice((1.0, 1.7, LONGEST_S / 2))
        self._say(f"{kind} {slave}, back after {back}")
        return Action(kind, links[self.bond], links[slave], back)

    def _kinds(self) -> list[str]:
        with_active_slave = self.mode in MODES[:3]
        return [DOWN] * 4 + [UP] + [ACTIVATE] * (2 if with_active_slave else 0)

    def _settings(self) -> list[str]:
        miimon = self.random.choice((50, 100))
        settings = ["miimon", miimon, "updelay", miimon * self.random.choice((0, 0, 2, 10))]
        settings += ["downdelay", miimon * self.random.choice((0, 0, 3))]
        if self.mode == "802.3ad":
            settings += ["lacp_rate", "fast", "min_links", self.random.choice((0, len(self.slaves) - 1))]
        elif self.mode in MODES[:3]:
            settings += ["primary_reselect", self.random.choice(("always", "better", "failure"))]
        self._say(f"{self.mode} {settings} {self.slaves}")
        return [str(each) for each in settings]

    def _source(self) -> Source:
        namespaces.enter(self.lab.machine)
        return self.lab.source()

    def _say(self, words: str) -> None:
        self.steps.append(f"{time.monotonic() - self._began:7.3f}  {words}")


def played(number: int, lab: Lab, mode: str) -> Sequence:
    """Play one sequence; a failure tells its number and its steps."""
    namespaces.enter(lab.machine)
    sequence = Sequence(number, lab, mode)
    try:
        sequence.play()
    except Exception as error:
        raise AssertionError("\n".join([f"sequence {number}: {error!r}", *sequence.steps])) from error
    return sequence


@pytest.fixture
def labs(lab: Lab) -> Iterator[list[Lab]]:
    """Two machines, on which sequences are played at the same time."""
    other = Lab()
    yield [lab, other]
    other.close()


@pytest.mark.parametrize("mode", MODES)
def test_nothing_stays_down_and_nobody_is_cut_off(labs: list[Lab], mode: str) -> None:
    first = MODES.index(mode) * OF_EACH_MODE
    numbers = range(first, first + OF_EACH_MODE)
    with ThreadPoolExecutor(len(labs)) as pool:
        shares = [numbers[share :: len(labs)] for share in range(len(labs))]
        play = lambda share, lab: [played(number, lab, mode) for number in share]  # noqa: E731
        done = [sequence for part in pool.map(play, shares, labs) for sequence in part]
    assert all(sequence.counts["downs"] for sequence in done)
