"""Guarded actions on the running kernel."""

from __future__ import annotations

import errno
import time
from math import inf

from bondtui.actions.record import plan_record
from bondtui.core.link_change import active_slave_request, admin_request
from bondtui.model.action import ACTIVATE, UP
from bondtui.model.reading import SourceError
from bondtui.ports import ActionError, NotPermitted
from bondtui.system import kernel, lab_mark, runtime, who
from bondtui.system.audit import AuditError, entry
from bondtui.system.audit_reading import recent_downs
from bondtui.system.netlink import ChangeRefused, Netlink
from bondtui.system.runtime import NEEDS_PRIVILEGE, NoFolderError
from bondtui.system.switch import Switch
from bondtui.system.taking_back import TakingBack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bondtui.model.action import Pending, Plan, Undo
    from bondtui.model.bond import Bond
    from bondtui.model.host import HostFacts
    from bondtui.model.reading import Reading, Stamp
    from bondtui.system.taking_back import Kernel

OWN_DOWNS_SECONDS = 900.0
"""Somewhat more than the guards look back."""


class KernelHands:
    """Acts on the network namespace of the calling thread. See ``bondtui.ports.Hands``."""

    def __init__(
        self, *, root: str = "/", switch: Switch | None = None, open_kernel: Callable[[], Kernel] = Netlink
    ) -> None:
        self._root = root
        self._switch = switch or Switch()
        self._open = open_kernel
        self._armed: str | None = None
        """Which change the last switch was armed for."""

    def obstacle(self) -> str:
        """Why this process cannot change a link at all; ``""`` if it can."""
        return "" if runtime.may_change_links() else NEEDS_PRIVILEGE

    def now(self) -> Stamp:
        """This moment on the clocks of the events."""
        return kernel.stamp()

    def pause(self, seconds: float) -> None:
        """Let so much time pass."""
        time.sleep(seconds)

    def look(self) -> Reading:
        """Everything read anew; raises SourceError."""
        source = kernel.KernelSource(self._root)
        try:
            return source.read()
        finally:
            source.close()

    def host(self, bond: Bond) -> HostFacts:
        """The surroundings of this bond."""
        from bondtui.system.host import Host  # noqa: PLC0415 - psutil is not needed to keep or to revert

        lab = lab_mark.kind()
        seconds = inf if lab else OWN_DOWNS_SECONDS
        return Host(own_downs=lambda: recent_downs(self._switch.logs, seconds), lab=lab).facts(bond)

    def pending(self) -> Pending | None:
        """The change that is not settled yet, whoever made it."""
        return self._switch.pending()

    def arm(self, plan: Plan) -> Pending:
        """Start the dead-man's switch and wait for its answer; raises ActionError."""
        if obstacle := self.obstacle():
            raise NotPermitted(obstacle)
        pending = self._switch.arm(plan)
        self._armed = pending.id
        return pending

    def apply(self, plan: Plan) -> Stamp:
        """Make the change, between two looks at the switch that will take it back; raises ActionError."""
        if plan.undo is None:
            return self._change(plan)
        armed = self._armed or ""
        self._switch.begin(armed)
        sent = self._change(plan)
        if not self._switch.applied(armed):
            raise ActionError(f"the dead-man's switch is gone; {self._taken_back(plan.undo)}")
        return sent

    def keep(self) -> str:
        """Have the pending change stay; raises ActionError."""
        return self._switch.keep()

    def revert(self) -> str:
        """Have the pending change taken back at once; raises ActionError."""
        return self._switch.revert()

    def write_down(self, what: str, plan: Plan, details: Mapping[str, object]) -> None:
        """Add an entry to the audit log and to syslog; raises ActionError if it cannot be written."""
        more = dict(details)
        try:
            change = {
                "id": more.pop("id", None),
                "plan": plan_record(plan),
                "undo": {"bond": plan.action.bond, "slave": plan.action.slave},
                "who": who.asking(),
                "netns": runtime.namespace(),
            }
            self._switch.audit.write(entry(what, change, why=str(more.pop("why", "")), **more))
        except (AuditError, NoFolderError) as error:
            raise ActionError(str(error)) from None

    def _change(self, plan: Plan) -> Stamp:
        """Tell the kernel; returns when."""
        action = plan.action
        body = (
            active_slave_request(action.bond, action.slave)
            if action.kind == ACTIVATE
            else admin_request(action.slave, up=action.kind == UP)
        )
        try:
            asked = self._open()
            sent = self.now()
            try:
                asked.change(body)
            finally:
                asked.close()
        except ChangeRefused as refused:
            raise (NotPermitted if refused.code == errno.EPERM else ActionError)(str(refused)) from None
        except (SourceError, OSError) as error:
            raise ActionError(str(error)) from None
        return sent

    def _taken_back(self, undo: Undo) -> str:
        """Take the change back without a switch; what came of it in words."""
        return TakingBack(undo, self._open).insist().words
