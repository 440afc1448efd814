"""A witness of everything that sets a slave down, who knows nothing of guards and plans.

It hears the kernel's own messages and looks at sysfs at that moment: do others carry on?
"""

from __future__ import annotations

import threading
import time
from typing import Self

from bondtui.core.rtnetlink import LINK_HEADER, RTM_NEWLINK, messages
from tests.kernel import namespaces, oracle
from tests.kernel.lab import Lab
from tests.kernel.waiting import until

IFF_UP = 0x1
SYNC_COLLECTING_DISTRIBUTING, DEFAULTED_OR_EXPIRED = 0x38, 0xC0
MOMENT_S = 0.5
"""So long a port that LACP has just given up may still have been counted on: no message tells of it."""


class Witness:
    """Watches the slaves of one bond while the ``with`` block runs."""

    def __init__(self, lab: Lab, bond: str) -> None:
        self.downs = 0
        """How many times a slave was set down."""
        self.complaints: list[str] = []
        """Each time when too few other slaves were usable."""
        self._lab = lab
        self._bond = bond
        slaves = (lab.sysfs(bond, "bonding/slaves") or "").split()
        self._names = {int(lab.sysfs(slave, "ifindex") or 0): slave for slave in slaves}
        self._up = dict.fromkeys(slaves, True)
        self._is_lacp = bool(lab.sysfs(bond, "bonding/ad_aggregator"))
        self._least = max(1, int(lab.sysfs(bond, "bonding/min_links") or 0) if self._is_lacp else 0)
        self._in_sync: dict[str, float] = {}
        self._quiet = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.catch_up()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def catch_up(self) -> None:
        """Wait until everything that has happened so far was judged."""
        seen = self._quiet
        until(lambda: self._quiet > seen + 1, what="the witness")

    def usable(self, slave: str) -> bool:
        """Whether the driver can send and receive through it, by what sysfs tells now."""
        told = self._lab.sysfs
        if (told(slave, "carrier"), told(slave, "bonding_slave/mii_status")) != ("1", "up"):
            return False
        if not self._is_lacp:
            return True
        active = told(self._bond, "bonding/ad_aggregator")
        ends = [told(slave, f"bonding_slave/ad_{end}_oper_port_state") or "0" for end in ("actor", "partner")]
        actor, partner = (int(each) if each.isdigit() else 0 for each in ends)
        in_sync = actor & partner & SYNC_COLLECTING_DISTRIBUTING == SYNC_COLLECTING_DISTRIBUTING
        if in_sync and not actor & DEFAULTED_OR_EXPIRED and told(slave, "bonding_slave/ad_aggregator_id") == active:
            self._in_sync[slave] = time.monotonic()
        return time.monotonic() - self._in_sync.get(slave, 0.0) < MOMENT_S

    def _run(self) -> None:
        namespaces.enter(self._lab.machine)
        with oracle.listening() as opened:
            opened.settimeout(0.05)
            while not self._stopping.is_set():
                try:
                    self._judge(opened.recv(oracle.RECEIVE_SIZE))
                except TimeoutError:
                    if self._is_lacp:
                        self._look_at_all()
                    self._quiet += 1

    def _judge(self, data: bytes) -> None:
        for kind, _, _, start, _ in messages(data):
            _, _, index, flags, _ = LINK_HEADER.unpack_from(data, start)
            slave = self._names.get(index)
            if kind != RTM_NEWLINK or slave is None:
                continue
            was, self._up[slave] = self._up[slave], bool(flags & IFF_UP)
            if was and not flags & IFF_UP:
                self.downs += 1
                others = [each for each in self._up if each != slave]
                left = [each for each in others if self.usable(each)]
                if len(left) < self._least:
                    self.complaints.append(f"{slave} was set down, and of {others} only {left} were usable")

    def _look_at_all(self) -> None:
        """Remember who was in sync at this moment."""
        for slave in self._up:
            self.usable(slave)
