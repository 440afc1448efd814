"""``bondtui lab --fault | --undo | --faults``: what goes wrong in a lab that runs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from bondtui.commands import saying
from bondtui.core.words import printable
from bondtui.lab import messages
from bondtui.model.lab import About, Fault
from bondtui.ports import LabError
from bondtui.system import lab_client
from bondtui.system.lab_client import CANNOT_OBSERVE, LabClient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.options import LabRequest

NONE_RUNS = "no lab of yours runs on this machine; 'bondtui lab' starts one"


def ask(request: LabRequest, *, json: bool) -> int:
    """Ask a running lab for something and say how it is then; returns the exit status."""
    try:
        clients = _meant(request.lab)
        if len(clients) > 1:
            return _about_all(clients, request, json=json)
        (client,) = clients
        about = _asked(client, request)
    except LabError as error:
        return saying.sorry(error.status, str(error))
    if json:
        saying.tell_json(document(about, client.pid, host=os.uname().nodename, wall=time.time()))
    else:
        saying.tell(lines(about))
    return saying.FINE


def document(about: About, pid: int | None, *, host: str, wall: float) -> dict[str, object]:
    """The document of ``bondtui lab --faults --json``."""
    from bondtui.drill.passage_record import rfc3339

    told = messages.about_record(about)
    return {
        "schema": "bondtui.lab/1",
        "host": host,
        "taken_at": rfc3339(wall),
        "simulated": False,
        "lab": about.kernel,
        "pid": pid,
        **told,
        "bonds": [{**each, "options": dict(each["options"])} for each in told["bonds"]],
        "faults": [
            {**each.fault._asdict(), "words": each.words, "since": rfc3339(each.since), "by_itself": each.by_itself}
            for each in about.faults
        ],
    }


def lines(about: About, pid: int | None = None) -> Iterator[str]:
    """The same for people; with the process id where it has to be told apart from others."""
    which = f" --lab {pid}" if pid is not None else ""
    if about.said:
        yield printable(about.said)
        yield from (f"  {printable(each)}" for each in about.commands)
        return
    yield f"LAB {about.kernel}, Linux {printable(about.release)}{',' if which else ''}{which}"
    for bond in about.bonds:
        cables = ", ".join(f"{slave}-{port}" for slave, port in zip(bond.slaves, bond.ports, strict=True))
        yield f"{bond.name}  {bond.mode}  {cables} to {_article(bond.peer_kind)} {bond.peer_kind}, gateway {bond.gateway}"
    if not about.faults:
        yield "no fault is in place"
    for each in about.faults:
        ends = (
            "ends by itself" if each.by_itself else f"bondtui lab --undo {each.fault.kind} {each.fault.subject}{which}"
        )
        yield f"{printable(each.words)}  ({ends})"


def _article(word: str) -> str:
    return "an" if word.startswith("LACP") else "a"


def _meant(pid: int | None) -> Sequence[LabClient]:
    """The lab that was named, or the one we are in, or all that run."""
    if pid is None and (within := lab_client.inside()) is not None:
        return [within]
    running = lab_client.running()
    if not running:
        raise LabError(NONE_RUNS, CANNOT_OBSERVE)
    if pid is None:
        return running
    named = [each for each in running if each.pid == pid]
    if not named:
        there = ", ".join(str(each.pid) for each in running)
        raise LabError(f"no lab of yours has the process id {pid}; there is {there}", CANNOT_OBSERVE)
    return named


def _about_all(clients: Sequence[LabClient], request: LabRequest, *, json: bool) -> int:
    """Say how all of them are; whoever wants something of one has to say of which. Raises LabError."""
    if request.do != messages.ABOUT or json:
        there = "; ".join(f"{each.pid}: {_in_brief(each)}" for each in clients)
        raise LabError(f"several labs run, say which with --lab PID: {there}", saying.WRONG_USAGE)
    for each in clients:
        try:
            saying.tell(lines(each.about(), each.pid))
        except LabError as error:
            saying.tell([f"LAB, --lab {each.pid}: {error}"])
    return saying.FINE


def _in_brief(client: LabClient) -> str:
    """Which lab that is."""
    try:
        about = client.about()
    except LabError as error:
        return str(error)
    return ", ".join((about.kernel, *(f"{bond.name} {bond.mode}" for bond in about.bonds)))


def _asked(client: LabClient, request: LabRequest) -> About:
    fault = Fault(request.kind, request.subject, request.value)
    if request.do == messages.PUT:
        return client.put(fault)
    if request.do == messages.UNDO:
        return client.undo(fault)
    return client.undo_all() if request.do == messages.UNDO_ALL else client.about()
