"""The faults of the lab on the screen: what the keys and the mouse put in place and undo."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType

from bondtui.lab.faults import KINDS, check, words
from bondtui.model.lab import FLAP, Fault, FaultInPlace
from bondtui.ports import LabError
from bondtui.ui.screens.above import Above
from bondtui.view.faults import faults_page, place_of
from bondtui.view.faults_table import At, Place, Told, changed, chosen_as, highlighted, moved, value_of
from bondtui.view.page import Page

if TYPE_CHECKING:
    from bondtui.model.lab import About
    from bondtui.ui.screens.faulting import Faulting
    from bondtui.view.look import Look

    Doing = Coroutine[None, None, Sequence[About]]
    """What is to be done in the lab, and its answers."""


class FaultsScreen(Above):
    """What can be made to go wrong where the highlighted slave is plugged in."""

    desk: Faulting
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                kind.key,
                f"fault('{kind.name}')",
                kind.title,
                id=f"faults.{kind.name}",
                show=False,
                tooltip=f"{kind.title[0].upper()}{kind.title[1:]}: {kind.does[0].lower()}{kind.does[1:]}",
            )
            for kind in KINDS
        ),
        Binding(
            "enter",
            "fault",
            "put/undo",
            id="faults.do",
            key_display="Enter",
            tooltip="Put the highlighted fault in place, or undo it",
        ),
        Binding("plus", "value(1)", "more", id="faults.more", key_display="+", tooltip="A greater value"),
        Binding("minus", "value(-1)", "less", id="faults.less", key_display="-", tooltip="A smaller value"),
        Binding("x", "undo_all", "undo all", id="faults.undo", tooltip="Undo every fault of the lab"),
        Binding("tab", "slave(1)", "slave", id="faults.slave", tooltip="The next slave, also of the next bond"),
        Binding("right", "slave(1)", "slave", id="faults.slave.right", show=False, tooltip="The next slave"),
        Binding("shift+tab", "slave(-1)", "slave", id="faults.slave.back", show=False, tooltip="The slave before"),
        Binding("left", "slave(-1)", "slave", id="faults.slave.left", show=False, tooltip="The slave before"),
        Binding("F", "back", "back", id="faults.back", tooltip="Back to the dashboard"),
    ]
    FOOTER: ClassVar[Mapping[str, int]] = {
        "faults.do": 0,
        "faults.more": 4,
        "faults.less": 4,
        "faults.slave": 3,
        "faults.undo": 1,
        "above.keep": 0,
        "above.revert": 0,
        "above.freeze": 5,
        "help": 2,
        "faults.back": 0,
    }

    def __init__(self, desk: Faulting, *, colour: bool) -> None:
        super().__init__(desk, colour=colour)
        if desk.faults_at is None:
            desk.faults_at = At()

    @property
    def at(self) -> At:
        """What is chosen."""
        return self.desk.faults_at or At()

    def choose_at(self, at: At) -> None:
        """Have something else chosen, or said; the dashboard keeps it."""
        self.desk.faults_at = at
        self.draw()

    def on_mount(self) -> None:
        """Faults from elsewhere are seen soon."""
        self.desk.attend_to_lab(closely=True)

    def on_unmount(self) -> None:
        """The dashboard can wait a little."""
        self.desk.attend_to_lab(closely=False)

    def page(self, look: Look, cells: int, rows: int) -> Page:
        """Draw it with what is known of the lab now, also while the picture is frozen."""
        return faults_page(look._replace(lab=self.desk.lab_news), self.at, cells, rows)

    async def on_click(self, event: events.Click) -> None:
        """Highlight the kind that was clicked; a click on the highlighted one is its key."""
        for spot in self._page.spots:
            if spot.kind == "kind" and spot.row == event.screen_y and spot.start <= event.screen_x < spot.end:
                event.prevent_default()
                self.choose_at(self.at._replace(kind=str(spot.which)))
                return

    def choose(self, which: int) -> None:
        """Highlight the slave that was clicked."""
        self.desk.choose_slave(which)

    def action_move(self, step: int) -> None:
        """Highlight another kind."""
        self.choose_at(moved(self.at, step))

    def action_scroll(self, rows: int) -> None:
        """Everything is in sight but on the smallest screens: the kind above or below."""
        self.action_move(1 if rows > 0 else -1)

    def action_value(self, step: int) -> None:
        """Another value for the highlighted kind; what is in place here has it at once, unless it ends by itself."""
        kind, place = highlighted(self.at), self._place
        there = self.desk.lab_news.in_place(kind.name, place.subject(kind)) if place is not None else None
        at = changed(chosen_as(self.at, there), step)
        if kind.value is None or there is None or there.by_itself:
            self.choose_at(at)
            return
        self.choose_at(at._replace(wanted=there.fault._replace(value=value_of(at, kind))))
        if not self.desk.busy_in_lab:
            self.desk.work_in_lab(self._follow())

    def action_slave(self, step: int) -> None:
        """Highlight another slave; what was answered was about the one before."""
        self.desk.faults_at = self.at._replace(told=Told())
        self.desk.next_slave(step)

    def action_fault(self, name: str = "") -> None:
        """Put it in place here, or undo it if it is; without a name the highlighted one."""
        at = self.at._replace(kind=name or self.at.kind)
        kind, place = highlighted(at), self._place
        if place is None:
            self._tell("nothing can be made to go wrong here", "warn")
            return
        self.choose_at(at)
        there = self.desk.lab_news.in_place(kind.name, place.subject(kind))
        if there is None:
            self._put(Fault(kind.name, place.subject(kind), value_of(at, kind)))
        elif self.desk.contact is not None:
            self._do(self.desk.contact.undo(there))

    def action_undo_all(self) -> None:
        """Undo everything, also what is in place for other slaves and bonds."""
        there, contact = self.desk.lab_news.faults, self.desk.contact
        if contact is None or not there:
            self._tell("no fault is in place")
            return
        self._do(contact.undo(*there))

    @property
    def _place(self) -> Place | None:
        """Where the highlighted slave is plugged in."""
        chosen = self.desk.chosen
        return place_of(self.desk.lab_news, *chosen) if chosen is not None else None

    def _put(self, fault: Fault) -> None:
        """Have it put in place, unless it makes no sense there."""
        contact, about = self.desk.contact, self.desk.lab_news.about
        if contact is None or about is None:
            return
        try:
            fault = check(fault, about.bonds)
        except ValueError as error:
            self._tell(str(error), "warn")
            return
        put = FaultInPlace(fault, words(fault, about.bonds), 0.0, by_itself=fault.kind == FLAP)
        self._do(contact.put(fault, put.words), put)

    def _do(self, doing: Doing, put: FaultInPlace | None = None) -> None:
        """Have it done. The dashboard sees to it, so that it goes on when this page is left."""
        if self.desk.busy_in_lab:
            doing.close()
            self.desk.say("the lab has not answered the last key yet; wait for it", "warn")
            return
        self.desk.work_in_lab(self._done(doing, put))

    async def _done(self, doing: Doing, put: FaultInPlace | None) -> None:
        await self._answered(doing, put)
        await self._follow()

    async def _follow(self) -> None:
        """Have what is in place get the value that was chosen last, however fast the keys are."""
        while (wanted := self.at.wanted) is not None:
            contact, news = self.desk.contact, self.desk.lab_news
            there = news.in_place(*wanted[:2])
            if contact is not None and news.about is not None and there is not None and there.fault != wanted:
                put = there._replace(fault=wanted, words=words(wanted, news.about.bonds))
                await self._answered(contact.put(wanted, put.words), put)
            if self.at.wanted == wanted:
                self.choose_at(self.at._replace(wanted=None))

    async def _answered(self, doing: Doing, put: FaultInPlace | None) -> None:
        """Say what comes of it."""
        self._tell("the lab is asked to do it ...")
        try:
            answers = await doing
        except LabError as error:
            self._tell(str(error), "bad")
        except Exception as error:  # noqa: BLE001 - a key that does nothing would be a riddle
            self._tell(f"a mistake in bondtui: {type(error).__name__}: {error}", "bad")
        else:
            commands = [command for each in answers for command in each.commands]
            self._tell("; ".join(each.said for each in answers), "good", commands, put)

    def _tell(
        self, said: str, severity: str = "", commands: Sequence[str] = (), put: FaultInPlace | None = None
    ) -> None:
        self.desk.faults_at = self.at._replace(told=Told(said, severity, commands, put))
        self.desk.draw()
