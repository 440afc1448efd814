"""Take a change back over rtnetlink, and look whether it took."""

from __future__ import annotations

import time

from bondtui.actions.undoing import DONE, TO_DO, state
from bondtui.core.link_change import active_slave_request, admin_request
from bondtui.core.words import printable
from bondtui.model.action import ACTIVATE
from bondtui.model.record import NamedTuple
from bondtui.system.netlink import ChangeRefused, Netlink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    from bondtui.model.action import Undo
    from bondtui.model.bond import Link

    class Kernel(Protocol):
        """What is needed of ``Netlink``."""

        def links(self, indexes: Iterable[int]) -> list[Link]: ...
        def change(self, body: bytes) -> None: ...
        def close(self) -> None: ...


PAUSES_S = (0.1, 0.3, 1.0)
NOT_TAKEN = "the kernel took it, but does not show it"


class Found(NamedTuple):
    """What the kernel shows of a change that is to be taken back."""

    state: str
    """``done``, ``to do`` or ``gone``, as in ``bondtui.actions.undoing``."""
    words: str
    """What there is now, or why it cannot be taken back (yet)."""
    sent: bool = False
    """Whether the kernel was told anything that it has not refused, now or at an earlier try."""


class TakingBack:
    """The undo of one change, in the network namespace of the calling thread.

    The socket is opened anew after each trouble.
    """

    def __init__(self, undo: Undo, open_kernel: Callable[[], Kernel] = Netlink) -> None:
        self._undo = undo
        self._open = open_kernel
        self._kernel: Kernel | None = None
        self._sent = False
        self._request = (
            active_slave_request(undo.bond, undo.active or 0)
            if undo.kind == ACTIVATE
            else admin_request(undo.slave, up=True)
        )

    def look(self) -> Found:
        """Whether it is still to be done; trouble with reading counts as to do."""
        return self._survived(self._look)

    def attempt(self) -> Found:
        """Do it if it is still to be done, and look again."""
        return self._survived(self._attempt)

    def insist(self) -> Found:
        """Try it a few times, within two seconds, and close the socket."""
        try:
            found = self.attempt()
            for pause in PAUSES_S:
                if found.state == TO_DO:
                    time.sleep(pause)
                    found = self.attempt()
            return found
        finally:
            self.close()

    def close(self) -> None:
        """Close the socket."""
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None

    def _attempt(self) -> Found:
        found = self._look()
        if found.state != TO_DO:
            return found
        kernel, before, trouble = self._socket(), self._sent, NOT_TAKEN
        try:
            self._sent = True  # also when no answer comes
            kernel.change(self._request)
        except ChangeRefused as refused:
            self._sent, trouble = before, str(refused)
        found = self._look()
        return found._replace(words=trouble) if found.state == TO_DO else found

    def _look(self) -> Found:
        undo = self._undo
        wanted = {undo.bond, undo.slave, undo.active or undo.slave}
        links = {link.ifindex: link for link in self._socket().links(sorted(wanted))}
        now, why = state(undo, links)
        return Found(now, why or _words(undo, links, done=now == DONE), self._sent)

    def _survived(self, step: Callable[[], Found]) -> Found:
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must be tried again
            self.close()
            return Found(TO_DO, str(error) or repr(error), self._sent)

    def _socket(self) -> Kernel:
        if self._kernel is None:
            self._kernel = self._open()
        return self._kernel


def _words(undo: Undo, links: dict[int, Link], *, done: bool) -> str:
    """How it is, with the names of now."""
    names = {ifindex: printable(link.name) for ifindex, link in links.items()}
    bond = names[undo.bond]
    if undo.kind == ACTIVATE:
        return f"{names[undo.active or 0]} is {'' if done else 'not '}the active slave of {bond}"
    return f"{names[undo.slave]} is set {'up' if done else 'down'} in {bond}"
