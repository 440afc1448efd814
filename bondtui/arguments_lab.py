"""The options of ``bondtui lab``: a new lab, or something asked of one that runs."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from bondtui import arguments_lab_values as values
from bondtui.arguments_lab_fault import fault, range_of, takes, undo
from bondtui.arguments_lab_words import LAB, LAB_EPILOG, USAGE
from bondtui.lab.faults import KINDS, Kind
from bondtui.lab.messages import ABOUT
from bondtui.model.lab import (
    AUTO,
    DEFAULT_LIFE_S,
    DEFAULT_SLAVES,
    KERNELS,
    MOST_BONDS,
    MOST_SLAVES,
    SPREAD,
    TRAFFICS,
    BondWish,
    LabWish,
)
from bondtui.options import LabRequest, Options

__all__ = ["LAB", "USAGE", "add_lab", "lab_epilog", "parse_lab"]

HELP_CELLS = 79
KIND_COLUMNS = 25
"""Of the list of faults, in front of what they do."""

_REQUESTS = ("--fault", "--undo", "--faults")
_OF_REQUESTS = ("--lab",)
_SAID = "said"
_Said = list[tuple[str, Any]]


class _InOrder(argparse.Action):
    """Keep an option with its place among the others."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        vars(namespace).setdefault(_SAID, []).append((self.option_strings[0], values))


def lab_epilog() -> str:
    """What stands below the options."""
    return LAB_EPILOG.format(kinds="\n".join(map(_row, KINDS)))


def _row(kind: Kind) -> str:
    first = f"  {kind.name} {takes(kind)}".ljust(KIND_COLUMNS)
    return textwrap.fill(
        kind.does + range_of(kind), HELP_CELLS, initial_indent=first, subsequent_indent=" " * KIND_COLUMNS
    )


def add_lab(parser: argparse.ArgumentParser) -> None:
    """All options; what comes after ``--`` is not the parser's business."""
    new = parser.add_argument_group("a new lab")
    _add(
        new,
        "--mode",
        values.mode,
        "MODE",
        f"a bond of this mode, by name or number; repeated for up to {MOST_BONDS} bonds",
    )
    _add(
        new,
        "--slaves",
        values.slaves,
        "N",
        f"slaves of the bond whose --mode is before it, or of all (1 to {MOST_SLAVES}; {DEFAULT_SLAVES})",
    )
    _add(
        new,
        "--option",
        values.option,
        "KEY=VALUE",
        "bonding options of the bond whose --mode is before it, or of all, as the kernel takes them (miimon=100, and "
        "lacp_rate=fast with 802.3ad)",
        nargs="+",
    )
    _add(
        new,
        "--kernel",
        values.one_of(KERNELS),
        "KERNEL",
        f"netns: this kernel, in namespaces; uml: one of its own; {AUTO}: the first that works ({AUTO})",
    )
    _add(
        new,
        "--traffic",
        values.one_of(TRAFFICS),
        "KIND",
        f"{SPREAD} over all slaves, to the gateway alone, or none ({SPREAD})",
    )
    _add(
        new,
        "--time-limit",
        values.life,
        "SECONDS",
        f"end after so long ({values.SHORTEST_LIFE_S:g} to {values.LONGEST_LIFE_S:.0f}; {DEFAULT_LIFE_S:.0f})",
    )
    running = parser.add_argument_group("a lab that runs")
    _add(running, "--fault", str, "WORD", "make something go wrong at the peer: KIND SUBJECT [VALUE]", nargs="+")
    _add(running, "--undo", str, "WORD", "put it right again: KIND SUBJECT, or all", nargs="+")
    _add(running, "--faults", str, None, "what stands in it, and what is wrong in it now", nargs=0)
    _add(running, "--lab", values.pid, "PID", "the lab of that 'bondtui lab', where several run")
    running.add_argument("--json", action="store_true", help="one JSON document, for machines")


def parse_lab(parser: argparse.ArgumentParser, words: Sequence[str]) -> Options:
    """What is asked for, by a parser that ``add_lab`` has seen; ends the program on mistakes."""
    before, command = _split(words)
    options, strays = parser.parse_known_args(before, Options("lab"))
    said: _Said = vars(options).pop(_SAID, [])
    try:
        _refuse_strays(strays, said)
        if any(flag in _REQUESTS for flag, _ in said):
            options.lab_request = _request(said, command)
        else:
            options.lab = _wish(said, command, json=options.json)
    except ValueError as error:
        parser.error(str(error))
    return options


def _add(
    group: argparse._ArgumentGroup,
    flag: str,
    kind: Callable[[str], object],
    metavar: str | None,
    words: str,
    nargs: str | int | None = None,
) -> None:
    group.add_argument(
        flag, action=_InOrder, default=argparse.SUPPRESS, type=kind, nargs=nargs, metavar=metavar, help=words
    )


def _split(words: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """The options, and the command if there is a ``--``."""
    words = list(words)
    if "--" not in words:
        return words, None
    place = words.index("--")
    return words[:place], words[place + 1 :]


def _refuse_strays(strays: Sequence[str], said: _Said) -> None:
    if not strays:
        return
    if strays[0].startswith("-"):
        raise ValueError(f"unrecognized arguments: {' '.join(strays)}")
    if any(flag in _REQUESTS for flag, _ in said):
        raise ValueError(f"'{strays[0]}' is too much")
    raise ValueError(f"'{strays[0]}' is too much: a command comes after '--', as in 'bondtui lab -- {strays[0]}'")


def _wish(said: _Said, command: list[str] | None, *, json: bool) -> LabWish:
    """A new lab; raises ValueError."""
    given = dict(said)
    if json or any(flag in given for flag in _OF_REQUESTS):
        raise ValueError(f"{'--json' if json else '--lab'} goes with --fault, --undo or --faults")
    if command is not None and not "".join(command[:1]):
        raise ValueError("there is no command after '--'")
    return LabWish(
        bonds=_bonds(said),
        kernel=given.get("--kernel", AUTO),
        traffic=given.get("--traffic", SPREAD),
        life_s=given.get("--time-limit", DEFAULT_LIFE_S),
        command=tuple(command or ()),
    )


def _bonds(said: _Said) -> tuple[BondWish, ...]:
    """What is said before the first mode is meant for all, the rest for the bond of the mode before it."""
    common = BondWish()
    made: list[BondWish] = []
    for flag, value in said:
        last = made[-1] if made else common
        if flag == "--mode":
            made.append(common._replace(mode=value))
            continue
        if flag == "--slaves":
            last = last._replace(slaves=value)
        elif flag == "--option":
            last = last._replace(options=_with(last.options, value))
        if made:
            made[-1] = last
        else:
            common = last
    if len(made) > MOST_BONDS:
        raise ValueError(f"{len(made)} times --mode: a lab has {MOST_BONDS} bonds at most")
    return tuple(made) or (common,)


def _with(options: Sequence[tuple[str, str]], more: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The later word counts; an option of a slave may be said of several."""
    said = [*options, *more]
    last = {key: place for place, (key, _) in enumerate(said)}
    return tuple(each for place, each in enumerate(said) if last[each[0]] == place or each[0] in values.OF_A_SLAVE)


def _request(said: _Said, command: list[str] | None) -> LabRequest:
    """Something asked of a lab that runs; raises ValueError."""
    asked = [(flag, value) for flag, value in said if flag in _REQUESTS]
    if len(asked) > 1:
        raise ValueError("--fault, --undo and --faults: one at a time")
    flag, value = asked[0]
    others = [each for each, _ in said if each not in (flag, *_OF_REQUESTS)]
    if others or command is not None:
        raise ValueError(f"{flag} is for a lab that runs already: {[*others, 'a command'][0]} does not go with it")
    made = LabRequest(ABOUT) if flag == "--faults" else fault(value) if flag == "--fault" else undo(value)
    return made._replace(lab=dict(said).get("--lab"))
