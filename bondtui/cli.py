"""The composition root: parse, choose a source, and run the dashboard or print once.

What it imports at the top is all that stands before the first words on the screen; Textual, json
and the simulated driver are imported where they are needed.
"""

from __future__ import annotations

import os
import sys
import time

from bondtui.commands.where import lab_ends_with_us, lab_of
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.reading import SourceError, Stamp
from bondtui.options import Options
from bondtui.system.terminal import FirstWords, is_terminal, size
from bondtui.view.glyphs import glyphs_for
from bondtui.view.look import Look
from bondtui.view.screen import picture
from bondtui.view.tones import screenful

TYPE_CHECKING = False
if TYPE_CHECKING:  # the typing module itself costs 10 ms
    from collections.abc import Callable
    from typing import NoReturn

    from bondtui.commands.drill import Make
    from bondtui.ports import Archive, Hands, Lab, Probing, Source, Surroundings, Watcher
    from bondtui.ui.actions import Actions

FINE, CANNOT_OBSERVE, WRONG_USAGE = 0, 3, 64


def main(arguments: list[str] | None = None) -> int:
    """Run bondtui and return its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = Options()
    if given:  # a bare 'bondtui' has nothing to parse, and argparse costs 6 ms
        from bondtui.arguments import parse

        options = parse(given)
    if options.command == "dashboard":
        return _dashboard(options)
    import gc

    gc.enable()
    return _APART[options.command](options) if options.command in _APART else _change(options)


def _change(options: Options) -> int:
    """One of the commands that change a link, that settle a change, or that tell of drills."""
    from bondtui.commands import change, saying

    saying.replace_closed_files()
    try:
        if options.command in ("pending", "keep", "revert"):
            return change.settle(options, _kernel_hands())
        if options.command == "history":
            from bondtui.commands.history import history

            return history(options, lambda: _open(None))
        source = _open(options.demo)
        hands = _hands(source)
    except SourceError as error:
        return _sorry(str(error), CANNOT_OBSERVE)
    if options.command == "drill":
        from bondtui.commands.drill import drill

        return drill(options, source, hands, _rehearsal(source, hands))
    return change.act(options, source, hands)


def _hands(source: Source) -> Hands:
    """What acts where this source reads."""
    if not source.simulated:
        return _kernel_hands()
    from bondtui.system.simulated_hands import SimulatedHands
    from bondtui.system.simulation import SimulatedSource

    if not isinstance(source, SimulatedSource):
        raise TypeError(f"no hands for {type(source).__name__}")
    return SimulatedHands(source)


def _surroundings(source: Source | None) -> Surroundings:
    """What looks around the bonds that this source reads."""
    from bondtui.commands.around import surroundings

    return surroundings(source)


def _rehearsal(source: Source, hands: Hands) -> Make:
    """Makes what conducts a drill where this source reads."""
    from bondtui.commands.parts import rehearsal

    return rehearsal(source, hands)


def _kernel_hands() -> Hands:
    from bondtui.system.hands import KernelHands

    return KernelHands()


def _open(scenario: str | None) -> Source:
    if scenario is None:
        from bondtui.system.kernel import KernelSource

        return KernelSource()
    from bondtui.system.simulation import SimulatedSource

    return SimulatedSource(scenario)


def _status(options: Options) -> int:
    if not options.proc:
        from bondtui.commands.status import status

        return status(options, lambda: _open(options.demo))
    from bondtui.commands import saying
    from bondtui.commands.status_text import status_of_texts

    saying.replace_closed_files()
    return status_of_texts(options)


def _check(options: Options) -> int:
    from bondtui.commands.check import check

    return check(options, lambda: _open(options.demo), _surroundings)


def _explain(options: Options) -> int:
    from bondtui.commands import saying
    from bondtui.commands.explain import explain

    saying.replace_closed_files()
    return explain(options)


def _lab(options: Options) -> int:
    from bondtui.commands import saying

    saying.replace_closed_files()
    if options.lab_request is not None:
        from bondtui.commands.lab_faults import ask

        return ask(options.lab_request, json=options.json)
    from bondtui.commands.lab import lab
    from bondtui.model.lab import LabWish

    return lab(options.lab or LabWish())


_APART: dict[str, Callable[[Options], int]] = {"status": _status, "check": _check, "explain": _explain, "lab": _lab}
"""The commands that change nothing of this machine: most only tell something, and a lab is one's own."""


def _dashboard(options: Options) -> int:
    if not is_terminal():
        return _sorry("the dashboard needs a terminal; 'bondtui status' prints everything once", WRONG_USAGE)
    simulated = options.demo is not None
    monitor = Monitor(interval=options.interval, simulated=simulated, lab=lab_of(simulated=simulated))
    source: Source | None = None
    try:
        source = _open(options.demo)
        monitor = fold.took(monitor, source.read())
    except SourceError as error:
        monitor = fold.failed(monitor, str(error))
    chosen = next((bond.ifindex for bond in monitor.bonds if os.fsencode(bond.name) == _bytes(options.bond)), None)
    if options.bond is not None and chosen is None:
        from bondtui.commands.answer import no_such_bond

        there = (bond.name for bond in monitor.bonds)
        return _sorry(monitor.error or no_such_bond(options.bond, there), CANNOT_OBSERVE)
    look = Look(
        monitor=monitor,
        now=Stamp(time.monotonic(), time.time()),
        host=os.uname().nodename,
        glyphs=glyphs_for(os.environ),
        bond=chosen,
        cannot_act=_obstacle(options),
    )
    look = look._replace(can_act=not look.cannot_act)
    return _run(look, source, options, colour=not os.environ.get("NO_COLOR"))


def _obstacle(options: Options) -> str:
    """Why no action is offered; ``""`` if they are."""
    if options.read_only:
        return "started with --read-only"
    if options.demo is not None:
        return ""
    from bondtui.system.runtime import NEEDS_PRIVILEGE, may_change_links

    return "" if may_change_links() else NEEDS_PRIVILEGE


def _run(look: Look, source: Source | None, options: Options, *, colour: bool) -> int:
    """Say the first words, load the real screen behind them, and run it."""
    words = FirstWords(screenful(picture(look._replace(first_words=True), *size()).lines, colour=colour))
    in_order = False
    try:
        words.keep_quiet()
        import gc

        from bondtui.system.reader import Reader
        from bondtui.ui.app import BondApp

        gc.freeze()
        gc.enable()
        opened = [source] if source is not None else []
        reader = Reader(
            lambda: opened.pop() if opened else _open(options.demo),
            interval=look.monitor.interval,
            monitor=look.monitor,
        )
        parts = _parts(source, reader, options)
        app = BondApp(
            reader,
            look,
            actions=parts[0],
            probing=parts[1],
            archive=parts[2],
            surroundings=parts[3],
            lab=_lab_here(look),
            asked_to_end=words.asked_to_end,
            leave_anyway=words.leave,
            colour=colour,
        )
        words.hand_over()
        status = app.run()
        in_order = True
    finally:
        words.restore(screen=not in_order)
    if app.parting_words:
        from bondtui.commands.answer import answer

        answer([] if lab_ends_with_us(look.monitor.lab) else [app.parting_words])
    _leave(app.return_code if status is None else status)


def _parts(source: Source | None, watcher: Watcher, options: Options) -> tuple[Actions, Probing, Archive, Surroundings]:
    """What the keys act, probe and look around with.

    It is there also when they may not act, because a pending change is shown to everybody.
    """
    from bondtui.commands.later import LaterArchive, LaterProbing, LaterSurroundings, rehearsal
    from bondtui.operation import Operation
    from bondtui.ui.actions import Actions
    from bondtui.ui.drilling import Drills

    simulated = options.demo is not None
    hands = _hands(source) if source is not None else _kernel_hands()
    probing, archive = LaterProbing(source), LaterArchive(simulated=simulated)
    drills = Drills(
        lambda: rehearsal(hands, watcher, probing, archive, simulated=simulated),
        probing.candidates,
    )
    actions = Actions(Operation(hands, watcher), hands, options.revert_after, drills)
    return actions, probing, archive, LaterSurroundings(source)


def _lab_here(look: Look) -> Lab | None:
    if not look.monitor.lab:
        return None
    from bondtui.system.lab_client import inside

    return inside()


def _leave(status: int | None) -> NoReturn:
    """End at once: tearing the interpreter down takes longer than a person waits for a prompt."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


def _bytes(name: str | None) -> bytes | None:
    return None if name is None else os.fsencode(name)


def _sorry(reason: str, status: int) -> int:
    print(f"bondtui: {reason}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
