"""Changes that a dead-man's switch holds, and kernels on which it takes them back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from bondtui.actions.record import change_record
from bondtui.core.rtnetlink import IFF_UP, LINK_HEADER
from bondtui.model.action import Plan
from bondtui.model.bond import Link
from bondtui.model.record import NamedTuple
from bondtui.system import runtime
from tests.actions import a_plan
from tests.builders import WALL, a_pair, a_situation, links_of

DEADLINE = 1000.0
"""On the clock of the tests, where nothing else is said."""
ASKING = {"user": "root", "sudo_user": "alice", "tty": "pts/3", "ssh_client": "192.0.2.7", "pid": 4242, "uid": 0}


def a_down_plan(**rest: Any) -> Plan:
    """eno1 (index 2) of the healthy bond0 (index 10) is to be set down."""
    return a_plan(a_situation(a_pair(**rest)))


def an_activate_plan() -> Plan:
    """eno2 (index 3) is to be made the active slave instead of eno1."""
    return a_plan(a_situation(a_pair(), "activate", "eno2"))


def a_change(plan: Plan | None = None, **rest: Any) -> dict[str, Any]:
    """What a dead-man's switch is given."""
    return {**change_record(plan or a_down_plan(), identity="abc123", who=dict(ASKING)), **rest}


def an_armed_change(plan: Plan | None = None, **rest: Any) -> dict[str, Any]:
    """What is in the change file of a switch that runs: this process."""
    armed = {
        "netns": "net-4-1",
        "netns_cookie": runtime.cookie(),
        "unit": None,
        "pid": os.getpid(),
        "pid_started": runtime.started(os.getpid()),
        "boot_id": runtime.boot_id(),
        "armed_at": WALL,
        "revert_at": WALL + 60.0,
        "deadline": DEADLINE,
        "trouble": "",
    }
    return a_change(plan, **{**armed, **rest})


class Sent(NamedTuple):
    """A request to set a link up or down; a change of the active slave has no flags."""

    ifindex: int
    flags: int
    mask: int


class FakeKernel:
    """The interfaces of bonds, and the requests that came. ``on_change`` says what becomes of a request."""

    def __init__(self, links: Iterable[Link], on_change: Callable[[FakeKernel, Sent], None] | None = None) -> None:
        self.links_by_index = {link.ifindex: link for link in links}
        self.sent: list[Sent] = []
        self.opened = 0
        self.on_change = on_change or FakeKernel.obey
        self.on_read: Callable[[], None] = lambda: None

    @classmethod
    def with_slave_down(cls) -> FakeKernel:
        """eno1 was set down."""
        kernel = cls(links_of(a_pair()))
        kernel.put(2, admin_up=False)
        return kernel

    def __call__(self) -> FakeKernel:
        """Open it."""
        self.opened += 1
        return self

    def close(self) -> None:
        """Nothing to give back."""

    def links(self, indexes: Iterable[int]) -> list[Link]:
        """Those that exist."""
        self.on_read()
        return [self.links_by_index[each] for each in indexes if each in self.links_by_index]

    def change(self, body: bytes) -> None:
        """Take down the request, and do what is to become of it."""
        _, _, ifindex, flags, mask = LINK_HEADER.unpack_from(body)
        request = Sent(ifindex, flags, mask)
        self.sent.append(request)
        self.on_change(self, request)

    def obey(self, request: Sent) -> None:
        """What a kernel does; it makes eno1 the active slave when told of the active slave at all."""
        if request.mask & IFF_UP:
            self.put(request.ifindex, admin_up=bool(request.flags & IFF_UP))
        else:
            bond = self.links_by_index[request.ifindex]
            assert bond.bond is not None
            self.put(request.ifindex, bond=bond.bond._replace(active_slave=2))

    def put(self, ifindex: int, **changed: Any) -> None:
        """Have an interface be different from now on."""
        self.links_by_index[ifindex] = self.links_by_index[ifindex]._replace(**changed)
