"""The command line: what may be said, and one clear line for what may not."""

from __future__ import annotations

import argparse
from typing import NoReturn

from bondtui import __version__
from bondtui.core.words import printable
from bondtui.options import Options
from bondtui.simulated.scenarios import DEFAULT, SCENARIOS

WRONG_USAGE = 64
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.1, 60.0
COMMANDS = ("status",)
COMMANDS_TO_COME = (
    *("check", "explain", "down", "up", "activate", "pending", "keep", "revert", "drill", "history", "lab"),
)
"""Words that will be commands, so they are not taken for the names of bonds."""

DESCRIPTION = """\
A terminal dashboard for Linux NIC bonding: what is wrong, which slave carries the traffic, and what
just happened. It only looks: it changes nothing.

  bondtui [BOND]             the dashboard
  bondtui status [BOND ...]  everything known, once, as text or JSON
"""
EPILOG = "Exit status: 0 fine, 3 cannot observe (no such bond, no bonding driver), 64 wrong usage."


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line and ends with the documented status."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"bondtui: {printable(message)}; see '{self.prog} --help'\n")


def parse(arguments: list[str]) -> Options:
    """The command and its options; ends the program on --help, --version and mistakes."""
    command = arguments[0] if arguments else ""
    if command in COMMANDS_TO_COME:
        _Parser(prog="bondtui").error(f"'{command}' is not in this version")
    if command == "status":
        return _status().parse_args(arguments[1:], Options("status"))
    return _dashboard().parse_args(arguments, Options())


def _dashboard() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bondtui",
        description=DESCRIPTION,
        epilog=f"{_scenarios()}\n\n{EPILOG}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("bond", nargs="?", metavar="BOND", help="look at this bond first")
    _add_demo(parser)
    parser.add_argument("--interval", type=_interval, metavar="SECONDS", help="read everything so often (0.1 to 60; 1)")
    parser.add_argument("--read-only", action="store_true", help="offer no action that changes a link")
    parser.add_argument("--version", action="version", version=f"bondtui {__version__}")
    return parser


def _status() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bondtui status",
        description="Print everything known about the bonds, once.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("bonds", nargs="*", metavar="BOND", help="only these bonds")
    parser.add_argument("--json", action="store_true", help="one JSON document, for machines")
    _add_demo(parser)
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--demo",
        nargs="?",
        const=DEFAULT,
        choices=tuple(SCENARIOS),
        metavar="SCENARIO",
        help=f"a simulated driver instead of the kernel: {', '.join(SCENARIOS)} ({DEFAULT})",
    )


def _scenarios() -> str:
    lines = (f"  {name:<15} {summary}" for name, summary in SCENARIOS.items())
    return "scenarios of --demo:\n" + "\n".join(lines)


def _interval(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not SHORTEST_INTERVAL <= seconds <= LONGEST_INTERVAL:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number of seconds from {SHORTEST_INTERVAL:g} to {LONGEST_INTERVAL:g}"
        )
    return seconds
