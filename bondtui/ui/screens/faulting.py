"""The part of the dashboard that makes things go wrong, in a lab only: what is in place there, and what the keys change."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING

from textual.binding import Binding

from bondtui.ui.screens.triaging import Triaging

if TYPE_CHECKING:
    from bondtui.ports import Lab
    from bondtui.ui.lab import Contact
    from bondtui.view.faults_table import At
    from bondtui.view.lab_news import LabNews


class Faulting(Triaging):
    """A screen from which faults are put at the peer of the chosen bond, where that is in a lab."""

    BINDINGS = [
        Binding(
            "F", "faults", "faults", id="faults", tooltip="Put faults in place at the peer in the lab, and undo them"
        ),
    ]

    _lab: Lab | None = None
    contact: Contact | None = None
    """With the lab, once the first frame is on the screen."""
    busy_in_lab = False
    """Whether a key waits for what the lab makes of it."""
    faults_at: At | None = None
    """What is chosen on the page of faults; it is kept when that page is left."""

    def on_mount(self) -> None:
        """Ask the lab when the first frame is on the screen."""
        if self._lab is not None:
            self.call_after_refresh(self.ask_lab, self._lab)

    def on_unmount(self) -> None:
        """Ask no more."""
        if self.contact is not None:
            self.contact.stop()

    def ask_lab(self, lab: Lab) -> None:
        """Begin to ask, unless that was done."""
        if self.contact is not None:
            return
        from bondtui.ui.lab import Contact  # noqa: PLC0415 - only in a lab, and not for the first frame

        self.contact = Contact(lab, self._watcher, self._clock, self.take_lab)
        self.contact.start()

    def take_lab(self) -> None:
        """Something else is known of the lab."""
        if self.is_running:
            self.draw()

    @property
    def lab_news(self) -> LabNews:
        """What is known of the lab now, whatever the picture shows."""
        from bondtui.view.lab_news import LabNews  # noqa: PLC0415 - only in a lab

        return self.contact.news if self.contact is not None else LabNews()

    def keep_asking(self) -> None:
        """Have the picture say what is known of the lab, unless it is frozen."""
        if self.contact is not None and self._look.frozen is None:
            self._look = self._look._replace(lab=self.contact.news)

    def attend_to_lab(self, *, closely: bool) -> None:
        """Ask more often while the faults are on the screen, and at once."""
        if self.contact is not None:
            self.contact.attend(closely=closely)
            self.run_worker(self.contact.look(), group="lab", exit_on_error=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Outside a lab nothing can be made to go wrong."""
        if action == "faults":
            return self._lab is not None and bool(self._look.monitor.bonds)
        return super().check_action(action, parameters)

    def action_faults(self) -> None:
        """Open the faults."""
        from bondtui.ui.screens.faults import FaultsScreen  # noqa: PLC0415 - only in a lab

        self._hold_bond()
        if self._lab is not None:
            self.ask_lab(self._lab)  # what waits for a frame waits as long as another screen is in front
        self._open(FaultsScreen(self, colour=self._colour), instead=False)

    def work_in_lab(self, doing: Coroutine[None, None, None]) -> None:
        """Have this done, one thing at a time."""
        self.busy_in_lab = True
        self.run_worker(self._worked(doing), group="lab", exit_on_error=False)

    async def _worked(self, doing: Coroutine[None, None, None]) -> None:
        try:
            await doing
        finally:
            self.busy_in_lab = False

    def next_slave(self, step: int) -> None:
        """Highlight the next slave, of the next bond after the last one."""
        order = [(bond.ifindex, slave.ifindex) for bond in self._look.monitor.bonds for slave in bond.slaves]
        if self.chosen is not None:
            here = order.index((self.chosen[0].ifindex, self.chosen[1].ifindex))
            bond, slave = order[(here + step) % len(order)]
            self.draw(bond=bond, slave=slave)
