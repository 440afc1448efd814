"""One round of a drill: the orders of ``drill.course`` carried out, and what was measured meanwhile."""

from __future__ import annotations

from bondtui.core.words import command_line
from bondtui.drill import course as machine
from bondtui.drill import preflight as facts
from bondtui.drill import sight
from bondtui.model.action import ACTIVATE
from bondtui.model.bond import MODES_WITH_ACTIVE_SLAVE
from bondtui.model.drill import (
    BASELINE,
    CABLE,
    DONE,
    FAILBACK,
    FAILOVER,
    FAULT,
    HOLDING,
    PLACING,
    RESTORING,
    SETTLING,
    Instant,
    Round,
)
from bondtui.model.reading import SourceError
from bondtui.ports import ActionError, ProbeError
from bondtui.rehearsal.grip import Grip
from bondtui.rehearsal.lookout import Lookout
from bondtui.rehearsal.measuring import Measuring
from bondtui.rehearsal.rules import rules, words
from bondtui.rehearsal.tools import TICK_S, Interrupted, Tools
from bondtui.rehearsal.tracing import traced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bondtui.model.action import Plan
    from bondtui.model.drill import Crossing, Preflight
    from bondtui.model.reading import Stamp
    from bondtui.rehearsal.probes import Probes

SHOWN_EVERY_S = 0.1
AFTER_GIVING_UP_S = 5.0
"""So long the slave may take to come back when a round is given up, before the report is written anyway."""


class RoundRun:
    """One slave, once. ``tell`` is given what is new for whoever shows the drill.

    ``known`` says which slaves each flow crosses; without it that is looked at first.
    """

    def __init__(  # noqa: PLR0913 - what a round is made of
        self,
        tools: Tools,
        preflight: Preflight,
        probes: Probes,
        tell: Callable[..., object],
        number: int,
        slave: int,
        typed: str,
        known: tuple[Crossing, ...] = (),
    ) -> None:
        bond = tools.bond(preflight.wish.bond)
        self._tools = tools
        self._preflight = preflight
        self._probes = probes
        self._tell = tell
        self._slave = slave
        self._number = number
        self._name = preflight.names.get(slave, f"interface {slave}")
        found = bond.slave_at(slave)
        self._perm_hwaddr = found.state.perm_hwaddr if found else None
        self._command: tuple[str, ...] = ()
        self._undo: tuple[str, ...] = ()
        self._besides: tuple[tuple[str, ...], ...] = ()
        self._known = known
        self._grip = Grip(tools, preflight, typed, tell)
        self._lookout = Lookout(tools, probes, bond, slave)
        self._measuring = Measuring(tools, preflight, probes, slave)
        self._course = machine.begin(rules(preflight, bond), self._lookout.now)
        self._shown = 0.0

    def carried_out(self, write: Callable[[Round], object]) -> Round:
        """From the first probe to the end of the round; ``write`` is given the round as far as it has come."""
        try:
            self._cross(known=self._known)
            self._course = self._course._replace(since=self._tools.hands.now().mono)
            self._enter(self._course.step)
            while self._course.step != DONE:
                self._go_on(write)
        except (SourceError, ActionError, ProbeError, Interrupted) as error:
            self._add_trouble(str(error))
        finally:
            self._take_back()
        return self._result()

    @property
    def refused(self) -> bool:
        """Whether nothing was done at all, because a guard or a difference spoke against it."""
        return self._grip.refused and not self._command and not self._besides

    def _go_on(self, write: Callable[[Round], object]) -> None:
        """One look, and what follows from it."""
        step = self._course.step
        self._look()
        self._course = machine.advance(self._course, self._lookout.seen(self._course, settled=self._grip.settled))
        if self._course.ordered:
            self._obey(self._course.ordered)
        if self._course.step != step:
            if self._course.step != DONE:
                self._enter(self._course.step)
            if self._course.step == FAILBACK:  # not before: the disk may hang on the very bond that has been cut off
                write(self._result())
        self._tools.hands.pause(TICK_S)

    def _look(self) -> None:
        self._lookout.look()
        if self._course.in_place:
            self._grip.look()
        if self._lookout.now - self._shown >= SHOWN_EVERY_S:
            self._show()

    # Orders

    def _obey(self, order: str) -> None:
        orders: dict[str, Callable[[], None]] = {
            machine.PLACE: self._place,
            machine.KEEP: self._keep,
            machine.INJECT: self._inject,
            machine.RESTORE: self._restore,
            machine.RETURN: self._return,
            machine.GIVE_UP: self._give_up,
            machine.FINISH: self._finish,
        }
        orders[order]()

    def _done(self, *, at: float | None = None, trouble: str = "", in_place: bool = False) -> None:
        at = self._tools.hands.now().mono if at is None else at
        self._course = machine.carried_out(self._course, at, trouble=trouble, in_place=in_place)

    def _place(self) -> None:
        trouble = self._grip.act(ACTIVATE, self._slave, sent=self._besides_issued)
        self._done(trouble=trouble, in_place=self._grip.holds)

    def _keep(self) -> None:
        """Let stay which slave is active: the probes have been answered over it."""
        trouble = self._grip.keep()
        self._cross()
        self._done(trouble=trouble, in_place=self._grip.holds)

    def _inject(self) -> None:
        """The fault. Its time counts from when the kernel was told."""
        self._measuring.share_until("before")
        self._lookout.mark_fault()
        bond = self._lookout.bond
        slave = bond.slave_at(self._slave)
        kind, about = facts.change_of(bond, slave, self._preflight.wish.fault) if slave else ("", None)
        if about is None or slave is None:
            return self._done(trouble=facts.no_heir(bond, self._slave))
        trouble = self._grip.act(kind, about.ifindex, sent=self._issued, enough=self._seen_enough)
        return self._done(at=self._measuring.began, trouble=trouble, in_place=self._grip.holds)

    def _issued(self, plan: Plan, at: Stamp) -> None:
        self._command, self._undo = plan.command, plan.undo_command
        self._measuring.open(at, Instant(at.mono, command_line(plan.command)))
        self._tell(step=FAILOVER, at=at.mono, origin=at.mono, words=self._words(FAILOVER))

    def _besides_issued(self, plan: Plan, at: Stamp) -> None:
        self._besides = (*self._besides, plan.command)
        self._measuring.switched_by_us(at.mono)

    def _seen_enough(self) -> bool:
        """While the driver is waited for: go on looking; wait no more when somebody asks or answers stay away too long."""
        try:
            self._look()
        except ProbeError:
            return True  # it is said and acted upon with the next look
        gap_ms = self._probes.state(self._lookout.now).open_gap_ms
        return bool(self._tools.stopped()) or gap_ms > self._preflight.limit_ms

    def _restore(self) -> None:
        self._measuring.share_until("held")
        at = self._tools.hands.now()
        self._measuring.close(at.mono)
        trouble = self._grip.revert()
        self._measuring.open(at, Instant(at.mono, command_line(self._undo)), back=True)
        self._done(at=at.mono, trouble=trouble, in_place=self._grip.holds)

    def _return(self) -> None:
        """Make the slave active again that was so at the start, and let that stay."""
        home = self._lookout.home or self._slave
        trouble = self._grip.act(ACTIVATE, home, sent=self._besides_issued) or self._grip.keep()
        self._done(trouble=trouble, in_place=self._grip.holds)

    def _give_up(self) -> None:
        """Take back at once what is in place, give the slave a moment to come back, and leave the bond as it was found."""
        self._tell(words=f"ended early, everything is taken back: {self._course.trouble}")
        self._measuring.close(self._lookout.now)
        changed = bool(self._command or self._besides)
        self._take_back()
        until = self._tools.hands.now().mono + (AFTER_GIVING_UP_S if changed else 0.0)
        while self._tools.hands.now().mono < until:
            self._look()
            if sight.is_ready(self._lookout.bond, self._slave):
                break
            self._tools.hands.pause(TICK_S)
        if changed:
            self._go_home()
        self._done()

    def _go_home(self) -> None:
        """Make the slave active again that was so at the start, if it is not and can be; say so where that does not work."""
        home = self._lookout.home
        try:
            bond = self._tools.bond(self._preflight.wish.bond)
        except SourceError:
            return  # it is gone, which has been said
        has_one = bond.options.mode in MODES_WITH_ACTIVE_SLAVE
        if home is None or not has_one or bond.options.active_slave == home or not sight.is_ready(bond, home):
            return
        if self._grip.act(ACTIVATE, home, sent=self._besides_issued) or self._grip.keep():
            active = bond.active.name if bond.active else "none"
            was = self._preflight.names.get(home, f"interface {home}")
            self._add_trouble(f"the active slave is {active} now and was {was} before")

    def _finish(self) -> None:
        self._measuring.share_until("after")
        self._measuring.close(self._lookout.now)
        self._done()

    def _take_back(self) -> None:
        """The change that is in place, if there is one."""
        if self._grip.holds:
            self._add_trouble(self._grip.revert())
        self._course = self._course._replace(in_place=False)

    def _add_trouble(self, trouble: str) -> None:
        if trouble not in self._course.trouble:
            said = "; ".join(filter(None, (self._course.trouble, trouble)))
            self._course = self._course._replace(trouble=said)

    # What goes with the steps

    def _enter(self, step: str) -> None:
        """What is to be done once when a step begins."""
        if self._preflight.wish.fault == CABLE:
            self._follow_cable(step)
        if step in (BASELINE, PLACING, HOLDING, SETTLING):
            self._measuring.share_from_now()
        self._tell(step=step, at=self._course.since, words=self._words(step))
        self._show()

    def _words(self, step: str) -> str:
        return words(self._preflight.wish, self._name, step, in_a_lab=bool(self._tools.watcher.latest.lab))

    def _follow_cable(self, step: str) -> None:
        """What a person does begins and ends the windows."""
        if step == FAULT:
            self._lookout.mark_fault()
        elif step == FAILOVER and self._measuring.began is None:
            origin, lookout = self._course.origin or self._lookout.now, self._lookout
            self._measuring.share_until("before")
            lost = sight.link_lost(lookout.events, lookout.bond.ifindex, self._slave, lookout.fault_at)
            said = "answers stay away" if lost is None else f"{self._name} carrier lost"
            self._measuring.open(self._measuring.stamp(origin), Instant(origin, said))
            self._tell(origin=origin)
        elif step == RESTORING:
            self._measuring.share_until("held")
            self._measuring.close(self._lookout.now)
        elif step == FAILBACK:
            lookout, since = self._lookout, self._measuring.ended or self._lookout.now
            alive = sight.sign_of_life(lookout.events, lookout.bond.ifindex, self._slave, since)
            back = min(each for each in (alive, self._course.back, lookout.now) if each is not None)
            issued = Instant(back, f"the link of {self._name} is back")
            self._measuring.open(self._measuring.stamp(back), issued, back=True, looks_back=True)

    def _cross(self, *, known: tuple[Crossing, ...] = ()) -> None:
        """Which flows cross the slave under test; where that must be looked at, the others are silent meanwhile."""
        if not known:
            self._probes.choose(())
            try:
                known = traced(self._tools, self._tools.bond(self._preflight.wish.bond), self._preflight.flows)
            finally:
                self._probes.choose(None)
        self._measuring.crossed = tuple(self._slave in each.slaves for each in known)

    def _show(self) -> None:
        self._shown = self._lookout.now
        passage = self._measuring.latest(self._lookout.bond, self._lookout.events)
        if passage is not None:
            self._tell(anatomy=passage.anatomy, outages=passage.outages)

    def _result(self) -> Round:
        """The round as far as it has come."""
        failover, failback = self._measuring.both(self._lookout.bond, self._lookout.events)
        fault, trouble = self._preflight.wish.fault, self._course.trouble
        ended = self._course.step == DONE
        restored = sight.is_ready(self._lookout.bond, self._slave) and not self._grip.holds if ended else None
        return Round(
            *(self._number, self._slave, self._name, self._perm_hwaddr, fault, self._command),
            *(failover, failback, trouble, self._besides, self._course.over_limit, restored),
        )
