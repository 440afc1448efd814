"""The options of ``bondtui drill``."""

from __future__ import annotations

import argparse

from bondtui.drill.defaults import parse_target
from bondtui.model.drill import ADMIN_DOWN, FAULTS, HOLD_S, LONGEST_HOLD_S, ROUNDS_AT_MOST, SHORTEST_HOLD_S
from bondtui.model.probe import LONGEST_PERIOD_S, SHORTEST_PERIOD_S, Target

SHORTEST_PERIOD_MS, LONGEST_PERIOD_MS = 1000 * SHORTEST_PERIOD_S, 1000 * LONGEST_PERIOD_S
LONGEST_OBJECTIVE_MS = 3_600_000.0


def add_drill(parser: argparse.ArgumentParser) -> None:
    """All of them but those that other commands have too."""
    parser.add_argument(
        "--slave", type=_slave, metavar="NAME", help="test this slave, or 'all' in turn (the one that carries traffic)"
    )
    parser.add_argument(
        "--fault",
        choices=FAULTS,
        help=f"set the slave down, make another one active, or a cable that you pull ({ADMIN_DOWN})",
    )
    parser.add_argument(
        "--target",
        dest="targets",
        action="extend",
        nargs="+",
        type=_target,
        metavar="ADDR",
        help="who shall answer: ADDR, tcp:ADDR:PORT or udp:ADDR:PORT (the gateway, else a neighbour)",
    )
    parser.add_argument("--period", type=_period, metavar="MS", help="one probe so often (1 to 10000; miimon/10)")
    parser.add_argument("--rounds", type=_rounds, metavar="N", help=f"of each slave (1 to {ROUNDS_AT_MOST}; 1)")
    parser.add_argument(
        "--hold",
        type=_hold,
        metavar="SECONDS",
        help=f"so long all probes are answered before the next step "
        f"({SHORTEST_HOLD_S:g} to {LONGEST_HOLD_S:g}; {HOLD_S:g})",
    )
    parser.add_argument("--objective", type=_objective, metavar="MS", help="the longest outage that passes")
    parser.add_argument("--report", type=_folder, metavar="DIR", help="write the report there (the state folder)")


def _slave(text: str) -> str:
    """An empty one is a variable of a script that was not set: it must not stand for another slave."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def _target(text: str) -> Target:
    try:
        return parse_target(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _period(text: str) -> float:
    return _between(text, SHORTEST_PERIOD_MS, LONGEST_PERIOD_MS, "milliseconds")


def _objective(text: str) -> float:
    return _between(text, 1.0, LONGEST_OBJECTIVE_MS, "milliseconds")


def _hold(text: str) -> float:
    return _between(text, SHORTEST_HOLD_S, LONGEST_HOLD_S, "seconds")


def _between(text: str, least: float, most: float, unit: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of {unit} from {least:g} to {most:.0f}")
    return value


def _rounds(text: str) -> int:
    value = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(ROUNDS_AT_MOST)) else 0
    if not 1 <= value <= ROUNDS_AT_MOST:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of rounds from 1 to {ROUNDS_AT_MOST}")
    return value


def _folder(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("the folder for the report has no name")
    return text
