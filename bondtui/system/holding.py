"""Take hold of an undo: all that must be in order before a change may be made."""

from __future__ import annotations

import os
import time

from bondtui.actions.record import undo_of
from bondtui.actions.undoing import DONE
from bondtui.core.words import printable
from bondtui.model.record import NamedTuple
from bondtui.system import change_file, mark, runtime
from bondtui.system.audit import AuditLog
from bondtui.system.change_file import ChangeFile, DamagedError
from bondtui.system.countdown import Around, Countdown
from bondtui.system.lock import Lock
from bondtui.system.reporting import Reports
from bondtui.system.request_socket import RequestSocket
from bondtui.system.system_log import SystemLog
from bondtui.system.taking_back import TakingBack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket as Mark  # noqa: N812 - it is what it is used as
    from collections.abc import Callable
    from typing import Any

    from bondtui.actions.record import Record

    Orders = dict[str, Any]


class End(NamedTuple):
    """How a switch learns that it is told to end."""

    wake: int | None = None
    """A file that can be read then."""
    is_set: Callable[[], bool] = lambda: False


class RefusedError(Exception):
    """The switch cannot be armed; the text says why in one line."""


def orders(data: bytes) -> Orders:
    """What a switch is started with; raises DamagedError.

    ``change``: a change record. ``folder``: the runtime folder. ``system``: root's. ``logs``: folders for the audit log, best
    first. ``netns`` and ``unit``: names of the network namespace and of the systemd unit, for the record.
    """
    told = change_file.parsed(data)
    if not isinstance(told, dict):
        raise DamagedError("the orders are not an object")
    change_file.change(told.get("change"))
    logs = told.get("logs")
    if not isinstance(logs, list) or not logs:
        raise DamagedError("the orders name no audit log")
    if not all(
        isinstance(each, str) and os.path.isabs(each) for each in (told.get("folder"), told.get("system"), *logs)
    ):
        raise DamagedError("the folders are not absolute paths")
    if not isinstance(told.get("netns"), str) or not isinstance(told.get("unit"), str | None):
        raise DamagedError("the orders do not name the network namespace")
    return told


def hold(told: Orders, answer: Callable[[Record], bool], end: End) -> Countdown | None:
    """Take the lock, look, put the record where everybody finds it, and answer. Raises RefusedError.

    ``None`` when nobody is there to take the answer: then nothing is held.
    """
    try:
        lock = Lock(told["folder"])
        try:
            held = _hold(told, lock, end)
            if answer(held.record):
                return held
            held.let_go()
        except BaseException:
            lock.release()
            raise
    except OSError as error:
        raise RefusedError(f"cannot arm in {told['folder']}: {error.strerror}") from None
    return None


def _hold(told: Orders, lock: Lock, end: End) -> Countdown:
    file, back = ChangeFile(told["folder"]), TakingBack(undo_of(told["change"]))
    if not lock.take():
        raise RefusedError(f"another change is pending{_of(file)}")
    taken = _mark(told["system"])
    try:
        _refuse_unsettled(file)
        _refuse_unable(back)
        socket = RequestSocket(told["folder"], wake=end.wake, mark=taken)
    except BaseException:
        if taken is not None:
            taken.close()
        raise
    try:
        record = _armed(told)
        file.write(record)
    except BaseException:
        socket.close()
        raise

    def let_go_in_child() -> None:
        lock.forget()
        socket.forget()

    reports = Reports(AuditLog(told["logs"]), SystemLog(), in_child=let_go_in_child)
    return Countdown(record, Around(file, socket, back, reports, lock.release, end.is_set))


def _mark(system: str) -> Mark | None:
    """The name that nobody else with a pending change may have; ``None`` when somebody without any right holds it."""
    name = mark.address(system)
    taken = mark.take(name)
    if taken is None and (held := mark.holder(name)) is not None:
        raise RefusedError(f"another change is pending, out of sight of this user: {held} holds it")
    return taken


def _armed(told: Orders) -> Record:
    """The change record with everything that others need to know of this switch."""
    record: Record = told["change"]
    now = time.time()
    return {
        **record,
        "netns": told["netns"],
        "netns_cookie": runtime.cookie(),
        "unit": told.get("unit"),
        "pid": os.getpid(),
        "pid_started": runtime.started(os.getpid()) or 0,
        "boot_id": runtime.boot_id(),
        "armed_at": now,
        "revert_at": now + record["revert_after_s"],
        "deadline": runtime.boot_clock() + record["revert_after_s"],
        "trouble": "",
    }


def _refuse_unsettled(file: ChangeFile) -> None:
    """A switch that was killed has left its change behind: that is settled first."""
    try:
        left = file.read()
    except DamagedError:
        SystemLog().say(f"the record of an earlier change is damaged, it is kept as {file.set_aside()}", loud=True)
        left = None
    if left is not None and runtime.is_of_here(left):
        raise RefusedError(
            f"an earlier change{_of(file)} is not settled, its dead-man's switch was killed; "
            "'bondtui revert' takes it back, 'bondtui keep' lets it stay"
        )


def _of(file: ChangeFile) -> str:
    """Which change that is, if it can be told."""
    try:
        record = file.read()
    except (DamagedError, OSError):
        return ""
    plan = record["plan"] if record else {}
    return f" ({plan['action']} {printable(plan['slave'])} in {printable(plan['bond'])})" if plan else ""


def _refuse_unable(back: TakingBack) -> None:
    """Nothing is armed that could not be taken back, and the state to go back to must be that of now."""
    if not runtime.may_change_links():
        raise RefusedError("the dead-man's switch could not take it back: it needs CAP_NET_ADMIN")
    found = back.look()
    if found.state != DONE:
        raise RefusedError(f"the change could not be taken back: {found.words}")
