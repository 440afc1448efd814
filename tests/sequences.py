"""Random sequences of actions, faults, kills and settlings on random machines; each is made from its number alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

from bondtui.model.action import ACTIVATE, DOWN, KINDS
from bondtui.model.bond import LACP, MODES_WITH_ACTIVE_SLAVE, BondOptions
from bondtui.model.reading import SourceError
from bondtui.operation import Operation
from bondtui.ports import ActionError
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import LACP_OPTIONS, OPTIONS, OTHER_SWITCH, plain_bond
from bondtui.simulated.spec import BondSpec
from tests.judged import JudgedHands
from tests.virtual import VirtualMachine, VirtualWatcher

STEPS = 25
LONGEST_S = 60.0
"""No change waits longer than this to be taken back."""
FAULTS: tuple[tuple[str, Callable[[Driver, str], None]], ...] = (
    *(("cut", Driver.cut), ("plug", Driver.plug), ("plug", Driver.plug)),
    *(("silence", Driver.silence), ("speak", Driver.speak)),
)


class Killed(BaseException):
    """The interface has been killed in the middle of an action."""


def a_machine(random: Random) -> Driver:
    """A bond of any mode over two to four slaves, with a switch that does not always play along."""
    slaves = random.randint(2, 4)
    spec = plain_bond(_options(random), slaves)
    nics = [
        nic._replace(
            training=random.choice((0.0, 0.0, 0.4)),
            speed_mbps=random.choice((10_000, 10_000, 1_000)),
            prio=random.choice((0, 0, 10)),
            speaks=random.random() > 0.05,
        )
        for nic in spec.nics
    ]
    if random.random() < 0.15:
        nics[-1] = nics[-1]._replace(partner=(OTHER_SWITCH, 1, 1))
    gateway = random.choice((None, "192.0.2.1"))
    return Driver([BondSpec(spec.ifindex, spec.name, spec.options, tuple(nics), gateway=gateway)])


def _options(random: Random) -> BondOptions:
    mode = random.choice((*range(7), *MODES_WITH_ACTIVE_SLAVE))
    options = LACP_OPTIONS if mode == LACP else OPTIONS._replace(mode=mode)
    if mode in MODES_WITH_ACTIVE_SLAVE:
        primary, reselect = random.choice((None, 11, 12)), random.choice(("always", "better", "failure"))
        options = options._replace(primary=primary, primary_reselect=reselect)
    unwatched = mode not in (*MODES_WITH_ACTIVE_SLAVE, LACP) and random.random() < 0.1
    miimon = 0 if unwatched else random.choice((50, 100, 100, 200))
    return options._replace(
        miimon=miimon,
        updelay=miimon * random.choice((0, 0, 2, 20)),
        downdelay=miimon * random.choice((0, 0, 4)),
        min_links=random.choice((0, 0, 1, 2)),
        lacp_rate=random.choice(("fast", "slow")),
        ad_select=random.choice(("stable", "bandwidth", "count")),
    )


class Sequence:
    """One random sequence on one random machine, and what is known of it."""

    def __init__(self, number: int) -> None:
        self.random = random = Random(number)
        self.virtual = VirtualMachine(a_machine(random))
        self.driver = self.virtual.driver
        self.hands = JudgedHands(self.virtual.source, self.virtual.let_pass, random)
        self.operation = Operation(self.hands, VirtualWatcher(self.virtual.source))
        self.kept: set[str] = set()
        """Slaves that a person has kept down."""
        self.steps: list[str] = []
        self.counts: Counter[str] = Counter()

    def play(self) -> None:
        """All steps, then silence until every deadline has passed."""
        steps = (self.act, self.act, self.act, self.fault, self.fault, self.wait, self.settle, self.kill_switch)
        for _ in range(STEPS):
            self.random.choice(steps)()
            self.check()
        self.next_start()
        self.virtual.let_pass(2 * LONGEST_S)
        self.check()
        pending = self.hands.pending()
        assert pending is None or pending.action == ACTIVATE, "a change was still pending at the end"
        assert self.down() <= self.kept

    def check(self) -> None:
        """What must hold at any moment."""
        down, pending = self.down(), self.hands.pending()
        self.kept &= down
        excused = self.kept | ({pending.slave} if pending and pending.action == DOWN else set())
        assert down <= excused, f"down, and neither kept nor pending: {down - excused}"

    def down(self) -> set[str]:
        """The slaves that are set down."""
        links = self.virtual.source.read().links
        return {link.name for link in links if link.slave and not link.admin_up}

    def act(self) -> None:
        """Somebody asks for something, reads the plan for a while and agrees; anything may happen meanwhile."""
        kind = self.random.choice((DOWN, DOWN, *KINDS))
        wish = self.virtual.wish(kind, self._slave(), self.random.choice((5.0, 20.0, LONGEST_S)))
        self._say(f"{kind} {wish.slave}, back after {wish.revert_after}")
        try:
            plan = self.operation.plan(wish)
            if self.random.random() < 0.3:
                self.random.choice((self.fault, self.wait))()
            self._trouble_ahead()
            outcome = self.operation.carry_out(plan, typed=self.random.choice((plan.bond, plan.bond, plan.bond, "")))
        except (SourceError, Killed) as error:
            self._say(f"  {type(error).__name__} {error}")
            self.counts[type(error).__name__] += 1
            self.operation = Operation(self.hands, VirtualWatcher(self.virtual.source))
        else:
            self._say(f"  {outcome.words}")
            self.counts[f"{kind} {outcome.result}"] += 1
        finally:
            self.hands.at_call.clear()

    def _trouble_ahead(self) -> None:
        """What will happen while the action is being carried out."""
        call, slave, name_and_fault = self.random.randrange(8), self._slave(), self.random.choice(FAULTS)
        chance = self.random.random()
        if chance < 0.15:
            self._say(f"  the interface is killed at call {call}")
            self.hands.at_call[call] = self._killed
        elif chance < 0.25:
            self._say(f"  the switch is killed at call {call}")
            self.hands.at_call[call] = self.hands.kill_switch
        elif chance < 0.35:
            self._say(f"  somebody else settles what is pending at call {call}")
            self.hands.at_call[call] = self.settle
        elif chance < 0.6:
            self._say(f"  {name_and_fault[0]} {slave} at call {call}")
            self.hands.at_call[call] = lambda: name_and_fault[1](self.driver, slave)

    @staticmethod
    def _killed() -> None:
        raise Killed

    def fault(self) -> None:
        """Something happens at the other end of a cable; now and then a card is pulled out."""
        slave = self._slave()
        if self.random.random() < 0.02 and len(self.virtual.bond.slaves) > 2:
            self._say(f"remove {slave}")
            with self.virtual.source.driver_now() as driver:
                driver.remove(slave)
            return
        name, fault = self.random.choice(FAULTS)
        self._say(f"{name} {slave}")
        with self.virtual.source.driver_now() as driver:
            fault(driver, slave)

    def wait(self) -> None:
        """Time passes."""
        seconds = self.random.choice((0.05, 0.3, 1.0, 3.0, 8.0, 30.0, 70.0))
        self._say(f"wait {seconds}")
        self.virtual.let_pass(seconds)

    def settle(self) -> None:
        """Somebody keeps the change or takes it back, from any terminal."""
        pending = self.hands.pending()
        if pending is None:
            return
        keeps = self.random.random() < 0.5
        self._say(f"{'keep' if keeps else 'revert'} {pending.action} {pending.slave}")
        settled = self.hands.keep if keeps else self.hands.revert
        try:
            self._say(f"  {settled()}")
        except ActionError as error:
            assert not keeps, "what is kept needs nobody's consent"
            self._say(f"  {error}")
        self.counts["kept" if keeps else "reverted"] += 1
        if keeps and pending.action == DOWN:
            self.kept.add(pending.slave)

    def kill_switch(self) -> None:
        """The dead-man's switch is killed; some time later bondtui is started again."""
        if self.hands.pending() is None:
            return
        self._say("the switch is killed")
        self.hands.kill_switch()
        if self.random.random() < 0.7:
            self.wait()
            self.next_start()

    def next_start(self) -> None:
        """What the next start offers after a killed switch: to take the change back, or to keep it."""
        pending = self.hands.pending()
        if pending is not None and not pending.alive:
            self.counts["settled after a kill"] += 1
            self.settle()

    def _slave(self) -> str:
        return self.random.choice([slave.name for slave in self.virtual.bond.slaves])

    def _say(self, words: str) -> None:
        self.steps.append(f"{self.virtual.driver.now:9.3f}  {words}")


def played(number: int) -> Sequence:
    """Play one sequence; a failure tells its number and its steps."""
    sequence = Sequence(number)
    try:
        sequence.play()
    except Exception as error:
        bond = sequence.virtual.bond
        head = f"sequence {number}: {error}\n{bond.options}\n{[slave.link for slave in bond.slaves]}"
        raise AssertionError("\n".join([head, *sequence.steps])) from error
    return sequence
